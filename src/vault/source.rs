//! What can be backed up as an image, and the bridge by which the library reads it.
//!
//! Not for AWS: a source is anything that lists segments and reads them. Invariant: one failed read fails the
//! whole backup; nothing is skipped.

use std::fmt::Debug;

use bytes::Bytes;

use crate::content::Digest;
use crate::error::SourceError;
use crate::restore::ImageReader;

mod blocks;

pub(crate) use blocks::{Feed, Plan, PlannedSegment, SegmentSource};

/// What a source says about one segment of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentState {
    /// The same as in the base snapshot: taken over, not read. (Where the base has nothing: zeros.)
    Unchanged,
    /// To be read.
    Present,
}

/// A segment that is not all zero. Segments not listed are zeros and are not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Which: byte offset divided by [`crate::SEGMENT_BYTES`].
    pub index: u32,
    /// Whether it must be read.
    pub state: SegmentState,
}

/// The bytes of a segment, and the SHA-256 of each of its blocks where the source knows them already.
#[derive(Clone, Debug)]
pub struct SegmentData {
    /// All bytes of the segment.
    pub bytes: Bytes,
    /// SHA-256 of each [`crate::BLOCK_BYTES`] of `bytes`, in order, as *verified* by the source; empty when it does
    /// not know them. Given digests save one pass, and the backup fails when what is stored differs.
    pub block_digests: Vec<Digest>,
}

impl From<Bytes> for SegmentData {
    fn from(bytes: Bytes) -> Self {
        Self {
            bytes,
            block_digests: Vec::new(),
        }
    }
}

/// A block image of a fixed size that can be read in segments. Called from several threads at once.
pub trait ImageSource: Sync {
    /// Size of the image in bytes.
    fn size_bytes(&self) -> u64;

    /// The segments that are not all zero, each once. With a base snapshot, [`SegmentState::Unchanged`]
    /// is relative to it; without one, it is an error.
    fn segments(&self) -> Result<Vec<Segment>, SourceError>;

    /// Reads one segment: exactly its size. With a `base`, blocks that are the same there may be taken from it;
    /// `None` means that the segment must come from the source alone.
    fn read_segment(
        &self,
        index: u32,
        base: Option<&ImageReader>,
    ) -> Result<SegmentData, SourceError>;
}

/// Is told how far a long call is, and may ask it to stop. Called from several threads at once.
pub trait Progress: Sync {
    /// How many bytes there are to do; called once, before the first [`Progress::advanced`].
    fn started(&self, _total_bytes: u64) {}

    /// So many more bytes are done.
    fn advanced(&self, bytes: u64);

    /// Whether to stop. The call then fails with [`crate::VaultError::Cancelled`] and commits nothing.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn advanced(&self, _bytes: u64) {}
}
