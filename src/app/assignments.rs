//! Assignments: the choice of a policy by hand.
//!
//! Not for automatic choice by rules (a later issue). Invariant: an asset, its assignment and its schedules change in one
//! transaction; a batch is carried out as a whole or not at all.

use std::collections::BTreeSet;

use domain::asset::Asset;
use domain::assignment::Assignment;
use domain::limits::BATCH_SIZE_MAX;
use domain::policy::Policy;
use domain::{AssetId, AssignmentId, PolicyId, Problem, Problems};
use store::Tx;

use crate::actions;
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;

/// Ids as a caller sent them: `None` stands for one that is malformed.
pub type SentIds = [Option<AssetId>];

/// Assigns a policy to assets; assets that have another one lose it.
pub async fn assign(
    ctx: &Ctx,
    policy_id: Option<PolicyId>,
    asset_ids: &SentIds,
) -> Result<Vec<Asset>, Error> {
    ctx.authorize(actions::ASSIGN_POLICY).await?;
    check_batch("assetIds", asset_ids.len())?;
    let tx = ctx.begin().await?;
    let missing = || Error::not_found("policyId", "policy");
    let policy_id = policy_id.ok_or_else(missing)?;
    let policy = store::policies::lock(&tx, ctx.scope(), policy_id)
        .await?
        .ok_or_else(missing)?;
    let mut assets = resolve(ctx, &tx, asset_ids).await?;
    let units = assets.iter().map(|asset| asset.unit_id);
    let mut tx = ctx
        .authorize_at(tx, actions::ASSIGN_POLICY, units.collect::<Vec<_>>())
        .await?;
    check_fit(&policy, &assets)?;
    for asset in &mut assets {
        if asset.policy_id != Some(policy.id) {
            set(ctx, &mut tx, asset.id, policy.id).await?;
            asset.policy_id = Some(policy.id);
        }
    }
    ::tasks::schedule_assets(&mut tx, &policy, &assets, ctx.ids(), ctx.now()).await?;
    let summary = serde_json::json!({ "policy": policy.name, "assets": ids_of(&assets) });
    audit::success(ctx, &mut tx, actions::ASSIGN_POLICY, policy.id, summary).await?;
    tx.commit().await?;
    Ok(assets)
}

/// Takes the policy away from assets; their recovery points stay as long as they were meant to.
pub async fn unassign(ctx: &Ctx, asset_ids: &SentIds) -> Result<Vec<Asset>, Error> {
    ctx.authorize(actions::UNASSIGN_POLICY).await?;
    check_batch("assetIds", asset_ids.len())?;
    let tx = ctx.begin().await?;
    let mut assets = resolve(ctx, &tx, asset_ids).await?;
    let units = assets.iter().map(|asset| asset.unit_id);
    let mut tx = ctx
        .authorize_at(tx, actions::UNASSIGN_POLICY, units.collect::<Vec<_>>())
        .await?;
    for asset in &mut assets {
        if asset.policy_id.take().is_some() {
            store::assignments::remove(&mut tx, ctx.organization(), asset.id).await?;
        }
    }
    let ids: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
    ::tasks::unschedule_assets(&mut tx, ctx.organization(), &ids).await?;
    let summary = serde_json::json!({ "assets": ids_of(&assets) });
    audit::success(ctx, &mut tx, actions::UNASSIGN_POLICY, "", summary).await?;
    tx.commit().await?;
    Ok(assets)
}

/// Refuses an empty batch and one over the limit.
pub(crate) fn check_batch(field: &str, count: usize) -> Result<(), Error> {
    if (1..=BATCH_SIZE_MAX).contains(&count) {
        return Ok(());
    }
    let message = format!("Name 1 to {BATCH_SIZE_MAX} ids, this is {count}.");
    Err(Problem::invalid(field, message).into())
}

/// The assets of a batch in the order of the ids, twins left out; a problem for each that cannot be seen or is gone.
pub(crate) async fn resolve(ctx: &Ctx, tx: &Tx, ids: &SentIds) -> Result<Vec<Asset>, Error> {
    let known: Vec<AssetId> = ids.iter().copied().flatten().collect();
    let found = store::assets::lookup_many(tx, ctx.scope(), &known).await?;
    let mut problems = Problems::new();
    let mut seen = BTreeSet::new();
    let mut assets = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        let field = format!("assetIds.{index}");
        match found.iter().find(|asset| Some(asset.id) == *id) {
            None => problems.push(Problem::not_found(&field, "asset")),
            Some(asset) if asset.deleted_at.is_some() => {
                problems.push(Problem::new(
                    domain::ProblemCode::PreconditionFailed,
                    &field,
                    "This asset no longer exists in AWS.",
                ));
            }
            Some(asset) => {
                if seen.insert(asset.id) {
                    assets.push(asset.clone());
                }
            }
        }
    }
    problems.into_result()?;
    Ok(assets)
}

/// A policy that does nothing for an asset is refused: its owner would believe it protected.
fn check_fit(policy: &Policy, assets: &[Asset]) -> Result<(), Error> {
    let fits = |asset: &Asset| {
        policy
            .operations
            .iter()
            .any(|operation| operation.asset_kind == asset.kind)
    };
    let mut problems = Problems::new();
    for (index, asset) in assets.iter().enumerate() {
        problems.check(
            fits(asset),
            &format!("assetIds.{index}"),
            format!(
                "The policy has no operation for assets such as {}.",
                asset.name
            ),
        );
    }
    Ok(problems.into_result()?)
}

async fn set(ctx: &Ctx, tx: &mut Tx, asset: AssetId, policy: PolicyId) -> Result<(), Error> {
    let assignment = Assignment {
        id: AssignmentId::fresh(ctx.ids()),
        organization_id: ctx.organization(),
        asset_id: asset,
        policy_id: policy,
        created_at: ctx.now(),
    };
    Ok(store::assignments::set(tx, &assignment).await?)
}

fn ids_of(assets: &[Asset]) -> Vec<String> {
    assets.iter().map(|asset| asset.id.to_string()).collect()
}
