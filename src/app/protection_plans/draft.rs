//! A draft of policies and rules: what its author wrote, and what it would change.
//!
//! Not for what that does to assets (`domain::protection_plan`), and not for rights: whoever applies is asked for them change by
//! change. Invariant: what a draft does not name stays as it is, unless it says that it is complete; and what is as the draft wants it
//! is no change, so applying twice changes nothing the second time.

use std::collections::BTreeSet;

use domain::permission::Permission;
use domain::policy::{Policy, PolicyDraft};
use domain::protection_plan::Situation;
use domain::protection_rule::{EntryKey, ListEntry, ProtectionRule, ProtectionRuleDraft, RuleList};
use domain::scope::Units;
use domain::{OrganizationalUnitId, PolicyId, Problem, ProblemCode, Problems, ProtectionRuleId};

use super::change::Change;
use super::order;
use crate::context::Ctx;
use crate::policies::{described, operations_of};

/// Names the place of policies that were chosen by hand in an order.
pub const DIRECT_ASSIGNMENTS: &str = "DIRECT_ASSIGNMENTS";
/// Names the place of the rules of units below in an order.
pub const CHILD_UNITS: &str = "CHILD_UNITS";

/// What somebody wants.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProtectionDraft {
    /// Whether the policies and rules of the caller's units that are not named here go.
    pub is_complete: bool,
    /// Policies as they shall be.
    pub policies: Vec<PolicyWish>,
    /// Rules as they shall be.
    pub rules: Vec<RuleWish>,
    /// Policies that shall go, by id or name; what is not there is gone already.
    pub removed_policies: Vec<String>,
    /// Rules that shall go, by id or name; what is not there is gone already.
    pub removed_rules: Vec<String>,
    /// The order of entries: ids or names of rules, [`DIRECT_ASSIGNMENTS`], [`CHILD_UNITS`]. Of each unit's list the named ones take
    /// their places among themselves in this order. A complete draft without one wants the order of its rules.
    pub rule_order: Option<Vec<String>>,
}

/// A policy as it shall be.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyWish {
    /// Which one; without it the one of this name, or a new one.
    pub id: Option<String>,
    /// Where a new one lies.
    pub unit: Option<Option<OrganizationalUnitId>>,
    /// Whether its schedules fire; without it as it is, and a new one's do.
    pub is_active: Option<bool>,
    /// All else.
    pub draft: PolicyDraft,
}

/// A rule as it shall be.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleWish {
    /// Which one; without it the one of this name, or a new one.
    pub id: Option<String>,
    /// Where a new one lies.
    pub unit: Option<Option<OrganizationalUnitId>>,
    /// Whether it is tried; without it as it is, and a new one is.
    pub is_active: Option<bool>,
    /// The policy that it gives, by id or by name, also one of this draft.
    pub policy: String,
    /// All else.
    pub draft: ProtectionRuleDraft,
}

/// What a draft wants of the world as it is.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) before: Situation,
    pub(super) after: Situation,
    pub(super) changes: Vec<Change>,
    /// New and changed rules, each with its place in the draft.
    pub(super) rules: Vec<(String, ProtectionRule)>,
}

/// Compares the draft with the world.
pub(super) fn resolve(
    ctx: &Ctx,
    draft: &ProtectionDraft,
    before: Situation,
    root: OrganizationalUnitId,
) -> Result<Target, Vec<Problem>> {
    let mut work = Work {
        ctx,
        root,
        problems: Problems::new(),
        changes: Vec::new(),
        named: Vec::new(),
        after: before.clone(),
        before,
    };
    let kept_policies = work.policies(&draft.policies);
    let kept_rules = work.rules(&draft.rules);
    work.remove_rules(draft, &kept_rules);
    work.remove_policies(draft, &kept_policies);
    work.order(draft, &kept_rules);
    let Work {
        problems,
        changes,
        named,
        after,
        before,
        ..
    } = work;
    problems.into_result()?;
    Ok(Target {
        before,
        after,
        changes,
        rules: named,
    })
}

struct Work<'a> {
    ctx: &'a Ctx,
    root: OrganizationalUnitId,
    problems: Problems,
    changes: Vec<Change>,
    named: Vec<(String, ProtectionRule)>,
    before: Situation,
    after: Situation,
}

