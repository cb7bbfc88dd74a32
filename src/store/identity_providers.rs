//! Identity providers.
//!
//! Not for what they prove. Invariant: a change names the version it was made from, and only one change of a version is ever
//! written.

use domain::event::{ChangeKind, Topic};
use domain::identity_provider::{IdentityProvider, ProviderState};
use domain::{IdentityProviderId, OrganizationId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::Error;
use crate::convert::{At, affected};
use crate::dialect::lock_rows;
use crate::entity::identity_provider;
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "identity_providers";

/// Adds a provider; violates `identity_providers_name` when another has the name.
pub async fn add(tx: &mut Tx, provider: &IdentityProvider) -> Result<(), Error> {
    identity_provider::Entity::insert(row(provider)?)
        .exec_without_returning(tx.db())
        .await?;
    tell(
        tx,
        provider.organization_id,
        ChangeKind::Created,
        provider.id,
    );
    Ok(())
}

/// The provider, in this organization.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    id: IdentityProviderId,
) -> Result<Option<IdentityProvider>, Error> {
    let row = identity_provider::Entity::find_by_id(id.uuid())
        .filter(identity_provider::Column::OrganizationId.eq(organization.uuid()))
        .one(db.db())
        .await?;
    row.map(to_provider).transpose()
}

/// The provider, over all organizations: for the addresses that browsers and providers call.
pub async fn system_lookup(
    db: &impl Connection,
    id: IdentityProviderId,
) -> Result<Option<IdentityProvider>, Error> {
    let row = identity_provider::Entity::find_by_id(id.uuid())
        .one(db.db())
        .await?;
    row.map(to_provider).transpose()
}

/// The provider, in this organization, held until the transaction ends: for read, decide, write.
pub async fn lock(
    tx: &Tx,
    organization: OrganizationId,
    id: IdentityProviderId,
) -> Result<Option<IdentityProvider>, Error> {
    let mut select = identity_provider::Entity::find_by_id(id.uuid())
        .filter(identity_provider::Column::OrganizationId.eq(organization.uuid()));
    lock_rows(QuerySelect::query(&mut select));
    let row = select.one(tx.db()).await?;
    row.map(to_provider).transpose()
}

/// All providers of an organization, by name. There are at most [`domain::identity_provider::IDENTITY_PROVIDERS_MAX`].
pub async fn list(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Vec<IdentityProvider>, Error> {
    let rows = identity_provider::Entity::find()
        .filter(identity_provider::Column::OrganizationId.eq(organization.uuid()))
        .order_by_asc(identity_provider::Column::Name)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_provider).collect()
}

/// Writes a provider whose version is one above the stored one; violates `identity_providers_name` when another has the name.
pub async fn update(tx: &mut Tx, provider: &IdentityProvider) -> Result<(), Error> {
    let done = identity_provider::Entity::update_many()
        .set(row(provider)?)
        .filter(identity_provider::Column::Id.eq(provider.id.uuid()))
        .filter(identity_provider::Column::OrganizationId.eq(provider.organization_id.uuid()))
        .filter(identity_provider::Column::Version.eq(provider.version - 1))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tell(
        tx,
        provider.organization_id,
        ChangeKind::Updated,
        provider.id,
    );
    Ok(())
}

/// Removes a provider with all links, requests and logout records of its own.
pub async fn remove(
    tx: &mut Tx,
    organization: OrganizationId,
    id: IdentityProviderId,
) -> Result<(), Error> {
    let done = identity_provider::Entity::delete_many()
        .filter(identity_provider::Column::Id.eq(id.uuid()))
        .filter(identity_provider::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tell(tx, organization, ChangeKind::Deleted, id);
    Ok(())
}

fn tell(tx: &mut Tx, organization: OrganizationId, change: ChangeKind, id: IdentityProviderId) {
    tx.told(organization, Topic::IdentityProvider, change, id);
}

fn row(provider: &IdentityProvider) -> Result<identity_provider::ActiveModel, Error> {
    let at = At::new(TABLE, provider.id.uuid());
    Ok(identity_provider::ActiveModel {
        id: Set(provider.id.uuid()),
        organization_id: Set(provider.organization_id.uuid()),
        name: Set(provider.name.clone()),
        settings: Set(at.write("settings", &provider.settings)?),
        rules: Set(at.write("rules", &provider.rules)?),
        state: Set(provider.state.name().to_owned()),
        version: Set(provider.version),
        created_at: Set(Instant(provider.created_at)),
    })
}

fn to_provider(row: identity_provider::Model) -> Result<IdentityProvider, Error> {
    let at = At::new(TABLE, row.id);
    Ok(IdentityProvider {
        id: IdentityProviderId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        name: row.name,
        settings: at.read("settings", row.settings)?,
        rules: at.read("rules", row.rules)?,
        state: at.known("state", ProviderState::from_name(&row.state))?,
        version: row.version,
        created_at: row.created_at.0,
    })
}
