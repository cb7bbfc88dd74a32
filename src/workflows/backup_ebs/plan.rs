//! Step 3: what the increment builds on.

use std::sync::Arc;

use async_trait::async_trait;
use aws::SnapshotState;
use store::verifications;
use tasks::{Step, StepContext, TaskError};

use super::base::{self, Base, FullReason};
use crate::services::Services;
use crate::{failure, rows};

pub(super) const NAME: &str = "plan";

pub(super) struct Plan(pub(super) Arc<Services>);

#[async_trait]
impl Step for Plan {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let (asset_id, _) = super::arguments(cx)?;
        let asset = rows::asset(cx, asset_id).await?;
        let points = rows::vault_points(cx, asset.id).await?;
        let days = self.0.settings.full_compare_days;
        let reader = cx.store.read();
        let failed = verifications::last_failed_of_asset(&reader, cx.organization, asset.id);
        let damage_found_at = failed.await?.and_then(|failed| failed.finished_at);
        let mut base = base::choose(&points, cx.clock.now(), days, damage_found_at);
        if let Base::Increment { ebs_snapshot, .. } = &base {
            let region = rows::region(&self.0, cx, &asset).await?;
            let found = region
                .snapshot(ebs_snapshot)
                .await
                .map_err(|error| failure::aws(&error))?;
            if found.is_none_or(|snapshot| snapshot.state != SnapshotState::Completed) {
                base = Base::Full {
                    reason: FullReason::BaseGone,
                };
            }
        }
        Ok(serde_json::to_value(base)?)
    }
}
