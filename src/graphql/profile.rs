//! What the viewer says of themselves.
//!
//! Not for other people (`membership.rs`). Invariant: nobody changes anybody's profile but their own.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use crate::context::viewer;
use crate::error::{UserError, outcome};
use crate::user::User;

/// The profile of the viewer.
#[derive(InputObject)]
pub(crate) struct UpdateProfileInput {
    /// Name to show, in all of the person's organizations.
    name: String,
}

/// Result of `updateProfile`.
#[derive(SimpleObject)]
pub(crate) struct UpdateProfilePayload {
    /// The person; null when it was not done.
    user: Option<User>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of profiles.
#[derive(Default)]
pub(crate) struct ProfileMutation;

#[Object]
impl ProfileMutation {
    /// Changes what the viewer is called. Another address is a matter of `requestEmailChange`.
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is said of the person.")] input: UpdateProfileInput,
    ) -> async_graphql::Result<Option<UpdateProfilePayload>> {
        let updated = app::profiles::update(viewer(ctx)?, &input.name).await;
        let (user, user_errors) = outcome(updated)?;
        Ok(Some(UpdateProfilePayload {
            user: user.map(User),
            user_errors,
        }))
    }
}
