//! A backup that is cut after any of its writes leaves earlier points identical; so does a prune.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::support::*;
use crate::*;

/// The objects after the first `count` changes, the last of them torn after `torn` bytes if given.
fn replay(
    start: &BTreeMap<String, Bytes>,
    changes: &[Change],
    torn: Option<usize>,
) -> BTreeMap<String, Bytes> {
    let mut objects = start.clone();
    for (number, change) in changes.iter().enumerate() {
        let cut = |data: &Bytes| match torn {
            Some(length) if number + 1 == changes.len() => data.slice(..length.min(data.len())),
            _ => data.clone(),
        };
        match change {
            Change::Create(key, data) | Change::Replace(key, data) => {
                objects.insert(key.clone(), cut(data));
            }
            Change::Delete(key) => {
                objects.remove(key);
            }
        }
    }
    objects
}

#[test]
fn every_cut_of_a_backup_leaves_earlier_points_identical() {
    let store = TestStore::new();
    let key = key();
    let repository = Repository::create(store.clone(), &key).unwrap();
    let mut data = image(4 * SEGMENT, 61);
    let first = back_up(&repository, &data, 1);
    let before = data.clone();
    let start = store.objects();
    store.changes.lock().clear();
    data.extend(image(6 * SEGMENT, 62));
    data[0] ^= 1;
    let changed: Vec<u32> = (4..10).chain([0]).collect();
    let source = TestSource::changed(data.clone(), &changed);
    let second = repository.back_up_image(&source, Some(&first.id), &point(2), &NoProgress);
    let second = second.unwrap();
    let writes = store.changes.lock().clone();
    assert!(
        writes.len() >= 4,
        "packs, index, snapshot: {}",
        writes.len()
    );
    let last = writes.last().unwrap();
    assert!(
        matches!(last, Change::Create(key, _) if key.starts_with("snapshots/")),
        "{last:?}"
    );

    for count in 0..=writes.len() {
        let objects = replay(&start, &writes[..count], None);
        let cut = Repository::open(Arc::new(MemoryStore::from_objects(objects)), &key).unwrap();
        assert!(
            restore(&cut, &first.id).unwrap() == before,
            "cut at {count}"
        );
        let is_there = cut.snapshots().unwrap().iter().any(|s| s.id == second.id);
        assert_eq!(is_there, count == writes.len());
        if is_there {
            assert!(restore(&cut, &second.id).unwrap() == data);
        }
        // And the work goes on where it was cut.
        let again = cut
            .back_up_image(&source, Some(&first.id), &point(3), &NoProgress)
            .unwrap();
        assert_eq!(again.root, second.root);
    }
}

#[test]
fn a_torn_write_is_noticed_and_never_read_as_data() {
    // Our stores never show a torn object; another program's might.
    let store = TestStore::new();
    let key = key();
    let repository = Repository::create(store.clone(), &key).unwrap();
    let before = image(2 * SEGMENT, 63);
    let first = back_up(&repository, &before, 1);
    let start = store.objects();
    store.changes.lock().clear();
    let data = image(5 * SEGMENT, 64);
    let second = back_up(&repository, &data, 2);
    let writes = store.changes.lock().clone();
    for count in 1..=writes.len() {
        for length in [1, 40, 5000] {
            let objects = replay(&start, &writes[..count], Some(length));
            let cut = Repository::open(Arc::new(MemoryStore::from_objects(objects)), &key).unwrap();
            match restore(&cut, &first.id) {
                Ok(found) => assert!(found == before),
                Err(VaultError::Damaged(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
            if let Ok(found) = restore(&cut, &second.id) {
                assert!(found == data);
            }
        }
    }
}

#[test]
fn every_cut_of_a_prune_leaves_the_kept_points_identical() {
    let store = TestStore::new();
    let key = key();
    let repository = Repository::create(store.clone(), &key).unwrap();
    let data = image(6 * SEGMENT, 65);
    let mut other = data[..3 * SEGMENT].to_vec();
    other.extend(image(5 * SEGMENT, 66));
    let gone = back_up(&repository, &other, 1);
    let kept = back_up(&repository, &data, 2);
    repository.forget(&[gone.id]).unwrap();
    for _run in 0..2 {
        let start = store.objects();
        store.changes.lock().clear();
        super::prune::prune_at_once(&repository);
        let writes = store.changes.lock().clone();
        assert!(writes.len() >= 2, "{writes:?}");
        for count in 0..=writes.len() {
            let objects = replay(&start, &writes[..count], None);
            let cut = Repository::open(Arc::new(MemoryStore::from_objects(objects)), &key).unwrap();
            assert!(restore(&cut, &kept.id).unwrap() == data, "cut at {count}");
            assert!(cut.verify(&kept.id, 1, &NoProgress).unwrap().is_good());
        }
    }
}
