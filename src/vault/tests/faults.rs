//! A backup that cannot be whole is not there, says why, and leaves the others as they were.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::support::*;
use crate::*;

fn with_first() -> (Arc<TestStore>, Repository, ImageSnapshot, Vec<u8>) {
    let store = TestStore::new();
    let repository = Repository::create(store.clone(), &key()).unwrap();
    let data = image(6 * SEGMENT, 51);
    let first = back_up(&repository, &data, 1);
    (store, repository, first, data)
}

#[test]
fn a_source_error_anywhere_leaves_no_snapshot() {
    let (_store, repository, first, data) = with_first();
    let mut other = image(40 * SEGMENT, 52);
    other[..SEGMENT].copy_from_slice(&data[..SEGMENT]);
    for at in [0, 1, 17, 38, 39] {
        let source = TestSource {
            fail_at: Some(at),
            ..TestSource::full(other.clone())
        };
        let done = repository.back_up_image(&source, None, &point(2), &NoProgress);
        match done {
            Err(VaultError::Source(error)) => assert!(error.is_retryable()),
            other => panic!("{other:?}"),
        }
        assert!(source.reads().len() <= at as usize + 14, "it stops soon");
    }
    let short = TestSource {
        short_at: Some(3),
        ..TestSource::full(other)
    };
    let done = repository.back_up_image(&short, None, &point(2), &NoProgress);
    assert!(matches!(done, Err(VaultError::Source(_))), "{done:?}");
    assert_eq!(repository.snapshots().unwrap().len(), 1);
    assert!(restore(&repository, &first.id).unwrap() == data);
}

#[test]
fn a_source_error_in_an_increment_leaves_no_snapshot() {
    let (_store, repository, first, mut data) = with_first();
    data[3 * SEGMENT] ^= 1;
    let mut source = TestSource::changed(data, &[3]);
    source.fail_at = Some(3);
    let done = repository.back_up_image(&source, Some(&first.id), &point(2), &NoProgress);
    assert!(matches!(done, Err(VaultError::Source(_))), "{done:?}");
    assert_eq!(repository.snapshots().unwrap().len(), 1);
}

#[test]
fn bytes_that_are_not_what_the_source_vouched_for_are_not_committed() {
    let (_store, repository, _first, data) = with_first();
    let mut source = TestSource::full(data);
    source.give_digests = true;
    source.wrong_digest_at = Some(4);
    let done = repository.back_up_image(&source, None, &point(2), &NoProgress);
    assert!(matches!(done, Err(VaultError::Damaged(_))), "{done:?}");
    assert_eq!(repository.snapshots().unwrap().len(), 1);
}

#[test]
fn a_full_store_says_so_at_every_point_and_a_retry_succeeds() {
    let (store, repository, first, data) = with_first();
    let other = image(12 * SEGMENT, 53);
    for room in [0, 1 << 10, 1 << 20, 8 << 20, 17 << 20, 24 << 20] {
        store.set_room(room);
        let source = TestSource::full(other.clone());
        let done = repository.back_up_image(&source, None, &point(2), &NoProgress);
        let Err(error) = done else {
            panic!("room {room}: {done:?}")
        };
        assert!(error.is_full(), "room {room}: {error:?}");
        assert_eq!(repository.snapshots().unwrap().len(), 1);
    }
    assert!(restore(&repository, &first.id).unwrap() == data);
    store.set_room(-1);
    let second = back_up(&repository, &other, 3);
    assert!(restore(&repository, &second.id).unwrap() == other);
}

#[test]
fn a_full_store_stops_the_reading() {
    let (store, repository, _first, _data) = with_first();
    let mut other = vec![0; 100 * SEGMENT];
    Random(99).fill(&mut other);
    store.set_room(1 << 20);
    let source = TestSource::full(other);
    let done = repository.back_up_image(&source, None, &point(2), &NoProgress);
    assert!(done.is_err_and(|error| error.is_full()));
    assert!(
        source.reads().len() < 60,
        "{} of 100 segments were read",
        source.reads().len()
    );
}

struct CancelAfter(AtomicU64);

impl Progress for CancelAfter {
    fn advanced(&self, bytes: u64) {
        let left = self.0.load(Ordering::SeqCst);
        self.0.store(left.saturating_sub(bytes), Ordering::SeqCst);
    }

    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }
}

