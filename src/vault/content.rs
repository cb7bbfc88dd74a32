//! How an image lies in a snapshot: paths, sizes, and the sidecars `asset.json` and `content.json`.
//!
//! Not for reading or writing it. The published form is docs/vault-layout.md. Invariant: the table of digests
//! says what the source delivered, computed apart from the library that stores it.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::error::VaultError;

/// Size in bytes of one segment file; the last of an image may be shorter.
pub const SEGMENT_BYTES: u32 = 4 * 1024 * 1024;
/// Size in bytes of one block: the unit of deduplication, and that of the EBS direct APIs.
pub const BLOCK_BYTES: u32 = 512 * 1024;
/// Largest image in bytes. Up to here the name `content.json` sorts behind all folders of segments, and trees
/// must be sorted.
pub const MAX_IMAGE_BYTES: u64 = 32 << 40;

pub(crate) const ASSET_PATH: &str = "/asset.json";
pub(crate) const VOLUME_FOLDER: &str = "volume";
pub(crate) const CONTENT_FILE: &str = "content.json";
pub(crate) const ASSET_FILE: &str = "asset.json";
pub(crate) const CONTENT_PATH: &str = "/volume/content.json";
const SIDECAR_VERSION: u32 = 1;

/// A SHA-256 digest; 64 hex digits in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(#[serde(with = "hex::serde")] pub [u8; 32]);

impl Digest {
    /// Of these bytes.
    #[must_use]
    pub fn of(data: &[u8]) -> Self {
        Self::finish(&digest::digest(&digest::SHA256, data))
    }

    /// Of a segment, from the digests of its blocks in order.
    #[must_use]
    pub fn of_blocks(blocks: &[Self]) -> Self {
        let mut all = digest::Context::new(&digest::SHA256);
        for block in blocks {
            all.update(&block.0);
        }
        Self::finish(&all.finish())
    }

    fn finish(digest: &digest::Digest) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }
}

impl std::str::FromStr for Digest {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, VaultError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)
            .map_err(|error| VaultError::Invalid(format!("a digest: {error}")))?;
        Ok(Self(bytes))
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// `content.json`: what an image holds, by digests. A segment that is not listed is all zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentTable {
    version: u32,
    kind: ContentKind,
    /// Size of the image in bytes.
    pub size_bytes: u64,
    /// Size of a segment in bytes.
    pub segment_bytes: u32,
    /// Size of a block in bytes.
    pub block_bytes: u32,
    /// Digest of the whole image; equal for equal bytes, however sparse.
    pub root: Digest,
    /// Digest of each stored segment, by index.
    #[serde(with = "pairs")]
    pub segments: BTreeMap<u32, Digest>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ContentKind {
    Image,
}

impl ContentTable {
    pub(crate) fn new(
        size_bytes: u64,
        segments: BTreeMap<u32, Digest>,
    ) -> Result<Self, VaultError> {
        let root = root_digest(size_bytes, &segments)?;
        Ok(Self {
            version: SIDECAR_VERSION,
            kind: ContentKind::Image,
            size_bytes,
            segment_bytes: SEGMENT_BYTES,
            block_bytes: BLOCK_BYTES,
            root,
            segments,
        })
    }

    pub(crate) fn to_json(&self) -> Result<Vec<u8>, VaultError> {
        serde_json::to_vec(self).map_err(|e| VaultError::Internal(e.to_string()))
    }

    /// Reads and checks `content.json`: known version and sizes, and a root that fits the table.
    pub fn from_json(json: &[u8]) -> Result<Self, VaultError> {
        let table: Self = serde_json::from_slice(json)
            .map_err(|e| VaultError::Damaged(format!("{CONTENT_FILE}: {e}")))?;
        if table.version != SIDECAR_VERSION
            || table.segment_bytes != SEGMENT_BYTES
            || table.block_bytes != BLOCK_BYTES
        {
            return Err(VaultError::Unsupported(format!(
                "{CONTENT_FILE} of another version"
            )));
        }
        check_size(table.size_bytes)?;
        if table.root == root_digest(table.size_bytes, &table.segments)? {
            Ok(table)
        } else {
            Err(VaultError::Damaged(format!(
                "{CONTENT_FILE}: the root does not fit the table"
            )))
        }
    }
}

/// `asset.json`: labels and configuration of what was backed up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetSidecar {
    version: u32,
    /// The labels, as in the snapshot's tags.
    pub labels: crate::snapshot::PointLabels,
    /// The asset's configuration as its kind defines it: what a restore needs besides the bytes.
    pub configuration: serde_json::Value,
}

impl AssetSidecar {
    pub(crate) fn new(
        labels: crate::snapshot::PointLabels,
        configuration: serde_json::Value,
    ) -> Self {
        Self {
            version: SIDECAR_VERSION,
            labels,
            configuration,
        }
    }

