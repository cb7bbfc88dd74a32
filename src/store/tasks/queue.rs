//! Moves of the queue: claim, renew, change under a fence, take back, abort.
//!
//! Not for deciding which move is right (`tasks`). Invariant: every write of a worker is a compare-and-set on (id, attempt,
//! lease, status), so a worker whose lease was taken back changes nothing any more.

use std::collections::{BTreeMap, BTreeSet};

use domain::event::ChangeKind;
use domain::task::{NewTask, Progress, TaskFailure, TaskKind, TaskStatus};
use domain::{OrganizationId, TaskId};
use jiff::Timestamp;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, LockBehavior, LockType, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Set, UpdateMany,
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{kind_of, tell, to_json, to_task};
use crate::Error;
use crate::dialect::IN_LIST_MAX;
use crate::entity::task;
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

mod claim;

use claim::to_claimed;

pub use claim::{ClaimRequest, Claimable, Claimed, system_claim};

/// Right to change a task: what its row must still say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence {
    /// The task.
    pub task_id: TaskId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The attempt that was claimed.
    pub attempt: i32,
}

/// A change of a task under a lease.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It works on this step; the failures before it are forgiven when `forgives`.
    Step {
        /// The step.
        name: String,
        /// Whether the failures so far no longer count.
        forgives: bool,
    },
    /// How far it is.
    Progress(Progress),
    /// It waits for another attempt; an aborting task stays aborting.
    Requeue {
        /// Not before.
        run_after: Timestamp,
        /// Why.
        failure: Option<TaskFailure>,
        /// Failures as counted now.
        failures: Json,
    },
    /// It waits for a person.
    Block {
        /// Looked at again then.
        run_after: Timestamp,
        /// Why.
        failure: TaskFailure,
    },
    /// It undoes what it did; the lease stays.
    Undo {
        /// Why it failed for good; none when it stops on demand.
        failure: Option<TaskFailure>,
    },
    /// It ended.
    End {
        /// How; a final status.
        status: TaskStatus,
        /// Why, when it did not end well; none leaves what an aborted one says already.
        failure: Option<TaskFailure>,
        /// What it says.
        result: Option<Json>,
        /// How far it came.
        progress: Option<Progress>,
    },
}

/// Makes the leases of `owner` end at `until`, by the clock of leases ([`Tx::lease_now`]); answers attempt and status of those that it still has.
pub async fn system_renew(
    tx: &mut Tx,
    owner: &str,
    ids: &[TaskId],
    until: Timestamp,
) -> Result<BTreeMap<TaskId, (i32, TaskStatus)>, Error> {
    let mut held = BTreeMap::new();
    for chunk in ids.chunks(IN_LIST_MAX) {
        let rows = task::Entity::update_many()
            .set(task::ActiveModel {
                lease_expires_at: Set(Some(Instant(until))),
                ..Default::default()
            })
            .filter(task::Column::Id.is_in(chunk.iter().map(|id| id.uuid())))
            .filter(task::Column::LeaseOwner.eq(owner))
            .filter(task::Column::LeaseExpiresAt.is_not_null())
            .exec_with_returning(tx.db())
            .await?;
        for row in rows {
            let status = status_of(row.id, &row.status)?;
            held.insert(TaskId::from_uuid(row.id), (row.attempt, status));
        }
    }
    Ok(held)
}

/// Which of these tasks that `owner` runs were told to stop.
pub async fn system_aborting_of(
    db: &impl Connection,
    owner: &str,
) -> Result<Vec<(TaskId, i32)>, Error> {
    let rows: Vec<(Uuid, i32)> = task::Entity::find()
        .select_only()
        .column(task::Column::Id)
        .column(task::Column::Attempt)
        .filter(task::Column::LeaseOwner.eq(owner))
        .filter(task::Column::LeaseExpiresAt.is_not_null())
        .filter(task::Column::AbortRequested.eq(true))
        .into_tuple()
        .all(db.db())
        .await?;
    let turn = |(id, attempt)| (TaskId::from_uuid(id), attempt);
    Ok(rows.into_iter().map(turn).collect())
}