impl Work<'_> {
    /// Whether the caller sees what lies at this unit; policies and rules of units above are seen from below.
    fn sees(&self, unit: OrganizationalUnitId) -> bool {
        let scope = self.ctx.scope();
        match scope.units() {
            Units::All => true,
            Units::Only(units) => units.contains(&unit) || scope.inherited().contains(&unit),
        }
    }

    /// Whether a complete draft of the caller is about what lies at this unit.
    fn covers(&self, unit: OrganizationalUnitId) -> bool {
        match self.ctx.scope().units() {
            Units::All => true,
            Units::Only(units) => units.contains(&unit),
        }
    }

    fn unit_of_new(
        &mut self,
        unit: Option<Option<OrganizationalUnitId>>,
        needed: Permission,
        at: &str,
    ) -> OrganizationalUnitId {
        let wanted = unit.unwrap_or_else(|| Some(self.default_unit(needed)));
        if let Some(unit) = wanted.filter(|unit| self.covers(*unit)) {
            return unit;
        }
        let at = format!("{at}.organizationalUnitId");
        self.problems
            .push(Problem::not_found(&at, "organizational unit"));
        self.root
    }

    /// Where a new thing lies when nobody says so: the topmost unit where the caller may make it.
    fn default_unit(&self, needed: Permission) -> OrganizationalUnitId {
        if self.ctx.can_at(needed, self.root) {
            return self.root;
        }
        let tops = self.ctx.access().tops(needed);
        tops.into_iter().next().unwrap_or(self.root)
    }

    fn policies(&mut self, wishes: &[PolicyWish]) -> BTreeSet<PolicyId> {
        let mut kept = BTreeSet::new();
        for (place, wish) in wishes.iter().enumerate() {
            let at = format!("draft.policies.{place}");
            if let Err(problems) = wish.draft.validate() {
                self.problems.nest(&at, Err(problems));
                continue;
            }
            let Some(known) = self.known_policy(wish, &at) else {
                continue;
            };
            let after = self.wished_policy(wish, known.as_ref(), &at);
            if !kept.insert(after.id) {
                self.twice(&at);
                continue;
            }
            self.put_policy(known, after, &at);
        }
        kept
    }

    /// The policy that a wish is about; `Some(None)` for a new one, none when the wish names one that is not there.
    fn known_policy(&mut self, wish: &PolicyWish, at: &str) -> Option<Option<Policy>> {
        let Some(id) = &wish.id else {
            let name = wish.draft.name.trim();
            let named = self
                .before
                .policies
                .iter()
                .find(|policy| policy.name == name);
            return Some(named.filter(|policy| self.sees(policy.unit_id)).cloned());
        };
        let id: Option<PolicyId> = id.parse().ok();
        let known = self
            .before
            .policies
            .iter()
            .find(|policy| Some(policy.id) == id);
        let known = known.filter(|policy| self.sees(policy.unit_id)).cloned();
        if known.is_none() {
            let problem = Problem::not_found(&format!("{at}.id"), "policy");
            self.problems.push(problem);
        }
        known.map(Some)
    }

    fn wished_policy(&mut self, wish: &PolicyWish, known: Option<&Policy>, at: &str) -> Policy {
        let now = self.ctx.now();
        let draft = wish.draft.clone();
        let unit = match known {
            Some(known) => self.unit_stays(known.unit_id, wish.unit, at),
            None => self.unit_of_new(wish.unit, Permission::PolicyWrite, at),
        };
        let former = known.map_or(&[][..], |known| known.operations.as_slice());
        Policy {
            id: known.map_or_else(|| PolicyId::fresh(self.ctx.ids()), |known| known.id),
            organization_id: self.ctx.organization(),
            unit_id: unit,
            name: draft.name.trim().to_owned(),
            description: described(draft.description),
            is_active: wish
                .is_active
                .unwrap_or_else(|| known.is_none_or(|known| known.is_active)),
            operations: operations_of(self.ctx, draft.operations, former),
            version: known.map_or(1, |known| known.version),
            created_at: known.map_or(now, |known| known.created_at),
            updated_at: known.map_or(now, |known| known.updated_at),
        }
    }

    /// Things do not move between units by a draft.
    fn unit_stays(
        &mut self,
        unit: OrganizationalUnitId,
        wanted: Option<Option<OrganizationalUnitId>>,
        at: &str,
    ) -> OrganizationalUnitId {
        if wanted.is_some_and(|wanted| wanted != Some(unit)) {
            let message = "This lies at another organizational unit and cannot move.";
            let at = format!("{at}.organizationalUnitId");
            self.problems.push(Problem::invalid(&at, message));
        }
        unit
    }

    fn put_policy(&mut self, known: Option<Policy>, after: Policy, at: &str) {
        let is_twin = |one: &Policy| one.name == after.name && one.id != after.id;
        if self.after.policies.iter().any(is_twin) {
            self.taken(at, "policy");
        }
        let policies = &mut self.after.policies;
        match policies.iter_mut().find(|policy| policy.id == after.id) {
            Some(slot) => *slot = after.clone(),
            None => policies.push(after.clone()),
        }
        match known {
            None => self.changes.push(Change::CreatePolicy(after)),
            Some(before) if before != after => {
                self.changes.push(Change::UpdatePolicy { before, after });
            }
            Some(_) => {}
        }
    }

    fn rules(&mut self, wishes: &[RuleWish]) -> Vec<ProtectionRuleId> {
        let mut kept = Vec::new();
        for (place, wish) in wishes.iter().enumerate() {
            let at = format!("draft.rules.{place}");
            if let Err(problems) = wish.draft.validate() {
                self.problems.nest(&at, Err(problems));
                continue;
            }
            let Some(known) = self.known_rule(wish, &at) else {
                continue;
            };
            let Some(after) = self.wished_rule(wish, known.as_ref(), &at) else {
                continue;
            };
            if kept.contains(&after.id) {
                self.twice(&at);
                continue;
            }
            kept.push(after.id);
            self.put_rule(known, after, &at);
        }
        kept
    }

    fn known_rule(&mut self, wish: &RuleWish, at: &str) -> Option<Option<ProtectionRule>> {
        let Some(id) = &wish.id else {
            let name = wish.draft.name.trim();
            let named = self.before.list.rules().find(|rule| rule.name == name);
            return Some(named.filter(|rule| self.sees(rule.unit_id)).cloned());
        };
        let id: Option<ProtectionRuleId> = id.parse().ok();
        let known = self.before.list.rules().find(|rule| Some(rule.id) == id);
        let known = known.filter(|rule| self.sees(rule.unit_id)).cloned();
        if known.is_none() {
            let problem = Problem::not_found(&format!("{at}.id"), "protection rule");
            self.problems.push(problem);
        }
        known.map(Some)
    }

    fn wished_rule(
        &mut self,
        wish: &RuleWish,
        known: Option<&ProtectionRule>,
        at: &str,
    ) -> Option<ProtectionRule> {
        let Some(policy) = self.policy_called(&wish.policy) else {
            let problem = Problem::not_found(&format!("{at}.policy"), "policy");
            self.problems.push(problem);
            return None;
        };
        let now = self.ctx.now();
        let unit = match known {
            Some(known) => self.unit_stays(known.unit_id, wish.unit, at),
            None => self.unit_of_new(wish.unit, Permission::PolicyAssign, at),
        };
        Some(ProtectionRule {
            id: known.map_or_else(|| ProtectionRuleId::fresh(self.ctx.ids()), |known| known.id),
            organization_id: self.ctx.organization(),
            unit_id: unit,
            name: wish.draft.name.trim().to_owned(),
            condition: wish.draft.condition.clone(),
            policy_id: policy,
            is_active: wish
                .is_active
                .unwrap_or_else(|| known.is_none_or(|known| known.is_active)),
            version: known.map_or(1, |known| known.version),
            created_at: known.map_or(now, |known| known.created_at),
            updated_at: known.map_or(now, |known| known.updated_at),
        })
    }

    /// The policy of this id, else of this name, as the draft leaves them.
    fn policy_called(&self, text: &str) -> Option<PolicyId> {
        let id: Option<PolicyId> = text.parse().ok();
        let all = || {
            let all = self.after.policies.iter();
            all.filter(|policy| self.sees(policy.unit_id))
        };
        let by_id = all().find(|policy| Some(policy.id) == id);
        let by_name = || all().find(|policy| policy.name == text.trim());
        by_id.or_else(by_name).map(|policy| policy.id)
    }

    fn put_rule(&mut self, known: Option<ProtectionRule>, after: ProtectionRule, at: &str) {
        let is_twin = |one: &ProtectionRule| one.name == after.name && one.id != after.id;
        if self.after.list.rules().any(is_twin) {
            self.taken(at, "protection rule");
        }
        if known.as_ref() != Some(&after) {
            self.named.push((at.to_owned(), after.clone()));
        }
        let entry = ListEntry::Rule(after.clone());
        match known {
            None => {
                self.after.list.put(after.unit_id, entry, None);
                self.changes.push(Change::CreateRule(after));
            }
            Some(before) if before != after => {
                // Before itself: where it is.
                let key = Some(entry.key());
                self.after.list.put(after.unit_id, entry, key);
                self.changes.push(Change::UpdateRule { before, after });
            }
            Some(_) => {}
        }
    }

    fn remove_rules(&mut self, draft: &ProtectionDraft, kept: &[ProtectionRuleId]) {
        let is_removed = |rule: &ProtectionRule| {
            let is_named = draft
                .removed_rules
                .iter()
                .any(|text| *text == rule.name || text.parse() == Ok(rule.id));
            let is_left_out = draft.is_complete && self.covers(rule.unit_id);
            (is_named && self.sees(rule.unit_id)) || is_left_out
        };
        let all = self.before.list.rules();
        let gone = all.filter(|rule| is_removed(rule) && !kept.contains(&rule.id));
        let gone: Vec<ProtectionRule> = gone.cloned().collect();
        for rule in gone {
            self.after.list.remove(EntryKey::Rule(rule.id));
            self.changes.push(Change::DeleteRule(rule));
        }
    }

    fn remove_policies(&mut self, draft: &ProtectionDraft, kept: &BTreeSet<PolicyId>) {
        let is_removed = |policy: &Policy| {
            let is_named = draft
                .removed_policies
                .iter()
                .any(|text| *text == policy.name || text.parse() == Ok(policy.id));
            let is_left_out = draft.is_complete && self.covers(policy.unit_id);
            (is_named && self.sees(policy.unit_id)) || is_left_out
        };
        let all = self.before.policies.iter();
        let gone = all.filter(|policy| is_removed(policy) && !kept.contains(&policy.id));
        let gone: Vec<Policy> = gone.cloned().collect();
        for policy in gone {
            let mut rules = self.after.list.rules();
            if let Some(user) = rules.find(|rule| rule.policy_id == policy.id) {
                let message = format!(
                    "The policy {} cannot go: the rule {} gives it.",
                    policy.name, user.name
                );
                let code = ProblemCode::PreconditionFailed;
                self.problems
                    .push(Problem::new(code, "draft.removedPolicies", message));
            }
            self.after.policies.retain(|one| one.id != policy.id);
            self.changes.push(Change::DeletePolicy(policy));
        }
    }

    fn order(&mut self, draft: &ProtectionDraft, kept: &[ProtectionRuleId]) {
        let wanted: Vec<EntryKey> = match &draft.rule_order {
            Some(texts) => {
                let named = texts.iter().enumerate();
                let keys: Vec<Option<EntryKey>> = named
                    .map(|(place, text)| self.entry_called(text, place))
                    .collect();
                keys.into_iter().flatten().collect()
            }
            None if draft.is_complete => kept.iter().copied().map(EntryKey::Rule).collect(),
            None => return,
        };
        let units = self.after.list.units().filter(|unit| self.covers(*unit));
        let units: Vec<OrganizationalUnitId> = units.collect();
        for unit in units {
            let before: Vec<EntryKey> = keys_of(&self.after.list, unit);
            let after = order::arranged(&before, &wanted);
            if after != before {
                for key in &after {
                    order::to_end(&mut self.after.list, unit, *key);
                }
                self.changes.push(Change::Reorder {
                    unit,
                    before,
                    after,
                });
            }
        }
    }

    fn entry_called(&mut self, text: &str, place: usize) -> Option<EntryKey> {
        let found = match text {
            DIRECT_ASSIGNMENTS => Some(EntryKey::DirectAssignments),
            CHILD_UNITS => Some(EntryKey::ChildUnits),
            text => {
                let id: Option<ProtectionRuleId> = text.parse().ok();
                let seen = |rule: &&ProtectionRule| self.sees(rule.unit_id);
                let rules = || self.after.list.rules().filter(seen);
                let by_id = rules().find(|rule| Some(rule.id) == id);
                let by_name = || rules().find(|rule| rule.name == text.trim());
                by_id.or_else(by_name).map(|rule| EntryKey::Rule(rule.id))
            }
        };
        if found.is_none() {
            let at = format!("draft.ruleOrder.{place}");
            self.problems
                .push(Problem::not_found(&at, "protection rule"));
        }
        found
    }

    fn twice(&mut self, at: &str) {
        let message = "This is named twice in the draft.";
        self.problems.push(Problem::invalid(at, message));
    }

    fn taken(&mut self, at: &str, what: &str) {
        let message = format!("Another {what} has this name.");
        let problem = Problem::new(ProblemCode::Taken, &format!("{at}.name"), message);
        self.problems.push(problem);
    }
}

pub(super) fn keys_of(list: &RuleList, unit: OrganizationalUnitId) -> Vec<EntryKey> {
    list.of_unit(unit).iter().map(ListEntry::key).collect()
}
