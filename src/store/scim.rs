//! What identity providers have pushed: tokens, people, groups.
//!
//! Not for what people are here. Invariant: every finder takes the provider, so none reaches what another has pushed.

use domain::scim::{ScimFilter, ScimGroup, ScimUser, scim_key};
use domain::{IdentityProviderId, OrganizationId, ScimGroupId, UserId};
use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use crate::Error;
use crate::convert::affected;
use crate::dialect::{IN_LIST_MAX, is_storable};
use crate::entity::{scim_group, scim_member, scim_token, scim_user};
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// Gives a provider its token, in the place of an earlier one.
pub async fn set_token(
    tx: &mut Tx,
    organization: OrganizationId,
    provider: IdentityProviderId,
    secret_hash: &[u8],
    now: Timestamp,
) -> Result<(), Error> {
    remove_token(tx, organization, provider).await?;
    let row = scim_token::ActiveModel {
        provider_id: Set(provider.uuid()),
        organization_id: Set(organization.uuid()),
        secret_hash: Set(secret_hash.to_vec()),
        created_at: Set(Instant(now)),
    };
    scim_token::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Takes a provider's token away; false when it had none.
pub async fn remove_token(
    tx: &mut Tx,
    organization: OrganizationId,
    provider: IdentityProviderId,
) -> Result<bool, Error> {
    let done = scim_token::Entity::delete_many()
        .filter(scim_token::Column::ProviderId.eq(provider.uuid()))
        .filter(scim_token::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected > 0)
}

/// The provider of this token, over all organizations: for recognising it.
pub async fn system_find_token(
    db: &impl Connection,
    secret_hash: &[u8],
) -> Result<Option<IdentityProviderId>, Error> {
    let row = scim_token::Entity::find()
        .filter(scim_token::Column::SecretHash.eq(secret_hash))
        .one(db.db())
        .await?;
    Ok(row.map(|row| IdentityProviderId::from_uuid(row.provider_id)))
}

/// Whether a provider has a token, and since when.
pub async fn token_made_at(
    db: &impl Connection,
    organization: OrganizationId,
    provider: IdentityProviderId,
) -> Result<Option<Timestamp>, Error> {
    let row = scim_token::Entity::find_by_id(provider.uuid())
        .filter(scim_token::Column::OrganizationId.eq(organization.uuid()))
        .one(db.db())
        .await?;
    Ok(row.map(|row| row.created_at.0))
}

/// Adds a person; violates `scim_users_provider_id_user_key` when the provider has pushed the name before.
pub async fn add_user(tx: &mut Tx, user: &ScimUser) -> Result<(), Error> {
    scim_user::Entity::insert(user_row(user))
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Writes a person; violates `scim_users_provider_id_user_key` when another has the name.
pub async fn update_user(tx: &mut Tx, user: &ScimUser) -> Result<(), Error> {
    let done = scim_user::Entity::update_many()
        .set(user_row(user))
        .filter(scim_user::Column::ProviderId.eq(user.provider_id.uuid()))
        .filter(scim_user::Column::UserId.eq(user.user_id.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)
}

/// Forgets a person with the memberships in groups; false when there was none.
pub async fn remove_user(
    tx: &mut Tx,
    provider: IdentityProviderId,
    user: UserId,
) -> Result<bool, Error> {
    let done = scim_user::Entity::delete_many()
        .filter(scim_user::Column::ProviderId.eq(provider.uuid()))
        .filter(scim_user::Column::UserId.eq(user.uuid()))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected > 0)
}

/// The person of this id.
pub async fn user(
    db: &impl Connection,
    provider: IdentityProviderId,
    id: UserId,
) -> Result<Option<ScimUser>, Error> {
    let row = scim_user::Entity::find_by_id((provider.uuid(), id.uuid()))
        .one(db.db())
        .await?;
    Ok(row.map(to_user))
}

/// The people that match, oldest first, from `offset`, with how many there are in all.
pub async fn users(
    db: &impl Connection,
    provider: IdentityProviderId,
    filter: &ScimFilter,
    offset: u64,
    limit: u64,
) -> Result<(Vec<ScimUser>, u64), Error> {
    let mut select =
        scim_user::Entity::find().filter(scim_user::Column::ProviderId.eq(provider.uuid()));
    match filter {
        ScimFilter::All => {}
        ScimFilter::Name(text) | ScimFilter::ExternalId(text) if !is_storable(text) => {
            return Ok((Vec::new(), 0));
        }
        ScimFilter::Name(name) => {
            select = select.filter(scim_user::Column::UserKey.eq(scim_key(name)));
        }
        ScimFilter::ExternalId(id) => select = select.filter(scim_user::Column::ExternalId.eq(id)),
    }
    let total = select.clone().count(db.db()).await?;
    let rows = select
        .order_by_asc(scim_user::Column::CreatedAt)
        .order_by_asc(scim_user::Column::UserId)
        .offset(offset)
        .limit(limit)
        .all(db.db())
        .await?;
    Ok((rows.into_iter().map(to_user).collect(), total))
}

/// Adds a group; violates `scim_groups_provider_id_group_key` when the provider has pushed the name before.
pub async fn add_group(tx: &mut Tx, group: &ScimGroup) -> Result<(), Error> {
    scim_group::Entity::insert(group_row(group))
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Writes a group; violates `scim_groups_provider_id_group_key` when another has the name.
pub async fn update_group(tx: &mut Tx, group: &ScimGroup) -> Result<(), Error> {
    let done = scim_group::Entity::update_many()
        .set(group_row(group))
        .filter(scim_group::Column::Id.eq(group.id.uuid()))
        .filter(scim_group::Column::ProviderId.eq(group.provider_id.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)
}

/// Forgets a group; false when there was none.
pub async fn remove_group(
    tx: &mut Tx,
    provider: IdentityProviderId,
    id: ScimGroupId,
) -> Result<bool, Error> {
    let done = scim_group::Entity::delete_many()
        .filter(scim_group::Column::Id.eq(id.uuid()))
        .filter(scim_group::Column::ProviderId.eq(provider.uuid()))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected > 0)
}

/// The group of this id.
pub async fn group(
    db: &impl Connection,
    provider: IdentityProviderId,
    id: ScimGroupId,
) -> Result<Option<ScimGroup>, Error> {
    let row = scim_group::Entity::find_by_id(id.uuid())
        .filter(scim_group::Column::ProviderId.eq(provider.uuid()))
        .one(db.db())
        .await?;
    Ok(row.map(to_group))
}

/// The groups that match, oldest first, from `offset`, with how many there are in all.
pub async fn groups(
    db: &impl Connection,
    provider: IdentityProviderId,
    filter: &ScimFilter,
    offset: u64,
    limit: u64,
) -> Result<(Vec<ScimGroup>, u64), Error> {
    let mut select =
        scim_group::Entity::find().filter(scim_group::Column::ProviderId.eq(provider.uuid()));
    match filter {
        ScimFilter::All => {}
        ScimFilter::Name(text) | ScimFilter::ExternalId(text) if !is_storable(text) => {
            return Ok((Vec::new(), 0));
        }
        ScimFilter::Name(name) => {
            select = select.filter(scim_group::Column::GroupKey.eq(scim_key(name)));
        }
        ScimFilter::ExternalId(id) => select = select.filter(scim_group::Column::ExternalId.eq(id)),
    }
    let total = select.clone().count(db.db()).await?;
    let rows = select
        .order_by_asc(scim_group::Column::CreatedAt)
        .order_by_asc(scim_group::Column::Id)
        .offset(offset)
        .limit(limit)
        .all(db.db())
        .await?;
    Ok((rows.into_iter().map(to_group).collect(), total))
}

/// The members of a group, by id.
pub async fn members(db: &impl Connection, group: ScimGroupId) -> Result<Vec<UserId>, Error> {
    let rows = scim_member::Entity::find()
        .filter(scim_member::Column::GroupId.eq(group.uuid()))
        .order_by_asc(scim_member::Column::UserId)
        .all(db.db())
        .await?;
    Ok(rows
        .iter()
        .map(|row| UserId::from_uuid(row.user_id))
        .collect())
}

/// Makes these the members of a group. Violates [`crate::error::FOREIGN_KEY`] for who was not pushed by the provider.
pub async fn set_members(tx: &mut Tx, group: &ScimGroup, users: &[UserId]) -> Result<(), Error> {
    scim_member::Entity::delete_many()
        .filter(scim_member::Column::GroupId.eq(group.id.uuid()))
        .exec(tx.db())
        .await?;
    for chunk in users.chunks(IN_LIST_MAX) {
        let rows = chunk.iter().map(|user| scim_member::ActiveModel {
            group_id: Set(group.id.uuid()),
            provider_id: Set(group.provider_id.uuid()),
            user_id: Set(user.uuid()),
        });
        scim_member::Entity::insert_many(rows)
            .exec_without_returning(tx.db())
            .await?;
    }
    Ok(())
}

/// The names of the groups that a provider has put a person into, by name.
pub async fn groups_of_user(
    db: &impl Connection,
    provider: IdentityProviderId,
    user: UserId,
) -> Result<Vec<ScimGroup>, Error> {
    let rows = scim_member::Entity::find()
        .filter(scim_member::Column::ProviderId.eq(provider.uuid()))
        .filter(scim_member::Column::UserId.eq(user.uuid()))
        .all(db.db())
        .await?;
    let ids: Vec<uuid::Uuid> = rows.iter().map(|row| row.group_id).collect();
    let mut groups = Vec::new();
    for chunk in ids.chunks(IN_LIST_MAX) {
        let rows = scim_group::Entity::find()
            .filter(scim_group::Column::Id.is_in(chunk.iter().copied()))
            .order_by_asc(scim_group::Column::GroupKey)
            .all(db.db())
            .await?;
        groups.extend(rows.into_iter().map(to_group));
    }
    Ok(groups)
}

fn user_row(user: &ScimUser) -> scim_user::ActiveModel {
    scim_user::ActiveModel {
        provider_id: Set(user.provider_id.uuid()),
        user_id: Set(user.user_id.uuid()),
        organization_id: Set(user.organization_id.uuid()),
        user_name: Set(user.user_name.clone()),
        user_key: Set(scim_key(&user.user_name)),
        external_id: Set(user.external_id.clone()),
        created_at: Set(Instant(user.created_at)),
        changed_at: Set(Instant(user.changed_at)),
    }
}

fn to_user(row: scim_user::Model) -> ScimUser {
    ScimUser {
        provider_id: IdentityProviderId::from_uuid(row.provider_id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        user_id: UserId::from_uuid(row.user_id),
        user_name: row.user_name,
        external_id: row.external_id,
        created_at: row.created_at.0,
        changed_at: row.changed_at.0,
    }
}

fn group_row(group: &ScimGroup) -> scim_group::ActiveModel {
    scim_group::ActiveModel {
        id: Set(group.id.uuid()),
        provider_id: Set(group.provider_id.uuid()),
        organization_id: Set(group.organization_id.uuid()),
        display_name: Set(group.display_name.clone()),
        group_key: Set(scim_key(&group.display_name)),
        external_id: Set(group.external_id.clone()),
        created_at: Set(Instant(group.created_at)),
        changed_at: Set(Instant(group.changed_at)),
    }
}

fn to_group(row: scim_group::Model) -> ScimGroup {
    ScimGroup {
        id: ScimGroupId::from_uuid(row.id),
        provider_id: IdentityProviderId::from_uuid(row.provider_id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        display_name: row.display_name,
        external_id: row.external_id,
        created_at: row.created_at.0,
        changed_at: row.changed_at.0,
    }
}
