//! Invitations: asking a person to join, and the person's answer.
//!
//! Not for the mail's words (`server`) and its secret (`mails.rs`). Invariant: whoever invites learns nothing about the person
//! until they accept: known and unknown addresses are answered alike, and an invited person is no member to be seen; accepting
//! takes the link and the person's own password, happens once, and signs nobody in.

use std::sync::Arc;

use domain::audit::Outcome;
use domain::invitation::{INVITATIONS_MAX, Invitation};
use domain::limits::{INVITATION_DAYS, NAME_LENGTH_MAX, ROLE_GRANTS_MAX};
use domain::link::LinkPurpose;
use domain::mail::MailContent;
use domain::membership::{Membership, MembershipState};
use domain::organization::Organization;
use domain::permission::Permission;
use domain::role_grant::{GrantSource, RoleGrant};
use domain::text::checked_name;
use domain::user::{User, normalize_email};
use domain::{InvitationId, OrganizationId, Problem, ProblemCode, Problems, UserId};
use identity::{LinkSecret, PasswordContext, PasswordHash, check_password};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use store::{Reader, Tx};

use crate::actions::{self, Action};
use crate::audit::{self, Deed};
use crate::context::{Ctx, Origin, Services};
use crate::error::Error;
use crate::mails;
use crate::memberships::{SentGrant, check_not_above, resolve};
use crate::passwords;
use crate::sign_up;
use crate::throttle::{Budget, Guesser};

/// An invitation with the address to which it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// The address.
    pub email: String,
    /// What the person is granted when they accept.
    pub grants: Vec<RoleGrant>,
}

/// Invites a person and queues the mail.
pub async fn invite(ctx: &Ctx, email: &str, grants: &[SentGrant]) -> Result<Invited, Error> {
    let action = actions::INVITE_USER;
    ctx.authorize(action).await?;
    let wanted = || Problem::invalid("email", "This is not an e-mail address.");
    let email = normalize_email(email).ok_or_else(wanted)?;
    let mut problems = Problems::new();
    problems.check(
        (1..=ROLE_GRANTS_MAX).contains(&grants.len()),
        "grants",
        format!("An invitation needs 1 to {ROLE_GRANTS_MAX} grants."),
    );
    problems.into_result()?;
    spend(ctx, &email)?;
    let mut tx = open(ctx).await?;
    let mut roles = Vec::new();
    for (index, sent) in grants.iter().enumerate() {
        roles.push(resolve(ctx, &tx, &format!("grants.{index}"), *sent).await?);
    }
    let (organization, now) = (ctx.organization(), ctx.now());
    let open = store::invitations::list_open(&tx, organization).await?;
    if open.len() >= INVITATIONS_MAX {
        let message =
            format!("At most {INVITATIONS_MAX} invitations can be open. Revoke one first.");
        return Err(Problem::new(ProblemCode::LimitReached, "email", message).into());
    }
    let user = person(ctx, &mut tx, &email).await?;
    let membership = Membership {
        organization_id: organization,
        user_id: user,
        state: MembershipState::Invited,
        invited_by: ctx.user().map(|user| user.id),
        created_at: now,
        last_active_at: None,
    };
    store::memberships::add(&mut tx, &membership).await?;
    for role_at in &roles {
        let grant = RoleGrant {
            user_id: user,
            role_at: *role_at,
            source: GrantSource::Manual,
        };
        store::role_grants::add(&mut tx, organization, &grant, now).await?;
    }
    let invitation = Invitation {
        id: InvitationId::fresh(ctx.ids()),
        organization_id: organization,
        user_id: user,
        invited_by: membership.invited_by,
        created_at: now,
        expires_at: expiry(now),
        accepted_at: None,
        revoked_at: None,
    };
    // The link's own secret is made when the mail is sent; until then nobody knows one.
    let unknown = LinkSecret::fresh(ctx.ids()).digest(LinkPurpose::AcceptInvitation);
    store::invitations::add(&mut tx, &invitation, unknown.as_bytes()).await?;
    let summary = serde_json::json!({ "email": email, "grants": roles });
    close(ctx, tx, action, invitation.id, &email, summary).await
}

/// Sends an invitation again; it can be accepted for another seven days, by the newest link only.
pub async fn resend(ctx: &Ctx, id: Option<InvitationId>) -> Result<Invited, Error> {
    let action = actions::RESEND_INVITATION;
    ctx.authorize(action).await?;
    let mut tx = open(ctx).await?;
    let (invitation, email) = pending(ctx, &tx, id).await?;
    spend(ctx, &email)?;
    check_not_above(ctx, &tx, invitation.user_id).await?;
    let (organization, until) = (ctx.organization(), expiry(ctx.now()));
    store::invitations::prolong(&mut tx, organization, invitation.id, until).await?;
    let summary = serde_json::json!({ "email": email });
    close(ctx, tx, action, invitation.id, &email, summary).await
}

