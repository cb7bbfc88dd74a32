//! Windows that come in time, late, together, over one another, twice, or never.

use std::collections::BTreeSet;

use domain::asset::Asset;
use domain::aws_account::{AwsAccount, AwsAccountStatus};
use domain::frequency::Interval;
use domain::page::{Direction, PageRequest};
use domain::policy::Policy;
use domain::schedule::{MISSED_WINDOWS_COUNT_MAX, MissReason};
use domain::task::{Task, TaskFilter, TaskSpec, TaskStatus};
use domain::{Clock, TaskId};
use jiff::{SignedDuration, Timestamp};
use store::schedules::Missed;
use tokio_util::sync::CancellationToken;

use super::house::House;
use crate::{Fired, HealSchedules, align_policy};

const HOURLY: Interval = Interval::Hours { value: 1 };
const DAILY: Interval = Interval::Days { value: 1 };

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

async fn fire(house: &House) -> Fired {
    house
        .scheduler()
        .fire_due(&CancellationToken::new())
        .await
        .unwrap()
}

async fn tasks(house: &House) -> Vec<Task> {
    let (reader, filter) = (house.store.read(), TaskFilter::default());
    let page = PageRequest {
        size: 100,
        ..PageRequest::default()
    };
    let direction = Direction::Ascending;
    let tasks = store::tasks::list(&reader, house.organization, &filter, direction, &page).await;
    tasks.unwrap().into_nodes()
}

async fn missed(house: &House, asset: &Asset) -> Vec<Missed> {
    let reader = house.store.read();
    store::schedules::missed_of_asset(&reader, house.organization, asset.id, 100)
        .await
        .unwrap()
}

