//! T-29: a backup that is not whole is never called good, whatever is wrong with the source or with what is read back.
//!
//! An image is there as a whole or not at all, so there is no partial one here. What workflows call available is what this crate
//! called written and what a full read then found right: both are asked here.

use super::support::*;
use crate::*;

/// Cases of each kind: 6 kinds make the 300 of the table.
const CASES: u64 = 50;
/// Segments of an image.
const SEGMENTS: usize = 3;

#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// A segment cannot be read now.
    Unreadable,
    /// The source is gone for good in the middle of the work.
    Vanished,
    /// The bytes are not those whose digests the source vouches for.
    Changed,
    /// A segment comes with a byte less.
    Short,
    /// A segment comes with a byte more, twice, or from behind the end.
    Extra,
    /// The store keeps something else than it was given.
    ReadBackDiffers,
}

const ALL: [Trouble; 6] = [
    Trouble::Unreadable,
    Trouble::Vanished,
    Trouble::Changed,
    Trouble::Short,
    Trouble::Extra,
    Trouble::ReadBackDiffers,
];

/// A source with the trouble, and the store made ready for it.
fn plant(trouble: Trouble, store: &TestStore, random: &mut Random, data: Vec<u8>) -> TestSource {
    let at = Some(u32::try_from(random.below(SEGMENTS)).unwrap());
    let mut source = TestSource::full(data);
    source.give_digests = random.below(2) == 0;
    match trouble {
        Trouble::Unreadable => source.fail_at = at,
        Trouble::Vanished => (source.fail_at, source.fails_for_good) = (at, true),
        Trouble::Changed => (source.give_digests, source.wrong_digest_at) = (true, at),
        Trouble::Short => source.short_at = at,
        Trouble::Extra => match random.below(3) {
            0 => source.long_at = at,
            1 => source.also_listed = at,
            _ => source.also_listed = Some(u32::try_from(SEGMENTS).unwrap()),
        },
        Trouble::ReadBackDiffers => {
            let prefix = ["data/", "index/", "snapshots/"][random.below(3)];
            *store.rot.lock() = Some((prefix, 0));
        }
    }
    source
}

/// Whether anybody would call the new point good.
fn is_called_good(repository: &Repository, source: &TestSource, base: Option<&SnapshotId>) -> bool {
    let done = repository.back_up_image(source, base, &point(2), &NoProgress);
    done.is_ok_and(|written| {
        let report = repository.verify(&written.id, 2, &NoProgress);
        report.is_ok_and(|report| report.is_good() && report.root == Some(written.root))
    })
}

#[test]
fn nothing_that_is_not_whole_is_called_good() {
    let mut cases = 0;
    for (kind, trouble) in ALL.into_iter().enumerate() {
        let store = TestStore::new();
        let repository = Repository::create(store.clone(), &key()).unwrap();
        let first_data = image(2 * SEGMENT, 7);
        let first = back_up(&repository, &first_data, 1);
        for seed in 0..CASES {
            let mut random = Random(1 + seed * 1_000 + kind as u64);
            let size = SEGMENTS * SEGMENT - random.below(BLOCK);
            let data = image(size, 1_000_000 * (1 + kind as u64) + seed);
            // Half of them with a base, of which nothing is taken over.
            let base = (seed % 2 == 0).then_some(&first.id);
            let before = repository.snapshots().unwrap();
            let source = plant(trouble, &store, &mut random, data.clone());
            assert!(
                !is_called_good(&repository, &source, base),
                "{trouble:?} {seed}"
            );
            *store.rot.lock() = None;
            cases += 1;
            if matches!(trouble, Trouble::ReadBackDiffers) {
                continue;
            }
            assert_eq!(
                repository.snapshots().unwrap(),
                before,
                "{trouble:?} {seed}"
            );
        }
        if matches!(trouble, Trouble::ReadBackDiffers) {
            continue;
        }
        // What was there before is as it was, and a sound source is called good.
        assert!(restore(&repository, &first.id).unwrap() == first_data);
        let sound = TestSource::full(image(SEGMENT, 3));
        assert!(is_called_good(&repository, &sound, Some(&first.id)));
    }
    assert_eq!(cases, 300);
}

#[test]
fn a_base_that_is_not_what_its_source_delivered_is_not_built_on() {
    let store = TestStore::new();
    let repository = Repository::create(store, &key()).unwrap();
    let data = image(3 * SEGMENT, 11);
    let first = back_up(&repository, &data, 1);
    let increment = |root: Digest| {
        let source = TestSource::changed(data.clone(), &[1]);
        repository.back_up_increment(&source, (&first.id, root), &point(2), &NoProgress)
    };
    let refused = increment(Digest::of(b"another"));
    assert!(
        matches!(refused, Err(VaultError::Damaged(_))),
        "{refused:?}"
    );
    assert_eq!(repository.snapshots().unwrap().len(), 1);
    let second = increment(first.root).unwrap();
    assert_eq!(second.root, first.root);
}

#[test]
fn snapshots_that_share_a_damaged_block_are_found_and_others_are_not() {
    let repository = Repository::create(TestStore::new(), &key()).unwrap();
    let mut data = image(4 * SEGMENT, 21);
    let first = back_up(&repository, &data, 1);
    data[3 * SEGMENT..].fill(9);
    let sharing = back_up(&repository, &data, 2);
    let other = back_up(&repository, &image(2 * SEGMENT, 22), 3);
    let bad = repository
        .image(&first.id)
        .unwrap()
        .block_digests(0)
        .unwrap()[0];
    let all = [first.id.clone(), sharing.id.clone(), other.id];
    let found = repository
        .sharing(&all, &[bad].into(), &NoProgress)
        .unwrap();
    assert_eq!(found, [first.id.clone(), sharing.id]);
    // A block that only the first one has.
    let own = repository
        .image(&first.id)
        .unwrap()
        .block_digests(3)
        .unwrap()[0];
    let found = repository
        .sharing(&all, &[own].into(), &NoProgress)
        .unwrap();
    assert_eq!(found, std::slice::from_ref(&first.id));
}
