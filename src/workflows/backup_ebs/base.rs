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
}

/// The point that the next increment can be built on, before AWS was asked whether its snapshot still exists.
/// `points` are all points of the asset that the database knows.
pub(crate) fn choose(points: &[RecoveryPoint], now: Timestamp, full_compare_days: u32) -> Base {
    let usable: Vec<&RecoveryPoint> = points.iter().filter(|point| is_sound(point)).collect();
    let Some(latest) = usable.iter().max_by_key(|point| (point.taken_at, point.id)) else {
        return Base::Full {
            reason: FullReason::First,
        };
    };
    let last_full = usable
        .iter()
        .filter(|p| p.is_full)
        .map(|p| p.taken_at)
        .max();
    let limit = SignedDuration::from_hours(i64::from(full_compare_days) * HOURS_PER_DAY);
    if last_full.is_none_or(|at| now.duration_since(at) >= limit) {
        return Base::Full {
            reason: FullReason::CompareDue,
        };
    }
    match (&latest.snapshot_id, &latest.base_snapshot_id) {
        (Some(vault_snapshot), Some(ebs_snapshot)) => Base::Increment {
            vault_snapshot: vault_snapshot.clone(),
            ebs_snapshot: ebs_snapshot.clone(),
        },
        (_, None) | (None, _) => Base::Full {
            reason: FullReason::BaseGone,
        },
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
        assert_eq!(reason(&choose(&[], now(), 30)), Some(FullReason::First));
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
        );
        let expected = Base::Increment {
            vault_snapshot: new.snapshot_id.unwrap(),
            ebs_snapshot: new.base_snapshot_id.unwrap(),
        };
        assert_eq!(base, expected);
    }

    #[test]
    fn after_the_period_everything_is_compared() {
        let mut full = point(1, at("2026-01-02T00:00:00Z"));
        full.is_full = true;
        let points = [full, point(2, at("2026-01-31T00:00:00Z"))];
        assert_eq!(
            reason(&choose(&points, now(), 30)),
            Some(FullReason::CompareDue)
        );
        assert_eq!(reason(&choose(&points, now(), 31)), None);
    }

    #[test]
    fn without_a_base_snapshot_everything_is_read() {
        let mut full = point(1, at("2026-01-31T00:00:00Z"));
        full.is_full = true;
        full.base_snapshot_id = None;
        assert_eq!(
            reason(&choose(&[full], now(), 30)),
            Some(FullReason::BaseGone)
        );
    }
}
