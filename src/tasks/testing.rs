//! The trio: three tests that every workflow must pass, for nothing.
//!
//! Not for production. Invariant: each runs the real engine over the real rows; only the steps are wrapped.
//!
//! 1. Each step twice: what a worker does that died before it could say that it was done.
//! 2. A failure before and after the effect of each step: the task fails and takes back what it did.
//! 3. A crash before and after the effect of each step: another worker goes on and completes.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::task::{NewTask, Task, TaskKind, TaskStatus};
use domain::{Clock, IdSource, OrganizationId, TaskId};
use store::Store;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::duty::DutyContext;
use crate::error::TaskError;
use crate::retry::{Backoff, RetryPolicy};
use crate::workflow::{Registry, Step, Workflow};
use crate::{Engine, EngineConfig, Rescue, StepContext};

/// How long a task of a test may take, by the machine's clock.
const DEADLINE: Duration = Duration::from_secs(60);
/// How often a test looks whether its task has ended.
const LOOK: Duration = Duration::from_millis(5);

/// One world with one task in it, not queued yet.
pub struct Case<W> {
    /// The store; the organization of the task is in it.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The ids.
    pub ids: Arc<dyn IdSource>,
    /// The workflow of the task.
    pub workflow: Arc<dyn Workflow>,
    /// The task.
    pub task: NewTask,
    /// Whatever else the check looks at.
    pub world: W,
}

/// How a task of the trio has to leave the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Completed, as if nothing had gone wrong.
    Done,
    /// Failed, and what it did is taken back.
    Undone,
}

/// Runs the trio: `make` gives a fresh world each time, `check` looks at what the task has left in it (and panics when it
/// is wrong). The text says which of the tests it was.
///
/// # Panics
/// When a task does not end as it must.
pub async fn trio<W, M, MF, C, CF>(make: M, check: C)
where
    W: Send + Sync,
    M: Fn() -> MF + Send + Sync,
    MF: Future<Output = Case<W>> + Send,
    C: Fn(Case<W>, Task, Ending, String) -> CF + Send + Sync,
    CF: Future<Output = ()> + Send,
{
    let first = make().await;
    let names: Vec<&'static str> = first
        .workflow
        .steps()
        .iter()
        .map(|step| step.name())
        .collect();
    for (position, name) in names.iter().enumerate() {
        let kinds = [
            Kind::Twice,
            Kind::FailBefore,
            Kind::FailAfter,
            Kind::CrashBefore,
            Kind::CrashAfter,
        ];
        for kind in kinds {
            let case = make().await;
            let label = format!("{kind:?} at step {name}");
            let (task, ending) = run(&case, position, kind, &label).await;
            let status = match ending {
                Ending::Done => [TaskStatus::Completed, TaskStatus::CompletedWithWarnings],
                Ending::Undone => [TaskStatus::Failed, TaskStatus::Failed],
            };
            assert!(status.contains(&task.status), "{label}: {task:?}");
            let code = task.failure.as_ref().map(|failure| failure.code.as_str());
            let expected = (ending == Ending::Undone).then_some(INJECTED);
            assert_eq!(code, expected, "{label}: {task:?}");
            check(case, task, ending, label).await;
        }
    }
}

async fn run<W: Sync>(case: &Case<W>, position: usize, kind: Kind, label: &str) -> (Task, Ending) {
    let crashed = Arc::new(Notify::new());
    let faulty = Faulty {
        inner: Arc::clone(&case.workflow),
        position,
        kind,
        crashed: Arc::clone(&crashed),
    };
    let bench = Bench::of(case);
    let id = bench.enqueue(case.task.clone()).await;
    let organization = case.task.organization_id;
    match kind {
        Kind::Twice | Kind::FailBefore | Kind::FailAfter => {
            let registry = Registry::new().with(faulty);
            let task = bench.run_to_end(registry, organization, id, label).await;
            let ending = if kind == Kind::Twice {
                Ending::Done
            } else {
                Ending::Undone
            };
            (task, ending)
        }
        Kind::CrashBefore | Kind::CrashAfter => {
            let registry = Registry::new().with(faulty);
            let engine = bench.engine(registry.clone());
            let crash = async {
                tokio::select! {
                    () = Box::pin(engine.run(CancellationToken::new())) => {}
                    () = crashed.notified() => {}
                }
            };
            let reached = tokio::time::timeout(DEADLINE, crash).await;
            assert!(reached.is_ok(), "{label}: the step was not reached");
            bench.rescue(registry).await;
            let registry = Registry::new().with(Same(Arc::clone(&case.workflow)));
            (
                bench.run_to_end(registry, organization, id, label).await,
                Ending::Done,
            )
        }
    }
}

