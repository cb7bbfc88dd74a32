//! The signed head of each repository, as the database knows it, and up to where changes of points have reached the heads.
//!
//! Not for the points of a head, which lie beside the repository. Invariant: a repository has one newest head, and its number only
//! grows.

crate::ddl::migration!(
    "CREATE TABLE vault_heads (
        repository_id {id} NOT NULL PRIMARY KEY REFERENCES repositories (id),
        organization_id {id} NOT NULL REFERENCES organizations (id),
        number {big} NOT NULL,
        hash {text} NOT NULL,
        note {text} NOT NULL,
        made_at {time} NOT NULL,
        doubt {text},
        doubted_at {time},
        released_by {id}
    ) {strict}",
    "CREATE INDEX vault_heads_by_organization ON vault_heads (organization_id)",
    "CREATE TABLE vault_head_cursors (
        organization_id {id} NOT NULL PRIMARY KEY REFERENCES organizations (id),
        sequence {big} NOT NULL
    ) {strict}",
);
