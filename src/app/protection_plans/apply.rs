//! Applying a plan: all its changes in one transaction, or none.
//!
//! Not for what the plan is. Invariant: each change asks for the right that its own mutation asks for and leaves the same record in
//! the audit log; one more record names the plan.

use domain::protection_plan::{AssetEffect, PlanHash};
use domain::protection_rule::EntryKey;
use domain::task::Task;
use domain::{Problem, ProblemCode};
use store::Tx;

use super::change::Change;
use super::draft::{ProtectionDraft, Target};
use super::{ProtectionPlan, make, order};
use crate::actions;
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;
use crate::{fleets, policies, protection_rules};

/// What was applied.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The plan.
    pub plan: ProtectionPlan,
    /// The task that brings the assets in line; none when nothing changes, or when the caller does not see tasks of the organization.
    pub task: Option<Task>,
}

/// Does what the preview of the same draft with this hash said; refuses when the world has moved since.
pub async fn apply(ctx: &Ctx, draft: &ProtectionDraft, hash: &str) -> Result<Applied, Error> {
    let action = actions::APPLY_PROTECTION;
    ctx.authorize(action).await?;
    let hash: PlanHash = hash.parse().map_err(|_malformed| {
        let message = "This is not the hash of a plan: take the one of protectionPreview.";
        Problem::invalid("planHash", message)
    })?;
    // Filled before the lock is held: that may take a while.
    fleets::look(ctx, |_| ()).await?;
    let mut tx = ctx.begin().await?;
    store::protection_rules::lock(&mut tx, ctx.organization()).await?;
    let (plan, target) = make(ctx, &tx, draft).await?;
    check(&plan, &hash)?;
    if target.changes.is_empty() {
        return Ok(Applied { plan, task: None });
    }
    for change in sorted(&target.changes) {
        tx = carry_out(ctx, tx, change, &target).await?;
    }
    let task = protection_rules::apply(ctx, &mut tx).await?;
    let count = |effect| plan.effect.count(effect);
    let summary = serde_json::json!({
        "changes": plan.changes.len(),
        "gained": count(AssetEffect::Gained),
        "lost": count(AssetEffect::Lost),
        "changed": count(AssetEffect::Changed),
    });
    audit::success(ctx, &mut tx, action, plan.hash, summary).await?;
    tx.commit().await?;
    Ok(Applied { plan, task })
}

fn check(plan: &ProtectionPlan, hash: &PlanHash) -> Result<(), Error> {
    let moved = plan.hash.moved_since(hash);
    let problems: Vec<Problem> = moved
        .into_iter()
        .map(|what| Problem::new(ProblemCode::Conflict, "planHash", what.message()))
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.into())
    }
}

/// Rules go before policies that they give, and come after them.
fn sorted(changes: &[Change]) -> Vec<&Change> {
    let rank = |change: &Change| match change {
        Change::DeleteRule(_) => 0,
        Change::UpdatePolicy { .. } => 1,
        Change::CreatePolicy(_) => 2,
        Change::UpdateRule { .. } => 3,
        Change::CreateRule(_) => 4,
        Change::Reorder { .. } => 5,
        Change::DeletePolicy(_) => 6,
    };
    let mut sorted: Vec<&Change> = changes.iter().collect();
    sorted.sort_by_key(|change| rank(change));
    sorted
}

async fn carry_out(ctx: &Ctx, tx: Tx, change: &Change, target: &Target) -> Result<Tx, Error> {
    match change {
        Change::CreatePolicy(policy) => policies::add(ctx, tx, policy).await,
        Change::UpdatePolicy { before, after } => policies::replace(ctx, tx, before, after).await,
        Change::DeletePolicy(policy) => policies::remove(ctx, tx, policy).await,
        Change::CreateRule(rule) => protection_rules::add(ctx, tx, rule).await,
        Change::UpdateRule { before, after } => {
            protection_rules::replace(ctx, tx, before, after).await
        }
        Change::DeleteRule(rule) => protection_rules::remove(ctx, tx, rule).await,
        Change::Reorder {
            unit,
            before,
            after,
        } => {
            let mut tx = tx;
            for (key, next) in order::moves(before, after) {
                let rule = match key {
                    EntryKey::Rule(id) => target.after.list.rules().find(|rule| rule.id == id),
                    EntryKey::DirectAssignments | EntryKey::ChildUnits => None,
                };
                tx = protection_rules::shift(ctx, tx, *unit, (key, rule), next).await?;
            }
            Ok(tx)
        }
    }
}
