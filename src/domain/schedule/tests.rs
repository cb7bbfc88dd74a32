//! Tests of what a due schedule does: on time, late by a minute to 400 days, with owed retention, with a moved grid.

use jiff::SignedDuration;
use uuid::Uuid;

use super::*;
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
    let spec = spec_of(
        AssetKind::EbsVolume,
        Placement::InAccount,
        asset_id,
        Some(keep(3)),
    );
    assert_eq!(
        spec,
        Some(TaskSpec::SnapshotEbs {
            asset_id,
            retention: Some(keep(3))
        })
    );
    assert_eq!(
        spec_of(AssetKind::Ec2Instance, Placement::Vault, asset_id, None),
        None
    );
    let operation = PolicyOperationId::from_uuid(Uuid::nil());
    assert_eq!(
        unique_key(operation, asset_id, nominal_at),
        format!("schedule:{operation}:{asset_id}:2026-01-02T00:00:00Z")
    );
}
