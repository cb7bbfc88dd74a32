//! Custom roles; built-in ones are code (`domain::role`).
//!
//! Not for who has them (`role_grants.rs`). Invariant: a name belongs to one role of an organization, and a change names the
//! version it was made from.

use domain::event::{ChangeKind, Topic};
use domain::role::Role;
use domain::{OrganizationId, RoleId};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::Error;
use crate::convert::{At, affected};
use crate::dialect::lock_rows;
use crate::entity::role;
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "roles";

/// Adds a role; violates `roles_name` when another has the name.
pub async fn add(
    tx: &mut Tx,
    organization: OrganizationId,
    role: &Role,
    now: Timestamp,
) -> Result<(), Error> {
    let at = At::new(TABLE, role.id.uuid());
    let row = role::ActiveModel {
        id: Set(role.id.uuid()),
        organization_id: Set(organization.uuid()),
        name: Set(role.name.clone()),
        description: Set(role.description.clone()),
        permissions: Set(at.write("permissions", &role.permissions)?),
        version: Set(role.version),
        created_at: Set(Instant(now)),
    };
    role::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    tx.told(organization, Topic::Role, ChangeKind::Created, role.id);
    Ok(())
}

/// The role, when the organization made it.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    id: RoleId,
) -> Result<Option<Role>, Error> {
    let row = role::Entity::find_by_id(id.uuid())
        .filter(role::Column::OrganizationId.eq(organization.uuid()))
        .one(db.db())
        .await?;
    row.map(to_role).transpose()
}

/// As [`lookup`], held until the transaction ends.
pub async fn lock(
    tx: &Tx,
    organization: OrganizationId,
    id: RoleId,
) -> Result<Option<Role>, Error> {
    let mut select = role::Entity::find_by_id(id.uuid())
        .filter(role::Column::OrganizationId.eq(organization.uuid()));
    lock_rows(QuerySelect::query(&mut select));
    let row = select.one(tx.db()).await?;
    row.map(to_role).transpose()
}

/// All roles that the organization made, by name; there are at most `ROLES_MAX`.
pub async fn list(db: &impl Connection, organization: OrganizationId) -> Result<Vec<Role>, Error> {
    let rows = role::Entity::find()
        .filter(role::Column::OrganizationId.eq(organization.uuid()))
        .order_by_asc(role::Column::Name)
        .order_by_asc(role::Column::Id)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_role).collect()
}

/// Writes a role that is still at `expected_version`, else [`Error::Affected`]; tells every session, because anybody may have it.
pub async fn update(
    tx: &mut Tx,
    organization: OrganizationId,
    role: &Role,
    expected_version: i32,
) -> Result<(), Error> {
    let at = At::new(TABLE, role.id.uuid());
    let done = role::Entity::update_many()
        .set(role::ActiveModel {
            name: Set(role.name.clone()),
            description: Set(role.description.clone()),
            permissions: Set(at.write("permissions", &role.permissions)?),
            version: Set(role.version),
            ..Default::default()
        })
        .filter(role::Column::Id.eq(role.id.uuid()))
        .filter(role::Column::OrganizationId.eq(organization.uuid()))
        .filter(role::Column::Version.eq(expected_version))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tx.told(
        organization,
        Topic::Session,
        ChangeKind::Updated,
        organization,
    );
    tx.told(organization, Topic::Role, ChangeKind::Updated, role.id);
    Ok(())
}

/// Removes a role. The caller has made sure that nobody has it.
pub async fn remove(tx: &mut Tx, organization: OrganizationId, id: RoleId) -> Result<(), Error> {
    let done = role::Entity::delete_many()
        .filter(role::Column::Id.eq(id.uuid()))
        .filter(role::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tx.told(organization, Topic::Role, ChangeKind::Deleted, id);
    Ok(())
}

fn to_role(row: role::Model) -> Result<Role, Error> {
    let at = At::new(TABLE, row.id);
    Ok(Role {
        id: RoleId::from_uuid(row.id),
        name: row.name,
        description: row.description,
        permissions: at.read("permissions", row.permissions)?,
        version: row.version,
        organization_id: Some(OrganizationId::from_uuid(row.organization_id)),
        created_at: Some(row.created_at.0),
    })
}
