//! Tasks, their steps, schedules, missed windows and leases.
//!
//! Not for the outbox. Invariant: a unique key makes one task, a nominal time of an asset's operation makes one run or lies
//! in one range of missed windows, a lease has one owner. A task can be claimed while it has neither an end nor a lease.
//! Times are columns of their own, never parts of a document, so that indexes see them.

crate::ddl::migration!(
    "CREATE TABLE tasks (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        kind {text} NOT NULL,
        spec {json} NOT NULL,
        workflow_version {int} NOT NULL,
        status {text} NOT NULL,
        actor {json} NOT NULL,
        asset_id {id},
        aws_account_id {id},
        policy_id {id},
        operation_id {id},
        recovery_point_id {id},
        nominal_at {time},
        unique_key {text},
        concurrency_key {text},
        run_after {time} NOT NULL,
        attempt {int} NOT NULL,
        failures {json} NOT NULL,
        lease_owner {text},
        lease_expires_at {time},
        abort_requested {bool} NOT NULL,
        progress_done {big} NOT NULL,
        progress_total {big} NOT NULL,
        step {text},
        failure {json},
        result {json},
        created_at {time} NOT NULL,
        started_at {time},
        finished_at {time}
    ) {strict}",
    "CREATE UNIQUE INDEX tasks_unique_key ON tasks (organization_id, unique_key)",
    "CREATE INDEX tasks_claim ON tasks (run_after, id)
        WHERE finished_at IS NULL AND lease_expires_at IS NULL",
    "CREATE INDEX tasks_leased ON tasks (lease_expires_at) WHERE lease_expires_at IS NOT NULL",
    "CREATE INDEX tasks_unfinished_operation ON tasks (asset_id, operation_id)
        WHERE finished_at IS NULL AND operation_id IS NOT NULL",
    "CREATE INDEX tasks_by_time ON tasks (organization_id, created_at, id)",
    "CREATE INDEX tasks_by_status ON tasks (organization_id, status, created_at, id)",
    "CREATE INDEX tasks_by_asset ON tasks (asset_id, created_at, id)",
    "CREATE TABLE task_steps (
        task_id {id} NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
        position {int} NOT NULL,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        name {text} NOT NULL,
        status {text} NOT NULL,
        attempt {int} NOT NULL,
        intent_key {text} NOT NULL,
        output {json},
        warnings {json},
        failure {json},
        started_at {time} NOT NULL,
        finished_at {time},
        PRIMARY KEY (task_id, position)
    ) {strict}",
    "CREATE TABLE schedules (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        asset_id {id} NOT NULL REFERENCES assets (id),
        policy_id {id} NOT NULL REFERENCES policies (id),
        operation_id {id} NOT NULL,
        next_nominal_at {time},
        settled_until {time} NOT NULL,
        owed_from {time},
        parked_at {time}
    ) {strict}",
    "CREATE UNIQUE INDEX schedules_asset_id_operation_id ON schedules (asset_id, operation_id)",
    "CREATE INDEX schedules_due ON schedules (next_nominal_at, id)",
    "CREATE INDEX schedules_by_policy ON schedules (policy_id, organization_id)",
    "CREATE TABLE missed_windows (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        asset_id {id} NOT NULL,
        policy_id {id} NOT NULL,
        operation_id {id} NOT NULL,
        first_nominal_at {time} NOT NULL,
        last_nominal_at {time} NOT NULL,
        windows {int} NOT NULL,
        reason {text} NOT NULL,
        created_at {time} NOT NULL
    ) {strict}",
    "CREATE UNIQUE INDEX missed_windows_asset_id_operation_id_first_nominal_at
        ON missed_windows (asset_id, operation_id, first_nominal_at)",
    "CREATE INDEX missed_windows_by_time
        ON missed_windows (organization_id, last_nominal_at, id)",
    "CREATE TABLE leases (
        name {text} NOT NULL PRIMARY KEY,
        owner {text} NOT NULL,
        token {big} NOT NULL,
        expires_at {time} NOT NULL
    ) {strict}",
);
