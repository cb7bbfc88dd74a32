//! Compliance locks that can still be taken back.
//!
//! Not for locks that hold (`m0040_vault_locks.rs`). Invariant: an organization waits for one at most.

crate::ddl::migration!(
    "CREATE TABLE pending_vault_locks (
        organization_id {id} NOT NULL PRIMARY KEY REFERENCES organizations (id),
        minimum_days {int} NOT NULL,
        requested_at {time} NOT NULL,
        holds_at {time} NOT NULL
    ) {strict}",
);
