//! A repository in a store: create, open, list, forget, and the operator's password.
//!
//! Not for moving data: that is `backup`, `restore`, `verify` and `prune`. Invariant: every call opens the repository
//! anew, so that several may run at once and none works with what another has since replaced.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use bytesize::ByteSize;
use jiff::Timestamp;
use rustic_core::repofile::{Chunker, SnapshotFile};
use rustic_core::{
    ConfigOptions, Credentials, IndexedFullStatus, IndexedIdsStatus, KeyOptions, OpenStatus,
    Repository as Library, RepositoryBackends, RepositoryOptions, WriteBackend,
};

use crate::backend::{CommitGuard, Fence, Keep, ObjectStore, RepositoryBackend, StoreError};
use crate::content::BLOCK_BYTES;
use crate::error::{VaultError, reading, writing};
use crate::key::MasterKey;
use crate::restore::{FullRepository, ImageReader};
use crate::snapshot::{SnapshotId, SnapshotInfo};

const FORMAT_VERSION: u32 = 2;
const COMPRESSION_LEVEL: i32 = 1;
/// Size of a pack. Fixed: a lost pack costs a bounded set, and a writer holds three to four in memory.
const DATA_PACK: ByteSize = ByteSize::mib(16);
const TREE_PACK: ByteSize = ByteSize::mib(4);
const PACK_LIMIT: ByteSize = ByteSize::mib(64);
/// How often an index is read again when a prune replaced its files in between.
const INDEX_ATTEMPTS: u32 = 3;

/// A restic repository, opened by its master key.
#[derive(Clone)]
pub struct Repository {
    store: Arc<dyn ObjectStore>,
    credentials: Credentials,
    fence: Option<Fence>,
    keep: Option<Keep>,
}

impl Debug for Repository {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

/// A handle of the library and our backend below it.
pub(crate) struct Handle<S> {
    pub(crate) library: Library<S>,
    pub(crate) backend: Arc<RepositoryBackend>,
}

impl Repository {
    /// Makes a repository in an empty store. [`VaultError::Refused`] when there is one already.
    pub fn create(store: Arc<dyn ObjectStore>, key: &MasterKey) -> Result<Self, VaultError> {
        let repository = Self::unchecked(store, key)?;
        repository.refuse_if_there()?;
        let config = ConfigOptions::default()
            .set_version(FORMAT_VERSION)
            .set_chunker(Chunker::FixedSize)
            .set_chunk_size(ByteSize::b(u64::from(BLOCK_BYTES)))
            .set_compression(COMPRESSION_LEVEL)
            .set_extra_verify(true)
            .set_datapack_size(DATA_PACK)
            .set_datapack_growfactor(0_u32)
            .set_datapack_size_limit(PACK_LIMIT)
            .set_treepack_size(TREE_PACK)
            .set_treepack_growfactor(0_u32)
            .set_treepack_size_limit(PACK_LIMIT);
        let (library, _backend) = repository.library(None)?;
        let made = library.init(&repository.credentials, &KeyOptions::default(), &config);
        if let Err(error) = made {
            // Another server may have made it between the look and here.
            repository.refuse_if_there()?;
            return Err(writing(error));
        }
        Ok(repository)
    }

    fn refuse_if_there(&self) -> Result<(), VaultError> {
        let (library, backend) = self.library(None)?;
        if library.config_id().map_err(writing)?.is_some() {
            let text = format!("{} holds a repository already", backend.describe());
            return Err(VaultError::Refused(text));
        }
        Ok(())
    }

    /// Opens the repository in this store, and checks that it is one of ours.
    pub fn open(store: Arc<dyn ObjectStore>, key: &MasterKey) -> Result<Self, VaultError> {
        let repository = Self::unchecked(store, key)?;
        repository.handle(None)?;
        Ok(repository)
    }

    /// Opens the repository by a password that [`Self::add_password`] added, as a recovery kit does. Every call on
    /// it takes up to a second of CPU (scrypt).
    pub fn open_with_password(
        store: Arc<dyn ObjectStore>,
        password: &str,
    ) -> Result<Self, VaultError> {
        let credentials = Credentials::Password(password.to_owned());
        let repository = Self {
            store,
            credentials,
            fence: None,
            keep: None,
        };
        repository.handle(None)?;
        Ok(repository)
    }

    /// The same repository, with a hook that is asked before each delete and each commit.
    #[must_use]
    pub fn with_fence(mut self, fence: Fence) -> Self {
        self.fence = Some(fence);
        self
    }

    /// The same repository, with a hook that is asked until when the store must keep what is written.
    #[must_use]
    pub fn with_keep(mut self, keep: Keep) -> Self {
        self.keep = Some(keep);
        self
    }

    /// The store below.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// All snapshots, oldest first: complete, or an error.
    pub fn snapshots(&self) -> Result<Vec<SnapshotInfo>, VaultError> {
        let files = self
            .handle(None)?
            .library
            .get_all_snapshots()
            .map_err(reading)?;
        let mut found: Vec<_> = files.iter().map(SnapshotInfo::from_library).collect();
        found.sort_by(|a, b| (a.taken_at, &a.id).cmp(&(b.taken_at, &b.id)));
        Ok(found)
    }

    /// Opens an image for reading. Reads the index and all trees of the snapshot.
    pub fn image(&self, snapshot: &SnapshotId) -> Result<ImageReader, VaultError> {
        let file = self.snapshot_file(snapshot)?;
        let handle = self.indexed(None)?;
        ImageReader::open(Arc::new(handle.library), handle.backend, &file)
    }

