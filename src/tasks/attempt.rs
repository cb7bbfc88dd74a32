//! One attempt at one task: its steps forward, or their undoing backward.
//!
//! Not for claiming and renewing (`worker.rs`). Invariant: a step is begun in its row before it has an effect, and is never run
//! again once its row says that it is done.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use domain::task::{Progress, StepStatus, TaskFailure, TaskStatus, TaskStep};
use domain::{Clock, IdSource};
use futures_util::FutureExt;
use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use store::Store;
use store::tasks::queue::{Change, Claimed, Fence};
use tokio_util::sync::CancellationToken;

use crate::config::EngineConfig;
use crate::context::{StepContext, intent_key};
use crate::error::{INCONSISTENT, PANIC, Remedy, RetryClass, STUCK, TaskError};
use crate::journal::{Journal, Refusal, Write};
use crate::lease::Lease;
use crate::retry::Failures;
use crate::workflow::{Step, Workflow};

const RUNNING: &[TaskStatus] = &[TaskStatus::Running];
const ABORTING: &[TaskStatus] = &[TaskStatus::Aborting];

/// What every attempt of a worker shares.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) config: EngineConfig,
    pub(crate) journal: Journal,
}

/// One attempt.
pub(crate) struct Attempt {
    shared: Arc<Shared>,
    lease: Arc<Lease>,
    fence: Fence,
    task: Arc<domain::task::Task>,
    policy: crate::retry::RetryPolicy,
    failures: Failures,
    steps: Vec<Arc<dyn Step>>,
    records: BTreeMap<i32, TaskStep>,
    outputs: Arc<Mutex<BTreeMap<String, Json>>>,
    is_abort_requested: bool,
}

/// What follows the way forward.
enum Next {
    /// Nothing: the row says how it stands, unless the lease was lost.
    Over,
    /// The undoing, for this failure; for none it was told to stop.
    Undo(Option<TaskFailure>),
}

/// How a step's future came to its end.
enum Ended<T> {
    Answer(Result<T, TaskError>),
    /// It did not end by itself, so it was dropped.
    Dropped,
}

impl Attempt {
    pub(crate) fn new(
        shared: Arc<Shared>,
        lease: Arc<Lease>,
        workflow: &dyn Workflow,
        claimed: Claimed,
        records: Vec<TaskStep>,
    ) -> Self {
        let done = records
            .iter()
            .filter(|record| record.status == StepStatus::Done);
        let outputs = done
            .filter_map(|record| Some((record.name.clone(), record.output.clone()?)))
            .collect();
        Self {
            shared,
            fence: lease.fence(),
            lease,
            policy: workflow.retry_policy(),
            failures: Failures::from_row(&claimed.failures),
            steps: workflow.steps(),
            records: records
                .into_iter()
                .map(|record| (record.position, record))
                .collect(),
            outputs: Arc::new(Mutex::new(outputs)),
            is_abort_requested: claimed.is_abort_requested,
            task: Arc::new(claimed.task),
        }
    }

    /// Runs to an end, or to a wait, or until the lease is lost.
    pub(crate) async fn run(mut self) {
        let next = if self.task.status == TaskStatus::Aborting {
            Next::Undo(self.task.failure.clone())
        } else {
            self.forward().await
        };
        match next {
            Next::Over => {}
            Next::Undo(failure) => self.undo(failure).await,
        }
    }

    async fn forward(&mut self) -> Next {
        if !self.records_fit() {
            let message = "The steps of the task are not those of its workflow.";
            return self.fail(TaskError::fail(INCONSISTENT, message)).await;
        }
        let steps = self.steps.clone();
        let mut done: Vec<TaskStep> = Vec::new();
        for (position, step) in (0_i32..).zip(&steps) {
            if self.status_of(position) == Some(StepStatus::Done) {
                continue;
            }
            if self.lease.is_halted() {
                return self.release(done).await;
            }
            let forgives = !done.is_empty();
            let begun = self.record(position, &**step, StepStatus::Started, None);
            let mut rows = std::mem::take(&mut done);
            rows.push(begun);
            let change = Change::Step {
                name: step.name().to_owned(),
                forgives,
            };
            if let Err(refusal) = self.write(RUNNING, change, rows).await {
                return self.refused(refusal);
            }
            if forgives {
                self.failures = Failures::default();
            }
            let cx = self.context(&**step, self.lease.stopped().clone());
            match self.supervise(&cx, step.run(&cx)).await {
                Ended::Answer(Ok(output)) => {
                    self.outputs
                        .lock()
                        .insert(step.name().to_owned(), output.clone());
                    let mut row = self.record(position, &**step, StepStatus::Done, Some(output));
                    row.warnings = std::mem::take(&mut *cx.warnings.lock());
                    self.records.insert(position, row.clone());
                    done.push(row);
                }
                Ended::Answer(Err(error)) => return self.stumble(error).await,
                Ended::Dropped => return self.interrupted().await,
            }
        }
        self.complete(done).await
    }

