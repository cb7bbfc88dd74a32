//! Links between people of providers and ours.
//!
//! Not for deciding who may be linked. Invariant: (provider, subject) finds at most one person, and a person has at most one
//! link per provider; an e-mail address finds nobody here.

use domain::identity_provider::IdentityLink;
use domain::{IdentityProviderId, OrganizationId, UserId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::dialect::is_storable;
use crate::entity::identity_link;
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};
use crate::{Error, memberships};

/// Adds a link; violates the primary key when the subject is linked, and `identity_links_provider_id_user_id` when the person is.
pub async fn add(tx: &mut Tx, link: &IdentityLink) -> Result<(), Error> {
    let row = identity_link::ActiveModel {
        provider_id: Set(link.provider_id.uuid()),
        subject: Set(link.subject.clone()),
        organization_id: Set(link.organization_id.uuid()),
        user_id: Set(link.user_id.uuid()),
        created_at: Set(Instant(link.created_at)),
    };
    identity_link::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    memberships::tell_own(tx, link.user_id).await
}

/// The person of this subject.
pub async fn find(
    db: &impl Connection,
    provider: IdentityProviderId,
    subject: &str,
) -> Result<Option<IdentityLink>, Error> {
    if !is_storable(subject) {
        return Ok(None);
    }
    let row = identity_link::Entity::find_by_id((provider.uuid(), subject.to_owned()))
        .one(db.db())
        .await?;
    Ok(row.map(to_link))
}

/// The links of a person, in one organization.
pub async fn of_user(
    db: &impl Connection,
    organization: OrganizationId,
    user: UserId,
) -> Result<Vec<IdentityLink>, Error> {
    let rows = identity_link::Entity::find()
        .filter(identity_link::Column::OrganizationId.eq(organization.uuid()))
        .filter(identity_link::Column::UserId.eq(user.uuid()))
        .order_by_asc(identity_link::Column::CreatedAt)
        .all(db.db())
        .await?;
    Ok(rows.into_iter().map(to_link).collect())
}

/// The links of a person over all organizations: for telling whether anybody knows them.
pub async fn system_list_of_user(
    db: &impl Connection,
    user: UserId,
) -> Result<Vec<IdentityLink>, Error> {
    let rows = identity_link::Entity::find()
        .filter(identity_link::Column::UserId.eq(user.uuid()))
        .order_by_asc(identity_link::Column::CreatedAt)
        .all(db.db())
        .await?;
    Ok(rows.into_iter().map(to_link).collect())
}

/// Takes a link away; false when there was none.
pub async fn remove(
    tx: &mut Tx,
    organization: OrganizationId,
    provider: IdentityProviderId,
    user: UserId,
) -> Result<bool, Error> {
    let done = identity_link::Entity::delete_many()
        .filter(identity_link::Column::OrganizationId.eq(organization.uuid()))
        .filter(identity_link::Column::ProviderId.eq(provider.uuid()))
        .filter(identity_link::Column::UserId.eq(user.uuid()))
        .exec(tx.db())
        .await?;
    memberships::tell_own(tx, user).await?;
    Ok(done.rows_affected > 0)
}

fn to_link(row: identity_link::Model) -> IdentityLink {
    IdentityLink {
        organization_id: OrganizationId::from_uuid(row.organization_id),
        provider_id: IdentityProviderId::from_uuid(row.provider_id),
        subject: row.subject,
        user_id: UserId::from_uuid(row.user_id),
        created_at: row.created_at.0,
    }
}
