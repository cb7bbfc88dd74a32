//! People of the caller's organization.
//!
//! Not for inviting and changing them (a later issue). Invariant: a person of another organization is as unknown as one who
//! does not exist.

use domain::UserId;
use domain::permission::Permission;
use domain::user::User;

use crate::context::Ctx;
use crate::error::Error;

/// One person.
pub async fn lookup(ctx: &Ctx, id: UserId) -> Result<Option<User>, Error> {
    if let Some(user) = ctx.user().filter(|user| user.id == id) {
        return Ok(Some(user.clone()));
    }
    ctx.require(Permission::Read)?;
    Ok(store::users::lookup(&ctx.read(), ctx.organization(), id).await?)
}

/// Several people at once, in any order; unknown ones are left out.
pub async fn lookup_many(ctx: &Ctx, ids: &[UserId]) -> Result<Vec<User>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::users::lookup_many(&ctx.read(), ctx.organization(), ids).await?)
}
