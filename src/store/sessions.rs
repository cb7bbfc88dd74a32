//! Browser sessions.
//!
//! Not for who may have one. Invariant: a session is found by the hash of its secret only; a revoked one stays as a record
//! until it would have ended.

use domain::event::{ChangeKind, Topic};
use domain::session::Session;
use domain::{IdentityProviderId, OrganizationId, SessionId, UserId};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::convert::affected;
use crate::entity::session;
use crate::time::{Instant, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};
use crate::{Error, memberships};

/// Adds a session with the hash of its secret.
pub async fn add(tx: &mut Tx, session: &Session, secret_hash: &[u8]) -> Result<(), Error> {
    let row = session::ActiveModel {
        id: Set(session.id.uuid()),
        organization_id: Set(session.organization_id.uuid()),
        user_id: Set(session.user_id.uuid()),
        secret_hash: Set(secret_hash.to_vec()),
        created_at: Set(Instant(session.created_at)),
        last_seen_at: Set(Instant(session.last_seen_at)),
        expires_at: Set(Instant(session.expires_at)),
        revoked_at: Set(session.revoked_at.map(Instant)),
        proven_at: Set(session.proven_at.map(Instant)),
        second_factor_at: Set(session.second_factor_at.map(Instant)),
        browser: Set(session.browser.clone()),
        address: Set(session.address.clone()),
        provider_id: Set(session.provider_id.map(IdentityProviderId::uuid)),
        own_proof_at: Set(session.own_proof_at.map(Instant)),
    };
    session::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    memberships::tell_own(tx, session.user_id).await
}

/// The session with this hash, over all organizations, dead or alive: for recognising a cookie.
pub async fn system_find_by_hash(
    db: &impl Connection,
    secret_hash: &[u8],
) -> Result<Option<Session>, Error> {
    let row = session::Entity::find()
        .filter(session::Column::SecretHash.eq(secret_hash))
        .one(db.db())
        .await?;
    Ok(row.as_ref().map(to_session))
}

/// Remembers the last use and where it came from; nothing when the session is gone.
pub async fn touch(
    tx: &mut Tx,
    id: SessionId,
    address: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    session::Entity::update_many()
        .set(session::ActiveModel {
            last_seen_at: Set(Instant(now)),
            address: Set(address.map(str::to_owned)),
            ..Default::default()
        })
        .filter(session::Column::Id.eq(id.uuid()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Remembers a fresh proof of the person, and replaces the secret: the old one is worth nothing from now on. Tells it, so that
/// streams begin anew.
pub async fn prove(tx: &mut Tx, session: &Session, secret_hash: &[u8]) -> Result<(), Error> {
    let done = session::Entity::update_many()
        .set(session::ActiveModel {
            secret_hash: Set(secret_hash.to_vec()),
            proven_at: Set(session.proven_at.map(Instant)),
            own_proof_at: Set(session.own_proof_at.map(Instant)),
            second_factor_at: Set(session.second_factor_at.map(Instant)),
            ..Default::default()
        })
        .filter(session::Column::Id.eq(session.id.uuid()))
        .filter(session::Column::OrganizationId.eq(session.organization_id.uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    let (organization, id) = (session.organization_id, session.id);
    tx.told(organization, Topic::Session, ChangeKind::Updated, id);
    Ok(())
}

/// Ends a session and tells so, that its streams end; answers whether it had not ended before.
pub async fn revoke(
    tx: &mut Tx,
    organization: OrganizationId,
    id: SessionId,
    now: Timestamp,
) -> Result<bool, Error> {
    let done = session::Entity::update_many()
        .set(session::ActiveModel {
            revoked_at: Set(Some(Instant(now))),
            ..Default::default()
        })
        .filter(session::Column::Id.eq(id.uuid()))
        .filter(session::Column::OrganizationId.eq(organization.uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    if done.rows_affected > 0 {
        affected(1, done.rows_affected)?;
        tx.told(organization, Topic::Session, ChangeKind::Deleted, id);
        let row = session::Entity::find_by_id(id.uuid()).one(tx.db()).await?;
        if let Some(row) = row {
            memberships::tell_own(tx, UserId::from_uuid(row.user_id)).await?;
        }
    }
    Ok(done.rows_affected > 0)
}

/// Ends all sessions of a user in an organization and tells each; for members that are suspended or removed.
pub async fn revoke_all(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
    now: Timestamp,
) -> Result<(), Error> {
    for session in list_of_user(tx, organization, user, now).await? {
        revoke(tx, organization, session.id, now).await?;
    }
    Ok(())
}

/// Ends every session that came through a provider but `kept`, and tells each; answers how many.
pub async fn revoke_all_of_provider(
    tx: &mut Tx,
    organization: OrganizationId,
    provider: IdentityProviderId,
    kept: Option<SessionId>,
    now: Timestamp,
) -> Result<usize, Error> {
    let mut select = session::Entity::find()
        .filter(session::Column::OrganizationId.eq(organization.uuid()))
        .filter(session::Column::ProviderId.eq(provider.uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(Instant(now)));
    if let Some(kept) = kept {
        select = select.filter(session::Column::Id.ne(kept.uuid()));
    }
    let living = select.all(tx.db()).await?;
    for row in &living {
        revoke(tx, organization, SessionId::from_uuid(row.id), now).await?;
    }
    Ok(living.len())
}

/// Ends every session of a person, in all organizations; answers how many.
pub async fn system_revoke_all_of_user(
    tx: &mut Tx,
    user: UserId,
    now: Timestamp,
) -> Result<usize, Error> {
    let living = system_list_of_user(tx, user, now).await?;
    for session in &living {
        revoke(tx, session.organization_id, session.id, now).await?;
    }
    Ok(living.len())
}

/// The sessions of a user that have neither been revoked nor run out, newest first.
pub async fn list_of_user(
    db: &impl Connection,
    organization: OrganizationId,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<Session>, Error> {
    let rows = session::Entity::find()
        .filter(session::Column::OrganizationId.eq(organization.uuid()))
        .filter(session::Column::UserId.eq(user.uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(Instant(now)))
        .order_by_desc(session::Column::CreatedAt)
        .order_by_desc(session::Column::Id)
        .all(db.db())
        .await?;
    Ok(rows.iter().map(to_session).collect())
}

/// As [`list_of_user`] over all organizations: for the person's own eyes.
pub async fn system_list_of_user(
    db: &impl Connection,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<Session>, Error> {
    let rows = session::Entity::find()
        .filter(session::Column::UserId.eq(user.uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(Instant(now)))
        .order_by_desc(session::Column::CreatedAt)
        .order_by_desc(session::Column::Id)
        .all(db.db())
        .await?;
    Ok(rows.iter().map(to_session).collect())
}

/// Removes the sessions of all organizations that ended before `before`; answers how many.
pub async fn system_remove_ended(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    let done = session::Entity::delete_many()
        .filter(session::Column::ExpiresAt.lt(Instant(before)))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected)
}

fn to_session(row: &session::Model) -> Session {
    Session {
        id: SessionId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        user_id: UserId::from_uuid(row.user_id),
        created_at: row.created_at.0,
        last_seen_at: row.last_seen_at.0,
        expires_at: row.expires_at.0,
        revoked_at: timestamp(row.revoked_at),
        proven_at: timestamp(row.proven_at),
        second_factor_at: timestamp(row.second_factor_at),
        browser: row.browser.clone(),
        address: row.address.clone(),
        provider_id: row.provider_id.map(IdentityProviderId::from_uuid),
        own_proof_at: timestamp(row.own_proof_at),
    }
}
