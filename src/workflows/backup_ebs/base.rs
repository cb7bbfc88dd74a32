//! Which recovery point an increment is built on.
//!
//! Not for asking AWS what exists. Invariant: on any doubt the answer is "read everything", which is slow but never wrong.

use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Hours of a day; calendars play no part in how much a list of changed blocks is trusted.
const HOURS_PER_DAY: i64 = 24;

/// What the copy reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Base {
    /// Only what differs from this point.
    Increment {
        /// The point's snapshot in the vault.
        vault_snapshot: String,
        /// The in-account snapshot that the point was copied from.
        ebs_snapshot: String,
        /// The digest that the point got from its source; none in plans from before there was one.
        #[serde(default)]
        source_digest: Option<String>,
    },
    /// Everything.
    Full {
        /// Why.
        reason: FullReason,
    },
}

/// Why everything is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FullReason {
    /// There is no earlier point that could serve.
    First,
    /// The in-account snapshot of the last point is gone.
    BaseGone,
    /// The last full compare is too long ago.
    CompareDue,
    /// AWS does not tell the difference to the base.
    NoDifference,
    /// A point of the asset turned out damaged, and nothing from before that is trusted.
    Distrusted,
    /// The last point has no digest of its source, so none could be derived from it.
    NoSourceDigest,
}

/// The point that the next increment can be built on, before AWS was asked whether its snapshot still exists.
/// `points` are all points of the asset that the database knows; `damage_found_at` is when one of them last failed its proof: what
/// was taken before then is no base.
pub(crate) fn choose(
    points: &[RecoveryPoint],
    now: Timestamp,
    full_compare_days: u32,
    damage_found_at: Option<Timestamp>,
) -> Base {
    let full = |reason| Base::Full { reason };
    let is_trusted = |point: &&RecoveryPoint| damage_found_at.is_none_or(|at| point.taken_at > at);
    let sound = points.iter().filter(|point| is_sound(point));
    let usable: Vec<&RecoveryPoint> = sound.filter(is_trusted).collect();
    let Some(latest) = usable.iter().max_by_key(|point| (point.taken_at, point.id)) else {
        return full(if damage_found_at.is_some() {
            FullReason::Distrusted
        } else {
            FullReason::First
        });
    };
    let last_full = usable
        .iter()
        .filter(|p| p.is_full)
        .map(|p| p.taken_at)
        .max();
    let limit = SignedDuration::from_hours(i64::from(full_compare_days) * HOURS_PER_DAY);
    if last_full.is_none_or(|at| now.duration_since(at) >= limit) {
        return full(FullReason::CompareDue);
    }
    match (&latest.snapshot_id, &latest.base_snapshot_id) {
        (Some(_), Some(_)) if latest.source_digest.is_none() => full(FullReason::NoSourceDigest),
        (Some(vault_snapshot), Some(ebs_snapshot)) => Base::Increment {
            vault_snapshot: vault_snapshot.clone(),
            ebs_snapshot: ebs_snapshot.clone(),
            source_digest: latest.source_digest.clone(),
        },
        (_, None) | (None, _) => full(FullReason::BaseGone),
    }
}

/// Only what was read back may carry others.
fn is_sound(point: &RecoveryPoint) -> bool {
    point.placement == Placement::Vault
        && point.status == RecoveryPointStatus::Available
        && point.proof >= Proof::ChecksumsMatch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::point;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn now() -> Timestamp {
        at("2026-02-01T00:00:00Z")
    }

    fn reason(base: &Base) -> Option<FullReason> {
        match base {
            Base::Full { reason } => Some(*reason),
            Base::Increment { .. } => None,
        }
    }

    #[test]
    fn the_first_backup_is_full() {
        assert_eq!(
            reason(&choose(&[], now(), 30, None)),
            Some(FullReason::First)
        );
    }

    #[test]
    fn the_latest_sound_point_is_the_base() {
        let mut old = point(1, at("2026-01-20T00:00:00Z"));
        old.is_full = true;
        let new = point(2, at("2026-01-30T00:00:00Z"));
        let mut damaged = point(3, at("2026-01-31T00:00:00Z"));
        damaged.status = RecoveryPointStatus::Damaged;
        let mut unproven = point(4, at("2026-01-31T00:00:00Z"));
        unproven.proof = Proof::None;
        let mut in_account = point(5, at("2026-01-31T00:00:00Z"));
        in_account.placement = Placement::InAccount;
        let base = choose(
            &[old, unproven, new.clone(), damaged, in_account],
            now(),
            30,
            None,
        );
        let expected = Base::Increment {
            vault_snapshot: new.snapshot_id.unwrap(),
            ebs_snapshot: new.base_snapshot_id.unwrap(),
            source_digest: new.source_digest,
        };
        assert_eq!(base, expected);
    }

    #[test]
    fn after_the_period_everything_is_compared() {
        let mut full = point(1, at("2026-01-02T00:00:00Z"));
        full.is_full = true;
        let points = [full, point(2, at("2026-01-31T00:00:00Z"))];
        assert_eq!(
            reason(&choose(&points, now(), 30, None)),
            Some(FullReason::CompareDue)
        );
        assert_eq!(reason(&choose(&points, now(), 31, None)), None);
    }

    #[test]
    fn without_a_base_snapshot_everything_is_read() {
        let mut full = point(1, at("2026-01-31T00:00:00Z"));
        full.is_full = true;
        full.base_snapshot_id = None;
        assert_eq!(
            reason(&choose(&[full], now(), 30, None)),
            Some(FullReason::BaseGone)
        );
    }

    #[test]
    fn after_damage_was_found_only_what_came_later_is_a_base_and_it_begins_with_a_full_one() {
        let mut full = point(1, at("2026-01-20T00:00:00Z"));
        full.is_full = true;
        let before = point(2, at("2026-01-25T00:00:00Z"));
        let found_at = Some(at("2026-01-26T00:00:00Z"));
        let mut points = vec![full, before];
        let chosen = choose(&points, now(), 30, found_at);
        assert_eq!(reason(&chosen), Some(FullReason::Distrusted));
        // An increment that was under way when the damage was found helps no more than those before it.
        points.push(point(3, at("2026-01-26T00:00:01Z")));
        let chosen = choose(&points, now(), 30, found_at);
        assert_eq!(reason(&chosen), Some(FullReason::CompareDue));
        let mut again = point(4, at("2026-01-27T00:00:00Z"));
        again.is_full = true;
        points.push(again);
        assert_eq!(reason(&choose(&points, now(), 30, found_at)), None);
    }

    #[test]
    fn a_point_without_a_digest_of_its_source_is_no_base() {
        let mut old = point(1, at("2026-01-31T00:00:00Z"));
        old.is_full = true;
        old.source_digest = None;
        let chosen = choose(&[old], now(), 30, None);
        assert_eq!(reason(&chosen), Some(FullReason::NoSourceDigest));
    }
}
