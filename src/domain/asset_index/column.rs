//! A field of which every asset has one value of few: its kind, account or region.
//!
//! Not for units (an asset lies in several) and not for names and tags (`texts.rs`). Invariant: sets and rows say the same.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use super::AssetSet;

/// The row of an asset that is not there.
const NOWHERE: u32 = u32::MAX;

/// The field.
#[derive(Debug)]
pub(super) struct Column<K> {
    /// The number of each value; a value that nobody has any more keeps its number.
    numbers: BTreeMap<K, u32>,
    /// Who has the value, by number.
    sets: Vec<AssetSet>,
    /// The number of each asset's value.
    rows: Vec<u32>,
}

impl<K> Default for Column<K> {
    fn default() -> Self {
        Self {
            numbers: BTreeMap::new(),
            sets: Vec::new(),
            rows: Vec::new(),
        }
    }
}

impl<K: Ord> Column<K> {
    pub(super) fn put<Q>(&mut self, value: &Q, asset: u32)
    where
        K: Borrow<Q>,
        Q: Ord + ToOwned<Owned = K> + ?Sized,
    {
        let fresh = u32::try_from(self.sets.len()).unwrap_or(NOWHERE);
        let number = self.numbers.get(value).copied().unwrap_or(fresh);
        if number == fresh {
            self.numbers.insert(value.to_owned(), fresh);
            self.sets.push(AssetSet::new());
        }
        if let Some(set) = self.sets.get_mut(place(number)) {
            set.insert(asset);
        }
        if self.rows.len() <= place(asset) {
            self.rows.resize(place(asset).saturating_add(1), NOWHERE);
        }
        if let Some(row) = self.rows.get_mut(place(asset)) {
            *row = number;
        }
    }

    pub(super) fn remove(&mut self, asset: u32) {
        let Some(row) = self.rows.get_mut(place(asset)) else {
            return;
        };
        let number = std::mem::replace(row, NOWHERE);
        if let Some(set) = self.sets.get_mut(place(number)) {
            set.remove(asset);
        }
    }

    /// How many have one of these values.
    pub(super) fn count<'a, Q>(&self, values: impl IntoIterator<Item = &'a Q>) -> u64
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'a,
    {
        super::sum(
            values
                .into_iter()
                .map(|value| self.set(value).map_or(0, AssetSet::len)),
        )
    }

    /// Those of `limit` who have one of these values. Looks at the sets or at the rows, whichever is less.
    pub(super) fn meet<'a, Q>(
        &self,
        limit: &AssetSet,
        values: impl IntoIterator<Item = &'a Q> + Clone,
    ) -> AssetSet
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'a,
    {
        if self.count(values.clone()) <= limit.len() {
            let sets = values.into_iter().filter_map(|value| self.set(value));
            return super::union(sets.map(|set| limit & set));
        }
        let mut wanted = vec![false; self.sets.len()];
        for value in values {
            let number = self.numbers.get(value).map(|number| place(*number));
            if let Some(slot) = number.and_then(|number| wanted.get_mut(number)) {
                *slot = true;
            }
        }
        let holds = |asset: &u32| {
            let row = self.rows.get(place(*asset));
            row.and_then(|row| wanted.get(place(*row)))
                .is_some_and(|is| *is)
        };
        limit.iter().filter(holds).collect()
    }

    /// Whether nobody has any value.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.sets.iter().all(AssetSet::is_empty)
    }

    fn set<Q>(&self, value: &Q) -> Option<&AssetSet>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let number = self.numbers.get(value)?;
        self.sets.get(place(*number))
    }
}

/// The place in a list; beyond every list where a platform could not count so far.
fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
