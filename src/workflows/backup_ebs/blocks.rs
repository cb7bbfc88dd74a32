//! Which blocks of a snapshot must come from AWS, and which segments of the image that makes.
//!
//! Not for reading them (`source.rs`). Invariant: pure, and one bit per block, so that the plan of a volume of 16 TiB fits
//! into a few MiB of memory.

use domain::limits::EBS_BLOCK_BYTES;
use fixedbitset::FixedBitSet;
use vault::{Segment, SegmentState};

/// Blocks in a segment of the vault: 8.
pub(crate) const BLOCKS_PER_SEGMENT: u32 = vault::SEGMENT_BYTES / vault::BLOCK_BYTES;

/// The blocks of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BlockPlan {
    size_bytes: u64,
    mode: Mode,
    /// Full: blocks that the snapshot has. Incremental: blocks that differ from the base, those that are gone included.
    marked: FixedBitSet,
    /// Incremental only: marked blocks that the new snapshot still has.
    present: FixedBitSet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Full,
    Incremental,
}

/// Where the bytes of one block of a segment that must be read come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockOrigin {
    /// From the snapshot.
    Snapshot,
    /// From the recovery point before.
    Base,
    /// Zeros.
    Zeros,
}

/// AWS named a block behind the end of the volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("block {index} lies behind the end of a volume of {size_bytes} bytes")]
pub(crate) struct BehindTheEnd {
    index: u32,
    size_bytes: u64,
}

impl BlockPlan {
    /// A plan that takes everything from the snapshot; no block is known yet.
    pub(crate) fn full(size_bytes: u64) -> Self {
        Self::empty(size_bytes, Mode::Full)
    }

    /// A plan that takes from the snapshot only what differs from the base; no difference is known yet.
    pub(crate) fn incremental(size_bytes: u64) -> Self {
        Self::empty(size_bytes, Mode::Incremental)
    }

    fn empty(size_bytes: u64, mode: Mode) -> Self {
        let bits = usize::try_from(size_bytes.div_ceil(EBS_BLOCK_BYTES)).unwrap_or(usize::MAX);
        let marked = FixedBitSet::with_capacity(bits);
        let present = match mode {
            Mode::Full => FixedBitSet::new(),
            Mode::Incremental => marked.clone(),
        };
        Self {
            size_bytes,
            mode,
            marked,
            present,
        }
    }

    /// Notes a block that a list of AWS names; `is_present` says whether the new snapshot has it.
    pub(crate) fn note(&mut self, index: u32, is_present: bool) -> Result<(), BehindTheEnd> {
        let bit = bit(index);
        if bit >= self.marked.len() {
            return Err(BehindTheEnd {
                index,
                size_bytes: self.size_bytes,
            });
        }
        match self.mode {
            Mode::Full => {
                if is_present {
                    self.marked.insert(bit);
                }
            }
            Mode::Incremental => {
                self.marked.insert(bit);
                self.present.set(bit, is_present);
            }
        }
        Ok(())
    }

    /// Size of the image in bytes.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Whether nothing is taken from the recovery point before.
    pub(crate) fn is_full(&self) -> bool {
        self.mode == Mode::Full
    }

    /// Bytes that must come from AWS.
    pub(crate) fn bytes_to_read(&self) -> u64 {
        let blocks = match self.mode {
            Mode::Full => self.marked.count_ones(..),
            Mode::Incremental => self.present.count_ones(..),
        };
        u64::try_from(blocks)
            .unwrap_or(u64::MAX)
            .saturating_mul(EBS_BLOCK_BYTES)
    }

    /// The segments of the image. An increment calls every untouched segment unchanged: the vault takes over those that
    /// the base has, and leaves the others out.
    pub(crate) fn segments(&self) -> Vec<Segment> {
        let count = usize::try_from(vault::segment_count(self.size_bytes)).unwrap_or(usize::MAX);
        let mut touched = FixedBitSet::with_capacity(count);
        for block in self.marked.ones() {
            touched.insert(block / usize::try_from(BLOCKS_PER_SEGMENT).unwrap_or(1));
        }
        (0..vault::segment_count(self.size_bytes))
            .filter_map(|index| match (touched.contains(bit(index)), self.mode) {
                (true, _) => Some(Segment {
                    index,
                    state: SegmentState::Present,
                }),
                (false, Mode::Incremental) => Some(Segment {
                    index,
                    state: SegmentState::Unchanged,
                }),
                (false, Mode::Full) => None,
            })
            .collect()
    }

