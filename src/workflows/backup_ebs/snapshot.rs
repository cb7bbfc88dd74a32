//! Step 2: an in-account snapshot of the volume, complete. Also the heart of `snapshot_ebs`.

use std::sync::Arc;

use async_trait::async_trait;
use aws::{NewSnapshot, Region, SnapshotInfo, SnapshotState};
use domain::asset::Asset;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tasks::{Step, StepContext, TaskError};

use crate::failure::{self, ASSET_GONE, SNAPSHOT_VANISHED};
use crate::patience::Patience;
use crate::services::Services;
use crate::{labels, rows};

pub(super) const NAME: &str = "snapshot";
const PERCENT_ALL: u64 = 100;

/// A complete snapshot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SnapshotOutput {
    pub(crate) snapshot_id: String,
    pub(crate) size_gib: u32,
    /// The moment it shows.
    pub(crate) taken_at: Timestamp,
}

impl SnapshotOutput {
    pub(crate) fn size_bytes(&self) -> u64 {
        u64::from(self.size_gib) << 30
    }
}

pub(super) struct Snapshot(pub(super) Arc<Services>);

#[async_trait]
impl Step for Snapshot {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let (asset_id, _) = super::arguments(cx)?;
        let asset = rows::asset(cx, asset_id).await?;
        let taken = take_snapshot(&self.0, cx, &asset, NAME).await?;
        Ok(serde_json::to_value(taken)?)
    }

    async fn undo(&self, cx: &StepContext) -> Result<(), TaskError> {
        let (asset_id, _) = super::arguments(cx)?;
        // Once the point has its row, the snapshot is the base of the next increment.
        let point = cx.find_output::<super::open::OpenOutput>(super::open::NAME)?;
        if let Some(open) = point
            && rows::find_point(cx, open.recovery_point_id)
                .await?
                .is_some()
        {
            return Ok(());
        }
        let asset = rows::asset(cx, asset_id).await?;
        undo_snapshot(&self.0, cx, &asset, NAME).await
    }
}

/// Takes a snapshot of the volume, or finds the one that an earlier attempt took, and waits until it is complete.
pub(crate) async fn take_snapshot(
    services: &Services,
    cx: &StepContext,
    asset: &Asset,
    step: &str,
) -> Result<SnapshotOutput, TaskError> {
    let region = rows::region(services, cx, asset).await?;
    cx.check_lease()?;
    let new = NewSnapshot {
        volume_id: asset.native_id.clone(),
        description: format!("Holdfast {step} of {}", asset.native_id),
        tags: labels::tags(cx, step),
        client_key: cx.intent_key(),
    };
    let snapshot = region.create_snapshot(&new).await.map_err(|error| {
        if error.is_not_found() {
            let text = format!(
                "The volume {} does not exist any more. {error}",
                asset.native_id
            );
            TaskError::fail(ASSET_GONE, text)
                .with_aws_request_id(error.request_id().map(str::to_owned))
        } else {
            failure::aws(&error)
        }
    })?;
    let complete = wait(services, cx, region.as_ref(), snapshot).await?;
    Ok(SnapshotOutput {
        snapshot_id: complete.id,
        size_gib: complete.size_gib,
        taken_at: complete.started_at.unwrap_or_else(|| cx.clock.now()),
    })
}

async fn wait(
    services: &Services,
    cx: &StepContext,
    region: &dyn Region,
    mut snapshot: SnapshotInfo,
) -> Result<SnapshotInfo, TaskError> {
    let mut patience = Patience::new(cx, services.settings.aws_wait_minutes, "the snapshot");
    loop {
        match snapshot.state {
            SnapshotState::Completed => return Ok(snapshot),
            SnapshotState::Error => {
                let why = snapshot.state_message.unwrap_or_default();
                let text = format!("AWS could not complete the snapshot {}. {why}", snapshot.id);
                return Err(TaskError::fail("SNAPSHOT_FAILED", text));
            }
            SnapshotState::Unavailable => return Err(vanished(&snapshot.id)),
            SnapshotState::Pending => {}
        }
        cx.progress(snapshot.progress_percent.unwrap_or(0).into(), PERCENT_ALL);
        patience.wait(cx).await?;
        let found = region
            .snapshot(&snapshot.id)
            .await
            .map_err(|error| failure::aws(&error))?;
        snapshot = found.ok_or_else(|| vanished(&snapshot.id))?;
    }
}

/// Deletes what the step made, whichever attempt made it.
pub(crate) async fn undo_snapshot(
    services: &Services,
    cx: &StepContext,
    asset: &Asset,
    step: &str,
) -> Result<(), TaskError> {
    let region = rows::region(services, cx, asset).await?;
    let found = region.find_snapshots(&labels::search(cx, step)).await;
    for snapshot in found.map_err(|error| failure::aws(&error))? {
        cx.check_lease()?;
        region
            .delete_snapshot(&snapshot.id)
            .await
            .map_err(|error| failure::aws(&error))?;
    }
    Ok(())
}

fn vanished(id: &str) -> TaskError {
    TaskError::fail(
        SNAPSHOT_VANISHED,
        format!(
            "The in-account snapshot {id} vanished before it was complete; the next run takes a new one."
        ),
    )
}
