//! People and roles.
//!
//! Not for inviting or changing them (a later issue). Invariant: built-in roles have the same id in every installation.

use async_graphql::{Context, ID, Object, SimpleObject, Union};
use domain::RoleId;
use domain::permission::Permission as Right;

use crate::context::loaders;
use crate::enums::Permission;
use crate::node::parse;
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

    /// What the person may do.
    async fn role(&self) -> Role {
        Role(self.0.role)
    }

    /// When the person was added.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// A named set of permissions.
#[derive(Clone, Copy)]
pub(crate) struct Role(pub(crate) domain::permission::Role);

impl Role {
    /// The id of a built-in role: its place in the list, which is append-only.
    fn role_id(self) -> RoleId {
        let place = domain::permission::Role::ALL
            .iter()
            .position(|role| *role == self.0)
            .and_then(|place| u128::try_from(place).ok())
            .unwrap_or(u128::MAX);
        RoleId::from_uuid(uuid::Uuid::from_u128(place))
    }

    /// The role with this id.
    pub(crate) fn find(id: &ID) -> Option<Self> {
        let id: RoleId = parse(id)?;
        domain::permission::Role::ALL
            .iter()
            .map(|role| Self(*role))
            .find(|role| role.role_id() == id)
    }
}

/// A named set of permissions.
#[Object]
impl Role {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        self.role_id().into_id()
    }

    /// Name of the role, in snake case for built-in ones.
    async fn name(&self) -> &str {
        self.0.name()
    }

    /// What people with this role may do.
    async fn permissions(&self) -> Vec<Permission> {
        rights(self.0)
    }

    /// Whether the role comes with Holdfast and cannot be changed.
    async fn built_in(&self) -> bool {
        true
    }
}

/// The rights of a role, in the order of the list.
pub(crate) fn rights(role: domain::permission::Role) -> Vec<Permission> {
    Right::ALL
        .iter()
        .filter(|right| role.allows(**right))
        .map(|right| (*right).into())
        .collect()
}

/// The service itself, when nobody asked for what happened.
#[derive(SimpleObject)]
pub(crate) struct SystemActor {
    /// Which part of the service acted.
    component: String,
}

/// Who acts: a person, or the service itself.
#[derive(Union)]
pub(crate) enum Actor {
    /// A person, by browser or token.
    User(User),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_roles_are_found_by_their_ids_and_nothing_else_is() {
        for role in domain::permission::Role::ALL {
            let id = Role(*role).role_id().into_id();
            assert_eq!(Role::find(&id).map(|found| found.0), Some(*role));
        }
        for id in ["role_", "role_00000000000000000000000zzz", "user_0"] {
            assert!(Role::find(&ID::from(id)).is_none(), "{id}");
        }
    }
}
