//! Steps 3 and 4: the volume, and the end of the temporary snapshot.

use std::sync::Arc;

use async_trait::async_trait;
use aws::{NewVolume, Region, VolumeInfo};
use domain::tag::Tags;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tasks::{Step, StepContext, TaskError};

use super::Prepared;
use super::upload::{self, UploadOutput};
use crate::patience::Patience;
use crate::services::Services;
use crate::{failure, labels, rows};

const VOLUME: &str = "volume";
const TIDY: &str = "tidy";
/// Tag with the recovery point's id, for people who wonder where a volume came from.
const POINT_TAG: &str = "holdfast:recovery-point";

/// The volume that was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct VolumeOutput {
    volume_id: String,
    arn: String,
}

pub(super) struct Volume(pub(super) Arc<Services>);

#[async_trait]
impl Step for Volume {
    fn name(&self) -> &'static str {
        VOLUME
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let region = region(&self.0, cx).await?;
        let found = find(cx, region.as_ref()).await?.into_iter().next();
        let volume = if let Some(volume) = found {
            volume
        } else {
            let new = new_volume(cx)?;
            cx.check_lease()?;
            region
                .create_volume(&new)
                .await
                .map_err(|error| failure::aws(&error))?
        };
        let volume = self.wait(cx, region.as_ref(), volume).await?;
        let output = VolumeOutput {
            volume_id: volume.id,
            arn: volume.arn,
        };
        Ok(serde_json::to_value(output)?)
    }

    async fn undo(&self, cx: &StepContext) -> Result<(), TaskError> {
        let region = region(&self.0, cx).await?;
        for volume in find(cx, region.as_ref()).await? {
            cx.check_lease()?;
            region
                .delete_volume(&volume.id)
                .await
                .map_err(|error| failure::aws(&error))?;
        }
        Ok(())
    }
}

impl Volume {
    async fn wait(
        &self,
        cx: &StepContext,
        region: &dyn Region,
        mut volume: VolumeInfo,
    ) -> Result<VolumeInfo, TaskError> {
        let mut patience = Patience::new(cx, self.0.settings.aws_wait_minutes, "the volume");
        loop {
            match volume.volume.state.as_str() {
                // In use: somebody was quick to attach it.
                "available" | "in-use" => return Ok(volume),
                "error" | "deleting" | "deleted" => {
                    let text = format!(
                        "AWS could not make the volume {} ({}); with encryption, check that the key may be used.",
                        volume.id, volume.volume.state
                    );
                    return Err(TaskError::fail("VOLUME_FAILED", text));
                }
                _ => patience.wait(cx).await?,
            }
            let found = region
                .volume(&volume.id)
                .await
                .map_err(|error| failure::aws(&error))?;
            let text = format!("The volume {} vanished before it was available.", volume.id);
            volume = found.ok_or_else(|| TaskError::fail("VOLUME_FAILED", text))?;
        }
    }
}

async fn region(services: &Services, cx: &StepContext) -> Result<Arc<dyn Region>, TaskError> {
    upload::region(services, cx).await
}

async fn find(cx: &StepContext, region: &dyn Region) -> Result<Vec<VolumeInfo>, TaskError> {
    let found = region.find_volumes(&labels::search(cx, VOLUME)).await;
    found.map_err(|error| failure::aws(&error))
}

fn new_volume(cx: &StepContext) -> Result<NewVolume, TaskError> {
    let (point_id, options) = super::arguments(cx)?;
    let prepared: Prepared = cx.output(super::PREPARE)?;
    let uploaded: UploadOutput = cx.output(upload::NAME)?;
    let mut tags: Tags = labels::tags(cx, VOLUME);
    tags.0.insert(POINT_TAG.to_owned(), point_id.to_string());
    for (key, value) in options.tags.iter() {
        // Ours are needed to find the volume again.
        tags.0
            .entry(key.to_owned())
            .or_insert_with(|| value.to_owned());
    }
    Ok(NewVolume {
        snapshot_id: uploaded.snapshot_id,
        availability_zone: options.availability_zone.clone(),
        volume_type: prepared.volume_type,
        iops: prepared.iops,
        throughput_mibps: prepared.throughput_mibps,
        size_gib: Some(prepared.size_gib),
        // A volume of an encrypted snapshot is encrypted anyway, and AWS refuses "false" for it.
        encrypted: prepared.encrypted.then_some(true),
        kms_key_id: options.kms_key_id.clone(),
        tags,
        initialization_rate_mibps: options.initialization_rate_mibps,
        client_token: cx.intent_key(),
    })
}

pub(super) struct Tidy(pub(super) Arc<Services>);

#[async_trait]
impl Step for Tidy {
    fn name(&self) -> &'static str {
        TIDY
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let (point_id, options) = super::arguments(cx)?;
        let uploaded: UploadOutput = cx.output(upload::NAME)?;
        let made: VolumeOutput = cx.output(VOLUME)?;
        let point = rows::point(cx, point_id).await?;
        if uploaded.is_temporary {
            let region = region(&self.0, cx).await?;
            cx.check_lease()?;
            if let Err(error) = region.delete_snapshot(&uploaded.snapshot_id).await {
                // The volume is there; a snapshot too many is a matter of cost.
                cx.warn(format!(
                    "The temporary snapshot {} could not be deleted. {error}",
                    uploaded.snapshot_id
                ));
            }
        }
        Ok(json!({
            "volume_id": made.volume_id,
            "arn": made.arn,
            "region": options.region,
            "availability_zone": options.availability_zone,
            "size_bytes": point.size_bytes,
            "bytes_written": uploaded.bytes_written,
        }))
    }
}
