//! Invitations.
//!
//! Not for members (`user.rs`, `membership.rs`). Invariant: an invitation shows an address and nothing else about its person.

use app::invitations::{Acceptance, Invited};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use secrecy::SecretString;

use crate::context::{loaders, request, viewer};
use crate::error::{UserError, outcome, read};
use crate::membership::{RoleGrantInput, sent};
use crate::node::parse;
use crate::role::RoleGrant;
use crate::scalars::DateTime;
use crate::user::{IntoId, User};

/// A request to join the organization.
pub(crate) struct Invitation(pub(crate) Invited);

/// A request to join the organization, that was neither accepted nor taken back.
#[Object]
impl Invitation {
    /// Identifier; not the secret of the link.
    async fn id(&self) -> ID {
        self.0.invitation.id.into_id()
    }

    /// Address to which it was sent.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// What the person will be able to do, and where.
    async fn grants(&self) -> Vec<RoleGrant> {
        self.0.grants.iter().copied().map(RoleGrant).collect()
    }

    /// Who invited; null when that person has left or an administrator at the machine did.
    async fn invited_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<User>> {
        match self.0.invitation.invited_by {
            Some(id) => Ok(loaders(ctx)?.load(id).await?.map(User)),
            None => Ok(None),
        }
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.invitation.created_at.into()
    }

    /// Until when it can be accepted; later, send it again.
    async fn expires_at(&self) -> DateTime {
        self.0.invitation.expires_at.into()
    }
}

/// Root fields of invitations.
#[derive(Default)]
pub(crate) struct InvitationQuery;

#[Object]
impl InvitationQuery {
    /// The invitations that wait for an answer, newest first. Takes `USER_MANAGE`.
    async fn invitations(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<Vec<Invitation>>> {
        let open = read(app::invitations::list(viewer(ctx)?).await)?;
        Ok(Some(open.into_iter().map(Invitation).collect()))
    }
}

/// Whom to invite.
#[derive(InputObject)]
pub(crate) struct InviteUserInput {
    /// Address of the person.
    email: String,
    /// What the person will be able to do and where: no more than you may do there.
    grants: Vec<RoleGrantInput>,
}

/// Result of `inviteUser`.
#[derive(SimpleObject)]
pub(crate) struct InviteUserPayload {
    /// The invitation; null when it was not made.
    invitation: Option<Invitation>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which invitation is sent again.
#[derive(InputObject)]
pub(crate) struct ResendInvitationInput {
    /// The invitation.
    id: ID,
}

/// Result of `resendInvitation`.
#[derive(SimpleObject)]
pub(crate) struct ResendInvitationPayload {
    /// The invitation with its new end; null when it was not sent.
    invitation: Option<Invitation>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which invitation is taken back.
#[derive(InputObject)]
pub(crate) struct RevokeInvitationInput {
    /// The invitation.
    id: ID,
}

/// Result of `revokeInvitation`.
#[derive(SimpleObject)]
pub(crate) struct RevokeInvitationPayload {
    /// Identifier of the invitation that is void.
    revoked_invitation_id: Option<ID>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// The answer to an invitation.
#[derive(InputObject)]
pub(crate) struct AcceptInvitationInput {
    /// The secret of the link in the mail.
    token: String,
    /// Name to show, for whoever has no account yet.
    name: Option<String>,
    /// Your password; a new one if you have no account yet.
    password: String,
    /// The version of the terms that you accept if you have no account yet: `signUpForm.termsVersion`.
    terms_version: Option<String>,
}

/// Result of `acceptInvitation`.
#[derive(SimpleObject)]
pub(crate) struct AcceptInvitationPayload {
    /// Whether you belong to the organization now. Sign in to go on.
    done: bool,
    /// Name of the organization; null when it was not done.
    organization_name: Option<String>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of invitations.
#[derive(Default)]
pub(crate) struct InvitationMutation;

#[Object]
impl InvitationMutation {
    /// Invites a person by mail; the link works once, for seven days. The answer does not tell whether the address is known.
    async fn invite_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to invite.")] input: InviteUserInput,
    ) -> async_graphql::Result<Option<InviteUserPayload>> {
        let (caller, grants) = (viewer(ctx)?, sent(Some(input.grants)));
        let done = app::invitations::invite(caller, &input.email, &grants).await;
        let (invited, user_errors) = outcome(done)?;
        Ok(Some(InviteUserPayload {
            invitation: invited.map(Invitation),
            user_errors,
        }))
    }

    /// Sends an invitation again, for another seven days; links that were sent before are void with the new one.
    async fn resend_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitation.")] input: ResendInvitationInput,
    ) -> async_graphql::Result<Option<ResendInvitationPayload>> {
        let done = app::invitations::resend(viewer(ctx)?, parse(&input.id)).await;
        let (invited, user_errors) = outcome(done)?;
        Ok(Some(ResendInvitationPayload {
            invitation: invited.map(Invitation),
            user_errors,
        }))
    }

    /// Takes an invitation back: its links are void.
    async fn revoke_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitation.")] input: RevokeInvitationInput,
    ) -> async_graphql::Result<Option<RevokeInvitationPayload>> {
        let done = app::invitations::revoke(viewer(ctx)?, parse(&input.id)).await;
        let (id, user_errors) = outcome(done)?;
        Ok(Some(RevokeInvitationPayload {
            revoked_invitation_id: id.map(IntoId::into_id),
            user_errors,
        }))
    }

    /// Accepts an invitation by the link in the mail. Signs nobody in.
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The answer.")] input: AcceptInvitationInput,
    ) -> async_graphql::Result<Option<AcceptInvitationPayload>> {
        let request = request(ctx)?;
        let answer = Acceptance {
            token: input.token,
            name: input.name.unwrap_or_default(),
            password: SecretString::from(input.password),
            terms_version: input.terms_version.unwrap_or_default(),
        };
        let (services, origin) = (&request.services, &request.origin);
        let done = app::invitations::accept(services, origin, &answer).await;
        let (organization, user_errors) = outcome(done)?;
        Ok(Some(AcceptInvitationPayload {
            done: organization.is_some(),
            organization_name: organization.map(|organization| organization.name),
            user_errors,
        }))
    }
}
