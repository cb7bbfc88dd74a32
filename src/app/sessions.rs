//! Sessions: signing in with e-mail and password, signing out, and recognising a cookie.
//!
//! Not for API tokens (`api_tokens.rs`) or outside sign-on. Invariant: a wrong password, an unknown address and a blocked
//! account are answered with the same words, after the same work.

use std::sync::Arc;

use domain::audit::{AuditEvent, Interface, Outcome};
use domain::session::Session;
use domain::task::Actor;
use domain::user::{User, normalize_email};
use domain::{AuditEventId, Problem, SessionId};
use identity::{PasswordHash, SecretDigest, SessionSecret};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::actions;
use crate::audit;
use crate::context::{Credential, Ctx, Origin, Services};
use crate::error::Error;

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

/// Signs in.
pub async fn create(
    services: &Arc<Services>,
    origin: &Origin,
    email: &str,
    password: &SecretString,
) -> Result<NewSession, Error> {
    let now = services.clock.now();
    // An address that cannot exist takes the same way as one that does not.
    let normalized = normalize_email(email);
    let known_as = normalized.as_deref().unwrap_or(email);
    let throttled = |retry_after_seconds| Error::TooManyAttempts {
        retry_after_seconds,
    };
    services.throttle.begin(known_as, now).map_err(throttled)?;
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
    match user {
        Some(user) if is_right => {
            let session = begin(services, origin, user).await?;
            services.throttle.succeeded(known_as);
            Ok(session)
        }
        user => {
            if let Some(user) = user {
                refuse(services, origin, &user).await?;
            }
            let message = "E-mail address or password are wrong.";
            Err(Problem::invalid("password", message).into())
        }
    }
}

async fn begin(services: &Arc<Services>, origin: &Origin, user: User) -> Result<NewSession, Error> {
    let now = services.clock.now();
    let secret = SessionSecret::fresh(services.ids.as_ref());
    let lifetime = SignedDuration::from_secs(services.settings.session_lifetime_seconds);
    let session = Session {
        id: SessionId::fresh(services.ids.as_ref()),
        organization_id: user.organization_id,
        user_id: user.id,
        created_at: now,
        last_seen_at: now,
        expires_at: now.saturating_add(lifetime).unwrap_or(Timestamp::MAX),
        revoked_at: None,
    };
    let credential = credential_of(&session, secret.digest());
    let ctx = Ctx::of_user(Arc::clone(services), user, credential, origin.clone());
    let mut tx = ctx.begin().await?;
    store::sessions::add(&mut tx, &session, secret.digest().as_bytes()).await?;
    let summary = serde_json::json!({});
    audit::success(&ctx, &mut tx, actions::CREATE_SESSION, session.id, summary).await?;
    tx.commit().await?;
    Ok(NewSession {
        ctx,
        secret,
        expires_at: session.expires_at,
    })
}

/// Records a sign-in with a wrong password. There is no actor: nobody proved who it was.
async fn refuse(services: &Services, origin: &Origin, user: &User) -> Result<(), Error> {
    let event = AuditEvent {
        id: AuditEventId::fresh(services.ids.as_ref()),
        organization_id: user.organization_id,
        occurred_at: services.clock.now(),
        actor: Actor::System,
        interface: Interface::Console,
        action: actions::CREATE_SESSION.name.to_owned(),
        target: Some(user.id.to_string()),
        outcome: Outcome::Refused,
        summary: serde_json::json!({ "reason": "wrong password" }),
        address: origin.address.clone(),
        request_id: origin.request_id.clone(),
    };
    let mut tx = services.store.begin().await?;
    store::audit::record(&mut tx, &event).await?;
    Ok(tx.commit().await?)
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
    let digest = secret.digest();
    let Some((session, user)) = alive(services, &digest).await? else {
        return Ok(None);
    };
    touch(services, &session).await?;
    let credential = credential_of(&session, digest);
    let ctx = Ctx::of_user(Arc::clone(services), user, credential, origin.clone());
    Ok(Some(ctx))
}

/// The session of a digest with its user as they are now, while the session lives.
pub(crate) async fn alive(
    services: &Services,
    digest: &SecretDigest,
) -> Result<Option<(Session, User)>, Error> {
    let reader = services.store.read();
    let found = store::sessions::system_find_by_hash(&reader, digest.as_bytes()).await?;
    let idle_limit = services.settings.session_idle_seconds;
    let now = services.clock.now();
    let Some(session) = found.filter(|session| session.is_alive(now, idle_limit)) else {
        return Ok(None);
    };
    let user = store::users::lookup(&reader, session.organization_id, session.user_id).await?;
    Ok(user.map(|user| (session, user)))
}

async fn touch(services: &Services, session: &Session) -> Result<(), Error> {
    let now = services.clock.now();
    if now.duration_since(session.last_seen_at).as_secs() < TOUCH_SECONDS {
        return Ok(());
    }
    let mut tx = services.store.begin().await?;
    store::sessions::touch(&mut tx, session.id, now).await?;
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
    let mut tx = ctx.begin().await?;
    let own = store::sessions::list_of_user(&tx, ctx.organization(), user.id, ctx.now()).await?;
    let is_open = |session: &Session| session.id == id && session.revoked_at.is_none();
    if !own.iter().any(is_open) {
        return Err(missing());
    }
    store::sessions::revoke(&mut tx, ctx.organization(), id, ctx.now()).await?;
    let summary = serde_json::json!({});
    audit::success(ctx, &mut tx, actions::DELETE_SESSION, id, summary).await?;
    tx.commit().await?;
    Ok(id)
}

const fn credential_of(session: &Session, digest: SecretDigest) -> Credential {
    Credential::Session {
        id: session.id,
        digest,
        expires_at: session.expires_at,
    }
}

#[cfg(test)]
mod tests;
