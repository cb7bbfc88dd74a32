//! What one attempt at proving a point has found, and what that proves.
//!
//! Not for finding it, nor for what follows. Invariant: the level is derived from the findings here and nowhere else; nothing is
//! counted that was not looked at in this attempt.

use domain::recovery_point::{Proof, RecoveryPoint};
use domain::verification::{Evidence, Verdict};
use serde_json::json;
use vault::VerifyReport;

use super::file_systems::{Check, Outcome};

/// Damaged ranges that the evidence lists; the report counts them all.
const PROBLEMS_MAX: usize = 20;

/// A scratch restore, and what was seen of it.
#[derive(Debug, Clone)]
pub(super) struct Restored {
    /// Bytes that were written; the rest is holes.
    pub(super) stored_bytes: u64,
    /// Digest of the file that was restored.
    pub(super) digest: String,
    /// What lies in it.
    pub(super) contents: Vec<Place>,
    /// Whether the tools ran without a network.
    pub(super) has_no_network: bool,
}

/// A content of the image and what became of opening it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The number of the partition; none for the image as a whole.
    pub(super) partition: Option<u32>,
    /// Where it begins, in bytes.
    pub(super) offset: u64,
    /// How long it is, in bytes.
    pub(super) size: u64,
    /// What was found.
    pub(super) check: Check,
}

/// All that was found.
#[derive(Debug, Clone)]
pub(super) struct Findings {
    /// Bytes of the vault that were read and right.
    pub(super) bytes_checked: u64,
    /// What the vault gave back; none when the snapshot is gone.
    pub(super) report: Option<VerifyReport>,
    /// The scratch restore, where one was wanted.
    pub(super) restored: Option<Restored>,
}

/// What is wrong with a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The snapshot is not in the vault any more.
    Gone,
    /// The vault does not give back what was written.
    Vault,
    /// What comes back is not what the source delivered.
    Content,
    /// A file system in it is broken.
    FileSystem,
}

impl Fault {
    /// What a person is told.
    pub(super) const fn sentence(self) -> &'static str {
        match self {
            Self::Gone => "The recovery point is not in the vault any more.",
            Self::Vault => "The vault does not give back what was written into it.",
            Self::Content => {
                "What comes back is not what was read from the asset when it was backed up."
            }
            Self::FileSystem => {
                "It comes back, but a file system in it is broken and would not be usable."
            }
        }
    }

    /// Whether the vault is to blame, so that nothing new is built on what it holds of the asset.
    pub(super) const fn is_of_vault(self) -> bool {
        match self {
            Self::Vault | Self::Content => true,
            Self::Gone | Self::FileSystem => false,
        }
    }
}

impl Findings {
    /// Whether what came back has the digest that was taken at the source; none where that cannot be said.
    fn matches_source(&self, point: &RecoveryPoint) -> Option<bool> {
        let source = point.source_digest.as_ref()?;
        let root = self.report.as_ref()?.root?;
        // Without a restore the vault's table speaks for the bytes, whose hashes were compared with it.
        let digest = match &self.restored {
            Some(restored) => restored.digest.clone(),
            None => root.to_string(),
        };
        Some(digest == *source)
    }

    /// What is wrong, worst first.
    pub(super) fn fault(&self, point: &RecoveryPoint) -> Option<Fault> {
        let Some(report) = &self.report else {
            return Some(Fault::Gone);
        };
        if !report.is_good() {
            return Some(Fault::Vault);
        }
        if self.matches_source(point) == Some(false) {
            return Some(Fault::Content);
        }
        let restored = self.restored.as_ref()?;
        let root = report.root.map(|root| root.to_string());
        if root.as_ref() != Some(&restored.digest) {
            return Some(Fault::Vault);
        }
        let outcomes = restored.contents.iter().map(|place| place.check.outcome);
        let is_broken = outcomes.into_iter().any(|one| one == Outcome::Broken);
        is_broken.then_some(Fault::FileSystem)
    }

