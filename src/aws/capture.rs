//! Snapshots in the customer's account.
//!
//! Not for their blocks (`blocks`); waiting for completion is the caller's. Invariant: making a snapshot twice with the
//! same client key makes one.

use async_trait::async_trait;
use domain::copy_target::StorageTier;
use domain::tag::Tags;
use jiff::Timestamp;

use crate::error::AwsError;

/// Where a snapshot is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SnapshotState {
    /// Being made; blocks cannot be read yet.
    Pending,
    /// Complete.
    Completed,
    /// Failed for good.
    Error,
    /// In the recycle bin or being brought back from the archive; blocks cannot be read.
    Unavailable,
}

/// An EBS snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// Such as `snap-0abc`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The volume it shows; a made-up id for snapshots written block by block.
    pub volume_id: Option<String>,
    /// Size of the volume in GiB.
    pub size_gib: u32,
    /// Where it is in its life.
    pub state: SnapshotState,
    /// AWS's words, when it failed.
    pub state_message: Option<String>,
    /// Percent done, 0 to 100, as far as AWS says.
    pub progress_percent: Option<u8>,
    /// The moment it shows.
    pub started_at: Option<Timestamp>,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// ARN of the key, when encrypted.
    pub kms_key_id: Option<String>,
    /// Description.
    pub description: String,
    /// Its storage tier.
    pub tier: StorageTier,
    /// Its tags.
    pub tags: Tags,
}

/// A snapshot to be made of a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSnapshot {
    /// The volume.
    pub volume_id: String,
    /// Description, shown in the AWS console.
    pub description: String,
    /// Tags beside ours.
    pub tags: Tags,
    /// Idempotency key: the same for every attempt of the same step, another for every other step.
    pub client_key: String,
}

/// Snapshots of volumes.
#[async_trait]
pub trait Snapshots: Send + Sync {
    /// Makes a snapshot, or finds the one that an earlier call with this client key made (EC2 has no client token for
    /// this call, so the key is a tag that is looked for first). Returns at once; the snapshot is mostly pending.
    async fn create_snapshot(&self, new: &NewSnapshot) -> Result<SnapshotInfo, AwsError>;

    /// The snapshot, or none when it does not exist (any more).
    async fn snapshot(&self, id: &str) -> Result<Option<SnapshotInfo>, AwsError>;

    /// Own snapshots that carry all these tags.
    async fn find_snapshots(&self, tags: &Tags) -> Result<Vec<SnapshotInfo>, AwsError>;

    /// Deletes a snapshot; `Ok` when there is none.
    async fn delete_snapshot(&self, id: &str) -> Result<(), AwsError>;
}
