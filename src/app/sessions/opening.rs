//! How sessions begin: by what a person proved here, through an identity provider, or in the place of another session.
//!
//! Not for the proofs themselves (`sessions.rs`, `second_factors.rs`, `sign_on.rs`). Invariant: a session remembers what it rests on, and a
//! provider that signs nobody on begins none.

use std::sync::Arc;

use domain::identity_provider::{ProviderSession, ProviderState};
use domain::session::Session;
use domain::user::User;
use domain::user_agent;
use domain::{IdentityProviderId, OrganizationId, SessionId};
use identity::SessionSecret;
use jiff::{SignedDuration, Timestamp};
use store::Tx;

use super::{NewSession, credential_of};
use crate::actions;
use crate::audit;
use crate::context::{Caller, Credential, Ctx, Origin, Services};
use crate::error::Error;
use crate::passwords;
use crate::recognition;
use crate::second_factors;
use crate::sign_on;

/// How somebody came in who came by an identity provider.
#[derive(Debug)]
pub(crate) struct Through {
    /// The identity provider.
    pub(crate) provider_id: IdentityProviderId,
    /// The person, in its words.
    pub(crate) subject: String,
    /// Its name of the session.
    pub(crate) session_index: Option<String>,
}

/// Where a session comes from.
#[derive(Debug, Clone, Copy)]
enum Way<'a> {
    /// The person signed in here.
    Here,
    /// It takes the place of the session of this caller.
    Replacing(&'a Ctx),
    /// An identity provider vouches for the person.
    Through(&'a Through),
}

/// Begins a session of a person who proved who they are, in an organization of theirs; none when the password is another by now than
/// when this person was read.
pub(crate) async fn begin(
    services: &Arc<Services>,
    origin: &Origin,
    user: User,
    organization: OrganizationId,
) -> Result<Option<NewSession>, Error> {
    open(services, origin, user, organization, Way::Here).await
}

/// Begins a session of the caller in another organization of theirs. It takes the place of the caller's session, which ends with it,
/// and itself ends when that one would have at the latest.
pub(super) async fn replace(
    ctx: &Ctx,
    user: &User,
    organization: OrganizationId,
) -> Result<NewSession, Error> {
    let (services, origin) = (ctx.services(), ctx.origin());
    let way = Way::Replacing(ctx);
    let opened = open(services, origin, user.clone(), organization, way).await?;
    opened.ok_or(Error::Unauthenticated)
}

/// Begins a session of a person for whom a provider of this organization vouches.
pub(crate) async fn begin_through(
    services: &Arc<Services>,
    origin: &Origin,
    user: User,
    organization: OrganizationId,
    through: &Through,
) -> Result<NewSession, Error> {
    let way = Way::Through(through);
    let opened = open(services, origin, user, organization, way).await?;
    opened.ok_or(Error::Unauthenticated)
}

async fn open(
    services: &Arc<Services>,
    origin: &Origin,
    user: User,
    organization: OrganizationId,
    way: Way<'_>,
) -> Result<Option<NewSession>, Error> {
    let (now, read) = (services.clock.now(), user);
    let origin = Origin {
        unit: None,
        ..origin.clone()
    };
    let found = recognition::member(services, organization, read.id, &origin).await?;
    let (user, access, settings) = found.ok_or(Error::Unauthenticated)?;
    let ground = ground(way, now);
    let has_factor = ground.second_factor_at.is_some() || ground.provider_id.is_some();
    let access = second_factors::restricted(&user, &settings, has_factor, now, access);
    let secret = SessionSecret::fresh(services.ids.as_ref());
    let lifetime = settings
        .session_hours
        .map_or(services.settings.session_lifetime_seconds, |hours| {
            i64::from(hours) * 3_600
        });
    let end = now
        .saturating_add(SignedDuration::from_secs(lifetime))
        .unwrap_or(Timestamp::MAX);
    let session = Session {
        id: SessionId::fresh(services.ids.as_ref()),
        organization_id: organization,
        user_id: user.id,
        created_at: now,
        last_seen_at: now,
        expires_at: match way {
            Way::Replacing(old) => old
                .credential()
                .map_or(end, |old| end.min(old.expires_at())),
            Way::Here | Way::Through(_) => end,
        },
        provider_id: ground.provider_id,
        proven_at: ground.proven_at,
        own_proof_at: ground.own_proof_at,
        second_factor_at: ground.second_factor_at,
        revoked_at: None,
        browser: origin.user_agent.as_deref().and_then(user_agent::browser),
        address: origin.address.clone(),
    };
    let credential = credential_of(&session, secret.digest());
    let caller = Caller::User { user, credential };
    let ctx = Ctx::new(Arc::clone(services), caller, access, origin);
    let mut tx = ctx.system_begin().await?;
    if !hold(&tx, &read, organization, way).await? {
        return Ok(None);
    }
    store::memberships::touch(&mut tx, organization, session.user_id, now).await?;
    store::sessions::add(&mut tx, &session, secret.digest().as_bytes()).await?;
    let (action, summary) = match way {
        Way::Here => (actions::CREATE_SESSION, serde_json::json!({})),
        Way::Replacing(old) => {
            let replaced = end_replaced(&mut tx, old, organization).await?;
            let summary = serde_json::json!({ "replaces": replaced });
            (actions::SWITCH_ORGANIZATION, summary)
        }
        Way::Through(through) => {
            store::provider_sessions::add(&mut tx, &side_of(&session, through)).await?;
            let summary = serde_json::json!({ "provider": through.provider_id });
            (actions::CREATE_SESSION, summary)
        }
    };
    audit::success(&ctx, &mut tx, action, session.id, summary).await?;
    tx.commit().await?;
    Ok(Some(NewSession {
        ctx,
        secret,
        expires_at: session.expires_at,
    }))
}

/// Holds what the session rests on until it is there: whoever sets a new password or switches a provider off meanwhile comes after it,
/// and ends it. Answers whether a password is still the one that stood beside this person. Organizations are locked before people.
async fn hold(
    tx: &Tx,
    read: &User,
    organization: OrganizationId,
    way: Way<'_>,
) -> Result<bool, Error> {
    match way {
        Way::Here | Way::Replacing(_) => passwords::is_unchanged(tx, read).await,
        Way::Through(through) => {
            store::organizations::lock(tx, organization).await?;
            let id = through.provider_id;
            let provider = store::identity_providers::lookup(tx, organization, id).await?;
            if provider.is_none_or(|found| found.state != ProviderState::Active) {
                return Err(sign_on::missing());
            }
            Ok(true)
        }
    }
}

/// Ends the session that is replaced, and answers its id. One that has ended meanwhile is replaced by none.
async fn end_replaced(tx: &mut Tx, old: &Ctx, to: OrganizationId) -> Result<SessionId, Error> {
    let Some(Credential::Session { id, .. }) = old.credential() else {
        return Err(Error::Unauthenticated);
    };
    if !store::sessions::revoke(tx, old.organization(), *id, old.now()).await? {
        return Err(Error::Unauthenticated);
    }
    let summary = serde_json::json!({ "to": to });
    audit::success(old, tx, actions::SWITCH_ORGANIZATION, id, summary).await?;
    Ok(*id)
}

fn side_of(session: &Session, through: &Through) -> ProviderSession {
    ProviderSession {
        session_id: session.id,
        organization_id: session.organization_id,
        provider_id: through.provider_id,
        subject: through.subject.clone(),
        session_index: through.session_index.clone(),
    }
}

/// What a new session rests on.
#[derive(Debug, Default)]
struct Ground {
    provider_id: Option<IdentityProviderId>,
    proven_at: Option<Timestamp>,
    own_proof_at: Option<Timestamp>,
    second_factor_at: Option<Timestamp>,
}

/// A proof of now, or what the session that it replaces rests on. A provider's word is not the person's own.
fn ground(way: Way<'_>, now: Timestamp) -> Ground {
    match way {
        Way::Here => Ground {
            proven_at: Some(now),
            own_proof_at: Some(now),
            ..Ground::default()
        },
        Way::Replacing(old) => match old.credential() {
            Some(Credential::Session {
                provider_id,
                proven_at,
                own_proof_at,
                second_factor_at,
                ..
            }) => Ground {
                provider_id: *provider_id,
                proven_at: *proven_at,
                own_proof_at: *own_proof_at,
                second_factor_at: *second_factor_at,
            },
            // A token begins no session.
            Some(Credential::ApiToken { .. }) | None => Ground::default(),
        },
        Way::Through(through) => Ground {
            provider_id: Some(through.provider_id),
            proven_at: Some(now),
            ..Ground::default()
        },
    }
}
