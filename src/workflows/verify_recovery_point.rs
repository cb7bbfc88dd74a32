//! Reads a whole recovery point back and compares every byte with its checksum.
//!
//! | step     | do                                                        | undo            |
//! |----------|-----------------------------------------------------------|-----------------|
//! | `verify` | read everything, keep the verdict in the point's row      | nothing to undo |
//!
//! Not for comparing with the source. Invariant: a point that does not read back is called damaged at once, and a task that
//! found damage never ends as completed.

use std::sync::Arc;

use async_trait::async_trait;
use aws::SnapshotState;
use domain::ids::RecoveryPointId;
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::task::{TaskKind, TaskSpec};
use serde_json::json;
use store::recovery_points;
use tasks::{Step, StepContext, TaskError, Workflow};
use vault::{SnapshotId, VaultError, VerifyReport};

use crate::failure::{POINT_NOT_RESTORABLE, VAULT_DAMAGED};
use crate::services::Services;
use crate::{failure, patience, rows};

const VERIFY: &str = "verify";
/// Threads that read the vault.
const THREADS: usize = 4;

/// The workflow.
pub(crate) struct VerifyRecoveryPoint {
    services: Arc<Services>,
}

impl VerifyRecoveryPoint {
    pub(crate) fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

impl Workflow for VerifyRecoveryPoint {
    fn kind(&self) -> TaskKind {
        TaskKind::VerifyRecoveryPoint
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        vec![Arc::new(Verify(self.services.clone()))]
    }

    fn kind_limit(&self) -> Option<u32> {
        Some(self.services.settings.per_region_max)
    }
}

fn arguments(cx: &StepContext) -> Result<RecoveryPointId, TaskError> {
    let TaskSpec::VerifyRecoveryPoint { recovery_point_id } = cx.spec() else {
        return Err(rows::wrong_spec(cx.spec()));
    };
    Ok(*recovery_point_id)
}

struct Verify(Arc<Services>);

#[async_trait]
impl Step for Verify {
    fn name(&self) -> &'static str {
        VERIFY
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let point = rows::point(cx, arguments(cx)?).await?;
        match point.status {
            RecoveryPointStatus::Expired | RecoveryPointStatus::Failed => {
                return Err(TaskError::fail(
                    POINT_NOT_RESTORABLE,
                    format!(
                        "The point is {}; there is nothing to verify.",
                        point.status.name()
                    ),
                ));
            }
            RecoveryPointStatus::Creating
            | RecoveryPointStatus::Available
            | RecoveryPointStatus::Damaged
            | RecoveryPointStatus::Lost => {}
        }
        match point.placement {
            Placement::Vault => self.in_vault(cx, &point).await,
            Placement::InAccount => self.in_account(cx, &point).await,
        }
    }
}

impl Verify {
    async fn in_vault(
        &self,
        cx: &StepContext,
        point: &RecoveryPoint,
    ) -> Result<serde_json::Value, TaskError> {
        let snapshot = point
            .snapshot_id
            .clone()
            .ok_or_else(|| rows::gone("snapshot"))?;
        let snapshot: SnapshotId = snapshot.parse().map_err(|error| failure::vault(&error))?;
        let repository = rows::open_repository(&self.0, cx, point).await?;
        let report = patience::watched(cx, move |progress| {
            match repository.verify(&snapshot, THREADS, progress) {
                Err(VaultError::SnapshotNotFound(_)) => Ok(None),
                done => done.map(Some),
            }
        })
        .await?;
        let Some(report) = report else {
            set_status(cx, point.id, RecoveryPointStatus::Lost).await?;
            let text = "The recovery point is not in the vault any more.";
            return Err(TaskError::fail("SNAPSHOT_LOST", text));
        };
        if !report.is_good() {
            set_status(cx, point.id, RecoveryPointStatus::Damaged).await?;
            return Err(TaskError::fail(VAULT_DAMAGED, damage(&report)));
        }
        prove(cx, point, &report).await?;
        Ok(json!({
            "recovery_point_id": point.id,
            "proof": Proof::ChecksumsMatch.name(),
            "bytes_checked": report.good_bytes,
        }))
    }

    /// Of a snapshot of the cloud we can only ask whether it still is there and whole.
    async fn in_account(
        &self,
        cx: &StepContext,
        point: &RecoveryPoint,
    ) -> Result<serde_json::Value, TaskError> {
        let snapshot = point
            .snapshot_id
            .as_deref()
            .ok_or_else(|| rows::gone("snapshot"))?;
        let asset = rows::asset(cx, point.asset_id).await?;
        let region = rows::region(&self.0, cx, &asset).await?;
        let found = region
            .snapshot(snapshot)
            .await
            .map_err(|error| failure::aws(&error))?;
        if found.is_some_and(|snapshot| snapshot.state == SnapshotState::Completed) {
            return Ok(json!({ "recovery_point_id": point.id, "exists": true }));
        }
        set_status(cx, point.id, RecoveryPointStatus::Lost).await?;
        let text = format!("The snapshot {snapshot} is not in the AWS account any more.");
        Err(TaskError::fail("SNAPSHOT_LOST", text))
    }
}

async fn prove(
    cx: &StepContext,
    point: &RecoveryPoint,
    report: &VerifyReport,
) -> Result<(), TaskError> {
    let mut tx = cx.store.begin().await?;
    cx.check_lease()?;
    let digest = report.root.map(|root| root.to_string());
    if point.status != RecoveryPointStatus::Available || point.content_digest.is_none() {
        recovery_points::set_available(&mut tx, cx.organization, point.id, digest).await?;
    }
    // A proof of a higher kind stays; only its age is renewed by a proof of the same kind.
    let proof = point.proof.max(Proof::ChecksumsMatch);
    recovery_points::set_proof(&mut tx, cx.organization, point.id, proof, cx.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn set_status(
    cx: &StepContext,
    point: RecoveryPointId,
    status: RecoveryPointStatus,
) -> Result<(), TaskError> {
    let mut tx = cx.store.begin().await?;
    cx.check_lease()?;
    recovery_points::set_status(&mut tx, cx.organization, point, status).await?;
    tx.commit().await?;
    Ok(())
}

fn damage(report: &VerifyReport) -> String {
    let first = report.problems.first();
    let first =
        first.map(|problem| format!(" First at byte {}: {}.", problem.offset, problem.what));
    format!(
        "The recovery point is damaged: {} bytes cannot be restored.{} Other points are not affected by this verdict; \
         verify them too.",
        report.bad_bytes,
        first.unwrap_or_default()
    )
}
