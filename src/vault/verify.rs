//! Proves that a recovery point can be read back, every byte of it.
//!
//! Not for the repository's other snapshots. Invariant: a problem names the range it spoils, was seen twice, and never
//! hides the ones behind it; a store that fails (and is not damaged) is an error, not a verdict.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::content::{BLOCK_BYTES, Digest, segment_offset, segment_size};
use crate::error::VaultError;
use crate::repository::{Repository, shared};
use crate::restore::{ImageReader, digest_of};
use crate::snapshot::SnapshotId;
use crate::source::Progress;

/// Most problems that one report lists; [`VerifyReport::bad_bytes`] counts them all.
const MAX_PROBLEMS: usize = 1000;

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Segments whose blocks were all read.
    pub segments: u64,
    /// Bytes that were read and found right.
    pub good_bytes: u64,
    /// Bytes of the image that cannot be had.
    pub bad_bytes: u64,
    /// The ranges, at most 1000, in order of offset.
    pub problems: Vec<VerifyProblem>,
    /// The blocks that cannot be had, at most 1000: other snapshots may hold the same.
    pub bad_blocks: BTreeSet<Digest>,
    /// Digest of the whole image; `None` when the snapshot itself could not be read.
    pub root: Option<Digest>,
}

/// A range of the image that cannot be restored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerifyProblem {
    /// Byte offset in the image.
    pub offset: u64,
    /// Length in bytes; 0 when the snapshot as a whole cannot be read.
    pub length: u64,
    /// What is wrong.
    pub what: String,
}

impl VerifyReport {
    /// Whether everything was read and was right.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.root.is_some() && self.bad_bytes == 0 && self.problems.is_empty()
    }
}

impl Repository {
    /// Reads all data of a snapshot from the store with `threads` threads, hashes every block, and compares with
    /// what the source delivered. Damage is in the report; an error means that there is no verdict.
    pub fn verify(
        &self,
        snapshot: &SnapshotId,
        threads: usize,
        progress: &dyn Progress,
    ) -> Result<VerifyReport, VaultError> {
        // Opening compares the blob ids of all segments with the table of digests of the source.
        match self.image(snapshot).or_else(|_first| self.image(snapshot)) {
            Ok(image) => verify_image(&image, threads, progress),
            Err(VaultError::Damaged(what)) => Ok(VerifyReport {
                problems: vec![VerifyProblem {
                    offset: 0,
                    length: 0,
                    what,
                }],
                ..VerifyReport::default()
            }),
            Err(error) => Err(error),
        }
    }
}

impl Repository {
    /// Those of the snapshots that hold one of these blocks, or whose list of blocks cannot be read. Reads the index once, and of
    /// each snapshot its trees only.
    pub fn sharing(
        &self,
        snapshots: &[SnapshotId],
        blocks: &BTreeSet<Digest>,
        progress: &dyn Progress,
    ) -> Result<Vec<SnapshotId>, VaultError> {
        let (library, backend) = shared(self.indexed(None)?);
        let mut found = Vec::new();
        for snapshot in snapshots {
            if progress.is_cancelled() {
                return Err(VaultError::Cancelled);
            }
            let opened = self
                .snapshot_file(snapshot)
                .and_then(|file| ImageReader::open(library.clone(), backend.clone(), &file));
            let holds = match opened {
                Ok(image) => image
                    .stored()
                    .values()
                    .flat_map(|segment| &segment.blobs)
                    .any(|id| digest_of(**id).is_some_and(|digest| blocks.contains(&digest))),
                Err(VaultError::Damaged(_)) => true,
                Err(VaultError::SnapshotNotFound(_)) => false,
                Err(error) => return Err(error),
            };
            if holds {
                found.push(snapshot.clone());
            }
        }
        Ok(found)
    }
}

fn verify_image(
    image: &ImageReader,
    threads: usize,
    progress: &dyn Progress,
) -> Result<VerifyReport, VaultError> {
    let report = Mutex::new(VerifyReport::default());
    let segments = AtomicU64::new(0);
    image.for_each_segment(threads, progress, &|index| {
        let checked = check_segment(image, index)?;
        progress.advanced(checked.good_bytes + checked.bad_bytes);
        segments.fetch_add(1, Ordering::Relaxed);
        let mut report = report.lock();
        report.good_bytes += checked.good_bytes;
        report.bad_bytes += checked.bad_bytes;
        let room = MAX_PROBLEMS.saturating_sub(report.problems.len());
        report
            .problems
            .extend(checked.problems.into_iter().take(room));
        let room = MAX_PROBLEMS.saturating_sub(report.bad_blocks.len());
        report
            .bad_blocks
            .extend(checked.bad_blocks.into_iter().take(room));
        Ok(())
    })?;
    let mut report = report.into_inner();
    report.problems.sort();
    report.segments = segments.into_inner();
    report.root = Some(image.content().root);
    Ok(report)
}

fn check_segment(image: &ImageReader, index: u32) -> Result<VerifyReport, VaultError> {
    let mut report = VerifyReport::default();
    let Some(segment) = image.stored().get(&index) else {
        return Ok(report);
    };
    let _prefetched = image.prefetch(segment);
    let mut rest = u64::from(segment_size(image.size_bytes(), index));
    let mut offset = segment_offset(index);
    let mut position = 0;
    while rest > 0 {
        let length = rest.min(u64::from(BLOCK_BYTES));
        let read = || match image.read_block(index, segment, position) {
            Ok(data) if u64::try_from(data.len()) == Ok(length) => Ok(()),
            Ok(_) => Err(VaultError::Damaged("a block of a wrong length".to_owned())),
            Err(error) => Err(error),
        };
        match read().or_else(|_first| read()) {
            Ok(()) => report.good_bytes += length,
            Err(VaultError::Damaged(what)) => {
                report.bad_bytes += length;
                let block = segment.blobs.get(position);
                report
                    .bad_blocks
                    .extend(block.and_then(|id| digest_of(**id)));
                report.problems.push(VerifyProblem {
                    offset,
                    length,
                    what,
                });
            }
            Err(error) => return Err(error),
        }
        rest -= length;
        offset += length;
        position += 1;
    }
    Ok(report)
}
