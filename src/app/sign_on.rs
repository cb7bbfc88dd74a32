//! Sign-on through an identity provider: from a request to a session, and back when the provider signs somebody out.
//!
//! Not for the protocols (`identity`), which turn an answer into an [`Assertion`] between `take` and `complete`. Invariant: a
//! person is known by (provider, subject) alone; an e-mail address never finds anybody. A request is answered once, by the
//! browser that began it, through the provider that it was meant for (reliability.md I7 to I10).

use std::sync::Arc;

use domain::audit::{AuditEvent, Interface, Outcome};
use domain::identity_provider::{
    IdentityLink, IdentityProvider, ProviderState, SIGN_ON_MINUTES, SignOnPurpose, SignOnRequest,
};
use domain::task::Actor;
use domain::{AuditEventId, IdentityProviderId};
use identity::{Assertion, OneTime, SessionSecret};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::actions::{self, Action};
use crate::audit;
use crate::context::{Credential, Ctx, Origin, Services};
use crate::error::Error;
use crate::sessions::{self, NewSession, Through};
use crate::throttle::Budget;

pub(crate) mod adoption;
pub(crate) mod arrival;
pub mod discovery;
pub mod enforcement;
pub mod link;
pub mod logout;
pub(crate) mod protocol;

pub use protocol::{Addresses, Answer, Connections, Departure};

/// Sign-ons of one provider that are under way at once: nobody needs to be signed in to begin one. Beyond it the oldest is given
/// up for the newest, so that many who begin and never finish keep nobody out.
const OPEN_REQUESTS_MAX: u64 = 10_000;

/// A sign-on that was begun.
#[derive(Debug)]
pub struct Begun {
    /// The provider to send the browser to.
    pub provider: IdentityProvider,
    /// What the browser keeps, in a cookie of its own, and nobody else sees; state, nonce and PKCE verifier are derived of it.
    pub secret: SessionSecret,
    /// When it is too late to answer.
    pub expires_at: Timestamp,
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) request: SignOnRequest,
    pub(crate) provider: IdentityProvider,
    pub(crate) secret: SessionSecret,
}

/// What an answer has led to.
#[derive(Debug)]
pub enum Finished {
    /// Somebody is signed on.
    SignedOn(Box<NewSession>),
    /// The provider was tried out: what it proved, or why it did not.
    Tested(Result<Assertion, String>),
    /// The caller and an account of the provider are linked.
    Linked(IdentityLink),
}

/// Begins a sign-on; none signed in. `None` is a malformed id. Who signs on in the end gets back what their address has spent.
pub async fn begin(
    services: &Arc<Services>,
    origin: &Origin,
    provider: Option<IdentityProviderId>,
) -> Result<Begun, Error> {
    let budgets = &services.throttle.budgets;
    let (address, now) = (origin.address.as_deref(), services.clock.now());
    budgets.spend_address(Budget::SIGN_ON, address, now)?;
    let provider = active(services, provider).await?;
    open(services, provider, SignOnPurpose::SignOn, None).await
}

/// Begins to try a provider out, in whatever state it is.
pub async fn begin_test(ctx: &Ctx, provider: Option<IdentityProviderId>) -> Result<Begun, Error> {
    ctx.authorize(actions::TEST_IDENTITY_PROVIDER).await?;
    person(ctx)?;
    let id = provider.ok_or_else(missing)?;
    let found = store::identity_providers::lookup(&ctx.read(), ctx.organization(), id).await?;
    let found = found.ok_or_else(missing)?;
    open(ctx.services(), found, SignOnPurpose::Test, Some(ctx)).await
}

/// The person of a browser session: a program has no browser to go to a provider with.
pub(crate) fn person(ctx: &Ctx) -> Result<&domain::user::User, Error> {
    match (ctx.user(), ctx.credential()) {
        (Some(user), Some(Credential::Session { .. })) => Ok(user),
        (_, Some(Credential::Session { .. } | Credential::ApiToken { .. }) | None) => {
            let message = "This goes on in a browser, so it takes a browser session.";
            Err(Error::precondition("id", message))
        }
    }
}

