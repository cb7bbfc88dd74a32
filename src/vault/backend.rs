//! Where a repository's objects lie: the store trait and the stores that need no network.
//!
//! Not for what the objects mean (that is `repository`) and not for S3, which the crate `aws` adds by
//! implementing [`ObjectStore`]. Invariant: an object, once created, never changes, except `config` and the
//! heads; a list is complete or an error, never short.

use std::fmt::Debug;
use std::path::PathBuf;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

mod adapter;
mod folder;
mod memory;
mod object_lock;
mod prefetch;

pub(crate) use adapter::{BackendError, CommitGuard, RepositoryBackend};
pub use adapter::{Fence, FenceError};
pub use folder::FolderStore;
pub use memory::MemoryStore;
pub use object_lock::{Keep, ObjectLock, ObjectVersion};
pub(crate) use prefetch::Prefetched;

/// One object of a store, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectInfo {
    /// The object's name, relative to the store's root, with `/` between parts.
    pub key: String,
    /// Size in bytes.
    pub size: u64,
}

/// A flat, create-only store of named objects. All calls block: make them on blocking threads only.
///
/// Keys are relative, use `/`, hold no empty part and no part that starts with a dot.
pub trait ObjectStore: Send + Sync + Debug {
    /// All objects whose key starts with `prefix`, in no particular order: complete, or an error.
    fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>, StoreError>;

    /// The whole object.
    fn read(&self, key: &str) -> Result<Bytes, StoreError>;

    /// Exactly `length` bytes from `offset` (bytes); fewer is [`StoreError::Io`], never a short answer.
    fn read_range(&self, key: &str, offset: u64, length: u32) -> Result<Bytes, StoreError>;

    /// Creates the object; durable when this returns. An object of that name with the same bytes is `Ok`
    /// (a retry after a lost answer), with other bytes [`StoreError::AlreadyExists`].
    fn create(&self, key: &str, data: Bytes) -> Result<(), StoreError>;

    /// Creates or replaces the object at once and durably. Only for `config` and the vault's heads.
    fn replace(&self, key: &str, data: Bytes) -> Result<(), StoreError>;

    /// Removes the object; [`StoreError::NotFound`] when there is none, [`StoreError::Locked`] when the store keeps it.
    fn delete(&self, key: &str) -> Result<(), StoreError>;

    /// The same store, when it can keep objects by itself.
    fn object_lock(&self) -> Option<&dyn ObjectLock> {
        None
    }

    /// What to call this store in messages: never a secret, never empty.
    fn describe(&self) -> String {
        "object store".to_owned()
    }
}

/// Why a store did not do as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No object of that name.
    #[error("no object {0:?}")]
    NotFound(String),
    /// An object of that name exists with other content.
    #[error("object {0:?} exists with other content")]
    AlreadyExists(String),
    /// No room left: disk full, quota reached.
    #[error("the store is full: {0}")]
    Full(String),
    /// The store refused us: permissions, read-only.
    #[error("access denied: {0}")]
    Denied(String),
    /// The store keeps this object by itself, whoever wants it gone.
    #[error("object {0:?} is locked")]
    Locked(String),
    /// The store asks us to slow down.
    #[error("throttled: {0}")]
    Throttled(String),
    /// The key is not one that a store may hold.
    #[error("invalid object key {0:?}")]
    InvalidKey(String),
    /// What came back is not what was stored: short, or with a wrong checksum.
    #[error("corrupt object: {0}")]
    Corrupt(String),
    /// Anything else that went wrong on the way: network, device.
    #[error("store input/output: {0}")]
    Io(String),
}

impl StoreError {
    /// Whether the same call may succeed a little later without anybody's help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Throttled(_) | Self::Io(_) => true,
            Self::NotFound(_)
            | Self::AlreadyExists(_)
            | Self::Full(_)
            | Self::Denied(_)
            | Self::Locked(_)
            | Self::InvalidKey(_)
            | Self::Corrupt(_) => false,
        }
    }
}

/// Where a repository lies, as the database and the recovery kit write it down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum StoreLocation {
    /// A folder of this machine (or mounted on it).
    Folder {
        /// The repository's root folder.
        path: PathBuf,
    },
    /// A prefix of an S3 bucket.
    S3 {
        /// Bucket name.
        bucket: String,
        /// Key prefix without a slash at its end; empty for the bucket's root.
        prefix: String,
        /// Region of the bucket, such as `eu-central-1`.
        region: String,
    },
}

/// Refuses a key that could leave the store's root or that a folder could not hold.
pub(crate) fn check_key(key: &str) -> Result<(), StoreError> {
    let part_is_good = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    if key.split('/').all(part_is_good) {
        Ok(())
    } else {
        Err(StoreError::InvalidKey(key.to_owned()))
    }
}
