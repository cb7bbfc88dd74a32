//! The audit log: who did what.
//!
//! Not for what happens inside tasks. Invariant: `success` takes the transaction of the change, so a change without its
//! record cannot be committed; a summary never holds a secret.

use domain::AuditEventId;
use domain::audit::{AuditEvent, AuditFilter, Outcome, Recorded};
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use serde_json::Value;
use store::Tx;

use crate::actions::Action;
use crate::context::Ctx;
use crate::error::Error;

/// A record of `action` by the caller, with an empty summary.
pub(crate) fn event(
    ctx: &Ctx,
    action: Action,
    target: Option<String>,
    outcome: Outcome,
) -> AuditEvent {
    AuditEvent {
        id: AuditEventId::fresh(ctx.ids()),
        organization_id: ctx.organization(),
        occurred_at: ctx.now(),
        actor: ctx.actor(),
        interface: ctx.interface(),
        action: action.name.to_owned(),
        target,
        outcome,
        summary: Value::Object(serde_json::Map::new()),
        address: ctx.origin().address.clone(),
        request_id: ctx.origin().request_id.clone(),
    }
}

/// Records in `tx` that the caller did `action` to `target`.
pub(crate) async fn success(
    ctx: &Ctx,
    tx: &mut Tx,
    action: Action,
    target: impl ToString,
    summary: Value,
) -> Result<(), Error> {
    let mut event = event(ctx, action, Some(target.to_string()), Outcome::Success);
    event.summary = summary;
    Ok(store::audit::record(tx, &event).await?)
}

/// The audit events that match, newest first.
pub async fn list(
    ctx: &Ctx,
    filter: &AuditFilter,
    page: &PageRequest,
) -> Result<Page<Recorded>, Error> {
    ctx.require(Permission::AuditRead)?;
    Ok(store::audit::list(&ctx.read(), ctx.organization(), filter, page).await?)
}

/// How many audit events match, counted up to the cap.
pub async fn count(ctx: &Ctx, filter: &AuditFilter) -> Result<u64, Error> {
    ctx.require(Permission::AuditRead)?;
    Ok(store::audit::count(&ctx.read(), ctx.organization(), filter).await?)
}
