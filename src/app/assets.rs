//! Assets: what was found in AWS.
//!
//! Not for finding them (a task). Invariant: a person sees only what the scope shows.

use domain::AssetId;
use domain::asset::{Asset, AssetFilter, AssetOrder};
use domain::page::{Direction, Page, PageRequest};
use domain::permission::Permission;
pub use store::assets::{LastPoint, PolicySummary};
pub use store::schedules::Missed;

use crate::context::Ctx;
use crate::error::Error;

/// An asset with what the dashboard shows beside it.
pub type AssetRow = (Asset, Option<PolicySummary>, Option<LastPoint>);

/// One asset.
pub async fn lookup(ctx: &Ctx, id: AssetId) -> Result<Option<Asset>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::assets::lookup(&ctx.read(), ctx.scope(), id).await?)
}

/// Several assets at once, in any order; unknown ones are left out.
pub async fn lookup_many(ctx: &Ctx, ids: &[AssetId]) -> Result<Vec<Asset>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::assets::lookup_many(&ctx.read(), ctx.scope(), ids).await?)
}

/// A page of assets.
pub async fn list(
    ctx: &Ctx,
    filter: &AssetFilter,
    order: AssetOrder,
    direction: Direction,
    page: &PageRequest,
) -> Result<Page<Asset>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::assets::list(&ctx.read(), ctx.scope(), filter, order, direction, page).await?)
}

/// A page of assets with the policy and the last recovery point of each, in one query.
pub async fn list_rows(
    ctx: &Ctx,
    filter: &AssetFilter,
    order: AssetOrder,
    direction: Direction,
    page: &PageRequest,
) -> Result<Page<AssetRow>, Error> {
    ctx.require(Permission::Read)?;
    let (reader, scope) = (ctx.read(), ctx.scope());
    let rows = store::assets::list_with_policy_and_last_point(
        &reader, scope, filter, order, direction, page,
    );
    Ok(rows.await?)
}

/// The latest windows of an asset that passed without a run, newest first; at most `limit`.
pub async fn missed_windows(ctx: &Ctx, id: AssetId, limit: u32) -> Result<Vec<Missed>, Error> {
    ctx.require(Permission::Read)?;
    let reader = ctx.read();
    if store::assets::lookup(&reader, ctx.scope(), id)
        .await?
        .is_none()
    {
        return Ok(Vec::new());
    }
    let (organization, limit) = (ctx.organization(), u64::from(limit));
    Ok(store::schedules::missed_of_asset(&reader, organization, id, limit).await?)
}

/// How many assets match, counted up to the cap.
pub async fn count(ctx: &Ctx, filter: &AssetFilter) -> Result<u64, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::assets::count(&ctx.read(), ctx.scope(), filter).await?)
}
