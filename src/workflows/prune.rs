//! Gives back the space of ended recovery points, repository by repository.
//!
//! | step    | do                                                                                       | undo         |
//! |---------|------------------------------------------------------------------------------------------|--------------|
//! | `prune` | probe the store, mark packs that nothing needs, delete what was marked a day ago or more | forward-only |
//!
//! Under a compliance lock, what was marked waits until no lock can be left on it. What the store keeps all the same is left and
//! tried again.
//!
//! Not for deciding what ends (`expire.rs`). Invariant: on any doubt about what is needed (a store that breaks its promises, a
//! head that is not trusted, a point of the database or of the head that the vault does not list, clocks that disagree, a lease that is gone) nothing is deleted; each
//! delete asks the lease, and from time to time the row itself (reliability.md G1, G2, G5, V14).

use std::sync::Arc;

use async_trait::async_trait;
use domain::object_lock::longest;
use domain::recovery_point::RecoveryPointStatus;
use domain::repository::VaultRepository;
use domain::task::TaskKind;
use serde_json::json;
use store::repositories;
use tasks::{Step, StepContext, TaskError, Workflow};
use vault::{MIN_KEEP, PruneRequest, PruneStats, SnapshotId, VaultError, probe};

use crate::failure::VAULT_TAMPERED;
use crate::reconcile::is_of_one;
use crate::services::Services;
use crate::vault_heads::{self, Look, Standing};
use crate::vaults::blocking;
use crate::{failure, object_lock, patience, rows};

const PRUNE: &str = "prune";

/// The workflow.
pub(crate) struct PruneVault {
    services: Arc<Services>,
}

impl PruneVault {
    pub(crate) fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

impl Workflow for PruneVault {
    fn kind(&self) -> TaskKind {
        TaskKind::PruneVault
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        vec![Arc::new(Prune(self.services.clone()))]
    }

    /// One collector at a time (reliability.md G4); the fence holds where two believe that it is their turn.
    fn concurrency_limit(&self) -> Option<u32> {
        Some(1)
    }
}

struct Prune(Arc<Services>);

#[async_trait]
impl Step for Prune {
    fn name(&self) -> &'static str {
        PRUNE
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let repositories = repositories::list(&cx.store.read(), cx.organization).await?;
        let total = u64::try_from(repositories.len()).unwrap_or(u64::MAX);
        let (mut pruned, mut sum) = (0_u64, PruneStats::default());
        for row in &repositories {
            if cx.is_cancelled() {
                return Err(patience::stopped(cx));
            }
            match self.one(cx, row).await {
                Ok(stats) => {
                    pruned += 1;
                    sum.packs_marked += stats.packs_marked + stats.packs_unindexed;
                    sum.packs_repacked += stats.packs_repacked;
                    sum.packs_waiting += stats.packs_waiting;
                    sum.packs_revived += stats.packs_revived;
                    sum.packs_deleted += stats.packs_deleted;
                    sum.bytes_deleted += stats.bytes_deleted;
                }
                Err(error) if is_of_one(&error) => cx.warn(format!(
                    "Nothing of the repository {} was deleted. {}",
                    row.id, error.message
                )),
                Err(error) => return Err(error),
            }
            cx.progress(pruned, total);
        }
        Ok(json!({
            "repositories": pruned,
            "packs_marked": sum.packs_marked,
            "packs_repacked": sum.packs_repacked,
            "packs_waiting": sum.packs_waiting,
            "packs_needed_again": sum.packs_revived,
            "packs_deleted": sum.packs_deleted,
            "bytes_deleted": sum.bytes_deleted,
        }))
    }
}

impl Prune {
    async fn one(&self, cx: &StepContext, row: &VaultRepository) -> Result<PruneStats, TaskError> {
        let repository = self.0.vaults.open(row).await;
        let repository = repository
            .map_err(|error| failure::vault(&error))?
            .with_fence(patience::database_fence(cx))
            .with_keep(object_lock::keep(cx));
        let lock = object_lock::compliance(cx).await?;
        let request = PruneRequest {
            keep: lock.map_or(MIN_KEEP, |lock| MIN_KEEP.max(longest(lock.terms))),
            known: self.known(cx, row).await?,
            now: rows::database_now(cx).await?,
        };
        let request_now = request.now;
        let forget_cover = object_lock::forget_cover(cx, row.id);
        let pruned = repository.clone();
        cx.check_lease()?;
        let done = blocking(move || {
            let report = probe(repository.store().as_ref())?;
            if !(report.conforms() && report.may_delete) {
                let broken = report.broken.join("; ");
                let text = format!("the store cannot be collected from: {broken}");
                return Err(VaultError::Refused(text));
            }
            repository.prune_plan(&request)?.run_with(&forget_cover)
        })
        .await;
        let stats = done.map_err(|error| failure::vault(&error))?;
        if stats.packs_revived > 0 {
            object_lock::cover(cx, &pruned, row.id, request_now).await?;
        }
        self.forget_bytes(cx, row, &stats).await?;
        Ok(stats)
    }

    /// Snapshots that must be in the vault's list, or else the list is not to be trusted: those of the rows and of the signed head.
    async fn known(
        &self,
        cx: &StepContext,
        row: &VaultRepository,
    ) -> Result<Vec<SnapshotId>, TaskError> {
        let mut known = known(cx, row).await?;
        match vault_heads::keep(&Look::of(&self.0, cx), row).await? {
            Standing::Doubted(why) => Err(TaskError::fail(
                VAULT_TAMPERED,
                format!("The head of the repository is not trusted: {why}."),
            )),
            Standing::Trusted { head, agreed, now } => {
                for line in head.points() {
                    let snapshot = line.snapshot_id.parse();
                    let snapshot: SnapshotId = snapshot.map_err(|error| failure::vault(&error))?;
                    if line.kept(now, &agreed).is_some() {
                        known.push(snapshot);
                    }
                }
                Ok(known)
            }
        }
    }

    /// The row's size decides when the next shard opens. A crash before this leaves it too large, which only opens one early.
    async fn forget_bytes(
        &self,
        cx: &StepContext,
        row: &VaultRepository,
        stats: &PruneStats,
    ) -> Result<(), TaskError> {
        if stats.bytes_deleted == 0 {
            return Ok(());
        }
        let mut tx = cx.store.begin().await?;
        cx.check_lease()?;
        if let Some(now) = repositories::lock(&tx, cx.organization, row.id).await? {
            let rest = now.stored_bytes.saturating_sub(stats.bytes_deleted);
            repositories::set_stored_bytes(&mut tx, cx.organization, row.id, rest).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Snapshots that must be in the vault's list, or else the list is not to be trusted.
async fn known(cx: &StepContext, row: &VaultRepository) -> Result<Vec<SnapshotId>, TaskError> {
    let points = rows::points_of_repository(cx, row.id).await?;
    let mut known = Vec::new();
    for point in points {
        let is_there = match point.status {
            RecoveryPointStatus::Available | RecoveryPointStatus::Damaged => true,
            RecoveryPointStatus::Expiring => point.life.removal_began_at.is_none(),
            // Not committed yet, ended, or known to be missing.
            RecoveryPointStatus::Creating
            | RecoveryPointStatus::Expired
            | RecoveryPointStatus::Failed
            | RecoveryPointStatus::Lost => false,
        };
        if let (true, Some(snapshot)) = (is_there, &point.snapshot_id) {
            known.push(snapshot.parse().map_err(|error| failure::vault(&error))?);
        }
    }
    Ok(known)
}
