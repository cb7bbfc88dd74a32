//! Recovery points.
//!
//! Not for the bytes. Invariant: a row that says `expired` never says anything else again, a snapshot of a repository has one
//! row, and no row comes into being outside of the vault lock and the open legal holds (`life.rs` has what ends it).

use domain::asset::AssetKind;
use domain::copy_target::StorageTier;
use domain::event::{ChangeKind, Topic};
use domain::life::Life;
use domain::limits::TOTAL_COUNT_MAX;
use domain::page::{Page, PageRequest};
use domain::recovery_point::{
    Placement, Proof, RecoveryPoint, RecoveryPointFilter, RecoveryPointOrder, RecoveryPointStatus,
};
use domain::{AssetId, OrganizationId, PolicyId, RecoveryPointId, RepositoryId, TaskId};
use jiff::Timestamp;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order as SqlOrder, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Set,
};

use crate::Error;
use crate::convert::{At, affected};
use crate::dialect::IN_LIST_MAX;
use crate::entity::{asset, recovery_point};
use crate::page::{Order, count_up_to, fetch, try_map};
use crate::scope::{InScope, by_asset, by_unit};
use crate::time::{Instant, optional, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};
use crate::{legal_holds, vault_locks};

pub mod life;

use recovery_point::{ActiveModel, Column, Entity, Model};

mod policies;

pub use policies::living_of_policies;

const TABLE: &str = "recovery_points";

/// States of points that the store still holds, or may hold.
const LIVING: [RecoveryPointStatus; 4] = [
    RecoveryPointStatus::Creating,
    RecoveryPointStatus::Available,
    RecoveryPointStatus::Damaged,
    RecoveryPointStatus::Expiring,
];

/// Adds a point, under the vault lock and the open holds that are for it; violates `recovery_points_repository_id_snapshot_id` when another row has the snapshot.
pub async fn add(tx: &mut Tx, point: &RecoveryPoint) -> Result<(), Error> {
    let lock = vault_locks::lookup(tx, point.organization_id).await?;
    Entity::insert(row(&life::begun(point, lock.as_ref()))?)
        .exec_without_returning(tx.db())
        .await?;
    legal_holds::cover_new(tx, point).await?;
    tx.told(
        point.organization_id,
        Topic::RecoveryPoint,
        ChangeKind::Created,
        point.id,
    );
    Ok(())
}

/// The point, of an asset inside the scope.
pub async fn lookup(
    db: &impl Connection,
    scope: impl InScope,
    id: RecoveryPointId,
) -> Result<Option<RecoveryPoint>, Error> {
    let row = Entity::find_by_id(id.uuid())
        .filter(by_asset(&scope, TABLE))
        .one(db.db())
        .await?;
    row.map(to_point).transpose()
}

/// Those of the points that are of assets inside the scope, in no particular order.
pub async fn lookup_many(
    db: &impl Connection,
    scope: impl InScope,
    ids: &[RecoveryPointId],
) -> Result<Vec<RecoveryPoint>, Error> {
    let mut points = Vec::new();
    for chunk in ids.chunks(IN_LIST_MAX) {
        let rows = Entity::find()
            .filter(by_asset(&scope, TABLE))
            .filter(Column::Id.is_in(chunk.iter().map(|id| id.uuid())))
            .all(db.db())
            .await?;
        extend(&mut points, rows)?;
    }
    Ok(points)
}

/// A page of points, by the instant that they show.
pub async fn list(
    db: &impl Connection,
    scope: impl InScope,
    filter: &RecoveryPointFilter,
    order: RecoveryPointOrder,
    page: &PageRequest,
) -> Result<Page<RecoveryPoint>, Error> {
    let order = Order::by("recovery_points.taken_at", TABLE, "taken_at", order.0);
    let select = filtered(&scope, filter);
    let rows = fetch(db, select, &order, page, |row: &Model| {
        (row.taken_at.0.into(), row.id)
    })
    .await?;
    try_map(rows, to_point)
}

