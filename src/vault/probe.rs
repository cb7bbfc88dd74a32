//! Tries out whether a store keeps the promises that a vault is built on.
//!
//! Not for speed. Invariant: it touches only objects under its own prefix, with fresh names each time.

use aws_lc_rs::rand;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use crate::backend::{ObjectLock, ObjectStore, StoreError};

/// Where probes write; what lies here is nobody's.
pub(crate) const PROBE_PREFIX: &str = "holdfast/probe/";
/// How long the store is asked to keep the object of [`probe_lock`]: longer than the probe takes.
const LOCK_PROBE: SignedDuration = SignedDuration::from_mins(5);

/// What a store was seen to do. Without [`ProbeReport::conforms`] nothing may be collected from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeReport {
    /// Promises that were broken; empty when it conforms.
    pub broken: Vec<String>,
    /// Whether this identity may delete. A writer should not; the collector must.
    pub may_delete: bool,
}

impl ProbeReport {
    /// Whether every promise was kept.
    #[must_use]
    pub fn conforms(&self) -> bool {
        self.broken.is_empty()
    }
}

/// Writes, reads, lists, overwrites and deletes a small object. An error means that the store could not be tried.
pub fn probe(store: &dyn ObjectStore) -> Result<ProbeReport, StoreError> {
    let key = fresh_key()?;
    let data = Bytes::from_static(b"holdfast probes this store");
    let other = Bytes::from_static(b"something else of no matter");
    let mut broken = Vec::new();
    let mut expect = |kept: bool, promise: &str| {
        if !kept {
            broken.push(promise.to_owned());
        }
    };

    let before = store.read(&key);
    expect(
        matches!(before, Err(StoreError::NotFound(_))),
        "a missing object is said to be missing",
    );
    store.create(&key, data.clone())?;
    expect(store.read(&key)? == data, "what was written is read");
    expect(
        store.read_range(&key, 9, 6)? == "probes",
        "a range is read exactly",
    );
    let size = u64::try_from(data.len()).unwrap_or_default();
    let is_listed = |prefix: &str| -> Result<bool, StoreError> {
        let listed = store.list(prefix)?;
        Ok(listed
            .iter()
            .any(|object| object.key == key && object.size == size))
    };
    expect(
        is_listed(PROBE_PREFIX)?,
        "what was written is listed, with its size",
    );
    expect(!is_listed("holdfast/other/")?, "a list keeps to its prefix");
    expect(
        store.create(&key, data.clone()).is_ok(),
        "creating the same again succeeds",
    );
    let second = store.create(&key, other);
    expect(
        matches!(second, Err(StoreError::AlreadyExists(_))),
        "nothing is overwritten",
    );
    expect(store.read(&key)? == data, "a refused write changes nothing");

    let may_delete = match store.delete(&key) {
        Ok(()) => true,
        Err(StoreError::Denied(_)) => false,
        Err(error) => return Err(error),
    };
    if may_delete {
        expect(!is_listed(PROBE_PREFIX)?, "what was deleted is not listed");
        let after = store.read(&key);
        expect(
            matches!(after, Err(StoreError::NotFound(_))),
            "what was deleted is not read",
        );
    }
    Ok(ProbeReport { broken, may_delete })
}

fn fresh_key() -> Result<String, StoreError> {
    let mut random = [0_u8; 16];
    rand::fill(&mut random).map_err(|e| StoreError::Io(format!("random numbers: {e}")))?;
    Ok(format!("{PROBE_PREFIX}{}", hex::encode(random)))
}

/// Whether a store keeps objects by itself, whoever wants them gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockReport {
    /// What it lacks, for people; empty when it does.
    pub missing: Vec<String>,
}

/// Asks the store whether it has Object Lock, then writes a small object that it shall keep for some minutes and tries to delete
/// it and to have it kept for less. What is left is hidden, and the bucket's life cycle removes it.
pub fn probe_lock(store: &dyn ObjectStore, now: Timestamp) -> Result<LockReport, StoreError> {
    let Some(lock) = store.object_lock() else {
        let text = "A folder cannot keep its owner from deleting files: GOVERNANCE only.";
        let missing = vec![text.to_owned()];
        return Ok(LockReport { missing });
    };
    let mut missing = lock.missing()?;
    if missing.is_empty() {
        missing = tried(lock, now)?;
    }
    Ok(LockReport { missing })
}

fn tried(lock: &dyn ObjectLock, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let key = fresh_key()?;
    let until = now.checked_add(LOCK_PROBE).unwrap_or(now);
    let sooner = now.checked_add(LOCK_PROBE / 2).unwrap_or(now);
    let data = Bytes::from_static(b"holdfast tries whether this is kept");
    let mut missing = Vec::new();
    let mut expect = |kept: bool, text: &str| {
        if !kept {
            missing.push(text.to_owned());
        }
    };
    match lock.create_until(&key, data, until) {
        Ok(()) => {}
        Err(StoreError::Denied(text)) => {
            return Ok(vec![format!(
                "Writing with a retention is refused (s3:PutObjectRetention): {text}."
            )]);
        }
        Err(error) => return Err(error),
    }
    let kept = lock.kept_until(&key, None)?;
    expect(
        kept.is_some_and(|kept| kept >= until),
        "The store does not say that it keeps what it was asked to (s3:GetObjectRetention).",
    );
    let versions = lock.versions(&key)?;
    for version in &versions {
        match lock.delete_version(&key, &version.version) {
            Err(StoreError::Locked(_) | StoreError::Denied(_)) => {}
            Ok(()) => {
                let text = "The store deletes what it was asked to keep.";
                return Ok(vec![text.to_owned()]);
            }
            Err(error) => return Err(error),
        }
    }
    expect(
        !versions.is_empty(),
        "The store lists no versions (s3:ListBucketVersions).",
    );
    let shorter = lock.extend(&key, sooner);
    let still = lock.kept_until(&key, None)?;
    expect(
        shorter.is_err() && still == kept,
        "The store lets a retention be shortened.",
    );
    lock.hide(&key)?;
    Ok(missing)
}
