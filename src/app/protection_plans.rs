//! Plans of protection: what a draft of policies and rules would do, and doing exactly that.
//!
//! Not for changes one by one (`policies.rs`, `protection_rules.rs`), whose functions do the work here, too. Invariant: what is applied
//! is what was previewed: the plan is made anew under the organization's lock, and when its hash is another one, nothing is done.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::asset::AssetKind;
use domain::fleet::Fleet;
use domain::limits::{PLAN_POLICIES_MAX, PROTECTION_RULES_MAX};
use domain::organizational_unit::UnitTree;
use domain::page::{Direction, PageRequest};
use domain::permission::Permission;
use domain::policy::{Policy, PolicyFilter};
use domain::protection_plan::{
    Effect, Habits, Outlook, PlanHash, ShortenedPoint, Shortening, Situation,
};
use domain::protection_rule::{EntryKey, ListEntry, ProtectionRule, ProtectionSource};
use domain::recovery_point::{
    Placement, RecoveryPoint, RecoveryPointFilter, RecoveryPointOrder, RecoveryPointStatus,
};
use domain::scope::Units;
use domain::{OrganizationalUnitId, PolicyId, Problem, ProblemCode, Problems, ProtectionRuleId};
use store::Connection;

use crate::context::Ctx;
use crate::error::Error;
use crate::fleets;

mod apply;
mod change;
mod draft;
mod order;

pub use apply::{Applied, apply};
pub use change::{Change, ChangeAction, ChangeNoun, ShownChange};
pub use draft::{CHILD_UNITS, DIRECT_ASSIGNMENTS, PolicyWish, ProtectionDraft, RuleWish};
use draft::{Target, resolve};

/// Newest points from which it is measured how much changes: enough for a mean, and one short read.
const MEASURED_POINTS: u32 = 500;
/// Policies of one read.
const POLICIES_PAGE: u32 = 1_000;
/// Points that are looked through for those that would end earlier; more are counted as so many.
const SHORTENED_POINTS_MAX: u64 = domain::limits::TOTAL_COUNT_MAX;

/// What a draft would do.
#[derive(Debug, Clone)]
pub struct ProtectionPlan {
    /// Names the plan and the state of the world that it was made for.
    pub hash: PlanHash,
    /// What changes among policies and rules.
    pub changes: Vec<ShownChange>,
    /// What happens to the assets that the caller sees.
    pub effect: Arc<Effect>,
    policies: BTreeMap<PolicyId, Policy>,
    rules: BTreeMap<ProtectionRuleId, String>,
}

impl ProtectionPlan {
    /// A policy of the plan, as it shall be if it stays.
    #[must_use]
    pub fn policy(&self, id: PolicyId) -> Option<&Policy> {
        self.policies.get(&id)
    }

    /// The name of the rule that chooses.
    #[must_use]
    pub fn rule_name(&self, source: ProtectionSource) -> Option<&str> {
        match source {
            ProtectionSource::Direct => None,
            ProtectionSource::Rule(id) => self.rules.get(&id).map(String::as_str),
        }
    }
}

/// What the draft would do; nothing is saved.
pub async fn preview(ctx: &Ctx, draft: &ProtectionDraft) -> Result<ProtectionPlan, Error> {
    ctx.require(Permission::Read)?;
    Ok(make(ctx, &ctx.read(), draft).await?.0)
}

/// The points that would end earlier if they followed the policies as the plan changes them, by the time that they show, newest first.
/// They do not: that takes a second person. Looks through as many points as a count counts.
pub async fn shortened_points(
    ctx: &Ctx,
    plan: &ProtectionPlan,
) -> Result<Vec<ShortenedPoint>, Error> {
    ctx.require(Permission::Read)?;
    let shortenings = &plan.effect.shortenings;
    if shortenings.is_empty() {
        return Ok(Vec::new());
    }
    let policies: Vec<PolicyId> = shortenings.iter().map(|one| one.policy_id).collect();
    let found = store::recovery_points::living_of_policies(
        &ctx.read(),
        ctx.scope(),
        &policies,
        SHORTENED_POINTS_MAX,
    )
    .await?;
    let of = |(point, kind): (RecoveryPoint, AssetKind)| {
        let own = |one: &&Shortening| Some(one.policy_id) == point.policy_id;
        shortenings.iter().find(own)?.of(point, kind)
    };
    Ok(found.into_iter().filter_map(of).collect())
}

