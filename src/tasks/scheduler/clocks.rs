//! Watches whether the clock of this replica is that of the database.
//!
//! Not for deciding anything: schedules and leases go by the database's clock, and what deletes looks at both by itself. Invariant:
//! a replica that disagrees tells every organization until it agrees again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::AlertId;
use domain::alert::{AlertKind, AlertSubject, NewAlert};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::Scheduler;

/// Clocks that differ by more are a fault.
const SKEW_MAX: SignedDuration = SignedDuration::from_mins(5);
/// From one look to the next; half of the minute after which people must know.
const PERIOD: Duration = Duration::from_secs(30);
/// One alert for all replicas: whoever is wrong keeps it alive.
const KEY: &str = "clocks_disagree/schedules";

impl Scheduler {
    /// Looks at the clocks until `shutdown`.
    pub(super) async fn watch_clocks(&self, shutdown: &CancellationToken) {
        // What a process before this one has told may be over.
        let told = AtomicBool::new(true);
        while !shutdown.is_cancelled() {
            if let Err(error) = self.look_at_clocks(&told).await {
                tracing::warn!(%error, "the clocks could not be compared");
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(PERIOD) => {}
            }
        }
    }

    /// Compares the clock of this replica with the database's, and raises or clears the alert.
    pub(crate) async fn look_at_clocks(&self, told: &AtomicBool) -> Result<(), store::Error> {
        let skew = self
            .clock
            .now()
            .duration_since(self.store.lease_now().await?);
        let is_wrong = skew.abs() > SKEW_MAX;
        if !is_wrong && !told.load(Ordering::SeqCst) {
            return Ok(());
        }
        if is_wrong {
            tracing::error!(%skew, "the clocks of this server and of the database disagree");
        }
        let mut tx = self.store.begin().await?;
        for organization in store::organizations::system_list(&tx).await? {
            if is_wrong {
                let alert = NewAlert {
                    id: AlertId::fresh(&*self.ids),
                    organization_id: organization.id,
                    key: KEY.to_owned(),
                    kind: AlertKind::ClocksDisagree,
                    severity: AlertKind::ClocksDisagree.severity(),
                    cause: format!(
                        "The clocks of a server and of the database differ by {} seconds. Nothing expires until they agree; set \
                         them by NTP.",
                        skew.abs().as_secs()
                    ),
                    evidence: serde_json::json!({ "skew_seconds": skew.as_secs() }),
                    subject: AlertSubject::default(),
                };
                store::alerts::raise(&mut tx, &alert).await?;
            } else {
                store::alerts::clear(&mut tx, organization.id, KEY).await?;
            }
        }
        tx.commit().await?;
        told.store(is_wrong, Ordering::SeqCst);
        Ok(())
    }
}
