//! The EBS direct APIs: reading and writing the blocks of snapshots.
//!
//! Not for images or files. Invariant: a block that was read has the length and the SHA-256 that AWS stated for it;
//! a mismatch is an error, never data.

use async_trait::async_trait;
use bytes::Bytes;
use domain::tag::Tags;
use jiff::Timestamp;

use crate::error::AwsError;

/// Bytes of a block; the only size that AWS has today, and an answer with another one is refused.
pub const BLOCK_BYTES: usize = 524_288;

/// A block that a snapshot has. Blocks that were never written are not listed: they are zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockRef {
    /// Position in blocks from the volume's start.
    pub index: u32,
    /// What AWS wants to see when the block is read; lives for 7 days.
    pub token: String,
}

/// One page of the blocks of a snapshot, ordered by index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockPage {
    /// The blocks.
    pub blocks: Vec<BlockRef>,
    /// Size of the volume in GiB.
    pub volume_size_gib: u32,
    /// When the tokens expire.
    pub expires_at: Option<Timestamp>,
    /// Token of the next page; none at the end.
    pub next: Option<String>,
}

/// A block that differs between two snapshots of a lineage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedBlock {
    /// Position in blocks from the volume's start.
    pub index: u32,
    /// Token of the block in the first snapshot; none when the first has no such block.
    pub first_token: Option<String>,
    /// Token of the block in the second snapshot; none when the second has no such block: it is zero there.
    pub second_token: Option<String>,
}

/// One page of changed blocks, ordered by index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedBlockPage {
    /// The blocks.
    pub blocks: Vec<ChangedBlock>,
    /// Size of the second snapshot's volume in GiB.
    pub volume_size_gib: u32,
    /// When the tokens expire.
    pub expires_at: Option<Timestamp>,
    /// Token of the next page; none at the end.
    pub next: Option<String>,
}

/// A snapshot to be written block by block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewBlockSnapshot {
    /// Size of the volume in GiB.
    pub size_gib: u32,
    /// The snapshot whose blocks are kept where none is written.
    pub parent_snapshot_id: Option<String>,
    /// Description, shown in the AWS console.
    pub description: String,
    /// Tags beside ours.
    pub tags: Tags,
    /// AWS's idempotency token: the same call within its lifetime (minutes to hours) starts nothing new.
    pub client_token: String,
    /// Whether to encrypt; AWS refuses it together with a parent, whose encryption is inherited.
    pub encrypted: bool,
    /// ARN of the key; the account's default key when absent.
    pub kms_key_arn: Option<String>,
}

/// A snapshot that waits for its blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedSnapshot {
    /// Such as `snap-0abc`.
    pub id: String,
    /// Size of the volume in GiB.
    pub size_gib: u32,
}

/// A block's bytes with AWS's checksum, both checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Exactly [`BLOCK_BYTES`] bytes.
    pub data: Bytes,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
}

/// Reading and writing the blocks of snapshots.
#[async_trait]
pub trait Blocks: Send + Sync {
    /// Blocks of a completed snapshot.
    async fn list_blocks(
        &self,
        snapshot_id: &str,
        token: Option<&str>,
    ) -> Result<BlockPage, AwsError>;

    /// Blocks that differ between two snapshots of the same lineage. Only a hint where data is at stake: cross-check it
    /// with a full compare from time to time (rule AW2).
    async fn list_changed(
        &self,
        first_snapshot_id: &str,
        second_snapshot_id: &str,
        token: Option<&str>,
    ) -> Result<ChangedBlockPage, AwsError>;

    /// One block; refused unless its length and SHA-256 are as AWS stated.
    async fn get_block(&self, snapshot_id: &str, block: &BlockRef) -> Result<Block, AwsError>;

    /// Begins a snapshot that is written block by block.
    async fn start_snapshot(&self, new: &NewBlockSnapshot) -> Result<StartedSnapshot, AwsError>;

    /// Writes one block of exactly [`BLOCK_BYTES`] bytes, with its SHA-256; gives the SHA-256 back. Writing the same
    /// block again is allowed until completion.
    async fn put_block(
        &self,
        snapshot_id: &str,
        index: u32,
        data: Bytes,
    ) -> Result<[u8; 32], AwsError>;

    /// Ends the writing. `changed_blocks` is the number of different indexes written; `checksum` the SHA-256 over the
    /// blocks' SHA-256 in the order of their indexes, if known.
    async fn complete_snapshot(
        &self,
        snapshot_id: &str,
        changed_blocks: u32,
        checksum: Option<[u8; 32]>,
    ) -> Result<(), AwsError>;
}
