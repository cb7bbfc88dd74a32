//! Legal holds and what they keep.
//!
//! Not for the rules (`domain::legal_hold`). Invariant: whoever adds points to a hold or takes them out has locked the
//! organization (`organizations::lock`), and so has whoever ends a point: a point never slips away under a hold.

use std::collections::BTreeSet;

use domain::event::{ChangeKind, Topic};
use domain::legal_hold::{HoldCriteria, LegalHold, LegalHoldFilter};
use domain::limits::TOTAL_COUNT_MAX;
use domain::page::{Direction, Page, PageRequest};
use domain::recovery_point::{RecoveryPoint, RecoveryPointStatus};
use domain::{LegalHoldId, OrganizationId, OrganizationalUnitId, RecoveryPointId};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Set,
};
use uuid::Uuid;

use crate::convert::{At, affected};
use crate::dialect::{BINDS_MAX, IN_LIST_MAX, lock_rows};
use crate::entity::{asset, legal_hold, legal_hold_point, recovery_point};
use crate::page::{Order, count_up_to, fetch, try_map};
use crate::scope::{InScope, by_unit};
use crate::time::{Instant, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};
use crate::{Error, assets, organizational_units};

const TABLE: &str = "legal_holds";

/// Adds a hold that keeps nothing yet.
pub async fn add(tx: &mut Tx, hold: &LegalHold) -> Result<(), Error> {
    let at = At::new(TABLE, hold.id.uuid());
    let criteria = match &hold.criteria {
        Some(criteria) => Some(at.write("criteria", criteria)?),
        None => None,
    };
    let row = legal_hold::ActiveModel {
        id: Set(hold.id.uuid()),
        organization_id: Set(hold.organization_id.uuid()),
        unit_id: Set(hold.unit_id.uuid()),
        name: Set(hold.name.clone()),
        reason: Set(hold.reason.clone()),
        criteria: Set(criteria),
        includes_new: Set(hold
            .criteria
            .as_ref()
            .is_some_and(|criteria| criteria.includes_new)),
        created_by: Set(at.write("created_by", &hold.created_by)?),
        created_at: Set(Instant(hold.created_at)),
        released_at: Set(hold.released_at.map(Instant)),
    };
    legal_hold::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    tx.told(
        hold.organization_id,
        Topic::LegalHold,
        ChangeKind::Created,
        hold.id,
    );
    Ok(())
}

