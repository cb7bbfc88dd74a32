//! What a draft changes, in words for people and in one form for the hash.
//!
//! Not for carrying it out (`apply.rs`). Invariant: ids that were made for a plan appear in neither, so the same wish always reads the
//! same.

use domain::OrganizationalUnitId;
use domain::policy::Policy;
use domain::protection_plan::{Difference, differences};
use domain::protection_rule::{EntryKey, ProtectionRule};
use serde_json::{Value, json};

use super::draft::{CHILD_UNITS, DIRECT_ASSIGNMENTS, Target};

/// One thing that a draft changes.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A policy that is not there yet.
    CreatePolicy(Policy),
    /// A policy that becomes another.
    UpdatePolicy {
        /// As it is.
        before: Policy,
        /// As it shall be.
        after: Policy,
    },
    /// A policy that goes.
    DeletePolicy(Policy),
    /// A rule that is not there yet.
    CreateRule(ProtectionRule),
    /// A rule that becomes another.
    UpdateRule {
        /// As it is.
        before: ProtectionRule,
        /// As it shall be.
        after: ProtectionRule,
    },
    /// A rule that goes.
    DeleteRule(ProtectionRule),
    /// The entries of a unit in another order.
    Reorder {
        /// The unit.
        unit: OrganizationalUnitId,
        /// The order that there would be without this change.
        before: Vec<EntryKey>,
        /// The order that there shall be.
        after: Vec<EntryKey>,
    },
}

/// A change in words and texts.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownChange {
    /// What happens.
    pub action: ChangeAction,
    /// To what kind of thing.
    pub noun: ChangeNoun,
    /// The name of the policy or rule; of an order that of the first entry that moves.
    pub name: String,
    /// What differs, for updates and orders.
    pub differences: Vec<Difference>,
}

/// What happens to a policy, a rule or an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeAction {
    /// It is new.
    Create,
    /// It becomes another.
    Update,
    /// It goes.
    Delete,
    /// Its entries are tried in another order.
    Reorder,
}

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeNoun {
    /// A policy.
    Policy,
    /// A protection rule.
    ProtectionRule,
}

impl Change {
    /// For people.
    pub(super) fn shown(&self, target: &Target) -> ShownChange {
        use ChangeAction::{Create, Delete, Reorder, Update};
        let plain = |action, noun, name: &str| ShownChange {
            action,
            noun,
            name: name.to_owned(),
            differences: Vec::new(),
        };
        match self {
            Self::CreatePolicy(policy) => plain(Create, ChangeNoun::Policy, &policy.name),
            Self::DeletePolicy(policy) => plain(Delete, ChangeNoun::Policy, &policy.name),
            Self::UpdatePolicy { before, after } => ShownChange {
                differences: differences(&policy_value(before), &policy_value(after)),
                ..plain(Update, ChangeNoun::Policy, &before.name)
            },
            Self::CreateRule(rule) => plain(Create, ChangeNoun::ProtectionRule, &rule.name),
            Self::DeleteRule(rule) => plain(Delete, ChangeNoun::ProtectionRule, &rule.name),
            Self::UpdateRule { before, after } => {
                let value = |rule: &ProtectionRule| rule_value(rule, target);
                ShownChange {
                    differences: differences(&value(before), &value(after)),
                    ..plain(Update, ChangeNoun::ProtectionRule, &before.name)
                }
            }
            Self::Reorder { before, after, .. } => {
                let names = |keys: &[EntryKey]| -> Vec<String> {
                    keys.iter().map(|key| key_name(*key, target)).collect()
                };
                let (old, new) = (names(before), names(after));
                let first = old.iter().zip(&new).find(|(old, new)| old != new);
                let name = first.map_or_else(String::new, |(_, new)| new.clone());
                ShownChange {
                    differences: vec![Difference {
                        path: vec!["order".to_owned()],
                        before: Some(old.join(", ")),
                        after: Some(new.join(", ")),
                    }],
                    ..plain(Reorder, ChangeNoun::ProtectionRule, &name)
                }
            }
        }
    }

    /// For the hash: without ids that were made for this plan.
    pub(super) fn wanted(&self, target: &Target) -> Value {
        match self {
            Self::CreatePolicy(policy) => {
                json!(["create_policy", policy.unit_id, policy_value(policy)])
            }
            Self::UpdatePolicy { before, after } => {
                json!(["update_policy", before.id, policy_value(after)])
            }
            Self::DeletePolicy(policy) => json!(["delete_policy", policy.id]),
            Self::CreateRule(rule) => {
                json!(["create_rule", rule.unit_id, rule_value(rule, target)])
            }
            Self::UpdateRule { before, after } => {
                json!(["update_rule", before.id, rule_value(after, target)])
            }
            Self::DeleteRule(rule) => json!(["delete_rule", rule.id]),
            Self::Reorder { unit, after, .. } => {
                let names = after.iter().map(|key| key_name(*key, target));
                json!(["reorder", unit, names.collect::<Vec<_>>()])
            }
        }
    }
}

fn policy_value(policy: &Policy) -> Value {
    let operations = policy.operations.iter().map(|operation| {
        let mut value = json!(operation);
        if let Some(members) = value.as_object_mut() {
            members.remove("id");
        }
        value
    });
    json!({
        "name": policy.name,
        "description": policy.description,
        "is_active": policy.is_active,
        "operations": operations.collect::<Vec<_>>(),
    })
}

/// Rules name policies: an id that was made for this plan says nothing.
fn rule_value(rule: &ProtectionRule, target: &Target) -> Value {
    let both = target.after.policies.iter().chain(&target.before.policies);
    let policy = both.into_iter().find(|policy| policy.id == rule.policy_id);
    json!({
        "name": rule.name,
        "policy": policy.map(|policy| &policy.name),
        "is_active": rule.is_active,
        "condition": rule.condition,
    })
}

fn key_name(key: EntryKey, target: &Target) -> String {
    match key {
        EntryKey::DirectAssignments => DIRECT_ASSIGNMENTS.to_owned(),
        EntryKey::ChildUnits => CHILD_UNITS.to_owned(),
        EntryKey::Rule(id) => {
            let both = target.after.list.rules().chain(target.before.list.rules());
            let rule = both.into_iter().find(|rule| rule.id == id);
            rule.map_or_else(|| id.to_string(), |rule| rule.name.clone())
        }
    }
}