/// Makes the same change to all tasks whose row still says what the fence says and is in status `from`; answers which those
/// were.
pub async fn system_change(
    tx: &mut Tx,
    fences: &[Fence],
    from: &[TaskStatus],
    change: &Change,
    now: Timestamp,
) -> Result<BTreeSet<TaskId>, Error> {
    let mut changed = BTreeSet::new();
    for chunk in fences.chunks(IN_LIST_MAX) {
        let mut update = set(change, now)?
            .filter(held(chunk))
            .filter(task::Column::LeaseExpiresAt.is_not_null())
            .filter(task::Column::Status.is_in(from.iter().map(|status| status.name())))
            .into_query();
        // Ids only: the documents of many tasks are long.
        update.returning(Query::returning().column(task::Column::Id));
        for row in tx.db().query_all(&update).await? {
            changed.insert(TaskId::from_uuid(row.try_get("", "id")?));
        }
    }
    for fence in fences
        .iter()
        .filter(|fence| changed.contains(&fence.task_id))
    {
        tell(
            tx,
            fence.organization_id,
            fence.task_id,
            ChangeKind::Updated,
        );
    }
    Ok(changed)
}

/// Condition: the row has the id and the attempt of one of the fences. By attempt, because there are few different ones, and
/// lists of pairs are spelt differently by the two databases.
fn held(fences: &[Fence]) -> Condition {
    let mut by_attempt: BTreeMap<i32, Vec<Uuid>> = BTreeMap::new();
    for fence in fences {
        let ids = by_attempt.entry(fence.attempt).or_default();
        ids.push(fence.task_id.uuid());
    }
    by_attempt
        .into_iter()
        .fold(Condition::any(), |any, (attempt, ids)| {
            any.add(
                task::Column::Attempt
                    .eq(attempt)
                    .and(task::Column::Id.is_in(ids)),
            )
        })
}

fn set(change: &Change, now: Timestamp) -> Result<UpdateMany<task::Entity>, Error> {
    let update = task::Entity::update_many();
    let row = failure_document;
    let nothing = task::ActiveModel::default();
    Ok(match change {
        Change::Step { name, forgives } => {
            let update = update.col_expr(task::Column::Step, Expr::val(name.clone()));
            if *forgives {
                update.col_expr(
                    task::Column::Failures,
                    Expr::val(Json::Object(serde_json::Map::new())),
                )
            } else {
                update
            }
        }
        Change::Progress(progress) => update.set(with_progress(nothing, Some(*progress))),
        Change::Requeue {
            run_after,
            failure,
            failures,
        } => {
            let known = failure.as_ref().map(row).transpose()?;
            let failure = known.map_or(sea_orm::NotSet, Set);
            update
                .col_expr(task::Column::Status, queued_unless_aborting().into())
                .set(task::ActiveModel {
                    run_after: Set(Instant(*run_after)),
                    failure,
                    failures: Set(failures.clone()),
                    lease_owner: Set(None),
                    lease_expires_at: Set(None),
                    ..Default::default()
                })
        }
        Change::Block { run_after, failure } => update.set(task::ActiveModel {
            status: Set(TaskStatus::Blocked.name().to_owned()),
            run_after: Set(Instant(*run_after)),
            failure: Set(row(failure)?),
            lease_owner: Set(None),
            lease_expires_at: Set(None),
            ..Default::default()
        }),
        Change::Undo { failure } => update.set(task::ActiveModel {
            status: Set(TaskStatus::Aborting.name().to_owned()),
            abort_requested: Set(failure.is_none()),
            failure: Set(failure.as_ref().map(row).transpose()?.flatten()),
            failures: Set(Json::Object(serde_json::Map::new())),
            ..Default::default()
        }),
        Change::End {
            status,
            failure,
            result,
            progress,
        } => {
            let ended = task::ActiveModel {
                status: Set(status.name().to_owned()),
                failure: why(*status, failure.as_ref())?,
                result: Set(result.clone()),
                step: Set(None),
                lease_owner: Set(None),
                lease_expires_at: Set(None),
                finished_at: Set(Some(Instant(now))),
                ..Default::default()
            };
            update.set(with_progress(ended, *progress))
        }
    })
}

