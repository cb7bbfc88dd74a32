//! Backs an image up into a repository as one snapshot.
//!
//! Not for what the image is of. Invariants: the snapshot file is written only when every listed segment was
//! read to its end and stored (the commit guard); success is returned only after the snapshot was read back
//! with a fresh index and its blobs are the very blocks that the source delivered.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread;

use jiff::{SignedDuration, Timestamp};
use rustic_core::repofile::SnapshotFile;
use rustic_core::{
    BackupOptions, IndexedIds, IndexedIdsStatus, ParentOptions, Repository as Library, RusticResult,
};

use crate::backend::{CommitGuard, RepositoryBackend};
use crate::content::{AssetSidecar, ContentTable, Digest, check_size, segment_count, segment_size};
use crate::error::{VaultError, writing};
use crate::repository::{Handle, Repository, shared};
use crate::restore::ImageReader;
use crate::snapshot::{PointLabels, SnapshotId};
use crate::source::{
    Feed, ImageSource, Plan, PlannedSegment, Progress, SegmentSource, SegmentState,
};

/// Threads that read the source, and segments that may be fetched ahead of the library: 4 MiB of memory each.
const READERS: usize = 4;
const READ_AHEAD: usize = 4;
/// One in so many new segments is read back before the backup counts (and at least one).
const READ_BACK_ONE_IN: usize = 100;

/// What a new recovery point is of.
#[derive(Clone, Debug)]
pub struct NewPoint {
    /// Its labels, in the snapshot's tags and in `asset.json`.
    pub labels: PointLabels,
    /// The asset's configuration, for `asset.json`.
    pub configuration: serde_json::Value,
}

/// A snapshot that was committed and read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSnapshot {
    /// Its id.
    pub id: SnapshotId,
    /// Size of the image in bytes.
    pub size_bytes: u64,
    /// Segments that it holds.
    pub segments: u64,
    /// Bytes read from the source.
    pub bytes_read: u64,
    /// Bytes that it added to the repository, compressed and encrypted.
    pub bytes_added: u64,
    /// Bytes read back from the vault and checked.
    pub bytes_read_back: u64,
    /// Digest of what the source delivered; equal for equal images.
    pub root: Digest,
}

impl Repository {
    /// Backs up `source`. With a `base`, what the source calls unchanged is taken over from it without reading.
    ///
    /// [`VaultError::Source`]: the source could not be read. [`VaultError::Damaged`] or
    /// [`VaultError::SnapshotNotFound`] with a base: try again without it. In every case of error no
    /// snapshot remains (or the error says so).
    pub fn back_up_image(
        &self,
        source: &dyn ImageSource,
        base: Option<&SnapshotId>,
        point: &NewPoint,
        progress: &dyn Progress,
    ) -> Result<ImageSnapshot, VaultError> {
        self.back_up(source, base.map(|id| (id, None)), point, progress)
    }

    /// As [`Self::back_up_image`] with a base whose digest was taken at its source and kept outside of the vault:
    /// [`VaultError::Damaged`] when the vault's table of the base is another one. So the digests of what is taken over are the
    /// source's, and [`ImageSnapshot::root`] is one of the source again.
    pub fn back_up_increment(
        &self,
        source: &dyn ImageSource,
        base: (&SnapshotId, Digest),
        point: &NewPoint,
        progress: &dyn Progress,
    ) -> Result<ImageSnapshot, VaultError> {
        let (id, root) = base;
        self.back_up(source, Some((id, Some(root))), point, progress)
    }

