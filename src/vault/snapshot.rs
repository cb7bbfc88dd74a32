//! Snapshots as the vault names and labels them.
//!
//! Not for their content. Invariant: the labels that rebuild a database lie in the snapshot's tags, so a list of
//! snapshots needs no tree; stock restic shows and filters by them.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use jiff::{Timestamp, tz::TimeZone};
use rustic_core::{SnapshotOptions, repofile};
use serde::{Deserialize, Serialize};

use crate::error::{VaultError, writing};

/// Version of the tags; in each snapshot as `holdfast:1`.
const TAGS_VERSION: &str = "1";
/// What restic shows as the host of our snapshots. Fixed: parents are looked for by host and path.
const HOST: &str = "holdfast";
const MAX_LABEL_BYTES: usize = 200;

/// Id of a snapshot: 64 hex digits, the SHA-256 of the snapshot file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SnapshotId(String);

impl SnapshotId {
    /// As 64 lower-case hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn from_library(id: repofile::SnapshotId) -> Self {
        Self(id.to_hex().as_str().to_owned())
    }

    pub(crate) fn to_library(&self) -> Result<repofile::SnapshotId, VaultError> {
        self.0.parse().map_err(writing)
    }
}

impl Display for SnapshotId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SnapshotId {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, VaultError> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == 64 && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(VaultError::Invalid(
                "a snapshot id has 64 lower-case hex digits".to_owned(),
            ))
        }
    }
}

impl TryFrom<String> for SnapshotId {
    type Error = VaultError;

    fn try_from(text: String) -> Result<Self, VaultError> {
        text.parse()
    }
}

impl From<SnapshotId> for String {
    fn from(id: SnapshotId) -> Self {
        id.0
    }
}

/// What a recovery point is of, and why it was made: enough to make its database row again.
///
/// Values are 1 to 200 bytes of ASCII letters, digits and `._:/@+=-` (restic separates tags by commas).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointLabels {
    /// Id of the asset.
    pub asset_id: String,
    /// Kind of the asset, such as `ebs-volume`.
    pub asset_kind: String,
    /// Id of the recovery point.
    pub recovery_point_id: String,
    /// Id of the task that made it.
    pub task_id: Option<String>,
    /// Id of the policy that asked for it.
    pub policy_id: Option<String>,
    /// The instant that the content shows.
    pub taken_at: Timestamp,
    /// When it may be removed, as known when it was made; later extensions lie elsewhere.
    pub expires_at: Option<Timestamp>,
}

/// A snapshot, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// Its id.
    pub id: SnapshotId,
    /// The instant that the content shows.
    pub taken_at: Timestamp,
    /// Its labels; `None` when another program made it.
    pub labels: Option<PointLabels>,
    /// Size in bytes of all files in it.
    pub logical_bytes: u64,
    /// Bytes that it added to the repository, compressed and encrypted.
    pub added_bytes: u64,
}

impl PointLabels {
    fn tags(&self) -> Result<Vec<String>, VaultError> {
        let expires = self.expires_at.map(|at| at.to_string());
        let pairs = [
            ("holdfast", Some(TAGS_VERSION)),
            ("asset", Some(self.asset_id.as_str())),
            ("kind", Some(self.asset_kind.as_str())),
            ("point", Some(self.recovery_point_id.as_str())),
            ("task", self.task_id.as_deref()),
            ("policy", self.policy_id.as_deref()),
            ("expires", expires.as_deref()),
        ];
        pairs
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .map(|(name, value)| {
                check_label(name, value)?;
                Ok(format!("{name}:{value}"))
            })
            .collect()
    }

    fn from_tags<'a>(tags: impl Iterator<Item = &'a String>, taken_at: Timestamp) -> Option<Self> {
        let tags: BTreeMap<&str, &str> = tags.filter_map(|tag| tag.split_once(':')).collect();
        let text = |name: &str| tags.get(name).map(|value| (*value).to_owned());
        if tags.get("holdfast") != Some(&TAGS_VERSION) {
            return None;
        }
        let expires_at = match tags.get("expires") {
            None => None,
            Some(text) => Some(text.parse().ok()?),
        };
        Some(Self {
            asset_id: text("asset")?,
            asset_kind: text("kind")?,
            recovery_point_id: text("point")?,
            task_id: text("task"),
            policy_id: text("policy"),
            taken_at,
            expires_at,
        })
    }

    /// The snapshot file to be filled and saved by the library.
    pub(crate) fn to_snapshot(&self) -> Result<repofile::SnapshotFile, VaultError> {
        let options = SnapshotOptions::default()
            .host(HOST.to_owned())
            .command("holdfast".to_owned())
            .time(self.taken_at.to_zoned(TimeZone::UTC));
        let mut snapshot = options.to_snapshot().map_err(writing)?;
        for tag in self.tags()? {
            snapshot.tags.add(tag);
        }
        concat!("holdfast ", env!("CARGO_PKG_VERSION")).clone_into(&mut snapshot.program_version);
        Ok(snapshot)
    }
}

impl SnapshotInfo {
    pub(crate) fn from_library(file: &repofile::SnapshotFile) -> Self {
        let taken_at = file.time.timestamp();
        let summary = file.summary.as_ref();
        Self {
            id: SnapshotId::from_library(file.id),
            taken_at,
            labels: PointLabels::from_tags(file.tags.iter(), taken_at),
            logical_bytes: summary.map_or(0, |s| s.total_bytes_processed),
            added_bytes: summary.map_or(0, |s| s.data_added_packed),
        }
    }
}

fn check_label(name: &str, value: &str) -> Result<(), VaultError> {
    let is_good = |b: u8| b.is_ascii_alphanumeric() || b"._:/@+=-".contains(&b);
    if !value.is_empty() && value.len() <= MAX_LABEL_BYTES && value.bytes().all(is_good) {
        Ok(())
    } else {
        Err(VaultError::Invalid(format!(
            "label {name} holds what a tag cannot"
        )))
    }
}
