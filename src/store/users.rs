//! People and the hashes of their passwords.
//!
//! Not for sessions and memberships. Invariant: a password hash leaves this module only beside the user that signs in with it;
//! an organization finds only its members, whatever their state.

use domain::membership::MembershipState;
use domain::user::User;
use domain::{OrganizationId, UserId};
use jiff::Timestamp;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Set,
};
use uuid::Uuid;

use crate::convert::affected;
use crate::dialect::{IN_LIST_MAX, is_storable, lock_rows, lock_rows_and_keys};
use crate::entity::{identity_link, membership, passkey, totp_secret, user};
use crate::time::{Instant, optional, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};
use crate::{Error, memberships};

/// Adds a user; violates `users_email` when another has the address.
pub async fn add(tx: &mut Tx, user: &User, password_hash: Option<&str>) -> Result<(), Error> {
    let row = user::ActiveModel {
        id: Set(user.id.uuid()),
        name: Set(user.name.clone()),
        email: Set(user.email.clone()),
        password_hash: Set(password_hash.map(str::to_owned)),
        created_at: Set(Instant(user.created_at)),
        password_changed_at: Set(optional(user.password_changed_at)),
        email_confirmed_at: Set(optional(user.email_confirmed_at)),
    };
    user::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// The user, when a member of this organization.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    id: UserId,
) -> Result<Option<User>, Error> {
    let row = user::Entity::find_by_id(id.uuid())
        .filter(user::Column::Id.in_subquery(members(organization)))
        .one(db.db())
        .await?;
    Ok(row.map(to_user))
}

/// The user, over all organizations: for recognising callers.
pub async fn system_lookup(db: &impl Connection, id: UserId) -> Result<Option<User>, Error> {
    let row = user::Entity::find_by_id(id.uuid()).one(db.db()).await?;
    Ok(row.map(to_user))
}

/// The user, held until the transaction ends: for read, decide, write of what is the person's.
pub async fn system_lock(tx: &Tx, id: UserId) -> Result<Option<User>, Error> {
    let mut select = user::Entity::find_by_id(id.uuid());
    lock_rows(QuerySelect::query(&mut select));
    let row = select.one(tx.db()).await?;
    Ok(row.map(to_user))
}

