//! Logout, both ways: what a provider tells us, and where a browser tells the provider.
//!
//! Not for ending a session here (`sessions.rs`). Invariant: a provider ends sessions of its own people only, and a notice counts
//! once.

use domain::audit::Outcome;
use domain::{IdentityProviderId, SessionId};
use identity::OneTime;
use serde_json::json;
use url::Url;

use super::{active, event, protocol, use_once};
use crate::actions;
use crate::context::{Ctx, Origin, Services};
use crate::error::Error;

/// Where the browser of this session of the caller ends its session at the provider too; none when it came by no provider, or
/// the provider has no such place or does not answer.
pub async fn at_provider(ctx: &Ctx, session: SessionId) -> Result<Option<Url>, Error> {
    let reader = ctx.read();
    let organization = ctx.organization();
    let side = store::provider_sessions::lookup(&reader, organization, session).await?;
    let Some(side) = side else {
        return Ok(None);
    };
    let found = store::identity_providers::lookup(&reader, organization, side.provider_id).await?;
    let Some(provider) = found else {
        return Ok(None);
    };
    match protocol::logout_url(ctx.services(), &provider).await {
        Ok(url) => Ok(url),
        Err(fault) => {
            tracing::warn!(provider = %provider.id, %fault, "the provider's logout address is not known");
            Ok(None)
        }
    }
}

/// Takes a back-channel logout token of an `OpenID` provider; answers how many sessions it ended.
pub async fn back_channel(
    services: &Services,
    origin: &Origin,
    provider: Option<IdentityProviderId>,
    token: &str,
) -> Result<usize, Error> {
    let found = active(services, provider).await?;
    let notice = protocol::read_logout(services, &found, token).await;
    let notice = notice.map_err(|fault| {
        tracing::warn!(provider = %found.id, %fault, "a logout token was refused");
        Error::precondition("logout_token", "The logout token was not accepted.")
    })?;
    let (subject, index) = (notice.subject.as_deref(), notice.session_index.as_deref());
    sign_out(services, origin, provider, subject, index, &notice.one_time).await
}

/// Ends the sessions that a provider's logout notice names; answers how many. A notice counts once.
pub(crate) async fn sign_out(
    services: &Services,
    origin: &Origin,
    provider: Option<IdentityProviderId>,
    subject: Option<&str>,
    session_index: Option<&str>,
    one_time: &OneTime,
) -> Result<usize, Error> {
    let provider = active(services, provider).await?;
    // Of their own: the ids of notices and those of assertions are given by different parts of a provider.
    let notice = OneTime {
        id: format!("logout:{}", one_time.id),
        expires_at: one_time.expires_at,
    };
    use_once(services, &provider, Some(&notice)).await?;
    let now = services.clock.now();
    let mut tx = services.store.begin().await?;
    let named = store::provider_sessions::named(&tx, provider.id, subject, session_index).await?;
    for session in &named {
        store::sessions::revoke(&mut tx, provider.organization_id, session.session_id, now).await?;
        let mut event = event(services, origin, &provider, actions::DELETE_SESSION);
        event.target = Some(session.session_id.to_string());
        event.outcome = Outcome::Success;
        event.summary = json!({ "provider": provider.id, "reason": "signed out at the provider" });
        store::audit::record(&mut tx, &event).await?;
    }
    tx.commit().await?;
    Ok(named.len())
}
