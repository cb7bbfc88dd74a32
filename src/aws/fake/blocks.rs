//! The EBS direct APIs of the simulated AWS.
//!
//! Not for faults (`fault`). Invariant: the rules that AWS enforces are enforced here: completed snapshots only, valid
//! and unexpired tokens, whole blocks, an honest count at completion.

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::region::{FakeRegion, Scene, page_of};
use super::world::{BlockMap, FakeSnapshot};
use crate::CLIENT_KEY_TAG;
use crate::blocks::{
    BLOCK_BYTES, Block, BlockPage, BlockRef, Blocks, ChangedBlock, ChangedBlockPage,
    NewBlockSnapshot, StartedSnapshot,
};
use crate::capture::{SnapshotInfo, SnapshotState, Snapshots as _};
use crate::ec2::with_our_tags;
use crate::error::{AwsError, ErrorClass};
use crate::sdk::call::{
    COMPLETE_SNAPSHOT, Call, GET_BLOCK, LIST_BLOCKS, LIST_CHANGED, PUT_BLOCK, START_SNAPSHOT,
};

/// How long tokens live, as in AWS.
const TOKENS_LIVE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Blocks of one GiB.
const BLOCKS_PER_GIB: u32 = 2_048;

fn invalid(call: &Call, message: impl Into<String>) -> AwsError {
    AwsError::from_code("ebs", call.operation, "ValidationException", message, 400)
}

fn gone(call: &Call, id: &str) -> AwsError {
    let message = format!("the snapshot '{id}' does not exist");
    AwsError::from_code(
        "ebs",
        call.operation,
        "ResourceNotFoundException",
        message,
        404,
    )
}

fn expired(call: &Call) -> AwsError {
    AwsError::new(
        ErrorClass::TokenExpired,
        call.service,
        call.operation,
        "this token is not valid",
    )
}

/// A token that says what it is for and until when.
fn token_of(snapshot_id: &str, index: u32, expires: Timestamp) -> String {
    format!("{snapshot_id}/{index}/{}", expires.as_second())
}

fn expiry(now: Timestamp) -> Timestamp {
    now.checked_add(TOKENS_LIVE).unwrap_or(Timestamp::MAX)
}

fn readable<'a>(
    call: &Call,
    scene: &'a mut Scene<'_>,
    id: &str,
) -> Result<&'a FakeSnapshot, AwsError> {
    let now = scene.now;
    match scene.state().snapshots.get(id) {
        None => Err(gone(call, id)),
        Some(snapshot) if snapshot.is_readable(now) => Ok(snapshot),
        Some(_) => Err(invalid(call, "the snapshot is not completed")),
    }
}

/// Indexes whose blocks differ.
fn changes(first: &BlockMap, second: &BlockMap) -> Vec<u32> {
    let mut indexes: Vec<u32> = first.keys().chain(second.keys()).copied().collect();
    indexes.sort_unstable();
    indexes.dedup();
    indexes.retain(|index| first.get(index) != second.get(index));
    indexes
}

#[async_trait]
impl Blocks for FakeRegion {
    async fn list_blocks(
        &self,
        snapshot_id: &str,
        token: Option<&str>,
    ) -> Result<BlockPage, AwsError> {
        self.call(&LIST_BLOCKS, Some(snapshot_id), |scene| {
            let (size, expires) = (scene.world.page_size, expiry(scene.now));
            let snapshot = readable(&LIST_BLOCKS, scene, snapshot_id)?;
            let indexes = snapshot.blocks.keys().copied().collect();
            let page = page_of(&LIST_BLOCKS, indexes, token, size)?;
            let blocks = page.items.into_iter().map(|index| BlockRef {
                index,
                token: token_of(snapshot_id, index, expires),
            });
            Ok(BlockPage {
                blocks: blocks.collect(),
                volume_size_gib: snapshot.info.size_gib,
                expires_at: Some(expires),
                next: page.next,
            })
        })
        .await
    }

