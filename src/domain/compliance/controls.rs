//! What an organization wants of its assets: the settings of the controls.
//!
//! Not for judging. Invariant: a look-back period is a whole number of windows, all windows lie on one grid in UTC, and settings
//! that were never made have the defaults of this file.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Control;
use crate::error::{Problem, Problems};
use crate::frequency::Interval;
use crate::ids::OrganizationId;
use crate::limits::{CALENDAR_COUNT_MAX, COMPLIANCE_WINDOWS_MAX, SETTLE_MINUTES_MAX};
use crate::retention::{Retention, RetentionUnit};

const HOUR_MINUTES: i64 = 60;
const DAY_MINUTES: i64 = 24 * HOUR_MINUTES;
const YEAR_MINUTES: i64 = 365 * DAY_MINUTES;

/// Unit of a [`Period`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodUnit {
    /// 60 seconds.
    Minutes,
    /// 60 minutes.
    Hours,
    /// 24 hours.
    Days,
    /// 7 days.
    Weeks,
    /// A twelfth of a year.
    Months,
    /// 365 days.
    Years,
}

impl PeriodUnit {
    const fn minutes(self) -> i64 {
        match self {
            Self::Minutes => 1,
            Self::Hours => HOUR_MINUTES,
            Self::Days => DAY_MINUTES,
            Self::Weeks => 7 * DAY_MINUTES,
            Self::Months => YEAR_MINUTES / 12,
            Self::Years => YEAR_MINUTES,
        }
    }
}

/// A length of time that does not depend on the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// How many units, 1 or more.
    pub value: u32,
    /// Which units.
    pub unit: PeriodUnit,
}

impl Period {
    /// Its length.
    #[must_use]
    pub fn minutes(self) -> i64 {
        i64::from(self.value).saturating_mul(self.unit.minutes())
    }

    fn validate(self, field: &str, problems: &mut Problems) {
        problems.check(
            (1..=CALENDAR_COUNT_MAX).contains(&self.value),
            format!("{field}.value").as_str(),
            format!("A period has 1 to {CALENDAR_COUNT_MAX} of this unit."),
        );
    }
}

/// A policy that is active does something for the asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProtectedControl {
    /// Whether it is looked at.
    pub enabled: bool,
    /// Whether a policy that is inactive protects as well.
    pub ignore_deactivated: bool,
}

/// The policy is frequent enough and keeps long enough: one of its frequencies does both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyMinimumsControl {
    /// Whether it is looked at.
    pub enabled: bool,
    /// From one point to the next at most.
    pub every: Period,
    /// Kept for at least.
    pub keep: Retention,
}

/// Each window of a look-back period has a recovery point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecoveryPointsControl {
    /// Whether it is looked at.
    pub enabled: bool,
    /// How far back.
    pub look_back: Period,
    /// Length of a window; weeks begin on Monday, days at midnight, all in UTC.
    pub window: Period,
    /// How long the point must be kept at least.
    pub keep: Retention,
    /// How long after its end a window is judged, so that a run of its last minutes can end.
    pub settle_minutes: u32,
}

/// Recovery points were proven as the policy asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProvenControl {
    /// Whether it is looked at.
    pub enabled: bool,
    /// Whether a policy that asks for no proof is out of compliance.
    pub required: bool,
}

/// All controls of an organization.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Controls {
    /// Is there a policy?
    pub protected: ProtectedControl,
    /// Does the policy promise enough?
    pub policy_minimums: PolicyMinimumsControl,
    /// Are there recovery points?
    pub recovery_points: RecoveryPointsControl,
    /// Do they come back?
    pub proven: ProvenControl,
}

/// The controls of one organization, with the version that a change names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ControlsOfOrganization {
    /// Whose they are.
    pub organization_id: OrganizationId,
    /// What they are.
    pub controls: Controls,
    /// Counts changes; 1 before the first.
    pub version: i32,
    /// When they were changed last.
    pub updated_at: Option<Timestamp>,
}

const DAY: Period = Period {
    value: 1,
    unit: PeriodUnit::Days,
};
const WEEK: Retention = Retention {
    value: 7,
    unit: RetentionUnit::Days,
};

impl Default for ProtectedControl {
    fn default() -> Self {
        Self {
            enabled: true,
            ignore_deactivated: false,
        }
    }
}

impl Default for PolicyMinimumsControl {
    fn default() -> Self {
        Self {
            enabled: true,
            every: DAY,
            keep: WEEK,
        }
    }
}

impl Default for RecoveryPointsControl {
    fn default() -> Self {
        Self {
            enabled: true,
            look_back: Period { value: 7, ..DAY },
            window: DAY,
            keep: WEEK,
            settle_minutes: 240,
        }
    }
}

impl Default for ProvenControl {
    fn default() -> Self {
        Self {
            enabled: true,
            required: false,
        }
    }
}

