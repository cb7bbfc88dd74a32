//! Legal holds: recovery points that do not end, whatever else is decided.
//!
//! Not for the vault lock (`vault_locks.rs`). Invariant: one person places a hold, two release it.

use domain::approval::{ApprovalPlan, ApprovalRequest, PointSet};
use domain::legal_hold::{HoldCriteria, LegalHold, LegalHoldFilter, units_of};
use domain::limits::{BATCH_SIZE_MAX, DESCRIPTION_LENGTH_MAX, NAME_LENGTH_MAX};
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::text::checked_name;
use domain::{AssetId, LegalHoldId, OrganizationalUnitId, Problem, Problems, RecoveryPointId};
use jiff::Timestamp;
use store::Tx;
use store::recovery_points::life;

use crate::actions;
use crate::approvals;
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;
use crate::organizational_units::place;

/// Points that are taken out of their undo window in one go.
const BATCH: usize = 500;

/// What a new hold is for besides listed points; `None` in a list stands for a malformed id.
#[derive(Debug, Clone, Default)]
pub struct NewCriteria {
    /// Of these assets; empty means all of the hold's unit.
    pub asset_ids: Vec<Option<AssetId>>,
    /// Taken at or after.
    pub taken_from: Option<Timestamp>,
    /// Taken before.
    pub taken_until: Option<Timestamp>,
    /// Points that are made later as well.
    pub includes_new: bool,
}

/// A new hold.
#[derive(Debug, Clone, Default)]
pub struct NewHold {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
    /// The unit; none is the topmost one where the caller may place holds.
    pub unit: Option<Option<OrganizationalUnitId>>,
    /// These points.
    pub point_ids: Vec<Option<RecoveryPointId>>,
    /// And those that meet this.
    pub criteria: Option<NewCriteria>,
}

/// Places a hold. Points in their undo window come out of it.
pub async fn create(ctx: &Ctx, new: NewHold) -> Result<LegalHold, Error> {
    let action = actions::CREATE_LEGAL_HOLD;
    ctx.authorize(action).await?;
    let (name, reason) = check(&new)?;
    let tx = ctx.begin().await?;
    store::organizations::lock(&tx, ctx.organization()).await?;
    let field = "organizationalUnitId";
    let unit = place(ctx, &tx, Permission::LegalHoldManage, field, new.unit).await?;
    let mut tx = ctx.authorize_at(tx, action, [unit]).await?;
    let tree = store::organizational_units::tree(&tx, ctx.organization()).await?;
    let units = units_of(&tree, unit);
    let mut points = listed(ctx, &tx, &units, &new.point_ids).await?;
    let criteria = match &new.criteria {
        Some(criteria) => Some(criteria_of(ctx, &tx, &units, criteria).await?),
        None => None,
    };
    if let Some(criteria) = &criteria {
        let organization = ctx.organization();
        points.extend(store::legal_holds::matching(&tx, organization, &units, criteria).await?);
    }
    points.sort_unstable();
    points.dedup();
    let hold = LegalHold {
        id: LegalHoldId::fresh(ctx.ids()),
        organization_id: ctx.organization(),
        unit_id: unit,
        name,
        reason,
        criteria,
        created_by: ctx.actor(),
        created_at: ctx.now(),
        released_at: None,
    };
    store::legal_holds::add(&mut tx, &hold).await?;
    store::legal_holds::cover(&mut tx, &hold, &points).await?;
    let taken_back = take_back(ctx, &mut tx, &points).await?;
    let summary = serde_json::json!({
        "name": hold.name,
        "reason": hold.reason,
        "criteria": hold.criteria,
        "points": PointSet::of(&points),
        "taken_back": taken_back,
    });
    audit::success(ctx, &mut tx, action, hold.id, summary).await?;
    tx.commit().await?;
    Ok(hold)
}