    fn back_up(
        &self,
        source: &dyn ImageSource,
        base: Option<(&SnapshotId, Option<Digest>)>,
        point: &NewPoint,
        progress: &dyn Progress,
    ) -> Result<ImageSnapshot, VaultError> {
        let feed_slot: Arc<OnceLock<Arc<Feed>>> = Arc::default();
        let guard = commit_guard(feed_slot.clone());
        let opened = match base {
            Some((id, root)) => {
                // One index for both: to read the base, and to find out what is stored already.
                let (repository, backend) = shared(self.indexed(Some(&guard))?);
                let file = self.snapshot_file(id)?;
                let image = ImageReader::open(repository, backend, &file)?;
                if root.is_some_and(|root| root != image.content().root) {
                    let text = "the base is not what its source delivered";
                    return Err(VaultError::Damaged(text.to_owned()));
                }
                Opened::Base(Box::new(image))
            }
            None => Opened::Nothing(Box::new(self.indexed_ids(Some(&guard))?)),
        };
        let plan = plan(source, opened.base(), point)?;
        progress.started(plan.segments.iter().map(|s| size_of(&plan, s)).sum());
        let unchanged = plan.segments.iter().filter(|s| s.unchanged.is_some());
        progress.advanced(unchanged.map(|s| size_of(&plan, s)).sum());
        let read: Vec<u32> = unread(&plan);
        let feed = Feed::new(plan, READ_AHEAD);
        feed_slot.get_or_init(|| feed.clone());
        let job = Job {
            source,
            base: opened.base(),
            feed: &feed,
            progress,
        };
        let snapshot = point.labels.to_snapshot()?;
        let written = match &opened {
            Opened::Base(base) => job.run(base.repository(), base.backend(), snapshot),
            Opened::Nothing(handle) => job.run(&handle.library, &handle.backend, snapshot),
        };
        // The index goes before the read-back loads a fresh one: there is room for one in memory.
        drop(opened);
        let file = written?;
        let content = feed.content().ok_or_else(|| no_content(&file))?;
        let read_back = self.read_back(&file, &content, &read);
        let bytes_read_back = read_back.map_err(|error| self.withdraw(&file, error))?;
        Ok(ImageSnapshot {
            id: SnapshotId::from_library(file.id),
            size_bytes: content.size_bytes,
            segments: u64::try_from(content.segments.len()).unwrap_or_default(),
            bytes_read: feed.bytes_read(),
            bytes_added: file.summary.as_ref().map_or(0, |s| s.data_added_packed),
            bytes_read_back,
            root: content.root,
        })
    }

    /// Opens the new snapshot as a restore would, with a fresh index, compares all its blob ids with the digests
    /// of the source, and reads a sample of the new data.
    fn read_back(
        &self,
        file: &SnapshotFile,
        content: &ContentTable,
        read: &[u32],
    ) -> Result<u64, VaultError> {
        let stored = self.snapshot_file(&SnapshotId::from_library(file.id))?;
        let (repository, backend) = shared(self.indexed(None)?);
        let image = ImageReader::open(repository, backend, &stored)?;
        if image.content() != content {
            return Err(VaultError::Damaged(
                "content.json was not stored as written".to_owned(),
            ));
        }
        image.check_index()?;
        let mut bytes = 0;
        for index in read.iter().step_by(READ_BACK_ONE_IN) {
            let data = image.read_segment(*index)?;
            bytes += data.map_or(0, |data| u64::try_from(data.len()).unwrap_or_default());
        }
        Ok(bytes)
    }

    /// Takes back a snapshot that did not read back.
    fn withdraw(&self, file: &SnapshotFile, error: VaultError) -> VaultError {
        let id = SnapshotId::from_library(file.id);
        match self.forget(std::slice::from_ref(&id)) {
            Ok(()) => error,
            Err(second) => VaultError::Damaged(format!(
                "snapshot {id} did not read back ({error}) and could not be removed ({second})"
            )),
        }
    }
}

/// What a backup works on.
enum Opened {
    Base(Box<ImageReader>),
    Nothing(Box<Handle<IndexedIdsStatus>>),
}

impl Opened {
    fn base(&self) -> Option<&ImageReader> {
        match self {
            Self::Base(base) => Some(base),
            Self::Nothing(_) => None,
        }
    }
}

/// Lets a snapshot be written only when the feed says that it is whole. The feed comes to be later than the
/// backend that asks.
fn commit_guard(feed: Arc<OnceLock<Arc<Feed>>>) -> CommitGuard {
    Arc::new(move || match feed.get() {
        Some(feed) => feed.check_complete(),
        None => Err("nothing was read yet".to_owned()),
    })
}

/// One run of the library's archiver with our readers beside it.
struct Job<'a> {
    source: &'a dyn ImageSource,
    base: Option<&'a ImageReader>,
    feed: &'a Arc<Feed>,
    progress: &'a dyn Progress,
}

