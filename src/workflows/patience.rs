//! Long work inside a step: waiting for AWS, and blocking calls of the vault that show progress and can be stopped.
//!
//! Not for retries (`tasks`). Invariant: whatever waits here ends soon after the step's lease or its task does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use tasks::{StepContext, TaskError};
use tokio::runtime::Handle;
use vault::{Fence, FenceError, Progress, VaultError};

use crate::failure::{self, AWS_TIMEOUT};

/// First pause between two looks at AWS.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
/// Longest pause between two looks at AWS.
const PAUSE_MAX: Duration = Duration::from_secs(15);
/// How often the progress of a blocking call is passed on.
const PROGRESS_PERIOD: Duration = Duration::from_millis(300);
/// How long an answer of the database about the lease is trusted by [`database_fence`].
const FENCE_TRUST: SignedDuration = SignedDuration::from_secs(5);

/// Waits with growing pauses, until a deadline.
#[derive(Debug)]
pub(crate) struct Patience {
    deadline: Timestamp,
    pause: Duration,
    what: &'static str,
}

impl Patience {
    /// Waits at most `minutes` for `what`.
    pub(crate) fn new(cx: &StepContext, minutes: u32, what: &'static str) -> Self {
        let now = cx.clock.now();
        let limit = SignedDuration::from_mins(i64::from(minutes));
        Self {
            deadline: now.checked_add(limit).unwrap_or(now),
            pause: PAUSE_FIRST,
            what,
        }
    }

    /// Waits a while; an error when the step shall end or the deadline has passed.
    pub(crate) async fn wait(&mut self, cx: &StepContext) -> Result<(), TaskError> {
        if cx.clock.now() >= self.deadline {
            let what = self.what;
            return Err(TaskError::fail(
                AWS_TIMEOUT,
                format!("AWS took too long for {what} (tasks.aws_wait_minutes)."),
            ));
        }
        tokio::select! {
            () = cx.cancelled() => return Err(stopped(cx)),
            () = tokio::time::sleep(self.pause) => {}
        }
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        cx.check_lease()
    }
}

/// Why a step that was cancelled ends.
pub(crate) fn stopped(cx: &StepContext) -> TaskError {
    if cx.is_aborting() {
        TaskError::abort()
    } else {
        TaskError::lease_lost()
    }
}

/// Counts what a blocking call has done, and tells it to stop.
#[derive(Debug, Default)]
struct Meter {
    done: AtomicU64,
    total: AtomicU64,
    stop: AtomicBool,
}

impl Progress for Meter {
    fn started(&self, total_bytes: u64) {
        self.total.fetch_add(total_bytes, Ordering::Relaxed);
    }

    fn advanced(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Stops the blocking call also when the step is dropped, as a shutdown does after its grace time.
struct StopOnDrop(Arc<Meter>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

/// Runs a blocking call of the vault with progress, and stops it when the step shall end.
pub(crate) async fn watched<T: Send + 'static>(
    cx: &StepContext,
    work: impl FnOnce(&dyn Progress) -> Result<T, VaultError> + Send + 'static,
) -> Result<T, TaskError> {
    let meter = Arc::new(Meter::default());
    let _stop = StopOnDrop(meter.clone());
    let for_work = meter.clone();
    let mut running = tokio::task::spawn_blocking(move || work(for_work.as_ref()));
    let cancelled = cx.cancelled();
    tokio::pin!(cancelled);
    let finished = loop {
        tokio::select! {
            finished = &mut running => break finished,
            () = &mut cancelled, if !meter.is_cancelled() => {
                meter.stop.store(true, Ordering::Relaxed);
            }
            () = tokio::time::sleep(PROGRESS_PERIOD) => tell(cx, &meter),
        }
    };
    tell(cx, &meter);
    match finished {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(VaultError::Cancelled)) => Err(stopped(cx)),
        Ok(Err(error)) => Err(failure::vault(&error)),
        // A panic of the library must end one task and nothing else.
        Err(error) => Err(TaskError::fail(
            "VAULT_INTERNAL",
            format!("A vault call broke off: {error}."),
        )),
    }
}

fn tell(cx: &StepContext, meter: &Meter) {
    cx.progress(
        meter.done.load(Ordering::Relaxed),
        meter.total.load(Ordering::Relaxed),
    );
}

/// As [`fence`], and every few seconds the row itself, for what cannot be taken back: a worker that is alive but slow
/// must not delete under a lease that the database has given to another.
pub(crate) fn database_fence(cx: &StepContext) -> Fence {
    let cx = cx.clone();
    let runtime = Handle::current();
    let asked_at: Mutex<Option<Timestamp>> = Mutex::new(None);
    Arc::new(move || {
        let lost = |error: TaskError| FenceError::new(error.message);
        cx.check_lease().map_err(lost)?;
        let mut asked_at = asked_at.lock();
        let now = cx.clock.now();
        let is_fresh = |at: &Timestamp| now.duration_since(*at).abs() < FENCE_TRUST;
        if asked_at.as_ref().is_some_and(is_fresh) {
            return Ok(());
        }
        runtime.block_on(has_row(&cx)).map_err(lost)?;
        *asked_at = Some(now);
        cx.check_lease().map_err(lost)
    })
}

/// Whether the row still names this attempt.
async fn has_row(cx: &StepContext) -> Result<(), TaskError> {
    let reader = cx.store.read();
    let states = store::tasks::queue::system_states(&reader, &[cx.task.id]).await?;
    match states.get(&cx.task.id) {
        Some((attempt, _, true)) if *attempt == cx.attempt => Ok(()),
        Some(_) | None => Err(TaskError::lease_lost()),
    }
}

/// Asks the lease before the vault commits or deletes anything.
pub(crate) fn fence(cx: &StepContext) -> Fence {
    let cx = cx.clone();
    Arc::new(move || {
        cx.check_lease()
            .map_err(|error| FenceError::new(error.message))
    })
}
