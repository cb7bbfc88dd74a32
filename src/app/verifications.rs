//! Verifications: proving by hand that a recovery point comes back.
//!
//! Not for the proof itself (`workflows`) or its schedule. Invariant: only points that the vault keeps can be verified.

use domain::RecoveryPointId;
use domain::recovery_point::{Placement, RecoveryPointStatus};
use domain::task::{NewTask, Task, TaskSpec};

use crate::actions;
use crate::context::Ctx;
use crate::error::Error;
use crate::idempotency;
use crate::recovery_points::unit_of;
use crate::restores::queue;

/// Queues the verification of a point; a damaged one may be tried again.
pub async fn start(
    ctx: &Ctx,
    recovery_point_id: Option<RecoveryPointId>,
    idempotency_key: &str,
) -> Result<Task, Error> {
    ctx.authorize(actions::START_VERIFICATION).await?;
    idempotency::check(idempotency_key)?;
    let tx = ctx.begin().await?;
    let missing = || Error::not_found("recoveryPointId", "recovery point");
    let id = recovery_point_id.ok_or_else(missing)?;
    let point = store::recovery_points::lookup(&tx, ctx.scope(), id)
        .await?
        .ok_or_else(missing)?;
    let unit = unit_of(ctx, &tx, &point).await?;
    let tx = ctx
        .authorize_at(tx, actions::START_VERIFICATION, [unit])
        .await?;
    if point.placement == Placement::InAccount {
        let message = "AWS keeps this recovery point; only those in the vault can be verified.";
        return Err(Error::precondition("recoveryPointId", message));
    }
    let can_be_read = match point.status {
        RecoveryPointStatus::Available | RecoveryPointStatus::Damaged => true,
        RecoveryPointStatus::Creating
        | RecoveryPointStatus::Lost
        | RecoveryPointStatus::Expired
        | RecoveryPointStatus::Failed => false,
    };
    if !can_be_read {
        let message = "This recovery point cannot be read.";
        return Err(Error::precondition("recoveryPointId", message));
    }
    let spec = TaskSpec::VerifyRecoveryPoint {
        recovery_point_id: point.id,
    };
    let task = NewTask {
        asset_id: Some(point.asset_id),
        recovery_point_id: Some(point.id),
        ..NewTask::new(ctx.organization(), spec, ctx.actor())
    };
    queue(ctx, tx, actions::START_VERIFICATION, idempotency_key, task).await
}
