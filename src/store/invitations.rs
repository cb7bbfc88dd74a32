//! Invitations.
//!
//! Not for sending them. Invariant: an invitation is found by the hash of its secret only, and used at most once; whatever opens,
//! prolongs or ends one tells of it by its own id, never by its person's.

use std::collections::BTreeMap;

use domain::event::{ChangeKind, Topic};
use domain::invitation::Invitation;
use domain::membership::MembershipState;
use domain::{InvitationId, OrganizationId, UserId};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use crate::convert::affected;
use crate::dialect::{IN_LIST_MAX, lock_rows};
use crate::entity::{invitation, user};
use crate::time::{Instant, optional, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};
use crate::{Error, memberships};

/// Adds an invitation with the hash of its secret, and takes back those that the person had from this organization before.
pub async fn add(tx: &mut Tx, invitation: &Invitation, secret_hash: &[u8]) -> Result<(), Error> {
    revoke_all(
        tx,
        invitation.organization_id,
        invitation.user_id,
        invitation.created_at,
    )
    .await?;
    let row = invitation::ActiveModel {
        id: Set(invitation.id.uuid()),
        organization_id: Set(invitation.organization_id.uuid()),
        user_id: Set(invitation.user_id.uuid()),
        invited_by: Set(invitation.invited_by.map(UserId::uuid)),
        secret_hash: Set(secret_hash.to_vec()),
        created_at: Set(Instant(invitation.created_at)),
        expires_at: Set(Instant(invitation.expires_at)),
        accepted_at: Set(optional(invitation.accepted_at)),
        revoked_at: Set(optional(invitation.revoked_at)),
    };
    invitation::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    tell(
        tx,
        invitation.organization_id,
        ChangeKind::Created,
        invitation.id,
    );
    Ok(())
}

/// The invitation with this hash, over all organizations, held until the transaction ends: for accepting it.
pub async fn system_lock_by_hash(tx: &Tx, secret_hash: &[u8]) -> Result<Option<Invitation>, Error> {
    let mut select =
        invitation::Entity::find().filter(invitation::Column::SecretHash.eq(secret_hash));
    lock_rows(QuerySelect::query(&mut select));
    let row = select.one(tx.db()).await?;
    Ok(row.as_ref().map(to_invitation))
}

/// The invitation with this hash, over all organizations.
pub async fn system_find(
    db: &impl Connection,
    secret_hash: &[u8],
) -> Result<Option<Invitation>, Error> {
    let row = invitation::Entity::find()
        .filter(invitation::Column::SecretHash.eq(secret_hash))
        .one(db.db())
        .await?;
    Ok(row.as_ref().map(to_invitation))
}

/// The invitations of an organization that were neither accepted nor taken back, newest first, each with its address; `app`
/// keeps them few.
pub async fn list_open(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Vec<(Invitation, String)>, Error> {
    let rows = invitation::Entity::find()
        .filter(invitation::Column::OrganizationId.eq(organization.uuid()))
        .filter(invitation::Column::AcceptedAt.is_null())
        .filter(invitation::Column::RevokedAt.is_null())
        .order_by_desc(invitation::Column::CreatedAt)
        .order_by_desc(invitation::Column::Id)
        .all(db.db())
        .await?;
    let mut addresses = BTreeMap::new();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.user_id).collect();
    for chunk in ids.chunks(IN_LIST_MAX) {
        let users = user::Entity::find()
            .filter(user::Column::Id.is_in(chunk.iter().copied()))
            .all(db.db())
            .await?;
        addresses.extend(users.into_iter().map(|user| (user.id, user.email)));
    }
    let named = rows.iter().filter_map(|row| {
        let address = addresses.get(&row.user_id)?;
        Some((to_invitation(row), address.clone()))
    });
    Ok(named.collect())
}

