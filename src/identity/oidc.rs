//! `OpenID` Connect, the side of the relying party: code flow with PKCE, state and nonce.
//!
//! Not for who the person is here and not for what is remembered between request and answer (`app`). Invariant: an answer
//! becomes an [`Assertion`] only when its ID token is signed by a key of the exact issuer that was asked, for our client, for
//! this very request (reliability.md I9). Userinfo is never asked: identity comes from the signed token alone.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use data_encoding::BASE64URL_NOPAD;
use domain::Clock;
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::CoreAuthenticationFlow;
use openidconnect::{
    AsyncHttpClient, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _,
};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use url::Url;

use crate::assertion::Assertion;
use crate::safe_client::{SafeClient, SafeClientError};
use crate::secret::SessionSecret;

mod discovery;
mod id_token;
mod logout;
#[cfg(test)]
mod tests;

pub use discovery::Discovered;
pub use logout::LogoutNotice;

/// How far clocks may differ, in seconds (reliability.md I9).
pub const SKEW_SECONDS: i64 = 60;
/// An ID or logout token older than this is refused, in seconds: it comes straight from the provider.
pub const TOKEN_AGE_SECONDS_MAX: i64 = 600;
/// A discovery document is read again after this long, in seconds.
const DISCOVERY_SECONDS: i64 = 3_600;
/// Keys are fetched again for an unknown key id at most this often, in seconds.
const KEYS_SECONDS: i64 = 60;
/// Providers remembered; beyond it the one read longest ago is forgotten.
const PROVIDERS_MAX: usize = 1_000;
/// Longest code or state that is looked at, in bytes.
const PARAMETER_BYTES_MAX: usize = 4_096;

/// One provider, as the organization set it up.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    /// The issuer, byte by byte as the provider writes it.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there; none for a public client.
    pub client_secret: Option<SecretString>,
    /// The claim that holds the groups.
    pub groups_claim: String,
    /// Where the provider sends the browser back to.
    pub redirect_uri: String,
}

/// What one request must be answered with. Kept on our side only.
#[derive(Debug, Clone)]
pub struct RequestSecrets {
    /// Comes back in the address.
    pub state: SecretString,
    /// Comes back in the token.
    pub nonce: SecretString,
    /// Proves to the token endpoint that we are who asked (RFC 7636).
    pub verifier: SecretString,
}

impl RequestSecrets {
    /// All three from the one secret that the browser keeps in a cookie, so that the database holds nothing that a thief could
    /// answer with, and an answer counts only in the browser that asked.
    #[must_use]
    pub fn derived(secret: &SessionSecret) -> Self {
        let part = |label: &str| {
            let mut hash = Sha256::new();
            hash.update(format!("holdfast oidc {label}\0"));
            hash.update(secret.text().expose_secret());
            SecretString::from(BASE64URL_NOPAD.encode(&hash.finalize()))
        };
        Self {
            state: part("state"),
            nonce: part("nonce"),
            verifier: part("verifier"),
        }
    }
}

/// The query of the callback.
#[derive(Debug, Clone)]
pub struct Callback {
    /// The code.
    pub code: String,
    /// The state.
    pub state: String,
    /// The issuer (RFC 9207).
    pub issuer: Option<String>,
}

/// Why there is no sign-on. The text is for the log and for administrators who test a provider; it holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The provider was not reached.
    #[error("{0}")]
    Unreachable(#[from] SafeClientError),
    /// Discovery document or keys are not usable.
    #[error("the provider's documents are not usable: {0}")]
    Discovery(String),
    /// The answer belongs to another request or provider.
    #[error("the answer does not belong to this request: {0}")]
    Mismatch(&'static str),
    /// The token endpoint refused.
    #[error("the provider did not take the code: {0}")]
    Exchange(String),
    /// The token is not good.
    #[error("the token is refused: {0}")]
    Token(String),
    /// The token is signed by a key that the provider does not publish.
    #[error("the token is refused: no key of the provider has signed it")]
    UnknownKey,
}

/// A finished sign-on.
#[derive(Debug, Clone)]
pub struct SignedOn {
    /// What was proven.
    pub assertion: Assertion,
    /// The token, for the provider's logout.
    pub id_token: SecretString,
}

struct Entry {
    found: Arc<Discovered>,
    read_at: Timestamp,
    keys_at: Timestamp,
}

/// All providers: fetches and remembers their documents.
pub struct OidcProviders {
    http: SafeClient,
    clock: Arc<dyn Clock>,
    entries: Mutex<BTreeMap<String, Entry>>,
}

impl fmt::Debug for OidcProviders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcProviders").finish_non_exhaustive()
    }
}

