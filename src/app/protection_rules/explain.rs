//! Why an asset is protected as it is: what was tried for it, in order, and how each try ended.
//!
//! Not for what would be (a preview). Invariant: the lines are what the rules in force say now; where that is not yet what the asset
//! has, the answer says so.

use std::collections::BTreeMap;

use domain::permission::Permission;
use domain::protection_rule::{Outcome, ProtectionSource, TriedEntry};
use domain::{AssetId, PolicyId, ProtectionRuleId};

use crate::context::Ctx;
use crate::error::Error;

/// Why an asset is protected as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The asset.
    pub asset_id: AssetId,
    /// The policy that protects it now.
    pub policy_id: Option<PolicyId>,
    /// What matched first, also where it protects nothing; none when nothing did.
    pub source: Option<ProtectionSource>,
    /// The policy that was chosen for it by hand, also when a rule comes before.
    pub assigned_policy_id: Option<PolicyId>,
    /// Whether the rules have changed and a task has not come to this asset yet.
    pub is_pending: bool,
    /// What was tried, in order; the last line decided unless nothing matched.
    pub trace: Vec<TraceLine>,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceLine {
    /// The rule; none for what was chosen by hand.
    pub rule_id: Option<ProtectionRuleId>,
    /// How it ended.
    pub outcome: Outcome,
}

/// Explains the protection of these assets, in any order; those that the caller does not see are left out.
pub async fn explain(ctx: &Ctx, ids: &[AssetId]) -> Result<Vec<Explained>, Error> {
    ctx.require(Permission::Read)?;
    let reader = ctx.read();
    let assets = store::assets::lookup_many(&reader, ctx.scope(), ids).await?;
    if assets.is_empty() {
        return Ok(Vec::new());
    }
    let organization = ctx.organization();
    let mut book = ::tasks::protection::book(&reader, organization).await?;
    let seen: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
    let assigned = store::assignments::of_assets(&reader, organization, &seen).await?;
    let assigned: BTreeMap<AssetId, PolicyId> = assigned
        .into_iter()
        .map(|one| (one.asset_id, one.policy_id))
        .collect();
    let chosen: Vec<PolicyId> = assigned.values().copied().collect();
    book.learn(&store::policies::lookup_many(&reader, organization, &chosen).await?);
    let explained = assets.iter().map(|asset| {
        let units = book.units(asset.unit_id);
        let direct = assigned.get(&asset.id).copied();
        let (decision, trace) = book.explain(&asset.facts(&units), direct);
        let line = |(entry, outcome)| TraceLine {
            rule_id: match entry {
                TriedEntry::Direct => None,
                TriedEntry::Rule(rule) => Some(rule.id),
            },
            outcome,
        };
        let is_pending = asset.decision().kept() != decision.kept();
        Explained {
            asset_id: asset.id,
            policy_id: asset.policy_id,
            source: if is_pending {
                asset.decision().source
            } else {
                decision.source
            },
            assigned_policy_id: direct,
            is_pending,
            trace: trace
                .into_iter()
                .map(|tried| line((tried.entry, tried.outcome)))
                .collect(),
        }
    });
    Ok(explained.collect())
}
