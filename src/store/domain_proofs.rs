//! Claimed and proven domains.
//!
//! Not for asking the DNS. Invariant: a domain is proven for at most one organization; claiming it needs nobody's leave, so a
//! claim alone grants nothing.

use domain::domain_proof::DomainProof;
use domain::event::{ChangeKind, Topic};
use domain::{DomainProofId, OrganizationId};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::Error;
use crate::convert::affected;
use crate::dialect::is_storable;
use crate::entity::domain_proof;
use crate::time::{Instant, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// Adds a claim; violates `domain_proofs_domain` when the organization has claimed the domain before.
pub async fn add(tx: &mut Tx, proof: &DomainProof) -> Result<(), Error> {
    let row = domain_proof::ActiveModel {
        id: Set(proof.id.uuid()),
        organization_id: Set(proof.organization_id.uuid()),
        domain: Set(proof.domain.clone()),
        token: Set(proof.token.clone()),
        created_at: Set(Instant(proof.created_at)),
        proven_at: Set(proof.proven_at.map(Instant)),
        proven_domain: Set(proof.proven_at.map(|_| proof.domain.clone())),
    };
    domain_proof::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    tell(tx, proof.organization_id, ChangeKind::Created, proof.id);
    Ok(())
}

/// The claim, in this organization.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    id: DomainProofId,
) -> Result<Option<DomainProof>, Error> {
    let row = domain_proof::Entity::find_by_id(id.uuid())
        .filter(domain_proof::Column::OrganizationId.eq(organization.uuid()))
        .one(db.db())
        .await?;
    Ok(row.map(to_proof))
}

/// All claims of an organization, by domain. There are at most [`domain::domain_proof::DOMAINS_MAX`].
pub async fn list(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Vec<DomainProof>, Error> {
    let rows = domain_proof::Entity::find()
        .filter(domain_proof::Column::OrganizationId.eq(organization.uuid()))
        .order_by_asc(domain_proof::Column::Domain)
        .all(db.db())
        .await?;
    Ok(rows.into_iter().map(to_proof).collect())
}

/// Whose domain it is, over all organizations: for sign-on by e-mail address.
pub async fn system_owner(
    db: &impl Connection,
    domain: &str,
) -> Result<Option<OrganizationId>, Error> {
    if !is_storable(domain) {
        return Ok(None);
    }
    let row = domain_proof::Entity::find()
        .filter(domain_proof::Column::ProvenDomain.eq(domain))
        .one(db.db())
        .await?;
    Ok(row.map(|row| OrganizationId::from_uuid(row.organization_id)))
}

/// Marks a claim as proven; violates `domain_proofs_proven_domain` when another organization has proven the domain.
pub async fn prove(tx: &mut Tx, proof: &DomainProof, now: Timestamp) -> Result<(), Error> {
    let done = domain_proof::Entity::update_many()
        .set(domain_proof::ActiveModel {
            proven_at: Set(Some(Instant(now))),
            proven_domain: Set(Some(proof.domain.clone())),
            ..Default::default()
        })
        .filter(domain_proof::Column::Id.eq(proof.id.uuid()))
        .filter(domain_proof::Column::OrganizationId.eq(proof.organization_id.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tell(tx, proof.organization_id, ChangeKind::Updated, proof.id);
    Ok(())
}

/// Gives a domain up.
pub async fn remove(
    tx: &mut Tx,
    organization: OrganizationId,
    id: DomainProofId,
) -> Result<(), Error> {
    let done = domain_proof::Entity::delete_many()
        .filter(domain_proof::Column::Id.eq(id.uuid()))
        .filter(domain_proof::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tell(tx, organization, ChangeKind::Deleted, id);
    Ok(())
}

fn tell(tx: &mut Tx, organization: OrganizationId, change: ChangeKind, id: DomainProofId) {
    tx.told(organization, Topic::DomainProof, change, id);
}

fn to_proof(row: domain_proof::Model) -> DomainProof {
    DomainProof {
        id: DomainProofId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        domain: row.domain,
        token: row.token,
        created_at: row.created_at.0,
        proven_at: timestamp(row.proven_at),
    }
}
