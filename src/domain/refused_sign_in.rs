//! Sign-ins by password that were refused, until they stand in the audit log.
//!
//! Not for refusals of people who proved something (those are recorded at once). Invariant: it says nothing of whether the address is
//! known: whoever keeps it has not looked.

use jiff::Timestamp;

use crate::ids::AuditEventId;

/// A refused sign-in as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedSignIn {
    /// The id of the audit event that it becomes.
    pub id: AuditEventId,
    /// The address that was entered, normalized; empty when it is none.
    pub email: String,
    /// Whether the password was right and something else was missing.
    pub password_is_right: bool,
    /// Where it came from, as far as it is known.
    pub address: Option<String>,
    /// The id under which the request appears in logs.
    pub request_id: String,
    /// When it came.
    pub occurred_at: Timestamp,
}