/// Takes an invitation back: its links are void and nothing of it stays.
pub async fn revoke(ctx: &Ctx, id: Option<InvitationId>) -> Result<InvitationId, Error> {
    let action = actions::REVOKE_INVITATION;
    ctx.authorize(action).await?;
    let mut tx = open(ctx).await?;
    let (invitation, email) = pending(ctx, &tx, id).await?;
    check_not_above(ctx, &tx, invitation.user_id).await?;
    store::memberships::remove(&mut tx, ctx.organization(), invitation.user_id).await?;
    let summary = serde_json::json!({ "email": email });
    audit::success(ctx, &mut tx, action, invitation.id, summary).await?;
    tx.commit().await?;
    Ok(invitation.id)
}

/// The invitations that were neither accepted nor taken back, newest first; those that have run out are among them.
pub async fn list(ctx: &Ctx) -> Result<Vec<Invited>, Error> {
    ctx.require(Permission::UserManage)?;
    waiting(&ctx.read(), ctx.organization()).await
}

/// As [`list`], for whoever has been asked for their rights before.
pub(crate) async fn waiting(
    reader: &Reader,
    organization: OrganizationId,
) -> Result<Vec<Invited>, Error> {
    let open = store::invitations::list_open(reader, organization).await?;
    let users: Vec<UserId> = open
        .iter()
        .map(|(invitation, _)| invitation.user_id)
        .collect();
    let grants = store::role_grants::of_users(reader, organization, &users).await?;
    let invited = |(invitation, email): (Invitation, String)| {
        let own = grants
            .iter()
            .filter(|grant| grant.user_id == invitation.user_id);
        Invited {
            grants: own.copied().collect(),
            invitation,
            email,
        }
    };
    Ok(open.into_iter().map(invited).collect())
}

/// The answer to an invitation.
#[derive(Debug)]
pub struct Acceptance {
    /// The secret of the link.
    pub token: String,
    /// Name to show; of people without an account.
    pub name: String,
    /// The password, or the new one of people without an account.
    pub password: SecretString,
    /// The version of the terms that people without an account accept; empty where there are none.
    pub terms_version: String,
}

/// Accepts an invitation by its link. Whoever has an account proves it by their password; whoever has none chooses a name and a
/// password, and accepts the terms as whoever signs up does. Signs nobody in.
pub async fn accept(
    services: &Arc<Services>,
    origin: &Origin,
    answer: &Acceptance,
) -> Result<Organization, Error> {
    let now = services.clock.now();
    let budgets = &services.throttle.budgets;
    budgets.spend_address(Budget::LINK, origin.address.as_deref(), now)?;
    let void = || Error::from(Problem::invalid("token", VOID_LINK));
    let secret = LinkSecret::parse(&answer.token).ok_or_else(void)?;
    let digest = secret.digest(LinkPurpose::AcceptInvitation);
    let reader = services.store.read();
    let found = store::invitations::system_find(&reader, digest.as_bytes()).await?;
    let found = found.filter(|found| found.is_open(now)).ok_or_else(void)?;
    let organization = store::organizations::lookup(&reader, found.organization_id).await?;
    let organization = organization.ok_or_else(void)?;
    // The password is judged before the link is used up, so that a bad one costs no second mail.
    let (read, account) = judge(services, &organization, found.user_id, answer).await?;
    let mut tx = services.store.begin().await?;
    store::organizations::lock(&tx, organization.id).await?;
    if !passwords::is_unchanged(&tx, &read).await? {
        return Err(Problem::invalid("password", WRONG_PASSWORD).into());
    }
    let found = store::invitations::system_lock_by_hash(&tx, digest.as_bytes()).await?;
    let found = found.filter(|found| found.is_open(now)).ok_or_else(void)?;
    let membership = store::memberships::lock(&tx, organization.id, found.user_id).await?;
    membership
        .filter(|one| one.state == MembershipState::Invited)
        .ok_or_else(void)?;
    store::invitations::accept(&mut tx, organization.id, found.id, now).await?;
    let (state, user) = (MembershipState::Active, found.user_id);
    store::memberships::set_state(&mut tx, organization.id, user, state).await?;
    if let Some((name, hash)) = account {
        let is_done = store::users::complete(&mut tx, user, &name, hash.as_str(), now).await?;
        if !is_done {
            return Err(void());
        }
        let (version, address) = (&answer.terms_version, origin.address.as_deref());
        store::sign_ups::accept_terms(&mut tx, user, version, now, address).await?;
    }
    let deed = Deed {
        user,
        action: actions::ACCEPT_INVITATION,
        outcome: Outcome::Success,
        origin,
        summary: serde_json::json!({ "invitation": found.id }),
    };
    audit::deed_in(services, &mut tx, organization.id, deed).await?;
    tx.commit().await?;
    Ok(organization)
}

const VOID_LINK: &str = "This invitation is not valid any more: it works once, within seven days. Ask whoever invited you for another one.";

const WRONG_PASSWORD: &str = "You have an account already, and this is not its password.";

