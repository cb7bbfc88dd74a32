//! The providers' side of sessions: which of ours end when a provider says so.
//!
//! Not for ending them (`sessions.rs`). Invariant: a provider finds sessions of its own people only.

use domain::identity_provider::ProviderSession;
use domain::{IdentityProviderId, OrganizationId, SessionId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use crate::Error;
use crate::dialect::is_storable;
use crate::entity::provider_session;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// Adds the provider's side of a session.
pub async fn add(tx: &mut Tx, session: &ProviderSession) -> Result<(), Error> {
    let row = provider_session::ActiveModel {
        session_id: Set(session.session_id.uuid()),
        organization_id: Set(session.organization_id.uuid()),
        provider_id: Set(session.provider_id.uuid()),
        subject: Set(session.subject.clone()),
        session_index: Set(session.session_index.clone()),
    };
    provider_session::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// The provider's side of one of our sessions.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    session: SessionId,
) -> Result<Option<ProviderSession>, Error> {
    let row = provider_session::Entity::find_by_id(session.uuid())
        .filter(provider_session::Column::OrganizationId.eq(organization.uuid()))
        .one(db.db())
        .await?;
    Ok(row.map(to_session))
}

/// The sessions that a logout names: by person, by session, or by both together. Nothing when it names neither.
pub async fn named(
    db: &impl Connection,
    provider: IdentityProviderId,
    subject: Option<&str>,
    session_index: Option<&str>,
) -> Result<Vec<ProviderSession>, Error> {
    let is_sound = |text: Option<&str>| text.is_none_or(is_storable);
    if (subject.is_none() && session_index.is_none())
        || !is_sound(subject)
        || !is_sound(session_index)
    {
        return Ok(Vec::new());
    }
    let mut select = provider_session::Entity::find()
        .filter(provider_session::Column::ProviderId.eq(provider.uuid()));
    if let Some(subject) = subject {
        select = select.filter(provider_session::Column::Subject.eq(subject));
    }
    if let Some(index) = session_index {
        select = select.filter(provider_session::Column::SessionIndex.eq(index));
    }
    let rows = select.all(db.db()).await?;
    Ok(rows.into_iter().map(to_session).collect())
}

fn to_session(row: provider_session::Model) -> ProviderSession {
    ProviderSession {
        session_id: SessionId::from_uuid(row.session_id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        provider_id: IdentityProviderId::from_uuid(row.provider_id),
        subject: row.subject,
        session_index: row.session_index,
    }
}