/// What the caller's units have, in the order in which it is tried.
#[derive(Debug, Clone)]
pub struct Existing {
    /// The root unit, where things lie that say nothing else.
    pub root: OrganizationalUnitId,
    /// The policies, by name.
    pub policies: Vec<Policy>,
    /// The entries of the lists, the root unit's first.
    pub entries: Vec<ListEntry>,
    /// The order by names; none when the movable entries stand where they stand in a new organization.
    pub order: Option<Vec<String>>,
    names: BTreeMap<PolicyId, String>,
}

impl Existing {
    /// The name of the policy that a rule gives, also one of a unit above.
    #[must_use]
    pub fn policy_of(&self, rule: &ProtectionRule) -> Option<&str> {
        self.names.get(&rule.policy_id).map(String::as_str)
    }
}

/// What there is, for a draft that changes nothing.
pub async fn existing(ctx: &Ctx) -> Result<Existing, Error> {
    ctx.require(Permission::Read)?;
    let reader = ctx.read();
    let all = all_policies(ctx, &reader).await?;
    let list = store::protection_rules::order_list(&reader, ctx.organization()).await?;
    let covers = |unit: OrganizationalUnitId| match ctx.scope().units() {
        Units::All => true,
        Units::Only(units) => units.contains(&unit),
    };
    let root = list.root();
    let mut units: Vec<OrganizationalUnitId> = list.units().filter(|unit| covers(*unit)).collect();
    units.sort_by_key(|unit| *unit != root);
    let entries = units
        .iter()
        .flat_map(|unit| list.of_unit(*unit).iter().cloned());
    let entries: Vec<ListEntry> = entries.collect();
    let keys: Vec<EntryKey> = entries.iter().map(ListEntry::key).collect();
    let is_usual = keys.starts_with(&[EntryKey::DirectAssignments, EntryKey::ChildUnits])
        || !keys.contains(&EntryKey::DirectAssignments);
    let name = |entry: &ListEntry| match entry {
        ListEntry::DirectAssignments => DIRECT_ASSIGNMENTS.to_owned(),
        ListEntry::ChildUnits => CHILD_UNITS.to_owned(),
        ListEntry::Rule(rule) => rule.name.clone(),
    };
    Ok(Existing {
        root,
        order: (!is_usual).then(|| entries.iter().map(name).collect()),
        names: all.iter().map(|one| (one.id, one.name.clone())).collect(),
        policies: all.into_iter().filter(|one| covers(one.unit_id)).collect(),
        entries,
    })
}

/// Makes a plan of the draft.
async fn make(
    ctx: &Ctx,
    db: &impl Connection,
    draft: &ProtectionDraft,
) -> Result<(ProtectionPlan, Arc<Target>), Error> {
    check_size(draft)?;
    let organization = ctx.organization();
    let before = Situation {
        policies: all_policies(ctx, db).await?,
        list: store::protection_rules::order_list(db, organization).await?,
    };
    let tree = store::organizational_units::tree(db, organization).await?;
    let root = before.list.root();
    let target = resolve(ctx, draft, before, root)?;
    check_units(draft, &tree)?;
    let named = target.rules.iter().filter_map(|(at, rule)| {
        let policies = &target.after.policies;
        let policy = policies.iter().find(|one| one.id == rule.policy_id)?;
        Some((at.as_str(), rule, policy))
    });
    crate::protection_rules::check_all(ctx, db, named.collect::<Vec<_>>()).await?;
    let target = Arc::new(target);
    let outlook = Outlook {
        tree,
        now: ctx.now(),
        habits: BTreeMap::new(),
        units: match ctx.scope().units() {
            Units::All => None,
            Units::Only(units) => Some(units.clone()),
        },
    };
    let points = measured_points(ctx, db).await?;
    let sides = Arc::clone(&target);
    let effect = fleets::look(ctx, move |fleet| {
        let outlook = Outlook {
            habits: habits(fleet, points),
            ..outlook
        };
        Effect::between(fleet, &sides.before, &sides.after, &outlook)
    })
    .await?;
    let wanted = target.changes.iter().map(|change| change.wanted(&target));
    let wanted = serde_json::Value::Array(wanted.collect());
    let (before, after) = (&target.before, &target.after);
    let policies = before.policies.iter().chain(&after.policies);
    let rules = before.list.rules().chain(after.list.rules());
    let plan = ProtectionPlan {
        hash: PlanHash::of(&wanted, before, &effect),
        changes: target
            .changes
            .iter()
            .map(|change| change.shown(&target))
            .collect(),
        effect: Arc::new(effect),
        policies: policies.map(|one| (one.id, one.clone())).collect(),
        rules: rules.map(|one| (one.id, one.name.clone())).collect(),
    };
    Ok((plan, target))
}

