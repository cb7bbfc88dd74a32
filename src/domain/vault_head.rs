//! Vault heads: a signed statement of what lies in a repository, and until when it must.
//!
//! A head is a signed note (C2SP `signed-note`) whose body follows C2SP `tlog-checkpoint`: origin, number of points, Merkle root
//! (RFC 6962) of their lines, then our lines; the points follow behind the signature. Not for making signatures (`server`) nor for
//! what a database says against one (`compare.rs`). Invariant: what is read and written again is the same text, and no line can be
//! changed, added or left out without another root.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use data_encoding::BASE64;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::audit::chain::{Hash, time};
use crate::audit::checkpoint::{NoteKey, base64_hash};
use crate::ids::{
    ApprovalRequestId, AssetId, LegalHoldId, OrganizationId, RecoveryPointId, RepositoryId,
};
use crate::limits::VAULT_HEAD_BYTES_MAX;
use crate::recovery_point::{RecoveryPoint, RecoveryPointStatus};

pub mod compare;

/// Start of the origin line, with the version of the format; the repository's id follows.
const ORIGIN: &str = "holdfast/vault-head/1/";
/// What every hash of a body starts with: no other SHA-256 of this program can be taken for one of these.
const DOMAIN: &[u8] = b"holdfast vault head v1\n";
/// Stands for a time or a list that is not there.
const NONE: &str = "-";

/// A point, as a head says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadPoint {
    /// The point.
    pub point_id: RecoveryPointId,
    /// Its snapshot in the repository.
    pub snapshot_id: String,
    /// Its asset.
    pub asset_id: AssetId,
    /// The instant that it shows.
    pub taken_at: Timestamp,
    /// Its end; none when it is kept until told otherwise.
    pub expires_at: Option<Timestamp>,
    /// Until when the vault lock keeps it.
    pub locked_until: Option<Timestamp>,
    /// The legal holds that keep it.
    pub holds: BTreeSet<LegalHoldId>,
}

impl HeadPoint {
    /// What a head says of this row; none when it has no copy in the vault.
    #[must_use]
    pub fn of(point: &RecoveryPoint, holds: BTreeSet<LegalHoldId>) -> Option<Self> {
        Some(Self {
            point_id: point.id,
            snapshot_id: point.snapshot_id.clone()?,
            asset_id: point.asset_id,
            taken_at: point.taken_at,
            expires_at: point.expires_at,
            locked_until: point.life.locked_until,
            holds,
        })
    }

    fn line(&self) -> String {
        let optional = |at: Option<Timestamp>| at.map_or_else(|| NONE.to_owned(), time);
        let holds: Vec<String> = self.holds.iter().map(ToString::to_string).collect();
        let holds = if holds.is_empty() {
            NONE.to_owned()
        } else {
            holds.join(",")
        };
        format!(
            "{} {} {} {} {} {} {holds}",
            self.point_id,
            self.snapshot_id,
            self.asset_id,
            time(self.taken_at),
            optional(self.expires_at),
            optional(self.locked_until),
        )
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let mut word = || words.next();
        let optional = |text: &str| match text {
            NONE => Some(None),
            text => text.parse().ok().map(Some),
        };
        let read = Self {
            point_id: word()?.parse().ok()?,
            snapshot_id: word()?.to_owned(),
            asset_id: word()?.parse().ok()?,
            taken_at: word()?.parse().ok()?,
            expires_at: optional(word()?)?,
            locked_until: optional(word()?)?,
            holds: match word()? {
                NONE => BTreeSet::new(),
                list => list
                    .split(',')
                    .map(|id| id.parse().ok())
                    .collect::<Option<_>>()?,
            },
        };
        (read.line() == line).then_some(read)
    }
}

/// A head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultHead {
    /// The repository.
    pub repository_id: RepositoryId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Counts the heads of the repository, from 1.
    pub number: u64,
    /// Hash of the head before this one; [`Hash::START`] before the first.
    pub previous: Hash,
    /// When it was made.
    pub made_at: Timestamp,
    /// Every point that the repository must hold, by id.
    points: Vec<HeadPoint>,
}

/// The newest head of a repository, as the database knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredHead {
    /// The repository.
    pub repository_id: RepositoryId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its number; 0 when there is none.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
    /// The signed note, without points.
    pub note: String,
    /// Why it is not trusted.
    pub doubt: Option<String>,
    /// Since when.
    pub doubted_at: Option<Timestamp>,
    /// The decision of two people that ends the doubt.
    pub released_by: Option<ApprovalRequestId>,
}

/// A text that is no head, or not one of this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// It does not read as a head of a version that is known.
    #[error("it does not read as a head of a version that this program knows")]
    Malformed,
    /// No signature is of this key.
    #[error("no signature of it was made with the key of this installation")]
    Unsigned,
    /// The points are not those that were signed.
    #[error("its points are not those that were signed")]
    OtherPoints,
    /// It would be larger than what is read.
    #[error("it would have more than {VAULT_HEAD_BYTES_MAX} bytes")]
    TooLarge,
}

impl VaultHead {
    /// The head after `before` with these points; the first one when there is none.
    #[must_use]
    pub fn after(
        before: Option<(u64, Hash)>,
        (repository_id, organization_id): (RepositoryId, OrganizationId),
        made_at: Timestamp,
        mut points: Vec<HeadPoint>,
    ) -> Self {
        points.sort_by_key(|point| point.point_id);
        let (number, previous) = before.unwrap_or((0, Hash::START));
        Self {
            repository_id,
            organization_id,
            number: number.saturating_add(1),
            previous,
            made_at,
            points,
        }
    }

