//! SCIM 2.0: the bearer token of a provider, and the people and groups that it has pushed.
//!
//! Not for what people are here (`users`, `memberships`). Invariant: a name of a person or a group is unique with its provider, in
//! the form in which names are compared; what a provider has pushed goes with the provider, the people stay.

crate::ddl::migration!(
    "CREATE TABLE scim_tokens (
        provider_id {id} NOT NULL PRIMARY KEY REFERENCES identity_providers (id) ON DELETE CASCADE,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        secret_hash {bytes} NOT NULL,
        created_at {time} NOT NULL
    ) {strict}",
    "CREATE UNIQUE INDEX scim_tokens_secret_hash ON scim_tokens (secret_hash)",
    "CREATE TABLE scim_users (
        provider_id {id} NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
        user_id {id} NOT NULL,
        organization_id {id} NOT NULL,
        user_name {text} NOT NULL,
        user_key {text} NOT NULL,
        external_id {text},
        created_at {time} NOT NULL,
        changed_at {time} NOT NULL,
        PRIMARY KEY (provider_id, user_id),
        FOREIGN KEY (organization_id, user_id)
            REFERENCES memberships (organization_id, user_id) ON DELETE CASCADE
    ) {strict}",
    "CREATE UNIQUE INDEX scim_users_provider_id_user_key ON scim_users (provider_id, user_key)",
    "CREATE INDEX scim_users_by_external_id ON scim_users (provider_id, external_id)",
    "CREATE TABLE scim_groups (
        id {id} NOT NULL PRIMARY KEY,
        provider_id {id} NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        display_name {text} NOT NULL,
        group_key {text} NOT NULL,
        external_id {text},
        created_at {time} NOT NULL,
        changed_at {time} NOT NULL
    ) {strict}",
    "CREATE UNIQUE INDEX scim_groups_provider_id_group_key ON scim_groups (provider_id, group_key)",
    "CREATE TABLE scim_members (
        group_id {id} NOT NULL REFERENCES scim_groups (id) ON DELETE CASCADE,
        provider_id {id} NOT NULL,
        user_id {id} NOT NULL,
        PRIMARY KEY (group_id, user_id),
        FOREIGN KEY (provider_id, user_id)
            REFERENCES scim_users (provider_id, user_id) ON DELETE CASCADE
    ) {strict}",
    "CREATE INDEX scim_members_by_user ON scim_members (provider_id, user_id)",
);
