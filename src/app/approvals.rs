//! Approvals: changes that take two people, from the request to the deed.
//!
//! Not for what is changed (the noun's own file has plan and deed). Invariant: a request is carried out once, by another person
//! than the one who asked, both freshly proven in a browser; and only when the plan, made anew at that moment, has the hash that
//! both have seen. Backups that are taken and points that end meanwhile make it no other plan, and are never part of it.

use domain::approval::{
    APPROVAL_DAYS, ApprovalFilter, ApprovalPlan, ApprovalRequest, ApprovalStatus,
};
use domain::limits::DESCRIPTION_LENGTH_MAX;
use domain::membership::MembershipState;
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::text::checked_name;
use domain::{ApprovalRequestId, Problem, UserId};
use jiff::SignedDuration;
use store::Tx;
use store::approvals::Seen;

use crate::actions::{self, Action};
use crate::context::{Credential, Ctx};
use crate::error::Error;
use crate::{audit, expiry_brake, legal_holds, recovery_points, vault_locks};

/// Members that are looked through for a second person.
const MEMBERS_MAX: u32 = 100;

/// Asks for a change that takes a second person: writes the request and its record, and commits.
pub(crate) async fn request(
    ctx: &Ctx,
    mut tx: Tx,
    action: Action,
    plan: ApprovalPlan,
    reason: &str,
) -> Result<ApprovalRequest, Error> {
    let reason = checked_name("reason", reason, DESCRIPTION_LENGTH_MAX)?;
    let requester = person(ctx)?;
    if !has_second_person(ctx, &tx, requester).await? {
        let message = "This takes a second person, and nobody else in your organization may decide. Invite another Super \
                       Admin, or grant somebody a role with APPROVAL_DECIDE, and ask again.";
        return Err(Error::precondition("", message));
    }
    let now = ctx.now();
    let request = ApprovalRequest {
        id: ApprovalRequestId::fresh(ctx.ids()),
        organization_id: ctx.organization(),
        plan_hash: plan.hash(),
        plan,
        reason,
        requested_by: requester,
        requested_at: now,
        expires_at: now + SignedDuration::from_hours(24 * APPROVAL_DAYS),
        status: ApprovalStatus::Pending,
        decided_by: None,
        decided_at: None,
        note: None,
    };
    store::approvals::add(&mut tx, &request).await?;
    let summary = serde_json::json!({
        "plan": request.plan.brief(),
        "plan_hash": request.plan_hash,
        "reason": request.reason,
    });
    audit::success(ctx, &mut tx, action, request.id, summary).await?;
    tx.commit().await?;
    Ok(request)
}

/// The person who calls, in a browser session: a token has no face, and its owner is not there to think twice.
fn person(ctx: &Ctx) -> Result<UserId, Error> {
    let is_session = matches!(ctx.credential(), Some(Credential::Session { .. }));
    let person = ctx.user().filter(|_| is_session);
    person.map(|user| user.id).ok_or_else(|| {
        let message =
            "This takes a person in a browser session; a token can neither ask nor decide.";
        Error::precondition("", message)
    })
}

/// Whether anybody but this person may decide.
async fn has_second_person(ctx: &Ctx, tx: &Tx, but: UserId) -> Result<bool, Error> {
    let filter = store::memberships::MemberFilter {
        states: Some(vec![MembershipState::Active]),
        ..Default::default()
    };
    let mut page = PageRequest {
        size: MEMBERS_MAX,
        ..PageRequest::default()
    };
    loop {
        let found = store::memberships::list(tx, ctx.organization(), &filter, &page).await?;
        let next = found.items.last().map(|(cursor, _)| cursor.clone());
        let has_next = found.has_next;
        for user in found.into_nodes() {
            if user.id != but && holds(ctx, tx, user.id, Permission::ApprovalDecide).await? {
                return Ok(true);
            }
        }
        match next.filter(|_| has_next) {
            Some(cursor) => {
                page.from = domain::page::PageEnd::Start {
                    after: Some(cursor),
                }
            }
            None => return Ok(false),
        }
    }
}

/// Whether this person is an active member who has the right somewhere.
async fn holds(ctx: &Ctx, tx: &Tx, user: UserId, right: Permission) -> Result<bool, Error> {
    let access = store::access::of_member(tx, ctx.organization(), user, true).await?;
    Ok(access.is_some_and(|member| member.access.can(right)))
}

