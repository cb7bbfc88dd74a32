//! What a store keeps by itself outlives whoever wants it gone, our own prune included.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;

use super::locked::LockedStore;
use super::prune::prune_at_once;
use super::support::*;
use crate::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-01-01T00:00:00Z")
}

fn first_end() -> Timestamp {
    at("2026-02-01T00:00:00Z")
}

fn second_end() -> Timestamp {
    at("2026-03-01T00:00:00Z")
}

/// A repository whose objects are kept until [`first_end`].
fn repository() -> (Arc<LockedStore>, Repository) {
    let store = LockedStore::new(now());
    let repository = Repository::create(store.clone(), &key()).unwrap();
    let keep: Keep = Arc::new(|| Ok(Some(first_end())));
    (store, repository.with_keep(keep))
}

fn kept(store: &LockedStore, key: &str) -> Option<Timestamp> {
    store.kept_until(key, None).unwrap()
}

fn keys(store: &LockedStore, prefix: &str) -> Vec<String> {
    let listed = store.list(prefix).unwrap().into_iter();
    listed.map(|object| object.key).collect()
}

/// A stranger with all rights deletes everything, as `aws s3 rm --recursive` does.
fn remove_everything(store: &LockedStore) {
    for key in keys(store, "") {
        store.hide(&key).unwrap();
    }
}

