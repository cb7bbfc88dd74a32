//! Idempotency keys of callers.
//!
//! Not for the unique keys of tasks. Invariant: of two requests with one key at the same time, the later waits for the
//! earlier to commit, and then sees what it did.

use domain::limits::IDEMPOTENCY_KEY_HOURS;
use domain::{OrganizationId, TaskId};
use jiff::{SignedDuration, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use crate::Error;
use crate::convert::affected;
use crate::entity::idempotency_key::{ActiveModel, Column, Entity};
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// What is known of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Nothing, or what was known is too old: the caller goes on and calls [`bind`].
    Fresh,
    /// The same input came with it before, and started this task; none when the work needed none.
    Same(Option<TaskId>),
    /// Another input came with it before.
    Different,
}

/// Claims a key for an input, by its hash. Keys are forgotten after [`IDEMPOTENCY_KEY_HOURS`].
pub async fn claim(
    tx: &mut Tx,
    organization: OrganizationId,
    key: &str,
    input_hash: &[u8],
    now: Timestamp,
) -> Result<Claim, Error> {
    let row = ActiveModel {
        organization_id: Set(organization.uuid()),
        key: Set(key.to_owned()),
        input_hash: Set(input_hash.to_vec()),
        task_id: Set(None),
        created_at: Set(Instant(now)),
    };
    // Takes over a key that is too old; one that is not stays as it is, and no row is affected.
    let old = Expr::col((Entity, Column::CreatedAt)).lte(Instant(forgotten_before(now)));
    let take_over = OnConflict::columns([Column::OrganizationId, Column::Key])
        .update_columns([Column::InputHash, Column::TaskId, Column::CreatedAt])
        .action_and_where(old)
        .to_owned();
    let written = Entity::insert(row)
        .on_conflict(take_over)
        .exec_without_returning(tx.db())
        .await?;
    if written == 1 {
        return Ok(Claim::Fresh);
    }
    let known = Entity::find_by_id((organization.uuid(), key.to_owned()))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::inconsistent("idempotency_keys", key, "key"))?;
    if known.input_hash == input_hash {
        Ok(Claim::Same(known.task_id.map(TaskId::from_uuid)))
    } else {
        Ok(Claim::Different)
    }
}

/// Remembers the task that the key's work started.
pub async fn bind(
    tx: &mut Tx,
    organization: OrganizationId,
    key: &str,
    task: TaskId,
) -> Result<(), Error> {
    let done = Entity::update_many()
        .set(ActiveModel {
            task_id: Set(Some(task.uuid())),
            ..Default::default()
        })
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::Key.eq(key))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)
}

/// The task that a key of the organization stands for.
pub async fn find(
    db: &impl Connection,
    organization: OrganizationId,
    key: &str,
) -> Result<Option<TaskId>, Error> {
    let row = Entity::find_by_id((organization.uuid(), key.to_owned()))
        .one(db.db())
        .await?;
    Ok(row.and_then(|row| row.task_id).map(TaskId::from_uuid))
}

/// Removes the keys of all organizations that are too old to count; answers how many.
pub async fn system_remove_old(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    let done = Entity::delete_many()
        .filter(Column::CreatedAt.lte(Instant(forgotten_before(now))))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected)
}

fn forgotten_before(now: Timestamp) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(IDEMPOTENCY_KEY_HOURS))
        .unwrap_or(Timestamp::MIN)
}
