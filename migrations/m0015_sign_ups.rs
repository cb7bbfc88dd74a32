//! People who want to join with an organization of their own, until they confirm their address; and who accepted which terms.
//!
//! Not for invitations. Invariant: what waits here is no account: nobody can sign in with it and no address is taken by it.

crate::ddl::migration!(
    "CREATE TABLE sign_ups (
        id {id} NOT NULL PRIMARY KEY,
        email {text} NOT NULL,
        name {text} NOT NULL,
        organization_name {text} NOT NULL,
        password_hash {text} NOT NULL,
        terms_version {text} NOT NULL,
        address {text},
        created_at {time} NOT NULL,
        secret_hash {bytes},
        secret_ends_at {time}
    ) {strict}",
    "CREATE UNIQUE INDEX sign_ups_secret_hash ON sign_ups (secret_hash)",
    "CREATE INDEX sign_ups_by_email ON sign_ups (email, created_at, id)",
    "CREATE INDEX sign_ups_age ON sign_ups (created_at)",
    "CREATE TABLE terms_acceptances (
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        terms_version {text} NOT NULL,
        accepted_at {time} NOT NULL,
        address {text},
        PRIMARY KEY (user_id, terms_version)
    ) {strict}",
);
