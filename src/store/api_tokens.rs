//! API tokens.
//!
//! Not for what they allow. Invariant: a token is found by the hash of its secret only; a deleted one stays as a
//! record for a while; a new
//! one and the end of one are told, a use is not.

use domain::api_token::{ApiToken, TokenOwner};
use domain::event::{ChangeKind, Topic};
use domain::limits::TOTAL_COUNT_MAX;
use domain::page::{Direction, Page, PageRequest};
use domain::{ApiTokenId, OrganizationId, UserId};
use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Set,
};

use crate::Error;
use crate::convert::{At, affected};
use crate::dialect::IN_LIST_MAX;
use crate::entity::api_token;
use crate::page::{Order, count_up_to, fetch, try_map};
use crate::time::{Instant, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "api_tokens";

/// Adds a token with the hash of its secret.
pub async fn add(tx: &mut Tx, token: &ApiToken, secret_hash: &[u8]) -> Result<(), Error> {
    let at = At::new(TABLE, token.id.uuid());
    let row = api_token::ActiveModel {
        id: Set(token.id.uuid()),
        organization_id: Set(token.organization_id.uuid()),
        user_id: Set(token.user_id().map(UserId::uuid)),
        created_by: Set(token.created_by.map(UserId::uuid)),
        grants: Set(match &token.owner {
            TokenOwner::User(_) => None,
            TokenOwner::Service(grants) => Some(at.write("grants", grants)?),
        }),
        name: Set(token.name.clone()),
        secret_hash: Set(secret_hash.to_vec()),
        created_at: Set(Instant(token.created_at)),
        expires_at: Set(Instant(token.expires_at)),
        last_used_at: Set(token.last_used_at.map(Instant)),
        revoked_at: Set(token.revoked_at.map(Instant)),
    };
    api_token::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    tell(tx, token, ChangeKind::Created);
    Ok(())
}

/// The token with this hash, over all organizations, dead or alive: for recognising a bearer.
pub async fn system_find_by_hash(
    db: &impl Connection,
    secret_hash: &[u8],
) -> Result<Option<ApiToken>, Error> {
    let row = api_token::Entity::find()
        .filter(api_token::Column::SecretHash.eq(secret_hash))
        .one(db.db())
        .await?;
    row.map(to_token).transpose()
}

/// The token, in this organization, also when it was deleted.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    id: ApiTokenId,
) -> Result<Option<ApiToken>, Error> {
    let row = api_token::Entity::find_by_id(id.uuid())
        .filter(api_token::Column::OrganizationId.eq(organization.uuid()))
        .one(db.db())
        .await?;
    row.map(to_token).transpose()
}

