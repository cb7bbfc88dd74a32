//! Vault repositories, and which asset's copies lie in which.
//!
//! Not for what lies inside. Invariant: an asset is bound to one repository for good.

crate::ddl::migration!(
    "CREATE TABLE repositories (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        aws_account_id {id} NOT NULL REFERENCES aws_accounts (id),
        region {text} NOT NULL,
        asset_kind {text} NOT NULL,
        shard {int} NOT NULL,
        location {json} NOT NULL,
        wrapped_key {json} NOT NULL,
        stored_bytes {big} NOT NULL,
        created_at {time} NOT NULL
    ) {strict}",
    "CREATE UNIQUE INDEX repositories_aws_account_id_region_asset_kind_shard
        ON repositories (organization_id, aws_account_id, region, asset_kind, shard)",
    "CREATE TABLE repository_assets (
        asset_id {id} NOT NULL PRIMARY KEY REFERENCES assets (id),
        organization_id {id} NOT NULL REFERENCES organizations (id),
        repository_id {id} NOT NULL REFERENCES repositories (id),
        bound_at {time} NOT NULL
    ) {strict}",
    "CREATE INDEX repository_assets_by_repository
        ON repository_assets (repository_id, organization_id)",
);
