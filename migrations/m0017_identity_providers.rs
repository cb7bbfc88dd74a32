//! Identity providers, links between their people and ours, sign-ons under way, and proofs of domains.
//!
//! Not for SCIM. Invariant: a (provider, subject) is one person; a message that may be used once is remembered until it has run
//! out; a proven domain belongs to one organization.

crate::ddl::migration!(
    "CREATE TABLE identity_providers (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        name {text} NOT NULL,
        settings {json} NOT NULL,
        rules {json} NOT NULL,
        state {text} NOT NULL,
        version {int} NOT NULL,
        created_at {time} NOT NULL
    ) {strict}",
    "CREATE UNIQUE INDEX identity_providers_name ON identity_providers (organization_id, name)",
    "CREATE TABLE identity_links (
        provider_id {id} NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
        subject {text} NOT NULL,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        created_at {time} NOT NULL,
        PRIMARY KEY (provider_id, subject)
    ) {strict}",
    "CREATE UNIQUE INDEX identity_links_provider_id_user_id ON identity_links (provider_id, user_id)",
    "CREATE INDEX identity_links_by_user ON identity_links (user_id)",
    "CREATE TABLE sign_on_requests (
        secret_hash {bytes} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        provider_id {id} NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
        purpose {text} NOT NULL,
        user_id {id} REFERENCES users (id) ON DELETE CASCADE,
        created_at {time} NOT NULL,
        expires_at {time} NOT NULL
    ) {strict}",
    "CREATE INDEX sign_on_requests_end ON sign_on_requests (expires_at)",
    "CREATE TABLE used_assertions (
        provider_id {id} NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
        assertion_id {text} NOT NULL,
        expires_at {time} NOT NULL,
        PRIMARY KEY (provider_id, assertion_id)
    ) {strict}",
    "CREATE INDEX used_assertions_end ON used_assertions (expires_at)",
    "CREATE TABLE provider_sessions (
        session_id {id} NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        provider_id {id} NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
        subject {text} NOT NULL,
        session_index {text}
    ) {strict}",
    "CREATE INDEX provider_sessions_by_subject ON provider_sessions (provider_id, subject)",
    "CREATE INDEX provider_sessions_by_index ON provider_sessions (provider_id, session_index)",
    "CREATE TABLE domain_proofs (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        domain {text} NOT NULL,
        token {text} NOT NULL,
        created_at {time} NOT NULL,
        proven_at {time},
        proven_domain {text}
    ) {strict}",
    "CREATE UNIQUE INDEX domain_proofs_domain ON domain_proofs (organization_id, domain)",
    "CREATE UNIQUE INDEX domain_proofs_proven_domain ON domain_proofs (proven_domain)",
);
