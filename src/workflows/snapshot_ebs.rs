//! An in-account snapshot as a recovery point.
//!
//! | step       | do                                                                    | undo                              |
//! |------------|-----------------------------------------------------------------------|-----------------------------------|
//! | `snapshot` | take a snapshot, wait until it is complete                            | delete it                         |
//! | `copy`     | copy it into the target region, wait until the copy is complete       | delete the copy                   |
//! | `record`   | write the point's row                                                 | forward-only: a good point stays  |
//! | `archive`  | ask AWS to move it into the archive tier                              | nothing to undo                   |
//! | `tidy`     | delete the snapshot in the asset's region that the point before kept  | nothing to undo                   |
//!
//! Not for the vault. Invariant: the point is as good as AWS says; it is never called proven by us. One that lies in another region
//! keeps the snapshot that it was copied from as its base, so that the next snapshot of the volume is an increment.

use std::sync::Arc;

use async_trait::async_trait;
use domain::AssetId;
use domain::copy_target::{CopyTarget, StorageTier};
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::retention::Retention;
use domain::task::{TaskKind, TaskSpec};
use serde::{Deserialize, Serialize};
use store::recovery_points;
use tasks::{Step, StepContext, TaskError, Workflow};

use crate::backup_ebs::{SnapshotOutput, take_snapshot, undo_snapshot};
use crate::services::Services;
use crate::{bases, copies, failure, labels, rows};

const SNAPSHOT: &str = "snapshot";
const COPY: &str = "copy";
const RECORD: &str = "record";
const ARCHIVE: &str = "archive";
const TIDY: &str = "tidy";

/// The workflow.
pub(crate) struct SnapshotEbs {
    services: Arc<Services>,
    version: u32,
}

impl SnapshotEbs {
    pub(crate) fn new(services: Arc<Services>) -> Self {
        let version = 2;
        Self { services, version }
    }

    /// As it was before there were target regions and tiers, for tasks that began then.
    pub(crate) fn first(services: Arc<Services>) -> Self {
        let version = 1;
        Self { services, version }
    }
}

impl Workflow for SnapshotEbs {
    fn kind(&self) -> TaskKind {
        TaskKind::SnapshotEbs
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        let services = &self.services;
        let snapshot: Arc<dyn Step> = Arc::new(Snapshot(services.clone()));
        if self.version == 1 {
            return vec![snapshot, Arc::new(Record)];
        }
        vec![
            snapshot,
            Arc::new(Copy(services.clone())),
            Arc::new(Record),
            Arc::new(Archive(services.clone())),
            Arc::new(Tidy(services.clone())),
        ]
    }

    fn concurrency_limit(&self) -> Option<u32> {
        Some(self.services.settings.per_region_max)
    }
}

/// The arguments of the task.
struct Arguments<'a> {
    asset_id: AssetId,
    retention: Option<Retention>,
    target: &'a CopyTarget,
}

fn arguments(cx: &StepContext) -> Result<Arguments<'_>, TaskError> {
    let TaskSpec::SnapshotEbs {
        asset_id,
        retention,
        target,
    } = cx.spec()
    else {
        return Err(rows::wrong_spec(cx.spec()));
    };
    Ok(Arguments {
        asset_id: *asset_id,
        retention: *retention,
        target,
    })
}

struct Snapshot(Arc<Services>);

#[async_trait]
impl Step for Snapshot {
    fn name(&self) -> &'static str {
        SNAPSHOT
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let asset = rows::asset(cx, arguments(cx)?.asset_id).await?;
        let taken = take_snapshot(&self.0, cx, &asset, SNAPSHOT).await?;
        Ok(serde_json::to_value(taken)?)
    }

    async fn undo(&self, cx: &StepContext) -> Result<(), TaskError> {
        if rows::find_point(cx, rows::point_id(cx)).await?.is_some() {
            return Ok(());
        }
        let asset = rows::asset(cx, arguments(cx)?.asset_id).await?;
        undo_snapshot(&self.0, cx, &asset, SNAPSHOT).await
    }
}

/// A complete copy in another region.
#[derive(Debug, Serialize, Deserialize)]
struct CopyOutput {
    region: String,
    snapshot_id: String,
}

/// The copy that this task made; none when the point stays where the asset is.
fn copied(cx: &StepContext) -> Result<Option<CopyOutput>, TaskError> {
    Ok(cx.find_output::<Option<CopyOutput>>(COPY)?.flatten())
}

struct Copy(Arc<Services>);

