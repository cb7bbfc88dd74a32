//! Gives back the space of forgotten snapshots, in two phases that lie a day apart or more.
//!
//! Not for deciding what expires. Invariants: a pack is deleted only by a run that begins at least
//! [`MIN_KEEP`] after the run that marked it and that finds it still unneeded; any doubt about what is
//! needed stops everything before the first delete; each delete asks the fence.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Span, Timestamp};
use rustic_core::{LimitOption, OpenStatus, PruneOptions, PrunePlan as LibraryPlan};

use crate::backend::FenceError;
use crate::error::{VaultError, reading, writing};
use crate::repository::{Handle, Repository};
use crate::snapshot::SnapshotId;

/// Shortest time between marking a pack and deleting it, and shortest age of a pack that is marked. Longer than any
/// backup may run without its lease being taken.
pub const MIN_KEEP: SignedDuration = SignedDuration::from_hours(24);
/// Furthest apart that the caller's clock and this machine's may be.
pub const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);
/// Share of unneeded data, in percent, that is left inside packs that are otherwise needed.
const MAX_UNUSED_PERCENT: u64 = 5;

/// What a prune may rely on.
#[derive(Clone, Debug)]
pub struct PruneRequest {
    /// How long a marked pack is kept; at least [`MIN_KEEP`], and longer than the store refuses to delete it.
    pub keep: SignedDuration,
    /// The snapshots that the caller knows to be in the vault. One that is not there stops the prune: then the list is
    /// not to be trusted.
    pub known: Vec<SnapshotId>,
    /// The caller's clock (that of the database).
    pub now: Timestamp,
}

/// What a prune would do, and did. Bytes are those of packs in the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PruneStats {
    /// Snapshots that were read to find what is needed.
    pub snapshots: u64,
    /// Packs that become marked: nothing in them is needed.
    pub packs_marked: u64,
    /// Packs that are rewritten without what is not needed, and then marked.
    pub packs_repacked: u64,
    /// Packs without an index entry (of writers that died), that become marked.
    pub packs_unindexed: u64,
    /// Packs marked by an earlier run, deleted by this one.
    pub packs_deleted: u64,
    /// Packs marked by an earlier run, not old enough yet.
    pub packs_waiting: u64,
    /// Packs marked by an earlier run and needed again.
    pub packs_revived: u64,
    /// Bytes in blobs that some snapshot needs.
    pub bytes_needed: u64,
    /// Bytes in blobs that none needs, before.
    pub bytes_unneeded: u64,
    /// Bytes of [`PruneStats::packs_deleted`].
    pub bytes_deleted: u64,
}

/// A prune that was worked out but not begun. Look at [`PrunePlan::stats`] (brakes), then [`PrunePlan::run`].
pub struct PrunePlan {
    repository: Repository,
    keep: SignedDuration,
    /// The snapshots whose needs the plan knows.
    seen: BTreeSet<SnapshotId>,
    handle: Handle<OpenStatus>,
    options: PruneOptions,
    plan: LibraryPlan,
    stats: PruneStats,
}

impl std::fmt::Debug for PrunePlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrunePlan")
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}

impl Repository {
    /// Reads all snapshots, trees and indexes and works out what is not needed. Deletes nothing.
    pub fn prune_plan(&self, request: &PruneRequest) -> Result<PrunePlan, VaultError> {
        if request.keep < MIN_KEEP {
            return Err(VaultError::Invalid(
                "a prune must keep what is marked for a day".into(),
            ));
        }
        let skew = library_clock().duration_since(request.now).abs();
        if skew > MAX_CLOCK_SKEW {
            let text = format!("this machine's clock is {skew:#} away from the database's");
            return Err(VaultError::Refused(text));
        }
        self.plan_unchecked(request.keep, &request.known)
    }

