//! Arrivals: sign-ons under way are counted by an index, and tokens of people who have left are ended.
//!
//! Not for who arrives. Invariant: a token of somebody who is no member of its organization is ended, as it should have been when
//! they left (a provider that took people out by SCIM did not end theirs).

crate::ddl::migration!(
    "CREATE INDEX sign_on_requests_of_provider ON sign_on_requests (provider_id, expires_at)",
    "UPDATE api_tokens SET revoked_at = created_at
        WHERE revoked_at IS NULL AND user_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM memberships WHERE memberships.user_id = api_tokens.user_id
                AND memberships.organization_id = api_tokens.organization_id)",
);
