//! Schedules: the next window of each asset under each operation, and the windows that passed without a run.
//!
//! Not for the grid (`domain::frequency`) or for firing (`tasks::scheduler`). Invariant: one schedule for an asset and an
//! operation; `settled_until` never covers a window that has neither fired nor been recorded as missed.

use std::collections::{BTreeMap, BTreeSet};

use domain::aws_account::AwsAccountStatus;
use domain::schedule::{MissReason, MissedWindows, Schedule};
use domain::{AssetId, OrganizationId, PolicyId, PolicyOperationId, ScheduleId};
use jiff::Timestamp;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Set,
};
use uuid::Uuid;

use crate::Error;
use crate::dialect::{BINDS_MAX, IN_LIST_MAX};
use crate::entity::{asset, aws_account, missed_window, schedule, task};
use crate::time::{Instant, optional, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

mod load;

pub use load::{OperationCount, count_by_operation};

const SCHEDULE_COLUMNS: usize = 9;
const MISSED_COLUMNS: usize = 10;

/// Windows of an asset under an operation that passed without a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// The asset.
    pub asset_id: AssetId,
    /// The policy.
    pub policy_id: PolicyId,
    /// The operation.
    pub operation_id: PolicyOperationId,
    /// Which windows, and why.
    pub windows: MissedWindows,
}

/// The schedules of an asset.
pub async fn list_of_asset(
    db: &impl Connection,
    organization: OrganizationId,
    asset: AssetId,
) -> Result<Vec<Schedule>, Error> {
    let rows = schedule::Entity::find()
        .filter(schedule::Column::OrganizationId.eq(organization.uuid()))
        .filter(schedule::Column::AssetId.eq(asset.uuid()))
        .order_by_asc(schedule::Column::OperationId)
        .all(db.db())
        .await?;
    Ok(rows.iter().map(to_schedule).collect())
}

/// The earliest next window of each of these assets that has one.
pub async fn next_of_assets(
    db: &impl Connection,
    organization: OrganizationId,
    assets: &[AssetId],
) -> Result<BTreeMap<AssetId, Timestamp>, Error> {
    let mut next = BTreeMap::new();
    for chunk in assets.chunks(IN_LIST_MAX) {
        let rows: Vec<(Uuid, Option<Instant>)> = schedule::Entity::find()
            .select_only()
            .column(schedule::Column::AssetId)
            .column_as(schedule::Column::NextNominalAt.min(), "next")
            .filter(schedule::Column::OrganizationId.eq(organization.uuid()))
            .filter(schedule::Column::AssetId.is_in(chunk.iter().map(|id| id.uuid())))
            .group_by(schedule::Column::AssetId)
            .into_tuple()
            .all(db.db())
            .await?;
        let known = rows
            .into_iter()
            .filter_map(|(asset, at)| Some((asset, at?)));
        next.extend(known.map(|(asset, at)| (AssetId::from_uuid(asset), at.0)));
    }
    Ok(next)
}

/// Adds schedules; one that the asset has under the operation already stays as it is.
pub async fn add(tx: &mut Tx, schedules: &[Schedule]) -> Result<(), Error> {
    use schedule::Column;
    for chunk in schedules.chunks(BINDS_MAX / SCHEDULE_COLUMNS) {
        let rows: Vec<schedule::ActiveModel> = chunk.iter().map(row).collect();
        schedule::Entity::insert_many(rows)
            .on_conflict_do_nothing_on([Column::AssetId, Column::OperationId])
            .exec_without_returning(tx.db())
            .await?;
    }
    Ok(())
}

