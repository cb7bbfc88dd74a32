//! Assets and the policies chosen for them by hand.
//!
//! Not for their copies. Invariant: one row per thing in AWS, and at most one direct assignment each. The indexes equal the
//! orders of the lists, ids last, so that a page is a range of an index.

crate::ddl::migration!(
    "CREATE TABLE assets (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        unit_id {id} NOT NULL REFERENCES organizational_units (id),
        aws_account_id {id} NOT NULL REFERENCES aws_accounts (id),
        region {text} NOT NULL,
        kind {text} NOT NULL,
        native_id {text} NOT NULL,
        arn {text} NOT NULL,
        name {text} NOT NULL,
        name_key {text} NOT NULL,
        tags {json} NOT NULL,
        details {json} NOT NULL,
        policy_id {id} REFERENCES policies (id),
        discovered_at {time} NOT NULL,
        seen_at {time} NOT NULL,
        deleted_at {time}
    ) {strict}",
    "CREATE UNIQUE INDEX assets_aws_account_id_region_kind_native_id
        ON assets (aws_account_id, region, kind, native_id)",
    "CREATE INDEX assets_by_name ON assets (organization_id, name_key, id)",
    "CREATE INDEX assets_by_discovery ON assets (organization_id, discovered_at, id)",
    "CREATE INDEX assets_by_policy ON assets (policy_id, organization_id)",
    "CREATE TABLE assignments (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        asset_id {id} NOT NULL REFERENCES assets (id),
        policy_id {id} NOT NULL REFERENCES policies (id),
        created_at {time} NOT NULL
    ) {strict}",
    "CREATE UNIQUE INDEX assignments_asset_id ON assignments (asset_id)",
    "CREATE INDEX assignments_by_policy
        ON assignments (organization_id, policy_id, created_at, id)",
);
