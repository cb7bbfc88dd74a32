//! The brake on the end of many recovery points and on vaults whose heads are doubted, and how two people release it.
//!
//! Not for the rule (`domain::expiry`). Invariant: what ends after a release are the points of the plan, and no other.

use std::collections::BTreeSet;

use domain::approval::{ApprovalPlan, ApprovalRequest, DoubtedVault, PointSet};
use domain::expiry::{self, Situation};
use domain::vault_head::alert_key;
use domain::{AssetId, RecoveryPointId};
use jiff::Timestamp;
use store::Tx;
use store::recovery_points::life;

use crate::actions;
use crate::approvals;
use crate::context::Ctx;
use crate::error::Error;

/// Points that one release is for at most; a second one is for the rest.
const RELEASE_MAX: u64 = 10_000;
/// Points that are changed in one go.
const BATCH: usize = 500;

/// Asks for the release of the brake; another person decides. It also believes a clock that ran ahead of the last run, which a
/// long downtime looks like.
pub async fn request_release(ctx: &Ctx, reason: &str) -> Result<ApprovalRequest, Error> {
    let action = actions::RELEASE_EXPIRY_BRAKE;
    ctx.authorize(action).await?;
    let tx = ctx.begin().await?;
    store::organizations::lock(&tx, ctx.organization()).await?;
    let plan = plan_release(ctx, &tx, ctx.now()).await?;
    approvals::request(ctx, tx, action, plan, reason).await
}

/// The points that would have ended at `now` and that nobody foresaw. Backups and ends go on while a request waits: what came to be
/// or came to its end after `now` is not among them, or nobody could ever agree to what was asked for.
async fn unforeseen(ctx: &Ctx, tx: &Tx, now: Timestamp) -> Result<Vec<RecoveryPointId>, Error> {
    let organization = ctx.organization();
    let due = life::due(tx, organization, now, RELEASE_MAX).await?;
    let assets: BTreeSet<AssetId> = due.iter().map(|point| point.asset_id).collect();
    let listed: Vec<AssetId> = assets.into_iter().collect();
    let mut good = life::good_of_assets(tx, organization, &listed).await?;
    good.retain(|point| point.taken_at <= now);
    let found = store::assets::lookup_many(tx, organization, &listed).await?;
    let protected = found.iter().filter(|asset| asset.policy_id.is_some());
    let plan = expiry::plan(&Situation {
        now,
        // As if everything were due since long ago, and the organization had nothing else: all that was not cleared.
        high_water: now,
        due: &due,
        ending: &[],
        good: &good,
        all: expiry::Amount::default(),
        protected: &protected.map(|asset| asset.id).collect(),
    });
    let mut ids = plan.braked;
    let begins = due.iter().filter(|point| plan.begin.contains(&point.id));
    let alone = begins.filter(|point| point.life.cleared_at.is_none());
    ids.extend(alone.map(|point| point.id));
    ids.sort_unstable();
    Ok(ids)
}

/// What releasing the brake means for what it held back at `asked_at`.
pub(crate) async fn plan_release(
    ctx: &Ctx,
    tx: &Tx,
    asked_at: Timestamp,
) -> Result<ApprovalPlan, Error> {
    let points = unforeseen(ctx, tx, asked_at).await?;
    let mark = store::expiry_marks::lookup(tx, ctx.organization()).await?;
    let is_believed = mark.is_none_or(|mark| expiry::believed(&[ctx.now()], mark).is_ok());
    let doubted = store::vault_heads::doubted(tx, ctx.organization()).await?;
    if points.is_empty() && is_believed && doubted.is_empty() {
        let message = "The brake holds nothing back.";
        return Err(Error::precondition("", message));
    }
    Ok(ApprovalPlan::ReleaseExpiryBrake {
        points: PointSet::of(&points),
        vaults: doubted
            .into_iter()
            .map(|head| DoubtedVault {
                repository_id: head.repository_id,
                doubt: head.doubt.unwrap_or_default(),
            })
            .collect(),
    })
}

/// Lets the points of the plan end, believes the clock, and lets the doubted heads of its repositories begin anew.
pub(crate) async fn release(
    ctx: &Ctx,
    tx: &mut Tx,
    request: &ApprovalRequest,
    vaults: &[DoubtedVault],
) -> Result<(), Error> {
    for vault in vaults {
        let of = (ctx.organization(), vault.repository_id);
        store::vault_heads::release(tx, of, request.id).await?;
        let key = alert_key("head", vault.repository_id);
        store::alerts::clear(tx, ctx.organization(), &key).await?;
    }
    let points = unforeseen(ctx, tx, request.requested_at).await?;
    for chunk in points.chunks(BATCH) {
        for point in life::lock_many(tx, ctx.organization(), chunk).await? {
            life::set_life(tx, point.status, &point.cleared(ctx.now())).await?;
        }
    }
    Ok(store::expiry_marks::raise(tx, ctx.organization(), ctx.now()).await?)
}
