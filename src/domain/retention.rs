//! Retention: how long a recovery point is kept.
//!
//! Not for deleting anything. Invariant: pure; a longer retention never ends earlier than a shorter one of the same start.

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::error::{Problem, Problems};
use crate::limits::{CALENDAR_COUNT_MAX, RETENTION_YEARS_MAX};

/// Unit of a retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetentionUnit {
    /// 24 hours.
    Days,
    /// 7 days.
    Weeks,
    /// Calendar months.
    Months,
    /// Calendar years.
    Years,
}

/// How long a point is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// How many units, 1 or more.
    pub value: u32,
    /// Which units.
    pub unit: RetentionUnit,
}

impl Retention {
    /// When a point of `taken_at` ends; calendar units count in UTC, so that the end depends on nothing but the point.
    #[must_use]
    pub fn end(self, taken_at: Timestamp) -> Timestamp {
        let value = i64::from(self.value);
        let span = match self.unit {
            RetentionUnit::Days => value.days(),
            RetentionUnit::Weeks => value.weeks(),
            RetentionUnit::Months => value.months(),
            RetentionUnit::Years => value.years(),
        };
        // Past the end of the calendar means for ever: a point must never end early because a sum overflowed.
        let end = taken_at.to_zoned(TimeZone::UTC).checked_add(span);
        end.map_or(Timestamp::MAX, |end| end.timestamp())
    }

    /// Checks the value.
    pub fn validate(self) -> Result<(), Vec<Problem>> {
        let mut problems = Problems::new();
        let most = match self.unit {
            RetentionUnit::Years => RETENTION_YEARS_MAX,
            RetentionUnit::Days | RetentionUnit::Weeks | RetentionUnit::Months => {
                CALENDAR_COUNT_MAX
            }
        };
        problems.check(
            (1..=most).contains(&self.value),
            "value",
            format!("A retention has 1 to {most} of this unit."),
        );
        problems.into_result()
    }

    /// So many days it lasts at least, with months of 30 days and years of 365.
    #[must_use]
    pub const fn days_at_least(self) -> u32 {
        let days = match self.unit {
            RetentionUnit::Days => 1,
            RetentionUnit::Weeks => 7,
            RetentionUnit::Months => 30,
            RetentionUnit::Years => 365,
        };
        self.value.saturating_mul(days)
    }

    /// The one of several retentions that keeps a point of `taken_at` longest.
    #[must_use]
    pub fn longest(retentions: &[Self], taken_at: Timestamp) -> Option<Self> {
        retentions
            .iter()
            .copied()
            .max_by_key(|retention| retention.end(taken_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(value: u32, unit: RetentionUnit, from: &str) -> String {
        let from: Timestamp = from.parse().unwrap();
        Retention { value, unit }.end(from).to_string()
    }

    #[test]
    fn months_and_years_end_on_the_last_day_that_exists() {
        use RetentionUnit::{Months, Years};
        assert_eq!(
            end(1, Months, "2026-01-31T10:00:00Z"),
            "2026-02-28T10:00:00Z"
        );
        assert_eq!(
            end(1, Months, "2028-01-31T10:00:00Z"),
            "2028-02-29T10:00:00Z"
        );
        assert_eq!(
            end(1, Years, "2028-02-29T23:59:59Z"),
            "2029-02-28T23:59:59Z"
        );
        assert_eq!(
            end(4, Years, "2028-02-29T00:00:00Z"),
            "2032-02-29T00:00:00Z"
        );
    }

    #[test]
    fn days_and_weeks_are_whole_days_over_leap_days() {
        use RetentionUnit::{Days, Weeks};
        assert_eq!(end(1, Days, "2028-02-28T12:00:00Z"), "2028-02-29T12:00:00Z");
        assert_eq!(
            end(2, Weeks, "2028-02-20T12:00:00Z"),
            "2028-03-05T12:00:00Z"
        );
    }

    #[test]
    fn the_longest_depends_on_the_calendar_and_not_on_the_unit() {
        let days = |value| Retention {
            value,
            unit: RetentionUnit::Days,
        };
        let month = Retention {
            value: 1,
            unit: RetentionUnit::Months,
        };
        let february: Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
        let march: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        assert_eq!(
            Retention::longest(&[days(30), month], february),
            Some(days(30))
        );
        assert_eq!(Retention::longest(&[days(30), month], march), Some(month));
        assert_eq!(Retention::longest(&[], march), None);
    }

    #[test]
    fn an_end_past_the_calendar_is_never() {
        let last: Timestamp = "9990-01-01T00:00:00Z".parse().unwrap();
        let long = Retention {
            value: 100,
            unit: RetentionUnit::Years,
        };
        assert_eq!(long.end(last), Timestamp::MAX);
    }
}
