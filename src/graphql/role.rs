//! Roles, and grants of them at organizational units.
//!
//! Not for people (`user.rs`). Invariant: built-in roles have the same id in every installation.

use app::roles::RoleChange;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::permission::Permission as Right;
use domain::role::RoleDraft;
use domain::role_grant::RoleGrant as Grant;

use crate::context::{loaders, viewer};
use crate::enums::{GrantSource, Permission};
use crate::error::{UserError, is_conflict, outcome, read};
use crate::node::parse;
use crate::organizational_unit::OrganizationalUnit;
use crate::user::IntoId;

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

/// A new role.
#[derive(InputObject)]
pub(crate) struct CreateRoleInput {
    /// Name, unique in the organization.
    name: String,
    /// What the role is for.
    description: Option<String>,
    /// What people with the role may do; `READ` must be among it, and nothing that you may not do.
    permissions: Vec<Permission>,
}

/// Result of `createRole`.
#[derive(SimpleObject)]
pub(crate) struct CreateRolePayload {
    /// The new role; null when it was not made.
    role: Option<Role>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What changes of a role; absent parts stay as they are.
#[derive(InputObject)]
pub(crate) struct UpdateRoleInput {
    /// The role; those that come with Holdfast cannot be changed.
    id: ID,
    /// The version that you have read; the change is refused when there is a later one.
    expected_version: i32,
    /// New name.
    name: Option<String>,
    /// What the role is for; an empty text removes it.
    description: Option<String>,
    /// All that people with the role may do from now on.
    permissions: Option<Vec<Permission>>,
}

/// Result of `updateRole`.
#[derive(SimpleObject)]
pub(crate) struct UpdateRolePayload {
    /// The changed role; on a conflict the role as it is.
    role: Option<Role>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which role goes.
#[derive(InputObject)]
pub(crate) struct DeleteRoleInput {
    /// The role; nobody may have it any more.
    id: ID,
}

/// Result of `deleteRole`.
#[derive(SimpleObject)]
pub(crate) struct DeleteRolePayload {
    /// Identifier of the role that is gone.
    deleted_role_id: Option<ID>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

fn wanted(permissions: Vec<Permission>) -> domain::permission::Permissions {
    permissions.into_iter().map(Into::into).collect()
}

/// Mutations of roles.
#[derive(Default)]
pub(crate) struct RoleMutation;

#[Object]
impl RoleMutation {
    /// Makes a role of the organization out of the fixed list of permissions.
    async fn create_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new role.")] input: CreateRoleInput,
    ) -> async_graphql::Result<Option<CreateRolePayload>> {
        let draft = RoleDraft {
            name: input.name,
            description: input.description,
            permissions: wanted(input.permissions),
        };
        let (role, user_errors) = outcome(app::roles::create(viewer(ctx)?, draft).await)?;
        let role = role.map(Role);
        Ok(Some(CreateRolePayload { role, user_errors }))
    }

    /// Changes a role for everybody who has it, at once.
    async fn update_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateRoleInput,
    ) -> async_graphql::Result<Option<UpdateRolePayload>> {
        let (caller, id) = (viewer(ctx)?, parse::<domain::RoleId>(&input.id));
        let change = RoleChange {
            name: input.name,
            description: input.description,
            permissions: input.permissions.map(wanted),
        };
        let updated = app::roles::update(caller, id, change, input.expected_version).await;
        let (mut role, user_errors) = outcome(updated)?;
        if let Some(id) = id.filter(|_| is_conflict(&user_errors)) {
            let found = read(app::roles::lookup_many(caller, &[id]).await)?;
            role = found.into_iter().next();
        }
        let role = role.map(Role);
        Ok(Some(UpdateRolePayload { role, user_errors }))
    }

    /// Removes a role that nobody has.
    async fn delete_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which role goes.")] input: DeleteRoleInput,
    ) -> async_graphql::Result<Option<DeleteRolePayload>> {
        let deleted = app::roles::delete(viewer(ctx)?, parse(&input.id)).await;
        let (id, user_errors) = outcome(deleted)?;
        Ok(Some(DeleteRolePayload {
            deleted_role_id: id.map(IntoId::into_id),
            user_errors,
        }))
    }
}