    /// How far the point is proven by this.
    pub(super) fn reached(&self, point: &RecoveryPoint) -> Proof {
        match self.fault(point) {
            Some(Fault::Gone | Fault::Vault | Fault::Content) => return Proof::None,
            Some(Fault::FileSystem) => return Proof::ChecksumsMatch,
            None => {}
        }
        let Some(restored) = &self.restored else {
            return Proof::ChecksumsMatch;
        };
        if self.matches_source(point) == Some(true) {
            return Proof::ContentMatches;
        }
        // What nobody here opens says nothing against the restore; what somebody should have opened and could not, does.
        let is_open = |place: &Place| match place.check.outcome {
            Outcome::Clean | Outcome::NotOpened => true,
            Outcome::Broken | Outcome::NotJudged | Outcome::NoTool => false,
        };
        if restored.contents.iter().all(is_open) {
            Proof::Restored
        } else {
            Proof::ChecksumsMatch
        }
    }

    /// How it ended.
    pub(super) fn verdict(&self, point: &RecoveryPoint, wanted: Proof) -> Verdict {
        if self.fault(point).is_some() {
            Verdict::Failed
        } else if self.reached(point) >= wanted {
            Verdict::Proven
        } else {
            Verdict::Incomplete
        }
    }

    /// What a person should know although nothing is wrong.
    pub(super) fn notes(&self, point: &RecoveryPoint, wanted: Proof) -> Vec<String> {
        let mut notes = Vec::new();
        let Some(restored) = &self.restored else {
            return notes;
        };
        if point.source_digest.is_none() && wanted > Proof::Restored {
            notes.push(
                "The point was made without a digest of its source, so it cannot be proven beyond RESTORED."
                    .to_owned(),
            );
        }
        for place in &restored.contents {
            let content = place.check.content.as_deref().unwrap_or("unknown content");
            let place_of = place.partition.map_or_else(
                || "The image".to_owned(),
                |number| format!("Partition {number}"),
            );
            let said = place.check.said.as_deref().unwrap_or_default();
            match place.check.outcome {
                Outcome::NoTool => notes.push(format!("{place_of} ({content}) was not opened: {said}.")),
                Outcome::NotJudged => notes.push(format!(
                    "{place_of} ({content}) could not be judged; see the evidence of the verification."
                )),
                Outcome::NotOpened | Outcome::Clean | Outcome::Broken => {}
            }
        }
        notes
    }

