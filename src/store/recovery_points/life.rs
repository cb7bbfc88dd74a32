//! The ends of recovery points: what is due, and every change of an end.
//!
//! Not for the rules (`domain::life`). Invariant: a change is written only over the state that it was decided on, and never with
//! an earlier lock.

use domain::event::{ChangeKind, Topic};
use domain::expiry::Amount;
use domain::recovery_point::{RecoveryPoint, RecoveryPointStatus as Status};
use domain::vault_lock::{LockTerms, VaultLock};
use domain::{AssetId, OrganizationId, RecoveryPointId, RepositoryId};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Select, Set,
};

use super::recovery_point::{ActiveModel, Column, Entity};
use super::{TABLE, extend, to_point};
use crate::Error;
use crate::convert::{At, affected};
use crate::dialect::{IN_LIST_MAX, lock_rows};
use crate::legal_holds;
use crate::scope::{InScope, by_asset};
use crate::time::{Instant, optional};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// Points that [`lock_all`] reads in one go.
const LOCK_BATCH: u64 = 500;

/// A new point as it is kept: its end is what was foreseen, and not before the lock's.
pub(super) fn begun(point: &RecoveryPoint, lock: Option<&VaultLock>) -> RecoveryPoint {
    let mut begun = point.clone();
    begun.life.foreseen_end = begun.expires_at;
    let locked = lock.and_then(|lock| {
        let until = lock.terms.until(begun.taken_at);
        begun.locked(until, begun.taken_at)
    });
    locked.unwrap_or(begun)
}

/// Those of the points that are of assets inside the scope, by id, locked until the transaction ends.
pub async fn lock_many(
    tx: &Tx,
    scope: impl InScope,
    ids: &[RecoveryPointId],
) -> Result<Vec<RecoveryPoint>, Error> {
    let mut points = Vec::new();
    for chunk in ids.chunks(IN_LIST_MAX) {
        let mut select = Entity::find()
            .filter(by_asset(&scope, TABLE))
            .filter(Column::Id.is_in(chunk.iter().map(|id| id.uuid())))
            .order_by_asc(Column::Id);
        lock_rows(QuerySelect::query(&mut select));
        extend(&mut points, select.all(tx.db()).await?)?;
    }
    points.sort_by_key(|point| point.id);
    Ok(points)
}

/// Writes the end of a point over the state that it was decided on; [`Error::Affected`] when that is another one by now, or when
/// its lock would end earlier.
pub async fn set_life(tx: &mut Tx, before: Status, after: &RecoveryPoint) -> Result<(), Error> {
    let mut lock = Condition::any().add(Column::LockedUntil.is_null());
    if let Some(until) = after.life.locked_until {
        lock = lock.add(Column::LockedUntil.lte(Instant(until)));
    }
    let done = Entity::update_many()
        .filter(Column::Id.eq(after.id.uuid()))
        .filter(Column::OrganizationId.eq(after.organization_id.uuid()))
        .filter(Column::Status.eq(before.name()))
        .filter(lock)
        .set(end_of(after))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tx.told(
        after.organization_id,
        Topic::RecoveryPoint,
        ChangeKind::Updated,
        after.id,
    );
    Ok(())
}

/// The columns of the end of a point.
fn end_of(point: &RecoveryPoint) -> ActiveModel {
    let life = &point.life;
    ActiveModel {
        status: Set(point.status.name().to_owned()),
        expires_at: Set(optional(point.expires_at)),
        foreseen_end: Set(optional(life.foreseen_end)),
        cleared_at: Set(optional(life.cleared_at)),
        locked_until: Set(optional(life.locked_until)),
        ending_since: Set(optional(life.ending_since)),
        status_before: Set(life.status_before.map(|one| one.name().to_owned())),
        removal_began_at: Set(optional(life.removal_began_at)),
        ..Default::default()
    }
}

/// Puts a row back to what the signed head of its repository says (`domain::vault_head::compare`), whatever it says now. Another row
/// that took its snapshot loses it.
pub async fn put_back(tx: &mut Tx, mended: &RecoveryPoint) -> Result<(), Error> {
    let own = Condition::all().add(Column::OrganizationId.eq(mended.organization_id.uuid()));
    let taken = ActiveModel {
        snapshot_id: Set(None),
        ..Default::default()
    };
    Entity::update_many()
        .filter(own.clone())
        .filter(Column::Id.ne(mended.id.uuid()))
        .filter(Column::SnapshotId.eq(mended.snapshot_id.clone()))
        .set(taken)
        .exec(tx.db())
        .await?;
    let changed = ActiveModel {
        placement: Set(mended.placement.name().to_owned()),
        asset_id: Set(mended.asset_id.uuid()),
        repository_id: Set(mended.repository_id.map(RepositoryId::uuid)),
        snapshot_id: Set(mended.snapshot_id.clone()),
        ..end_of(mended)
    };
    let done = Entity::update_many()
        .filter(own)
        .filter(Column::Id.eq(mended.id.uuid()))
        .set(changed)
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tx.told(
        mended.organization_id,
        Topic::RecoveryPoint,
        ChangeKind::Updated,
        mended.id,
    );
    Ok(())
}