/// How many points match, counted up to [`TOTAL_COUNT_MAX`].
pub async fn count(
    db: &impl Connection,
    scope: impl InScope,
    filter: &RecoveryPointFilter,
) -> Result<u64, Error> {
    count_up_to(db, filtered(&scope, filter), TOTAL_COUNT_MAX).await
}

/// The newest available point of each of the assets that are inside the scope and have one, in no particular order.
pub async fn last_of_assets(
    db: &impl Connection,
    scope: impl InScope,
    assets: &[AssetId],
) -> Result<Vec<RecoveryPoint>, Error> {
    let mut points = Vec::new();
    for chunk in assets.chunks(IN_LIST_MAX) {
        let newest = Query::select()
            .expr(newest_of_asset())
            .from(asset::Entity)
            .cond_where(by_unit(&scope, "assets"))
            .and_where(asset::Column::Id.is_in(chunk.iter().map(|id| id.uuid())))
            .take();
        let rows = Entity::find()
            .filter(Column::OrganizationId.eq(scope.organization().uuid()))
            .filter(Column::Id.in_subquery(newest))
            .all(db.db())
            .await?;
        extend(&mut points, rows)?;
    }
    Ok(points)
}

/// The id of the newest available point of the row of `assets` at hand: one step down an index.
pub(crate) fn newest_of_asset() -> Expr {
    let inner = Alias::new("newest");
    let column = |column: Column| Expr::col((inner.clone(), column));
    let newest = Query::select()
        .expr(column(Column::Id))
        .from_as(Entity, inner.clone())
        .and_where(column(Column::AssetId).equals((asset::Entity, asset::Column::Id)))
        .and_where(column(Column::Status).eq(RecoveryPointStatus::Available.name()))
        .order_by((inner.clone(), Column::TakenAt), SqlOrder::Desc)
        .order_by((inner.clone(), Column::Id), SqlOrder::Desc)
        .limit(1)
        .take();
    Expr::SubQuery(None, Box::new(newest.into()))
}

/// The newest available point of the asset in this placement: what the next increment builds on.
pub async fn latest_available_of(
    db: &impl Connection,
    organization: OrganizationId,
    asset: AssetId,
    placement: Placement,
) -> Result<Option<RecoveryPoint>, Error> {
    let row = Entity::find()
        .filter(of(organization, asset, placement))
        .filter(Column::Status.eq(RecoveryPointStatus::Available.name()))
        .order_by_desc(Column::TakenAt)
        .order_by_desc(Column::Id)
        .one(db.db())
        .await?;
    row.map(to_point).transpose()
}

/// The points of the asset in this placement that are being made, available, damaged or ending, newest first.
pub async fn living_of_asset(
    db: &impl Connection,
    organization: OrganizationId,
    asset: AssetId,
    placement: Placement,
) -> Result<Vec<RecoveryPoint>, Error> {
    let rows = Entity::find()
        .filter(of(organization, asset, placement))
        .filter(Column::Status.is_in(LIVING.map(RecoveryPointStatus::name)))
        .order_by_desc(Column::TakenAt)
        .order_by_desc(Column::Id)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_point).collect()
}

/// All points that were ever in the repository, whatever their state, oldest first.
pub async fn all_of_repository(
    db: &impl Connection,
    organization: OrganizationId,
    repository: RepositoryId,
) -> Result<Vec<RecoveryPoint>, Error> {
    let rows = Entity::find()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::RepositoryId.eq(repository.uuid()))
        .order_by_asc(Column::TakenAt)
        .order_by_asc(Column::Id)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_point).collect()
}

/// All points of the organization that are snapshots in accounts and not ended, lost ones too, by region and id.
pub async fn all_in_accounts(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Vec<RecoveryPoint>, Error> {
    let statuses = LIVING.into_iter().chain([RecoveryPointStatus::Lost]);
    let rows = Entity::find()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::Placement.eq(Placement::InAccount.name()))
        .filter(Column::Status.is_in(statuses.map(RecoveryPointStatus::name)))
        .order_by_asc(Column::Region)
        .order_by_asc(Column::Id)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_point).collect()
}