/// Where the browser that holds this secret goes now.
pub async fn depart(
    services: &Services,
    provider: Option<IdentityProviderId>,
    secret: &str,
) -> Result<Departure, Error> {
    let secret = SessionSecret::parse(secret).ok_or_else(lost)?;
    let (reader, now) = (services.store.read(), services.clock.now());
    let hash = secret.digest();
    let begun = store::sign_on_requests::system_find(&reader, hash.as_bytes()).await?;
    // What is derived of the secret is for the provider that the request was begun with, and for no other.
    let begun = begun
        .filter(|begun| Some(begun.provider_id) == provider && now < begun.expires_at)
        .ok_or_else(lost)?;
    let found = store::identity_providers::system_lookup(&reader, begun.provider_id).await?;
    let provider = found.ok_or_else(missing)?;
    let departure = protocol::depart(services, &provider, &secret).await;
    departure.map_err(|fault| {
        tracing::warn!(provider = %provider.id, %fault, "a sign-on could not begin");
        let message = "The identity provider cannot be reached now. Try again later.";
        Error::precondition("provider", message)
    })
}

/// Our metadata for a SAML provider, in every state of it.
pub async fn metadata(
    services: &Services,
    provider: Option<IdentityProviderId>,
) -> Result<String, Error> {
    let id = provider.ok_or_else(missing)?;
    let found = store::identity_providers::system_lookup(&services.store.read(), id).await?;
    let text = protocol::metadata(services, &found.ok_or_else(missing)?);
    text.map_err(|fault| Error::Internal(Box::new(fault)))?
        .ok_or_else(missing)
}

/// A provider of a foreign organization, an unknown one and one that is not active read the same.
pub(crate) async fn active(
    services: &Services,
    id: Option<IdentityProviderId>,
) -> Result<IdentityProvider, Error> {
    let id = id.ok_or_else(missing)?;
    let found = store::identity_providers::system_lookup(&services.store.read(), id).await?;
    found
        .filter(|provider| provider.state == ProviderState::Active)
        .ok_or_else(missing)
}

pub(crate) fn missing() -> Error {
    not_found("provider")
}

/// A provider of a foreign organization, an unknown one and a malformed id read the same.
pub(crate) fn not_found(field: &str) -> Error {
    Error::not_found(field, "identity provider")
}

pub(crate) async fn open(
    services: &Arc<Services>,
    provider: IdentityProvider,
    purpose: SignOnPurpose,
    by: Option<&Ctx>,
) -> Result<Begun, Error> {
    let now = services.clock.now();
    let secret = SessionSecret::fresh(services.ids.as_ref());
    let lifetime = SignedDuration::from_mins(SIGN_ON_MINUTES);
    let request = SignOnRequest {
        organization_id: provider.organization_id,
        provider_id: provider.id,
        purpose,
        user_id: by.and_then(Ctx::user).map(|user| user.id),
        created_at: now,
        expires_at: now.saturating_add(lifetime).unwrap_or(Timestamp::MAX),
    };
    let mut tx = services.store.begin().await?;
    let open = store::sign_on_requests::count_of_provider(&tx, provider.id, now).await?;
    let beyond = (open + 1).saturating_sub(OPEN_REQUESTS_MAX);
    store::sign_on_requests::remove_oldest(&mut tx, provider.id, now, beyond).await?;
    store::sign_on_requests::add(&mut tx, &request, secret.digest().as_bytes()).await?;
    tx.commit().await?;
    Ok(Begun {
        provider,
        secret,
        expires_at: request.expires_at,
    })
}

pub(crate) fn lost() -> Error {
    let message = "This sign-on was begun elsewhere, took too long, or is finished. Begin again.";
    Error::precondition("state", message)
}

