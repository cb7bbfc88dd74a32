//! The worker: claims tasks, runs their attempts, keeps their leases, and gives back what it cannot finish.
//!
//! Not for what an attempt does (`attempt.rs`). Invariant: a task runs here only while it is in `active`, and whoever loses its
//! lease is told before the next heartbeat is over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::task::TaskStatus;
use domain::{Clock, IdSource, TaskId};
use parking_lot::Mutex;
use store::Store;
use store::tasks::queue::{Change, ClaimRequest, Claimable, Claimed, Fence};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::attempt::{Attempt, Shared};
use crate::config::EngineConfig;
use crate::journal::{self, Journal, Write};
use crate::lease::Lease;
use crate::workflow::Registry;

/// Pause after the queue could not be read.
const FAILURE_PAUSE: Duration = Duration::from_secs(1);
/// Longest wait for the database before a loop looks again.
const PATIENCE: Duration = Duration::from_secs(30);
/// Finished tasks are gathered this long, so that one claim fills many slots.
const GATHER: Duration = Duration::from_millis(2);

/// A worker of this process.
#[derive(Debug, Clone)]
pub struct Engine {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    registry: Registry,
    config: EngineConfig,
}

/// One run of an engine.
struct Run {
    shared: Arc<Shared>,
    registry: Registry,
    claimable: Vec<Claimable>,
    owner: String,
    active: Arc<Mutex<BTreeMap<TaskId, Arc<Lease>>>>,
    freed: Arc<Notify>,
}

impl Engine {
    /// A worker for the kinds of `registry`.
    #[must_use]
    pub const fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        registry: Registry,
        config: EngineConfig,
    ) -> Self {
        Self {
            store,
            clock,
            ids,
            registry,
            config,
        }
    }

    /// Runs tasks until `shutdown`; then lets steps come to an end for the grace time and gives the rest back to the queue.
    pub async fn run(&self, shutdown: CancellationToken) {
        let (journal, entries) = Journal::new();
        let pen = TaskTracker::new();
        pen.spawn(journal::run(
            self.store.clone(),
            Arc::clone(&self.clock),
            entries,
        ));
        let run = Arc::new(Run {
            shared: Arc::new(Shared {
                store: self.store.clone(),
                clock: Arc::clone(&self.clock),
                ids: Arc::clone(&self.ids),
                config: self.config,
                journal,
            }),
            registry: self.registry.clone(),
            claimable: claimable(&self.registry),
            owner: self.ids.uuid().simple().to_string(),
            active: Arc::default(),
            freed: Arc::default(),
        });
        let drained = CancellationToken::new();
        tokio::join!(
            async {
                // Whoever drops this future ends the attempts with it, as a crash would.
                let mut attempts = JoinSet::new();
                run.claim_until(&mut attempts, &shutdown).await;
                for lease in run.active.lock().values() {
                    lease.shut_down();
                }
                while attempts.join_next().await.is_some() {}
                drained.cancel();
            },
            run.watch_until(&drained),
        );
        drop(run);
        pen.close();
        pen.wait().await;
    }
}

fn claimable(registry: &Registry) -> Vec<Claimable> {
    registry
        .newest()
        .map(|workflow| Claimable {
            kind: workflow.kind(),
            versions: registry
                .known()
                .filter(|(kind, _)| *kind == workflow.kind())
                .map(|(_, version)| version)
                .collect(),
            newest: workflow.version(),
            kind_limit: workflow.kind_limit(),
            key_limit: workflow.concurrency_limit(),
        })
        .collect()
}

