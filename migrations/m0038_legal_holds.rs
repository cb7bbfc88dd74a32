//! Legal holds and the recovery points that they keep.
//!
//! Not for locks (`m0040_vault_locks.rs`). Invariant: a released hold keeps its list of points, closed, as a record.

crate::ddl::migration!(
    "CREATE TABLE legal_holds (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        unit_id {id} NOT NULL REFERENCES organizational_units (id),
        name {text} NOT NULL,
        reason {text} NOT NULL,
        criteria {json},
        includes_new {bool} NOT NULL,
        created_by {json} NOT NULL,
        created_at {time} NOT NULL,
        released_at {time}
    ) {strict}",
    "CREATE INDEX legal_holds_by_time ON legal_holds (organization_id, created_at, id)",
    "CREATE TABLE legal_hold_points (
        legal_hold_id {id} NOT NULL REFERENCES legal_holds (id),
        recovery_point_id {id} NOT NULL REFERENCES recovery_points (id),
        organization_id {id} NOT NULL REFERENCES organizations (id),
        is_open {bool} NOT NULL,
        PRIMARY KEY (legal_hold_id, recovery_point_id)
    ) {strict}",
    "CREATE INDEX legal_hold_points_by_point ON legal_hold_points (recovery_point_id, is_open)",
);
