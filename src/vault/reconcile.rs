//! Compares what a database knows with what the vault holds; the vault is right.
//!
//! Not for deleting anything. Invariant: it works from the store alone, so a lost database can be made again.

use std::collections::BTreeSet;

use crate::error::VaultError;
use crate::repository::Repository;
use crate::snapshot::{SnapshotId, SnapshotInfo};

/// How a database and the vault differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// In the vault and labelled by us, but not known: rows to be made again. Verify before use: a server that
    /// died between commit and read-back leaves such a snapshot, too.
    pub unknown: Vec<SnapshotInfo>,
    /// Known, but not in the vault: lost.
    pub lost: Vec<SnapshotId>,
    /// In the vault, made by another program: left alone, and never pruned.
    pub foreign: Vec<SnapshotInfo>,
}

impl Repository {
    /// Compares the snapshots in the vault with those that the caller knows. With no known ones, `unknown` is all that
    /// is needed to make a database again.
    pub fn reconcile(&self, known: &BTreeSet<SnapshotId>) -> Result<Reconciliation, VaultError> {
        let found = self.snapshots()?;
        let there: BTreeSet<&SnapshotId> = found.iter().map(|snapshot| &snapshot.id).collect();
        let lost = known
            .iter()
            .filter(|id| !there.contains(id))
            .cloned()
            .collect();
        let (ours, foreign) = found
            .into_iter()
            .filter(|snapshot| !known.contains(&snapshot.id))
            .partition(|snapshot| snapshot.labels.is_some());
        Ok(Reconciliation {
            unknown: ours,
            lost,
            foreign,
        })
    }
}
