//! Service tokens, which belong to no person.
//!
//! Not for the viewer's own tokens (`api_token.rs`). Invariant: the secret of a token is in one answer and nowhere else.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::api_token::{ApiToken, TokenOwner};
use domain::role_grant::RoleAt;
use secrecy::ExposeSecret as _;

use crate::context::{loaders, viewer};
use crate::error::{UserError, outcome, read};
use crate::membership::{RoleGrantInput, sent};
use crate::node::parse;
use crate::organizational_unit::OrganizationalUnit;
use crate::role::Role;
use crate::scalars::DateTime;
use crate::user::{IntoId, User};

/// A bearer secret of a program that acts for no person.
pub(crate) struct ServiceToken(pub(crate) ApiToken);

/// A bearer secret of a program that acts for no person.
#[Object(name = "ServiceTokenSummary")]
impl ServiceToken {
    /// Identifier; not the secret.
    async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// Name that tells what the token is for.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What the token may do, and where.
    async fn grants(&self) -> Vec<TokenGrant> {
        match &self.0.owner {
            TokenOwner::User(_) => Vec::new(),
            TokenOwner::Service(grants) => grants.iter().copied().map(TokenGrant).collect(),
        }
    }

    /// Who made the token; null when that person has left or an administrator at the machine did.
    async fn created_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<User>> {
        match self.0.created_by {
            Some(id) => Ok(loaders(ctx)?.load(id).await?.map(User)),
            None => Ok(None),
        }
    }

    /// When the token was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When the token stops working.
    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }

    /// Last use, accurate to a minute; null when it was never used.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.0.last_used_at.map(DateTime)
    }
}

/// A role that a service token has, from one organizational unit down.
pub(crate) struct TokenGrant(RoleAt);

/// A role that a service token has, from one organizational unit down.
#[Object(name = "ServiceTokenGrantItem")]
impl TokenGrant {
    /// The role; null when it was removed meanwhile, which grants nothing.
    async fn role(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Role>> {
        Ok(loaders(ctx)?.load(self.0.role_id).await?.map(Role))
    }

    /// The unit at which and below which it holds; null when it was removed meanwhile, which grants nothing.
    async fn organizational_unit(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<OrganizationalUnit>> {
        let found = loaders(ctx)?.load(self.0.unit_id).await?;
        Ok(found.map(OrganizationalUnit))
    }
}

/// Root fields of service tokens.
#[derive(Default)]
pub(crate) struct ServiceTokenQuery;

#[Object]
impl ServiceTokenQuery {
    /// The service tokens at units where you manage them, newest first. Takes `SERVICE_TOKEN_MANAGE`.
    async fn service_tokens(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<Vec<ServiceToken>>> {
        let tokens = read(app::service_tokens::list(viewer(ctx)?).await)?;
        Ok(Some(tokens.into_iter().map(ServiceToken).collect()))
    }
}

/// A new service token.
#[derive(InputObject)]
pub(crate) struct CreateServiceTokenInput {
    /// Name that tells what the token is for.
    name: String,
    /// What the token may do and where: no more than you may do there.
    grants: Vec<RoleGrantInput>,
    /// Days until it stops working; 90 when absent.
    days: Option<u32>,
}

/// Result of `createServiceToken`.
#[derive(SimpleObject)]
pub(crate) struct CreateServiceTokenPayload {
    /// The new token.
    service_token: Option<ServiceToken>,
    /// Its secret, for `Authorization: Bearer`: shown here once and never again.
    secret: Option<String>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which token ends.
#[derive(InputObject)]
pub(crate) struct DeleteServiceTokenInput {
    /// The token.
    id: ID,
}

/// Result of `deleteServiceToken`.
#[derive(SimpleObject)]
pub(crate) struct DeleteServiceTokenPayload {
    /// Identifier of the token that has ended.
    deleted_service_token_id: Option<ID>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of service tokens.
#[derive(Default)]
pub(crate) struct ServiceTokenMutation;

#[Object]
impl ServiceTokenMutation {
    /// Makes a token that belongs to no person. It outlives its maker's membership and ends by itself.
    async fn create_service_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new token.")] input: CreateServiceTokenInput,
    ) -> async_graphql::Result<Option<CreateServiceTokenPayload>> {
        let (caller, grants) = (viewer(ctx)?, sent(Some(input.grants)));
        let made = app::service_tokens::create(caller, &input.name, &grants, input.days).await;
        let (made, user_errors) = outcome(made)?;
        let (token, secret) = made.unzip();
        Ok(Some(CreateServiceTokenPayload {
            service_token: token.map(ServiceToken),
            secret: secret.map(|secret| secret.text().expose_secret().to_owned()),
            user_errors,
        }))
    }

    /// Ends a service token; programs that use it are refused from now on.
    async fn delete_service_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which token ends.")] input: DeleteServiceTokenInput,
    ) -> async_graphql::Result<Option<DeleteServiceTokenPayload>> {
        let deleted = app::service_tokens::delete(viewer(ctx)?, parse(&input.id)).await;
        let (id, user_errors) = outcome(deleted)?;
        Ok(Some(DeleteServiceTokenPayload {
            deleted_service_token_id: id.map(IntoId::into_id),
            user_errors,
        }))
    }
}
