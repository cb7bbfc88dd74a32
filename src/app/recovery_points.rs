//! Recovery points: what can be restored.
//!
//! Not for making, restoring or proving them (tasks). Invariant: a person sees only points of assets that the scope shows.

use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::recovery_point::{
    RecoveryPoint, RecoveryPointFilter, RecoveryPointOrder, RecoveryPointStatus,
};
use domain::{AssetId, OrganizationalUnitId, RecoveryPointId};
use store::Tx;

use crate::context::Ctx;
use crate::error::Error;

pub mod ends;

/// One point.
pub async fn lookup(ctx: &Ctx, id: RecoveryPointId) -> Result<Option<RecoveryPoint>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::recovery_points::lookup(&ctx.read(), ctx.scope(), id).await?)
}

/// Several points at once, in any order; unknown ones are left out.
pub async fn lookup_many(ctx: &Ctx, ids: &[RecoveryPointId]) -> Result<Vec<RecoveryPoint>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::recovery_points::lookup_many(&ctx.read(), ctx.scope(), ids).await?)
}

/// The newest available point of each of these assets that has one.
pub async fn last_of_assets(ctx: &Ctx, assets: &[AssetId]) -> Result<Vec<RecoveryPoint>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::recovery_points::last_of_assets(&ctx.read(), ctx.scope(), assets).await?)
}

/// A page of points.
pub async fn list(
    ctx: &Ctx,
    filter: &RecoveryPointFilter,
    order: RecoveryPointOrder,
    page: &PageRequest,
) -> Result<Page<RecoveryPoint>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::recovery_points::list(&ctx.read(), ctx.scope(), filter, order, page).await?)
}

/// How many points match, counted up to the cap.
pub async fn count(ctx: &Ctx, filter: &RecoveryPointFilter) -> Result<u64, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::recovery_points::count(&ctx.read(), ctx.scope(), filter).await?)
}

/// The unit at which rights over the point are needed: that of its asset.
pub(crate) async fn unit_of(
    ctx: &Ctx,
    tx: &Tx,
    point: &RecoveryPoint,
) -> Result<OrganizationalUnitId, Error> {
    let asset = store::assets::lookup(tx, ctx.scope(), point.asset_id).await?;
    let missing = || Error::not_found("recoveryPointId", "recovery point");
    Ok(asset.ok_or_else(missing)?.unit_id)
}

/// The point, when it can be restored now; a damaged one only when the caller insists.
pub(crate) async fn usable(
    ctx: &Ctx,
    tx: &Tx,
    id: Option<RecoveryPointId>,
    allow_damaged: bool,
) -> Result<RecoveryPoint, Error> {
    let missing = || Error::not_found("recoveryPointId", "recovery point");
    let id = id.ok_or_else(missing)?;
    let point = store::recovery_points::lookup(tx, ctx.scope(), id)
        .await?
        .ok_or_else(missing)?;
    let refusal = match point.status {
        RecoveryPointStatus::Available => return Ok(point),
        RecoveryPointStatus::Creating => "This recovery point is still being written.",
        RecoveryPointStatus::Damaged if allow_damaged => return Ok(point),
        RecoveryPointStatus::Damaged => {
            "This recovery point is damaged. Choose another one, or insist with allowDamaged."
        }
        RecoveryPointStatus::Lost => "The store no longer has this recovery point.",
        RecoveryPointStatus::Expiring => {
            "The time of this recovery point is over. Undo its expiry to restore it."
        }
        RecoveryPointStatus::Expired => "This recovery point has expired.",
        RecoveryPointStatus::Failed => "This recovery point was never completed.",
    };
    Err(Error::precondition("recoveryPointId", refusal))
}
