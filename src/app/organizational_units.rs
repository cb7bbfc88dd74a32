//! Organizational units: the tree that limits what members see.
//!
//! Not for who has which role where (`memberships.rs`). Invariant: a member finds the units of the own scope and those above
//! them, nothing else of the tree; whoever changes a unit has the right to at the unit above it, so nobody moves or removes the
//! unit that limits them.

use domain::limits::{UNIT_DEPTH_MAX, UNIT_NAME_LENGTH_MAX, UNITS_MAX};
use domain::organizational_unit::{OrganizationalUnit, UnitTree};
use domain::permission::Permission;
use domain::scope::Units;
use domain::text::checked_name;
use domain::{OrganizationId, OrganizationalUnitId, Problem, ProblemCode};
use store::Tx;

use crate::actions::{self, Action};
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;
use crate::roles;
use ::tasks::protection::apply_rules_later;

/// The units that the caller sees, by name; those above the own scope are among them, so that the tree hangs together.
pub async fn list(ctx: &Ctx) -> Result<Vec<OrganizationalUnit>, Error> {
    ctx.require(Permission::Read)?;
    let mut units = store::organizational_units::list(&ctx.read(), ctx.organization()).await?;
    units.retain(|unit| sees(ctx, unit.id));
    Ok(units)
}

