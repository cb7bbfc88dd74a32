//! Changes of policies inside a transaction that goes on: one by one for the mutations, many for a plan.
//!
//! Not for opening or committing it. Invariant: each asks for the right at the policy's unit and leaves its record.

use domain::limits::PLAN_SETTLE_MAX;
use domain::page::Direction;

use super::{
    Action, AssetFilter, AssetId, AssetKind, BTreeSet, CHUNK, Ctx, Error, PageRequest, Policy,
    PolicyId, Rules, Tx, actions, apply_later, audit, check_assets, check_rules, summary, taken,
};

/// Adds the policy.
pub(crate) async fn add(ctx: &Ctx, tx: Tx, policy: &Policy) -> Result<Tx, Error> {
    let action = actions::CREATE_POLICY;
    let mut tx = ctx.authorize_at(tx, action, [policy.unit_id]).await?;
    taken("draft.name", store::policies::add(&mut tx, policy).await)?;
    audit::success(ctx, &mut tx, action, policy.id, summary(policy)).await?;
    Ok(tx)
}

/// Makes a policy into another: its content and whether it is active, each by its own action.
pub(crate) async fn replace(
    ctx: &Ctx,
    tx: Tx,
    before: &Policy,
    after: &Policy,
) -> Result<Tx, Error> {
    let found = store::policies::lock(&tx, ctx.scope(), before.id).await?;
    let locked = found.ok_or_else(|| Error::not_found("id", "policy"))?;
    if locked.version != before.version {
        return Err(Error::stale("expectedVersion", locked.version));
    }
    let content = Policy {
        is_active: locked.is_active,
        ..after.clone()
    };
    let mut tx = tx;
    let mut present = locked;
    if content != present {
        let action = actions::UPDATE_POLICY;
        tx = ctx.authorize_at(tx, action, [present.unit_id]).await?;
        present = change(ctx, &mut tx, &present, content).await?;
    }
    if present.is_active != after.is_active {
        let action = activity(after.is_active);
        tx = ctx.authorize_at(tx, action, [present.unit_id]).await?;
        let after = Policy {
            is_active: after.is_active,
            ..present
        };
        let summary = serde_json::json!({ "name": after.name });
        write(ctx, &mut tx, action, after, summary).await?;
    }
    Ok(tx)
}

/// Writes another content of the policy. When it is for other kinds of assets, these are brought in line later.
pub(super) async fn change(
    ctx: &Ctx,
    tx: &mut Tx,
    before: &Policy,
    after: Policy,
) -> Result<Policy, Error> {
    let kinds = |policy: &Policy| -> BTreeSet<AssetKind> {
        policy.operations.iter().map(|one| one.asset_kind).collect()
    };
    if kinds(before) != kinds(&after) {
        // Assets of a kind that was added or left out become protected, or are no longer.
        let (organization, actor) = (ctx.organization(), ctx.actor());
        apply_later(tx, organization, actor, ctx.ids(), ctx.now()).await?;
    }
    let summary = serde_json::json!({ "before": summary(before), "after": summary(&after) });
    write(ctx, tx, actions::UPDATE_POLICY, after, summary).await
}

/// The action that stops or resumes.
pub(super) const fn activity(is_active: bool) -> Action {
    if is_active {
        actions::RESUME_POLICY
    } else {
        actions::PAUSE_POLICY
    }
}

/// Writes `after` one version on, moves its schedules along and records it.
pub(super) async fn write(
    ctx: &Ctx,
    tx: &mut Tx,
    action: Action,
    after: Policy,
    summary: serde_json::Value,
) -> Result<Policy, Error> {
    let expected = after.version;
    let after = Policy {
        version: expected.saturating_add(1),
        updated_at: ctx.now(),
        ..after
    };
    taken(
        "draft.name",
        store::policies::update(tx, &after, expected).await,
    )?;
    ::tasks::align_policy(tx, &after, ctx.ids(), ctx.now()).await?;
    audit::success(ctx, tx, action, after.id, summary).await?;
    Ok(after)
}

/// Removes a policy with what was chosen by hand. Assets that have it by a rule that went in the same transaction are brought in line
/// at once: no later task could do it, for the policy would be gone.
pub(crate) async fn remove(ctx: &Ctx, tx: Tx, policy: &Policy) -> Result<Tx, Error> {
    let action = actions::DELETE_POLICY;
    let mut tx = ctx.authorize_at(tx, action, [policy.unit_id]).await?;
    let organization = ctx.organization();
    check_rules(&tx, organization, policy.id).await?;
    let unassigned = take_away(ctx, &mut tx, policy.id).await?;
    settle_all(ctx, &mut tx, policy).await?;
    erase(ctx, &mut tx, policy, unassigned).await?;
    Ok(tx)
}

/// Takes the policy away from the assets for which it was chosen by hand; how many there were.
pub(super) async fn take_away(ctx: &Ctx, tx: &mut Tx, policy: PolicyId) -> Result<usize, Error> {
    let organization = ctx.organization();
    let assigned = store::assignments::list_of_policy(tx, organization, policy).await?;
    let assets: Vec<AssetId> = assigned.iter().map(|one| one.asset_id).collect();
    store::assignments::remove(tx, organization, &assets).await?;
    let mut rules = Rules::lock(tx, organization).await?;
    for chunk in assets.chunks(usize::from(CHUNK)) {
        let mut assets = store::assets::lock_many(tx, organization, chunk).await?;
        rules.settle(tx, &mut assets, ctx.ids(), ctx.now()).await?;
    }
    Ok(assets.len())
}

/// Removes the row when no asset has the policy any more.
pub(super) async fn erase(
    ctx: &Ctx,
    tx: &mut Tx,
    policy: &Policy,
    unassigned: usize,
) -> Result<(), Error> {
    let organization = ctx.organization();
    check_assets(tx, organization, policy.id).await?;
    store::policies::remove(tx, organization, policy.id).await?;
    let summary = serde_json::json!({ "name": policy.name, "unassigned": unassigned });
    audit::success(ctx, tx, actions::DELETE_POLICY, policy.id, summary).await
}

async fn settle_all(ctx: &Ctx, tx: &mut Tx, policy: &Policy) -> Result<(), Error> {
    let organization = ctx.organization();
    let filter = AssetFilter {
        policy_ids: Some(vec![policy.id]),
        include_deleted: true,
        ..AssetFilter::default()
    };
    let count = store::assets::count(tx, organization, &filter).await?;
    // A count stops at its cap, which is no more than may be settled.
    if count >= PLAN_SETTLE_MAX {
        let message = format!(
            "{PLAN_SETTLE_MAX} assets or more have the policy {} by a rule. Change the rule first, and remove the policy when that is applied.",
            policy.name
        );
        return Err(Error::precondition("draft.removedPolicies", message));
    }
    let mut rules = Rules::lock(tx, organization).await?;
    loop {
        let page = PageRequest {
            size: u32::from(CHUNK),
            ..PageRequest::default()
        };
        let order = domain::asset::AssetOrder::DiscoveredAt;
        let direction = Direction::Ascending;
        let found = store::assets::list(tx, organization, &filter, order, direction, &page).await?;
        let ids: Vec<AssetId> = found.into_nodes().iter().map(|asset| asset.id).collect();
        let mut assets = store::assets::lock_many(tx, organization, &ids).await?;
        let settled = rules.settle(tx, &mut assets, ctx.ids(), ctx.now()).await?;
        if settled == 0 {
            return Ok(());
        }
    }
}
