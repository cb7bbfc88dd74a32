//! What goes in comes out: full, incremental, sparse, grown, and several at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;

use super::support::*;
use crate::*;

fn repository() -> (Arc<TestStore>, Repository) {
    let store = TestStore::new();
    let repository = Repository::create(store.clone(), &key()).unwrap();
    (store, repository)
}

#[test]
fn restores_what_was_backed_up_whatever_its_size() {
    let (_store, repository) = repository();
    for size in [
        1,
        511,
        BLOCK,
        BLOCK + 1,
        SEGMENT,
        SEGMENT + 7,
        3 * SEGMENT - 512,
    ] {
        let data = image(size, size as u64);
        let snapshot = back_up(&repository, &data, size as i64);
        assert_eq!(snapshot.size_bytes, size as u64);
        assert_eq!(snapshot.bytes_read, size as u64);
        assert!(snapshot.bytes_read_back > 0);
        assert!(
            restore(&repository, &snapshot.id).unwrap() == data,
            "size {size}"
        );
        let report = repository.verify(&snapshot.id, 2, &NoProgress).unwrap();
        assert!(report.is_good(), "{report:?}");
        assert_eq!(
            (report.good_bytes, report.root),
            (size as u64, Some(snapshot.root))
        );
    }
}

#[test]
fn refuses_an_empty_image_and_one_that_is_too_large() {
    let (_store, repository) = repository();
    let empty = TestSource::full(Vec::new());
    let done = repository.back_up_image(&empty, None, &point(1), &NoProgress);
    assert!(matches!(done, Err(VaultError::Unsupported(_))));
}

#[test]
fn an_image_of_zeros_holds_no_segment() {
    let (_store, repository) = repository();
    let data = vec![0; 5 * SEGMENT];
    let snapshot = back_up(&repository, &data, 1);
    assert_eq!((snapshot.segments, snapshot.bytes_read), (0, 0));
    assert!(restore(&repository, &snapshot.id).unwrap() == data);
    assert!(
        repository
            .verify(&snapshot.id, 1, &NoProgress)
            .unwrap()
            .is_good()
    );
}

#[test]
fn sparse_segments_are_neither_read_nor_stored() {
    let (_store, repository) = repository();
    let mut data = image(6 * SEGMENT + 100, 9);
    data[SEGMENT..3 * SEGMENT].fill(0);
    data[6 * SEGMENT..].fill(0);
    let source = TestSource::full(data.clone());
    let done = repository
        .back_up_image(&source, None, &point(1), &NoProgress)
        .unwrap();
    assert_eq!(source.reads(), [0, 3, 4, 5]);
    let image = repository.image(&done.id).unwrap();
    assert_eq!(image.segments().collect::<Vec<_>>(), [0, 3, 4, 5]);
    assert!(image.read_segment(1).unwrap().is_none());
    assert!(restore(&repository, &done.id).unwrap() == data);
}

#[test]
fn the_root_is_that_of_the_bytes_however_sparse() {
    let (_store, repository) = repository();
    let mut data = image(3 * SEGMENT, 4);
    data[SEGMENT..2 * SEGMENT].fill(0);
    let sparse = back_up(&repository, &data, 1);
    let mut listed = TestSource::changed(data.clone(), &[0, 1, 2]);
    listed.changed = None;
    let all = AllListed(listed);
    let dense = repository
        .back_up_image(&all, None, &point(2), &NoProgress)
        .unwrap();
    assert_eq!((sparse.segments, dense.segments), (2, 3));
    assert_eq!(sparse.root, dense.root);
    data[0] ^= 1;
    assert_ne!(back_up(&repository, &data, 3).root, sparse.root);
}

struct AllListed(TestSource);

impl ImageSource for AllListed {
    fn size_bytes(&self) -> u64 {
        self.0.size_bytes()
    }

    fn segments(&self) -> Result<Vec<Segment>, SourceError> {
        let all = 0..segment_count(self.size_bytes());
        Ok(all
            .map(|index| Segment {
                index,
                state: SegmentState::Present,
            })
            .collect())
    }

    fn read_segment(
        &self,
        index: u32,
        base: Option<&ImageReader>,
    ) -> Result<SegmentData, SourceError> {
        self.0.read_segment(index, base)
    }
}

