//! Frequencies, retentions and drafts: from the wire to `domain` and back.
//!
//! Not for checking them (`domain`). Invariant: what a policy shows can be sent back as a draft and means the same.

use async_graphql::{InputObject, SimpleObject};
use domain::backup_window::BackupWindow;
use domain::copy_target::CopyTarget;
use domain::frequency::{Interval, StartTime};
use domain::policy::{OperationDraft, PolicyDraft};
use domain::retention::Retention;

use crate::enums::{
    AssetKind, CatchUp, IntervalUnit, Placement, RetentionUnit, StorageTier, Weekday,
};
use crate::policy::terms::{BackupWindowInput, ProofTargetInput};

mod sent_back;

/// One frequency of a policy and how long its copies are kept.
#[derive(Debug, PartialEq, SimpleObject)]
pub(crate) struct Frequency {
    /// How often.
    every: IntervalDuration,
    /// How long each copy is kept.
    keep: RetentionDuration,
}

impl From<domain::frequency::Frequency> for Frequency {
    fn from(frequency: domain::frequency::Frequency) -> Self {
        Self {
            every: frequency.every.into(),
            keep: frequency.keep.into(),
        }
    }
}

/// Distance between two runs.
#[derive(Debug, PartialEq, SimpleObject)]
pub(crate) struct IntervalDuration {
    /// How many units; 1 for `ON_DEMAND`, where it means nothing.
    value: u32,
    /// Which unit.
    unit: IntervalUnit,
    /// For weeks: on which days; empty for other units.
    weekdays: Vec<Weekday>,
    /// For months: on which day; in shorter months the last one.
    day_of_month: Option<u8>,
}

impl From<Interval> for IntervalDuration {
    fn from(interval: Interval) -> Self {
        let plain = |value, unit| Self {
            value,
            unit,
            weekdays: Vec::new(),
            day_of_month: None,
        };
        match interval {
            Interval::Minutes { value } => plain(value, IntervalUnit::Minute),
            Interval::Hours { value } => plain(value, IntervalUnit::Hour),
            Interval::Days { value } => plain(value, IntervalUnit::Day),
            Interval::Weeks { value, weekdays } => Self {
                weekdays: weekdays
                    .iter()
                    .filter_map(|day| Weekday::ALL.get(usize::from(*day)).copied())
                    .collect(),
                ..plain(value, IntervalUnit::Week)
            },
            Interval::Months { value, day } => Self {
                day_of_month: Some(day),
                ..plain(value, IntervalUnit::Month)
            },
            Interval::Years { value } => plain(value, IntervalUnit::Year),
            Interval::OnDemand => plain(1, IntervalUnit::OnDemand),
        }
    }
}

/// How long a recovery point is kept.
#[derive(Debug, PartialEq, SimpleObject)]
pub(crate) struct RetentionDuration {
    /// How many units.
    value: u32,
    /// Which unit.
    unit: RetentionUnit,
}

impl From<Retention> for RetentionDuration {
    fn from(retention: Retention) -> Self {
        Self {
            value: retention.value,
            unit: retention.unit.into(),
        }
    }
}

/// Time of day and time zone at which frequencies count.
#[derive(Debug, PartialEq, SimpleObject)]
pub(crate) struct StartTimeInfo {
    /// Local hour, 0 to 23.
    hour: u8,
    /// Local minute, 0 to 59.
    minute: u8,
    /// IANA name of the time zone, such as `Europe/Berlin`.
    zone: String,
}

impl From<StartTime> for StartTimeInfo {
    fn from(start: StartTime) -> Self {
        let StartTime { hour, minute, zone } = start;
        Self { hour, minute, zone }
    }
}

/// A policy as its author wants it.
#[derive(Debug, InputObject)]
pub(crate) struct PolicyDraftInput {
    /// Name to show, unique in the organization, 1 to 100 characters.
    name: String,
    /// What the policy is for, up to 1,000 characters.
    description: Option<String>,
    /// What it does: 1 to 20 operations, at most one per kind of asset and place of the copy.
    operations: Vec<PolicyOperationInput>,
}