/// Sends the readers home however the archiver ends.
struct StopAtEnd<'a>(&'a Feed);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Job<'_> {
    fn run<S: IndexedIds>(
        &self,
        library: &Library<S>,
        backend: &Arc<RepositoryBackend>,
        snapshot: SnapshotFile,
    ) -> Result<SnapshotFile, VaultError> {
        let archived = thread::scope(|scope| {
            for _ in 0..READERS {
                scope.spawn(|| self.read());
            }
            let _stop = StopAtEnd(self.feed);
            self.archive(library, backend.clone(), snapshot)
        });
        if let Some(error) = self.feed.failure() {
            return Err(error);
        }
        // The pipeline may end with a later error than the one that broke it.
        if let Some(error) = backend.first_error() {
            return Err(error.into());
        }
        archived.map_err(writing)
    }

    fn archive<S: IndexedIds>(
        &self,
        library: &Library<S>,
        backend: Arc<RepositoryBackend>,
        snapshot: SnapshotFile,
    ) -> RusticResult<SnapshotFile> {
        let parent = match self.base {
            Some(base) => ParentOptions::default().parents(vec![base.info().id.to_string()]),
            None => ParentOptions::default().force(true),
        };
        let options = BackupOptions::default().no_scan(true).parent_opts(parent);
        let source = SegmentSource {
            feed: self.feed.clone(),
            backend,
        };
        library.archive(&options, &source, snapshot, &[PathBuf::from("/")])
    }

    fn read(&self) {
        while let Some(job) = self.feed.next_job() {
            if self.progress.is_cancelled() {
                return self.feed.fail(VaultError::Cancelled);
            }
            let base = self.base.filter(|_| job.may_use_base);
            let data = self.source.read_segment(job.index, base);
            let size = data.as_ref().map_or(0, |data| data.bytes.len());
            self.feed.deliver(job, data);
            if job.may_use_base {
                self.progress
                    .advanced(u64::try_from(size).unwrap_or_default());
            }
        }
    }
}

fn plan(
    source: &dyn ImageSource,
    base: Option<&ImageReader>,
    point: &NewPoint,
) -> Result<Plan, VaultError> {
    let size_bytes = source.size_bytes();
    check_size(size_bytes)?;
    let mut listed = source.segments()?;
    listed.sort_by_key(|segment| segment.index);
    let mut segments = Vec::with_capacity(listed.len());
    let mut last = None;
    for segment in listed {
        if last == Some(segment.index) || segment.index >= segment_count(size_bytes) {
            let text = format!("segment {} twice or behind the end", segment.index);
            return Err(VaultError::Invalid(text));
        }
        last = Some(segment.index);
        segments.extend(planned(segment.index, segment.state, size_bytes, base)?);
    }
    let placeholder: BTreeMap<_, _> = segments
        .iter()
        .map(|segment| (segment.index, Digest::default()))
        .collect();
    let content_size = ContentTable::new(size_bytes, placeholder)?.to_json()?.len();
    let asset = AssetSidecar::new(point.labels.clone(), point.configuration.clone());
    Ok(Plan {
        size_bytes,
        segments,
        stamp: stamp(point.labels.taken_at, base)?,
        asset_json: asset.to_json()?.into(),
        content_size: u64::try_from(content_size).unwrap_or_default(),
    })
}

fn planned(
    index: u32,
    state: SegmentState,
    size_bytes: u64,
    base: Option<&ImageReader>,
) -> Result<Option<PlannedSegment>, VaultError> {
    let unchanged = match (state, base) {
        (SegmentState::Present, _) => None,
        (SegmentState::Unchanged, None) => {
            let text = format!("segment {index} is called unchanged, but there is no base");
            return Err(VaultError::Invalid(text));
        }
        (SegmentState::Unchanged, Some(base)) => {
            let stored = base.stored().get(&index);
            let digest = base.content().segments.get(&index);
            let Some((stored, digest)) = stored.zip(digest) else {
                return Ok(None);
            };
            // The last segment of a volume that has grown is longer now: it must be read.
            let same = segment_size(size_bytes, index) == segment_size(base.size_bytes(), index);
            same.then_some((stored.stamp, *digest))
        }
    };
    Ok(Some(PlannedSegment { index, unchanged }))
}

fn stamp(taken_at: Timestamp, base: Option<&ImageReader>) -> Result<Timestamp, VaultError> {
    let Some(base) = base else {
        return Ok(taken_at);
    };
    let later = base.stamp().checked_add(SignedDuration::from_micros(1));
    let later = later.map_err(|e| VaultError::Invalid(e.to_string()))?;
    Ok(taken_at.max(later))
}

fn unread(plan: &Plan) -> Vec<u32> {
    plan.segments
        .iter()
        .filter(|s| s.unchanged.is_none())
        .map(|s| s.index)
        .collect()
}

fn size_of(plan: &Plan, segment: &PlannedSegment) -> u64 {
    u64::from(segment_size(plan.size_bytes, segment.index))
}

fn no_content(file: &SnapshotFile) -> VaultError {
    let id = SnapshotId::from_library(file.id);
    VaultError::Internal(format!(
        "snapshot {id} was committed without its content.json"
    ))
}