/// A unit that is not the organization's is answered as one that does not exist, whatever the caller's scope.
fn check_units(draft: &ProtectionDraft, tree: &UnitTree) -> Result<(), Error> {
    let policies = draft.policies.iter().map(|wish| wish.unit);
    let rules = draft.rules.iter().map(|wish| wish.unit);
    let mut problems = Problems::new();
    let named = (policies.enumerate().map(|one| ("policies", one)))
        .chain(rules.enumerate().map(|one| ("rules", one)));
    for (list, (place, unit)) in named {
        let is_missing =
            |unit: Option<OrganizationalUnitId>| unit.is_none_or(|unit| !tree.contains(unit));
        if unit.is_some_and(is_missing) {
            let at = format!("draft.{list}.{place}.organizationalUnitId");
            problems.push(Problem::not_found(&at, "organizational unit"));
        }
    }
    Ok(problems.into_result()?)
}

fn check_size(draft: &ProtectionDraft) -> Result<(), Error> {
    let sizes = [
        ("draft.policies", draft.policies.len(), PLAN_POLICIES_MAX),
        ("draft.rules", draft.rules.len(), PROTECTION_RULES_MAX),
        (
            "draft.removedPolicies",
            draft.removed_policies.len(),
            PLAN_POLICIES_MAX,
        ),
        (
            "draft.removedRules",
            draft.removed_rules.len(),
            PROTECTION_RULES_MAX,
        ),
        (
            "draft.ruleOrder",
            draft.rule_order.as_ref().map_or(0, Vec::len),
            PROTECTION_RULES_MAX + 2,
        ),
    ];
    let over = sizes.into_iter().filter(|(_, size, most)| size > most);
    let problems: Vec<Problem> = over
        .map(|(at, size, most)| {
            let message = format!("A draft names at most {most} here, this is {size}.");
            Problem::new(ProblemCode::LimitReached, at, message)
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.into())
    }
}

/// All policies of the organization: rules of other units give theirs, too.
async fn all_policies(ctx: &Ctx, db: &impl Connection) -> Result<Vec<Policy>, Error> {
    let mut all = Vec::new();
    let mut page = PageRequest {
        size: POLICIES_PAGE,
        ..PageRequest::default()
    };
    loop {
        let filter = PolicyFilter::default();
        let found = store::policies::list(db, ctx.organization(), &filter, &page).await?;
        let after = found.items.last().map(|(cursor, _)| cursor.clone());
        let has_next = found.has_next && after.is_some();
        all.extend(found.into_nodes());
        if !has_next {
            return Ok(all);
        }
        page.from = domain::page::PageEnd::Start { after };
    }
}

/// The newest points of the vault that the caller sees: only the vault counts what a point adds.
async fn measured_points(ctx: &Ctx, db: &impl Connection) -> Result<Vec<RecoveryPoint>, Error> {
    let filter = RecoveryPointFilter {
        placements: Some(vec![Placement::Vault]),
        statuses: Some(vec![RecoveryPointStatus::Available]),
        ..RecoveryPointFilter::default()
    };
    let page = PageRequest {
        size: MEASURED_POINTS,
        ..PageRequest::default()
    };
    let order = RecoveryPointOrder(Direction::Descending);
    let found = store::recovery_points::list(db, ctx.scope(), &filter, order, &page).await?;
    Ok(found.into_nodes())
}

fn habits(fleet: &Fleet, points: Vec<RecoveryPoint>) -> BTreeMap<AssetKind, Habits> {
    let mut kinds: BTreeMap<AssetKind, Vec<RecoveryPoint>> = BTreeMap::new();
    for point in points {
        if let Some(kind) = fleet.kind(point.asset_id) {
            kinds.entry(kind).or_default().push(point);
        }
    }
    let measured = kinds.iter();
    measured
        .map(|(kind, points)| (*kind, Habits::measure(points)))
        .collect()
}

#[cfg(test)]
mod tests;
