//! Protection rules: which assets get which policy by themselves, and in which order that is decided.
//!
//! Not for carrying it out (`tasks::protection`) nor for a choice by hand (`assignments.rs`). Invariant: every change of what the
//! rules could decide leaves, in its transaction, a task that applies it; a rule names only what its author may see.

use domain::condition::Condition;
use domain::limits::{NAME_LENGTH_MAX, PROTECTION_RULES_MAX};
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::protection_rule::{
    EntryKey, ListEntry, ProtectionRule, ProtectionRuleDraft, ProtectionRuleFilter,
};
use domain::scope::Units;
use domain::task::Task;
use domain::text::checked_name;
use domain::{
    AwsAccountKey, OrganizationalUnitId, PolicyId, Problem, ProblemCode, Problems, ProtectionRuleId,
};
use store::{Connection, Tx};

use crate::actions::{self, Action};
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;
use crate::organizational_units::place;
use ::tasks::protection::apply_later;

mod explain;
mod parts;

pub use explain::{Explained, TraceLine, explain};
pub(crate) use parts::{add, check_all, remove, replace, shift};

/// A rule as its author sends it.
#[derive(Debug, Clone)]
pub struct NewRule {
    /// Name and condition.
    pub draft: ProtectionRuleDraft,
    /// What the assets get; none for a malformed id.
    pub policy_id: Option<PolicyId>,
}

/// A place in a unit's list: before this entry (`Some(None)`: its id is malformed), or at the end.
pub type Place = Option<Option<EntryKey>>;

/// A rule, and the task that applies the change; the task is the organization's, so that not everybody sees it.
pub type Changed = (ProtectionRule, Option<Task>);

/// Adds a rule.
pub async fn create(
    ctx: &Ctx,
    unit: Option<Option<OrganizationalUnitId>>,
    new: NewRule,
    before: Place,
) -> Result<Changed, Error> {
    let action = actions::CREATE_PROTECTION_RULE;
    ctx.authorize(action).await?;
    new.draft.validate().map_err(under_draft)?;
    let (organization, now) = (ctx.organization(), ctx.now());
    let mut tx = ctx.begin().await?;
    store::protection_rules::lock(&mut tx, organization).await?;
    let needed = Permission::PolicyAssign;
    let unit = place(ctx, &tx, needed, "organizationalUnitId", unit).await?;
    let mut tx = ctx.authorize_at(tx, action, [unit]).await?;
    parts::check_count(ctx, &tx).await?;
    let policy_id = check(ctx, &tx, unit, &new).await?;
    let rule = ProtectionRule {
        id: ProtectionRuleId::fresh(ctx.ids()),
        organization_id: organization,
        unit_id: unit,
        name: checked_name("draft.name", &new.draft.name, NAME_LENGTH_MAX)?,
        condition: new.draft.condition,
        policy_id,
        is_active: true,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    taken(store::protection_rules::add(&mut tx, &rule).await)?;
    put(ctx, &mut tx, unit, EntryKey::Rule(rule.id), before).await?;
    let summary = summary(&rule);
    finish(ctx, tx, action, rule, summary).await
}

/// Changes a rule as a whole, when it is still at the version that the caller read; it keeps its place.
pub async fn update(
    ctx: &Ctx,
    id: Option<ProtectionRuleId>,
    new: NewRule,
    expected_version: i32,
) -> Result<Changed, Error> {
    let action = actions::UPDATE_PROTECTION_RULE;
    ctx.authorize(action).await?;
    new.draft.validate().map_err(under_draft)?;
    let (before, tx) = lock(ctx, action, id).await?;
    if before.version != expected_version {
        return Err(Error::stale("expectedVersion", before.version));
    }
    let after = ProtectionRule {
        name: checked_name("draft.name", &new.draft.name, NAME_LENGTH_MAX)?,
        policy_id: check(ctx, &tx, before.unit_id, &new).await?,
        condition: new.draft.condition,
        ..before.clone()
    };
    let summary = serde_json::json!({ "before": summary(&before), "after": summary(&after) });
    save(ctx, tx, action, after, summary).await
}

/// Leaves a rule out (`false`), or tries it again at its place (`true`).
pub async fn set_active(
    ctx: &Ctx,
    id: Option<ProtectionRuleId>,
    is_active: bool,
) -> Result<Changed, Error> {
    let action = parts::activity(is_active);
    ctx.authorize(action).await?;
    let (before, tx) = lock(ctx, action, id).await?;
    if before.is_active == is_active {
        return Ok((before, None));
    }
    let after = ProtectionRule {
        is_active,
        ..before
    };
    let summary = serde_json::json!({ "name": after.name });
    save(ctx, tx, action, after, summary).await
}

/// Puts a rule at another place of its unit's list.
pub async fn relocate(
    ctx: &Ctx,
    id: Option<ProtectionRuleId>,
    before: Place,
) -> Result<Changed, Error> {
    let action = actions::MOVE_PROTECTION_RULE;
    ctx.authorize(action).await?;
    let (rule, mut tx) = lock(ctx, action, id).await?;
    put(ctx, &mut tx, rule.unit_id, EntryKey::Rule(rule.id), before).await?;
    let summary = serde_json::json!({ "name": rule.name, "before": shown(before) });
    finish(ctx, tx, action, rule, summary).await
}

/// Puts one of the two movable entries at another place of the root unit's list: a setting of the organization as a whole.
pub async fn relocate_place(
    ctx: &Ctx,
    entry: EntryKey,
    before: Place,
) -> Result<Option<Task>, Error> {
    let action = actions::MOVE_PROTECTION_PLACE;
    ctx.authorize(action).await?;
    let mut tx = ctx.begin().await?;
    store::protection_rules::lock(&mut tx, ctx.organization()).await?;
    let root = store::organizational_units::root(&tx, ctx.organization())
        .await?
        .id;
    let mut tx = ctx.authorize_at(tx, action, [root]).await?;
    put(ctx, &mut tx, root, entry, before).await?;
    let task = apply(ctx, &mut tx).await?;
    let summary = serde_json::json!({ "place": shown(Some(Some(entry))), "before": shown(before) });
    audit::success(ctx, &mut tx, action, "", summary).await?;
    tx.commit().await?;
    Ok(task)
}

/// Removes a rule; assets that it protected get what the rules after it say, or nothing.
pub async fn delete(
    ctx: &Ctx,
    id: Option<ProtectionRuleId>,
) -> Result<(ProtectionRuleId, Option<Task>), Error> {
    let action = actions::DELETE_PROTECTION_RULE;
    ctx.authorize(action).await?;
    let (rule, mut tx) = lock(ctx, action, id).await?;
    store::protection_rules::remove(&mut tx, ctx.organization(), rule.id).await?;
    let summary = summary(&rule);
    let (rule, task) = finish(ctx, tx, action, rule, summary).await?;
    Ok((rule.id, task))
}

/// One rule.
pub async fn lookup(ctx: &Ctx, id: ProtectionRuleId) -> Result<Option<ProtectionRule>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::protection_rules::lookup(&ctx.read(), ctx.scope(), id).await?)
}

