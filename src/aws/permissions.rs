//! Which permissions a role lacks, found by trying.
//!
//! Not for granting them (`templates`). Invariant: a probe changes nothing: it is a dry run, or it names a resource
//! that cannot exist.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::error::AwsError;

/// What the permissions are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Listing volumes, instances, zones and regions.
    Inventory,
    /// Making, finding and deleting snapshots.
    Snapshots,
    /// Reading the blocks of snapshots.
    ReadBlocks,
    /// Writing snapshots and making volumes.
    Restore,
}

impl Purpose {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Inventory,
        Self::Snapshots,
        Self::ReadBlocks,
        Self::Restore,
    ];
}

/// A permission that is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PermissionGap {
    /// The IAM action, such as `ec2:DescribeVolumes`.
    pub action: String,
    /// AWS's words.
    pub message: String,
}

/// Finding out what a role may do.
#[async_trait]
pub trait Permissions: Send + Sync {
    /// The permissions that are missing for these purposes; empty when every probe passed. What AWS cannot be asked
    /// without doing it (deletion under tag conditions) is not probed. Errors when AWS could not be asked at all.
    async fn missing_permissions(
        &self,
        purposes: &[Purpose],
    ) -> Result<Vec<PermissionGap>, AwsError>;
}
