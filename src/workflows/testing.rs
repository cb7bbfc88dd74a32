//! Things that several tests of this crate need.

mod world;

use domain::ids::{AssetId, OrganizationId, RecoveryPointId};
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use jiff::Timestamp;
use uuid::Uuid;

pub(crate) use world::{ACCOUNT, REGION, World};

/// The vault snapshot of the point of that number.
pub(crate) fn snapshot_id(number: u128) -> String {
    format!("{number:064x}")
}

/// A sound point in the vault.
pub(crate) fn point(number: u128, taken_at: Timestamp) -> RecoveryPoint {
    RecoveryPoint {
        id: RecoveryPointId::from_uuid(Uuid::from_u128(number)),
        organization_id: OrganizationId::from_uuid(Uuid::nil()),
        asset_id: AssetId::from_uuid(Uuid::nil()),
        policy_id: None,
        task_id: None,
        placement: Placement::Vault,
        status: RecoveryPointStatus::Available,
        proof: Proof::ChecksumsMatch,
        proven_at: Some(taken_at),
        taken_at,
        expires_at: None,
        size_bytes: 1 << 30,
        added_bytes: 1,
        is_full: false,
        repository_id: None,
        snapshot_id: Some(snapshot_id(number)),
        base_snapshot_id: Some(format!("snap-{number:017x}")),
        content_digest: None,
        source_digest: Some(snapshot_id(number)),
        region: None,
        tier: domain::copy_target::StorageTier::Standard,
        life: domain::life::Life::default(),
    }
}
