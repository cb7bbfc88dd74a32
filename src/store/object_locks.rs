//! What the stores of repositories keep by themselves.
//!
//! Not for the lock of an organization (`vault_locks.rs`). Invariant: what is covered is written down only by whoever looked
//! after it was forgotten last.

use domain::object_lock::ObjectLock;
use domain::{OrganizationId, RepositoryId};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::Error;
use crate::convert::At;
use crate::entity::object_lock::{ActiveModel, Column, Entity, Model};
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "object_locks";

/// What is known of the stores of the organization.
pub async fn list(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Vec<ObjectLock>, Error> {
    let rows = Entity::find()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .order_by_asc(Column::RepositoryId)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_lock).collect()
}

/// What is known of the store of the repository; none when it was never tried.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    repository: RepositoryId,
) -> Result<Option<ObjectLock>, Error> {
    let row = Entity::find_by_id(repository.uuid())
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .one(db.db())
        .await?;
    row.map(to_lock).transpose()
}

/// Writes down what a probe has found. What is covered stays as it is.
pub async fn probed(
    tx: &mut Tx,
    organization: OrganizationId,
    repository: RepositoryId,
    missing: &[String],
) -> Result<(), Error> {
    let row = ActiveModel {
        repository_id: Set(repository.uuid()),
        organization_id: Set(organization.uuid()),
        missing: Set(missing.into()),
        probed_at: Set(Instant(tx.now())),
        covered_until: Set(None),
        epoch: Set(0),
    };
    let renew = OnConflict::column(Column::RepositoryId)
        .update_columns([Column::Missing, Column::ProbedAt])
        .to_owned();
    Entity::insert(row)
        .on_conflict(renew)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Writes down until when everything is covered, unless that was forgotten since `epoch` or something later is known.
pub async fn cover(
    tx: &mut Tx,
    organization: OrganizationId,
    repository: RepositoryId,
    (epoch, until): (i32, Timestamp),
) -> Result<(), Error> {
    let later = Column::CoveredUntil
        .is_null()
        .or(Column::CoveredUntil.lt(Instant(until)));
    Entity::update_many()
        .set(ActiveModel {
            covered_until: Set(Some(Instant(until))),
            ..Default::default()
        })
        .filter(Column::RepositoryId.eq(repository.uuid()))
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::Epoch.eq(epoch))
        .filter(later)
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Forgets what is covered: something is needed again that was not extended.
pub async fn forget_cover(
    tx: &mut Tx,
    organization: OrganizationId,
    repository: RepositoryId,
) -> Result<(), Error> {
    Entity::update_many()
        .set(ActiveModel {
            covered_until: Set(None),
            ..Default::default()
        })
        .col_expr(Column::Epoch, Expr::col(Column::Epoch).add(1))
        .filter(Column::RepositoryId.eq(repository.uuid()))
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    Ok(())
}

fn to_lock(row: Model) -> Result<ObjectLock, Error> {
    let at = At::new(TABLE, row.repository_id);
    Ok(ObjectLock {
        repository_id: RepositoryId::from_uuid(row.repository_id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        missing: at.known("missing", serde_json::from_value(row.missing).ok())?,
        probed_at: row.probed_at.0,
        covered_until: row.covered_until.map(|until| until.0),
        epoch: row.epoch,
    })
}
