//! Organizations and their settings.
//!
//! Not for members (`memberships.rs`). Invariant: a change of settings names the version it was made from.

use domain::OrganizationId;
use domain::event::{ChangeKind, Topic};
use domain::organization::Organization;
use domain::organizational_unit::OrganizationalUnit;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::convert::{At, affected};
use crate::dialect::lock_rows;
use crate::entity::organization;
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};
use crate::{Error, organizational_units};

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
        settings: Set(at.write("settings", &organization.settings)?),
        version: Set(organization.version),
    };
    organization::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    organizational_units::add(tx, root, organization.created_at).await?;
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

/// The organization, held until the transaction ends. Whoever changes members, grants or the tree of units takes this lock
/// first, so that two changes cannot together do what neither may do alone.
pub async fn lock(tx: &Tx, id: OrganizationId) -> Result<Option<Organization>, Error> {
    let mut select = organization::Entity::find_by_id(id.uuid());
    lock_rows(QuerySelect::query(&mut select));
    let row = select.one(tx.db()).await?;
    row.map(to_organization).transpose()
}

/// Writes name and settings when they are still at `expected_version`, else [`Error::Affected`]; tells every session, because
/// settings decide whether it may go on.
pub async fn update(
    tx: &mut Tx,
    organization: &Organization,
    expected_version: i32,
) -> Result<(), Error> {
    let at = At::new(TABLE, organization.id.uuid());
    let done = organization::Entity::update_many()
        .set(organization::ActiveModel {
            name: Set(organization.name.clone()),
            settings: Set(at.write("settings", &organization.settings)?),
            version: Set(organization.version),
            ..Default::default()
        })
        .filter(organization::Column::Id.eq(organization.id.uuid()))
        .filter(organization::Column::Version.eq(expected_version))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    let id = organization.id;
    tx.told(id, Topic::Session, ChangeKind::Updated, id);
    tell(tx, id);
    Ok(())
}

/// Tells that something changed that belongs to the organization as a whole.
pub(crate) fn tell(tx: &mut Tx, id: OrganizationId) {
    tx.told(id, Topic::Organization, ChangeKind::Updated, id);
}

fn to_organization(row: organization::Model) -> Result<Organization, Error> {
    let at = At::new(TABLE, row.id);
    Ok(Organization {
        id: OrganizationId::from_uuid(row.id),
        name: row.name,
        key_source: at.read("key_source", row.key_source)?,
        settings: at.read("settings", row.settings)?,
        version: row.version,
        created_at: row.created_at.0,
    })
}
