//! Assignments: the choice of a policy by hand.
//!
//! Not for automatic choice (`protection_rules.rs`), which may come before: what then protects the asset is what the list of rules
//! says. Invariant: an asset, its assignment and its schedules change in one transaction; a batch is carried out as a whole or not
//! at all.

use std::collections::BTreeSet;

use domain::asset::{Asset, AssetFilter};
use domain::assignment::Assignment;
use domain::limits::BATCH_SIZE_MAX;
use domain::organizational_unit::OrganizationalUnit;
use domain::permission::Permission;
use domain::policy::Policy;
use domain::task::{NewTask, Task, TaskSpec};
use domain::{AssetId, AssignmentId, OrganizationalUnitId, PolicyId, Problem, Problems};
use store::Tx;

use crate::actions;
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;
use crate::{idempotency, restores};
use ::tasks::protection::Rules;

/// Ids as a caller sent them: `None` stands for one that is malformed.
pub type SentIds = [Option<AssetId>];

/// Assigns a policy to assets, in place of what was chosen by hand before.
pub async fn assign(
    ctx: &Ctx,
    policy_id: Option<PolicyId>,
    asset_ids: &SentIds,
) -> Result<Vec<Asset>, Error> {
    ctx.authorize(actions::ASSIGN_POLICY).await?;
    check_batch("assetIds", asset_ids.len())?;
    let mut tx = ctx.begin().await?;
    let mut rules = Rules::lock(&mut tx, ctx.organization()).await?;
    let policy = policy(ctx, &tx, policy_id).await?;
    let mut assets = resolve(ctx, &tx, asset_ids).await?;
    let units = assets.iter().map(|asset| asset.unit_id);
    let mut tx = ctx
        .authorize_at(tx, actions::ASSIGN_POLICY, units.collect::<Vec<_>>())
        .await?;
    check_fit(&policy, &assets)?;
    choose(ctx, &mut tx, policy.id, &assets).await?;
    rules
        .settle(&mut tx, &mut assets, ctx.ids(), ctx.now())
        .await?;
    let summary = serde_json::json!({ "policy": policy.name, "assets": ids_of(&assets) });
    audit::success(ctx, &mut tx, actions::ASSIGN_POLICY, policy.id, summary).await?;
    tx.commit().await?;
    Ok(assets)
}

/// Takes back what was chosen by hand for assets; a rule may protect them from then on. Their recovery points stay as long as they
/// were meant to.
pub async fn unassign(ctx: &Ctx, asset_ids: &SentIds) -> Result<Vec<Asset>, Error> {
    ctx.authorize(actions::UNASSIGN_POLICY).await?;
    check_batch("assetIds", asset_ids.len())?;
    let mut tx = ctx.begin().await?;
    let mut rules = Rules::lock(&mut tx, ctx.organization()).await?;
    let mut assets = resolve(ctx, &tx, asset_ids).await?;
    let units = assets.iter().map(|asset| asset.unit_id);
    let mut tx = ctx
        .authorize_at(tx, actions::UNASSIGN_POLICY, units.collect::<Vec<_>>())
        .await?;
    let ids: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
    store::assignments::remove(&mut tx, ctx.organization(), &ids).await?;
    rules
        .settle(&mut tx, &mut assets, ctx.ids(), ctx.now())
        .await?;
    let summary = serde_json::json!({ "assets": ids_of(&assets) });
    audit::success(ctx, &mut tx, actions::UNASSIGN_POLICY, "", summary).await?;
    tx.commit().await?;
    Ok(assets)
}

/// Queues the assignment of a policy to all assets that match and are the caller's to assign.
pub async fn assign_matching(
    ctx: &Ctx,
    policy_id: Option<PolicyId>,
    filter: AssetFilter,
    idempotency_key: &str,
) -> Result<Task, Error> {
    ctx.authorize(actions::ASSIGN_POLICY_TO_MATCHING).await?;
    idempotency::check(idempotency_key)?;
    let tx = ctx.begin().await?;
    let policy = policy(ctx, &tx, policy_id).await?;
    let action = actions::ASSIGN_POLICY_TO_MATCHING;
    let task = by_filter(ctx, &tx, Some(policy.id), filter).await?;
    restores::queue(ctx, tx, action, idempotency_key, task).await
}

/// Queues the taking back of what was chosen by hand for all assets that match and are the caller's to assign.
pub async fn unassign_matching(
    ctx: &Ctx,
    filter: AssetFilter,
    idempotency_key: &str,
) -> Result<Task, Error> {
    ctx.authorize(actions::UNASSIGN_POLICY_FROM_MATCHING)
        .await?;
    idempotency::check(idempotency_key)?;
    let tx = ctx.begin().await?;
    let action = actions::UNASSIGN_POLICY_FROM_MATCHING;
    let task = by_filter(ctx, &tx, None, filter).await?;
    restores::queue(ctx, tx, action, idempotency_key, task).await
}

/// The task names the units, so that it touches no asset that its caller could not have named one by one.
async fn by_filter(
    ctx: &Ctx,
    tx: &Tx,
    policy_id: Option<PolicyId>,
    filter: AssetFilter,
) -> Result<NewTask, Error> {
    let all = store::organizational_units::list(tx, ctx.organization()).await?;
    let may = |unit: &OrganizationalUnit| ctx.can_at(Permission::PolicyAssign, unit.id);
    let own: Vec<OrganizationalUnitId> = all
        .iter()
        .filter(|unit| may(unit))
        .map(|unit| unit.id)
        .collect();
    let spec = TaskSpec::AssignPolicy {
        policy_id,
        filter: Box::new(AssetFilter {
            include_deleted: false,
            ..filter
        }),
        unit_ids: (own.len() < all.len()).then_some(own),
    };
    Ok(NewTask {
        policy_id,
        concurrency_key: Some(format!("{}:assign_policy", ctx.organization())),
        ..NewTask::new(ctx.organization(), spec, ctx.actor())
    })
}

async fn policy(ctx: &Ctx, tx: &Tx, id: Option<PolicyId>) -> Result<Policy, Error> {
    let missing = || Error::not_found("policyId", "policy");
    let found = store::policies::lock(tx, ctx.scope(), id.ok_or_else(missing)?).await?;
    found.ok_or_else(missing)
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
    let mut problems = Problems::new();
    for (index, asset) in assets.iter().enumerate() {
        problems.check(
            policy.protects(asset.kind),
            &format!("assetIds.{index}"),
            format!(
                "The policy has no operation for assets such as {}.",
                asset.name
            ),
        );
    }
    Ok(problems.into_result()?)
}

async fn choose(
    ctx: &Ctx,
    tx: &mut Tx,
    policy_id: PolicyId,
    assets: &[Asset],
) -> Result<(), Error> {
    let new = assets.iter().map(|asset| Assignment {
        id: AssignmentId::fresh(ctx.ids()),
        organization_id: ctx.organization(),
        asset_id: asset.id,
        policy_id,
        created_at: ctx.now(),
    });
    let new: Vec<Assignment> = new.collect();
    Ok(store::assignments::set(tx, ctx.organization(), &new).await?)
}

fn ids_of(assets: &[Asset]) -> Vec<String> {
    assets.iter().map(|asset| asset.id.to_string()).collect()
}
