//! Asking for work, and for it to stop: what use cases call.
//!
//! Not for running tasks (`worker.rs`). Invariant: everything happens in the caller's transaction, so a task exists exactly when
//! what asked for it was committed.

use domain::task::{NewTask, TaskStatus};
use domain::{IdSource, OrganizationId, TaskId};
use jiff::Timestamp;
use store::Tx;
pub use store::tasks::queue::AbortOutcome;

/// What became of a wish for work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enqueued {
    /// The task: the new one, or the one that has the unique key already.
    pub task_id: TaskId,
    /// Whether it is new.
    pub is_new: bool,
}

/// Queues a task. With a unique key that the organization has used before, the earlier task is the answer.
pub async fn enqueue(
    tx: &mut Tx,
    new: NewTask,
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<Enqueued, store::Error> {
    let task_id = TaskId::fresh(ids);
    if store::tasks::add(tx, task_id, &new, now).await? {
        return Ok(Enqueued {
            task_id,
            is_new: true,
        });
    }
    let key = new.unique_key.as_deref().unwrap_or_default();
    let known = store::tasks::find_by_unique_key(tx, new.organization_id, key).await?;
    let task_id = known.ok_or(store::Error::Affected {
        expected: 1,
        actual: 0,
    })?;
    Ok(Enqueued {
        task_id,
        is_new: false,
    })
}

/// Queues many tasks in few statements; answers how many were new.
pub async fn enqueue_many(
    tx: &mut Tx,
    new: Vec<NewTask>,
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<usize, store::Error> {
    let new: Vec<(TaskId, NewTask)> = new
        .into_iter()
        .map(|new| (TaskId::fresh(ids), new))
        .collect();
    Ok(store::tasks::add_many(tx, &new, now).await?.len())
}

/// Tells a task to stop: one that has not begun is aborted at once, another undoes what it did. None when the organization has
/// no such task.
pub async fn abort(
    tx: &mut Tx,
    organization: OrganizationId,
    task: TaskId,
    now: Timestamp,
) -> Result<Option<AbortOutcome>, store::Error> {
    store::tasks::queue::abort(tx, organization, task, now).await
}

/// What became of the wish to try a task again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryOutcome {
    /// It waited, and runs as soon as a worker is free.
    Hurried(TaskId),
    /// It had ended without success; this new task does the same work.
    Repeated(TaskId),
    /// It runs, or succeeded: there is nothing to try again.
    Refused(TaskStatus),
}

/// Tries a task again: one that waits goes on at once; one that failed or was aborted stays as it is, and a new task does the
/// same. None when the organization has no such task.
pub async fn retry(
    tx: &mut Tx,
    organization: OrganizationId,
    task: TaskId,
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<Option<RetryOutcome>, store::Error> {
    if store::tasks::queue::hurry(tx, organization, task, now).await? {
        return Ok(Some(RetryOutcome::Hurried(task)));
    }
    let Some(again) = store::tasks::queue::repeatable(tx, organization, task).await? else {
        let known = store::tasks::lookup(tx, organization, task).await?;
        return Ok(known.map(|task| RetryOutcome::Refused(task.status)));
    };
    let repeated = enqueue(tx, again, ids, now).await?;
    Ok(Some(RetryOutcome::Repeated(repeated.task_id)))
}