    /// The evidence: what was run, by whom, and what it said.
    pub(super) fn evidence(&self, point: &RecoveryPoint, wanted: Proof) -> Evidence {
        let vault = self.report.as_ref().map(|report| {
            let problems = report.problems.iter().take(PROBLEMS_MAX).map(|problem| {
                json!({ "offset": problem.offset, "length": problem.length, "what": problem.what })
            });
            json!({
                "tool": "holdfast",
                "bytes_read": report.good_bytes,
                "bytes_damaged": report.bad_bytes,
                "problems": problems.collect::<Vec<_>>(),
                "content_sha256": report.root.map(|root| root.to_string()),
            })
        });
        let restored = self.restored.as_ref().map(|restored| {
            let contents = restored.contents.iter().map(|place| {
                json!({
                    "partition": place.partition,
                    "offset": place.offset,
                    "size": place.size,
                    "check": place.check,
                })
            });
            json!({
                "tool": "holdfast",
                "bytes_written": restored.stored_bytes,
                "content_sha256": restored.digest,
                "contents": contents.collect::<Vec<_>>(),
                "tools_without_network": restored.has_no_network,
            })
        });
        Evidence::of(json!({
            "version": 1,
            "holdfast": env!("CARGO_PKG_VERSION"),
            "recovery_point": point.id,
            "snapshot": point.snapshot_id,
            "wanted": wanted.name(),
            "reached": self.reached(point).name(),
            "verdict": self.verdict(point, wanted).name(),
            "vault": vault,
            "restored": restored,
            "source_sha256": point.source_digest,
            "matches_source": self.matches_source(point),
            "notes": self.notes(point, wanted),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vault::Digest;

    const DIGEST: [u8; 32] = [7; 32];

    fn point(source: Option<[u8; 32]>) -> RecoveryPoint {
        let mut point = crate::testing::point(1, jiff::Timestamp::UNIX_EPOCH);
        point.source_digest = source.map(|digest| Digest(digest).to_string());
        point
    }

    fn report() -> VerifyReport {
        VerifyReport {
            good_bytes: 10,
            root: Some(Digest(DIGEST)),
            ..VerifyReport::default()
        }
    }

    fn found(digest: Option<[u8; 32]>, outcomes: &[Outcome]) -> Findings {
        let place = |outcome: &Outcome| Place {
            partition: Some(1),
            offset: 0,
            size: 1,
            check: Check::without_tool(Some("ext4".to_owned()), *outcome, "said"),
        };
        Findings {
            bytes_checked: 10,
            report: Some(report()),
            restored: digest.map(|digest| Restored {
                stored_bytes: 10,
                digest: Digest(digest).to_string(),
                contents: outcomes.iter().map(place).collect(),
                has_no_network: true,
            }),
        }
    }

    #[test]
    fn the_level_is_what_was_seen_and_nothing_more() {
        use Outcome::{Broken, Clean, NoTool, NotJudged, NotOpened};
        let (with, without, other) = (point(Some(DIGEST)), point(None), point(Some([8; 32])));
        for (point, findings, reached, fault) in [
            (&with, found(None, &[]), Proof::ChecksumsMatch, None),
            (
                &with,
                found(Some(DIGEST), &[Clean]),
                Proof::ContentMatches,
                None,
            ),
            (
                &with,
                found(Some(DIGEST), &[NotJudged]),
                Proof::ContentMatches,
                None,
            ),
            (
                &with,
                found(Some(DIGEST), &[Clean, Broken]),
                Proof::ChecksumsMatch,
                Some(Fault::FileSystem),
            ),
            (
                &with,
                found(Some([9; 32]), &[Clean]),
                Proof::None,
                Some(Fault::Content),
            ),
            (&other, found(None, &[]), Proof::None, Some(Fault::Content)),
            (
                &other,
                found(Some(DIGEST), &[Clean]),
                Proof::None,
                Some(Fault::Content),
            ),
            (&without, found(None, &[]), Proof::ChecksumsMatch, None),
            (
                &without,
                found(Some(DIGEST), &[Clean, NotOpened]),
                Proof::Restored,
                None,
            ),
            (&without, found(Some(DIGEST), &[]), Proof::Restored, None),
            (
                &without,
                found(Some(DIGEST), &[Clean, NoTool]),
                Proof::ChecksumsMatch,
                None,
            ),
            (
                &without,
                found(Some(DIGEST), &[NotJudged]),
                Proof::ChecksumsMatch,
                None,
            ),
            (
                &without,
                found(Some([9; 32]), &[Clean]),
                Proof::None,
                Some(Fault::Vault),
            ),
        ] {
            assert_eq!(
                (findings.reached(point), findings.fault(point)),
                (reached, fault),
                "{findings:?}"
            );
        }
    }

    #[test]
    fn a_level_that_was_not_reached_is_no_proof_and_no_damage() {
        let without = point(None);
        let findings = found(Some(DIGEST), &[Outcome::Clean]);
        let verdict = |wanted| findings.verdict(&without, wanted);
        assert_eq!(verdict(Proof::Restored), Verdict::Proven);
        assert_eq!(verdict(Proof::ContentMatches), Verdict::Incomplete);
        assert_eq!(findings.notes(&without, Proof::ContentMatches).len(), 1);
        assert_eq!(findings.notes(&without, Proof::Restored).len(), 0);
        let mut damaged = findings.clone();
        damaged.report = Some(VerifyReport {
            bad_bytes: 1,
            ..report()
        });
        assert_eq!(damaged.fault(&without), Some(Fault::Vault));
        damaged.report = None;
        assert_eq!(damaged.fault(&without), Some(Fault::Gone));
        assert_eq!(damaged.verdict(&without, Proof::Restored), Verdict::Failed);
    }
}
