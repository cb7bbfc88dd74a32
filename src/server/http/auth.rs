//! Who sends a request: the contract between the edge and whatever knows users. Not an implementation.
//! Invariant: the edge never looks inside a secret, and a session that ended stops every stream that it opened.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use async_graphql::Data;
use async_trait::async_trait;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::budget::{Charge, Payer};

/// What follows the name of the session cookie in that of the cookie of a known device.
pub const DEVICE_SUFFIX: &str = "_device";

/// What a client showed as proof of who it is.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Nothing.
    Absent,
    /// `Authorization: Bearer ...`, or a token in `connection_init`.
    Bearer(SecretString),
    /// The session cookie. The edge has checked Origin and CSRF header by now.
    Cookie(SecretString),
}

/// How the request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// One request, one answer.
    Http,
    /// `graphql-transport-ws`.
    WebSocket,
    /// GraphQL over server-sent events.
    EventStream,
}

/// Where a request comes from.
#[derive(Debug, Clone)]
pub struct Client {
    /// The address, as the nearest trusted proxy saw it.
    pub address: Option<IpAddr>,
    /// The beginning of the `User-Agent` header.
    pub user_agent: Option<String>,
    /// The id under which this request appears in logs and errors.
    pub request_id: Arc<str>,
    /// How it came.
    pub transport: Transport,
    /// Nobody sits before the program that asks, as it says itself.
    pub is_unattended: bool,
    /// The organizational unit to which the request narrows itself, as the client wrote it.
    pub unit: Option<String>,
    /// The cookie of a known device: no proof of anything, see [`DEVICE_SUFFIX`].
    pub device: Option<SecretString>,
}

/// Why nobody was authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The token is unknown, revoked or expired.
    #[error("the credential is not valid")]
    Invalid,
    /// The credential is fine, but may not be used here (blocked user, wrong address).
    #[error("the credential may not be used here")]
    Forbidden,
    /// The request narrows itself to a unit that the caller does not see.
    #[error("there is no such organizational unit")]
    UnknownUnit,
    /// The question could not be answered now.
    #[error("the session store is not available")]
    Unavailable,
}

/// Turns a credential into a session.
#[async_trait]
pub trait Authenticator: Send + Sync + 'static {
    /// For `Absent`, and for a cookie that is no longer good, the answer should be an anonymous session: such a
    /// browser must still be able to sign in. A bad bearer token should be `Invalid`.
    async fn authenticate(
        &self,
        credential: Credential,
        client: &Client,
    ) -> Result<Session, AuthError>;
}

/// The user of a session, as resolvers want to see it.
pub trait Viewer: Send + Sync + 'static {
    /// Puts what resolvers need into the data of **one** operation (context, loaders). Called once per operation, so
    /// that no loader outlives the operation or is shared between users. `charge` is what the operation has paid.
    fn attach(&self, data: &mut Data, charge: Option<&Charge>);
}

/// An authenticated (or anonymous) session.
#[derive(Clone)]
pub struct Session {
    viewer: Arc<dyn Viewer>,
    watch: SessionWatch,
    payer: Option<Payer>,
    anonymous: bool,
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Session")
            .field("anonymous", &self.anonymous)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// A signed-in session.
    pub fn signed_in(viewer: Arc<dyn Viewer>, watch: SessionWatch) -> Self {
        Self {
            viewer,
            watch,
            payer: None,
            anonymous: false,
        }
    }

    /// The same, paying from budgets of its own.
    #[must_use]
    pub fn paid_by(mut self, payer: Payer) -> Self {
        self.payer = Some(payer);
        self
    }

    /// A stranger: may send operations (and will be refused by the fields that need a viewer), may not open a socket,
    /// may not see the schema.
    pub fn anonymous(viewer: Arc<dyn Viewer>) -> Self {
        Self {
            viewer,
            watch: SessionWatch::default(),
            payer: None,
            anonymous: true,
        }
    }

    /// Whether nobody is signed in.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.anonymous
    }

    /// Who pays for its operations; none for strangers, who pay by address.
    #[must_use]
    pub fn payer(&self) -> Option<&Payer> {
        self.payer.as_ref()
    }

    /// When the session ends.
    #[must_use]
    pub fn watch(&self) -> &SessionWatch {
        &self.watch
    }

    /// See [`Viewer::attach`].
    pub fn attach(&self, data: &mut Data, charge: Option<&Charge>) {
        self.viewer.attach(data, charge);
    }
}

/// Tells when a session ends, so that its sockets close (4403) and its streams stop.
#[derive(Debug, Clone, Default)]
pub struct SessionWatch {
    revoked: CancellationToken,
    expires_in: Option<Duration>,
    held: Option<Arc<()>>,
}

impl SessionWatch {
    /// A session that ends when the token is cancelled (sign-out, revocation, change of role).
    #[must_use]
    pub fn new(revoked: CancellationToken) -> Self {
        Self {
            revoked,
            expires_in: None,
            held: None,
        }
    }

    /// The same, letting its maker know by a weak reference whether anything still watches.
    #[must_use]
    pub fn held_by(mut self, held: Arc<()>) -> Self {
        self.held = Some(held);
        self
    }

    /// The same, but at most for this long from the moment a stream is opened.
    #[must_use]
    pub fn expires_in(mut self, rest: Duration) -> Self {
        self.expires_in = Some(rest);
        self
    }

    /// Completes when the session has ended.
    pub async fn ended(&self) {
        match self.expires_in {
            None => self.revoked.cancelled().await,
            Some(rest) => {
                tokio::select! {
                    () = self.revoked.cancelled() => {}
                    () = tokio::time::sleep(rest) => {}
                }
            }
        }
    }
}