    /// Removes snapshots; their data stays until a prune. One that is gone already is no error.
    pub fn forget(&self, snapshots: &[SnapshotId]) -> Result<(), VaultError> {
        let ids = snapshots
            .iter()
            .map(SnapshotId::to_library)
            .collect::<Result<Vec<_>, _>>()?;
        self.handle(None)?
            .library
            .delete_snapshots(&ids)
            .map_err(writing)
    }

    /// Adds an ordinary restic key file, so that stock restic and rustic open the repository with `password`.
    /// Takes up to a second of CPU (scrypt).
    pub fn add_password(&self, password: &str, created: Timestamp) -> Result<(), VaultError> {
        if password.is_empty() || password.contains(['\r', '\n']) {
            let text = "a password that is empty or holds a line break";
            return Err(VaultError::Invalid(text.to_owned()));
        }
        let options = KeyOptions::default()
            .hostname("holdfast".to_owned())
            .username(format!("recovery kit of {created}"));
        self.handle(None)?
            .library
            .add_key(password, &options)
            .map_err(writing)?;
        Ok(())
    }

    /// The same key on another store.
    #[cfg(test)]
    pub(crate) fn on(&self, store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            ..self.clone()
        }
    }

    pub(crate) fn snapshot_file(&self, id: &SnapshotId) -> Result<SnapshotFile, VaultError> {
        let library = self.handle(None)?.library;
        let wanted = id.to_library()?;
        let mut file: SnapshotFile = library.get_file(&wanted).map_err(|error| {
            reading(error).map_damaged(|what| {
                if self.is_gone(id) {
                    VaultError::SnapshotNotFound(id.clone())
                } else {
                    VaultError::Damaged(what)
                }
            })
        })?;
        file.id = wanted;
        Ok(file)
    }

    fn is_gone(&self, id: &SnapshotId) -> bool {
        let key = format!("snapshots/{id}");
        matches!(self.store.read(&key), Err(StoreError::NotFound(_)))
    }

    fn unchecked(store: Arc<dyn ObjectStore>, key: &MasterKey) -> Result<Self, VaultError> {
        let credentials = Credentials::Masterkey(key.to_repository_key()?);
        Ok(Self {
            store,
            credentials,
            fence: None,
            keep: None,
        })
    }

    fn library(
        &self,
        guard: Option<CommitGuard>,
    ) -> Result<(Library<()>, Arc<RepositoryBackend>), VaultError> {
        let backend = RepositoryBackend::new(self.store.clone(), self.fence.clone(), guard);
        let backend = Arc::new(backend.keeping(self.keep.clone()));
        let as_library: Arc<dyn WriteBackend> = backend.clone();
        let options = RepositoryOptions::default().no_cache(true);
        let library = Library::new(&options, &RepositoryBackends::new(as_library, None));
        Ok((library.map_err(writing)?, backend))
    }

    /// A fresh handle without an index.
    pub(crate) fn handle(
        &self,
        guard: Option<&CommitGuard>,
    ) -> Result<Handle<OpenStatus>, VaultError> {
        let (library, backend) = self.library(guard.cloned())?;
        let library = library.open(&self.credentials).map_err(reading)?;
        let config = library.config();
        let is_ours = config.version == FORMAT_VERSION
            && config.chunker() == Chunker::FixedSize
            && u32::try_from(config.chunk_size()) == Ok(BLOCK_BYTES);
        if is_ours {
            Ok(Handle { library, backend })
        } else {
            let text = "a restic repository with other settings than ours";
            Err(VaultError::Unsupported(text.to_owned()))
        }
    }

    /// A fresh handle that knows where every blob lies (48 bytes of memory each).
    pub(crate) fn indexed(
        &self,
        guard: Option<&CommitGuard>,
    ) -> Result<Handle<IndexedFullStatus>, VaultError> {
        self.with_index(guard, Library::to_indexed)
    }

    /// A fresh handle that knows which data blobs there are (32 bytes of memory each).
    pub(crate) fn indexed_ids(
        &self,
        guard: Option<&CommitGuard>,
    ) -> Result<Handle<IndexedIdsStatus>, VaultError> {
        self.with_index(guard, Library::to_indexed_ids)
    }

    /// `read`, again when a prune that runs beside us replaced what was listed.
    pub(crate) fn read_again<T>(
        &self,
        read: impl Fn(&Library<OpenStatus>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let mut attempt = 1;
        loop {
            match read(&self.handle(None)?.library) {
                Err(VaultError::Damaged(_)) if attempt < INDEX_ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    fn with_index<S>(
        &self,
        guard: Option<&CommitGuard>,
        load: fn(Library<OpenStatus>) -> rustic_core::RusticResult<Library<S>>,
    ) -> Result<Handle<S>, VaultError> {
        let mut attempt = 1;
        loop {
            let Handle { library, backend } = self.handle(guard)?;
            match load(library).map_err(reading) {
                Ok(library) => return Ok(Handle { library, backend }),
                // A prune that runs beside us writes new index files, then removes the old ones: a file
                // that was listed may be gone when it is read.
                Err(VaultError::Damaged(_)) if attempt < INDEX_ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

/// Keeps the alias in one place.
pub(crate) fn shared(
    handle: Handle<IndexedFullStatus>,
) -> (Arc<FullRepository>, Arc<RepositoryBackend>) {
    (Arc::new(handle.library), handle.backend)
}
