//! An index for how many recovery points are proven: it holds all that is counted, so that no row is read for it.
//!
//! Not for lists. Invariant: its columns are those by which points are told to be restorable, and proven.

crate::ddl::migration!(
    "CREATE INDEX recovery_points_proven
        ON recovery_points (organization_id, status, proof, asset_id)",
);
