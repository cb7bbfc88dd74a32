//! Vault repositories as the database knows them.
//!
//! Not for what lies inside (`vault`). Invariant: a repository belongs to one organization, account, region and asset kind,
//! and an asset stays with the repository of its first backup.

use jiff::Timestamp;

use crate::asset::AssetKind;
use crate::ids::{AwsAccountKey, OrganizationId, RepositoryId};

/// Bytes that a repository holds before the next shard opens for new assets (4 TiB): bounds the index in memory.
pub const SHARD_BYTES_MAX: u64 = 4 << 40;

/// A restic repository of the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultRepository {
    /// Its id.
    pub id: RepositoryId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The linked account whose assets it holds.
    pub aws_account_id: AwsAccountKey,
    /// The region whose assets it holds.
    pub region: String,
    /// The kind of the assets.
    pub asset_kind: AssetKind,
    /// Number of the shard, from 0.
    pub shard: i32,
    /// Where it lies: a JSON document of `vault::StoreLocation`.
    pub location: serde_json::Value,
    /// Its wrapped master key: a JSON document of `vault::WrappedKey`.
    pub wrapped_key: serde_json::Value,
    /// Bytes stored, as of the last backup.
    pub stored_bytes: u64,
    /// When it was made.
    pub created_at: Timestamp,
}
