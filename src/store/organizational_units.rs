//! Organizational units.
//!
//! Not for what members see of them (`domain::access`). Invariant: an organization is never without its root unit, and the root
//! stays where it is; whoever changes the tree has locked the organization (`organizations::lock`), so that two moves cannot make
//! a circle.

use domain::event::{ChangeKind, Topic};
use domain::organizational_unit::{OrganizationalUnit, UnitTree};
use domain::{OrganizationId, OrganizationalUnitId};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::Error;
use crate::convert::affected;
use crate::entity::{asset, aws_account, legal_hold, organizational_unit, policy, role_grant};
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// Adds a unit; violates `organizational_units_parent_id_name` when a sibling has the name.
pub async fn add(tx: &mut Tx, unit: &OrganizationalUnit, now: Timestamp) -> Result<(), Error> {
    let row = organizational_unit::ActiveModel {
        id: Set(unit.id.uuid()),
        organization_id: Set(unit.organization_id.uuid()),
        parent_id: Set(unit.parent_id.map(OrganizationalUnitId::uuid)),
        name: Set(unit.name.clone()),
        created_at: Set(Instant(now)),
        version: Set(unit.version),
    };
    organizational_unit::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    tell(tx, unit.organization_id, ChangeKind::Created, unit.id);
    Ok(())
}

/// The unit, in this organization.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    id: OrganizationalUnitId,
) -> Result<Option<OrganizationalUnit>, Error> {
    let row = organizational_unit::Entity::find_by_id(id.uuid())
        .filter(organizational_unit::Column::OrganizationId.eq(organization.uuid()))
        .one(db.db())
        .await?;
    Ok(row.map(to_unit))
}

/// The root unit of the organization.
pub async fn root(
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
pub async fn list(
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

/// The tree of all units of the organization.
pub async fn tree(db: &impl Connection, organization: OrganizationId) -> Result<UnitTree, Error> {
    let units = list(db, organization).await?;
    UnitTree::of(&units)
        .ok_or_else(|| Error::inconsistent("organizational_units", organization, "parent_id"))
}

/// Renames or moves a unit that is still at `expected_version`, else [`Error::Affected`]; violates
/// `organizational_units_parent_id_name` when a sibling has the name.
pub async fn update(
    tx: &mut Tx,
    unit: &OrganizationalUnit,
    expected_version: i32,
) -> Result<(), Error> {
    let done = organizational_unit::Entity::update_many()
        .set(organizational_unit::ActiveModel {
            parent_id: Set(unit.parent_id.map(OrganizationalUnitId::uuid)),
            name: Set(unit.name.clone()),
            version: Set(unit.version),
            ..Default::default()
        })
        .filter(organizational_unit::Column::Id.eq(unit.id.uuid()))
        .filter(organizational_unit::Column::OrganizationId.eq(unit.organization_id.uuid()))
        .filter(organizational_unit::Column::Version.eq(expected_version))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tell(tx, unit.organization_id, ChangeKind::Updated, unit.id);
    Ok(())
}

/// Gives everything that lies at unit `from` to unit `to`: accounts, assets, policies, rules, holds and units below. Grants do not move:
/// whoever moves them decides who may see what.
pub async fn reassign(
    tx: &mut Tx,
    organization: OrganizationId,
    from: OrganizationalUnitId,
    to: OrganizationalUnitId,
) -> Result<(), Error> {
    for unit in list(tx, organization).await? {
        if unit.parent_id == Some(from) {
            tell(tx, organization, ChangeKind::Updated, unit.id);
        }
    }
    macro_rules! moved {
        ($($entity:ident.$column:ident),*) => {$(
            $entity::Entity::update_many()
                .col_expr($entity::Column::$column, Expr::val(to.uuid()))
                .filter($entity::Column::OrganizationId.eq(organization.uuid()))
                .filter($entity::Column::$column.into_expr().eq(from.uuid()))
                .exec(tx.db())
                .await?;
        )*};
    }
    moved!(
        aws_account.UnitId,
        asset.UnitId,
        policy.UnitId,
        legal_hold.UnitId,
        organizational_unit.ParentId
    );
    crate::protection_rules::reassign(tx, organization, from, to).await
}

/// Whether anybody has a grant at exactly this unit.
pub async fn has_grants(db: &impl Connection, unit: OrganizationalUnitId) -> Result<bool, Error> {
    let grant = role_grant::Entity::find()
        .filter(role_grant::Column::UnitId.eq(unit.uuid()))
        .one(db.db())
        .await?;
    Ok(grant.is_some())
}

/// Removes a unit with the grants at it; the root cannot be removed. Violates [`crate::error::FOREIGN_KEY`] while something
/// lies at it.
pub async fn remove(
    tx: &mut Tx,
    organization: OrganizationId,
    id: OrganizationalUnitId,
) -> Result<(), Error> {
    role_grant::Entity::delete_many()
        .filter(role_grant::Column::UnitId.eq(id.uuid()))
        .filter(role_grant::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    let done = organizational_unit::Entity::delete_many()
        .filter(organizational_unit::Column::Id.eq(id.uuid()))
        .filter(organizational_unit::Column::OrganizationId.eq(organization.uuid()))
        .filter(organizational_unit::Column::ParentId.is_not_null())
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tell(tx, organization, ChangeKind::Deleted, id);
    Ok(())
}

/// A change of the tree changes what any member may see.
fn tell(tx: &mut Tx, organization: OrganizationId, change: ChangeKind, id: OrganizationalUnitId) {
    tx.told(organization, Topic::OrganizationalUnit, change, id);
    tx.told(
        organization,
        Topic::Session,
        ChangeKind::Updated,
        organization,
    );
}

pub(crate) fn to_unit(row: organizational_unit::Model) -> OrganizationalUnit {
    OrganizationalUnit {
        id: OrganizationalUnitId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        parent_id: row.parent_id.map(OrganizationalUnitId::from_uuid),
        name: row.name,
        version: row.version,
    }
}
