//! Snapshots of other regions and of the archive tier, made ready where a step needs them.
//!
//! Not for taking snapshots (`backup_ebs/snapshot.rs`). Invariant: whichever attempt comes here finds the copy that an earlier one
//! began, and waits for it instead of making another.

use std::sync::Arc;

use aws::{NewCopy, Region, SnapshotInfo, SnapshotState, TierMove, Tiering};
use domain::asset::Asset;
use domain::aws_account::AwsAccount;
use domain::copy_target::StorageTier;
use domain::limits::ARCHIVE_RETURN_DAYS;
use tasks::{StepContext, TaskError};

use crate::failure::{self, AWAITING_ARCHIVE, REGION_UNAVAILABLE, SNAPSHOT_VANISHED};
use crate::patience::Patience;
use crate::services::Services;
use crate::{labels, rows};

const PERCENT_ALL: u64 = 100;

/// Another region of the asset's account; none when the account cannot use it, so that nothing can be there either.
pub(crate) async fn enabled_region(
    services: &Services,
    cx: &StepContext,
    asset: &Asset,
    name: &str,
) -> Result<Option<Arc<dyn Region>>, TaskError> {
    let home = rows::region(services, cx, asset).await?;
    let enabled = home.enabled_regions().await;
    let enabled = enabled.map_err(|error| failure::aws(&error))?;
    if !enabled.iter().any(|known| known == name) {
        return Ok(None);
    }
    let account = rows::account(cx, asset.aws_account_id).await?;
    Ok(Some(region_of(services, cx, &account, name).await?))
}

/// Says that the account cannot use a region.
pub(crate) fn unavailable(asset: &Asset, name: &str) -> TaskError {
    let text = format!(
        "The AWS account of {} cannot use the region {name}. Enable it there, or choose another target region in the policy.",
        asset.native_id
    );
    TaskError::fail(REGION_UNAVAILABLE, text)
}

/// A region of an account.
pub(crate) async fn region_of(
    services: &Services,
    cx: &StepContext,
    account: &AwsAccount,
    name: &str,
) -> Result<Arc<dyn Region>, TaskError> {
    let region = services
        .region(account, name, &cx.task.id.to_string())
        .await;
    region.map_err(failure::access)
}

/// A complete copy, in the region `to`, of a complete snapshot of another region.
pub(crate) async fn copy_into(
    services: &Services,
    cx: &StepContext,
    to: &dyn Region,
    (source_region, source): (&str, &str),
    step: &str,
) -> Result<SnapshotInfo, TaskError> {
    cx.check_lease()?;
    let new = NewCopy {
        source_region: source_region.to_owned(),
        source_snapshot_id: source.to_owned(),
        description: format!("Holdfast {step} of {source} from {source_region}"),
        tags: labels::tags(cx, step),
        client_key: cx.intent_key(),
    };
    let copied = to.copy_snapshot(&new).await;
    let id = copied.map_err(|error| failure::aws(&error))?;
    let mut patience = Patience::new(cx, services.settings.aws_wait_minutes, "the copy");
    let mut was_seen = false;
    loop {
        let found = to.snapshot(&id).await;
        match found.map_err(|error| failure::aws(&error))? {
            Some(copy) => match copy.state {
                SnapshotState::Completed => return Ok(copy),
                SnapshotState::Pending => {
                    was_seen = true;
                    cx.progress(copy.progress_percent.unwrap_or(0).into(), PERCENT_ALL);
                }
                SnapshotState::Error => return Err(failed(&copy)),
                SnapshotState::Unavailable => return Err(vanished(&id)),
            },
            None if was_seen => return Err(vanished(&id)),
            // AWS takes a moment to show what it has just begun.
            None => {}
        }
        patience.wait(cx).await?;
    }
}

fn failed(copy: &SnapshotInfo) -> TaskError {
    let why = copy.state_message.as_deref().unwrap_or_default();
    let text = format!(
        "AWS could not complete the copy {}; check that the encryption keys at both ends may be used. {why}",
        copy.id
    );
    TaskError::fail("SNAPSHOT_COPY_FAILED", text)
}

fn vanished(id: &str) -> TaskError {
    let text =
        format!("The copy {id} vanished before it was complete; the next run makes a new one.");
    TaskError::fail(SNAPSHOT_VANISHED, text)
}

/// Lets a snapshot be used: one in the archive is brought back first, for which the task waits without holding a worker.
pub(crate) async fn bring_back(
    cx: &StepContext,
    region: &dyn Region,
    id: &str,
) -> Result<(), TaskError> {
    let found = region.snapshot(id).await;
    let found = found.map_err(|error| failure::aws(&error))?;
    let snapshot = found.ok_or_else(|| rows::gone("snapshot"))?;
    if snapshot.tier == StorageTier::Standard {
        return Ok(());
    }
    let mut tiering = tiering(region, id).await?;
    if !is_coming(cx, &tiering) {
        if tiering.last_move == Some(TierMove::ReturningFailed) && cx.attempt > 1 {
            let why = tiering.detail.unwrap_or_default();
            let text =
                format!("AWS could not bring the snapshot {id} back from the archive. {why}");
            return Err(TaskError::fail("ARCHIVE_FAILED", text));
        }
        cx.check_lease()?;
        let asked = region.bring_back_snapshot(id, ARCHIVE_RETURN_DAYS).await;
        asked.map_err(|error| failure::aws(&error))?;
        tiering = self::tiering(region, id).await?;
    }
    if tiering.is_usable(cx.clock.now()) {
        return Ok(());
    }
    let percent = tiering.progress_percent.unwrap_or(0);
    cx.progress(percent.into(), PERCENT_ALL);
    let text = format!(
        "AWS is bringing the snapshot {id} back from the archive ({percent} %), which takes up to three days. The task goes on by itself."
    );
    Err(TaskError::block(AWAITING_ARCHIVE, text))
}

async fn tiering(region: &dyn Region, id: &str) -> Result<Tiering, TaskError> {
    let found = region.tiering(id).await;
    let found = found.map_err(|error| failure::aws(&error))?;
    found.ok_or_else(|| rows::gone("snapshot"))
}

/// Whether it is back, or on its way.
fn is_coming(cx: &StepContext, tiering: &Tiering) -> bool {
    tiering.is_usable(cx.clock.now()) || tiering.last_move == Some(TierMove::Returning)
}

/// Begins to move a snapshot into the archive, unless it is there or on its way. An error is a matter of cost only: where it lies
/// now it can be used, and the reconciler asks again.
pub(crate) async fn archive(
    cx: &StepContext,
    region: &dyn Region,
    id: &str,
) -> Result<(), TaskError> {
    let tiering = tiering(region, id).await?;
    let is_back = tiering
        .back_until
        .is_some_and(|until| until > cx.clock.now());
    let is_on_its_way = match tiering.last_move {
        Some(TierMove::Archiving | TierMove::Returning) => true,
        Some(
            TierMove::Archived
            | TierMove::ArchivingFailed
            | TierMove::Returned
            | TierMove::ReturningFailed,
        )
        | None => false,
    };
    // AWS takes a snapshot that is back for a while into the archive again by itself.
    if tiering.tier == StorageTier::Archive || is_on_its_way || is_back {
        return Ok(());
    }
    cx.check_lease()?;
    let asked = region.archive_snapshot(id).await;
    asked.map_err(|error| failure::aws(&error))
}
