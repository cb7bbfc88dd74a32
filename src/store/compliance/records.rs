//! Marking assets, and writing what became of them.
//!
//! Not for judging. Invariant: a mark and the move of the cursor that it stands for are committed in this order, so a crash in
//! between marks twice and loses nothing; whoever judges holds the record's row, so a mark that comes meanwhile waits and stays.

use std::collections::BTreeMap;

use domain::compliance::Control;
use domain::compliance::history::{Interval, Record, Statuses, overall};
use domain::event::{ChangeKind, Topic};
use domain::{AssetId, OrganizationId, PolicyId, RecoveryPointId};
use jiff::Timestamp;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Set,
};
use uuid::Uuid;

use super::{INTERVALS, RECORDS, ids};
use crate::Error;
use crate::convert::At;
use crate::dialect::{BINDS_MAX, IN_LIST_MAX};
use crate::entity::{
    asset, compliance_cursor, compliance_interval, compliance_record, recovery_point,
};
use crate::time::{Instant, optional, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

use compliance_record::Column;

const RECORD_COLUMNS: usize = 14;
const INTERVAL_COLUMNS: usize = 10;

/// An asset that was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The asset.
    pub asset_id: AssetId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// How it stands; none when it is gone.
    pub record: Option<Record>,
    /// Since when it has had a policy.
    pub protected_since: Option<Timestamp>,
    /// When the lack of a new point becomes an alert.
    pub overdue_at: Option<Timestamp>,
    /// Stretches of time that are over.
    pub ended: Vec<Interval>,
    /// Whether it stands over all otherwise than before.
    pub is_news: bool,
}

/// Assets of a policy that have no recovery point in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// The policy.
    pub policy_id: PolicyId,
    /// How many of its assets.
    pub assets: u64,
    /// Since when the first of them.
    pub since: Timestamp,
}

