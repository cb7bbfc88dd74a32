//! The HTTP client for addresses that a tenant gave us: discovery documents, keys, metadata, webhooks (reliability.md T-52).
//!
//! Not for AWS (`aws`) or for addresses of the configuration. Invariant: a TCP connection is opened only to an address that was
//! checked after the name was resolved, and it is that very address that is connected to; nothing is ever redirected or proxied.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use openidconnect::http::{self, HeaderMap, Request, Response};
use reqwest::redirect::Policy;
use url::{Host, Url};

pub mod address;
mod resolver;
#[cfg(test)]
mod tests;

pub use resolver::{NameResolver, SystemResolver};

use address::is_public;
use resolver::GuardedResolver;

/// Ports of HTTPS that tenants may name: the usual one and the usual other one.
pub const PORTS: &[u16] = &[443, 8443];
/// How long a call may take, name and body included.
pub const TIMEOUT: Duration = Duration::from_secs(5);
/// How long the connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Longest answer that is read, in bytes; large federations' metadata would be more, a single provider's never is.
pub const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Longest address that is looked at, in bytes.
pub const URL_BYTES_MAX: usize = 2_048;

/// Why an address is not called. The text is for the person who entered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefusal {
    /// Not an absolute URL, or too long.
    #[error("This is not an absolute URL of at most {URL_BYTES_MAX} bytes.")]
    Malformed,
    /// Another scheme than https.
    #[error("Only https:// is allowed.")]
    Scheme,
    /// A user name or a password in the URL.
    #[error("A user name or a password in the URL is not allowed.")]
    UserInfo,
    /// A port that is not in [`PORTS`].
    #[error("Only the ports 443 and 8443 are allowed.")]
    Port,
    /// A private, local or otherwise special address.
    #[error("Addresses that are not public on the internet are not allowed.")]
    NotPublic,
}

/// Why a call brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum SafeClientError {
    /// The address itself is refused; nothing was connected to.
    #[error("{0}")]
    Refused(#[from] UrlRefusal),
    /// The name leads to an address that is not public; nothing was connected to.
    #[error("The name leads to an address that is not public on the internet.")]
    Blocked,
    /// The answer is longer than [`ANSWER_BYTES_MAX`].
    #[error("The answer is longer than {ANSWER_BYTES_MAX} bytes.")]
    TooLong,
    /// Not resolved, not connected, no TLS, no answer in time.
    #[error("There is no answer from there: {0}")]
    Transport(String),
}

/// What is allowed.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Whether `http` and `https` to a loopback literal or `localhost`, at any port, are allowed: for tests and demos only.
    pub allow_loopback: bool,
    /// Ports; a constant in production.
    ports: Vec<u16>,
}

impl Rules {
    /// The rules of production.
    #[must_use]
    pub fn strict() -> Self {
        Self {
            allow_loopback: false,
            ports: PORTS.to_vec(),
        }
    }

    /// The same, but services on this machine may be called by a loopback address.
    #[must_use]
    pub fn with_loopback() -> Self {
        Self {
            allow_loopback: true,
            ..Self::strict()
        }
    }

    /// Checks everything about an address that can be checked without resolving its name.
    pub fn check(&self, text: &str) -> Result<Url, UrlRefusal> {
        if text.len() > URL_BYTES_MAX {
            return Err(UrlRefusal::Malformed);
        }
        // WHATWG parsing brings every notation of an IPv4 address (octal, hexadecimal, one number) into one form.
        let url = Url::parse(text).map_err(|_malformed| UrlRefusal::Malformed)?;
        let host = url.host().ok_or(UrlRefusal::Malformed)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlRefusal::UserInfo);
        }
        let is_loopback = is_loopback(&host);
        if self.allow_loopback && is_loopback && matches!(url.scheme(), "http" | "https") {
            return Ok(url);
        }
        if url.scheme() != "https" {
            return Err(UrlRefusal::Scheme);
        }
        let is_allowed = match host {
            Host::Domain(name) => !is_loopback && !name.is_empty(),
            Host::Ipv4(ip) => is_public(ip.into()),
            Host::Ipv6(ip) => is_public(ip.into()),
        };
        if !is_allowed {
            return Err(UrlRefusal::NotPublic);
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if self.ports.contains(&port) {
            Ok(url)
        } else {
            Err(UrlRefusal::Port)
        }
    }
}