fn check(new: &NewHold) -> Result<(String, String), Error> {
    let mut problems = Problems::new();
    let mut text = |field: &str, text: &str, most: usize| {
        checked_name(field, text, most).unwrap_or_else(|problem| {
            problems.push(problem);
            String::new()
        })
    };
    let name = text("name", &new.name, NAME_LENGTH_MAX);
    let reason = text("reason", &new.reason, DESCRIPTION_LENGTH_MAX);
    let criteria = new.criteria.as_ref();
    problems.check(
        !new.point_ids.is_empty() || criteria.is_some(),
        "recoveryPointIds",
        "Name recovery points, or criteria, or both.",
    );
    let most = format!("At most {BATCH_SIZE_MAX} can be named at once.");
    let fits = new.point_ids.len() <= BATCH_SIZE_MAX;
    problems.check(fits, "recoveryPointIds", most.clone());
    let fits = criteria.is_none_or(|criteria| criteria.asset_ids.len() <= BATCH_SIZE_MAX);
    problems.check(fits, "criteria.assetIds", most);
    problems.into_result()?;
    Ok((name, reason))
}

/// The listed points; each must be of an asset at these units and can still be held.
async fn listed(
    ctx: &Ctx,
    tx: &Tx,
    units: &std::collections::BTreeSet<OrganizationalUnitId>,
    ids: &[Option<RecoveryPointId>],
) -> Result<Vec<RecoveryPointId>, Error> {
    let known: Vec<RecoveryPointId> = ids.iter().copied().flatten().collect();
    let points = life::lock_many(tx, ctx.scope(), &known).await?;
    let assets: Vec<AssetId> = points.iter().map(|point| point.asset_id).collect();
    let assets = store::assets::lookup_many(tx, ctx.scope(), &assets).await?;
    let mut problems = Problems::new();
    let mut listed = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        let field = format!("recoveryPointIds.{index}");
        let found = points.iter().find(|point| Some(point.id) == *id);
        let is_inside = |asset_id: AssetId| {
            let asset = assets.iter().find(|asset| asset.id == asset_id);
            asset.is_some_and(|asset| units.contains(&asset.unit_id))
        };
        match found.filter(|point| is_inside(point.asset_id)) {
            None => problems.push(Problem::not_found(&field, "recovery point")),
            Some(point) if point.held().is_none() => {
                let why = domain::life::Refusal::Gone;
                problems.push(crate::recovery_points::ends::problem(&field, why));
            }
            Some(point) => listed.push(point.id),
        }
    }
    problems.into_result()?;
    Ok(listed)
}

async fn criteria_of(
    ctx: &Ctx,
    tx: &Tx,
    units: &std::collections::BTreeSet<OrganizationalUnitId>,
    new: &NewCriteria,
) -> Result<HoldCriteria, Error> {
    let known: Vec<AssetId> = new.asset_ids.iter().copied().flatten().collect();
    let assets = store::assets::lookup_many(tx, ctx.scope(), &known).await?;
    let mut problems = Problems::new();
    for (index, id) in new.asset_ids.iter().enumerate() {
        let found = assets.iter().find(|asset| Some(asset.id) == *id);
        if !found.is_some_and(|asset| units.contains(&asset.unit_id)) {
            let field = format!("criteria.assetIds.{index}");
            problems.push(Problem::not_found(&field, "asset"));
        }
    }
    problems.into_result()?;
    Ok(HoldCriteria {
        asset_ids: known,
        taken_from: new.taken_from,
        taken_until: new.taken_until,
        includes_new: new.includes_new,
    })
}

