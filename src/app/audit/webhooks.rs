//! New checkpoints of audit logs, posted to where their organizations want them: out of reach of whoever runs the installation.
//!
//! Not for the places of the installation (`checkpoints.rs`), which alone decide what may be removed. Invariant: an address that does
//! not answer delays nobody else's, and nothing of an answer is kept or shown. What was posted is remembered in memory: after
//! a restart the newest checkpoint comes once more.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::OrganizationId;
use domain::audit::StoredCheckpoint;
use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::context::Services;
use crate::error::Error;

/// Addresses that are called at the same time.
const AT_ONCE: usize = 16;
/// First pause after a failure; it doubles each time.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// Longest pause (reliability.md T-53).
const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(1);

/// What was posted where.
#[derive(Debug, Default)]
pub struct Webhooks {
    progress: Mutex<BTreeMap<OrganizationId, Progress>>,
}

#[derive(Debug, Clone)]
struct Progress {
    url: String,
    /// When the newest checkpoint that arrived was made.
    arrived: Option<Timestamp>,
    failures: u32,
    again_at: Timestamp,
}

struct Due {
    organization: OrganizationId,
    url: String,
    checkpoint: StoredCheckpoint,
}

impl Webhooks {
    /// Posts every newest checkpoint that has not arrived and whose pause is over.
    pub async fn run(&self, services: &Services) -> Result<(), Error> {
        let due = self.due(services).await?;
        futures_util::stream::iter(due)
            .for_each_concurrent(AT_ONCE, |one| async move {
                let failed = post(services, &one).await.err();
                if let Some(reason) = &failed {
                    let organization = one.organization;
                    tracing::warn!(%organization, %reason, "a checkpoint of the audit log did not arrive");
                }
                self.note(one, failed.is_none(), services.clock.now());
            })
            .await;
        Ok(())
    }

    async fn due(&self, services: &Services) -> Result<Vec<Due>, Error> {
        let (reader, now) = (services.store.read(), services.clock.now());
        let mut due = Vec::new();
        for log in store::audit::logs::system_list(&reader).await? {
            let (organization, Some(checkpoint)) = (log.organization_id, log.checkpoint) else {
                continue;
            };
            let found = store::organizations::lookup(&reader, organization).await?;
            let Some(url) = found.and_then(|found| found.settings.audit_webhook_url) else {
                self.lock().remove(&organization);
                continue;
            };
            let known = self.lock().get(&organization).cloned();
            // Another address begins afresh.
            let known = known.filter(|known| known.url == url);
            if known.is_none_or(|known| {
                known.arrived != Some(checkpoint.made_at) && now >= known.again_at
            }) {
                due.push(Due {
                    organization,
                    url,
                    checkpoint,
                });
            }
        }
        Ok(due)
    }

    fn note(&self, one: Due, is_there: bool, now: Timestamp) {
        let mut progress = self.lock();
        let known = progress.get(&one.organization);
        let known = known.filter(|known| known.url == one.url);
        let arrived = known.and_then(|known| known.arrived);
        let failures = known.map_or(0, |known| known.failures);
        let next = if is_there {
            Progress {
                url: one.url,
                arrived: Some(one.checkpoint.made_at),
                failures: 0,
                again_at: now,
            }
        } else {
            let doubled = 1_i32.checked_shl(failures.min(16)).unwrap_or(1);
            let pause = PAUSE.saturating_mul(doubled).min(PAUSE_MAX);
            Progress {
                url: one.url,
                arrived,
                failures: failures.saturating_add(1),
                again_at: now.saturating_add(pause).unwrap_or(Timestamp::MAX),
            }
        };
        progress.insert(one.organization, next);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<OrganizationId, Progress>> {
        // A panic while the lock was held leaves nothing half-done here.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Posts one. The checkpoint carries its own signature, so whoever gets it needs no secret to believe it.
async fn post(services: &Services, one: &Due) -> Result<(), String> {
    let (organization, checkpoint) = (one.organization, &one.checkpoint);
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
    let posted = http.post_json(&one.url, &id, body.to_string().into_bytes());
    match posted.await {
        Ok(200..=299) => Ok(()),
        Ok(status) => Err(format!("answered with {status}")),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
