//! People of the caller's organization: who they are, whether they may act, and what they are granted.
//!
//! Not for changing them. Invariant: a person of another organization is as unknown as one who does not exist; lists of
//! people and their grants are for those who see the whole organization, everybody sees their own.

use std::collections::BTreeSet;

use domain::UserId;
use domain::membership::Membership;
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::role_grant::RoleGrant;
use domain::user::User;
pub use store::memberships::MemberFilter;

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

/// A page of people, in the order in which they were added.
pub async fn list(
    ctx: &Ctx,
    filter: &MemberFilter,
    page: &PageRequest,
) -> Result<Page<User>, Error> {
    ctx.require_at(Permission::Read, ctx.access().root())?;
    Ok(store::memberships::list(&ctx.read(), ctx.organization(), filter, page).await?)
}

/// How many people match, counted up to the cap.
pub async fn count(ctx: &Ctx, filter: &MemberFilter) -> Result<u64, Error> {
    ctx.require_at(Permission::Read, ctx.access().root())?;
    Ok(store::memberships::count(&ctx.read(), ctx.organization(), filter).await?)
}

/// The memberships of these people in the caller's organization, as far as the caller may see them.
pub async fn memberships(ctx: &Ctx, users: &[UserId]) -> Result<Vec<Membership>, Error> {
    let shown = shown(ctx, users);
    Ok(store::memberships::lookup_many(&ctx.read(), ctx.organization(), &shown).await?)
}

/// The grants of these people in the caller's organization, as far as the caller may see them.
pub async fn grants(ctx: &Ctx, users: &[UserId]) -> Result<Vec<RoleGrant>, Error> {
    let shown = shown(ctx, users);
    Ok(store::role_grants::of_users(&ctx.read(), ctx.organization(), &shown).await?)
}

/// The caller's own memberships over all organizations, oldest first, each with the organization's name.
pub async fn own_memberships(ctx: &Ctx) -> Result<Vec<(Membership, String)>, Error> {
    let Some(user) = ctx.user() else {
        return Ok(Vec::new());
    };
    let reader = ctx.system_read();
    let mut named = Vec::new();
    for membership in store::memberships::system_list_of_user(&reader, user.id).await? {
        let found = store::organizations::lookup(&reader, membership.organization_id).await?;
        if let Some(organization) = found {
            named.push((membership, organization.name));
        }
    }
    Ok(named)
}

fn shown(ctx: &Ctx, users: &[UserId]) -> Vec<UserId> {
    let sees_all = ctx.can_at(Permission::Read, ctx.access().root());
    let own = ctx.user().map(|user| user.id);
    let shown = users.iter().filter(|id| sees_all || Some(**id) == own);
    shown
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}
