//! Tests of what a due schedule does: on time, late by a minute to 400 days, with owed retention, with a moved grid.

use jiff::SignedDuration;
use uuid::Uuid;

use super::*;
use crate::backup_window::{BackupWindow, TimeOfDay};
use crate::frequency::{Frequency, Interval, StartTime};
use crate::policy::CatchUp;
use crate::retention::RetentionUnit;

fn keep(value: u32) -> Retention {
    Retention {
        value,
        unit: RetentionUnit::Days,
    }
}

fn operation(frequencies: &[(Interval, u32)]) -> PolicyOperation {
    PolicyOperation {
        id: PolicyOperationId::from_uuid(Uuid::nil()),
        asset_kind: AssetKind::EbsVolume,
        placement: Placement::Vault,
        frequencies: frequencies
            .iter()
            .map(|(every, days)| Frequency {
                every: every.clone(),
                keep: keep(*days),
            })
            .collect(),
        start: StartTime::default(),
        window: None,
        catch_up: CatchUp::Latest,
        proof: None,
        target: CopyTarget::default(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const HOURLY: Interval = Interval::Hours { value: 1 };
const DAILY: Interval = Interval::Days { value: 1 };

#[test]
fn a_window_in_time_fires_for_itself_and_misses_nothing() {
    let operation = operation(&[(HOURLY, 2), (DAILY, 30)]);
    let firing = plan_firing(
        &operation,
        at("2026-01-01T23:00:00Z"),
        None,
        at("2026-01-02T00:00:00.5Z"),
    );
    assert_eq!(firing.nominal_at, Some(at("2026-01-02T00:00:00Z")));
    assert_eq!(firing.missed, None);
    assert_eq!(firing.retention, Some(keep(30)));
    assert_eq!(firing.next_nominal_at, Some(at("2026-01-02T01:00:00Z")));
}

#[test]
fn a_late_run_fires_once_for_the_latest_and_keeps_what_the_missed_windows_owed() {
    let operation = operation(&[(HOURLY, 2), (DAILY, 30)]);
    let firing = plan_firing(
        &operation,
        at("2026-01-01T22:00:00Z"),
        None,
        at("2026-01-02T03:30:00Z"),
    );
    assert_eq!(firing.nominal_at, Some(at("2026-01-02T03:00:00Z")));
    assert_eq!(
        firing.missed,
        Some(MissedWindows {
            first_nominal_at: at("2026-01-01T23:00:00Z"),
            last_nominal_at: at("2026-01-02T02:00:00Z"),
            windows: 4,
            reason: MissReason::Downtime,
        })
    );
    assert_eq!(firing.retention, Some(keep(30)), "midnight was among them");
}

#[test]
fn what_an_overlap_missed_is_owed_by_the_next_run() {
    let operation = operation(&[(HOURLY, 2), (DAILY, 30)]);
    let firing = plan_firing(
        &operation,
        at("2026-01-02T00:00:00Z"),
        Some(at("2026-01-02T00:00:00Z")),
        at("2026-01-02T01:00:00Z"),
    );
    assert_eq!(firing.retention, Some(keep(30)));
    assert_eq!(firing.missed, None);
}

fn nightly(catch_up: CatchUp, frequencies: &[(Interval, u32)]) -> PolicyOperation {
    let time = |hour| TimeOfDay { hour, minute: 0 };
    PolicyOperation {
        start: StartTime {
            hour: 22,
            ..StartTime::default()
        },
        window: Some(BackupWindow {
            opens: time(22),
            closes: Some(time(4)),
        }),
        catch_up,
        ..operation(frequencies)
    }
}

const MONDAYS: Interval = Interval::Weeks {
    value: 1,
    weekdays: Vec::new(),
};

fn run(begins_at: &str, closes_at: &str) -> RunTime {
    RunTime {
        begins_at: at(begins_at),
        closes_at: Some(at(closes_at)),
    }
}

#[test]
fn a_run_has_until_its_window_closes_also_when_it_is_late() {
    for catch_up in [CatchUp::Latest, CatchUp::None] {
        let operation = nightly(catch_up, &[(DAILY, 7)]);
        for now in ["2026-01-02T22:00:00Z", "2026-01-03T03:59:59Z"] {
            let firing = plan_firing(&operation, at("2026-01-02T00:00:00Z"), None, at(now));
            let own = run("2026-01-02T22:00:00Z", "2026-01-03T04:00:00Z");
            assert_eq!(firing.run, Some(own), "{now}");
            assert_eq!(firing.missed, None);
        }
    }
}

#[test]
fn a_window_that_closed_during_a_downtime_is_stood_for_by_the_next_of_the_same_opening() {
    let operation = nightly(CatchUp::Latest, &[(DAILY, 7), (MONDAYS, 90)]);
    // 2026-01-05 is a Monday, on which the weekly one falls.
    let now = at("2026-01-06T12:00:00Z");
    let firing = plan_firing(&operation, at("2026-01-05T00:00:00Z"), None, now);
    assert_eq!(firing.run, None);
    let missed = firing.missed.unwrap();
    assert_eq!(missed.first_nominal_at, at("2026-01-05T22:00:00Z"));
    assert_eq!((missed.windows, missed.reason), (1, MissReason::Downtime));
    assert_eq!(firing.next_nominal_at, Some(at("2026-01-06T22:00:00Z")));
    let next = plan_firing(
        &operation,
        firing.nominal_at.unwrap(),
        firing.stands_from,
        at("2026-01-06T22:00:00Z"),
    );
    assert_eq!(next.retention, Some(keep(90)), "the weekly one is owed");
    assert_eq!(next.missed, None);
}

#[test]
fn a_window_that_closed_during_a_downtime_is_run_in_the_next_opening_when_none_of_its_own_comes() {
    let operation = nightly(CatchUp::Latest, &[(MONDAYS, 90)]);
    let settled = at("2026-01-05T00:00:00Z");
    let later = plan_firing(&operation, settled, None, at("2026-01-06T12:00:00Z"));
    let reopens = run("2026-01-06T22:00:00Z", "2026-01-07T04:00:00Z");
    assert_eq!(later.run, Some(reopens));
    assert_eq!(later.nominal_at, Some(at("2026-01-05T22:00:00Z")));
    assert_eq!(later.missed, None, "it runs, if late");
    let open = plan_firing(&operation, settled, None, at("2026-01-06T23:00:00Z"));
    assert_eq!(open.run, later.run, "the window is open just now");
}

#[test]
fn without_catching_up_what_a_downtime_passed_over_stays_missed_and_is_not_owed() {
    let windowed = nightly(CatchUp::None, &[(DAILY, 7), (MONDAYS, 90)]);
    let firing = plan_firing(
        &windowed,
        at("2026-01-04T22:00:00Z"),
        None,
        at("2026-01-06T12:00:00Z"),
    );
    assert_eq!((firing.run, firing.stands_from), (None, None));
    assert_eq!(firing.missed.unwrap().windows, 1);
    let open = PolicyOperation {
        catch_up: CatchUp::None,
        ..operation(&[(DAILY, 7), (MONDAYS, 90)])
    };
    let settled = at("2026-01-04T00:00:00Z");
    let midnight = at("2026-01-06T00:00:00Z");
    let restart = plan_firing(&open, settled, None, midnight + LATE_START_MAX);
    assert_eq!(restart.nominal_at, Some(midnight));
    assert!(restart.run.is_some());
    assert_eq!(restart.retention, Some(keep(7)), "the weekly one is lost");
    assert_eq!(restart.missed.unwrap().windows, 1);
    let late = plan_firing(&open, settled, None, midnight + LATE_START_MAX + STEP);
    assert_eq!(late.run, None);
    assert_eq!(late.missed.unwrap().windows, 2);
    let overlapped = plan_firing(&open, settled, Some(at("2026-01-03T00:00:00Z")), midnight);
    assert_eq!(
        overlapped.retention,
        Some(keep(90)),
        "what an overlap owes is no downtime"
    );
}

#[test]
fn a_cut_run_is_tried_again_unless_the_next_comes_first_or_the_policy_does_not_catch_up() {
    let weekly = nightly(CatchUp::Latest, &[(MONDAYS, 90)]);
    let closed = at("2026-01-06T04:00:00Z");
    let next = Some(at("2026-01-12T22:00:00Z"));
    let reopens = run("2026-01-06T22:00:00Z", "2026-01-07T04:00:00Z");
    assert_eq!(again(&weekly, next, closed), Again::At(reopens));
    assert_eq!(again(&weekly, None, closed), Again::At(reopens));
    let tonight = Some(at("2026-01-06T22:00:00Z"));
    assert_eq!(again(&weekly, tonight, closed), Again::ByTheNext);
    let never = PolicyOperation {
        catch_up: CatchUp::None,
        ..weekly.clone()
    };
    assert_eq!(again(&never, next, closed), Again::Never);
    let edited = PolicyOperation {
        window: None,
        ..weekly
    };
    let now = RunTime {
        begins_at: closed,
        closes_at: None,
    };
    assert_eq!(again(&edited, next, closed), Again::At(now));
}

#[test]
fn windows_of_any_downtime_are_fired_or_missed_exactly_once() {
    let minutes = operation(&[(Interval::Minutes { value: 7 }, 1)]);
    let settled = at("2026-01-01T00:00:00Z");
    for down in [1, 6, 7, 8, 60, 1_440, 10_080, 400 * 1_440] {
        let now = settled + SignedDuration::from_mins(down);
        let firing = plan_firing(&minutes, settled, None, now);
        let settled_period = settled.as_second().div_euclid(420);
        let passed = now.as_second().div_euclid(420) - settled_period;
        let missed = firing.missed.map_or(0, |missed| missed.windows);
        let fired = i64::from(firing.nominal_at.is_some());
        let counted = passed.min(i64::from(MISSED_WINDOWS_COUNT_MAX) + 1);
        assert_eq!(fired + i64::from(missed), counted, "{down} minutes");
        if let (Some(nominal_at), Some(missed)) = (firing.nominal_at, firing.missed) {
            assert_eq!(
                minutes.frequencies[0]
                    .every
                    .next_after(&minutes.start, missed.last_nominal_at),
                Some(nominal_at)
            );
            assert!(missed.first_nominal_at > settled);
        }
        assert!(firing.next_nominal_at.unwrap() > now);
    }
}

#[test]
fn a_grid_that_moved_away_fires_nothing() {
    let daily = operation(&[(DAILY, 1)]);
    let settled = at("2026-01-02T00:00:00Z");
    let firing = plan_firing(&daily, settled, None, at("2026-01-02T12:00:00Z"));
    assert_eq!(firing.nominal_at, None);
    assert_eq!(firing.next_nominal_at, Some(at("2026-01-03T00:00:00Z")));
}

#[test]
fn the_task_of_a_window_carries_its_keys() {
    let asset_id = AssetId::from_uuid(Uuid::nil());
    let nominal_at = at("2026-01-02T00:00:00Z");
    let far = CopyTarget {
        region: Some("eu-central-1".to_owned()),
        ..CopyTarget::default()
    };
    let spec = spec_of(
        AssetKind::EbsVolume,
        (Placement::InAccount, &far),
        asset_id,
        Some(keep(3)),
    );
    assert_eq!(
        spec,
        Some(TaskSpec::SnapshotEbs {
            asset_id,
            retention: Some(keep(3)),
            target: far.clone(),
        })
    );
    assert_eq!(
        spec_of(
            AssetKind::Ec2Instance,
            (Placement::Vault, &far),
            asset_id,
            None
        ),
        None
    );
    let operation = PolicyOperationId::from_uuid(Uuid::nil());
    assert_eq!(
        unique_key(operation, asset_id, nominal_at),
        format!("schedule:{operation}:{asset_id}:2026-01-02T00:00:00Z")
    );
}
