//! Sign-ups: people who want to join with an organization of their own and have not confirmed their address yet.
//!
//! Not for invitations and accounts. Invariant: a sign-up takes no address and lets nobody in.

use jiff::Timestamp;

use crate::ids::SignUpId;

/// Hours for which a sign-up can still be confirmed, by one link or the next.
pub const SIGN_UP_HOURS: i64 = 24;

/// A sign-up that waits for its confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignUp {
    /// Its id.
    pub id: SignUpId,
    /// The address to confirm, normalized.
    pub email: String,
    /// Name of the person.
    pub name: String,
    /// Name of the organization to be made.
    pub organization_name: String,
    /// The version of the terms that the person accepted.
    pub terms_version: String,
    /// The address from which it came, as far as it is known.
    pub address: Option<String>,
    /// When it came, and the terms were accepted.
    pub created_at: Timestamp,
}