/// The person as they were judged, with name and hash of a new account; without them when the person has one and proved it.
async fn judge(
    services: &Services,
    organization: &Organization,
    user: UserId,
    answer: &Acceptance,
) -> Result<(User, Option<(String, PasswordHash)>), Error> {
    let password = &answer.password;
    let reader = services.store.read();
    let void = || Error::from(Problem::invalid("token", VOID_LINK));
    let user = store::users::system_lookup(&reader, user)
        .await?
        .ok_or_else(void)?;
    let found = store::users::find_credentials_by_email(&reader, &user.email).await?;
    let (user, stored) = found.ok_or_else(void)?;
    let stored = stored.map(PasswordHash::from_stored);
    if stored.is_some() {
        let who = Guesser::Stranger(&user.email);
        services.throttle.begin(who, services.clock.now())?;
        if !services.passwords.verify(password, stored).await? {
            return Err(Problem::invalid("password", WRONG_PASSWORD).into());
        }
        services.throttle.succeeded(who);
        return Ok((user, None));
    }
    // A confirmed person without a password signs on through a provider, and gets no other way in by this.
    if user.email_confirmed_at.is_some() {
        return Ok((user, None));
    }
    let mut problems = Problems::new();
    let name = checked_name("name", &answer.name, NAME_LENGTH_MAX);
    let name = name.unwrap_or_else(|problem| {
        problems.push(problem);
        String::new()
    });
    let context = PasswordContext {
        email: &user.email,
        name: &name,
        organization: &organization.name,
        leaked: services.settings.leaked_passwords.as_deref(),
    };
    let profile = organization.settings.password_profile;
    problems.absorb(check_password(profile, "password", password, context));
    sign_up::check_terms(services, &mut problems, &answer.terms_version);
    problems.into_result()?;
    let hash = services.passwords.hash(password).await?;
    Ok((user, Some((name, hash))))
}

/// Neither a mailbox nor a stranger's patience is flooded.
fn spend(ctx: &Ctx, email: &str) -> Result<(), Error> {
    let budgets = &ctx.services().throttle.budgets;
    budgets.spend(Budget::INVITATION_OF_ADDRESS, email, ctx.now())?;
    let organization = ctx.organization().to_string();
    budgets.spend(Budget::INVITATION, &organization, ctx.now())
}

async fn open(ctx: &Ctx) -> Result<Tx, Error> {
    let tx = ctx.begin().await?;
    let locked = store::organizations::lock(&tx, ctx.organization()).await?;
    locked.ok_or_else(|| Error::not_found("", "organization"))?;
    Ok(tx)
}

/// The person of an address, made when there is none; who belongs to the organization already cannot be invited.
async fn person(ctx: &Ctx, tx: &mut Tx, email: &str) -> Result<UserId, Error> {
    let taken = |message: &str| Error::from(Problem::new(ProblemCode::Taken, "email", message));
    // Addresses are one list over all organizations.
    let everybody = ctx.system_read();
    if let Some((known, _)) = store::users::find_credentials_by_email(&everybody, email).await? {
        let membership = store::memberships::lookup(tx, ctx.organization(), known.id).await?;
        return match membership.map(|one| one.state) {
            None => Ok(known.id),
            Some(MembershipState::Invited) => Err(taken(
                "This person is invited already. Send the invitation again.",
            )),
            Some(MembershipState::Active | MembershipState::Suspended) => {
                Err(taken("This person is a member already."))
            }
        };
    }
    let user = User {
        id: UserId::fresh(ctx.ids()),
        name: String::new(),
        email: email.to_owned(),
        password_changed_at: None,
        email_confirmed_at: None,
        created_at: ctx.now(),
    };
    match store::users::add(tx, &user, None).await {
        Err(error) if error.is_constraint("users_email") => {
            Err(Problem::new(ProblemCode::Conflict, "email", "Try again.").into())
        }
        added => Ok(added.map(|()| user.id)?),
    }
}

async fn pending(
    ctx: &Ctx,
    tx: &Tx,
    id: Option<InvitationId>,
) -> Result<(Invitation, String), Error> {
    let missing = || Error::not_found("id", "invitation");
    let id = id.ok_or_else(missing)?;
    let open = store::invitations::list_open(tx, ctx.organization()).await?;
    let found = open.into_iter().find(|(one, _)| one.id == id);
    found.ok_or_else(missing)
}

/// Queues the mail, records what was done, and shows the invitation.
async fn close(
    ctx: &Ctx,
    mut tx: Tx,
    action: Action,
    id: InvitationId,
    email: &str,
    summary: serde_json::Value,
) -> Result<Invited, Error> {
    let content = MailContent::Invited {
        organization_id: ctx.organization(),
        invitation_id: id,
    };
    mails::queue(&mut tx, ctx.services(), email, &content).await?;
    audit::success(ctx, &mut tx, action, id, summary).await?;
    let organization = ctx.organization();
    let found = store::invitations::lookup(&tx, organization, id).await?;
    let invitation = found.ok_or_else(|| Error::not_found("id", "invitation"))?;
    let users = [invitation.user_id];
    let grants = store::role_grants::of_users(&tx, organization, &users).await?;
    tx.commit().await?;
    Ok(Invited {
        invitation,
        email: email.to_owned(),
        grants,
    })
}

fn expiry(now: Timestamp) -> Timestamp {
    let days = SignedDuration::from_hours(INVITATION_DAYS * 24);
    now.saturating_add(days).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
