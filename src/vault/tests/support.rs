//! Images, sources, sinks and stores for the tests.
//!
//! Not for tests themselves. Invariant: everything is made from a seed, so a failure can be run again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use jiff::Timestamp;
use parking_lot::Mutex;

use crate::*;

pub(crate) const SEGMENT: usize = SEGMENT_BYTES as usize;
pub(crate) const BLOCK: usize = BLOCK_BYTES as usize;

/// Small and good enough: xorshift.
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub(crate) fn fill(&mut self, data: &mut [u8]) {
        for part in data.chunks_mut(8) {
            let bytes = self.next().to_le_bytes();
            part.copy_from_slice(&bytes[..part.len()]);
        }
    }
}

/// An image in memory: half random, half compressible, from a seed.
pub(crate) fn image(size: usize, seed: u64) -> Vec<u8> {
    let mut random = Random(seed | 1);
    let mut data = vec![0; size];
    for (number, block) in data.chunks_mut(BLOCK).enumerate() {
        if number % 2 == 0 {
            random.fill(block);
        } else {
            let word = random.next().to_le_bytes();
            block
                .iter_mut()
                .zip(word.iter().cycle())
                .for_each(|(byte, value)| *byte = *value);
        }
    }
    data
}

/// A source in memory that counts, and that fails when told to.
#[derive(Debug, Default)]
pub(crate) struct TestSource {
    pub(crate) data: Vec<u8>,
    /// With a base: the segments that changed. `None` for a full backup.
    pub(crate) changed: Option<BTreeSet<u32>>,
    pub(crate) fail_at: Option<u32>,
    /// Whether what fails can be tried again.
    pub(crate) fails_for_good: bool,
    pub(crate) short_at: Option<u32>,
    pub(crate) long_at: Option<u32>,
    /// A segment that is listed once more, or behind the end.
    pub(crate) also_listed: Option<u32>,
    pub(crate) give_digests: bool,
    pub(crate) wrong_digest_at: Option<u32>,
    pub(crate) reads: Mutex<Vec<u32>>,
}

impl TestSource {
    pub(crate) fn full(data: Vec<u8>) -> Self {
        Self {
            data,
            ..Self::default()
        }
    }

    pub(crate) fn changed(data: Vec<u8>, changed: &[u32]) -> Self {
        Self {
            data,
            changed: Some(changed.iter().copied().collect()),
            ..Self::default()
        }
    }

    pub(crate) fn reads(&self) -> Vec<u32> {
        let mut reads = self.reads.lock().clone();
        reads.sort_unstable();
        reads
    }

    fn segment(&self, index: u32) -> &[u8] {
        let start = index as usize * SEGMENT;
        &self.data[start..(start + SEGMENT).min(self.data.len())]
    }
}

impl ImageSource for TestSource {
    fn size_bytes(&self) -> u64 {
        self.data.len() as u64
    }

    fn segments(&self) -> Result<Vec<Segment>, SourceError> {
        let is_zero = |index: u32| self.segment(index).iter().all(|byte| *byte == 0);
        let state = |index| match &self.changed {
            Some(changed) if !changed.contains(&index) => SegmentState::Unchanged,
            _ => SegmentState::Present,
        };
        let listed = (0..segment_count(self.size_bytes())).filter(|index| !is_zero(*index));
        let listed = listed.chain(self.also_listed).map(|index| Segment {
            index,
            state: state(index),
        });
        Ok(listed.collect())
    }

    fn read_segment(
        &self,
        index: u32,
        base: Option<&ImageReader>,
    ) -> Result<SegmentData, SourceError> {
        self.reads.lock().push(index);
        if self.fail_at == Some(index) {
            return Err(SourceError::new(
                "planted source error",
                !self.fails_for_good,
            ));
        }
        // As an incremental source does: what it takes from the base must be what it was.
        if let Some(base) = base.filter(|base| base.has_segment(index)) {
            let mut first = vec![0; self.segment(index).len().min(100)];
            base.read_at(segment_offset(index), &mut first)
                .map_err(|e| SourceError::new(e, false))?;
        }
        let data = self.segment(index);
        let mut block_digests: Vec<_> = if self.give_digests {
            data.chunks(BLOCK).map(Digest::of).collect()
        } else {
            Vec::new()
        };
        if self.wrong_digest_at == Some(index) {
            block_digests[0] = Digest::of(b"other");
        }
        let mut bytes = if self.short_at == Some(index) {
            data[1..].to_vec()
        } else {
            data.to_vec()
        };
        if self.long_at == Some(index) {
            bytes.push(0);
        }
        Ok(SegmentData {
            bytes: bytes.into(),
            block_digests,
        })
    }
}

#[derive(Debug)]
pub(crate) struct VecSink(pub(crate) Mutex<Vec<u8>>);

impl SegmentSink for VecSink {
    fn write_segment(&self, offset: u64, data: &[u8]) -> Result<(), SinkError> {
        let start = offset as usize;
        self.0.lock()[start..start + data.len()].copy_from_slice(data);
        Ok(())
    }
}

