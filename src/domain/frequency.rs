//! Frequencies: the grid of nominal times on which an operation fires.
//!
//! Not for the rows that remember the next one (`schedule.rs`). Invariant: the grid is a pure function of the frequency and
//! the start time, so an edit, a restart or a second replica can never move a time that has passed. A local day on which
//! the time of day does not exist (spring forward) fires at the shifted instant; one on which it exists twice fires once,
//! at the first (reliability.md S2).

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::error::{Problem, Problems};
use crate::limits::{CALENDAR_COUNT_MAX, INTERVAL_MINUTES_MIN};
use crate::retention::Retention;

mod grid;

#[cfg(test)]
mod tests;

/// Distance between two nominal times.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "unit", rename_all = "snake_case")]
pub enum Interval {
    /// Every `value` minutes of elapsed time.
    Minutes {
        /// How many.
        value: u32,
    },
    /// Every `value` hours of elapsed time.
    Hours {
        /// How many.
        value: u32,
    },
    /// Every `value` local days.
    Days {
        /// How many.
        value: u32,
    },
    /// Every `value` weeks, on the given weekdays.
    Weeks {
        /// How many.
        value: u32,
        /// 0 = Sunday to 6 = Saturday; Monday when empty.
        weekdays: Vec<u8>,
    },
    /// Every `value` calendar months, on a day of the month.
    Months {
        /// How many.
        value: u32,
        /// 1 to 31; in shorter months the last day.
        day: u8,
    },
    /// Every `value` calendar years, on 1 January.
    Years {
        /// How many.
        value: u32,
    },
    /// Never by itself: only when a person asks for it.
    OnDemand,
}

/// How often, and how long each copy is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frequency {
    /// How often.
    pub every: Interval,
    /// How long.
    pub keep: Retention,
}

/// Time of day and zone of the grid.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StartTime {
    /// Local hour, 0 to 23.
    pub hour: u8,
    /// Local minute, 0 to 59.
    pub minute: u8,
    /// IANA name, such as `Europe/Berlin`.
    pub zone: String,
}

impl Default for StartTime {
    fn default() -> Self {
        Self {
            hour: 0,
            minute: 0,
            zone: "UTC".to_owned(),
        }
    }
}

impl StartTime {
    /// Checks hour, minute and zone.
    pub fn validate(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Problems::new();
        problems.check(self.hour < 24, "hour", "An hour is 0 to 23.");
        problems.check(self.minute < 60, "minute", "A minute is 0 to 59.");
        let known = jiff::tz::db().get(&self.zone).is_ok();
        problems.check(
            known,
            "zone",
            "This is not the IANA name of a time zone, such as Europe/Berlin.",
        );
        problems.into_result()
    }

    /// The zone. A name that the database of zones has lost since it was checked counts as UTC: a backup at another hour
    /// is better than none.
    #[must_use]
    pub fn time_zone(&self) -> TimeZone {
        jiff::tz::db().get(&self.zone).unwrap_or(TimeZone::UTC)
    }
}

/// The frequencies that have `nominal` on their grid; several that are due together make one run.
#[must_use]
pub fn due<'a>(
    frequencies: &'a [Frequency],
    start: &StartTime,
    nominal: Timestamp,
) -> Vec<&'a Frequency> {
    owed(frequencies, start, nominal, nominal)
}

/// The frequencies with at least one nominal time from `first` to `last`, both included: what one late run owes for all the
/// windows that it stands for.
#[must_use]
pub fn owed<'a>(
    frequencies: &'a [Frequency],
    start: &StartTime,
    first: Timestamp,
    last: Timestamp,
) -> Vec<&'a Frequency> {
    let is_owed = |frequency: &&Frequency| {
        let latest = frequency.every.last_at_or_before(start, last);
        latest.is_some_and(|latest| latest >= first)
    };
    frequencies.iter().filter(is_owed).collect()
}

/// The earliest nominal time of any of the frequencies after `after`; none when all are on demand.
#[must_use]
pub fn next_after_all(
    frequencies: &[Frequency],
    start: &StartTime,
    after: Timestamp,
) -> Option<Timestamp> {
    let next = |frequency: &Frequency| frequency.every.next_after(start, after);
    frequencies.iter().filter_map(next).min()
}

/// The latest nominal time of any of the frequencies at or before `at`.
#[must_use]
pub fn last_at_or_before_all(
    frequencies: &[Frequency],
    start: &StartTime,
    at: Timestamp,
) -> Option<Timestamp> {
    let last = |frequency: &Frequency| frequency.every.last_at_or_before(start, at);
    frequencies.iter().filter_map(last).max()
}

impl Frequency {
    /// Checks interval and retention.
    pub fn validate(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Problems::new();
        problems.nest("every", self.every.validate());
        problems.nest("keep", self.keep.validate());
        problems.into_result()
    }
}

impl Interval {
    /// Checks counts, weekdays and the day of the month.
    pub fn validate(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Problems::new();
        let count = match self {
            Self::Minutes { value }
            | Self::Hours { value }
            | Self::Days { value }
            | Self::Years { value } => *value,
            Self::Weeks { value, weekdays } => {
                let sound = weekdays.iter().all(|day| *day < 7) && weekdays.len() <= 7;
                problems.check(
                    sound,
                    "weekdays",
                    "Weekdays are 0 (Sunday) to 6 (Saturday), at most seven.",
                );
                *value
            }
            Self::Months { value, day } => {
                problems.check(
                    (1..=31).contains(day),
                    "day",
                    "A day of the month is 1 to 31.",
                );
                *value
            }
            Self::OnDemand => return problems.into_result(),
        };
        problems.check(
            (INTERVAL_MINUTES_MIN..=CALENDAR_COUNT_MAX).contains(&count),
            "value",
            format!("An interval has 1 to {CALENDAR_COUNT_MAX} of this unit."),
        );
        problems.into_result()
    }
}
