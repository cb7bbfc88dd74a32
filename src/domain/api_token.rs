//! API tokens: bearer secrets for programs.
//!
//! Not for how the secret is made and hashed (`identity`). Invariant: a token never allows more than its user.

use jiff::Timestamp;

use crate::ids::{ApiTokenId, OrganizationId, UserId};

/// A token; its secret is shown once and kept only as a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id (no secret).
    pub id: ApiTokenId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Whose token it is.
    pub user_id: UserId,
    /// Shown name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Last use, accurate to a minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was deleted.
    pub revoked_at: Option<Timestamp>,
}

impl ApiToken {
    /// Whether the token may still be used at `now`.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}
