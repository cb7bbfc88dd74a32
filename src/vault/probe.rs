//! Tries out whether a store keeps the promises that a vault is built on.
//!
//! Not for speed. Invariant: it touches only objects under its own prefix, with fresh names each time.

use aws_lc_rs::rand;
use bytes::Bytes;

use crate::backend::{ObjectStore, StoreError};

const PREFIX: &str = "holdfast/probe/";

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
    let mut random = [0_u8; 16];
    rand::fill(&mut random).map_err(|e| StoreError::Io(format!("random numbers: {e}")))?;
    let key = format!("{PREFIX}{}", hex::encode(random));
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
        is_listed(PREFIX)?,
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
        expect(!is_listed(PREFIX)?, "what was deleted is not listed");
        let after = store.read(&key);
        expect(
            matches!(after, Err(StoreError::NotFound(_))),
            "what was deleted is not read",
        );
    }
    Ok(ProbeReport { broken, may_delete })
}
