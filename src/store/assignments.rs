//! Direct assignments of policies to assets.
//!
//! Not for what protects an asset in the end: a rule may come before what was chosen by hand. Invariant: an asset has at most one.

use domain::assignment::Assignment;
use domain::event::{ChangeKind, Topic};
use domain::{AssetId, AssignmentId, OrganizationId, PolicyId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set};

use crate::Error;
use crate::convert::affected;
use crate::dialect::{BINDS_MAX, IN_LIST_MAX};
use crate::entity::{asset, assignment};
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// Columns of a row.
const COLUMNS: usize = 5;

/// Chooses policies by hand, instead of whatever was chosen before; [`Error::Affected`] unless the assets are the organization's
/// own. What protects the assets then is for the rules to say (`tasks::protection`).
pub async fn set(
    tx: &mut Tx,
    organization: OrganizationId,
    assignments: &[Assignment],
) -> Result<(), Error> {
    for chunk in assignments.chunks(BINDS_MAX / COLUMNS) {
        let own = asset::Entity::find()
            .filter(asset::Column::OrganizationId.eq(organization.uuid()))
            .filter(asset::Column::Id.is_in(chunk.iter().map(|one| one.asset_id.uuid())))
            .count(tx.db())
            .await?;
        affected(u64::try_from(chunk.len()).unwrap_or(0), own)?;
        let rows = chunk.iter().map(|assignment| assignment::ActiveModel {
            id: Set(assignment.id.uuid()),
            organization_id: Set(organization.uuid()),
            asset_id: Set(assignment.asset_id.uuid()),
            policy_id: Set(assignment.policy_id.uuid()),
            created_at: Set(Instant(assignment.created_at)),
        });
        let replace = OnConflict::column(assignment::Column::AssetId)
            .update_columns([
                assignment::Column::Id,
                assignment::Column::PolicyId,
                assignment::Column::CreatedAt,
            ])
            .to_owned();
        assignment::Entity::insert_many(rows)
            .on_conflict(replace)
            .exec_without_returning(tx.db())
            .await?;
    }
    told(tx, organization, assignments.iter().map(|one| one.asset_id));
    Ok(())
}

/// Takes back what was chosen by hand for these assets; how many had something.
pub async fn remove(
    tx: &mut Tx,
    organization: OrganizationId,
    assets: &[AssetId],
) -> Result<u64, Error> {
    let mut removed = 0;
    for chunk in assets.chunks(IN_LIST_MAX) {
        let done = assignment::Entity::delete_many()
            .filter(assignment::Column::OrganizationId.eq(organization.uuid()))
            .filter(assignment::Column::AssetId.is_in(chunk.iter().map(|id| id.uuid())))
            .exec(tx.db())
            .await?;
        removed += done.rows_affected;
    }
    told(tx, organization, assets.iter().copied());
    Ok(removed)
}

/// Also when the policy stays the same: what a draft of rules would do is another thing now (`app::fleets`).
fn told(tx: &mut Tx, organization: OrganizationId, assets: impl Iterator<Item = AssetId>) {
    for asset in assets {
        tx.told(organization, Topic::Asset, ChangeKind::Updated, asset);
    }
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