/// Several rules at once, in any order; unknown ones are left out.
pub async fn lookup_many(
    ctx: &Ctx,
    ids: &[ProtectionRuleId],
) -> Result<Vec<ProtectionRule>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::protection_rules::lookup_many(&ctx.read(), ctx.scope(), ids).await?)
}

/// A page of rules, by name.
pub async fn list(
    ctx: &Ctx,
    filter: &ProtectionRuleFilter,
    page: &PageRequest,
) -> Result<Page<ProtectionRule>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::protection_rules::list(&ctx.read(), ctx.scope(), filter, page).await?)
}

/// How many rules match, counted up to the cap.
pub async fn count(ctx: &Ctx, filter: &ProtectionRuleFilter) -> Result<u64, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::protection_rules::count(&ctx.read(), ctx.scope(), filter).await?)
}

/// The list of a unit, the root's when none is named, in the order in which it is tried; none when the caller does not see the unit
/// (`Some(None)`: a malformed id).
pub async fn order(
    ctx: &Ctx,
    unit: Option<Option<OrganizationalUnitId>>,
) -> Result<Option<(OrganizationalUnitId, Vec<ListEntry>)>, Error> {
    ctx.require(Permission::Read)?;
    let list = store::protection_rules::order_list(&ctx.read(), ctx.scope()).await?;
    let unit = match unit {
        None => list.root(),
        Some(Some(unit)) => unit,
        Some(None) => return Ok(None),
    };
    let seen = crate::organizational_units::lookup_many(ctx, &[unit]).await?;
    Ok((!seen.is_empty()).then(|| (unit, list.of_unit(unit).to_vec())))
}

/// The rule, with the organization's protection locked; the caller may change it.
async fn lock(
    ctx: &Ctx,
    action: Action,
    id: Option<ProtectionRuleId>,
) -> Result<(ProtectionRule, Tx), Error> {
    let missing = || Error::not_found("id", "protection rule");
    let id = id.ok_or_else(missing)?;
    let mut tx = ctx.begin().await?;
    store::protection_rules::lock(&mut tx, ctx.organization()).await?;
    let found = store::protection_rules::lookup(&tx, ctx.scope(), id).await?;
    let rule = found.ok_or_else(missing)?;
    let tx = ctx.authorize_at(tx, action, [rule.unit_id]).await?;
    Ok((rule, tx))
}

/// Puts an entry to its place, unless that is the end, where it is already, or shall be.
async fn put(
    ctx: &Ctx,
    tx: &mut Tx,
    unit: OrganizationalUnitId,
    entry: EntryKey,
    before: Place,
) -> Result<(), Error> {
    let missing = || Error::not_found("before", "entry in the list of this organizational unit");
    let before = match before {
        None => None,
        Some(before) => Some(before.ok_or_else(missing)?),
    };
    let organization = ctx.organization();
    let is_put = store::protection_rules::place(tx, organization, unit, entry, before).await?;
    if is_put { Ok(()) } else { Err(missing()) }
}

