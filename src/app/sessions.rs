//! Sessions: signing in with e-mail and password, signing out, and recognising a cookie.
//!
//! Not for API tokens (`api_tokens.rs`) or outside sign-on. Invariant: a wrong password, an unknown address and a blocked
//! account are answered with the same words, after the same work.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::access::Access;
use domain::audit::{AuditEvent, Interface, Outcome};
use domain::membership::{Membership, MembershipState};
use domain::organization_settings::OrganizationSettings;
use domain::session::Session;
use domain::task::Actor;
use domain::user::{User, normalize_email};
use domain::{AuditEventId, OrganizationId, Problem, SessionId};
use identity::{PasswordHash, SecretDigest, SessionSecret};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::actions;
use crate::audit;
use crate::context::{Caller, Credential, Ctx, Origin, Services};
use crate::devices;
use crate::error::Error;
use crate::recognition::{self, Kind};
use crate::refused_sign_ins;
use crate::second_factors::{self, Asked, Challenge};
use crate::sign_on::enforcement;
use crate::throttle::{Budget, Guesser};

/// A session's last use is written at most this often, in seconds: a write per request would cost more than it tells.
const TOUCH_SECONDS: i64 = 60;

/// A session that has just begun.
#[derive(Debug)]
pub struct NewSession {
    /// The context of the person who signed in.
    pub ctx: Ctx,
    /// What the cookie holds.
    pub secret: SessionSecret,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// What a right password leads to.
#[derive(Debug)]
pub enum SignIn {
    /// A session.
    Done(Box<NewSession>),
    /// The question for a second factor.
    Challenged(Challenge),
}

/// As [`sign_in`], for people of whom the caller knows that they have no second factor.
pub async fn create(
    services: &Arc<Services>,
    origin: &Origin,
    email: &str,
    password: &SecretString,
) -> Result<NewSession, Error> {
    match sign_in(services, origin, email, password).await? {
        SignIn::Done(session) => Ok(*session),
        SignIn::Challenged(_) => Err(Error::precondition("", "A second factor is needed.")),
    }
}

/// Signs in; whoever has a second factor is asked for it and gets no session before.
pub async fn sign_in(
    services: &Arc<Services>,
    origin: &Origin,
    email: &str,
    password: &SecretString,
) -> Result<SignIn, Error> {
    let now = services.clock.now();
    // An address that cannot exist takes the same way as one that does not.
    let normalized = normalize_email(email);
    let known_as = normalized.as_deref().unwrap_or(email);
    let device = devices::known(services, origin, known_as);
    let who = device.as_deref().map_or(Guesser::Stranger(known_as), |id| {
        Guesser::Device(known_as, id)
    });
    let budget = Budget::sign_in(services.settings.sign_in_attempts_max);
    let (budgets, address) = (&services.throttle.budgets, origin.address.as_deref());
    // What others behind the same address have spent does not keep an owner out.
    let address = address.filter(|_| device.is_none());
    budgets.spend_address(budget, address, now)?;
    services.throttle.begin(who, now)?;
    let found = match &normalized {
        Some(email) => {
            store::users::find_credentials_by_email(&services.store.read(), email).await?
        }
        None => None,
    };
    let (user, hash) = match found {
        Some((user, hash)) => (Some(user), hash.map(PasswordHash::from_stored)),
        None => (None, None),
    };
    let is_right = services.passwords.verify(password, hash).await?;
    if is_right
        && let Some(user) = user
        && let Some(next) = let_in(services, origin, user).await?
    {
        services.throttle.succeeded(who);
        if matches!(next, SignIn::Done(_)) {
            budgets.give_back(budget, address);
        }
        return Ok(next);
    }
    // Whoever waits for this answer must not learn from its time whether there is somebody whom it concerns.
    let email = normalized.unwrap_or_default();
    refused_sign_ins::keep(services, origin, email, is_right).await?;
    let message = "E-mail address or password are wrong.";
    Err(Problem::invalid("password", message).into())
}

/// What comes after the right password of this person, which was read with it: none for who may act nowhere, or when the password is
/// another by now.
async fn let_in(
    services: &Arc<Services>,
    origin: &Origin,
    user: User,
) -> Result<Option<SignIn>, Error> {
    let home = home_of(&services.store.read(), &user).await?;
    let Some(home) = home.filter(|home| home.state == MembershipState::Active) else {
        return Ok(None);
    };
    let (organization, action) = (home.organization_id, actions::CREATE_SESSION);
    admit(services, origin, &user, organization, action, "email").await?;
    match second_factors::challenge(services, &home, &user).await? {
        Asked::Nothing => {
            let session = begin(services, origin, user, organization).await?;
            Ok(session.map(|session| SignIn::Done(Box::new(session))))
        }
        Asked::TooLate => Ok(None),
        Asked::Factor(challenge) => Ok(Some(SignIn::Challenged(challenge))),
    }
}

/// The organization in which a person who signs in is at first: an active one if there is any, among these the one where they
/// were last.
pub(crate) async fn home_of(
    db: &impl store::Connection,
    user: &User,
) -> Result<Option<Membership>, Error> {
    let all = store::memberships::system_list_of_user(db, user.id).await?;
    let rank = |one: &Membership| (one.state == MembershipState::Active, one.last_active_at);
    // The first of equals: the oldest membership.
    Ok(all.into_iter().rev().max_by_key(rank))
}

/// Remembers a fresh proof in the session of the caller, under a new secret: what the old one was worth ends now.
pub(crate) async fn prove(
    ctx: &Ctx,
    with_factor: bool,
    action: actions::Action,
) -> Result<NewSession, Error> {
    let Some(Credential::Session { digest, .. }) = ctx.credential() else {
        return Err(Error::precondition(
            "",
            "Only a browser session can be proven.",
        ));
    };
    let (now, secret) = (ctx.now(), SessionSecret::fresh(ctx.ids()));
    let mut tx = ctx.begin().await?;
    let found = store::sessions::system_find_by_hash(&tx, digest.as_bytes()).await?;
    let old = found
        .filter(|found| found.revoked_at.is_none())
        .ok_or(Error::Unauthenticated)?;
    let session = Session {
        proven_at: Some(now),
        own_proof_at: Some(now),
        second_factor_at: with_factor.then_some(now).or(old.second_factor_at),
        ..old
    };
    store::sessions::prove(&mut tx, &session, secret.digest().as_bytes()).await?;
    let summary = serde_json::json!({ "secondFactor": with_factor });
    audit::success(ctx, &mut tx, action, session.id, summary).await?;
    tx.commit().await?;
    let services = ctx.services();
    let found =
        recognition::recognise(services, secret.digest(), Kind::Session, ctx.origin()).await?;
    Ok(NewSession {
        ctx: found.ok_or(Error::Unauthenticated)?,
        secret,
        expires_at: session.expires_at,
    })
}

/// Goes on in another organization of the caller: a new session there takes the place of the present one.
pub async fn switch(ctx: &Ctx, organization: Option<OrganizationId>) -> Result<NewSession, Error> {
    ctx.authorize(actions::SWITCH_ORGANIZATION).await?;
    let missing = || Error::not_found("organizationId", "organization");
    let organization = organization.ok_or_else(missing)?;
    let (Some(user), Some(Credential::Session { provider_id, .. })) =
        (ctx.user(), ctx.credential())
    else {
        let message =
            "Only a browser session can switch; an API token belongs to one organization.";
        return Err(Error::precondition("organizationId", message));
    };
    let target = ctx.system_read();
    let found = store::memberships::lookup(&target, organization, user.id).await?;
    if found.is_none_or(|found| found.state != MembershipState::Active) {
        return Err(missing());
    }
    let services = ctx.services();
    // The provider of one organization says nothing about who may be in another.
    if provider_id.is_some() || !enforcement::admits(services, organization, user.id).await? {
        let message =
            "Sign in there: one of the two signs its people on through its identity provider.";
        return Err(Error::precondition("organizationId", message));
    }
    opening::replace(ctx, user, organization).await
}

/// Refuses, and records it, whoever must come through an identity provider: at each step of a sign-in by password, because
/// enforcement may be switched on between two. `field` is what the refusal is about.
pub(crate) async fn admit(
    services: &Services,
    origin: &Origin,
    user: &User,
    organization: OrganizationId,
    action: actions::Action,
    field: &str,
) -> Result<(), Error> {
    if enforcement::admits(services, organization, user.id).await? {
        return Ok(());
    }
    let event = AuditEvent {
        id: AuditEventId::fresh(services.ids.as_ref()),
        organization_id: organization,
        occurred_at: services.clock.now(),
        actor: Actor::System,
        interface: Interface::Console,
        action: action.name.to_owned(),
        target: Some(user.id.to_string()),
        outcome: Outcome::Refused,
        summary: serde_json::json!({ "reason": "sign-on is enforced" }),
        address: origin.address.clone(),
        request_id: origin.request_id.clone(),
    };
    let mut tx = services.store.begin().await?;
    store::audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    let message = "Your organization signs its people on through its identity provider.";
    Err(Error::precondition(field, message))
}

/// Recognises a cookie; none when it is unknown or its session has ended.
pub async fn recognise(
    services: &Arc<Services>,
    origin: &Origin,
    secret: &str,
) -> Result<Option<Ctx>, Error> {
    let Some(secret) = SessionSecret::parse(secret) else {
        return Ok(None);
    };
    recognition::recognise(services, secret.digest(), Kind::Session, origin).await
}

/// The person of a session with what they may do now, while the session lives; a use of it, when somebody is there.
pub(crate) async fn caller(
    services: &Services,
    digest: SecretDigest,
    origin: &Origin,
) -> Result<Option<(Caller, Access)>, Error> {
    let reader = services.store.read();
    let found = store::sessions::system_find_by_hash(&reader, digest.as_bytes()).await?;
    let Some(session) = found else {
        return Ok(None);
    };
    let member = recognition::member(services, session.organization_id, session.user_id, origin);
    let Some((user, access, settings)) = member.await? else {
        return Ok(None);
    };
    if !session.is_alive(services.clock.now(), idle_limit(services, &settings))
        || (settings.sso_enforced && !enforcement::admits_session(services, &session).await?)
    {
        return Ok(None);
    }
    if !origin.is_unattended {
        touch(services, &session, origin).await?;
    }
    // A provider vouches for its people, second factor and all.
    let has_factor = session.second_factor_at.is_some() || session.provider_id.is_some();
    let now = services.clock.now();
    let access = second_factors::restricted(&user, &settings, has_factor, now, access);
    let credential = credential_of(&session, digest);
    Ok(Some((Caller::User { user, credential }, access)))
}

/// After how many seconds without use a session ends.
fn idle_limit(services: &Services, settings: &OrganizationSettings) -> i64 {
    settings
        .session_idle_minutes
        .map_or(services.settings.session_idle_seconds, |minutes| {
            i64::from(minutes) * 60
        })
}

async fn touch(services: &Services, session: &Session, origin: &Origin) -> Result<(), Error> {
    let now = services.clock.now();
    if now.duration_since(session.last_seen_at).as_secs() < TOUCH_SECONDS {
        return Ok(());
    }
    let mut tx = services.store.begin().await?;
    // In the order in which whoever suspends a member locks them.
    store::memberships::touch(&mut tx, session.organization_id, session.user_id, now).await?;
    store::sessions::touch(&mut tx, session.id, origin.address.as_deref(), now).await?;
    Ok(tx.commit().await?)
}

/// Ends one of the caller's own sessions; without `id` the one that the request came with. `Some(None)` is a malformed id.
pub async fn delete(ctx: &Ctx, id: Option<Option<SessionId>>) -> Result<SessionId, Error> {
    ctx.authorize(actions::DELETE_SESSION).await?;
    let missing = || Error::not_found("id", "session");
    let id = match (id, ctx.credential()) {
        (Some(id), _) => id.ok_or_else(missing)?,
        (None, Some(Credential::Session { id, .. })) => *id,
        (None, Some(Credential::ApiToken { .. }) | None) => {
            let message = "This request came with an API token, so name the session to end.";
            return Err(Error::precondition("id", message));
        }
    };
    let user = ctx.user().ok_or_else(missing)?;
    let mut tx = ctx.system_begin().await?;
    let own = store::sessions::system_list_of_user(&tx, user.id, ctx.now()).await?;
    let found = own.iter().find(|session| session.id == id);
    let organization = found.ok_or_else(missing)?.organization_id;
    store::sessions::revoke(&mut tx, organization, id, ctx.now()).await?;
    let summary = serde_json::json!({});
    audit::success(ctx, &mut tx, actions::DELETE_SESSION, id, summary).await?;
    tx.commit().await?;
    Ok(id)
}

/// The caller's own sessions that have not ended, in all organizations, newest first: a lost laptop shows wherever it was last.
pub async fn list(ctx: &Ctx) -> Result<Vec<Session>, Error> {
    let user = ctx.user().ok_or(Error::Unauthenticated)?;
    let (now, reader) = (ctx.now(), ctx.system_read());
    let mut living = Vec::new();
    let mut limits = BTreeMap::new();
    for session in store::sessions::system_list_of_user(&reader, user.id, now).await? {
        let organization = session.organization_id;
        let limit = if let Some(limit) = limits.get(&organization) {
            *limit
        } else {
            let found = store::organizations::lookup(&reader, organization).await?;
            let settings = found.map(|found| found.settings).unwrap_or_default();
            let limit = idle_limit(ctx.services(), &settings);
            limits.insert(organization, limit);
            limit
        };
        if session.is_alive(now, limit) {
            living.push(session);
        }
    }
    Ok(living)
}

/// Ends all sessions of the caller, in all organizations, but the one that the request came with; answers how many.
pub async fn delete_others(ctx: &Ctx) -> Result<usize, Error> {
    ctx.authorize(actions::DELETE_OTHER_SESSIONS).await?;
    let user = ctx.user().ok_or(Error::Unauthenticated)?;
    let own = ctx.credential().map(Credential::id);
    let mut tx = ctx.system_begin().await?;
    let mut others = store::sessions::system_list_of_user(&tx, user.id, ctx.now()).await?;
    others.retain(|session| Some(session.id.to_string()) != own);
    for session in &others {
        store::sessions::revoke(&mut tx, session.organization_id, session.id, ctx.now()).await?;
    }
    let summary = serde_json::json!({ "ended": others.len() });
    audit::success(
        ctx,
        &mut tx,
        actions::DELETE_OTHER_SESSIONS,
        user.id,
        summary,
    )
    .await?;
    tx.commit().await?;
    Ok(others.len())
}

const fn credential_of(session: &Session, digest: SecretDigest) -> Credential {
    Credential::Session {
        id: session.id,
        digest,
        expires_at: session.expires_at,
        provider_id: session.provider_id,
        proven_at: session.proven_at,
        own_proof_at: session.own_proof_at,
        second_factor_at: session.second_factor_at,
    }
}

mod opening;

pub(crate) use opening::{Through, begin, begin_through};

#[cfg(test)]
mod old_tokens;
#[cfg(test)]
mod tests;
