//! What the store of each repository keeps by itself.
//!
//! Not for the lock of an organization (`m0040_vault_locks.rs`). Invariant: a repository without a row was never tried, and
//! nothing is known of its store.

crate::ddl::migration!(
    "CREATE TABLE object_locks (
        repository_id {id} NOT NULL PRIMARY KEY REFERENCES repositories (id),
        organization_id {id} NOT NULL REFERENCES organizations (id),
        missing {json} NOT NULL,
        probed_at {time} NOT NULL,
        covered_until {time},
        epoch {int} NOT NULL
    ) {strict}",
    "CREATE INDEX object_locks_by_organization ON object_locks (organization_id)",
);
