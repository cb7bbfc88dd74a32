//! The backup store as a library: a thin layer over `rustic_core`.
//!
//! For block images in restic repositories: create, open, back up, read, verify, forget, prune. Not for what an
//! image is (it knows no AWS and no EBS) and not for databases. Invariant: only this crate names a type of
//! `rustic_core`, and all its calls block, so make them on blocking threads.

pub mod backend;
mod backup;
mod content;
mod error;
pub mod key;
mod object_lock;
mod probe;
mod prune;
mod reconcile;
mod repository;
mod restore;
mod snapshot;
mod source;
mod verify;

#[cfg(test)]
mod tests;

pub use backend::{
    Fence, FenceError, FolderStore, Keep, MemoryStore, ObjectInfo, ObjectLock, ObjectStore,
    ObjectVersion, StoreError, StoreLocation,
};
pub use backup::{ImageSnapshot, NewPoint};
pub use content::{
    AssetSidecar, BLOCK_BYTES, ContentTable, Digest, MAX_IMAGE_BYTES, SEGMENT_BYTES, image_digest,
    segment_count, segment_offset, segment_size,
};
pub use error::{SinkError, SourceError, VaultError};
pub use key::{
    KeyContext, KeyError, KeyWrapper, LocalRootKey, MasterKey, WRAPPED_KEY_OBJECT, WrappedKey,
    read_wrapped_key, write_wrapped_key,
};
pub use object_lock::{HEADS_PREFIX, uncover};
pub use probe::{LockReport, ProbeReport, probe, probe_lock};
pub use prune::{MAX_CLOCK_SKEW, MIN_KEEP, PrunePlan, PruneRequest, PruneStats};
pub use reconcile::Reconciliation;
pub use repository::Repository;
pub use restore::{ImageReader, RestoreReport, SegmentSink};
pub use snapshot::{PointLabels, SnapshotId, SnapshotInfo};
pub use source::{ImageSource, NoProgress, Progress, Segment, SegmentData, SegmentState};
pub use verify::{VerifyProblem, VerifyReport};
