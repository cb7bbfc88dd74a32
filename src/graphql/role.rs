//! Roles, and grants of them at organizational units.
//!
//! Not for people (`user.rs`). Invariant: built-in roles have the same id in every installation.

use async_graphql::{Context, ID, Object};
use domain::permission::Permission as Right;
use domain::role_grant::RoleGrant as Grant;

use crate::context::{loaders, viewer};
use crate::enums::{GrantSource, Permission};
use crate::error::read;
use crate::organizational_unit::OrganizationalUnit;
use crate::user::IntoId as _;

/// A named set of permissions.
pub(crate) struct Role(pub(crate) domain::role::Role);

impl From<domain::role::Role> for Role {
    fn from(role: domain::role::Role) -> Self {
        Self(role)
    }
}

/// A named set of permissions.
#[Object]
impl Role {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// Name of the role, in snake case for built-in ones.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What the role is for.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// What people with this role may do, at the unit of the grant and below it.
    async fn permissions(&self) -> Vec<Permission> {
        rights(&self.0.permissions)
    }

    /// Whether the role comes with Holdfast and cannot be changed.
    async fn built_in(&self) -> bool {
        self.0.organization_id.is_none()
    }

    /// Version, which an update names so that it overwrites nothing unseen.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Rights in the order of the list.
pub(crate) fn rights(permissions: &domain::permission::Permissions) -> Vec<Permission> {
    Right::ALL
        .iter()
        .filter(|right| permissions.contains(right))
        .map(|right| (*right).into())
        .collect()
}

/// A role that somebody has, from one organizational unit down.
pub(crate) struct RoleGrant(pub(crate) Grant);

/// A role that somebody has, from one organizational unit down.
#[Object(name = "RoleGrantSummary")]
impl RoleGrant {
    /// The role; null when it was removed meanwhile, which grants nothing.
    async fn role(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Role>> {
        let found = loaders(ctx)?.load(self.0.role_at.role_id).await?;
        Ok(found.map(Role))
    }

    /// The unit at which and below which it holds; null when you do not see it.
    async fn organizational_unit(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<OrganizationalUnit>> {
        let found = loaders(ctx)?.load(self.0.role_at.unit_id).await?;
        Ok(found.map(OrganizationalUnit))
    }

    /// Who made the grant, and so who can take it away.
    async fn source(&self) -> GrantSource {
        self.0.source.into()
    }
}

/// Root fields of roles.
#[derive(Default)]
pub(crate) struct RoleQuery;

#[Object]
impl RoleQuery {
    /// All roles: the built-in ones from the widest to the narrowest, then the organization's own by name.
    async fn roles(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<Role>>> {
        let roles = read(app::roles::list(viewer(ctx)?).await)?;
        Ok(Some(roles.into_iter().map(Role).collect()))
    }
}
