//! Recovery points: copies of an asset at a time.
//!
//! Not for the bytes (`vault`) or the in-account snapshots themselves (`aws`). Invariant: a point is `Available` only after
//! it was read back; the vault is the truth and this row its cache.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::copy_target::StorageTier;
use crate::ids::{
    AssetId, LegalHoldId, OrganizationId, PolicyId, RecoveryPointId, RepositoryId, TaskId,
};
use crate::life::Life;
use crate::page::Direction;

/// Where a copy is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// In the vault, as a restic snapshot.
    Vault,
    /// In the customer's account, as a snapshot of the cloud.
    InAccount,
}

impl Placement {
    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vault => "vault",
            Self::InAccount => "in_account",
        }
    }

    /// The placement of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Vault, Self::InAccount]
            .into_iter()
            .find(|placement| placement.name() == name)
    }
}

/// State of a recovery point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryPointStatus {
    /// Being written; no one may restore it.
    Creating,
    /// Read back and restorable.
    Available,
    /// A later verification found it damaged.
    Damaged,
    /// The row has no snapshot any more.
    Lost,
    /// Past its retention: its copy is still there and can be taken back until the undo window is over.
    Expiring,
    /// Past its retention and forgotten by the vault; the row stays as a record.
    Expired,
    /// Its task failed before it was complete.
    Failed,
}

impl RecoveryPointStatus {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Creating,
        Self::Available,
        Self::Damaged,
        Self::Lost,
        Self::Expiring,
        Self::Expired,
        Self::Failed,
    ];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Available => "available",
            Self::Damaged => "damaged",
            Self::Lost => "lost",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|status| status.name() == name)
    }
}

/// How far a point has been proven restorable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Not at all.
    None,
    /// Every byte was read back and its checksum matches.
    ChecksumsMatch,
    /// It was restored into a scratch place, and what can be opened there is sound.
    Restored,
    /// What came back has the digest that was taken of the source.
    ContentMatches,
}

impl Proof {
    /// All of them, weakest first.
    pub const ALL: &[Self] = &[
        Self::None,
        Self::ChecksumsMatch,
        Self::Restored,
        Self::ContentMatches,
    ];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ChecksumsMatch => "checksums_match",
            Self::Restored => "restored",
            Self::ContentMatches => "content_matches",
        }
    }

    /// The proof of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|proof| proof.name() == name)
    }
}

/// A copy of an asset at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct RecoveryPoint {
    /// Its id.
    pub id: RecoveryPointId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The asset.
    pub asset_id: AssetId,
    /// The policy that asked for it; none when taken by hand.
    pub policy_id: Option<PolicyId>,
    /// The task that made it; none when adopted from the vault.
    pub task_id: Option<TaskId>,
    /// Where it is kept.
    pub placement: Placement,
    /// For snapshots in the account: the region in which it lies.
    pub region: Option<String>,
    /// The storage tier in which it lies, or into which AWS is moving it.
    pub tier: StorageTier,
    /// Its state.
    pub status: RecoveryPointStatus,
    /// How far it is proven.
    pub proof: Proof,
    /// When it was proven last.
    pub proven_at: Option<Timestamp>,
    /// The instant that it shows.
    pub taken_at: Timestamp,
    /// When its retention ends; none keeps it until told otherwise.
    pub expires_at: Option<Timestamp>,
    /// Size of what it restores to, in bytes.
    pub size_bytes: u64,
    /// Bytes that this point added to the store.
    pub added_bytes: u64,
    /// Whether the whole asset was read (first point, or a full compare).
    pub is_full: bool,
    /// The repository, for points in the vault.
    pub repository_id: Option<RepositoryId>,
    /// The restic snapshot id, or the snapshot id of the cloud.
    pub snapshot_id: Option<String>,
    /// For points in the vault or in another region: the snapshot beside the asset that is kept as base of the next increment, if it
    /// still exists.
    pub base_snapshot_id: Option<String>,
    /// Digest of the content as the vault gives it back, hexadecimal.
    pub content_digest: Option<String>,
    /// The same digest, taken of what the source delivered while it was backed up and kept here, outside of the vault; none for
    /// points that were made without one.
    pub source_digest: Option<String>,
    /// What is known of its end besides `expires_at`.
    pub life: Life,
}

/// Which points a list shows; all given members must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecoveryPointFilter {
    /// Only these ids.
    pub ids: Option<Vec<RecoveryPointId>>,
    /// Only these assets.
    pub asset_ids: Option<Vec<AssetId>>,
    /// Only these placements.
    pub placements: Option<Vec<Placement>>,
    /// Only these states.
    pub statuses: Option<Vec<RecoveryPointStatus>>,
    /// Only these proofs.
    pub proofs: Option<Vec<Proof>>,
    /// Taken at or after.
    pub taken_from: Option<Timestamp>,
    /// Taken before.
    pub taken_until: Option<Timestamp>,
    /// Only those that this legal hold keeps, or kept until it was released.
    pub legal_hold: Option<LegalHoldId>,
}

/// Order of a list of points: always by `taken_at`, then id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecoveryPointOrder(pub Direction);

impl Default for RecoveryPointOrder {
    fn default() -> Self {
        Self(Direction::Descending)
    }
}
