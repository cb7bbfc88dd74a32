//! Backup windows: between which local times a run may work.
//!
//! Not for when a run is due (`frequency.rs`): the start time of an operation lies inside of its window. Invariant: a window
//! has a length of more than nothing and less than a day, also on days on which the clocks change.

use jiff::civil::{DateTime, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::error::{Problem, Problems};
use crate::frequency::StartTime;

const MINUTES_OF_DAY: u32 = 1_440;

/// A local time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TimeOfDay {
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
}

/// Between which local times, in the zone of the operation's start, its runs may work; each day anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupWindow {
    /// When it opens.
    pub opens: TimeOfDay,
    /// When it closes, on the next day when that is not later than `opens`; none leaves the end open: a run takes as long as
    /// it takes.
    pub closes: Option<TimeOfDay>,
}

/// One opening of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenTime {
    /// From then on runs may begin.
    pub opens_at: Timestamp,
    /// From then on nothing may go on.
    pub closes_at: Timestamp,
}

impl TimeOfDay {
    /// Checks hour and minute.
    pub fn validate(self) -> Result<(), Vec<Problem>> {
        let mut problems = Problems::new();
        problems.check(self.hour < 24, "hour", "An hour is 0 to 23.");
        problems.check(self.minute < 60, "minute", "A minute is 0 to 59.");
        problems.into_result()
    }

    /// Minutes since midnight.
    #[must_use]
    pub fn minutes(self) -> u32 {
        u32::from(self.hour) * 60 + u32::from(self.minute)
    }

    fn time(self) -> Time {
        let hour = i8::try_from(self.hour).unwrap_or(0);
        let minute = i8::try_from(self.minute).unwrap_or(0);
        Time::new(hour, minute, 0, 0).unwrap_or(Time::midnight())
    }
}

impl BackupWindow {
    /// Checks both times.
    pub fn validate(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Problems::new();
        problems.nest("opens", self.opens.validate());
        if let Some(closes) = self.closes {
            problems.nest("closes", closes.validate());
            problems.check(
                closes != self.opens,
                "closes",
                "A window cannot close when it opens; leave this out for an open end.",
            );
        }
        problems.into_result()
    }

    /// Whether runs may work at this time of day.
    #[must_use]
    pub fn contains(&self, time: TimeOfDay) -> bool {
        let passed = |time: TimeOfDay| {
            (time.minutes() + MINUTES_OF_DAY - self.opens.minutes()) % MINUTES_OF_DAY
        };
        self.closes
            .is_none_or(|closes| passed(time) < passed(closes))
    }

    /// The opening for a run with this nominal time. The start lies inside of the window, but a gap in the clock may push it
    /// behind the closing; then the window moves along with it.
    #[must_use]
    pub fn opening_of(&self, start: &StartTime, nominal_at: Timestamp) -> Option<OpenTime> {
        let open = self.open_time(start, nominal_at)?;
        if open.opens_at <= nominal_at {
            return Some(open);
        }
        let start = TimeOfDay {
            hour: start.hour,
            minute: start.minute,
        };
        let left = self.closes?.minutes() + MINUTES_OF_DAY - start.minutes();
        let left = SignedDuration::from_mins(i64::from(left % MINUTES_OF_DAY));
        Some(OpenTime {
            opens_at: nominal_at,
            closes_at: nominal_at.checked_add(left).ok()?,
        })
    }

    /// The opening in which `at` lies or, when it lies in none, the next one; none without a closing time.
    #[must_use]
    pub fn open_time(&self, start: &StartTime, at: Timestamp) -> Option<OpenTime> {
        let closes = self.closes?;
        let zone = start.time_zone();
        let today = at.to_zoned(zone.clone()).date();
        // From two days back, for a window over midnight on a day on which the clocks change.
        (-2..=2).find_map(|days: i64| {
            let date = today.checked_add(days.days()).ok()?;
            let opens = date.to_datetime(self.opens.time());
            let closes_on = if closes > self.opens {
                date
            } else {
                date.tomorrow().ok()?
            };
            let closes = closes_on.to_datetime(closes.time());
            let instant = |local: DateTime| {
                let zoned = local.to_zoned(zone.clone()).ok()?;
                Some(zoned.timestamp())
            };
            let opens_at = instant(opens)?;
            // A gap in the clock may push the opening behind the closing: then the window keeps its length.
            let closes_at = instant(closes)
                .filter(|closes_at| *closes_at > opens_at)
                .or_else(|| {
                    let length = SignedDuration::try_from(closes.since(opens).ok()?).ok()?;
                    opens_at.checked_add(length).ok()
                })?;
            (closes_at > at).then_some(OpenTime {
                opens_at,
                closes_at,
            })
        })
    }
}

#[cfg(test)]
mod tests;
