//! Verifications: proving that a recovery point comes back, and what earlier attempts have shown.
//!
//! Not for the proof itself (`workflows`) or its schedule. Invariant: only points that the vault keeps can be verified, and a level
//! that a point can never reach is refused at once.

use domain::page::{Direction, Page, PageRequest};
use domain::permission::Permission;
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::task::{NewTask, Task, TaskSpec};
use domain::verification::{Verification, VerificationFilter};
use domain::{RecoveryPointId, VerificationId};

use crate::actions;
use crate::context::Ctx;
use crate::error::Error;
use crate::idempotency;
use crate::recovery_points::unit_of;
use crate::restores::queue;

/// Several attempts at once, in any order; unknown ones are left out.
pub async fn lookup_many(ctx: &Ctx, ids: &[VerificationId]) -> Result<Vec<Verification>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::verifications::lookup_many(&ctx.read(), ctx.scope(), ids).await?)
}

/// The newest attempt at each of these points that has one.
pub async fn last_of_points(
    ctx: &Ctx,
    points: &[RecoveryPointId],
) -> Result<Vec<Verification>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::verifications::last_of_points(&ctx.read(), ctx.scope(), points).await?)
}

/// A page of attempts, by the time when they began.
pub async fn list(
    ctx: &Ctx,
    filter: &VerificationFilter,
    direction: Direction,
    page: &PageRequest,
) -> Result<Page<Verification>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::verifications::list(&ctx.read(), ctx.scope(), filter, direction, page).await?)
}

/// How many attempts match, counted up to the cap.
pub async fn count(ctx: &Ctx, filter: &VerificationFilter) -> Result<u64, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::verifications::count(&ctx.read(), ctx.scope(), filter).await?)
}

/// Queues the verification of a point up to a level; a damaged one may be tried again.
pub async fn start(
    ctx: &Ctx,
    recovery_point_id: Option<RecoveryPointId>,
    level: Proof,
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
    check(&point, level)?;
    let spec = TaskSpec::VerifyRecoveryPoint {
        recovery_point_id: point.id,
        level,
    };
    let task = NewTask {
        asset_id: Some(point.asset_id),
        recovery_point_id: Some(point.id),
        ..NewTask::new(ctx.organization(), spec, ctx.actor())
    };
    queue(ctx, tx, actions::START_VERIFICATION, idempotency_key, task).await
}

/// Whether the point can be proven at this level at all.
fn check(point: &RecoveryPoint, level: Proof) -> Result<(), Error> {
    if point.placement == Placement::InAccount {
        let message = "AWS keeps this recovery point; only those in the vault can be verified.";
        return Err(Error::precondition("recoveryPointId", message));
    }
    let can_be_read = match point.status {
        RecoveryPointStatus::Available
        | RecoveryPointStatus::Damaged
        | RecoveryPointStatus::Expiring => true,
        RecoveryPointStatus::Creating
        | RecoveryPointStatus::Lost
        | RecoveryPointStatus::Expired
        | RecoveryPointStatus::Failed => false,
    };
    if !can_be_read {
        let message = "This recovery point cannot be read.";
        return Err(Error::precondition("recoveryPointId", message));
    }
    match level {
        Proof::None => {
            let message = "NONE proves nothing; choose CHECKSUMS_MATCH or above.";
            Err(domain::Problem::invalid("level", message).into())
        }
        Proof::ContentMatches if point.source_digest.is_none() => {
            let message = "This recovery point was made without a digest of its source: it can be proven RESTORED at most.";
            Err(Error::precondition("level", message))
        }
        Proof::ChecksumsMatch | Proof::Restored | Proof::ContentMatches => Ok(()),
    }
}

#[cfg(test)]
mod tests;
