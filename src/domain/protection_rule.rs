//! Protection rules: the automatic choice of policies, and the order in which they are tried.
//!
//! Not for what a condition means (`condition.rs`) nor for rows. Invariant: for every asset the list of an organization is one
//! total order, and the first entry that matches decides, whatever comes after it (decision 0011).

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::condition::Condition;
use crate::error::{Problem, Problems};
use crate::ids::{OrganizationId, OrganizationalUnitId, PolicyId, ProtectionRuleId};
use crate::limits::NAME_LENGTH_MAX;
use crate::text::checked_name;

mod book;

pub use book::{Outcome, RuleBook, Tried, TriedEntry};

/// A rule: assets of its unit and below for which the condition holds get the policy, unless an earlier entry has decided.
#[derive(Debug, Clone, PartialEq)]
pub struct ProtectionRule {
    /// Its id.
    pub id: ProtectionRuleId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The unit that wrote it.
    pub unit_id: OrganizationalUnitId,
    /// Shown name, unique in the organization.
    pub name: String,
    /// For which assets.
    pub condition: Condition,
    /// What they get.
    pub policy_id: PolicyId,
    /// Whether it is tried; a paused one keeps its place.
    pub is_active: bool,
    /// Counts changes, for `expectedVersion`; a move is none.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// A rule as its author writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct ProtectionRuleDraft {
    /// Shown name.
    pub name: String,
    /// For which assets.
    pub condition: Condition,
}

impl ProtectionRuleDraft {
    /// Checks the draft; all problems at once.
    pub fn validate(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Problems::new();
        if let Err(problem) = checked_name("name", &self.name, NAME_LENGTH_MAX) {
            problems.push(problem);
        }
        problems.nest("condition", self.condition.validate());
        problems.into_result()
    }
}

/// Which rules a list shows; all given members must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProtectionRuleFilter {
    /// Only these ids.
    pub ids: Option<Vec<ProtectionRuleId>>,
    /// Only those that these units wrote.
    pub unit_ids: Option<Vec<OrganizationalUnitId>>,
    /// Only those that give these policies.
    pub policy_ids: Option<Vec<PolicyId>>,
    /// Only names that contain this, whatever the case.
    pub text: Option<String>,
    /// Only active (true) or paused (false) ones.
    pub is_active: Option<bool>,
}

/// Why an asset has its policy, or has none although something matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProtectionSource {
    /// A person chose it for this asset.
    Direct,
    /// This rule matched first.
    Rule(ProtectionRuleId),
}

/// What the list says about an asset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decision {
    /// The policy. None when nothing matched, or when what matched names a policy without an operation for this kind of asset:
    /// such a policy protects nothing, and later entries are not tried.
    pub policy_id: Option<PolicyId>,
    /// What matched first.
    pub source: Option<ProtectionSource>,
}

impl Decision {
    /// The rule that matched first.
    #[must_use]
    pub const fn rule_id(&self) -> Option<ProtectionRuleId> {
        match self.source {
            Some(ProtectionSource::Rule(rule)) => Some(rule),
            Some(ProtectionSource::Direct) | None => None,
        }
    }

    /// What of it is kept with an asset. A choice by hand that protects nothing leaves no trace there.
    #[must_use]
    pub const fn kept(&self) -> (Option<PolicyId>, Option<ProtectionRuleId>) {
        (self.policy_id, self.rule_id())
    }
}

/// Names an entry of a unit's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKey {
    /// Where policies that were chosen by hand come in; at the root unit only.
    DirectAssignments,
    /// Where the rules of all other units come in; at the root unit only.
    ChildUnits,
    /// A rule.
    Rule(ProtectionRuleId),
}

/// An entry of a unit's list.
#[derive(Debug, Clone, PartialEq)]
pub enum ListEntry {
    /// Where policies that were chosen by hand come in; at the root unit only.
    DirectAssignments,
    /// Where the rules of all other units come in; at the root unit only.
    ChildUnits,
    /// A rule.
    Rule(ProtectionRule),
}

impl ListEntry {
    /// Its name.
    #[must_use]
    pub const fn key(&self) -> EntryKey {
        match self {
            Self::DirectAssignments => EntryKey::DirectAssignments,
            Self::ChildUnits => EntryKey::ChildUnits,
            Self::Rule(rule) => EntryKey::Rule(rule.id),
        }
    }
}

/// The lists of all units of an organization.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleList {
    root: OrganizationalUnitId,
    entries: BTreeMap<OrganizationalUnitId, Vec<ListEntry>>,
}

impl RuleList {
    /// No rules: what is chosen by hand comes first, then the units' own rules; rules of the root unit follow as they are added.
    #[must_use]
    pub fn new(root: OrganizationalUnitId) -> Self {
        let virtual_entries = vec![ListEntry::DirectAssignments, ListEntry::ChildUnits];
        Self {
            root,
            entries: BTreeMap::from([(root, virtual_entries)]),
        }
    }

    /// The list in the order of these entries; one of the two movable ones that is missing comes first.
    #[must_use]
    pub fn of(
        root: OrganizationalUnitId,
        entries: impl IntoIterator<Item = (OrganizationalUnitId, ListEntry)>,
    ) -> Self {
        let mut lists: BTreeMap<OrganizationalUnitId, Vec<ListEntry>> = BTreeMap::new();
        for (unit, entry) in entries {
            lists.entry(unit).or_default().push(entry);
        }
        let own = lists.entry(root).or_default();
        for missing in [ListEntry::ChildUnits, ListEntry::DirectAssignments] {
            if !own.iter().any(|entry| entry.key() == missing.key()) {
                own.insert(0, missing);
            }
        }
        Self {
            root,
            entries: lists,
        }
    }

    /// The unit whose list has the two movable entries.
    #[must_use]
    pub const fn root(&self) -> OrganizationalUnitId {
        self.root
    }

    /// The entries of a unit, in the order in which they are tried.
    #[must_use]
    pub fn of_unit(&self, unit: OrganizationalUnitId) -> &[ListEntry] {
        self.entries.get(&unit).map_or(&[], Vec::as_slice)
    }

    /// The units that have entries.
    pub fn units(&self) -> impl Iterator<Item = OrganizationalUnitId> {
        self.entries.keys().copied()
    }

    /// All rules, unit by unit.
    pub fn rules(&self) -> impl Iterator<Item = &ProtectionRule> {
        let all = self.entries.values().flatten();
        all.filter_map(|entry| match entry {
            ListEntry::Rule(rule) => Some(rule),
            ListEntry::DirectAssignments | ListEntry::ChildUnits => None,
        })
    }

    /// Puts an entry into a unit's list before another one, or at its end; it leaves its former place.
    pub fn put(&mut self, unit: OrganizationalUnitId, entry: ListEntry, before: Option<EntryKey>) {
        // To put something before itself is to leave it where it is.
        let old = self
            .of_unit(unit)
            .iter()
            .position(|old| old.key() == entry.key());
        let stays = before == Some(entry.key());
        self.remove(entry.key());
        let list = self.entries.entry(unit).or_default();
        let named = list.iter().position(|other| Some(other.key()) == before);
        let place = named.or(old.filter(|_| stays)).unwrap_or(list.len());
        list.insert(place.min(list.len()), entry);
    }

    /// Takes an entry out; whether it was there.
    pub fn remove(&mut self, key: EntryKey) -> bool {
        let mut found = false;
        for list in self.entries.values_mut() {
            let before = list.len();
            list.retain(|entry| entry.key() != key);
            found |= list.len() < before;
        }
        found
    }
}

#[cfg(test)]
mod tests;
