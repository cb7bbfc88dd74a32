//! Tasks: watching, stopping and retrying background work.
//!
//! Not for starting it (`restore.rs` and the mutations of each noun). Invariant: progress, failure and result of all slow work
//! are seen here and nowhere else.

use app::actions::permission_of_task;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::page::{Direction, PageRequest};

use crate::asset::Asset;
use crate::aws_account::AwsAccount;
use crate::connection::{Connection, Noun, Total, page_cost, page_request};
use crate::context::{loaders, viewer};
use crate::enums::{AssetKind, OrderDirection, TaskKind, TaskStatus};
use crate::error::{UserError, outcome, read};
use crate::filter::DateTimeFilter;
use crate::node::{parse, parse_all};
use crate::policy::Policy;
use crate::recovery_point::RecoveryPoint;
use crate::scalars::{BigInt, DateTime};
use crate::user::{Actor, IntoId as _};

/// A unit of background work.
pub(crate) struct Task(pub(crate) domain::task::Task);

impl From<domain::task::Task> for Task {
    fn from(task: domain::task::Task) -> Self {
        Self(task)
    }
}

impl Noun for Task {
    const CONNECTION: &'static str = "TaskConnection";
    const EDGE: &'static str = "TaskEdge";
}

/// One unit of background work: everything that takes longer than a moment.
#[Object]
impl Task {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// What it does.
    async fn kind(&self) -> TaskKind {
        self.0.spec.kind().into()
    }

    /// Where it stands.
    async fn status(&self) -> TaskStatus {
        self.0.status.into()
    }

    /// Share done, 0 to 1, accurate to a thousandth.
    async fn progress(&self) -> f64 {
        self.0.progress.share()
    }

    /// Bytes handled so far; null for work that is not counted in bytes.
    async fn bytes_done(&self) -> Option<BigInt> {
        counts_bytes(self.0.spec.kind()).then_some(BigInt(self.0.progress.done))
    }

    /// Bytes to handle in all; null while unknown, and for work that is not counted in bytes.
    async fn bytes_total(&self) -> Option<BigInt> {
        let is_known = counts_bytes(self.0.spec.kind()) && self.0.progress.total > 0;
        is_known.then_some(BigInt(self.0.progress.total))
    }

    /// Name of the step at work; null when none is.
    async fn current_step(&self) -> Option<&str> {
        self.0.step.as_deref()
    }

