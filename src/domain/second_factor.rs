//! Second factors: what a person has besides a password.
//!
//! Not for the checks (`identity`) or where they are kept (`store`). Invariant: no secret is in here.

use jiff::Timestamp;

/// How long a sign-in waits for its second factor, in minutes.
pub const CHALLENGE_MINUTES: i64 = 5;
/// Tries of second factors of one person within [`TRY_MINUTES`] (reliability.md T-32).
pub const TRIES_MAX: i32 = 10;
/// See [`TRIES_MAX`].
pub const TRY_MINUTES: i64 = 5;
/// A proof of the person is recent for so long, in minutes; dangerous actions need a recent one.
pub const PROOF_MINUTES: i64 = 15;

/// The second factors of a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SecondFactors {
    /// Since when there is an authenticator app.
    pub totp_since: Option<Timestamp>,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: u64,
    /// Passkeys.
    pub passkeys: u64,
}

impl SecondFactors {
    /// Whether a sign-in needs a second step. Recovery codes alone are no factor: they replace one.
    #[must_use]
    pub const fn is_needed(&self) -> bool {
        self.totp_since.is_some() || self.passkeys > 0
    }
}