    pub(crate) fn to_json(&self) -> Result<Vec<u8>, VaultError> {
        serde_json::to_vec(self).map_err(|e| VaultError::Internal(e.to_string()))
    }

    /// Reads `asset.json` of a known version.
    pub fn from_json(json: &[u8]) -> Result<Self, VaultError> {
        let sidecar: Self = serde_json::from_slice(json)
            .map_err(|e| VaultError::Damaged(format!("{ASSET_FILE}: {e}")))?;
        if sidecar.version == SIDECAR_VERSION {
            Ok(sidecar)
        } else {
            Err(VaultError::Unsupported(format!(
                "{ASSET_FILE} of another version"
            )))
        }
    }
}

/// Refuses an image that is empty or larger than [`MAX_IMAGE_BYTES`].
pub(crate) fn check_size(size_bytes: u64) -> Result<(), VaultError> {
    if (1..=MAX_IMAGE_BYTES).contains(&size_bytes) {
        Ok(())
    } else {
        Err(VaultError::Unsupported(format!(
            "an image of {size_bytes} bytes"
        )))
    }
}

/// How many segments an image of this size (bytes) has, stored or not.
#[must_use]
pub fn segment_count(size_bytes: u64) -> u32 {
    u32::try_from(size_bytes.div_ceil(u64::from(SEGMENT_BYTES))).unwrap_or(u32::MAX)
}

/// Where a segment starts in the image, in bytes.
#[must_use]
pub fn segment_offset(index: u32) -> u64 {
    u64::from(index) * u64::from(SEGMENT_BYTES)
}

/// Size in bytes of a segment of an image; 0 when it lies behind the end.
#[must_use]
pub fn segment_size(size_bytes: u64, index: u32) -> u32 {
    let rest = size_bytes.saturating_sub(segment_offset(index));
    u32::try_from(rest).map_or(SEGMENT_BYTES, |rest| rest.min(SEGMENT_BYTES))
}

pub(crate) fn segment_path(index: u32) -> String {
    format!("/{VOLUME_FOLDER}/{:04x}/{index:08x}", index >> 8)
}

/// The index that a segment's folder and file name stand for; `None` for any other name.
pub(crate) fn parse_segment(folder: &str, file: &str) -> Option<u32> {
    let index = u32::from_str_radix(file, 16).ok()?;
    (format!("{:04x}", index >> 8) == folder && format!("{index:08x}") == file).then_some(index)
}

/// The digests of a segment's blocks.
pub(crate) fn block_digests(data: &[u8]) -> Vec<Digest> {
    let block = usize::try_from(BLOCK_BYTES).unwrap_or(usize::MAX);
    data.chunks(block).map(Digest::of).collect()
}

/// Digest of a whole image from those of its segments; the root of its `content.json`. Segments of zeros make no difference,
/// listed or not: so it can be computed of an image anywhere, such as one that was restored.
pub fn image_digest(
    size_bytes: u64,
    segments: &BTreeMap<u32, Digest>,
) -> Result<Digest, VaultError> {
    check_size(size_bytes)?;
    root_digest(size_bytes, segments)
}

// Segments of zeros are left out, so that it does not matter whether a source lists them.
fn root_digest(size_bytes: u64, segments: &BTreeMap<u32, Digest>) -> Result<Digest, VaultError> {
    let count = segment_count(size_bytes);
    let zero_digest = |size: u32| {
        let zeros = usize::try_from(size)
            .map(|size| vec![0; size])
            .unwrap_or_default();
        Digest::of_blocks(&block_digests(&zeros))
    };
    let full_zero = zero_digest(SEGMENT_BYTES);
    let last_zero = zero_digest(segment_size(size_bytes, count.saturating_sub(1)));
    let mut all = digest::Context::new(&digest::SHA256);
    all.update(b"holdfast image 1\n");
    all.update(&size_bytes.to_be_bytes());
    for (index, segment) in segments {
        if *index >= count {
            return Err(VaultError::Damaged(format!(
                "segment {index} lies behind the end"
            )));
        }
        let zero = if *index == count - 1 {
            last_zero
        } else {
            full_zero
        };
        if *segment != zero {
            all.update(&index.to_be_bytes());
            all.update(&segment.0);
        }
    }
    Ok(Digest::finish(&all.finish()))
}

/// As a list of pairs of fixed width, so that the file's size is known before the digests are.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::Digest;

    pub(super) fn serialize<S: Serializer>(
        table: &BTreeMap<u32, Digest>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(table)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<u32, Digest>, D::Error> {
        let list = Vec::<(u32, Digest)>::deserialize(from)?;
        let count = list.len();
        let table: BTreeMap<u32, Digest> = list.into_iter().collect();
        if table.len() == count {
            Ok(table)
        } else {
            Err(D::Error::custom("a segment twice"))
        }
    }
}
