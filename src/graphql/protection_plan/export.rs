//! What exists, as a draft that changes nothing.
//!
//! Not for files (`server`). Invariant: it says all that a draft can say: a member that is added to a draft does not compile here until
//! it is filled.

use app::protection_plans::Existing;
use async_graphql::{ID, InputType as _};
use domain::policy::Policy;
use domain::protection_rule::{ListEntry, ProtectionRule};

use super::draft::{DraftedPolicyInput, DraftedRuleInput, ProtectionDraftInput};
use crate::user::IntoId as _;

impl ProtectionDraftInput {
    /// As JSON.
    pub(super) fn document(&self) -> String {
        let value = self.to_value().into_json();
        value.unwrap_or_default().to_string()
    }
}

impl From<Existing> for ProtectionDraftInput {
    fn from(existing: Existing) -> Self {
        let unit =
            |unit: domain::OrganizationalUnitId| (unit != existing.root).then(|| unit.into_id());
        let policy = |one: &Policy| DraftedPolicyInput {
            id: None,
            name: one.name.clone(),
            description: one.description.clone(),
            is_active: Some(one.is_active),
            organizational_unit_id: unit(one.unit_id),
            operations: one.operations.iter().cloned().map(Into::into).collect(),
        };
        let rule = |one: &ProtectionRule| DraftedRuleInput {
            id: None,
            name: one.name.clone(),
            policy: existing
                .policy_of(one)
                .map_or_else(|| one.policy_id.into_id(), ID::from),
            is_active: Some(one.is_active),
            organizational_unit_id: unit(one.unit_id),
            condition: one.condition.clone().into(),
        };
        let rules = existing.entries.iter().filter_map(|entry| match entry {
            ListEntry::Rule(one) => Some(rule(one)),
            ListEntry::DirectAssignments | ListEntry::ChildUnits => None,
        });
        Self {
            is_complete: true,
            policies: existing.policies.iter().map(policy).collect(),
            rules: rules.collect(),
            removed_policies: Vec::new(),
            removed_rules: Vec::new(),
            rule_order: existing
                .order
                .as_ref()
                .map(|names| names.iter().map(ID::from).collect()),
        }
    }
}
