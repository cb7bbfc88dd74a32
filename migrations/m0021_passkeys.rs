//! Passkeys of people, and the questions to authenticators that wait for an answer.
//!
//! Not for codes (`m0016_second_factors.rs`). Invariant: a credential is known once in the installation, and a question is taken away by
//! whoever answers it; its secret is kept as a hash.

crate::ddl::migration!(
    "CREATE TABLE passkeys (
        id {id} NOT NULL PRIMARY KEY,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        name {text} NOT NULL,
        credential_id {bytes} NOT NULL,
        document {json} NOT NULL,
        uses {big} NOT NULL,
        created_at {time} NOT NULL,
        last_used_at {time}
    ) {strict}",
    "CREATE UNIQUE INDEX passkeys_credential_id ON passkeys (credential_id)",
    "CREATE INDEX passkeys_by_user ON passkeys (user_id, created_at, id)",
    "CREATE TABLE ceremonies (
        secret_hash {bytes} NOT NULL PRIMARY KEY,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        kind {text} NOT NULL,
        state {json} NOT NULL,
        expires_at {time} NOT NULL
    ) {strict}",
    "CREATE INDEX ceremonies_by_user ON ceremonies (user_id)",
    "CREATE INDEX ceremonies_end ON ceremonies (expires_at)",
);
