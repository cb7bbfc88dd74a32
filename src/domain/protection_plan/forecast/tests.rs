//! The numbers of a forecast, by hand.

use super::super::tests::{at, operation, point, policy};
use super::*;
use crate::ids::PolicyId;
use crate::limits::EBS_BLOCK_BYTES;

const VOLUME: AssetKind = AssetKind::EbsVolume;
const GIB: u64 = 1 << 30;

fn frequency(every: Interval, value: u32, unit: RetentionUnit) -> Frequency {
    Frequency {
        every,
        keep: Retention { value, unit },
    }
}

/// Every 12 hours for 2 days, daily for 30 days, monthly for a year.
fn gold() -> Policy {
    let mut operation = operation(VOLUME, 1);
    operation.frequencies = vec![
        frequency(Interval::Hours { value: 12 }, 2, RetentionUnit::Days),
        frequency(Interval::Days { value: 1 }, 30, RetentionUnit::Days),
        frequency(
            Interval::Months { value: 1, day: 1 },
            12,
            RetentionUnit::Months,
        ),
    ];
    policy(1, vec![operation])
}

#[test]
fn frequencies_that_are_due_together_make_one_run_and_keep_it_longest() {
    let now = at("2026-03-31T06:00:00Z");
    let rhythm = Rhythm::of(&gold(), VOLUME, now);
    // Sixty half days, of which thirty are daily ones, too.
    assert_eq!(rhythm.runs, 60);
    // The daily ones are kept for 30 days, and of the others those of the last two days.
    assert_eq!(rhythm.kept, 30 + 2);
    let paused = Policy {
        is_active: false,
        ..gold()
    };
    assert_eq!(Rhythm::of(&paused, VOLUME, now), Rhythm::default());
    let other = Rhythm::of(&gold(), AssetKind::Ec2Instance, now);
    assert_eq!(other, Rhythm::default());
}

#[test]
fn storage_is_a_first_copy_and_what_changes_between_those_that_are_kept() {
    let mut forecast = Forecast::default();
    let daily = policy(1, vec![operation(VOLUME, 7)]);
    let herd = Herd {
        count: 2,
        size_bytes: 200 * GIB,
    };
    let habits = Habits {
        used_ppm: 500_000,
        daily_change_ppm: 10_000,
        is_measured: true,
    };
    let rhythm = Rhythm { runs: 30, kept: 7 };
    forecast.add(&daily, (VOLUME, herd), rhythm, &habits);
    assert_eq!((forecast.runs, forecast.kept), (60, 14));
    // 100 GiB are used, 1 GiB changes a day, and six of the seven points hold a day of change.
    assert_eq!(forecast.vault_bytes, 106 * GIB);
    assert_eq!(
        forecast.snapshot_bytes,
        100 * GIB,
        "the base of the next increment"
    );
    let blocks = GIB * MINUTES_PER_MONTH / MINUTES_PER_DAY / EBS_BLOCK_BYTES;
    let cost = 106 * VAULT_MICRO_USD_PER_GB_MONTH
        + 100 * SNAPSHOT_MICRO_USD_PER_GB_MONTH
        + blocks * READ_MICRO_USD_PER_BLOCK;
    assert_eq!(forecast.micro_usd_per_month, cost);
}

#[test]
fn what_is_only_made_on_demand_or_paused_stores_nothing() {
    let mut operation = operation(VOLUME, 7);
    operation.frequencies = vec![frequency(Interval::OnDemand, 7, RetentionUnit::Days)];
    let herd = Herd {
        count: 1,
        size_bytes: GIB,
    };
    let paused = Policy {
        is_active: false,
        ..gold()
    };
    for policy in [policy(1, vec![operation]), paused] {
        let mut forecast = Forecast::default();
        let rhythm = Rhythm::of(&policy, VOLUME, at("2026-03-31T06:00:00Z"));
        forecast.add(&policy, (VOLUME, herd), rhythm, &Habits::default());
        assert_eq!(forecast, Forecast::default());
    }
}

