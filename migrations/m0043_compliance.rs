//! Compliance: what an organization wants, how each asset stands, and how it stood.
//!
//! Not for judging (`domain::compliance`). Invariant: an asset that is there has one record, and its intervals of the past end
//! where the record begins. Each control has a column of its own, so that a fleet is counted without opening documents; it is
//! NULL when the control is off. `compliance_cursors` says up to which event of the outbox assets were marked.

crate::ddl::migration!(
    "CREATE TABLE compliance_controls (
        organization_id {id} NOT NULL PRIMARY KEY REFERENCES organizations (id),
        controls {json} NOT NULL,
        version {int} NOT NULL,
        updated_at {time} NOT NULL
    ) {strict}",
    "CREATE TABLE compliance_cursors (
        organization_id {id} NOT NULL PRIMARY KEY REFERENCES organizations (id),
        sequence {big} NOT NULL,
        followed_at {time} NOT NULL
    ) {strict}",
    "CREATE TABLE compliance_records (
        asset_id {id} NOT NULL PRIMARY KEY REFERENCES assets (id),
        organization_id {id} NOT NULL REFERENCES organizations (id),
        due_at {time},
        checked_at {time},
        protected_at {time},
        overdue_at {time},
        status {text} NOT NULL,
        protected {text},
        policy_minimums {text},
        recovery_points {text},
        proven {text},
        since_at {time} NOT NULL,
        from_at {time} NOT NULL,
        standings {json} NOT NULL
    ) {strict}",
    "CREATE INDEX compliance_records_due ON compliance_records (due_at, asset_id)",
    "CREATE INDEX compliance_records_overdue ON compliance_records (overdue_at)
        WHERE overdue_at IS NOT NULL",
    "CREATE INDEX compliance_records_by_status ON compliance_records (organization_id, status)",
    "CREATE TABLE compliance_intervals (
        asset_id {id} NOT NULL REFERENCES assets (id),
        from_at {time} NOT NULL,
        until_at {time} NOT NULL,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        status {text} NOT NULL,
        protected {text},
        policy_minimums {text},
        recovery_points {text},
        proven {text},
        codes {json} NOT NULL,
        PRIMARY KEY (asset_id, from_at)
    ) {strict}",
    "CREATE INDEX compliance_intervals_by_end
        ON compliance_intervals (organization_id, until_at, from_at)",
    "CREATE INDEX compliance_intervals_old ON compliance_intervals (until_at)",
);
