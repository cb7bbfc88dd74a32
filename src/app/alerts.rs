//! Alerts: seeing what needs a person, and saying that one knows.
//!
//! Not for raising or clearing them: that is part of the transaction that makes it true (`store::alerts`). Invariant: an alert is
//! seen where its asset is seen, else where its account is; one about neither is the whole organization's.

use domain::alert::{Acknowledgement, Alert, AlertFilter, checked_note};
use domain::page::{Direction, Page, PageRequest};
use domain::permission::Permission;
use domain::{AlertId, OrganizationalUnitId};
use store::Tx;

use crate::actions;
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;

/// Several alerts at once, in any order; unknown ones are left out.
pub async fn lookup_many(ctx: &Ctx, ids: &[AlertId]) -> Result<Vec<Alert>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::alerts::lookup_many(&ctx.read(), ctx.scope(), ids).await?)
}

/// A page of alerts, by the time when they were raised first.
pub async fn list(
    ctx: &Ctx,
    filter: &AlertFilter,
    direction: Direction,
    page: &PageRequest,
) -> Result<Page<Alert>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::alerts::list(&ctx.read(), ctx.scope(), filter, direction, page).await?)
}

/// How many alerts match, counted up to the cap.
pub async fn count(ctx: &Ctx, filter: &AlertFilter) -> Result<u64, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::alerts::count(&ctx.read(), ctx.scope(), filter).await?)
}

/// Says that the caller knows of an alert; the note replaces an earlier one.
pub async fn acknowledge(ctx: &Ctx, id: Option<AlertId>, note: &str) -> Result<Alert, Error> {
    ctx.authorize(actions::ACKNOWLEDGE_ALERT).await?;
    let missing = || Error::not_found("id", "alert");
    let id = id.ok_or_else(missing)?;
    let tx = ctx.begin().await?;
    let alert = store::alerts::lookup(&tx, ctx.scope(), id)
        .await?
        .ok_or_else(missing)?;
    let unit = unit_of(ctx, &tx, &alert).await?;
    let mut tx = ctx
        .authorize_at(tx, actions::ACKNOWLEDGE_ALERT, [unit])
        .await?;
    let acknowledgement = Acknowledgement {
        at: ctx.now(),
        by: ctx.user().map(|user| user.id),
        note: checked_note(note)?,
    };
    store::alerts::acknowledge(&mut tx, ctx.organization(), id, &acknowledgement).await?;
    let summary = serde_json::json!({ "kind": alert.kind, "note": acknowledgement.note });
    audit::success(ctx, &mut tx, actions::ACKNOWLEDGE_ALERT, id, summary).await?;
    let alert = store::alerts::lookup(&tx, ctx.scope(), id).await?;
    tx.commit().await?;
    alert.ok_or_else(missing)
}

/// The unit at which rights over the alert are needed: that of its asset, else of its account, else the root.
async fn unit_of(ctx: &Ctx, tx: &Tx, alert: &Alert) -> Result<OrganizationalUnitId, Error> {
    if let Some(asset) = alert.subject.asset_id
        && let Some(asset) = store::assets::lookup(tx, ctx.organization(), asset).await?
    {
        return Ok(asset.unit_id);
    }
    if let Some(account) = alert.subject.aws_account_id
        && let Some(account) = store::aws_accounts::lookup(tx, ctx.organization(), account).await?
    {
        return Ok(account.unit_id);
    }
    Ok(ctx.access().root())
}

#[cfg(test)]
mod tests;