/// Up to which event the organization's assets were marked; none when that was never done.
pub async fn system_cursor(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Option<(i64, Timestamp)>, Error> {
    let row = compliance_cursor::Entity::find_by_id(organization.uuid())
        .one(db.db())
        .await?;
    Ok(row.map(|row| (row.sequence, row.followed_at.0)))
}

/// Says that the assets are marked for all events up to this one.
pub async fn system_follow(
    tx: &mut Tx,
    organization: OrganizationId,
    sequence: i64,
    now: Timestamp,
) -> Result<(), Error> {
    let row = compliance_cursor::ActiveModel {
        organization_id: Set(organization.uuid()),
        sequence: Set(sequence),
        followed_at: Set(Instant(now)),
    };
    let replace = OnConflict::column(compliance_cursor::Column::OrganizationId)
        .update_columns([
            compliance_cursor::Column::Sequence,
            compliance_cursor::Column::FollowedAt,
        ])
        .to_owned();
    compliance_cursor::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// The organization's assets behind `after` in the order of their ids, at most `limit`; those of one policy, or all.
pub async fn system_assets(
    db: &impl Connection,
    organization: OrganizationId,
    policy: Option<PolicyId>,
    after: Option<AssetId>,
    limit: u64,
) -> Result<Vec<AssetId>, Error> {
    let mut select = asset::Entity::find()
        .select_only()
        .column(asset::Column::Id)
        .filter(asset::Column::OrganizationId.eq(organization.uuid()))
        .order_by_asc(asset::Column::Id)
        .limit(limit);
    if let Some(policy) = policy {
        select = select.filter(asset::Column::PolicyId.eq(policy.uuid()));
    }
    if let Some(after) = after {
        select = select.filter(asset::Column::Id.gt(after.uuid()));
    }
    let ids: Vec<Uuid> = select.into_tuple().all(db.db()).await?;
    Ok(ids.into_iter().map(AssetId::from_uuid).collect())
}

/// Marks assets of the organization to be looked at, because of something that happened at `due_at`.
pub async fn system_mark(
    tx: &mut Tx,
    organization: OrganizationId,
    assets: &[AssetId],
    due_at: Timestamp,
) -> Result<(), Error> {
    for chunk in assets.chunks(IN_LIST_MAX) {
        let wanted = asset::Column::Id.is_in(ids(chunk, |id| id.uuid()));
        mark(tx, organization, wanted, due_at).await?;
    }
    Ok(())
}

/// Marks the assets of recovery points of the organization to be looked at, because of something that happened at `due_at`.
pub async fn system_mark_points(
    tx: &mut Tx,
    organization: OrganizationId,
    points: &[RecoveryPointId],
    due_at: Timestamp,
) -> Result<(), Error> {
    for chunk in points.chunks(IN_LIST_MAX) {
        let of_points = recovery_point::Entity::find()
            .select_only()
            .column(recovery_point::Column::AssetId)
            .filter(recovery_point::Column::Id.is_in(ids(chunk, |id| id.uuid())))
            .into_query();
        let wanted = asset::Column::Id.in_subquery(of_points);
        mark(tx, organization, wanted, due_at).await?;
    }
    Ok(())
}

async fn mark(
    tx: &Tx,
    organization: OrganizationId,
    wanted: Expr,
    due_at: Timestamp,
) -> Result<(), Error> {
    let value = |value: Instant| Expr::val(value);
    let rows: SelectStatement = Query::select()
        .column(asset::Column::Id)
        .column(asset::Column::OrganizationId)
        .expr(value(Instant(due_at)))
        .expr(Expr::val(domain::compliance::Status::Unknown.name()))
        .expr(value(Instant(due_at)))
        .expr(value(Instant(due_at)))
        .expr(Expr::val(serde_json::json!({})))
        .from(asset::Entity)
        .and_where(asset::Column::OrganizationId.eq(organization.uuid()))
        .and_where(wanted)
        .take();
    let stored = || Expr::col((RECORDS, Column::DueAt));
    let sooner = OnConflict::column(Column::AssetId)
        .value(Column::DueAt, value(Instant(due_at)))
        .action_and_where(stored().is_null().or(stored().gt(Instant(due_at))))
        .to_owned();
    let mut insert = Query::insert();
    insert
        .into_table(compliance_record::Entity)
        .columns([
            Column::AssetId,
            Column::OrganizationId,
            Column::DueAt,
            Column::Status,
            Column::SinceAt,
            Column::FromAt,
            Column::Standings,
        ])
        .on_conflict(sooner);
    insert
        .select_from(rows)
        .map_err(|error| Error::Database(sea_orm::DbErr::Custom(error.to_string())))?;
    tx.db().execute(&insert).await?;
    Ok(())
}

/// Writes what became of locked records, and tells of assets that stand otherwise than before.
pub async fn system_write(tx: &mut Tx, checked: &[Checked], now: Timestamp) -> Result<(), Error> {
    let mut rows = Vec::new();
    let mut gone = Vec::new();
    let mut ended = Vec::new();
    for one in checked {
        for interval in &one.ended {
            ended.push(interval_row(one, interval)?);
        }
        match &one.record {
            Some(record) => rows.push(record_row(one, record, now)?),
            None => gone.push(one.asset_id.uuid()),
        }
    }
    for chunk in rows.chunks(BINDS_MAX / RECORD_COLUMNS) {
        compliance_record::Entity::insert_many(chunk.to_vec())
            .on_conflict(replace())
            .exec_without_returning(tx.db())
            .await?;
    }
    for chunk in ended.chunks(BINDS_MAX / INTERVAL_COLUMNS) {
        let key = [
            compliance_interval::Column::AssetId,
            compliance_interval::Column::FromAt,
        ];
        compliance_interval::Entity::insert_many(chunk.to_vec())
            .on_conflict_do_nothing_on(key)
            .exec_without_returning(tx.db())
            .await?;
    }
    for chunk in gone.chunks(IN_LIST_MAX) {
        compliance_record::Entity::delete_many()
            .filter(Column::AssetId.is_in(chunk.iter().copied()))
            .exec(tx.db())
            .await?;
    }
    for one in checked.iter().filter(|one| one.is_news) {
        let change = match one.record {
            Some(_) => ChangeKind::Updated,
            None => ChangeKind::Deleted,
        };
        tx.told(one.organization_id, Topic::Compliance, change, one.asset_id);
    }
    Ok(())
}

fn replace() -> OnConflict {
    OnConflict::column(Column::AssetId)
        .update_columns([
            Column::DueAt,
            Column::CheckedAt,
            Column::ProtectedAt,
            Column::OverdueAt,
            Column::Status,
            Column::Protected,
            Column::PolicyMinimums,
            Column::RecoveryPoints,
            Column::Proven,
            Column::SinceAt,
            Column::FromAt,
            Column::Standings,
        ])
        .to_owned()
}

fn record_row(
    checked: &Checked,
    record: &Record,
    now: Timestamp,
) -> Result<compliance_record::ActiveModel, Error> {
    let at = At::new(RECORDS, checked.asset_id.uuid());
    let statuses = record.statuses();
    let [protected, policy_minimums, recovery_points, proven] = columns(&statuses);
    Ok(compliance_record::ActiveModel {
        asset_id: Set(checked.asset_id.uuid()),
        organization_id: Set(checked.organization_id.uuid()),
        due_at: Set(optional(record.due_at)),
        checked_at: Set(Some(Instant(now))),
        protected_at: Set(optional(checked.protected_since)),
        overdue_at: Set(optional(checked.overdue_at)),
        status: Set(record.status().name().to_owned()),
        protected: Set(protected),
        policy_minimums: Set(policy_minimums),
        recovery_points: Set(recovery_points),
        proven: Set(proven),
        since_at: Set(Instant(record.since)),
        from_at: Set(Instant(record.from)),
        standings: Set(at.write("standings", &record.standings)?),
    })
}

fn interval_row(
    checked: &Checked,
    interval: &Interval,
) -> Result<compliance_interval::ActiveModel, Error> {
    let at = At::new(INTERVALS, checked.asset_id.uuid());
    let statuses = interval.statuses.iter();
    let codes: BTreeMap<_, _> = statuses
        .filter(|(_, (_, codes))| !codes.is_empty())
        .map(|(control, (_, codes))| (*control, codes))
        .collect();
    let [protected, policy_minimums, recovery_points, proven] = columns(&interval.statuses);
    Ok(compliance_interval::ActiveModel {
        asset_id: Set(checked.asset_id.uuid()),
        from_at: Set(Instant(interval.from)),
        until_at: Set(Instant(interval.until)),
        organization_id: Set(checked.organization_id.uuid()),
        status: Set(overall(&interval.statuses).name().to_owned()),
        protected: Set(protected),
        policy_minimums: Set(policy_minimums),
        recovery_points: Set(recovery_points),
        proven: Set(proven),
        codes: Set(at.write("codes", &codes)?),
    })
}

/// What each control says, in the order of [`Control::ALL`].
fn columns(statuses: &Statuses) -> [Option<String>; 4] {
    Control::ALL.map(|control| {
        let status = statuses.get(&control);
        status.map(|(status, _)| status.name().to_owned())
    })
}

/// The time at which the first asset of all organizations became overdue; none while none is.
pub async fn system_oldest_overdue(
    db: &impl Connection,
    now: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    let oldest: Option<Option<Instant>> = compliance_record::Entity::find()
        .select_only()
        .column_as(Column::OverdueAt.min(), "oldest")
        .filter(Column::OverdueAt.lte(Instant(now)))
        .into_tuple()
        .one(db.db())
        .await?;
    Ok(timestamp(oldest.flatten()))
}

/// The organization's policies that have assets which are overdue.
pub async fn system_overdue_by_policy(
    db: &impl Connection,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<Vec<Overdue>, Error> {
    let select = Query::select()
        .column((asset::Entity, asset::Column::PolicyId))
        .expr_as(Expr::cust("count(*)"), Alias::new("assets"))
        .expr_as(
            Expr::col((RECORDS, Column::OverdueAt)).min(),
            Alias::new("since"),
        )
        .from(compliance_record::Entity)
        .inner_join(
            asset::Entity,
            Expr::col((asset::Entity, asset::Column::Id)).equals((RECORDS, Column::AssetId)),
        )
        .and_where(Expr::col((RECORDS, Column::OrganizationId)).eq(organization.uuid()))
        .and_where(Expr::col((RECORDS, Column::OverdueAt)).lte(Instant(now)))
        .and_where(Expr::col((asset::Entity, asset::Column::PolicyId)).is_not_null())
        .add_group_by([Expr::col((asset::Entity, asset::Column::PolicyId))])
        .take();
    let rows = db.db().query_all(&select).await?;
    let turn = |row: &sea_orm::QueryResult| -> Result<Overdue, sea_orm::DbErr> {
        let policy: Uuid = row.try_get("", "policy_id")?;
        let assets: i64 = row.try_get("", "assets")?;
        let since: Instant = row.try_get("", "since")?;
        Ok(Overdue {
            policy_id: PolicyId::from_uuid(policy),
            assets: u64::try_from(assets).unwrap_or(0),
            since: since.0,
        })
    };
    Ok(rows.iter().map(turn).collect::<Result<_, _>>()?)
}

/// Removes up to `limit` intervals that ended before `until`; how many there were.
pub async fn system_purge(tx: &mut Tx, until: Timestamp, limit: u64) -> Result<u64, Error> {
    use compliance_interval::Column;
    let key = [Column::AssetId.into_expr(), Column::FromAt.into_expr()];
    let old = compliance_interval::Entity::find()
        .select_only()
        .column(Column::AssetId)
        .column(Column::FromAt)
        .filter(Column::UntilAt.lt(Instant(until)))
        .order_by_asc(Column::UntilAt)
        .limit(limit)
        .into_query();
    let outcome = compliance_interval::Entity::delete_many()
        .filter(Expr::tuple(key).in_subquery(old))
        .exec(tx.db())
        .await?;
    Ok(outcome.rows_affected)
}
