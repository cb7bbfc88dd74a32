//! Sign-ons under way, and the ids of messages that may be used once.
//!
//! Not for what they are answered with. Invariant: a request is taken at most once, and a message's id is written at most once,
//! by whichever replica comes first: the database decides, not a look before.

use domain::identity_provider::{SignOnPurpose, SignOnRequest};
use domain::{IdentityProviderId, OrganizationId, UserId};
use jiff::Timestamp;
use sea_orm::sea_query::{Order, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use crate::Error;
use crate::convert::At;
use crate::dialect::{is_storable, lock_rows};
use crate::entity::{sign_on_request, used_assertion};
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// Adds a request under the hash of the secret that the browser keeps.
pub async fn add(tx: &mut Tx, request: &SignOnRequest, secret_hash: &[u8]) -> Result<(), Error> {
    let row = sign_on_request::ActiveModel {
        secret_hash: Set(secret_hash.to_vec()),
        organization_id: Set(request.organization_id.uuid()),
        provider_id: Set(request.provider_id.uuid()),
        purpose: Set(request.purpose.name().to_owned()),
        user_id: Set(request.user_id.map(UserId::uuid)),
        created_at: Set(Instant(request.created_at)),
        expires_at: Set(Instant(request.expires_at)),
    };
    sign_on_request::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Takes the request of this secret away and answers it; none when there is none, or it was taken before.
pub async fn take(tx: &mut Tx, secret_hash: &[u8]) -> Result<Option<SignOnRequest>, Error> {
    let mut select = sign_on_request::Entity::find_by_id(secret_hash.to_vec());
    lock_rows(QuerySelect::query(&mut select));
    let Some(row) = select.one(tx.db()).await? else {
        return Ok(None);
    };
    let done = sign_on_request::Entity::delete_by_id(secret_hash.to_vec())
        .exec(tx.db())
        .await?;
    if done.rows_affected == 0 {
        return Ok(None);
    }
    to_request(&row).map(Some)
}

/// The request of this secret, over all organizations; it stays.
pub async fn system_find(
    db: &impl Connection,
    secret_hash: &[u8],
) -> Result<Option<SignOnRequest>, Error> {
    let row = sign_on_request::Entity::find_by_id(secret_hash.to_vec())
        .one(db.db())
        .await?;
    row.as_ref().map(to_request).transpose()
}

fn to_request(row: &sign_on_request::Model) -> Result<SignOnRequest, Error> {
    let at = At::new("sign_on_requests", row.provider_id);
    Ok(SignOnRequest {
        organization_id: OrganizationId::from_uuid(row.organization_id),
        provider_id: IdentityProviderId::from_uuid(row.provider_id),
        purpose: at.known("purpose", SignOnPurpose::from_name(&row.purpose))?,
        user_id: row.user_id.map(UserId::from_uuid),
        created_at: row.created_at.0,
        expires_at: row.expires_at.0,
    })
}

/// Writes the id of a message down; false when it was there already: the message is a replay.
pub async fn use_assertion(
    tx: &mut Tx,
    provider: IdentityProviderId,
    id: &str,
    expires_at: Timestamp,
) -> Result<bool, Error> {
    if !is_storable(id) {
        return Ok(false);
    }
    let row = used_assertion::ActiveModel {
        provider_id: Set(provider.uuid()),
        assertion_id: Set(id.to_owned()),
        expires_at: Set(Instant(expires_at)),
    };
    let key = [
        used_assertion::Column::ProviderId,
        used_assertion::Column::AssertionId,
    ];
    let added = used_assertion::Entity::insert(row)
        .on_conflict_do_nothing_on(key)
        .exec_without_returning(tx.db())
        .await?;
    Ok(matches!(added, sea_orm::TryInsertResult::Inserted(rows) if rows > 0))
}

/// Removes what ran out before `before`, of all organizations; answers how much.
pub async fn system_remove_ended(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    let requests = sign_on_request::Entity::delete_many()
        .filter(sign_on_request::Column::ExpiresAt.lt(Instant(before)))
        .exec(tx.db())
        .await?;
    let used = used_assertion::Entity::delete_many()
        .filter(used_assertion::Column::ExpiresAt.lt(Instant(before)))
        .exec(tx.db())
        .await?;
    Ok(requests.rows_affected + used.rows_affected)
}

/// Removes the open requests of a provider that end first, so many of them: they make room for others.
pub async fn remove_oldest(
    tx: &mut Tx,
    provider: IdentityProviderId,
    now: Timestamp,
    count: u64,
) -> Result<(), Error> {
    if count == 0 {
        return Ok(());
    }
    let oldest = Query::select()
        .column(sign_on_request::Column::SecretHash)
        .from(sign_on_request::Entity)
        .and_where(sign_on_request::Column::ProviderId.eq(provider.uuid()))
        .and_where(sign_on_request::Column::ExpiresAt.gt(Instant(now)))
        .order_by(sign_on_request::Column::ExpiresAt, Order::Asc)
        .limit(count)
        .take();
    sign_on_request::Entity::delete_many()
        .filter(sign_on_request::Column::SecretHash.in_subquery(oldest))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// How many requests of a provider are open: for its limit.
pub async fn count_of_provider(
    tx: &Tx,
    provider: IdentityProviderId,
    now: Timestamp,
) -> Result<u64, Error> {
    use sea_orm::PaginatorTrait as _;
    let id: Uuid = provider.uuid();
    let count = sign_on_request::Entity::find()
        .filter(sign_on_request::Column::ProviderId.eq(id))
        .filter(sign_on_request::Column::ExpiresAt.gt(Instant(now)))
        .count(tx.db())
        .await?;
    Ok(count)
}
