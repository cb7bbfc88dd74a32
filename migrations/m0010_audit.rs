//! The audit log and the idempotency keys of callers.
//!
//! Not for task results. Invariant: a key of an organization stands for one input.

crate::ddl::migration!(
    "CREATE TABLE audit_events (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        occurred_at {time} NOT NULL,
        actor {json} NOT NULL,
        action {text} NOT NULL,
        target {text},
        outcome {text} NOT NULL,
        summary {json} NOT NULL,
        address {text},
        request_id {text} NOT NULL
    ) {strict}",
    "CREATE INDEX audit_events_by_time ON audit_events (organization_id, occurred_at, id)",
    "CREATE TABLE idempotency_keys (
        organization_id {id} NOT NULL REFERENCES organizations (id),
        key {text} NOT NULL,
        input_hash {bytes} NOT NULL,
        task_id {id},
        created_at {time} NOT NULL,
        PRIMARY KEY (organization_id, key)
    ) {strict}",
    "CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at)",
);
