//! Step 4: the blocks go into the vault, as one snapshot there.
//!
//! Invariant: the snapshot carries the task's id, so that an attempt after a crash finds it and does not copy twice.

use std::sync::Arc;

use async_trait::async_trait;
use domain::asset::Asset;
use domain::repository::VaultRepository;
use domain::retention::Retention;
use serde::{Deserialize, Serialize};
use tasks::{Step, StepContext, TaskError};
use vault::{Digest, NewPoint, PointLabels, Repository, SnapshotId, SnapshotInfo, VaultError};

use super::base::{Base, FullReason};
use super::open::OpenOutput;
use super::snapshot::SnapshotOutput;
use super::source::{BlockSource, ReadError, SourceOptions, is_without_difference};
use crate::services::Services;
use crate::vaults::blocking;
use crate::{failure, object_lock, patience, rows};

pub(super) const NAME: &str = "copy";

/// What was written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CopyOutput {
    pub(super) vault_snapshot: SnapshotId,
    pub(super) is_full: bool,
    /// Why everything was read, if it was.
    pub(super) full_reason: Option<FullReason>,
    /// Bytes read from AWS; none when an earlier attempt read them and died before it could say how many.
    pub(super) bytes_read: Option<u64>,
    pub(super) bytes_added: u64,
    /// Digest of what the source delivered; none when an earlier attempt died before it could say.
    #[serde(default)]
    pub(super) source_digest: Option<Digest>,
}

pub(super) struct Copy(pub(super) Arc<Services>);

#[async_trait]
impl Step for Copy {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let (asset_id, retention) = super::arguments(cx)?;
        let open: OpenOutput = cx.output(super::open::NAME)?;
        let snapshot: SnapshotOutput = cx.output(super::snapshot::NAME)?;
        let base: Base = cx.output(super::plan::NAME)?;
        let asset = rows::asset(cx, asset_id).await?;
        let row = rows::repository(cx, open.repository_id).await?;
        let repository = self.open(cx, &row).await?;
        if let Some(done) = find(&repository, cx).await? {
            return Ok(serde_json::to_value(resumed(done, &base))?);
        }
        let point = new_point(cx, &asset, &open, &snapshot, retention)?;
        let region = rows::region(&self.0, cx, &asset).await?;
        let options = SourceOptions {
            region,
            snapshot_id: snapshot.snapshot_id.clone(),
            size_bytes: snapshot.size_bytes(),
            base_snapshot_id: None,
            blocks_in_flight: self.0.settings.blocks_in_flight,
        };
        let output = copy(cx, &repository, options, base, point).await?;
        Ok(serde_json::to_value(output)?)
    }

    async fn undo(&self, cx: &StepContext) -> Result<(), TaskError> {
        let Some(open) = cx.find_output::<OpenOutput>(super::open::NAME)? else {
            return Ok(());
        };
        // A point that has its row was read back and is good: it stays.
        if rows::find_point(cx, open.recovery_point_id)
            .await?
            .is_some()
        {
            return Ok(());
        }
        let row = rows::repository(cx, open.repository_id).await?;
        let repository = self.open(cx, &row).await?;
        if let Some(found) = find(&repository, cx).await? {
            cx.check_lease()?;
            let forgotten = blocking(move || repository.forget(&[found.id])).await;
            forgotten.map_err(|error| failure::vault(&error))?;
        }
        Ok(())
    }
}

impl Copy {
    async fn open(&self, cx: &StepContext, row: &VaultRepository) -> Result<Repository, TaskError> {
        let repository = self
            .0
            .vaults
            .open(row)
            .await
            .map_err(|error| failure::vault(&error))?;
        let repository = repository.with_keep(object_lock::keep(cx));
        Ok(repository.with_fence(patience::fence(cx)))
    }
}

async fn copy(
    cx: &StepContext,
    repository: &Repository,
    options: SourceOptions,
    base: Base,
    point: NewPoint,
) -> Result<CopyOutput, TaskError> {
    let reason = match base {
        Base::Full { reason } => reason,
        Base::Increment {
            vault_snapshot,
            ebs_snapshot,
            source_digest,
        } => {
            let snapshot = vault_snapshot
                .parse()
                .map_err(|e: VaultError| failure::vault(&e))?;
            let base = (snapshot, source_digest);
            let options = SourceOptions {
                base_snapshot_id: Some(ebs_snapshot),
                ..options.clone()
            };
            match increment(cx, repository, options, base, point.clone()).await? {
                Some(output) => return Ok(output),
                None => FullReason::NoDifference,
            }
        }
    };
    let source = BlockSource::open(options)
        .await
        .map_err(|error| failure::read(&error))?;
    cx.check_lease()?;
    let repository = repository.clone();
    let written = patience::watched(cx, move |progress| {
        repository.back_up_image(&source, None, &point, progress)
    })
    .await?;
    Ok(CopyOutput {
        vault_snapshot: written.id,
        is_full: true,
        full_reason: Some(reason),
        bytes_read: Some(written.bytes_read),
        bytes_added: written.bytes_added,
        source_digest: Some(written.root),
    })
}