/// Takes the request that the browser's secret belongs to; it is gone afterwards, whatever comes of it. `None` is a provider
/// with a malformed id.
pub(crate) async fn take(
    services: &Services,
    provider: Option<IdentityProviderId>,
    secret: &str,
) -> Result<Taken, Error> {
    let secret = SessionSecret::parse(secret).ok_or_else(lost)?;
    let mut tx = services.store.begin().await?;
    let request = store::sign_on_requests::take(&mut tx, secret.digest().as_bytes()).await?;
    tx.commit().await?;
    let now = services.clock.now();
    let request = request
        .filter(|request| Some(request.provider_id) == provider && now < request.expires_at)
        .ok_or_else(lost)?;
    let provider = match request.purpose {
        SignOnPurpose::SignOn | SignOnPurpose::Link => active(services, provider).await?,
        SignOnPurpose::Test => {
            let reader = services.store.read();
            let id = request.provider_id;
            let found = store::identity_providers::system_lookup(&reader, id).await?;
            found.ok_or_else(missing)?
        }
    };
    Ok(Taken {
        request,
        provider,
        secret,
    })
}

/// Answers the request of this browser: signs on, or ends a test or a link of the person whose session the browser has.
pub async fn finish(
    services: &Arc<Services>,
    origin: &Origin,
    session: Option<&Ctx>,
    provider: Option<IdentityProviderId>,
    secret: &str,
    answer: &Answer,
) -> Result<Finished, Error> {
    let taken = take(services, provider, secret).await?;
    let proven = protocol::prove(services, &taken.provider, Some(&taken.secret), answer).await;
    match taken.request.purpose {
        SignOnPurpose::SignOn => {
            let assertion = accepted(services, origin, &taken.provider, proven).await?;
            let session = complete(services, origin, &taken, &assertion).await?;
            Ok(Finished::SignedOn(Box::new(session)))
        }
        SignOnPurpose::Link => {
            let ctx = session.ok_or(Error::Unauthenticated)?;
            let assertion = accepted(services, origin, &taken.provider, proven).await?;
            link::complete(ctx, &taken, &assertion)
                .await
                .map(Finished::Linked)
        }
        SignOnPurpose::Test => {
            let ctx = session.ok_or(Error::Unauthenticated)?;
            let proven = proven.map_err(|fault| fault.to_string());
            complete_test(ctx, &taken, &proven).await?;
            Ok(Finished::Tested(proven))
        }
    }
}

/// Takes a SAML answer to no request, where the provider's settings allow that people start there.
pub async fn finish_unsolicited(
    services: &Arc<Services>,
    origin: &Origin,
    provider: Option<IdentityProviderId>,
    answer: &Answer,
) -> Result<NewSession, Error> {
    let provider = active(services, provider).await?;
    let proven = protocol::prove(services, &provider, None, answer).await;
    let assertion = accepted(services, origin, &provider, proven).await?;
    sign_on(services, origin, &provider, &assertion).await
}

/// The assertion, or one sentence whatever the reason, so that nobody can probe the checks; the reason goes to the audit log.
async fn accepted(
    services: &Services,
    origin: &Origin,
    provider: &IdentityProvider,
    proven: Result<Assertion, protocol::Fault>,
) -> Result<Assertion, Error> {
    match proven {
        Ok(assertion) => Ok(assertion),
        Err(fault) => {
            let reason = fault.to_string();
            tracing::warn!(provider = %provider.id, request_id = %origin.request_id, %reason, "a sign-on was refused");
            record(services, origin, provider, actions::CREATE_SESSION, &reason).await?;
            let message = "The identity provider's answer was not accepted.";
            Err(Error::precondition("identity", message))
        }
    }
}

/// Turns what the provider proved into a session.
pub(crate) async fn complete(
    services: &Arc<Services>,
    origin: &Origin,
    taken: &Taken,
    assertion: &Assertion,
) -> Result<NewSession, Error> {
    if taken.request.purpose != SignOnPurpose::SignOn {
        let message = "This was not begun as a sign-on.";
        return Err(Error::precondition("state", message));
    }
    let session = sign_on(services, origin, &taken.provider, assertion).await?;
    let budgets = &services.throttle.budgets;
    budgets.give_back(Budget::SIGN_ON, origin.address.as_deref());
    Ok(session)
}

