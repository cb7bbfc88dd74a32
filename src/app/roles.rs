//! Roles: the built-in ones and those that the organization made.
//!
//! Not for who has them (`users.rs`). Invariant: a role of another organization is as unknown as one that does not exist.

use domain::RoleId;
use domain::permission::Permission;
use domain::role::{BuiltInRole, Role};

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