/// Whether a unit is among those that the caller sees.
pub(crate) fn sees(ctx: &Ctx, unit: OrganizationalUnitId) -> bool {
    match ctx.scope().units() {
        Units::All => true,
        Units::Only(seen) => seen.contains(&unit) || ctx.scope().inherited().contains(&unit),
    }
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

/// Makes a unit below another.
pub async fn create(
    ctx: &Ctx,
    parent: Option<OrganizationalUnitId>,
    name: &str,
) -> Result<OrganizationalUnit, Error> {
    let action = actions::CREATE_ORGANIZATIONAL_UNIT;
    let (tx, units) = open(ctx, action).await?;
    let parent = seen(ctx, &units, "parentId", parent)?.id;
    let mut tx = ctx.authorize_at(tx, action, [parent]).await?;
    if units.len() >= UNITS_MAX {
        let message = format!("An organization has at most {UNITS_MAX} organizational units.");
        return Err(Problem::new(ProblemCode::LimitReached, "", message).into());
    }
    check_depth(&tree(&units)?, parent, 0)?;
    let unit = OrganizationalUnit {
        id: OrganizationalUnitId::fresh(ctx.ids()),
        organization_id: ctx.organization(),
        parent_id: Some(parent),
        name: checked_name("name", name, UNIT_NAME_LENGTH_MAX)?,
        version: 1,
    };
    taken(store::organizational_units::add(&mut tx, &unit, ctx.now()).await)?;
    let summary = serde_json::json!({ "name": unit.name, "parent": parent });
    audit::success(ctx, &mut tx, action, unit.id, summary).await?;
    tx.commit().await?;
    Ok(unit)
}

/// Gives a unit another name, when it is still at the version that the caller read.
pub async fn rename(
    ctx: &Ctx,
    id: Option<OrganizationalUnitId>,
    name: &str,
    expected_version: i32,
) -> Result<OrganizationalUnit, Error> {
    let action = actions::RENAME_ORGANIZATIONAL_UNIT;
    let (tx, units) = open(ctx, action).await?;
    let (before, parent) = below_root(seen(ctx, &units, "id", id)?)?;
    let tx = ctx.authorize_at(tx, action, [parent]).await?;
    let after = OrganizationalUnit {
        name: checked_name("name", name, UNIT_NAME_LENGTH_MAX)?,
        ..before.clone()
    };
    let summary = serde_json::json!({ "before": before.name, "after": after.name });
    save(ctx, tx, action, after, expected_version, summary).await
}

/// Puts a unit, with all that lies below it, under another parent.
pub async fn relocate(
    ctx: &Ctx,
    id: Option<OrganizationalUnitId>,
    parent: Option<OrganizationalUnitId>,
    expected_version: i32,
) -> Result<OrganizationalUnit, Error> {
    let action = actions::MOVE_ORGANIZATIONAL_UNIT;
    let (tx, units) = open(ctx, action).await?;
    let (before, former) = below_root(seen(ctx, &units, "id", id)?)?;
    let parent = seen(ctx, &units, "parentId", parent)?.id;
    let tx = ctx.authorize_at(tx, action, [former, parent]).await?;
    let tree = tree(&units)?;
    if tree.is_within(parent, before.id) {
        let message = "A unit cannot lie below itself.";
        return Err(Problem::invalid("parentId", message).into());
    }
    check_depth(&tree, parent, tree.height(before.id))?;
    let after = OrganizationalUnit {
        parent_id: Some(parent),
        ..before.clone()
    };
    // What lies in the unit is no longer below the units that were above it.
    let mut tx = tx;
    apply(ctx, &mut tx).await?;
    let summary = serde_json::json!({ "before": former, "after": parent });
    save(ctx, tx, action, after, expected_version, summary).await
}

/// Removes a unit. Accounts, assets, policies, rules and units in it go to `heir`, its parent unless said otherwise; grants at it end,
/// because moving them would widen them.
pub async fn delete(
    ctx: &Ctx,
    id: Option<OrganizationalUnitId>,
    heir: Option<Option<OrganizationalUnitId>>,
) -> Result<OrganizationalUnitId, Error> {
    let action = actions::DELETE_ORGANIZATIONAL_UNIT;
    let (tx, units) = open(ctx, action).await?;
    let (unit, parent) = below_root(seen(ctx, &units, "id", id)?)?;
    let heir = match heir {
        Some(heir) => seen(ctx, &units, "reassignTo", heir)?.id,
        None => parent,
    };
    let mut tx = ctx.authorize_at(tx, action, [parent, heir]).await?;
    let tree = tree(&units)?;
    if tree.is_within(heir, unit.id) {
        let message = "What lies in the unit cannot go to the unit itself, or below it.";
        return Err(Problem::invalid("reassignTo", message).into());
    }
    check_depth(&tree, heir, tree.height(unit.id).saturating_sub(1))?;
    let ended = end_grants(ctx, &mut tx, unit.id).await?;
    let organization = ctx.organization();
    for provider in store::identity_providers::list(&tx, organization).await? {
        let named = provider.rules.iter().flat_map(|rule| &rule.unit_ids);
        if named.clone().any(|named| *named == unit.id) {
            let message =
                "A group rule of an identity provider grants at this unit. Change the rule first.";
            return Err(Error::precondition("id", message));
        }
    }
    check_rules(&tx, organization, unit.id).await?;
    apply(ctx, &mut tx).await?;
    taken(store::organizational_units::reassign(&mut tx, organization, unit.id, heir).await)?;
    store::organizational_units::remove(&mut tx, organization, unit.id).await?;
    let summary = serde_json::json!({ "name": unit.name, "heir": heir, "endedGrants": ended });
    audit::success(ctx, &mut tx, action, unit.id, summary).await?;
    tx.commit().await?;
    Ok(unit.id)
}

/// Ends the grants at a unit that goes; nobody takes away more than they hold.
async fn end_grants(ctx: &Ctx, tx: &mut Tx, unit: OrganizationalUnitId) -> Result<usize, Error> {
    let grants = store::role_grants::at_unit(tx, ctx.organization(), unit).await?;
    for grant in &grants {
        let held = roles::permissions(ctx, tx, grant.role_at.role_id).await?;
        if held.is_some_and(|held| !ctx.access().covers(&held, unit)) {
            let message = "Somebody has a role at this unit that allows more than you may do here.";
            return Err(Error::precondition("id", message));
        }
        // One by one, because each tells the member's sessions.
        store::role_grants::remove(tx, ctx.organization(), grant).await?;
    }
    Ok(grants.len())
}

/// Applies the protection rules after a change of what lies where. Called before rows of assets change, because it takes the lock
/// of what protects them.
async fn apply(ctx: &Ctx, tx: &mut Tx) -> Result<(), Error> {
    let (organization, actor) = (ctx.organization(), ctx.actor());
    apply_rules_later(tx, organization, actor, ctx.ids(), ctx.now()).await?;
    Ok(())
}

/// Refuses while a protection rule looks for the unit: it would never match again, and nobody would be told.
async fn check_rules(
    tx: &Tx,
    organization: OrganizationId,
    unit: OrganizationalUnitId,
) -> Result<(), Error> {
    let list = store::protection_rules::order_list(tx, organization).await?;
    let named = list.rules().find(|rule| rule.condition.names_unit(unit));
    let Some(rule) = named else {
        return Ok(());
    };
    let message = format!(
        "The protection rule {} looks for this unit. Change the rule first.",
        rule.name
    );
    Err(Error::precondition("id", message))
}

/// All units, with the organization locked: two changes of the tree cannot together make a circle.
async fn open(ctx: &Ctx, action: Action) -> Result<(Tx, Vec<OrganizationalUnit>), Error> {
    ctx.authorize(action).await?;
    let tx = ctx.begin().await?;
    let organization = ctx.organization();
    let locked = store::organizations::lock(&tx, organization).await?;
    locked.ok_or_else(|| Error::not_found("", "organization"))?;
    let units = store::organizational_units::list(&tx, organization).await?;
    Ok((tx, units))
}

fn seen<'a>(
    ctx: &Ctx,
    units: &'a [OrganizationalUnit],
    field: &str,
    id: Option<OrganizationalUnitId>,
) -> Result<&'a OrganizationalUnit, Error> {
    let is_seen = |id: OrganizationalUnitId| match ctx.scope().units() {
        Units::All => true,
        Units::Only(seen) => seen.contains(&id) || ctx.scope().inherited().contains(&id),
    };
    let found = units
        .iter()
        .find(|unit| Some(unit.id) == id && is_seen(unit.id));
    found.ok_or_else(|| Error::not_found(field, "organizational unit"))
}

