//! Mutations of members.
//!
//! Not for reading them (`user.rs`). Invariant: whatever goes wrong with the input is data.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::context::viewer;
use crate::error::{UserError, outcome};
use crate::node::parse;
use crate::user::{IntoId, User};

/// A role at an organizational unit.
#[derive(InputObject)]
pub(crate) struct RoleGrantInput {
    /// The role.
    role_id: ID,
    /// The unit at which and below which it holds.
    organizational_unit_id: ID,
}

pub(crate) fn sent(grants: Option<Vec<RoleGrantInput>>) -> Vec<app::memberships::SentGrant> {
    let grants = grants.unwrap_or_default().into_iter();
    let parsed = grants.map(|one| (parse(&one.role_id), parse(&one.organizational_unit_id)));
    parsed.collect()
}

/// Which roles to give and to take.
#[derive(InputObject)]
pub(crate) struct UpdateUserGrantsInput {
    /// The person.
    id: ID,
    /// Grants to add; those that exist are left alone.
    add: Option<Vec<RoleGrantInput>>,
    /// Grants to take away; those that do not exist are left alone.
    remove: Option<Vec<RoleGrantInput>>,
}

/// Result of `updateUserGrants`.
#[derive(SimpleObject)]
pub(crate) struct UpdateUserGrantsPayload {
    /// The person; null when it was not done.
    user: Option<User>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Input of `suspendUser`.
#[derive(InputObject)]
pub(crate) struct SuspendUserInput {
    /// The person.
    id: ID,
}

/// Result of `suspendUser`.
#[derive(SimpleObject)]
pub(crate) struct SuspendUserPayload {
    /// The person; null when it was not done.
    user: Option<User>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Input of `deleteUserSessions`.
#[derive(InputObject)]
pub(crate) struct DeleteUserSessionsInput {
    /// The person.
    id: ID,
}

/// Result of `deleteUserSessions`.
#[derive(SimpleObject)]
pub(crate) struct DeleteUserSessionsPayload {
    /// The person; null when it was not done.
    user: Option<User>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Input of `resumeUser`.
#[derive(InputObject)]
pub(crate) struct ResumeUserInput {
    /// The person.
    id: ID,
}

/// Result of `resumeUser`.
#[derive(SimpleObject)]
pub(crate) struct ResumeUserPayload {
    /// The person; null when it was not done.
    user: Option<User>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Input of `removeUser`.
#[derive(InputObject)]
pub(crate) struct RemoveUserInput {
    /// The person.
    id: ID,
}

/// Result of `removeUser`.
#[derive(SimpleObject)]
pub(crate) struct RemoveUserPayload {
    /// Identifier of the person who is no longer a member.
    removed_user_id: Option<ID>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of members.
#[derive(Default)]
pub(crate) struct MembershipMutation;

#[Object]
impl MembershipMutation {
    /// Gives and takes roles of a member; nobody can grant more than they hold, nor change their own.
    async fn update_user_grants(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which roles to give and to take.")] input: UpdateUserGrantsInput,
    ) -> async_graphql::Result<Option<UpdateUserGrantsPayload>> {
        let (add, remove) = (sent(input.add), sent(input.remove));
        let caller = viewer(ctx)?;
        let done = app::memberships::update_grants(caller, parse(&input.id), &add, &remove).await;
        let (user, user_errors) = outcome(done)?;
        let user = user.map(User::from);
        Ok(Some(UpdateUserGrantsPayload { user, user_errors }))
    }

    /// Stops a member: their sessions and streams end at once, their tokens rest.
    async fn suspend_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The member.")] input: SuspendUserInput,
    ) -> async_graphql::Result<Option<SuspendUserPayload>> {
        let done = app::memberships::suspend(viewer(ctx)?, parse(&input.id)).await;
        let (user, user_errors) = outcome(done)?;
        let user = user.map(User::from);
        Ok(Some(SuspendUserPayload { user, user_errors }))
    }

    /// Ends all sessions and streams of a member, as after a laptop was lost; they sign in anew. Their tokens stay.
    async fn delete_user_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The member.")] input: DeleteUserSessionsInput,
    ) -> async_graphql::Result<Option<DeleteUserSessionsPayload>> {
        let done = app::memberships::end_sessions(viewer(ctx)?, parse(&input.id)).await;
        let (user, user_errors) = outcome(done)?;
        let user = user.map(User::from);
        Ok(Some(DeleteUserSessionsPayload { user, user_errors }))
    }

    /// Lets a suspended member act again; they sign in anew.
    async fn resume_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The member.")] input: ResumeUserInput,
    ) -> async_graphql::Result<Option<ResumeUserPayload>> {
        let done = app::memberships::resume(viewer(ctx)?, parse(&input.id)).await;
        let (user, user_errors) = outcome(done)?;
        let user = user.map(User::from);
        Ok(Some(ResumeUserPayload { user, user_errors }))
    }

    /// Ends a membership with its grants and sessions; what the person is in other organizations stays.
    async fn remove_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The member.")] input: RemoveUserInput,
    ) -> async_graphql::Result<Option<RemoveUserPayload>> {
        let done = app::memberships::remove(viewer(ctx)?, parse(&input.id)).await;
        let (id, user_errors) = outcome(done)?;
        Ok(Some(RemoveUserPayload {
            removed_user_id: id.map(IntoId::into_id),
            user_errors,
        }))
    }
}