/// One thing that a policy shall do.
#[derive(Debug, InputObject)]
pub(crate) struct PolicyOperationInput {
    /// Kind of the assets it is for.
    asset_kind: AssetKind,
    /// Where the copies go.
    #[graphql(default_with = "Placement::Vault")]
    placement: Placement,
    /// For snapshots in the account: the region into which each is copied, encrypted, such as `eu-central-1`; that of the asset when
    /// absent. The vault lies where the server keeps it.
    target_region: Option<String>,
    /// For snapshots in the account: the storage tier in which they are kept. `ARCHIVE` needs frequencies that keep for 90 days or
    /// longer.
    #[graphql(default_with = "StorageTier::Standard")]
    storage_tier: StorageTier,
    /// How often, and how long each copy is kept: 1 to 10, no interval twice.
    frequencies: Vec<FrequencyInput>,
    /// Time of day and time zone at which the frequencies count; the opening of the window, else midnight, in UTC when absent.
    start: Option<StartTimeInput>,
    /// Between which times of day its runs may work; any time when absent. Not for frequencies of minutes or hours.
    window: Option<BackupWindowInput>,
    /// What becomes of runs whose time has passed while nothing could start them.
    #[graphql(default_with = "CatchUp::Latest")]
    catch_up: CatchUp,
    /// How far and by when each recovery point must be proven; no promise when absent. Only for copies in the vault.
    proof: Option<ProofTargetInput>,
}

/// One frequency and how long its copies are kept.
#[derive(Debug, InputObject)]
pub(crate) struct FrequencyInput {
    /// How often.
    every: IntervalInput,
    /// How long each copy is kept.
    keep: RetentionInput,
}

/// Distance between two runs.
#[derive(Debug, InputObject)]
pub(crate) struct IntervalInput {
    /// How many units, 1 to 999.
    #[graphql(default = 1)]
    value: u32,
    /// Which unit.
    unit: IntervalUnit,
    /// For weeks: on which days; Monday when absent.
    weekdays: Option<Vec<Weekday>>,
    /// For months: on which day, 1 to 31, in shorter months the last one; 1 when absent.
    day_of_month: Option<u8>,
}

/// How long a recovery point is kept.
#[derive(Debug, InputObject)]
pub(crate) struct RetentionInput {
    /// How many units, 1 to 999; years 1 to 100.
    value: u32,
    /// Which unit.
    unit: RetentionUnit,
}

/// Time of day and time zone at which frequencies count.
#[derive(Debug, InputObject)]
pub(crate) struct StartTimeInput {
    /// Local hour, 0 to 23; that of the opening of the window, else midnight, when absent.
    hour: Option<u8>,
    /// Local minute, 0 to 59; that of the opening of the window when the hour is absent, too, else 0.
    minute: Option<u8>,
    /// IANA name of the time zone, such as `Europe/Berlin`.
    #[graphql(default = "UTC")]
    zone: String,
}