/// `localhost` counts, because some resolvers answer it without asking anybody.
fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

/// The client; a cheap clone.
#[derive(Clone)]
pub struct SafeClient {
    client: reqwest::Client,
    rules: Arc<Rules>,
}

impl fmt::Debug for SafeClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SafeClient")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

impl SafeClient {
    /// A client with these rules. `Err` when TLS cannot be set up: no root certificates.
    pub fn new(rules: Rules, names: Arc<dyn NameResolver>) -> Result<Self, SafeClientError> {
        // The client takes the process's provider of cryptography; an earlier one stays.
        let _earlier = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let guarded = GuardedResolver::new(names, rules.allow_loopback);
        let client = reqwest::Client::builder()
            .dns_resolver(Arc::new(guarded))
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(1)
            .user_agent("Holdfast")
            .build()
            .map_err(|error| transport(&error))?;
        Ok(Self {
            client,
            rules: Arc::new(rules),
        })
    }

    /// What is allowed.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Fetches a document. The status may be any; redirects are answers like others.
    pub async fn get(&self, url: &str) -> Result<Response<Vec<u8>>, SafeClientError> {
        let request = Request::builder()
            .uri(self.rules.check(url)?.as_str())
            .body(Vec::new())
            .map_err(|_malformed| UrlRefusal::Malformed)?;
        self.send(request).await
    }

    /// Posts JSON; answers the status. What the answer says is nobody's to see.
    pub async fn post_json(
        &self,
        url: &str,
        id: &str,
        body: Vec<u8>,
    ) -> Result<u16, SafeClientError> {
        let request = Request::post(self.rules.check(url)?.as_str())
            .header(http::header::CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .body(body)
            .map_err(|_malformed| UrlRefusal::Malformed)?;
        Ok(self.send(request).await?.status().as_u16())
    }

    /// Sends a request.
    pub async fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, SafeClientError> {
        let (parts, body) = request.into_parts();
        let url = self.rules.check(&parts.uri.to_string())?;
        let sending = self
            .client
            .request(parts.method, url)
            .headers(parts.headers)
            .body(body);
        let answer = sending.send().await.map_err(|error| transport(&error))?;
        let status = answer.status();
        let headers = answer.headers().clone();
        let body = read(answer).await?;
        assemble(status, headers, body)
    }
}

/// Reads piece by piece, so that an endless answer costs no more than the limit.
async fn read(mut answer: reqwest::Response) -> Result<Vec<u8>, SafeClientError> {
    let announced = answer.content_length().unwrap_or(0);
    if usize::try_from(announced).unwrap_or(usize::MAX) > ANSWER_BYTES_MAX {
        return Err(SafeClientError::TooLong);
    }
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| transport(&error))? {
        if body.len().saturating_add(piece.len()) > ANSWER_BYTES_MAX {
            return Err(SafeClientError::TooLong);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn assemble(
    status: http::StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
) -> Result<Response<Vec<u8>>, SafeClientError> {
    let mut response = Response::builder()
        .status(status)
        .body(body)
        .map_err(|error| SafeClientError::Transport(error.to_string()))?;
    *response.headers_mut() = headers;
    Ok(response)
}

/// The refusal of the resolver comes back wrapped in errors of the client; everything else is told without the URL, whose
/// query may hold secrets.
fn transport(error: &reqwest::Error) -> SafeClientError {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let mut text = String::new();
    while let Some(inner) = source {
        if inner.is::<resolver::Blocked>() {
            return SafeClientError::Blocked;
        }
        source = inner.source();
        if source.is_none() {
            text = inner.to_string();
        }
    }
    if error.is_timeout() {
        text = format!("no answer within {} s", TIMEOUT.as_secs());
    }
    SafeClientError::Transport(text)
}