/// Why a task ended; whoever told one to stop has said so before, or nothing.
fn why(
    status: TaskStatus,
    failure: Option<&TaskFailure>,
) -> Result<sea_orm::ActiveValue<Option<Json>>, Error> {
    Ok(match failure {
        None if status == TaskStatus::Aborted => sea_orm::NotSet,
        None => Set(None),
        Some(failure) => Set(failure_document(failure)?),
    })
}

fn failure_document(failure: &TaskFailure) -> Result<Option<Json>, Error> {
    to_json(failure, TaskId::from_uuid(Uuid::nil()), "failure").map(Some)
}

/// A task that was told to stop goes on stopping; any other waits for a worker.
fn queued_unless_aborting() -> CaseStatement {
    let aborting = TaskStatus::Aborting.name();
    CaseStatement::new()
        .case(task::Column::Status.eq(aborting), aborting)
        .finally(TaskStatus::Queued.name())
}

fn with_progress(row: task::ActiveModel, progress: Option<Progress>) -> task::ActiveModel {
    let Some(progress) = progress else {
        return row;
    };
    let count = |count: u64| Set(i64::try_from(count).unwrap_or(i64::MAX));
    task::ActiveModel {
        progress_done: count(progress.done),
        progress_total: count(progress.total),
        ..row
    }
}

/// Attempt, status and lease of tasks whose change was refused.
pub async fn system_states(
    db: &impl Connection,
    ids: &[TaskId],
) -> Result<BTreeMap<TaskId, (i32, TaskStatus, bool)>, Error> {
    let rows: Vec<(Uuid, i32, String, Option<Instant>)> = task::Entity::find()
        .select_only()
        .column(task::Column::Id)
        .column(task::Column::Attempt)
        .column(task::Column::Status)
        .column(task::Column::LeaseExpiresAt)
        .filter(task::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .into_tuple()
        .all(db.db())
        .await?;
    let mut states = BTreeMap::new();
    for (id, attempt, status, lease) in rows {
        let status = status_of(id, &status)?;
        states.insert(TaskId::from_uuid(id), (attempt, status, lease.is_some()));
    }
    Ok(states)
}

/// Locks up to `limit` tasks whose lease ended before `now`, by the clock of leases ([`Tx::lease_now`]): their workers are
/// gone.
pub async fn system_lock_expired(
    tx: &mut Tx,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Claimed>, Error> {
    let rows = task::Entity::find()
        .filter(task::Column::LeaseExpiresAt.lt(Instant(now)))
        .order_by_asc(task::Column::LeaseExpiresAt)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx.db())
        .await?;
    rows.into_iter().map(to_claimed).collect()
}

/// Makes every lease end in the past: for who can prove that all workers are dead.
pub async fn system_expire_leases(tx: &mut Tx) -> Result<u64, Error> {
    let done = task::Entity::update_many()
        .set(task::ActiveModel {
            lease_expires_at: Set(Some(Instant(Timestamp::UNIX_EPOCH))),
            ..Default::default()
        })
        .filter(task::Column::LeaseExpiresAt.is_not_null())
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected)
}

/// How asking a task to stop went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbortOutcome {
    /// It had not begun and is aborted now.
    Aborted,
    /// It will undo what it did.
    Aborting,
    /// It has ended already.
    Ended(TaskStatus),
}

