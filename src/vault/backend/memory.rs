//! A store in memory, for tests.
//!
//! Not for anything that must outlive the process. Invariant: it keeps the same rules as every other store
//! (create-only, complete lists), so that a test with it says something about them.

use std::collections::BTreeMap;

use bytes::Bytes;
use parking_lot::Mutex;

use super::{ObjectInfo, ObjectStore, StoreError, check_key};

/// Objects in a map.
#[derive(Debug, Default)]
pub struct MemoryStore {
    objects: Mutex<BTreeMap<String, Bytes>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A store that holds these objects.
    #[must_use]
    pub fn from_objects(objects: BTreeMap<String, Bytes>) -> Self {
        Self {
            objects: Mutex::new(objects),
        }
    }

    /// A copy of all objects (cheap: their bytes are shared).
    #[must_use]
    pub fn objects(&self) -> BTreeMap<String, Bytes> {
        self.objects.lock().clone()
    }
}

impl ObjectStore for MemoryStore {
    fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>, StoreError> {
        let size = |data: &Bytes| u64::try_from(data.len()).unwrap_or(u64::MAX);
        let objects = self.objects.lock();
        Ok(objects
            .iter()
            .filter(|(key, _)| key.starts_with(prefix))
            .map(|(key, data)| ObjectInfo {
                key: key.clone(),
                size: size(data),
            })
            .collect())
    }

    fn read(&self, key: &str) -> Result<Bytes, StoreError> {
        check_key(key)?;
        let objects = self.objects.lock();
        objects
            .get(key)
            .cloned()
            .ok_or_else(|| StoreError::NotFound(key.to_owned()))
    }

    fn read_range(&self, key: &str, offset: u64, length: u32) -> Result<Bytes, StoreError> {
        let data = self.read(key)?;
        let range = usize::try_from(offset)
            .ok()
            .zip(usize::try_from(length).ok());
        range
            .and_then(|(start, length)| Some(start..start.checked_add(length)?))
            .filter(|range| range.end <= data.len())
            .map(|range| data.slice(range))
            .ok_or_else(|| StoreError::Corrupt(format!("{key} ends before the range asked for")))
    }

    fn create(&self, key: &str, data: Bytes) -> Result<(), StoreError> {
        check_key(key)?;
        let mut objects = self.objects.lock();
        match objects.get(key) {
            None => {
                objects.insert(key.to_owned(), data);
                Ok(())
            }
            Some(there) if *there == data => Ok(()),
            Some(_) => Err(StoreError::AlreadyExists(key.to_owned())),
        }
    }

    fn replace(&self, key: &str, data: Bytes) -> Result<(), StoreError> {
        check_key(key)?;
        self.objects.lock().insert(key.to_owned(), data);
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        check_key(key)?;
        let gone = self.objects.lock().remove(key);
        gone.map(|_| ())
            .ok_or_else(|| StoreError::NotFound(key.to_owned()))
    }

    fn describe(&self) -> String {
        "memory".to_owned()
    }
}
