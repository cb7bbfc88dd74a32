//! Reading a recovery point back: its labels, its sidecars, and its image by ranges and by segments.
//!
//! Not for writing a volume. Invariant: every blob is hashed and compared with the id that named it before a
//! byte of it is given out (the library checks only its MAC, which any other blob of the repository also has).

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use rustic_core::repofile::{BlobType, Node, NodeType, SnapshotFile, Tree};
use rustic_core::{BlobId, DataId, Id, IndexedFull, IndexedFullStatus, Repository, TreeId};

use crate::backend::{Prefetched, RepositoryBackend};
use crate::content::{
    ASSET_FILE, AssetSidecar, BLOCK_BYTES, CONTENT_FILE, ContentTable, Digest, SEGMENT_BYTES,
    VOLUME_FOLDER, parse_segment, segment_offset, segment_size,
};
use crate::error::{VaultError, reading};
use crate::snapshot::SnapshotInfo;

mod blocks;

pub use blocks::{RestoreReport, SegmentSink};

pub(crate) type FullRepository = Repository<IndexedFullStatus>;

/// Where the bytes of one stored segment lie.
#[derive(Clone, Debug)]
pub(crate) struct StoredSegment {
    pub(crate) stamp: Timestamp,
    pub(crate) blobs: Box<[DataId]>,
}

/// An image in the vault, open for reading. Cheap to share between threads; memory grows with the number of
/// stored segments (about 400 bytes each), not with what is read.
#[derive(Clone)]
pub struct ImageReader {
    repository: Arc<FullRepository>,
    backend: Arc<RepositoryBackend>,
    info: Arc<SnapshotInfo>,
    asset: Arc<AssetSidecar>,
    content: Arc<ContentTable>,
    segments: Arc<BTreeMap<u32, StoredSegment>>,
    /// The newest time stamp in the snapshot.
    stamp: Timestamp,
}

impl Debug for ImageReader {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageReader")
            .field("snapshot", &self.info.id)
            .finish_non_exhaustive()
    }
}

impl ImageReader {
    /// Walks the snapshot's trees and reads its sidecars.
    pub(crate) fn open(
        repository: Arc<FullRepository>,
        backend: Arc<RepositoryBackend>,
        file: &SnapshotFile,
    ) -> Result<Self, VaultError> {
        let mut layout = Layout::default();
        layout.walk(&repository, file.tree)?;
        let missing = |what: &str| VaultError::Damaged(format!("{what} is not in the snapshot"));
        let asset = layout.asset.ok_or_else(|| missing(ASSET_FILE))?;
        let content = layout.content.ok_or_else(|| missing(CONTENT_FILE))?;
        let stamp = content
            .meta
            .mtime
            .ok_or_else(|| missing("the time stamp"))?;
        let asset = AssetSidecar::from_json(&read_file(&repository, &asset)?)?;
        let content = ContentTable::from_json(&read_file(&repository, &content)?)?;
        let listed = content.segments.keys();
        if !layout.segments.keys().eq(listed) {
            let text = "the snapshot's segments are not those of its content.json";
            return Err(VaultError::Damaged(text.to_owned()));
        }
        check_segments(&layout.segments, &content)?;
        Ok(Self {
            repository,
            backend,
            info: Arc::new(SnapshotInfo::from_library(file)),
            asset: Arc::new(asset),
            content: Arc::new(content),
            segments: Arc::new(layout.segments),
            stamp,
        })
    }

    /// The snapshot's id and labels.
    #[must_use]
    pub fn info(&self) -> &SnapshotInfo {
        &self.info
    }

    /// Labels and configuration of the asset.
    #[must_use]
    pub fn asset(&self) -> &AssetSidecar {
        &self.asset
    }

    /// The table of digests.
    #[must_use]
    pub fn content(&self) -> &ContentTable {
        &self.content
    }