    /// The blocks of one segment, with where each comes from. Without a usable base, what did not change must come from
    /// the snapshot too.
    pub(crate) fn origins(&self, segment: u32, has_base: bool) -> Vec<(u32, BlockOrigin)> {
        let first = segment.saturating_mul(BLOCKS_PER_SEGMENT);
        (first..first.saturating_add(BLOCKS_PER_SEGMENT))
            .filter(|index| bit(*index) < self.marked.len())
            .map(|index| (index, self.origin(index, has_base)))
            .collect()
    }

    fn origin(&self, index: u32, has_base: bool) -> BlockOrigin {
        let is_marked = self.marked.contains(bit(index));
        match (self.mode, is_marked) {
            (Mode::Full, true) => BlockOrigin::Snapshot,
            (Mode::Incremental, false) if has_base => BlockOrigin::Base,
            (Mode::Incremental, false) => BlockOrigin::Snapshot,
            (Mode::Incremental, true) if self.present.contains(bit(index)) => BlockOrigin::Snapshot,
            (Mode::Full, false) | (Mode::Incremental, true) => BlockOrigin::Zeros,
        }
    }
}

fn bit(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: u64 = 4 << 20;

    fn states(segments: &[Segment]) -> Vec<(u32, bool)> {
        segments
            .iter()
            .map(|s| (s.index, s.state == SegmentState::Present))
            .collect()
    }

    #[test]
    fn a_full_plan_lists_only_segments_with_blocks() {
        let mut plan = BlockPlan::full(4 * SEGMENT);
        plan.note(0, true).unwrap();
        plan.note(31, true).unwrap();
        assert_eq!(states(&plan.segments()), [(0, true), (3, true)]);
        assert_eq!(plan.bytes_to_read(), 2 * EBS_BLOCK_BYTES);
        assert_eq!(
            plan.origins(0, true).first(),
            Some(&(0, BlockOrigin::Snapshot))
        );
        assert_eq!(plan.origins(0, true).get(1), Some(&(1, BlockOrigin::Zeros)));
    }

    #[test]
    fn an_incremental_plan_takes_over_what_the_base_has_and_nothing_else() {
        let mut plan = BlockPlan::incremental(4 * SEGMENT);
        plan.note(8, true).unwrap();
        plan.note(9, false).unwrap();
        assert_eq!(
            states(&plan.segments()),
            [(0, false), (1, true), (2, false), (3, false)]
        );
        let origins: Vec<_> = plan
            .origins(1, true)
            .into_iter()
            .map(|(_, o)| o)
            .take(3)
            .collect();
        assert_eq!(
            origins,
            [BlockOrigin::Snapshot, BlockOrigin::Zeros, BlockOrigin::Base]
        );
        assert_eq!(plan.bytes_to_read(), EBS_BLOCK_BYTES);
    }

    #[test]
    fn without_its_base_an_incremental_segment_comes_whole_from_the_snapshot() {
        let mut plan = BlockPlan::incremental(SEGMENT);
        plan.note(3, false).unwrap();
        let origins = plan.origins(0, false);
        assert_eq!(origins.len(), 8);
        for (index, origin) in origins {
            let expected = if index == 3 {
                BlockOrigin::Zeros
            } else {
                BlockOrigin::Snapshot
            };
            assert_eq!(origin, expected, "{index}");
        }
    }

    #[test]
    fn a_block_behind_the_end_is_an_error_and_not_ignored() {
        let mut plan = BlockPlan::full(EBS_BLOCK_BYTES + 1);
        assert!(plan.note(1, true).is_ok());
        assert!(plan.note(2, true).is_err());
        assert_eq!(plan.origins(0, true).len(), 2);
    }

    proptest::proptest! {
        /// Whatever the lists say, copying by the plan gives the bytes of the new snapshot.
        #[test]
        fn the_plan_rebuilds_the_new_snapshot(
            old in proptest::collection::vec(0_u8..3, 40),
            new in proptest::collection::vec(0_u8..3, 40),
        ) {
            let size = 40 * EBS_BLOCK_BYTES;
            let mut plan = BlockPlan::incremental(size);
            for (index, (before, after)) in old.iter().zip(&new).enumerate() {
                if before != after {
                    plan.note(u32::try_from(index).unwrap(), *after != 0).unwrap();
                }
            }
            let mut built = vec![0_u8; 40];
            for segment in plan.segments() {
                for (index, origin) in plan.origins(segment.index, true) {
                    let at = bit(index);
                    built[at] = match (segment.state, origin) {
                        (SegmentState::Unchanged, _) | (_, BlockOrigin::Base) => old[at],
                        (_, BlockOrigin::Snapshot) => new[at],
                        (_, BlockOrigin::Zeros) => 0,
                    };
                }
            }
            proptest::prop_assert_eq!(built, new);
        }
    }
}
