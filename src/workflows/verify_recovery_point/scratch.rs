//! The scratch place: where recovery points are restored to be looked at, and nothing else.
//!
//! Not for restores that somebody asked for. Invariants: a task has one folder, named by its id, and whoever finds a folder of a
//! task that has ended removes it; room is reserved before the first byte is written.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use domain::TaskId;
use parking_lot::Mutex;
use store::Store;

use crate::services::VerificationSettings;

/// Bytes that must stay free on the disk, beyond what the restore takes.
const SPARE_BYTES: u64 = 256 * 1024 * 1024;
/// Bytes of a block, as `st_blocks` counts.
const STAT_BLOCK_BYTES: u64 = 512;
/// File that says how much a folder may come to take.
const RESERVED: &str = "reserved";
/// The restored image.
const IMAGE: &str = "image";

/// Two tasks of this process must not reserve the same room.
static RESERVING: Mutex<()> = Mutex::new(());

/// Why there is no scratch place.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScratchError {
    /// It is larger than all scratch restores together may be.
    #[error(
        "it takes {needed} bytes, and scratch restores may take {budget} (verification.scratch_gib)"
    )]
    TooLarge {
        /// What is needed.
        needed: u64,
        /// What there is in all.
        budget: u64,
    },
    /// Others take the room now, or the disk is full.
    #[error("it takes {needed} bytes, and {left} are left")]
    NoRoom {
        /// What is needed.
        needed: u64,
        /// What is left.
        left: u64,
    },
    /// The folder cannot be used.
    #[error("{path}: {error}")]
    Io {
        /// Which.
        path: String,
        /// Why.
        error: io::Error,
    },
}

/// The folder of one task; gone when this is dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// Makes the folder of a task, once `needed` bytes are there for it. What an earlier attempt left is removed first. Blocks.
    pub(super) fn reserve(
        settings: &VerificationSettings,
        task: TaskId,
        needed: u64,
    ) -> Result<Self, ScratchError> {
        let root = &settings.scratch_folder;
        let at = |path: &Path| {
            let path = path.display().to_string();
            move |error| ScratchError::Io { path, error }
        };
        remove(root, task).map_err(at(root))?;
        let budget = settings.scratch_bytes;
        if needed > budget {
            return Err(ScratchError::TooLarge { needed, budget });
        }
        let _alone = RESERVING.lock();
        let make = |folder: &Path| DirBuilder::new().recursive(true).mode(0o700).create(folder);
        make(root).map_err(at(root))?;
        let taken = taken(root).map_err(at(root))?;
        let disk = rustix::fs::statvfs(root.as_path()).map_err(|error| at(root)(error.into()))?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let left = budget
            .saturating_sub(taken)
            .min(free.saturating_sub(SPARE_BYTES));
        if needed > left {
            return Err(ScratchError::NoRoom { needed, left });
        }
        let folder = root.join(task.to_string());
        make(&folder).map_err(at(&folder))?;
        let reserved = folder.join(RESERVED);
        fs::write(&reserved, needed.to_string()).map_err(at(&reserved))?;
        Ok(Self { folder })
    }

    /// Where the image goes.
    pub(super) fn image(&self) -> PathBuf {
        self.folder.join(IMAGE)
    }

    /// Where a part of the image goes.
    pub(super) fn part(&self, number: u32) -> PathBuf {
        self.folder.join(format!("part-{number}"))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, folder = %self.folder.display(), "a scratch folder stays for the next sweep");
        }
    }
}

/// Removes what tasks left behind that have ended, such as on a server that was killed.
pub(crate) async fn sweep(
    store: &Store,
    settings: &VerificationSettings,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let root = settings.scratch_folder.clone();
    let for_owners = root.clone();
    let owners = tokio::task::spawn_blocking(move || owners(&for_owners)).await??;
    if owners.is_empty() {
        return Ok(());
    }
    let states = store::tasks::queue::system_states(&store.read(), &owners).await?;
    let has_ended = |id: &TaskId| {
        states
            .get(id)
            .is_none_or(|(_, status, _)| status.is_final())
    };
    let ended: Vec<TaskId> = owners.into_iter().filter(has_ended).collect();
    let removal = move || ended.iter().try_for_each(|task| remove(&root, *task));
    tokio::task::spawn_blocking(removal).await??;
    Ok(())
}

/// Removes the folder of a task; `Ok` when there is none. Blocks.
pub(super) fn remove(root: &Path, task: TaskId) -> io::Result<()> {
    match fs::remove_dir_all(root.join(task.to_string())) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Tasks that have a folder here. Blocks.
fn owners(root: &Path) -> io::Result<Vec<TaskId>> {
    let entries = match fs::read_dir(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut owners = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        owners.extend(name.to_str().and_then(|name| name.parse::<TaskId>().ok()));
    }
    Ok(owners)
}

/// Bytes that all folders take, or have reserved where that is more.
fn taken(root: &Path) -> io::Result<u64> {
    let mut sum = 0_u64;
    for entry in fs::read_dir(root)? {
        let folder = entry?.path();
        if !folder.is_dir() {
            continue;
        }
        let mut on_disk = 0_u64;
        let mut reserved = 0;
        for file in fs::read_dir(&folder)? {
            let file = file?;
            on_disk = on_disk.saturating_add(file.metadata()?.blocks() * STAT_BLOCK_BYTES);
            if file.file_name() == RESERVED {
                reserved = fs::read_to_string(file.path())?.parse().unwrap_or(0);
            }
        }
        sum = sum.saturating_add(on_disk.max(reserved));
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn settings(root: &Path, bytes: u64) -> VerificationSettings {
        VerificationSettings {
            scratch_folder: root.join("scratch"),
            scratch_bytes: bytes,
            concurrent_max: 2,
            bytes_per_day: 1,
        }
    }

    fn task(number: u128) -> TaskId {
        TaskId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn room_is_reserved_before_it_is_used_and_given_back() {
        let root = tempfile::tempdir().unwrap();
        let settings = settings(root.path(), 1_000_000);
        let first = Scratch::reserve(&settings, task(1), 600_000).unwrap();
        let refused = Scratch::reserve(&settings, task(2), 600_000);
        assert!(matches!(refused, Err(ScratchError::NoRoom { .. })));
        let never = Scratch::reserve(&settings, task(2), 1_000_001);
        assert!(matches!(never, Err(ScratchError::TooLarge { .. })));
        drop(first);
        assert!(Scratch::reserve(&settings, task(2), 600_000).is_ok());
        assert_eq!(owners(&settings.scratch_folder).unwrap(), []);
    }

    #[test]
    fn what_a_dead_attempt_left_does_not_stand_in_the_way() {
        let root = tempfile::tempdir().unwrap();
        let settings = settings(root.path(), 1_000_000);
        let dead = Scratch::reserve(&settings, task(1), 900_000).unwrap();
        fs::write(dead.image(), "half").unwrap();
        std::mem::forget(dead);
        assert_eq!(owners(&settings.scratch_folder).unwrap(), [task(1)]);
        let again = Scratch::reserve(&settings, task(1), 900_000).unwrap();
        assert!(!again.image().exists());
        drop(again);
        remove(&settings.scratch_folder, task(1)).unwrap();
    }
}
