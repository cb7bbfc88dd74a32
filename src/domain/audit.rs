//! Audit events: who did what.
//!
//! Not for what happened inside tasks. Invariant: an audit event is written in the transaction of the change it records.

pub mod canonical;
pub mod chain;
pub mod checkpoint;
pub mod webhook;

use std::ops::Deref;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::chain::Hash;
use crate::ids::{AuditEventId, OrganizationId, UserId};
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

/// Which door a request came through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interface {
    /// A browser with a session.
    Console,
    /// A program with a token, or a caller whom nothing is known of yet.
    Api,
    /// An identity provider that keeps users and groups up to date.
    Scim,
    /// A sign-on through an identity provider.
    Sso,
    /// The command line at the machine.
    Cli,
    /// The service itself.
    #[default]
    System,
}

impl Interface {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Console,
        Self::Api,
        Self::Scim,
        Self::Sso,
        Self::Cli,
        Self::System,
    ];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Api => "api",
            Self::Scim => "scim",
            Self::Sso => "sso",
            Self::Cli => "cli",
            Self::System => "system",
        }
    }

    /// The interface of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
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
    /// Through which door.
    pub interface: Interface,
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

/// An audit event and its place in the chain of its organization.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// What happened.
    pub event: AuditEvent,
    /// Its number: 1, 2, 3 and so on, in the order of the commits.
    pub sequence: u64,
    /// Hash of the event before it; zeros for the first.
    pub previous_hash: Hash,
    /// Its own hash.
    pub hash: Hash,
}

impl Deref for Recorded {
    type Target = AuditEvent;

    fn deref(&self) -> &AuditEvent {
        &self.event
    }
}

/// Which audit events; what is given must all hold, and an empty list matches nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuditFilter {
    /// Done by one of these people.
    pub actors: Option<Vec<UserId>>,
    /// One of these actions.
    pub actions: Option<Vec<String>>,
    /// Done to one of these (text form of an id).
    pub targets: Option<Vec<String>>,
    /// Ended in one of these ways.
    pub outcomes: Option<Vec<Outcome>>,
    /// Through one of these doors.
    pub interfaces: Option<Vec<Interface>>,
    /// From one of these addresses.
    pub addresses: Option<Vec<String>>,
    /// At or after.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// The state of the log of an organization.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditLog {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Events ever recorded: the sequence number of the newest.
    pub size: u64,
    /// Hash of the newest.
    pub head: Hash,
    /// Events that were cut off at the start because their time was over.
    pub anchor_size: u64,
    /// Hash of the last one that was cut off; zeros when none was.
    pub anchor: Hash,
    /// The newest checkpoint.
    pub checkpoint: Option<StoredCheckpoint>,
}

/// A signed checkpoint, as the database remembers it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredCheckpoint {
    /// Events that it covers.
    pub size: u64,
    /// When it was made.
    pub made_at: Timestamp,
    /// Its text, signature included.
    pub text: String,
    /// When it reached every place that it is exported to; none while one is missing.
    pub exported_at: Option<Timestamp>,
}
