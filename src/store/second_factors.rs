//! Second factors of people, and the challenges that ask for them.
//!
//! Not for checking codes (`identity`). Invariant: a step, a code, a challenge and a try are used by conditional updates, so of
//! two uses at the same time, also on two replicas, one succeeds. A person's factors belong to the person and not to an
//! organization.

use domain::second_factor::{SecondFactors, TRIES_MAX};
use domain::{OrganizationId, UserId};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, Set};

use crate::Error;
use crate::entity::{challenge, passkey, recovery_code, second_factor_try, totp_secret};
use crate::time::{Instant, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// An authenticator app as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totp {
    /// The secret, sealed.
    pub sealed_secret: String,
    /// The last step whose code was used.
    pub last_step: Option<i64>,
    /// When the person proved that the app works; none until then, and it counts for nothing.
    pub confirmed_at: Option<Timestamp>,
}

/// What a person has.
pub async fn of_user(db: &impl Connection, user: UserId) -> Result<SecondFactors, Error> {
    let totp = totp(db, user).await?;
    let recovery_codes_left = recovery_code::Entity::find()
        .filter(recovery_code::Column::UserId.eq(user.uuid()))
        .filter(recovery_code::Column::UsedAt.is_null())
        .count(db.db())
        .await?;
    let passkeys = passkey::Entity::find()
        .filter(passkey::Column::UserId.eq(user.uuid()))
        .count(db.db())
        .await?;
    Ok(SecondFactors {
        totp_since: totp.and_then(|totp| totp.confirmed_at),
        recovery_codes_left,
        passkeys,
    })
}

/// The authenticator app of a person, confirmed or not.
pub async fn totp(db: &impl Connection, user: UserId) -> Result<Option<Totp>, Error> {
    let row = totp_secret::Entity::find_by_id(user.uuid())
        .one(db.db())
        .await?;
    Ok(row.map(|row| Totp {
        sealed_secret: row.sealed_secret,
        last_step: row.last_step,
        confirmed_at: timestamp(row.confirmed_at),
    }))
}

/// Sets an app up that is to be confirmed; replaces one that was not confirmed. Answers false when a confirmed one is there.
pub async fn begin_totp(
    tx: &mut Tx,
    user: UserId,
    sealed_secret: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    totp_secret::Entity::delete_many()
        .filter(totp_secret::Column::UserId.eq(user.uuid()))
        .filter(totp_secret::Column::ConfirmedAt.is_null())
        .exec(tx.db())
        .await?;
    if totp(tx, user).await?.is_some() {
        return Ok(false);
    }
    let row = totp_secret::ActiveModel {
        user_id: Set(user.uuid()),
        sealed_secret: Set(sealed_secret.to_owned()),
        last_step: Set(None),
        created_at: Set(Instant(now)),
        confirmed_at: Set(None),
    };
    totp_secret::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(true)
}

