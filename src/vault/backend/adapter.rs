//! Shows an [`ObjectStore`] to `rustic_core` as a repository in restic's layout.
//!
//! Not for meaning: it moves bytes under names. Invariants: an object whose name is the hash of its bytes
//! is checked against that name whenever it is read whole; no delete and no snapshot is written
//! without asking the fence; the first error of the store is kept, because the library's pipeline may
//! report a later one.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use super::prefetch::{PrefetchCache, Prefetched};
use super::{Keep, ObjectStore, StoreError};
use crate::content::Digest;
use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use rustic_core::{
    BytesList, ErrorKind, FileType, Id, ReadBackend, RusticError, RusticResult, WriteBackend,
};

/// Asked before each delete and before each snapshot is written: is it still our turn? Must be quick or
/// block; called from several threads.
pub type Fence = Arc<dyn Fn() -> Result<(), FenceError> + Send + Sync>;

/// The holder of this handle has lost its turn (lease, epoch): it must stop without touching anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no longer allowed to change the vault: {reason}")]
pub struct FenceError {
    /// Why, for the log.
    pub reason: String,
}

impl FenceError {
    /// With a reason for the log.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

/// Why the backend refused or failed; what `rustic_core` carries as the source of its own error.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum BackendError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Fence(#[from] FenceError),
    #[error("the snapshot is not complete: {0}")]
    Incomplete(String),
}

/// Asked before a snapshot is written: is everything in it that shall be in it?
pub(crate) type CommitGuard = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

pub(crate) struct RepositoryBackend {
    store: Arc<dyn ObjectStore>,
    fence: Option<Fence>,
    keep: Option<Keep>,
    commit_guard: Option<CommitGuard>,
    first_error: Mutex<Option<BackendError>>,
    prefetched: PrefetchCache,
}

impl RepositoryBackend {
    pub(crate) fn new(
        store: Arc<dyn ObjectStore>,
        fence: Option<Fence>,
        commit_guard: Option<CommitGuard>,
    ) -> Self {
        Self {
            store,
            fence,
            keep: None,
            commit_guard,
            first_error: Mutex::new(None),
            prefetched: PrefetchCache::default(),
        }
    }

    /// The same, with a hook that is asked until when the store must keep what is written.
    pub(crate) fn keeping(mut self, keep: Option<Keep>) -> Self {
        self.keep = keep;
        self
    }

    /// The first thing that went wrong on this handle, if anything did.
    pub(crate) fn first_error(&self) -> Option<BackendError> {
        self.first_error.lock().clone()
    }

    /// What to call the store in messages.
    pub(crate) fn describe(&self) -> String {
        self.store.describe()
    }

    /// Reads ranges of packs (pack, offset, length; sorted) that lie close together with one request each.
    pub(crate) fn prefetch(&self, wanted: &[(Id, u32, u32)]) -> Prefetched<'_> {
        self.prefetched.fill(wanted, |pack, offset, length| {
            self.store
                .read_range(&object_key(FileType::Pack, pack), u64::from(offset), length)
        })
    }

    fn fail<T>(&self, done: Result<T, BackendError>) -> RusticResult<T> {
        done.map_err(|error| {
            self.first_error.lock().get_or_insert_with(|| error.clone());
            let text = error.to_string();
            RusticError::with_source(ErrorKind::Backend, text, error)
        })
    }

    fn check_fence(&self) -> Result<(), BackendError> {
        self.fence.as_ref().map_or(Ok(()), |fence| Ok(fence()?))
    }

    fn try_list(&self, tpe: FileType) -> Result<Vec<(Id, u32)>, BackendError> {
        if tpe == FileType::Config {
            let objects = self.store.list("config")?;
            let config = objects.iter().find(|object| object.key == "config");
            return config.map_or(Ok(Vec::new()), |o| {
                Ok(vec![(Id::default(), short(o.size)?)])
            });
        }
        let prefix = format!("{}/", tpe.dirname());
        let mut found = Vec::new();
        for object in self.store.list(&prefix)? {
            let name = object.key.rsplit('/').next().unwrap_or_default();
            // Anything else under these folders is not the repository's (restic's own temporary files).
            if let Some(id) = parse_id(name) {
                if object.size == 0 {
                    let text = format!("{} is empty", object.key);
                    return Err(StoreError::Corrupt(text).into());
                }
                found.push((id, short(object.size)?));
            }
        }
        Ok(found)
    }

    fn try_read_full(&self, tpe: FileType, id: &Id) -> Result<Bytes, BackendError> {
        let key = object_key(tpe, id);
        let data = self.store.read(&key)?;
        if tpe != FileType::Config {
            check_name(&key, id, &data)?;
        }
        Ok(data)
    }

    fn try_read_partial(
        &self,
        tpe: FileType,
        id: &Id,
        offset: u32,
        length: u32,
    ) -> Result<Bytes, BackendError> {
        if tpe == FileType::Pack
            && let Some(data) = self.prefetched.take(id, offset, length)
        {
            return Ok(data);
        }
        let key = object_key(tpe, id);
        let data = self.store.read_range(&key, u64::from(offset), length)?;
        if u32::try_from(data.len()) == Ok(length) {
            Ok(data)
        } else {
            Err(StoreError::Corrupt(format!("{key} gave a short range")).into())
        }
    }

    fn try_write(&self, tpe: FileType, id: &Id, content: BytesList) -> Result<(), BackendError> {
        if tpe == FileType::Snapshot {
            if let Some(guard) = &self.commit_guard {
                guard().map_err(BackendError::Incomplete)?;
            }
            self.check_fence()?;
        }
        let (key, data) = (object_key(tpe, id), joined(content));
        let until = self.keep.as_ref().map_or(Ok(None), |keep| keep())?;
        Ok(match (until, self.store.object_lock()) {
            (None, _) => self.store.create(&key, data),
            (Some(until), Some(lock)) => lock.create_until(&key, data, until),
            (Some(_), None) => Err(StoreError::Denied(format!(
                "{} cannot keep {key} by itself, and a compliance lock asks for it",
                self.store.describe()
            ))),
        }?)
    }

    fn try_remove(&self, tpe: FileType, id: &Id) -> Result<(), BackendError> {
        self.check_fence()?;
        let key = object_key(tpe, id);
        match (self.store.delete(&key), self.store.object_lock()) {
            // A delete that is repeated after a crash or a lost answer has reached its end.
            (Ok(()) | Err(StoreError::NotFound(_)), _) => Ok(()),
            // A pack that no index names is tried again by the next prune.
            (Err(StoreError::Locked(_)), _) if tpe == FileType::Pack => Ok(()),
            // An index that was replaced must not be read any more, nor a snapshot that was forgotten.
            (Err(StoreError::Locked(_)), Some(lock)) => Ok(lock.hide(&key)?),
            (Err(e), _) => Err(e.into()),
        }
    }
}