/// What is learned of an ending point is kept for its return. Whether that was all there was to write.
pub(super) async fn learned_while_ending(
    tx: &Tx,
    organization: OrganizationId,
    id: RecoveryPointId,
    changed: &ActiveModel,
) -> Result<bool, Error> {
    let status = changed.status.try_as_ref();
    let status = status.and_then(|name| Status::from_name(name));
    match status {
        Some(Status::Creating | Status::Available | Status::Damaged) => {}
        // There is nothing to return from these.
        Some(Status::Lost | Status::Expiring | Status::Expired | Status::Failed) | None => {
            return Ok(false);
        }
    }
    let learned = ActiveModel {
        status_before: Set(status.map(|status| status.name().to_owned())),
        content_digest: changed.content_digest.clone(),
        ..Default::default()
    };
    let done = Entity::update_many()
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::Status.eq(Status::Expiring.name()))
        .set(learned)
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected > 0)
}

/// The organization's points whose end has come at `now` and that neither lock nor hold keeps, longest over first, at most
/// `limit`.
pub async fn due(
    db: &impl Connection,
    organization: OrganizationId,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<RecoveryPoint>, Error> {
    let living = [Status::Available, Status::Damaged].map(Status::name);
    let rows = free(organization, now)
        .filter(Column::Status.is_in(living))
        .filter(Column::ExpiresAt.lte(Instant(now)))
        .order_by_asc(Column::ExpiresAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_point).collect()
}

/// The organization's points that began to end at `since` or before and that neither lock nor hold keeps at `now`, at most
/// `limit`. Those whose removal began are among them whatever keeps them.
pub async fn ending(
    db: &impl Connection,
    organization: OrganizationId,
    since: Timestamp,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<RecoveryPoint>, Error> {
    let began = Entity::find()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::RemovalBeganAt.is_not_null());
    let over = free(organization, now)
        .filter(Column::RemovalBeganAt.is_null())
        .filter(Column::EndingSince.lte(Instant(since)));
    let mut points = Vec::new();
    for select in [began, over] {
        let rows = select
            .filter(Column::Status.eq(Status::Expiring.name()))
            .order_by_asc(Column::EndingSince)
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(db.db())
            .await?;
        extend(&mut points, rows)?;
    }
    Ok(points)
}

fn free(organization: OrganizationId, now: Timestamp) -> Select<Entity> {
    let unlocked = Condition::any()
        .add(Column::LockedUntil.is_null())
        .add(Column::LockedUntil.lte(Instant(now)));
    Entity::find()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(unlocked)
        .filter(Expr::exists(legal_holds::keeping_point()).not())
}

/// The next points of the organization after `after` that a lock can be for, by id, at most `limit`.
pub async fn lockable_after(
    db: &impl Connection,
    organization: OrganizationId,
    after: Option<RecoveryPointId>,
    limit: u64,
) -> Result<Vec<RecoveryPoint>, Error> {
    let living = [
        Status::Creating,
        Status::Available,
        Status::Damaged,
        Status::Expiring,
    ];
    let mut select = Entity::find()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::Status.is_in(living.map(Status::name)))
        .filter(Column::RemovalBeganAt.is_null())
        .order_by_asc(Column::Id)
        .limit(limit);
    if let Some(after) = after {
        select = select.filter(Column::Id.gt(after.uuid()));
    }
    let rows = select.all(db.db()).await?;
    rows.into_iter().map(to_point).collect()
}

/// Extends the lock of every point that there is to what the terms ask for; gives how many it was. Whoever calls has locked the
/// organization.
pub async fn lock_all(
    tx: &mut Tx,
    organization: OrganizationId,
    terms: LockTerms,
    now: Timestamp,
) -> Result<usize, Error> {
    let (mut after, mut count) = (None, 0);
    loop {
        let points = lockable_after(tx, organization, after, LOCK_BATCH).await?;
        let Some(last) = points.last() else {
            return Ok(count);
        };
        after = Some(last.id);
        for point in &points {
            let changed = point.locked(terms.until(point.taken_at), now);
            if let Some(locked) = changed.filter(|locked| locked != point) {
                set_life(tx, point.status, &locked).await?;
                count += 1;
            }
        }
    }
}

/// Available points of these assets.
pub async fn good_of_assets(
    db: &impl Connection,
    organization: OrganizationId,
    assets: &[AssetId],
) -> Result<Vec<RecoveryPoint>, Error> {
    let mut points = Vec::new();
    for chunk in assets.chunks(IN_LIST_MAX) {
        let rows = Entity::find()
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .filter(Column::AssetId.is_in(chunk.iter().map(|id| id.uuid())))
            .filter(Column::Status.eq(Status::Available.name()))
            .all(db.db())
            .await?;
        extend(&mut points, rows)?;
    }
    Ok(points)
}

#[derive(FromQueryResult)]
struct Sum {
    points: i64,
    bytes: Option<i64>,
}

/// How much the organization has that is not ending.
pub async fn amount(db: &impl Connection, organization: OrganizationId) -> Result<Amount, Error> {
    let living = [Status::Creating, Status::Available, Status::Damaged].map(Status::name);
    let sum = Entity::find()
        .select_only()
        .column_as(Column::Id.count(), "points")
        .column_as(Column::SizeBytes.sum().cast_as("bigint"), "bytes")
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::Status.is_in(living))
        .into_model::<Sum>()
        .one(db.db())
        .await?;
    let at = At::new(TABLE, organization.uuid());
    sum.map_or(Ok(Amount::default()), |sum| {
        Ok(Amount {
            points: at.size("id", sum.points)?,
            bytes: at.size("size_bytes", sum.bytes.unwrap_or(0))?,
        })
    })
}
