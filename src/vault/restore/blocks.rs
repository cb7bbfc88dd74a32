//! Restores an image into a sink with several threads.
//!
//! Not for what the sink is. Invariants: memory is bounded by threads x segment size; the first error stops
//! all threads, and the call does not return before they have ended.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use parking_lot::Mutex;

use super::ImageReader;
use crate::content::segment_offset;
use crate::error::{SinkError, VaultError};
use crate::source::Progress;

/// Takes the segments of an image in no particular order, from several threads at once. What it is not given is
/// all zero. Looking for zeros inside a segment and punching holes is its own affair.
pub trait SegmentSink: Sync {
    /// Writes `data` at byte `offset`.
    fn write_segment(&self, offset: u64, data: &[u8]) -> Result<(), SinkError>;
}

/// What a restore moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RestoreReport {
    /// Segments handed to the sink.
    pub segments: u64,
    /// Bytes handed to the sink.
    pub bytes: u64,
}

impl ImageReader {
    /// Reads all stored segments, checks every blob, and hands them to `sink` with `threads` threads (at
    /// least one). Making the result durable is up to the caller.
    pub fn restore_to(
        &self,
        sink: &dyn SegmentSink,
        threads: usize,
        progress: &dyn Progress,
    ) -> Result<RestoreReport, VaultError> {
        let bytes = AtomicU64::new(0);
        let segments = AtomicU64::new(0);
        self.for_each_segment(threads, progress, &|index| {
            if let Some(data) = self.read_segment(index)? {
                sink.write_segment(segment_offset(index), &data)?;
                let size = u64::try_from(data.len()).unwrap_or_default();
                bytes.fetch_add(size, Ordering::Relaxed);
                segments.fetch_add(1, Ordering::Relaxed);
                progress.advanced(size);
            }
            Ok(())
        })?;
        Ok(RestoreReport {
            segments: segments.into_inner(),
            bytes: bytes.into_inner(),
        })
    }

    /// Runs `work` for each stored segment on `threads` threads, until one fails or the caller cancels.
    pub(crate) fn for_each_segment(
        &self,
        threads: usize,
        progress: &dyn Progress,
        work: &(dyn Fn(u32) -> Result<(), VaultError> + Sync),
    ) -> Result<(), VaultError> {
        progress.started(self.stored_bytes());
        let queue = Mutex::new(self.segments());
        let stop = AtomicBool::new(false);
        let failed = Mutex::new(None);
        let run = || {
            while !stop.load(Ordering::Relaxed) {
                let Some(index) = queue.lock().next() else {
                    return;
                };
                let done = if progress.is_cancelled() {
                    Err(VaultError::Cancelled)
                } else {
                    work(index)
                };
                if let Err(error) = done {
                    stop.store(true, Ordering::Relaxed);
                    failed.lock().get_or_insert(error);
                }
            }
        };
        thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(run);
            }
            run();
        });
        failed.into_inner().map_or(Ok(()), Err)
    }

    /// Bytes in stored segments.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        let size = |index| u64::from(crate::content::segment_size(self.size_bytes(), index));
        self.segments().map(size).sum()
    }
}
