//! The places of rules and of the two movable entries, the lock of an organization's protection, and how far the rules are applied.
//!
//! Not for rules themselves. Invariant: places of a unit are distinct and only their order counts; the generation grows with every
//! change of what the rules could decide, so equal generations mean equal decisions.

use domain::event::ChangeKind;
use domain::protection_rule::EntryKey;
use domain::{AssetId, OrganizationId, OrganizationalUnitId, TaskId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::told;
use crate::convert::affected;
use crate::dialect::lock_rows;
use crate::entity::{protection_order, protection_rule};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};
use crate::{Error, organizational_units};

/// Places of the movable entries of an organization that has never moved them; its rules come behind.
const DEFAULT: Movable = Movable {
    direct: 0,
    child_units: 1,
};

/// The places of the movable entries in the list of the root unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Movable {
    pub(super) direct: i32,
    pub(super) child_units: i32,
}

/// How far the rules of an organization are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplyState {
    /// Counts changes of what the rules could decide.
    pub generation: i64,
    /// The generation that holds for all assets.
    pub applied_generation: i64,
    /// The asset up to which the present generation holds; none at the beginning.
    pub cursor: Option<AssetId>,
    /// The task that was queued last to apply them.
    pub task_id: Option<TaskId>,
}

impl ApplyState {
    /// Whether every asset is as the rules say.
    #[must_use]
    pub const fn is_applied(&self) -> bool {
        self.applied_generation == self.generation
    }
}

/// Locks what protects the organization's assets until the transaction ends. Take it before any row of an asset or a policy.
pub async fn lock(tx: &mut Tx, organization: OrganizationId) -> Result<ApplyState, Error> {
    let fresh = protection_order::ActiveModel {
        organization_id: Set(organization.uuid()),
        direct_position: Set(DEFAULT.direct),
        child_units_position: Set(DEFAULT.child_units),
        generation: Set(0),
        applied_generation: Set(0),
        cursor_generation: Set(0),
        cursor_asset_id: Set(None),
        task_id: Set(None),
    };
    protection_order::Entity::insert_many([fresh])
        .on_conflict_do_nothing_on([protection_order::Column::OrganizationId])
        .exec_without_returning(tx.db())
        .await?;
    let mut select = protection_order::Entity::find_by_id(organization.uuid());
    lock_rows(QuerySelect::query(&mut select));
    let row = select.one(tx.db()).await?;
    let row = row
        .ok_or_else(|| Error::inconsistent("protection_orders", organization, "organization_id"))?;
    let is_current = row.cursor_generation == row.generation;
    Ok(ApplyState {
        generation: row.generation,
        applied_generation: row.applied_generation,
        cursor: row
            .cursor_asset_id
            .filter(|_| is_current)
            .map(AssetId::from_uuid),
        task_id: row.task_id.map(TaskId::from_uuid),
    })
}

/// Says that what the rules could decide has changed: no asset counts as gone through any more.
pub async fn changed(tx: &mut Tx, organization: OrganizationId) -> Result<(), Error> {
    write(tx, organization, |update| {
        update.col_expr(
            protection_order::Column::Generation,
            protection_order::Column::Generation.into_expr().add(1),
        )
    })
    .await
}

/// Names the task that applies the rules, until [`advance`] says that they are.
pub async fn set_task(
    tx: &mut Tx,
    organization: OrganizationId,
    task: TaskId,
) -> Result<(), Error> {
    write(tx, organization, |update| {
        update.col_expr(protection_order::Column::TaskId, Expr::val(task.uuid()))
    })
    .await
}

/// Says that the present generation holds for the assets up to `cursor`; none: for all of them.
pub async fn advance(
    tx: &mut Tx,
    organization: OrganizationId,
    cursor: Option<AssetId>,
) -> Result<(), Error> {
    use protection_order::Column;
    let generation = || Column::Generation.into_expr();
    write(tx, organization, |update| {
        let update = update
            .col_expr(Column::CursorGeneration, generation())
            .col_expr(Column::CursorAssetId, Expr::val(cursor.map(AssetId::uuid)));
        if cursor.is_some() {
            return update;
        }
        // A task that has come to the end takes no more work, so the next change queues another.
        update
            .col_expr(Column::AppliedGeneration, generation())
            .col_expr(Column::TaskId, Expr::val(None::<uuid::Uuid>))
    })
    .await
}

/// Puts an entry of a unit's list before another one of it, or at the end; false when either is not there.
pub async fn place(
    tx: &mut Tx,
    organization: OrganizationId,
    unit: OrganizationalUnitId,
    entry: EntryKey,
    before: Option<EntryKey>,
) -> Result<bool, Error> {
    if position_of(tx, organization, unit, entry).await?.is_none() {
        return Ok(false);
    }
    let position = match before {
        None => end(tx, organization, unit).await?,
        Some(before) => {
            let Some(position) = position_of(tx, organization, unit, before).await? else {
                return Ok(false);
            };
            if before != entry {
                make_room(tx, organization, unit, position).await?;
            }
            position
        }
    };
    set_position(tx, organization, entry, position).await?;
    Ok(true)
}

