//! What is needed to judge assets, read for many at once.
//!
//! Not for judging. Invariant: everything is read after the records are locked, so it is at least as new as the marks.

use std::collections::BTreeMap;

use domain::asset::AssetKind;
use domain::compliance::history::Record;
use domain::compliance::{Failure, PointState};
use domain::recovery_point::{Placement, Proof, RecoveryPointStatus};
use domain::schedule::MissedWindows;
use domain::task::{TaskFailure, TaskKind, TaskStatus};
use domain::{AssetId, OrganizationId, PolicyId, RecoveryPointId};
use jiff::Timestamp;
use sea_orm::sea_query::{ExprTrait, LockBehavior, LockType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{ids, to_record};
use crate::Error;
use crate::convert::At;
use crate::dialect::IN_LIST_MAX;
use crate::entity::{asset, assignment, compliance_record, missed_window, recovery_point, task};
use crate::schedules::to_missed;
use crate::time::{Instant, timestamp};
use crate::tx::Tx;
use crate::tx::sealed::Raw;

/// An asset whose record is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueAsset {
    /// Its id.
    pub id: AssetId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// What it is.
    pub kind: AssetKind,
    /// The policy that it has.
    pub policy_id: Option<PolicyId>,
    /// When it was first seen.
    pub discovered_at: Timestamp,
    /// Whether it is gone from AWS.
    pub is_gone: bool,
    /// What was known of it; none before the first look.
    pub before: Option<Record>,
    /// Since when it has had a policy, as far as was known.
    pub protected_since: Option<Timestamp>,
    /// Since when it has been waiting for this look.
    pub due_at: Timestamp,
}

/// A recovery point that may count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuePoint {
    /// Its id.
    pub id: RecoveryPointId,
    /// Where it is kept.
    pub placement: Placement,
    /// The instant that it shows.
    pub taken_at: Timestamp,
    /// When its retention ends.
    pub expires_at: Option<Timestamp>,
    /// What is left of it.
    pub state: PointState,
    /// How far it is proven.
    pub proof: Proof,
}