/// Agrees to a request and carries it out, when its plan still is the one with this hash.
pub async fn approve(
    ctx: &Ctx,
    id: Option<ApprovalRequestId>,
    plan_hash: &str,
    note: Option<String>,
) -> Result<ApprovalRequest, Error> {
    let action = actions::APPROVE_APPROVAL_REQUEST;
    let (mut tx, request) = open(ctx, action, id).await?;
    let decider = second_person(ctx, &tx, &request).await?;
    if request.plan_hash != plan_hash {
        let message = "This is not the hash of the plan that waits. Read the plan again.";
        return Err(Problem::invalid("planHash", message).into());
    }
    let asked = request.plan.action().permission();
    if !holds(ctx, &tx, request.requested_by, asked).await? {
        let message = "Whoever asked for this may no longer do it.";
        return Err(Error::precondition("id", message));
    }
    let now_planned = plan_again(ctx, &tx, &request).await?;
    if now_planned.hash() != request.plan_hash {
        let message =
            "Things have changed since this was asked for. Have it cancelled and asked for again.";
        return Err(Error::precondition("id", message));
    }
    carry_out(ctx, &mut tx, &request).await?;
    let decided = decided(ctx, request, ApprovalStatus::Approved, decider, note)?;
    settle(ctx, tx, action, decided).await
}

/// Refuses a request.
pub async fn deny(
    ctx: &Ctx,
    id: Option<ApprovalRequestId>,
    note: Option<String>,
) -> Result<ApprovalRequest, Error> {
    let action = actions::DENY_APPROVAL_REQUEST;
    let (tx, request) = open(ctx, action, id).await?;
    let decider = second_person(ctx, &tx, &request).await?;
    let denied = decided(ctx, request, ApprovalStatus::Denied, decider, note)?;
    settle(ctx, tx, action, denied).await
}

/// Takes back a request of one's own.
pub async fn cancel(ctx: &Ctx, id: Option<ApprovalRequestId>) -> Result<ApprovalRequest, Error> {
    let action = actions::CANCEL_APPROVAL_REQUEST;
    let (tx, request) = open(ctx, action, id).await?;
    let caller = person(ctx)?;
    if caller != request.requested_by {
        let message = "Another person asked for this. Deny it instead.";
        return Err(Error::precondition("id", message));
    }
    let cancelled = decided(ctx, request, ApprovalStatus::Cancelled, caller, None)?;
    settle(ctx, tx, action, cancelled).await
}

/// The request, locked, when it waits and this caller sees it. The organization is locked first: nothing that a plan is about
/// changes until this has ended.
async fn open(
    ctx: &Ctx,
    action: Action,
    id: Option<ApprovalRequestId>,
) -> Result<(Tx, ApprovalRequest), Error> {
    ctx.authorize(action).await?;
    let tx = ctx.begin().await?;
    store::organizations::lock(&tx, ctx.organization()).await?;
    let missing = || Error::not_found("id", "approval request");
    let id = id.ok_or_else(missing)?;
    let request = store::approvals::lock(&tx, ctx.organization(), seen(ctx), id)
        .await?
        .ok_or_else(missing)?;
    match request.status_at(ctx.now()) {
        ApprovalStatus::Pending => Ok((tx, request)),
        ApprovalStatus::Expired => {
            let message = format!("Nobody decided this within {APPROVAL_DAYS} days.");
            Err(Error::precondition("id", message))
        }
        ApprovalStatus::Approved | ApprovalStatus::Denied | ApprovalStatus::Cancelled => {
            Err(Error::precondition("id", "This is decided already."))
        }
    }
}

/// The caller, who is not the one who asked, and who was here when it was asked: nobody makes a second person for the occasion.
async fn second_person(ctx: &Ctx, tx: &Tx, request: &ApprovalRequest) -> Result<UserId, Error> {
    let decider = person(ctx)?;
    if decider == request.requested_by {
        let message = "You asked for this yourself: another person must decide.";
        return Err(Error::precondition("id", message));
    }
    let membership = store::memberships::lookup(tx, ctx.organization(), decider).await?;
    let was_here = membership.is_some_and(|one| one.created_at <= request.requested_at);
    if !was_here {
        let message =
            "You joined after this was asked for: somebody who was here before must decide.";
        return Err(Error::precondition("id", message));
    }
    Ok(decider)
}

fn decided(
    ctx: &Ctx,
    request: ApprovalRequest,
    status: ApprovalStatus,
    by: UserId,
    note: Option<String>,
) -> Result<ApprovalRequest, Error> {
    let note = note.filter(|note| !note.trim().is_empty());
    let note = note.map(|note| checked_name("note", &note, DESCRIPTION_LENGTH_MAX));
    Ok(ApprovalRequest {
        status,
        decided_by: Some(by),
        decided_at: Some(ctx.now()),
        note: note.transpose()?,
        ..request
    })
}

async fn settle(
    ctx: &Ctx,
    mut tx: Tx,
    action: Action,
    request: ApprovalRequest,
) -> Result<ApprovalRequest, Error> {
    store::approvals::decide(&mut tx, &request).await?;
    let summary = serde_json::json!({
        "action": request.plan.action(),
        "plan_hash": request.plan_hash,
        "requested_by": request.requested_by,
        "note": request.note,
    });
    audit::success(ctx, &mut tx, action, request.id, summary).await?;
    tx.commit().await?;
    Ok(request)
}

