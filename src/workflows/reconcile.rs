//! Compares the vault, its signed heads and the snapshots in the accounts with the database: what is there, and what was signed, is right.
//!
//! | step        | do                                                                                                      | undo         |
//! |-------------|---------------------------------------------------------------------------------------------------------|--------------|
//! | `reconcile` | put rows back that say less than the head; adopt snapshots without rows, mark rows without snapshots lost | forward-only |
//!
//! A compliance lock begins to hold here, what somebody hid in a store that keeps it is brought back, and stores keep what the
//! lock asks for. Not for deleting anything. Invariant: what was adopted is not available before it was read back.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use domain::ids::TaskId;
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::repository::VaultRepository;
use domain::task::TaskKind;
use serde_json::json;
use store::{recovery_points, repositories};
use tasks::{Step, StepContext, TaskError, Workflow};
use vault::{Repository, SnapshotInfo};

use crate::services::Services;
use crate::vault_heads::{self, Look, Standing};
use crate::vaults::blocking;
use crate::{failure, object_lock, patience, rows};

mod in_account;
mod plan;

use plan::{Orphan, Plan};

const RECONCILE: &str = "reconcile";

/// The workflow.
pub(crate) struct ReconcileVault {
    services: Arc<Services>,
}

impl ReconcileVault {
    pub(crate) fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

impl Workflow for ReconcileVault {
    fn kind(&self) -> TaskKind {
        TaskKind::ReconcileVault
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        vec![Arc::new(Reconcile(self.services.clone()))]
    }

    fn concurrency_limit(&self) -> Option<u32> {
        Some(1)
    }
}

struct Reconcile(Arc<Services>);

#[derive(Debug, Default)]
struct Counts {
    repositories: usize,
    adopted: usize,
    lost: usize,
    found: usize,
    foreign: usize,
}

#[async_trait]
impl Step for Reconcile {
    fn name(&self) -> &'static str {
        RECONCILE
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        object_lock::settle(cx).await?;
        let repositories = repositories::list(&cx.store.read(), cx.organization).await?;
        let mut counts = Counts::default();
        for repository in &repositories {
            if cx.is_cancelled() {
                return Err(patience::stopped(cx));
            }
            match self.one(cx, repository).await {
                Ok(plan) => {
                    counts.repositories += 1;
                    counts.adopted += plan.adopt.len();
                    counts.lost += plan.lost.len();
                    counts.found += plan.found.len();
                    counts.foreign += plan.foreign;
                }
                // One repository out of reach says nothing about the others, and nothing about its own points.
                Err(error) if is_of_one(&error) => {
                    cx.warn(format!(
                        "The repository {} was left out. {}",
                        repository.id, error.message
                    ));
                }
                Err(error) => return Err(error),
            }
        }
        let in_accounts = in_account::compare(&self.0, cx).await?;
        Ok(json!({
            "repositories": counts.repositories,
            "adopted": counts.adopted,
            "lost": counts.lost,
            "found_again": counts.found,
            "foreign": counts.foreign,
            "in_accounts": in_accounts,
        }))
    }
}

impl Reconcile {
    async fn one(&self, cx: &StepContext, row: &VaultRepository) -> Result<Plan, TaskError> {
        let look = Look::of(&self.0, cx);
        let mut standing = vault_heads::keep(&look, row).await?;
        // The rows first: a point that is made in between has its row after its snapshot, never before.
        let known = rows::points_of_repository(cx, row.id).await?;
        let repository = self.whole(cx, row, &known).await?;
        let listed = repository.clone();
        let snapshots = blocking(move || listed.snapshots()).await;
        let snapshots = snapshots.map_err(|error| failure::vault(&error))?;
        let at_work = at_work(cx, &snapshots).await?;
        let present: BTreeSet<String> = snapshots
            .iter()
            .map(|snapshot| snapshot.id.to_string())
            .collect();
        let mut plan = plan::plan(&known, snapshots, &at_work);
        let mut adopted = Vec::new();
        for orphan in std::mem::take(&mut plan.adopt) {
            if self.adopt(cx, row, &known, &orphan).await? {
                adopted.push(orphan);
            }
        }
        plan.adopt = adopted;
        if !plan.adopt.is_empty() {
            // What was adopted knows neither lock nor hold; the head does.
            standing = vault_heads::keep(&look, row).await?;
        }
        let missing = missing(&standing, &present);
        vault_heads::tell_of_missing(&look, row, &missing).await?;
        let mut tx = cx.store.begin().await?;
        cx.check_lease()?;
        for id in &plan.lost {
            let lost = RecoveryPointStatus::Lost;
            recovery_points::set_status(&mut tx, cx.organization, *id, lost).await?;
        }
        for id in &plan.found {
            let unproven = RecoveryPointStatus::Creating;
            recovery_points::set_status(&mut tx, cx.organization, *id, unproven).await?;
            if let Some(point) = known.iter().find(|point| point.id == *id) {
                rows::verify_later(&mut tx, cx, point, Proof::ChecksumsMatch).await?;
            }
        }
        tx.commit().await?;
        for id in &plan.lost {
            cx.warn(format!("The point {id} is not in the vault any more."));
        }
        self.lock(cx, row, &repository).await?;
        Ok(plan)
    }