#[test]
fn an_increment_reads_only_what_changed() {
    let (_store, repository) = repository();
    let mut data = image(12 * SEGMENT + 5, 3);
    let first = back_up(&repository, &data, 1);
    let before = data.clone();
    for changed in [2, 7, 12] {
        data[changed * SEGMENT] ^= 0xff;
    }
    let mut source = TestSource::changed(data.clone(), &[2, 7, 12]);
    source.give_digests = true;
    // Taken "at the same instant", with the same sizes: only the content tells them apart.
    let mut labels = point(1);
    labels.labels.recovery_point_id = "second".to_owned();
    let second = repository
        .back_up_image(&source, Some(&first.id), &labels, &NoProgress)
        .unwrap();
    assert_eq!(source.reads(), [2, 7, 12]);
    assert_eq!(second.bytes_read, 2 * SEGMENT as u64 + 5);
    assert_eq!(second.segments, 13);
    assert!(
        second.bytes_added < 3 * BLOCK as u64,
        "only changed blocks are new"
    );
    assert!(restore(&repository, &second.id).unwrap() == data);
    assert!(restore(&repository, &first.id).unwrap() == before);

    // A chain goes on, with nothing changed at all.
    let nothing = TestSource::changed(data.clone(), &[]);
    let third = repository
        .back_up_image(&nothing, Some(&second.id), &point(3), &NoProgress)
        .unwrap();
    assert!(nothing.reads().is_empty());
    assert_eq!(third.root, second.root);
    assert!(restore(&repository, &third.id).unwrap() == data);
}

#[test]
fn a_grown_image_reads_its_old_last_segment_again() {
    let (_store, repository) = repository();
    let mut data = image(2 * SEGMENT + 1000, 5);
    let first = back_up(&repository, &data, 1);
    data.resize(4 * SEGMENT, 0);
    let source = TestSource::changed(data.clone(), &[]);
    let second = repository.back_up_image(&source, Some(&first.id), &point(2), &NoProgress);
    assert_eq!(source.reads(), [2]);
    assert!(restore(&repository, &second.unwrap().id).unwrap() == data);
}

#[test]
fn a_segment_that_became_zero_is_dropped() {
    let (_store, repository) = repository();
    let mut data = image(3 * SEGMENT, 6);
    let first = back_up(&repository, &data, 1);
    data[SEGMENT..2 * SEGMENT].fill(0);
    let source = TestSource::changed(data.clone(), &[]);
    let second = repository.back_up_image(&source, Some(&first.id), &point(2), &NoProgress);
    let second = second.unwrap();
    assert_eq!(second.segments, 2);
    assert!(restore(&repository, &second.id).unwrap() == data);
}

#[test]
fn ranges_are_read_across_blocks_segments_and_holes() {
    let (_store, repository) = repository();
    let mut data = image(4 * SEGMENT + 3000, 8);
    data[SEGMENT..2 * SEGMENT].fill(0);
    let snapshot = back_up(&repository, &data, 1);
    let image = repository.image(&snapshot.id).unwrap();
    let mut random = Random(77);
    for _ in 0..60 {
        let start = random.below(data.len());
        let length = random.below((data.len() - start).min(3 * BLOCK) + 1);
        let mut buffer = vec![0xaa; length];
        image.read_at(start as u64, &mut buffer).unwrap();
        assert!(buffer == data[start..start + length], "{start}+{length}");
    }
    let mut buffer = [0; 2];
    assert!(image.read_at(data.len() as u64 - 1, &mut buffer).is_err());
    assert!(image.read_at(u64::MAX, &mut buffer).is_err());
}

