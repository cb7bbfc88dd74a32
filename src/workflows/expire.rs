//! Ends the recovery points of an organization whose retention is over.
//!
//! | step     | do                                                                            | undo          |
//! |----------|-------------------------------------------------------------------------------|---------------|
//! | `expire` | plan (brake, last good point, two clocks), forget each snapshot, keep the row | forward-only  |
//!
//! Not for freeing space (`prune`), nor for asking how long points are kept (the point knows). Invariant: on any doubt
//! nothing is ended; a row is ended only after its snapshot is gone, so that nothing is forgotten half.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use domain::ids::AssetId;
use domain::recovery_point::{Placement, RecoveryPoint, RecoveryPointStatus};
use domain::task::TaskKind;
use serde_json::json;
use store::recovery_points;
use tasks::{Step, StepContext, TaskError, Workflow};
use vault::SnapshotId;

use crate::services::Services;
use crate::vaults::blocking;
use crate::{failure, patience, rows};

mod plan;

use plan::{Plan, Situation};

const EXPIRE: &str = "expire";

/// The workflow.
pub(crate) struct ExpireRecoveryPoints {
    services: Arc<Services>,
}

impl ExpireRecoveryPoints {
    pub(crate) fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

impl Workflow for ExpireRecoveryPoints {
    fn kind(&self) -> TaskKind {
        TaskKind::ExpireRecoveryPoints
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        vec![Arc::new(Expire(self.services.clone()))]
    }

    /// Two runs at once would both count themselves within the brake.
    fn concurrency_limit(&self) -> Option<u32> {
        Some(1)
    }
}

struct Expire(Arc<Services>);

#[async_trait]
impl Step for Expire {
    fn name(&self) -> &'static str {
        EXPIRE
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let due = rows::due_points(cx).await?;
        let plan = self.plan(cx, &due).await?;
        if plan.held_back > 0 {
            cx.warn(format!(
                "{} more points have reached their end. So many at once may be a mistake: they wait for the next runs. \
                 Check the retention of the policies.",
                plan.held_back
            ));
        }
        let total = u64::try_from(plan.expire.len()).unwrap_or(u64::MAX);
        let mut ended = 0_u64;
        for id in &plan.expire {
            let Some(point) = due.iter().find(|point| point.id == *id) else {
                continue;
            };
            if cx.is_cancelled() {
                return Err(patience::stopped(cx));
            }
            match self.end(cx, point).await {
                Ok(()) => ended += 1,
                Err(error) => keep_going(cx, point, error)?,
            }
            cx.progress(ended, total);
        }
        Ok(json!({
            "expired": ended,
            "kept_as_last_good": plan.last_good.len(),
            "held_back": plan.held_back,
        }))
    }
}

impl Expire {
    async fn plan(&self, cx: &StepContext, due: &[RecoveryPoint]) -> Result<Plan, TaskError> {
        let assets: BTreeSet<AssetId> = due.iter().map(|point| point.asset_id).collect();
        let good = rows::good_points(cx, &assets).await?;
        let protected = rows::protected_assets(cx, &assets).await?;
        let situation = Situation {
            now: cx.clock.now(),
            database_now: rows::database_now(cx).await?,
            due,
            good: &good,
            total: rows::count_points(cx).await?,
            protected: &protected,
        };
        plan::plan(&situation).map_err(|error| {
            TaskError::fail(
                "CLOCKS_DISAGREE",
                format!("Nothing was ended: {error}. Check NTP."),
            )
        })
    }

    /// Ends one point: first its snapshots, then its row.
    async fn end(&self, cx: &StepContext, point: &RecoveryPoint) -> Result<(), TaskError> {
        match (point.placement, &point.snapshot_id) {
            (Placement::Vault, Some(snapshot)) => {
                let snapshot: SnapshotId =
                    snapshot.parse().map_err(|error| failure::vault(&error))?;
                let repository = rows::open_repository(&self.0, cx, point).await?;
                let repository = repository.with_fence(patience::fence(cx));
                cx.check_lease()?;
                let forgotten = blocking(move || repository.forget(&[snapshot])).await;
                forgotten.map_err(|error| failure::vault(&error))?;
            }
            (Placement::InAccount, Some(snapshot)) => self.delete(cx, point, snapshot).await?,
            (Placement::Vault | Placement::InAccount, None) => {}
        }
        if let Some(base) = &point.base_snapshot_id {
            self.delete(cx, point, base).await?;
        }
        let mut tx = cx.store.begin().await?;
        cx.check_lease()?;
        if point.base_snapshot_id.is_some() {
            recovery_points::set_base_snapshot(&mut tx, cx.organization, point.id, None).await?;
        }
        let ended = RecoveryPointStatus::Expired;
        recovery_points::set_status(&mut tx, cx.organization, point.id, ended).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn delete(
        &self,
        cx: &StepContext,
        point: &RecoveryPoint,
        snapshot: &str,
    ) -> Result<(), TaskError> {
        let asset = rows::asset(cx, point.asset_id).await?;
        let region = rows::region(&self.0, cx, &asset).await?;
        cx.check_lease()?;
        region
            .delete_snapshot(snapshot)
            .await
            .map_err(|error| failure::aws(&error))
    }
}

/// One point that cannot be ended must not keep the others; the next run tries it again.
fn keep_going(cx: &StepContext, point: &RecoveryPoint, error: TaskError) -> Result<(), TaskError> {
    match error.remedy {
        tasks::Remedy::LetGo | tasks::Remedy::Abort => Err(error),
        tasks::Remedy::Retry(..) | tasks::Remedy::Fail | tasks::Remedy::Block => {
            cx.warn(format!(
                "The point {} could not be ended. {}",
                point.id, error.message
            ));
            Ok(())
        }
    }
}
