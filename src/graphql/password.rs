//! Passwords of the viewer, and the way back in for whoever forgot theirs.
//!
//! Not for signing in (`viewer.rs`). Invariant: asking for a link answers the same for known and unknown addresses.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use secrecy::SecretString;

use crate::context::{request, signed_in, viewer};
use crate::error::{UserError, outcome};

/// Who forgot the password.
#[derive(InputObject)]
pub(crate) struct RequestPasswordResetInput {
    /// E-mail address, in any case of letters.
    email: String,
}

/// Result of `requestPasswordReset`.
#[derive(SimpleObject)]
pub(crate) struct RequestPasswordResetPayload {
    /// True when the request was accepted; a mail is sent only if the address belongs to somebody.
    accepted: bool,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// A new password by a link.
#[derive(InputObject)]
pub(crate) struct ResetPasswordInput {
    /// The secret of the link, the part after `token=`.
    token: String,
    /// The new password.
    password: String,
}

/// Result of `resetPassword`.
#[derive(SimpleObject)]
pub(crate) struct ResetPasswordPayload {
    /// True when the new password is set; sign in with it next.
    done: bool,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// A new password of one's own.
#[derive(InputObject)]
pub(crate) struct ChangePasswordInput {
    /// The password until now.
    current_password: String,
    /// The new password.
    new_password: String,
}

/// Result of `changePassword`.
#[derive(SimpleObject)]
pub(crate) struct ChangePasswordPayload {
    /// True when the new password is set. All sessions have ended; this browser got a new one.
    done: bool,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of passwords.
#[derive(Default)]
pub(crate) struct PasswordMutation;

#[Object]
impl PasswordMutation {
    /// Sends a link that sets a new password, valid for an hour, if the address belongs to somebody. The answer does not tell
    /// whether it does.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who forgot the password.")] input: RequestPasswordResetInput,
    ) -> async_graphql::Result<Option<RequestPasswordResetPayload>> {
        let request = request(ctx)?;
        let asked =
            app::passwords::request_reset(&request.services, &request.origin, &input.email).await;
        let (accepted, user_errors) = outcome(asked)?;
        Ok(Some(RequestPasswordResetPayload {
            accepted: accepted.is_some(),
            user_errors,
        }))
    }

    /// Sets a new password by a link from a mail. Ends all sessions of the person and signs nobody in.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link and the new password.")] input: ResetPasswordInput,
    ) -> async_graphql::Result<Option<ResetPasswordPayload>> {
        let request = request(ctx)?;
        let ResetPasswordInput { token, password } = input;
        let password = SecretString::from(password);
        let set =
            app::passwords::reset(&request.services, &request.origin, &token, &password).await;
        let (done, user_errors) = outcome(set)?;
        Ok(Some(ResetPasswordPayload {
            done: done.is_some(),
            user_errors,
        }))
    }

    /// Changes the viewer's own password. Ends all sessions of the viewer and gives this browser a new one.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The old and the new password.")] input: ChangePasswordInput,
    ) -> async_graphql::Result<Option<ChangePasswordPayload>> {
        let caller = viewer(ctx)?;
        let old = SecretString::from(input.current_password);
        let new = SecretString::from(input.new_password);
        let (session, user_errors) = outcome(app::passwords::change(caller, &old, &new).await)?;
        let done = session.is_some();
        if let Some(session) = session {
            signed_in(ctx, session)?;
        }
        Ok(Some(ChangePasswordPayload { done, user_errors }))
    }
}