/// Remembers the last use; nothing when the token is gone.
pub async fn touch(tx: &mut Tx, id: ApiTokenId, now: Timestamp) -> Result<(), Error> {
    api_token::Entity::update_many()
        .set(api_token::ActiveModel {
            last_used_at: Set(Some(Instant(now))),
            ..Default::default()
        })
        .filter(api_token::Column::Id.eq(id.uuid()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Ends a token and tells so, that its streams end; nothing when it had ended before.
pub async fn revoke(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ApiTokenId,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(token) = lookup(tx, organization, id).await? else {
        return Ok(());
    };
    let done = api_token::Entity::update_many()
        .set(api_token::ActiveModel {
            revoked_at: Set(Some(Instant(now))),
            ..Default::default()
        })
        .filter(api_token::Column::Id.eq(id.uuid()))
        .filter(api_token::Column::OrganizationId.eq(organization.uuid()))
        .filter(api_token::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    if done.rows_affected > 0 {
        affected(1, done.rows_affected)?;
        tx.told(organization, Topic::Session, ChangeKind::Deleted, id);
        tell(tx, &token, ChangeKind::Deleted);
    }
    Ok(())
}

/// Tells whoever manages service tokens, or the person whose token it is.
fn tell(tx: &mut Tx, token: &ApiToken, change: ChangeKind) {
    let organization = token.organization_id;
    match &token.owner {
        TokenOwner::User(user) => {
            tx.told(organization, Topic::OwnAccount, ChangeKind::Updated, user);
        }
        TokenOwner::Service(_) => tx.told(organization, Topic::ServiceToken, change, token.id),
    }
}

/// Ends all tokens of a person in one organization, for when the person leaves: a later return brings none back.
pub async fn revoke_all_of_user(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
    now: Timestamp,
) -> Result<(), Error> {
    api_token::Entity::update_many()
        .set(api_token::ActiveModel {
            revoked_at: Set(Some(Instant(now))),
            ..Default::default()
        })
        .filter(api_token::Column::OrganizationId.eq(organization.uuid()))
        .filter(api_token::Column::UserId.eq(user.uuid()))
        .filter(api_token::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    tx.told(organization, Topic::Session, ChangeKind::Updated, user);
    tx.told(organization, Topic::OwnAccount, ChangeKind::Updated, user);
    Ok(())
}

/// The service tokens of an organization that were not deleted, newest first; `app` keeps them few.
pub async fn list_of_services(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Vec<ApiToken>, Error> {
    let rows = api_token::Entity::find()
        .filter(api_token::Column::OrganizationId.eq(organization.uuid()))
        .filter(api_token::Column::UserId.is_null())
        .filter(api_token::Column::RevokedAt.is_null())
        .order_by_desc(api_token::Column::CreatedAt)
        .order_by_desc(api_token::Column::Id)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_token).collect()
}

/// The tokens of a user that were not deleted, newest first.
pub async fn list(
    db: &impl Connection,
    organization: OrganizationId,
    user: UserId,
    page: &PageRequest,
) -> Result<Page<ApiToken>, Error> {
    let select = api_token::Entity::find()
        .filter(api_token::Column::OrganizationId.eq(organization.uuid()))
        .filter(api_token::Column::UserId.eq(user.uuid()))
        .filter(api_token::Column::RevokedAt.is_null())
        .into_query();
    let order = Order::by(
        "api_tokens.created_at",
        "api_tokens",
        "created_at",
        Direction::Descending,
    );
    let rows = fetch(db, select, &order, page, |row: &api_token::Model| {
        (row.created_at.0.into(), row.id)
    })
    .await?;
    try_map(rows, to_token)
}

/// How many tokens of a user were not deleted, counted up to [`TOTAL_COUNT_MAX`].
pub async fn count(
    db: &impl Connection,
    organization: OrganizationId,
    user: UserId,
) -> Result<u64, Error> {
    let select = api_token::Entity::find()
        .filter(api_token::Column::OrganizationId.eq(organization.uuid()))
        .filter(api_token::Column::UserId.eq(user.uuid()))
        .filter(api_token::Column::RevokedAt.is_null())
        .into_query();
    count_up_to(db, select, TOTAL_COUNT_MAX).await
}

/// How many tokens of a user have neither been deleted nor run out.
pub async fn count_living(
    db: &impl Connection,
    organization: OrganizationId,
    user: UserId,
    now: Timestamp,
) -> Result<usize, Error> {
    let count = api_token::Entity::find()
        .filter(api_token::Column::OrganizationId.eq(organization.uuid()))
        .filter(api_token::Column::UserId.eq(user.uuid()))
        .filter(api_token::Column::RevokedAt.is_null())
        .filter(api_token::Column::ExpiresAt.gt(Instant(now)))
        .count(db.db())
        .await?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// Removes the tokens of all organizations that were deleted or ran out before `before`, at most `limit`; answers how many. Of those
/// that were still listed it tells.
pub async fn system_purge(tx: &mut Tx, before: Timestamp, limit: u64) -> Result<u64, Error> {
    let ended = Condition::any()
        .add(api_token::Column::RevokedAt.lt(Instant(before)))
        .add(api_token::Column::ExpiresAt.lt(Instant(before)));
    let rows = api_token::Entity::find()
        .filter(ended)
        .limit(limit)
        .all(tx.db())
        .await?;
    let mut removed = 0;
    for chunk in rows.chunks(IN_LIST_MAX) {
        let done = api_token::Entity::delete_many()
            .filter(api_token::Column::Id.is_in(chunk.iter().map(|row| row.id)))
            .exec(tx.db())
            .await?;
        removed += done.rows_affected;
    }
    for row in rows.into_iter().filter(|row| row.revoked_at.is_none()) {
        tell(tx, &to_token(row)?, ChangeKind::Deleted);
    }
    Ok(removed)
}

fn to_token(row: api_token::Model) -> Result<ApiToken, Error> {
    let at = At::new(TABLE, row.id);
    let owner = match (row.user_id, row.grants) {
        (Some(user), None) => TokenOwner::User(UserId::from_uuid(user)),
        (None, Some(grants)) => TokenOwner::Service(at.read("grants", grants)?),
        (Some(_), Some(_)) | (None, None) => at.known("user_id", None)?,
    };
    Ok(ApiToken {
        id: ApiTokenId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        owner,
        created_by: row.created_by.map(UserId::from_uuid),
        name: row.name,
        created_at: row.created_at.0,
        expires_at: row.expires_at.0,
        last_used_at: timestamp(row.last_used_at),
        revoked_at: timestamp(row.revoked_at),
    })
}