/// Tells a task to stop; none when the organization has no such task.
pub async fn abort(
    tx: &mut Tx,
    organization: OrganizationId,
    id: TaskId,
    now: Timestamp,
) -> Result<Option<AbortOutcome>, Error> {
    let row = task::Entity::find_by_id(id.uuid())
        .filter(task::Column::OrganizationId.eq(organization.uuid()))
        .lock(LockType::NoKeyUpdate)
        .one(tx.db())
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let status = status_of(row.id, &row.status)?;
    if status.is_final() {
        return Ok(Some(AbortOutcome::Ended(status)));
    }
    if status == TaskStatus::Aborting {
        return Ok(Some(AbortOutcome::Aborting));
    }
    let is_untouched = row.attempt == 0;
    let change = if is_untouched {
        task::ActiveModel {
            status: Set(TaskStatus::Aborted.name().to_owned()),
            abort_requested: Set(true),
            finished_at: Set(Some(Instant(now))),
            ..Default::default()
        }
    } else {
        task::ActiveModel {
            status: Set(TaskStatus::Aborting.name().to_owned()),
            abort_requested: Set(true),
            failure: Set(None),
            failures: Set(Json::Object(serde_json::Map::new())),
            run_after: Set(Instant(now)),
            ..Default::default()
        }
    };
    task::Entity::update_many()
        .set(change)
        .filter(task::Column::Id.eq(id.uuid()))
        .exec(tx.db())
        .await?;
    tell(tx, organization, id, ChangeKind::Updated);
    Ok(Some(if is_untouched {
        AbortOutcome::Aborted
    } else {
        AbortOutcome::Aborting
    }))
}

/// Lets a waiting task (queued or blocked) run now; false when it does not wait.
pub async fn hurry(
    tx: &mut Tx,
    organization: OrganizationId,
    id: TaskId,
    now: Timestamp,
) -> Result<bool, Error> {
    let waiting = [TaskStatus::Queued.name(), TaskStatus::Blocked.name()];
    let outcome = task::Entity::update_many()
        .set(task::ActiveModel {
            run_after: Set(Instant(now)),
            ..Default::default()
        })
        .filter(task::Column::Id.eq(id.uuid()))
        .filter(task::Column::OrganizationId.eq(organization.uuid()))
        .filter(task::Column::Status.is_in(waiting))
        .exec(tx.db())
        .await?;
    if outcome.rows_affected == 1 {
        tell(tx, organization, id, ChangeKind::Updated);
    }
    Ok(outcome.rows_affected == 1)
}

/// The task as new work, when it ended without success: without its unique key, which stays with it.
pub async fn repeatable(
    db: &impl Connection,
    organization: OrganizationId,
    id: TaskId,
) -> Result<Option<NewTask>, Error> {
    let ended = [TaskStatus::Failed, TaskStatus::Partial, TaskStatus::Aborted];
    let row = task::Entity::find_by_id(id.uuid())
        .filter(task::Column::OrganizationId.eq(organization.uuid()))
        .filter(task::Column::Status.is_in(ended.map(TaskStatus::name)))
        .one(db.db())
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let concurrency_key = row.concurrency_key.clone();
    let kind = kind_of(&row)?;
    let task = to_task(row)?;
    // What a backup made is not what the next one restores or verifies.
    let keeps_point = matches!(
        kind,
        TaskKind::RestoreEbs | TaskKind::RestoreImage | TaskKind::VerifyRecoveryPoint
    );
    Ok(Some(NewTask {
        asset_id: task.asset_id,
        aws_account_id: task.aws_account_id,
        policy_id: task.policy_id,
        operation_id: task.operation_id,
        recovery_point_id: task.recovery_point_id.filter(|_| keeps_point),
        nominal_at: task.nominal_at,
        concurrency_key,
        ..NewTask::new(organization, task.spec, task.actor)
    }))
}

/// The earliest time at which a task without a lease may run; for the length of a worker's sleep.
pub async fn system_next_run(db: &impl Connection) -> Result<Option<Timestamp>, Error> {
    let at: Option<Instant> = task::Entity::find()
        .select_only()
        .column(task::Column::RunAfter)
        .filter(task::Column::FinishedAt.is_null())
        .filter(task::Column::LeaseExpiresAt.is_null())
        .order_by_asc(task::Column::RunAfter)
        .limit(1)
        .into_tuple()
        .one(db.db())
        .await?;
    Ok(at.map(|at| at.0))
}

fn status_of(row: Uuid, name: &str) -> Result<TaskStatus, Error> {
    TaskStatus::from_name(name).ok_or_else(|| Error::inconsistent("tasks", row, "status"))
}
