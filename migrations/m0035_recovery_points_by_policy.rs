//! The points that a policy asked for, for previews of a change of its retention.
//!
//! Invariant: the index equals the order in which they are read.

crate::ddl::migration!(
    "CREATE INDEX recovery_points_by_policy
        ON recovery_points (organization_id, policy_id, taken_at, id)",
);
