//! What the list of an organization says about its assets: one by one, with the reason, or a fleet at a time.
//!
//! Not for writing any of it down. Invariant: [`RuleBook::explain`] is the meaning; [`RuleBook::decide`],
//! [`RuleBook::decide_many`] and [`RuleBook::decide_all`] are faster and always say the same (tests hold them against each other).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Decision, ListEntry, ProtectionRule, ProtectionSource, RuleList};
use crate::asset::AssetKind;
use crate::asset_index::{AssetIndex, AssetSet, Candidate};
use crate::condition::Facts;
use crate::ids::{OrganizationalUnitId, PolicyId};
use crate::organizational_unit::UnitTree;
use crate::policy::Policy;

/// From this many tests of (asset, rule) on an index is worth its making.
const INDEX_WORTH_PAIRS: usize = 2_000;

/// The entries of all units in the order in which they are tried, and what policies can do.
#[derive(Debug, Clone)]
pub struct RuleBook {
    tree: UnitTree,
    entries: Vec<Entry>,
    kinds: BTreeMap<PolicyId, BTreeSet<AssetKind>>,
}

#[derive(Debug, Clone)]
enum Entry {
    Direct,
    Rule(ProtectionRule),
}

/// What was tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TriedEntry<'a> {
    /// What was chosen by hand.
    Direct,
    /// A rule.
    Rule(&'a ProtectionRule),
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It matched and decided.
    Matched,
    /// It matched and decided, but its policy has no operation for assets of this kind, so the asset is not protected.
    MatchedWithoutOperation,
    /// The condition does not hold.
    NotMatched {
        /// The way to the test that failed, in the names of the schema.
        path: Vec<String>,
        /// The test, in words.
        test: String,
    },
    /// Nothing was chosen by hand.
    NotAssigned,
    /// The rule is paused.
    Paused,
}

/// One line of an explanation.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried<'a> {
    /// What was tried.
    pub entry: TriedEntry<'a>,
    /// How it ended.
    pub outcome: Outcome,
}

impl RuleBook {
    /// The book of an organization. Within "rules of child units" the rules of the unit that is nearest to the asset come first.
    #[must_use]
    pub fn new(list: &RuleList, tree: UnitTree, policies: &[Policy]) -> Self {
        let mut below: Vec<OrganizationalUnitId> =
            list.units().filter(|unit| *unit != list.root()).collect();
        below.sort_by_cached_key(|unit| (Reverse(tree.depth(*unit)), *unit));
        let mut entries = Vec::new();
        for entry in list.of_unit(list.root()) {
            match entry {
                ListEntry::DirectAssignments => entries.push(Entry::Direct),
                ListEntry::Rule(rule) => entries.push(Entry::Rule(rule.clone())),
                ListEntry::ChildUnits => {
                    let rules = below.iter().flat_map(|unit| list.of_unit(*unit));
                    entries.extend(rules.filter_map(|entry| match entry {
                        ListEntry::Rule(rule) => Some(Entry::Rule(rule.clone())),
                        ListEntry::DirectAssignments | ListEntry::ChildUnits => None,
                    }));
                }
            }
        }
        let mut book = Self {
            tree,
            entries,
            kinds: BTreeMap::new(),
        };
        book.learn(policies);
        book
    }

    /// Learns what these policies can do. A policy that the book does not know protects nothing.
    pub fn learn(&mut self, policies: &[Policy]) {
        for policy in policies {
            let kinds = policy.operations.iter().map(|one| one.asset_kind).collect();
            self.kinds.insert(policy.id, kinds);
        }
    }

    /// Whether the book knows what the policy can do.
    #[must_use]
    pub fn knows(&self, policy: PolicyId) -> bool {
        self.kinds.contains_key(&policy)
    }

    /// The unit and those above it: what [`Facts::units`] wants.
    #[must_use]
    pub fn units(&self, unit: OrganizationalUnitId) -> Vec<OrganizationalUnitId> {
        self.tree.with_ancestors(unit)
    }

    /// What the list says about one asset; `direct` is the policy that was chosen for it by hand.
    #[must_use]
    pub fn decide(&self, facts: &Facts<'_>, direct: Option<PolicyId>) -> Decision {
        let first = self.entries.iter().find_map(|entry| match entry {
            Entry::Direct => Some((ProtectionSource::Direct, direct?)),
            Entry::Rule(rule) => {
                let holds = rule.is_active
                    && facts.units.contains(&rule.unit_id)
                    && rule.condition.matches(facts);
                holds.then_some((ProtectionSource::Rule(rule.id), rule.policy_id))
            }
        });
        first.map_or_else(Decision::default, |(source, policy)| {
            self.decision(source, policy, facts.kind)
        })
    }

