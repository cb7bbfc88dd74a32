//! Users, browser sessions and API tokens.
//!
//! Not for roles over units. Invariant: secrets are kept as hashes only, and a hash finds at most one row.

crate::ddl::migration!(
    "CREATE TABLE users (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        name {text} NOT NULL,
        email {text} NOT NULL,
        role {text} NOT NULL,
        password_hash {text},
        created_at {time} NOT NULL
    ) {strict}",
    "CREATE UNIQUE INDEX users_email ON users (email)",
    "CREATE INDEX users_list ON users (organization_id, created_at, id)",
    "CREATE TABLE sessions (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        secret_hash {bytes} NOT NULL,
        created_at {time} NOT NULL,
        last_seen_at {time} NOT NULL,
        expires_at {time} NOT NULL,
        revoked_at {time}
    ) {strict}",
    "CREATE UNIQUE INDEX sessions_secret_hash ON sessions (secret_hash)",
    "CREATE INDEX sessions_user ON sessions (organization_id, user_id, created_at, id)",
    "CREATE INDEX sessions_end ON sessions (expires_at)",
    "CREATE TABLE api_tokens (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        name {text} NOT NULL,
        secret_hash {bytes} NOT NULL,
        created_at {time} NOT NULL,
        expires_at {time} NOT NULL,
        last_used_at {time},
        revoked_at {time}
    ) {strict}",
    "CREATE UNIQUE INDEX api_tokens_secret_hash ON api_tokens (secret_hash)",
    "CREATE INDEX api_tokens_user ON api_tokens (organization_id, user_id, created_at, id)",
);
