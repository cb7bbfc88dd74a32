//! Members: what they are granted, suspending, resuming and removing them.
//!
//! Not for inviting them. Invariant: nobody changes what they are themselves, nobody grants more than they hold, and the last
//! active Super Admin at the root unit is never lost: every change locks the organization first and counts before it commits.

use domain::limits::ROLE_GRANTS_MAX;
use domain::membership::{Membership, MembershipState};
use domain::role_grant::{GrantSource, RoleAt, RoleGrant};
use domain::scope::Units;
use domain::user::User;
use domain::{OrganizationId, OrganizationalUnitId, Problem, ProblemCode, RoleId, UserId};
use jiff::Timestamp;
use store::Tx;

use crate::actions::{self, Action};
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;
use crate::roles;

/// A role at a unit as a caller sent it: `None` stands for a malformed id.
pub type SentGrant = (Option<RoleId>, Option<OrganizationalUnitId>);

/// Gives and takes roles by hand; what an identity provider gave only its rules take away.
pub async fn update_grants(
    ctx: &Ctx,
    id: Option<UserId>,
    add: &[SentGrant],
    remove: &[SentGrant],
) -> Result<User, Error> {
    let (mut tx, member) = open(ctx, actions::UPDATE_USER_GRANTS, id).await?;
    let organization = ctx.organization();
    for (field, sent) in [("add", add), ("remove", remove)] {
        for (index, grant) in sent.iter().enumerate() {
            let role_at = resolve(ctx, &tx, &format!("{field}.{index}"), *grant).await?;
            let grant = RoleGrant {
                user_id: member.user_id,
                role_at,
                source: GrantSource::Manual,
            };
            if field == "add" {
                store::role_grants::add(&mut tx, organization, &grant, ctx.now()).await?;
            } else {
                store::role_grants::remove(&mut tx, organization, &grant).await?;
            }
        }
    }
    let now = store::role_grants::of_users(&tx, organization, &[member.user_id]).await?;
    if now.len() > ROLE_GRANTS_MAX {
        let message = format!("A person has at most {ROLE_GRANTS_MAX} grants.");
        return Err(Problem::new(ProblemCode::LimitReached, "add", message).into());
    }
    let grants: Vec<RoleAt> = now.into_iter().map(|grant| grant.role_at).collect();
    let summary = serde_json::json!({ "grants": grants });
    close(
        ctx,
        tx,
        actions::UPDATE_USER_GRANTS,
        member.user_id,
        summary,
    )
    .await
}

/// Stops a member: their sessions end, their tokens and streams rest. Whom an identity provider has suspended can be suspended by
/// hand as well: then the provider lifts it no more.
pub async fn suspend(ctx: &Ctx, id: Option<UserId>) -> Result<User, Error> {
    let (mut tx, member) = open(ctx, actions::SUSPEND_USER, id).await?;
    let (organization, user) = (ctx.organization(), member.user_id);
    let by_provider = store::memberships::suspended_by(&tx, organization, user).await?;
    if member.state != MembershipState::Active && by_provider.is_none() {
        return Err(Error::precondition(
            "id",
            "Only an active member can be suspended.",
        ));
    }
    store::memberships::set_state(&mut tx, organization, user, MembershipState::Suspended).await?;
    store::sessions::revoke_all(&mut tx, organization, user, ctx.now()).await?;
    close(ctx, tx, actions::SUSPEND_USER, user, serde_json::json!({})).await
}

/// Ends all sessions of a member in this organization, as after a laptop was lost; they sign in anew. Tokens stay.
pub async fn end_sessions(ctx: &Ctx, id: Option<UserId>) -> Result<User, Error> {
    let action = actions::DELETE_USER_SESSIONS;
    let (mut tx, member) = open(ctx, action, id).await?;
    let (organization, user) = (ctx.organization(), member.user_id);
    store::sessions::revoke_all(&mut tx, organization, user, ctx.now()).await?;
    close(ctx, tx, action, user, serde_json::json!({})).await
}

/// Lets a suspended member act again; they sign in anew.
pub async fn resume(ctx: &Ctx, id: Option<UserId>) -> Result<User, Error> {
    let (mut tx, member) = open(ctx, actions::RESUME_USER, id).await?;
    if member.state != MembershipState::Suspended {
        return Err(Error::precondition(
            "id",
            "Only a suspended member can be resumed.",
        ));
    }
    let (organization, user) = (ctx.organization(), member.user_id);
    store::memberships::set_state(&mut tx, organization, user, MembershipState::Active).await?;
    close(ctx, tx, actions::RESUME_USER, user, serde_json::json!({})).await
}

