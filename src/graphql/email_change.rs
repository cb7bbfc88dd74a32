//! Another e-mail address for the viewer.
//!
//! Not for the first one (`sign_up.rs`, `invitation.rs`). Invariant: asking answers the same whether somebody has the address or not.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use crate::context::viewer;
use crate::error::{UserError, outcome};
use crate::user::User;

/// The address with which the viewer wants to sign in.
#[derive(InputObject)]
pub(crate) struct RequestEmailChangeInput {
    /// E-mail address, in any case of letters.
    email: String,
}

/// Result of `requestEmailChange`.
#[derive(SimpleObject)]
pub(crate) struct RequestEmailChangePayload {
    /// True when the request was accepted; what the mail says shows whether the address is free.
    accepted: bool,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// The link of a mail.
#[derive(InputObject)]
pub(crate) struct ConfirmEmailChangeInput {
    /// The secret of the link, the part after `token=`.
    token: String,
}

/// Result of `confirmEmailChange`.
#[derive(SimpleObject)]
pub(crate) struct ConfirmEmailChangePayload {
    /// The person, with the new address; null when it was not done.
    user: Option<User>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of addresses.
#[derive(Default)]
pub(crate) struct EmailChangeMutation;

#[Object]
impl EmailChangeMutation {
    /// Sends a link to another address, valid for an hour, with which the viewer wants to sign in from now on. For people with a
    /// password, in a browser session. The answer does not tell whether somebody has the address.
    async fn request_email_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new address.")] input: RequestEmailChangeInput,
    ) -> async_graphql::Result<Option<RequestEmailChangePayload>> {
        let asked = app::email_changes::request(viewer(ctx)?, &input.email).await;
        let (accepted, user_errors) = outcome(asked)?;
        Ok(Some(RequestEmailChangePayload {
            accepted: accepted.is_some(),
            user_errors,
        }))
    }

    /// Makes the address the viewer's that the link went to; the one until then is told by mail. Takes a session of whoever
    /// asked for it.
    async fn confirm_email_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link.")] input: ConfirmEmailChangeInput,
    ) -> async_graphql::Result<Option<ConfirmEmailChangePayload>> {
        let confirmed = app::email_changes::confirm(viewer(ctx)?, &input.token).await;
        let (user, user_errors) = outcome(confirmed)?;
        Ok(Some(ConfirmEmailChangePayload {
            user: user.map(User),
            user_errors,
        }))
    }
}
