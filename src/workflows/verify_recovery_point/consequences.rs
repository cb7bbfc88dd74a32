//! What follows from a verdict, in one transaction with it.
//!
//! Not for the verdict (`findings.rs`). Invariant: a point that failed its proof is damaged, its alert is open, and whatever may
//! share the damage is queued, or none of this is true.

use std::collections::BTreeMap;

use domain::alert::{AlertKind, NewAlert};
use domain::ids::{AlertId, RecoveryPointId};
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::verification::Verification;
use serde_json::json;
use store::{Tx, alerts, recovery_points, repositories, verifications};
use tasks::{Remedy, StepContext, TaskError};
use vault::{Repository, SnapshotId};

use super::findings::{Fault, Findings};
use crate::{patience, rows};

/// Points of a repository that are looked through for shared damage at most; the newest come first.
const SHARING_MAX: usize = 500;

/// The key of the alert about a point that failed its proof.
fn failed_key(point: RecoveryPointId) -> String {
    format!("proof_failed/{point}")
}

/// Later points that may share the damage, each with the level at which that would be seen: those of the repository that hold one of
/// the bad blocks; of a broken file system the newest point of the asset.
pub(super) async fn sharing(
    cx: &StepContext,
    repository: Repository,
    point: &RecoveryPoint,
    findings: &Findings,
    fault: Fault,
) -> Result<Vec<(RecoveryPoint, Proof)>, TaskError> {
    let level = match fault {
        Fault::Gone | Fault::Content => return Ok(Vec::new()),
        Fault::FileSystem => Proof::Restored,
        Fault::Vault => Proof::ChecksumsMatch,
    };
    let found = match fault {
        Fault::Vault => holders(cx, repository, point, findings).await,
        Fault::Gone | Fault::Content | Fault::FileSystem => newest(cx, point).await,
    };
    let found = match found {
        // What is damaged may be what tells who shares it; the verdict does not wait for that.
        Err(error) if error.remedy == Remedy::Fail => {
            cx.warn(format!(
                "Who shares the damage cannot be told. {}",
                error.message
            ));
            newest(cx, point).await?
        }
        found => found?,
    };
    Ok(found.into_iter().map(|point| (point, level)).collect())
}

/// The newest point of the asset, when it is later.
async fn newest(cx: &StepContext, point: &RecoveryPoint) -> Result<Vec<RecoveryPoint>, TaskError> {
    let (reader, asset) = (cx.store.read(), point.asset_id);
    let newest =
        recovery_points::latest_available_of(&reader, cx.organization, asset, Placement::Vault);
    let later = newest
        .await?
        .filter(|newest| newest.taken_at > point.taken_at);
    Ok(later.into_iter().collect())
}

/// Later points of the repository that hold one of the bad blocks.
async fn holders(
    cx: &StepContext,
    repository: Repository,
    point: &RecoveryPoint,
    findings: &Findings,
) -> Result<Vec<RecoveryPoint>, TaskError> {
    let blocks = findings
        .report
        .as_ref()
        .map(|report| report.bad_blocks.clone());
    let blocks = blocks.filter(|blocks| !blocks.is_empty());
    let Some((id, blocks)) = point.repository_id.zip(blocks) else {
        return newest(cx, point).await;
    };
    let mut all = rows::points_of_repository(cx, id).await?;
    all.retain(|other| {
        other.status == RecoveryPointStatus::Available && other.taken_at > point.taken_at
    });
    let mut by_snapshot: BTreeMap<SnapshotId, RecoveryPoint> = BTreeMap::new();
    for other in all.into_iter().rev().take(SHARING_MAX) {
        let snapshot = other.snapshot_id.as_deref().map(str::parse);
        if let Some(Ok(snapshot)) = snapshot {
            by_snapshot.insert(snapshot, other);
        }
    }
    let wanted: Vec<SnapshotId> = by_snapshot.keys().cloned().collect();
    let sharing = patience::watched(cx, move |progress| {
        repository.sharing(&wanted, &blocks, progress)
    })
    .await?;
    let found = sharing.iter().filter_map(|id| by_snapshot.remove(id));
    Ok(found.collect())
}

