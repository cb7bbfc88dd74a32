//! Organizations and their units.
//!
//! Not for members (`users.rs`). Invariant: an organization is never without its root unit.

use domain::organization::{Organization, OrganizationalUnit};
use domain::{OrganizationId, OrganizationalUnitId};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::Error;
use crate::convert::At;
use crate::entity::{organization, organizational_unit};
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "organizations";

/// Adds an organization with its root unit.
pub async fn add(
    tx: &mut Tx,
    organization: &Organization,
    root: &OrganizationalUnit,
) -> Result<(), Error> {
    let at = At::new(TABLE, organization.id.uuid());
    let row = organization::ActiveModel {
        id: Set(organization.id.uuid()),
        name: Set(organization.name.clone()),
        key_source: Set(at.write("key_source", &organization.key_source)?),
        created_at: Set(Instant(organization.created_at)),
    };
    organization::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    let row = organizational_unit::ActiveModel {
        id: Set(root.id.uuid()),
        organization_id: Set(root.organization_id.uuid()),
        parent_id: Set(root.parent_id.map(OrganizationalUnitId::uuid)),
        name: Set(root.name.clone()),
        created_at: Set(Instant(organization.created_at)),
    };
    row.insert(tx.db()).await?;
    Ok(())
}

/// The organization.
pub async fn lookup(
    db: &impl Connection,
    id: OrganizationId,
) -> Result<Option<Organization>, Error> {
    let row = organization::Entity::find_by_id(id.uuid())
        .one(db.db())
        .await?;
    row.map(to_organization).transpose()
}

/// All organizations, oldest first; for duties.
pub async fn system_list(db: &impl Connection) -> Result<Vec<Organization>, Error> {
    let rows = organization::Entity::find()
        .order_by_asc(organization::Column::CreatedAt)
        .order_by_asc(organization::Column::Id)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_organization).collect()
}

/// The root unit of the organization.
pub async fn root_unit(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<OrganizationalUnit, Error> {
    let row = organizational_unit::Entity::find()
        .filter(organizational_unit::Column::OrganizationId.eq(organization.uuid()))
        .filter(organizational_unit::Column::ParentId.is_null())
        .one(db.db())
        .await?;
    row.map(to_unit)
        .ok_or_else(|| Error::inconsistent("organizational_units", organization, "parent_id"))
}

/// All units of the organization, by name.
pub async fn units(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Vec<OrganizationalUnit>, Error> {
    let rows = organizational_unit::Entity::find()
        .filter(organizational_unit::Column::OrganizationId.eq(organization.uuid()))
        .order_by_asc(organizational_unit::Column::Name)
        .order_by_asc(organizational_unit::Column::Id)
        .all(db.db())
        .await?;
    Ok(rows.into_iter().map(to_unit).collect())
}

fn to_organization(row: organization::Model) -> Result<Organization, Error> {
    let at = At::new(TABLE, row.id);
    Ok(Organization {
        id: OrganizationId::from_uuid(row.id),
        name: row.name,
        key_source: at.read("key_source", row.key_source)?,
        created_at: row.created_at.0,
    })
}

fn to_unit(row: organizational_unit::Model) -> OrganizationalUnit {
    OrganizationalUnit {
        id: OrganizationalUnitId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        parent_id: row.parent_id.map(OrganizationalUnitId::from_uuid),
        name: row.name,
    }
}
