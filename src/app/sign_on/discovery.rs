//! Which identity providers a person may come through, by the domain of the address that they type.
//!
//! Not for whether the person exists: nobody looks. Invariant: all addresses of a domain are answered alike, and a domain that nobody
//! has proven like one without providers (reliability.md T-30).

use domain::identity_provider::{IdentityProvider, ProviderState};
use domain::user::normalize_email;

use super::Addresses;
use crate::context::{Origin, Services};
use crate::error::Error;
use crate::throttle::Budget;

/// The active providers of the organization that has proven the domain of this address, each with its addresses, by name.
pub async fn providers_of(
    services: &Services,
    origin: &Origin,
    email: &str,
) -> Result<Vec<(IdentityProvider, Addresses)>, Error> {
    let (now, address) = (services.clock.now(), origin.address.as_deref());
    let budgets = &services.throttle.budgets;
    budgets.spend_address(Budget::DISCOVERY, address, now)?;
    let normalized = normalize_email(email);
    let domain = normalized
        .as_deref()
        .and_then(|email| email.split('@').nth(1));
    let Some(domain) = domain else {
        return Ok(Vec::new());
    };
    let reader = services.store.read();
    let Some(owner) = store::domain_proofs::system_owner(&reader, domain).await? else {
        return Ok(Vec::new());
    };
    let all = store::identity_providers::list(&reader, owner).await?;
    let active = all
        .into_iter()
        .filter(|one| one.state == ProviderState::Active);
    let with_addresses = active.map(|one| {
        let addresses = services.connections.addresses(one.id);
        (one, addresses)
    });
    Ok(with_addresses.collect())
}
