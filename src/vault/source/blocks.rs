//! Hands the segments of an image to `rustic_core`: readers of ours fetch ahead, the library's threads take.
//!
//! The library asks for an owned, `'static` source and only logs what it cannot read; so the source itself stays
//! with the caller's threads, and this feed keeps the books: what was taken to its end, and the first
//! error. Invariant: [`Feed::check_complete`] is `Ok` only when every listed segment was delivered whole.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use parking_lot::{Condvar, Mutex};
use rustic_core::repofile::{Metadata, Node, NodeType};
use rustic_core::{
    ErrorKind, ReadSource, ReadSourceEntry, ReadSourceOpen, RusticError, RusticResult,
};

use super::SegmentData;
use crate::backend::RepositoryBackend;
use crate::content::{
    ASSET_PATH, BLOCK_BYTES, CONTENT_PATH, ContentTable, Digest, block_digests, segment_path,
    segment_size,
};
use crate::error::{SourceError, VaultError};

/// One listed segment of the backup that is about to run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedSegment {
    pub(crate) index: u32,
    /// With the time stamp and the digest of the base when nothing changed; `None` when it must be read.
    pub(crate) unchanged: Option<(Timestamp, Digest)>,
}

/// All that is known before the first byte is read.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) size_bytes: u64,
    /// In rising order of index.
    pub(crate) segments: Vec<PlannedSegment>,
    /// Time stamp of everything that is new; later than any in the base, so that the library never takes a
    /// new segment for an old one.
    pub(crate) stamp: Timestamp,
    pub(crate) asset_json: Bytes,
    /// Size of `content.json`, which is written last but listed first.
    pub(crate) content_size: u64,
}

#[derive(Debug, Default)]
struct State {
    /// Positions in `order`: next to fetch, and behind the last one that the library opened.
    next: usize,
    opened: usize,
    /// Unchanged segments that the library wants all the same (their blobs are missing from the index).
    again: VecDeque<u32>,
    again_open: usize,
    again_total: usize,
    ready: BTreeMap<u32, Bytes>,
    digests: BTreeMap<u32, Digest>,
    taken: BTreeSet<Entry>,
    bytes_read: u64,
    stopped: bool,
    failed: Option<VaultError>,
    content: Option<ContentTable>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Entry {
    Asset,
    Segment(u32),
    Content,
}

#[derive(Debug)]
pub(crate) struct Feed {
    plan: Plan,
    /// Indices to read, in the order in which the library opens them.
    order: Vec<u32>,
    /// How many segments may be fetched ahead of the library: bounds the memory.
    window: usize,
    state: Mutex<State>,
    changed: Condvar,
}

/// A segment that a reader shall fetch now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    pub(crate) index: u32,
    /// Whether blocks may be taken from the base.
    pub(crate) may_use_base: bool,
}

impl Feed {
    pub(crate) fn new(plan: Plan, window: usize) -> Arc<Self> {
        let to_read = plan.segments.iter().filter(|s| s.unchanged.is_none());
        let order = to_read.map(|segment| segment.index).collect();
        let known = plan
            .segments
            .iter()
            .filter_map(|s| Some((s.index, s.unchanged?.1)));
        let state = State {
            digests: known.collect(),
            ..State::default()
        };
        Arc::new(Self {
            plan,
            order,
            window,
            state: Mutex::new(state),
            changed: Condvar::new(),
        })
    }