    /// What it did so far, step by step, in their order.
    #[graphql(complexity = "5 + child_complexity")]
    async fn steps(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<TaskStepInfo>> {
        let steps = read(app::tasks::steps(viewer(ctx)?, self.0.id).await)?;
        Ok(steps.into_iter().map(TaskStepInfo::from).collect())
    }

    /// Attempts begun; more than 1 when it was tried again.
    async fn attempt(&self) -> i32 {
        self.0.attempt
    }

    /// Why it failed, or what it waits for; null when all is well.
    async fn failure(&self) -> Option<TaskFailure> {
        self.0.failure.clone().map(TaskFailure::from)
    }

    /// What a person should know although it went on.
    async fn warnings(&self) -> Vec<String> {
        let warnings = self
            .0
            .result
            .as_ref()
            .and_then(|result| result.get("warnings"));
        let texts = warnings.and_then(serde_json::Value::as_array);
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        texts.map_or_else(Vec::new, |texts| texts.iter().filter_map(text).collect())
    }

    /// Identifier at AWS of the volume that a restore made.
    async fn restored_volume_native_id(&self) -> Option<String> {
        self.result_text("volume_id")
    }

    /// Path on the server of the image file that a restore wrote.
    async fn restored_file(&self) -> Option<String> {
        self.result_text("path")
    }

    /// Who asked for it; the service itself when a schedule did.
    async fn actor(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Actor>> {
        Actor::load(ctx, self.0.actor).await
    }

    /// The asset that it is about.
    async fn asset(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Asset>> {
        match self.0.asset_id {
            Some(id) => Ok(loaders(ctx)?.load(id).await?.map(Asset::from)),
            None => Ok(None),
        }
    }

    /// The linked AWS account that it works in.
    async fn aws_account(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<AwsAccount>> {
        match self.0.aws_account_id {
            Some(id) => Ok(loaders(ctx)?.load(id).await?.map(AwsAccount)),
            None => Ok(None),
        }
    }

    /// The policy that asked for it; null when a person did.
    async fn policy(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Policy>> {
        match self.0.policy_id {
            Some(id) => Ok(loaders(ctx)?.load(id).await?.map(Policy::from)),
            None => Ok(None),
        }
    }

    /// The recovery point that it makes, restores or verifies.
    async fn recovery_point(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<RecoveryPoint>> {
        match self.0.recovery_point_id {
            Some(id) => Ok(loaders(ctx)?.load(id).await?.map(RecoveryPoint::from)),
            None => Ok(None),
        }
    }

    /// The time that the policy named for it, for tasks that a schedule fired.
    async fn nominal_at(&self) -> Option<DateTime> {
        self.0.nominal_at.map(DateTime)
    }

    /// When its backup window closes: by then it is done, or stopped. Null without a window, and once it is being stopped.
    async fn deadline_at(&self) -> Option<DateTime> {
        self.0.deadline_at.map(DateTime)
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When its first attempt began.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(DateTime)
    }

    /// When it ended.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime)
    }

    /// What the viewer may do with it now.
    async fn viewer_can(&self, ctx: &Context<'_>) -> async_graphql::Result<TaskAbilities> {
        let caller = viewer(ctx)?;
        let unit = read(app::tasks::unit_of(caller, &self.0).await)?;
        let may = caller.can_at(permission_of_task(self.0.spec.kind()), unit);
        Ok(TaskAbilities {
            abort: may && app::tasks::can_be_aborted(self.0.status),
            retry: may && app::tasks::can_be_retried(self.0.status),
        })
    }
}

impl Task {
    fn result_text(&self, key: &str) -> Option<String> {
        let value = self.0.result.as_ref()?.get("output")?.get(key)?;
        value.as_str().map(str::to_owned)
    }
}

const fn counts_bytes(kind: domain::task::TaskKind) -> bool {
    match kind {
        domain::task::TaskKind::BackupEbs
        | domain::task::TaskKind::RestoreEbs
        | domain::task::TaskKind::RestoreImage
        | domain::task::TaskKind::VerifyRecoveryPoint => true,
        domain::task::TaskKind::VerifyAwsAccount
        | domain::task::TaskKind::SyncInventory
        | domain::task::TaskKind::SnapshotEbs
        | domain::task::TaskKind::ExpireRecoveryPoints
        | domain::task::TaskKind::ReconcileVault
        | domain::task::TaskKind::PruneVault => false,
    }
}

/// What the viewer may do with a task now.
#[derive(SimpleObject)]
pub(crate) struct TaskAbilities {
    /// Tell it to stop.
    abort: bool,
    /// Start it again.
    retry: bool,
}

/// Why a task failed, or what it waits for.
#[derive(SimpleObject)]
pub(crate) struct TaskFailure {
    /// Cause, for programs, in `SCREAMING_SNAKE_CASE`; new ones can be added.
    code: String,
    /// Cause, for people.
    message: String,
    /// What to do about it.
    remedy: String,
    /// Request id of AWS, to show to its support; null when AWS was not the cause.
    aws_request_id: Option<String>,
    /// Whether trying the same again can help.
    retryable: bool,
}

impl From<domain::task::TaskFailure> for TaskFailure {
    fn from(failure: domain::task::TaskFailure) -> Self {
        let remedy = app::remedies::remedy(&failure).to_owned();
        let domain::task::TaskFailure {
            code,
            message,
            aws_request_id,
            is_retryable,
        } = failure;
        Self {
            code,
            message,
            remedy,
            aws_request_id,
            retryable: is_retryable,
        }
    }
}

/// One step of a task, as far as it came.
#[derive(SimpleObject)]
pub(crate) struct TaskStepInfo {
    /// Name of the step.
    name: String,
    /// Where it stands.
    status: TaskStepStatus,
    /// What it warned of.
    warnings: Vec<String>,
    /// When it was begun first.
    started_at: DateTime,
    /// When it was done, or undone.
    finished_at: Option<DateTime>,
}

impl From<domain::task::TaskStep> for TaskStepInfo {
    fn from(step: domain::task::TaskStep) -> Self {
        Self {
            name: step.name,
            status: step.status.into(),
            warnings: step.warnings,
            started_at: step.started_at.into(),
            finished_at: step.finished_at.map(DateTime),
        }
    }
}

/// Where a step of a task stands.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::task::StepStatus")]
pub(crate) enum TaskStepStatus {
    /// It was begun.
    Started,
    /// It is done.
    Done,
    /// What it did was taken back.
    Undone,
}

/// Which tasks a list or a stream shows; all given members must hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct TaskFilter {
    /// One of these identifiers.
    id: Option<Vec<ID>>,
    /// One of these kinds.
    kind: Option<Vec<TaskKind>>,
    /// In one of these states.
    status: Option<Vec<TaskStatus>>,
    /// About one of these assets.
    asset: Option<Vec<ID>>,
    /// About an asset of one of these kinds.
    asset_kind: Option<Vec<AssetKind>>,
    /// In one of these linked accounts.
    aws_account: Option<Vec<ID>>,
    /// Asked for at such a time.
    created_at: Option<DateTimeFilter>,
}

impl From<TaskFilter> for domain::task::TaskFilter {
    fn from(filter: TaskFilter) -> Self {
        let TaskFilter {
            id,
            kind,
            status,
            asset,
            asset_kind,
            aws_account,
            created_at,
        } = filter;
        Self {
            ids: parse_all(id),
            kinds: kind.map(|all| all.into_iter().map(Into::into).collect()),
            statuses: status.map(|all| all.into_iter().map(Into::into).collect()),
            asset_ids: parse_all(asset),
            aws_account_ids: parse_all(aws_account),
            asset_kinds: asset_kind.map(|all| all.into_iter().map(Into::into).collect()),
            created_from: created_at.and_then(|at| at.from()),
            created_until: created_at.and_then(|at| at.until()),
        }
    }
}

/// Order of a list of tasks.
#[derive(Debug, Clone, Copy, InputObject)]
pub(crate) struct TaskOrder {
    /// What is compared; the identifier breaks ties.
    field: TaskOrderField,
    /// Which end comes first.
    #[graphql(default_with = "OrderDirection::Desc")]
    direction: OrderDirection,
}

/// What a list of tasks can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum TaskOrderField {
    /// The time at which the task was asked for.
    CreatedAt,
}

impl From<TaskOrder> for Direction {
    fn from(TaskOrder { field, direction }: TaskOrder) -> Self {
        match field {
            TaskOrderField::CreatedAt => direction.into(),
        }
    }
}

/// A page of tasks that match.
pub(crate) async fn page(
    ctx: &Context<'_>,
    filter: domain::task::TaskFilter,
    direction: Direction,
    page: PageRequest,
) -> async_graphql::Result<Option<Connection<Task>>> {
    let page = app::tasks::list(viewer(ctx)?, &filter, direction, &page).await;
    Ok(Some(Connection::new(
        read(page)?,
        Total::Tasks(filter),
        Task::from,
    )))
}

/// Root fields of tasks.
#[derive(Default)]
pub(crate) struct TaskQuery;

#[Object]
impl TaskQuery {
    /// Tasks, newest first when no order is given.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "Relay's four arguments are given"
    )]
    async fn tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size of a page from the start, 1 to 100; 25 when absent.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Size of a page from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which tasks.")] filter: Option<TaskFilter>,
        #[graphql(desc = "In which order; cursors of one order mean nothing in another.")]
        order_by: Option<TaskOrder>,
    ) -> async_graphql::Result<Option<Connection<Task>>> {
        viewer(ctx)?;
        let request = page_request(first, after, last, before)?;
        let filter = filter.unwrap_or_default().into();
        let direction = order_by.map_or(Direction::Descending, Direction::from);
        page(ctx, filter, direction, request).await
    }