impl<'c> AsyncHttpClient<'c> for SafeClient {
    type Error = SafeClientError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, SafeClientError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

impl OidcProviders {
    /// Nothing is fetched yet.
    #[must_use]
    pub fn new(http: SafeClient, clock: Arc<dyn Clock>) -> Self {
        Self {
            http,
            clock,
            entries: Mutex::new(BTreeMap::new()),
        }
    }

    /// The provider's documents, fetched when they are unknown or old.
    pub async fn discover(&self, issuer: &str) -> Result<Arc<Discovered>, OidcError> {
        let now = self.clock.now();
        let known = self.with(|entries| {
            let fresh = entries
                .get(issuer)
                .filter(|entry| now.duration_since(entry.read_at).as_secs() < DISCOVERY_SECONDS);
            fresh.map(|entry| Arc::clone(&entry.found))
        });
        if let Some(found) = known {
            return Ok(found);
        }
        let found = Arc::new(Discovered::fetch(&self.http, issuer).await?);
        self.remember(issuer, &found, now, now);
        Ok(found)
    }

    /// The documents with keys fetched just now; none when they were fetched a moment ago, so that made-up key ids cannot
    /// make us ask without end.
    async fn with_new_keys(
        &self,
        issuer: &str,
        old: &Discovered,
    ) -> Result<Option<Arc<Discovered>>, OidcError> {
        let now = self.clock.now();
        let read_at = self.with(|entries| {
            let entry = entries.get_mut(issuer)?;
            if now.duration_since(entry.keys_at).as_secs() < KEYS_SECONDS {
                return None;
            }
            entry.keys_at = now;
            Some(entry.read_at)
        });
        let Some(read_at) = read_at else {
            return Ok(None);
        };
        let found = Arc::new(old.with_new_keys(&self.http).await?);
        self.remember(issuer, &found, read_at, now);
        Ok(Some(found))
    }

    fn remember(&self, issuer: &str, found: &Arc<Discovered>, read_at: Timestamp, now: Timestamp) {
        let entry = Entry {
            found: Arc::clone(found),
            read_at,
            keys_at: now,
        };
        self.with(|entries| {
            entries.insert(issuer.to_owned(), entry);
            if entries.len() > PROVIDERS_MAX {
                let oldest = entries.iter().min_by_key(|(_, entry)| entry.read_at);
                if let Some(oldest) = oldest.map(|(issuer, _)| issuer.clone()) {
                    entries.remove(&oldest);
                }
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Entry>) -> T) -> T {
        // A panic while the lock was held leaves nothing half-done here.
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut entries)
    }

    /// Where the browser goes to sign on.
    pub async fn begin(
        &self,
        settings: &OidcSettings,
        secrets: &RequestSecrets,
    ) -> Result<Url, OidcError> {
        let found = self.discover(&settings.issuer).await?;
        let client = found.client(settings)?;
        let (state, nonce) = (secrets.state.expose_secret().to_owned(), nonce_of(secrets));
        let verifier = PkceCodeVerifier::new(secrets.verifier.expose_secret().to_owned());
        let (url, _, _) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || nonce,
            )
            .add_scope(Scope::new("profile".to_owned()))
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url)
    }

