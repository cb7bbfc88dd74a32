//! A store in a folder of this machine.
//!
//! Not for immutability: whoever owns the disk can remove files. Invariant: an object appears under its name
//! only when all its bytes are on stable storage, and its name is on stable storage when the call returns.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use jiff::Timestamp;
use tempfile::NamedTempFile;

use super::{ObjectInfo, ObjectStore, StoreError, check_key};

/// Folder, under the root, for files that are not complete yet: same file system, never listed.
const TEMPORARY: &str = ".tmp";

/// Objects as files below one folder.
#[derive(Clone, Debug)]
pub struct FolderStore {
    root: PathBuf,
}

impl FolderStore {
    /// Opens a folder that exists. A missing one is an error and not an empty store: it may be a disk that
    /// is not mounted.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let root = root.into();
        let metadata = fs::metadata(&root).map_err(|e| store_error(&e, &root))?;
        if metadata.is_dir() {
            Ok(Self { root })
        } else {
            Err(StoreError::Io(format!(
                "{} is not a folder",
                root.display()
            )))
        }
    }

    /// Makes the folder and what is missing above it (mode 0700), then opens it.
    pub fn create(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let root = root.into();
        make_folders(&root).map_err(|e| store_error(&e, &root))?;
        Self::open(root)
    }

    /// The store's root folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Removes what writers that died left behind: incomplete files last touched before `before`. Returns how
    /// many. Give at least a day, or a file that a live writer still fills may go.
    pub fn remove_stale_temporaries(&self, before: Timestamp) -> Result<u64, StoreError> {
        let folder = self.root.join(TEMPORARY);
        let entries = match fs::read_dir(&folder) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(0),
            entries => entries.map_err(|e| store_error(&e, &folder))?,
        };
        let mut removed = 0;
        for entry in entries {
            let path = entry.map_err(|e| store_error(&e, &folder))?.path();
            let touched = fs::metadata(&path).and_then(|m| m.modified());
            let touched = touched.map_err(|e| store_error(&e, &path))?;
            let is_stale = Timestamp::try_from(touched).is_ok_and(|touched| touched < before);
            if is_stale {
                fs::remove_file(&path).map_err(|e| store_error(&e, &path))?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn path(&self, key: &str) -> Result<PathBuf, StoreError> {
        check_key(key)?;
        Ok(self.root.join(key))
    }

    /// The bytes in a complete, synced file that does not have its name yet.
    fn stage(&self, data: &[u8]) -> io::Result<NamedTempFile> {
        let folder = self.root.join(TEMPORARY);
        let mut file = match NamedTempFile::new_in(&folder) {
            Err(e) if e.kind() == io::ErrorKind::NotFound && self.root.is_dir() => {
                make_folders(&folder)?;
                NamedTempFile::new_in(&folder)?
            }
            file => file?,
        };
        file.write_all(data)?;
        file.as_file().sync_all()?;
        Ok(file)
    }
}

impl ObjectStore for FolderStore {
    fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>, StoreError> {
        fs::metadata(&self.root).map_err(|e| store_error(&e, &self.root))?;
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut found = Vec::new();
        walk(&self.root, folder, &mut found)?;
        found.retain(|object| object.key.starts_with(prefix));
        Ok(found)
    }

    fn read(&self, key: &str) -> Result<Bytes, StoreError> {
        let path = self.path(key)?;
        fs::read(&path)
            .map(Bytes::from)
            .map_err(|e| object_error(&e, key, &path))
    }

    fn read_range(&self, key: &str, offset: u64, length: u32) -> Result<Bytes, StoreError> {
        let path = self.path(key)?;
        let length = usize::try_from(length).map_err(|e| StoreError::Io(e.to_string()))?;
        let mut buffer = vec![0; length];
        File::open(&path)
            .and_then(|file| file.read_exact_at(&mut buffer, offset))
            .map_err(|e| object_error(&e, key, &path))?;
        Ok(buffer.into())
    }

    fn create(&self, key: &str, data: Bytes) -> Result<(), StoreError> {
        let path = self.path(key)?;
        let failed = |e: io::Error| store_error(&e, &path);
        let staged = self.stage(&data).map_err(failed)?;
        let folder = path.parent().unwrap_or(&self.root);
        make_folders(folder).map_err(failed)?;
        match staged.persist_noclobber(&path) {
            Ok(_file) => {}
            Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => {
                if fs::read(&path).map_err(failed)? != data {
                    return Err(StoreError::AlreadyExists(key.to_owned()));
                }
            }
            Err(e) => return Err(failed(e.error)),
        }
        sync_folder(folder).map_err(failed)
    }

    fn replace(&self, key: &str, data: Bytes) -> Result<(), StoreError> {
        let path = self.path(key)?;
        let failed = |e: io::Error| store_error(&e, &path);
        let staged = self.stage(&data).map_err(failed)?;
        let folder = path.parent().unwrap_or(&self.root);
        make_folders(folder).map_err(failed)?;
        staged.persist(&path).map_err(|e| failed(e.error))?;
        sync_folder(folder).map_err(failed)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        let path = self.path(key)?;
        fs::remove_file(&path).map_err(|e| object_error(&e, key, &path))?;
        sync_folder(path.parent().unwrap_or(&self.root)).map_err(|e| store_error(&e, &path))
    }

    fn describe(&self) -> String {
        format!("folder {}", self.root.display())
    }
}

fn walk(root: &Path, folder: &str, found: &mut Vec<ObjectInfo>) -> Result<(), StoreError> {
    let path = root.join(folder);
    let failed = |e: io::Error| store_error(&e, &path);
    let entries = match fs::read_dir(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(failed)?,
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let key = if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        };
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => walk(root, &key, found)?,
            Ok(metadata) if metadata.is_file() => {
                found.push(ObjectInfo {
                    key,
                    size: metadata.len(),
                });
            }
            Ok(_neither) => {}
            // Deleted by somebody else since the folder was read: not part of the answer.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(failed(e)),
        }
    }
    Ok(())
}

/// Makes a folder and what is missing above it, and syncs each new name into its parent.
fn make_folders(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    make_folders(parent)?;
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
        Ok(()) | Err(_) => sync_folder(parent),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn object_error(error: &io::Error, key: &str, path: &Path) -> StoreError {
    if error.kind() == io::ErrorKind::NotFound {
        StoreError::NotFound(key.to_owned())
    } else if error.kind() == io::ErrorKind::UnexpectedEof {
        StoreError::Corrupt(format!("{key} ends before the range that was asked for"))
    } else {
        store_error(error, path)
    }
}

fn store_error(error: &io::Error, path: &Path) -> StoreError {
    let text = format!("{}: {error}", path.display());
    let is_full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
    let is_denied = [
        io::ErrorKind::PermissionDenied,
        io::ErrorKind::ReadOnlyFilesystem,
    ];
    if is_full.contains(&error.kind()) {
        StoreError::Full(text)
    } else if is_denied.contains(&error.kind()) {
        StoreError::Denied(text)
    } else {
        StoreError::Io(text)
    }
}