/// Lets an invitation end later.
pub async fn prolong(
    tx: &mut Tx,
    organization: OrganizationId,
    id: InvitationId,
    until: Timestamp,
) -> Result<(), Error> {
    let done = invitation::Entity::update_many()
        .set(invitation::ActiveModel {
            expires_at: Set(Instant(until)),
            ..Default::default()
        })
        .filter(invitation::Column::Id.eq(id.uuid()))
        .filter(invitation::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tell(tx, organization, ChangeKind::Updated, id);
    Ok(())
}

/// The newest invitation of a person by an organization.
pub async fn newest_of_user(
    db: &impl Connection,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Invitation>, Error> {
    let row = invitation::Entity::find()
        .filter(invitation::Column::OrganizationId.eq(organization.uuid()))
        .filter(invitation::Column::UserId.eq(user.uuid()))
        .order_by_desc(invitation::Column::CreatedAt)
        .order_by_desc(invitation::Column::Id)
        .one(db.db())
        .await?;
    Ok(row.as_ref().map(to_invitation))
}

/// The invitation.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    id: InvitationId,
) -> Result<Option<Invitation>, Error> {
    let row = invitation::Entity::find_by_id(id.uuid())
        .filter(invitation::Column::OrganizationId.eq(organization.uuid()))
        .one(db.db())
        .await?;
    Ok(row.as_ref().map(to_invitation))
}

/// Replaces the hash of the secret: the mail that is sent now has another.
pub async fn set_secret(
    tx: &mut Tx,
    organization: OrganizationId,
    id: InvitationId,
    secret_hash: &[u8],
) -> Result<(), Error> {
    let done = invitation::Entity::update_many()
        .set(invitation::ActiveModel {
            secret_hash: Set(secret_hash.to_vec()),
            ..Default::default()
        })
        .filter(invitation::Column::Id.eq(id.uuid()))
        .filter(invitation::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)
}

/// Marks an open invitation as accepted, else [`Error::Affected`]: so it is used once.
pub async fn accept(
    tx: &mut Tx,
    organization: OrganizationId,
    id: InvitationId,
    now: Timestamp,
) -> Result<(), Error> {
    let done = invitation::Entity::update_many()
        .set(invitation::ActiveModel {
            accepted_at: Set(Some(Instant(now))),
            ..Default::default()
        })
        .filter(invitation::Column::Id.eq(id.uuid()))
        .filter(invitation::Column::OrganizationId.eq(organization.uuid()))
        .filter(invitation::Column::AcceptedAt.is_null())
        .filter(invitation::Column::RevokedAt.is_null())
        .filter(invitation::Column::ExpiresAt.gt(Instant(now)))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tell(tx, organization, ChangeKind::Deleted, id);
    Ok(())
}

/// Takes back the open invitations of a person by an organization.
pub async fn revoke_all(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
    now: Timestamp,
) -> Result<(), Error> {
    tell_gone(tx, organization, user).await?;
    invitation::Entity::update_many()
        .set(invitation::ActiveModel {
            revoked_at: Set(Some(Instant(now))),
            ..Default::default()
        })
        .filter(invitation::Column::OrganizationId.eq(organization.uuid()))
        .filter(invitation::Column::UserId.eq(user.uuid()))
        .filter(invitation::Column::AcceptedAt.is_null())
        .filter(invitation::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}

/// The invitations of all organizations that ran out before `before` and were neither accepted nor taken back, at most `limit`.
pub async fn system_list_run_out(
    db: &impl Connection,
    before: Timestamp,
    limit: u64,
) -> Result<Vec<Invitation>, Error> {
    let rows = invitation::Entity::find()
        .filter(invitation::Column::AcceptedAt.is_null())
        .filter(invitation::Column::RevokedAt.is_null())
        .filter(invitation::Column::ExpiresAt.lt(Instant(before)))
        .limit(limit)
        .all(db.db())
        .await?;
    Ok(rows.iter().map(to_invitation).collect())
}

/// Ends an invitation that ran out before `before`, with the membership that waited for its answer and what it would have granted;
/// nothing when it was prolonged, answered or taken back meanwhile. The caller holds the lock of the organization.
pub async fn remove_run_out(
    tx: &mut Tx,
    invitation: &Invitation,
    before: Timestamp,
) -> Result<(), Error> {
    let found = invitation::Entity::find_by_id(invitation.id.uuid())
        .one(tx.db())
        .await?;
    let found = found.as_ref().map(to_invitation);
    let is_over = |one: &Invitation| {
        one.accepted_at.is_none() && one.revoked_at.is_none() && one.expires_at < before
    };
    if !found.as_ref().is_some_and(is_over) {
        return Ok(());
    }
    let (organization, user) = (invitation.organization_id, invitation.user_id);
    let membership = memberships::lock(tx, organization, user).await?;
    if membership.is_some_and(|one| one.state == MembershipState::Invited) {
        return memberships::remove(tx, organization, user).await;
    }
    // Whoever became a member by another way keeps what they have; the invitation is over.
    revoke_all(tx, organization, user, before).await
}

/// Tells that the open invitations of a person end.
pub(crate) async fn tell_gone(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
) -> Result<(), Error> {
    let open = invitation::Entity::find()
        .filter(invitation::Column::OrganizationId.eq(organization.uuid()))
        .filter(invitation::Column::UserId.eq(user.uuid()))
        .filter(invitation::Column::AcceptedAt.is_null())
        .filter(invitation::Column::RevokedAt.is_null())
        .all(tx.db())
        .await?;
    for row in open {
        let id = InvitationId::from_uuid(row.id);
        tell(tx, organization, ChangeKind::Deleted, id);
    }
    Ok(())
}

fn tell(tx: &mut Tx, organization: OrganizationId, change: ChangeKind, id: InvitationId) {
    tx.told(organization, Topic::Invitation, change, id);
}

fn to_invitation(row: &invitation::Model) -> Invitation {
    Invitation {
        id: InvitationId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        user_id: UserId::from_uuid(row.user_id),
        invited_by: row.invited_by.map(UserId::from_uuid),
        created_at: row.created_at.0,
        expires_at: row.expires_at.0,
        accepted_at: timestamp(row.accepted_at),
        revoked_at: timestamp(row.revoked_at),
    }
}
