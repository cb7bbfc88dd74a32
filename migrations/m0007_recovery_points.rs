//! Recovery points.
//!
//! Not for the bytes. Invariant: a snapshot of a repository belongs to one row. `policy_id` and `task_id` are history and
//! outlive what they name, so they reference nothing.

crate::ddl::migration!(
    "CREATE TABLE recovery_points (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        asset_id {id} NOT NULL REFERENCES assets (id),
        policy_id {id},
        task_id {id},
        placement {text} NOT NULL,
        status {text} NOT NULL,
        proof {text} NOT NULL,
        proven_at {time},
        taken_at {time} NOT NULL,
        expires_at {time},
        size_bytes {big} NOT NULL,
        added_bytes {big} NOT NULL,
        is_full {bool} NOT NULL,
        repository_id {id} REFERENCES repositories (id),
        snapshot_id {text},
        base_snapshot_id {text},
        content_digest {text}
    ) {strict}",
    "CREATE UNIQUE INDEX recovery_points_repository_id_snapshot_id
        ON recovery_points (repository_id, snapshot_id)",
    "CREATE INDEX recovery_points_by_time ON recovery_points (organization_id, taken_at, id)",
    "CREATE INDEX recovery_points_last ON recovery_points (asset_id, status, taken_at, id)",
    "CREATE INDEX recovery_points_by_task ON recovery_points (task_id)",
    "CREATE INDEX recovery_points_due ON recovery_points (status, expires_at, id)",
);
