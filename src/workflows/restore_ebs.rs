//! Restore of a recovery point into a new EBS volume.
//!
//! | step      | do                                                                    | undo                     |
//! |-----------|-----------------------------------------------------------------------|--------------------------|
//! | `prepare` | check point, account, zone; settle type and encryption                | nothing to undo          |
//! | `upload`  | write the point into a temporary snapshot, complete it                | delete the snapshot      |
//! | `volume`  | make the volume, wait until it is available                           | delete the volume        |
//! | `tidy`    | delete the temporary snapshot                                         | nothing to undo          |
//!
//! An in-account point needs no upload: the volume is made from its snapshot, which comes back from the archive first when it is there,
//! or from a temporary copy of it in the region of the volume. Not for image files (`restore_image.rs`).
//! Invariant: what is written was hashed when it was read from the vault, and AWS checks it once more.

use std::sync::Arc;

use async_trait::async_trait;
use domain::asset::AssetDetails;
use domain::ids::RecoveryPointId;
use domain::recovery_point::{Placement, RecoveryPoint};
use domain::restore::{EbsRestoreOptions, EbsVolumeType};
use domain::task::{TaskKind, TaskSpec};
use serde::{Deserialize, Serialize};
use tasks::{Step, StepContext, TaskError, Workflow};

use crate::failure::POINT_NOT_RESTORABLE;
use crate::services::Services;
use crate::{failure, rows};

mod upload;
mod volume;

const PREPARE: &str = "prepare";
const GIB: u64 = 1 << 30;

/// The workflow.
pub(crate) struct RestoreEbs {
    services: Arc<Services>,
}

impl RestoreEbs {
    pub(crate) fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

impl Workflow for RestoreEbs {
    fn kind(&self) -> TaskKind {
        TaskKind::RestoreEbs
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        let services = &self.services;
        vec![
            Arc::new(Prepare(services.clone())),
            Arc::new(upload::Upload(services.clone())),
            Arc::new(volume::Volume(services.clone())),
            Arc::new(volume::Tidy(services.clone())),
        ]
    }

    fn concurrency_limit(&self) -> Option<u32> {
        Some(self.services.settings.per_region_max)
    }
}

fn arguments(cx: &StepContext) -> Result<(RecoveryPointId, &EbsRestoreOptions), TaskError> {
    let TaskSpec::RestoreEbs {
        recovery_point_id,
        options,
    } = cx.spec()
    else {
        return Err(rows::wrong_spec(cx.spec()));
    };
    Ok((*recovery_point_id, options))
}

/// What is settled before anything is made.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Prepared {
    size_gib: u32,
    volume_type: EbsVolumeType,
    iops: Option<u32>,
    throughput_mibps: Option<u32>,
    encrypted: bool,
}

struct Prepare(Arc<Services>);

#[async_trait]
impl Step for Prepare {
    fn name(&self) -> &'static str {
        PREPARE
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let (point_id, options) = arguments(cx)?;
        let point = rows::restorable_point(cx, point_id, options.allow_damaged).await?;
        let account = rows::account(cx, options.aws_account_id).await?;
        let region = self
            .0
            .region(&account, &options.region, &cx.task.id.to_string())
            .await;
        let region = region.map_err(failure::access)?;
        let zones = region
            .availability_zones()
            .await
            .map_err(|error| failure::aws(&error))?;
        if !zones.contains(&options.availability_zone) {
            let text = format!(
                "{} is no zone that this account can use; there are {}.",
                options.availability_zone,
                zones.join(", ")
            );
            return Err(TaskError::fail("ZONE_UNKNOWN", text));
        }
        if point.placement == Placement::InAccount {
            check_same_account(cx, &point, options).await?;
        }
        Ok(serde_json::to_value(settle(cx, &point, options).await?)?)
    }
}

/// A snapshot in the account is not shared with others.
async fn check_same_account(
    cx: &StepContext,
    point: &RecoveryPoint,
    options: &EbsRestoreOptions,
) -> Result<(), TaskError> {
    let asset = rows::asset(cx, point.asset_id).await?;
    if asset.aws_account_id == options.aws_account_id {
        return Ok(());
    }
    Err(TaskError::fail(
        POINT_NOT_RESTORABLE,
        "An in-account snapshot can be restored only in its own account.",
    ))
}

async fn settle(
    cx: &StepContext,
    point: &RecoveryPoint,
    options: &EbsRestoreOptions,
) -> Result<Prepared, TaskError> {
    let asset = rows::asset(cx, point.asset_id).await?;
    let AssetDetails::EbsVolume(source) = &asset.details else {
        return Err(TaskError::fail(
            POINT_NOT_RESTORABLE,
            "The point is not one of a volume.",
        ));
    };
    let size_gib = u32::try_from(point.size_bytes.div_ceil(GIB)).map_err(|_too_large| {
        TaskError::fail(
            POINT_NOT_RESTORABLE,
            "The point is larger than any volume can be.",
        )
    })?;
    let source_type = EbsVolumeType::from_name(&source.volume_type).unwrap_or(EbsVolumeType::Gp3);
    let volume_type = options.volume_type.unwrap_or(source_type);
    let like_source = options.volume_type.is_none();
    // The source's numbers hold only for the source's type; AWS refuses, say, iops on a magnetic volume.
    let inherited = |value: Option<u32>, allowed: Option<std::ops::RangeInclusive<u32>>| {
        value.filter(|value| like_source && allowed.is_some_and(|range| range.contains(value)))
    };
    Ok(Prepared {
        size_gib,
        volume_type,
        iops: options
            .iops
            .or_else(|| inherited(source.iops, volume_type.iops())),
        throughput_mibps: options
            .throughput_mibps
            .or_else(|| inherited(source.throughput_mibps, volume_type.throughput_mibps())),
        encrypted: options.kms_key_id.is_some() || options.encrypted.unwrap_or(source.encrypted),
    })
}
