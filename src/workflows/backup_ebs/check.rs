//! Reads back what a backup added: every new segment, and a sample of those that it took over.
//!
//! Not for the verdict's consequences (`read_back.rs`). Invariant: it opens the vault as a restore would, with an index that
//! was read after the commit, and every block that it reads is hashed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use parking_lot::Mutex;
use vault::{Digest, Progress, Repository, SnapshotId, VaultError, segment_size};

/// Threads that read the vault.
const THREADS: usize = 4;
/// One in so many segments that were taken over is read as well: 1 %.
const SAMPLE_ONE_IN: usize = 100;

/// What was read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) bytes: u64,
    pub(super) root: Digest,
}

/// Reads back the snapshot; all of it without a base, else what differs from the base and a sample of the rest. Blocks.
pub(super) fn check(
    repository: &Repository,
    snapshot: &SnapshotId,
    base: Option<&SnapshotId>,
    progress: &dyn Progress,
) -> Result<Checked, VaultError> {
    // Only the digests of the base are kept: two indexes in memory would be one too many.
    let before = match base {
        Some(base) => repository.image(base)?.content().segments.clone(),
        None => BTreeMap::new(),
    };
    let image = repository.image(snapshot)?;
    let chosen = choose(&before, &image.content().segments);
    let size = |index: &u32| u64::from(segment_size(image.size_bytes(), *index));
    progress.started(chosen.iter().map(size).sum());
    let queue = Mutex::new(chosen.into_iter());
    let stop = AtomicBool::new(false);
    let failed: Mutex<Option<VaultError>> = Mutex::new(None);
    let bytes = AtomicU64::new(0);
    let work = || {
        while !stop.load(Ordering::Relaxed) {
            let Some(index) = queue.lock().next() else {
                return;
            };
            let read = if progress.is_cancelled() {
                Err(VaultError::Cancelled)
            } else {
                image.read_segment(index)
            };
            match read {
                Ok(data) => {
                    let count =
                        data.map_or(0, |data| u64::try_from(data.len()).unwrap_or_default());
                    bytes.fetch_add(count, Ordering::Relaxed);
                    progress.advanced(count);
                }
                Err(error) => {
                    stop.store(true, Ordering::Relaxed);
                    failed.lock().get_or_insert(error);
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..THREADS {
            scope.spawn(work);
        }
        work();
    });
    match failed.into_inner() {
        Some(error) => Err(error),
        None => Ok(Checked {
            bytes: bytes.into_inner(),
            root: image.content().root,
        }),
    }
}

/// Segments to read: new or changed ones, and every hundredth of the others.
fn choose(before: &BTreeMap<u32, Digest>, after: &BTreeMap<u32, Digest>) -> Vec<u32> {
    let (same, changed): (Vec<u32>, Vec<u32>) = after
        .keys()
        .partition(|index| before.get(index) == after.get(index));
    let mut chosen = changed;
    chosen.extend(same.into_iter().step_by(SAMPLE_ONE_IN));
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(pairs: &[(u32, u8)]) -> BTreeMap<u32, Digest> {
        pairs
            .iter()
            .map(|(index, byte)| (*index, Digest([*byte; 32])))
            .collect()
    }

    #[test]
    fn everything_new_is_read_and_a_sample_of_the_rest() {
        let before = table(&[(1, 1), (2, 2), (3, 3)]);
        let after = table(&[(1, 1), (2, 9), (3, 3), (4, 4)]);
        assert_eq!(choose(&before, &after), [1, 2, 4]);
        assert_eq!(choose(&BTreeMap::new(), &after), [1, 2, 3, 4]);
        let many: BTreeMap<u32, Digest> = (0..1_000).map(|i| (i, Digest([7; 32]))).collect();
        assert_eq!(choose(&many, &many).len(), 10);
    }
}
