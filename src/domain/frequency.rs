//! Frequencies: the grid of nominal times on which an operation fires.
//!
//! Not for the rows that remember the next one (`schedule.rs`). Invariant: the grid is a pure function of the frequency and
//! the start time, so an edit, a restart or a second replica can never move a time that has passed. A local day on which
//! the time of day does not exist (spring forward) fires at the shifted instant; one on which it exists twice fires once,
//! at the first (reliability.md S2).

use serde::{Deserialize, Serialize};

use crate::error::{Problem, Problems};
use crate::limits::{CALENDAR_COUNT_MAX, INTERVAL_MINUTES_MIN};
use crate::retention::Retention;

/// Distance between two nominal times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
