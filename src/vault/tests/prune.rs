//! Space comes back in two phases, never on doubt, and never under a point that is kept.

use jiff::{SignedDuration, Timestamp};

use super::support::*;
use crate::*;

/// A prune that does not wait a day between marking and deleting: only tests may.
pub(super) fn prune_at_once(repository: &Repository) -> PruneStats {
    repository
        .plan_unchecked(SignedDuration::ZERO, &[])
        .unwrap()
        .run()
        .unwrap()
}

pub(super) fn request() -> PruneRequest {
    #[expect(
        clippy::disallowed_methods,
        reason = "the rule under test compares real clocks"
    )]
    let now = Timestamp::now();
    PruneRequest {
        keep: MIN_KEEP,
        known: Vec::new(),
        now,
    }
}

#[test]
fn marks_first_deletes_later_and_revives_what_is_needed_again() {
    let store = TestStore::new();
    let repository = Repository::create(store.clone(), &key()).unwrap();
    let data = image(8 * SEGMENT, 71);
    let first = back_up(&repository, &data, 1);
    let other = image(3 * SEGMENT, 72);
    let second = back_up(&repository, &other, 2);
    let packs = || store.list("data/").unwrap().len();
    let before = packs();
    repository.forget(&[first.id]).unwrap();

    let marked = prune_at_once(&repository);
    assert!(
        marked.packs_marked > 0 && marked.packs_deleted == 0,
        "{marked:?}"
    );
    assert!(packs() >= before, "marking deletes no pack");

    // The same data comes again: nothing of it may be taken from what is marked, or it must be revived.
    let third = back_up(&repository, &data, 3);
    let deleted = prune_at_once(&repository);
    assert!(
        deleted.packs_deleted + deleted.packs_revived > 0,
        "{deleted:?}"
    );
    for (id, bytes) in [(&second.id, &other), (&third.id, &data)] {
        assert!(restore(&repository, id).unwrap() == *bytes);
    }
    prune_at_once(&repository);
    assert!(restore(&repository, &third.id).unwrap() == data);
}

#[test]
fn a_snapshot_that_took_over_marked_data_keeps_it() {
    let store = TestStore::new();
    let repository = Repository::create(store.clone(), &key()).unwrap();
    let data = image(4 * SEGMENT, 73);
    let first = back_up(&repository, &data, 1);
    // A writer that still holds the index of before the prune commits a snapshot on packs marked by then.
    let before = store.objects();
    let elsewhere = std::sync::Arc::new(MemoryStore::from_objects(before.clone()));
    let source = TestSource::changed(data.clone(), &[]);
    let late = repository.on(elsewhere.clone());
    let late = late
        .back_up_image(&source, Some(&first.id), &point(2), &NoProgress)
        .unwrap();
    repository.forget(&[first.id]).unwrap();
    prune_at_once(&repository);
    for (name, bytes) in elsewhere.objects() {
        if !before.contains_key(&name) {
            store.create(&name, bytes).unwrap();
        }
    }
    let revived = prune_at_once(&repository);
    assert!(revived.packs_revived > 0, "{revived:?}");
    assert!(restore(&repository, &late.id).unwrap() == data);
}

#[test]
fn a_backup_that_commits_while_a_prune_runs_keeps_its_data() {
    let store = TestStore::new();
    let repository = Repository::create(store.clone(), &key()).unwrap();
    let data = image(4 * SEGMENT, 79);
    let first = back_up(&repository, &data, 1);
    repository.forget(&[first.id]).unwrap();
    let plan = repository
        .plan_unchecked(SignedDuration::ZERO, &[])
        .unwrap();
    let late = back_up(&repository, &data, 2);
    assert!(
        late.bytes_added < BLOCK as u64,
        "it takes over what the plan calls unneeded"
    );
    let stats = plan.run().unwrap();
    assert!(stats.packs_revived > 0, "{stats:?}");
    assert!(restore(&repository, &late.id).unwrap() == data);
}

