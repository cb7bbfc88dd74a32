//! Service tokens: API tokens that belong to no person and have grants of their own.
//!
//! Not for personal tokens, which act with the grants of their owner. Invariant: a token has either an owner or grants.
//! The table is made anew, because SQLite cannot make a column optional.

crate::ddl::migration!(
    "CREATE TABLE api_tokens_next (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        user_id {id} REFERENCES users (id) ON DELETE CASCADE,
        created_by {id},
        grants {json},
        name {text} NOT NULL,
        secret_hash {bytes} NOT NULL,
        created_at {time} NOT NULL,
        expires_at {time} NOT NULL,
        last_used_at {time},
        revoked_at {time},
        CHECK ((user_id IS NULL) <> (grants IS NULL))
    ) {strict}",
    "INSERT INTO api_tokens_next (id, organization_id, user_id, created_by, name, secret_hash,
            created_at, expires_at, last_used_at, revoked_at)
        SELECT id, organization_id, user_id, user_id, name, secret_hash,
            created_at, expires_at, last_used_at, revoked_at FROM api_tokens",
    "DROP TABLE api_tokens",
    "ALTER TABLE api_tokens_next RENAME TO api_tokens",
    "CREATE UNIQUE INDEX api_tokens_secret_hash ON api_tokens (secret_hash)",
    "CREATE INDEX api_tokens_user ON api_tokens (organization_id, user_id, created_at, id)",
);
