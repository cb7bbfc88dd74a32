//! One-time links of people.
//!
//! Not for their secrets, which only the mail has. Invariant: a link is used by a conditional update, so of two uses at the same
//! time one succeeds.

use domain::link::LinkPurpose;
use domain::{LinkId, UserId};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use crate::Error;
use crate::entity::link;
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// A link as it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// Its id.
    pub id: LinkId,
    /// Whose.
    pub user_id: UserId,
    /// The address to which it was sent. One that sets a password is void once the person has another address; one that changes
    /// the address names the new one.
    pub email: String,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Adds a link with the hash of its secret.
pub async fn add(tx: &mut Tx, new: &NewLink, secret_hash: &[u8]) -> Result<(), Error> {
    let row = link::ActiveModel {
        id: Set(new.id.uuid()),
        user_id: Set(new.user_id.uuid()),
        email: Set(new.email.clone()),
        purpose: Set(new.purpose.name().to_owned()),
        secret_hash: Set(secret_hash.to_vec()),
        created_at: Set(Instant(new.created_at)),
        expires_at: Set(Instant(new.expires_at)),
        used_at: Set(None),
    };
    link::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Uses the link with this hash, when it is fresh and of this purpose: answers whose it is, and the address it went to.
pub async fn system_use(
    tx: &mut Tx,
    purpose: LinkPurpose,
    secret_hash: &[u8],
    now: Timestamp,
) -> Result<Option<(UserId, String)>, Error> {
    let used = link::Entity::update_many()
        .set(link::ActiveModel {
            used_at: Set(Some(Instant(now))),
            ..Default::default()
        })
        .filter(link::Column::SecretHash.eq(secret_hash))
        .filter(link::Column::Purpose.eq(purpose.name()))
        .filter(link::Column::UsedAt.is_null())
        .filter(link::Column::ExpiresAt.gt(Instant(now)))
        .exec_with_returning(tx.db())
        .await?;
    let first = used.into_iter().next();
    Ok(first.map(|row| (UserId::from_uuid(row.user_id), row.email)))
}

/// Whose the link with this hash is, and the address it went to, while it can be used.
pub async fn system_find(
    db: &impl Connection,
    purpose: LinkPurpose,
    secret_hash: &[u8],
    now: Timestamp,
) -> Result<Option<(UserId, String)>, Error> {
    let row = link::Entity::find()
        .filter(link::Column::SecretHash.eq(secret_hash))
        .filter(link::Column::Purpose.eq(purpose.name()))
        .filter(link::Column::UsedAt.is_null())
        .filter(link::Column::ExpiresAt.gt(Instant(now)))
        .one(db.db())
        .await?;
    Ok(row.map(|row| (UserId::from_uuid(row.user_id), row.email)))
}

/// Makes all links of a person void: what they were for has changed.
pub async fn system_remove_of_user(tx: &mut Tx, user: UserId) -> Result<(), Error> {
    link::Entity::delete_many()
        .filter(link::Column::UserId.eq(user.uuid()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Makes the links of a person for one purpose void, because a newer one is made.
pub async fn system_remove_of_purpose(
    tx: &mut Tx,
    user: UserId,
    purpose: LinkPurpose,
) -> Result<(), Error> {
    link::Entity::delete_many()
        .filter(link::Column::UserId.eq(user.uuid()))
        .filter(link::Column::Purpose.eq(purpose.name()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Removes links that ended before `before`; answers how many.
pub async fn system_remove_ended(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    let done = link::Entity::delete_many()
        .filter(link::Column::ExpiresAt.lt(Instant(before)))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected)
}
