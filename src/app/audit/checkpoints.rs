//! Signed checkpoints of audit logs, and the end of events whose time is over.
//!
//! Not for keys and places (`server`). Invariant: events are removed only after a checkpoint that names the cut has reached every
//! place, so what is left can be verified against something that the database cannot change.

use async_trait::async_trait;
use domain::audit::checkpoint::Checkpoint;
use domain::audit::{AuditEvent, AuditLog, Interface, Outcome, StoredCheckpoint};
use domain::task::Actor;
use domain::{AuditEventId, Clock, IdSource, OrganizationId};
use jiff::{SignedDuration, Timestamp};
use store::{Store, Tx, audit};

use crate::actions::EXPIRE_AUDIT_EVENTS;
use crate::error::Error;
use crate::ports::PortError;

/// A log that has grown gets a checkpoint after this long (reliability.md U1).
pub const EVERY: SignedDuration = SignedDuration::from_mins(5);
/// And at once when it has grown by this many events (reliability.md U1).
pub const EVENTS_MAX: u64 = 1_000;
/// Events that one transaction removes.
const CUT_BATCH: u64 = 1_000;
/// Seconds of a day.
const DAY_SECONDS: i64 = 86_400;

/// Signs checkpoints.
pub trait Signer: Send + Sync {
    /// The signed text.
    fn sign(&self, checkpoint: &Checkpoint) -> Result<String, PortError>;
}

/// Where checkpoints go, out of reach of whoever can write to the database.
#[async_trait]
pub trait Places: Send + Sync {
    /// Puts the text into every place; the same text again is no error.
    async fn put(
        &self,
        organization: OrganizationId,
        checkpoint: &StoredCheckpoint,
    ) -> Result<(), PortError>;
}

/// What makes checkpoints.
#[expect(missing_debug_implementations, reason = "the signer holds a key")]
pub struct Checkpoints<'a> {
    /// The database.
    pub store: &'a Store,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// Source of ids.
    pub ids: &'a dyn IdSource,
    /// Signs.
    pub signer: &'a dyn Signer,
    /// Keeps.
    pub places: &'a dyn Places,
}

impl Checkpoints<'_> {
    /// Looks at every log: makes the checkpoint that is due, exports what was not, removes what was cut.
    pub async fn run(&self) -> Result<(), Error> {
        let mut failed = None;
        for log in audit::logs::system_list(&self.store.read()).await? {
            // One place that cannot be reached must not keep the other logs from theirs.
            if let Err(error) = self.one(&log).await {
                tracing::error!(organization = %log.organization_id, %error, "no checkpoint of an audit log");
                failed = Some(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn one(&self, log: &AuditLog) -> Result<(), Error> {
        let now = self.clock.now();
        let organization = log.organization_id;
        let reader = self.store.read();
        let found = store::organizations::lookup(&reader, organization).await?;
        let settings = found.map(|found| found.settings).unwrap_or_default();
        let days = i64::from(settings.audit_retention_days);
        let kept = SignedDuration::from_secs(days * DAY_SECONDS);
        let until = now.saturating_sub(kept).unwrap_or(Timestamp::MIN);
        let cut = audit::logs::cut_before(&reader, organization, until, log.anchor_size).await?;
        if cut.is_some() || is_due(log, now) {
            let mut tx = self.store.begin().await?;
            self.make(&mut tx, organization, now, cut).await?;
            tx.commit().await?;
        }
        let Some(log) = audit::logs::lookup(&reader, organization).await? else {
            return Ok(());
        };
        let Some(checkpoint) = &log.checkpoint else {
            return Ok(());
        };
        if checkpoint.exported_at.is_none() {
            self.places.put(organization, checkpoint).await?;
            let mut tx = self.store.begin().await?;
            audit::logs::set_exported(&mut tx, organization, checkpoint.size, now).await?;
            tx.commit().await?;
        }
        self.remove(organization, log.anchor_size).await
    }

    async fn make(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        now: Timestamp,
        cut: Option<(u64, domain::audit::Hash)>,
    ) -> Result<(), Error> {
        // Held, so that no checkpoint is missed by an address that is given at this moment.
        store::organizations::lock(tx, organization).await?;
        // Read again: it may have grown, and the checkpoint must fit what it names.
        let Some(log) = audit::logs::lookup(tx, organization).await? else {
            return Ok(());
        };
        let anchor = cut.unwrap_or((log.anchor_size, log.anchor));
        let made = Checkpoint {
            organization_id: organization,
            size: log.size,
            head: log.head,
            anchor_size: anchor.0,
            anchor: anchor.1,
            made_at: now,
        };
        let stored = StoredCheckpoint {
            size: log.size,
            made_at: now,
            text: self.signer.sign(&made)?,
            exported_at: None,
        };
        audit::logs::set_checkpoint(tx, organization, &stored, anchor).await?;
        audit::webhooks::wait(tx, organization, &stored).await?;
        if cut.is_some() {
            let event = self.expired(organization, now, anchor.0);
            audit::record(tx, &event).await?;
        }
        Ok(())
    }

    fn expired(&self, organization: OrganizationId, now: Timestamp, through: u64) -> AuditEvent {
        AuditEvent {
            id: AuditEventId::fresh(self.ids),
            organization_id: organization,
            occurred_at: now,
            actor: Actor::System,
            interface: Interface::System,
            action: EXPIRE_AUDIT_EVENTS.name.to_owned(),
            target: None,
            outcome: Outcome::Success,
            summary: serde_json::json!({ "throughSequence": through }),
            address: None,
            request_id: String::new(),
        }
    }

    async fn remove(&self, organization: OrganizationId, anchor: u64) -> Result<(), Error> {
        loop {
            let mut tx = self.store.begin().await?;
            let removed = audit::logs::cut(&mut tx, organization, anchor, CUT_BATCH).await?;
            tx.commit().await?;
            if removed < CUT_BATCH {
                return Ok(());
            }
        }
    }
}

/// Whether a log that has grown has waited long enough, or has grown by enough.
fn is_due(log: &AuditLog, now: Timestamp) -> bool {
    match &log.checkpoint {
        None => log.size > 0,
        Some(last) => {
            let grown = log.size.saturating_sub(last.size);
            grown >= EVENTS_MAX || (grown > 0 && now.duration_since(last.made_at) >= EVERY)
        }
    }
}

#[cfg(test)]
mod tests;
