//! The brake on the end of many recovery points and on vaults whose heads are doubted, and how two people release it.
//!
//! Not for the rule (`domain::expiry`). Invariant: what ends after a release are points of the plan that are due still, and no other.

use std::collections::BTreeSet;

use domain::approval::{ApprovalPlan, ApprovalRequest, DoubtedVault, PointSet};
use domain::expiry::{self, Situation};
use domain::recovery_point::{RecoveryPoint, RecoveryPointStatus};
use domain::vault_head::alert_key;
use domain::{ApprovalRequestId, AssetId, RecoveryPointId};
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
    let plan = plan_release(ctx, &tx).await?;
    approvals::request(ctx, tx, action, plan, reason).await
}

/// The points that would end now and that nobody foresaw, by id.
async fn unforeseen(ctx: &Ctx, tx: &Tx) -> Result<Vec<RecoveryPointId>, Error> {
    let (organization, now) = (ctx.organization(), ctx.now());
    let due = life::due(tx, organization, now, RELEASE_MAX).await?;
    let assets: BTreeSet<AssetId> = due.iter().map(|point| point.asset_id).collect();
    let listed: Vec<AssetId> = assets.into_iter().collect();
    let good = life::good_of_assets(tx, organization, &listed).await?;
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

/// What releasing the brake means now.
async fn plan_release(ctx: &Ctx, tx: &Tx) -> Result<ApprovalPlan, Error> {
    let ids = unforeseen(ctx, tx).await?;
    let mark = store::expiry_marks::lookup(tx, ctx.organization()).await?;
    let is_believed = mark.is_none_or(|mark| expiry::believed(&[ctx.now()], mark).is_ok());
    let vaults = doubted(ctx, tx).await?;
    if ids.is_empty() && is_believed && vaults.is_empty() {
        let message = "The brake holds nothing back.";
        return Err(Error::precondition("", message));
    }
    Ok(ApprovalPlan::ReleaseExpiryBrake {
        points: PointSet::of(&ids),
        ids,
        vaults,
    })
}

/// The plan again, when it is decided. Backups and ends go on while a request waits, so the points are those that were asked for,
/// whatever else is due by now; each is looked at once more when it is let go. Of the doubts none may have changed.
pub(crate) async fn plan_again(
    ctx: &Ctx,
    tx: &Tx,
    (points, ids): (&PointSet, &[RecoveryPointId]),
    asked: &[DoubtedVault],
) -> Result<ApprovalPlan, Error> {
    if *points != PointSet::of(ids) {
        let message = "This was asked for by an older version of Holdfast. Have it cancelled and asked for again.";
        return Err(Error::precondition("id", message));
    }
    let mut vaults = doubted(ctx, tx).await?;
    vaults.retain(|vault| asked.contains(vault));
    Ok(ApprovalPlan::ReleaseExpiryBrake {
        points: points.clone(),
        ids: ids.to_vec(),
        vaults,
    })
}

async fn doubted(ctx: &Ctx, tx: &Tx) -> Result<Vec<DoubtedVault>, Error> {
    let heads = store::vault_heads::doubted(tx, ctx.organization()).await?;
    let vaults = heads.into_iter().map(|head| DoubtedVault {
        repository_id: head.repository_id,
        doubt: head.doubt.unwrap_or_default(),
    });
    Ok(vaults.collect())
}

/// Lets those points of the plan end that are due still, believes the clock, and lets the doubted heads of its repositories begin
/// anew.
pub(crate) async fn release(
    ctx: &Ctx,
    tx: &mut Tx,
    request: ApprovalRequestId,
    (ids, vaults): (&[RecoveryPointId], &[DoubtedVault]),
) -> Result<(), Error> {
    let (organization, now) = (ctx.organization(), ctx.now());
    for vault in vaults {
        let of = (organization, vault.repository_id);
        store::vault_heads::release(tx, of, request).await?;
        let key = alert_key("head", vault.repository_id);
        store::alerts::clear(tx, organization, &key).await?;
    }
    for chunk in ids.chunks(BATCH) {
        for point in life::lock_many(tx, organization, chunk).await? {
            // What was given a later end meanwhile was not asked for, and a point that was cleared stays so for every later end.
            if is_waiting(&point, now) {
                life::set_life(tx, point.status, &point.cleared(now)).await?;
            }
        }
    }
    Ok(store::expiry_marks::raise(tx, organization, now).await?)
}

/// Whether the point is there, due and not let go yet.
fn is_waiting(point: &RecoveryPoint, now: Timestamp) -> bool {
    let is_there = matches!(
        point.status,
        RecoveryPointStatus::Available | RecoveryPointStatus::Damaged
    );
    let is_due = point.expires_at.is_some_and(|end| end <= now);
    is_there && is_due && point.life.cleared_at.is_none()
}
