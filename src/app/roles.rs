//! Roles: the built-in ones and those that the organization made.
//!
//! Not for who has them (`memberships.rs`). Invariant: a role of another organization is as unknown as one that does not exist;
//! nobody makes, changes or removes a role that allows more than they may do at the root unit.

use domain::limits::ROLES_MAX;
use domain::permission::{Permission, Permissions};
use domain::role::{BuiltInRole, Role, RoleDraft};
use domain::{Problem, ProblemCode, RoleId};
use store::Tx;

use crate::actions::{self, Action};
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;

/// All roles: the built-in ones from the widest to the narrowest, then the organization's own by name.
pub async fn list(ctx: &Ctx) -> Result<Vec<Role>, Error> {
    ctx.require(Permission::Read)?;
    let own = store::roles::list(&ctx.read(), ctx.organization()).await?;
    let built_in = BuiltInRole::ALL.iter().map(|role| Role::from(*role));
    Ok(built_in.chain(own).collect())
}

/// Several roles at once; unknown ones are left out.
pub async fn lookup_many(ctx: &Ctx, ids: &[RoleId]) -> Result<Vec<Role>, Error> {
    let mut roles = list(ctx).await?;
    roles.retain(|role| ids.contains(&role.id));
    Ok(roles)
}

/// What an update of a role changes; absent parts stay as they are.
#[derive(Debug, Clone, Default)]
pub struct RoleChange {
    /// Name.
    pub name: Option<String>,
    /// What it is for; empty removes it.
    pub description: Option<String>,
    /// All that it allows from now on.
    pub permissions: Option<Permissions>,
}

/// Makes a role of the organization.
pub async fn create(ctx: &Ctx, draft: RoleDraft) -> Result<Role, Error> {
    let action = actions::CREATE_ROLE;
    let mut tx = open(ctx, action).await?;
    let draft = draft.checked()?;
    check_covered(ctx, &draft.permissions)?;
    let known = store::roles::list(&tx, ctx.organization()).await?;
    if known.len() >= ROLES_MAX {
        let message = format!("An organization has at most {ROLES_MAX} roles of its own.");
        return Err(Problem::new(ProblemCode::LimitReached, "name", message).into());
    }
    let role = Role {
        id: RoleId::fresh(ctx.ids()),
        name: draft.name,
        description: draft.description,
        permissions: draft.permissions,
        version: 1,
        organization_id: Some(ctx.organization()),
        created_at: Some(ctx.now()),
    };
    taken(store::roles::add(&mut tx, ctx.organization(), &role, ctx.now()).await)?;
    audit::success(ctx, &mut tx, action, role.id, summary(&role)).await?;
    tx.commit().await?;
    Ok(role)
}

/// Changes a role for everybody who has it, when it is still at the version that the caller read.
pub async fn update(
    ctx: &Ctx,
    id: Option<RoleId>,
    change: RoleChange,
    expected_version: i32,
) -> Result<Role, Error> {
    let action = actions::UPDATE_ROLE;
    let mut tx = open(ctx, action).await?;
    let before = lock(ctx, &tx, id).await?;
    if before.version != expected_version {
        return Err(Error::stale("expectedVersion", before.version));
    }
    let draft = RoleDraft {
        name: change.name.unwrap_or_else(|| before.name.clone()),
        description: change.description.or_else(|| before.description.clone()),
        permissions: change
            .permissions
            .unwrap_or_else(|| before.permissions.clone()),
    };
    let draft = draft.checked()?;
    check_covered(ctx, &draft.permissions)?;
    let after = Role {
        name: draft.name,
        description: draft.description,
        permissions: draft.permissions,
        version: expected_version.saturating_add(1),
        ..before.clone()
    };
    taken(store::roles::update(&mut tx, ctx.organization(), &after, expected_version).await)?;
    let summary = serde_json::json!({ "before": summary(&before), "after": summary(&after) });
    audit::success(ctx, &mut tx, action, after.id, summary).await?;
    tx.commit().await?;
    Ok(after)
}

/// Removes a role that nobody has.
pub async fn delete(ctx: &Ctx, id: Option<RoleId>) -> Result<RoleId, Error> {
    let action = actions::DELETE_ROLE;
    let mut tx = open(ctx, action).await?;
    let role = lock(ctx, &tx, id).await?;
    let organization = ctx.organization();
    if store::role_grants::count_of_role(&tx, organization, role.id).await? > 0 {
        let message = "Somebody has this role. Take it away from them first.";
        return Err(Error::precondition("id", message));
    }
    let providers = store::identity_providers::list(&tx, organization).await?;
    let mut rules = providers.iter().flat_map(|provider| &provider.rules);
    if rules.any(|rule| rule.role_id == role.id) {
        let message =
            "A group rule of an identity provider grants this role. Change the rule first.";
        return Err(Error::precondition("id", message));
    }
    store::roles::remove(&mut tx, organization, role.id).await?;
    audit::success(ctx, &mut tx, action, role.id, summary(&role)).await?;
    tx.commit().await?;
    Ok(role.id)
}

/// What a role allows; none when it is not a role of this organization.
pub(crate) async fn permissions(
    ctx: &Ctx,
    tx: &Tx,
    role: RoleId,
) -> Result<Option<Permissions>, Error> {
    if let Some(role) = BuiltInRole::from_id(role) {
        return Ok(Some(role.permissions()));
    }
    let found = store::roles::lookup(tx, ctx.organization(), role).await?;
    Ok(found.map(|role| role.permissions))
}

/// Locks the organization: a role must not be granted while it is removed.
async fn open(ctx: &Ctx, action: Action) -> Result<Tx, Error> {
    ctx.authorize(action).await?;
    let tx = ctx.begin().await?;
    let locked = store::organizations::lock(&tx, ctx.organization()).await?;
    locked.ok_or_else(|| Error::not_found("", "organization"))?;
    Ok(tx)
}

async fn lock(ctx: &Ctx, tx: &Tx, id: Option<RoleId>) -> Result<Role, Error> {
    let missing = || Error::not_found("id", "role");
    let id = id.ok_or_else(missing)?;
    if BuiltInRole::from_id(id).is_some() {
        let message = "This role comes with Holdfast and cannot be changed.";
        return Err(Error::precondition("id", message));
    }
    let role = store::roles::lock(tx, ctx.organization(), id).await?;
    let role = role.ok_or_else(missing)?;
    if !ctx.access().covers(&role.permissions, ctx.access().root()) {
        let message = "This role allows more than you may do.";
        return Err(Problem::new(ProblemCode::Forbidden, "id", message).into());
    }
    Ok(role)
}

fn check_covered(ctx: &Ctx, permissions: &Permissions) -> Result<(), Error> {
    if ctx.access().covers(permissions, ctx.access().root()) {
        return Ok(());
    }
    let message = "A role cannot allow more than you may do at the root unit.";
    Err(Problem::new(ProblemCode::Forbidden, "permissions", message).into())
}

fn taken<T>(result: Result<T, store::Error>) -> Result<T, Error> {
    result.map_err(|error| {
        if error.is_constraint("roles_name") {
            let message = "Another role has this name.";
            Problem::new(ProblemCode::Taken, "name", message).into()
        } else {
            error.into()
        }
    })
}

fn summary(role: &Role) -> serde_json::Value {
    serde_json::json!({ "name": role.name, "permissions": role.permissions })
}

#[cfg(test)]
mod tests;
