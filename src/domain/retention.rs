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

    /// The one of several retentions that keeps a point of `taken_at` longest.
    #[must_use]
    pub fn longest(retentions: &[Self], taken_at: Timestamp) -> Option<Self> {
        retentions
            .iter()
            .copied()
            .max_by_key(|retention| retention.end(taken_at))
    }
}
