//! Rows that steps need, with a sentence for a person when one is missing.
//!
//! Not for writing, except to name a task's point. Invariant: everything is read in the scope of the task's organization.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws::Region;
use domain::asset::Asset;
use domain::aws_account::{AwsAccount, AwsAccountStatus};
use domain::ids::{AssetId, AwsAccountKey, RecoveryPointId, RepositoryId, TaskId};
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::repository::VaultRepository;
use domain::schedule::window_alert_key;
use domain::scope::Scope;
use domain::task::{Actor, NewTask, TaskSpec};
use jiff::Timestamp;
use store::{Tx, assets, aws_accounts, recovery_points, repositories};
use tasks::{StepContext, TaskError};
use vault::{ImageReader, Repository, SnapshotId};

use crate::failure::{self, NOT_FOUND, POINT_NOT_RESTORABLE};
use crate::services::Services;
use crate::vaults::blocking;
use crate::{copies, patience};

/// The task's organization, all of it.
pub(crate) fn scope(cx: &StepContext) -> Scope {
    Scope::organization_wide(cx.organization)
}

/// Something that the task needs is not there (any more).
pub(crate) fn gone(what: &str) -> TaskError {
    TaskError::fail(NOT_FOUND, format!("The {what} does not exist any more."))
}

/// A task of one kind came to the workflow of another.
pub(crate) fn wrong_spec(spec: &TaskSpec) -> TaskError {
    TaskError::fail(
        "INCONSISTENT",
        format!("A task of kind {} came here.", spec.kind().name()),
    )
}

/// The id of the point that this task makes: a task makes one, and every attempt must name the same.
pub(crate) fn point_id(cx: &StepContext) -> RecoveryPointId {
    RecoveryPointId::from_uuid(cx.task.id.uuid())
}

pub(crate) async fn find_asset(cx: &StepContext, id: AssetId) -> Result<Option<Asset>, TaskError> {
    Ok(assets::lookup(&cx.store.read(), &scope(cx), id).await?)
}

pub(crate) async fn asset(cx: &StepContext, id: AssetId) -> Result<Asset, TaskError> {
    find_asset(cx, id).await?.ok_or_else(|| gone("asset"))
}

/// The linked account; one that was unlinked cannot be used.
pub(crate) async fn account(cx: &StepContext, id: AwsAccountKey) -> Result<AwsAccount, TaskError> {
    let found = aws_accounts::lookup(&cx.store.read(), &scope(cx), id).await?;
    let account = found.ok_or_else(|| gone("AWS account"))?;
    if account.status == AwsAccountStatus::Disconnected {
        let text = format!("The AWS account {} was unlinked.", account.account_id);
        return Err(TaskError::fail("ACCOUNT_DISCONNECTED", text));
    }
    Ok(account)
}

/// The region where the asset is.
pub(crate) async fn region(
    services: &Services,
    cx: &StepContext,
    asset: &Asset,
) -> Result<Arc<dyn Region>, TaskError> {
    let account = account(cx, asset.aws_account_id).await?;
    let region = services
        .region(&account, &asset.region, &cx.task.id.to_string())
        .await;
    region.map_err(failure::access)
}

pub(crate) async fn repository(
    cx: &StepContext,
    id: RepositoryId,
) -> Result<VaultRepository, TaskError> {
    let found = repositories::lookup(&cx.store.read(), cx.organization, id).await?;
    found.ok_or_else(|| gone("repository"))
}

pub(crate) async fn find_point(
    cx: &StepContext,
    id: RecoveryPointId,
) -> Result<Option<RecoveryPoint>, TaskError> {
    Ok(recovery_points::lookup(&cx.store.read(), &scope(cx), id).await?)
}

pub(crate) async fn point(
    cx: &StepContext,
    id: RecoveryPointId,
) -> Result<RecoveryPoint, TaskError> {
    find_point(cx, id)
        .await?
        .ok_or_else(|| gone("recovery point"))
}

/// A point that may be restored; a damaged one only when the person who asked said so.
pub(crate) async fn restorable_point(
    cx: &StepContext,
    id: RecoveryPointId,
    allow_damaged: bool,
) -> Result<RecoveryPoint, TaskError> {
    let point = point(cx, id).await?;
    let is_allowed = allow_damaged && point.status == RecoveryPointStatus::Damaged;
    if is_allowed || point.status == RecoveryPointStatus::Available {
        return Ok(point);
    }
    let text = format!(
        "The recovery point is {}, so it cannot be restored.",
        point.status.name()
    );
    Err(TaskError::fail(POINT_NOT_RESTORABLE, text))
}

/// The repository of a point in the vault, open.
pub(crate) async fn open_repository(
    services: &Services,
    cx: &StepContext,
    point: &RecoveryPoint,
) -> Result<Repository, TaskError> {
    let id = point.repository_id.ok_or_else(|| gone("repository"))?;
    let row = repository(cx, id).await?;
    let opened = services
        .vaults
        .open(&row)
        .await
        .map_err(|error| failure::vault(&error))?;
    Ok(opened.with_fence(patience::fence(cx)))
}

