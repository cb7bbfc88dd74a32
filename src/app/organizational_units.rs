//! Organizational units: the tree that limits what members see.
//!
//! Not for who has which role where (`role_grants.rs`). Invariant: a member finds the units of the own scope and those above
//! them, nothing else of the tree.

use domain::OrganizationalUnitId;
use domain::organizational_unit::OrganizationalUnit;
use domain::permission::Permission;
use domain::scope::Units;
use domain::{Problem, ProblemCode};
use store::Tx;

use crate::context::Ctx;
use crate::error::Error;

/// The units that the caller sees, by name; those above the own scope are among them, so that the tree hangs together.
pub async fn list(ctx: &Ctx) -> Result<Vec<OrganizationalUnit>, Error> {
    ctx.require(Permission::Read)?;
    let mut units = store::organizational_units::list(&ctx.read(), ctx.organization()).await?;
    if let Units::Only(seen) = ctx.scope().units() {
        let inherited = ctx.scope().inherited();
        units.retain(|unit| seen.contains(&unit.id) || inherited.contains(&unit.id));
    }
    Ok(units)
}

/// Several units at once, in any order; those that the caller does not see are left out.
pub async fn lookup_many(
    ctx: &Ctx,
    ids: &[OrganizationalUnitId],
) -> Result<Vec<OrganizationalUnit>, Error> {
    let mut units = list(ctx).await?;
    units.retain(|unit| ids.contains(&unit.id));
    Ok(units)
}

/// Where a new thing lies when its maker names no unit: at the topmost unit where they may make it. When there are several, they
/// must say which. `Some(None)` is a malformed id.
pub(crate) async fn place(
    ctx: &Ctx,
    tx: &Tx,
    needed: Permission,
    field: &str,
    wanted: Option<Option<OrganizationalUnitId>>,
) -> Result<OrganizationalUnitId, Error> {
    if let Some(wanted) = wanted {
        let missing = || Error::not_found(field, "organizational unit");
        let wanted = wanted.ok_or_else(missing)?;
        let is_seen = match ctx.scope().units() {
            Units::All => true,
            Units::Only(seen) => seen.contains(&wanted),
        };
        let units = store::organizational_units::list(tx, ctx.organization()).await?;
        let found = units.iter().find(|unit| is_seen && unit.id == wanted);
        return found.map(|unit| unit.id).ok_or_else(missing);
    }
    let root = store::organizational_units::root(tx, ctx.organization()).await?;
    if ctx.can_at(needed, root.id) {
        return Ok(root.id);
    }
    let tops = ctx.access().tops(needed);
    let mut tops = tops.into_iter();
    match (tops.next(), tops.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Error::Forbidden(needed)),
        (Some(_), Some(_)) => {
            let message = "You may do this at several organizational units: name one.";
            Err(Problem::new(ProblemCode::Invalid, field, message).into())
        }
    }
}
