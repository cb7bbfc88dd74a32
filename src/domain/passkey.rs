//! Passkeys: keys of an authenticator that stand in for a code.
//!
//! Not for signatures (`identity`). Invariant: a passkey belongs to one person, and nothing here is a secret: the private key never
//! leaves the authenticator.

use jiff::Timestamp;

use crate::ids::{PasskeyId, UserId};

/// Most passkeys of one person: a few devices, with room.
pub const PASSKEYS_MAX: usize = 20;

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// Whose it is.
    pub user_id: UserId,
    /// The name that the person gave it.
    pub name: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was used last.
    pub last_used_at: Option<Timestamp>,
}

/// What an authenticator is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CeremonyKind {
    /// A new passkey.
    Registration,
    /// A signature by one that is known.
    Authentication,
}

impl CeremonyKind {
    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Authentication => "authentication",
        }
    }
}
