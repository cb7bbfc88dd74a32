//! Which recovery points of an organization end now: the clocks, the forecast, the brake and the last good point.
//!
//! Not for ending them (`workflows`). Invariant: on doubt about the time nothing ends, the last good point of a protected asset
//! never does, and more than a few that nobody foresaw end only when two people have agreed (reliability.md G6, G7).

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::ids::{AssetId, RecoveryPointId};
use crate::recovery_point::{RecoveryPoint, RecoveryPointStatus};

/// Points that nobody foresaw and that one run may always end, however few there are.
const BRAKE_POINTS: u64 = 10;
/// Beyond that, at most this share of the points may end unforeseen in one run, in percent.
const BRAKE_POINTS_PERCENT: u64 = 5;
/// At most this share of the bytes may end unforeseen in one run, in percent; a single point is no mass.
const BRAKE_BYTES_PERCENT: u64 = 20;
/// Two clocks that differ by more than this cannot be trusted with deleting, in minutes.
const CLOCK_DIFFERENCE_MINUTES: i64 = 5;
/// The longest time between two runs that is believed, in hours: a clock that ran ahead looks like a long downtime, and neither
/// must end everything at once.
pub const STEP_HOURS_MAX: i64 = 7 * 24;

/// Why the time is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockDoubt {
    /// The clocks do not agree.
    #[error("the clocks of this server, its database and its store differ by {0:#}")]
    Differ(SignedDuration),
    /// Much more time has passed since the last run than runs are apart.
    #[error("the last time that was believed is {since}, and it is said to be {now}")]
    Jumped {
        /// The last time that was believed.
        since: Timestamp,
        /// What the clocks say.
        now: Timestamp,
    },
}

/// The time that is believed: the earliest of the clocks, when they agree and have not run ahead of the highest time that was
/// believed before. Late is harmless, early is not.
pub fn believed(clocks: &[Timestamp], high_water: Timestamp) -> Result<Timestamp, ClockDoubt> {
    let earliest = clocks.iter().min().copied().unwrap_or(high_water);
    let latest = clocks.iter().max().copied().unwrap_or(high_water);
    let difference = latest.duration_since(earliest);
    if difference > SignedDuration::from_mins(CLOCK_DIFFERENCE_MINUTES) {
        return Err(ClockDoubt::Differ(difference));
    }
    if earliest.duration_since(high_water) > SignedDuration::from_hours(STEP_HOURS_MAX) {
        return Err(ClockDoubt::Jumped {
            since: high_water,
            now: earliest,
        });
    }
    Ok(earliest)
}

/// The time from which the first run of an organization looks back.
#[must_use]
pub fn first_high_water(now: Timestamp) -> Timestamp {
    now - SignedDuration::from_hours(STEP_HOURS_MAX)
}

/// How much there is of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// Points.
    pub points: u64,
    /// What they restore to, in bytes.
    pub bytes: u64,
}

impl Amount {
    fn add(&mut self, point: &RecoveryPoint) {
        self.points = self.points.saturating_add(1);
        self.bytes = self.bytes.saturating_add(point.size_bytes);
    }

    /// Whether so much may not end unforeseen at once, of `all`.
    fn is_mass(self, all: Self) -> bool {
        let share = |part: u64, whole: u64, percent: u64| {
            u128::from(part) * 100 > u128::from(whole) * u128::from(percent)
        };
        let many =
            self.points > BRAKE_POINTS && share(self.points, all.points, BRAKE_POINTS_PERCENT);
        let much = self.points > 1 && share(self.bytes, all.bytes, BRAKE_BYTES_PERCENT);
        many || much
    }
}

/// What a run knows.
#[derive(Debug)]
pub struct Situation<'a> {
    /// The time that is believed.
    pub now: Timestamp,
    /// The time that was believed at the last run.
    pub high_water: Timestamp,
    /// Points whose end has come and that neither lock nor hold keeps.
    pub due: &'a [RecoveryPoint],
    /// Points that are past their undo window and that neither lock nor hold keeps.
    pub ending: &'a [RecoveryPoint],
    /// Good points of the assets of both, due or not: `Available` ones.
    pub good: &'a [RecoveryPoint],
    /// All that the organization has.
    pub all: Amount,
    /// Assets that a policy still protects.
    pub protected: &'a BTreeSet<AssetId>,
}

/// What a run does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Points that begin to end, oldest end first.
    pub begin: Vec<RecoveryPointId>,
    /// Points whose copies are removed.
    pub remove: Vec<RecoveryPointId>,
    /// Points that stay because nothing else is left of their asset.
    pub last_good: Vec<RecoveryPointId>,
    /// Due points that nobody foresaw and that are too many: they wait until two people agree.
    pub braked: Vec<RecoveryPointId>,
    /// How much that is.
    pub braked_amount: Amount,
}

/// Whether the end of a due point was part of the forecast: it fell due since the last run and is where a use case put it, or two
/// people agreed to it.
fn is_foreseen(point: &RecoveryPoint, high_water: Timestamp) -> bool {
    let fell_due = point.expires_at.is_some_and(|end| end > high_water);
    let is_as_decided = point.life.foreseen_end == point.expires_at;
    point.life.cleared_at.is_some() || (fell_due && is_as_decided)
}

/// Plans one run.
#[must_use]
pub fn plan(situation: &Situation<'_>) -> Plan {
    let mut due: Vec<&RecoveryPoint> = situation
        .due
        .iter()
        .filter(|point| point.expires_at.is_some_and(|at| at <= situation.now))
        .collect();
    due.sort_by_key(|point| (point.expires_at, point.id));
    let mut left: BTreeMap<AssetId, BTreeSet<(Timestamp, RecoveryPointId)>> = BTreeMap::new();
    for point in situation.good {
        left.entry(point.asset_id)
            .or_default()
            .insert((point.taken_at, point.id));
    }
    let mut plan = Plan::default();
    let (mut unforeseen, mut amount) = (Vec::new(), Amount::default());
    for point in due {
        let rest = left.entry(point.asset_id).or_default();
        let is_good = point.status == RecoveryPointStatus::Available;
        let is_newest = rest.last().is_some_and(|(_, id)| *id == point.id);
        if is_good && is_newest && situation.protected.contains(&point.asset_id) {
            plan.last_good.push(point.id);
        } else if is_foreseen(point, situation.high_water) {
            plan.begin.push(point.id);
        } else {
            amount.add(point);
            unforeseen.push(point.id);
        }
    }
    if amount.is_mass(situation.all) {
        plan.braked = unforeseen;
        plan.braked_amount = amount;
    } else {
        plan.begin.append(&mut unforeseen);
    }
    for point in situation.ending {
        let was_good = point.life.status_before == Some(RecoveryPointStatus::Available);
        let has_others = left
            .get(&point.asset_id)
            .is_some_and(|rest| !rest.is_empty());
        let is_last = was_good && !has_others && situation.protected.contains(&point.asset_id);
        // What began to be removed is no good point any more.
        if is_last && point.life.removal_began_at.is_none() {
            plan.last_good.push(point.id);
        } else {
            plan.remove.push(point.id);
        }
    }
    plan
}

#[cfg(test)]
mod tests;
