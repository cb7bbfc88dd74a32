//! Figures of the whole installation for `/metrics`.
//!
//! Not the edge's own (`http/metrics.rs`). Invariant: they are read from the database when they are asked for, so they are true while
//! the scheduler is dead (reliability.md S7).

use std::sync::Arc;

use async_trait::async_trait;
use domain::Clock;
use prometheus::{Gauge, Registry};
use store::Store;

use crate::http::Figures;

/// The age of the oldest backup that is overdue.
pub(crate) struct OverdueFigures {
    store: Store,
    clock: Arc<dyn Clock>,
    age: Gauge,
}

impl OverdueFigures {
    /// Registers the figure.
    pub(crate) fn register(
        registry: &Registry,
        store: Store,
        clock: Arc<dyn Clock>,
    ) -> prometheus::Result<Self> {
        let age = Gauge::new(
            "holdfast_backup_overdue_seconds",
            "For how long the asset that waits longest has been without a recovery point that it should have; 0 when none is.",
        )?;
        registry.register(Box::new(age.clone()))?;
        Ok(Self { store, clock, age })
    }
}

#[async_trait]
impl Figures for OverdueFigures {
    async fn refresh(&self) {
        // What cannot be read is no number: an alarm on it rings, too.
        self.age.set(f64::NAN);
        let now = self.clock.now();
        let oldest = store::compliance::system_oldest_overdue(&self.store.read(), now).await;
        match oldest {
            Ok(oldest) => {
                let age = oldest.map(|oldest| now.duration_since(oldest).as_secs_f64());
                self.age.set(age.unwrap_or(0.0));
            }
            Err(error) => tracing::warn!(%error, "overdue backups cannot be counted"),
        }
    }
}
