//! Which recovery points end now.
//!
//! Not for ending them. Invariant: it never ends the last good point of an asset that is still protected, and on doubt
//! about the time it ends nothing (reliability.md G6, G7).

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{AssetId, RecoveryPointId};
use domain::recovery_point::{RecoveryPoint, RecoveryPointStatus};
use jiff::{SignedDuration, Timestamp};

/// Points of one organization that one run may always end, however few there are.
const BRAKE_POINTS: usize = 10;
/// Beyond that, one run ends at most one in so many of the points that are kept: 5 %.
const BRAKE_DIVISOR: usize = 20;
/// Two clocks that differ by more than this cannot be trusted with deleting, in minutes.
const CLOCK_DIFFERENCE_MINUTES: i64 = 5;

/// What a run knows.
#[derive(Debug)]
pub(crate) struct Situation<'a> {
    /// The time by this process.
    pub(crate) now: Timestamp,
    /// The time by the database.
    pub(crate) database_now: Timestamp,
    /// Points whose end has come, by the database.
    pub(crate) due: &'a [RecoveryPoint],
    /// Good points of the assets of `due`, due or not: `Available` ones.
    pub(crate) good: &'a [RecoveryPoint],
    /// How many points the organization has.
    pub(crate) total: usize,
    /// Assets that a policy still protects.
    pub(crate) protected: &'a BTreeSet<AssetId>,
}

/// What a run does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Plan {
    /// Points to end now, oldest end first.
    pub(crate) expire: Vec<RecoveryPointId>,
    /// Due points that stay because nothing else is left of their asset.
    pub(crate) last_good: Vec<RecoveryPointId>,
    /// Due points that wait for a later run, because too many are due at once.
    pub(crate) held_back: usize,
}

/// The clocks disagree by this much; nothing is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the clocks of this server and of the database differ by {0:#}")]
pub(crate) struct ClocksDisagree(pub(crate) SignedDuration);

/// Plans one run.
pub(crate) fn plan(situation: &Situation<'_>) -> Result<Plan, ClocksDisagree> {
    let difference = situation.now.duration_since(situation.database_now);
    if difference.abs() > SignedDuration::from_mins(CLOCK_DIFFERENCE_MINUTES) {
        return Err(ClocksDisagree(difference));
    }
    // The earlier of the two clocks decides: late is harmless, early is not.
    let now = situation.now.min(situation.database_now);
    let mut due: Vec<&RecoveryPoint> = situation
        .due
        .iter()
        .filter(|point| point.expires_at.is_some_and(|at| at <= now))
        .collect();
    due.sort_by_key(|point| (point.expires_at, point.id));
    let mut left: BTreeMap<AssetId, BTreeSet<(Timestamp, RecoveryPointId)>> = BTreeMap::new();
    for point in situation.good {
        left.entry(point.asset_id)
            .or_default()
            .insert((point.taken_at, point.id));
    }
    let mut plan = Plan::default();
    let most = BRAKE_POINTS.max(situation.total / BRAKE_DIVISOR);
    for point in due {
        let rest = left.entry(point.asset_id).or_default();
        let is_good = point.status == RecoveryPointStatus::Available;
        let is_newest = rest.last().is_some_and(|(_, id)| *id == point.id);
        if is_good && is_newest && situation.protected.contains(&point.asset_id) {
            plan.last_good.push(point.id);
        } else if plan.expire.len() >= most {
            plan.held_back += 1;
        } else {
            rest.remove(&(point.taken_at, point.id));
            plan.expire.push(point.id);
        }
    }
    Ok(plan)
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

    fn ended(number: u128, asset: u128) -> RecoveryPoint {
        let mut point = point(number, at("2026-01-01T00:00:00Z") + seconds(number));
        point.asset_id = AssetId::from_uuid(uuid::Uuid::from_u128(asset));
        point.expires_at = Some(at("2026-01-31T00:00:00Z") + seconds(number));
        point
    }

    fn seconds(number: u128) -> SignedDuration {
        SignedDuration::from_secs(i64::try_from(number).unwrap())
    }

    fn planned(
        due: &[RecoveryPoint],
        good: &[RecoveryPoint],
        total: usize,
        protected: &[AssetId],
    ) -> Plan {
        let protected = protected.iter().copied().collect();
        let situation = Situation {
            now: now(),
            database_now: now(),
            due,
            good,
            total,
            protected: &protected,
        };
        plan(&situation).unwrap()
    }

    #[test]
    fn the_last_good_point_of_a_protected_asset_stays() {
        let points = [ended(1, 7), ended(2, 7)];
        let asset = points[0].asset_id;
        let plan = planned(&points, &points, 2, &[asset]);
        assert_eq!(plan.expire, [points[0].id]);
        assert_eq!(plan.last_good, [points[1].id]);
        assert_eq!(planned(&points, &points, 2, &[]).expire.len(), 2);
    }

    #[test]
    fn a_damaged_point_never_counts_as_the_last_good_one() {
        let mut damaged = ended(2, 7);
        damaged.status = RecoveryPointStatus::Damaged;
        let good = ended(1, 7);
        let asset = good.asset_id;
        let plan = planned(
            &[good.clone(), damaged.clone()],
            std::slice::from_ref(&good),
            2,
            &[asset],
        );
        assert_eq!(plan.expire, [damaged.id]);
        assert_eq!(plan.last_good, [good.id]);
    }

    #[test]
    fn one_run_ends_ten_points_or_one_in_twenty_and_the_oldest_first() {
        let points: Vec<_> = (1..=30).map(|n| ended(n, n)).collect();
        let plan = planned(&points, &points, 100, &[]);
        assert_eq!((plan.expire.len(), plan.held_back), (10, 20));
        assert_eq!(plan.expire.first(), Some(&points[0].id));
        let plan = planned(&points, &points, 500, &[]);
        assert_eq!((plan.expire.len(), plan.held_back), (25, 5));
    }

    #[test]
    fn nothing_ends_when_the_clocks_disagree_or_the_earlier_one_says_not_yet() {
        let points = [ended(1, 7)];
        let protected = BTreeSet::new();
        let mut situation = Situation {
            now: now(),
            database_now: now() - SignedDuration::from_mins(6),
            due: &points,
            good: &points,
            total: 1,
            protected: &protected,
        };
        assert!(plan(&situation).is_err());
        situation.now = points[0].expires_at.unwrap();
        situation.database_now = situation.now - SignedDuration::from_secs(1);
        assert_eq!(plan(&situation).unwrap(), Plan::default());
    }
}