impl From<PolicyDraftInput> for PolicyDraft {
    fn from(draft: PolicyDraftInput) -> Self {
        let PolicyDraftInput {
            name,
            description,
            operations,
        } = draft;
        Self {
            name,
            description,
            operations: operations.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<PolicyOperationInput> for OperationDraft {
    fn from(operation: PolicyOperationInput) -> Self {
        let PolicyOperationInput {
            asset_kind,
            placement,
            target_region,
            storage_tier,
            frequencies,
            start,
            window,
            catch_up,
            proof,
        } = operation;
        let window = window.map(BackupWindow::from);
        Self {
            asset_kind: asset_kind.into(),
            placement: placement.into(),
            target: CopyTarget {
                region: target_region,
                tier: storage_tier.into(),
            },
            frequencies: frequencies.into_iter().map(Into::into).collect(),
            start: start_time(start, window.as_ref()),
            window,
            catch_up: catch_up.into(),
            proof: proof.map(Into::into),
        }
    }
}

impl From<FrequencyInput> for domain::frequency::Frequency {
    fn from(FrequencyInput { every, keep }: FrequencyInput) -> Self {
        Self {
            every: every.into(),
            keep: keep.into(),
        }
    }
}

impl From<IntervalInput> for Interval {
    fn from(interval: IntervalInput) -> Self {
        let IntervalInput {
            value,
            unit,
            weekdays,
            day_of_month,
        } = interval;
        match unit {
            IntervalUnit::Minute => Self::Minutes { value },
            IntervalUnit::Hour => Self::Hours { value },
            IntervalUnit::Day => Self::Days { value },
            IntervalUnit::Week => Self::Weeks {
                value,
                weekdays: weekdays
                    .unwrap_or_default()
                    .into_iter()
                    .map(Weekday::number)
                    .collect(),
            },
            IntervalUnit::Month => Self::Months {
                value,
                day: day_of_month.unwrap_or(1),
            },
            IntervalUnit::Year => Self::Years { value },
            IntervalUnit::OnDemand => Self::OnDemand,
        }
    }
}

impl From<RetentionInput> for Retention {
    fn from(RetentionInput { value, unit }: RetentionInput) -> Self {
        Self {
            value,
            unit: unit.into(),
        }
    }
}

/// A start without a time of day is the opening of the window.
fn start_time(start: Option<StartTimeInput>, window: Option<&BackupWindow>) -> StartTime {
    let opens = window.map(|window| window.opens);
    let (hour, minute, zone) = match start {
        Some(StartTimeInput { hour, minute, zone }) => (hour, minute, zone),
        None => (None, None, StartTime::default().zone),
    };
    let (hour, minute) = match (hour, minute, opens) {
        (None, None, Some(opens)) => (opens.hour, opens.minute),
        (hour, minute, _) => (hour.unwrap_or(0), minute.unwrap_or(0)),
    };
    StartTime { hour, minute, zone }
}

#[cfg(test)]
mod tests {
    use domain::backup_window::TimeOfDay;

    use super::*;

    #[test]
    fn every_interval_survives_the_way_to_the_wire_and_back() {
        let intervals = [
            Interval::Minutes { value: 5 },
            Interval::Hours { value: 12 },
            Interval::Days { value: 1 },
            Interval::Weeks {
                value: 2,
                weekdays: vec![0, 3, 6],
            },
            Interval::Months { value: 1, day: 31 },
            Interval::Years { value: 7 },
            Interval::OnDemand,
        ];
        for interval in intervals {
            let shown = IntervalDuration::from(interval.clone());
            let input = IntervalInput {
                value: shown.value,
                unit: shown.unit,
                weekdays: Some(shown.weekdays),
                day_of_month: shown.day_of_month,
            };
            assert_eq!(Interval::from(input), interval);
        }
    }

    #[test]
    fn a_start_without_a_time_of_day_is_the_opening_of_the_window() {
        let window = BackupWindow {
            opens: TimeOfDay {
                hour: 22,
                minute: 30,
            },
            closes: None,
        };
        let input = |hour, minute| StartTimeInput {
            hour,
            minute,
            zone: "Europe/Berlin".to_owned(),
        };
        let time = |start, window| {
            let StartTime { hour, minute, zone } = start_time(start, window);
            (hour, minute, zone)
        };
        let berlin = |hour, minute| (hour, minute, "Europe/Berlin".to_owned());
        assert_eq!(time(None, None), (0, 0, "UTC".to_owned()));
        assert_eq!(time(None, Some(&window)), (22, 30, "UTC".to_owned()));
        let absent = input(None, None);
        assert_eq!(time(Some(absent), Some(&window)), berlin(22, 30));
        let given = input(Some(23), None);
        assert_eq!(time(Some(given), Some(&window)), berlin(23, 0));
        assert_eq!(time(Some(input(None, None)), None), berlin(0, 0));
    }

    #[test]
    fn weekdays_have_the_numbers_of_their_places() {
        for (place, day) in Weekday::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(day.number()), place);
        }
    }
}
