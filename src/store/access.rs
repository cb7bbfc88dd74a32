//! What a member or a service token may do now, read in as few queries as it takes: every request asks.
//!
//! Not for the rules (`domain::access`). Invariant: who is not an active member has no access; a grant of a role or at a unit
//! that is gone gives nothing.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::{Access, Held};
use domain::membership::MembershipState;
use domain::organization_settings::OrganizationSettings;
use domain::organizational_unit::UnitTree;
use domain::permission::Permissions;
use domain::role::BuiltInRole;
use domain::role_grant::RoleAt;
use domain::{OrganizationId, OrganizationalUnitId, RoleId, UserId};
use sea_orm::prelude::Json;
use sea_orm::sea_query::{Expr, ExprTrait, IntoIden, JoinType, Query, SelectStatement};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::convert::At;
use crate::entity::{membership, organization, organizational_unit, role, role_grant};
use crate::tx::Connection;
use crate::{Error, organizational_units, organizations, roles};

/// A member's access, with the settings that decide how it may be used.
#[derive(Debug, Clone)]
pub struct MemberAccess {
    /// What the member may do.
    pub access: Access,
    /// The settings of the organization.
    pub settings: OrganizationSettings,
}

#[derive(FromQueryResult)]
struct Row {
    state: String,
    settings: Json,
    role_id: Option<Uuid>,
    unit_id: Option<Uuid>,
    parent_id: Option<Uuid>,
    permissions: Option<Json>,
}

/// The access of an active member; none for anybody else. `whole_tree` reads all units also when it could do without.
pub async fn of_member(
    db: &impl Connection,
    organization: OrganizationId,
    user: UserId,
    whole_tree: bool,
) -> Result<Option<MemberAccess>, Error> {
    let rows = db.db().query_all(&select(organization, user)).await?;
    let rows: Vec<Row> = rows
        .iter()
        .map(|row| Row::from_query_result(row, ""))
        .collect::<Result<_, _>>()?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    if first.state != MembershipState::Active.name() {
        return Ok(None);
    }
    let at = At::new("organizations", organization.uuid());
    let settings = at.read("settings", first.settings.clone())?;
    let mut held: BTreeMap<OrganizationalUnitId, Permissions> = BTreeMap::new();
    let mut root = None;
    let mut all_at_root = true;
    for row in rows {
        let (Some(role), Some(unit)) = (row.role_id, row.unit_id) else {
            continue;
        };
        let unit = OrganizationalUnitId::from_uuid(unit);
        if row.parent_id.is_none() {
            root = Some(unit);
        } else {
            all_at_root = false;
        }
        let permissions = permissions(RoleId::from_uuid(role), row.permissions)?;
        held.entry(unit).or_default().extend(permissions);
    }
    let tree = match root {
        Some(root) if all_at_root && !whole_tree => UnitTree::new(root, []),
        _ => organizational_units::tree(db, organization).await?,
    };
    let access = Access::new(organization, tree, held_of(held));
    Ok(Some(MemberAccess { access, settings }))
}

/// The access that these grants of a service token give now.
pub async fn of_grants(
    db: &impl Connection,
    organization: OrganizationId,
    grants: &[RoleAt],
) -> Result<Option<MemberAccess>, Error> {
    let Some(found) = organizations::lookup(db, organization).await? else {
        return Ok(None);
    };
    let custom = roles::list(db, organization).await?;
    let tree = organizational_units::tree(db, organization).await?;
    let mut held: BTreeMap<OrganizationalUnitId, Permissions> = BTreeMap::new();
    for grant in grants {
        if !tree.contains(grant.unit_id) {
            continue;
        }
        let permissions = match BuiltInRole::from_id(grant.role_id) {
            Some(role) => role.permissions(),
            None => custom
                .iter()
                .find(|role| role.id == grant.role_id)
                .map(|role| role.permissions.clone())
                .unwrap_or_default(),
        };
        held.entry(grant.unit_id).or_default().extend(permissions);
    }
    let access = Access::new(organization, tree, held_of(held));
    Ok(Some(MemberAccess {
        access,
        settings: found.settings,
    }))
}

fn held_of(held: BTreeMap<OrganizationalUnitId, Permissions>) -> BTreeSet<Held> {
    held.into_iter()
        .map(|(unit_id, permissions)| Held {
            unit_id,
            permissions,
        })
        .collect()
}

/// The rights of a role: of a built-in one by its id, of a custom one by its row. A role that is gone has none.
fn permissions(id: RoleId, stored: Option<Json>) -> Result<Permissions, Error> {
    if let Some(role) = BuiltInRole::from_id(id) {
        return Ok(role.permissions());
    }
    match stored {
        Some(stored) => At::new("roles", id.uuid()).read("permissions", stored),
        None => Ok(Permissions::new()),
    }
}

fn select(organization: OrganizationId, user: UserId) -> SelectStatement {
    let same_organization = |table: sea_orm::sea_query::DynIden| {
        Expr::col((table, "organization_id".into_iden()))
            .equals((membership::Entity, membership::Column::OrganizationId))
    };
    Query::select()
        .column((membership::Entity, membership::Column::State))
        .column((organization::Entity, organization::Column::Settings))
        .column((role_grant::Entity, role_grant::Column::RoleId))
        .column((role_grant::Entity, role_grant::Column::UnitId))
        .column((
            organizational_unit::Entity,
            organizational_unit::Column::ParentId,
        ))
        .column((role::Entity, role::Column::Permissions))
        .from(membership::Entity)
        .join(
            JoinType::InnerJoin,
            organization::Entity,
            Expr::col((organization::Entity, organization::Column::Id))
                .equals((membership::Entity, membership::Column::OrganizationId)),
        )
        .join(
            JoinType::LeftJoin,
            role_grant::Entity,
            same_organization(role_grant::Entity.into_iden()).and(
                Expr::col((role_grant::Entity, role_grant::Column::UserId))
                    .equals((membership::Entity, membership::Column::UserId)),
            ),
        )
        .join(
            JoinType::LeftJoin,
            organizational_unit::Entity,
            same_organization(organizational_unit::Entity.into_iden()).and(
                Expr::col((organizational_unit::Entity, organizational_unit::Column::Id))
                    .equals((role_grant::Entity, role_grant::Column::UnitId)),
            ),
        )
        .join(
            JoinType::LeftJoin,
            role::Entity,
            same_organization(role::Entity.into_iden()).and(
                Expr::col((role::Entity, role::Column::Id))
                    .equals((role_grant::Entity, role_grant::Column::RoleId)),
            ),
        )
        .and_where(
            Expr::col((membership::Entity, membership::Column::OrganizationId))
                .eq(organization.uuid()),
        )
        .and_where(Expr::col((membership::Entity, membership::Column::UserId)).eq(user.uuid()))
        .take()
}
