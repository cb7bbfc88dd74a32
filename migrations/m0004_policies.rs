//! Policies.
//!
//! Not for their assignment to assets. Invariant: a name belongs to one policy of an organization.

crate::ddl::migration!(
    "CREATE TABLE policies (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        unit_id {id} NOT NULL REFERENCES organizational_units (id),
        name {text} NOT NULL,
        name_key {text} NOT NULL,
        description {text},
        is_active {bool} NOT NULL,
        operations {json} NOT NULL,
        version {int} NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL
    ) {strict}",
    "CREATE UNIQUE INDEX policies_name ON policies (organization_id, name)",
    "CREATE INDEX policies_by_name ON policies (organization_id, name_key, id)",
);
