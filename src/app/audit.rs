//! The audit log: who did what.
//!
//! Not for what happens inside tasks. Invariant: `success` takes the transaction of the change, so a change without its
//! record cannot be committed; a summary never holds a secret.

pub mod checkpoints;
pub mod webhooks;

use domain::audit::chain::Entry;
use domain::audit::{AuditEvent, AuditFilter, AuditLog, Interface, Outcome, Recorded};
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::task::Actor;
use domain::{AuditEventId, OrganizationId, UserId};
use serde_json::Value;
use store::Tx;

use crate::actions::Action;
use crate::context::{Ctx, Origin, Services};
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

/// What somebody did who proved themselves otherwise than by a session or a token, such as by a link in a mail.
#[derive(Debug)]
pub(crate) struct Deed<'a> {
    pub(crate) user: UserId,
    pub(crate) action: Action,
    pub(crate) outcome: Outcome,
    pub(crate) origin: &'a Origin,
    pub(crate) summary: Value,
}

/// Records in `tx` what a person did to their own account, in every organization to which they belong: an account is shared by
/// all of them. Whoever has only invited the person learns nothing of them.
pub(crate) async fn deed(services: &Services, tx: &mut Tx, deed: Deed<'_>) -> Result<(), Error> {
    debug_assert!(
        tx.organization().is_none(),
        "a tenant's transaction sees one membership only: Ctx::system_begin"
    );
    let memberships = store::memberships::system_list_of_user(tx, deed.user).await?;
    for membership in memberships.iter().filter(|one| one.state.has_joined()) {
        let event = event_of(services, membership.organization_id, &deed);
        store::audit::record(tx, &event).await?;
    }
    if deed.outcome == Outcome::Success {
        store::memberships::tell_own(tx, deed.user).await?;
    }
    Ok(())
}

/// As [`deed`], in one organization: what a person does there is not the others' business.
pub(crate) async fn deed_in(
    services: &Services,
    tx: &mut Tx,
    organization: OrganizationId,
    deed: Deed<'_>,
) -> Result<(), Error> {
    let event = event_of(services, organization, &deed);
    Ok(store::audit::record(tx, &event).await?)
}

fn event_of(services: &Services, organization: OrganizationId, deed: &Deed<'_>) -> AuditEvent {
    AuditEvent {
        id: AuditEventId::fresh(services.ids.as_ref()),
        organization_id: organization,
        occurred_at: services.clock.now(),
        actor: Actor::User(deed.user),
        interface: Interface::Console,
        action: deed.action.name.to_owned(),
        target: Some(deed.user.to_string()),
        outcome: deed.outcome,
        summary: deed.summary.clone(),
        address: deed.origin.address.clone(),
        request_id: deed.origin.request_id.clone(),
    }
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

/// A record as a line of an export, which is more than to read it: the lines are what an outsider believes.
pub fn line(ctx: &Ctx, recorded: &Recorded) -> Result<String, Error> {
    ctx.require(Permission::AuditExport)?;
    Ok(Entry::from(recorded).to_line())
}

/// How many audit events match, counted up to the cap.
pub async fn count(ctx: &Ctx, filter: &AuditFilter) -> Result<u64, Error> {
    ctx.require(Permission::AuditRead)?;
    Ok(store::audit::count(&ctx.read(), ctx.organization(), filter).await?)
}

/// The log as a whole; none before its first event.
pub async fn log(ctx: &Ctx) -> Result<Option<AuditLog>, Error> {
    ctx.require(Permission::AuditRead)?;
    Ok(store::audit::logs::lookup(&ctx.read(), ctx.organization()).await?)
}

/// The public key of the checkpoints, as `holdfast audit verify` takes it. It is read from the installation and not from the database, so
/// that whoever can write there cannot exchange it.
pub fn public_key(ctx: &Ctx) -> Result<String, Error> {
    ctx.require(Permission::AuditRead)?;
    Ok(ctx.services().audit_key.text())
}
