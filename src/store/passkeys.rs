//! Passkeys of people, and the questions to authenticators.
//!
//! Not for checking answers (`identity`). Invariant: a question is taken away by one answer, and a use of a passkey is written by a
//! conditional update, so that of two uses of the same state, also on two replicas, one succeeds.

use domain::passkey::{CeremonyKind, Passkey};
use domain::{PasskeyId, UserId};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use serde_json::Value;

use crate::Error;
use crate::entity::{ceremony, passkey};
use crate::time::{Instant, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// A passkey with what checks its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPasskey {
    /// The passkey.
    pub passkey: Passkey,
    /// Its credential id.
    pub credential_id: Vec<u8>,
    /// Public key, counter and flags.
    pub document: Value,
    /// How often it was used.
    pub uses: i64,
}

/// Adds a passkey; violates `passkeys_credential_id` when anybody has registered it.
pub async fn add(
    tx: &mut Tx,
    new: &Passkey,
    credential_id: &[u8],
    document: &Value,
) -> Result<(), Error> {
    let row = passkey::ActiveModel {
        id: Set(new.id.uuid()),
        user_id: Set(new.user_id.uuid()),
        name: Set(new.name.clone()),
        credential_id: Set(credential_id.to_vec()),
        document: Set(document.clone()),
        uses: Set(0),
        created_at: Set(Instant(new.created_at)),
        last_used_at: Set(None),
    };
    passkey::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// The passkeys of a person, oldest first.
pub async fn of_user(db: &impl Connection, user: UserId) -> Result<Vec<KeptPasskey>, Error> {
    let rows = passkey::Entity::find()
        .filter(passkey::Column::UserId.eq(user.uuid()))
        .order_by_asc(passkey::Column::CreatedAt)
        .order_by_asc(passkey::Column::Id)
        .all(db.db())
        .await?;
    Ok(rows.into_iter().map(kept).collect())
}

/// Gives a passkey of this person another name; answers whether it is there.
pub async fn rename(tx: &mut Tx, user: UserId, id: PasskeyId, name: &str) -> Result<bool, Error> {
    let change = passkey::ActiveModel {
        name: Set(name.to_owned()),
        ..Default::default()
    };
    let done = passkey::Entity::update_many()
        .set(change)
        .filter(passkey::Column::Id.eq(id.uuid()))
        .filter(passkey::Column::UserId.eq(user.uuid()))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Removes a passkey of this person; answers whether it was there.
pub async fn remove(tx: &mut Tx, user: UserId, id: PasskeyId) -> Result<bool, Error> {
    let done = passkey::Entity::delete_by_id(id.uuid())
        .filter(passkey::Column::UserId.eq(user.uuid()))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Removes all passkeys and open questions of a person.
pub async fn remove_all(tx: &mut Tx, user: UserId) -> Result<(), Error> {
    passkey::Entity::delete_many()
        .filter(passkey::Column::UserId.eq(user.uuid()))
        .exec(tx.db())
        .await?;
    ceremony::Entity::delete_many()
        .filter(ceremony::Column::UserId.eq(user.uuid()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Writes a use with the new counter, if nobody has used the passkey since it was read.
pub async fn record_use(
    tx: &mut Tx,
    before: &KeptPasskey,
    document: &Value,
    now: Timestamp,
) -> Result<bool, Error> {
    let change = passkey::ActiveModel {
        document: Set(document.clone()),
        uses: Set(before.uses.saturating_add(1)),
        last_used_at: Set(Some(Instant(now))),
        ..Default::default()
    };
    let done = passkey::Entity::update_many()
        .set(change)
        .filter(passkey::Column::Id.eq(before.passkey.id.uuid()))
        .filter(passkey::Column::Uses.eq(before.uses))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Keeps a question until it is answered or `until`.
pub async fn ask(
    tx: &mut Tx,
    secret_hash: &[u8],
    user: UserId,
    kind: CeremonyKind,
    state: &Value,
    until: Timestamp,
) -> Result<(), Error> {
    let row = ceremony::ActiveModel {
        secret_hash: Set(secret_hash.to_vec()),
        user_id: Set(user.uuid()),
        kind: Set(kind.name().to_owned()),
        state: Set(state.clone()),
        expires_at: Set(Instant(until)),
    };
    ceremony::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Takes a question of this person away; its state, if it was there, of this kind and in time.
pub async fn take(
    tx: &mut Tx,
    secret_hash: &[u8],
    user: UserId,
    kind: CeremonyKind,
    now: Timestamp,
) -> Result<Option<Value>, Error> {
    let found = ceremony::Entity::find_by_id(secret_hash.to_vec())
        .filter(ceremony::Column::UserId.eq(user.uuid()))
        .filter(ceremony::Column::Kind.eq(kind.name()))
        .filter(ceremony::Column::ExpiresAt.gt(Instant(now)))
        .one(tx.db())
        .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let done = ceremony::Entity::delete_by_id(found.secret_hash.clone())
        .exec(tx.db())
        .await?;
    Ok((done.rows_affected == 1).then_some(found.state))
}

/// Removes questions that ended before `before`; answers how many.
pub async fn system_remove_ended(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    let done = ceremony::Entity::delete_many()
        .filter(ceremony::Column::ExpiresAt.lt(Instant(before)))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected)
}

fn kept(row: passkey::Model) -> KeptPasskey {
    KeptPasskey {
        passkey: Passkey {
            id: PasskeyId::from_uuid(row.id),
            user_id: UserId::from_uuid(row.user_id),
            name: row.name,
            created_at: row.created_at.0,
            last_used_at: timestamp(row.last_used_at),
        },
        credential_id: row.credential_id,
        document: row.document,
        uses: row.uses,
    }
}
