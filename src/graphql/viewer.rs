//! Who is signed in, signing in and signing out.
//!
//! Not for recognising cookies and tokens (the HTTP edge with `app`). Invariant: of the fields in here a stranger
//! can use `createSession` only.

use app::sessions::SignIn;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::identity_provider::ProviderState;
use secrecy::SecretString;

use crate::context::{request, send_cookie, signed_in, viewer};
use crate::enums::{MembershipState, Permission};
use crate::error::{UserError, outcome, read};
use crate::node::parse;
use crate::organization::Organization;
use crate::role::rights;
use crate::scalars::DateTime;
use crate::second_factor::{SecondFactors, SignInChallenge};
use crate::sign_up::DescribedRule;
use crate::user::{IntoId as _, User};

/// An identity provider, and whether it signs the viewer on.
#[derive(SimpleObject)]
#[graphql(name = "IdentityLinkInfo")]
pub(crate) struct IdentityLink {
    /// The provider; `linkIdentity` and `unlinkIdentity` take it.
    identity_provider_id: ID,
    /// Its name.
    name: String,
    /// Whether it signs people on now.
    is_active: bool,
    /// Since when an account there is a way to sign on as the viewer; null when none is.
    linked_at: Option<DateTime>,
}

/// Whoever sent this request.
pub(crate) struct Viewer(pub(crate) app::Ctx);

/// Whoever sent this request: the person, and the session or token that stands for them.
#[Object]
impl Viewer {
    /// Identifier of the session or API token that the request came with.
    async fn id(&self) -> ID {
        self.0
            .credential()
            .map_or_else(|| ID::from("system"), |credential| ID(credential.id()))
    }

    /// The person.
    async fn user(&self) -> Option<User> {
        self.0.user().cloned().map(User)
    }

    /// The organization of the person.
    async fn organization(&self) -> async_graphql::Result<Option<Organization>> {
        Organization::of(&self.0).await
    }

    /// What the viewer may do; a console hides what is not in here.
    async fn permissions(&self) -> Vec<Permission> {
        rights(&self.0.access().permissions())
    }

    /// The organizations of the person; `switchOrganization` goes on in another.
    async fn memberships(&self) -> async_graphql::Result<Vec<Membership>> {
        let own = read(app::users::own_memberships(&self.0).await)?;
        let shown = own.into_iter().map(|(membership, name)| Membership {
            organization_id: membership.organization_id.into_id(),
            organization_name: name,
            state: membership.state.into(),
        });
        Ok(shown.collect())
    }

    /// When the session or token ends at the latest.
    async fn expires_at(&self) -> Option<DateTime> {
        let credential = self.0.credential()?;
        Some(credential.expires_at().into())
    }

    /// What the person has besides the password, and what keeps this session from everything else; null for programs.
    async fn second_factors(&self) -> async_graphql::Result<Option<SecondFactors>> {
        if self.0.user().is_none() {
            return Ok(None);
        }
        Ok(Some(read(SecondFactors::of(&self.0).await)?))
    }

    /// The identity providers of the organization, and which of them have an account that signs on as the viewer.
    async fn identity_links(&self) -> async_graphql::Result<Vec<IdentityLink>> {
        let ways = read(app::sign_on::link::ways(&self.0).await)?.into_iter();
        let shown = ways.map(|(provider, link)| IdentityLink {
            identity_provider_id: provider.id.into_id(),
            name: provider.name,
            is_active: provider.state == ProviderState::Active,
            linked_at: link.map(|link| link.created_at.into()),
        });
        Ok(shown.collect())
    }

    /// The rules for a new password of the person, over all of their organizations: one password opens them all.
    async fn password_rules(&self) -> async_graphql::Result<Vec<DescribedRule>> {
        let rules = read(app::passwords::own_rules(&self.0).await)?;
        Ok(rules.into_iter().map(DescribedRule::from).collect())
    }

    /// The person's browser sessions that have not ended, newest first: end those that you do not know.
    async fn sessions(&self) -> async_graphql::Result<Vec<Session>> {
        let own = self.0.credential().map(app::Credential::id);
        let all = read(app::sessions::list(&self.0).await)?;
        let shown = |session: domain::session::Session| Session {
            is_current: Some(session.id.to_string()) == own,
            session,
        };
        Ok(all.into_iter().map(shown).collect())
    }
}

/// A signed-in browser of the viewer.
pub(crate) struct Session {
    session: domain::session::Session,
    is_current: bool,
}

/// A signed-in browser of the viewer.
#[Object]
impl Session {
    /// Identifier; not the secret. `deleteSession` takes it.
    async fn id(&self) -> ID {
        self.session.id.into_id()
    }

    /// When the person signed in.
    async fn created_at(&self) -> DateTime {
        self.session.created_at.into()
    }

    /// Last use, accurate to a minute.
    async fn last_seen_at(&self) -> DateTime {
        self.session.last_seen_at.into()
    }

    /// When it ends at the latest.
    async fn expires_at(&self) -> DateTime {
        self.session.expires_at.into()
    }

    /// Browser and system in which the person signed in, as the browser called itself, such as `Firefox on Linux`; null when it did
    /// not say, and for sessions from before this was kept.
    async fn browser(&self) -> Option<&str> {
        self.session.browser.as_deref()
    }

    /// Address that it was last used from, accurate to a minute.
    async fn address(&self) -> Option<&str> {
        self.session.address.as_deref()
    }

    /// Whether this request came with it.
    async fn is_current(&self) -> bool {
        self.is_current
    }
}

