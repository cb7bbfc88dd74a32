//! The blocks of an EBS snapshot as an image for the vault.
//!
//! Not for choosing what to read (`base.rs`, `blocks.rs`). Invariant: a byte comes from AWS with its checksum checked, or
//! from a recovery point whose blobs were hashed, or it is a zero that AWS's lists vouch for.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws::{AwsError, Block, BlockRef, ErrorClass, Region, TokenTrail};
use bytes::{Bytes, BytesMut};
use domain::limits::EBS_BLOCK_BYTES;
use futures_util::future::try_join_all;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use vault::{Digest, ImageReader, ImageSource, Segment, SegmentData, SourceError};

use super::blocks::{BehindTheEnd, BlockOrigin, BlockPlan};
use super::tokens::{OutOfOrder, Tokens};

const GIB: u64 = 1 << 30;

/// Why blocks could not be listed or read.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum ReadError {
    /// AWS refused, failed, or delivered bytes that do not fit their checksum.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The recovery point that the increment builds on could not be read.
    #[error("the recovery point before: {0}")]
    Base(Arc<vault::VaultError>),
    /// AWS's lists contradict themselves.
    #[error("AWS's list of blocks cannot be right: {0}")]
    List(String),
}

impl ReadError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Aws(error) => error.retry_class() != aws::RetryClass::Never,
            Self::Base(error) => error.is_retryable(),
            Self::List(_) => true,
        }
    }
}

impl From<BehindTheEnd> for ReadError {
    fn from(error: BehindTheEnd) -> Self {
        Self::List(error.to_string())
    }
}

impl From<OutOfOrder> for ReadError {
    fn from(error: OutOfOrder) -> Self {
        Self::List(error.to_string())
    }
}

impl From<ReadError> for SourceError {
    fn from(error: ReadError) -> Self {
        let retryable = error.is_retryable();
        Self::new(error, retryable)
    }
}

/// A snapshot, open for reading. Blocking: only for threads outside the runtime.
pub(crate) struct BlockSource {
    region: Arc<dyn Region>,
    snapshot_id: String,
    plan: BlockPlan,
    tokens: Tokens,
    /// Tokens of all blocks of the snapshot; listed only when a segment cannot take anything from the base.
    all_tokens: OnceLock<Result<Tokens, ReadError>>,
    runtime: Handle,
    permits: Semaphore,
    zeros: (Bytes, Digest),
}

impl fmt::Debug for BlockSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockSource")
            .field("snapshot_id", &self.snapshot_id)
            .finish_non_exhaustive()
    }
}

/// What is read, and how.
#[derive(Clone)]
pub(crate) struct SourceOptions {
    /// The region of the snapshot.
    pub(crate) region: Arc<dyn Region>,
    /// The snapshot.
    pub(crate) snapshot_id: String,
    /// Size of the image in bytes.
    pub(crate) size_bytes: u64,
    /// The snapshot of the recovery point that the increment builds on; none to read everything.
    pub(crate) base_snapshot_id: Option<String>,
    /// Blocks in flight with AWS.
    pub(crate) blocks_in_flight: u32,
}

impl BlockSource {
    /// Lists the blocks to be read. [`ErrorClass::InvalidRequest`] and [`ErrorClass::NotFound`] with a base mean that AWS
    /// does not tell the difference: read everything instead.
    pub(crate) async fn open(options: SourceOptions) -> Result<Self, ReadError> {
        let SourceOptions {
            region,
            snapshot_id,
            size_bytes,
            base_snapshot_id,
            blocks_in_flight,
        } = options;
        let (plan, tokens) = match base_snapshot_id {
            None => list_all(region.as_ref(), &snapshot_id, size_bytes).await?,
            Some(base) => list_changed(region.as_ref(), &base, &snapshot_id, size_bytes).await?,
        };
        let zeros = Bytes::from(vec![0; aws::BLOCK_BYTES]);
        let digest = Digest::of(&zeros);
        Ok(Self {
            region,
            snapshot_id,
            plan,
            tokens,
            all_tokens: OnceLock::new(),
            runtime: Handle::current(),
            permits: Semaphore::new(usize::try_from(blocks_in_flight).unwrap_or(1)),
            zeros: (zeros, digest),
        })
    }

    /// What will be read.
    pub(crate) fn plan(&self) -> &BlockPlan {
        &self.plan
    }

    async fn fetch(&self, block: BlockRef) -> Result<Block, ReadError> {
        // The semaphore is never closed; an error would only mean that nobody waits any more.
        let _permit = self.permits.acquire().await.ok();
        Ok(self.region.get_block(&self.snapshot_id, &block).await?)
    }

    /// A block of the snapshot, or none when the snapshot has no such block: zeros.
    fn token(&self, index: u32) -> Result<Option<BlockRef>, ReadError> {
        if let Some(found) = self.tokens.get(index) {
            return Ok(Some(found));
        }
        if self.plan.is_full() {
            return Ok(None);
        }
        let all = self.all_tokens.get_or_init(|| {
            let size_bytes = self.plan.size_bytes();
            let listing = list_all(self.region.as_ref(), &self.snapshot_id, size_bytes);
            self.runtime.block_on(listing).map(|(_, tokens)| tokens)
        });
        match all {
            Ok(tokens) => Ok(tokens.get(index)),
            Err(error) => Err(error.clone()),
        }
    }