/// Takes those of the points out of their undo window that are in it; gives how many.
async fn take_back(ctx: &Ctx, tx: &mut Tx, ids: &[RecoveryPointId]) -> Result<usize, Error> {
    let mut count = 0;
    for chunk in ids.chunks(BATCH) {
        for point in life::lock_many(tx, ctx.organization(), chunk).await? {
            let Some(after) = point.held().filter(|after| after.status != point.status) else {
                continue;
            };
            life::set_life(tx, point.status, &after).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Asks for the release of a hold; another person decides.
pub async fn request_release(
    ctx: &Ctx,
    id: Option<LegalHoldId>,
    reason: &str,
) -> Result<ApprovalRequest, Error> {
    let action = actions::RELEASE_LEGAL_HOLD;
    ctx.authorize(action).await?;
    let tx = ctx.begin().await?;
    store::organizations::lock(&tx, ctx.organization()).await?;
    let missing = || Error::not_found("id", "legal hold");
    let hold = store::legal_holds::lookup(&tx, ctx.scope(), id.ok_or_else(missing)?)
        .await?
        .ok_or_else(missing)?;
    let tx = ctx.authorize_at(tx, action, [hold.unit_id]).await?;
    let plan = plan_release(ctx, &tx, hold.id).await?;
    approvals::request(ctx, tx, action, plan, reason).await
}

/// What releasing this hold means now.
async fn plan_release(ctx: &Ctx, tx: &Tx, id: LegalHoldId) -> Result<ApprovalPlan, Error> {
    let hold = open(ctx, tx, id).await?;
    let points = store::legal_holds::all_points(tx, &hold).await?;
    Ok(ApprovalPlan::ReleaseLegalHold {
        legal_hold_id: hold.id,
        name: hold.name,
        points: PointSet::of(&points),
    })
}

/// The plan again, when it is decided: the hold must be there still. Backups go on while a request waits, so a hold by criteria keeps
/// more by then than when it was `asked` for; nobody could ever agree if that were another plan.
pub(crate) async fn plan_again(
    ctx: &Ctx,
    tx: &Tx,
    id: LegalHoldId,
    asked: &PointSet,
) -> Result<ApprovalPlan, Error> {
    let hold = open(ctx, tx, id).await?;
    Ok(ApprovalPlan::ReleaseLegalHold {
        legal_hold_id: hold.id,
        name: hold.name,
        points: asked.clone(),
    })
}

async fn open(ctx: &Ctx, tx: &Tx, id: LegalHoldId) -> Result<LegalHold, Error> {
    let hold = store::legal_holds::lock(tx, ctx.organization(), id).await?;
    let hold = hold.ok_or_else(|| Error::not_found("id", "legal hold"))?;
    if hold.released_at.is_some() {
        let message = "This legal hold was released already.";
        return Err(Error::precondition("id", message));
    }
    Ok(hold)
}

/// Releases a hold. What it kept beyond its time when it was asked for may end: two people agreed to exactly that. What it has kept
/// since then ends as if there had been no hold, under the brake.
pub(crate) async fn release(
    ctx: &Ctx,
    tx: &mut Tx,
    id: LegalHoldId,
    asked_at: Timestamp,
) -> Result<(), Error> {
    let hold = open(ctx, tx, id).await?;
    let points = store::legal_holds::all_points(tx, &hold).await?;
    store::legal_holds::release(tx, &hold, ctx.now()).await?;
    for chunk in points.chunks(BATCH) {
        for point in life::lock_many(tx, ctx.organization(), chunk).await? {
            let was_there = point.taken_at <= asked_at;
            let is_over = point.expires_at.is_some_and(|end| end <= ctx.now());
            if was_there && is_over && point.life.cleared_at.is_none() {
                life::set_life(tx, point.status, &point.cleared(ctx.now())).await?;
            }
        }
    }
    Ok(())
}

/// One hold.
pub async fn lookup(ctx: &Ctx, id: LegalHoldId) -> Result<Option<LegalHold>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::legal_holds::lookup(&ctx.read(), ctx.scope(), id).await?)
}

/// A page of holds, newest first.
pub async fn list(
    ctx: &Ctx,
    filter: &LegalHoldFilter,
    page: &PageRequest,
) -> Result<Page<LegalHold>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::legal_holds::list(&ctx.read(), ctx.scope(), filter, page).await?)
}

/// How many holds match, counted up to the cap.
pub async fn count(ctx: &Ctx, filter: &LegalHoldFilter) -> Result<u64, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::legal_holds::count(&ctx.read(), ctx.scope(), filter).await?)
}

/// The open holds that keep these points, each with the point. Whoever sees a point sees that it is held, and by which of the
/// holds that they see.
pub async fn of_points(
    ctx: &Ctx,
    points: &[RecoveryPointId],
) -> Result<Vec<(RecoveryPointId, LegalHold)>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::legal_holds::of_points(&ctx.read(), ctx.scope(), points).await?)
}