impl Controls {
    /// Whether the control is looked at.
    #[must_use]
    pub const fn is_on(&self, control: Control) -> bool {
        match control {
            Control::Protected => self.protected.enabled,
            Control::PolicyMinimums => self.policy_minimums.enabled,
            Control::RecoveryPoints => self.recovery_points.enabled,
            Control::Proven => self.proven.enabled,
        }
    }

    /// Checks every value; all problems at once.
    pub fn validate(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Problems::new();
        let Self {
            policy_minimums,
            recovery_points: points,
            ..
        } = self;
        policy_minimums
            .every
            .validate("policyMinimums.every", &mut problems);
        problems.nest("policyMinimums.keep", policy_minimums.keep.validate());
        problems.nest("recoveryPoints.keep", points.keep.validate());
        for (field, period) in [
            ("recoveryPoints.lookBack", points.look_back),
            ("recoveryPoints.window", points.window),
        ] {
            period.validate(field, &mut problems);
            let exact = matches!(
                period.unit,
                PeriodUnit::Hours | PeriodUnit::Days | PeriodUnit::Weeks
            );
            let message = "Windows are counted in hours, days or weeks.";
            problems.check(exact, format!("{field}.unit").as_str(), message);
        }
        let (look_back, window) = (points.look_back.minutes(), points.window.minutes().max(1));
        let windows = look_back / window;
        problems.check(
            look_back % window == 0 && (1..=COMPLIANCE_WINDOWS_MAX).contains(&windows),
            "recoveryPoints.lookBack",
            format!("The look-back period is 1 to {COMPLIANCE_WINDOWS_MAX} whole windows."),
        );
        problems.check(
            points.settle_minutes <= SETTLE_MINUTES_MAX,
            "recoveryPoints.settleMinutes",
            format!("A window is judged at most {SETTLE_MINUTES_MAX} minutes after its end."),
        );
        problems.into_result()
    }
}

impl RecoveryPointsControl {
    /// How many windows are looked at.
    #[must_use]
    pub fn windows(&self) -> i64 {
        let windows = self.look_back.minutes() / self.window.minutes().max(1);
        windows.clamp(1, COMPLIANCE_WINDOWS_MAX)
    }

    /// How much later windows of an asset may be judged than those of others: a quarter of the time that they settle.
    #[must_use]
    pub fn spread(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.settle_minutes) * 15)
    }

    /// No point from before this moment counts at `at`.
    #[must_use]
    pub fn oldest(&self, at: Timestamp) -> Timestamp {
        let windows = self.window.minutes().saturating_mul(self.windows() + 1);
        let settle = i64::from(self.settle_minutes) * 2;
        let age = SignedDuration::from_mins(windows.saturating_add(settle));
        at.saturating_sub(age).unwrap_or(Timestamp::MIN)
    }
}

/// The longest time between two points of an interval, in minutes; none when only people ask for them.
#[must_use]
pub(crate) fn longest_gap(every: &Interval) -> Option<i64> {
    let of = |value: u32, unit: PeriodUnit| Some(Period { value, unit }.minutes());
    match every {
        Interval::Minutes { value } => of(*value, PeriodUnit::Minutes),
        Interval::Hours { value } => of(*value, PeriodUnit::Hours),
        Interval::Days { value } => of(*value, PeriodUnit::Days),
        Interval::Weeks { value, weekdays } => Some(weekly_gap(*value, weekdays)),
        Interval::Months { value, .. } => of(*value, PeriodUnit::Months),
        Interval::Years { value } => of(*value, PeriodUnit::Years),
        Interval::OnDemand => None,
    }
}

/// From one of the weekdays to the next, where the last of a week goes on `weeks` later.
fn weekly_gap(weeks: u32, weekdays: &[u8]) -> i64 {
    // Weeks of the grid begin on Monday (`frequency/grid.rs`); Sunday is their last day.
    let mut days: Vec<i64> = weekdays
        .iter()
        .map(|day| (i64::from(*day) + 6).rem_euclid(7))
        .collect();
    days.sort_unstable();
    days.dedup();
    let within = days.windows(2).filter_map(|pair| match pair {
        [earlier, later] => Some(later - earlier),
        _ => None,
    });
    let span = match (days.first(), days.last()) {
        (Some(first), Some(last)) => last - first,
        _ => 0,
    };
    let across = i64::from(weeks) * 7 - span;
    within.max().unwrap_or(0).max(across) * DAY_MINUTES
}

/// A retention as a length that does not depend on the calendar, in minutes.
pub(crate) fn kept_minutes(keep: Retention) -> i64 {
    let unit = match keep.unit {
        RetentionUnit::Days => PeriodUnit::Days,
        RetentionUnit::Weeks => PeriodUnit::Weeks,
        RetentionUnit::Months => PeriodUnit::Months,
        RetentionUnit::Years => PeriodUnit::Years,
    };
    Period {
        value: keep.value,
        unit,
    }
    .minutes()
}