/// Confirms the app with this very secret, and uses the step of the code that proved it; answers whether it was still to be
/// confirmed.
pub async fn confirm_totp(
    tx: &mut Tx,
    user: UserId,
    sealed_secret: &str,
    step: i64,
    now: Timestamp,
) -> Result<bool, Error> {
    let done = totp_secret::Entity::update_many()
        .set(totp_secret::ActiveModel {
            confirmed_at: Set(Some(Instant(now))),
            last_step: Set(Some(step)),
            ..Default::default()
        })
        .filter(totp_secret::Column::UserId.eq(user.uuid()))
        .filter(totp_secret::Column::SealedSecret.eq(sealed_secret))
        .filter(totp_secret::Column::ConfirmedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Uses a step of a confirmed app; answers false when it or a later one was used before.
pub async fn use_step(tx: &mut Tx, user: UserId, step: i64) -> Result<bool, Error> {
    let column = totp_secret::Column::LastStep;
    let done = totp_secret::Entity::update_many()
        .set(totp_secret::ActiveModel {
            last_step: Set(Some(step)),
            ..Default::default()
        })
        .filter(totp_secret::Column::UserId.eq(user.uuid()))
        .filter(totp_secret::Column::ConfirmedAt.is_not_null())
        .filter(Condition::any().add(column.is_null()).add(column.lt(step)))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Replaces the recovery codes of a person by these hashes.
pub async fn set_recovery_codes(
    tx: &mut Tx,
    user: UserId,
    hashes: &[Vec<u8>],
    now: Timestamp,
) -> Result<(), Error> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(user.uuid()))
        .exec(tx.db())
        .await?;
    let rows = hashes.iter().map(|hash| recovery_code::ActiveModel {
        user_id: Set(user.uuid()),
        code_hash: Set(hash.clone()),
        created_at: Set(Instant(now)),
        used_at: Set(None),
    });
    recovery_code::Entity::insert_many(rows)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Uses a recovery code; answers whether there was an unused one.
pub async fn use_recovery_code(
    tx: &mut Tx,
    user: UserId,
    hash: &[u8],
    now: Timestamp,
) -> Result<bool, Error> {
    let done = recovery_code::Entity::update_many()
        .set(recovery_code::ActiveModel {
            used_at: Set(Some(Instant(now))),
            ..Default::default()
        })
        .filter(recovery_code::Column::UserId.eq(user.uuid()))
        .filter(recovery_code::Column::CodeHash.eq(hash))
        .filter(recovery_code::Column::UsedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Removes the authenticator app of a person; answers whether there was one.
pub async fn remove_totp(tx: &mut Tx, user: UserId) -> Result<bool, Error> {
    let done = totp_secret::Entity::delete_by_id(user.uuid())
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Removes the recovery codes of a person, who has no factor left that they could replace.
pub async fn remove_recovery_codes(tx: &mut Tx, user: UserId) -> Result<(), Error> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(user.uuid()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Removes all factors, codes, challenges and questions of a person.
pub async fn remove_all(tx: &mut Tx, user: UserId) -> Result<(), Error> {
    remove_totp(tx, user).await?;
    remove_recovery_codes(tx, user).await?;
    crate::passkeys::remove_all(tx, user).await?;
    challenge::Entity::delete_many()
        .filter(challenge::Column::UserId.eq(user.uuid()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Spends one of the tries of a person; answers when the next one is free if all are spent.
pub async fn spend_try(
    tx: &mut Tx,
    user: UserId,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    second_factor_try::Entity::delete_many()
        .filter(second_factor_try::Column::UserId.eq(user.uuid()))
        .filter(second_factor_try::Column::EndsAt.lte(Instant(now)))
        .exec(tx.db())
        .await?;
    let first = second_factor_try::ActiveModel {
        user_id: Set(user.uuid()),
        count: Set(0),
        ends_at: Set(Instant(until)),
    };
    second_factor_try::Entity::insert(first)
        .on_conflict_do_nothing_on([second_factor_try::Column::UserId])
        .exec_without_returning(tx.db())
        .await?;
    let count = second_factor_try::Column::Count;
    let spent = second_factor_try::Entity::update_many()
        .col_expr(count, Expr::col(count).add(1))
        .filter(second_factor_try::Column::UserId.eq(user.uuid()))
        .filter(count.lt(TRIES_MAX))
        .exec(tx.db())
        .await?;
    if spent.rows_affected == 1 {
        return Ok(None);
    }
    let full = second_factor_try::Entity::find_by_id(user.uuid())
        .one(tx.db())
        .await?;
    Ok(Some(full.map_or(until, |full| full.ends_at.0)))
}

/// Adds a challenge: this person gave the right password and is asked for a second factor.
pub async fn add_challenge(
    tx: &mut Tx,
    secret_hash: &[u8],
    (organization, user): (OrganizationId, UserId),
    now: Timestamp,
    until: Timestamp,
) -> Result<(), Error> {
    let row = challenge::ActiveModel {
        secret_hash: Set(secret_hash.to_vec()),
        user_id: Set(user.uuid()),
        organization_id: Set(organization.uuid()),
        created_at: Set(Instant(now)),
        expires_at: Set(Instant(until)),
    };
    challenge::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Who is asked by this challenge, while it lasts.
pub async fn system_challenged(
    db: &impl Connection,
    secret_hash: &[u8],
    now: Timestamp,
) -> Result<Option<(OrganizationId, UserId)>, Error> {
    let row = challenge::Entity::find_by_id(secret_hash.to_vec())
        .filter(challenge::Column::ExpiresAt.gt(Instant(now)))
        .one(db.db())
        .await?;
    Ok(row.map(|row| {
        let organization = OrganizationId::from_uuid(row.organization_id);
        (organization, UserId::from_uuid(row.user_id))
    }))
}

/// Takes a challenge away; answers whether it was still there.
pub async fn take_challenge(tx: &mut Tx, secret_hash: &[u8]) -> Result<bool, Error> {
    let done = challenge::Entity::delete_by_id(secret_hash.to_vec())
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Takes all challenges of a person away: their password is another now.
pub async fn remove_challenges(tx: &mut Tx, user: UserId) -> Result<(), Error> {
    challenge::Entity::delete_many()
        .filter(challenge::Column::UserId.eq(user.uuid()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Removes challenges that ended before `before`; answers how many.
pub async fn system_remove_ended(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    let done = challenge::Entity::delete_many()
        .filter(challenge::Column::ExpiresAt.lt(Instant(before)))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected)
}
