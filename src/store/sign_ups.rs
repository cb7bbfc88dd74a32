//! Sign-ups that wait for their confirmation, and accepted terms.
//!
//! Not for accounts. Invariant: a sign-up is found by the hash of its newest secret only, and taken away by whoever confirms it.

use domain::link::LINK_HOURS;
use domain::sign_up::SignUp;
use domain::{SignUpId, UserId};
use jiff::{SignedDuration, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::Error;
use crate::convert::affected;
use crate::entity::{sign_up, terms_acceptance};
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// Adds a sign-up with the hash of its password; it has no link yet.
pub async fn add(tx: &mut Tx, new: &SignUp, password_hash: &str) -> Result<(), Error> {
    let row = sign_up::ActiveModel {
        id: Set(new.id.uuid()),
        email: Set(new.email.clone()),
        name: Set(new.name.clone()),
        organization_name: Set(new.organization_name.clone()),
        password_hash: Set(password_hash.to_owned()),
        terms_version: Set(new.terms_version.clone()),
        address: Set(new.address.clone()),
        created_at: Set(Instant(new.created_at)),
        secret_hash: Set(None),
        secret_ends_at: Set(None),
    };
    sign_up::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// The sign-up, over all addresses: for its mail.
pub async fn system_lookup(db: &impl Connection, id: SignUpId) -> Result<Option<SignUp>, Error> {
    let row = sign_up::Entity::find_by_id(id.uuid()).one(db.db()).await?;
    Ok(row.map(|row| to_sign_up(row).0))
}

/// The newest sign-up of an address that is younger than `since`.
pub async fn system_newest(
    db: &impl Connection,
    email: &str,
    since: Timestamp,
) -> Result<Option<SignUp>, Error> {
    let row = sign_up::Entity::find()
        .filter(sign_up::Column::Email.eq(email))
        .filter(sign_up::Column::CreatedAt.gt(Instant(since)))
        .order_by_desc(sign_up::Column::CreatedAt)
        .order_by_desc(sign_up::Column::Id)
        .one(db.db())
        .await?;
    Ok(row.map(|row| to_sign_up(row).0))
}

/// Gives the sign-up a secret for an hour; an earlier one is void.
pub async fn set_secret(
    tx: &mut Tx,
    id: SignUpId,
    secret_hash: &[u8],
    now: Timestamp,
) -> Result<(), Error> {
    let end = now
        .saturating_add(SignedDuration::from_hours(LINK_HOURS))
        .unwrap_or(Timestamp::MAX);
    let done = sign_up::Entity::update_many()
        .set(sign_up::ActiveModel {
            secret_hash: Set(Some(secret_hash.to_vec())),
            secret_ends_at: Set(Some(Instant(end))),
            ..Default::default()
        })
        .filter(sign_up::Column::Id.eq(id.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)
}

/// The sign-up with this secret, while the secret is fresh, and the hash of its password.
pub async fn system_find(
    db: &impl Connection,
    secret_hash: &[u8],
    now: Timestamp,
) -> Result<Option<(SignUp, String)>, Error> {
    let row = sign_up::Entity::find()
        .filter(sign_up::Column::SecretHash.eq(secret_hash))
        .filter(sign_up::Column::SecretEndsAt.gt(Instant(now)))
        .one(db.db())
        .await?;
    Ok(row.map(to_sign_up))
}

/// Takes the sign-up with this secret away; answers whether it was still there: of two takers one is told so.
pub async fn system_take(tx: &mut Tx, secret_hash: &[u8]) -> Result<bool, Error> {
    let done = sign_up::Entity::delete_many()
        .filter(sign_up::Column::SecretHash.eq(secret_hash))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Removes all sign-ups of an address: it belongs to somebody now.
pub async fn system_remove_of_email(tx: &mut Tx, email: &str) -> Result<(), Error> {
    sign_up::Entity::delete_many()
        .filter(sign_up::Column::Email.eq(email))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Removes sign-ups that came before `before`; answers how many.
pub async fn system_remove_old(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    let done = sign_up::Entity::delete_many()
        .filter(sign_up::Column::CreatedAt.lt(Instant(before)))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected)
}

/// Records that a person accepted terms.
pub async fn accept_terms(
    tx: &mut Tx,
    user: UserId,
    version: &str,
    at: Timestamp,
    address: Option<&str>,
) -> Result<(), Error> {
    let row = terms_acceptance::ActiveModel {
        user_id: Set(user.uuid()),
        terms_version: Set(version.to_owned()),
        accepted_at: Set(Instant(at)),
        address: Set(address.map(str::to_owned)),
    };
    terms_acceptance::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// The versions of the terms that a person accepted, and when; newest first.
pub async fn accepted_terms(
    db: &impl Connection,
    user: UserId,
) -> Result<Vec<(String, Timestamp)>, Error> {
    let rows = terms_acceptance::Entity::find()
        .filter(terms_acceptance::Column::UserId.eq(user.uuid()))
        .order_by_desc(terms_acceptance::Column::AcceptedAt)
        .all(db.db())
        .await?;
    let pair = |row: terms_acceptance::Model| (row.terms_version, row.accepted_at.0);
    Ok(rows.into_iter().map(pair).collect())
}

fn to_sign_up(row: sign_up::Model) -> (SignUp, String) {
    let sign_up = SignUp {
        id: SignUpId::from_uuid(row.id),
        email: row.email,
        name: row.name,
        organization_name: row.organization_name,
        terms_version: row.terms_version,
        address: row.address,
        created_at: row.created_at.0,
    };
    (sign_up, row.password_hash)
}
