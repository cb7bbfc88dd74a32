//! API tokens: bearer secrets for programs.
//!
//! Not for how the secret is made and hashed (`identity`). Invariant: a personal token acts with the rights that its
//! owner has when it is used; a service token belongs to no person and has grants of its own.

use jiff::Timestamp;

use crate::ids::{ApiTokenId, OrganizationId, UserId};
use crate::role_grant::RoleAt;

/// Whose rights a token has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenOwner {
    /// Those of this person, as they are when the token is used.
    User(UserId),
    /// Those that were given to the token when it was made.
    Service(Vec<RoleAt>),
}

/// A token; its secret is shown once and kept only as a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id (no secret).
    pub id: ApiTokenId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Whose rights it has.
    pub owner: TokenOwner,
    /// Who made it; none when an administrator at the machine did.
    pub created_by: Option<UserId>,
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
    /// The person for whom the token acts; none for a service token.
    #[must_use]
    pub const fn user_id(&self) -> Option<UserId> {
        match &self.owner {
            TokenOwner::User(id) => Some(*id),
            TokenOwner::Service(_) => None,
        }
    }

    /// Whether the token may still be used at `now`.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}
