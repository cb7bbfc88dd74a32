//! The calendar: what runs when, computed from the grids of policies.
//!
//! Not for what has run (tasks) or for firing (`schedule.rs`). Invariant: the work depends on how many different grids there
//! are and on the length of the time asked for, never on the number of assets.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::asset::AssetKind;
use crate::error::{Problem, ProblemCode, Problems};
use crate::frequency::{Frequency, Interval, StartTime, next_after_all, owed};
use crate::limits::{CALENDAR_HOURS_MAX, CALENDAR_TIMES_MAX};
use crate::policy::{Policy, PolicyOperation};
use crate::recovery_point::Placement;
use crate::retention::Retention;
use crate::schedule::opening_of;

const MICROSECONDS_OF_HOUR: i64 = 3_600_000_000;

/// A run that a policy has ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComingRun {
    /// Its nominal time.
    pub nominal_at: Timestamp,
    /// Kind of the assets it is for.
    pub asset_kind: AssetKind,
    /// Where the copies go.
    pub placement: Placement,
    /// How long they are kept: the longest of all frequencies that are due together.
    pub keep: Retention,
    /// When its window closes; none with an open end, or without a window.
    pub closes_at: Option<Timestamp>,
}

/// The first `count` runs of a policy after `after`, in order; none while it is inactive.
#[must_use]
pub fn coming_runs(policy: &Policy, after: Timestamp, count: usize) -> Vec<ComingRun> {
    if policy.is_active {
        runs_of(&policy.operations, after, count)
    } else {
        Vec::new()
    }
}

/// The first `count` runs after `after` that these operations make, in order.
#[must_use]
pub fn runs_of(operations: &[PolicyOperation], after: Timestamp, count: usize) -> Vec<ComingRun> {
    let mut runs = Vec::new();
    let next = |operation: &PolicyOperation, after| {
        next_after_all(&operation.frequencies, &operation.start, after)
    };
    let mut ahead: Vec<(Option<Timestamp>, &PolicyOperation)> = operations
        .iter()
        .map(|operation| (next(operation, after), operation))
        .collect();
    while runs.len() < count {
        let earliest = ahead
            .iter_mut()
            .filter(|(at, _)| at.is_some())
            .min_by_key(|(at, _)| *at);
        let Some((at, operation)) = earliest else {
            break;
        };
        let Some(nominal_at) = *at else {
            break;
        };
        runs.extend(run_of(operation, nominal_at));
        *at = next(operation, nominal_at);
    }
    runs
}

fn run_of(operation: &PolicyOperation, nominal_at: Timestamp) -> Option<ComingRun> {
    let due = owed(
        &operation.frequencies,
        &operation.start,
        nominal_at,
        nominal_at,
    );
    let keeps: Vec<Retention> = due.into_iter().map(|frequency| frequency.keep).collect();
    Some(ComingRun {
        nominal_at,
        asset_kind: operation.asset_kind,
        placement: operation.placement,
        keep: Retention::longest(&keeps, nominal_at)?,
        closes_at: opening_of(operation, nominal_at).map(|open| open.closes_at),
    })
}

/// A stretch of time that a calendar shows, cut into hours that begin at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalendarRange {
    from: Timestamp,
    until: Timestamp,
}

impl CalendarRange {
    /// The stretch from `from` until `until`; the last hour may be a part of one.
    pub fn new(from: Timestamp, until: Timestamp) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::new();
        problems.check(
            from <= until,
            "until",
            "The end does not lie before the start.",
        );
        let longest = SignedDuration::from_hours(CALENDAR_HOURS_MAX);
        problems.check(
            until.duration_since(from) <= longest,
            "until",
            format!("A calendar shows at most {CALENDAR_HOURS_MAX} hours."),
        );
        problems.into_result()?;
        Ok(Self { from, until })
    }

    /// Where the hours begin.
    pub fn hours(self) -> impl Iterator<Item = Timestamp> {
        let hour = SignedDuration::from_hours(1);
        std::iter::successors(Some(self.from), move |at| at.checked_add(hour).ok())
            .take_while(move |at| *at < self.until)
    }

    fn hour_of(self, at: Timestamp) -> Timestamp {
        let passed = at.duration_since(self.from).as_micros();
        let hours = i64::try_from(passed)
            .unwrap_or(0)
            .div_euclid(MICROSECONDS_OF_HOUR);
        let begin = self.from.checked_add(SignedDuration::from_hours(hours));
        begin.unwrap_or(self.from)
    }
}

/// What falls due in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourLoad {
    /// When the hour begins.
    pub starts_at: Timestamp,
    /// Kind of the assets.
    pub asset_kind: AssetKind,
    /// Where the copies go.
    pub placement: Placement,
    /// How many runs.
    pub runs: u64,
}

/// What two operations must share to fall due together, in the same column of a calendar.
type Grid<'a> = (AssetKind, Placement, &'a StartTime, Vec<&'a Interval>);

/// The runs that fall due in each hour of the range, by kind and placement, for operations with so many scheduled assets; hours
/// without a run are left out. A problem when the grids have more than [`CALENDAR_TIMES_MAX`] times in the range.
pub fn load(
    operations: &[(PolicyOperation, u64)],
    range: CalendarRange,
) -> Result<Vec<HourLoad>, Problem> {
    // Many policies share a grid: it is walked once for all of them.
    let mut grids: BTreeMap<Grid<'_>, (&[Frequency], u64)> = BTreeMap::new();
    for (operation, assets) in operations {
        let mut intervals: Vec<&Interval> =
            operation.frequencies.iter().map(|one| &one.every).collect();
        intervals.sort_unstable();
        let key = (
            operation.asset_kind,
            operation.placement,
            &operation.start,
            intervals,
        );
        let grid = grids.entry(key).or_insert((&operation.frequencies, 0));
        grid.1 = grid.1.saturating_add(*assets);
    }
    let mut hours: BTreeMap<(Timestamp, AssetKind, Placement), u64> = BTreeMap::new();
    let step = SignedDuration::from_micros(1);
    let mut times = 0;
    for ((kind, placement, start, _), (frequencies, assets)) in grids {
        let mut at = range.from.checked_sub(step).unwrap_or(range.from);
        while let Some(next) = next_after_all(frequencies, start, at) {
            if next >= range.until {
                break;
            }
            times += 1;
            if times > CALENDAR_TIMES_MAX {
                let message = "Too many different times fall due until then; ask for fewer hours.";
                return Err(Problem::new(ProblemCode::LimitReached, "until", message));
            }
            let runs = hours
                .entry((range.hour_of(next), kind, placement))
                .or_default();
            *runs = runs.saturating_add(assets);
            at = next;
        }
    }
    let turn = |((starts_at, asset_kind, placement), runs)| HourLoad {
        starts_at,
        asset_kind,
        placement,
        runs,
    };
    Ok(hours.into_iter().map(turn).collect())
}

#[cfg(test)]
mod tests;