/// The image of a point in the vault, open.
pub(crate) async fn image(
    services: &Services,
    cx: &StepContext,
    point: &RecoveryPoint,
) -> Result<ImageReader, TaskError> {
    if point.placement != Placement::Vault {
        let text = "An in-account snapshot can be restored to a volume only.";
        return Err(TaskError::fail(POINT_NOT_RESTORABLE, text));
    }
    let snapshot = point.snapshot_id.clone().ok_or_else(|| gone("snapshot"))?;
    let snapshot: SnapshotId = snapshot.parse().map_err(|error| failure::vault(&error))?;
    let repository = open_repository(services, cx, point).await?;
    let image = blocking(move || repository.image(&snapshot)).await;
    image.map_err(|error| failure::vault(&error))
}

/// The snapshot of a point in the customer's account, with the region where it lies.
pub(crate) async fn snapshot_of(
    services: &Services,
    cx: &StepContext,
    point: &RecoveryPoint,
) -> Result<(Arc<dyn Region>, String), TaskError> {
    let asset = asset(cx, point.asset_id).await?;
    let account = account(cx, asset.aws_account_id).await?;
    let name = point.region.as_deref().unwrap_or(&asset.region);
    let region = copies::region_of(services, cx, &account, name).await?;
    let snapshot = point.snapshot_id.clone();
    Ok((region, snapshot.ok_or_else(|| gone("snapshot"))?))
}

/// Points of the asset in this placement that are not ended.
pub(crate) async fn living_points(
    cx: &StepContext,
    asset: AssetId,
    placement: Placement,
) -> Result<Vec<RecoveryPoint>, TaskError> {
    let reader = cx.store.read();
    Ok(recovery_points::living_of_asset(&reader, cx.organization, asset, placement).await?)
}

/// Points of the asset in the vault that are not ended.
pub(crate) async fn vault_points(
    cx: &StepContext,
    asset: AssetId,
) -> Result<Vec<RecoveryPoint>, TaskError> {
    living_points(cx, asset, Placement::Vault).await
}

/// All points that a repository should hold.
pub(crate) async fn points_of_repository(
    cx: &StepContext,
    id: RepositoryId,
) -> Result<Vec<RecoveryPoint>, TaskError> {
    Ok(recovery_points::all_of_repository(&cx.store.read(), cx.organization, id).await?)
}

/// Those of the assets that a policy protects.
pub(crate) async fn protected_assets(
    cx: &StepContext,
    wanted: &BTreeSet<AssetId>,
) -> Result<BTreeSet<AssetId>, TaskError> {
    let ids: Vec<AssetId> = wanted.iter().copied().collect();
    let found = assets::lookup_many(&cx.store.read(), &scope(cx), &ids).await?;
    let protected = found.into_iter().filter(|asset| asset.policy_id.is_some());
    Ok(protected.map(|asset| asset.id).collect())
}

/// The time by the database.
pub(crate) async fn database_now(cx: &StepContext) -> Result<Timestamp, TaskError> {
    Ok(cx.store.now().await?)
}

/// Those of the tasks that are not finished.
pub(crate) async fn unfinished_tasks(
    cx: &StepContext,
    ids: &[TaskId],
) -> Result<BTreeSet<TaskId>, TaskError> {
    let found = store::tasks::lookup_many(&cx.store.read(), &scope(cx), ids).await?;
    Ok(found
        .into_iter()
        .filter(|task| !task.status.is_final())
        .map(|task| task.id)
        .collect())
}

/// Names the point on the task's page; the operation has done in its window what it had to, if it did not before.
pub(crate) async fn name_point(
    tx: &mut Tx,
    cx: &StepContext,
    point: RecoveryPointId,
) -> Result<(), TaskError> {
    if let (Some(operation), Some(asset)) = (cx.task.operation_id, cx.task.asset_id) {
        let key = window_alert_key(operation, asset);
        store::alerts::clear(tx, cx.organization, &key).await?;
    }
    Ok(store::tasks::set_recovery_point(tx, &cx.task, point).await?)
}

/// Queues the verification of a point; once per task, also when the step runs again.
pub(crate) async fn verify_later(
    tx: &mut Tx,
    cx: &StepContext,
    point: &RecoveryPoint,
    level: Proof,
) -> Result<(), TaskError> {
    let spec = TaskSpec::VerifyRecoveryPoint {
        recovery_point_id: point.id,
        level,
    };
    let mut task = NewTask::new(cx.organization, spec, Actor::System);
    task.asset_id = Some(point.asset_id);
    task.recovery_point_id = Some(point.id);
    task.unique_key = Some(format!("verify/{}/{}", cx.task.id, point.id));
    tasks::enqueue(tx, task, cx.ids.as_ref(), cx.clock.now()).await?;
    Ok(())
}
