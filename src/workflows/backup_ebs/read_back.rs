//! Step 5: what was written is read back, and kept by the store when a compliance lock holds; only then the point exists for anyone.

use std::sync::Arc;

use async_trait::async_trait;
use domain::life::Life;
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::vault_lock::LockTerms;
use serde::{Deserialize, Serialize};
use store::{recovery_points, repositories};
use tasks::{Step, StepContext, TaskError};
use vault::SnapshotId;

use super::base::Base;
use super::check::check;
use super::copy::CopyOutput;
use super::open::OpenOutput;
use super::snapshot::SnapshotOutput;
use crate::services::Services;
use crate::{failure, object_lock, patience, rows};

pub(super) const NAME: &str = "read_back";

/// What was read back.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ReadBackOutput {
    pub(super) size_bytes: u64,
    pub(super) bytes_checked: u64,
    pub(super) content_digest: Option<String>,
}

pub(super) struct ReadBack(pub(super) Arc<Services>);

#[async_trait]
impl Step for ReadBack {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let open: OpenOutput = cx.output(super::open::NAME)?;
        let copy: CopyOutput = cx.output(super::copy::NAME)?;
        let snapshot: SnapshotOutput = cx.output(super::snapshot::NAME)?;
        let row = rows::repository(cx, open.repository_id).await?;
        let repository = self
            .0
            .vaults
            .open(&row)
            .await
            .map_err(|error| failure::vault(&error))?;
        let id = copy.vault_snapshot.clone();
        let base = match cx.output(super::plan::NAME)? {
            Base::Increment { vault_snapshot, .. } if !copy.is_full => {
                let parsed: SnapshotId = vault_snapshot
                    .parse()
                    .map_err(|error| failure::vault(&error))?;
                Some(parsed)
            }
            Base::Increment { .. } | Base::Full { .. } => None,
        };
        let (for_check, for_cover) = (base.clone(), repository.clone());
        let checked = patience::watched(cx, move |progress| {
            check(&repository, &id, for_check.as_ref(), progress)
        })
        .await;
        let checked = match (checked, base) {
            (Err(error), Some(base)) if error.code == failure::VAULT_DAMAGED => {
                suspect(cx, &base).await?;
                return Err(error);
            }
            (checked, _) => checked?,
        };
        if copy
            .source_digest
            .is_some_and(|digest| digest != checked.root)
        {
            let text =
                "What was read back is not what the source delivered; the backup is taken back.";
            return Err(TaskError::fail(failure::VAULT_DAMAGED, text));
        }
        let output = ReadBackOutput {
            size_bytes: snapshot.size_bytes(),
            bytes_checked: checked.bytes,
            content_digest: Some(checked.root.to_string()),
        };
        let (id, taken_at) = (open.repository_id, snapshot.taken_at);
        let covered = object_lock::cover(cx, &for_cover, id, taken_at).await?;
        record(cx, (&open, &copy, &snapshot), &output, covered).await?;
        Ok(serde_json::to_value(output)?)
    }
}

/// Has the point that this one was built on verified: when it turns out damaged, the next backup builds on another.
async fn suspect(cx: &StepContext, base: &SnapshotId) -> Result<(), TaskError> {
    let (asset_id, _) = super::arguments(cx)?;
    let points = rows::vault_points(cx, asset_id).await?;
    let is_base = |point: &&RecoveryPoint| point.snapshot_id.as_deref() == Some(base.as_str());
    let Some(point) = points.iter().find(is_base) else {
        return Ok(());
    };
    let mut tx = cx.store.begin().await?;
    rows::verify_later(&mut tx, cx, point, Proof::ChecksumsMatch).await?;
    tx.commit().await?;
    Ok(())
}

async fn record(
    cx: &StepContext,
    (open, copy, snapshot): (&OpenOutput, &CopyOutput, &SnapshotOutput),
    output: &ReadBackOutput,
    covered: Option<LockTerms>,
) -> Result<(), TaskError> {
    let (asset_id, retention) = super::arguments(cx)?;
    let now = cx.clock.now();
    let point = RecoveryPoint {
        id: open.recovery_point_id,
        organization_id: cx.organization,
        asset_id,
        policy_id: cx.task.policy_id,
        task_id: Some(cx.task.id),
        placement: Placement::Vault,
        status: RecoveryPointStatus::Available,
        proof: Proof::ChecksumsMatch,
        proven_at: Some(now),
        taken_at: snapshot.taken_at,
        expires_at: retention.map(|retention| retention.end(snapshot.taken_at)),
        size_bytes: output.size_bytes,
        added_bytes: copy.bytes_added,
        is_full: copy.is_full,
        repository_id: Some(open.repository_id),
        snapshot_id: Some(copy.vault_snapshot.to_string()),
        base_snapshot_id: Some(snapshot.snapshot_id.clone()),
        content_digest: output.content_digest.clone(),
        source_digest: copy.source_digest.map(|digest| digest.to_string()),
        region: None,
        tier: domain::copy_target::StorageTier::Standard,
        life: Life::default(),
    };
    let mut tx = cx.store.begin().await?;
    cx.check_lease()?;
    object_lock::still_covered(&tx, cx, covered).await?;
    if recovery_points::lookup(&tx, cx.organization, point.id)
        .await?
        .is_none()
    {
        recovery_points::add(&mut tx, &point).await?;
        rows::name_point(&mut tx, cx, point.id).await?;
        repositories::add_stored_bytes(
            &mut tx,
            cx.organization,
            open.repository_id,
            copy.bytes_added,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}
