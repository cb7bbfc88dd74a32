//! Domains of the organization, and their proof.
//!
//! Not for asking the DNS (`app`). Invariant: the text of the record is no secret: whoever can write it has proven the domain.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::context::viewer;
use crate::error::{UserError, outcome, read};
use crate::node::parse;
use crate::scalars::DateTime;
use crate::user::IntoId;

/// A domain that the organization says is its own.
pub(crate) struct DomainClaim(pub(crate) domain::domain_proof::DomainProof);

/// A domain that the organization says is its own. Only with an address of a proven domain can an identity provider bring people.
#[Object]
impl DomainClaim {
    /// Identifier of the claim.
    async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// The domain, in lower case.
    async fn domain(&self) -> &str {
        &self.0.domain
    }

    /// Name of the TXT record that proves it.
    async fn record_name(&self) -> String {
        self.0.record_name()
    }

    /// Text of the TXT record that proves it.
    async fn record_text(&self) -> String {
        self.0.record_text()
    }

    /// When the DNS showed the record; null before.
    async fn proven_at(&self) -> Option<DateTime> {
        self.0.proven_at.map(DateTime)
    }
}

/// Root fields of domains.
#[derive(Default)]
pub(crate) struct DomainQuery;

#[Object]
impl DomainQuery {
    /// The domains that the organization has claimed, by name; at most 100. Takes `SSO_MANAGE`.
    async fn domain_claims(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<Vec<DomainClaim>>> {
        let all = read(app::domain_proofs::list(viewer(ctx)?).await)?;
        Ok(Some(all.into_iter().map(DomainClaim).collect()))
    }
}

/// Which domain is claimed.
#[derive(InputObject)]
pub(crate) struct ClaimDomainInput {
    /// The domain, such as example.com; its subdomains are claimed apart.
    domain: String,
}

/// Input of `proveDomain`.
#[derive(InputObject)]
pub(crate) struct ProveDomainInput {
    /// The claim.
    id: ID,
}

/// Input of `releaseDomain`.
#[derive(InputObject)]
pub(crate) struct ReleaseDomainInput {
    /// The claim.
    id: ID,
}

/// Result of a change of a claim.
#[derive(SimpleObject)]
pub(crate) struct DomainClaimPayload {
    /// The claim as it is now; null when nothing was done.
    domain_claim: Option<DomainClaim>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Result of `releaseDomain`.
#[derive(SimpleObject)]
pub(crate) struct ReleaseDomainPayload {
    /// Identifier of the claim that is gone.
    released_domain_claim_id: Option<ID>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of domains.
#[derive(Default)]
pub(crate) struct DomainMutation;

#[Object]
impl DomainMutation {
    /// Claims a domain: write the record that the answer shows into its DNS, then prove it.
    async fn claim_domain(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which domain.")] input: ClaimDomainInput,
    ) -> async_graphql::Result<Option<DomainClaimPayload>> {
        payload(app::domain_proofs::claim(viewer(ctx)?, &input.domain).await)
    }

    /// Asks the DNS for the record of a claim.
    async fn prove_domain(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which claim.")] input: ProveDomainInput,
    ) -> async_graphql::Result<Option<DomainClaimPayload>> {
        payload(app::domain_proofs::prove(viewer(ctx)?, parse(&input.id)).await)
    }

    /// Gives a domain up; people who came with its addresses stay.
    async fn release_domain(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which claim.")] input: ReleaseDomainInput,
    ) -> async_graphql::Result<Option<ReleaseDomainPayload>> {
        let released = app::domain_proofs::release(viewer(ctx)?, parse(&input.id)).await;
        let (id, user_errors) = outcome(released)?;
        Ok(Some(ReleaseDomainPayload {
            released_domain_claim_id: id.map(IntoId::into_id),
            user_errors,
        }))
    }
}

fn payload(
    done: Result<domain::domain_proof::DomainProof, app::Error>,
) -> async_graphql::Result<Option<DomainClaimPayload>> {
    let (claim, user_errors) = outcome(done)?;
    Ok(Some(DomainClaimPayload {
        domain_claim: claim.map(DomainClaim),
        user_errors,
    }))
}
