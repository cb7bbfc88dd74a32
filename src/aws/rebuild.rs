//! New volumes from snapshots.
//!
//! Not for the check of options (`domain::restore`). Invariant: making a volume twice with the same client token makes
//! one.

use async_trait::async_trait;
use domain::restore::EbsVolumeType;
use domain::tag::Tags;

use crate::error::AwsError;
use crate::inventory::VolumeInfo;

/// A volume to be made from a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVolume {
    /// The snapshot.
    pub snapshot_id: String,
    /// The zone, such as `eu-west-1a`.
    pub availability_zone: String,
    /// The type.
    pub volume_type: EbsVolumeType,
    /// Operations per second, for types that have them.
    pub iops: Option<u32>,
    /// Throughput in MiB/s, for types that have it.
    pub throughput_mibps: Option<u32>,
    /// Size in GiB; that of the snapshot when absent.
    pub size_gib: Option<u32>,
    /// Whether AWS encrypts it; as the snapshot (or the account's default) when absent.
    pub encrypted: Option<bool>,
    /// The key: id, ARN or alias.
    pub kms_key_id: Option<String>,
    /// Tags beside ours.
    pub tags: Tags,
    /// How fast AWS loads the blocks, 100 to 300 MiB/s; lazily when absent.
    pub initialization_rate_mibps: Option<u32>,
    /// AWS's idempotency token, at most 64 characters.
    pub client_token: String,
}

/// Volumes that a restore makes.
#[async_trait]
pub trait Volumes: Send + Sync {
    /// Makes a volume; returns at once, the volume is mostly still `creating`.
    async fn create_volume(&self, new: &NewVolume) -> Result<VolumeInfo, AwsError>;

    /// The volume, or none when it does not exist (any more).
    async fn volume(&self, id: &str) -> Result<Option<VolumeInfo>, AwsError>;

    /// Volumes that carry all these tags.
    async fn find_volumes(&self, tags: &Tags) -> Result<Vec<VolumeInfo>, AwsError>;

    /// Deletes a volume; `Ok` when there is none.
    async fn delete_volume(&self, id: &str) -> Result<(), AwsError>;
}
