//! Step 6: only the newest base snapshot of an asset is kept in the customer's account.

use std::sync::Arc;

use async_trait::async_trait;
use domain::recovery_point::Placement;
use tasks::{Step, StepContext, TaskError};

use super::copy::CopyOutput;
use super::open::OpenOutput;
use super::read_back::ReadBackOutput;
use super::snapshot::SnapshotOutput;
use crate::services::Services;
use crate::{bases, rows};

const NAME: &str = "tidy";

pub(super) struct Tidy(pub(super) Arc<Services>);

#[async_trait]
impl Step for Tidy {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let (asset_id, _) = super::arguments(cx)?;
        let open: OpenOutput = cx.output(super::open::NAME)?;
        let snapshot: SnapshotOutput = cx.output(super::snapshot::NAME)?;
        let asset = rows::asset(cx, asset_id).await?;
        let newest = (open.recovery_point_id, snapshot.taken_at);
        bases::give_up_older(&self.0, cx, (&asset, Placement::Vault), newest).await?;
        let copy: CopyOutput = cx.output(super::copy::NAME)?;
        let read_back: ReadBackOutput = cx.output(super::read_back::NAME)?;
        Ok(serde_json::json!({
            "recovery_point_id": open.recovery_point_id,
            "vault_snapshot": copy.vault_snapshot,
            "base_snapshot": snapshot.snapshot_id,
            "size_bytes": read_back.size_bytes,
            "is_full": copy.is_full,
            "full_reason": copy.full_reason,
            "bytes_read": copy.bytes_read,
            "bytes_added": copy.bytes_added,
            "bytes_checked": read_back.bytes_checked,
        }))
    }
}
