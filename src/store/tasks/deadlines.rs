//! Tasks past their deadline: found, and cut.
//!
//! Not for what follows from that (`tasks::scheduler`). Invariant: a task is cut once: what is cut has ended, or is stopping and
//! has no deadline any more; and a task that reached its end first keeps it.

use domain::event::ChangeKind;
use domain::task::{Task, TaskFailure, TaskStatus};
use domain::{OrganizationId, TaskId};
use jiff::Timestamp;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde_json::Value as Json;

use super::{tell, to_json, to_task};
use crate::Error;
use crate::dialect::IN_LIST_MAX;
use crate::entity::task;
use crate::time::Instant;
use crate::tx::Tx;
use crate::tx::sealed::Raw;

/// A task whose deadline has passed.
#[derive(Debug, Clone, PartialEq)]
pub struct Overdue {
    /// The task.
    pub task: Task,
    /// The key under which it shares a limit.
    pub concurrency_key: Option<String>,
}

/// Locks up to `limit` unfinished tasks whose deadline is at or before `now`, the earliest first; others that hold some are
/// passed over.
pub async fn system_lock_overdue(
    tx: &mut Tx,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Overdue>, Error> {
    let rows = task::Entity::find()
        .filter(task::Column::FinishedAt.is_null())
        .filter(task::Column::DeadlineAt.lte(Instant(now)))
        .order_by_asc(task::Column::DeadlineAt)
        .order_by_asc(task::Column::Id)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx.db())
        .await?;
    let overdue = |row: task::Model| {
        Ok(Overdue {
            concurrency_key: row.concurrency_key.clone(),
            task: to_task(row)?,
        })
    };
    rows.into_iter().map(overdue).collect()
}

/// Ends locked tasks that no worker has begun.
pub async fn system_end_unbegun(
    tx: &mut Tx,
    tasks: &[(OrganizationId, TaskId)],
    failure: &TaskFailure,
    now: Timestamp,
) -> Result<(), Error> {
    let change = task::ActiveModel {
        status: Set(TaskStatus::Aborted.name().to_owned()),
        abort_requested: Set(true),
        failure: Set(Some(document(failure, tasks)?)),
        finished_at: Set(Some(Instant(now))),
        ..Default::default()
    };
    change_all(tx, tasks, change).await
}

/// Tells locked tasks that a worker has begun to stop and to take back what they did.
pub async fn system_stop_begun(
    tx: &mut Tx,
    tasks: &[(OrganizationId, TaskId)],
    failure: &TaskFailure,
    now: Timestamp,
) -> Result<(), Error> {
    let change = task::ActiveModel {
        status: Set(TaskStatus::Aborting.name().to_owned()),
        abort_requested: Set(true),
        failure: Set(Some(document(failure, tasks)?)),
        failures: Set(Json::Object(serde_json::Map::new())),
        run_after: Set(Instant(now)),
        deadline_at: Set(None),
        ..Default::default()
    };
    change_all(tx, tasks, change).await
}

/// Takes the deadline from locked tasks that are stopping already, so that a worker may end that.
pub async fn system_clear_deadline(
    tx: &mut Tx,
    tasks: &[(OrganizationId, TaskId)],
) -> Result<(), Error> {
    let change = task::ActiveModel {
        deadline_at: Set(None),
        ..Default::default()
    };
    change_all(tx, tasks, change).await
}

fn document(failure: &TaskFailure, tasks: &[(OrganizationId, TaskId)]) -> Result<Json, Error> {
    let id = tasks.first().map(|(_, id)| *id);
    to_json(
        failure,
        id.unwrap_or_else(|| TaskId::from_uuid(uuid::Uuid::nil())),
        "failure",
    )
}

async fn change_all(
    tx: &mut Tx,
    tasks: &[(OrganizationId, TaskId)],
    change: task::ActiveModel,
) -> Result<(), Error> {
    for chunk in tasks.chunks(IN_LIST_MAX) {
        task::Entity::update_many()
            .set(change.clone())
            .filter(task::Column::Id.is_in(chunk.iter().map(|(_, id)| id.uuid())))
            .filter(task::Column::FinishedAt.is_null())
            .exec(tx.db())
            .await?;
    }
    for (organization, id) in tasks {
        tell(tx, *organization, *id, ChangeKind::Updated);
    }
    Ok(())
}