    /// Size of the image in bytes.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.content.size_bytes
    }

    /// The stored segments in rising order; all others are zeros.
    pub fn segments(&self) -> impl Iterator<Item = u32> + '_ {
        self.segments.keys().copied()
    }

    /// Whether this segment is stored. One that is not is all zero.
    #[must_use]
    pub fn has_segment(&self, index: u32) -> bool {
        self.segments.contains_key(&index)
    }

    /// SHA-256 of each block of a stored segment, as the vault names them: no data is read.
    #[must_use]
    pub fn block_digests(&self, index: u32) -> Option<Vec<Digest>> {
        let segment = self.segments.get(&index)?;
        segment.blobs.iter().map(|id| digest_of(**id)).collect()
    }

    /// All bytes of a segment, checked; `None` when it is not stored (all zero).
    pub fn read_segment(&self, index: u32) -> Result<Option<Bytes>, VaultError> {
        let Some(segment) = self.segments.get(&index) else {
            return Ok(None);
        };
        let size = segment_size(self.size_bytes(), index);
        let _prefetched = self.prefetch(segment);
        let mut data = BytesMut::with_capacity(usize::try_from(size).unwrap_or_default());
        for position in 0..segment.blobs.len() {
            data.extend_from_slice(&self.read_block(index, segment, position)?);
        }
        if u32::try_from(data.len()) == Ok(size) {
            Ok(Some(data.freeze()))
        } else {
            Err(VaultError::Damaged(format!(
                "segment {index} has a wrong length"
            )))
        }
    }

    /// Fills `buffer` from byte `offset` of the image, checked; zeros where nothing is stored. Only the blocks
    /// that overlap are read. Reading behind the end is an error.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), VaultError> {
        let length = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
        if offset
            .checked_add(length)
            .is_none_or(|end| end > self.size_bytes())
        {
            return Err(VaultError::Invalid(
                "a range behind the end of the image".to_owned(),
            ));
        }
        let mut offset = offset;
        let mut rest = buffer;
        while !rest.is_empty() {
            let block_start = offset - offset % u64::from(BLOCK_BYTES);
            let skip = usize::try_from(offset - block_start).unwrap_or_default();
            let index = u32::try_from(offset / u64::from(SEGMENT_BYTES)).unwrap_or(u32::MAX);
            let block = (block_start - segment_offset(index)) / u64::from(BLOCK_BYTES);
            let position = usize::try_from(block).unwrap_or(usize::MAX);
            let block_size = usize::try_from(BLOCK_BYTES).unwrap_or_default();
            let count = rest.len().min(block_size - skip);
            let (part, behind) = rest.split_at_mut(count);
            match self.segments.get(&index) {
                None => part.fill(0),
                Some(segment) => {
                    let data = self.read_block(index, segment, position)?;
                    let found = data.get(skip..skip + count);
                    part.copy_from_slice(found.ok_or_else(|| short_block(index, position))?);
                }
            }
            rest = behind;
            offset += u64::try_from(count).unwrap_or_default();
        }
        Ok(())
    }

    /// Reads and checks one blob of a segment.
    pub(crate) fn read_block(
        &self,
        index: u32,
        segment: &StoredSegment,
        position: usize,
    ) -> Result<Bytes, VaultError> {
        let id = segment
            .blobs
            .get(position)
            .ok_or_else(|| short_block(index, position))?;
        read_blob(&self.repository, BlobId::from(*id), BlobType::Data)
            .map_err(|error| locate(error, index, position))
    }

    /// Whether the index knows where every blob of the image lies.
    pub(crate) fn check_index(&self) -> Result<(), VaultError> {
        for (index, segment) in self.segments.iter() {
            for id in &segment.blobs {
                self.repository.get_index_entry(id).map_err(|_unknown| {
                    VaultError::Damaged(format!("segment {index}: a blob is not in the index"))
                })?;
            }
        }
        Ok(())
    }

    pub(crate) fn stored(&self) -> &BTreeMap<u32, StoredSegment> {
        &self.segments
    }

    /// Object, offset and length of a stored blob.
    #[cfg(test)]
    pub(crate) fn place(&self, id: &DataId) -> Option<(String, usize, usize)> {
        let entry = self.repository.get_index_entry(id).ok()?;
        let pack = entry.pack.to_hex();
        let name = format!("data/{}/{}", pack.as_str().get(..2)?, pack.as_str());
        let number = |value: u32| usize::try_from(value).ok();
        Some((
            name,
            number(entry.location.offset)?,
            number(entry.location.length)?,
        ))
    }

    pub(crate) fn stamp(&self) -> Timestamp {
        self.stamp
    }

    pub(crate) fn repository(&self) -> &FullRepository {
        &self.repository
    }

    pub(crate) fn backend(&self) -> &Arc<RepositoryBackend> {
        &self.backend
    }

    /// Reads the blobs of a segment that lie side by side in a pack with one request, and keeps them until
    /// the returned guard is dropped. Best effort: what is missing is read one by one, and reports its own error.
    pub(crate) fn prefetch(&self, segment: &StoredSegment) -> Prefetched<'_> {
        let mut wanted: Vec<(Id, u32, u32)> = segment
            .blobs
            .iter()
            .filter_map(|id| self.repository.get_index_entry(id).ok())
            .map(|entry| (*entry.pack, entry.location.offset, entry.location.length))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        self.backend.prefetch(&wanted)
    }
}