/// Runs tasks in a test.
#[derive(Debug, Clone)]
pub struct Bench {
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The ids.
    pub ids: Arc<dyn IdSource>,
    /// How workers run: quick to wake, so that tests are.
    pub config: EngineConfig,
}

#[expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test cannot go on without its database"
)]
impl Bench {
    /// A bench with a quick configuration.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        let config = EngineConfig {
            poll: Duration::from_millis(20),
            watch: Duration::from_millis(20),
            heartbeat: Duration::from_millis(200),
            grace: Duration::from_millis(200),
            ..EngineConfig::default()
        };
        Self {
            store,
            clock,
            ids,
            config,
        }
    }

    fn of<W>(case: &Case<W>) -> Self {
        let (clock, ids) = (Arc::clone(&case.clock), Arc::clone(&case.ids));
        Self::new(case.store.clone(), clock, ids)
    }

    /// A worker.
    #[must_use]
    pub fn engine(&self, registry: Registry) -> Engine {
        let (clock, ids) = (Arc::clone(&self.clock), Arc::clone(&self.ids));
        Engine::new(self.store.clone(), clock, ids, registry, self.config)
    }

    /// Queues a task.
    ///
    /// # Panics
    /// When the database fails.
    pub async fn enqueue(&self, task: NewTask) -> TaskId {
        let mut tx = self.store.begin().await.expect("a transaction");
        let queued = crate::enqueue(&mut tx, task, &*self.ids, self.clock.now()).await;
        tx.commit().await.expect("a commit");
        queued.expect("a queued task").task_id
    }

    /// The task as it is now.
    ///
    /// # Panics
    /// When there is none.
    pub async fn task(&self, organization: OrganizationId, id: TaskId) -> Task {
        let task = store::tasks::lookup(&self.store.read(), organization, id).await;
        task.expect("an answer").expect("the task")
    }

    /// Runs a worker until the task has ended.
    ///
    /// # Panics
    /// When it does not end in a minute.
    pub async fn run_to_end(
        &self,
        registry: Registry,
        organization: OrganizationId,
        id: TaskId,
        label: &str,
    ) -> Task {
        self.run_until(registry, organization, id, label, |task| {
            task.status.is_final()
        })
        .await
    }

    /// Runs a worker until the task is as wanted; then shuts it down.
    ///
    /// # Panics
    /// When it does not come to that in a minute.
    pub async fn run_until(
        &self,
        registry: Registry,
        organization: OrganizationId,
        id: TaskId,
        label: &str,
        wanted: impl Fn(&Task) -> bool + Send + Sync,
    ) -> Task {
        let shutdown = CancellationToken::new();
        let engine = self.engine(registry);
        let watch = async {
            let task = self.wait(organization, id, label, wanted).await;
            shutdown.cancel();
            task
        };
        let ((), task) = tokio::join!(Box::pin(engine.run(shutdown.clone())), watch);
        task
    }

    /// Waits until the task is as wanted.
    ///
    /// # Panics
    /// When it does not come to that in a minute.
    pub async fn wait(
        &self,
        organization: OrganizationId,
        id: TaskId,
        label: &str,
        wanted: impl Fn(&Task) -> bool + Send + Sync,
    ) -> Task {
        let looking = async {
            loop {
                let task = self.task(organization, id).await;
                if wanted(&task) {
                    return task;
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        match tokio::time::timeout(DEADLINE, looking).await {
            Ok(task) => task,
            Err(_elapsed) => {
                let task = self.task(organization, id).await;
                panic!("{label}: the task does not come to that: {task:?}")
            }
        }
    }

    /// Takes all tasks back from their workers, as if these had been dead for long; how many there were, at least one.
    ///
    /// A heartbeat of a worker that was dropped may still be on its way in the database, and give the lease a new end after
    /// ours: then all is done again.
    ///
    /// # Panics
    /// When the database fails, or nothing is under a lease.
    pub async fn rescue(&self, registry: Registry) -> usize {
        let rescuing = async {
            loop {
                let rescued = self.rescue_now(registry.clone()).await;
                if rescued > 0 {
                    return rescued;
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        let rescued = tokio::time::timeout(DEADLINE, rescuing).await;
        rescued.expect("a task under a lease")
    }

    async fn rescue_now(&self, registry: Registry) -> usize {
        let mut tx = self.store.begin().await.expect("a transaction");
        let expired = store::tasks::queue::system_expire_leases(&mut tx).await;
        expired.expect("expired leases");
        tx.commit().await.expect("a commit");
        let (clock, ids) = (Arc::clone(&self.clock), Arc::clone(&self.ids));
        let cx = DutyContext::by_hand(self.store.clone(), clock, ids);
        let rescued = Rescue::new(registry).rescue(&cx).await;
        rescued.expect("rescued tasks")
    }
}

/// Code of the failures that the trio injects.
const INJECTED: &str = "INJECTED";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Twice,
    FailBefore,
    FailAfter,
    CrashBefore,
    CrashAfter,
}

/// A workflow with one step that goes wrong.
struct Faulty {
    inner: Arc<dyn Workflow>,
    position: usize,
    kind: Kind,
    crashed: Arc<Notify>,
}

impl Workflow for Faulty {
    fn kind(&self) -> TaskKind {
        self.inner.kind()
    }

    fn version(&self) -> u32 {
        self.inner.version()
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        let mut steps = self.inner.steps();
        if let Some(step) = steps.get_mut(self.position) {
            *step = Arc::new(FaultyStep {
                inner: Arc::clone(step),
                kind: self.kind,
                crashed: Arc::clone(&self.crashed),
            });
        }
        steps
    }

    fn retry_policy(&self) -> RetryPolicy {
        at_once(self.inner.retry_policy())
    }
}

/// The same workflow, without delays between attempts.
struct Same(Arc<dyn Workflow>);

impl Workflow for Same {
    fn kind(&self) -> TaskKind {
        self.0.kind()
    }

    fn version(&self) -> u32 {
        self.0.version()
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        self.0.steps()
    }

    fn retry_policy(&self) -> RetryPolicy {
        at_once(self.0.retry_policy())
    }
}

/// The same budgets without the delays.
fn at_once(policy: RetryPolicy) -> RetryPolicy {
    let without = |backoff: Backoff| Backoff {
        base: jiff::SignedDuration::ZERO,
        cap: jiff::SignedDuration::ZERO,
        ..backoff
    };
    RetryPolicy {
        transient: without(policy.transient),
        throttled: without(policy.throttled),
        worker_lost: without(policy.worker_lost),
    }
}

struct FaultyStep {
    inner: Arc<dyn Step>,
    kind: Kind,
    crashed: Arc<Notify>,
}

impl FaultyStep {
    async fn crash(&self) {
        self.crashed.notify_one();
        std::future::pending::<()>().await;
    }
}

#[async_trait]
impl Step for FaultyStep {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let injected = || TaskError::fail(INJECTED, "The test makes this step fail.");
        match self.kind {
            Kind::FailBefore => return Err(injected()),
            Kind::CrashBefore => self.crash().await,
            Kind::Twice | Kind::FailAfter | Kind::CrashAfter => {}
        }
        let output = self.inner.run(cx).await?;
        match self.kind {
            Kind::Twice => self.inner.run(cx).await,
            Kind::FailAfter => Err(injected()),
            Kind::CrashAfter => {
                self.crash().await;
                Ok(output)
            }
            Kind::FailBefore | Kind::CrashBefore => Ok(output),
        }
    }

    async fn undo(&self, cx: &StepContext) -> Result<(), TaskError> {
        self.inner.undo(cx).await?;
        // An undo may be cut short and repeated just as well.
        self.inner.undo(cx).await
    }
}
