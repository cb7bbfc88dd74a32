//! Alerts: what a person should look at, from the moment that it is true until it no longer is.
//!
//! Not for how people are told (channels), nor for failures of single tasks (`task.rs`). Invariant: of one organization, one
//! alert at most is open per key, so that what is found again renews it and never makes a second one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Problem;
use crate::ids::{
    AlertId, AssetId, AwsAccountKey, OrganizationId, PolicyId, RecoveryPointId, TaskId, UserId,
};
use crate::limits::ALERT_NOTE_LENGTH_MAX;

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// A backup did not end inside of its window.
    WindowExceeded,
    /// A recovery point could not be proven: what the store gives back is not what was backed up.
    ProofFailed,
    /// Far more recovery points would end at once than usual; none was let go.
    MassExpiry,
    /// The clocks of this server and of the database or the store disagree.
    ClocksDisagree,
    /// A recovery point was not proven by the time that its policy sets.
    ProofOverdue,
    /// Assets have no recovery point for one and a half times as long as their policy wants.
    BackupOverdue,
    /// The vault, or what the database says of it, was changed from outside.
    VaultTampered,
    /// The address that wants the checkpoints of the audit log does not take them.
    AuditWebhookDown,
}

impl AlertKind {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::WindowExceeded,
        Self::ProofFailed,
        Self::MassExpiry,
        Self::ClocksDisagree,
        Self::ProofOverdue,
        Self::BackupOverdue,
        Self::VaultTampered,
        Self::AuditWebhookDown,
    ];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WindowExceeded => "window_exceeded",
            Self::ProofFailed => "proof_failed",
            Self::MassExpiry => "mass_expiry",
            Self::ClocksDisagree => "clocks_disagree",
            Self::ProofOverdue => "proof_overdue",
            Self::BackupOverdue => "backup_overdue",
            Self::VaultTampered => "vault_tampered",
            Self::AuditWebhookDown => "audit_webhook_down",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// One line for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::WindowExceeded => "Backup window exceeded",
            Self::ProofFailed => "Recovery point failed its proof",
            Self::MassExpiry => "Unusually many recovery points would expire",
            Self::ClocksDisagree => "Clocks disagree",
            Self::ProofOverdue => "Recovery point not proven in time",
            Self::BackupOverdue => "Backups are overdue",
            Self::VaultTampered => "The vault was changed from outside",
            Self::AuditWebhookDown => "Checkpoints of the audit log do not arrive",
        }
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(self) -> AlertSeverity {
        match self {
            Self::ProofFailed | Self::MassExpiry | Self::BackupOverdue | Self::VaultTampered => {
                AlertSeverity::Critical
            }
            Self::WindowExceeded
            | Self::ClocksDisagree
            | Self::ProofOverdue
            | Self::AuditWebhookDown => AlertSeverity::Warning,
        }
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertSeverity {
    /// Good to know.
    Info,
    /// Something is not as it was asked for.
    Warning,
    /// Data is at risk now.
    Critical,
}

impl AlertSeverity {
    /// All of them, mildest first.
    pub const ALL: &[Self] = &[Self::Info, Self::Warning, Self::Critical];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// The severity of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }
}

/// What an alert is about, as far as it can be named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AlertSubject {
    /// The asset; it decides who sees the alert.
    pub asset_id: Option<AssetId>,
    /// The linked account; decides who sees the alert where there is no asset.
    pub aws_account_id: Option<AwsAccountKey>,
    /// The policy.
    pub policy_id: Option<PolicyId>,
    /// The recovery point.
    pub recovery_point_id: Option<RecoveryPointId>,
    /// The task that found it.
    pub task_id: Option<TaskId>,
}

/// An alert that a transaction raises.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAlert {
    /// The id that it gets when none is open under its key.
    pub id: AlertId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// What makes two findings the same, such as `proof_failed/point_...`.
    pub key: String,
    /// What kind it is.
    pub kind: AlertKind,
    /// How bad it is.
    pub severity: AlertSeverity,
    /// What has happened and what to do about it, in sentences for people.
    pub cause: String,
    /// Facts for programs, without secrets.
    pub evidence: serde_json::Value,
    /// What it is about.
    pub subject: AlertSubject,
}

