//! Browser sessions.
//!
//! Not for how the secret is made and hashed (`identity`). Invariant: a session is dead when it is revoked, idle for too
//! long or past its absolute end, whichever comes first.

use jiff::Timestamp;

use crate::ids::{IdentityProviderId, OrganizationId, SessionId, UserId};

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id (no secret).
    pub id: SessionId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Who signed in.
    pub user_id: UserId,
    /// When it began.
    pub created_at: Timestamp,
    /// Last use.
    pub last_seen_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// The identity provider through which the person came, also when it is gone; none for who signed in here.
    pub provider_id: Option<IdentityProviderId>,
    /// When the person last proved who they are: by signing in or again since. None for sessions from before this was kept.
    pub proven_at: Option<Timestamp>,
    /// When the person last did so by a password or a second factor of their own, for which nobody else can vouch.
    pub own_proof_at: Option<Timestamp>,
    /// When a second factor was given in this session; none without one.
    pub second_factor_at: Option<Timestamp>,
    /// When it was ended by its user or an administrator.
    pub revoked_at: Option<Timestamp>,
    /// The browser and the system in which it began, such as "Firefox on Linux"; none when the browser did not say.
    pub browser: Option<String>,
    /// The address that it was last used from; none when the edge does not know.
    pub address: Option<String>,
}

impl Session {
    /// Whether the session may still be used at `now` with this idle limit, in seconds.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp, idle_limit_seconds: i64) -> bool {
        let idle = now.duration_since(self.last_seen_at).as_secs();
        self.revoked_at.is_none() && now < self.expires_at && idle < idle_limit_seconds
    }
}
