//! Tasks: watching, stopping and retrying background work.
//!
//! Not for running it (crate `tasks`). Invariant: to stop or retry a task takes the right that starting one of its kind takes.

use ::tasks::{AbortOutcome, RetryOutcome};
use domain::page::{Direction, Page, PageRequest};
use domain::permission::Permission;
use domain::task::{NewTask, Task, TaskFilter, TaskStatus, TaskStep};
use domain::{OrganizationalUnitId, TaskId};
use store::Tx;

use crate::actions::{self, Action, permission_of_task};
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;

/// One task.
pub async fn lookup(ctx: &Ctx, id: TaskId) -> Result<Option<Task>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::tasks::lookup(&ctx.read(), ctx.scope(), id).await?)
}

/// Several tasks at once, in any order; unknown ones are left out.
pub async fn lookup_many(ctx: &Ctx, ids: &[TaskId]) -> Result<Vec<Task>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::tasks::lookup_many(&ctx.read(), ctx.scope(), ids).await?)
}

/// A page of tasks, by the time of their making.
pub async fn list(
    ctx: &Ctx,
    filter: &TaskFilter,
    direction: Direction,
    page: &PageRequest,
) -> Result<Page<Task>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::tasks::list(&ctx.read(), ctx.scope(), filter, direction, page).await?)
}

/// How many tasks match, counted up to the cap.
pub async fn count(ctx: &Ctx, filter: &TaskFilter) -> Result<u64, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::tasks::count(&ctx.read(), ctx.scope(), filter).await?)
}

/// The steps of a task that the caller can see, in their order.
pub async fn steps(ctx: &Ctx, id: TaskId) -> Result<Vec<TaskStep>, Error> {
    if lookup(ctx, id).await?.is_none() {
        return Ok(Vec::new());
    }
    Ok(store::task_steps::list(&ctx.read(), ctx.organization(), id).await?)
}

/// Whether the task can be told to stop now.
#[must_use]
pub const fn can_be_aborted(status: TaskStatus) -> bool {
    match status {
        TaskStatus::Queued | TaskStatus::Running | TaskStatus::Blocked => true,
        TaskStatus::Aborting
        | TaskStatus::Completed
        | TaskStatus::CompletedWithWarnings
        | TaskStatus::Partial
        | TaskStatus::Failed
        | TaskStatus::Aborted => false,
    }
}

/// Whether the task can be tried again: hurried while it waits, or its work started anew.
#[must_use]
pub const fn can_be_retried(status: TaskStatus) -> bool {
    match status {
        TaskStatus::Queued
        | TaskStatus::Blocked
        | TaskStatus::Failed
        | TaskStatus::Partial
        | TaskStatus::Aborted => true,
        TaskStatus::Running
        | TaskStatus::Aborting
        | TaskStatus::Completed
        | TaskStatus::CompletedWithWarnings => false,
    }
}

/// Asks a task to stop; what it did is undone.
pub async fn abort(ctx: &Ctx, id: Option<TaskId>) -> Result<Task, Error> {
    let (mut tx, id) = open(ctx, actions::ABORT_TASK, id).await?;
    let outcome = ::tasks::abort(&mut tx, ctx.organization(), id, ctx.now()).await?;
    match outcome {
        Some(AbortOutcome::Aborted | AbortOutcome::Aborting) => {
            close(ctx, tx, actions::ABORT_TASK, id).await
        }
        Some(AbortOutcome::Ended(_)) => Err(Error::precondition("id", "This task has ended.")),
        None => Err(Error::not_found("id", "task")),
    }
}

/// Tries a task again: one that waits goes on at once; for one that failed or was stopped a new task does the same work.
pub async fn retry(ctx: &Ctx, id: Option<TaskId>) -> Result<Task, Error> {
    let (mut tx, id) = open(ctx, actions::RETRY_TASK, id).await?;
    let outcome = ::tasks::retry(&mut tx, ctx.organization(), id, ctx.ids(), ctx.now()).await?;
    match outcome {
        Some(RetryOutcome::Hurried(id) | RetryOutcome::Repeated(id)) => {
            close(ctx, tx, actions::RETRY_TASK, id).await
        }
        Some(RetryOutcome::Refused(_)) => {
            let message = "Only a task that waits, failed or was stopped can be tried again.";
            Err(Error::precondition("id", message))
        }
        None => Err(Error::not_found("id", "task")),
    }
}

/// The task's id, once it is known that the caller may act on it, and a transaction.
async fn open(ctx: &Ctx, action: Action, id: Option<TaskId>) -> Result<(Tx, TaskId), Error> {
    ctx.authorize(action).await?;
    let missing = || Error::not_found("id", "task");
    let id = id.ok_or_else(missing)?;
    let task = lookup(ctx, id).await?.ok_or_else(missing)?;
    let unit = unit_of(ctx, &task).await?;
    let tx = ctx.begin().await?;
    let needed = permission_of_task(task.spec.kind());
    let tx = ctx.authorize_as(tx, action, needed, [unit]).await?;
    Ok((tx, id))
}

/// The unit at which the task's right is needed: that of its asset, else of its account, else the root.
pub async fn unit_of(ctx: &Ctx, task: &Task) -> Result<OrganizationalUnitId, Error> {
    let reader = ctx.read();
    if let Some(asset) = task.asset_id
        && let Some(asset) = store::assets::lookup(&reader, ctx.organization(), asset).await?
    {
        return Ok(asset.unit_id);
    }
    if let Some(account) = task.aws_account_id
        && let Some(account) =
            store::aws_accounts::lookup(&reader, ctx.organization(), account).await?
    {
        return Ok(account.unit_id);
    }
    Ok(ctx.access().root())
}

async fn close(ctx: &Ctx, mut tx: Tx, action: Action, id: TaskId) -> Result<Task, Error> {
    let task = one_queued(ctx, &tx, &[id]).await?;
    let summary = serde_json::json!({ "kind": task.spec.kind() });
    audit::success(ctx, &mut tx, action, id, summary).await?;
    tx.commit().await?;
    Ok(task)
}

/// Queues a task in the transaction of the use case.
pub(crate) async fn enqueue(ctx: &Ctx, tx: &mut Tx, task: NewTask) -> Result<TaskId, Error> {
    let enqueued = ::tasks::enqueue(tx, task, ctx.ids(), ctx.now()).await?;
    Ok(enqueued.task_id)
}

/// Tasks in the order of `ids`, as they are in this transaction.
pub(crate) async fn queued(ctx: &Ctx, tx: &Tx, ids: &[TaskId]) -> Result<Vec<Task>, Error> {
    let found = store::tasks::lookup_many(tx, ctx.organization(), ids).await?;
    let in_order = ids
        .iter()
        .filter_map(|id| found.iter().find(|task| task.id == *id).cloned());
    Ok(in_order.collect())
}

/// The one task of `ids`, as it is in this transaction.
pub(crate) async fn one_queued(ctx: &Ctx, tx: &Tx, ids: &[TaskId]) -> Result<Task, Error> {
    let task = queued(ctx, tx, ids).await?.into_iter().next();
    task.ok_or_else(|| Error::not_found("id", "task"))
}

#[cfg(test)]
mod tests;
