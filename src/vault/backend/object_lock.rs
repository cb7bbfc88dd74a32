//! What a store adds that keeps objects by itself, whoever wants them gone: versions, and Object Lock in compliance mode.
//!
//! Not for how long anything is kept. Invariant: nothing here shortens what is kept.

use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::StoreError;
use super::adapter::FenceError;

/// Asked before each object is written: until when must the store keep it? None = it need not. May block; called from several
/// threads.
pub type Keep = Arc<dyn Fn() -> Result<Option<Timestamp>, FenceError> + Send + Sync>;

/// One version of an object, or a marker that hides those below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectVersion {
    /// The object's name, relative to the store's root.
    pub key: String,
    /// The version.
    pub version: String,
    /// Whether it is a marker: the object counts as deleted.
    pub is_marker: bool,
    /// When it was written, by the store's clock.
    pub written_at: Timestamp,
}

/// A store that can keep objects by itself. All calls block.
pub trait ObjectLock: Send + Sync + Debug {
    /// What the store lacks to keep anything, for people; empty when it lacks nothing.
    fn missing(&self) -> Result<Vec<String>, StoreError>;

    /// As [`super::ObjectStore::create`], and nobody deletes these bytes before `until`. An object that was there already is not
    /// extended.
    fn create_until(&self, key: &str, data: Bytes, until: Timestamp) -> Result<(), StoreError>;

    /// Nobody deletes the object before `until`. [`StoreError::Denied`] when it is kept for longer.
    fn extend(&self, key: &str, until: Timestamp) -> Result<(), StoreError>;

    /// Until when nobody, this identity included, deletes the object or that version of it; none when somebody can.
    fn kept_until(&self, key: &str, version: Option<&str>)
    -> Result<Option<Timestamp>, StoreError>;

    /// Makes the object count as deleted and leaves its bytes.
    fn hide(&self, key: &str) -> Result<(), StoreError>;

    /// All versions below `prefix`, those of one object newest first: complete, or an error.
    fn versions(&self, prefix: &str) -> Result<Vec<ObjectVersion>, StoreError>;

    /// Removes one version or marker for good; [`StoreError::Locked`] when the store keeps it.
    fn delete_version(&self, key: &str, version: &str) -> Result<(), StoreError>;
}