/// What the rule names must exist and be the caller's to see; answers the policy.
async fn check(
    ctx: &Ctx,
    tx: &Tx,
    unit: OrganizationalUnitId,
    new: &NewRule,
) -> Result<PolicyId, Error> {
    let mut problems = Problems::new();
    let policy = match new.policy_id {
        None => None,
        Some(id) => store::policies::lookup(tx, ctx.scope(), id).await?,
    };
    match &policy {
        None => problems.push(Problem::not_found("draft.policyId", "policy")),
        Some(policy) => {
            let tree = store::organizational_units::tree(tx, ctx.organization()).await?;
            problems.check(
                tree.is_within(unit, policy.unit_id),
                "draft.policyId",
                "This policy belongs to an organizational unit that is not above the rule's.",
            );
        }
    }
    let at = "draft.condition";
    check_condition(ctx, tx, at, &new.draft.condition, &mut problems).await?;
    problems.into_result()?;
    let missing = || Error::not_found("draft.policyId", "policy");
    Ok(policy.ok_or_else(missing)?.id)
}

async fn check_condition(
    ctx: &Ctx,
    tx: &impl Connection,
    at: &str,
    condition: &Condition,
    problems: &mut Problems,
) -> Result<(), Error> {
    let units = store::organizational_units::list(tx, ctx.organization()).await?;
    let sees = |id: &OrganizationalUnitId| {
        let is_seen = match ctx.scope().units() {
            Units::All => true,
            Units::Only(seen) => seen.contains(id) || ctx.scope().inherited().contains(id),
        };
        is_seen && units.iter().any(|unit| unit.id == *id)
    };
    for (path, test) in condition.tests() {
        let field = format!("{at}.{path}");
        match test {
            Condition::Account(ids) => {
                let wanted: Vec<AwsAccountKey> = ids.iter().copied().collect();
                let found = store::aws_accounts::lookup_many(tx, ctx.scope(), &wanted).await?;
                if found.len() < wanted.len() {
                    problems.push(Problem::not_found(&field, "AWS account"));
                }
            }
            Condition::Unit(ids) if !ids.iter().all(sees) => {
                problems.push(Problem::not_found(&field, "organizational unit"));
            }
            Condition::AllOf(_)
            | Condition::AnyOf(_)
            | Condition::Not(_)
            | Condition::Kind(_)
            | Condition::Region(_)
            | Condition::Unit(_)
            | Condition::Name(_)
            | Condition::NameContains(_)
            | Condition::HasTag(_)
            | Condition::AnyTag(_)
            | Condition::AllTags(_)
            | Condition::TagContains(_) => {}
        }
    }
    Ok(())
}

/// Writes `after` one version on and commits.
async fn save(
    ctx: &Ctx,
    mut tx: Tx,
    action: Action,
    after: ProtectionRule,
    summary: serde_json::Value,
) -> Result<Changed, Error> {
    let changed = parts::write(ctx, &mut tx, action, after, summary).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Queues the task that applies the change, records it and commits.
async fn finish(
    ctx: &Ctx,
    mut tx: Tx,
    action: Action,
    rule: ProtectionRule,
    summary: serde_json::Value,
) -> Result<Changed, Error> {
    let task = parts::record(ctx, &mut tx, action, rule.id, summary).await?;
    tx.commit().await?;
    Ok((rule, task))
}

/// Makes sure that a task applies what has changed; none when the caller does not see it.
pub(crate) async fn apply(ctx: &Ctx, tx: &mut Tx) -> Result<Option<Task>, Error> {
    let (organization, actor) = (ctx.organization(), ctx.actor());
    let id = apply_later(tx, organization, actor, ctx.ids(), ctx.now()).await?;
    Ok(store::tasks::lookup(tx, ctx.scope(), id).await?)
}

fn under_draft(problems: Vec<Problem>) -> Error {
    let nested = problems.into_iter().map(|problem| problem.under("draft"));
    Error::Problems(nested.collect())
}

fn taken<T>(result: Result<T, store::Error>) -> Result<T, Error> {
    result.map_err(|error| {
        if error.is_constraint("protection_rules_name") {
            let message = "Another protection rule has this name.";
            Problem::new(ProblemCode::Taken, "draft.name", message).into()
        } else {
            error.into()
        }
    })
}

fn summary(rule: &ProtectionRule) -> serde_json::Value {
    serde_json::json!({
        "name": rule.name,
        "version": rule.version,
        "policy": rule.policy_id,
        "condition": rule.condition,
    })
}

fn shown(before: Place) -> Option<String> {
    before.flatten().map(|entry| match entry {
        EntryKey::DirectAssignments => "direct assignments".to_owned(),
        EntryKey::ChildUnits => "rules of child units".to_owned(),
        EntryKey::Rule(id) => id.to_string(),
    })
}

#[cfg(test)]
mod tests;
