//! The index of assets by name holds what a search looks at, so that looking for what is rare reads no rows.
//!
//! Not for other lists. Invariant: it begins with the order of the list, as the index did that it replaces.

crate::ddl::migration!(
    "CREATE INDEX assets_searched
        ON assets (organization_id, name_key, id, native_id{covered tags}, deleted_at)",
    "DROP INDEX assets_by_name",
);
