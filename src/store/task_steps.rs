//! Steps of tasks: what was begun, what is done, what was taken back.
//!
//! Not for running them. Invariant: a step's row is written only together with a change of its task under the same fence, so
//! a worker without the lease cannot write one.

use std::collections::BTreeMap;

use domain::task::{StepStatus, TaskStep};
use domain::{OrganizationId, TaskId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::Error;
use crate::dialect::{BINDS_MAX, IN_LIST_MAX};
use crate::entity::task_step;
use crate::time::{Instant, optional, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "task_steps";
const COLUMNS: usize = 12;

/// The steps of a task, in their order, in this organization.
pub async fn list(
    db: &impl Connection,
    organization: OrganizationId,
    task: TaskId,
) -> Result<Vec<TaskStep>, Error> {
    let rows = task_step::Entity::find()
        .filter(task_step::Column::OrganizationId.eq(organization.uuid()))
        .filter(task_step::Column::TaskId.eq(task.uuid()))
        .order_by_asc(task_step::Column::Position)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_step).collect()
}

/// The steps of tasks that a worker goes on with, in their order.
pub async fn system_of_tasks(
    db: &impl Connection,
    tasks: &[TaskId],
) -> Result<BTreeMap<TaskId, Vec<TaskStep>>, Error> {
    let mut steps: BTreeMap<TaskId, Vec<TaskStep>> = BTreeMap::new();
    for chunk in tasks.chunks(IN_LIST_MAX) {
        let rows = task_step::Entity::find()
            .filter(task_step::Column::TaskId.is_in(chunk.iter().map(|id| id.uuid())))
            .order_by_asc(task_step::Column::TaskId)
            .order_by_asc(task_step::Column::Position)
            .all(db.db())
            .await?;
        for row in rows {
            let step = to_step(row)?;
            steps.entry(step.task_id).or_default().push(step);
        }
    }
    Ok(steps)
}

/// Writes steps, new or known; each task and position at most once. When it was begun first stays.
pub async fn system_put(tx: &mut Tx, steps: &[TaskStep]) -> Result<(), Error> {
    use task_step::Column;
    for chunk in steps.chunks(BINDS_MAX / COLUMNS) {
        let rows: Vec<task_step::ActiveModel> = chunk.iter().map(row).collect();
        let known = OnConflict::columns([Column::TaskId, Column::Position])
            .update_columns([
                Column::Name,
                Column::Status,
                Column::Attempt,
                Column::Output,
                Column::Warnings,
                Column::FinishedAt,
            ])
            .to_owned();
        task_step::Entity::insert_many(rows)
            .on_conflict(known)
            .exec_without_returning(tx.db())
            .await?;
    }
    Ok(())
}

fn row(step: &TaskStep) -> task_step::ActiveModel {
    let warnings = step.warnings.iter().cloned().map(serde_json::Value::String);
    let warnings: Vec<serde_json::Value> = warnings.collect();
    task_step::ActiveModel {
        task_id: Set(step.task_id.uuid()),
        position: Set(step.position),
        organization_id: Set(step.organization_id.uuid()),
        name: Set(step.name.clone()),
        status: Set(step.status.name().to_owned()),
        attempt: Set(step.attempt),
        intent_key: Set(step.intent_key.clone()),
        output: Set(step.output.clone()),
        warnings: Set((!warnings.is_empty()).then_some(serde_json::Value::Array(warnings))),
        failure: Set(None),
        started_at: Set(Instant(step.started_at)),
        finished_at: Set(optional(step.finished_at)),
    }
}

fn to_step(row: task_step::Model) -> Result<TaskStep, Error> {
    let bad = |column| Error::inconsistent(TABLE, row.task_id, column);
    let status = StepStatus::from_name(&row.status).ok_or_else(|| bad("status"))?;
    let warnings = match row.warnings {
        Some(ref warnings) => {
            serde_json::from_value(warnings.clone()).map_err(|_error| bad("warnings"))?
        }
        None => Vec::new(),
    };
    Ok(TaskStep {
        task_id: TaskId::from_uuid(row.task_id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        position: row.position,
        name: row.name,
        status,
        attempt: row.attempt,
        intent_key: row.intent_key,
        output: row.output,
        warnings,
        started_at: row.started_at.0,
        finished_at: timestamp(row.finished_at),
    })
}
