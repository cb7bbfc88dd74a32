//! The vault lock of each organization.
//!
//! Not for what it does to points (`m0037_point_lives.rs`). Invariant: an organization has one lock or none.

crate::ddl::migration!(
    "CREATE TABLE vault_locks (
        organization_id {id} NOT NULL PRIMARY KEY REFERENCES organizations (id),
        mode {text} NOT NULL,
        minimum_days {int} NOT NULL,
        version {int} NOT NULL,
        locked_at {time} NOT NULL,
        updated_at {time} NOT NULL
    ) {strict}",
);
