//! Until when a task may work, and an index that counts the schedules of an operation.
//!
//! Not for when a run is due (`schedules`). Invariant: a task without a deadline, such as every one from before, takes as long as
//! it takes.

crate::ddl::migration!(
    "ALTER TABLE tasks ADD COLUMN deadline_at {time}",
    "CREATE INDEX tasks_deadline ON tasks (deadline_at)
        WHERE finished_at IS NULL AND deadline_at IS NOT NULL",
    "CREATE INDEX schedules_by_operation ON schedules (organization_id, policy_id, operation_id)
        WHERE next_nominal_at IS NOT NULL",
);
