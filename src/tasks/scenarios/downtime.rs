//! Downtimes from a minute to 400 days, clocks that jump, and replicas whose clocks disagree: every window is fired or recorded as
//! missed, exactly once, as the policy says (reliability.md T-22, T-23).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use domain::alert::{AlertFilter, AlertKind};
use domain::asset::Asset;
use domain::backup_window::{BackupWindow, TimeOfDay};
use domain::frequency::Interval;
use domain::page::{Direction, PageRequest};
use domain::policy::{CatchUp, Policy, PolicyOperation};
use domain::schedule::{LATE_START_MAX, MISSED_WINDOWS_COUNT_MAX, MissReason};
use domain::task::{Task, TaskFailure, TaskFilter, TaskKind};
use domain::{AssetId, Clock, TestClock};
use jiff::{SignedDuration, Timestamp, ToSpan};
use store::tasks::queue::{ClaimRequest, Claimable, system_claim};
use tokio_util::sync::CancellationToken;

use super::house::House;
use crate::{HealSchedules, Scheduler, SchedulerConfig};

const HOURLY: Interval = Interval::Hours { value: 1 };
/// Windows of the nightly policies, in UTC.
const OPENS: u8 = 22;
const CLOSES: u8 = 4;

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// All kinds of grids, with and without a window, with and without catching up.
fn policies(house: &House) -> Vec<Policy> {
    let grids = [
        (Interval::Minutes { value: 5 }, false),
        (HOURLY, false),
        (Interval::Hours { value: 12 }, false),
        (Interval::Days { value: 1 }, false),
        (Interval::Days { value: 1 }, true),
        (Interval::Days { value: 3 }, true),
        (
            Interval::Weeks {
                value: 1,
                weekdays: vec![1, 5],
            },
            true,
        ),
        (Interval::Months { value: 1, day: 31 }, false),
        (Interval::Months { value: 1, day: 15 }, true),
        (Interval::Years { value: 1 }, true),
    ];
    let time = |hour| TimeOfDay { hour, minute: 0 };
    let mut policies = Vec::new();
    for catch_up in [CatchUp::Latest, CatchUp::None] {
        for (every, is_nightly) in &grids {
            let mut policy = house.unsaved(&[(every.clone(), 2)]);
            let operation = &mut policy.operations[0];
            operation.catch_up = catch_up;
            if *is_nightly {
                operation.start.hour = OPENS;
                operation.window = Some(BackupWindow {
                    opens: time(OPENS),
                    closes: Some(time(CLOSES)),
                });
            }
            policies.push(policy);
        }
    }
    policies
}

/// What the model says: whether a run is queued, and how many windows are missed.
fn expected(
    operation: &PolicyOperation,
    settled: Timestamp,
    now: Timestamp,
) -> (Option<Timestamp>, usize, bool) {
    let every = &operation.frequencies[0].every;
    let mut passed = Vec::new();
    let mut at = settled;
    let next = loop {
        at = every.next_after(&operation.start, at).unwrap();
        if at > now {
            break at;
        }
        passed.push(at);
    };
    let Some(latest) = passed.last().copied() else {
        return (None, 0, false);
    };
    let length = SignedDuration::from_hours(6);
    let runs = match (operation.window, operation.catch_up) {
        (None, CatchUp::Latest) => true,
        (None, CatchUp::None) => now.duration_since(latest) <= LATE_START_MAX,
        (Some(_), _) if now < latest + length => true,
        (Some(_), CatchUp::None) => false,
        (Some(_), CatchUp::Latest) => {
            // The first opening that has not closed yet, counted in days of UTC.
            let midnight = now
                .to_zoned(jiff::tz::TimeZone::UTC)
                .start_of_day()
                .unwrap();
            let closes = (-1..3)
                .map(|day| {
                    (&midnight + day.days()).timestamp() + minutes(i64::from(OPENS) * 60) + length
                })
                .find(|closes| *closes > now);
            next >= closes.unwrap()
        }
    };
    (Some(latest), passed.len() - usize::from(runs), runs)
}

async fn new_tasks(house: &House, since: Timestamp) -> Vec<Task> {
    let filter = TaskFilter {
        created_from: Some(since),
        ..TaskFilter::default()
    };
    let page = PageRequest {
        size: 5_000,
        ..PageRequest::default()
    };
    let (reader, order) = (house.store.read(), Direction::Ascending);
    let tasks = store::tasks::list(&reader, house.organization, &filter, order, &page).await;
    tasks.unwrap().into_nodes()
}

