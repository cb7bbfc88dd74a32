//! Checkpoints of audit logs, posted to where their organizations want them: out of reach of whoever runs the installation.
//!
//! Not for the places of the installation (`checkpoints.rs`), which alone decide what may be removed. Invariant: checkpoints arrive in
//! the order in which they were made and none is left out; an address that does not answer delays nobody else's, and of an answer
//! nothing but its status is kept or shown.

use domain::alert::{AlertKind, NewAlert};
use domain::audit::StoredCheckpoint;
use domain::audit::webhook::{Failing, Webhook};
use domain::limits::{AUDIT_WEBHOOK_BATCH, AUDIT_WEBHOOK_PATIENCE_MINUTES};
use domain::{AlertId, OrganizationId};
use futures_util::StreamExt as _;
use serde_json::json;
use store::{Tx, alerts, audit};

use crate::context::Services;
use crate::error::Error;

/// Addresses that are called at the same time.
const AT_ONCE: usize = 16;
/// Key of the alert; an organization has one address.
const ALERT: &str = "audit_webhook_down";

/// Posts the checkpoints that wait for an address whose pause is over.
pub async fn run(services: &Services) -> Result<(), Error> {
    let now = services.clock.now();
    let due = audit::webhooks::system_due(&services.store.read(), now).await?;
    let done = futures_util::stream::iter(due)
        .map(|webhook| bring(services, webhook))
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>();
    // What could not be written down is told after everybody had their turn.
    done.await.into_iter().collect()
}

/// Another address, or none: what was known of the one before is over, its alert too.
pub(crate) async fn settle(
    tx: &mut Tx,
    organization: OrganizationId,
    url: Option<&str>,
) -> Result<(), Error> {
    audit::webhooks::settle(tx, organization, url).await?;
    alerts::clear(tx, organization, ALERT).await?;
    Ok(())
}

/// Posts one after the other until there is no more, or one fails. A server that dies between an answer and the commit posts that one
/// again, under the same `webhook-id`.
async fn bring(services: &Services, mut webhook: Webhook) -> Result<(), Error> {
    let organization = webhook.organization_id;
    let reader = services.store.read();
    let waiting = audit::webhooks::waiting(&reader, organization, AUDIT_WEBHOOK_BATCH).await?;
    for checkpoint in waiting {
        let answer = post(services, &webhook, &checkpoint).await;
        let mut tx = services.store.begin().await?;
        webhook = match &answer {
            Ok(()) => webhook.answered(&checkpoint),
            Err(_) => webhook.failed(services.clock.now()),
        };
        if !audit::webhooks::set(&mut tx, &webhook).await? {
            // The organization has changed its mind meanwhile.
            return Ok(());
        }
        match answer {
            Ok(()) => {
                audit::webhooks::remove(&mut tx, organization, &checkpoint).await?;
                alerts::clear(&mut tx, organization, ALERT).await?;
                tx.commit().await?;
            }
            Err(reason) => {
                tracing::warn!(%organization, %reason, "a checkpoint of the audit log did not arrive");
                if let Some(failing) = webhook.failing
                    && webhook.is_down(services.clock.now())
                {
                    let alert = down(services, &webhook, failing, &reason);
                    alerts::raise(&mut tx, &alert).await?;
                }
                tx.commit().await?;
                break;
            }
        }
    }
    Ok(())
}

fn down(services: &Services, webhook: &Webhook, failing: Failing, reason: &str) -> NewAlert {
    let cause = format!(
        "The address that wants the checkpoints of the audit log has taken none for more than {AUDIT_WEBHOOK_PATIENCE_MINUTES} minutes. {reason} \
         Look at the receiver, or change the address in the settings of the organization. The checkpoints wait and come in order when it \
         takes them again; until then nobody outside of this installation holds them.",
    );
    let id = AlertId::fresh(services.ids.as_ref());
    let kind = AlertKind::AuditWebhookDown;
    let mut alert = NewAlert::new(id, webhook.organization_id, kind, ALERT, cause);
    alert.evidence = json!({
        "url": webhook.url,
        "failing_since": failing.since.to_string(),
        "arrived_size": webhook.arrived.map(|(size, _)| size),
        "arrived_made_at": webhook.arrived.map(|(_, made_at)| made_at.to_string()),
    });
    alert
}

/// Posts one. The checkpoint carries its own signature, so whoever gets it needs no secret to believe it.
async fn post(
    services: &Services,
    webhook: &Webhook,
    checkpoint: &StoredCheckpoint,
) -> Result<(), String> {
    let organization = webhook.organization_id;
    let id = format!(
        "{organization}-{}-{}",
        checkpoint.size,
        checkpoint.made_at.as_second()
    );
    let body = json!({
        "type": "audit.checkpoint",
        "timestamp": checkpoint.made_at,
        "data": { "organizationId": organization, "size": checkpoint.size, "checkpoint": checkpoint.text },
    });
    let http = services.connections.http();
    let posted = http.post_json(&webhook.url, &id, body.to_string().into_bytes());
    match posted.await {
        Ok(200..=299) => Ok(()),
        Ok(status) => Err(format!("It answers with {status}.")),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
