//! Where checkpoints of audit logs are posted, how these addresses answer, and the checkpoints that wait for them.
//!
//! Not for the setting, which stays where it is. Invariant: an organization has a row exactly while it has an address, and a checkpoint
//! waits until it has arrived there.

crate::ddl::migration!(
    "CREATE TABLE audit_webhooks (
        organization_id {id} NOT NULL PRIMARY KEY REFERENCES organizations (id),
        url {text} NOT NULL,
        arrived_size {big},
        arrived_made_at {time},
        failing_since {time},
        failures {int} NOT NULL,
        again_at {time}
    ) {strict}",
    "CREATE TABLE audit_webhook_checkpoints (
        organization_id {id} NOT NULL REFERENCES organizations (id),
        size {big} NOT NULL,
        made_at {time} NOT NULL,
        text {text} NOT NULL,
        PRIMARY KEY (organization_id, size, made_at)
    ) {strict}",
    // What arrived before is not known, so the newest checkpoint comes once more.
    "INSERT INTO audit_webhooks (organization_id, url, failures)
        SELECT id, settings ->> 'audit_webhook_url', 0 FROM organizations
        WHERE settings ->> 'audit_webhook_url' IS NOT NULL",
    "INSERT INTO audit_webhook_checkpoints (organization_id, size, made_at, text)
        SELECT audit_logs.organization_id, checkpoint_size, checkpoint_at, checkpoint_text
        FROM audit_logs JOIN audit_webhooks ON audit_webhooks.organization_id = audit_logs.organization_id
        WHERE checkpoint_size IS NOT NULL AND checkpoint_at IS NOT NULL AND checkpoint_text IS NOT NULL",
);
