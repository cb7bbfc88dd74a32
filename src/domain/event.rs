//! Events of the outbox: what subscribers are told.
//!
//! Not for how they travel (`tasks::live`). Invariant: within an organization a later commit has a larger sequence number,
//! so a cursor never skips an event.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::OrganizationId;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A task.
    Task,
    /// An asset.
    Asset,
    /// A recovery point.
    RecoveryPoint,
    /// A policy.
    Policy,
    /// A protection rule, or its place.
    ProtectionRule,
    /// A linked AWS account.
    AwsAccount,
    /// A session was ended or changed its rights.
    Session,
    /// An audit event.
    Audit,
    /// An alert.
    Alert,
    /// How an asset stands; named after the organization, what it wants of its assets.
    Compliance,
    /// A legal hold.
    LegalHold,
    /// A change that waits for a second person.
    Approval,
    /// A member of the organization: their state, grants, name or address.
    User,
    /// An open invitation.
    Invitation,
    /// A role that the organization made.
    Role,
    /// An organizational unit.
    OrganizationalUnit,
    /// A service token.
    ServiceToken,
    /// An identity provider with its group rules.
    IdentityProvider,
    /// A claimed or proven domain.
    DomainProof,
    /// The organization: its name, its settings, how people sign on, the lock of its vault.
    Organization,
    /// What is a person's alone: sessions, tokens, second factors, links; named after the person, told to nobody else.
    OwnAccount,
}

impl Topic {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Task,
        Self::Asset,
        Self::RecoveryPoint,
        Self::Policy,
        Self::ProtectionRule,
        Self::AwsAccount,
        Self::Session,
        Self::Audit,
        Self::Alert,
        Self::Compliance,
        Self::LegalHold,
        Self::Approval,
        Self::User,
        Self::Invitation,
        Self::Role,
        Self::OrganizationalUnit,
        Self::ServiceToken,
        Self::IdentityProvider,
        Self::DomainProof,
        Self::Organization,
        Self::OwnAccount,
    ];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Asset => "asset",
            Self::RecoveryPoint => "recovery_point",
            Self::Policy => "policy",
            Self::ProtectionRule => "protection_rule",
            Self::AwsAccount => "aws_account",
            Self::Session => "session",
            Self::Audit => "audit",
            Self::Alert => "alert",
            Self::Compliance => "compliance",
            Self::LegalHold => "legal_hold",
            Self::Approval => "approval",
            Self::User => "user",
            Self::Invitation => "invitation",
            Self::Role => "role",
            Self::OrganizationalUnit => "organizational_unit",
            Self::ServiceToken => "service_token",
            Self::IdentityProvider => "identity_provider",
            Self::DomainProof => "domain_proof",
            Self::Organization => "organization",
            Self::OwnAccount => "own_account",
        }
    }

    /// The topic of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|topic| topic.name() == name)
    }
}

/// What happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Created,
    /// It changed.
    Updated,
    /// It is gone.
    Deleted,
}

impl ChangeKind {
    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }

    /// The change of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Created, Self::Updated, Self::Deleted]
            .into_iter()
            .find(|change| change.name() == name)
    }
}

/// An event that a transaction wants to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Whose event it is.
    pub organization_id: OrganizationId,
    /// What it is about.
    pub topic: Topic,
    /// What happened.
    pub change: ChangeKind,
    /// The id (text form) of the thing; subscribers read the thing itself, so that rights are checked anew.
    pub subject: String,
}

/// An event of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place in the organization's stream.
    pub sequence: i64,
    /// Whose event it is.
    pub organization_id: OrganizationId,
    /// What it is about.
    pub topic: Topic,
    /// What happened.
    pub change: ChangeKind,
    /// The id (text form) of the thing.
    pub subject: String,
    /// When.
    pub created_at: Timestamp,
}