    /// What the list says about one asset, and every entry that was tried for it. Rules of units in which the asset does not lie
    /// are none of its business and not among them.
    #[must_use]
    pub fn explain(
        &self,
        facts: &Facts<'_>,
        direct: Option<PolicyId>,
    ) -> (Decision, Vec<Tried<'_>>) {
        let mut trace = Vec::new();
        for entry in &self.entries {
            let (tried, found) = match entry {
                Entry::Direct => {
                    let found = direct.map(|policy| (ProtectionSource::Direct, policy));
                    (TriedEntry::Direct, found.ok_or(Outcome::NotAssigned))
                }
                Entry::Rule(rule) if !facts.units.contains(&rule.unit_id) => continue,
                Entry::Rule(rule) => (TriedEntry::Rule(rule), try_rule(rule, facts)),
            };
            let (outcome, decision) = match found {
                Ok((source, policy)) => {
                    let decision = self.decision(source, policy, facts.kind);
                    let outcome = if decision.policy_id.is_some() {
                        Outcome::Matched
                    } else {
                        Outcome::MatchedWithoutOperation
                    };
                    (outcome, Some(decision))
                }
                Err(outcome) => (outcome, None),
            };
            trace.push(Tried {
                entry: tried,
                outcome,
            });
            if let Some(decision) = decision {
                return (decision, trace);
            }
        }
        (Decision::default(), trace)
    }

    /// What the list says about each of some assets, in their order.
    #[must_use]
    pub fn decide_many(&self, assets: &[(Facts<'_>, Option<PolicyId>)]) -> Vec<Decision> {
        if assets.len().saturating_mul(self.entries.len()) < INDEX_WORTH_PAIRS {
            let each = assets.iter();
            return each
                .map(|(facts, direct)| self.decide(facts, *direct))
                .collect();
        }
        let mut index = AssetIndex::new();
        let mut chosen: BTreeMap<PolicyId, AssetSet> = BTreeMap::new();
        for (number, (facts, direct)) in (0_u32..).zip(assets) {
            index.put(number, facts);
            if let Some(policy) = direct {
                chosen.entry(*policy).or_default().insert(number);
            }
        }
        let mut decisions = vec![Decision::default(); assets.len()];
        for (decision, set) in self.decide_all(&index, &chosen) {
            for number in set {
                let place = usize::try_from(number).ok();
                if let Some(slot) = place.and_then(|place| decisions.get_mut(place)) {
                    *slot = decision;
                }
            }
        }
        decisions
    }

    /// What the list says about a whole fleet: who gets which decision. `direct` says for whom which policy was chosen by hand.
    /// Assets that nothing matches are in no set; no asset is in two.
    #[must_use]
    pub fn decide_all(
        &self,
        index: &AssetIndex,
        direct: &BTreeMap<PolicyId, AssetSet>,
    ) -> Vec<(Decision, AssetSet)> {
        let by_hand = direct.values().fold(AssetSet::new(), |all, set| all | set);
        let tried: Vec<&Entry> = self.entries.iter().filter(|one| one.is_active()).collect();
        let candidates = tried.iter().map(|entry| match entry {
            Entry::Direct => Candidate::Assets(&by_hand),
            Entry::Rule(rule) => Candidate::Condition {
                within: (rule.unit_id != self.tree.root()).then_some(rule.unit_id),
                condition: &rule.condition,
            },
        });
        let candidates: Vec<Candidate<'_>> = candidates.collect();
        let taken = index.first_of(&candidates);
        let mut decided = Vec::new();
        for (entry, set) in tried.into_iter().zip(taken) {
            match entry {
                Entry::Direct => {
                    for (policy, own) in direct {
                        let source = ProtectionSource::Direct;
                        self.split(index, source, *policy, own & &set, &mut decided);
                    }
                }
                Entry::Rule(rule) => {
                    let source = ProtectionSource::Rule(rule.id);
                    self.split(index, source, rule.policy_id, set, &mut decided);
                }
            }
        }
        decided
    }

    /// Tells those apart for which the policy does something.
    fn split(
        &self,
        index: &AssetIndex,
        source: ProtectionSource,
        policy: PolicyId,
        set: AssetSet,
        decided: &mut Vec<(Decision, AssetSet)>,
    ) {
        if set.is_empty() {
            return;
        }
        let kinds = self.kinds.get(&policy);
        let fit = kinds.map(|kinds| index.of_kinds(&set, kinds));
        let fit = fit.unwrap_or_default();
        let rest = set - &fit;
        for (policy_id, set) in [(Some(policy), fit), (None, rest)] {
            if !set.is_empty() {
                let source = Some(source);
                decided.push((Decision { policy_id, source }, set));
            }
        }
    }

    fn decision(&self, source: ProtectionSource, policy: PolicyId, kind: AssetKind) -> Decision {
        let fits = self
            .kinds
            .get(&policy)
            .is_some_and(|kinds| kinds.contains(&kind));
        Decision {
            policy_id: fits.then_some(policy),
            source: Some(source),
        }
    }
}

impl Entry {
    const fn is_active(&self) -> bool {
        match self {
            Self::Direct => true,
            Self::Rule(rule) => rule.is_active,
        }
    }
}

fn try_rule(
    rule: &ProtectionRule,
    facts: &Facts<'_>,
) -> Result<(ProtectionSource, PolicyId), Outcome> {
    if !rule.is_active {
        return Err(Outcome::Paused);
    }
    match rule.condition.obstacle(facts) {
        None => Ok((ProtectionSource::Rule(rule.id), rule.policy_id)),
        Some(path) => Err(Outcome::NotMatched {
            path: rule.condition.steps(&path),
            test: rule
                .condition
                .at(&path)
                .map_or_else(String::new, ToString::to_string),
        }),
    }
}