pub(crate) fn key() -> MasterKey {
    MasterKey::generate().unwrap()
}

pub(crate) fn point(number: i64) -> NewPoint {
    NewPoint {
        labels: PointLabels {
            asset_id: "vol-0123456789abcdef0".to_owned(),
            asset_kind: "ebs-volume".to_owned(),
            recovery_point_id: format!("recovery_point_{number}"),
            task_id: Some("task_7".to_owned()),
            policy_id: None,
            taken_at: Timestamp::from_second(1_790_000_000 + number).unwrap(),
            expires_at: Some(Timestamp::from_second(1_800_000_000 + number).unwrap()),
        },
        configuration: serde_json::json!({ "availabilityZone": "eu-central-1a", "iops": 3000 }),
    }
}

pub(crate) fn back_up(repository: &Repository, data: &[u8], number: i64) -> ImageSnapshot {
    let source = TestSource::full(data.to_vec());
    repository
        .back_up_image(&source, None, &point(number), &NoProgress)
        .unwrap()
}

pub(crate) fn restore(
    repository: &Repository,
    snapshot: &SnapshotId,
) -> Result<Vec<u8>, VaultError> {
    let image = repository.image(snapshot)?;
    let sink = VecSink(Mutex::new(vec![0; image.size_bytes() as usize]));
    image.restore_to(&sink, 2, &NoProgress)?;
    Ok(sink.0.into_inner())
}

/// A change that a store was asked to make.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Create(String, Bytes),
    Replace(String, Bytes),
    Delete(String),
}

/// A store in memory that notes changes and fails when told to.
#[derive(Debug, Default)]
pub(crate) struct TestStore {
    pub(crate) inner: MemoryStore,
    pub(crate) changes: Mutex<Vec<Change>>,
    /// Bytes that still fit; negative for no limit.
    room: AtomicI64,
    pub(crate) fail_list: Mutex<Option<StoreError>>,
    pub(crate) hidden: Mutex<BTreeSet<String>>,
    /// Prefix of keys, and how many of their objects are written well before one that keeps another byte than it was given.
    pub(crate) rot: Mutex<Option<(&'static str, usize)>>,
}

impl TestStore {
    pub(crate) fn new() -> Arc<Self> {
        let store = Self::default();
        store.set_room(-1);
        Arc::new(store)
    }

    pub(crate) fn set_room(&self, bytes: i64) {
        self.room.store(bytes, Ordering::SeqCst);
    }

    pub(crate) fn objects(&self) -> BTreeMap<String, Bytes> {
        self.inner.objects()
    }

    /// What is kept of `data`: the rot shows only when it is read again.
    fn kept(&self, key: &str, data: Bytes) -> Bytes {
        let mut rot = self.rot.lock();
        match *rot {
            Some((prefix, 0)) if key.starts_with(prefix) => {
                *rot = None;
                let mut rotten = data.to_vec();
                let middle = rotten.len() / 2;
                rotten[middle] ^= 0x10;
                rotten.into()
            }
            Some((prefix, left)) if key.starts_with(prefix) => {
                *rot = Some((prefix, left - 1));
                data
            }
            _ => data,
        }
    }

    fn take_room(&self, size: usize) -> Result<(), StoreError> {
        let left = self.room.load(Ordering::SeqCst);
        if left < 0 {
            return Ok(());
        }
        if left < size as i64 {
            return Err(StoreError::Full("planted".to_owned()));
        }
        self.room.fetch_sub(size as i64, Ordering::SeqCst);
        Ok(())
    }
}

impl ObjectStore for TestStore {
    fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>, StoreError> {
        if let Some(error) = self.fail_list.lock().clone() {
            return Err(error);
        }
        let mut found = self.inner.list(prefix)?;
        found.retain(|object| !self.hidden.lock().contains(&object.key));
        Ok(found)
    }

    fn read(&self, key: &str) -> Result<Bytes, StoreError> {
        self.inner.read(key)
    }

    fn read_range(&self, key: &str, offset: u64, length: u32) -> Result<Bytes, StoreError> {
        self.inner.read_range(key, offset, length)
    }

    fn create(&self, key: &str, data: Bytes) -> Result<(), StoreError> {
        self.take_room(data.len())?;
        let data = self.kept(key, data);
        self.inner.create(key, data.clone())?;
        self.changes
            .lock()
            .push(Change::Create(key.to_owned(), data));
        Ok(())
    }

    fn replace(&self, key: &str, data: Bytes) -> Result<(), StoreError> {
        self.take_room(data.len())?;
        self.inner.replace(key, data.clone())?;
        self.changes
            .lock()
            .push(Change::Replace(key.to_owned(), data));
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.inner.delete(key)?;
        self.changes.lock().push(Change::Delete(key.to_owned()));
        Ok(())
    }
}