fn check_with_restic(store: &LockedStore, repository: &Repository) {
    repository.add_password("s3cret", now()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (key, data) in store.seen() {
        let path = folder.path().join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, data).unwrap();
    }
    let run = std::process::Command::new("restic")
        .args(["--no-cache", "-r"])
        .arg(folder.path())
        .args(["check", "--read-data"])
        .env("RESTIC_PASSWORD", "s3cret")
        .output();
    let output = run.expect("stock restic must be installed for this test");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
fn everything_that_is_needed_is_extended_and_nothing_that_was_marked() {
    let (store, repository) = repository();
    let gone = back_up(&repository, &image(3 * SEGMENT, 1), 1);
    let old: BTreeSet<String> = keys(&store, "data/").into_iter().collect();
    back_up(&repository, &image(3 * SEGMENT, 2), 2);
    assert!(old.iter().all(|key| kept(&store, key) == Some(first_end())));
    assert_eq!(kept(&store, "config"), None, "it was made before the lock");
    repository.forget(std::slice::from_ref(&gone.id)).unwrap();
    assert!(prune_at_once(&repository).packs_marked > 0);

    let count = repository.extend_all(second_end(), &NoProgress).unwrap();
    assert!(count > 0);
    for key in keys(&store, "") {
        let expected = if old.contains(&key) {
            first_end()
        } else {
            second_end()
        };
        assert_eq!(kept(&store, &key), Some(expected), "{key}");
    }
    // Again, and to an earlier time: nothing is ever shortened, and that is no error.
    repository.extend_all(second_end(), &NoProgress).unwrap();
    repository.extend_all(first_end(), &NoProgress).unwrap();
    assert_eq!(kept(&store, "config"), Some(second_end()));
}

#[test]
fn a_prune_leaves_what_the_store_keeps_and_takes_it_later() {
    let (store, repository) = repository();
    let gone = back_up(&repository, &image(3 * SEGMENT, 1), 1);
    let old = keys(&store, "data/");
    let data = image(3 * SEGMENT, 2);
    let stays = back_up(&repository, &data, 2);
    repository.forget(std::slice::from_ref(&gone.id)).unwrap();
    assert_eq!(repository.snapshots().unwrap().len(), 1);
    for _ in 0..4 {
        prune_at_once(&repository);
        let seen = keys(&store, "data/");
        assert!(old.iter().all(|key| seen.contains(key)));
        assert!(restore(&repository, &stays.id).unwrap() == data);
    }
    check_with_restic(&store, &repository);
    store.set_now(second_end());
    // The library writes new marks only when an index file changes anyway.
    let another = back_up(&repository, &image(3 * SEGMENT, 3), 3);
    repository
        .forget(std::slice::from_ref(&another.id))
        .unwrap();
    for _ in 0..3 {
        prune_at_once(&repository);
    }
    let seen = keys(&store, "data/");
    assert!(old.iter().all(|key| !seen.contains(key)));
    assert!(restore(&repository, &stays.id).unwrap() == data);
    check_with_restic(&store, &repository);
}

#[test]
fn what_a_stranger_hid_comes_back_and_what_we_replaced_does_not() {
    let (store, repository) = repository();
    let gone = back_up(&repository, &image(3 * SEGMENT, 1), 1);
    let data = image(3 * SEGMENT, 2);
    let stays = back_up(&repository, &data, 2);
    repository.forget(std::slice::from_ref(&gone.id)).unwrap();
    // Index files are replaced; the store keeps the old ones, hidden.
    prune_at_once(&repository);
    repository.extend_all(first_end(), &NoProgress).unwrap();
    let before = store.seen();
    let known = BTreeSet::from([stays.id.clone()]);
    let look = || {
        let mut back = uncover(store.as_ref(), &known, now()).unwrap();
        back.extend(repository.uncover_indexes(now()).unwrap());
        back
    };
    assert_eq!(look(), Vec::<String>::new(), "nobody was here");
    assert!(store.seen() == before);

    remove_everything(&store);
    assert!(Repository::open(store.clone(), &key()).is_err());
    let back: BTreeSet<String> = look().into_iter().collect();
    assert_eq!(back, before.keys().cloned().collect());
    assert!(store.seen() == before);
    assert_eq!(look(), Vec::<String>::new());
    assert!(restore(&repository, &stays.id).unwrap() == data);

    // Overwritten is as good as deleted.
    for key in keys(&store, "data/")
        .iter()
        .chain(&keys(&store, "snapshots/"))
    {
        store.replace(key, b"ransom".as_slice().into()).unwrap();
    }
    assert!(restore(&repository, &stays.id).is_err());
    assert!(!look().is_empty());
    assert!(store.seen() == before);
    check_with_restic(&store, &repository);
}

#[test]
fn a_pack_of_a_writer_that_died_brings_no_old_index_back() {
    let (store, repository) = repository();
    let gone = back_up(&repository, &image(3 * SEGMENT, 1), 1);
    let stays = back_up(&repository, &image(3 * SEGMENT, 2), 2);
    repository.forget(std::slice::from_ref(&gone.id)).unwrap();
    prune_at_once(&repository);
    let orphan = format!("data/aa/{}", "a".repeat(64));
    let bytes = b"half a pack".as_slice().into();
    store.create_until(&orphan, bytes, first_end()).unwrap();
    let before = store.seen();
    assert_eq!(
        repository.uncover_indexes(now()).unwrap(),
        Vec::<String>::new()
    );
    assert!(store.seen() == before);
    assert_eq!(repository.snapshots().unwrap()[0].id, stays.id);
}

#[test]
fn nothing_comes_back_that_the_store_does_not_keep_any_more() {
    let (store, repository) = repository();
    let point = back_up(&repository, &image(SEGMENT, 1), 1);
    remove_everything(&store);
    store.set_now(second_end());
    let known = BTreeSet::from([point.id]);
    let back = uncover(store.as_ref(), &known, second_end()).unwrap();
    assert_eq!(back, Vec::<String>::new());
}

#[test]
fn a_store_that_keeps_nothing_takes_no_point_that_must_be_kept() {
    let store = TestStore::new();
    let repository = Repository::create(store.clone(), &key()).unwrap();
    let keep: Keep = Arc::new(|| Ok(Some(first_end())));
    let source = TestSource::full(image(SEGMENT, 1));
    let refused =
        repository
            .clone()
            .with_keep(keep)
            .back_up_image(&source, None, &point(1), &NoProgress);
    assert!(matches!(
        refused,
        Err(VaultError::Store(StoreError::Denied(_)))
    ));
    let refused = repository.extend_all(first_end(), &NoProgress);
    assert!(matches!(refused, Err(VaultError::Refused(_))));
    assert_eq!(repository.snapshots().unwrap(), Vec::new());
}

#[test]
fn a_probe_believes_what_it_saw_and_not_what_a_bucket_says_of_itself() {
    let store = LockedStore::new(now());
    let good = probe_lock(store.as_ref(), now()).unwrap();
    assert_eq!(good.missing, Vec::<String>::new());
    store.is_lax.store(true, Ordering::SeqCst);
    let lax = probe_lock(store.as_ref(), now()).unwrap();
    assert!(
        lax.missing.iter().any(|text| text.contains("deletes")),
        "{lax:?}"
    );
    let folder = TestStore::new();
    let folder = probe_lock(folder.as_ref(), now()).unwrap();
    assert!(folder.missing[0].contains("GOVERNANCE only"));
}