#[test]
fn a_backup_whose_data_was_marked_before_its_commit_fails_and_can_be_repeated() {
    let store = TestStore::new();
    let repository = Repository::create(store.clone(), &key()).unwrap();
    let data = image(4 * SEGMENT, 80);
    let first = back_up(&repository, &data, 1);
    repository.forget(&[first.id]).unwrap();
    // The fence is asked last before the commit: at that instant another server prunes.
    let other = repository.clone();
    let pruned = parking_lot::Mutex::new(false);
    let late = repository.clone().with_fence(std::sync::Arc::new(move || {
        let mut pruned = pruned.lock();
        if !*pruned {
            *pruned = true;
            prune_at_once(&other);
        }
        Ok(())
    }));
    let source = TestSource::full(data.clone());
    let done = late.back_up_image(&source, None, &point(2), &NoProgress);
    assert!(matches!(done, Err(VaultError::Damaged(_))), "{done:?}");
    assert!(
        repository.snapshots().unwrap().is_empty(),
        "it was withdrawn"
    );
    let again = late
        .back_up_image(&source, None, &point(3), &NoProgress)
        .unwrap();
    prune_at_once(&repository);
    assert!(restore(&repository, &again.id).unwrap() == data);
}

#[test]
fn keeps_what_is_younger_than_a_day() {
    let store = TestStore::new();
    let repository = Repository::create(store.clone(), &key()).unwrap();
    let first = back_up(&repository, &image(3 * SEGMENT, 74), 1);
    repository.forget(&[first.id]).unwrap();
    let before = store.objects();
    let stats = repository.prune_plan(&request()).unwrap().run().unwrap();
    assert_eq!((stats.packs_marked, stats.packs_deleted), (0, 0));
    let packs = |objects: &std::collections::BTreeMap<String, bytes::Bytes>| {
        objects
            .keys()
            .filter(|key| key.starts_with("data/"))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(packs(&before), packs(&store.objects()));
}

fn expect_refusal(repository: &Repository, request: &PruneRequest, why: &str) {
    match repository.prune_plan(request) {
        Err(
            VaultError::Refused(_)
            | VaultError::Invalid(_)
            | VaultError::Damaged(_)
            | VaultError::Store(_),
        ) => {}
        other => panic!("{why}: {other:?}"),
    }
}

#[test]
fn refuses_on_doubt() {
    let store = TestStore::new();
    let repository = Repository::create(store.clone(), &key()).unwrap();
    let first = back_up(&repository, &image(SEGMENT, 75), 1);
    let second = back_up(&repository, &image(SEGMENT, 76), 2);
    let refused = |request: &PruneRequest, why: &str| expect_refusal(&repository, request, why);
    let before = store.objects();
    refused(
        &PruneRequest {
            keep: SignedDuration::from_hours(23),
            ..request()
        },
        "too short",
    );
    for skew in [
        SignedDuration::from_hours(24 * 3650),
        SignedDuration::from_mins(-6),
    ] {
        refused(
            &PruneRequest {
                now: request().now + skew,
                ..request()
            },
            "clock",
        );
    }
    let known = vec![first.id.clone(), second.id.clone()];
    let hidden = format!("snapshots/{}", first.id);
    store.hidden.lock().insert(hidden.clone());
    refused(
        &PruneRequest {
            known: known.clone(),
            ..request()
        },
        "short list",
    );
    store.hidden.lock().clear();
    *store.fail_list.lock() = Some(StoreError::Io("planted".to_owned()));
    refused(&request(), "list error");
    *store.fail_list.lock() = None;
    for damaged in before
        .keys()
        .filter(|k| k.starts_with("snapshots/") || k.starts_with("index/"))
    {
        let whole = store.read(damaged).unwrap();
        let mut bytes = whole.to_vec();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        store.replace(damaged, bytes.into()).unwrap();
        refused(
            &PruneRequest {
                known: known.clone(),
                ..request()
            },
            damaged,
        );
        store.replace(damaged, whole).unwrap();
    }
    assert_eq!(before, store.objects());
    assert!(
        repository
            .prune_plan(&PruneRequest { known, ..request() })
            .is_ok()
    );
}

#[test]
fn what_a_dead_writer_left_is_collected() {
    let store = TestStore::new();
    let repository = Repository::create(store.clone(), &key()).unwrap();
    let data = image(2 * SEGMENT, 77);
    let kept = back_up(&repository, &data, 1);
    let mut source = TestSource::full(image(20 * SEGMENT, 78));
    source.fail_at = Some(19);
    repository
        .back_up_image(&source, None, &point(2), &NoProgress)
        .unwrap_err();
    back_up(&repository, &data, 3);
    let size = || {
        store
            .list("data/")
            .unwrap()
            .iter()
            .map(|o| o.size)
            .sum::<u64>()
    };
    let before = size();
    prune_at_once(&repository);
    prune_at_once(&repository);
    prune_at_once(&repository);
    assert!(size() < before / 2, "{before} -> {}", size());
    assert!(restore(&repository, &kept.id).unwrap() == data);
}