    /// Blocks until there is a segment to fetch; `None` when there will be none.
    pub(crate) fn next_job(&self) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if state.stopped {
                return None;
            }
            if let Some(index) = state.again.pop_front() {
                return Some(Job {
                    index,
                    may_use_base: false,
                });
            }
            if state.next < state.opened.saturating_add(self.window)
                && let Some(index) = self.order.get(state.next)
            {
                state.next += 1;
                return Some(Job {
                    index: *index,
                    may_use_base: true,
                });
            }
            self.changed.wait(&mut state);
        }
    }

    /// Takes what a reader fetched. Checks that it is whole; computes the digests that are not known.
    pub(crate) fn deliver(&self, job: Job, read: Result<SegmentData, SourceError>) {
        let checked = read
            .map_err(VaultError::from)
            .and_then(|data| self.check(job.index, data));
        let mut state = self.state.lock();
        match checked {
            Ok((bytes, digest)) => {
                state.bytes_read += u64::try_from(bytes.len()).unwrap_or_default();
                state.digests.insert(job.index, digest);
                state.ready.insert(job.index, bytes);
            }
            Err(error) => fail(&mut state, error),
        }
        self.changed.notify_all();
    }

    fn check(&self, index: u32, data: SegmentData) -> Result<(Bytes, Digest), VaultError> {
        let wanted = segment_size(self.plan.size_bytes, index);
        if u32::try_from(data.bytes.len()) != Ok(wanted) {
            let got = data.bytes.len();
            let text = format!("segment {index} has {got} bytes instead of {wanted}");
            return Err(SourceError::new(text, false).into());
        }
        let blocks = if data.block_digests.is_empty() {
            block_digests(&data.bytes)
        } else {
            data.block_digests
        };
        if u32::try_from(blocks.len()) != Ok(wanted.div_ceil(BLOCK_BYTES)) {
            let text = format!("segment {index} came with a wrong number of digests");
            return Err(SourceError::new(text, false).into());
        }
        Ok((data.bytes, Digest::of_blocks(&blocks)))
    }

    /// Ends the backup with this error, unless it has failed already.
    pub(crate) fn fail(&self, error: VaultError) {
        fail(&mut self.state.lock(), error);
        self.changed.notify_all();
    }

    /// Sends the readers home.
    pub(crate) fn stop(&self) {
        self.state.lock().stopped = true;
        self.changed.notify_all();
    }

    /// The first error, if any.
    pub(crate) fn failure(&self) -> Option<VaultError> {
        self.state.lock().failed.clone()
    }

    /// Bytes read from the source.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.state.lock().bytes_read
    }

    /// The table that was written as `content.json`.
    pub(crate) fn content(&self) -> Option<ContentTable> {
        self.state.lock().content.clone()
    }

    /// Whether all that was planned has been taken to its end by the library.
    pub(crate) fn check_complete(&self) -> Result<(), String> {
        let state = self.state.lock();
        if let Some(error) = &state.failed {
            return Err(error.to_string());
        }
        let wanted = self.order.len() + state.again_total + 2;
        if state.taken.len() == wanted {
            Ok(())
        } else {
            Err(format!(
                "{} of {wanted} files were read to their end",
                state.taken.len()
            ))
        }
    }

    fn is_over(&self) -> bool {
        let state = self.state.lock();
        state.stopped || state.failed.is_some()
    }

    fn open_segment(&self, index: u32) -> Result<Bytes, VaultError> {
        let mut state = self.state.lock();
        let planned = self.order.binary_search(&index).ok();
        if let Some(position) = planned {
            state.opened = state.opened.max(position + 1);
        } else {
            state.again.push_back(index);
            state.again_open += 1;
            state.again_total += 1;
        }
        self.changed.notify_all();
        loop {
            over(&state)?;
            if let Some(bytes) = state.ready.remove(&index) {
                if planned.is_none() {
                    state.again_open -= 1;
                    self.changed.notify_all();
                }
                return Ok(bytes);
            }
            self.changed.wait(&mut state);
        }
    }

    /// Waits for the last digest: the library opens files in the order of their names, and `content.json` is
    /// the last name.
    fn open_content(&self) -> Result<Bytes, VaultError> {
        let mut state = self.state.lock();
        while state.digests.len() < self.plan.segments.len() || state.again_open > 0 {
            over(&state)?;
            self.changed.wait(&mut state);
        }
        over(&state)?;
        let table = ContentTable::new(self.plan.size_bytes, state.digests.clone())?;
        let json = table.to_json()?;
        if u64::try_from(json.len()) != Ok(self.plan.content_size) {
            return Err(VaultError::Internal(
                "content.json has another size".to_owned(),
            ));
        }
        state.content = Some(table);
        Ok(json.into())
    }

    fn open(&self, entry: Entry) -> Result<Bytes, VaultError> {
        match entry {
            Entry::Asset => Ok(self.plan.asset_json.clone()),
            Entry::Segment(index) => self.open_segment(index),
            Entry::Content => self.open_content(),
        }
    }

    fn taken(&self, entry: Entry) {
        self.state.lock().taken.insert(entry);
    }
}