#[async_trait]
impl Step for Copy {
    fn name(&self) -> &'static str {
        COPY
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let arguments = arguments(cx)?;
        let asset = rows::asset(cx, arguments.asset_id).await?;
        let Some(name) = arguments.target.abroad(&asset.region) else {
            return Ok(serde_json::Value::Null);
        };
        let region = copies::enabled_region(&self.0, cx, &asset, name).await?;
        let region = region.ok_or_else(|| copies::unavailable(&asset, name))?;
        let taken: SnapshotOutput = cx.output(SNAPSHOT)?;
        let source = (asset.region.as_str(), taken.snapshot_id.as_str());
        let copy = copies::copy_into(&self.0, cx, region.as_ref(), source, COPY).await?;
        Ok(serde_json::to_value(CopyOutput {
            region: name.to_owned(),
            snapshot_id: copy.id,
        })?)
    }

    async fn undo(&self, cx: &StepContext) -> Result<(), TaskError> {
        let arguments = arguments(cx)?;
        if rows::find_point(cx, rows::point_id(cx)).await?.is_some() {
            return Ok(());
        }
        let asset = rows::asset(cx, arguments.asset_id).await?;
        let Some(name) = arguments.target.abroad(&asset.region) else {
            return Ok(());
        };
        let Some(region) = copies::enabled_region(&self.0, cx, &asset, name).await? else {
            return Ok(());
        };
        let found = region.find_snapshots(&labels::search(cx, COPY)).await;
        for copy in found.map_err(|error| failure::aws(&error))? {
            cx.check_lease()?;
            let deleted = region.delete_snapshot(&copy.id).await;
            deleted.map_err(|error| failure::aws(&error))?;
        }
        Ok(())
    }
}

struct Record;

#[async_trait]
impl Step for Record {
    fn name(&self) -> &'static str {
        RECORD
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let arguments = arguments(cx)?;
        let asset = rows::asset(cx, arguments.asset_id).await?;
        let taken: SnapshotOutput = cx.output(SNAPSHOT)?;
        let size_bytes = taken.size_bytes();
        let (region, snapshot_id, base) = match copied(cx)? {
            Some(copy) => (copy.region, copy.snapshot_id, Some(taken.snapshot_id)),
            None => (asset.region, taken.snapshot_id, None),
        };
        let point = RecoveryPoint {
            id: rows::point_id(cx),
            organization_id: cx.organization,
            asset_id: arguments.asset_id,
            policy_id: cx.task.policy_id,
            task_id: Some(cx.task.id),
            placement: Placement::InAccount,
            region: Some(region.clone()),
            tier: arguments.target.tier,
            status: RecoveryPointStatus::Available,
            proof: Proof::None,
            proven_at: None,
            taken_at: taken.taken_at,
            expires_at: arguments
                .retention
                .map(|retention| retention.end(taken.taken_at)),
            size_bytes,
            added_bytes: 0,
            is_full: true,
            repository_id: None,
            snapshot_id: Some(snapshot_id.clone()),
            base_snapshot_id: base,
            content_digest: None,
            source_digest: None,
            life: domain::life::Life::default(),
        };
        let mut tx = cx.store.begin().await?;
        cx.check_lease()?;
        if recovery_points::lookup(&tx, cx.organization, point.id)
            .await?
            .is_none()
        {
            recovery_points::add(&mut tx, &point).await?;
            rows::name_point(&mut tx, cx, point.id).await?;
        }
        tx.commit().await?;
        Ok(serde_json::json!({
            "recovery_point_id": point.id,
            "region": region,
            "snapshot_id": snapshot_id,
            "size_bytes": size_bytes,
        }))
    }
}

struct Archive(Arc<Services>);

#[async_trait]
impl Step for Archive {
    fn name(&self) -> &'static str {
        ARCHIVE
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let arguments = arguments(cx)?;
        if arguments.target.tier == StorageTier::Archive {
            let point = rows::point(cx, rows::point_id(cx)).await?;
            if let Err(error) = self.ask(cx, &point).await {
                match error.remedy {
                    tasks::Remedy::LetGo | tasks::Remedy::Abort => return Err(error),
                    tasks::Remedy::Retry(..) | tasks::Remedy::Fail | tasks::Remedy::Block => {
                        // The point is good where it is; the reconciler asks again.
                        cx.warn(format!(
                            "The snapshot is not in the archive tier yet. {}",
                            error.message
                        ));
                    }
                }
            }
        }
        Ok(serde_json::json!({ "storage_tier": arguments.target.tier }))
    }
}

impl Archive {
    async fn ask(&self, cx: &StepContext, point: &RecoveryPoint) -> Result<(), TaskError> {
        let (region, snapshot) = rows::snapshot_of(&self.0, cx, point).await?;
        copies::archive(cx, region.as_ref(), &snapshot).await
    }
}

struct Tidy(Arc<Services>);

#[async_trait]
impl Step for Tidy {
    fn name(&self) -> &'static str {
        TIDY
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let asset = rows::asset(cx, arguments(cx)?.asset_id).await?;
        let taken: SnapshotOutput = cx.output(SNAPSHOT)?;
        let newest = (rows::point_id(cx), taken.taken_at);
        bases::give_up_older(&self.0, cx, (&asset, Placement::InAccount), newest).await?;
        cx.output(RECORD)
    }
}
