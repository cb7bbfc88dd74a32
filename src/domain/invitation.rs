//! Invitations: requests to join an organization.
//!
//! Not for how the secret in the link is made and hashed (`identity`). Invariant: an invitation is used at most once, within
//! its time, and only by the person whose address it names.

use jiff::Timestamp;

use crate::ids::{InvitationId, OrganizationId, UserId};

/// Most invitations of one organization that are open: a list that a person can still look through.
pub const INVITATIONS_MAX: usize = 200;

/// A request to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id (no secret).
    pub id: InvitationId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Who is invited; the person exists from the invitation on, without a password when new.
    pub user_id: UserId,
    /// Who asks; none when an administrator at the machine does.
    pub invited_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
    /// When it was taken back, or replaced by a newer one.
    pub revoked_at: Option<Timestamp>,
}

impl Invitation {
    /// Whether it can be accepted at `now`.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.accepted_at.is_none() && self.revoked_at.is_none() && now < self.expires_at
    }
}