    async fn complete(&mut self, done: Vec<TaskStep>) -> Next {
        let warnings: Vec<&String> = self
            .records
            .values()
            .flat_map(|record| &record.warnings)
            .collect();
        let status = if warnings.is_empty() {
            TaskStatus::Completed
        } else {
            TaskStatus::CompletedWithWarnings
        };
        let last = self
            .steps
            .last()
            .and_then(|step| self.outputs.lock().get(step.name()).cloned());
        let result = match (last, warnings.is_empty()) {
            (None | Some(Json::Null), true) => None,
            (output, _) => Some(json!({ "output": output, "warnings": warnings })),
        };
        let progress = Some(self.lease.progress()).filter(|progress| progress.total > 0);
        let change = Change::End {
            status,
            failure: None,
            result,
            progress: progress.map(|Progress { total, .. }| Progress { done: total, total }),
        };
        match self.write(RUNNING, change, done).await {
            Ok(()) => Next::Over,
            Err(refusal) => self.refused(refusal),
        }
    }

    /// A step did not succeed.
    async fn stumble(&mut self, error: TaskError) -> Next {
        if self.lease.is_lost() || !self.lease.is_held() {
            return self.let_go();
        }
        if self.lease.is_aborting() {
            return self.refused(Refusal::Aborting);
        }
        if self.lease.is_halted() {
            return self.release(Vec::new()).await;
        }
        match error.remedy {
            Remedy::LetGo => self.let_go(),
            Remedy::Fail => self.fail(error).await,
            Remedy::Abort => self.turn(None).await,
            Remedy::Block => {
                let change = Change::Block {
                    run_after: self.shared.clock.now() + self.shared.config.block_recheck,
                    failure: sound(error.failure()),
                };
                self.wait(change).await
            }
            Remedy::Retry(class, delay) => match self.again(class, delay, &error) {
                Some(change) => self.wait(change).await,
                None => self.fail(error).await,
            },
        }
    }

    /// The change that lets the task try again; none when the budget is spent.
    fn again(
        &mut self,
        class: RetryClass,
        delay: Option<jiff::SignedDuration>,
        error: &TaskError,
    ) -> Option<Change> {
        let backoff = *self.policy.of(class);
        let failures = self.failures.add(class);
        if failures > backoff.budget {
            return None;
        }
        let random = random(&*self.shared.ids);
        let delay = delay.unwrap_or_else(|| backoff.delay(failures, random));
        Some(Change::Requeue {
            run_after: self.shared.clock.now() + delay,
            failure: Some(sound(error.failure())),
            failures: self.failures.to_row(),
        })
    }

    async fn fail(&mut self, error: TaskError) -> Next {
        let failure = TaskFailure {
            is_retryable: !matches!(error.remedy, Remedy::Fail | Remedy::Abort),
            ..sound(error.failure())
        };
        self.turn(Some(failure)).await
    }

    /// Turns back: for a failure, or because it was told to.
    async fn turn(&mut self, failure: Option<TaskFailure>) -> Next {
        let change = Change::Undo {
            failure: failure.clone(),
        };
        self.is_abort_requested = failure.is_none();
        match self.write(RUNNING, change, Vec::new()).await {
            Ok(()) => {
                self.failures = Failures::default();
                Next::Undo(failure)
            }
            Err(refusal) => self.refused(refusal),
        }
    }

