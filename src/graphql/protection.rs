//! Why an asset is protected as it is.
//!
//! Not for changing it (`assignment.rs`, `protection_rule.rs`). Invariant: the explanations of a page of assets are made together,
//! by one reading of the rules.

use app::protection_rules::{Explained, TraceLine};
use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::protection_rule::{Outcome, ProtectionSource as Source};

use crate::context::loaders;
use crate::policy::Policy;
use crate::protection_rule::ProtectionRule;

/// What decides how an asset is protected.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum ProtectionSource {
    /// A person chose the policy for this asset.
    Direct,
    /// A protection rule matched.
    Rule,
    /// Nothing did.
    None,
}

/// How a try to find what protects an asset ended.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum ProtectionOutcome {
    /// It matched, and its policy protects the asset.
    Matched,
    /// It matched, but its policy has no operation for assets of this kind: the asset is not protected, and nothing further is tried.
    MatchedWithoutOperation,
    /// The condition of the rule does not hold.
    NotMatched,
    /// Nobody chose a policy for this asset.
    NotAssigned,
    /// The rule is paused.
    Paused,
}

/// What protects an asset, and why.
pub(crate) struct AssetProtection(pub(crate) Explained);

/// What protects an asset, and why.
#[Object]
impl AssetProtection {
    /// The policy that protects it now; null when nothing does.
    async fn policy(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Policy>> {
        match self.0.policy_id {
            Some(id) => Ok(loaders(ctx)?.load(id).await?.map(Policy::from)),
            None => Ok(None),
        }
    }

    /// What decided that.
    async fn source(&self) -> ProtectionSource {
        match self.0.source {
            None => ProtectionSource::None,
            Some(Source::Direct) => ProtectionSource::Direct,
            Some(Source::Rule(_)) => ProtectionSource::Rule,
        }
    }

    /// The rule that decided; null when it was no rule, or one that was deleted a moment ago.
    async fn rule(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ProtectionRule>> {
        match self.0.source {
            Some(Source::Rule(id)) => Ok(loaders(ctx)?.load(id).await?.map(ProtectionRule::from)),
            Some(Source::Direct) | None => Ok(None),
        }
    }

    /// The policy that was chosen for it by hand, also when a rule that comes before decides; null when none was.
    async fn assigned_policy(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Policy>> {
        match self.0.assigned_policy_id {
            Some(id) => Ok(loaders(ctx)?.load(id).await?.map(Policy::from)),
            None => Ok(None),
        }
    }

    /// Whether the rules have changed and the task that applies them has not come to this asset yet; `trace` is what it will find.
    async fn is_pending(&self) -> bool {
        self.0.is_pending
    }

    /// What was tried, in order, up to what matched; without a match everything that could have.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn trace(&self) -> Vec<ProtectionTraceEntry> {
        let lines = self.0.trace.iter().cloned();
        lines.map(ProtectionTraceEntry).collect()
    }
}

/// One try.
pub(crate) struct ProtectionTraceEntry(TraceLine);

/// One try to find what protects an asset.
#[Object]
impl ProtectionTraceEntry {
    /// What was tried.
    async fn source(&self) -> ProtectionSource {
        match self.0.rule_id {
            None => ProtectionSource::Direct,
            Some(_) => ProtectionSource::Rule,
        }
    }

    /// The rule that was tried; null for a choice by hand.
    async fn rule(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ProtectionRule>> {
        match self.0.rule_id {
            Some(id) => Ok(loaders(ctx)?.load(id).await?.map(ProtectionRule::from)),
            None => Ok(None),
        }
    }

    /// How it ended.
    async fn outcome(&self) -> ProtectionOutcome {
        match self.0.outcome {
            Outcome::Matched => ProtectionOutcome::Matched,
            Outcome::MatchedWithoutOperation => ProtectionOutcome::MatchedWithoutOperation,
            Outcome::NotMatched { .. } => ProtectionOutcome::NotMatched,
            Outcome::NotAssigned => ProtectionOutcome::NotAssigned,
            Outcome::Paused => ProtectionOutcome::Paused,
        }
    }

    /// The first test of the rule that failed; null when none did.
    async fn failed_test(&self) -> Option<FailedTest> {
        match &self.0.outcome {
            Outcome::NotMatched { path, test } => Some(FailedTest {
                path: path.clone(),
                text: test.clone(),
            }),
            Outcome::Matched
            | Outcome::MatchedWithoutOperation
            | Outcome::NotAssigned
            | Outcome::Paused => None,
        }
    }
}

/// A test of a rule that an asset did not pass.
#[derive(SimpleObject)]
pub(crate) struct FailedTest {
    /// The way to it through the rule's `condition`, in the names of its members; indexes of lists are decimal numbers.
    path: Vec<String>,
    /// The test in words.
    text: String,
}
