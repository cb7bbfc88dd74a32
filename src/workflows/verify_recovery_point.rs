//! Proves that a recovery point comes back, up to the level that is wanted.
//!
//! | step    | do                                                                             | undo                    |
//! |---------|--------------------------------------------------------------------------------|-------------------------|
//! | `prove` | read everything back; restore into the scratch place, compare, open what is in | remove the scratch      |
//! |         | it; keep the verdict with its evidence                                         | place; say it broke off |
//!
//! Not for asking the source again. Invariants: a point that does not come back is called damaged in the transaction of the verdict,
//! and a task that found damage never ends as completed; nothing of a scratch restore outlives its task.

use std::sync::Arc;

use async_trait::async_trait;
use aws::SnapshotState;
use domain::ids::RecoveryPointId;
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::task::{TaskKind, TaskSpec};
use domain::verification::{Verdict, Verification};
use jiff::SignedDuration;
use serde_json::json;
use store::recovery_points;
use tasks::{Step, StepContext, TaskError, Workflow};
use vault::{Repository, SnapshotId, VaultError, VerifyReport};

use crate::failure::{POINT_NOT_RESTORABLE, PROOF_FAILED, SCRATCH_FULL, VAULT_DAMAGED};
use crate::image_file::write_image;
use crate::services::Services;
use crate::vaults::blocking;
use crate::{failure, patience, rows};

mod consequences;
mod file_systems;
mod findings;
mod image;
mod scratch;
mod tools;

use self::file_systems::{Check, Content, Outcome};
use self::findings::{Fault, Findings, Place, Restored};
use self::image::Partition;
use self::scratch::{Scratch, ScratchError};

pub(crate) use self::scratch::sweep;

const PROVE: &str = "prove";
/// Threads that read the vault.
const THREADS: usize = 4;
/// How long a verification waits for room that others take.
const ROOM_PAUSE: SignedDuration = SignedDuration::from_mins(5);
/// Partitions are copied one at a time beside the image: so many times its bytes may lie there.
const COPIES: u64 = 2;

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
        vec![Arc::new(Prove(self.services.clone()))]
    }

    fn kind_limit(&self) -> Option<u32> {
        Some(self.services.settings.verification.concurrent_max)
    }
}

fn arguments(cx: &StepContext) -> Result<(RecoveryPointId, Proof), TaskError> {
    let TaskSpec::VerifyRecoveryPoint {
        recovery_point_id,
        level,
    } = cx.spec()
    else {
        return Err(rows::wrong_spec(cx.spec()));
    };
    Ok((*recovery_point_id, *level))
}

struct Prove(Arc<Services>);