    pub(crate) fn plan_unchecked(
        &self,
        keep: SignedDuration,
        known: &[SnapshotId],
    ) -> Result<PrunePlan, VaultError> {
        let found = self.snapshots()?;
        let seen: BTreeSet<&SnapshotId> = found.iter().map(|snapshot| &snapshot.id).collect();
        if let Some(missing) = known.iter().find(|id| !seen.contains(id)) {
            let text = format!("snapshot {missing} is missing from the vault's list");
            return Err(VaultError::Refused(text));
        }
        let age = Span::new().seconds(keep.as_secs());
        let mut options = PruneOptions::default();
        options.keep_delete = age;
        options.keep_pack = Span::new().seconds(keep.min(MIN_KEEP).as_secs());
        options.max_repack = LimitOption::Unlimited;
        options.max_unused = LimitOption::Percentage(MAX_UNUSED_PERCENT);
        options.instant_delete = false;
        options.early_delete_index = false;
        options.fast_repack = false;
        let handle = self.handle(None)?;
        let plan = handle.library.prune_plan(&options).map_err(reading)?;
        let snapshots = u64::try_from(found.len()).unwrap_or_default();
        let stats = stats(&plan, snapshots);
        Ok(PrunePlan {
            repository: self.clone(),
            keep,
            seen: found.into_iter().map(|snapshot| snapshot.id).collect(),
            handle,
            options,
            plan,
            stats,
        })
    }
}

impl PrunePlan {
    /// What it would do.
    #[must_use]
    pub fn stats(&self) -> &PruneStats {
        &self.stats
    }

    /// Does it. A run that is cut short leaves the repository whole; the next one goes on.
    ///
    /// A backup that ran meanwhile may have taken over data that this run marked. Either it committed before the marks
    /// were all there: then it is seen now, and what it needs is revived at once. Or it commits later: then its
    /// read-back misses the data, and it fails and is tried again.
    pub fn run(self) -> Result<PruneStats, VaultError> {
        self.run_with(&|| Ok(()))
    }

    /// As [`Self::run`]; `before_revival` is asked before packs that an earlier run marked are needed again.
    pub fn run_with(
        self,
        before_revival: &dyn Fn() -> Result<(), FenceError>,
    ) -> Result<PruneStats, VaultError> {
        let Self {
            repository,
            keep,
            seen,
            handle,
            options,
            plan,
            mut stats,
        } = self;
        if stats.packs_revived > 0 {
            before_revival().map_err(VaultError::Fenced)?;
        }
        handle.library.prune(&options, plan).map_err(writing)?;
        let now = repository.snapshots()?;
        if now.iter().any(|snapshot| !seen.contains(&snapshot.id)) {
            let again = repository.plan_unchecked(keep, &[])?;
            if again.stats.packs_revived > 0 {
                before_revival().map_err(VaultError::Fenced)?;
                stats.packs_revived += again.stats.packs_revived;
                again
                    .handle
                    .library
                    .prune(&again.options, again.plan)
                    .map_err(writing)?;
            }
        }
        Ok(stats)
    }
}

fn stats(plan: &LibraryPlan, snapshots: u64) -> PruneStats {
    let known = &plan.stats;
    let size = known.size_sum();
    // The library's own count of unneeded packs holds those that it keeps for their youth, too; only its
    // detailed statistics tell what happens to each.
    let marked = known
        .debug
        .0
        .iter()
        .filter(|(key, _)| format!("{:?}", key.todo) == "MarkDelete");
    PruneStats {
        snapshots,
        packs_marked: marked.map(|(_, detail)| detail.packs).sum(),
        packs_repacked: known.packs.repack,
        packs_unindexed: known.packs_unref,
        packs_deleted: known.packs_to_delete.remove,
        packs_waiting: known.packs_to_delete.keep,
        packs_revived: known.packs_to_delete.recover,
        bytes_needed: size.used,
        bytes_unneeded: size.unused,
        bytes_deleted: known.size_to_delete.remove,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the library dates marks by this clock, so this very clock is compared with the caller's"
)]
fn library_clock() -> Timestamp {
    Timestamp::now()
}
