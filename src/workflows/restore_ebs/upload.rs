//! Step 2: the point as a temporary snapshot in the target account.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use aws::{AwsError, NewBlockSnapshot, Region, SnapshotInfo, SnapshotState};
use bytes::Bytes;
use domain::recovery_point::{Placement, RecoveryPoint};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tasks::{Step, StepContext, TaskError};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use vault::{BLOCK_BYTES, Digest, ImageReader, SegmentSink, SinkError};

use super::Prepared;
use crate::patience::Patience;
use crate::services::Services;
use crate::{copies, failure, labels, patience, rows};

pub(super) const NAME: &str = "upload";
/// Threads that read the vault; each holds one segment of 4 MiB.
const THREADS: usize = 4;

/// The snapshot that the volume is made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct UploadOutput {
    pub(super) snapshot_id: String,
    /// Whether it was made for this restore, and must go afterwards.
    pub(super) is_temporary: bool,
    /// Bytes written.
    pub(super) bytes_written: u64,
}

pub(super) struct Upload(pub(super) Arc<Services>);

#[async_trait]
impl Step for Upload {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let (point_id, options) = super::arguments(cx)?;
        let point = rows::restorable_point(cx, point_id, options.allow_damaged).await?;
        let output = match point.placement {
            Placement::InAccount => self.bring(cx, &point).await?,
            Placement::Vault => self.upload(cx, &point).await?,
        };
        Ok(serde_json::to_value(output)?)
    }

    async fn undo(&self, cx: &StepContext) -> Result<(), TaskError> {
        let region = region(&self.0, cx).await?;
        for snapshot in find(cx, region.as_ref()).await? {
            cx.check_lease()?;
            region
                .delete_snapshot(&snapshot.id)
                .await
                .map_err(|error| failure::aws(&error))?;
        }
        Ok(())
    }
}

impl Upload {
    /// A snapshot of the account, ready to use in the region of the volume.
    async fn bring(
        &self,
        cx: &StepContext,
        point: &RecoveryPoint,
    ) -> Result<UploadOutput, TaskError> {
        let (source, snapshot_id) = rows::snapshot_of(&self.0, cx, point).await?;
        copies::bring_back(cx, source.as_ref(), &snapshot_id).await?;
        let target = region(&self.0, cx).await?;
        if source.name() == target.name() {
            return Ok(UploadOutput {
                snapshot_id,
                is_temporary: false,
                bytes_written: 0,
            });
        }
        let from = (source.name(), snapshot_id.as_str());
        let copy = copies::copy_into(&self.0, cx, target.as_ref(), from, NAME).await?;
        Ok(UploadOutput {
            snapshot_id: copy.id,
            is_temporary: true,
            bytes_written: 0,
        })
    }

    async fn upload(
        &self,
        cx: &StepContext,
        point: &RecoveryPoint,
    ) -> Result<UploadOutput, TaskError> {
        let prepared: Prepared = cx.output(super::PREPARE)?;
        let region = region(&self.0, cx).await?;
        if let Some(done) = self.resume(cx, region.as_ref()).await? {
            return Ok(done);
        }
        let image = rows::image(&self.0, cx, point).await?;
        cx.check_lease()?;
        let new = new_snapshot(cx, &prepared, point)?;
        let started = region
            .start_snapshot(&new)
            .await
            .map_err(|error| failure::aws(&error))?;
        let sink = BlockSink {
            region: region.clone(),
            snapshot_id: started.id.clone(),
            runtime: Handle::current(),
            permits: Semaphore::new(usize::try_from(self.0.settings.blocks_in_flight).unwrap_or(1)),
            zeros: zeros(),
            written: AtomicU32::new(0),
        };
        let reader = image.clone();
        let written = patience::watched(cx, move |progress| {
            reader.restore_to(&sink, THREADS, progress)?;
            Ok(sink.written.into_inner())
        })
        .await?;
        cx.check_lease()?;
        let checksum = checksum(&image);
        region
            .complete_snapshot(&started.id, written, Some(checksum))
            .await
            .map_err(|error| failure::aws(&error))?;
        self.wait(cx, region.as_ref(), &started.id).await?;
        let bytes_written = u64::from(written) * u64::from(BLOCK_BYTES);
        Ok(UploadOutput {
            snapshot_id: started.id,
            is_temporary: true,
            bytes_written,
        })
    }

    /// What an earlier attempt made: complete, it is used; half written, it is deleted, because what is missing in it
    /// cannot be told.
    async fn resume(
        &self,
        cx: &StepContext,
        region: &dyn Region,
    ) -> Result<Option<UploadOutput>, TaskError> {
        for snapshot in find(cx, region).await? {
            if snapshot.state == SnapshotState::Completed {
                return Ok(Some(UploadOutput {
                    snapshot_id: snapshot.id,
                    is_temporary: true,
                    bytes_written: 0,
                }));
            }
            cx.check_lease()?;
            region
                .delete_snapshot(&snapshot.id)
                .await
                .map_err(|error| failure::aws(&error))?;
        }
        Ok(None)
    }

