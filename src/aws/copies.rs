//! Snapshots that travel: into another region, into the archive tier, and back.
//!
//! Not for taking them (`capture`); waiting is the caller's. Invariant: copying twice with the same client key makes one copy, and
//! every copy is encrypted.

use async_trait::async_trait;
use domain::copy_target::StorageTier;
use domain::tag::Tags;
use jiff::Timestamp;

use crate::error::AwsError;

/// A copy to be made of a snapshot of another region of the account, with the default key of EBS in this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCopy {
    /// Where the snapshot is.
    pub source_region: String,
    /// The snapshot.
    pub source_snapshot_id: String,
    /// Description, shown in the AWS console.
    pub description: String,
    /// Tags beside ours.
    pub tags: Tags,
    /// Idempotency key: the same for every attempt of the same step, another for every other step.
    pub client_key: String,
}

/// What AWS did last to the tier of a snapshot, or does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TierMove {
    /// It goes into the archive; it can be used until it is there.
    Archiving,
    /// It went into the archive.
    Archived,
    /// AWS could not archive it.
    ArchivingFailed,
    /// It comes back; it cannot be used yet.
    Returning,
    /// It came back.
    Returned,
    /// AWS could not bring it back.
    ReturningFailed,
}

/// Where a snapshot is between the tiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiering {
    /// The tier in which it is now.
    pub tier: StorageTier,
    /// What AWS did last, or does now; none when it never moved.
    pub last_move: Option<TierMove>,
    /// How far that is, in percent, as far as AWS says.
    pub progress_percent: Option<u8>,
    /// AWS's words about it.
    pub detail: Option<String>,
    /// Until when it is back; then AWS takes it into the archive again.
    pub back_until: Option<Timestamp>,
}

impl Tiering {
    /// Whether volumes and copies can be made of it.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        let is_back = self.last_move == Some(TierMove::Returned)
            && self.back_until.is_none_or(|until| until > now);
        self.tier == StorageTier::Standard || is_back
    }
}

/// Copies and tiers of snapshots.
#[async_trait]
pub trait Copies: Send + Sync {
    /// Copies a snapshot of another region into this one, or finds the copy that an earlier call with this client key made; gives
    /// its id. Returns at once; AWS may need a moment to show it, and it is pending for long.
    async fn copy_snapshot(&self, new: &NewCopy) -> Result<String, AwsError>;

    /// Where the snapshot is between the tiers, or none when it does not exist (any more).
    async fn tiering(&self, id: &str) -> Result<Option<Tiering>, AwsError>;

    /// Begins to move a snapshot into the archive; it takes up to three days.
    async fn archive_snapshot(&self, id: &str) -> Result<(), AwsError>;

    /// Begins to bring an archived snapshot back for so many days; it takes up to three days.
    async fn bring_back_snapshot(&self, id: &str, days: u32) -> Result<(), AwsError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_archived_is_usable_only_while_it_is_back() {
        let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        let tiering = |tier, last_move, back_until: Option<&str>| Tiering {
            tier,
            last_move,
            progress_percent: None,
            detail: None,
            back_until: back_until.map(|text| text.parse().unwrap()),
        };
        let (standard, archive) = (StorageTier::Standard, StorageTier::Archive);
        let (before, after) = (Some("2026-01-01T00:00:00Z"), Some("2026-01-03T00:00:00Z"));
        for (found, usable) in [
            (tiering(standard, None, None), true),
            (tiering(standard, Some(TierMove::Archiving), None), true),
            (tiering(archive, Some(TierMove::Archived), None), false),
            (tiering(archive, Some(TierMove::Returning), after), false),
            (tiering(archive, Some(TierMove::Returned), after), true),
            (tiering(archive, Some(TierMove::Returned), before), false),
            (
                tiering(archive, Some(TierMove::ReturningFailed), None),
                false,
            ),
        ] {
            assert_eq!(found.is_usable(now), usable, "{found:?}");
        }
    }
}