/// The plan for the same as the world is now.
async fn plan_again(ctx: &Ctx, tx: &Tx, request: &ApprovalRequest) -> Result<ApprovalPlan, Error> {
    let ids = |points: &[domain::approval::PlannedPoint]| -> Vec<_> {
        points.iter().map(|point| point.id).collect()
    };
    match &request.plan {
        ApprovalPlan::DeleteRecoveryPoints { points } => {
            recovery_points::ends::plan_deletion(ctx, tx, &ids(points)).await
        }
        ApprovalPlan::ShortenRecoveryPointRetention { points, until } => {
            recovery_points::ends::plan_shortening(ctx, tx, &ids(points), *until).await
        }
        ApprovalPlan::ReleaseLegalHold {
            legal_hold_id,
            points,
            ..
        } => legal_holds::plan_again(ctx, tx, *legal_hold_id, points).await,
        ApprovalPlan::LoosenVaultLock { to, .. } => vault_locks::plan_loosening(ctx, tx, *to).await,
        ApprovalPlan::ReleaseExpiryBrake {
            points,
            ids,
            vaults,
        } => expiry_brake::plan_again(ctx, tx, (points, ids), vaults).await,
    }
}

async fn carry_out(ctx: &Ctx, tx: &mut Tx, request: &ApprovalRequest) -> Result<(), Error> {
    match &request.plan {
        ApprovalPlan::DeleteRecoveryPoints { points } => {
            recovery_points::ends::delete(ctx, tx, points).await
        }
        ApprovalPlan::ShortenRecoveryPointRetention { points, until } => {
            recovery_points::ends::shorten(ctx, tx, points, *until).await
        }
        ApprovalPlan::ReleaseLegalHold { legal_hold_id, .. } => {
            legal_holds::release(ctx, tx, *legal_hold_id, request.requested_at).await
        }
        ApprovalPlan::LoosenVaultLock { version, to, .. } => {
            vault_locks::loosen(ctx, tx, *version, *to).await
        }
        ApprovalPlan::ReleaseExpiryBrake { ids, vaults, .. } => {
            expiry_brake::release(ctx, tx, request.id, (ids, vaults)).await
        }
    }
}

/// Whoever may decide sees all requests, everybody else their own.
fn seen(ctx: &Ctx) -> Seen {
    if ctx.can(Permission::ApprovalDecide) {
        return Seen::All;
    }
    ctx.user().map_or(Seen::Nothing, |user| Seen::Of(user.id))
}

/// One request.
pub async fn lookup(ctx: &Ctx, id: ApprovalRequestId) -> Result<Option<ApprovalRequest>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::approvals::lookup(&ctx.read(), ctx.organization(), seen(ctx), id).await?)
}

/// A page of requests, newest first: all of the organization for whoever may decide, else one's own.
pub async fn list(
    ctx: &Ctx,
    filter: &ApprovalFilter,
    page: &PageRequest,
) -> Result<Page<ApprovalRequest>, Error> {
    ctx.require(Permission::Read)?;
    let whose = (ctx.organization(), seen(ctx));
    Ok(store::approvals::list(&ctx.read(), whose, filter, ctx.now(), page).await?)
}

/// How many requests match, counted up to the cap.
pub async fn count(ctx: &Ctx, filter: &ApprovalFilter) -> Result<u64, Error> {
    ctx.require(Permission::Read)?;
    let whose = (ctx.organization(), seen(ctx));
    Ok(store::approvals::count(&ctx.read(), whose, filter, ctx.now()).await?)
}

/// Whether the caller could decide this request now, as far as can be told without looking again at the world.
#[must_use]
pub fn may_decide(ctx: &Ctx, request: &ApprovalRequest) -> bool {
    let is_other = ctx
        .user()
        .is_some_and(|user| user.id != request.requested_by);
    is_other && ctx.can(Permission::ApprovalDecide) && is_pending(ctx, request)
}

/// Whether the caller could take this request back now.
#[must_use]
pub fn may_cancel(ctx: &Ctx, request: &ApprovalRequest) -> bool {
    let is_own = ctx
        .user()
        .is_some_and(|user| user.id == request.requested_by);
    is_own && is_pending(ctx, request)
}

fn is_pending(ctx: &Ctx, request: &ApprovalRequest) -> bool {
    request.status_at(ctx.now()) == ApprovalStatus::Pending
}

/// Where a request stands now.
#[must_use]
pub fn status(ctx: &Ctx, request: &ApprovalRequest) -> ApprovalStatus {
    request.status_at(ctx.now())
}

#[cfg(test)]
mod tests;
