//! Direct assignments of policies to assets.
//!
//! Not for schedules. Invariant: an asset has at most one, and `assets.policy_id` always says the same.

use domain::assignment::Assignment;
use domain::{AssetId, AssignmentId, OrganizationId, PolicyId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::Error;
use crate::assets;
use crate::dialect::IN_LIST_MAX;
use crate::entity::assignment;
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// Gives the asset this policy instead of whatever it had. Asset and policy must be the organization's own.
pub async fn set(tx: &mut Tx, assignment: &Assignment) -> Result<(), Error> {
    let row = assignment::ActiveModel {
        id: Set(assignment.id.uuid()),
        organization_id: Set(assignment.organization_id.uuid()),
        asset_id: Set(assignment.asset_id.uuid()),
        policy_id: Set(assignment.policy_id.uuid()),
        created_at: Set(Instant(assignment.created_at)),
    };
    // First the asset: it is not found in a foreign organization, so nothing foreign is ever assigned.
    let (organization, asset) = (assignment.organization_id, assignment.asset_id);
    assets::set_policy(tx, organization, asset, Some(assignment.policy_id)).await?;
    let replace = OnConflict::column(assignment::Column::AssetId)
        .update_columns([
            assignment::Column::Id,
            assignment::Column::PolicyId,
            assignment::Column::CreatedAt,
        ])
        .to_owned();
    assignment::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Takes the policy away from the asset; false when it had none.
pub async fn remove(
    tx: &mut Tx,
    organization: OrganizationId,
    asset: AssetId,
) -> Result<bool, Error> {
    let done = assignment::Entity::delete_many()
        .filter(assignment::Column::OrganizationId.eq(organization.uuid()))
        .filter(assignment::Column::AssetId.eq(asset.uuid()))
        .exec(tx.db())
        .await?;
    if done.rows_affected == 0 {
        return Ok(false);
    }
    assets::set_policy(tx, organization, asset, None).await?;
    Ok(true)
}

/// The assignments of a policy, oldest first.
pub async fn list_of_policy(
    db: &impl Connection,
    organization: OrganizationId,
    policy: PolicyId,
) -> Result<Vec<Assignment>, Error> {
    let rows = assignment::Entity::find()
        .filter(assignment::Column::OrganizationId.eq(organization.uuid()))
        .filter(assignment::Column::PolicyId.eq(policy.uuid()))
        .order_by_asc(assignment::Column::CreatedAt)
        .order_by_asc(assignment::Column::Id)
        .all(db.db())
        .await?;
    Ok(rows.iter().map(to_assignment).collect())
}

/// The assignments of these assets, in no particular order.
pub async fn of_assets(
    db: &impl Connection,
    organization: OrganizationId,
    assets: &[AssetId],
) -> Result<Vec<Assignment>, Error> {
    let mut found = Vec::new();
    for chunk in assets.chunks(IN_LIST_MAX) {
        let rows = assignment::Entity::find()
            .filter(assignment::Column::OrganizationId.eq(organization.uuid()))
            .filter(assignment::Column::AssetId.is_in(chunk.iter().map(|id| id.uuid())))
            .all(db.db())
            .await?;
        found.extend(rows.iter().map(to_assignment));
    }
    Ok(found)
}

fn to_assignment(row: &assignment::Model) -> Assignment {
    Assignment {
        id: AssignmentId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        asset_id: AssetId::from_uuid(row.asset_id),
        policy_id: PolicyId::from_uuid(row.policy_id),
        created_at: row.created_at.0,
    }
}