/// Puts these points under the hold.
pub async fn cover(tx: &mut Tx, hold: &LegalHold, points: &[RecoveryPointId]) -> Result<(), Error> {
    const COLUMNS: usize = 4;
    for chunk in points.chunks(BINDS_MAX / COLUMNS) {
        let rows = chunk.iter().map(|point| legal_hold_point::ActiveModel {
            legal_hold_id: Set(hold.id.uuid()),
            recovery_point_id: Set(point.uuid()),
            organization_id: Set(hold.organization_id.uuid()),
            is_open: Set(true),
        });
        legal_hold_point::Entity::insert_many(rows)
            .exec_without_returning(tx.db())
            .await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

/// The points that there are and that these criteria at these units name; those whose removal began are past holding.
pub async fn matching(
    db: &impl Connection,
    organization: OrganizationId,
    units: &BTreeSet<OrganizationalUnitId>,
    criteria: &HoldCriteria,
) -> Result<Vec<RecoveryPointId>, Error> {
    use recovery_point::Column;
    let living = [
        RecoveryPointStatus::Creating,
        RecoveryPointStatus::Available,
        RecoveryPointStatus::Damaged,
        RecoveryPointStatus::Expiring,
    ];
    let mut of_units = Query::select()
        .column(asset::Column::Id)
        .from(asset::Entity)
        .and_where(asset::Column::OrganizationId.eq(organization.uuid()))
        .and_where(asset::Column::UnitId.is_in(units.iter().map(|unit| unit.uuid())))
        .take();
    if !criteria.asset_ids.is_empty() {
        of_units.and_where(asset::Column::Id.is_in(criteria.asset_ids.iter().map(|id| id.uuid())));
    }
    let mut select = recovery_point::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::Status.is_in(living.map(RecoveryPointStatus::name)))
        .filter(Column::RemovalBeganAt.is_null())
        .filter(Column::AssetId.in_subquery(of_units));
    if let Some(from) = criteria.taken_from {
        select = select.filter(Column::TakenAt.gte(Instant(from)));
    }
    if let Some(until) = criteria.taken_until {
        select = select.filter(Column::TakenAt.lt(Instant(until)));
    }
    let rows = select.into_model::<Id>().all(db.db()).await?;
    Ok(rows
        .into_iter()
        .map(|row| RecoveryPointId::from_uuid(row.id))
        .collect())
}

/// Puts a new point under the open holds that are for it.
pub(crate) async fn cover_new(tx: &mut Tx, point: &RecoveryPoint) -> Result<(), Error> {
    let open = legal_hold::Entity::find()
        .filter(legal_hold::Column::OrganizationId.eq(point.organization_id.uuid()))
        .filter(legal_hold::Column::IncludesNew.eq(true))
        .filter(legal_hold::Column::ReleasedAt.is_null())
        .all(tx.db())
        .await?;
    if open.is_empty() {
        return Ok(());
    }
    let Some(asset) = assets::lookup(tx, point.organization_id, point.asset_id).await? else {
        return Ok(());
    };
    let tree = organizational_units::tree(tx, point.organization_id).await?;
    for row in open {
        let hold = to_hold(row)?;
        let covers = hold.criteria.as_ref().is_some_and(|criteria| {
            let asset = (asset.id, asset.unit_id);
            criteria.covers_new(hold.unit_id, &tree, asset, point.taken_at)
        });
        if covers {
            cover(tx, &hold, &[point.id]).await?;
        }
    }
    Ok(())
}

/// The hold, inside the scope.
pub async fn lookup(
    db: &impl Connection,
    scope: impl InScope,
    id: LegalHoldId,
) -> Result<Option<LegalHold>, Error> {
    let row = legal_hold::Entity::find_by_id(id.uuid())
        .filter(by_unit(&scope, TABLE))
        .one(db.db())
        .await?;
    row.map(to_hold).transpose()
}

/// As [`lookup`], locked until the transaction ends.
pub async fn lock(
    tx: &Tx,
    scope: impl InScope,
    id: LegalHoldId,
) -> Result<Option<LegalHold>, Error> {
    let mut select = legal_hold::Entity::find_by_id(id.uuid()).filter(by_unit(&scope, TABLE));
    lock_rows(QuerySelect::query(&mut select));
    let row = select.one(tx.db()).await?;
    row.map(to_hold).transpose()
}

/// A page of holds, newest first.
pub async fn list(
    db: &impl Connection,
    scope: impl InScope,
    filter: &LegalHoldFilter,
    page: &PageRequest,
) -> Result<Page<LegalHold>, Error> {
    let order = Order::by(
        "legal_holds.created_at",
        TABLE,
        "created_at",
        Direction::Descending,
    );
    let select = filtered(&scope, filter);
    let rows = fetch(db, select, &order, page, |row: &legal_hold::Model| {
        (row.created_at.0.into(), row.id)
    })
    .await?;
    try_map(rows, to_hold)
}

/// How many holds match, counted up to [`TOTAL_COUNT_MAX`].
pub async fn count(
    db: &impl Connection,
    scope: impl InScope,
    filter: &LegalHoldFilter,
) -> Result<u64, Error> {
    count_up_to(db, filtered(&scope, filter), TOTAL_COUNT_MAX).await
}

fn filtered(scope: &impl InScope, filter: &LegalHoldFilter) -> SelectStatement {
    let mut select = legal_hold::Entity::find().filter(by_unit(scope, TABLE));
    select = match filter.is_open {
        Some(true) => select.filter(legal_hold::Column::ReleasedAt.is_null()),
        Some(false) => select.filter(legal_hold::Column::ReleasedAt.is_not_null()),
        None => select,
    };
    select.into_query()
}

/// The open holds inside the scope that keep these points, each with the point.
pub async fn of_points(
    db: &impl Connection,
    scope: impl InScope,
    points: &[RecoveryPointId],
) -> Result<Vec<(RecoveryPointId, LegalHold)>, Error> {
    let mut found = Vec::new();
    for chunk in points.chunks(IN_LIST_MAX) {
        let pairs = open_rows(db, scope.organization(), chunk).await?;
        let ids: BTreeSet<Uuid> = pairs.iter().map(|pair| pair.legal_hold_id).collect();
        let holds = legal_hold::Entity::find()
            .filter(by_unit(&scope, TABLE))
            .filter(legal_hold::Column::Id.is_in(ids))
            .order_by_asc(legal_hold::Column::CreatedAt)
            .order_by_asc(legal_hold::Column::Id)
            .all(db.db())
            .await?;
        for row in holds {
            let hold = to_hold(row)?;
            for pair in pairs
                .iter()
                .filter(|pair| pair.legal_hold_id == hold.id.uuid())
            {
                let point = RecoveryPointId::from_uuid(pair.recovery_point_id);
                found.push((point, hold.clone()));
            }
        }
    }
    Ok(found)
}

/// Those of the points that an open hold keeps.
pub async fn held_among(
    db: &impl Connection,
    organization: OrganizationId,
    points: &[RecoveryPointId],
) -> Result<BTreeSet<RecoveryPointId>, Error> {
    let mut held = BTreeSet::new();
    for chunk in points.chunks(IN_LIST_MAX) {
        let pairs = open_rows(db, organization, chunk).await?;
        let ids = pairs.iter().map(|pair| pair.recovery_point_id);
        held.extend(ids.map(RecoveryPointId::from_uuid));
    }
    Ok(held)
}

/// The open holds of these points.
pub async fn open_of_points(
    db: &impl Connection,
    organization: OrganizationId,
    points: &[RecoveryPointId],
) -> Result<Vec<(RecoveryPointId, LegalHoldId)>, Error> {
    let mut found = Vec::new();
    for chunk in points.chunks(IN_LIST_MAX) {
        for pair in open_rows(db, organization, chunk).await? {
            let point = RecoveryPointId::from_uuid(pair.recovery_point_id);
            found.push((point, LegalHoldId::from_uuid(pair.legal_hold_id)));
        }
    }
    Ok(found)
}

/// Puts a point back under a hold that only somebody with a client of the database can have taken away: opens the hold again, or
/// makes it anew as `lost` when its row is gone.
pub async fn put_back(tx: &mut Tx, lost: &LegalHold, point: RecoveryPointId) -> Result<(), Error> {
    let found = lookup(tx, lost.organization_id, lost.id).await?;
    match found {
        None => add(tx, lost).await?,
        Some(hold) if hold.released_at.is_some() => {
            let open = legal_hold::ActiveModel {
                released_at: Set(None),
                ..Default::default()
            };
            legal_hold::Entity::update_many()
                .set(open)
                .filter(legal_hold::Column::Id.eq(lost.id.uuid()))
                .filter(legal_hold::Column::OrganizationId.eq(lost.organization_id.uuid()))
                .exec(tx.db())
                .await?;
            tx.told(
                lost.organization_id,
                Topic::LegalHold,
                ChangeKind::Updated,
                lost.id,
            );
        }
        Some(_open) => {}
    }
    let row = legal_hold_point::ActiveModel {
        legal_hold_id: Set(lost.id.uuid()),
        recovery_point_id: Set(point.uuid()),
        organization_id: Set(lost.organization_id.uuid()),
        is_open: Set(true),
    };
    let open = OnConflict::columns([
        legal_hold_point::Column::LegalHoldId,
        legal_hold_point::Column::RecoveryPointId,
    ])
    .update_column(legal_hold_point::Column::IsOpen)
    .to_owned();
    legal_hold_point::Entity::insert(row)
        .on_conflict(open)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

async fn open_rows(
    db: &impl Connection,
    organization: OrganizationId,
    points: &[RecoveryPointId],
) -> Result<Vec<legal_hold_point::Model>, Error> {
    use legal_hold_point::Column;
    Ok(legal_hold_point::Entity::find()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::IsOpen.eq(true))
        .filter(Column::RecoveryPointId.is_in(points.iter().map(|id| id.uuid())))
        .all(db.db())
        .await?)
}

/// Every point that the hold keeps, by id.
pub async fn all_points(
    db: &impl Connection,
    hold: &LegalHold,
) -> Result<Vec<RecoveryPointId>, Error> {
    let rows = legal_hold_point::Entity::find()
        .filter(legal_hold_point::Column::OrganizationId.eq(hold.organization_id.uuid()))
        .filter(legal_hold_point::Column::LegalHoldId.eq(hold.id.uuid()))
        .order_by_asc(legal_hold_point::Column::RecoveryPointId)
        .all(db.db())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| RecoveryPointId::from_uuid(row.recovery_point_id))
        .collect())
}

