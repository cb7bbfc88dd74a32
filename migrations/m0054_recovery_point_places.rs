//! In which region and storage tier the snapshot of a recovery point in an account lies.
//!
//! Not for the vault. Invariant: every such point has a region; until now it was that of its asset.

crate::ddl::migration!(
    "ALTER TABLE recovery_points ADD COLUMN region {text}",
    "ALTER TABLE recovery_points ADD COLUMN storage_tier {text} NOT NULL DEFAULT 'standard'",
    "UPDATE recovery_points SET region = (SELECT region FROM assets WHERE assets.id = recovery_points.asset_id)
        WHERE placement = 'in_account'",
);
