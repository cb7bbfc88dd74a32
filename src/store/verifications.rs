//! Verifications: attempts to prove recovery points.
//!
//! Not for what follows from a verdict (`workflows`). Invariant: an attempt that has a verdict keeps it; what a task repeats after
//! a crash is written over only while it was running or had broken off.

use domain::limits::TOTAL_COUNT_MAX;
use domain::page::{Direction, Page, PageRequest};
use domain::recovery_point::{Proof, RecoveryPointStatus};
use domain::verification::{Evidence, Verdict, Verification, VerificationFilter};
use domain::{AssetId, OrganizationId, RecoveryPointId, TaskId, VerificationId};
use jiff::Timestamp;
use sea_orm::sea_query::{
    Alias, Expr, ExprTrait, OnConflict, Order as SqlOrder, Query, SelectStatement,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Set,
};

use crate::Error;
use crate::convert::At;
use crate::dialect::IN_LIST_MAX;
use crate::entity::recovery_point;
use crate::entity::verification::{ActiveModel, Column, Entity, Model};
use crate::page::{Order, count_up_to, fetch, try_map};
use crate::scope::{InScope, by_asset};
use crate::time::{Instant, optional, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "verifications";

/// Writes the attempt as it is now; one that has a verdict already is left alone.
pub async fn set(tx: &mut Tx, verification: &Verification) -> Result<(), Error> {
    let open = [Verdict::Running, Verdict::BrokenOff].map(Verdict::name);
    let verdict = Expr::col((Entity, Column::Verdict));
    let replace = OnConflict::column(Column::Id)
        .update_columns([
            Column::Reached,
            Column::Verdict,
            Column::BytesChecked,
            Column::Evidence,
            Column::EvidenceSha256,
            Column::FinishedAt,
        ])
        .action_and_where(verdict.is_in(open))
        .to_owned();
    Entity::insert(row(verification)?)
        .on_conflict(replace)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// The attempt, at a point of an asset inside the scope.
pub async fn lookup(
    db: &impl Connection,
    scope: impl InScope,
    id: VerificationId,
) -> Result<Option<Verification>, Error> {
    Ok(lookup_many(db, scope, &[id]).await?.into_iter().next())
}

/// Those of the attempts that are at points of assets inside the scope, in no particular order.
pub async fn lookup_many(
    db: &impl Connection,
    scope: impl InScope,
    ids: &[VerificationId],
) -> Result<Vec<Verification>, Error> {
    let mut found = Vec::new();
    for chunk in ids.chunks(IN_LIST_MAX) {
        let rows = Entity::find()
            .filter(by_asset(&scope, TABLE))
            .filter(Column::Id.is_in(chunk.iter().map(|id| id.uuid())))
            .all(db.db())
            .await?;
        for row in rows {
            found.push(to_verification(row)?);
        }
    }
    Ok(found)
}

/// A page of attempts, by the time when they began.
pub async fn list(
    db: &impl Connection,
    scope: impl InScope,
    filter: &VerificationFilter,
    direction: Direction,
    page: &PageRequest,
) -> Result<Page<Verification>, Error> {
    let order = Order::by("verifications.started_at", TABLE, "started_at", direction);
    let place = |row: &Model| (row.started_at.0.into(), row.id);
    let rows = fetch(db, filtered(&scope, filter), &order, page, place).await?;
    try_map(rows, to_verification)
}

/// How many attempts match, counted up to [`TOTAL_COUNT_MAX`].
pub async fn count(
    db: &impl Connection,
    scope: impl InScope,
    filter: &VerificationFilter,
) -> Result<u64, Error> {
    count_up_to(db, filtered(&scope, filter), TOTAL_COUNT_MAX).await
}

/// The newest attempt at each of the points that are of assets inside the scope and have one.
pub async fn last_of_points(
    db: &impl Connection,
    scope: impl InScope,
    points: &[RecoveryPointId],
) -> Result<Vec<Verification>, Error> {
    let mut found = Vec::new();
    for chunk in points.chunks(IN_LIST_MAX) {
        let inner = Alias::new("newest");
        let column = |column: Column| Expr::col((inner.clone(), column));
        let newest = Query::select()
            .expr(column(Column::Id))
            .from_as(Entity, inner.clone())
            .and_where(column(Column::RecoveryPointId).equals((Entity, Column::RecoveryPointId)))
            .order_by((inner.clone(), Column::StartedAt), SqlOrder::Desc)
            .order_by((inner.clone(), Column::Id), SqlOrder::Desc)
            .limit(1)
            .take();
        let newest = Expr::SubQuery(None, Box::new(newest.into()));
        let rows = Entity::find()
            .filter(by_asset(&scope, TABLE))
            .filter(Column::RecoveryPointId.is_in(chunk.iter().map(|id| id.uuid())))
            .filter(Expr::col((Entity, Column::Id)).eq(newest))
            .all(db.db())
            .await?;
        for row in rows {
            found.push(to_verification(row)?);
        }
    }
    Ok(found)
}

/// The newest attempt that found a point of the asset damaged.
pub async fn last_failed_of_asset(
    db: &impl Connection,
    organization: OrganizationId,
    asset: AssetId,
) -> Result<Option<Verification>, Error> {
    last_failed(db, organization, Column::AssetId.eq(asset.uuid())).await
}

/// The newest attempt that found the point damaged.
pub async fn last_failed_of_point(
    db: &impl Connection,
    organization: OrganizationId,
    point: RecoveryPointId,
) -> Result<Option<Verification>, Error> {
    last_failed(db, organization, Column::RecoveryPointId.eq(point.uuid())).await
}

async fn last_failed(
    db: &impl Connection,
    organization: OrganizationId,
    of: Expr,
) -> Result<Option<Verification>, Error> {
    let row = Entity::find()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(of)
        .filter(Column::Verdict.eq(Verdict::Failed.name()))
        .order_by_desc(Column::FinishedAt)
        .order_by_desc(Column::Id)
        .one(db.db())
        .await?;
    row.map(to_verification).transpose()
}

/// Bytes that attempts of all organizations have read which began at `from` or later.
pub async fn system_bytes_since(db: &impl Connection, from: Timestamp) -> Result<u64, Error> {
    let sum = Query::select()
        .expr_as(
            Expr::cust("CAST(coalesce(sum(bytes_checked), 0) AS BIGINT)"),
            Alias::new("bytes"),
        )
        .from(Entity)
        .and_where(Expr::col(Column::StartedAt).gte(Instant(from)))
        .take();
    let Some(row) = db.db().query_one(&sum).await? else {
        return Ok(0);
    };
    let bytes: i64 = row.try_get("", "bytes")?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// Removes up to `limit` attempts that ended before `until` and whose points are gone; how many there were. What proves a point
/// stays as long as the point does.
pub async fn system_purge(tx: &mut Tx, until: Timestamp, limit: u64) -> Result<u64, Error> {
    let gone = [RecoveryPointStatus::Expired, RecoveryPointStatus::Failed];
    let gone = recovery_point::Entity::find()
        .select_only()
        .column(recovery_point::Column::Id)
        .filter(recovery_point::Column::Status.is_in(gone.map(RecoveryPointStatus::name)))
        .into_query();
    let old = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::StartedAt.lt(Instant(until)))
        .filter(Column::RecoveryPointId.in_subquery(gone))
        .limit(limit)
        .into_query();
    let outcome = Entity::delete_many()
        .filter(Column::Id.in_subquery(old))
        .exec(tx.db())
        .await?;
    Ok(outcome.rows_affected)
}

fn filtered(scope: &impl InScope, filter: &VerificationFilter) -> SelectStatement {
    let VerificationFilter {
        ids,
        recovery_point_ids,
        asset_ids,
        verdicts,
        started_from,
        started_until,
    } = filter;
    let mut select = Entity::find().filter(by_asset(scope, TABLE));
    if let Some(ids) = ids {
        select = select.filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
    }
    if let Some(points) = recovery_point_ids {
        select = select.filter(Column::RecoveryPointId.is_in(points.iter().map(|id| id.uuid())));
    }
    if let Some(assets) = asset_ids {
        select = select.filter(Column::AssetId.is_in(assets.iter().map(|id| id.uuid())));
    }
    if let Some(verdicts) = verdicts {
        select = select.filter(Column::Verdict.is_in(verdicts.iter().map(|one| one.name())));
    }
    if let Some(from) = started_from {
        select = select.filter(Column::StartedAt.gte(Instant(*from)));
    }
    if let Some(until) = started_until {
        select = select.filter(Column::StartedAt.lt(Instant(*until)));
    }
    select.into_query()
}

fn row(verification: &Verification) -> Result<ActiveModel, Error> {
    let at = At::new(TABLE, verification.id.uuid());
    let evidence = verification.evidence.as_ref();
    Ok(ActiveModel {
        id: Set(verification.id.uuid()),
        organization_id: Set(verification.organization_id.uuid()),
        asset_id: Set(verification.asset_id.uuid()),
        recovery_point_id: Set(verification.recovery_point_id.uuid()),
        task_id: Set(verification.task_id.uuid()),
        wanted: Set(verification.wanted.name().to_owned()),
        reached: Set(verification.reached.name().to_owned()),
        verdict: Set(verification.verdict.name().to_owned()),
        bytes_checked: Set(at.bigint("bytes_checked", verification.bytes_checked)?),
        evidence: Set(evidence.map(|evidence| evidence.text.clone())),
        evidence_sha256: Set(evidence.map(|evidence| evidence.sha256.clone())),
        started_at: Set(Instant(verification.started_at)),
        finished_at: Set(optional(verification.finished_at)),
    })
}

fn to_verification(row: Model) -> Result<Verification, Error> {
    let at = At::new(TABLE, row.id);
    let evidence = row.evidence.zip(row.evidence_sha256);
    Ok(Verification {
        id: VerificationId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        asset_id: AssetId::from_uuid(row.asset_id),
        recovery_point_id: RecoveryPointId::from_uuid(row.recovery_point_id),
        task_id: TaskId::from_uuid(row.task_id),
        wanted: at.known("wanted", Proof::from_name(&row.wanted))?,
        reached: at.known("reached", Proof::from_name(&row.reached))?,
        verdict: at.known("verdict", Verdict::from_name(&row.verdict))?,
        bytes_checked: at.size("bytes_checked", row.bytes_checked)?,
        evidence: evidence.map(|(text, sha256)| Evidence { text, sha256 }),
        started_at: row.started_at.0,
        finished_at: timestamp(row.finished_at),
    })
}