/// The viewer's belonging to an organization.
#[derive(SimpleObject)]
#[graphql(name = "MembershipSummary")]
pub(crate) struct Membership {
    /// Identifier of the organization.
    organization_id: ID,
    /// Name of the organization.
    organization_name: String,
    /// Whether the viewer may act there.
    state: MembershipState,
}

/// Root fields of the viewer.
#[derive(Default)]
pub(crate) struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Whoever sent this request.
    async fn viewer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Viewer>> {
        Ok(Some(Viewer(viewer(ctx)?.clone())))
    }
}

/// What it takes to sign in.
#[derive(InputObject)]
pub(crate) struct CreateSessionInput {
    /// E-mail address, in any case of letters.
    email: String,
    /// Password.
    password: String,
}

/// Result of `createSession`.
#[derive(SimpleObject)]
pub(crate) struct CreateSessionPayload {
    /// The person who is signed in now; null when address or password were wrong, or a second factor is needed.
    viewer: Option<Viewer>,
    /// The question for a second factor, when the person has one: answer it with `completeSession`.
    challenge: Option<SignInChallenge>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which session ends.
#[derive(InputObject)]
pub(crate) struct DeleteSessionInput {
    /// One of your own sessions, for example on a lost laptop; the session of this request when absent.
    id: Option<ID>,
}

/// Result of `deleteSession`.
#[derive(SimpleObject)]
pub(crate) struct DeleteSessionPayload {
    /// Identifier of the session that has ended.
    deleted_session_id: Option<ID>,
    /// Where this browser ends its session at the identity provider too; null when the session came by none, or the provider has
    /// no such place.
    provider_logout_url: Option<String>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Where to go on.
#[derive(InputObject)]
pub(crate) struct SwitchOrganizationInput {
    /// One of the organizations in `viewer.memberships`.
    organization_id: ID,
}

/// Result of `switchOrganization`.
#[derive(SimpleObject)]
pub(crate) struct SwitchOrganizationPayload {
    /// You, in the other organization; null when it was not done.
    viewer: Option<Viewer>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Input of `deleteOtherSessions`.
#[derive(InputObject)]
pub(crate) struct DeleteOtherSessionsInput {
    /// Identifier that comes back with the answer, for clients that match answers with requests.
    client_mutation_id: Option<String>,
}

/// Result of `deleteOtherSessions`.
#[derive(SimpleObject)]
pub(crate) struct DeleteOtherSessionsPayload {
    /// How many sessions were ended.
    ended: Option<i32>,
    /// Identifier of the input.
    client_mutation_id: Option<String>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of sessions.
#[derive(Default)]
pub(crate) struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs in: sets the session cookie of a browser. Programs use an API token instead.
    async fn create_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who signs in.")] input: CreateSessionInput,
    ) -> async_graphql::Result<Option<CreateSessionPayload>> {
        let request = request(ctx)?;
        let CreateSessionInput { email, password } = input;
        let password = SecretString::from(password);
        let created =
            app::sessions::sign_in(&request.services, &request.origin, &email, &password).await;
        let (done, user_errors) = outcome(created)?;
        let (session, challenge) = match done {
            Some(SignIn::Done(session)) => (Some(session), None),
            Some(SignIn::Challenged(challenge)) => (None, Some(challenge.into())),
            None => (None, None),
        };
        let viewer = session.map(|session| signed_in(ctx, *session));
        Ok(Some(CreateSessionPayload {
            viewer: viewer.transpose()?.map(Viewer),
            challenge,
            user_errors,
        }))
    }

    /// Goes on in another organization of yours: a new session cookie takes the place of the present one, whose streams end.
    async fn switch_organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to go on.")] input: SwitchOrganizationInput,
    ) -> async_graphql::Result<Option<SwitchOrganizationPayload>> {
        let wanted = parse(&input.organization_id);
        let switched = app::sessions::switch(viewer(ctx)?, wanted).await;
        let (session, user_errors) = outcome(switched)?;
        let viewer = session.map(|session| signed_in(ctx, session));
        Ok(Some(SwitchOrganizationPayload {
            viewer: viewer.transpose()?.map(Viewer),
            user_errors,
        }))
    }

    /// Ends all sessions of the viewer but the one of this request, with every stream that they opened.
    async fn delete_other_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Nothing needs to be said.")] input: DeleteOtherSessionsInput,
    ) -> async_graphql::Result<Option<DeleteOtherSessionsPayload>> {
        let caller = viewer(ctx)?;
        let (ended, user_errors) = outcome(app::sessions::delete_others(caller).await)?;
        Ok(Some(DeleteOtherSessionsPayload {
            ended: ended.map(|count| i32::try_from(count).unwrap_or(i32::MAX)),
            client_mutation_id: input.client_mutation_id,
            user_errors,
        }))
    }

    /// Signs out: ends a session and every stream that it opened, and removes the cookie of this request.
    async fn delete_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session ends.")] input: DeleteSessionInput,
    ) -> async_graphql::Result<Option<DeleteSessionPayload>> {
        let caller = viewer(ctx)?;
        let wanted = input.id.as_ref().map(parse);
        let (id, user_errors) = outcome(app::sessions::delete(caller, wanted).await)?;
        let mut provider_logout_url = None;
        if let Some(id) = id {
            let at_provider = read(app::sign_on::logout::at_provider(caller, id).await)?;
            provider_logout_url = at_provider.map(String::from);
        }
        let own = caller.credential().map(app::Credential::id);
        if id.is_some() && id.map(|id| id.to_string()) == own {
            send_cookie(ctx, request(ctx)?.cookie.clear());
        }
        Ok(Some(DeleteSessionPayload {
            deleted_session_id: id.map(super::user::IntoId::into_id),
            provider_logout_url,
            user_errors,
        }))
    }
}