/// Ends a hold that is open, else [`Error::Affected`].
pub async fn release(tx: &mut Tx, hold: &LegalHold, now: Timestamp) -> Result<(), Error> {
    let done = legal_hold::Entity::update_many()
        .set(legal_hold::ActiveModel {
            released_at: Set(Some(Instant(now))),
            ..Default::default()
        })
        .filter(legal_hold::Column::Id.eq(hold.id.uuid()))
        .filter(legal_hold::Column::OrganizationId.eq(hold.organization_id.uuid()))
        .filter(legal_hold::Column::ReleasedAt.is_null())
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    legal_hold_point::Entity::update_many()
        .set(legal_hold_point::ActiveModel {
            is_open: Set(false),
            ..Default::default()
        })
        .filter(legal_hold_point::Column::LegalHoldId.eq(hold.id.uuid()))
        .filter(legal_hold_point::Column::OrganizationId.eq(hold.organization_id.uuid()))
        .exec(tx.db())
        .await?;
    tx.told(
        hold.organization_id,
        Topic::LegalHold,
        ChangeKind::Updated,
        hold.id,
    );
    Ok(())
}

/// Subquery: the open holds of the row of `recovery_points` at hand.
pub(crate) fn keeping_point() -> SelectStatement {
    use legal_hold_point::{Column, Entity};
    Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(
            Expr::col((Entity, Column::RecoveryPointId))
                .equals((recovery_point::Entity, recovery_point::Column::Id)),
        )
        .and_where(Expr::col((Entity, Column::IsOpen)).eq(true))
        .take()
}

/// Subquery: the points of a hold, open or not.
pub(crate) fn points_of(hold: LegalHoldId) -> SelectStatement {
    use legal_hold_point::{Column, Entity};
    Query::select()
        .column(Column::RecoveryPointId)
        .from(Entity)
        .and_where(Expr::col((Entity, Column::LegalHoldId)).eq(hold.uuid()))
        .take()
}

fn to_hold(row: legal_hold::Model) -> Result<LegalHold, Error> {
    let at = At::new(TABLE, row.id);
    Ok(LegalHold {
        id: LegalHoldId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        unit_id: OrganizationalUnitId::from_uuid(row.unit_id),
        name: row.name,
        reason: row.reason,
        criteria: match row.criteria {
            Some(criteria) => Some(at.read("criteria", criteria)?),
            None => None,
        },
        created_by: at.read("created_by", row.created_by)?,
        created_at: row.created_at.0,
        released_at: timestamp(row.released_at),
    })
}