    /// One task; null when there is none that you may see.
    async fn task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identifier of the task.")] id: ID,
    ) -> async_graphql::Result<Option<Task>> {
        Task::find(ctx, &id).await
    }
}

/// Which task stops.
#[derive(InputObject)]
pub(crate) struct AbortTaskInput {
    /// The task.
    id: ID,
}

/// Result of `abortTask`.
#[derive(SimpleObject)]
pub(crate) struct AbortTaskPayload {
    /// The task; it is `ABORTING` until what it did is undone.
    task: Option<Task>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which task starts again.
#[derive(InputObject)]
pub(crate) struct RetryTaskInput {
    /// The task.
    id: ID,
}

/// Result of `retryTask`.
#[derive(SimpleObject)]
pub(crate) struct RetryTaskPayload {
    /// The task that does the work now.
    task: Option<Task>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of tasks.
#[derive(Default)]
pub(crate) struct TaskMutation;

#[Object]
impl TaskMutation {
    /// Asks a task to stop; what it did is undone. Takes the right that starting one of its kind takes.
    async fn abort_task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which task stops.")] input: AbortTaskInput,
    ) -> async_graphql::Result<Option<AbortTaskPayload>> {
        let aborted = app::tasks::abort(viewer(ctx)?, parse(&input.id)).await;
        let (task, user_errors) = outcome(aborted)?;
        Ok(Some(AbortTaskPayload {
            task: task.map(Task),
            user_errors,
        }))
    }

    /// Starts a task that failed or was stopped again. Takes the right that starting one of its kind takes.
    async fn retry_task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which task starts again.")] input: RetryTaskInput,
    ) -> async_graphql::Result<Option<RetryTaskPayload>> {
        let retried = app::tasks::retry(viewer(ctx)?, parse(&input.id)).await;
        let (task, user_errors) = outcome(retried)?;
        Ok(Some(RetryTaskPayload {
            task: task.map(Task),
            user_errors,
        }))
    }
}
