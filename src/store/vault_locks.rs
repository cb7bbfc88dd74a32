//! Vault locks.
//!
//! Not for what they do to points (`recovery_points/life.rs`). Invariant: a change names the version it was made from.

use domain::OrganizationId;
use domain::vault_lock::{LockMode, LockTerms, PendingLock, VaultLock};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use crate::convert::{At, affected};
use crate::entity::pending_vault_lock as pending;
use crate::entity::vault_lock::{ActiveModel, Column, Entity, Model};
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};
use crate::{Error, organizations};

const TABLE: &str = "vault_locks";
const PENDING: &str = "pending_vault_locks";

/// The lock of the organization, if it has one.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Option<VaultLock>, Error> {
    let row = Entity::find_by_id(organization.uuid()).one(db.db()).await?;
    row.map(to_lock).transpose()
}

/// Writes the lock. Whoever calls has locked the organization, so that two people do not change it at once.
pub async fn set(tx: &mut Tx, lock: &VaultLock) -> Result<(), Error> {
    let at = At::new(TABLE, lock.organization_id.uuid());
    let days = i32::try_from(lock.terms.minimum_days);
    let row = ActiveModel {
        organization_id: Set(lock.organization_id.uuid()),
        mode: Set(lock.terms.mode.name().to_owned()),
        minimum_days: Set(at.known("minimum_days", days.ok())?),
        version: Set(lock.version),
        locked_at: Set(Instant(lock.locked_at)),
        updated_at: Set(Instant(lock.updated_at)),
    };
    let replace = OnConflict::column(Column::OrganizationId)
        .update_columns([
            Column::Mode,
            Column::MinimumDays,
            Column::Version,
            Column::UpdatedAt,
        ])
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(tx.db())
        .await?;
    organizations::tell(tx, lock.organization_id);
    Ok(())
}

/// Removes a lock that is still at this version and is none of compliance, else [`Error::Affected`].
pub async fn remove(tx: &mut Tx, organization: OrganizationId, version: i32) -> Result<(), Error> {
    let done = Entity::delete_many()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::Version.eq(version))
        .filter(Column::Mode.ne(LockMode::Compliance.name()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    organizations::tell(tx, organization);
    Ok(())
}

/// The compliance lock that the organization waits for, if it does.
pub async fn pending(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Option<PendingLock>, Error> {
    let row = pending::Entity::find_by_id(organization.uuid());
    let Some(row) = row.one(db.db()).await? else {
        return Ok(None);
    };
    let at = At::new(PENDING, row.organization_id);
    Ok(Some(PendingLock {
        organization_id: OrganizationId::from_uuid(row.organization_id),
        minimum_days: at.known("minimum_days", u32::try_from(row.minimum_days).ok())?,
        requested_at: row.requested_at.0,
        holds_at: row.holds_at.0,
    }))
}

/// Waits for a compliance lock from now on. Whoever calls has locked the organization and knows that it waits for none.
pub async fn await_compliance(tx: &mut Tx, lock: &PendingLock) -> Result<(), Error> {
    let at = At::new(PENDING, lock.organization_id.uuid());
    let days = i32::try_from(lock.minimum_days);
    let row = pending::ActiveModel {
        organization_id: Set(lock.organization_id.uuid()),
        minimum_days: Set(at.known("minimum_days", days.ok())?),
        requested_at: Set(Instant(lock.requested_at)),
        holds_at: Set(Instant(lock.holds_at)),
    };
    pending::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    organizations::tell(tx, lock.organization_id);
    Ok(())
}

/// Waits no longer, whether the lock holds now or was taken back; [`Error::Affected`] when it is another one.
pub async fn stop_waiting(tx: &mut Tx, lock: &PendingLock) -> Result<(), Error> {
    let done = pending::Entity::delete_many()
        .filter(pending::Column::OrganizationId.eq(lock.organization_id.uuid()))
        .filter(pending::Column::HoldsAt.eq(Instant(lock.holds_at)))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    organizations::tell(tx, lock.organization_id);
    Ok(())
}

fn to_lock(row: Model) -> Result<VaultLock, Error> {
    let at = At::new(TABLE, row.organization_id);
    Ok(VaultLock {
        organization_id: OrganizationId::from_uuid(row.organization_id),
        terms: LockTerms {
            mode: at.known("mode", LockMode::from_name(&row.mode))?,
            minimum_days: at.known("minimum_days", u32::try_from(row.minimum_days).ok())?,
        },
        version: row.version,
        locked_at: row.locked_at.0,
        updated_at: row.updated_at.0,
    })
}