/// What a walk over a snapshot's trees finds.
#[derive(Default)]
struct Layout {
    asset: Option<Node>,
    content: Option<Node>,
    segments: BTreeMap<u32, StoredSegment>,
}

impl Layout {
    fn walk(&mut self, repository: &FullRepository, root: TreeId) -> Result<(), VaultError> {
        for node in read_tree(repository, root)?.nodes {
            match (node.name.as_str(), &node.node_type, node.subtree) {
                (ASSET_FILE, NodeType::File, _) => self.asset = Some(node),
                (VOLUME_FOLDER, NodeType::Dir, Some(tree)) => self.walk_volume(repository, tree)?,
                _ => return Err(unknown(&node.name)),
            }
        }
        Ok(())
    }

    fn walk_volume(&mut self, repository: &FullRepository, tree: TreeId) -> Result<(), VaultError> {
        for node in read_tree(repository, tree)?.nodes {
            match (node.name.as_str(), &node.node_type, node.subtree) {
                (CONTENT_FILE, NodeType::File, _) => self.content = Some(node),
                (folder, NodeType::Dir, Some(tree)) => {
                    for file in read_tree(repository, tree)?.nodes {
                        self.add_segment(folder, file)?;
                    }
                }
                _ => return Err(unknown(&node.name)),
            }
        }
        Ok(())
    }

    fn add_segment(&mut self, folder: &str, node: Node) -> Result<(), VaultError> {
        let index = parse_segment(folder, &node.name).ok_or_else(|| unknown(&node.name))?;
        let segment = match (node.node_type, node.meta.mtime, node.content) {
            (NodeType::File, Some(stamp), Some(blobs)) => StoredSegment {
                stamp,
                blobs: blobs.into(),
            },
            _ => return Err(unknown(&node.name)),
        };
        match self.segments.insert(index, segment) {
            None => Ok(()),
            Some(_) => Err(VaultError::Damaged(format!(
                "segment {index} is listed twice"
            ))),
        }
    }
}

/// The tree names the blobs of each segment; blob ids are digests of blocks. So the table of the source and
/// what is stored can be compared without reading a byte of data.
fn check_segments(
    segments: &BTreeMap<u32, StoredSegment>,
    content: &ContentTable,
) -> Result<(), VaultError> {
    for (index, segment) in segments {
        let digests: Option<Vec<Digest>> = segment.blobs.iter().map(|id| digest_of(**id)).collect();
        let stored = digests.map(|digests| Digest::of_blocks(&digests));
        if stored.as_ref() != content.segments.get(index) {
            let text = format!("segment {index}: what is stored is not what the source delivered");
            return Err(VaultError::Damaged(text));
        }
    }
    Ok(())
}

fn read_file(repository: &FullRepository, node: &Node) -> Result<Bytes, VaultError> {
    let mut data = BytesMut::new();
    for id in node.content.iter().flatten() {
        data.extend_from_slice(&read_blob(repository, BlobId::from(*id), BlobType::Data)?);
    }
    Ok(data.freeze())
}

fn read_tree(repository: &FullRepository, id: TreeId) -> Result<Tree, VaultError> {
    let json = read_blob(repository, BlobId::from(id), BlobType::Tree)?;
    serde_json::from_slice(&json).map_err(|e| VaultError::Damaged(format!("tree {id}: {e}")))
}

/// Reads a blob and compares its SHA-256 with its id.
pub(crate) fn read_blob<S: IndexedFull>(
    repository: &Repository<S>,
    id: BlobId,
    kind: BlobType,
) -> Result<Bytes, VaultError> {
    let data = repository.get_blob_cached(&id, kind).map_err(reading)?;
    if *id == Id::new(Digest::of(&data).0) {
        Ok(data)
    } else {
        Err(VaultError::Damaged(format!(
            "blob {} holds other bytes than its id says",
            id.to_hex().as_str()
        )))
    }
}

/// A blob id as a digest of ours.
pub(crate) fn digest_of(id: Id) -> Option<Digest> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(id.to_hex().as_str(), &mut bytes).ok()?;
    Some(Digest(bytes))
}

fn unknown(name: &str) -> VaultError {
    VaultError::Unsupported(format!("{name:?} in a snapshot: not an image of ours"))
}

fn short_block(index: u32, position: usize) -> VaultError {
    VaultError::Damaged(format!(
        "segment {index} block {position} is missing or short"
    ))
}

fn locate(error: VaultError, index: u32, position: usize) -> VaultError {
    error.map_damaged(|what| {
        VaultError::Damaged(format!("segment {index} block {position}: {what}"))
    })
}