    /// Takes back what the steps did, the last first; the row is aborting already.
    async fn undo(&mut self, failure: Option<TaskFailure>) {
        let steps = self.steps.clone();
        let mut done: Vec<TaskStep> = Vec::new();
        let places: Vec<(i32, Arc<dyn Step>)> = (0_i32..).zip(steps).collect();
        for (position, step) in places.into_iter().rev() {
            match self.status_of(position) {
                Some(StepStatus::Started | StepStatus::Done) => {}
                Some(StepStatus::Undone) | None => continue,
            }
            let change = Change::Step {
                name: step.name().to_owned(),
                forgives: !done.is_empty(),
            };
            if let Err(refusal) = self
                .write(ABORTING, change, std::mem::take(&mut done))
                .await
            {
                tracing::debug!(task = %self.fence.task_id, ?refusal, "the undoing was taken over");
                return self.lease.lose();
            }
            let cx = self.context(&*step, self.lease.halted().clone());
            match self.supervise(&cx, step.undo(&cx)).await {
                Ended::Answer(Ok(())) => {
                    let output = self.outputs.lock().get(step.name()).cloned();
                    let row = self.record(position, &*step, StepStatus::Undone, output);
                    self.records.insert(position, row.clone());
                    self.failures = Failures::default();
                    done.push(row);
                }
                Ended::Answer(Err(error)) => return self.undo_failed(&*step, error).await,
                Ended::Dropped => return self.release_undo().await,
            }
        }
        let status = if self.is_abort_requested {
            TaskStatus::Aborted
        } else {
            TaskStatus::Failed
        };
        let change = Self::end(status, failure);
        self.write_last(change, done).await;
    }

    async fn undo_failed(&mut self, step: &dyn Step, error: TaskError) {
        if self.lease.is_lost() || !self.lease.is_held() {
            return self.lease.lose();
        }
        if self.lease.is_halted() {
            return self.release_undo().await;
        }
        let again = match error.remedy {
            Remedy::LetGo => return self.lease.lose(),
            Remedy::Retry(class, delay) => self.again(class, delay, &error),
            Remedy::Block => Some(Change::Requeue {
                run_after: self.shared.clock.now() + self.shared.config.block_recheck,
                failure: None,
                failures: self.failures.to_row(),
            }),
            Remedy::Fail | Remedy::Abort => None,
        };
        // Why it undoes stays at the task; why the undoing waits is in the log.
        let change = if let Some(Change::Requeue {
            run_after,
            failures,
            ..
        }) = again
        {
            Change::Requeue {
                run_after,
                failure: None,
                failures,
            }
        } else {
            let name = step.name();
            let message = format!(
                "The step {name} could not be undone, so something of it may be left behind: {}",
                error.message
            );
            let stuck = TaskFailure {
                code: STUCK.to_owned(),
                message,
                aws_request_id: error.aws_request_id.clone(),
                is_retryable: false,
            };
            Self::end(TaskStatus::Failed, Some(sound(stuck)))
        };
        tracing::warn!(task = %self.fence.task_id, %error, step = step.name(), "an undo failed");
        self.write_last(change, Vec::new()).await;
    }

    fn end(status: TaskStatus, failure: Option<TaskFailure>) -> Change {
        Change::End {
            status,
            failure,
            result: None,
            progress: None,
        }
    }

    /// A step was dropped: it did not come to an end in time.
    async fn interrupted(&mut self) -> Next {
        if self.lease.is_lost() {
            return Next::Over;
        }
        if self.lease.is_aborting() {
            return self.refused(Refusal::Aborting);
        }
        self.release(Vec::new()).await
    }

    /// Gives the task back to the queue: the server shuts down.
    async fn release(&mut self, done: Vec<TaskStep>) -> Next {
        match self.write(RUNNING, self.requeue_now(), done).await {
            Err(Refusal::Aborting) => self.release_undo().await,
            Ok(()) | Err(Refusal::Lost | Refusal::Database) => {}
        }
        Next::Over
    }

    async fn release_undo(&mut self) {
        self.write_last(self.requeue_now(), Vec::new()).await;
    }

    fn requeue_now(&self) -> Change {
        // What still runs on a blocking thread stops at its next look at the lease.
        self.lease.lose();
        Change::Requeue {
            run_after: self.shared.clock.now(),
            failure: None,
            failures: self.failures.to_row(),
        }
    }

    /// Leaves the row alone: another worker has it, or the rescue will take it.
    fn let_go(&self) -> Next {
        self.lease.lose();
        Next::Over
    }

    fn refused(&mut self, refusal: Refusal) -> Next {
        match refusal {
            Refusal::Aborting => {
                self.lease.abort();
                self.is_abort_requested = true;
                self.failures = Failures::default();
                Next::Undo(None)
            }
            Refusal::Lost | Refusal::Database => self.let_go(),
        }
    }