#[test]
fn a_cancelled_backup_leaves_no_snapshot_and_a_cancelled_restore_ends() {
    let (_store, repository, first, data) = with_first();
    let source = TestSource::full(image(30 * SEGMENT, 54));
    let progress = CancelAfter(AtomicU64::new(3 * SEGMENT as u64));
    let done = repository.back_up_image(&source, None, &point(2), &progress);
    assert!(matches!(done, Err(VaultError::Cancelled)), "{done:?}");
    assert_eq!(repository.snapshots().unwrap().len(), 1);
    let image = repository.image(&first.id).unwrap();
    let sink = VecSink(parking_lot::Mutex::new(vec![0; data.len()]));
    let progress = CancelAfter(AtomicU64::new(SEGMENT as u64));
    assert!(matches!(
        image.restore_to(&sink, 2, &progress),
        Err(VaultError::Cancelled)
    ));
}

#[derive(Default)]
struct Total(AtomicU64, AtomicU64);

impl Progress for Total {
    fn started(&self, total_bytes: u64) {
        self.0.fetch_add(total_bytes, Ordering::SeqCst);
    }

    fn advanced(&self, bytes: u64) {
        self.1.fetch_add(bytes, Ordering::SeqCst);
    }
}

#[test]
fn progress_adds_up() {
    let (_store, repository, first, mut data) = with_first();
    data[2 * SEGMENT] ^= 1;
    let total = Total::default();
    let source = TestSource::changed(data, &[2]);
    let second = repository
        .back_up_image(&source, Some(&first.id), &point(2), &total)
        .unwrap();
    assert_eq!(
        (total.0.into_inner(), total.1.into_inner()),
        (6 * SEGMENT as u64, 6 * SEGMENT as u64)
    );
    let total = Total::default();
    repository.verify(&second.id, 3, &total).unwrap();
    assert_eq!(
        (total.0.into_inner(), total.1.into_inner()),
        (6 * SEGMENT as u64, 6 * SEGMENT as u64)
    );
}

#[test]
fn who_lost_the_lease_neither_commits_nor_deletes() {
    let (store, repository, first, data) = with_first();
    let fenced = repository
        .clone()
        .with_fence(Arc::new(|| Err(FenceError::new("lease 7 was taken over"))));
    let source = TestSource::full(image(2 * SEGMENT, 55));
    let done = fenced.back_up_image(&source, None, &point(2), &NoProgress);
    assert!(matches!(done, Err(VaultError::Fenced(_))), "{done:?}");
    let done = fenced.forget(std::slice::from_ref(&first.id));
    assert!(matches!(done, Err(VaultError::Fenced(_))), "{done:?}");
    let plan = fenced
        .plan_unchecked(jiff::SignedDuration::ZERO, &[])
        .unwrap();
    let before = store
        .objects()
        .keys()
        .filter(|k| k.starts_with("data/"))
        .count();
    let _fenced_or_nothing_to_do = plan.run();
    assert_eq!(
        store
            .objects()
            .keys()
            .filter(|k| k.starts_with("data/"))
            .count(),
        before
    );
    assert_eq!(repository.snapshots().unwrap().len(), 1);
    assert!(restore(&repository, &first.id).unwrap() == data);
}

#[test]
fn a_base_that_lost_data_heals_from_the_source() {
    let (store, repository, first, data) = with_first();
    // The index is gone (as after a crash of a foreign tool): the base cannot even be opened.
    for key in store
        .objects()
        .keys()
        .filter(|key| key.starts_with("index/"))
    {
        store.delete(key).unwrap();
    }
    let source = TestSource::changed(data.clone(), &[]);
    let done = repository.back_up_image(&source, Some(&first.id), &point(2), &NoProgress);
    assert!(matches!(done, Err(VaultError::Damaged(_))), "{done:?}");
    let second = back_up(&repository, &data, 2);
    assert!(restore(&repository, &second.id).unwrap() == data);
}

#[test]
fn unchanged_without_a_base_is_refused() {
    let (_store, repository, _first, data) = with_first();
    let source = TestSource::changed(data, &[1]);
    let done = repository.back_up_image(&source, None, &point(2), &NoProgress);
    assert!(matches!(done, Err(VaultError::Invalid(_))), "{done:?}");
}
