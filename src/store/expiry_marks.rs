//! The highest time that the expiry of each organization has believed.
//!
//! Not for the rule (`domain::expiry`). Invariant: it never goes back.

use domain::OrganizationId;
use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, Set};

use crate::Error;
use crate::entity::expiry_mark::{ActiveModel, Column, Entity};
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// The highest time believed; none before the first run.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Option<Timestamp>, Error> {
    let row = Entity::find_by_id(organization.uuid()).one(db.db()).await?;
    Ok(row.map(|row| row.high_water_at.0))
}

/// Raises the time; an earlier one changes nothing.
pub async fn raise(tx: &mut Tx, organization: OrganizationId, at: Timestamp) -> Result<(), Error> {
    let known = lookup(tx, organization).await?;
    if known.is_some_and(|known| known >= at) {
        return Ok(());
    }
    let row = ActiveModel {
        organization_id: Set(organization.uuid()),
        high_water_at: Set(Instant(at)),
    };
    let replace = OnConflict::column(Column::OrganizationId)
        .update_column(Column::HighWaterAt)
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}