#[test]
fn several_backups_at_once_are_all_whole() {
    let (_store, repository) = repository();
    let common = image(4 * SEGMENT, 10);
    let images: Vec<Vec<u8>> = (0..4)
        .map(|number| {
            let mut data = common.clone();
            data.extend(image(2 * SEGMENT, 20 + number));
            data
        })
        .collect();
    let snapshots: Vec<ImageSnapshot> = std::thread::scope(|scope| {
        let running: Vec<_> = images
            .iter()
            .enumerate()
            .map(|(number, data)| {
                let repository = &repository;
                scope.spawn(move || back_up(repository, data, number as i64))
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(repository.snapshots().unwrap().len(), 4);
    for (snapshot, data) in snapshots.iter().zip(&images) {
        assert!(restore(&repository, &snapshot.id).unwrap() == *data);
    }
}

#[test]
fn labels_and_sidecars_come_back_from_the_vault_alone() {
    let (store, repository) = repository();
    let data = image(SEGMENT, 11);
    let first = back_up(&repository, &data, 1);
    let second = back_up(&repository, &data, 2);
    let reconciled = repository.reconcile(&BTreeSet::new()).unwrap();
    let labels: Vec<_> = reconciled
        .unknown
        .iter()
        .map(|s| s.labels.clone().unwrap())
        .collect();
    assert_eq!(labels, [point(1).labels, point(2).labels]);
    assert_eq!(reconciled.unknown[0].id, first.id);
    assert!(reconciled.lost.is_empty() && reconciled.foreign.is_empty());
    let image = repository.image(&second.id).unwrap();
    assert_eq!(image.asset().labels, point(2).labels);
    assert_eq!(image.asset().configuration, point(2).configuration);

    let gone = store
        .objects()
        .keys()
        .find(|key| key.contains(first.id.as_str()))
        .cloned();
    store.delete(&gone.unwrap()).unwrap();
    let known = [first.id.clone(), second.id.clone()].into_iter().collect();
    let reconciled = repository.reconcile(&known).unwrap();
    assert_eq!(
        (reconciled.lost, reconciled.unknown),
        (vec![first.id.clone()], Vec::new())
    );
    assert!(matches!(
        repository.image(&first.id),
        Err(VaultError::SnapshotNotFound(_))
    ));
}

#[test]
fn refuses_labels_that_a_tag_cannot_hold() {
    let (store, repository) = repository();
    let source = TestSource::full(image(10, 1));
    for bad in ["", "a,b", "a b", "line\n", "ü", &"x".repeat(201)] {
        let mut labelled = point(1);
        labelled.labels.asset_id = bad.to_owned();
        let done = repository.back_up_image(&source, None, &labelled, &NoProgress);
        assert!(matches!(done, Err(VaultError::Invalid(_))), "{bad:?}");
    }
    assert_eq!(store.objects().len(), 1, "only the config");
}

#[test]
fn packs_stay_small() {
    let (store, repository) = repository();
    let mut data = vec![0; 24 * SEGMENT];
    Random(5).fill(&mut data);
    back_up(&repository, &data, 1);
    let sizes = store.list("data/").unwrap();
    assert!(sizes.len() >= 6);
    assert!(sizes.iter().all(|object| object.size <= 64 << 20));
}

#[test]
fn refuses_to_create_over_a_repository() {
    let (store, _repository) = repository();
    let again = Repository::create(store, &key());
    assert!(matches!(again, Err(VaultError::Refused(_))));
}

/// Lets another server make the repository just before the call of this number.
#[derive(Debug)]
struct Rivalled {
    store: Arc<MemoryStore>,
    key: MasterKey,
    calls_until_rival: AtomicI64,
}

impl Rivalled {
    fn called(&self) {
        if self.calls_until_rival.fetch_sub(1, Ordering::SeqCst) == 0 {
            Repository::create(self.store.clone(), &self.key).unwrap();
        }
    }
}

impl ObjectStore for Rivalled {
    fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>, StoreError> {
        self.called();
        self.store.list(prefix)
    }
    fn read(&self, name: &str) -> Result<Bytes, StoreError> {
        self.called();
        self.store.read(name)
    }
    fn read_range(&self, name: &str, offset: u64, length: u32) -> Result<Bytes, StoreError> {
        self.called();
        self.store.read_range(name, offset, length)
    }
    fn create(&self, name: &str, data: Bytes) -> Result<(), StoreError> {
        self.called();
        self.store.create(name, data)
    }
    fn replace(&self, name: &str, data: Bytes) -> Result<(), StoreError> {
        self.called();
        self.store.replace(name, data)
    }
    fn delete(&self, name: &str) -> Result<(), StoreError> {
        self.called();
        self.store.delete(name)
    }
}

#[test]
fn of_two_that_create_at_once_one_is_told_of_the_other_at_every_moment() {
    let (key, mut refused) = (key(), 0);
    for calls in 0.. {
        let store = Arc::new(Rivalled {
            store: Arc::new(MemoryStore::new()),
            key: key.clone(),
            calls_until_rival: AtomicI64::new(calls),
        });
        match Repository::create(store.clone(), &key) {
            Err(VaultError::Refused(_)) => refused += 1,
            Ok(_) => {
                assert!(
                    store.calls_until_rival.load(Ordering::SeqCst) >= 0,
                    "both made it, {calls} calls in"
                );
                break;
            }
            Err(error) => panic!("{calls} calls in: {error}"),
        }
        Repository::open(store, &key).unwrap();
    }
    assert!(refused >= 3, "{refused}");
}