/// The points that the task made.
pub async fn of_task(
    db: &impl Connection,
    organization: OrganizationId,
    task: TaskId,
) -> Result<Vec<RecoveryPoint>, Error> {
    let rows = Entity::find()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::TaskId.eq(task.uuid()))
        .order_by_asc(Column::Id)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_point).collect()
}

/// An available point in the vault that is not proven as far as its policy wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unproven {
    /// Its id.
    pub id: RecoveryPointId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The asset.
    pub asset_id: AssetId,
    /// The instant that it shows.
    pub taken_at: Timestamp,
    /// How far it is proven.
    pub proof: Proof,
    /// Whether it can be proven beyond [`Proof::Restored`].
    pub has_source_digest: bool,
    /// Whether the asset has no newer one that is available.
    pub is_newest: bool,
}

/// The points of this policy for assets of this kind that are proven to one of these levels only, oldest first, behind a place,
/// at most `limit`; for duties.
pub async fn system_unproven(
    db: &impl Connection,
    (policy, kind): (PolicyId, AssetKind),
    levels: &[Proof],
    after: Option<(Timestamp, RecoveryPointId)>,
    limit: u64,
) -> Result<Vec<Unproven>, Error> {
    let of_kind = Query::select()
        .column(asset::Column::Id)
        .from(asset::Entity)
        .and_where(asset::Column::Kind.eq(kind.name()))
        .take();
    let newer = Alias::new("newer");
    let column = |column: Column| Expr::col((newer.clone(), column));
    let is_followed = Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, newer.clone())
        .and_where(column(Column::AssetId).equals((Entity, Column::AssetId)))
        .and_where(column(Column::Status).eq(RecoveryPointStatus::Available.name()))
        .and_where(column(Column::Placement).eq(Placement::Vault.name()))
        .and_where(column(Column::TakenAt).gt(Expr::col((Entity, Column::TakenAt))))
        .take();
    let mut select = Entity::find()
        .filter(Column::PolicyId.eq(policy.uuid()))
        .filter(Column::Status.eq(RecoveryPointStatus::Available.name()))
        .filter(Column::Proof.is_in(levels.iter().map(|one| one.name())))
        .filter(Column::Placement.eq(Placement::Vault.name()))
        .filter(Column::AssetId.in_subquery(of_kind))
        .order_by_asc(Column::TakenAt)
        .order_by_asc(Column::Id)
        .limit(limit);
    if let Some((taken_at, id)) = after {
        let place = Expr::tuple([Expr::val(Instant(taken_at)), Expr::val(id.uuid())]);
        let row = Expr::tuple([Expr::col(Column::TakenAt), Expr::col(Column::Id)]);
        select = select.filter(row.gt(place));
    }
    let rows = select
        .expr_as(Expr::exists(is_followed), "is_followed")
        .into_model::<UnprovenRow>()
        .all(db.db())
        .await?;
    rows.into_iter().map(UnprovenRow::into_point).collect()
}

#[derive(FromQueryResult)]
struct UnprovenRow {
    #[sea_orm(nested)]
    point: Model,
    is_followed: bool,
}

impl UnprovenRow {
    fn into_point(self) -> Result<Unproven, Error> {
        let point = to_point(self.point)?;
        Ok(Unproven {
            id: point.id,
            organization_id: point.organization_id,
            asset_id: point.asset_id,
            taken_at: point.taken_at,
            proof: point.proof,
            has_source_digest: point.source_digest.is_some(),
            is_newest: !self.is_followed,
        })
    }
}

