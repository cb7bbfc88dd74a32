//! The ends of recovery points: later at once, earlier by two people, and back from the undo window.
//!
//! Not for the rules (`domain::life`) nor for ending them (`workflows`). Invariant: whoever moves an end has locked the
//! organization, so that holds, locks and ends see one another.

use domain::approval::{APPROVAL_DAYS, ApprovalPlan, ApprovalRequest, PlannedPoint};
use domain::life::{Held, Refusal};
use domain::permission::Permission;
use domain::recovery_point::{RecoveryPoint, RecoveryPointStatus};
use domain::{Problem, ProblemCode, Problems, RecoveryPointId};
use jiff::Timestamp;
use store::Tx;
use store::recovery_points::life;

use crate::actions::{self, Action};
use crate::approvals;
use crate::assignments::check_batch;
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;

/// A refusal as the caller meets it.
pub(crate) fn problem(field: &str, refusal: Refusal) -> Problem {
    let code = match refusal {
        Refusal::Locked(_) => ProblemCode::RetentionLocked,
        Refusal::Held => ProblemCode::LegalHold,
        Refusal::NotLater(_) | Refusal::NotEarlier(_) | Refusal::Past | Refusal::TooLong => {
            ProblemCode::Invalid
        }
        Refusal::Gone
        | Refusal::Ending
        | Refusal::NotEnding
        | Refusal::TooLate
        | Refusal::Endless
        | Refusal::LastGood
        | Refusal::NotDue => ProblemCode::PreconditionFailed,
    };
    Problem::new(code, field, refusal.to_string())
}

/// How long there is time to think twice before a point is gone, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndTerms {
    /// What ends a point early can be decided for this long.
    pub approval_days: i64,
    /// A point that has begun to end can be taken back for this long.
    pub undo_days: u32,
}

/// How long there is time to think twice, in this installation.
pub fn terms(ctx: &Ctx) -> Result<EndTerms, Error> {
    ctx.require(Permission::Read)?;
    Ok(EndTerms {
        approval_days: APPROVAL_DAYS,
        undo_days: ctx.services().settings.expiry_undo_days,
    })
}

/// Keeps a point until a later time.
pub async fn extend(
    ctx: &Ctx,
    id: Option<RecoveryPointId>,
    until: Timestamp,
) -> Result<RecoveryPoint, Error> {
    let action = actions::EXTEND_RECOVERY_POINT_RETENTION;
    let (tx, point) = open(ctx, action, id).await?;
    let after = point.extended(until, ctx.now());
    let after = after.map_err(|why| problem(field_of(why), why))?;
    save(ctx, tx, action, &point, after).await
}

/// Takes an ending point back, with a new end.
pub async fn undo_expiry(
    ctx: &Ctx,
    id: Option<RecoveryPointId>,
    until: Timestamp,
) -> Result<RecoveryPoint, Error> {
    let action = actions::UNDO_RECOVERY_POINT_EXPIRY;
    let (tx, point) = open(ctx, action, id).await?;
    let after = point.taken_back(until, ctx.now());
    let after = after.map_err(|why| problem(field_of(why), why))?;
    save(ctx, tx, action, &point, after).await
}

/// Whether the time or the point is at fault.
const fn field_of(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NotLater(_) | Refusal::NotEarlier(_) | Refusal::Past | Refusal::TooLong => "until",
        Refusal::Gone
        | Refusal::Ending
        | Refusal::NotEnding
        | Refusal::TooLate
        | Refusal::Endless
        | Refusal::Locked(_)
        | Refusal::Held
        | Refusal::LastGood
        | Refusal::NotDue => "id",
    }
}

