//! An in-account snapshot as a recovery point.
//!
//! | step       | do                                           | undo                              |
//! |------------|----------------------------------------------|-----------------------------------|
//! | `snapshot` | take a snapshot, wait until it is complete   | delete it                         |
//! | `record`   | write the point's row                        | forward-only: a good point stays  |
//!
//! Not for the vault. Invariant: the point is as good as AWS says; it is never called proven by us.

use std::sync::Arc;

use async_trait::async_trait;
use domain::AssetId;
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::retention::Retention;
use domain::task::{TaskKind, TaskSpec};
use store::recovery_points;
use tasks::{Step, StepContext, TaskError, Workflow};

use crate::backup_ebs::{SnapshotOutput, take_snapshot, undo_snapshot};
use crate::rows;
use crate::services::Services;

const SNAPSHOT: &str = "snapshot";
const RECORD: &str = "record";

/// The workflow.
pub(crate) struct SnapshotEbs {
    services: Arc<Services>,
}

impl SnapshotEbs {
    pub(crate) fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

impl Workflow for SnapshotEbs {
    fn kind(&self) -> TaskKind {
        TaskKind::SnapshotEbs
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        vec![Arc::new(Snapshot(self.services.clone())), Arc::new(Record)]
    }

    fn concurrency_limit(&self) -> Option<u32> {
        Some(self.services.settings.per_region_max)
    }
}

fn arguments(cx: &StepContext) -> Result<(AssetId, Option<Retention>), TaskError> {
    let TaskSpec::SnapshotEbs {
        asset_id,
        retention,
    } = cx.spec()
    else {
        return Err(rows::wrong_spec(cx.spec()));
    };
    Ok((*asset_id, *retention))
}

struct Snapshot(Arc<Services>);

#[async_trait]
impl Step for Snapshot {
    fn name(&self) -> &'static str {
        SNAPSHOT
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let (asset_id, _) = arguments(cx)?;
        let asset = rows::asset(cx, asset_id).await?;
        let taken = take_snapshot(&self.0, cx, &asset, SNAPSHOT).await?;
        Ok(serde_json::to_value(taken)?)
    }

    async fn undo(&self, cx: &StepContext) -> Result<(), TaskError> {
        let (asset_id, _) = arguments(cx)?;
        let id = rows::point_id(cx);
        if rows::find_point(cx, id).await?.is_some() {
            return Ok(());
        }
        let asset = rows::asset(cx, asset_id).await?;
        undo_snapshot(&self.0, cx, &asset, SNAPSHOT).await
    }
}

struct Record;

#[async_trait]
impl Step for Record {
    fn name(&self) -> &'static str {
        RECORD
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let (asset_id, retention) = arguments(cx)?;
        let taken: SnapshotOutput = cx.output(SNAPSHOT)?;
        let point = RecoveryPoint {
            id: rows::point_id(cx),
            organization_id: cx.organization,
            asset_id,
            policy_id: cx.task.policy_id,
            task_id: Some(cx.task.id),
            placement: Placement::InAccount,
            status: RecoveryPointStatus::Available,
            proof: Proof::None,
            proven_at: None,
            taken_at: taken.taken_at,
            expires_at: retention.map(|retention| retention.end(taken.taken_at)),
            size_bytes: taken.size_bytes(),
            added_bytes: 0,
            is_full: true,
            repository_id: None,
            snapshot_id: Some(taken.snapshot_id.clone()),
            base_snapshot_id: None,
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
            "snapshot_id": taken.snapshot_id,
            "size_bytes": taken.size_bytes(),
        }))
    }
}
