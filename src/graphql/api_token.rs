//! API tokens of the viewer.
//!
//! Not for recognising them (`app`). Invariant: the secret of a token is in one answer and nowhere else.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::ApiTokenId;
use secrecy::ExposeSecret as _;

use crate::connection::{Connection, Noun, Total, page_cost, page_request};
use crate::context::viewer;
use crate::error::{UserError, outcome, read};
use crate::node::parse;
use crate::scalars::DateTime;
use crate::user::IntoId as _;

/// A bearer secret of a program that acts for the viewer.
pub(crate) struct ApiToken(pub(crate) domain::api_token::ApiToken);

impl Noun for ApiToken {
    const CONNECTION: &'static str = "ApiTokenConnection";
    const EDGE: &'static str = "ApiTokenEdge";
}

impl ApiToken {
    /// The viewer's token with this id.
    pub(crate) async fn find(ctx: &Context<'_>, id: &ID) -> async_graphql::Result<Option<Self>> {
        let caller = viewer(ctx)?;
        match parse::<ApiTokenId>(id) {
            Some(id) => Ok(read(app::api_tokens::lookup(caller, id).await)?.map(Self)),
            None => Ok(None),
        }
    }
}

/// A bearer secret of a program that acts for the viewer; it never allows more than the viewer's role.
#[Object]
impl ApiToken {
    /// Globally unique identifier; not the secret.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// Name that tells what the token is for.
    async fn name(&self) -> &str {
        &self.0.name
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

/// Root fields of API tokens.
#[derive(Default)]
pub(crate) struct ApiTokenQuery;

#[Object]
impl ApiTokenQuery {
    /// The viewer's own API tokens, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn api_tokens(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size of a page from the start, 1 to 100; 25 when absent.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Size of a page from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Option<Connection<ApiToken>>> {
        let caller = viewer(ctx)?;
        let page = page_request(first, after, last, before)?;
        let page = read(app::api_tokens::list(caller, &page).await)?;
        Ok(Some(Connection::new(page, Total::ApiTokens, ApiToken)))
    }
}

/// A new API token.
#[derive(InputObject)]
pub(crate) struct CreateApiTokenInput {
    /// Name that tells what the token is for.
    name: String,
    /// Days until it stops working; 90 when absent.
    days: Option<u32>,
}

/// Result of `createApiToken`.
#[derive(SimpleObject)]
pub(crate) struct CreateApiTokenPayload {
    /// The new token.
    api_token: Option<ApiToken>,
    /// Its secret, for `Authorization: Bearer`: shown here once and never again.
    secret: Option<String>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which token ends.
#[derive(InputObject)]
pub(crate) struct DeleteApiTokenInput {
    /// One of the viewer's tokens.
    id: ID,
}

/// Result of `deleteApiToken`.
#[derive(SimpleObject)]
pub(crate) struct DeleteApiTokenPayload {
    /// Identifier of the token that has ended.
    deleted_api_token_id: Option<ID>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of API tokens.
#[derive(Default)]
pub(crate) struct ApiTokenMutation;

#[Object]
impl ApiTokenMutation {
    /// Makes an API token for the viewer.
    async fn create_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new token.")] input: CreateApiTokenInput,
    ) -> async_graphql::Result<Option<CreateApiTokenPayload>> {
        let caller = viewer(ctx)?;
        let CreateApiTokenInput { name, days } = input;
        let (created, user_errors) = outcome(app::api_tokens::create(caller, &name, days).await)?;
        let (token, secret) = created.unzip();
        Ok(Some(CreateApiTokenPayload {
            api_token: token.map(ApiToken),
            secret: secret.map(|secret| secret.text().expose_secret().to_owned()),
            user_errors,
        }))
    }

    /// Ends one of the viewer's API tokens; programs that use it are refused from now on.
    async fn delete_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which token ends.")] input: DeleteApiTokenInput,
    ) -> async_graphql::Result<Option<DeleteApiTokenPayload>> {
        let caller = viewer(ctx)?;
        let deleted = app::api_tokens::delete(caller, parse(&input.id)).await;
        let (id, user_errors) = outcome(deleted)?;
        Ok(Some(DeleteApiTokenPayload {
            deleted_api_token_id: id.map(super::user::IntoId::into_id),
            user_errors,
        }))
    }
}
