//! People and the hashes of their passwords.
//!
//! Not for sessions. Invariant: a password hash leaves this module only beside the user that signs in with it.

use domain::permission::Role;
use domain::user::User;
use domain::{OrganizationId, UserId};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};

use crate::Error;
use crate::convert::{At, affected};
use crate::dialect::{IN_LIST_MAX, is_storable};
use crate::entity::user;
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// Adds a user; violates `users_email` when another has the address.
pub async fn add(tx: &mut Tx, user: &User, password_hash: Option<&str>) -> Result<(), Error> {
    let row = user::ActiveModel {
        id: Set(user.id.uuid()),
        organization_id: Set(user.organization_id.uuid()),
        name: Set(user.name.clone()),
        email: Set(user.email.clone()),
        role: Set(user.role.name().to_owned()),
        password_hash: Set(password_hash.map(str::to_owned)),
        created_at: Set(Instant(user.created_at)),
    };
    user::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// The user, in this organization.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    id: UserId,
) -> Result<Option<User>, Error> {
    let row = user::Entity::find_by_id(id.uuid())
        .filter(user::Column::OrganizationId.eq(organization.uuid()))
        .one(db.db())
        .await?;
    row.map(to_user).transpose()
}

/// Those of the users that are in this organization, in no particular order.
pub async fn lookup_many(
    db: &impl Connection,
    organization: OrganizationId,
    ids: &[UserId],
) -> Result<Vec<User>, Error> {
    let mut users = Vec::new();
    for chunk in ids.chunks(IN_LIST_MAX) {
        let rows = user::Entity::find()
            .filter(user::Column::OrganizationId.eq(organization.uuid()))
            .filter(user::Column::Id.is_in(chunk.iter().map(|id| id.uuid())))
            .all(db.db())
            .await?;
        for row in rows {
            users.push(to_user(row)?);
        }
    }
    Ok(users)
}

/// The user with this normalized address and the hash of their password, over all organizations: for sign-in.
pub async fn find_credentials_by_email(
    db: &impl Connection,
    email: &str,
) -> Result<Option<(User, Option<String>)>, Error> {
    if !is_storable(email) {
        return Ok(None);
    }
    let row = user::Entity::find()
        .filter(user::Column::Email.eq(email))
        .one(db.db())
        .await?;
    let Some(mut row) = row else {
        return Ok(None);
    };
    let hash = row.password_hash.take();
    Ok(Some((to_user(row)?, hash)))
}

/// Replaces the hash of a user's password.
pub async fn set_password_hash(
    tx: &mut Tx,
    organization: OrganizationId,
    id: UserId,
    password_hash: &str,
) -> Result<(), Error> {
    let done = user::Entity::update_many()
        .set(user::ActiveModel {
            password_hash: Set(Some(password_hash.to_owned())),
            ..Default::default()
        })
        .filter(user::Column::Id.eq(id.uuid()))
        .filter(user::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)
}

/// How many users the organization has.
pub async fn count(db: &impl Connection, organization: OrganizationId) -> Result<u64, Error> {
    let count = user::Entity::find()
        .filter(user::Column::OrganizationId.eq(organization.uuid()))
        .count(db.db())
        .await?;
    Ok(count)
}

fn to_user(row: user::Model) -> Result<User, Error> {
    let at = At::new("users", row.id);
    Ok(User {
        id: UserId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        name: row.name,
        email: row.email,
        role: at.known("role", Role::from_name(&row.role))?,
        created_at: row.created_at.0,
    })
}