impl Run {
    async fn claim_until(
        self: &Arc<Self>,
        attempts: &mut JoinSet<()>,
        shutdown: &CancellationToken,
    ) {
        let mut changed = self.shared.store.changed();
        while !shutdown.is_cancelled() {
            changed.borrow_and_update();
            while attempts.try_join_next().is_some() {}
            let free = self
                .shared
                .config
                .slots
                .saturating_sub(self.active.lock().len());
            let claimed = if free == 0 {
                Ok(0)
            } else {
                let claim = tokio::time::timeout(PATIENCE, self.claim(attempts, free));
                claim.await.unwrap_or(Ok(0))
            };
            match claimed {
                Ok(count) if count > 0 && count == free => {}
                Ok(_) => {
                    let wait = self.wait().await;
                    tokio::select! {
                        () = shutdown.cancelled() => {}
                        () = self.freed.notified() => tokio::time::sleep(GATHER).await,
                        _ = changed.changed() => tokio::time::sleep(GATHER).await,
                        () = tokio::time::sleep(wait) => {}
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the queue could not be read");
                    tokio::select! {
                        () = shutdown.cancelled() => {}
                        () = tokio::time::sleep(FAILURE_PAUSE) => {}
                    }
                }
            }
        }
    }

    /// How long to sleep when nothing wakes us: until the next task may run, or the poll.
    async fn wait(&self) -> Duration {
        let poll = self.shared.config.poll;
        let next = store::tasks::queue::system_next_run(&self.shared.store.read()).await;
        match (next, self.shared.store.lease_now().await) {
            // One that may run already waits for a slot, a limit or a worker that knows it: no reason to hurry.
            (Ok(Some(at)), Ok(now)) if at > now => {
                Duration::try_from(at.duration_since(now)).map_or(poll, |wait| wait.min(poll))
            }
            _ => poll,
        }
    }

    async fn claim(
        self: &Arc<Self>,
        attempts: &mut JoinSet<()>,
        count: usize,
    ) -> Result<usize, store::Error> {
        let now = self.shared.clock.now();
        let config = &self.shared.config;
        let mut tx = self.shared.store.begin().await?;
        let claimed_at = tx.lease_now().await?;
        let request = ClaimRequest {
            owner: &self.owner,
            claimable: &self.claimable,
            count,
            until: claimed_at + config.lease,
            now: claimed_at,
        };
        let claimed = store::tasks::queue::system_claim(&mut tx, &request).await?;
        if claimed.is_empty() {
            tx.rollback().await?;
            return Ok(0);
        }
        let resumed: Vec<TaskId> = claimed
            .iter()
            .filter(|claimed| claimed.task.attempt > 1)
            .map(|claimed| claimed.task.id)
            .collect();
        let mut records = store::task_steps::system_of_tasks(&tx, &resumed).await?;
        tx.commit().await?;
        let count = claimed.len();
        let trusted_until = now + config.lease - config.margin;
        for one in claimed {
            let records = records.remove(&one.task.id).unwrap_or_default();
            let clock = Arc::clone(&self.shared.clock);
            let fence = Fence {
                task_id: one.task.id,
                organization_id: one.task.organization_id,
                attempt: one.task.attempt,
            };
            let lease = Lease::new(fence, clock, trusted_until, one.task.progress);
            let lease = Arc::new(lease);
            if let Some(attempt) = self.start(one, records, lease) {
                attempts.spawn(attempt);
            }
        }
        Ok(count)
    }

    fn start(
        self: &Arc<Self>,
        claimed: Claimed,
        records: Vec<domain::task::TaskStep>,
        lease: Arc<Lease>,
    ) -> Option<impl Future<Output = ()> + Send + use<>> {
        let task = &claimed.task;
        let Some(workflow) = self.registry.find(task.spec.kind(), claimed.version) else {
            // Cannot be: the claim asked for known ones only. Its lease runs out and another looks at it.
            tracing::error!(task = %task.id, version = claimed.version, "claimed an unknown kind");
            return None;
        };
        let id = task.id;
        tracing::debug!(task = %id, kind = task.spec.kind().name(), attempt = task.attempt, "begins");
        self.active.lock().insert(id, Arc::clone(&lease));
        let shared = Arc::clone(&self.shared);
        let attempt = Attempt::new(shared, Arc::clone(&lease), &*workflow, claimed, records);
        let run = Arc::clone(self);
        Some(async move {
            attempt.run().await;
            let mut active = run.active.lock();
            // After a lost lease the task may run here again already, under a new one.
            if active
                .get(&id)
                .is_some_and(|other| Arc::ptr_eq(other, &lease))
            {
                active.remove(&id);
            }
            drop(active);
            run.freed.notify_one();
        })
    }

    /// Keeps leases, writes progress and passes on aborts until all attempts are over.
    async fn watch_until(&self, drained: &CancellationToken) {
        let config = &self.shared.config;
        let mut watch = tokio::time::interval(config.watch);
        watch.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut since_heartbeat = Duration::ZERO;
        loop {
            tokio::select! {
                () = drained.cancelled() => return,
                _ = watch.tick() => {}
            }
            let active = self.active.lock().clone();
            since_heartbeat += config.watch;
            if active.is_empty() {
                continue;
            }
            if since_heartbeat >= config.heartbeat {
                since_heartbeat = Duration::ZERO;
                self.within_patience(self.renew(&active)).await;
            }
            self.within_patience(self.look_for_aborts(&active)).await;
            self.write_progress(&active).await;
        }
    }

    async fn within_patience(&self, work: impl Future<Output = Result<(), store::Error>>) {
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "leases could not be kept, trying again"),
            Err(_elapsed) => tracing::warn!("the database is slow, leases may be lost"),
        }
    }

    async fn renew(&self, active: &BTreeMap<TaskId, Arc<Lease>>) -> Result<(), store::Error> {
        let now = self.shared.clock.now();
        let config = &self.shared.config;
        let ids: Vec<TaskId> = active.keys().copied().collect();
        let mut tx = self.shared.store.begin().await?;
        let until = tx.lease_now().await? + config.lease;
        let held = store::tasks::queue::system_renew(&mut tx, &self.owner, &ids, until).await?;
        tx.commit().await?;
        for (id, lease) in active {
            if held
                .get(id)
                .is_some_and(|(attempt, _)| *attempt == lease.fence().attempt)
            {
                // Counted from before the database was asked, by our own clock: never longer than the lease.
                lease.renew(now + config.lease - config.margin);
            } else if self
                .active
                .lock()
                .get(id)
                .is_some_and(|now| Arc::ptr_eq(now, lease))
            {
                tracing::warn!(task = %id, "the lease is lost");
                lease.lose();
            }
        }
        Ok(())
    }

    async fn look_for_aborts(
        &self,
        active: &BTreeMap<TaskId, Arc<Lease>>,
    ) -> Result<(), store::Error> {
        let reader = self.shared.store.read();
        let aborting = store::tasks::queue::system_aborting_of(&reader, &self.owner).await?;
        for (id, attempt) in aborting {
            let is_news =
                |lease: &&Arc<Lease>| lease.fence().attempt == attempt && !lease.is_aborting();
            if let Some(lease) = active.get(&id).filter(is_news) {
                tracing::debug!(task = %id, "is told to stop");
                lease.abort();
            }
        }
        Ok(())
    }

    async fn write_progress(&self, active: &BTreeMap<TaskId, Arc<Lease>>) {
        const UNDER_WAY: &[TaskStatus] = &[TaskStatus::Running, TaskStatus::Aborting];
        let writes = active.values().filter_map(|lease| {
            let progress = lease.take_progress()?;
            Some(self.shared.journal.write(Write {
                fence: lease.fence(),
                from: UNDER_WAY,
                change: Change::Progress(progress),
                steps: Vec::new(),
            }))
        });
        // Who lost the lease hears of it from the heartbeat.
        futures_util::future::join_all(writes).await;
    }
}