fn fail(state: &mut State, error: VaultError) {
    state.failed.get_or_insert(error);
    state.stopped = true;
}

fn over(state: &State) -> Result<(), VaultError> {
    match &state.failed {
        Some(error) => Err(error.clone()),
        None if state.stopped => Err(VaultError::Cancelled),
        None => Ok(()),
    }
}

/// The feed as the library's source.
#[derive(Debug)]
pub(crate) struct SegmentSource {
    pub(crate) feed: Arc<Feed>,
    /// Where the library writes to: once that has failed, reading on is of no use.
    pub(crate) backend: Arc<RepositoryBackend>,
}

impl ReadSource for SegmentSource {
    type Open = EntryOpener;
    type Iter = Entries;

    fn size(&self) -> RusticResult<Option<u64>> {
        Ok(None)
    }

    fn entries(&self) -> Entries {
        Entries {
            feed: self.feed.clone(),
            backend: self.backend.clone(),
            next: 0,
        }
    }
}

/// The files of the snapshot in the order of their names.
pub(crate) struct Entries {
    feed: Arc<Feed>,
    backend: Arc<RepositoryBackend>,
    /// 0 is `asset.json`, then the segments, then `content.json`.
    next: usize,
}

impl Iterator for Entries {
    type Item = RusticResult<ReadSourceEntry<EntryOpener>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.feed.is_over() || self.backend.first_error().is_some() {
            return None;
        }
        let plan = &self.feed.plan;
        let (entry, path, size, time) = match self.next.checked_sub(1) {
            None => {
                let size = u64::try_from(plan.asset_json.len()).unwrap_or_default();
                (Entry::Asset, ASSET_PATH.to_owned(), size, plan.stamp)
            }
            Some(position) => match plan.segments.get(position) {
                Some(segment) => {
                    let size = u64::from(segment_size(plan.size_bytes, segment.index));
                    let time = segment.unchanged.map_or(plan.stamp, |(time, _digest)| time);
                    (
                        Entry::Segment(segment.index),
                        segment_path(segment.index),
                        size,
                        time,
                    )
                }
                None if position == plan.segments.len() => (
                    Entry::Content,
                    CONTENT_PATH.to_owned(),
                    plan.content_size,
                    plan.stamp,
                ),
                None => return None,
            },
        };
        self.next += 1;
        let path = PathBuf::from(path);
        let metadata = Metadata {
            mode: Some(0o600),
            mtime: Some(time),
            size,
            ..Metadata::default()
        };
        let node = Node::new_node(path.file_name()?, NodeType::File, metadata);
        let open = Some(EntryOpener {
            feed: self.feed.clone(),
            entry,
        });
        Some(Ok(ReadSourceEntry { path, node, open }))
    }
}

/// Opens one file when the library comes to it.
#[derive(Debug)]
pub(crate) struct EntryOpener {
    feed: Arc<Feed>,
    entry: Entry,
}

impl ReadSourceOpen for EntryOpener {
    type Reader = EntryReader;

    fn open(self) -> RusticResult<EntryReader> {
        let bytes = self.feed.open(self.entry).map_err(|error| {
            // Said only to make the library skip the file; the feed has kept the error itself.
            self.feed.fail(error.clone());
            RusticError::with_source(ErrorKind::InputOutput, error.to_string(), error)
        })?;
        Ok(EntryReader {
            feed: self.feed,
            entry: self.entry,
            bytes: Cursor::new(bytes),
        })
    }
}

/// Reads one file, and notes when it was read to its end.
#[derive(Debug)]
pub(crate) struct EntryReader {
    feed: Arc<Feed>,
    entry: Entry,
    bytes: Cursor<Bytes>,
}

impl Read for EntryReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        let length = u64::try_from(self.bytes.get_ref().len()).unwrap_or(u64::MAX);
        if self.bytes.position() >= length {
            self.feed.taken(self.entry);
        }
        Ok(count)
    }
}
