//! A bucket with versions and Object Lock, in memory, with a clock that a test moves.
//!
//! Not for what the real one does (`tests/it/object_lock.rs`). Invariant: it deletes no version that is kept.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use crate::*;

#[derive(Clone, Debug)]
struct Version {
    id: String,
    written_at: Timestamp,
    /// None for a marker.
    data: Option<Bytes>,
    until: Option<Timestamp>,
}

#[derive(Debug)]
pub(super) struct LockedStore {
    /// By key, newest last.
    versions: Mutex<BTreeMap<String, Vec<Version>>>,
    now: Mutex<Timestamp>,
    written: AtomicI64,
    /// Whether it deletes what it should keep.
    pub(super) is_lax: AtomicBool,
}

impl LockedStore {
    pub(super) fn new(now: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            versions: Mutex::default(),
            now: Mutex::new(now),
            written: AtomicI64::new(0),
            is_lax: AtomicBool::new(false),
        })
    }

    pub(super) fn set_now(&self, now: Timestamp) {
        *self.now.lock() = now;
    }

    /// What is seen, as a folder would hold it.
    pub(super) fn seen(&self) -> BTreeMap<String, Bytes> {
        let versions = self.versions.lock();
        let last =
            |(key, all): (&String, &Vec<Version>)| Some((key.clone(), all.last()?.data.clone()?));
        versions.iter().filter_map(last).collect()
    }

    fn add(&self, key: &str, data: Option<Bytes>, until: Option<Timestamp>) {
        let number = self.written.fetch_add(1, Ordering::SeqCst);
        let version = Version {
            id: format!("v{number}"),
            written_at: *self.now.lock() + SignedDuration::from_secs(number),
            data,
            until,
        };
        let mut versions = self.versions.lock();
        versions.entry(key.to_owned()).or_default().push(version);
    }

    fn create(&self, key: &str, data: Bytes, until: Option<Timestamp>) -> Result<(), StoreError> {
        match self.read(key) {
            Ok(there) if there == data => Ok(()),
            Ok(_) => Err(StoreError::AlreadyExists(key.to_owned())),
            Err(_) => {
                self.add(key, Some(data), until);
                Ok(())
            }
        }
    }

    fn missing(key: &str) -> StoreError {
        StoreError::NotFound(key.to_owned())
    }

    fn current(&self, key: &str) -> Result<String, StoreError> {
        self.read(key)?;
        let versions = self.versions.lock();
        Ok(versions[key].last().unwrap().id.clone())
    }
}

impl ObjectStore for LockedStore {
    fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>, StoreError> {
        let seen = self.seen().into_iter();
        let seen = seen.filter(|(key, _)| key.starts_with(prefix));
        Ok(seen
            .map(|(key, data)| ObjectInfo {
                key,
                size: data.len() as u64,
            })
            .collect())
    }

    fn read(&self, key: &str) -> Result<Bytes, StoreError> {
        let versions = self.versions.lock();
        let last = versions.get(key).and_then(|all| all.last());
        last.and_then(|last| last.data.clone())
            .ok_or_else(|| Self::missing(key))
    }

    fn read_range(&self, key: &str, offset: u64, length: u32) -> Result<Bytes, StoreError> {
        let data = self.read(key)?;
        let start = offset as usize;
        Ok(data.slice(start..start + length as usize))
    }

    fn create(&self, key: &str, data: Bytes) -> Result<(), StoreError> {
        Self::create(self, key, data, None)
    }

    fn replace(&self, key: &str, data: Bytes) -> Result<(), StoreError> {
        self.add(key, Some(data), None);
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        let version = self.current(key)?;
        self.delete_version(key, &version)
    }

    fn object_lock(&self) -> Option<&dyn ObjectLock> {
        Some(self)
    }
}

impl ObjectLock for LockedStore {
    fn missing(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    fn create_until(&self, key: &str, data: Bytes, until: Timestamp) -> Result<(), StoreError> {
        Self::create(self, key, data, Some(until))
    }

    fn extend(&self, key: &str, until: Timestamp) -> Result<(), StoreError> {
        self.read(key)?;
        let mut versions = self.versions.lock();
        let last = versions.get_mut(key).unwrap().last_mut().unwrap();
        if last.until.is_some_and(|kept| kept > until) {
            return Err(StoreError::Denied("shorter".to_owned()));
        }
        last.until = Some(until);
        Ok(())
    }

    fn kept_until(
        &self,
        key: &str,
        version: Option<&str>,
    ) -> Result<Option<Timestamp>, StoreError> {
        let current = version.map_or_else(|| self.current(key), |id| Ok(id.to_owned()))?;
        let versions = self.versions.lock();
        let found = versions[key].iter().find(|one| one.id == current);
        found
            .map(|found| found.until)
            .ok_or_else(|| Self::missing(key))
    }

    fn hide(&self, key: &str) -> Result<(), StoreError> {
        self.add(key, None, None);
        Ok(())
    }

    fn versions(&self, prefix: &str) -> Result<Vec<ObjectVersion>, StoreError> {
        let versions = self.versions.lock();
        let below = versions.iter().filter(|(key, _)| key.starts_with(prefix));
        let all = below.flat_map(|(key, all)| all.iter().rev().map(move |one| (key, one)));
        Ok(all
            .map(|(key, one)| ObjectVersion {
                key: key.clone(),
                version: one.id.clone(),
                is_marker: one.data.is_none(),
                written_at: one.written_at,
            })
            .collect())
    }

    fn delete_version(&self, key: &str, version: &str) -> Result<(), StoreError> {
        let now = *self.now.lock();
        let mut versions = self.versions.lock();
        let all = versions.get_mut(key).ok_or_else(|| Self::missing(key))?;
        let is_kept = |one: &Version| one.until.is_some_and(|until| until > now);
        let found = all.iter().find(|one| one.id == version);
        if found.is_some_and(is_kept) && !self.is_lax.load(Ordering::SeqCst) {
            return Err(StoreError::Locked(key.to_owned()));
        }
        all.retain(|one| one.id != version);
        if all.is_empty() {
            versions.remove(key);
        }
        Ok(())
    }
}