    fn read(&self, index: u32, base: Option<&ImageReader>) -> Result<SegmentData, ReadError> {
        let origins = self.plan.origins(index, base.is_some());
        let mut wanted = Vec::new();
        for (block, origin) in &origins {
            if *origin == BlockOrigin::Snapshot {
                wanted.extend(self.token(*block)?);
            }
        }
        let fetched = wanted.into_iter().map(|block| async {
            let index = block.index;
            self.fetch(block).await.map(|block| (index, block))
        });
        let fetched = self.runtime.block_on(try_join_all(fetched))?;
        let mut fetched = fetched.into_iter().peekable();
        let size = u64::from(vault::segment_size(self.plan.size_bytes(), index));
        let mut bytes = BytesMut::with_capacity(usize::try_from(size).unwrap_or_default());
        let mut digests = Vec::with_capacity(origins.len());
        for (block, origin) in origins {
            let (data, digest) = match (origin, base) {
                (BlockOrigin::Base, Some(base)) => self.block_of_base(base, block)?,
                (BlockOrigin::Snapshot | BlockOrigin::Zeros | BlockOrigin::Base, _) => {
                    match fetched.next_if(|(index, _)| *index == block) {
                        Some((_, found)) => (found.data, Digest(found.sha256)),
                        None => self.zeros.clone(),
                    }
                }
            };
            bytes.extend_from_slice(&data);
            digests.push(digest);
        }
        Ok(SegmentData {
            bytes: bytes.freeze(),
            block_digests: digests,
        })
    }

    /// A block of the recovery point before; its reader hashes what it gives out.
    fn block_of_base(&self, base: &ImageReader, block: u32) -> Result<(Bytes, Digest), ReadError> {
        let offset = u64::from(block) * EBS_BLOCK_BYTES;
        let end = base.size_bytes().min(offset + EBS_BLOCK_BYTES);
        let Some(length) = end.checked_sub(offset).filter(|length| *length > 0) else {
            // The volume has grown, and AWS does not call its new blocks changed: they were never written.
            return Ok(self.zeros.clone());
        };
        let mut data = BytesMut::zeroed(aws::BLOCK_BYTES);
        let length = usize::try_from(length)
            .unwrap_or(aws::BLOCK_BYTES)
            .min(aws::BLOCK_BYTES);
        let (filled, _) = data.split_at_mut(length);
        base.read_at(offset, filled)
            .map_err(|error| ReadError::Base(Arc::new(error)))?;
        let digest = Digest::of(&data);
        Ok((data.freeze(), digest))
    }
}

impl ImageSource for BlockSource {
    fn size_bytes(&self) -> u64 {
        self.plan.size_bytes()
    }

    fn segments(&self) -> Result<Vec<Segment>, SourceError> {
        Ok(self.plan.segments())
    }

    fn read_segment(
        &self,
        index: u32,
        base: Option<&ImageReader>,
    ) -> Result<SegmentData, SourceError> {
        self.read(index, base).map_err(SourceError::from)
    }
}

async fn list_all(
    region: &dyn Region,
    snapshot_id: &str,
    size_bytes: u64,
) -> Result<(BlockPlan, Tokens), ReadError> {
    let mut plan = BlockPlan::full(size_bytes);
    let mut tokens = Tokens::default();
    let mut trail = TokenTrail::default();
    let mut next = None;
    loop {
        let page = region.list_blocks(snapshot_id, next.as_deref()).await?;
        check_size(page.volume_size_gib, size_bytes)?;
        for block in page.blocks {
            plan.note(block.index, true)?;
            tokens.push(block.index, &block.token)?;
        }
        next = trail.step(page.next)?;
        if next.is_none() {
            return Ok((plan, tokens));
        }
    }
}

async fn list_changed(
    region: &dyn Region,
    base_snapshot_id: &str,
    snapshot_id: &str,
    size_bytes: u64,
) -> Result<(BlockPlan, Tokens), ReadError> {
    let mut plan = BlockPlan::incremental(size_bytes);
    let mut tokens = Tokens::default();
    let mut trail = TokenTrail::default();
    let mut next = None;
    loop {
        let page = region
            .list_changed(base_snapshot_id, snapshot_id, next.as_deref())
            .await?;
        check_size(page.volume_size_gib, size_bytes)?;
        for block in page.blocks {
            plan.note(block.index, block.second_token.is_some())?;
            if let Some(token) = block.second_token {
                tokens.push(block.index, &token)?;
            }
        }
        next = trail.step(page.next)?;
        if next.is_none() {
            return Ok((plan, tokens));
        }
    }
}

/// A list for another size than the snapshot's would leave the tail of the volume out without a word.
fn check_size(listed_gib: u32, size_bytes: u64) -> Result<(), ReadError> {
    if u64::from(listed_gib) * GIB == size_bytes {
        Ok(())
    } else {
        Err(ReadError::List(format!(
            "it is for {listed_gib} GiB, the snapshot has {size_bytes} bytes"
        )))
    }
}

/// Whether AWS does not tell what changed between two snapshots, so that everything must be read.
pub(crate) fn is_without_difference(error: &ReadError) -> bool {
    match error {
        ReadError::Aws(error) => {
            matches!(
                error.class(),
                ErrorClass::InvalidRequest | ErrorClass::NotFound
            )
        }
        ReadError::Base(_) | ReadError::List(_) => false,
    }
}
