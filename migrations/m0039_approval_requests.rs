//! Changes that wait for a second person.
//!
//! Not for the changes themselves. Invariant: people are named without a reference: the record outlives their accounts.

crate::ddl::migration!(
    "CREATE TABLE approval_requests (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        action {text} NOT NULL,
        plan {json} NOT NULL,
        plan_hash {text} NOT NULL,
        reason {text} NOT NULL,
        requested_by {id} NOT NULL,
        requested_at {time} NOT NULL,
        expires_at {time} NOT NULL,
        status {text} NOT NULL,
        decided_by {id},
        decided_at {time},
        note {text}
    ) {strict}",
    "CREATE INDEX approval_requests_by_time ON approval_requests (organization_id, requested_at, id)",
);
