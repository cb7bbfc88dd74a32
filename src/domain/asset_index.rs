//! An inverted index over a fleet: which assets match a condition, and which rule each asset gets, without looking at every asset.
//!
//! Not for single assets ([`Condition::matches`]) and not for rows: assets are numbered here, and the caller knows whose number it
//! is. Invariant: it always agrees with [`Condition::matches`] over the facts that were put last.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use crate::asset::AssetKind;
use crate::condition::{Condition, Facts, TagPair};
use crate::ids::{AwsAccountKey, OrganizationalUnitId};

mod column;
mod texts;

use column::Column;
use texts::Texts;

/// Numbers of assets.
pub type AssetSet = RoaringBitmap;

/// The index. An asset's number is the caller's choice; small and dense numbers make small sets.
#[derive(Debug, Default)]
pub struct AssetIndex {
    all: AssetSet,
    kinds: Column<AssetKind>,
    accounts: Column<AwsAccountKey>,
    regions: Column<String>,
    units: BTreeMap<OrganizationalUnitId, AssetSet>,
    names: Texts,
    tags: BTreeMap<String, Texts>,
}

/// The texts that conditions look for inside others, found in one pass over each dictionary instead of one pass per condition.
#[derive(Debug, Default)]
struct Parts {
    names: BTreeMap<String, AssetSet>,
    tags: BTreeMap<TagPair, AssetSet>,
}

/// Something that takes assets from those that nothing earlier has taken.
#[derive(Debug, Clone, Copy)]
pub enum Candidate<'a> {
    /// These.
    Assets(&'a AssetSet),
    /// Those for which the condition holds and that lie in the unit or below it, if one is named.
    Condition {
        /// The unit.
        within: Option<OrganizationalUnitId>,
        /// The condition.
        condition: &'a Condition,
    },
}

impl AssetIndex {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts an asset that is not there. One that is there must be removed first, with the facts that it was put with.
    pub fn put(&mut self, number: u32, facts: &Facts<'_>) {
        self.all.insert(number);
        self.kinds.put(&facts.kind, number);
        self.accounts.put(&facts.account, number);
        self.regions.put(facts.region, number);
        for unit in facts.units {
            self.units.entry(*unit).or_default().insert(number);
        }
        self.names.put(facts.name, number);
        for (key, value) in facts.tags.iter() {
            if let Some(texts) = self.tags.get_mut(key) {
                texts.put(value, number);
            } else {
                let mut texts = Texts::default();
                texts.put(value, number);
                self.tags.insert(key.to_owned(), texts);
            }
        }
    }

    /// Removes an asset that was put with these facts.
    pub fn remove(&mut self, number: u32, facts: &Facts<'_>) {
        self.all.remove(number);
        self.kinds.remove(number);
        self.accounts.remove(number);
        self.regions.remove(number);
        for unit in facts.units {
            remove(&mut self.units, unit, number);
        }
        self.names.remove(facts.name, number);
        for (key, value) in facts.tags.iter() {
            if let Some(texts) = self.tags.get_mut(key) {
                texts.remove(value, number);
                if texts.is_empty() {
                    self.tags.remove(key);
                }
            }
        }
    }

    /// All assets.
    #[must_use]
    pub const fn all(&self) -> &AssetSet {
        &self.all
    }

    /// The assets for which the condition holds.
    #[must_use]
    pub fn matching(&self, condition: &Condition) -> AssetSet {
        self.within(&self.all, condition, &self.parts([condition]))
    }

    /// Those of `limit` that are of these kinds.
    #[must_use]
    pub fn of_kinds(&self, limit: &AssetSet, kinds: &BTreeSet<AssetKind>) -> AssetSet {
        self.kinds.meet(limit, kinds)
    }

    /// Which assets each candidate gets when the first one wins: as many sets as candidates, in their order.
    #[must_use]
    pub fn first_of(&self, candidates: &[Candidate<'_>]) -> Vec<AssetSet> {
        let conditions = candidates.iter().filter_map(|candidate| match candidate {
            Candidate::Assets(_) => None,
            Candidate::Condition { condition, .. } => Some(*condition),
        });
        let parts = self.parts(conditions);
        let mut left = self.all.clone();
        let take = |candidate: &Candidate<'_>| {
            if left.is_empty() {
                return AssetSet::new();
            }
            let taken = match candidate {
                Candidate::Assets(set) => *set & &left,
                Candidate::Condition {
                    within: None,
                    condition,
                } => self.within(&left, condition, &parts),
                Candidate::Condition {
                    within: Some(unit),
                    condition,
                } => match self.units.get(unit) {
                    Some(own) => self.within(&(own & &left), condition, &parts),
                    None => AssetSet::new(),
                },
            };
            left -= &taken;
            taken
        };
        candidates.iter().map(take).collect()
    }

