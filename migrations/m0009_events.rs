//! The outbox: what subscribers are told.
//!
//! Not for audit. Invariant: within an organization a later commit has a larger sequence; numbers are never used again
//! (AUTOINCREMENT), also after old events were removed. No foreign key: the outbox is a log, written by every commit.

crate::ddl::migration!(
    "CREATE TABLE events (
        sequence {sequence},
        organization_id {id} NOT NULL,
        topic {text} NOT NULL,
        change {text} NOT NULL,
        subject {text} NOT NULL,
        created_at {time} NOT NULL
    ) {strict}",
    "CREATE INDEX events_stream ON events (organization_id, sequence)",
    "CREATE INDEX events_by_time ON events (created_at)",
);