/// Says that the point was read back whole: it may be restored. The digest of its content is kept where one is given.
pub async fn set_available(
    tx: &mut Tx,
    organization: OrganizationId,
    id: RecoveryPointId,
    content_digest: Option<String>,
) -> Result<(), Error> {
    let mut changed = ActiveModel {
        status: Set(RecoveryPointStatus::Available.name().to_owned()),
        ..Default::default()
    };
    if content_digest.is_some() {
        changed.content_digest = Set(content_digest);
    }
    write(tx, organization, id, changed).await
}

/// Sets the state of a point; [`Error::Affected`] when it has expired, because that is its end.
pub async fn set_status(
    tx: &mut Tx,
    organization: OrganizationId,
    id: RecoveryPointId,
    status: RecoveryPointStatus,
) -> Result<(), Error> {
    let changed = ActiveModel {
        status: Set(status.name().to_owned()),
        ..Default::default()
    };
    write(tx, organization, id, changed).await
}

/// Sets how far a point was proven, and when.
pub async fn set_proof(
    tx: &mut Tx,
    organization: OrganizationId,
    id: RecoveryPointId,
    proof: Proof,
    at: Timestamp,
) -> Result<(), Error> {
    let changed = ActiveModel {
        proof: Set(proof.name().to_owned()),
        proven_at: Set(Some(Instant(at))),
        ..Default::default()
    };
    write(tx, organization, id, changed).await
}

/// Sets the in-account snapshot that is kept as base of the next increment; none when it is gone.
pub async fn set_base_snapshot(
    tx: &mut Tx,
    organization: OrganizationId,
    id: RecoveryPointId,
    snapshot: Option<String>,
) -> Result<(), Error> {
    let changed = ActiveModel {
        base_snapshot_id: Set(snapshot),
        ..Default::default()
    };
    write(tx, organization, id, changed).await
}

async fn write(
    tx: &mut Tx,
    organization: OrganizationId,
    id: RecoveryPointId,
    changed: ActiveModel,
) -> Result<(), Error> {
    if life::learned_while_ending(tx, organization, id, &changed).await? {
        tx.told(organization, Topic::RecoveryPoint, ChangeKind::Updated, id);
        return Ok(());
    }
    let mut update = Entity::update_many()
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::OrganizationId.eq(organization.uuid()));
    if changed.status.is_set() {
        // Expired again is no change; the other way round is refused.
        let expired = RecoveryPointStatus::Expired.name();
        let kept = changed
            .status
            .try_as_ref()
            .is_some_and(|status| status == expired);
        if !kept {
            update = update.filter(Column::Status.ne(expired));
        }
    }
    let done = update.set(changed).exec(tx.db()).await?;
    affected(1, done.rows_affected)?;
    tx.told(organization, Topic::RecoveryPoint, ChangeKind::Updated, id);
    Ok(())
}

fn of(organization: OrganizationId, asset: AssetId, placement: Placement) -> Condition {
    Condition::all()
        .add(Column::OrganizationId.eq(organization.uuid()))
        .add(Column::AssetId.eq(asset.uuid()))
        .add(Column::Placement.eq(placement.name()))
}

fn filtered(scope: &impl InScope, filter: &RecoveryPointFilter) -> SelectStatement {
    let mut select = Entity::find().filter(by_asset(scope, TABLE));
    if let Some(ids) = &filter.ids {
        select = select.filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
    }
    if let Some(assets) = &filter.asset_ids {
        select = select.filter(Column::AssetId.is_in(assets.iter().map(|id| id.uuid())));
    }
    if let Some(placements) = &filter.placements {
        select = select.filter(Column::Placement.is_in(placements.iter().map(|one| one.name())));
    }
    if let Some(statuses) = &filter.statuses {
        select = select.filter(Column::Status.is_in(statuses.iter().map(|one| one.name())));
    }
    if let Some(proofs) = &filter.proofs {
        select = select.filter(Column::Proof.is_in(proofs.iter().map(|one| one.name())));
    }
    if let Some(from) = filter.taken_from {
        select = select.filter(Column::TakenAt.gte(Instant(from)));
    }
    if let Some(until) = filter.taken_until {
        select = select.filter(Column::TakenAt.lt(Instant(until)));
    }
    if let Some(hold) = filter.legal_hold {
        select = select.filter(Column::Id.in_subquery(legal_holds::points_of(hold)));
    }
    select.into_query()
}

