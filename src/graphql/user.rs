//! People, and whoever else acts.
//!
//! Not for roles (`role.rs`). Invariant: what a person is in other organizations is nobody's business but their own.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};
use domain::membership::Membership;

use crate::connection::{Connection, Noun, Total, page_cost, page_request};
use crate::context::{loaders, viewer};
use crate::enums::MembershipState;
use crate::error::read;
use crate::role::RoleGrant;
use crate::scalars::DateTime;

/// A person of the organization.
pub(crate) struct User(pub(crate) domain::user::User);

impl From<domain::user::User> for User {
    fn from(user: domain::user::User) -> Self {
        Self(user)
    }
}

/// A person of the organization.
#[Object]
impl User {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// Name to show.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// E-mail address, with which the person signs in.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// Whether the person may act in the organization; null when that is not yours to see.
    async fn state(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MembershipState>> {
        let membership: Option<Membership> = loaders(ctx)?.membership(self.0.id).await?;
        Ok(membership.map(|membership| membership.state.into()))
    }

    /// When the person was last seen in the organization, accurate to a minute; null when never, or not yours to see.
    async fn last_active_at(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<DateTime>> {
        let membership = loaders(ctx)?.membership(self.0.id).await?;
        let at = membership.and_then(|membership| membership.last_active_at);
        Ok(at.map(DateTime))
    }

    /// What the person may do, and at which organizational units; empty when that is not yours to see.
    async fn grants(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<RoleGrant>> {
        let grants = loaders(ctx)?.grants(self.0.id).await?;
        Ok(grants.into_iter().map(RoleGrant).collect())
    }

    /// When the person was added.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// The service itself, when nobody asked for what happened.
#[derive(SimpleObject)]
pub(crate) struct SystemActor {
    /// Which part of the service acted.
    component: String,
}

/// A program that acts by a service token, which belongs to no person.
#[derive(SimpleObject)]
pub(crate) struct ServiceToken {
    /// Globally unique identifier of the token.
    id: ID,
}

/// Who acts: a person, a program, or the service itself.
#[derive(Union)]
pub(crate) enum Actor {
    /// A person, by browser or token.
    User(User),
    /// A program by a service token.
    ServiceToken(ServiceToken),
    /// The service itself.
    SystemActor(SystemActor),
}

impl Actor {
    /// The actor of a task or an audit event; null when the person is no longer there.
    pub(crate) async fn load(
        ctx: &Context<'_>,
        actor: domain::task::Actor,
    ) -> async_graphql::Result<Option<Self>> {
        match actor {
            domain::task::Actor::User(id) => {
                let user = loaders(ctx)?.load(id).await?;
                Ok(user.map(|user| Self::User(User(user))))
            }
            domain::task::Actor::ServiceToken(id) => {
                Ok(Some(Self::ServiceToken(ServiceToken { id: id.into_id() })))
            }
            domain::task::Actor::System => Ok(Some(Self::SystemActor(SystemActor {
                component: "holdfast".to_owned(),
            }))),
        }
    }
}

/// Turns a typed id into the wire's.
pub(crate) trait IntoId {
    /// The wire's id.
    fn into_id(self) -> ID;
}

impl<T: std::fmt::Display> IntoId for T {
    fn into_id(self) -> ID {
        ID(self.to_string())
    }
}

impl Noun for User {
    const CONNECTION: &'static str = "UserConnection";
    const EDGE: &'static str = "UserEdge";
}

/// Which people are wanted; all given parts must match.
#[derive(Debug, Default, InputObject)]
pub(crate) struct UserFilter {
    /// In one of these states.
    states: Option<Vec<MembershipState>>,
    /// Whose name or address contains this, in any case of letters.
    text: Option<String>,
}

impl From<UserFilter> for app::users::MemberFilter {
    fn from(UserFilter { states, text }: UserFilter) -> Self {
        Self {
            states: states.map(|states| states.into_iter().map(Into::into).collect()),
            text,
        }
    }
}

/// Root fields of people.
#[derive(Default)]
pub(crate) struct UserQuery;

#[Object]
impl UserQuery {
    /// The people of the organization, in the order in which they were added. Takes `READ` at the root unit.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "Relay's four arguments are given"
    )]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only people who match.")] filter: Option<UserFilter>,
        #[graphql(desc = "How many from the start.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Option<Connection<User>>> {
        let filter = app::users::MemberFilter::from(filter.unwrap_or_default());
        let page = page_request(first, after, last, before)?;
        let found = read(app::users::list(viewer(ctx)?, &filter, &page).await)?;
        Ok(Some(Connection::new(found, Total::Users(filter), User)))
    }
}
