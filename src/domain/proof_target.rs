//! Proof targets: how far, and by when, a policy wants its recovery points proven.
//!
//! Not for proving them (`workflows`) or for what a point has reached (`recovery_point.rs`). Invariant: a target names a level
//! above none, and a deadline that depends on nothing but the point.

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{Problem, Problems};
use crate::ids::RecoveryPointId;
use crate::limits::CALENDAR_COUNT_MAX;
use crate::recovery_point::Proof;

/// What a policy promises about its recovery points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofTarget {
    /// The least that counts.
    pub level: Proof,
    /// By when, counted from the time that the point shows.
    pub within: ProofWithin,
    /// Which points.
    pub sample: ProofSample,
}

/// Length of time until a point must be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofWithin {
    /// How many units, 1 or more.
    pub value: u32,
    /// Which units.
    pub unit: ProofUnit,
}

/// Unit of [`ProofWithin`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofUnit {
    /// Hours.
    Hours,
    /// 24 hours.
    Days,
    /// 7 days.
    Weeks,
    /// Calendar months, in UTC.
    Months,
}

/// Which points of an asset must be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProofSample {
    /// Each of them.
    Every,
    /// The newest one of each asset; those that a newer one follows before their deadline are excused.
    Latest,
    /// A share of them, drawn by their ids.
    Percent {
        /// 1 to 99.
        percent: u8,
    },
}

impl ProofWithin {
    /// By when a point of `taken_at` must be proven.
    #[must_use]
    pub fn deadline(self, taken_at: Timestamp) -> Timestamp {
        let value = i64::from(self.value);
        let span = match self.unit {
            ProofUnit::Hours => value.hours(),
            ProofUnit::Days => value.days(),
            ProofUnit::Weeks => value.weeks(),
            ProofUnit::Months => value.months(),
        };
        let end = taken_at.to_zoned(TimeZone::UTC).checked_add(span);
        end.map_or(Timestamp::MAX, |end| end.timestamp())
    }
}

impl ProofSample {
    /// Whether a point is asked for; of [`ProofSample::Latest`] only the newest one is, so that is the caller's to know.
    #[must_use]
    pub fn asks_for(self, point: RecoveryPointId, is_newest: bool) -> bool {
        match self {
            Self::Every => true,
            Self::Latest => is_newest,
            Self::Percent { percent } => {
                // The last bytes of an id are random; a hash makes the draw independent of how ids are made.
                let [first, second, ..] = <[u8; 32]>::from(Sha256::digest(point.uuid().as_bytes()));
                u32::from(u16::from_be_bytes([first, second])) * 100 / 65_536 < u32::from(percent)
            }
        }
    }
}

impl ProofTarget {
    /// Checks level, deadline and share.
    pub fn validate(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Problems::new();
        problems.check(
            self.level > Proof::None,
            "level",
            "NONE proves nothing; leave the target out instead.",
        );
        problems.check(
            (1..=CALENDAR_COUNT_MAX).contains(&self.within.value),
            "within.value",
            format!("A deadline is 1 to {CALENDAR_COUNT_MAX} of this unit."),
        );
        if let ProofSample::Percent { percent } = self.sample {
            problems.check(
                (1..=99).contains(&percent),
                "sample.percent",
                "A share is 1 to 99 percent; for all of them choose EVERY.",
            );
        }
        problems.into_result()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(value: u32, unit: ProofUnit, sample: ProofSample) -> ProofTarget {
        ProofTarget {
            level: Proof::Restored,
            within: ProofWithin { value, unit },
            sample,
        }
    }

    #[test]
    fn a_deadline_counts_from_the_point_in_calendar_units() {
        let taken_at: Timestamp = "2028-01-31T10:00:00Z".parse().unwrap();
        let deadline = |value, unit| ProofWithin { value, unit }.deadline(taken_at).to_string();
        assert_eq!(deadline(36, ProofUnit::Hours), "2028-02-01T22:00:00Z");
        assert_eq!(deadline(29, ProofUnit::Days), "2028-02-29T10:00:00Z");
        assert_eq!(deadline(1, ProofUnit::Weeks), "2028-02-07T10:00:00Z");
        assert_eq!(deadline(1, ProofUnit::Months), "2028-02-29T10:00:00Z");
    }

    #[test]
    fn problems_name_level_deadline_and_share() {
        let fields = |target: ProofTarget| -> Vec<String> {
            let problems = target.validate().err().unwrap_or_default();
            let fields = problems.iter().map(|problem| problem.field.join("."));
            fields.collect()
        };
        assert!(fields(target(1, ProofUnit::Hours, ProofSample::Every)).is_empty());
        let share = |percent| ProofSample::Percent { percent };
        assert!(fields(target(999, ProofUnit::Months, share(99))).is_empty());
        for percent in [0, 100] {
            let bad = target(1, ProofUnit::Days, share(percent));
            assert_eq!(fields(bad), ["sample.percent"]);
        }
        let bad = ProofTarget {
            level: Proof::None,
            ..target(0, ProofUnit::Days, ProofSample::Latest)
        };
        assert_eq!(fields(bad), ["level", "within.value"]);
        assert_eq!(
            fields(target(1_000, ProofUnit::Weeks, ProofSample::Latest)),
            ["within.value"]
        );
    }

    #[test]
    fn a_share_is_drawn_once_and_for_all_and_is_as_large_as_it_says() {
        let ids: Vec<_> = (0..10_000_u128)
            .map(|number| RecoveryPointId::from_uuid(uuid::Uuid::from_u128(number)))
            .collect();
        let drawn = |percent| -> Vec<_> {
            let sample = ProofSample::Percent { percent };
            let all = ids.iter().copied();
            all.filter(|id| sample.asks_for(*id, false)).collect()
        };
        let (some, more) = (drawn(10), drawn(40));
        assert_eq!(some, drawn(10));
        assert!((900..1_100).contains(&some.len()), "{}", some.len());
        assert!((3_800..4_200).contains(&more.len()), "{}", more.len());
        assert!(
            some.iter().all(|id| more.contains(id)),
            "a larger share holds the smaller one"
        );
        assert!(ids.iter().all(|id| ProofSample::Every.asks_for(*id, false)));
        assert!(
            ProofSample::Latest.asks_for(ids[0], true)
                && !ProofSample::Latest.asks_for(ids[0], false)
        );
    }
}