/// The place behind everything that the unit's list has.
pub(super) async fn end(
    db: &impl Connection,
    organization: OrganizationId,
    unit: OrganizationalUnitId,
) -> Result<i32, Error> {
    let last: Option<Option<i32>> = of_unit(organization, unit)
        .select_only()
        .column_as(protection_rule::Column::Position.max(), "last")
        .into_tuple()
        .one(db.db())
        .await?;
    let mut last = last.flatten().unwrap_or(0);
    if is_root(db, organization, unit).await? {
        let movable = movable(db, organization).await?;
        last = Ord::max(last, Ord::max(movable.direct, movable.child_units));
    }
    Ok(last.saturating_add(1))
}

/// The place of the unit's first rule.
pub(super) async fn first(
    db: &impl Connection,
    organization: OrganizationId,
    unit: OrganizationalUnitId,
) -> Result<i32, Error> {
    let first = of_unit(organization, unit)
        .order_by_asc(protection_rule::Column::Position)
        .one(db.db())
        .await?;
    Ok(first.map_or(0, |row| row.position))
}

pub(super) async fn movable(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Movable, Error> {
    let row = protection_order::Entity::find_by_id(organization.uuid())
        .one(db.db())
        .await?;
    Ok(row.map_or(DEFAULT, |row| Movable {
        direct: row.direct_position,
        child_units: row.child_units_position,
    }))
}

fn of_unit(
    organization: OrganizationId,
    unit: OrganizationalUnitId,
) -> sea_orm::Select<protection_rule::Entity> {
    protection_rule::Entity::find()
        .filter(protection_rule::Column::OrganizationId.eq(organization.uuid()))
        .filter(protection_rule::Column::UnitId.eq(unit.uuid()))
}

async fn is_root(
    db: &impl Connection,
    organization: OrganizationId,
    unit: OrganizationalUnitId,
) -> Result<bool, Error> {
    Ok(organizational_units::root(db, organization).await?.id == unit)
}

async fn position_of(
    tx: &Tx,
    organization: OrganizationId,
    unit: OrganizationalUnitId,
    entry: EntryKey,
) -> Result<Option<i32>, Error> {
    let id = match entry {
        EntryKey::Rule(id) => id,
        EntryKey::DirectAssignments | EntryKey::ChildUnits => {
            if !is_root(tx, organization, unit).await? {
                return Ok(None);
            }
            let movable = movable(tx, organization).await?;
            return Ok(Some(if entry == EntryKey::ChildUnits {
                movable.child_units
            } else {
                movable.direct
            }));
        }
    };
    let row = of_unit(organization, unit)
        .filter(protection_rule::Column::Id.eq(id.uuid()))
        .one(tx.db())
        .await?;
    Ok(row.map(|row| row.position))
}

/// Moves everything at `position` and behind it by one.
async fn make_room(
    tx: &mut Tx,
    organization: OrganizationId,
    unit: OrganizationalUnitId,
    position: i32,
) -> Result<(), Error> {
    let column = protection_rule::Column::Position;
    protection_rule::Entity::update_many()
        .col_expr(column, column.into_expr().add(1))
        .filter(protection_rule::Column::OrganizationId.eq(organization.uuid()))
        .filter(protection_rule::Column::UnitId.eq(unit.uuid()))
        .filter(column.gte(position))
        .exec(tx.db())
        .await?;
    if !is_root(tx, organization, unit).await? {
        return Ok(());
    }
    let movable = movable(tx, organization).await?;
    for (entry, at) in [
        (EntryKey::DirectAssignments, movable.direct),
        (EntryKey::ChildUnits, movable.child_units),
    ] {
        if at >= position {
            set_position(tx, organization, entry, at.saturating_add(1)).await?;
        }
    }
    Ok(())
}

async fn set_position(
    tx: &mut Tx,
    organization: OrganizationId,
    entry: EntryKey,
    position: i32,
) -> Result<(), Error> {
    use protection_order::Column;
    let column = match entry {
        EntryKey::DirectAssignments => Column::DirectPosition,
        EntryKey::ChildUnits => Column::ChildUnitsPosition,
        EntryKey::Rule(id) => {
            let done = protection_rule::Entity::update_many()
                .col_expr(protection_rule::Column::Position, Expr::val(position))
                .filter(protection_rule::Column::OrganizationId.eq(organization.uuid()))
                .filter(protection_rule::Column::Id.eq(id.uuid()))
                .exec(tx.db())
                .await?;
            told(tx, organization, ChangeKind::Updated, id);
            return affected(1, done.rows_affected);
        }
    };
    write(tx, organization, |update| {
        update.col_expr(column, Expr::val(position))
    })
    .await
}

async fn write(
    tx: &Tx,
    organization: OrganizationId,
    change: impl FnOnce(
        sea_orm::UpdateMany<protection_order::Entity>,
    ) -> sea_orm::UpdateMany<protection_order::Entity>,
) -> Result<(), Error> {
    let done = change(protection_order::Entity::update_many())
        .filter(protection_order::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)
}
