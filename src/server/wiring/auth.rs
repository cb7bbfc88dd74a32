//! Who sends a request, as the HTTP edge asks: cookies and bearer tokens become callers of use cases.
//!
//! Not for how secrets are recognised (`app`). Invariant: a stream of a caller ends when the caller's session or token does.

use std::sync::Arc;

use app::context::DeviceToken;
use app::{Ctx, Origin, Services};
use async_graphql::Data;
use async_trait::async_trait;
use domain::audit::Interface;
use graphql::{RateLimit, RequestContext, SessionCookie};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};

use super::sessions::SessionWatcher;
use crate::http::{
    AuthError, Authenticator, Charge, Client, Credential, DEVICE_SUFFIX, Payer, Session, Transport,
    Viewer,
};

/// Recognises callers by use cases.
#[derive(Debug)]
pub(super) struct AppAuthenticator {
    services: Arc<Services>,
    cookie: Arc<Cookie>,
    watcher: SessionWatcher,
}

impl AppAuthenticator {
    pub(super) fn new(services: Arc<Services>, cookie: Cookie, watcher: SessionWatcher) -> Self {
        Self {
            services,
            cookie: Arc::new(cookie),
            watcher,
        }
    }

    fn viewer(&self, caller: Option<Ctx>, origin: Origin) -> Arc<dyn Viewer> {
        Arc::new(Caller(RequestContext {
            services: self.services.clone(),
            caller,
            origin,
            cookie: self.cookie.clone(),
        }))
    }
}

#[async_trait]
impl Authenticator for AppAuthenticator {
    async fn authenticate(
        &self,
        credential: Credential,
        client: &Client,
    ) -> Result<Session, AuthError> {
        let origin = Origin {
            address: client.address.map(|address| address.to_string()),
            user_agent: client.user_agent.clone(),
            request_id: client.request_id.to_string(),
            interface: Interface::Api,
            is_unattended: client.is_unattended,
            unit: client.unit.clone(),
            device: client.device.clone().map(DeviceToken),
        };
        let found = match &credential {
            Credential::Absent => Ok(None),
            Credential::Bearer(secret) => {
                app::api_tokens::recognise(&self.services, &origin, secret.expose_secret()).await
            }
            Credential::Cookie(secret) => {
                app::sessions::recognise(&self.services, &origin, secret.expose_secret()).await
            }
        };
        let found = found.map_err(|error| match error {
            app::Error::AddressNotAllowed => AuthError::Forbidden,
            app::Error::UnknownUnit => AuthError::UnknownUnit,
            error @ (app::Error::Problems(_)
            | app::Error::Forbidden(_)
            | app::Error::Unauthenticated
            | app::Error::ProofNeeded
            | app::Error::OwnProofNeeded
            | app::Error::TooManyAttempts { .. }
            | app::Error::Internal(_)) => {
            tracing::error!(request_id = %origin.request_id, %error, "a caller could not be recognised");
            AuthError::Unavailable
            }
        })?;
        let Some(caller) = found else {
            return match credential {
                Credential::Bearer(_) => Err(AuthError::Invalid),
                // A browser with an old cookie must still be able to sign in.
                Credential::Absent | Credential::Cookie(_) => {
                    Ok(Session::anonymous(self.viewer(None, origin)))
                }
            };
        };
        let watch = match client.transport {
            Transport::Http => crate::http::SessionWatch::default(),
            Transport::WebSocket | Transport::EventStream => self.watcher.watch(&caller),
        };
        let payer = payer(&caller);
        Ok(Session::signed_in(self.viewer(Some(caller), origin), watch).paid_by(payer))
    }
}

/// A person's sessions share one budget; a token has its own.
fn payer(caller: &Ctx) -> Payer {
    let credential = match (caller.user(), caller.credential()) {
        (Some(user), Some(app::Credential::Session { .. })) => user.id.to_string(),
        (_, Some(credential)) => credential.id(),
        (_, None) => String::new(),
    };
    Payer {
        credential: Arc::from(credential),
        organization: Arc::from(caller.organization().to_string()),
    }
}

struct Caller(RequestContext);

impl Viewer for Caller {
    fn attach(&self, data: &mut Data, charge: Option<&Charge>) {
        if let Some(charge) = charge {
            let full_in = SignedDuration::try_from(charge.full_in).unwrap_or(SignedDuration::MAX);
            let now = self.0.services.clock.now();
            let reset_at = now.saturating_add(full_in).unwrap_or(now);
            let Charge {
                cost,
                limit,
                remaining,
                full_in: _,
            } = *charge;
            data.insert(RateLimit::new(cost, limit, remaining, reset_at));
        }
        self.0.clone().attach(data);
    }
}

/// How the session cookie is written.
#[derive(Debug, Clone)]
pub(crate) struct Cookie {
    /// Its name; with TLS `__Host-...`, which no other host and no other path can set.
    pub(crate) name: String,
    /// Whether browsers come by TLS.
    pub(crate) is_secure: bool,
}

impl Cookie {
    /// Name of the cookie of a sign-on under way.
    pub(crate) fn sign_on_name(&self) -> String {
        format!("{}_sign_on", self.name)
    }

    /// The removal of that cookie.
    pub(crate) fn clear_sign_on(&self) -> String {
        self.write(&self.sign_on_name(), "", None)
    }

    fn write(&self, name: &str, value: &str, expires_at: Option<Timestamp>) -> String {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let end = match expires_at {
            None => "; Max-Age=0".to_owned(),
            Some(at) => DateTimePrinter::new()
                .timestamp_to_rfc9110_string(&at)
                .map_or_else(|_| String::new(), |date| format!("; Expires={date}")),
        };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{end}")
    }
}

impl SessionCookie for Cookie {
    fn set(&self, secret: &SecretString, expires_at: Timestamp) -> Option<String> {
        Some(self.write(&self.name, secret.expose_secret(), Some(expires_at)))
    }

    fn set_sign_on(&self, secret: &SecretString, expires_at: Timestamp) -> Option<String> {
        let name = self.sign_on_name();
        Some(self.write(&name, secret.expose_secret(), Some(expires_at)))
    }

    fn set_device(&self, secret: &SecretString, expires_at: Timestamp) -> Option<String> {
        let name = format!("{}{DEVICE_SUFFIX}", self.name);
        Some(self.write(&name, secret.expose_secret(), Some(expires_at)))
    }

    fn clear(&self) -> Option<String> {
        Some(self.write(&self.name, "", None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_says_all_that_browsers_want_to_hear() {
        let cookie = Cookie {
            name: "__Host-s".into(),
            is_secure: true,
        };
        let set = cookie.set(
            &"abc".to_owned().into(),
            "2026-01-02T03:04:05Z".parse().unwrap(),
        );
        assert_eq!(
            set.unwrap(),
            "__Host-s=abc; Path=/; HttpOnly; SameSite=Lax; Secure; Expires=Fri, 02 Jan 2026 03:04:05 GMT"
        );
        let clear = Cookie {
            name: "s".into(),
            is_secure: false,
        }
        .clear()
        .unwrap();
        assert_eq!(clear, "s=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }
}
