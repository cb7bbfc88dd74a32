//! An inverted index over a fleet: which assets match a condition, and which rule each asset gets, without looking at every asset.
//!
//! Not for single assets ([`Condition::matches`]) and not for rows: assets are numbered here, and the caller knows whose number it
//! is. Invariant: it always agrees with [`Condition::matches`] over the facts that were put last.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use crate::asset::AssetKind;
use crate::condition::{Condition, Facts, TagPair};
use crate::ids::{AwsAccountKey, OrganizationalUnitId};

mod texts;

use texts::Texts;

/// Numbers of assets.
pub type AssetSet = RoaringBitmap;

/// The index. An asset's number is the caller's choice; small and dense numbers make small sets.
#[derive(Debug, Default)]
pub struct AssetIndex {
    all: AssetSet,
    kinds: BTreeMap<AssetKind, AssetSet>,
    accounts: BTreeMap<AwsAccountKey, AssetSet>,
    regions: BTreeMap<String, AssetSet>,
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

impl AssetIndex {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts an asset that is not there. One that is there must be removed first, with the facts that it was put with.
    pub fn put(&mut self, number: u32, facts: &Facts<'_>) {
        self.all.insert(number);
        self.kinds.entry(facts.kind).or_default().insert(number);
        self.accounts
            .entry(facts.account)
            .or_default()
            .insert(number);
        insert(&mut self.regions, facts.region, number);
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
        remove(&mut self.kinds, &facts.kind, number);
        remove(&mut self.accounts, &facts.account, number);
        remove(&mut self.regions, facts.region, number);
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
        self.evaluate(condition, &self.parts([condition]))
    }

    /// Which assets each condition gets when the first one that holds wins: as many sets as conditions, in their order.
    #[must_use]
    pub fn first_matches<'a>(
        &self,
        conditions: impl IntoIterator<Item = &'a Condition> + Clone,
    ) -> Vec<AssetSet> {
        let parts = self.parts(conditions.clone());
        let mut left = self.all.clone();
        let take = |condition: &Condition| {
            if left.is_empty() {
                return AssetSet::new();
            }
            let taken = self.evaluate(condition, &parts) & &left;
            left -= &taken;
            taken
        };
        conditions.into_iter().map(take).collect()
    }

    fn evaluate(&self, condition: &Condition, parts: &Parts) -> AssetSet {
        match condition {
            Condition::AllOf(inner) => self.all_of(inner, parts),
            Condition::AnyOf(inner) => union(inner.iter().map(|one| self.evaluate(one, parts))),
            Condition::Not(inner) => &self.all - self.evaluate(inner, parts),
            Condition::Kind(kinds) => union(kinds.iter().filter_map(|one| self.kinds.get(one))),
            Condition::Account(accounts) => {
                union(accounts.iter().filter_map(|one| self.accounts.get(one)))
            }
            Condition::Region(regions) => {
                union(regions.iter().filter_map(|one| self.regions.get(one)))
            }
            Condition::Unit(units) => union(units.iter().filter_map(|one| self.units.get(one))),
            Condition::Name(names) => union(names.iter().map(|one| self.names.equal(one))),
            Condition::NameContains(part) => parts.names.get(part).cloned().unwrap_or_default(),
            Condition::HasTag(key) => {
                let texts = self.tags.get(key);
                texts.map_or_else(AssetSet::new, |texts| texts.all().clone())
            }
            Condition::AnyTag(pairs) => union(pairs.iter().map(|pair| self.tagged(pair))),
            Condition::AllTags(pairs) => {
                let mut sets = pairs.iter().map(|pair| self.tagged(pair));
                let Some(mut left) = sets.next() else {
                    return self.all.clone();
                };
                for set in sets {
                    left &= set;
                }
                left
            }
            Condition::TagContains(pair) => parts.tags.get(pair).cloned().unwrap_or_default(),
        }
    }

    fn all_of(&self, inner: &[Condition], parts: &Parts) -> AssetSet {
        let mut inner = inner.iter();
        let Some(first) = inner.next() else {
            return self.all.clone();
        };
        let mut left = self.evaluate(first, parts);
        for one in inner {
            if left.is_empty() {
                break;
            }
            left &= self.evaluate(one, parts);
        }
        left
    }

    fn tagged(&self, pair: &TagPair) -> AssetSet {
        let texts = self.tags.get(&pair.key);
        texts.map_or_else(AssetSet::new, |texts| texts.equal(&pair.value))
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

fn union<S: std::borrow::Borrow<AssetSet>>(sets: impl Iterator<Item = S>) -> AssetSet {
    let mut all = AssetSet::new();
    for set in sets {
        all |= set.borrow();
    }
    all
}

fn insert(sets: &mut BTreeMap<String, AssetSet>, key: &str, number: u32) {
    if let Some(set) = sets.get_mut(key) {
        set.insert(number);
    } else {
        sets.insert(key.to_owned(), AssetSet::from_iter([number]));
    }
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
