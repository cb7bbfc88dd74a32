//! Linked AWS accounts and their regions.
//!
//! Not for what lies in them. Invariant: an organization links an account once.

crate::ddl::migration!(
    "CREATE TABLE aws_accounts (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        unit_id {id} NOT NULL REFERENCES organizational_units (id),
        account_id {text} NOT NULL,
        name {text} NOT NULL,
        name_key {text} NOT NULL,
        access {json} NOT NULL,
        status {text} NOT NULL,
        version {int} NOT NULL,
        created_at {time} NOT NULL
    ) {strict}",
    "CREATE UNIQUE INDEX aws_accounts_account_id ON aws_accounts (organization_id, account_id)",
    "CREATE INDEX aws_accounts_by_name ON aws_accounts (organization_id, name_key, id)",
    "CREATE TABLE aws_account_regions (
        aws_account_id {id} NOT NULL REFERENCES aws_accounts (id) ON DELETE CASCADE,
        region {text} NOT NULL,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        asset_kinds {json} NOT NULL,
        status {text} NOT NULL,
        missing_permissions {json} NOT NULL,
        inventoried_at {time},
        PRIMARY KEY (aws_account_id, region)
    ) {strict}",
);