/// Copies only what changed; none when AWS or the vault cannot tell what that is.
async fn increment(
    cx: &StepContext,
    repository: &Repository,
    options: SourceOptions,
    (base, source_digest): (SnapshotId, Option<String>),
    point: NewPoint,
) -> Result<Option<CopyOutput>, TaskError> {
    let Some(root) = source_digest.and_then(|text| text.parse::<Digest>().ok()) else {
        cx.warn(
            "The recovery point before has no digest of its source, so everything is read."
                .to_owned(),
        );
        return Ok(None);
    };
    let source = match BlockSource::open(options).await {
        Ok(source) => source,
        Err(error) if is_without_difference(&error) => {
            cx.warn(format!(
                "AWS does not say what changed, so everything is read. {error}"
            ));
            return Ok(None);
        }
        Err(error) => return Err(failure::read(&error)),
    };
    tracing::debug!(to_read = source.plan().bytes_to_read(), "increment planned");
    cx.check_lease()?;
    let repository = repository.clone();
    let written = patience::watched(cx, move |progress| {
        match repository.back_up_increment(&source, (&base, root), &point, progress) {
            // The point before is worthless as a base; this one must not suffer for it.
            Err(error) if is_fault_of_base(&error) => Ok(Err(error.to_string())),
            done => done.map(Ok),
        }
    })
    .await?;
    match written {
        Ok(written) => Ok(Some(CopyOutput {
            vault_snapshot: written.id,
            is_full: false,
            full_reason: None,
            bytes_read: Some(written.bytes_read),
            bytes_added: written.bytes_added,
            source_digest: Some(written.root),
        })),
        Err(why) => {
            cx.warn(format!(
                "The recovery point before cannot be built on, so everything is read. {why}"
            ));
            Ok(None)
        }
    }
}

/// Whether a backup failed because the recovery point that it built on is damaged or gone.
fn is_fault_of_base(error: &VaultError) -> bool {
    match error {
        VaultError::Damaged(_) | VaultError::SnapshotNotFound(_) => true,
        VaultError::Source(source) => match source.downcast_ref::<ReadError>() {
            Some(ReadError::Base(error)) => is_fault_of_base(error),
            Some(ReadError::Aws(_) | ReadError::List(_)) | None => false,
        },
        VaultError::Store(_)
        | VaultError::Key(_)
        | VaultError::Fenced(_)
        | VaultError::Incomplete(_)
        | VaultError::Unsupported(_)
        | VaultError::Invalid(_)
        | VaultError::Refused(_)
        | VaultError::Sink(_)
        | VaultError::Cancelled
        | VaultError::Internal(_)
        | _ => false,
    }
}

/// The snapshot that an earlier attempt of this task committed.
async fn find(
    repository: &Repository,
    cx: &StepContext,
) -> Result<Option<SnapshotInfo>, TaskError> {
    let repository = repository.clone();
    let snapshots = blocking(move || repository.snapshots()).await;
    let snapshots = snapshots.map_err(|error| failure::vault(&error))?;
    let task = cx.task.id.to_string();
    let is_ours = |snapshot: &SnapshotInfo| {
        snapshot
            .labels
            .as_ref()
            .is_some_and(|labels| labels.task_id.as_ref() == Some(&task))
    };
    Ok(snapshots.into_iter().find(is_ours))
}

fn resumed(found: SnapshotInfo, base: &Base) -> CopyOutput {
    let full_reason = match base {
        Base::Full { reason } => Some(*reason),
        Base::Increment { .. } => None,
    };
    CopyOutput {
        vault_snapshot: found.id,
        is_full: full_reason.is_some(),
        full_reason,
        bytes_read: None,
        bytes_added: found.added_bytes,
        source_digest: None,
    }
}

fn new_point(
    cx: &StepContext,
    asset: &Asset,
    open: &OpenOutput,
    snapshot: &SnapshotOutput,
    retention: Option<Retention>,
) -> Result<NewPoint, TaskError> {
    let labels = PointLabels {
        asset_id: asset.id.to_string(),
        asset_kind: asset.kind.name().to_owned(),
        recovery_point_id: open.recovery_point_id.to_string(),
        task_id: Some(cx.task.id.to_string()),
        policy_id: cx.task.policy_id.map(|id| id.to_string()),
        taken_at: snapshot.taken_at,
        expires_at: retention.map(|retention| retention.end(snapshot.taken_at)),
    };
    Ok(NewPoint {
        labels,
        configuration: configuration(asset)?,
    })
}

/// What a restore needs to know of the volume besides its bytes.
fn configuration(asset: &Asset) -> Result<serde_json::Value, TaskError> {
    Ok(serde_json::json!({
        "native_id": asset.native_id,
        "arn": asset.arn,
        "name": asset.name,
        "region": asset.region,
        "tags": serde_json::to_value(&asset.tags)?,
        "details": serde_json::to_value(&asset.details)?,
    }))
}
