//! Drafts of policies and rules: from the wire to `app`.
//!
//! Not for checking them. Invariant: what the lists of policies and rules show can be sent back as a draft that changes nothing.

use app::protection_plans::{PolicyWish, ProtectionDraft, RuleWish};
use async_graphql::{ID, InputObject};
use domain::policy::PolicyDraft;
use domain::protection_rule::ProtectionRuleDraft;

use crate::node::parse;
use crate::policy::PolicyOperationInput;
use crate::protection_rule::RuleConditionInput;

/// Policies and rules as you want them. What is not named stays as it is, unless the draft is complete.
#[derive(Debug, InputObject)]
pub(crate) struct ProtectionDraftInput {
    /// Whether the policies and rules of your units that are not named here are removed.
    #[graphql(default)]
    pub(super) is_complete: bool,
    /// Policies as they shall be, up to 200.
    #[graphql(default)]
    pub(super) policies: Vec<DraftedPolicyInput>,
    /// Rules as they shall be, up to 1,000. In a complete draft they are tried in this order.
    #[graphql(default)]
    pub(super) rules: Vec<DraftedRuleInput>,
    /// Policies that shall go: identifiers or names. What was chosen by hand goes with them.
    #[graphql(default)]
    pub(super) removed_policies: Vec<ID>,
    /// Rules that shall go: identifiers or names.
    #[graphql(default)]
    pub(super) removed_rules: Vec<ID>,
    /// The order in which rules are tried: identifiers or names of rules, `DIRECT_ASSIGNMENTS` for policies that were chosen by hand,
    /// `CHILD_UNITS` for the rules of units below. The named ones of a unit take their places among themselves in this order.
    pub(super) rule_order: Option<Vec<ID>>,
}

/// A policy as it shall be.
#[derive(Debug, InputObject)]
pub(crate) struct DraftedPolicyInput {
    /// Which policy; the one of this name, or a new one, when absent.
    pub(super) id: Option<ID>,
    /// Name to show, unique in the organization, 1 to 100 characters.
    pub(super) name: String,
    /// What the policy is for, up to 1,000 characters.
    pub(super) description: Option<String>,
    /// Whether its schedules fire; as it is when absent, and those of a new policy do.
    pub(super) is_active: Option<bool>,
    /// The unit of a new policy; your topmost one when absent.
    pub(super) organizational_unit_id: Option<ID>,
    /// What it does: 1 to 20 operations, at most one per kind of asset and place of the copy.
    pub(super) operations: Vec<PolicyOperationInput>,
}

/// A rule as it shall be.
#[derive(Debug, InputObject)]
pub(crate) struct DraftedRuleInput {
    /// Which rule; the one of this name, or a new one, when absent.
    pub(super) id: Option<ID>,
    /// Name to show, unique in the organization, 1 to 100 characters.
    pub(super) name: String,
    /// The policy that it gives: its identifier or its name, also one of this draft.
    pub(super) policy: ID,
    /// Whether it is tried; as it is when absent, and a new rule is.
    pub(super) is_active: Option<bool>,
    /// The unit of a new rule; your topmost one when absent.
    pub(super) organizational_unit_id: Option<ID>,
    /// For which assets.
    pub(super) condition: RuleConditionInput,
}

impl From<ProtectionDraftInput> for ProtectionDraft {
    fn from(draft: ProtectionDraftInput) -> Self {
        let ProtectionDraftInput {
            is_complete,
            policies,
            rules,
            removed_policies,
            removed_rules,
            rule_order,
        } = draft;
        let texts = |ids: Vec<ID>| ids.into_iter().map(|id| id.0).collect();
        Self {
            is_complete,
            policies: policies.into_iter().map(Into::into).collect(),
            rules: rules.into_iter().map(Into::into).collect(),
            removed_policies: texts(removed_policies),
            removed_rules: texts(removed_rules),
            rule_order: rule_order.map(texts),
        }
    }
}

impl From<DraftedPolicyInput> for PolicyWish {
    fn from(policy: DraftedPolicyInput) -> Self {
        let DraftedPolicyInput {
            id,
            name,
            description,
            is_active,
            organizational_unit_id,
            operations,
        } = policy;
        Self {
            id: id.map(|id| id.0),
            unit: organizational_unit_id.as_ref().map(parse),
            is_active,
            draft: PolicyDraft {
                name,
                description,
                operations: operations.into_iter().map(Into::into).collect(),
            },
        }
    }
}

impl From<DraftedRuleInput> for RuleWish {
    fn from(rule: DraftedRuleInput) -> Self {
        let DraftedRuleInput {
            id,
            name,
            policy,
            is_active,
            organizational_unit_id,
            condition,
        } = rule;
        Self {
            id: id.map(|id| id.0),
            unit: organizational_unit_id.as_ref().map(parse),
            is_active,
            policy: policy.0,
            draft: ProtectionRuleDraft {
                name,
                condition: condition.into(),
            },
        }
    }
}