async fn sign_on(
    services: &Arc<Services>,
    origin: &Origin,
    provider: &IdentityProvider,
    assertion: &Assertion,
) -> Result<NewSession, Error> {
    use_once(services, provider, assertion.one_time.as_ref()).await?;
    let arrived = arrival::arrive(services, origin, provider, assertion).await?;
    let user = match arrived {
        Ok(user) => user,
        Err(reason) => {
            tracing::warn!(provider = %provider.id, request_id = %origin.request_id, reason, "a sign-on was refused");
            record(services, origin, provider, actions::CREATE_SESSION, reason).await?;
            let message = "Your account at the identity provider gives no access here. If you have a password here, sign in with it \
                           and link the account; otherwise ask an administrator.";
            return Err(Error::precondition("identity", message));
        }
    };
    let through = Through {
        provider_id: provider.id,
        subject: assertion.subject.clone(),
        session_index: assertion.session_index.clone(),
    };
    sessions::begin_through(services, origin, user, provider.organization_id, &through).await
}

/// Writes down what a test brought; a draft that worked may be activated.
async fn complete_test(
    ctx: &Ctx,
    taken: &Taken,
    proven: &Result<Assertion, String>,
) -> Result<(), Error> {
    ctx.authorize(actions::TEST_IDENTITY_PROVIDER).await?;
    let own = ctx.user().map(|user| user.id);
    if own.is_none() || taken.request.user_id != own {
        return Err(lost());
    }
    let id = taken.provider.id;
    let mut tx = ctx.begin().await?;
    let found = store::identity_providers::lock(&tx, ctx.organization(), id).await?;
    let mut provider = found.ok_or_else(missing)?;
    if provider.version != taken.provider.version {
        return Err(Error::stale("id", provider.version));
    }
    if proven.is_ok() && provider.state == ProviderState::Draft {
        provider.state = ProviderState::Tested;
        provider.version += 1;
        store::identity_providers::update(&mut tx, &provider).await?;
    }
    let mut event = audit::event(
        ctx,
        actions::TEST_IDENTITY_PROVIDER,
        Some(id.to_string()),
        Outcome::Success,
    );
    event.summary = match proven {
        Ok(assertion) => json!({ "subject": assertion.subject, "groups": assertion.groups.len() }),
        Err(reason) => {
            event.outcome = Outcome::Refused;
            json!({ "reason": reason })
        }
    };
    store::audit::record(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

/// The replay lock: committed before anything follows from the message.
pub(crate) async fn use_once(
    services: &Services,
    provider: &IdentityProvider,
    one_time: Option<&OneTime>,
) -> Result<(), Error> {
    let Some(one_time) = one_time else {
        return Ok(());
    };
    let mut tx = services.store.begin().await?;
    let ends = one_time.expires_at;
    let is_first =
        store::sign_on_requests::use_assertion(&mut tx, provider.id, &one_time.id, ends).await?;
    tx.commit().await?;
    if is_first {
        Ok(())
    } else {
        Err(Error::precondition(
            "identity",
            "This message was used before.",
        ))
    }
}

/// Records a refusal. There is no actor: nobody has proven to be somebody here.
pub(crate) async fn record(
    services: &Services,
    origin: &Origin,
    provider: &IdentityProvider,
    action: Action,
    reason: &str,
) -> Result<(), Error> {
    let mut event = event(services, origin, provider, action);
    event.summary = json!({ "provider": provider.id, "reason": reason });
    let mut tx = services.store.begin().await?;
    store::audit::record(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

pub(crate) fn event(
    services: &Services,
    origin: &Origin,
    provider: &IdentityProvider,
    action: Action,
) -> AuditEvent {
    AuditEvent {
        id: AuditEventId::fresh(services.ids.as_ref()),
        organization_id: provider.organization_id,
        occurred_at: services.clock.now(),
        actor: Actor::System,
        interface: Interface::Console,
        action: action.name.to_owned(),
        target: None,
        outcome: Outcome::Refused,
        summary: json!({}),
        address: origin.address.clone(),
        request_id: origin.request_id.clone(),
    }
}

#[cfg(test)]
mod tests;