impl NewAlert {
    /// An alert about the whole organization, as bad as its kind is, without evidence.
    pub fn new(
        id: AlertId,
        organization_id: OrganizationId,
        kind: AlertKind,
        key: impl Into<String>,
        cause: impl Into<String>,
    ) -> Self {
        Self {
            id,
            organization_id,
            key: key.into(),
            kind,
            severity: kind.severity(),
            cause: cause.into(),
            evidence: serde_json::Value::Null,
            subject: AlertSubject::default(),
        }
    }
}

/// An alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// What makes two findings the same.
    pub key: String,
    /// What kind it is.
    pub kind: AlertKind,
    /// How bad it is.
    pub severity: AlertSeverity,
    /// What has happened and what to do about it.
    pub cause: String,
    /// Facts for programs.
    pub evidence: serde_json::Value,
    /// What it is about.
    pub subject: AlertSubject,
    /// How often it was raised while open.
    pub occurrences: u32,
    /// When it was raised first.
    pub raised_at: Timestamp,
    /// When it was raised last.
    pub renewed_at: Timestamp,
    /// Who said that they know of it, when, and what they noted.
    pub acknowledgement: Option<Acknowledgement>,
    /// When it ceased to be true; none while it is open.
    pub cleared_at: Option<Timestamp>,
}

/// That somebody knows of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// When it was said.
    pub at: Timestamp,
    /// Who said it; none when a program did.
    pub by: Option<UserId>,
    /// What they noted.
    pub note: Option<String>,
}

/// The text that is kept of a note; none for an empty one.
pub fn checked_note(note: &str) -> Result<Option<String>, Problem> {
    let note = note.trim();
    if note.chars().count() > ALERT_NOTE_LENGTH_MAX {
        let message = format!("A note has at most {ALERT_NOTE_LENGTH_MAX} characters.");
        return Err(Problem::invalid("note", message));
    }
    if note.contains('\0') {
        return Err(Problem::invalid("note", "A note has no NUL characters."));
    }
    Ok((!note.is_empty()).then(|| note.to_owned()))
}

/// Which alerts a list shows; all given members must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertFilter {
    /// Only these ids.
    pub ids: Option<Vec<AlertId>>,
    /// Only these kinds.
    pub kinds: Option<Vec<AlertKind>>,
    /// Only these severities.
    pub severities: Option<Vec<AlertSeverity>>,
    /// Only about these assets.
    pub asset_ids: Option<Vec<AssetId>>,
    /// Only those that are still true, or only those that are not.
    pub is_open: Option<bool>,
    /// Only those that somebody knows of, or only those that nobody does.
    pub is_acknowledged: Option<bool>,
    /// Raised first at or after.
    pub raised_from: Option<Timestamp>,
    /// Raised first before.
    pub raised_until: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_what_they_name() {
        for kind in AlertKind::ALL {
            assert_eq!(AlertKind::from_name(kind.name()), Some(*kind));
            let stored = serde_json::to_value(kind).unwrap();
            assert_eq!(stored, kind.name());
        }
        for severity in AlertSeverity::ALL {
            assert_eq!(AlertSeverity::from_name(severity.name()), Some(*severity));
        }
        assert_eq!(AlertKind::from_name("PROOF_FAILED"), None);
    }

    #[test]
    fn a_note_has_a_length_in_characters_and_no_nul() {
        let longest = "ä".repeat(ALERT_NOTE_LENGTH_MAX);
        assert_eq!(checked_note(&longest), Ok(Some(longest.clone())));
        assert!(checked_note(&format!("{longest}x")).is_err());
        assert!(checked_note("a\0b").is_err());
        assert_eq!(checked_note("  \n"), Ok(None));
    }
}