fn extend(points: &mut Vec<RecoveryPoint>, rows: Vec<Model>) -> Result<(), Error> {
    for row in rows {
        points.push(to_point(row)?);
    }
    Ok(())
}

fn row(point: &RecoveryPoint) -> Result<ActiveModel, Error> {
    let at = At::new(TABLE, point.id.uuid());
    Ok(ActiveModel {
        id: Set(point.id.uuid()),
        organization_id: Set(point.organization_id.uuid()),
        asset_id: Set(point.asset_id.uuid()),
        policy_id: Set(point.policy_id.map(PolicyId::uuid)),
        task_id: Set(point.task_id.map(TaskId::uuid)),
        placement: Set(point.placement.name().to_owned()),
        region: Set(point.region.clone()),
        storage_tier: Set(point.tier.name().to_owned()),
        status: Set(point.status.name().to_owned()),
        proof: Set(point.proof.name().to_owned()),
        proven_at: Set(optional(point.proven_at)),
        taken_at: Set(Instant(point.taken_at)),
        expires_at: Set(optional(point.expires_at)),
        size_bytes: Set(at.bigint("size_bytes", point.size_bytes)?),
        added_bytes: Set(at.bigint("added_bytes", point.added_bytes)?),
        is_full: Set(point.is_full),
        repository_id: Set(point.repository_id.map(RepositoryId::uuid)),
        snapshot_id: Set(point.snapshot_id.clone()),
        base_snapshot_id: Set(point.base_snapshot_id.clone()),
        content_digest: Set(point.content_digest.clone()),
        source_digest: Set(point.source_digest.clone()),
        foreseen_end: Set(optional(point.life.foreseen_end)),
        cleared_at: Set(optional(point.life.cleared_at)),
        locked_until: Set(optional(point.life.locked_until)),
        ending_since: Set(optional(point.life.ending_since)),
        status_before: Set(point.life.status_before.map(|one| one.name().to_owned())),
        removal_began_at: Set(optional(point.life.removal_began_at)),
    })
}

fn to_point(row: Model) -> Result<RecoveryPoint, Error> {
    let at = At::new(TABLE, row.id);
    Ok(RecoveryPoint {
        id: RecoveryPointId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        asset_id: AssetId::from_uuid(row.asset_id),
        policy_id: row.policy_id.map(PolicyId::from_uuid),
        task_id: row.task_id.map(TaskId::from_uuid),
        placement: at.known("placement", Placement::from_name(&row.placement))?,
        region: row.region,
        tier: at.known("storage_tier", StorageTier::from_name(&row.storage_tier))?,
        status: at.known("status", RecoveryPointStatus::from_name(&row.status))?,
        proof: at.known("proof", Proof::from_name(&row.proof))?,
        proven_at: timestamp(row.proven_at),
        taken_at: row.taken_at.0,
        expires_at: timestamp(row.expires_at),
        size_bytes: at.size("size_bytes", row.size_bytes)?,
        added_bytes: at.size("added_bytes", row.added_bytes)?,
        is_full: row.is_full,
        repository_id: row.repository_id.map(RepositoryId::from_uuid),
        snapshot_id: row.snapshot_id,
        base_snapshot_id: row.base_snapshot_id,
        content_digest: row.content_digest,
        source_digest: row.source_digest,
        life: Life {
            foreseen_end: timestamp(row.foreseen_end),
            cleared_at: timestamp(row.cleared_at),
            locked_until: timestamp(row.locked_until),
            ending_since: timestamp(row.ending_since),
            status_before: match &row.status_before {
                Some(name) => {
                    Some(at.known("status_before", RecoveryPointStatus::from_name(name))?)
                }
                None => None,
            },
            removal_began_at: timestamp(row.removal_began_at),
        },
    })
}
