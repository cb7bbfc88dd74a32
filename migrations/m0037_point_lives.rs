//! What is known of the end of recovery points, and the time that expiry believed last.
//!
//! Not for what keeps points (`m0038_legal_holds.rs`, `m0040_vault_locks.rs`). Invariant: the ends of points that are there were
//! foreseen.

crate::ddl::migration!(
    "ALTER TABLE recovery_points ADD COLUMN foreseen_end {time}",
    "ALTER TABLE recovery_points ADD COLUMN cleared_at {time}",
    "ALTER TABLE recovery_points ADD COLUMN locked_until {time}",
    "ALTER TABLE recovery_points ADD COLUMN ending_since {time}",
    "ALTER TABLE recovery_points ADD COLUMN status_before {text}",
    "ALTER TABLE recovery_points ADD COLUMN removal_began_at {time}",
    "UPDATE recovery_points SET foreseen_end = expires_at",
    "CREATE TABLE expiry_marks (
        organization_id {id} NOT NULL PRIMARY KEY REFERENCES organizations (id),
        high_water_at {time} NOT NULL
    ) {strict}",
);
