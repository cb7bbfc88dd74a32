//! The order of entries: which order a draft wants, and the least moves that lead there.
//!
//! Not for who may move what. Invariant: pure; entries that a draft does not name keep their places.

use domain::OrganizationalUnitId;
use domain::protection_rule::{EntryKey, ListEntry, RuleList};

/// The entries with the named ones in the wanted order, on the places that they have.
pub(super) fn arranged(entries: &[EntryKey], wanted: &[EntryKey]) -> Vec<EntryKey> {
    let mut unique: Vec<EntryKey> = Vec::new();
    for key in wanted.iter().filter(|key| entries.contains(key)) {
        if !unique.contains(key) {
            unique.push(*key);
        }
    }
    let mut named = unique.into_iter();
    let arrange = |entry: &EntryKey| {
        if wanted.contains(entry) {
            named.next().unwrap_or(*entry)
        } else {
            *entry
        }
    };
    entries.iter().map(arrange).collect()
}

/// One move: an entry goes before another one, or to the end.
pub(super) type Move = (EntryKey, Option<EntryKey>);

/// Moves that make `from` into `to`; both have the same entries.
pub(super) fn moves(from: &[EntryKey], to: &[EntryKey]) -> Vec<Move> {
    let mut present = from.to_vec();
    let mut moves = Vec::new();
    let mut next = None;
    // From the end on, so that the entry before which one is put is in its place already.
    for key in to.iter().rev() {
        let place = present.iter().position(|one| one == key);
        let wanted = match next {
            None => present.len(),
            Some(next) => present.iter().position(|one| *one == next).unwrap_or(0),
        };
        if let Some(place) = place.filter(|place| place.saturating_add(1) != wanted) {
            present.remove(place);
            let wanted = if place < wanted { wanted - 1 } else { wanted };
            present.insert(wanted.min(present.len()), *key);
            moves.push((*key, next));
        }
        next = Some(*key);
    }
    moves
}

/// Puts an entry of the unit's list to its end.
pub(super) fn to_end(list: &mut RuleList, unit: OrganizationalUnitId, key: EntryKey) {
    let entries = list.of_unit(unit).iter();
    let entry: Option<ListEntry> = entries.into_iter().find(|one| one.key() == key).cloned();
    if let Some(entry) = entry {
        list.put(unit, entry, None);
    }
}

#[cfg(test)]
mod tests {
    use domain::ProtectionRuleId;
    use uuid::Uuid;

    use super::*;

    fn keys(numbers: &[u128]) -> Vec<EntryKey> {
        let key =
            |number: &u128| EntryKey::Rule(ProtectionRuleId::from_uuid(Uuid::from_u128(*number)));
        numbers.iter().map(key).collect()
    }

    #[test]
    fn what_is_not_named_keeps_its_place() {
        let entries = keys(&[1, 2, 3, 4, 5]);
        assert_eq!(arranged(&entries, &keys(&[4, 2])), keys(&[1, 4, 3, 2, 5]));
        assert_eq!(arranged(&entries, &keys(&[9])), entries);
        assert_eq!(arranged(&entries, &[]), entries);
        assert_eq!(
            arranged(&entries, &keys(&[2, 1, 2, 1])),
            keys(&[2, 1, 3, 4, 5])
        );
        assert_eq!(
            arranged(&entries, &keys(&[5, 4, 3, 2, 1])),
            keys(&[5, 4, 3, 2, 1])
        );
    }

    /// All orders of five entries, by Heap's algorithm.
    fn orders(entries: &mut Vec<EntryKey>, count: usize, found: &mut Vec<Vec<EntryKey>>) {
        if count <= 1 {
            found.push(entries.clone());
            return;
        }
        for place in 0..count {
            orders(entries, count - 1, found);
            let other = if count.is_multiple_of(2) { place } else { 0 };
            entries.swap(other, count - 1);
        }
    }

    #[test]
    fn the_moves_lead_to_every_order_and_there_are_none_where_nothing_moves() {
        let first = keys(&[1, 2, 3, 4, 5]);
        let mut all = Vec::new();
        orders(&mut first.clone(), 5, &mut all);
        assert_eq!(all.len(), 120);
        for wanted in all {
            let mut present = first.clone();
            let moves = moves(&first, &wanted);
            assert_eq!(moves.is_empty(), wanted == first);
            assert!(moves.len() < 5, "{moves:?}");
            for (key, before) in moves {
                present.retain(|one| *one != key);
                let place = before.map_or(present.len(), |before| {
                    present.iter().position(|one| *one == before).unwrap()
                });
                present.insert(place, key);
            }
            assert_eq!(present, wanted);
        }
    }
}