fn below_root(
    unit: &OrganizationalUnit,
) -> Result<(&OrganizationalUnit, OrganizationalUnitId), Error> {
    let is_root = || Error::precondition("id", "The root unit stays as it is.");
    Ok((unit, unit.parent_id.ok_or_else(is_root)?))
}

fn tree(units: &[OrganizationalUnit]) -> Result<UnitTree, Error> {
    UnitTree::of(units).ok_or_else(|| Error::not_found("", "organizational unit"))
}

/// Whether a unit with `levels` below it fits under `parent`.
fn check_depth(tree: &UnitTree, parent: OrganizationalUnitId, levels: usize) -> Result<(), Error> {
    let deepest = tree.depth(parent).saturating_add(1).saturating_add(levels);
    if deepest <= UNIT_DEPTH_MAX {
        return Ok(());
    }
    let message = format!("Units are at most {UNIT_DEPTH_MAX} levels deep.");
    Err(Problem::new(ProblemCode::LimitReached, "parentId", message).into())
}

async fn save(
    ctx: &Ctx,
    mut tx: Tx,
    action: Action,
    unit: OrganizationalUnit,
    expected_version: i32,
    summary: serde_json::Value,
) -> Result<OrganizationalUnit, Error> {
    if unit.version != expected_version {
        return Err(Error::stale("expectedVersion", unit.version));
    }
    let unit = OrganizationalUnit {
        version: expected_version.saturating_add(1),
        ..unit
    };
    taken(store::organizational_units::update(&mut tx, &unit, expected_version).await)?;
    audit::success(ctx, &mut tx, action, unit.id, summary).await?;
    tx.commit().await?;
    Ok(unit)
}

fn taken<T>(result: Result<T, store::Error>) -> Result<T, Error> {
    result.map_err(|error| {
        if error.is_constraint("organizational_units_parent_id_name") {
            let message = "Another unit under the same parent has this name.";
            Problem::new(ProblemCode::Taken, "name", message).into()
        } else {
            error.into()
        }
    })
}

#[cfg(test)]
mod tests;
