//! All workflows that this version knows.

use std::sync::Arc;

use tasks::Registry;

use crate::apply_protection::ApplyProtection;
use crate::assign_policy::AssignPolicy;
use crate::backup_ebs::BackupEbs;
use crate::expire::ExpireRecoveryPoints;
use crate::prune::PruneVault;
use crate::reconcile::ReconcileVault;
use crate::restore_ebs::RestoreEbs;
use crate::restore_image::RestoreImage;
use crate::services::Services;
use crate::snapshot_ebs::SnapshotEbs;
use crate::sync_inventory::SyncInventory;
use crate::verify_aws_account::VerifyAwsAccount;
use crate::verify_recovery_point::VerifyRecoveryPoint;

/// The registry for the engine.
#[must_use]
pub fn registry(services: &Arc<Services>) -> Registry {
    Registry::new()
        .with(VerifyAwsAccount::new(services.clone()))
        .with(SyncInventory::new(services.clone()))
        .with(BackupEbs::new(services.clone()))
        .with(SnapshotEbs::first(services.clone()))
        .with(SnapshotEbs::new(services.clone()))
        .with(RestoreEbs::new(services.clone()))
        .with(RestoreImage::new(services.clone()))
        .with(VerifyRecoveryPoint::new(services.clone()))
        .with(ExpireRecoveryPoints::new(services.clone()))
        .with(ReconcileVault::new(services.clone()))
        .with(PruneVault::new(services.clone()))
        .with(ApplyProtection)
        .with(AssignPolicy)
}
