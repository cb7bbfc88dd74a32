//! Verifications, and the digest that a point got from its source.
//!
//! Not for what a policy asks for. Invariant: the evidence is a text, not a document, because its digest is of the very bytes. From
//! here on an asset may be bound to another repository when the one before gave back something else than it was given
//! (docs/decisions/0019).

crate::ddl::migration!(
    "CREATE TABLE verifications (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        asset_id {id} NOT NULL REFERENCES assets (id),
        recovery_point_id {id} NOT NULL REFERENCES recovery_points (id),
        task_id {id} NOT NULL,
        wanted {text} NOT NULL,
        reached {text} NOT NULL,
        verdict {text} NOT NULL,
        bytes_checked {big} NOT NULL,
        evidence {text},
        evidence_sha256 {text},
        started_at {time} NOT NULL,
        finished_at {time}
    ) {strict}",
    "CREATE INDEX verifications_by_time ON verifications (organization_id, started_at, id)",
    "CREATE INDEX verifications_by_point ON verifications (recovery_point_id, started_at, id)",
    "CREATE INDEX verifications_failed ON verifications (asset_id, finished_at)
        WHERE verdict = 'failed'",
    "CREATE INDEX verifications_spent ON verifications (started_at)",
    "ALTER TABLE recovery_points ADD COLUMN source_digest {text}",
    "CREATE INDEX recovery_points_unproven ON recovery_points (policy_id, status, proof, taken_at, id)",
);