    /// Those of `limit` for which the condition holds. It costs what is left, not what a test finds: of several tests that must
    /// all hold, the one that finds least goes first, and the others look at what it has left.
    fn within(&self, limit: &AssetSet, condition: &Condition, parts: &Parts) -> AssetSet {
        let meet = |set: Option<&AssetSet>| set.map_or_else(AssetSet::new, |set| limit & set);
        match condition {
            Condition::AllOf(inner) => self.all_of(limit, inner, parts),
            Condition::AnyOf(inner) => {
                let mut found = AssetSet::new();
                let mut left = limit.clone();
                for one in inner {
                    let more = self.within(&left, one, parts);
                    left -= &more;
                    found |= more;
                }
                found
            }
            Condition::Not(inner) => limit - self.within(limit, inner, parts),
            Condition::Kind(kinds) => self.kinds.meet(limit, kinds),
            Condition::Account(accounts) => self.accounts.meet(limit, accounts),
            Condition::Region(regions) => self.regions.meet(limit, regions),
            Condition::Unit(units) => union(units.iter().map(|one| meet(self.units.get(one)))),
            Condition::Name(names) => union(names.iter().map(|one| self.names.equal(one, limit))),
            Condition::NameContains(part) => meet(parts.names.get(part)),
            Condition::HasTag(key) => meet(self.tags.get(key).map(Texts::all)),
            Condition::AnyTag(pairs) => union(pairs.iter().map(|pair| self.tagged(pair, limit))),
            Condition::AllTags(pairs) => {
                let mut left = limit.clone();
                for pair in pairs {
                    left = self.tagged(pair, &left);
                }
                left
            }
            Condition::TagContains(pair) => meet(parts.tags.get(pair)),
        }
    }

    fn all_of(&self, limit: &AssetSet, inner: &[Condition], parts: &Parts) -> AssetSet {
        let mut order: Vec<(u64, &Condition)> = inner
            .iter()
            .map(|one| (self.at_most(one, parts), one))
            .collect();
        order.sort_by_key(|(size, _)| *size);
        let mut order = order.into_iter();
        let Some((_, first)) = order.next() else {
            return limit.clone();
        };
        let mut left = self.within(limit, first, parts);
        for (_, one) in order {
            if left.is_empty() {
                break;
            }
            left = self.within(&left, one, parts);
        }
        left
    }

    /// How many assets a condition finds at most; an estimate that is cheap to make.
    fn at_most(&self, condition: &Condition, parts: &Parts) -> u64 {
        let size = |set: Option<&AssetSet>| set.map_or(0, AssetSet::len);
        match condition {
            Condition::AllOf(inner) => {
                let least = inner.iter().map(|one| self.at_most(one, parts)).min();
                least.unwrap_or(u64::MAX)
            }
            Condition::AnyOf(inner) => sum(inner.iter().map(|one| self.at_most(one, parts))),
            Condition::Not(_) => u64::MAX,
            Condition::Kind(kinds) => self.kinds.count(kinds),
            Condition::Account(accounts) => self.accounts.count(accounts),
            Condition::Region(regions) => self.regions.count(regions),
            Condition::Unit(units) => sum(units.iter().map(|one| size(self.units.get(one)))),
            Condition::Name(names) => sum(names.iter().map(|one| self.names.count(one))),
            Condition::NameContains(part) => size(parts.names.get(part)),
            Condition::HasTag(key) => size(self.tags.get(key).map(Texts::all)),
            Condition::AnyTag(pairs) => sum(pairs.iter().map(|pair| self.tag_count(pair))),
            Condition::AllTags(pairs) => {
                let least = pairs.iter().map(|pair| self.tag_count(pair)).min();
                least.unwrap_or(u64::MAX)
            }
            Condition::TagContains(pair) => size(parts.tags.get(pair)),
        }
    }

    fn tagged(&self, pair: &TagPair, limit: &AssetSet) -> AssetSet {
        let texts = self.tags.get(&pair.key);
        texts.map_or_else(AssetSet::new, |texts| texts.equal(&pair.value, limit))
    }

    fn tag_count(&self, pair: &TagPair) -> u64 {
        let texts = self.tags.get(&pair.key);
        texts.map_or(0, |texts| texts.count(&pair.value))
    }

    fn parts<'a>(&self, conditions: impl IntoIterator<Item = &'a Condition>) -> Parts {
        let mut parts = Parts::default();
        for condition in conditions {
            collect(condition, &mut parts);
        }
        self.names.fill(
            parts
                .names
                .iter_mut()
                .map(|(part, set)| (part.as_str(), set)),
        );
        let mut by_key: BTreeMap<&str, Vec<(&str, &mut AssetSet)>> = BTreeMap::new();
        for (pair, set) in &mut parts.tags {
            by_key
                .entry(&pair.key)
                .or_default()
                .push((&pair.value, set));
        }
        for (key, wanted) in by_key {
            if let Some(texts) = self.tags.get(key) {
                texts.fill(wanted);
            }
        }
        parts
    }
}

fn collect(condition: &Condition, parts: &mut Parts) {
    match condition {
        Condition::AllOf(inner) | Condition::AnyOf(inner) => {
            for one in inner {
                collect(one, parts);
            }
        }
        Condition::Not(inner) => collect(inner, parts),
        Condition::NameContains(part) => {
            parts.names.entry(part.clone()).or_default();
        }
        Condition::TagContains(pair) => {
            parts.tags.entry(pair.clone()).or_default();
        }
        Condition::Kind(_)
        | Condition::Account(_)
        | Condition::Region(_)
        | Condition::Unit(_)
        | Condition::Name(_)
        | Condition::HasTag(_)
        | Condition::AnyTag(_)
        | Condition::AllTags(_) => {}
    }
}

fn union(sets: impl Iterator<Item = AssetSet>) -> AssetSet {
    sets.reduce(|all, set| all | set).unwrap_or_default()
}

fn sum(sizes: impl Iterator<Item = u64>) -> u64 {
    sizes.fold(0, u64::saturating_add)
}

fn remove<K, Q>(sets: &mut BTreeMap<K, AssetSet>, key: &Q, number: u32)
where
    K: std::borrow::Borrow<Q> + Ord,
    Q: Ord + ?Sized,
{
    if let Some(set) = sets.get_mut(key) {
        set.remove(number);
        if set.is_empty() {
            sets.remove(key);
        }
    }
}

#[cfg(test)]
mod tests;