/// Those of the users that are members of this organization, in no particular order.
pub async fn lookup_many(
    db: &impl Connection,
    organization: OrganizationId,
    ids: &[UserId],
) -> Result<Vec<User>, Error> {
    let mut users = Vec::new();
    for chunk in ids.chunks(IN_LIST_MAX) {
        let rows = user::Entity::find()
            .filter(user::Column::Id.in_subquery(members(organization)))
            .filter(user::Column::Id.is_in(chunk.iter().map(|id| id.uuid())))
            .all(db.db())
            .await?;
        users.extend(rows.into_iter().map(to_user));
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
    Ok(row.map(|mut row| {
        let hash = row.password_hash.take();
        (to_user(row), hash)
    }))
}

/// Replaces the hash of a user's password. A password belongs to a person, not to an organization: only the person's own use
/// cases call this.
pub async fn set_password_hash(
    tx: &mut Tx,
    id: UserId,
    password_hash: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let done = user::Entity::update_many()
        .set(user::ActiveModel {
            password_hash: Set(Some(password_hash.to_owned())),
            password_changed_at: Set(Some(Instant(now))),
            ..Default::default()
        })
        .filter(user::Column::Id.eq(id.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)
}

/// Gives a person another name to show, in all of their organizations: only the person's own use cases call this.
pub async fn rename(tx: &mut Tx, id: UserId, name: &str) -> Result<(), Error> {
    let done = user::Entity::update_many()
        .set(user::ActiveModel {
            name: Set(name.to_owned()),
            ..Default::default()
        })
        .filter(user::Column::Id.eq(id.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    memberships::tell_everywhere(tx, id).await
}

/// Gives a person another address, which they have just proven to be theirs: only the person's own use cases call this. Fails
/// with the constraint `users_email` when somebody else has it.
pub async fn set_email(tx: &mut Tx, id: UserId, email: &str, now: Timestamp) -> Result<(), Error> {
    let done = user::Entity::update_many()
        .set(user::ActiveModel {
            email: Set(email.to_owned()),
            email_confirmed_at: Set(Some(Instant(now))),
            ..Default::default()
        })
        .filter(user::Column::Id.eq(id.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    memberships::tell_everywhere(tx, id).await
}

/// Makes a full account of a person who was known by an invitation only: name, password, confirmed address. Answers whether
/// there was such a person.
pub async fn complete(
    tx: &mut Tx,
    id: UserId,
    name: &str,
    password_hash: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let done = user::Entity::update_many()
        .set(user::ActiveModel {
            name: Set(name.to_owned()),
            password_hash: Set(Some(password_hash.to_owned())),
            password_changed_at: Set(Some(Instant(now))),
            email_confirmed_at: Set(Some(Instant(now))),
            ..Default::default()
        })
        .filter(user::Column::Id.eq(id.uuid()))
        .filter(user::Column::PasswordHash.is_null())
        .filter(user::Column::EmailConfirmedAt.is_null())
        .exec(tx.db())
        .await?;
    memberships::tell_everywhere(tx, id).await?;
    Ok(done.rows_affected == 1)
}

/// Gives a person who was left behind without a password the name and the confirmed address that a provider vouches for, unless
/// they have got a password meanwhile; answers whether it was done. The caller has made them a member, which tells of them.
pub async fn adopt(tx: &mut Tx, id: UserId, name: &str, now: Timestamp) -> Result<bool, Error> {
    let done = user::Entity::update_many()
        .set(user::ActiveModel {
            name: Set(name.to_owned()),
            email_confirmed_at: Set(Some(Instant(now))),
            ..Default::default()
        })
        .filter(user::Column::Id.eq(id.uuid()))
        .filter(user::Column::PasswordHash.is_null())
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Removes people of whom nothing is left and who were added before `before`: no password, no second factor, no account at a
/// provider, and no membership in any state. At most `limit`; answers how many.
pub async fn system_remove_left(tx: &mut Tx, before: Timestamp, limit: u64) -> Result<u64, Error> {
    // Held before they are looked at once more, so that nobody becomes somebody in between.
    let mut select = user::Entity::find()
        .filter(left())
        .filter(user::Column::CreatedAt.lt(Instant(before)))
        .limit(limit);
    lock_rows_and_keys(QuerySelect::query(&mut select));
    let ids: Vec<Uuid> = select
        .all(tx.db())
        .await?
        .iter()
        .map(|row| row.id)
        .collect();
    let mut removed = 0;
    for chunk in ids.chunks(IN_LIST_MAX) {
        let done = user::Entity::delete_many()
            .filter(user::Column::Id.is_in(chunk.iter().copied()))
            .filter(left())
            .exec(tx.db())
            .await?;
        removed += done.rows_affected;
    }
    Ok(removed)
}

/// Of whom nothing is left. An authenticator app that was not confirmed and recovery codes alone count for nothing.
fn left() -> Condition {
    let members = membership::Entity::find()
        .select_only()
        .column(membership::Column::UserId);
    let linked = identity_link::Entity::find()
        .select_only()
        .column(identity_link::Column::UserId);
    let with_key = passkey::Entity::find()
        .select_only()
        .column(passkey::Column::UserId);
    let with_app = totp_secret::Entity::find()
        .select_only()
        .column(totp_secret::Column::UserId)
        .filter(totp_secret::Column::ConfirmedAt.is_not_null());
    let mut nothing = Condition::all().add(user::Column::PasswordHash.is_null());
    for somebody in [
        members.into_query(),
        linked.into_query(),
        with_key.into_query(),
        with_app.into_query(),
    ] {
        nothing = nothing.add(user::Column::Id.not_in_subquery(somebody));
    }
    nothing
}

/// How many members the organization has.
pub async fn count(db: &impl Connection, organization: OrganizationId) -> Result<u64, Error> {
    let count = membership::Entity::find()
        .filter(membership::Column::OrganizationId.eq(organization.uuid()))
        .count(db.db())
        .await?;
    Ok(count)
}

/// Members whom others may see: who is only invited is not yet among them.
fn members(organization: OrganizationId) -> SelectStatement {
    Query::select()
        .column(membership::Column::UserId)
        .from(membership::Entity)
        .and_where(membership::Column::OrganizationId.eq(organization.uuid()))
        .and_where(membership::Column::State.ne(MembershipState::Invited.name()))
        .take()
}

pub(crate) fn to_user(row: user::Model) -> User {
    User {
        id: UserId::from_uuid(row.id),
        name: row.name,
        email: row.email,
        password_changed_at: timestamp(row.password_changed_at),
        email_confirmed_at: timestamp(row.email_confirmed_at),
        created_at: row.created_at.0,
    }
}
