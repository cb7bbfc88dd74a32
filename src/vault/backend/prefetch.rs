//! Turns the many small reads of one segment into one or two large ones.
//!
//! Not a cache over time: what was fetched lives as long as the guard of the segment that asked for it.
//! Invariant: it changes the number of requests, never the bytes, and an error here is no error yet.

use std::collections::BTreeMap;

use bytes::Bytes;
use parking_lot::Mutex;
use rustic_core::Id;

use super::StoreError;

/// Furthest that two ranges may lie apart to be read together, and the most that is read at once; in bytes.
const MAX_GAP: u32 = 128 * 1024;
const MAX_READ: u32 = 8 * 1024 * 1024;

type Range = (Id, u32, u32);

#[derive(Debug, Default)]
pub(crate) struct PrefetchCache {
    ranges: Mutex<BTreeMap<Range, Bytes>>,
}

/// Forgets what was fetched for it when dropped.
#[derive(Debug)]
pub(crate) struct Prefetched<'a> {
    cache: &'a PrefetchCache,
    ranges: Vec<Range>,
}

impl Drop for Prefetched<'_> {
    fn drop(&mut self) {
        let mut held = self.cache.ranges.lock();
        for range in &self.ranges {
            held.remove(range);
        }
    }
}

impl PrefetchCache {
    /// Reads the wanted ranges (sorted) in groups by `read`.
    pub(crate) fn fill(
        &self,
        wanted: &[Range],
        read: impl Fn(&Id, u32, u32) -> Result<Bytes, StoreError>,
    ) -> Prefetched<'_> {
        let mut ranges = Vec::new();
        for group in wanted.chunk_by(is_close) {
            let (Some((pack, start, _)), Some((_, last, length))) = (group.first(), group.last())
            else {
                continue;
            };
            let size = last.saturating_add(*length).saturating_sub(*start);
            if group.len() < 2 || size > MAX_READ {
                continue;
            }
            let Ok(data) = read(pack, *start, size) else {
                continue;
            };
            let mut held = self.ranges.lock();
            for range in group {
                let from = usize::try_from(range.1 - start).unwrap_or(usize::MAX);
                let count = usize::try_from(range.2).unwrap_or(usize::MAX);
                if let Some(end) = from.checked_add(count).filter(|end| *end <= data.len()) {
                    held.insert(*range, data.slice(from..end));
                    ranges.push(*range);
                }
            }
        }
        Prefetched {
            cache: self,
            ranges,
        }
    }

    /// What was fetched for exactly this range, once.
    pub(crate) fn take(&self, pack: &Id, offset: u32, length: u32) -> Option<Bytes> {
        self.ranges.lock().remove(&(*pack, offset, length))
    }
}

fn is_close(a: &Range, b: &Range) -> bool {
    let end = a.1.saturating_add(a.2);
    a.0 == b.0 && b.1 >= end && b.1 - end <= MAX_GAP
}