/// Ends tasks as a worker would.
async fn complete(house: &House, tasks: &[TaskId]) {
    use store::tasks::queue::{
        Change, ClaimRequest, Claimable, Fence, system_change, system_claim,
    };
    let claimable = [Claimable {
        kind: domain::task::TaskKind::SnapshotEbs,
        versions: vec![1],
        newest: 1,
        kind_limit: None,
        key_limit: None,
    }];
    let now = house.clock.now();
    let until = now + minutes(1);
    let request = ClaimRequest {
        owner: "w",
        claimable: &claimable,
        count: 100_000,
        until,
        now,
    };
    let mut tx = house.store.begin().await.unwrap();
    let claimed = system_claim(&mut tx, &request).await.unwrap();
    let fences: Vec<Fence> = claimed
        .iter()
        .filter(|one| tasks.contains(&one.task.id))
        .map(|one| Fence {
            task_id: one.task.id,
            organization_id: one.task.organization_id,
            attempt: one.task.attempt,
        })
        .collect();
    assert_eq!(fences.len(), tasks.len());
    let status = TaskStatus::Completed;
    let change = Change::End {
        status,
        failure: None,
        result: None,
        progress: None,
    };
    system_change(&mut tx, &fences, &[TaskStatus::Running], &change, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

fn retention_days(task: &Task) -> u32 {
    let TaskSpec::SnapshotEbs { retention, .. } = &task.spec else {
        panic!("not a snapshot: {:?}", task.spec);
    };
    retention.unwrap().value
}

#[tokio::test]
async fn a_window_fires_once_in_its_time_and_says_what_it_is_for() {
    for house in House::all().await {
        let assets = house.assets(1).await;
        let policy = house.policy(&[(HOURLY, 2), (DAILY, 30)], &assets).await;
        assert_eq!(fire(&house).await, Fired::default(), "the past never fires");
        house
            .clock
            .advance(minutes(60) - SignedDuration::from_micros(1));
        assert_eq!(fire(&house).await, Fired::default(), "not yet");
        house.clock.advance(SignedDuration::from_micros(1));
        assert_eq!(
            fire(&house).await,
            Fired {
                settled: 1,
                queued: 1,
                missed: 0
            }
        );
        assert_eq!(fire(&house).await, Fired::default(), "not twice");
        let task = tasks(&house).await.pop().unwrap();
        assert_eq!(task.nominal_at, Some(house.clock.now()));
        assert_eq!(task.asset_id, Some(assets[0].id));
        assert_eq!(
            (task.policy_id, task.operation_id),
            (Some(policy.id), Some(policy.operations[0].id))
        );
        assert_eq!(retention_days(&task), 2);
        complete(&house, &[task.id]).await;
        // Midnight belongs to both frequencies: one run, kept for the longer time.
        house.clock.set("2026-01-02T00:00:00Z".parse().unwrap());
        assert_eq!(fire(&house).await.queued, 1);
        let midnight = tasks(&house).await.pop().unwrap();
        assert_eq!(retention_days(&midnight), 30);
    }
}

#[tokio::test]
async fn after_downtime_of_any_length_the_latest_fires_once_and_the_rest_is_recorded() {
    for house in House::all().await {
        let assets = house.assets(9).await;
        let minutely = Interval::Minutes { value: 5 };
        for asset in &assets {
            house
                .policy(&[(minutely.clone(), 1)], std::slice::from_ref(asset))
                .await;
        }
        let start = house.clock.now();
        let mut passed = 0_i64;
        for down in [1, 4, 5, 59, 1_440, 44_640, 400 * 1_440] {
            house.clock.advance(minutes(down));
            let windows = (passed + down).div_euclid(5) - passed.div_euclid(5);
            passed += down;
            let earlier: BTreeSet<TaskId> =
                tasks(&house).await.iter().map(|task| task.id).collect();
            let fired = fire(&house).await;
            assert_eq!(fire(&house).await, Fired::default(), "{down}");
            let expected = usize::from(windows > 0) * assets.len();
            assert_eq!(
                (fired.settled, fired.queued),
                (expected, expected),
                "{down}"
            );
            let new: Vec<Task> = tasks(&house)
                .await
                .into_iter()
                .filter(|task| !earlier.contains(&task.id))
                .collect();
            let latest = start + minutes(passed.div_euclid(5) * 5);
            assert!(
                new.iter().all(|task| task.nominal_at == Some(latest)),
                "{down}"
            );
            complete(&house, &new.iter().map(|task| task.id).collect::<Vec<_>>()).await;
            if windows > 1 {
                let range = missed(&house, &assets[0]).await.remove(0).windows;
                assert_eq!(range.reason, MissReason::Downtime);
                assert_eq!(range.last_nominal_at, latest - minutes(5), "{down}");
                let counted = u32::try_from(windows - 1)
                    .unwrap()
                    .min(MISSED_WINDOWS_COUNT_MAX);
                assert_eq!(range.windows, counted, "{down}");
            }
        }
    }
}

#[tokio::test]
async fn a_run_that_is_still_going_on_is_not_overtaken_and_its_successor_keeps_what_was_owed() {
    for house in House::all().await {
        let assets = house.assets(1).await;
        house.clock.set("2026-01-01T22:30:00Z".parse().unwrap());
        let policy = house.policy(&[(HOURLY, 2), (DAILY, 30)], &assets).await;
        house.clock.set("2026-01-01T23:00:00Z".parse().unwrap());
        assert_eq!(fire(&house).await.queued, 1);
        // Midnight, which is to be kept for 30 days, finds the run of 23:00 going on.
        house.clock.set("2026-01-02T00:00:00Z".parse().unwrap());
        assert_eq!(
            fire(&house).await,
            Fired {
                settled: 1,
                queued: 0,
                missed: 1
            }
        );
        let range = missed(&house, &assets[0]).await.remove(0);
        assert_eq!(range.operation_id, policy.operations[0].id);
        assert_eq!(
            (range.windows.windows, range.windows.reason),
            (1, MissReason::Overlap)
        );
        assert_eq!(range.windows.first_nominal_at, house.clock.now());
        let running: Vec<TaskId> = tasks(&house).await.iter().map(|task| task.id).collect();
        complete(&house, &running).await;
        house.clock.set("2026-01-02T01:00:00Z".parse().unwrap());
        assert_eq!(
            fire(&house).await,
            Fired {
                settled: 1,
                queued: 1,
                missed: 0
            }
        );
        let next = tasks(&house).await.pop().unwrap();
        assert_eq!(retention_days(&next), 30);
        complete(&house, &[next.id]).await;
        house.clock.set("2026-01-02T02:00:00Z".parse().unwrap());
        fire(&house).await;
        assert_eq!(
            retention_days(&tasks(&house).await.pop().unwrap()),
            2,
            "owed once only"
        );
    }
}

async fn save(house: &House, policy: &Policy) {
    let mut tx = house.store.begin().await.unwrap();
    store::policies::update(&mut tx, policy, policy.version)
        .await
        .unwrap();
    align_policy(&mut tx, policy, &*house.ids, house.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn next_of(house: &House, asset: &Asset) -> Option<Timestamp> {
    let reader = house.store.read();
    let next = store::schedules::next_of_assets(&reader, house.organization, &[asset.id]).await;
    next.unwrap().get(&asset.id).copied()
}

async fn reload(house: &House, policy: &Policy) -> Policy {
    let reader = house.store.read();
    let policy = store::policies::lookup(&reader, house.organization, policy.id).await;
    policy.unwrap().unwrap()
}

#[tokio::test]
async fn an_inactive_policy_fires_nothing_and_resuming_fires_nothing_of_the_past() {
    for house in House::all().await {
        let assets = house.assets(2).await;
        let policy = house.policy(&[(HOURLY, 2)], &assets).await;
        save(
            &house,
            &Policy {
                is_active: false,
                ..policy.clone()
            },
        )
        .await;
        assert_eq!(next_of(&house, &assets[0]).await, None);
        house.clock.advance(minutes(190));
        assert_eq!(fire(&house).await, Fired::default());
        let policy = reload(&house, &policy).await;
        save(
            &house,
            &Policy {
                is_active: true,
                ..policy
            },
        )
        .await;
        assert_eq!(fire(&house).await, Fired::default());
        let range = missed(&house, &assets[1]).await.remove(0).windows;
        assert_eq!((range.windows, range.reason), (3, MissReason::Inactive));
        house.clock.advance(minutes(50));
        assert_eq!(
            fire(&house).await,
            Fired {
                settled: 2,
                queued: 2,
                missed: 0
            }
        );
    }
}

#[tokio::test]
async fn a_policy_paused_behind_the_scheduler_parks_its_schedules_when_they_are_due() {
    for house in House::all().await {
        let assets = house.assets(1).await;
        let policy = house.policy(&[(HOURLY, 2)], &assets).await;
        let mut tx = house.store.begin().await.unwrap();
        let now = house.clock.now();
        store::policies::set_active(&mut tx, house.organization, policy.id, false, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        house.clock.advance(minutes(60));
        assert_eq!(
            fire(&house).await,
            Fired {
                settled: 1,
                queued: 0,
                missed: 0
            }
        );
        assert_eq!(next_of(&house, &assets[0]).await, None);
        let healed = HealSchedules.heal(&house.by_hand()).await.unwrap();
        assert_eq!(healed, 0, "it stays parked while the policy is inactive");
        let policy = reload(&house, &policy).await;
        save(
            &house,
            &Policy {
                is_active: true,
                ..policy
            },
        )
        .await;
        assert_eq!(missed(&house, &assets[0]).await[0].windows.windows, 1);
    }
}

#[tokio::test]
async fn an_edit_moves_the_next_window_and_never_fires_a_window_of_the_past() {
    for house in House::all().await {
        let assets = house.assets(1).await;
        house.clock.set("2026-01-01T12:30:00Z".parse().unwrap());
        let mut policy = house.policy(&[(DAILY, 2)], &assets).await;
        policy.operations[0].start.hour = 13;
        save(&house, &policy).await;
        assert_eq!(
            next_of(&house, &assets[0]).await,
            Some("2026-01-01T13:00:00Z".parse().unwrap())
        );
        house.clock.set("2026-01-01T13:00:00Z".parse().unwrap());
        assert_eq!(fire(&house).await.queued, 1);
        let first = tasks(&house).await.pop().unwrap();
        complete(&house, &[first.id]).await;
        // Now at 11:00: today's 11:00 has passed and must not fire.
        let mut policy = reload(&house, &policy).await;
        policy.operations[0].start.hour = 11;
        save(&house, &policy).await;
        assert_eq!(fire(&house).await, Fired::default());
        assert_eq!(
            next_of(&house, &assets[0]).await,
            Some("2026-01-02T11:00:00Z".parse().unwrap())
        );
        // Back at 13:00: today's has fired already.
        let mut policy = reload(&house, &policy).await;
        policy.operations[0].start.hour = 13;
        save(&house, &policy).await;
        house.clock.set("2026-01-01T23:59:59Z".parse().unwrap());
        assert_eq!(fire(&house).await, Fired::default());
        // On demand only: nothing is left, and nothing counts as missed.
        let mut policy = reload(&house, &policy).await;
        policy.operations[0].frequencies[0].every = Interval::OnDemand;
        save(&house, &policy).await;
        assert_eq!(next_of(&house, &assets[0]).await, None);
        house.clock.advance(minutes(100_000));
        assert_eq!(fire(&house).await, Fired::default());
        assert_eq!(missed(&house, &assets[0]).await, []);
    }
}

#[tokio::test]
async fn assets_that_change_their_policy_change_their_schedules() {
    for house in House::all().await {
        let assets = house.assets(1).await;
        house.policy(&[(HOURLY, 2)], &assets).await;
        let daily = house.policy(&[(DAILY, 2)], &assets).await;
        let reader = house.store.read();
        let schedules = store::schedules::list_of_asset(&reader, house.organization, assets[0].id)
            .await
            .unwrap();
        assert_eq!(schedules.len(), 1);
        assert_eq!(schedules[0].operation_id, daily.operations[0].id);
        let mut tx = house.store.begin().await.unwrap();
        crate::unschedule_assets(&mut tx, house.organization, &[assets[0].id])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        house.clock.advance(minutes(3_000));
        assert_eq!(fire(&house).await, Fired::default());
    }
}

#[tokio::test]
async fn an_account_that_is_no_longer_linked_fires_nothing_until_it_is_linked_anew() {
    for house in House::all().await {
        let assets = house.assets(2).await;
        house.policy(&[(HOURLY, 2)], &assets).await;
        let reader = house.store.read();
        let account =
            store::aws_accounts::lookup(&reader, house.organization, assets[0].aws_account_id)
                .await
                .unwrap()
                .unwrap();
        let set = async |status: AwsAccountStatus, version: i32| {
            let after = AwsAccount {
                status,
                version: version + 1,
                ..account.clone()
            };
            let mut tx = house.store.begin().await.unwrap();
            store::aws_accounts::update(&mut tx, &after, version)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        };
        set(AwsAccountStatus::Disconnected, 1).await;
        house.clock.advance(minutes(60));
        let settled = Fired {
            settled: 2,
            queued: 0,
            missed: 0,
        };
        assert_eq!(fire(&house).await, settled);
        assert_eq!(next_of(&house, &assets[0]).await, None);
        house.clock.advance(minutes(60));
        assert_eq!(HealSchedules.heal(&house.by_hand()).await.unwrap(), 0);
        set(AwsAccountStatus::Pending, 2).await;
        assert_eq!(HealSchedules.heal(&house.by_hand()).await.unwrap(), 2);
        let passed = missed(&house, &assets[1]).await.remove(0).windows;
        assert_eq!((passed.windows, passed.reason), (2, MissReason::Inactive));
        house.clock.advance(minutes(60));
        assert_eq!(fire(&house).await.queued, 2);
    }
}

#[tokio::test]
async fn a_clock_that_jumps_ten_years_and_back_fires_no_window_twice() {
    for house in House::all().await {
        let assets = house.assets(3).await;
        house.policy(&[(HOURLY, 2)], &assets).await;
        let here = house.clock.now();
        let years = SignedDuration::from_hours(24 * 3_652);
        let mut nominal = BTreeSet::new();
        let mut collect = async |round: &str| {
            fire(&house).await;
            let new: Vec<Task> = tasks(&house)
                .await
                .into_iter()
                .filter(|task| !task.status.is_final())
                .collect();
            for task in &new {
                assert!(
                    nominal.insert((task.asset_id, task.nominal_at)),
                    "{round}: twice"
                );
            }
            // Claims look at the clock as well, so a task of the future waits for its time.
            house
                .clock
                .set(house.clock.now().max(here + years + minutes(600)));
            complete(&house, &new.iter().map(|task| task.id).collect::<Vec<_>>()).await;
            new.len()
        };
        house.clock.set(here + minutes(60));
        assert_eq!(collect("in time").await, 3);
        house.clock.set(here + years);
        assert_eq!(collect("ahead").await, 3, "it cannot know better");
        // Back: the next window lies ten years away, until the duty brings it back.
        house.clock.set(here + minutes(61));
        assert_eq!(collect("back").await, 0);
        house.clock.set(here + minutes(62));
        assert_eq!(HealSchedules.heal(&house.by_hand()).await.unwrap(), 3);
        assert_eq!(collect("healed").await, 0);
        house.clock.set(here + minutes(120));
        assert_eq!(collect("next").await, 3);
        // Ten years back and here again.
        house.clock.set(here - years);
        assert_eq!(collect("long ago").await, 0);
        house.clock.set(here - years);
        HealSchedules.heal(&house.by_hand()).await.unwrap();
        house.clock.set(here + minutes(121));
        assert_eq!(
            collect("here again").await,
            0,
            "its latest window has fired"
        );
        house.clock.set(here + minutes(180));
        assert_eq!(collect("on").await, 3);
    }
}

#[tokio::test]
async fn a_dead_scheduler_leaves_nothing_half_done() {
    for house in House::all().await {
        let assets = house.assets(50).await;
        house.policy(&[(HOURLY, 2)], &assets).await;
        house.clock.advance(minutes(60));
        // Dropped at every point at which it waits for the database.
        for polls in 1..60 {
            let scheduler = house.scheduler();
            let stop = CancellationToken::new();
            let firing = scheduler.fire_due(&stop);
            tokio::pin!(firing);
            let mut left = polls;
            let cut = std::future::poll_fn(|context| {
                left -= 1;
                if left == 0 {
                    return std::task::Poll::Ready(());
                }
                Future::poll(firing.as_mut(), context).map(drop)
            });
            cut.await;
        }
        fire(&house).await;
        assert_eq!(tasks(&house).await.len(), 50);
        assert_eq!(fire(&house).await, Fired::default());
    }
}