/// Locks up to `limit` records that are due at `now`, the longest due first; others that hold some are passed over.
pub async fn system_lock_due(
    tx: &mut Tx,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<DueAsset>, Error> {
    use compliance_record::Column;
    let records = compliance_record::Entity::find()
        .filter(Column::DueAt.lte(Instant(now)))
        .order_by_asc(Column::DueAt)
        .order_by_asc(Column::AssetId)
        .limit(limit)
        .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
        .all(tx.db())
        .await?;
    let mut assets = BTreeMap::new();
    for chunk in records.chunks(IN_LIST_MAX) {
        let rows: Vec<AssetRow> = asset::Entity::find()
            .select_only()
            .columns([
                asset::Column::Id,
                asset::Column::Kind,
                asset::Column::PolicyId,
                asset::Column::DiscoveredAt,
                asset::Column::DeletedAt,
            ])
            .filter(asset::Column::Id.is_in(ids(chunk, |record| record.asset_id)))
            .into_tuple()
            .all(tx.db())
            .await?;
        assets.extend(rows.into_iter().map(|row| (row.0, row)));
    }
    let mut due = Vec::new();
    for record in records {
        // A record references its asset, so the asset is there.
        if let Some(row) = assets.remove(&record.asset_id) {
            due.push(due_asset(record, &row, now)?);
        }
    }
    Ok(due)
}

type AssetRow = (Uuid, String, Option<Uuid>, Instant, Option<Instant>);

fn due_asset(
    record: compliance_record::Model,
    (id, kind, policy_id, discovered_at, deleted_at): &AssetRow,
    now: Timestamp,
) -> Result<DueAsset, Error> {
    let at = At::new("assets", *id);
    Ok(DueAsset {
        id: AssetId::from_uuid(*id),
        organization_id: OrganizationId::from_uuid(record.organization_id),
        kind: at.known("kind", AssetKind::from_name(kind))?,
        policy_id: policy_id.map(PolicyId::from_uuid),
        discovered_at: discovered_at.0,
        is_gone: deleted_at.is_some(),
        protected_since: timestamp(record.protected_at),
        due_at: timestamp(record.due_at).unwrap_or(now),
        before: match record.checked_at {
            None => None,
            Some(_) => Some(to_record(record)?),
        },
    })
}

/// When these assets were given their policy by hand, for those that were.
pub async fn system_assigned(
    tx: &Tx,
    assets: &[AssetId],
) -> Result<BTreeMap<AssetId, Timestamp>, Error> {
    let mut all = BTreeMap::new();
    for chunk in assets.chunks(IN_LIST_MAX) {
        let rows: Vec<(Uuid, Instant)> = assignment::Entity::find()
            .select_only()
            .column(assignment::Column::AssetId)
            .column(assignment::Column::CreatedAt)
            .filter(assignment::Column::AssetId.is_in(ids(chunk, |id| id.uuid())))
            .into_tuple()
            .all(tx.db())
            .await?;
        let turn = |(asset, at): (Uuid, Instant)| (AssetId::from_uuid(asset), at.0);
        all.extend(rows.into_iter().map(turn));
    }
    Ok(all)
}

/// The points of these assets taken at or after `since` that count or would have counted, and those taken at or after
/// `usable_since` that can be restored.
pub async fn system_points(
    tx: &Tx,
    assets: &[AssetId],
    since: Timestamp,
    usable_since: Timestamp,
) -> Result<BTreeMap<AssetId, Vec<DuePoint>>, Error> {
    use recovery_point::Column;
    type Row = (Uuid, Uuid, String, String, String, Instant, Option<Instant>);
    let mut all: BTreeMap<AssetId, Vec<DuePoint>> = BTreeMap::new();
    let counting = RecoveryPointStatus::ALL.iter().copied();
    let counting = counting.filter(|status| state_of(*status).is_some());
    let counting: Vec<&str> = counting.map(RecoveryPointStatus::name).collect();
    for chunk in assets.chunks(IN_LIST_MAX) {
        let rows: Vec<Row> = recovery_point::Entity::find()
            .select_only()
            .columns([
                Column::Id,
                Column::AssetId,
                Column::Placement,
                Column::Status,
                Column::Proof,
                Column::TakenAt,
                Column::ExpiresAt,
            ])
            .filter(Column::AssetId.is_in(ids(chunk, |id| id.uuid())))
            .filter(
                Condition::any()
                    .add(
                        Column::Status
                            .is_in(counting.iter().copied())
                            .and(Column::TakenAt.gte(Instant(since))),
                    )
                    .add(
                        Column::Status
                            .eq(RecoveryPointStatus::Available.name())
                            .and(Column::TakenAt.gte(Instant(usable_since))),
                    ),
            )
            .into_tuple()
            .all(tx.db())
            .await?;
        for (id, asset, placement, status, proof, taken_at, expires_at) in rows {
            let at = At::new("recovery_points", id);
            let status = at.known("status", RecoveryPointStatus::from_name(&status))?;
            let point = DuePoint {
                id: RecoveryPointId::from_uuid(id),
                placement: at.known("placement", Placement::from_name(&placement))?,
                taken_at: taken_at.0,
                expires_at: timestamp(expires_at),
                state: at.known("status", state_of(status))?,
                proof: at.known("proof", Proof::from_name(&proof))?,
            };
            all.entry(AssetId::from_uuid(asset))
                .or_default()
                .push(point);
        }
    }
    Ok(all)
}

/// What is left of a point in this state; none when there never was anything to restore.
const fn state_of(status: RecoveryPointStatus) -> Option<PointState> {
    match status {
        RecoveryPointStatus::Available => Some(PointState::Usable),
        // It has served its time, also while it could still be taken back.
        RecoveryPointStatus::Expiring | RecoveryPointStatus::Expired => Some(PointState::Served),
        RecoveryPointStatus::Damaged | RecoveryPointStatus::Lost => Some(PointState::Broken),
        RecoveryPointStatus::Creating | RecoveryPointStatus::Failed => None,
    }
}

/// The newest available point of these assets in each placement, however old.
pub async fn system_newest(
    tx: &Tx,
    assets: &[AssetId],
) -> Result<BTreeMap<AssetId, BTreeMap<Placement, Timestamp>>, Error> {
    use recovery_point::Column;
    let mut all: BTreeMap<AssetId, BTreeMap<Placement, Timestamp>> = BTreeMap::new();
    for chunk in assets.chunks(IN_LIST_MAX) {
        let rows: Vec<(Uuid, String, Option<Instant>)> = recovery_point::Entity::find()
            .select_only()
            .column(Column::AssetId)
            .column(Column::Placement)
            .column_as(Column::TakenAt.max(), "newest")
            .filter(Column::AssetId.is_in(ids(chunk, |id| id.uuid())))
            .filter(Column::Status.eq(RecoveryPointStatus::Available.name()))
            .group_by(Column::AssetId)
            .group_by(Column::Placement)
            .into_tuple()
            .all(tx.db())
            .await?;
        for (asset, placement, newest) in rows {
            let at = At::new("recovery_points", asset);
            let placement = at.known("placement", Placement::from_name(&placement))?;
            if let Some(newest) = newest {
                let of_asset = all.entry(AssetId::from_uuid(asset)).or_default();
                of_asset.insert(placement, newest.0);
            }
        }
    }
    Ok(all)
}

/// The windows of these assets that passed without a run, the last of each row at or after `since`.
pub async fn system_missed(
    tx: &Tx,
    assets: &[AssetId],
    since: Timestamp,
) -> Result<BTreeMap<AssetId, Vec<MissedWindows>>, Error> {
    use missed_window::Column;
    let mut all: BTreeMap<AssetId, Vec<MissedWindows>> = BTreeMap::new();
    for chunk in assets.chunks(IN_LIST_MAX) {
        let rows = missed_window::Entity::find()
            .filter(Column::AssetId.is_in(ids(chunk, |id| id.uuid())))
            .filter(Column::LastNominalAt.gte(Instant(since)))
            .order_by_asc(Column::FirstNominalAt)
            .all(tx.db())
            .await?;
        for row in rows {
            let missed = to_missed(&row)?;
            all.entry(missed.asset_id).or_default().push(missed.windows);
        }
    }
    Ok(all)
}

/// The backups of these assets asked for at or after `since` that failed or were stopped.
pub async fn system_failures(
    tx: &Tx,
    assets: &[AssetId],
    since: Timestamp,
) -> Result<BTreeMap<AssetId, Vec<Failure>>, Error> {
    use task::Column;
    type Row = (
        Uuid,
        Uuid,
        String,
        Option<Instant>,
        Instant,
        Option<serde_json::Value>,
    );
    let kinds = [TaskKind::BackupEbs, TaskKind::SnapshotEbs].map(TaskKind::name);
    let ends = [TaskStatus::Failed, TaskStatus::Aborted].map(TaskStatus::name);
    let mut all: BTreeMap<AssetId, Vec<Failure>> = BTreeMap::new();
    for chunk in assets.chunks(IN_LIST_MAX) {
        let rows: Vec<Row> = task::Entity::find()
            .select_only()
            .columns([
                Column::Id,
                Column::AssetId,
                Column::Status,
                Column::NominalAt,
                Column::CreatedAt,
                Column::Failure,
            ])
            .filter(Column::AssetId.is_in(ids(chunk, |id| id.uuid())))
            .filter(Column::CreatedAt.gte(Instant(since)))
            .filter(Column::Status.is_in(ends))
            .filter(Column::Kind.is_in(kinds))
            .into_tuple()
            .all(tx.db())
            .await?;
        for (id, asset, status, nominal_at, created_at, failure) in rows {
            let at = At::new("tasks", id);
            let failure: Option<TaskFailure> = failure
                .map(|failure| at.read("failure", failure))
                .transpose()?;
            let failure = Failure {
                at: nominal_at.unwrap_or(created_at).0,
                code: failure.map_or_else(|| status.to_uppercase(), |failure| failure.code),
            };
            all.entry(AssetId::from_uuid(asset))
                .or_default()
                .push(failure);
        }
    }
    Ok(all)
}
