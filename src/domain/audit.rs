//! Audit events: who did what.
//!
//! Not for what happened inside tasks. Invariant: an audit event is written in the transaction of the change it records.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{AuditEventId, OrganizationId};
use crate::task::Actor;

/// How an audited action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was refused.
    Refused,
}

impl Outcome {
    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
        }
    }

    /// The outcome of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Success, Self::Refused]
            .into_iter()
            .find(|outcome| outcome.name() == name)
    }
}

/// A record of who did what.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEvent {
    /// Its id.
    pub id: AuditEventId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// When.
    pub occurred_at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What, as the name of the mutation in snake case.
    pub action: String,
    /// To what (text form of an id).
    pub target: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// A summary of the input without secrets.
    pub summary: serde_json::Value,
    /// The caller's address.
    pub address: Option<String>,
    /// The request's id.
    pub request_id: String,
}
