//! Organizations and their units.
//!
//! Not for members. Invariant: one root unit per organization.

crate::ddl::migration!(
    "CREATE TABLE organizations (
        id {id} NOT NULL PRIMARY KEY,
        name {text} NOT NULL,
        key_source {json} NOT NULL,
        created_at {time} NOT NULL
    ) {strict}",
    "CREATE TABLE organizational_units (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        parent_id {id} REFERENCES organizational_units (id),
        name {text} NOT NULL,
        created_at {time} NOT NULL
    ) {strict}",
    "CREATE UNIQUE INDEX organizational_units_organization_id
        ON organizational_units (organization_id) WHERE parent_id IS NULL",
    "CREATE UNIQUE INDEX organizational_units_parent_id_name
        ON organizational_units (organization_id, parent_id, name)",
);