async fn open(
    ctx: &Ctx,
    action: Action,
    id: Option<RecoveryPointId>,
) -> Result<(Tx, RecoveryPoint), Error> {
    ctx.authorize(action).await?;
    let tx = ctx.begin().await?;
    store::organizations::lock(&tx, ctx.organization()).await?;
    let missing = || Error::not_found("id", "recovery point");
    let id = id.ok_or_else(missing)?;
    let found = life::lock_many(&tx, ctx.scope(), &[id]).await?;
    let point = found.into_iter().next().ok_or_else(missing)?;
    let asset = store::assets::lookup(&tx, ctx.scope(), point.asset_id).await?;
    let unit = asset.ok_or_else(missing)?.unit_id;
    let tx = ctx.authorize_at(tx, action, [unit]).await?;
    Ok((tx, point))
}

async fn save(
    ctx: &Ctx,
    mut tx: Tx,
    action: Action,
    before: &RecoveryPoint,
    after: RecoveryPoint,
) -> Result<RecoveryPoint, Error> {
    life::set_life(&mut tx, before.status, &after).await?;
    let summary = serde_json::json!({
        "before": { "status": before.status, "expires_at": before.expires_at },
        "after": { "status": after.status, "expires_at": after.expires_at },
    });
    audit::success(ctx, &mut tx, action, after.id, summary).await?;
    tx.commit().await?;
    Ok(after)
}

/// Asks for points to end now; another person decides, and the undo window follows.
pub async fn request_deletion(
    ctx: &Ctx,
    ids: Vec<Option<RecoveryPointId>>,
    reason: &str,
) -> Result<ApprovalRequest, Error> {
    let action = actions::DELETE_RECOVERY_POINTS;
    let (tx, ids) = open_many(ctx, action, ids).await?;
    let plan = plan_deletion(ctx, &tx, &ids).await?;
    approvals::request(ctx, tx, action, plan, reason).await
}

/// Asks for points to be kept shorter; another person decides.
pub async fn request_shortening(
    ctx: &Ctx,
    ids: Vec<Option<RecoveryPointId>>,
    until: Timestamp,
    reason: &str,
) -> Result<ApprovalRequest, Error> {
    let action = actions::SHORTEN_RECOVERY_POINT_RETENTION;
    let (tx, ids) = open_many(ctx, action, ids).await?;
    let plan = plan_shortening(ctx, &tx, &ids, until).await?;
    approvals::request(ctx, tx, action, plan, reason).await
}

/// Those of the points that the caller may end, by id; every one must be there.
async fn open_many(
    ctx: &Ctx,
    action: Action,
    ids: Vec<Option<RecoveryPointId>>,
) -> Result<(Tx, Vec<RecoveryPointId>), Error> {
    ctx.authorize(action).await?;
    check_batch("ids", ids.len())?;
    let tx = ctx.begin().await?;
    store::organizations::lock(&tx, ctx.organization()).await?;
    let known: Vec<RecoveryPointId> = ids.iter().copied().flatten().collect();
    let found = store::recovery_points::lookup_many(&tx, ctx.scope(), &known).await?;
    let mut problems = Problems::new();
    for (index, id) in ids.iter().enumerate() {
        if !found.iter().any(|point| Some(point.id) == *id) {
            problems.push(Problem::not_found(
                &format!("ids.{index}"),
                "recovery point",
            ));
        }
    }
    problems.into_result()?;
    let assets: Vec<_> = found.iter().map(|point| point.asset_id).collect();
    let assets = store::assets::lookup_many(&tx, ctx.scope(), &assets).await?;
    let units: Vec<_> = assets.iter().map(|asset| asset.unit_id).collect();
    let tx = ctx.authorize_at(tx, action, units).await?;
    let mut ids: Vec<RecoveryPointId> = found.iter().map(|point| point.id).collect();
    ids.sort_unstable();
    Ok((tx, ids))
}

/// What ending these points now means; refused when something keeps one of them.
pub(crate) async fn plan_deletion(
    ctx: &Ctx,
    tx: &Tx,
    ids: &[RecoveryPointId],
) -> Result<ApprovalPlan, Error> {
    let now = ctx.now();
    let points = allowed(ctx, tx, ids, |point, held| point.deleted(now, held)).await?;
    Ok(ApprovalPlan::DeleteRecoveryPoints { points })
}