#[async_trait]
impl Step for Prove {
    fn name(&self) -> &'static str {
        PROVE
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let (id, _) = arguments(cx)?;
        let point = rows::point(cx, id).await?;
        match point.status {
            RecoveryPointStatus::Expired | RecoveryPointStatus::Failed => {
                let text = format!(
                    "The point is {}; there is nothing to verify.",
                    point.status.name()
                );
                return Err(TaskError::fail(POINT_NOT_RESTORABLE, text));
            }
            RecoveryPointStatus::Creating
            | RecoveryPointStatus::Available
            | RecoveryPointStatus::Damaged
            | RecoveryPointStatus::Expiring
            | RecoveryPointStatus::Lost => {}
        }
        let settings = &self.0.settings.verification;
        if let Err(error) = sweep(&cx.store, settings).await {
            tracing::warn!(%error, "the scratch place cannot be swept");
        }
        match point.placement {
            Placement::Vault => self.in_vault(cx, &point).await,
            Placement::InAccount => self.in_account(cx, &point).await,
        }
    }

    async fn undo(&self, cx: &StepContext) -> Result<(), TaskError> {
        let (id, level) = arguments(cx)?;
        let (root, task) = (
            self.0.settings.verification.scratch_folder.clone(),
            cx.task.id,
        );
        let removed = tokio::task::spawn_blocking(move || scratch::remove(&root, task)).await;
        if !matches!(removed, Ok(Ok(()))) {
            return Err(TaskError::retry(
                "SCRATCH",
                "The scratch folder cannot be removed.",
            ));
        }
        let Some(point) = rows::find_point(cx, id).await? else {
            return Ok(());
        };
        if point.placement == Placement::InAccount {
            return Ok(());
        }
        let now = cx.clock.now();
        let mut broken = Verification::begun(&point, cx.task.id, level, now);
        broken.verdict = Verdict::BrokenOff;
        broken.finished_at = Some(now);
        let mut tx = cx.store.begin().await?;
        // One that has its verdict keeps it.
        store::verifications::set(&mut tx, &broken).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl Prove {
    async fn in_vault(
        &self,
        cx: &StepContext,
        point: &RecoveryPoint,
    ) -> Result<serde_json::Value, TaskError> {
        let (_, wanted) = arguments(cx)?;
        let mut attempt = Verification::begun(point, cx.task.id, wanted, cx.clock.now());
        let mut tx = cx.store.begin().await?;
        store::verifications::set(&mut tx, &attempt).await?;
        tx.commit().await?;
        let snapshot = point
            .snapshot_id
            .clone()
            .ok_or_else(|| rows::gone("snapshot"))?;
        let snapshot: SnapshotId = snapshot.parse().map_err(|error| failure::vault(&error))?;
        let repository = rows::open_repository(&self.0, cx, point).await?;
        let findings = self.look(cx, &repository, &snapshot, wanted).await?;
        attempt.reached = findings.reached(point);
        attempt.verdict = findings.verdict(point, wanted);
        attempt.bytes_checked = findings.bytes_checked;
        attempt.evidence = Some(findings.evidence(point, wanted));
        attempt.finished_at = Some(cx.clock.now());
        if let Some(fault) = findings.fault(point) {
            let sharing = consequences::sharing(cx, repository, point, &findings, fault).await?;
            consequences::record_fault(cx, point, &attempt, fault, &sharing).await?;
            return Err(damage(fault, &findings));
        }
        consequences::record_proof(cx, point, &attempt, &findings).await?;
        for note in findings.notes(point, wanted) {
            cx.warn(note);
        }
        Ok(json!({
            "recovery_point_id": point.id,
            "verification_id": attempt.id,
            "proof": attempt.reached.name(),
            "verdict": attempt.verdict.name(),
            "bytes_checked": attempt.bytes_checked,
        }))
    }

    /// Reads the point back, and from a level of [`Proof::Restored`] on restores it and looks into it.
    async fn look(
        &self,
        cx: &StepContext,
        repository: &Repository,
        snapshot: &SnapshotId,
        wanted: Proof,
    ) -> Result<Findings, TaskError> {
        let (for_verify, id) = (repository.clone(), snapshot.clone());
        let report = patience::watched(cx, move |progress| {
            match for_verify.verify(&id, THREADS, progress) {
                Err(VaultError::SnapshotNotFound(_)) => Ok(None),
                done => done.map(Some),
            }
        })
        .await?;
        let is_good = report.as_ref().is_some_and(VerifyReport::is_good);
        let restored = if is_good && wanted >= Proof::Restored {
            Some(self.restore(cx, repository, snapshot).await?)
        } else {
            None
        };
        Ok(Findings {
            bytes_checked: report.as_ref().map_or(0, |report| report.good_bytes),
            report,
            restored,
        })
    }

    async fn restore(
        &self,
        cx: &StepContext,
        repository: &Repository,
        snapshot: &SnapshotId,
    ) -> Result<Restored, TaskError> {
        let (repository, id) = (repository.clone(), snapshot.clone());
        let image = blocking(move || repository.image(&id)).await;
        let image = image.map_err(|error| failure::vault(&error))?;
        let (settings, task) = (self.0.settings.verification.clone(), cx.task.id);
        let needed = image.stored_bytes().saturating_mul(COPIES);
        let reserve = move || Scratch::reserve(&settings, task, needed);
        let scratch = tokio::task::spawn_blocking(reserve).await;
        let scratch = scratch.map_err(|error| broke_off(&error))?;
        let scratch = scratch.map_err(|error| no_room(&error))?;
        cx.check_lease()?;
        let path = scratch.image();
        let (stored_bytes, size_bytes) = (image.stored_bytes(), image.size_bytes());
        let digest = patience::watched(cx, move |progress| {
            write_image(&image, &path, progress)?;
            image::digest(&path, image.size_bytes(), progress)
        })
        .await?;
        let contents = contents(cx, &scratch, size_bytes).await?;
        let removed = tokio::task::spawn_blocking(move || drop(scratch)).await;
        removed.map_err(|error| broke_off(&error))?;
        Ok(Restored {
            stored_bytes,
            digest: digest.to_string(),
            contents,
            has_no_network: tools::has_no_network().await,
        })
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
        let mut tx = cx.store.begin().await?;
        cx.check_lease()?;
        let lost = RecoveryPointStatus::Lost;
        recovery_points::set_status(&mut tx, cx.organization, point.id, lost).await?;
        tx.commit().await?;
        let text = format!("The snapshot {snapshot} is not in the AWS account any more.");
        Err(TaskError::fail("SNAPSHOT_LOST", text))
    }
}

/// Opens what lies in the restored image: each partition, or the whole.
async fn contents(
    cx: &StepContext,
    scratch: &Scratch,
    size_bytes: u64,
) -> Result<Vec<Place>, TaskError> {
    let image = scratch.image();
    let whole = |check| Place {
        partition: None,
        offset: 0,
        size: size_bytes,
        check,
    };
    let found = match file_systems::identify(&image, 0, size_bytes).await {
        Ok(found) => found,
        Err(error) => {
            let said = error.to_string();
            return Ok(vec![whole(Check::without_tool(
                None,
                Outcome::NoTool,
                &said,
            ))]);
        }
    };
    match found {
        Content::Nothing => {
            let said = "No file system and no table of partitions was found.";
            Ok(vec![whole(Check::without_tool(
                None,
                Outcome::NotOpened,
                said,
            ))])
        }
        Content::Known(content) => Ok(vec![whole(file_systems::check(&image, &content).await)]),
        Content::Table => {
            let path = image.clone();
            let listed = tokio::task::spawn_blocking(move || image::partitions(&path)).await;
            let listed = listed.unwrap_or_else(|error| Err(error.to_string()));
            let partitions = match listed {
                Ok(partitions) => partitions,
                Err(said) => {
                    let check = Check::without_tool(None, Outcome::NotJudged, &said);
                    return Ok(vec![whole(check)]);
                }
            };
            let mut places = Vec::with_capacity(partitions.len());
            for partition in partitions {
                cx.check_lease()?;
                places.push(open_partition(cx, scratch, partition).await?);
            }
            Ok(places)
        }
    }
}

async fn open_partition(
    cx: &StepContext,
    scratch: &Scratch,
    partition: Partition,
) -> Result<Place, TaskError> {
    let Partition {
        number,
        offset,
        size,
    } = partition;
    let image = scratch.image();
    let check = match file_systems::identify(&image, offset, size).await {
        Ok(Content::Known(content)) if file_systems::is_opened(&content) => {
            let part = scratch.part(number);
            let to = part.clone();
            patience::watched(cx, move |progress| {
                image::copy_range(&image, partition, &to, progress)
            })
            .await?;
            let check = file_systems::check(&part, &content).await;
            // The next one takes its room.
            let removed = tokio::task::spawn_blocking(move || std::fs::remove_file(part)).await;
            if !matches!(removed, Ok(Ok(()))) {
                return Err(TaskError::retry(
                    "SCRATCH",
                    "A scratch file cannot be removed.",
                ));
            }
            check
        }
        Ok(Content::Known(content)) => {
            let said = "Nothing here opens this.";
            Check::without_tool(Some(content), Outcome::NotOpened, said)
        }
        Ok(Content::Nothing | Content::Table) => {
            Check::without_tool(None, Outcome::NotOpened, "No file system was found.")
        }
        Err(error) => Check::without_tool(None, Outcome::NoTool, &error.to_string()),
    };
    Ok(Place {
        partition: Some(number),
        offset,
        size,
        check,
    })
}

fn no_room(error: &ScratchError) -> TaskError {
    let text = format!("The scratch restore has no room: {error}.");
    match error {
        ScratchError::TooLarge { .. } => TaskError::fail(SCRATCH_FULL, text),
        ScratchError::NoRoom { .. } => TaskError::retry_after(SCRATCH_FULL, text, ROOM_PAUSE),
        ScratchError::Io { .. } => TaskError::retry(SCRATCH_FULL, text),
    }
}

/// A panic of a library must end one task and nothing else.
fn broke_off(error: &tokio::task::JoinError) -> TaskError {
    TaskError::fail(
        "SCRATCH",
        format!("Work in the scratch place broke off: {error}."),
    )
}

fn damage(fault: Fault, findings: &Findings) -> TaskError {
    let code = match fault {
        Fault::Gone => "SNAPSHOT_LOST",
        Fault::Vault => VAULT_DAMAGED,
        Fault::Content | Fault::FileSystem => PROOF_FAILED,
    };
    let report = findings.report.as_ref().filter(|report| !report.is_good());
    let ranges = report.map(|report| {
        let first = report.problems.first();
        let first = first.map(|one| format!(" First at byte {}: {}.", one.offset, one.what));
        let first = first.unwrap_or_default();
        format!(" {} bytes cannot be restored.{first}", report.bad_bytes)
    });
    let text = format!(
        "{}{} The point is not restored any more unless somebody insists, and the next backup reads everything.",
        fault.sentence(),
        ranges.unwrap_or_default()
    );
    TaskError::fail(code, text)
}