    /// The repository, open, after what somebody hid in its store was brought back.
    async fn whole(
        &self,
        cx: &StepContext,
        row: &VaultRepository,
        known: &[RecoveryPoint],
    ) -> Result<Repository, TaskError> {
        let vaults = &self.0.vaults;
        let store = vaults.store_of(row).await;
        let store = store.map_err(|error| failure::vault(&error))?;
        let may_hide = object_lock::keeps(cx, row.id).await?;
        let mut back = Vec::new();
        if may_hide {
            back = object_lock::bring_back(cx, store, known).await?;
        }
        let repository = vaults.open(row).await;
        let repository = repository.map_err(|error| failure::vault(&error))?;
        if may_hide {
            back.extend(object_lock::bring_indexes_back(cx, &repository).await?);
            object_lock::tell(cx, row, &back).await?;
        }
        Ok(repository)
    }

    /// Tries the store anew, and has it keep what the lock asks for.
    async fn lock(
        &self,
        cx: &StepContext,
        row: &VaultRepository,
        repository: &Repository,
    ) -> Result<(), TaskError> {
        object_lock::probe(cx, repository.store().clone(), row.id).await?;
        let points = rows::points_of_repository(cx, row.id).await?;
        object_lock::relock(cx, &points).await?;
        if let Some(newest) = object_lock::newest_needed(cx, &points).await? {
            object_lock::cover(cx, repository, row.id, newest).await?;
        }
        Ok(())
    }

    /// Gives a snapshot its row; false when its asset is unknown, so that the row would have no place.
    async fn adopt(
        &self,
        cx: &StepContext,
        repository: &VaultRepository,
        known: &[RecoveryPoint],
        orphan: &Orphan,
    ) -> Result<bool, TaskError> {
        if rows::find_asset(cx, orphan.asset_id).await?.is_none() {
            cx.warn(format!(
                "The snapshot {} is of the asset {}, which this database does not know.",
                orphan.snapshot.id, orphan.asset_id
            ));
            return Ok(false);
        }
        let opened = self
            .0
            .vaults
            .open(repository)
            .await
            .map_err(|error| failure::vault(&error))?;
        let snapshot = orphan.snapshot.id.clone();
        let size_bytes = blocking(move || Ok(opened.image(&snapshot)?.size_bytes())).await;
        let size_bytes = size_bytes.map_err(|error| failure::vault(&error))?;
        let labels = orphan.snapshot.labels.as_ref();
        let point = RecoveryPoint {
            id: orphan.id,
            organization_id: cx.organization,
            asset_id: orphan.asset_id,
            policy_id: None,
            task_id: None,
            placement: Placement::Vault,
            status: RecoveryPointStatus::Creating,
            proof: Proof::None,
            proven_at: None,
            taken_at: orphan.snapshot.taken_at,
            expires_at: labels.and_then(|labels| labels.expires_at),
            size_bytes,
            added_bytes: orphan.snapshot.added_bytes,
            is_full: false,
            repository_id: Some(repository.id),
            snapshot_id: Some(orphan.snapshot.id.to_string()),
            base_snapshot_id: None,
            content_digest: None,
            source_digest: None,
            region: None,
            tier: domain::copy_target::StorageTier::Standard,
            life: domain::life::Life::default(),
        };
        let mut tx = cx.store.begin().await?;
        cx.check_lease()?;
        if !known.iter().any(|row| row.id == point.id) {
            recovery_points::add(&mut tx, &point).await?;
        }
        rows::verify_later(&mut tx, cx, &point, Proof::ChecksumsMatch).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// The points that the head keeps and whose snapshots are not there.
fn missing(standing: &Standing, present: &BTreeSet<String>) -> BTreeSet<String> {
    let Standing::Trusted { head, agreed, now } = standing else {
        return BTreeSet::new();
    };
    let lines = head.points().iter();
    lines
        .filter(|line| !present.contains(&line.snapshot_id) && line.kept(*now, agreed).is_some())
        .map(|line| line.point_id.to_string())
        .collect()
}

/// Tasks named by snapshots that are not finished yet.
async fn at_work(
    cx: &StepContext,
    snapshots: &[SnapshotInfo],
) -> Result<BTreeSet<TaskId>, TaskError> {
    let named = snapshots
        .iter()
        .filter_map(|snapshot| snapshot.labels.as_ref()?.task_id.as_ref());
    let ids: Vec<TaskId> = named.filter_map(|id| id.parse().ok()).collect();
    rows::unfinished_tasks(cx, &ids).await
}

/// Whether the error is of one repository and says nothing about the others.
pub(crate) fn is_of_one(error: &TaskError) -> bool {
    match error.remedy {
        tasks::Remedy::Fail | tasks::Remedy::Block => true,
        tasks::Remedy::Retry(..) | tasks::Remedy::Abort | tasks::Remedy::LetGo => false,
    }
}