impl Debug for RepositoryBackend {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("RepositoryBackend")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl ReadBackend for RepositoryBackend {
    fn location(&self) -> String {
        self.store.describe()
    }

    fn list_with_size(&self, tpe: FileType) -> RusticResult<Vec<(Id, u32)>> {
        self.fail(self.try_list(tpe))
    }

    fn read_full(&self, tpe: FileType, id: &Id) -> RusticResult<Bytes> {
        self.fail(self.try_read_full(tpe, id))
    }

    fn read_partial(
        &self,
        tpe: FileType,
        id: &Id,
        _cacheable: bool,
        offset: u32,
        length: u32,
    ) -> RusticResult<Bytes> {
        self.fail(self.try_read_partial(tpe, id, offset, length))
    }

    fn warmup_path(&self, tpe: FileType, id: &Id) -> String {
        object_key(tpe, id)
    }
}

impl WriteBackend for RepositoryBackend {
    fn write_bytes(
        &self,
        tpe: FileType,
        id: &Id,
        _cacheable: bool,
        content: BytesList,
    ) -> RusticResult<()> {
        self.fail(self.try_write(tpe, id, content))
    }

    fn remove(&self, tpe: FileType, id: &Id, _cacheable: bool) -> RusticResult<()> {
        self.fail(self.try_remove(tpe, id))
    }
}

/// The object's name in restic's default layout.
fn object_key(tpe: FileType, id: &Id) -> String {
    let hex = id.to_hex();
    let name = hex.as_str();
    match tpe {
        FileType::Config => "config".to_owned(),
        FileType::Pack => {
            let folder: String = name.chars().take(2).collect();
            format!("data/{folder}/{name}")
        }
        FileType::Index | FileType::Key | FileType::Snapshot => {
            format!("{}/{name}", tpe.dirname())
        }
    }
}

fn parse_id(name: &str) -> Option<Id> {
    (name.len() == 64).then(|| name.parse().ok()).flatten()
}

/// Names in a repository are hashes of the bytes stored, so damage shows before anything is decrypted.
fn check_name(key: &str, id: &Id, data: &[u8]) -> Result<(), StoreError> {
    if *id == Id::new(Digest::of(data).0) {
        Ok(())
    } else {
        Err(StoreError::Corrupt(format!(
            "the bytes of {key} do not hash to its name"
        )))
    }
}

fn short(size: u64) -> Result<u32, StoreError> {
    u32::try_from(size).map_err(|_big| StoreError::Corrupt("an object exceeds 4 GiB".to_owned()))
}

fn joined(content: BytesList) -> Bytes {
    let size = content.size();
    let mut parts = content.into_vec();
    if parts.len() == 1 {
        return parts.pop().unwrap_or_default();
    }
    let mut data = BytesMut::with_capacity(size);
    for part in parts {
        data.extend_from_slice(&part);
    }
    data.freeze()
}