/// Removes the schedules of these assets, except those under `keep`.
pub async fn remove_of_assets(
    tx: &mut Tx,
    organization: OrganizationId,
    assets: &[AssetId],
    keep: &[PolicyOperationId],
) -> Result<(), Error> {
    for chunk in assets.chunks(IN_LIST_MAX) {
        schedule::Entity::delete_many()
            .filter(schedule::Column::OrganizationId.eq(organization.uuid()))
            .filter(schedule::Column::AssetId.is_in(chunk.iter().map(|id| id.uuid())))
            .filter(schedule::Column::OperationId.is_not_in(keep.iter().map(|id| id.uuid())))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}

/// Removes the schedules of a policy, except those under `keep`.
pub async fn remove_of_policy(
    tx: &mut Tx,
    organization: OrganizationId,
    policy: PolicyId,
    keep: &[PolicyOperationId],
) -> Result<(), Error> {
    schedule::Entity::delete_many()
        .filter(schedule::Column::OrganizationId.eq(organization.uuid()))
        .filter(schedule::Column::PolicyId.eq(policy.uuid()))
        .filter(schedule::Column::OperationId.is_not_in(keep.iter().map(|id| id.uuid())))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// The assets that have a schedule under the policy.
pub async fn assets_of_policy(
    db: &impl Connection,
    organization: OrganizationId,
    policy: PolicyId,
) -> Result<Vec<AssetId>, Error> {
    let ids: Vec<Uuid> = schedule::Entity::find()
        .select_only()
        .column(schedule::Column::AssetId)
        .distinct()
        .filter(schedule::Column::OrganizationId.eq(organization.uuid()))
        .filter(schedule::Column::PolicyId.eq(policy.uuid()))
        .into_tuple()
        .all(db.db())
        .await?;
    Ok(ids.into_iter().map(AssetId::from_uuid).collect())
}

/// Moves the schedules of an operation to `next`, when their grid changed: those that wait for another window, and parked ones.
/// Windows up to `now` count as settled, so that an edit never fires a window of the past. Those that are due at `now` stay:
/// they fire first.
pub async fn move_next(
    tx: &mut Tx,
    organization: OrganizationId,
    operation: PolicyOperationId,
    now: Timestamp,
    next: Option<Timestamp>,
) -> Result<(), Error> {
    use schedule::Column;
    let waits = Condition::any()
        .add(Column::NextNominalAt.is_null())
        .add(Column::NextNominalAt.gt(Instant(now)));
    let differs = Condition::any().add(Column::ParkedAt.is_not_null());
    let differs = match next {
        Some(next) => differs
            .add(Column::NextNominalAt.is_null())
            .add(Column::NextNominalAt.ne(Instant(next))),
        None => differs.add(Column::NextNominalAt.is_not_null()),
    };
    schedule::Entity::update_many()
        .set(schedule::ActiveModel {
            next_nominal_at: Set(optional(next)),
            settled_until: Set(Instant(now)),
            parked_at: Set(None),
            ..Default::default()
        })
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::OperationId.eq(operation.uuid()))
        .filter(waits)
        .filter(differs)
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Parks the schedules of a policy that became inactive: they have no next window.
pub async fn park_of_policy(
    tx: &mut Tx,
    organization: OrganizationId,
    policy: PolicyId,
    now: Timestamp,
) -> Result<(), Error> {
    schedule::Entity::update_many()
        .set(parked(now))
        .filter(schedule::Column::OrganizationId.eq(organization.uuid()))
        .filter(schedule::Column::PolicyId.eq(policy.uuid()))
        .filter(schedule::Column::ParkedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Parks locked schedules.
pub async fn system_park(tx: &mut Tx, ids: &[ScheduleId], now: Timestamp) -> Result<(), Error> {
    for chunk in ids.chunks(IN_LIST_MAX) {
        schedule::Entity::update_many()
            .set(parked(now))
            .filter(schedule::Column::Id.is_in(chunk.iter().map(|id| id.uuid())))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}

fn parked(now: Timestamp) -> schedule::ActiveModel {
    schedule::ActiveModel {
        next_nominal_at: Set(None),
        parked_at: Set(Some(Instant(now))),
        ..Default::default()
    }
}

/// The parked schedules of an operation whose assets are there, in accounts that are linked.
pub async fn parked_of(
    db: &impl Connection,
    organization: OrganizationId,
    operation: PolicyOperationId,
) -> Result<Vec<Schedule>, Error> {
    let linked = aws_account::Entity::find()
        .select_only()
        .column(aws_account::Column::Id)
        .filter(aws_account::Column::OrganizationId.eq(organization.uuid()))
        .filter(aws_account::Column::Status.ne(AwsAccountStatus::Disconnected.name()))
        .into_query();
    let there = asset::Entity::find()
        .select_only()
        .column(asset::Column::Id)
        .filter(asset::Column::OrganizationId.eq(organization.uuid()))
        .filter(asset::Column::DeletedAt.is_null())
        .filter(asset::Column::AwsAccountId.in_subquery(linked))
        .into_query();
    let rows = schedule::Entity::find()
        .filter(schedule::Column::OrganizationId.eq(organization.uuid()))
        .filter(schedule::Column::OperationId.eq(operation.uuid()))
        .filter(schedule::Column::ParkedAt.is_not_null())
        .filter(schedule::Column::AssetId.in_subquery(there))
        .all(db.db())
        .await?;
    Ok(rows.iter().map(to_schedule).collect())
}

/// Locks up to `limit` schedules that are due at `now`, the longest due first; others that hold some are passed over.
pub async fn system_lock_due(
    tx: &mut Tx,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Schedule>, Error> {
    let rows = schedule::Entity::find()
        .filter(schedule::Column::NextNominalAt.lte(Instant(now)))
        .order_by_asc(schedule::Column::NextNominalAt)
        .order_by_asc(schedule::Column::Id)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx.db())
        .await?;
    Ok(rows.iter().map(to_schedule).collect())
}

/// The time of the window that has been due longest; for health and the absence alarm.
pub async fn system_oldest_due(db: &impl Connection) -> Result<Option<Timestamp>, Error> {
    let oldest: Option<Option<Instant>> = schedule::Entity::find()
        .select_only()
        .column_as(schedule::Column::NextNominalAt.min(), "oldest")
        .into_tuple()
        .one(db.db())
        .await?;
    Ok(timestamp(oldest.flatten()))
}

/// What becomes of locked schedules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Settlement {
    /// The next window.
    pub next_nominal_at: Option<Timestamp>,
    /// Windows up to here are settled.
    pub settled_until: Timestamp,
    /// The first window that the next run owes.
    pub owed_from: Option<Timestamp>,
}

/// Settles locked schedules.
pub async fn system_settle(
    tx: &mut Tx,
    ids: &[ScheduleId],
    settlement: &Settlement,
) -> Result<(), Error> {
    for chunk in ids.chunks(IN_LIST_MAX) {
        schedule::Entity::update_many()
            .set(schedule::ActiveModel {
                next_nominal_at: Set(optional(settlement.next_nominal_at)),
                settled_until: Set(Instant(settlement.settled_until)),
                owed_from: Set(optional(settlement.owed_from)),
                parked_at: Set(None),
                ..Default::default()
            })
            .filter(schedule::Column::Id.is_in(chunk.iter().map(|id| id.uuid())))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}

/// Locks the schedules of these assets, whatever their operations.
pub async fn system_lock_of_assets(
    tx: &mut Tx,
    organization: OrganizationId,
    assets: &[AssetId],
) -> Result<Vec<Schedule>, Error> {
    let mut schedules = Vec::new();
    for chunk in assets.chunks(IN_LIST_MAX) {
        let rows = schedule::Entity::find()
            .filter(schedule::Column::OrganizationId.eq(organization.uuid()))
            .filter(schedule::Column::AssetId.is_in(chunk.iter().map(|id| id.uuid())))
            .order_by_asc(schedule::Column::Id)
            .lock(LockType::Update)
            .all(tx.db())
            .await?;
        schedules.extend(rows.iter().map(to_schedule));
    }
    Ok(schedules)
}

/// Lets the next run of a locked schedule stand for its windows from `from` on, too.
pub async fn system_owe(tx: &mut Tx, id: ScheduleId, from: Timestamp) -> Result<(), Error> {
    let owes_less = Condition::any()
        .add(schedule::Column::OwedFrom.is_null())
        .add(schedule::Column::OwedFrom.gt(Instant(from)));
    schedule::Entity::update_many()
        .set(schedule::ActiveModel {
            owed_from: Set(Some(Instant(from))),
            ..Default::default()
        })
        .filter(schedule::Column::Id.eq(id.uuid()))
        .filter(owes_less)
        .exec(tx.db())
        .await?;
    Ok(())
}

/// The policies that have schedules.
pub async fn system_policies(
    db: &impl Connection,
) -> Result<BTreeSet<(OrganizationId, PolicyId)>, Error> {
    let rows: Vec<(Uuid, Uuid)> = schedule::Entity::find()
        .select_only()
        .column(schedule::Column::OrganizationId)
        .column(schedule::Column::PolicyId)
        .distinct()
        .into_tuple()
        .all(db.db())
        .await?;
    let turn = |(organization, policy)| {
        (
            OrganizationId::from_uuid(organization),
            PolicyId::from_uuid(policy),
        )
    };
    Ok(rows.into_iter().map(turn).collect())
}

/// Brings back the schedules of an operation that wait for a window after `next`, the first that its grid has after `now`:
/// a clock that ran ahead, or a new database of zones, has left them there. How many there were.
pub async fn system_bring_back(
    tx: &mut Tx,
    operation: PolicyOperationId,
    now: Timestamp,
    next: Timestamp,
) -> Result<u64, Error> {
    let moved = |settled: ActiveValue<Instant>| schedule::ActiveModel {
        next_nominal_at: Set(Some(Instant(next))),
        settled_until: settled,
        ..Default::default()
    };
    let ahead = schedule::Column::NextNominalAt.gt(Instant(next));
    let astray = schedule::Entity::update_many()
        .set(moved(Set(Instant(now))))
        .filter(schedule::Column::OperationId.eq(operation.uuid()))
        .filter(schedule::Column::SettledUntil.gt(Instant(now)))
        .filter(ahead.clone())
        .exec(tx.db())
        .await?;
    let shifted = schedule::Entity::update_many()
        .set(moved(ActiveValue::NotSet))
        .filter(schedule::Column::OperationId.eq(operation.uuid()))
        .filter(ahead)
        .exec(tx.db())
        .await?;
    Ok(astray.rows_affected + shifted.rows_affected)
}

/// Which of these assets have an unfinished task under which operation.
pub async fn system_unfinished(
    tx: &Tx,
    assets: &[AssetId],
) -> Result<BTreeSet<(AssetId, PolicyOperationId)>, Error> {
    let mut unfinished = BTreeSet::new();
    for chunk in assets.chunks(IN_LIST_MAX) {
        let rows: Vec<(Uuid, Uuid)> = task::Entity::find()
            .select_only()
            .column(task::Column::AssetId)
            .column(task::Column::OperationId)
            .filter(task::Column::AssetId.is_in(chunk.iter().map(|id| id.uuid())))
            .filter(task::Column::OperationId.is_not_null())
            .filter(task::Column::FinishedAt.is_null())
            .into_tuple()
            .all(tx.db())
            .await?;
        let turn = |(asset, operation)| {
            (
                AssetId::from_uuid(asset),
                PolicyOperationId::from_uuid(operation),
            )
        };
        unfinished.extend(rows.into_iter().map(turn));
    }
    Ok(unfinished)
}

/// Records windows that passed without a run; those that are recorded already are left alone.
pub async fn add_missed(
    tx: &mut Tx,
    organization: OrganizationId,
    missed: &[(Uuid, Missed)],
    now: Timestamp,
) -> Result<(), Error> {
    use missed_window::Column;
    for chunk in missed.chunks(BINDS_MAX / MISSED_COLUMNS) {
        let rows = chunk.iter().map(|(id, missed)| missed_window::ActiveModel {
            id: Set(*id),
            organization_id: Set(organization.uuid()),
            asset_id: Set(missed.asset_id.uuid()),
            policy_id: Set(missed.policy_id.uuid()),
            operation_id: Set(missed.operation_id.uuid()),
            first_nominal_at: Set(Instant(missed.windows.first_nominal_at)),
            last_nominal_at: Set(Instant(missed.windows.last_nominal_at)),
            windows: Set(i32::try_from(missed.windows.windows).unwrap_or(i32::MAX)),
            reason: Set(missed.windows.reason.name().to_owned()),
            created_at: Set(Instant(now)),
        });
        missed_window::Entity::insert_many(rows)
            .on_conflict_do_nothing_on([
                Column::AssetId,
                Column::OperationId,
                Column::FirstNominalAt,
            ])
            .exec_without_returning(tx.db())
            .await?;
    }
    Ok(())
}

/// The latest windows of an asset that passed without a run, newest first.
pub async fn missed_of_asset(
    db: &impl Connection,
    organization: OrganizationId,
    asset: AssetId,
    limit: u64,
) -> Result<Vec<Missed>, Error> {
    let rows = missed_window::Entity::find()
        .filter(missed_window::Column::OrganizationId.eq(organization.uuid()))
        .filter(missed_window::Column::AssetId.eq(asset.uuid()))
        .order_by_desc(missed_window::Column::LastNominalAt)
        .order_by_desc(missed_window::Column::Id)
        .limit(limit)
        .all(db.db())
        .await?;
    rows.iter().map(to_missed).collect()
}

/// Removes up to `limit` records of windows before `until`; how many there were.
pub async fn system_purge_missed(tx: &mut Tx, until: Timestamp, limit: u64) -> Result<u64, Error> {
    let old = missed_window::Entity::find()
        .select_only()
        .column(missed_window::Column::Id)
        .filter(missed_window::Column::LastNominalAt.lt(Instant(until)))
        .limit(limit)
        .into_query();
    let outcome = missed_window::Entity::delete_many()
        .filter(missed_window::Column::Id.in_subquery(old))
        .exec(tx.db())
        .await?;
    Ok(outcome.rows_affected)
}

fn row(schedule: &Schedule) -> schedule::ActiveModel {
    schedule::ActiveModel {
        id: Set(schedule.id.uuid()),
        organization_id: Set(schedule.organization_id.uuid()),
        asset_id: Set(schedule.asset_id.uuid()),
        policy_id: Set(schedule.policy_id.uuid()),
        operation_id: Set(schedule.operation_id.uuid()),
        next_nominal_at: Set(optional(schedule.next_nominal_at)),
        settled_until: Set(Instant(schedule.settled_until)),
        owed_from: Set(optional(schedule.owed_from)),
        parked_at: Set(optional(schedule.parked_at)),
    }
}

fn to_schedule(row: &schedule::Model) -> Schedule {
    Schedule {
        id: ScheduleId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        asset_id: AssetId::from_uuid(row.asset_id),
        policy_id: PolicyId::from_uuid(row.policy_id),
        operation_id: PolicyOperationId::from_uuid(row.operation_id),
        next_nominal_at: timestamp(row.next_nominal_at),
        settled_until: row.settled_until.0,
        owed_from: timestamp(row.owed_from),
        parked_at: timestamp(row.parked_at),
    }
}

fn to_missed(row: &missed_window::Model) -> Result<Missed, Error> {
    let bad = |column| Error::inconsistent("missed_windows", row.id, column);
    Ok(Missed {
        asset_id: AssetId::from_uuid(row.asset_id),
        policy_id: PolicyId::from_uuid(row.policy_id),
        operation_id: PolicyOperationId::from_uuid(row.operation_id),
        windows: MissedWindows {
            first_nominal_at: row.first_nominal_at.0,
            last_nominal_at: row.last_nominal_at.0,
            windows: u32::try_from(row.windows).map_err(|_negative| bad("windows"))?,
            reason: MissReason::from_name(&row.reason).ok_or_else(|| bad("reason"))?,
        },
    })
}