    /// Every point that the repository must hold, by id.
    #[must_use]
    pub fn points(&self) -> &[HeadPoint] {
        &self.points
    }

    /// The point of this snapshot.
    #[must_use]
    pub fn of_snapshot(&self, snapshot: &str) -> Option<&HeadPoint> {
        self.points
            .iter()
            .find(|point| point.snapshot_id == snapshot)
    }

    /// What is signed.
    #[must_use]
    pub fn body(&self) -> String {
        let lines: Vec<String> = self.points.iter().map(HeadPoint::line).collect();
        self.body_over(&lines)
    }

    fn body_over(&self, lines: &[String]) -> String {
        format!(
            "{ORIGIN}{}\n{}\n{}\norganization {}\nnumber {}\nprevious {}\ntime {}\n",
            self.repository_id,
            lines.len(),
            BASE64.encode(&root(lines).0),
            self.organization_id,
            self.number,
            BASE64.encode(&self.previous.0),
            time(self.made_at),
        )
    }

    /// The hash that the next head names.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let mut sha = Sha256::new();
        sha.update(DOMAIN);
        sha.update(self.body());
        Hash(sha.finalize().into())
    }

    /// The whole text: the note of the body, and the points.
    pub fn signed(&self, key: &NoteKey, signature: &[u8]) -> Result<String, HeadError> {
        let mut text = key.note(&self.body(), signature);
        text.push('\n');
        for point in &self.points {
            let _infallible = writeln!(text, "{}", point.line());
        }
        if text.len() > VAULT_HEAD_BYTES_MAX {
            return Err(HeadError::TooLarge);
        }
        Ok(text)
    }

    /// Reads a text and checks that `key` signed it and that its points are those that were signed; `is_valid(public key, body,
    /// signature)` does the arithmetic.
    pub fn open(
        text: &str,
        key: &NoteKey,
        is_valid: impl Fn(&[u8], &[u8], &[u8]) -> bool,
    ) -> Result<Self, HeadError> {
        if text.len() > VAULT_HEAD_BYTES_MAX {
            return Err(HeadError::TooLarge);
        }
        let mut parts = text.splitn(3, "\n\n");
        let mut part = || parts.next().ok_or(HeadError::Malformed);
        let (header, _signatures, lines) = (part()?, part()?, part()?);
        let (mut read, size, signed_root) = parse(header).ok_or(HeadError::Malformed)?;
        key.body_of(text, is_valid)
            .map_err(|_refused| HeadError::Unsigned)?;
        let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
        if lines.len() != size || root(&lines) != signed_root {
            return Err(HeadError::OtherPoints);
        }
        let points = lines.iter().map(|line| HeadPoint::parse(line));
        read.points = points.collect::<Option<_>>().ok_or(HeadError::Malformed)?;
        // Whatever was signed, it is read as it would be written.
        if read.body() == format!("{header}\n") {
            Ok(read)
        } else {
            Err(HeadError::Malformed)
        }
    }
}

/// What a body says, without points; how many there are, and their root.
fn parse(header: &str) -> Option<(VaultHead, usize, Hash)> {
    let mut lines = header.lines();
    let mut line = |prefix: &str| lines.next()?.strip_prefix(prefix);
    let repository_id = line(ORIGIN)?.parse().ok()?;
    let size = line("")?.parse().ok()?;
    let signed_root = base64_hash(line("")?)?;
    let head = VaultHead {
        repository_id,
        organization_id: line("organization ")?.parse().ok()?,
        number: line("number ")?.parse().ok()?,
        previous: base64_hash(line("previous ")?)?,
        made_at: line("time ")?.parse().ok()?,
        points: Vec::new(),
    };
    Some((head, size, signed_root))
}

/// The Merkle root of RFC 6962, section 2.1.
fn root(lines: &[String]) -> Hash {
    let leaf = |line: &String| {
        let mut sha = Sha256::new();
        sha.update([0]);
        sha.update(line);
        sha.finalize().into()
    };
    let mut level: Vec<[u8; 32]> = lines.iter().map(leaf).collect();
    if level.is_empty() {
        return Hash(Sha256::digest([]).into());
    }
    // Pairing from the left, an odd last one goes up as it is: the same tree as splitting at powers of two.
    while level.len() > 1 {
        level = level.chunks(2).map(joined).collect();
    }
    level.first().copied().map_or(Hash::START, Hash)
}

fn joined(pair: &[[u8; 32]]) -> [u8; 32] {
    match pair {
        [left, right] => {
            let mut sha = Sha256::new();
            sha.update([1]);
            sha.update(left);
            sha.update(right);
            sha.finalize().into()
        }
        [one] => *one,
        [] | [_, _, _, ..] => Hash::START.0,
    }
}

/// Key of the alert about the head (`head`), the rows (`rows`), the snapshots (`snapshots`) or the objects (`objects`) of a repository.
#[must_use]
pub fn alert_key(what: &str, repository: RepositoryId) -> String {
    format!("vault_tampered/{what}/{repository}")
}

/// Whether a point of this state takes a new line: what was never completed does not, nor what has ended.
#[must_use]
pub const fn begins_a_line(status: RecoveryPointStatus) -> bool {
    match status {
        RecoveryPointStatus::Available
        | RecoveryPointStatus::Damaged
        | RecoveryPointStatus::Expiring
        | RecoveryPointStatus::Lost => true,
        RecoveryPointStatus::Creating
        | RecoveryPointStatus::Expired
        | RecoveryPointStatus::Failed => false,
    }
}

#[cfg(test)]
mod tests;
