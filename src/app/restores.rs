//! Restores: into a new volume, or into an image file on the server.
//!
//! Not for doing them (`workflows`). Invariant: whatever can be checked without asking AWS is checked before a task exists.

use domain::aws_account::{AwsAccount, AwsAccountStatus};
use domain::recovery_point::{Placement, RecoveryPoint};
use domain::restore::{EbsRestoreOptions, ImageRestoreOptions};
use domain::task::{NewTask, Task, TaskSpec};
use domain::{AwsAccountKey, Problem, ProblemCode, Problems, RecoveryPointId};
use store::Tx;

use crate::actions::{self, Action};
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;
use crate::idempotency::{self, Claimed};
use crate::recovery_points::{unit_of, usable};
use crate::tasks::one_queued;

/// Restores a point into a new EBS volume.
pub async fn ebs_volume(
    ctx: &Ctx,
    recovery_point_id: Option<RecoveryPointId>,
    aws_account_id: Option<AwsAccountKey>,
    options: EbsRestoreOptions,
    idempotency_key: &str,
) -> Result<Task, Error> {
    ctx.authorize(actions::RESTORE_EBS_VOLUME).await?;
    check_both(options.validate(), idempotency_key)?;
    let tx = ctx.begin().await?;
    let point = usable(ctx, &tx, recovery_point_id, options.allow_damaged).await?;
    let account = target_account(ctx, &tx, aws_account_id, (&options.region, &point)).await?;
    let units = [unit_of(ctx, &tx, &point).await?, account.unit_id];
    let tx = ctx
        .authorize_at(tx, actions::RESTORE_EBS_VOLUME, units)
        .await?;
    let options = EbsRestoreOptions {
        aws_account_id: account.id,
        ..options
    };
    let concurrency_key = format!("{}:{}:restore_ebs", options.aws_account_id, options.region);
    let task = NewTask {
        aws_account_id: Some(options.aws_account_id),
        concurrency_key: Some(concurrency_key),
        ..restore_task(
            ctx,
            &point,
            TaskSpec::RestoreEbs {
                recovery_point_id: point.id,
                options,
            },
        )
    };
    queue(ctx, tx, actions::RESTORE_EBS_VOLUME, idempotency_key, task).await
}

/// Restores a point into an image file in the server's restore folder.
pub async fn image(
    ctx: &Ctx,
    recovery_point_id: Option<RecoveryPointId>,
    options: ImageRestoreOptions,
    idempotency_key: &str,
) -> Result<Task, Error> {
    ctx.authorize(actions::RESTORE_IMAGE).await?;
    check_both(options.validate(), idempotency_key)?;
    let tx = ctx.begin().await?;
    let point = usable(ctx, &tx, recovery_point_id, options.allow_damaged).await?;
    let unit = unit_of(ctx, &tx, &point).await?;
    let tx = ctx.authorize_at(tx, actions::RESTORE_IMAGE, [unit]).await?;
    if point.placement == Placement::InAccount {
        let message =
            "This recovery point is a snapshot in the AWS account; restore it into a volume.";
        return Err(Error::precondition("recoveryPointId", message));
    }
    let spec = TaskSpec::RestoreImage {
        recovery_point_id: point.id,
        options,
    };
    let task = restore_task(ctx, &point, spec);
    queue(ctx, tx, actions::RESTORE_IMAGE, idempotency_key, task).await
}

fn restore_task(ctx: &Ctx, point: &RecoveryPoint, spec: TaskSpec) -> NewTask {
    NewTask {
        asset_id: Some(point.asset_id),
        recovery_point_id: Some(point.id),
        ..NewTask::new(ctx.organization(), spec, ctx.actor())
    }
}

fn check_both(options: Result<(), Vec<Problem>>, idempotency_key: &str) -> Result<(), Error> {
    let mut problems = Problems::new();
    problems.absorb(options);
    if let Err(problem) = idempotency::check(idempotency_key) {
        problems.push(problem);
    }
    Ok(problems.into_result()?)
}

/// The account that gets the volume: it must be the caller's, linked, and look after the region. Where a snapshot lies, it can be
/// restored in any case: the region that a policy copies into may be kept for a disaster only.
async fn target_account(
    ctx: &Ctx,
    tx: &Tx,
    id: Option<AwsAccountKey>,
    (region, point): (&str, &RecoveryPoint),
) -> Result<AwsAccount, Error> {
    let missing = || Error::not_found("awsAccountId", "AWS account");
    let id = id.ok_or_else(missing)?;
    let account = store::aws_accounts::lookup(tx, ctx.scope(), id)
        .await?
        .ok_or_else(missing)?;
    if account.status == AwsAccountStatus::Disconnected {
        let message = "This AWS account is no longer linked.";
        return Err(Error::precondition("awsAccountId", message));
    }
    let mut linked = account.regions.iter();
    let is_known = linked.any(|known| known.region == region);
    if !is_known && point.region.as_deref() != Some(region) {
        let message = format!("The link to {} does not include {region}.", account.name);
        return Err(Problem::new(ProblemCode::PreconditionFailed, "region", message).into());
    }
    Ok(account)
}

/// Queues the one task of a request under its idempotency key, or finds the one of the same request sent before.
pub(crate) async fn queue(
    ctx: &Ctx,
    mut tx: Tx,
    action: Action,
    idempotency_key: &str,
    task: NewTask,
) -> Result<Task, Error> {
    let claimed = idempotency::claim(ctx, &mut tx, action, idempotency_key, &task.spec, 1).await?;
    let key = match claimed {
        Claimed::Repeated(earlier) => return one_queued(ctx, &tx, &earlier).await,
        Claimed::Fresh(key) => key,
    };
    let summary = serde_json::to_value(&task.spec).unwrap_or_default();
    let id = crate::tasks::enqueue(ctx, &mut tx, task).await?;
    idempotency::bind(ctx, &mut tx, &key, 0, id).await?;
    audit::success(ctx, &mut tx, action, id, summary).await?;
    let task = one_queued(ctx, &tx, &[id]).await?;
    tx.commit().await?;
    Ok(task)
}