/// Writes that the point failed its proof.
pub(super) async fn record_fault(
    cx: &StepContext,
    point: &RecoveryPoint,
    attempt: &Verification,
    fault: Fault,
    sharing: &[(RecoveryPoint, Proof)],
) -> Result<(), TaskError> {
    let organization = cx.organization;
    let status = match fault {
        Fault::Gone => RecoveryPointStatus::Lost,
        Fault::Vault | Fault::Content | Fault::FileSystem => RecoveryPointStatus::Damaged,
    };
    let now = cx.clock.now();
    let mut tx = cx.store.begin().await?;
    cx.check_lease()?;
    verifications::set(&mut tx, attempt).await?;
    recovery_points::set_status(&mut tx, organization, point.id, status).await?;
    recovery_points::set_proof(&mut tx, organization, point.id, attempt.reached, now).await?;
    alerts::raise(&mut tx, &alert(cx, point, attempt, fault)).await?;
    for (other, level) in sharing {
        rows::verify_later(&mut tx, cx, other, *level).await?;
    }
    if let Some(repository) = point.repository_id.filter(|_| fault.is_of_vault()) {
        // What the repository calls stored already is not stored again: the next backup goes to another.
        let asset = point.asset_id;
        repositories::unbind_asset(&mut tx, organization, asset, repository).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn alert(
    cx: &StepContext,
    point: &RecoveryPoint,
    attempt: &Verification,
    fault: Fault,
) -> NewAlert {
    let cause = format!(
        "{} The recovery point of {} is damaged and not restored any more unless somebody insists. The next backup of the asset \
         reads everything; start one now, and look at the evidence of the verification.",
        fault.sentence(),
        point.taken_at
    );
    let id = AlertId::fresh(cx.ids.as_ref());
    let kind = AlertKind::ProofFailed;
    let mut alert = NewAlert::new(id, cx.organization, kind, failed_key(point.id), cause);
    alert.evidence = json!({
        "verification": attempt.id,
        "wanted": attempt.wanted.name(),
        "reached": attempt.reached.name(),
        "sha256": attempt.evidence.as_ref().map(|evidence| &evidence.sha256),
    });
    alert.subject.asset_id = Some(point.asset_id);
    alert.subject.policy_id = point.policy_id;
    alert.subject.recovery_point_id = Some(point.id);
    alert.subject.task_id = Some(cx.task.id);
    alert
}

/// Writes that the point was proven, as far as it was.
pub(super) async fn record_proof(
    cx: &StepContext,
    point: &RecoveryPoint,
    attempt: &Verification,
    findings: &Findings,
) -> Result<(), TaskError> {
    let organization = cx.organization;
    let mut tx = cx.store.begin().await?;
    cx.check_lease()?;
    verifications::set(&mut tx, attempt).await?;
    if heals(&tx, point, attempt).await? {
        let report = findings.report.as_ref();
        let digest = report
            .and_then(|report| report.root)
            .map(|root| root.to_string());
        recovery_points::set_available(&mut tx, organization, point.id, digest).await?;
        alerts::clear(&mut tx, organization, &failed_key(point.id)).await?;
    }
    // A proof of a higher kind stays; only its age is renewed by a proof of the same kind.
    let proof = point.proof.max(attempt.reached);
    recovery_points::set_proof(&mut tx, organization, point.id, proof, cx.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether the point may be restored from now on. One that failed a proof needs one of that level; a lower one would not see the
/// damage.
async fn heals(tx: &Tx, point: &RecoveryPoint, attempt: &Verification) -> Result<bool, TaskError> {
    // What is learned of an ending point counts when it is taken back.
    let status = if point.status == RecoveryPointStatus::Expiring {
        let before = point.life.status_before;
        before.unwrap_or(RecoveryPointStatus::Available)
    } else {
        point.status
    };
    match status {
        RecoveryPointStatus::Available => Ok(point.content_digest.is_none()),
        RecoveryPointStatus::Creating | RecoveryPointStatus::Lost => Ok(true),
        RecoveryPointStatus::Damaged => {
            let failed =
                verifications::last_failed_of_point(tx, point.organization_id, point.id).await?;
            let needed = failed.map_or(Proof::ChecksumsMatch, |failed| failed.wanted);
            Ok(attempt.reached >= needed)
        }
        RecoveryPointStatus::Expiring
        | RecoveryPointStatus::Expired
        | RecoveryPointStatus::Failed => Ok(false),
    }
}
