//! Keeps a repository's objects in a store with Object Lock, and finds those again that somebody hid.
//!
//! Not for how long (`domain`), nor for single calls (`backend/object_lock.rs`). Invariant: what is extended is everything that
//! the snapshots of the moment need; what is brought back is only what the store still keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use jiff::Timestamp;
use parking_lot::Mutex;
use rustic_core::repofile::{IndexFile, IndexId};

use crate::backend::{ObjectLock, ObjectStore, ObjectVersion, StoreError};
use crate::error::{VaultError, reading};
use crate::probe::PROBE_PREFIX;
use crate::repository::Repository;
use crate::snapshot::SnapshotId;
use crate::source::Progress;

/// Requests to extend that are under way at once: each takes some 20 ms of waiting.
const EXTENDERS: usize = 16;
/// Where signed heads of the repository lie, named by their number with 20 digits. Whoever writes them removes the old ones.
pub const HEADS_PREFIX: &str = "holdfast/heads/";
/// Folders whose objects are named by their content, so that only their first version can be ours.
const WRITE_ONCE: &[&str] = &["data/", "index/", "keys/", "snapshots/"];

impl Repository {
    /// Has the store keep everything that the snapshots of this moment need until `until`, and gives how many objects that
    /// were. One request each; doing it again does no harm.
    pub fn extend_all(&self, until: Timestamp, progress: &dyn Progress) -> Result<u64, VaultError> {
        let lock = self.lock()?;
        let needed = self.needed_packs()?;
        let mut keys = Vec::new();
        for object in self.store().list("")? {
            let is_needed = match object.key.strip_prefix("data/") {
                Some(pack) => needed.contains(name_of(pack)),
                None => !object.key.starts_with(PROBE_PREFIX),
            };
            if is_needed {
                keys.push(object.key);
            }
        }
        let count = u64::try_from(keys.len()).unwrap_or(u64::MAX);
        progress.started(count);
        extend(lock, &keys, until, progress)?;
        Ok(count)
    }

    /// Brings index files back that somebody hid while packs need them; gives their keys. Call [`uncover`] first.
    pub fn uncover_indexes(&self, now: Timestamp) -> Result<Vec<String>, VaultError> {
        let lock = self.lock()?;
        let mut hidden = hidden(lock, "index/", now)?;
        if hidden.is_empty() {
            return Ok(Vec::new());
        }
        let mut missing = self.packs_without_index()?;
        hidden.sort_by_key(|one| std::cmp::Reverse(one.kept.written_at));
        let mut back = Vec::new();
        for one in hidden {
            if missing.is_empty() {
                break;
            }
            one.bring_back(lock)?;
            let named = self.named_by(&one.kept.key)?;
            let before = missing.len();
            missing.retain(|pack| !named.contains(pack));
            if missing.len() < before {
                back.push(one.kept.key);
            } else {
                // A prune replaced it, and whoever reads it would take marked packs for needed ones.
                lock.hide(&one.kept.key)?;
            }
        }
        Ok(back)
    }

    fn lock(&self) -> Result<&dyn ObjectLock, VaultError> {
        self.store().object_lock().ok_or_else(|| {
            let text = format!("{} has no object lock", self.store().describe());
            VaultError::Refused(text)
        })
    }

    /// Packs in use, by their names; those that a prune marked are not.
    fn needed_packs(&self) -> Result<BTreeSet<String>, VaultError> {
        self.packs(false)
    }

    fn packs(&self, with_marked: bool) -> Result<BTreeSet<String>, VaultError> {
        self.read_again(|library| {
            let mut packs = BTreeSet::new();
            for file in library.stream_files::<IndexFile>().map_err(reading)? {
                let (_, index) = file.map_err(reading)?;
                packs.extend(names(&index, with_marked));
            }
            Ok(packs)
        })
    }

    /// Packs in the store that no index names, not even as marked.
    fn packs_without_index(&self) -> Result<BTreeSet<String>, VaultError> {
        // The packs first: a writer stores a pack before the index that names it.
        let stored = self.store().list("data/")?;
        let indexed = self.packs(true)?;
        let names = stored
            .iter()
            .map(|object| name_of(&object.key))
            .filter(|name| !indexed.contains(*name));
        Ok(names.map(str::to_owned).collect())
    }

    fn named_by(&self, key: &str) -> Result<BTreeSet<String>, VaultError> {
        let id: IndexId = name_of(key)
            .parse()
            .map_err(|_error| VaultError::Damaged(format!("{key} is no index file")))?;
        let handle = self.handle(None)?;
        let index: IndexFile = handle.library.get_file(&id).map_err(reading)?;
        Ok(names(&index, true).into_iter().collect())
    }
}