    async fn list_changed(
        &self,
        first_snapshot_id: &str,
        second_snapshot_id: &str,
        token: Option<&str>,
    ) -> Result<ChangedBlockPage, AwsError> {
        self.call(&LIST_CHANGED, Some(first_snapshot_id), |scene| {
            let (size, expires) = (scene.world.page_size, expiry(scene.now));
            let first = readable(&LIST_CHANGED, scene, first_snapshot_id)?.clone();
            let second = readable(&LIST_CHANGED, scene, second_snapshot_id)?;
            if first.lineage != second.lineage {
                return Err(invalid(&LIST_CHANGED, "the snapshots are not related"));
            }
            let indexes = changes(&first.blocks, &second.blocks);
            let page = page_of(&LIST_CHANGED, indexes, token, size)?;
            let token_in = |blocks: &BlockMap, id: &str, index: u32| {
                let has = blocks.contains_key(&index);
                has.then(|| token_of(id, index, expires))
            };
            let blocks = page.items.into_iter().map(|index| ChangedBlock {
                index,
                first_token: token_in(&first.blocks, first_snapshot_id, index),
                second_token: token_in(&second.blocks, second_snapshot_id, index),
            });
            Ok(ChangedBlockPage {
                blocks: blocks.collect(),
                volume_size_gib: second.info.size_gib,
                expires_at: Some(expires),
                next: page.next,
            })
        })
        .await
    }

    async fn get_block(&self, snapshot_id: &str, block: &BlockRef) -> Result<Block, AwsError> {
        self.call(&GET_BLOCK, Some(snapshot_id), |scene| {
            let now = scene.now;
            let snapshot = readable(&GET_BLOCK, scene, snapshot_id)?;
            let expires = block.token.rsplit('/').next().unwrap_or_default();
            let expires = expires
                .parse()
                .ok()
                .and_then(|at| Timestamp::from_second(at).ok());
            let expires = expires.ok_or_else(|| expired(&GET_BLOCK))?;
            if expires < now || block.token != token_of(snapshot_id, block.index, expires) {
                return Err(expired(&GET_BLOCK));
            }
            let data = snapshot.blocks.get(&block.index).cloned();
            let data = data.ok_or_else(|| gone(&GET_BLOCK, snapshot_id))?;
            let bytes = u64::try_from(data.len()).unwrap_or(0);
            scene.world.bytes_read = scene.world.bytes_read.saturating_add(bytes);
            let sha256 = Sha256::digest(&data).into();
            Ok(Block { data, sha256 })
        })
        .await
    }

    async fn start_snapshot(&self, new: &NewBlockSnapshot) -> Result<StartedSnapshot, AwsError> {
        let key = std::iter::once((CLIENT_KEY_TAG.to_owned(), new.client_token.clone())).collect();
        if let Some(earlier) = self.find_snapshots(&key).await?.into_iter().next() {
            return Ok(StartedSnapshot {
                id: earlier.id,
                size_gib: earlier.size_gib,
            });
        }
        let parent = new.parent_snapshot_id.as_deref();
        self.call(&START_SNAPSHOT, parent, |scene| {
            let id = scene.world.id("snap");
            let parent = match parent {
                Some(parent) => Some(readable(&START_SNAPSHOT, scene, parent)?.clone()),
                None => None,
            };
            let snapshot = begun(new, &id, &self.region, (scene.now, parent))?;
            scene.state().snapshots.insert(id.clone(), snapshot);
            Ok(StartedSnapshot {
                id,
                size_gib: new.size_gib,
            })
        })
        .await
    }

    async fn put_block(
        &self,
        snapshot_id: &str,
        index: u32,
        data: Bytes,
    ) -> Result<[u8; 32], AwsError> {
        let sha256 = Sha256::digest(&data).into();
        self.call(&PUT_BLOCK, Some(snapshot_id), |scene| {
            let snapshot = writable(&PUT_BLOCK, scene, snapshot_id)?;
            let blocks = snapshot.info.size_gib.saturating_mul(BLOCKS_PER_GIB);
            if data.len() != BLOCK_BYTES || index >= blocks {
                return Err(invalid(&PUT_BLOCK, "wrong length or index"));
            }
            snapshot.blocks.insert(index, data);
            snapshot.written.insert(index);
            Ok(sha256)
        })
        .await
    }

