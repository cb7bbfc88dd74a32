//! The hash chain of the audit log, and what is known of each log as a whole.
//!
//! Not for the hashes of events that were there before: SQL cannot compute them, so `Store::migrate` does, once, right after
//! this step and in its transaction. Invariant: in an organization no two events have one number.

crate::ddl::migration!(
    "ALTER TABLE audit_events ADD COLUMN interface {text} NOT NULL DEFAULT 'api'",
    "ALTER TABLE audit_events ADD COLUMN sequence {big} NOT NULL DEFAULT 0",
    "ALTER TABLE audit_events ADD COLUMN previous_hash {bytes}",
    "ALTER TABLE audit_events ADD COLUMN hash {bytes}",
    "UPDATE audit_events SET sequence = numbered.number FROM (
        SELECT id, row_number() OVER (PARTITION BY organization_id ORDER BY occurred_at, id) AS number
        FROM audit_events
    ) AS numbered WHERE audit_events.id = numbered.id",
    "CREATE UNIQUE INDEX audit_events_sequence ON audit_events (organization_id, sequence)",
    "CREATE TABLE audit_logs (
        organization_id {id} NOT NULL PRIMARY KEY REFERENCES organizations (id),
        size {big} NOT NULL,
        head {bytes} NOT NULL,
        anchor_size {big} NOT NULL,
        anchor {bytes} NOT NULL,
        retention_days {int} NOT NULL,
        checkpoint_size {big},
        checkpoint_at {time},
        checkpoint_text {text},
        exported_at {time}
    ) {strict}",
);
