//! No flipped bit, cut or swapped object ever comes back as data.

use std::sync::Arc;

use super::support::*;
use crate::*;

/// Opens and restores; wrong bytes are the one thing that must not happen.
fn outcome(
    objects: std::collections::BTreeMap<String, bytes::Bytes>,
    key: &MasterKey,
    id: &SnapshotId,
    data: &[u8],
) -> bool {
    let store = Arc::new(MemoryStore::from_objects(objects));
    let done = Repository::open(store, key).and_then(|repository| {
        let report = repository.verify(id, 1, &NoProgress)?;
        let restored = restore(&repository, id);
        assert_eq!(report.is_good(), restored.is_ok(), "{report:?}");
        restored
    });
    match done {
        Ok(restored) => {
            assert!(restored == data, "wrong bytes were returned");
            true
        }
        Err(error) => {
            assert!(!error.is_full());
            false
        }
    }
}

#[test]
fn a_flipped_byte_anywhere_is_noticed() {
    let store = TestStore::new();
    let key = key();
    let repository = Repository::create(store.clone(), &key).unwrap();
    let data = image(2 * SEGMENT + 100, 81);
    let snapshot = back_up(&repository, &data, 1);
    let objects = store.objects();
    let names: Vec<String> = objects.keys().cloned().collect();
    let mut random = Random(0x5eed);
    let mut harmless = 0;
    for round in 0..300 {
        let name = &names[round % names.len()];
        let mut bytes = objects[name].to_vec();
        let at = random.below(bytes.len());
        let flip = 1 << random.below(8);
        bytes[at] ^= flip;
        let mut changed = objects.clone();
        changed.insert(name.clone(), bytes.into());
        if outcome(changed, &key, &snapshot.id, &data) {
            // Only a pack's own header may be wrong unseen: no reader of a point needs it.
            assert!(name.starts_with("data/"), "{name} at {at}");
            let from_end = objects[name].len() - at;
            assert!(
                from_end < 4 + 32 + 41 * 40,
                "{name}: {from_end} bytes before its end"
            );
            harmless += 1;
        }
    }
    assert!(harmless < 60, "{harmless}");
}

#[test]
fn a_cut_or_missing_object_is_noticed() {
    let store = TestStore::new();
    let key = key();
    let repository = Repository::create(store.clone(), &key).unwrap();
    let data = image(SEGMENT, 82);
    let snapshot = back_up(&repository, &data, 1);
    let objects = store.objects();
    for (name, bytes) in &objects {
        for length in [0, 1, bytes.len() / 2] {
            let mut changed = objects.clone();
            changed.insert(name.clone(), bytes.slice(..length));
            assert!(
                !outcome(changed, &key, &snapshot.id, &data),
                "{name} cut to {length}"
            );
        }
        let mut changed = objects.clone();
        changed.remove(name);
        assert!(
            !outcome(changed, &key, &snapshot.id, &data),
            "{name} removed"
        );
    }
}

#[test]
fn swapped_packs_and_swapped_blobs_are_noticed() {
    let store = TestStore::new();
    let key = key();
    let repository = Repository::create(store.clone(), &key).unwrap();
    // Random data of equal sizes: blobs of equal length, each with a good MAC of the same key.
    let mut data = vec![0; 8 * SEGMENT];
    Random(83).fill(&mut data);
    let snapshot = back_up(&repository, &data, 1);
    let objects = store.objects();
    let packs: Vec<&String> = objects
        .iter()
        .filter(|(name, bytes)| name.starts_with("data/") && bytes.len() > SEGMENT)
        .map(|(name, _)| name)
        .collect();
    assert!(packs.len() >= 2);
    let mut swapped = objects.clone();
    swapped.insert(packs[0].clone(), objects[packs[1]].clone());
    swapped.insert(packs[1].clone(), objects[packs[0]].clone());
    assert!(!outcome(swapped, &key, &snapshot.id, &data));

    // Incompressible blocks are stored with the same length each: swap two in one pack.
    let image = repository.image(&snapshot.id).unwrap();
    let places: Vec<_> = image.stored()[&0]
        .blobs
        .iter()
        .filter_map(|id| image.place(id))
        .collect();
    let (name, first, length) = places[0].clone();
    let same = places[1..]
        .iter()
        .find(|place| place.0 == name && place.2 == length);
    let second = same.unwrap().1;
    let pack = objects[&name].to_vec();
    let mut bytes = pack.clone();
    bytes[first..first + length].copy_from_slice(&pack[second..second + length]);
    bytes[second..second + length].copy_from_slice(&pack[first..first + length]);
    let mut swapped = objects.clone();
    swapped.insert(name, bytes.into());
    assert!(!outcome(swapped, &key, &snapshot.id, &data));
}

#[test]
fn verify_names_the_bad_range_and_nothing_else() {
    let store = TestStore::new();
    let key = key();
    let repository = Repository::create(store.clone(), &key).unwrap();
    let data = image(5 * SEGMENT, 84);
    let snapshot = back_up(&repository, &data, 1);
    let image = repository.image(&snapshot.id).unwrap();
    let (pack, offset, length) = image.place(&image.stored()[&3].blobs[2]).unwrap();
    let mut bytes = store.read(&pack).unwrap().to_vec();
    bytes[offset + length / 2] ^= 4;
    store.replace(&pack, bytes.into()).unwrap();
    let report = repository.verify(&snapshot.id, 2, &NoProgress).unwrap();
    assert!(!report.is_good());
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert_eq!(report.problems[0].offset, (3 * SEGMENT + 2 * BLOCK) as u64);
    assert_eq!(
        (report.problems[0].length, report.bad_bytes),
        (BLOCK as u64, BLOCK as u64)
    );
    assert_eq!(report.good_bytes, data.len() as u64 - BLOCK as u64);
    // The rest can still be had.
    let image = repository.image(&snapshot.id).unwrap();
    assert!(image.read_segment(2).unwrap().unwrap() == data[2 * SEGMENT..3 * SEGMENT]);
    assert!(matches!(image.read_segment(3), Err(VaultError::Damaged(_))));
}

#[test]
fn the_wrong_key_opens_nothing() {
    let store = TestStore::new();
    let repository = Repository::create(store.clone(), &key()).unwrap();
    back_up(&repository, &image(100, 1), 1);
    assert!(matches!(
        Repository::open(store, &key()),
        Err(VaultError::Damaged(_))
    ));
}