/// Brings back what somebody hid although the store still keeps it at `now`, and gives the keys: everything but index files
/// ([`Repository::uncover_indexes`]) and snapshots that are not among the `known`. Needs no key, because without `config`
/// nothing opens.
pub fn uncover(
    store: &dyn ObjectStore,
    known: &BTreeSet<SnapshotId>,
    now: Timestamp,
) -> Result<Vec<String>, VaultError> {
    let Some(lock) = store.object_lock() else {
        return Ok(Vec::new());
    };
    let mut back = Vec::new();
    for one in hidden(lock, "", now)? {
        let key = &one.kept.key;
        let is_wanted = if let Some(id) = key.strip_prefix("snapshots/") {
            // A prune or an expiry of ours hides what it forgets and the store still keeps.
            id.parse().is_ok_and(|id| known.contains(&id))
        } else {
            let goes_by_itself = ["index/", PROBE_PREFIX, HEADS_PREFIX];
            !goes_by_itself.iter().any(|prefix| key.starts_with(prefix))
        };
        if is_wanted {
            one.bring_back(lock)?;
            back.push(key.clone());
        }
    }
    Ok(back)
}

/// A version that the store keeps, below others that hide it.
struct Hidden {
    kept: ObjectVersion,
    above: Vec<ObjectVersion>,
}

impl Hidden {
    fn bring_back(&self, lock: &dyn ObjectLock) -> Result<(), VaultError> {
        for version in &self.above {
            lock.delete_version(&version.key, &version.version)?;
        }
        Ok(())
    }
}

/// What is hidden below `prefix` although the store keeps it at `now`.
fn hidden(lock: &dyn ObjectLock, prefix: &str, now: Timestamp) -> Result<Vec<Hidden>, VaultError> {
    let mut by_key: BTreeMap<String, Vec<ObjectVersion>> = BTreeMap::new();
    for version in lock.versions(prefix)? {
        by_key.entry(version.key.clone()).or_default().push(version);
    }
    let mut found = Vec::new();
    for (key, mut versions) in by_key {
        let is_write_once = WRITE_ONCE.iter().any(|folder| key.starts_with(folder));
        let ours = if is_write_once {
            versions.iter().rposition(|version| !version.is_marker)
        } else {
            versions.iter().position(|version| !version.is_marker)
        };
        let Some(ours) = ours.filter(|ours| *ours > 0) else {
            continue;
        };
        let Some(kept) = versions.drain(ours..).next() else {
            continue;
        };
        let until = lock.kept_until(&key, Some(&kept.version))?;
        if until.is_some_and(|until| until > now) {
            let above = versions;
            found.push(Hidden { kept, above });
        }
    }
    Ok(found)
}

fn extend(
    lock: &dyn ObjectLock,
    keys: &[String],
    until: Timestamp,
    progress: &dyn Progress,
) -> Result<(), VaultError> {
    let next = AtomicUsize::new(0);
    let failed: Mutex<Option<VaultError>> = Mutex::new(None);
    let work = || {
        while let Some(key) = keys.get(next.fetch_add(1, Ordering::Relaxed)) {
            let done = if progress.is_cancelled() {
                Err(VaultError::Cancelled)
            } else {
                extend_one(lock, key, until)
            };
            if let Err(error) = done {
                failed.lock().get_or_insert(error);
                next.store(keys.len(), Ordering::Relaxed);
                return;
            }
            progress.advanced(1);
        }
    };
    thread::scope(|scope| {
        for _ in 0..EXTENDERS.min(keys.len()) {
            scope.spawn(work);
        }
    });
    failed.into_inner().map_or(Ok(()), Err)
}

fn extend_one(lock: &dyn ObjectLock, key: &str, until: Timestamp) -> Result<(), VaultError> {
    match lock.extend(key, until) {
        // Replaced or forgotten since the list was made.
        Err(StoreError::NotFound(_)) if !key.starts_with("data/") => Ok(()),
        // Somebody who looks from afar sees no difference between "no" and "it is kept for longer already".
        Err(StoreError::Denied(text)) => match lock.kept_until(key, None)? {
            Some(kept) if kept >= until => Ok(()),
            Some(_) | None => Err(StoreError::Denied(text).into()),
        },
        done => Ok(done?),
    }
}

fn names(index: &IndexFile, with_marked: bool) -> Vec<String> {
    let marked = index.packs_to_delete.iter().filter(move |_| with_marked);
    let packs = index.packs.iter().chain(marked);
    packs
        .map(|pack| pack.id.to_hex().as_str().to_owned())
        .collect()
}

/// The last part of a key.
fn name_of(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}
