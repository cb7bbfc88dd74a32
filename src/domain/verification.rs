//! Verifications: attempts to prove that a recovery point comes back, each with its evidence.
//!
//! Not for doing it (`workflows`). Invariant: `reached` is what was shown in this attempt and nothing more; the evidence is kept as
//! the very text whose SHA-256 is kept beside it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::audit::canonical;
use crate::ids::{AssetId, OrganizationId, RecoveryPointId, TaskId, VerificationId};
use crate::recovery_point::Proof;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is under way.
    Running,
    /// The point was proven at the wanted level or above.
    Proven,
    /// The point is damaged: what comes back is not what was backed up, or cannot be opened.
    Failed,
    /// Nothing is wrong with what was looked at, but the wanted level could not be shown.
    Incomplete,
    /// It broke off before there was a verdict; it says nothing of the point.
    BrokenOff,
}

impl Verdict {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Running,
        Self::Proven,
        Self::Failed,
        Self::Incomplete,
        Self::BrokenOff,
    ];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Proven => "proven",
            Self::Failed => "failed",
            Self::Incomplete => "incomplete",
            Self::BrokenOff => "broken_off",
        }
    }

    /// The verdict of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }
}

/// What was found, as the text that is kept and its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Canonical JSON (RFC 8785).
    pub text: String,
    /// SHA-256 of the text, hexadecimal.
    pub sha256: String,
}

impl Evidence {
    /// Of these findings.
    #[must_use]
    pub fn of(findings: serde_json::Value) -> Self {
        let text = canonical::text(&canonical::plain(findings));
        let digest = Sha256::digest(text.as_bytes());
        let sha256 = data_encoding::HEXLOWER.encode(&digest);
        Self { text, sha256 }
    }
}

/// One attempt to prove a recovery point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Its id.
    pub id: VerificationId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The asset of the point.
    pub asset_id: AssetId,
    /// The point.
    pub recovery_point_id: RecoveryPointId,
    /// The task that does it.
    pub task_id: TaskId,
    /// The level that was asked for.
    pub wanted: Proof,
    /// The level that was shown.
    pub reached: Proof,
    /// How it ended.
    pub verdict: Verdict,
    /// Bytes of the point that were read back.
    pub bytes_checked: u64,
    /// What was found; none while it is under way.
    pub evidence: Option<Evidence>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Verification {
    /// One that begins now. A task makes one: every attempt of it has the same id.
    #[must_use]
    pub fn begun(
        point: &crate::recovery_point::RecoveryPoint,
        task: TaskId,
        wanted: Proof,
        now: Timestamp,
    ) -> Self {
        Self {
            id: VerificationId::from_uuid(task.uuid()),
            organization_id: point.organization_id,
            asset_id: point.asset_id,
            recovery_point_id: point.id,
            task_id: task,
            wanted,
            reached: Proof::None,
            verdict: Verdict::Running,
            bytes_checked: 0,
            evidence: None,
            started_at: now,
            finished_at: None,
        }
    }
}

/// Which verifications a list shows; all given members must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerificationFilter {
    /// Only these ids.
    pub ids: Option<Vec<VerificationId>>,
    /// Only of these points.
    pub recovery_point_ids: Option<Vec<RecoveryPointId>>,
    /// Only of points of these assets.
    pub asset_ids: Option<Vec<AssetId>>,
    /// Only those that ended so.
    pub verdicts: Option<Vec<Verdict>>,
    /// Begun at or after.
    pub started_from: Option<Timestamp>,
    /// Begun before.
    pub started_until: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_one_text_whatever_the_order_of_its_members() {
        let one = Evidence::of(serde_json::json!({ "b": 1, "a": [true, "x\0"] }));
        let other: serde_json::Value =
            serde_json::from_str(r#"{"a":[true,"x\u0000"],"b":1}"#).unwrap();
        assert_eq!(one, Evidence::of(other));
        assert_eq!(one.text, "{\"a\":[true,\"x\u{fffd}\"],\"b\":1}");
        assert_ne!(one.sha256, Evidence::of(serde_json::json!({})).sha256);
        assert_eq!(one.sha256.len(), 64);
    }

    #[test]
    fn names_lead_back_to_their_verdicts() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::from_name(verdict.name()), Some(*verdict));
        }
    }
}
