//! Domains of an organization, proven by a TXT record in the DNS.
//!
//! Not for what a proven domain allows (`sign_on/arrival.rs`). Invariant: a claim grants nothing; only what the DNS shows proves a
//! domain, and a proven domain belongs to one organization (reliability.md I7).

use data_encoding::BASE32_NOPAD;
use domain::domain_proof::{DOMAINS_MAX, DomainProof, normalize_domain};
use domain::permission::Permission;
use domain::{DomainProofId, Problem, ProblemCode};
use serde_json::json;

use crate::actions;
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;

/// Random bytes of a token: nobody guesses what another organization's record says.
const TOKEN_BYTES: usize = 20;

/// All domains of the caller's organization, by name.
pub async fn list(ctx: &Ctx) -> Result<Vec<DomainProof>, Error> {
    ctx.require(Permission::SsoManage)?;
    Ok(store::domain_proofs::list(&ctx.read(), ctx.organization()).await?)
}

/// Claims a domain; the answer says what to write into the DNS.
pub async fn claim(ctx: &Ctx, domain: &str) -> Result<DomainProof, Error> {
    ctx.authorize(actions::CLAIM_DOMAIN).await?;
    let domain = normalize_domain(domain).ok_or_else(|| {
        let message = "This is no domain name, such as example.com.";
        Error::from(Problem::invalid("domain", message))
    })?;
    let mut token = [0_u8; TOKEN_BYTES];
    ctx.ids().random(&mut token);
    let proof = DomainProof {
        id: DomainProofId::fresh(ctx.ids()),
        organization_id: ctx.organization(),
        domain,
        token: BASE32_NOPAD.encode(&token).to_ascii_lowercase(),
        created_at: ctx.now(),
        proven_at: None,
    };
    let mut tx = ctx.begin().await?;
    store::organizations::lock(&tx, ctx.organization()).await?;
    let known = store::domain_proofs::list(&tx, ctx.organization()).await?;
    if known.iter().any(|one| one.domain == proof.domain) {
        let message = "The organization has claimed this domain already.";
        return Err(Problem::new(ProblemCode::Taken, "domain", message).into());
    }
    if known.len() >= DOMAINS_MAX {
        let message = format!("There are {DOMAINS_MAX} domains already.");
        return Err(Problem::new(ProblemCode::LimitReached, "domain", message).into());
    }
    store::domain_proofs::add(&mut tx, &proof).await?;
    let summary = json!({ "domain": proof.domain });
    audit::success(ctx, &mut tx, actions::CLAIM_DOMAIN, proof.id, summary).await?;
    tx.commit().await?;
    Ok(proof)
}

/// Asks the DNS whether a claimed domain is the organization's.
pub async fn prove(ctx: &Ctx, id: Option<DomainProofId>) -> Result<DomainProof, Error> {
    ctx.authorize(actions::PROVE_DOMAIN).await?;
    let id = id.ok_or_else(missing)?;
    let found = store::domain_proofs::lookup(&ctx.read(), ctx.organization(), id).await?;
    let mut proof = found.ok_or_else(missing)?;
    let records = ctx.services().connections.records();
    let texts = records
        .lookup(&proof.record_name())
        .await
        .map_err(|error| {
            tracing::info!(domain = %proof.domain, %error, "the DNS did not answer");
            Error::precondition("id", "The DNS did not answer. Try again later.")
        })?;
    let wanted = proof.record_text();
    if !texts.iter().any(|text| text.trim() == wanted) {
        let message = format!(
            "The DNS has no TXT record {} with the text {wanted}. It may take a while to appear.",
            proof.record_name()
        );
        return Err(Error::precondition("id", message));
    }
    let mut tx = ctx.begin().await?;
    let owner = store::domain_proofs::system_owner(&ctx.system_read(), &proof.domain).await?;
    if owner.is_some_and(|owner| owner != ctx.organization()) {
        let message = "Another organization has proven this domain and must release it first.";
        return Err(Problem::new(ProblemCode::Taken, "id", message).into());
    }
    match store::domain_proofs::prove(&mut tx, &proof, ctx.now()).await {
        Err(error) if error.is_constraint("domain_proofs_proven_domain") => {
            let message = "Another organization has proven this domain and must release it first.";
            return Err(Problem::new(ProblemCode::Taken, "id", message).into());
        }
        done => done?,
    }
    proof.proven_at = Some(ctx.now());
    let summary = json!({ "domain": proof.domain });
    audit::success(ctx, &mut tx, actions::PROVE_DOMAIN, id, summary).await?;
    tx.commit().await?;
    Ok(proof)
}

/// Gives a domain up; people whom providers brought with its addresses stay.
pub async fn release(ctx: &Ctx, id: Option<DomainProofId>) -> Result<DomainProofId, Error> {
    ctx.authorize(actions::RELEASE_DOMAIN).await?;
    let id = id.ok_or_else(missing)?;
    let mut tx = ctx.begin().await?;
    let found = store::domain_proofs::lookup(&tx, ctx.organization(), id).await?;
    let proof = found.ok_or_else(missing)?;
    store::domain_proofs::remove(&mut tx, ctx.organization(), id).await?;
    let summary = json!({ "domain": proof.domain });
    audit::success(ctx, &mut tx, actions::RELEASE_DOMAIN, id, summary).await?;
    tx.commit().await?;
    Ok(id)
}

fn missing() -> Error {
    Error::not_found("id", "domain")
}

#[cfg(test)]
mod tests;
