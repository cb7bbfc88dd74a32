//! Tasks: what is queued, runs and has ended.
//!
//! Not for the queue's own moves (`tasks/queue.rs`). Invariant: a unique key makes one task in an organization, whatever is
//! added how often at the same time.

use std::collections::BTreeSet;

use domain::event::{ChangeKind, NewEvent, Topic};
use domain::limits::TOTAL_COUNT_MAX;
use domain::page::{Direction, Page, PageRequest};
use domain::task::{
    Actor, NewTask, Progress, Task, TaskFailure, TaskFilter, TaskKind, TaskSpec, TaskStatus,
};
use domain::{
    AssetId, AwsAccountKey, OrganizationId, PolicyId, PolicyOperationId, RecoveryPointId, TaskId,
};
use jiff::Timestamp;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set, TryInsertResult,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::Error;
use crate::dialect::{BINDS_MAX, IN_LIST_MAX};
use crate::entity::{asset, task};
use crate::page::{Order, count_up_to, fetch, try_map};
use crate::scope::{InScope, by_asset_or_account};
use crate::time::{Instant, optional, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

pub mod deadlines;
pub mod queue;

const TABLE: &str = "tasks";
/// Columns of a new row.
const COLUMNS: usize = 23;

/// Queues a task. False when the organization already has one with its unique key, which is then left alone.
pub async fn add(tx: &mut Tx, id: TaskId, new: &NewTask, now: Timestamp) -> Result<bool, Error> {
    let added = add_many(tx, &[(id, new.clone())], now).await?;
    Ok(!added.is_empty())
}

/// Queues tasks, all at once; answers the ids of those whose unique key was new.
pub async fn add_many(
    tx: &mut Tx,
    new: &[(TaskId, NewTask)],
    now: Timestamp,
) -> Result<BTreeSet<TaskId>, Error> {
    let mut added = BTreeSet::new();
    for chunk in new.chunks(BINDS_MAX / COLUMNS) {
        let rows: Vec<task::ActiveModel> = chunk
            .iter()
            .map(|(id, new)| row(*id, new, now))
            .collect::<Result<_, _>>()?;
        let key = [task::Column::OrganizationId, task::Column::UniqueKey];
        let inserted = task::Entity::insert_many(rows)
            .on_conflict_do_nothing_on(key)
            .exec_with_returning_keys(tx.db())
            .await?;
        if let TryInsertResult::Inserted(ids) = inserted {
            added.extend(ids.into_iter().map(TaskId::from_uuid));
        }
    }
    for (id, new) in new.iter().filter(|(id, _)| added.contains(id)) {
        tell(tx, new.organization_id, *id, ChangeKind::Created);
    }
    Ok(added)
}

/// The task, inside the scope.
pub async fn lookup(
    db: &impl Connection,
    scope: impl InScope,
    id: TaskId,
) -> Result<Option<Task>, Error> {
    let row = task::Entity::find_by_id(id.uuid())
        .filter(by_asset_or_account(&scope, TABLE))
        .one(db.db())
        .await?;
    row.map(to_task).transpose()
}

/// Those of the tasks that are inside the scope, in no particular order.
pub async fn lookup_many(
    db: &impl Connection,
    scope: impl InScope,
    ids: &[TaskId],
) -> Result<Vec<Task>, Error> {
    let mut tasks = Vec::new();
    for chunk in ids.chunks(IN_LIST_MAX) {
        let rows = task::Entity::find()
            .filter(by_asset_or_account(&scope, TABLE))
            .filter(task::Column::Id.is_in(chunk.iter().map(|id| id.uuid())))
            .all(db.db())
            .await?;
        for row in rows {
            tasks.push(to_task(row)?);
        }
    }
    Ok(tasks)
}

/// The id of the task with this unique key.
pub async fn find_by_unique_key(
    db: &impl Connection,
    organization: OrganizationId,
    key: &str,
) -> Result<Option<TaskId>, Error> {
    let id: Option<Uuid> = task::Entity::find()
        .select_only()
        .column(task::Column::Id)
        .filter(task::Column::OrganizationId.eq(organization.uuid()))
        .filter(task::Column::UniqueKey.eq(key))
        .into_tuple()
        .one(db.db())
        .await?;
    Ok(id.map(TaskId::from_uuid))
}

/// A page of the tasks that the scope sees, by the time of their making.
pub async fn list(
    db: &impl Connection,
    scope: impl InScope,
    filter: &TaskFilter,
    direction: Direction,
    page: &PageRequest,
) -> Result<Page<Task>, Error> {
    let order = Order::by("tasks.created_at", TABLE, "created_at", direction);
    let place = |row: &task::Model| (row.created_at.0.into(), row.id);
    let rows = fetch(db, select(&scope, filter), &order, page, place).await?;
    try_map(rows, to_task)
}

/// How many tasks the scope sees; counting stops at `TOTAL_COUNT_MAX`.
pub async fn count(
    db: &impl Connection,
    scope: impl InScope,
    filter: &TaskFilter,
) -> Result<u64, Error> {
    count_up_to(db, select(&scope, filter), TOTAL_COUNT_MAX).await
}

/// Names the recovery point that a running task makes; refused when the attempt has lost the task.
pub async fn set_recovery_point(
    tx: &mut Tx,
    task: &Task,
    point: RecoveryPointId,
) -> Result<(), Error> {
    let outcome = task::Entity::update_many()
        .set(task::ActiveModel {
            recovery_point_id: Set(Some(point.uuid())),
            ..Default::default()
        })
        .filter(task::Column::Id.eq(task.id.uuid()))
        .filter(task::Column::Attempt.eq(task.attempt))
        .filter(task::Column::LeaseExpiresAt.is_not_null())
        .exec(tx.db())
        .await?;
    if outcome.rows_affected != 1 {
        return Err(Error::Affected {
            expected: 1,
            actual: outcome.rows_affected,
        });
    }
    tell(tx, task.organization_id, task.id, ChangeKind::Updated);
    Ok(())
}

/// Removes up to `limit` tasks that ended before `until`, their steps with them; how many there were.
pub async fn system_purge(tx: &mut Tx, until: Timestamp, limit: u64) -> Result<u64, Error> {
    let ended = task::Entity::find()
        .select_only()
        .column(task::Column::Id)
        .filter(task::Column::FinishedAt.lt(Instant(until)))
        .limit(limit)
        .into_query();
    let outcome = task::Entity::delete_many()
        .filter(task::Column::Id.in_subquery(ended))
        .exec(tx.db())
        .await?;
    Ok(outcome.rows_affected)
}

fn select(scope: &impl InScope, filter: &TaskFilter) -> SelectStatement {
    let mut found = task::Entity::find().filter(by_asset_or_account(scope, TABLE));
    if let Some(ids) = &filter.ids {
        found = found.filter(task::Column::Id.is_in(ids.iter().map(|id| id.uuid())));
    }
    if let Some(kinds) = &filter.kinds {
        found = found.filter(task::Column::Kind.is_in(kinds.iter().map(|kind| kind.name())));
    }
    if let Some(statuses) = &filter.statuses {
        let names = statuses.iter().map(|status| status.name());
        found = found.filter(task::Column::Status.is_in(names));
    }
    if let Some(assets) = &filter.asset_ids {
        found = found.filter(task::Column::AssetId.is_in(assets.iter().map(|id| id.uuid())));
    }
    if let Some(accounts) = &filter.aws_account_ids {
        let ids = accounts.iter().map(|id| id.uuid());
        found = found.filter(task::Column::AwsAccountId.is_in(ids));
    }
    if let Some(kinds) = &filter.asset_kinds {
        let names = kinds.iter().map(|kind| kind.name());
        let assets = assets_where(asset::Column::Kind.is_in(names));
        found = found.filter(task::Column::AssetId.in_subquery(assets));
    }
    if let Some(from) = filter.created_from {
        found = found.filter(task::Column::CreatedAt.gte(Instant(from)));
    }
    if let Some(until) = filter.created_until {
        found = found.filter(task::Column::CreatedAt.lt(Instant(until)));
    }
    found.into_query()
}

fn assets_where(condition: sea_orm::sea_query::Expr) -> SelectStatement {
    asset::Entity::find()
        .select_only()
        .column(asset::Column::Id)
        .filter(condition)
        .into_query()
}

pub(crate) fn tell(tx: &mut Tx, organization_id: OrganizationId, id: TaskId, change: ChangeKind) {
    tx.tell(NewEvent {
        organization_id,
        topic: Topic::Task,
        change,
        subject: id.to_string(),
    });
}

fn row(id: TaskId, new: &NewTask, now: Timestamp) -> Result<task::ActiveModel, Error> {
    // Nobody asks for work before it can be asked for: an earlier time would jump the queue.
    let run_after = new.run_after.map_or(now, |after| after.max(now));
    Ok(task::ActiveModel {
        id: Set(id.uuid()),
        organization_id: Set(new.organization_id.uuid()),
        kind: Set(new.spec.kind().name().to_owned()),
        spec: Set(to_json(&new.spec, id, "spec")?),
        workflow_version: Set(0),
        status: Set(TaskStatus::Queued.name().to_owned()),
        actor: Set(to_json(&new.actor, id, "actor")?),
        asset_id: Set(new.asset_id.map(AssetId::uuid)),
        aws_account_id: Set(new.aws_account_id.map(AwsAccountKey::uuid)),
        policy_id: Set(new.policy_id.map(PolicyId::uuid)),
        operation_id: Set(new.operation_id.map(PolicyOperationId::uuid)),
        recovery_point_id: Set(new.recovery_point_id.map(RecoveryPointId::uuid)),
        nominal_at: Set(optional(new.nominal_at)),
        unique_key: Set(new.unique_key.clone()),
        concurrency_key: Set(new.concurrency_key.clone()),
        run_after: Set(Instant(run_after)),
        attempt: Set(0),
        failures: Set(Json::Object(serde_json::Map::new())),
        abort_requested: Set(false),
        progress_done: Set(0),
        progress_total: Set(0),
        created_at: Set(Instant(now)),
        deadline_at: Set(optional(new.deadline_at)),
        ..Default::default()
    })
}

pub(crate) fn to_task(row: task::Model) -> Result<Task, Error> {
    let bad = |column| Error::inconsistent(TABLE, row.id, column);
    let spec: TaskSpec = from_json(&row.spec).ok_or_else(|| bad("spec"))?;
    let actor: Actor = from_json(&row.actor).ok_or_else(|| bad("actor"))?;
    let status = TaskStatus::from_name(&row.status).ok_or_else(|| bad("status"))?;
    let failure: Option<TaskFailure> = match &row.failure {
        Some(failure) => Some(from_json(failure).ok_or_else(|| bad("failure"))?),
        None => None,
    };
    let count = |count: i64, column| u64::try_from(count).map_err(|_negative| bad(column));
    let progress = Progress {
        done: count(row.progress_done, "progress_done")?,
        total: count(row.progress_total, "progress_total")?,
    };
    Ok(Task {
        id: TaskId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        spec,
        status,
        actor,
        asset_id: row.asset_id.map(AssetId::from_uuid),
        aws_account_id: row.aws_account_id.map(AwsAccountKey::from_uuid),
        policy_id: row.policy_id.map(PolicyId::from_uuid),
        operation_id: row.operation_id.map(PolicyOperationId::from_uuid),
        recovery_point_id: row.recovery_point_id.map(RecoveryPointId::from_uuid),
        nominal_at: timestamp(row.nominal_at),
        deadline_at: timestamp(row.deadline_at),
        progress,
        attempt: row.attempt,
        failure,
        result: row.result,
        step: row.step,
        created_at: row.created_at.0,
        started_at: timestamp(row.started_at),
        finished_at: timestamp(row.finished_at),
    })
}

fn from_json<T: DeserializeOwned>(json: &Json) -> Option<T> {
    T::deserialize(json).ok()
}

fn to_json<T: Serialize>(value: &T, id: TaskId, column: &'static str) -> Result<Json, Error> {
    serde_json::to_value(value).map_err(|_error| Error::inconsistent(TABLE, id, column))
}

pub(crate) fn kind_of(row: &task::Model) -> Result<TaskKind, Error> {
    TaskKind::from_name(&row.kind).ok_or_else(|| Error::inconsistent(TABLE, row.id, "kind"))
}

#[cfg(test)]
mod tests;
