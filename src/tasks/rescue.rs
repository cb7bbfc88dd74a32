//! The rescue: tasks whose worker is gone go back to the queue.
//!
//! Not for workers that are alive and slow (they find out by their fence). Invariant: a task that kills its workers again and
//! again fails in the end, instead of killing them for ever.

use async_trait::async_trait;
use domain::task::{TaskFailure, TaskStatus};
use jiff::SignedDuration;
use store::tasks::queue::{
    Change, Claimed, Fence, system_change, system_expire_leases, system_lock_expired,
};

use crate::attempt::random;
use crate::duty::{Duty, DutyContext, DutyError};
use crate::error::{RetryClass, WORKER_LOST};
use crate::retry::Failures;
use crate::workflow::Registry;

/// Tasks taken back in one transaction.
const BATCH: u64 = 200;
const LEASED: &[TaskStatus] = &[TaskStatus::Running, TaskStatus::Aborting];

/// The duty that takes tasks back from workers that are gone.
#[derive(Debug)]
pub struct Rescue {
    registry: Registry,
    period: SignedDuration,
}

impl Rescue {
    /// The rescue of tasks of these kinds.
    #[must_use]
    pub const fn new(registry: Registry) -> Self {
        Self {
            registry,
            period: SignedDuration::from_secs(15),
        }
    }

    /// The same, at another pace.
    #[must_use]
    pub fn every(self, period: SignedDuration) -> Self {
        Self { period, ..self }
    }

    /// Takes back all tasks under a lease, at once: for a server that can prove, before its own workers begin, that every
    /// other process is gone (SQLite, under the lock of its file). How many there were.
    pub async fn rescue_all(&self, cx: &DutyContext) -> Result<usize, store::Error> {
        let mut tx = cx.store.begin().await?;
        let leased = system_expire_leases(&mut tx).await?;
        tx.commit().await?;
        if leased == 0 {
            return Ok(0);
        }
        self.rescue(cx).await
    }

    /// Takes back all tasks whose lease is over; how many there were.
    pub async fn rescue(&self, cx: &DutyContext) -> Result<usize, store::Error> {
        let mut rescued = 0;
        loop {
            let now = cx.clock.now();
            let mut tx = cx.store.begin().await?;
            let by_lease_clock = tx.lease_now().await?;
            let lost = system_lock_expired(&mut tx, by_lease_clock, BATCH).await?;
            for task in &lost {
                for change in self.changes(cx, task) {
                    let fence = Fence {
                        task_id: task.task.id,
                        organization_id: task.task.organization_id,
                        attempt: task.task.attempt,
                    };
                    system_change(&mut tx, &[fence], LEASED, &change, now).await?;
                }
                tracing::warn!(task = %task.task.id, attempt = task.task.attempt, "lost its worker");
            }
            tx.commit().await?;
            rescued += lost.len();
            if lost.is_empty() {
                return Ok(rescued);
            }
        }
    }

    fn changes(&self, cx: &DutyContext, lost: &Claimed) -> Vec<Change> {
        let now = cx.clock.now();
        let workflow = self.registry.find(lost.task.spec.kind(), lost.version);
        let policy = workflow
            .map(|workflow| workflow.retry_policy())
            .unwrap_or_default();
        let mut failures = Failures::from_row(&lost.failures);
        let count = failures.add(RetryClass::WorkerLost);
        let failure = TaskFailure {
            code: WORKER_LOST.to_owned(),
            message: "The worker that ran the task ended or lost its connection.".to_owned(),
            aws_request_id: None,
            is_retryable: true,
        };
        let again = |failure: Option<TaskFailure>| Change::Requeue {
            run_after: now + policy.worker_lost.delay(count, random(&*cx.ids)),
            failure,
            failures: failures.to_row(),
        };
        if lost.task.status == TaskStatus::Aborting {
            // Why it undoes stays as it was; undoing is tried for as long as workers die of it.
            return vec![again(None)];
        }
        if count > policy.worker_lost.budget {
            let undo = Change::Undo {
                failure: Some(failure),
            };
            return vec![undo, again(None)];
        }
        vec![again(Some(failure))]
    }
}

#[async_trait]
impl Duty for Rescue {
    fn name(&self) -> &'static str {
        "rescue_tasks"
    }

    fn period(&self) -> SignedDuration {
        self.period
    }

    async fn run(&self, cx: &DutyContext) -> Result<(), DutyError> {
        self.rescue(cx).await?;
        Ok(())
    }
}