    async fn wait(&self, cx: &StepContext, region: &dyn Region, id: &str) -> Result<(), TaskError> {
        let minutes = self.0.settings.aws_wait_minutes;
        let mut patience = Patience::new(cx, minutes, "the temporary snapshot");
        loop {
            let found = region
                .snapshot(id)
                .await
                .map_err(|error| failure::aws(&error))?;
            match found.as_ref().map(|snapshot| snapshot.state) {
                Some(SnapshotState::Completed) => return Ok(()),
                Some(SnapshotState::Pending) => patience.wait(cx).await?,
                Some(SnapshotState::Error | SnapshotState::Unavailable) | None => {
                    let why = found
                        .and_then(|snapshot| snapshot.state_message)
                        .unwrap_or_default();
                    let text = format!("AWS could not complete the temporary snapshot {id}. {why}");
                    return Err(TaskError::retry("SNAPSHOT_FAILED", text));
                }
            }
        }
    }
}

pub(super) async fn region(
    services: &Services,
    cx: &StepContext,
) -> Result<Arc<dyn Region>, TaskError> {
    let (_, options) = super::arguments(cx)?;
    let account = rows::account(cx, options.aws_account_id).await?;
    let region = services
        .region(&account, &options.region, &cx.task.id.to_string())
        .await;
    region.map_err(failure::access)
}

async fn find(cx: &StepContext, region: &dyn Region) -> Result<Vec<SnapshotInfo>, TaskError> {
    let found = region.find_snapshots(&labels::search(cx, NAME)).await;
    found.map_err(|error| failure::aws(&error))
}

fn new_snapshot(
    cx: &StepContext,
    prepared: &Prepared,
    point: &RecoveryPoint,
) -> Result<NewBlockSnapshot, TaskError> {
    let (_, options) = super::arguments(cx)?;
    // StartSnapshot takes only a key's ARN. Another kind of name is used when the volume is made, which may change the
    // key of an encrypted snapshot.
    let kms_key_arn = options
        .kms_key_id
        .clone()
        .filter(|key| key.starts_with("arn:"));
    Ok(NewBlockSnapshot {
        size_gib: prepared.size_gib,
        parent_snapshot_id: None,
        description: format!("Holdfast restore of {}", point.id),
        tags: labels::tags(cx, NAME),
        // A new attempt starts a new snapshot: see `resume`.
        client_token: format!("{}-{}", cx.intent_key(), cx.attempt),
        encrypted: prepared.encrypted,
        kms_key_arn,
    })
}

fn zeros() -> Digest {
    Digest::of(&vec![0; aws::BLOCK_BYTES])
}

/// AWS's checksum of a whole snapshot: SHA-256 over the SHA-256 of the written blocks in their order.
fn checksum(image: &ImageReader) -> [u8; 32] {
    let zeros = zeros();
    let mut all = Sha256::new();
    for index in image.segments() {
        for digest in image.block_digests(index).unwrap_or_default() {
            if digest != zeros {
                all.update(digest.0);
            }
        }
    }
    all.finalize().into()
}

/// Writes the blocks of segments to AWS. Blocking: only for threads outside the runtime.
struct BlockSink {
    region: Arc<dyn Region>,
    snapshot_id: String,
    runtime: Handle,
    permits: Semaphore,
    zeros: Digest,
    written: AtomicU32,
}

impl BlockSink {
    async fn put(&self, index: u32, data: Bytes) -> Result<(), AwsError> {
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await.ok();
        self.region
            .put_block(&self.snapshot_id, index, data)
            .await?;
        self.written.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

impl SegmentSink for BlockSink {
    fn write_segment(&self, offset: u64, data: &[u8]) -> Result<(), SinkError> {
        let first = u32::try_from(offset / u64::from(BLOCK_BYTES)).map_err(SinkError::new)?;
        let mut puts = Vec::new();
        for (position, block) in (0_u32..).zip(data.chunks(aws::BLOCK_BYTES)) {
            if Digest::of(block) != self.zeros {
                puts.push(self.put(first.saturating_add(position), padded(block)));
            }
        }
        self.runtime
            .block_on(try_join_all(puts))
            .map_err(SinkError::new)?;
        Ok(())
    }
}

/// A whole block: volumes have whole GiB, but an image that was adopted from elsewhere may end in the middle of one.
fn padded(block: &[u8]) -> Bytes {
    if block.len() == aws::BLOCK_BYTES {
        return Bytes::copy_from_slice(block);
    }
    let mut whole = block.to_vec();
    whole.resize(aws::BLOCK_BYTES, 0);
    whole.into()
}
