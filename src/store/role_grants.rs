//! Grants of roles at units.
//!
//! Not for what they add up to (`access.rs`). Invariant: a grant belongs to a membership and goes with it; every change tells
//! the member's sessions.

use domain::membership::MembershipState;
use domain::role::BuiltInRole;
use domain::role_grant::{GrantSource, RoleAt, RoleGrant};
use domain::{OrganizationId, OrganizationalUnitId, RoleId, UserId};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set,
};
use uuid::Uuid;

use crate::Error;
use crate::convert::At;
use crate::dialect::IN_LIST_MAX;
use crate::entity::{membership, organizational_unit, role_grant};
use crate::memberships::tell;
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "role_grants";

/// Adds a grant; nothing when it is there already. Violates [`crate::error::FOREIGN_KEY`] without the membership or the unit.
pub async fn add(
    tx: &mut Tx,
    organization: OrganizationId,
    grant: &RoleGrant,
    now: Timestamp,
) -> Result<(), Error> {
    let row = role_grant::ActiveModel {
        organization_id: Set(organization.uuid()),
        user_id: Set(grant.user_id.uuid()),
        role_id: Set(grant.role_at.role_id.uuid()),
        unit_id: Set(grant.role_at.unit_id.uuid()),
        source: Set(grant.source.text()),
        created_at: Set(Instant(now)),
    };
    let key = [
        role_grant::Column::OrganizationId,
        role_grant::Column::UserId,
        role_grant::Column::RoleId,
        role_grant::Column::UnitId,
        role_grant::Column::Source,
    ];
    role_grant::Entity::insert(row)
        .on_conflict_do_nothing_on(key)
        .exec_without_returning(tx.db())
        .await?;
    tell(tx, organization, grant.user_id);
    Ok(())
}

/// Takes a grant away; false when it was not there.
pub async fn remove(
    tx: &mut Tx,
    organization: OrganizationId,
    grant: &RoleGrant,
) -> Result<bool, Error> {
    let done = role_grant::Entity::delete_many()
        .filter(role_grant::Column::OrganizationId.eq(organization.uuid()))
        .filter(role_grant::Column::UserId.eq(grant.user_id.uuid()))
        .filter(role_grant::Column::RoleId.eq(grant.role_at.role_id.uuid()))
        .filter(role_grant::Column::UnitId.eq(grant.role_at.unit_id.uuid()))
        .filter(role_grant::Column::Source.eq(grant.source.text()))
        .exec(tx.db())
        .await?;
    tell(tx, organization, grant.user_id);
    Ok(done.rows_affected > 0)
}

/// Takes all grants of one source away; answers whose they were, each once.
pub async fn remove_of_source(
    tx: &mut Tx,
    organization: OrganizationId,
    source: GrantSource,
) -> Result<Vec<UserId>, Error> {
    let of_source = || {
        role_grant::Entity::find()
            .filter(role_grant::Column::OrganizationId.eq(organization.uuid()))
            .filter(role_grant::Column::Source.eq(source.text()))
    };
    let rows = of_source().all(tx.db()).await?;
    role_grant::Entity::delete_many()
        .filter(role_grant::Column::OrganizationId.eq(organization.uuid()))
        .filter(role_grant::Column::Source.eq(source.text()))
        .exec(tx.db())
        .await?;
    let mut users: Vec<UserId> = rows
        .iter()
        .map(|row| UserId::from_uuid(row.user_id))
        .collect();
    users.sort_unstable();
    users.dedup();
    for user in &users {
        tell(tx, organization, *user);
    }
    Ok(users)
}

/// The grants of these people in one organization, in a stable order.
pub async fn of_users(
    db: &impl Connection,
    organization: OrganizationId,
    users: &[UserId],
) -> Result<Vec<RoleGrant>, Error> {
    let mut grants = Vec::new();
    for chunk in users.chunks(IN_LIST_MAX) {
        let rows = role_grant::Entity::find()
            .filter(role_grant::Column::OrganizationId.eq(organization.uuid()))
            .filter(role_grant::Column::UserId.is_in(chunk.iter().map(|id| id.uuid())))
            .order_by_asc(role_grant::Column::UserId)
            .order_by_asc(role_grant::Column::RoleId)
            .order_by_asc(role_grant::Column::UnitId)
            .order_by_asc(role_grant::Column::Source)
            .all(db.db())
            .await?;
        for row in rows {
            grants.push(to_grant(&row)?);
        }
    }
    Ok(grants)
}

/// The grants at exactly this unit.
pub async fn at_unit(
    db: &impl Connection,
    organization: OrganizationId,
    unit: OrganizationalUnitId,
) -> Result<Vec<RoleGrant>, Error> {
    let rows = role_grant::Entity::find()
        .filter(role_grant::Column::OrganizationId.eq(organization.uuid()))
        .filter(role_grant::Column::UnitId.eq(unit.uuid()))
        .all(db.db())
        .await?;
    rows.iter().map(to_grant).collect()
}

/// How many grants of this role there are.
pub async fn count_of_role(
    db: &impl Connection,
    organization: OrganizationId,
    role: RoleId,
) -> Result<u64, Error> {
    let count = role_grant::Entity::find()
        .filter(role_grant::Column::OrganizationId.eq(organization.uuid()))
        .filter(role_grant::Column::RoleId.eq(role.uuid()))
        .count(db.db())
        .await?;
    Ok(count)
}

/// The active members who are Super Admins at the root unit. Lock the organization first (`organizations::lock`) when the
/// answer decides over a write.
pub async fn super_admins(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Vec<UserId>, Error> {
    let select = Query::select()
        .distinct()
        .column((role_grant::Entity, role_grant::Column::UserId))
        .from(role_grant::Entity)
        .join(
            JoinType::InnerJoin,
            organizational_unit::Entity,
            Expr::col((organizational_unit::Entity, organizational_unit::Column::Id))
                .equals((role_grant::Entity, role_grant::Column::UnitId)),
        )
        .join(
            JoinType::InnerJoin,
            membership::Entity,
            Expr::col((membership::Entity, membership::Column::UserId))
                .equals((role_grant::Entity, role_grant::Column::UserId))
                .and(
                    Expr::col((membership::Entity, membership::Column::OrganizationId))
                        .equals((role_grant::Entity, role_grant::Column::OrganizationId)),
                ),
        )
        .and_where(
            Expr::col((role_grant::Entity, role_grant::Column::OrganizationId))
                .eq(organization.uuid()),
        )
        .and_where(
            Expr::col((role_grant::Entity, role_grant::Column::RoleId))
                .eq(BuiltInRole::SuperAdmin.id().uuid()),
        )
        .and_where(
            Expr::col((
                organizational_unit::Entity,
                organizational_unit::Column::ParentId,
            ))
            .is_null(),
        )
        .and_where(
            Expr::col((membership::Entity, membership::Column::State))
                .eq(MembershipState::Active.name()),
        )
        .take();
    let rows = db.db().query_all(&select).await?;
    rows.iter()
        .map(|row| Ok(UserId::from_uuid(row.try_get::<Uuid>("", "user_id")?)))
        .collect()
}

fn to_grant(row: &role_grant::Model) -> Result<RoleGrant, Error> {
    let at = At::new(TABLE, row.user_id);
    Ok(RoleGrant {
        user_id: UserId::from_uuid(row.user_id),
        role_at: RoleAt {
            role_id: RoleId::from_uuid(row.role_id),
            unit_id: OrganizationalUnitId::from_uuid(row.unit_id),
        },
        source: at.known("source", GrantSource::from_text(&row.source))?,
    })
}