/// Ends tasks as if workers had done them.
async fn end(house: &House, tasks: &[Task]) {
    let failure = TaskFailure {
        code: "DONE".to_owned(),
        message: String::new(),
        aws_request_id: None,
        is_retryable: false,
    };
    let ids: Vec<_> = tasks
        .iter()
        .map(|task| (house.organization, task.id))
        .collect();
    let mut tx = house.store.begin().await.unwrap();
    let now = house.clock.now();
    store::tasks::deadlines::system_end_unbegun(&mut tx, &ids, &failure, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn missed_since(house: &House, asset: AssetId, settled: Timestamp) -> u32 {
    let reader = house.store.read();
    let rows = store::schedules::missed_of_asset(&reader, house.organization, asset, 1_000);
    let rows = rows.await.unwrap();
    let new = rows
        .iter()
        .filter(|row| row.windows.first_nominal_at > settled);
    new.map(|row| {
        assert_eq!(row.windows.reason, MissReason::Downtime);
        row.windows.windows
    })
    .sum()
}

fn scheduler(house: &House, clock: TestClock, spread: SignedDuration) -> Scheduler {
    let config = SchedulerConfig {
        spread,
        ..SchedulerConfig::default()
    };
    Scheduler::new(
        house.store.clone(),
        Arc::new(clock),
        Arc::clone(&house.ids),
        config,
    )
}

/// How many tasks a worker with endless room gets at this time.
async fn claimable_at(house: &House, now: Timestamp) -> usize {
    let claimable = [Claimable {
        kind: TaskKind::SnapshotEbs,
        versions: vec![1],
        newest: 1,
        kind_limit: None,
        key_limit: None,
    }];
    let request = ClaimRequest {
        owner: "w",
        claimable: &claimable,
        count: 100_000,
        until: now + minutes(1),
        now,
    };
    let mut tx = house.store.begin().await.unwrap();
    let claimed = system_claim(&mut tx, &request).await.unwrap();
    tx.rollback().await.unwrap();
    claimed.len()
}

#[tokio::test]
async fn after_any_downtime_1_000_schedules_do_exactly_what_their_policies_say() {
    const PER_POLICY: usize = 50;
    for house in House::all().await {
        let policies = policies(&house);
        let assets = house.assets(policies.len() * PER_POLICY).await;
        assert!(assets.len() >= 1_000);
        let of = |place: usize| assets[place * PER_POLICY..(place + 1) * PER_POLICY].to_vec();
        house.add(&policies, of).await;
        let mut settled: Vec<Timestamp> = vec![house.clock.now(); policies.len()];
        for down in [1, 7, 61, 600, 1_500, 4_000, 44_641, 400 * 1_440 + 3] {
            house.clock.advance(minutes(down));
            let now = house.clock.now();
            let scheduler = scheduler(&house, house.clock.clone(), minutes(5));
            scheduler.fire_due(&CancellationToken::new()).await.unwrap();
            let tasks = new_tasks(&house, now).await;
            let mut by_asset: BTreeMap<AssetId, Vec<&Task>> = BTreeMap::new();
            for task in &tasks {
                by_asset
                    .entry(task.asset_id.unwrap())
                    .or_default()
                    .push(task);
            }
            let at_once = claimable_at(&house, now + SignedDuration::from_secs(1)).await;
            assert!(
                at_once * 4 <= tasks.len().max(40),
                "{at_once} of {} at once",
                tasks.len()
            );
            for (place, policy) in policies.iter().enumerate() {
                let operation = &policy.operations[0];
                let label = format!("{down} minutes: {operation:?}");
                let (latest, missed, runs) = expected(operation, settled[place], now);
                let counted = u32::try_from(missed).unwrap().min(MISSED_WINDOWS_COUNT_MAX);
                for asset in of(place) {
                    let new = by_asset.remove(&asset.id).unwrap_or_default();
                    assert_eq!(new.len(), usize::from(runs), "{label}");
                    assert!(new.iter().all(|task| task.nominal_at == latest), "{label}");
                    let found = missed_since(&house, asset.id, settled[place]).await;
                    assert_eq!(found, counted, "{label}");
                }
                settled[place] = latest.unwrap_or(settled[place]);
            }
            assert_eq!(by_asset.len(), 0);
            end(&house, &tasks).await;
        }
    }
}

/// The windows that have a task, each as often as it has one, and those that are recorded as missed.
async fn accounted(house: &House, asset: &Asset) -> (Vec<Timestamp>, BTreeSet<Timestamp>) {
    let tasks = new_tasks(house, Timestamp::UNIX_EPOCH).await;
    let fired = tasks.iter().filter_map(|task| task.nominal_at).collect();
    let reader = house.store.read();
    let missed = store::schedules::missed_of_asset(&reader, house.organization, asset.id, 1_000);
    let mut windows = BTreeSet::new();
    for row in missed.await.unwrap() {
        let mut at = row.windows.first_nominal_at;
        while at <= row.windows.last_nominal_at {
            windows.insert(at);
            at += minutes(60);
        }
    }
    (fired, windows)
}

#[tokio::test]
async fn clocks_that_jump_by_hours_and_seconds_fire_nothing_twice_and_skip_nothing() {
    for house in House::all().await {
        let assets = house.assets(1).await;
        house.policy(&[(HOURLY, 2)], &assets).await;
        let begin = house.clock.now();
        let stop = CancellationToken::new();
        let seconds = [1_i64, -1].repeat(50);
        let hours = [3_600, -3_600, 3_600, 3_600, -3_600, -3_600, 7_200];
        let mut now = begin + minutes(59) + SignedDuration::from_secs(59);
        for jump in seconds.iter().chain(&hours).chain(&seconds) {
            now += SignedDuration::from_secs(*jump);
            house.clock.set(now);
            HealSchedules.heal(&house.by_hand()).await.unwrap();
            house.scheduler().fire_due(&stop).await.unwrap();
            let unfinished: Vec<Task> = new_tasks(&house, Timestamp::UNIX_EPOCH)
                .await
                .into_iter()
                .filter(|task| !task.status.is_final())
                .collect();
            end(&house, &unfinished).await;
        }
        house.clock.set(begin + minutes(600));
        house.scheduler().fire_due(&stop).await.unwrap();
        let (fired, missed) = accounted(&house, &assets[0]).await;
        let once: BTreeSet<Timestamp> = fired.iter().copied().collect();
        assert_eq!(once.len(), fired.len(), "nothing fires twice: {fired:?}");
        let all: BTreeSet<Timestamp> = (1..=10).map(|hour| begin + minutes(hour * 60)).collect();
        let accounted: BTreeSet<Timestamp> = once.union(&missed).copied().collect();
        assert_eq!(accounted, all, "nothing is skipped");
    }
}

#[tokio::test]
async fn replicas_ten_minutes_apart_fire_in_time_once_and_tell_that_they_disagree() {
    for house in House::all().await {
        let assets = house.assets(20).await;
        house.policy(&[(HOURLY, 2)], &assets).await;
        let begin = house.clock.now();
        let skewed = |by: SignedDuration| {
            let clock = TestClock::at(house.clock.now());
            clock.advance(by);
            scheduler(&house, clock, SignedDuration::ZERO)
        };
        let stop = CancellationToken::new();
        house.clock.set(begin + minutes(55));
        let early = skewed(minutes(10)).fire_due(&stop).await.unwrap();
        assert_eq!(early.settled, 0, "it is ahead, the window is not");
        house.clock.set(begin + minutes(60));
        let (ahead, behind) = (skewed(minutes(5)), skewed(minutes(-5)));
        let (one, two) = tokio::join!(ahead.fire_due(&stop), behind.fire_due(&stop));
        assert_eq!(one.unwrap().queued + two.unwrap().queued, 20);
        let nominal: BTreeSet<_> = new_tasks(&house, begin)
            .await
            .iter()
            .map(|task| (task.asset_id, task.nominal_at))
            .collect();
        assert_eq!(nominal.len(), 20);
        let open = async || {
            let filter = AlertFilter {
                is_open: Some(true),
                ..AlertFilter::default()
            };
            let (reader, page, order) = (
                house.store.read(),
                PageRequest::default(),
                Direction::Ascending,
            );
            let organization = house.organization;
            let alerts = store::alerts::list(&reader, organization, &filter, order, &page).await;
            let kinds = alerts
                .unwrap()
                .into_nodes()
                .into_iter()
                .map(|alert| alert.kind);
            kinds.collect::<Vec<_>>()
        };
        let told = AtomicBool::new(false);
        skewed(minutes(5)).look_at_clocks(&told).await.unwrap();
        assert_eq!(open().await, [], "five minutes are borne");
        for wrong in [minutes(10), minutes(-10)] {
            skewed(wrong).look_at_clocks(&told).await.unwrap();
            skewed(wrong).look_at_clocks(&told).await.unwrap();
            assert_eq!(open().await, [AlertKind::ClocksDisagree], "{wrong}, once");
        }
        skewed(minutes(0)).look_at_clocks(&told).await.unwrap();
        assert_eq!(open().await, []);
    }
}
