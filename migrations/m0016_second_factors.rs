//! Second factors of people: authenticator apps and recovery codes, the challenges that ask for them, and what sessions have proven.
//!
//! Not for passwords. Invariant: the secret of an app is sealed under the root key, codes and challenges are kept as hashes, and
//! a step of an app, a code and a challenge are used at most once.

crate::ddl::migration!(
    "ALTER TABLE sessions ADD COLUMN proven_at {time}",
    "ALTER TABLE sessions ADD COLUMN second_factor_at {time}",
    "CREATE TABLE totp_secrets (
        user_id {id} NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
        sealed_secret {text} NOT NULL,
        last_step {big},
        created_at {time} NOT NULL,
        confirmed_at {time}
    ) {strict}",
    "CREATE TABLE recovery_codes (
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        code_hash {bytes} NOT NULL,
        created_at {time} NOT NULL,
        used_at {time},
        PRIMARY KEY (user_id, code_hash)
    ) {strict}",
    "CREATE TABLE challenges (
        secret_hash {bytes} NOT NULL PRIMARY KEY,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        created_at {time} NOT NULL,
        expires_at {time} NOT NULL
    ) {strict}",
    "CREATE INDEX challenges_by_user ON challenges (user_id)",
    "CREATE INDEX challenges_end ON challenges (expires_at)",
    "CREATE TABLE second_factor_tries (
        user_id {id} NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
        count {int} NOT NULL,
        ends_at {time} NOT NULL
    ) {strict}",
);