/// What keeping these points shorter means; refused when something keeps one of them longer.
pub(crate) async fn plan_shortening(
    ctx: &Ctx,
    tx: &Tx,
    ids: &[RecoveryPointId],
    until: Timestamp,
) -> Result<ApprovalPlan, Error> {
    let now = ctx.now();
    let shorten = |point: &RecoveryPoint, held| point.shortened(until, now, held);
    let points = allowed(ctx, tx, ids, shorten).await?;
    Ok(ApprovalPlan::ShortenRecoveryPointRetention { points, until })
}

/// The points as they are, when `change` could be done to each of them and none is the last good one of a protected asset.
async fn allowed(
    ctx: &Ctx,
    tx: &Tx,
    ids: &[RecoveryPointId],
    change: impl Fn(&RecoveryPoint, Held) -> Result<RecoveryPoint, Refusal>,
) -> Result<Vec<PlannedPoint>, Error> {
    let points = life::lock_many(tx, ctx.organization(), ids).await?;
    if points.len() != ids.len() {
        return Err(Error::not_found("ids", "recovery point"));
    }
    let held = store::legal_holds::held_among(tx, ctx.organization(), ids).await?;
    let newest = newest_of_protected(ctx, tx, &points).await?;
    let mut problems = Problems::new();
    for (index, point) in points.iter().enumerate() {
        let is_held = Held(held.contains(&point.id));
        let done = change(point, is_held).and_then(|after| {
            let ends_now = after.expires_at.is_some_and(|end| end <= ctx.now());
            let is_last =
                point.status == RecoveryPointStatus::Available && newest.contains(&point.id);
            if ends_now && is_last {
                Err(Refusal::LastGood)
            } else {
                Ok(after)
            }
        });
        if let Err(why) = done {
            let field = match field_of(why) {
                "until" => "until".to_owned(),
                _ => format!("ids.{index}"),
            };
            problems.push(problem(&field, why));
        }
    }
    problems.into_result()?;
    Ok(points.iter().map(PlannedPoint::from).collect())
}

/// The newest good points of those assets of the points that a policy protects.
async fn newest_of_protected(
    ctx: &Ctx,
    tx: &Tx,
    points: &[RecoveryPoint],
) -> Result<Vec<RecoveryPointId>, Error> {
    let mut assets: Vec<_> = points.iter().map(|point| point.asset_id).collect();
    assets.sort_unstable();
    assets.dedup();
    let found = store::assets::lookup_many(tx, ctx.organization(), &assets).await?;
    let protected = found.iter().filter(|asset| asset.policy_id.is_some());
    let protected: Vec<_> = protected.map(|asset| asset.id).collect();
    let last = store::recovery_points::last_of_assets(tx, ctx.organization(), &protected).await?;
    Ok(last.into_iter().map(|point| point.id).collect())
}

/// Makes these points due now.
pub(crate) async fn delete(ctx: &Ctx, tx: &mut Tx, points: &[PlannedPoint]) -> Result<(), Error> {
    let now = ctx.now();
    change(ctx, tx, points, |point| point.deleted(now, Held(false))).await
}

/// Ends these points then.
pub(crate) async fn shorten(
    ctx: &Ctx,
    tx: &mut Tx,
    points: &[PlannedPoint],
    until: Timestamp,
) -> Result<(), Error> {
    let now = ctx.now();
    change(ctx, tx, points, |point| {
        point.shortened(until, now, Held(false))
    })
    .await
}

/// Changes points that were planned in the same transaction, so that holds were looked at.
async fn change(
    ctx: &Ctx,
    tx: &mut Tx,
    planned: &[PlannedPoint],
    change: impl Fn(&RecoveryPoint) -> Result<RecoveryPoint, Refusal>,
) -> Result<(), Error> {
    let ids: Vec<RecoveryPointId> = planned.iter().map(|point| point.id).collect();
    for point in life::lock_many(tx, ctx.organization(), &ids).await? {
        let after = change(&point).map_err(|why| problem("id", why))?;
        life::set_life(tx, point.status, &after).await?;
    }
    Ok(())
}