#[test]
fn snapshots_in_the_account_are_priced_as_such() {
    let mut snapshots = operation(VOLUME, 1);
    snapshots.placement = Placement::InAccount;
    let herd = Herd {
        count: 1,
        size_bytes: 2 * GIB,
    };
    let mut forecast = Forecast::default();
    let policy = policy(1, vec![snapshots]);
    forecast.add(
        &policy,
        (VOLUME, herd),
        Rhythm::default(),
        &Habits::default(),
    );
    assert_eq!((forecast.vault_bytes, forecast.snapshot_bytes), (0, GIB));
    assert_eq!(
        forecast.micro_usd_per_month,
        SNAPSHOT_MICRO_USD_PER_GB_MONTH
    );
}

#[test]
fn what_is_archived_is_whole_each_time_and_what_goes_abroad_travels() {
    use StorageTier::{Archive, Standard};
    let cost = |region: Option<&str>, tier| {
        let mut snapshots = operation(VOLUME, 1);
        snapshots.placement = Placement::InAccount;
        snapshots.frequencies = vec![frequency(
            Interval::Months { value: 1, day: 1 },
            12,
            RetentionUnit::Months,
        )];
        snapshots.target.region = region.map(str::to_owned);
        snapshots.target.tier = tier;
        let herd = Herd {
            count: 1,
            size_bytes: 200 * GIB,
        };
        let habits = Habits {
            used_ppm: 500_000,
            daily_change_ppm: 0,
            is_measured: true,
        };
        let mut forecast = Forecast::default();
        let policy = policy(1, vec![snapshots]);
        forecast.add(&policy, (VOLUME, herd), Rhythm::default(), &habits);
        (forecast.snapshot_bytes / GIB, forecast.micro_usd_per_month)
    };
    let standard = 100 * SNAPSHOT_MICRO_USD_PER_GB_MONTH;
    assert_eq!(cost(None, Standard), (100, standard));
    // Twelve whole ones.
    let archived = 1_200 * ARCHIVE_MICRO_USD_PER_GB_MONTH;
    assert_eq!(cost(None, Archive), (1_200, archived));
    // Beside the asset the newest one stays; nothing changes, so nothing travels.
    let far = Some("eu-central-1");
    assert_eq!(cost(far, Standard), (200, 2 * standard));
    let travels = 100 * TRANSFER_MICRO_USD_PER_GB;
    assert_eq!(cost(far, Archive), (1_300, archived + standard + travels));
}

#[test]
fn habits_are_measured_from_enough_points_and_assumed_else() {
    let id = PolicyId::from_uuid(uuid::Uuid::nil());
    let mut points = Vec::new();
    for asset in 0..10_u128 {
        for half_day in 0..3_i64 {
            let taken = at("2026-01-01T00:00:00Z") + SignedDuration::from_hours(12 * half_day);
            let mut point = point(taken, id);
            point.asset_id = AssetId::from_uuid(uuid::Uuid::from_u128(asset));
            point.is_full = half_day == 0;
            point.size_bytes = 1_000_000;
            point.added_bytes = if point.is_full { 400_000 } else { 4_000 };
            points.push(point);
        }
    }
    let measured = Habits::measure(&points);
    // 4,000 bytes in half a day are 8,000 a day: 2 % of the 400,000 that are used.
    let expected = Habits {
        used_ppm: 400_000,
        daily_change_ppm: 20_000,
        is_measured: true,
    };
    assert_eq!(measured, expected);
    points.truncate(4);
    assert_eq!(Habits::measure(&points), Habits::default());
}

#[test]
fn sums_that_are_too_large_stay_at_the_largest_number() {
    let herd = Herd {
        count: u64::MAX,
        size_bytes: u64::MAX,
    };
    let habits = Habits {
        used_ppm: WHOLE_PPM,
        daily_change_ppm: WHOLE_PPM,
        is_measured: true,
    };
    let mut forecast = Forecast::default();
    let rhythm = Rhythm { runs: 2, kept: 2 };
    for _ in 0..2 {
        forecast.add(&gold(), (VOLUME, herd), rhythm, &habits);
    }
    assert_eq!((forecast.runs, forecast.vault_bytes), (u64::MAX, u64::MAX));
}
