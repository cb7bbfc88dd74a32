//! What a page for signing in asks before anybody is known.
//!
//! Not for signing in (`viewer.rs`). Invariant: the answer depends on the domain of an address and never on whether anybody has it.

use async_graphql::{Context, Object, SimpleObject};

use crate::context::request;
use crate::error::read;

/// An identity provider through which a person may come.
#[derive(SimpleObject)]
#[graphql(name = "SignInProviderInfo")]
pub(crate) struct SignInProvider {
    /// Its name, for a button.
    name: String,
    /// Where a browser goes to sign on through it.
    start_url: String,
}

/// What a page for signing in shows once an address was typed.
#[derive(SimpleObject)]
#[graphql(name = "SignInFormInfo")]
pub(crate) struct SignInForm {
    /// The providers of the organization that has proven the domain of the address, by name; empty when there are none. A
    /// password may be asked for as well: whether there is one is not told.
    identity_providers: Vec<SignInProvider>,
}

/// Root fields of signing in.
#[derive(Default)]
pub(crate) struct SignInQuery;

#[Object]
impl SignInQuery {
    /// What a page for signing in shows for this address; also for strangers. All addresses of a domain have the same answer.
    async fn sign_in_form(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address, as far as it was typed.")] email: String,
    ) -> async_graphql::Result<Option<SignInForm>> {
        let request = request(ctx)?;
        let (services, origin) = (&request.services, &request.origin);
        let found = app::sign_on::discovery::providers_of(services, origin, &email).await;
        let providers = read(found)?.into_iter();
        let identity_providers = providers.map(|(provider, addresses)| SignInProvider {
            name: provider.name,
            start_url: addresses.start,
        });
        Ok(Some(SignInForm {
            identity_providers: identity_providers.collect(),
        }))
    }
}