/// Ends a membership with its grants, sessions, tokens and invitations. What the person is elsewhere stays.
pub async fn remove(ctx: &Ctx, id: Option<UserId>) -> Result<UserId, Error> {
    let (mut tx, member) = open(ctx, actions::REMOVE_USER, id).await?;
    let user = member.user_id;
    leave(&mut tx, ctx.organization(), user, ctx.now()).await?;
    close(ctx, tx, actions::REMOVE_USER, user, serde_json::json!({})).await?;
    Ok(user)
}

/// A person leaves an organization, whoever says so: sessions and tokens end, and the membership with its grants and
/// invitations. A later return brings none of it back.
pub(crate) async fn leave(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
    now: Timestamp,
) -> Result<(), Error> {
    store::sessions::revoke_all(tx, organization, user, now).await?;
    store::api_tokens::revoke_all_of_user(tx, organization, user, now).await?;
    Ok(store::memberships::remove(tx, organization, user).await?)
}

/// The member, with the organization locked; callers may not name themselves, nor anybody who has more than they have.
async fn open(ctx: &Ctx, action: Action, id: Option<UserId>) -> Result<(Tx, Membership), Error> {
    ctx.authorize(action).await?;
    let missing = || Error::not_found("id", "user");
    let id = id.ok_or_else(missing)?;
    let tx = ctx.begin().await?;
    store::organizations::lock(&tx, ctx.organization())
        .await?
        .ok_or_else(missing)?;
    let member = store::memberships::lock(&tx, ctx.organization(), id).await?;
    // Whoever is only invited is nobody's to see yet; invitations have their own mutations.
    let member = member
        .filter(|member| member.state.has_joined())
        .ok_or_else(missing)?;
    if ctx.user().is_some_and(|user| user.id == id) {
        return Err(Error::precondition(
            "id",
            "You cannot change this of yourself.",
        ));
    }
    check_not_above(ctx, &tx, id).await?;
    Ok((tx, member))
}

/// Refuses when the person is granted more somewhere than the caller may do there.
pub(crate) async fn check_not_above(ctx: &Ctx, tx: &Tx, id: UserId) -> Result<(), Error> {
    for grant in store::role_grants::of_users(tx, ctx.organization(), &[id]).await? {
        let held = roles::permissions(ctx, tx, grant.role_at.role_id).await?;
        if held.is_some_and(|held| !ctx.access().covers(&held, grant.role_at.unit_id)) {
            return Err(Error::precondition(
                "id",
                "This person may do more than you.",
            ));
        }
    }
    Ok(())
}

async fn close(
    ctx: &Ctx,
    mut tx: Tx,
    action: Action,
    user: UserId,
    summary: serde_json::Value,
) -> Result<User, Error> {
    let left = store::role_grants::super_admins(&tx, ctx.organization()).await?;
    if left.is_empty() {
        let message = "An organization needs an active Super Admin at its root unit.";
        return Err(Error::precondition("id", message));
    }
    audit::success(ctx, &mut tx, action, user, summary).await?;
    // Who was removed is no member any more, so this transaction does not see them.
    let found = store::users::system_lookup(&ctx.system_read(), user).await?;
    let found = found.ok_or_else(|| Error::not_found("id", "user"))?;
    tx.commit().await?;
    Ok(found)
}

/// The grant that was meant, when its role and unit exist and the caller holds as much there.
pub(crate) async fn resolve(
    ctx: &Ctx,
    tx: &Tx,
    field: &str,
    (role, unit): SentGrant,
) -> Result<RoleAt, Error> {
    let no_role = || Error::not_found(&format!("{field}.roleId"), "role");
    let no_unit = || {
        Error::not_found(
            &format!("{field}.organizationalUnitId"),
            "organizational unit",
        )
    };
    let role_id = role.ok_or_else(no_role)?;
    let held = roles::permissions(ctx, tx, role_id)
        .await?
        .ok_or_else(no_role)?;
    let unit_id = unit.ok_or_else(no_unit)?;
    let tree = store::organizational_units::tree(tx, ctx.organization()).await?;
    let is_seen = match ctx.scope().units() {
        Units::All => true,
        Units::Only(seen) => seen.contains(&unit_id),
    };
    if !tree.contains(unit_id) || !is_seen {
        return Err(no_unit());
    }
    if !ctx.access().covers(&held, unit_id) {
        let message = "You cannot grant or take away more than you may do yourself.";
        return Err(Problem::new(ProblemCode::Forbidden, field, message).into());
    }
    Ok(RoleAt { role_id, unit_id })
}

#[cfg(test)]
mod tests;