    async fn complete_snapshot(
        &self,
        snapshot_id: &str,
        changed_blocks: u32,
        checksum: Option<[u8; 32]>,
    ) -> Result<(), AwsError> {
        self.call(&COMPLETE_SNAPSHOT, Some(snapshot_id), |scene| {
            let now = scene.now;
            let completes_at = now.checked_add(scene.world.snapshot_takes).ok();
            let snapshot = writable(&COMPLETE_SNAPSHOT, scene, snapshot_id)?;
            if u32::try_from(snapshot.written.len()) != Ok(changed_blocks) {
                return Err(invalid(
                    &COMPLETE_SNAPSHOT,
                    "wrong number of changed blocks",
                ));
            }
            if checksum.is_some_and(|checksum| checksum != linear_checksum(snapshot)) {
                return Err(invalid(&COMPLETE_SNAPSHOT, "wrong checksum"));
            }
            snapshot.completes_at = completes_at;
            Ok(())
        })
        .await
    }
}

fn begun(
    new: &NewBlockSnapshot,
    id: &str,
    region: &str,
    (now, parent): (Timestamp, Option<FakeSnapshot>),
) -> Result<FakeSnapshot, AwsError> {
    if new.size_gib == 0
        || parent
            .as_ref()
            .is_some_and(|p| p.info.size_gib > new.size_gib)
    {
        return Err(invalid(&START_SNAPSHOT, "wrong volume size"));
    }
    if parent.is_some() && (new.encrypted || new.kms_key_arn.is_some()) {
        let message = "encryption is inherited from the parent";
        return Err(invalid(&START_SNAPSHOT, message));
    }
    let inherited = parent.as_ref().is_some_and(|p| p.info.encrypted);
    let inherited_key = parent.as_ref().and_then(|p| p.info.kms_key_id.clone());
    Ok(FakeSnapshot {
        info: SnapshotInfo {
            arn: format!("arn:aws:ec2:{region}::snapshot/{id}"),
            id: id.to_owned(),
            volume_id: Some("vol-ffffffff".to_owned()),
            size_gib: new.size_gib,
            state: SnapshotState::Pending,
            state_message: None,
            progress_percent: None,
            started_at: Some(now),
            encrypted: new.encrypted || inherited,
            kms_key_id: new.kms_key_arn.clone().or(inherited_key),
            description: new.description.clone(),
            tier: domain::copy_target::StorageTier::Standard,
            tags: with_our_tags(&new.tags, &new.client_token),
        },
        lineage: parent
            .as_ref()
            .map_or_else(|| id.to_owned(), |p| p.lineage.clone()),
        blocks: parent.map(|parent| parent.blocks).unwrap_or_default(),
        completes_at: None,
        outcome: SnapshotState::Completed,
        written: std::collections::BTreeSet::new(),
        tiers: super::world::Tiers::default(),
    })
}

fn writable<'a>(
    call: &Call,
    scene: &'a mut Scene<'_>,
    id: &str,
) -> Result<&'a mut FakeSnapshot, AwsError> {
    match scene.state().snapshots.get_mut(id) {
        None => Err(gone(call, id)),
        Some(snapshot) if snapshot.completes_at.is_none() => Ok(snapshot),
        Some(_) => Err(invalid(call, "the snapshot does not wait for blocks")),
    }
}

/// SHA-256 over the SHA-256 of the written blocks, in the order of their indexes.
fn linear_checksum(snapshot: &FakeSnapshot) -> [u8; 32] {
    let mut whole = Sha256::new();
    for index in &snapshot.written {
        if let Some(data) = snapshot.blocks.get(index) {
            whole.update(Sha256::digest(data));
        }
    }
    whole.finalize().into()
}
