//! Windows that close before, during and after a run, on one replica, on two, and after a crash.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::alert::{AlertFilter, AlertKind};
use domain::asset::Asset;
use domain::backup_window::{BackupWindow, TimeOfDay};
use domain::frequency::{Interval, StartTime};
use domain::page::{Direction, PageRequest};
use domain::policy::{CatchUp, Policy};
use domain::schedule::{MissReason, WINDOW_CLOSED, WINDOW_EXCEEDED};
use domain::task::{NewTask, Task, TaskFilter, TaskStatus};
use domain::{Clock, TaskId};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::flow::{act, flow};
use super::house::{Counts, House, count};
use crate::scheduler::CloseWindows;
use crate::{Registry, align_policy};

const DAILY: Interval = Interval::Days { value: 1 };
const MONDAYS: Interval = Interval::Weeks {
    value: 1,
    weekdays: Vec::new(),
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A policy whose window is open from 22:00 to 04:00, given to the assets.
async fn nightly(house: &House, frequencies: &[(Interval, u32)], assets: &[Asset]) -> Policy {
    let mut policy = house.policy(frequencies, assets).await;
    let time = |hour| TimeOfDay { hour, minute: 0 };
    policy.operations[0].start = StartTime {
        hour: 22,
        ..StartTime::default()
    };
    policy.operations[0].window = Some(BackupWindow {
        opens: time(22),
        closes: Some(time(4)),
    });
    save(house, policy).await
}

async fn save(house: &House, policy: Policy) -> Policy {
    let mut tx = house.store.begin().await.unwrap();
    let after = Policy {
        version: policy.version + 1,
        ..policy
    };
    store::policies::update(&mut tx, &after, policy.version)
        .await
        .unwrap();
    align_policy(&mut tx, &after, &*house.ids, house.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    after
}

async fn fire(house: &House) {
    let stop = CancellationToken::new();
    house.scheduler().fire_due(&stop).await.unwrap();
}

async fn close(house: &House) -> usize {
    let duty = CloseWindows::default();
    duty.close(&house.by_hand()).await.unwrap()
}

async fn tasks(house: &House) -> Vec<Task> {
    let page = PageRequest {
        size: 100,
        ..PageRequest::default()
    };
    let (reader, filter) = (house.store.read(), TaskFilter::default());
    let order = Direction::Ascending;
    let tasks = store::tasks::list(&reader, house.organization, &filter, order, &page).await;
    tasks.unwrap().into_nodes()
}

fn code(task: &Task) -> Option<&str> {
    task.failure.as_ref().map(|failure| failure.code.as_str())
}

async fn open_alerts(house: &House) -> Vec<AlertKind> {
    let (reader, page) = (house.store.read(), PageRequest::default());
    let filter = AlertFilter::default();
    let order = Direction::Ascending;
    let alerts = store::alerts::list(&reader, house.organization, &filter, order, &page).await;
    let open = alerts.unwrap().into_nodes().into_iter();
    open.filter(|alert| alert.cleared_at.is_none())
        .map(|alert| alert.kind)
        .collect()
}

#[tokio::test]
async fn what_has_not_begun_when_its_window_closes_is_missed_and_owed_by_the_next() {
    for house in House::all().await {
        let assets = house.assets(2).await;
        // 2026-01-05 is a Monday.
        house.clock.set(at("2026-01-05T12:00:00Z"));
        nightly(&house, &[(DAILY, 7), (MONDAYS, 90)], &assets).await;
        house.clock.set(at("2026-01-05T22:00:00Z"));
        fire(&house).await;
        let closes_at = at("2026-01-06T04:00:00Z");
        for task in tasks(&house).await {
            assert_eq!(task.deadline_at, Some(closes_at));
        }
        house.clock.set(closes_at - SignedDuration::from_micros(1));
        assert_eq!(close(&house).await, 0, "not yet");
        house.clock.set(closes_at);
        assert_eq!(close(&house).await, 2);
        assert_eq!(close(&house).await, 0, "not twice");
        for task in tasks(&house).await {
            assert_eq!(task.status, TaskStatus::Aborted);
            assert_eq!(code(&task), Some(WINDOW_CLOSED));
        }
        let reader = house.store.read();
        let organization = house.organization;
        let missed = store::schedules::missed_of_asset(&reader, organization, assets[1].id, 9);
        let missed = missed.await.unwrap();
        assert_eq!(missed.len(), 1);
        assert_eq!(missed[0].windows.reason, MissReason::WindowClosed);
        assert_eq!(
            missed[0].windows.first_nominal_at,
            at("2026-01-05T22:00:00Z")
        );
        assert_eq!(open_alerts(&house).await, []);
        house.clock.set(at("2026-01-06T22:00:00Z"));
        fire(&house).await;
        let all = tasks(&house).await;
        assert_eq!(all.len(), 4);
        let next = serde_json::to_value(&all[3].spec).unwrap();
        assert_eq!(
            next["retention"]["value"], 90,
            "it stands for the weekly one, too"
        );
    }
}

#[tokio::test]
async fn a_weekly_run_is_tried_again_in_each_next_opening_until_one_is_long_enough() {
    for house in House::all().await {
        let assets = house.assets(1).await;
        house.clock.set(at("2026-01-05T12:00:00Z"));
        nightly(&house, &[(MONDAYS, 90)], &assets).await;
        house.clock.set(at("2026-01-05T22:00:00Z"));
        fire(&house).await;
        for day in 6..=8 {
            house.clock.set(at(&format!("2026-01-0{day}T04:00:03Z")));
            assert_eq!(close(&house).await, 1);
            let all = tasks(&house).await;
            let last = all.last().unwrap();
            assert_eq!(last.status, TaskStatus::Queued, "{day}");
            assert_eq!(last.nominal_at, Some(at("2026-01-05T22:00:00Z")));
            let closes_at = at(&format!("2026-01-0{}T04:00:00Z", day + 1));
            assert_eq!(last.deadline_at, Some(closes_at));
            assert_eq!(all.len(), day - 4);
            fire(&house).await;
            assert_eq!(tasks(&house).await.len(), all.len(), "no window came");
        }
    }
}

#[tokio::test]
async fn nothing_is_tried_again_for_a_policy_that_does_not_catch_up_or_is_paused() {
    for is_paused in [false, true] {
        for house in House::all().await {
            let assets = house.assets(1).await;
            house.clock.set(at("2026-01-05T12:00:00Z"));
            let mut policy = nightly(&house, &[(MONDAYS, 90)], &assets).await;
            house.clock.set(at("2026-01-05T22:00:00Z"));
            fire(&house).await;
            let before = tasks(&house).await.len();
            if is_paused {
                policy.is_active = false;
            } else {
                policy.operations[0].catch_up = CatchUp::None;
            }
            save(&house, policy).await;
            house.clock.set(at("2026-01-06T04:00:00Z"));
            assert_eq!(close(&house).await, 1);
            assert_eq!(tasks(&house).await.len(), before);
        }
    }
}

#[tokio::test]
async fn an_edit_of_the_window_or_of_catching_up_fires_nothing_of_the_past() {
    for house in House::all().await {
        let assets = house.assets(1).await;
        house.clock.set(at("2026-01-05T12:00:00Z"));
        let mut policy = nightly(&house, &[(DAILY, 7)], &assets).await;
        house.clock.set(at("2026-01-05T22:00:00Z"));
        fire(&house).await;
        house.clock.set(at("2026-01-05T22:30:00Z"));
        // Today's 21:00 has passed, whatever its window and its catching up.
        policy.operations[0].start.hour = 21;
        if let Some(window) = &mut policy.operations[0].window {
            window.opens.hour = 20;
        }
        let mut policy = save(&house, policy).await;
        fire(&house).await;
        policy.operations[0].catch_up = CatchUp::None;
        let mut policy = save(&house, policy).await;
        fire(&house).await;
        policy.operations[0].window = None;
        save(&house, policy).await;
        fire(&house).await;
        assert_eq!(tasks(&house).await.len(), 1);
        let reader = house.store.read();
        let schedules =
            store::schedules::list_of_asset(&reader, house.organization, assets[0].id).await;
        let next = schedules.unwrap()[0].next_nominal_at;
        assert_eq!(next, Some(at("2026-01-06T21:00:00Z")));
    }
}

/// A step that tells when it begins, never ends, and counts its undoing.
fn endless(begun: &Arc<Notify>, counts: &Counts) -> Registry {
    let (begun, counts) = (Arc::clone(begun), Arc::clone(counts));
    let step = act("endless", move |_| {
        begun.notify_one();
        std::future::pending()
    });
    let step = step.undoing(move |_| {
        count(&counts, "undone");
        Ok(())
    });
    flow(vec![step]).registry()
}

/// The task that the schedule has fired, as one that the flows of these tests can run.
async fn runnable(house: &House, policy: &Policy, asset: &Asset) -> TaskId {
    let mut tx = house.store.begin().await.unwrap();
    let fired: Vec<_> = tasks(house)
        .await
        .into_iter()
        .map(|task| (house.organization, task.id))
        .collect();
    let failure = domain::task::TaskFailure {
        code: "REPLACED".to_owned(),
        message: String::new(),
        aws_request_id: None,
        is_retryable: false,
    };
    let now = house.clock.now();
    store::tasks::deadlines::system_end_unbegun(&mut tx, &fired, &failure, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let task = NewTask {
        asset_id: Some(asset.id),
        aws_account_id: Some(asset.aws_account_id),
        policy_id: Some(policy.id),
        operation_id: Some(policy.operations[0].id),
        nominal_at: Some(at("2026-01-05T22:00:00Z")),
        deadline_at: Some(at("2026-01-06T04:00:00Z")),
        ..house.task()
    };
    house.bench.enqueue(task).await
}

#[tokio::test]
async fn a_run_that_still_goes_on_is_stopped_undone_told_and_tried_again() {
    for house in House::all().await {
        let assets = house.assets(1).await;
        house.clock.set(at("2026-01-05T12:00:00Z"));
        let policy = nightly(&house, &[(MONDAYS, 90)], &assets).await;
        house.clock.set(at("2026-01-05T22:00:00Z"));
        fire(&house).await;
        let id = runnable(&house, &policy, &assets[0]).await;
        let (begun, counts) = (Arc::new(Notify::new()), Counts::default());
        let shutdown = CancellationToken::new();
        let engine = house.bench.engine(endless(&begun, &counts));
        let stopped = async {
            begun.notified().await;
            assert_eq!(close(&house).await, 0, "it has time");
            house.clock.set(at("2026-01-06T04:00:00Z"));
            // Two replicas close at once.
            let (one, two) = tokio::join!(close(&house), close(&house));
            assert_eq!(one + two, 1);
            let wanted = |task: &Task| task.status.is_final();
            let task = house
                .bench
                .wait(house.organization, id, "stopped", wanted)
                .await;
            shutdown.cancel();
            task
        };
        let ((), task) = tokio::join!(Box::pin(engine.run(shutdown.clone())), stopped);
        assert_eq!(task.status, TaskStatus::Aborted);
        assert_eq!(code(&task), Some(WINDOW_EXCEEDED));
        assert_eq!(counts.lock().get("undone"), Some(&1));
        assert_eq!(open_alerts(&house).await, [AlertKind::WindowExceeded]);
        let all = tasks(&house).await;
        let again: Vec<&Task> = all.iter().filter(|task| !task.status.is_final()).collect();
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].deadline_at, Some(at("2026-01-07T04:00:00Z")));
        assert_eq!(again[0].nominal_at, task.nominal_at);
    }
}

#[tokio::test]
async fn a_window_closes_over_a_task_whose_worker_died_and_another_undoes_it() {
    for house in House::all().await {
        let assets = house.assets(1).await;
        house.clock.set(at("2026-01-05T12:00:00Z"));
        let policy = nightly(&house, &[(MONDAYS, 90)], &assets).await;
        house.clock.set(at("2026-01-05T22:00:00Z"));
        let id = runnable(&house, &policy, &assets[0]).await;
        let (begun, counts) = (Arc::new(Notify::new()), Counts::default());
        let registry = endless(&begun, &counts);
        let engine = house.bench.engine(registry.clone());
        tokio::select! {
            () = Box::pin(engine.run(CancellationToken::new())) => {}
            () = begun.notified() => {}
        }
        // Everything was down over the closing; the rescue comes first, and no worker may take the task for work.
        house.clock.set(at("2026-01-06T05:00:00Z"));
        house.bench.rescue(registry.clone()).await;
        let label = "undone by another";
        let ended =
            house
                .bench
                .run_until(registry.clone(), house.organization, id, label, |task| {
                    task.status.is_final()
                });
        let closing = async {
            tokio::time::sleep(house.bench.config.poll * 3).await;
            let task = house.bench.task(house.organization, id).await;
            assert_eq!(task.attempt, 1, "nobody begins what has no time left");
            assert_eq!(close(&house).await, 1);
        };
        let (task, ()) = tokio::join!(ended, closing);
        assert_eq!(task.status, TaskStatus::Aborted);
        assert_eq!(code(&task), Some(WINDOW_EXCEEDED));
        assert_eq!(counts.lock().get("undone"), Some(&1));
    }
}

#[tokio::test]
async fn what_a_person_stops_has_no_failure_and_what_is_stopping_is_not_cut_again() {
    for house in House::all().await {
        let (begun, counts) = (Arc::new(Notify::new()), Counts::default());
        let task = NewTask {
            deadline_at: Some(house.clock.now() + SignedDuration::from_hours(1)),
            ..house.task()
        };
        let id = house.bench.enqueue(task).await;
        let registry = endless(&begun, &counts);
        let engine = house.bench.engine(registry.clone());
        tokio::select! {
            () = Box::pin(engine.run(CancellationToken::new())) => {}
            () = begun.notified() => {}
        }
        let mut tx = house.store.begin().await.unwrap();
        let now = house.clock.now();
        crate::abort(&mut tx, house.organization, id, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        house.clock.advance(SignedDuration::from_hours(2));
        house.bench.rescue(registry.clone()).await;
        assert_eq!(
            close(&house).await,
            1,
            "its deadline goes, so that it can end"
        );
        let ended = house
            .bench
            .run_to_end(registry, house.organization, id, "ends")
            .await;
        assert_eq!((ended.status, code(&ended)), (TaskStatus::Aborted, None));
        assert_eq!(open_alerts(&house).await, []);
    }
}

#[tokio::test]
async fn hundreds_of_runs_that_are_cut_at_once_are_each_cut_once_by_two_replicas() {
    for house in House::all().await {
        let assets = house.assets(1_200).await;
        house.clock.set(at("2026-01-05T12:00:00Z"));
        nightly(&house, &[(MONDAYS, 90)], &assets).await;
        house.clock.set(at("2026-01-05T22:00:00Z"));
        fire(&house).await;
        house.clock.set(at("2026-01-06T04:00:00Z"));
        let (one, two) = tokio::join!(close(&house), close(&house));
        assert_eq!(one + two, 1_200);
        let tx = house.store.begin().await.unwrap();
        let ids: Vec<_> = assets.iter().map(|asset| asset.id).collect();
        let again = store::schedules::system_unfinished(&tx, &ids)
            .await
            .unwrap();
        assert_eq!(again.len(), 1_200);
        let mut missed = BTreeMap::new();
        for asset in assets.iter().step_by(100) {
            let reader = house.store.read();
            let rows = store::schedules::missed_of_asset(&reader, house.organization, asset.id, 9);
            missed.insert(asset.id, rows.await.unwrap().len());
        }
        assert!(missed.values().all(|rows| *rows == 1), "{missed:?}");
    }
}