    /// Turns the callback into what the provider proved.
    pub async fn complete(
        &self,
        settings: &OidcSettings,
        secrets: &RequestSecrets,
        callback: &Callback,
    ) -> Result<SignedOn, OidcError> {
        let found = self.discover(&settings.issuer).await?;
        check_callback(&found, settings, secrets, callback)?;
        let client = found.client(settings)?;
        let answer = client
            .exchange_code(AuthorizationCode::new(callback.code.clone()))
            .map_err(|error| OidcError::Discovery(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(
                secrets.verifier.expose_secret().to_owned(),
            ))
            .request_async(&self.http)
            .await
            .map_err(exchange_error)?;
        let token = answer
            .id_token()
            .ok_or_else(|| OidcError::Token("the answer has no ID token".to_owned()))?;
        let expected = id_token::Expected {
            settings,
            nonce: nonce_of(secrets),
            access_token: Some(answer.access_token()),
            now: self.clock.now(),
        };
        let assertion = match id_token::verify(&found, token, &expected) {
            Err(OidcError::UnknownKey) => {
                let newer = self.with_new_keys(&settings.issuer, &found).await?;
                let newer = newer.ok_or(OidcError::UnknownKey)?;
                id_token::verify(&newer, token, &expected)?
            }
            other => other?,
        };
        Ok(SignedOn {
            assertion,
            id_token: token.to_string().into(),
        })
    }

    /// Reads a back-channel logout token (`OpenID` Connect Back-Channel Logout 1.0).
    pub async fn read_logout_token(
        &self,
        settings: &OidcSettings,
        token: &str,
    ) -> Result<LogoutNotice, OidcError> {
        let found = self.discover(&settings.issuer).await?;
        let now = self.clock.now();
        match logout::verify(&found, settings, token, now) {
            Err(OidcError::UnknownKey) => {
                let newer = self.with_new_keys(&settings.issuer, &found).await?;
                let newer = newer.ok_or(OidcError::UnknownKey)?;
                logout::verify(&newer, settings, token, now)
            }
            other => other,
        }
    }

    /// Where the browser goes to end the session at the provider too; none when the provider has no such place
    /// (`OpenID` Connect RP-Initiated Logout 1.0).
    pub async fn logout_url(
        &self,
        settings: &OidcSettings,
        id_token: Option<&SecretString>,
        back_to: &str,
    ) -> Result<Option<Url>, OidcError> {
        let found = self.discover(&settings.issuer).await?;
        let Some(mut url) = found.end_session_url() else {
            return Ok(None);
        };
        let mut query = url.query_pairs_mut();
        query.append_pair("client_id", &settings.client_id);
        query.append_pair("post_logout_redirect_uri", back_to);
        if let Some(token) = id_token {
            query.append_pair("id_token_hint", token.expose_secret());
        }
        drop(query);
        Ok(Some(url))
    }
}

/// State, issuer and size; before anything is sent anywhere.
fn check_callback(
    found: &Discovered,
    settings: &OidcSettings,
    secrets: &RequestSecrets,
    callback: &Callback,
) -> Result<(), OidcError> {
    if callback.code.is_empty() || callback.code.len() > PARAMETER_BYTES_MAX {
        return Err(OidcError::Mismatch("the code is empty or too long"));
    }
    let expected = secrets.state.expose_secret().as_bytes();
    if expected.is_empty() || !bool::from(callback.state.as_bytes().ct_eq(expected)) {
        return Err(OidcError::Mismatch("state"));
    }
    // RFC 9207, 2.4: a wrong issuer is always refused, a missing one when the provider says that it sends it.
    match &callback.issuer {
        Some(issuer) if *issuer == settings.issuer => Ok(()),
        Some(_) => Err(OidcError::Mismatch("issuer")),
        None if found.sends_issuer() => Err(OidcError::Mismatch("issuer is missing")),
        None => Ok(()),
    }
}

fn nonce_of(secrets: &RequestSecrets) -> Nonce {
    Nonce::new(secrets.nonce.expose_secret().to_owned())
}

type ExchangeError = openidconnect::RequestTokenError<
    SafeClientError,
    openidconnect::StandardErrorResponse<openidconnect::core::CoreErrorResponseType>,
>;

/// The provider's own words are kept out: they are not ours to show, and could hold anything.
fn exchange_error(error: ExchangeError) -> OidcError {
    match error {
        openidconnect::RequestTokenError::Request(inner) => OidcError::Unreachable(inner),
        openidconnect::RequestTokenError::ServerResponse(answer) => {
            OidcError::Exchange(answer.error().as_ref().chars().take(60).collect())
        }
        openidconnect::RequestTokenError::Parse(..) => {
            OidcError::Token("the answer or its ID token is malformed".to_owned())
        }
        openidconnect::RequestTokenError::Other(_) => {
            OidcError::Exchange("the answer is no answer".to_owned())
        }
    }
}

fn seconds_before(now: Timestamp, seconds: i64) -> Timestamp {
    now.saturating_sub(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MIN)
}

fn seconds_after(now: Timestamp, seconds: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}