    /// Leaves the task waiting.
    async fn wait(&mut self, change: Change) -> Next {
        match self.write(RUNNING, change, Vec::new()).await {
            Ok(()) => Next::Over,
            Err(refusal) => self.refused(refusal),
        }
    }

    /// The last write of an undoing.
    async fn write_last(&self, change: Change, done: Vec<TaskStep>) {
        if let Err(refusal) = self.write(ABORTING, change, done).await {
            tracing::debug!(task = %self.fence.task_id, ?refusal, "the undoing was taken over");
            self.lease.lose();
        }
    }

    async fn write(
        &self,
        from: &'static [TaskStatus],
        change: Change,
        steps: Vec<TaskStep>,
    ) -> Result<(), Refusal> {
        let write = Write {
            fence: self.fence,
            from,
            change,
            steps,
        };
        self.shared.journal.write(write).await
    }

    /// Runs a step's future to its end; drops it when the lease is lost, or when it does not end within the grace time.
    async fn supervise<T>(
        &self,
        cx: &StepContext,
        work: impl Future<Output = Result<T, TaskError>> + Send,
    ) -> Ended<T> {
        let work = AssertUnwindSafe(work).catch_unwind();
        tokio::pin!(work);
        let ended = tokio::select! {
            ended = &mut work => Some(ended),
            () = cx.stop.cancelled() => None,
        };
        let ended = match ended {
            Some(ended) => ended,
            None if self.lease.is_lost() => return Ended::Dropped,
            None => {
                let grace = tokio::time::sleep(self.shared.config.grace);
                tokio::select! {
                    ended = &mut work => ended,
                    () = grace => return Ended::Dropped,
                }
            }
        };
        Ended::Answer(ended.unwrap_or_else(|panic| {
            let text = panic_text(&*panic);
            tracing::error!(task = %self.fence.task_id, step = cx.step, text, "a step panicked");
            Err(TaskError::fail(
                PANIC,
                "A rule of Holdfast itself was broken; the log says which.",
            ))
        }))
    }

    fn context(&self, step: &dyn Step, token: CancellationToken) -> StepContext {
        StepContext {
            task: Arc::clone(&self.task),
            organization: self.fence.organization_id,
            attempt: self.fence.attempt,
            store: self.shared.store.clone(),
            clock: Arc::clone(&self.shared.clock),
            ids: Arc::clone(&self.shared.ids),
            step: step.name(),
            lease: Arc::clone(&self.lease),
            stop: token,
            outputs: Arc::clone(&self.outputs),
            warnings: Arc::new(Mutex::new(Vec::new())),
        }
    }

    fn status_of(&self, position: i32) -> Option<StepStatus> {
        self.records.get(&position).map(|record| record.status)
    }

    fn records_fit(&self) -> bool {
        let name = |position: &i32| {
            let index = usize::try_from(*position).ok()?;
            self.steps.get(index).map(|step| step.name())
        };
        self.records
            .iter()
            .all(|(position, record)| name(position) == Some(record.name.as_str()))
    }

    /// The row of a step, and its memory here.
    fn record(
        &mut self,
        position: i32,
        step: &dyn Step,
        status: StepStatus,
        output: Option<Json>,
    ) -> TaskStep {
        let now = self.shared.clock.now();
        let earlier = self.records.get(&position);
        let record = TaskStep {
            task_id: self.fence.task_id,
            organization_id: self.fence.organization_id,
            position,
            name: step.name().to_owned(),
            status,
            attempt: self.fence.attempt,
            intent_key: intent_key(self.fence.task_id, step.name()),
            output,
            warnings: earlier
                .map(|earlier| earlier.warnings.clone())
                .unwrap_or_default(),
            started_at: earlier.map_or(now, |earlier| earlier.started_at),
            finished_at: (status != StepStatus::Started).then_some(now),
        };
        self.records.insert(position, record.clone());
        record
    }
}

/// 32 random bits.
pub(crate) fn random(ids: &dyn IdSource) -> u32 {
    let mut bytes = [0_u8; 4];
    ids.random(&mut bytes);
    u32::from_be_bytes(bytes)
}

/// Without NUL, which PostgreSQL cannot store: a message of another machine must not keep a task from its end.
fn sound(failure: TaskFailure) -> TaskFailure {
    TaskFailure {
        message: failure.message.replace('\0', "\u{fffd}"),
        ..failure
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}
