//! Tests of the calendar: against a run-by-run count, and with many assets on few grids.

use jiff::ToSpan;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::backup_window::{BackupWindow, TimeOfDay};
use crate::ids::{OrganizationId, OrganizationalUnitId, PolicyId, PolicyOperationId};
use crate::policy::CatchUp;
use crate::retention::RetentionUnit;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn days(value: u32) -> Retention {
    Retention {
        value,
        unit: RetentionUnit::Days,
    }
}

fn operation(placement: Placement, frequencies: &[(Interval, u32)], hour: u8) -> PolicyOperation {
    PolicyOperation {
        id: PolicyOperationId::from_uuid(Uuid::nil()),
        asset_kind: AssetKind::EbsVolume,
        placement,
        frequencies: frequencies
            .iter()
            .map(|(every, keep)| Frequency {
                every: every.clone(),
                keep: days(*keep),
            })
            .collect(),
        start: StartTime {
            hour,
            ..StartTime::default()
        },
        window: None,
        catch_up: CatchUp::Latest,
        proof: None,
        target: crate::copy_target::CopyTarget::default(),
    }
}

fn policy(operations: Vec<PolicyOperation>) -> Policy {
    Policy {
        id: PolicyId::from_uuid(Uuid::nil()),
        organization_id: OrganizationId::from_uuid(Uuid::nil()),
        unit_id: OrganizationalUnitId::from_uuid(Uuid::nil()),
        name: "Gold".to_owned(),
        description: None,
        is_active: true,
        operations,
        version: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

const DAILY: Interval = Interval::Days { value: 1 };
const HALF_DAYS: Interval = Interval::Hours { value: 12 };

#[test]
fn coming_runs_are_in_order_and_one_run_keeps_the_longest_of_what_is_due_together() {
    let policy = policy(vec![
        operation(Placement::Vault, &[(HALF_DAYS, 2), (DAILY, 30)], 0),
        PolicyOperation {
            window: Some(BackupWindow {
                opens: TimeOfDay { hour: 6, minute: 0 },
                closes: Some(TimeOfDay { hour: 8, minute: 0 }),
            }),
            ..operation(
                Placement::InAccount,
                &[(DAILY, 7), (Interval::OnDemand, 90)],
                6,
            )
        },
    ]);
    let runs = coming_runs(&policy, at("2026-01-01T00:00:00Z"), 4);
    let shown: Vec<_> = runs
        .iter()
        .map(|run| (run.nominal_at.to_string(), run.placement, run.keep.value))
        .collect();
    let expected = [
        ("2026-01-01T06:00:00Z", Placement::InAccount, 7),
        ("2026-01-01T12:00:00Z", Placement::Vault, 2),
        ("2026-01-02T00:00:00Z", Placement::Vault, 30),
        ("2026-01-02T06:00:00Z", Placement::InAccount, 7),
    ];
    assert_eq!(
        shown,
        expected.map(|(at, place, keep)| (at.to_owned(), place, keep))
    );
    assert_eq!(runs[0].closes_at, Some(at("2026-01-01T08:00:00Z")));
    assert_eq!(runs[1].closes_at, None);
    let paused = Policy {
        is_active: false,
        ..policy.clone()
    };
    assert_eq!(coming_runs(&paused, at("2026-01-01T00:00:00Z"), 4), []);
    let by_hand = self::policy(vec![operation(
        Placement::Vault,
        &[(Interval::OnDemand, 7)],
        0,
    )]);
    assert_eq!(coming_runs(&by_hand, at("2026-01-01T00:00:00Z"), 4), []);
}

#[test]
fn a_range_does_not_end_before_its_start_and_has_a_limit() {
    let from = at("2026-01-01T00:30:00Z");
    let empty = CalendarRange::new(from, from).unwrap();
    assert_eq!(empty.hours().count(), 0);
    assert!(CalendarRange::new(from, from - 1.hour()).is_err());
    let longest = from + SignedDuration::from_hours(CALENDAR_HOURS_MAX);
    assert!(CalendarRange::new(from, longest).is_ok());
    assert!(CalendarRange::new(from, longest + 1.microsecond()).is_err());
    let hours: Vec<String> = CalendarRange::new(from, from + 90.minutes())
        .unwrap()
        .hours()
        .map(|hour| hour.to_string())
        .collect();
    assert_eq!(hours, ["2026-01-01T00:30:00Z", "2026-01-01T01:30:00Z"]);
}

#[test]
fn a_million_assets_cost_what_their_grids_cost() {
    // 10,000 policies of 100 assets on two grids.
    let operations: Vec<(PolicyOperation, u64)> = (0..10_000)
        .map(|number| {
            let hour = if number % 2 == 0 { 0 } else { 5 };
            let keep = number % 900 + 1;
            (operation(Placement::Vault, &[(DAILY, keep)], hour), 100)
        })
        .collect();
    let from = at("2026-01-01T00:00:00Z");
    let range = CalendarRange::new(from, from + 48.hours()).unwrap();
    let load = load(&operations, range).unwrap();
    let shown: Vec<(i64, u64)> = load
        .iter()
        .map(|hour| (hour.starts_at.duration_since(from).as_hours(), hour.runs))
        .collect();
    assert_eq!(
        shown,
        [(0, 500_000), (5, 500_000), (24, 500_000), (29, 500_000)]
    );
}

#[test]
fn more_times_than_a_second_of_work_allows_are_refused() {
    // As many different grids of a minute as it takes.
    let minutes = Interval::Minutes { value: 1 };
    let operations: Vec<(PolicyOperation, u64)> = (0..24)
        .map(|hour| {
            (
                operation(Placement::Vault, &[(minutes.clone(), 1)], hour),
                1,
            )
        })
        .collect();
    let from = at("2026-01-01T00:00:00Z");
    let long = from + SignedDuration::from_hours(CALENDAR_HOURS_MAX);
    let range = CalendarRange::new(from, long).unwrap();
    assert!(load(&operations, range).is_ok(), "24 grids of 20,160 times");
    let more: Vec<(PolicyOperation, u64)> = [Placement::Vault, Placement::InAccount]
        .into_iter()
        .flat_map(|placement| {
            operations.iter().map(move |(one, assets)| {
                let operation = PolicyOperation {
                    placement,
                    ..one.clone()
                };
                (operation, *assets)
            })
        })
        .collect();
    let problem = load(&more, range).unwrap_err();
    assert_eq!(problem.field, ["until"]);
}

fn any_operation() -> impl Strategy<Value = (PolicyOperation, u64)> {
    let interval = prop_oneof![
        (10_u32..120).prop_map(|value| Interval::Minutes { value }),
        (1_u32..30).prop_map(|value| Interval::Hours { value }),
        (1_u32..5).prop_map(|value| Interval::Days { value }),
        Just(Interval::OnDemand),
    ];
    let placement = prop::sample::select(vec![Placement::Vault, Placement::InAccount]);
    let frequencies = prop::collection::vec((interval, 1_u32..9), 1..3);
    (placement, frequencies, 0_u8..24, 0_u64..1_000).prop_map(
        |(placement, frequencies, hour, assets)| (operation(placement, &frequencies, hour), assets),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_load_is_what_counting_each_run_of_each_policy_gives(
        operations in prop::collection::vec(any_operation(), 1..6),
        minute in 0_i64..10_000_000,
        hours in 1_i64..40,
    ) {
        let from = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute);
        let until = from + SignedDuration::from_hours(hours);
        let range = CalendarRange::new(from, until).unwrap();
        let mut counted: BTreeMap<(Timestamp, Placement), u64> = BTreeMap::new();
        for (operation, assets) in &operations {
            let policy = policy(vec![operation.clone()]);
            let before = from - SignedDuration::from_micros(1);
            for run in coming_runs(&policy, before, 10_000) {
                if run.nominal_at < until {
                    let whole = run.nominal_at.duration_since(from).as_secs() / 3_600;
                    let hour = from + SignedDuration::from_hours(whole);
                    *counted.entry((hour, run.placement)).or_default() += assets;
                }
            }
        }
        let load: BTreeMap<(Timestamp, Placement), u64> = load(&operations, range)
            .unwrap()
            .into_iter()
            .map(|hour| ((hour.starts_at, hour.placement), hour.runs))
            .collect();
        prop_assert_eq!(load, counted);
    }
}
