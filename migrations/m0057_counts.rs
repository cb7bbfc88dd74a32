//! Indexes for the figures at the head of the dashboard: they hold all that is counted, so that no row is read for them.
//!
//! Not for lists. Invariant: the first one equals the groups in which assets are counted.

crate::ddl::migration!(
    "CREATE INDEX assets_counted
        ON assets (organization_id, kind, aws_account_id, unit_id, policy_id, id)
        WHERE deleted_at IS NULL",
    "CREATE INDEX compliance_records_counted ON compliance_records
        (asset_id, due_at, checked_at, status, protected, policy_minimums, recovery_points, proven)",
    "CREATE INDEX recovery_points_stored ON recovery_points
        (organization_id, placement, status, taken_at, expires_at, size_bytes, added_bytes)",
);
