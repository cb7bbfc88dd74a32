//! Who may sign in with a password while an organization enforces sign-on through its providers.
//!
//! Not for whether they are Super Admins now (`role_grants::super_admins`). Invariant: the list is replaced as a whole.

use domain::{OrganizationId, UserId};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::entity::break_glass_admin;
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};
use crate::{Error, organizations};

/// The people on the list, by id.
pub async fn list(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Vec<UserId>, Error> {
    let rows = break_glass_admin::Entity::find()
        .filter(break_glass_admin::Column::OrganizationId.eq(organization.uuid()))
        .order_by_asc(break_glass_admin::Column::UserId)
        .all(db.db())
        .await?;
    Ok(rows
        .iter()
        .map(|row| UserId::from_uuid(row.user_id))
        .collect())
}

/// Puts these people on the list and nobody else. Violates [`crate::error::FOREIGN_KEY`] for who is no member.
pub async fn replace(
    tx: &mut Tx,
    organization: OrganizationId,
    users: &[UserId],
    now: Timestamp,
) -> Result<(), Error> {
    break_glass_admin::Entity::delete_many()
        .filter(break_glass_admin::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    for user in users {
        let row = break_glass_admin::ActiveModel {
            organization_id: Set(organization.uuid()),
            user_id: Set(user.uuid()),
            created_at: Set(Instant(now)),
        };
        break_glass_admin::Entity::insert(row)
            .exec_without_returning(tx.db())
            .await?;
    }
    organizations::tell(tx, organization);
    Ok(())
}
