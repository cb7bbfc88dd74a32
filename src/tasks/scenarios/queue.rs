//! Many tasks, several workers, limits, versions, unique keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::task::{TaskFilter, TaskStatus};
use domain::{Clock, TaskId};
use parking_lot::Mutex;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::flow::{act, flow};
use super::house::House;
use crate::enqueue_many;

async fn ended(house: &House) -> u64 {
    let filter = TaskFilter {
        statuses: Some(vec![TaskStatus::Completed]),
        ..TaskFilter::default()
    };
    store::tasks::count(&house.store.read(), house.organization, &filter)
        .await
        .unwrap()
}

async fn wait_for(house: &House, count: u64) {
    let waiting = async {
        while ended(house).await < count {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(120), waiting).await;
    assert!(
        waited.is_ok(),
        "only {} of {count} have ended",
        ended(house).await
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_run_each_of_2500_tasks_once() {
    for house in House::all().await {
        let runs: Arc<Mutex<BTreeMap<TaskId, u32>>> = Arc::default();
        let seen = runs.clone();
        let registry = flow(vec![act("count", move |cx| {
            *seen.lock().entry(cx.task.id).or_default() += 1;
            std::future::ready(Ok(json!(null)))
        })])
        .registry();
        let mut tx = house.store.begin().await.unwrap();
        let tasks = vec![house.task(); 2_500];
        let now = house.clock.now();
        assert_eq!(
            enqueue_many(&mut tx, tasks, &*house.ids, now)
                .await
                .unwrap(),
            2_500
        );
        tx.commit().await.unwrap();
        let mut bench = house.bench.clone();
        bench.config.slots = 64;
        let (one, two) = (bench.engine(registry.clone()), bench.engine(registry));
        let shutdown = CancellationToken::new();
        let stop = async {
            wait_for(&house, 2_500).await;
            shutdown.cancel();
        };
        tokio::join!(
            Box::pin(one.run(shutdown.clone())),
            Box::pin(two.run(shutdown.clone())),
            stop
        );
        let runs = runs.lock();
        assert_eq!(runs.len(), 2_500);
        assert!(runs.values().all(|count| *count == 1), "a task ran twice");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn limits_hold_over_two_workers_and_a_full_key_does_not_hold_up_the_others() {
    for house in House::all().await {
        #[derive(Default)]
        struct Seen {
            now: BTreeMap<String, u32>,
            most: BTreeMap<String, u32>,
            order: Vec<String>,
        }
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let watch = seen.clone();
        let mut limited = flow(vec![act("work", move |cx| {
            let seen = watch.clone();
            async move {
                // The nominal time tells the account: the busy one has none.
                let key = if cx.task.nominal_at.is_some() {
                    "quiet"
                } else {
                    "busy"
                }
                .to_owned();
                let enter = |key: &str| {
                    let mut seen = seen.lock();
                    let now = seen.now.entry(key.to_owned()).or_default();
                    *now += 1;
                    let now = *now;
                    let most = seen.most.entry(key.to_owned()).or_default();
                    *most = now.max(*most);
                };
                enter(&key);
                enter("all");
                tokio::time::sleep(std::time::Duration::from_millis(3)).await;
                let mut seen = seen.lock();
                for name in [key.as_str(), "all"] {
                    if let Some(now) = seen.now.get_mut(name) {
                        *now -= 1;
                    }
                }
                seen.order.push(key);
                Ok(json!(null))
            }
        })]);
        limited.key_limit = Some(3);
        limited.kind_limit = Some(5);
        let registry = limited.registry();
        let mut busy = house.task();
        busy.concurrency_key = Some("busy".to_owned());
        let mut quiet = house.task();
        quiet.concurrency_key = Some("quiet".to_owned());
        quiet.nominal_at = Some(house.clock.now());
        let mut tasks = vec![busy; 300];
        tasks.extend(vec![quiet; 10]);
        let mut tx = house.store.begin().await.unwrap();
        enqueue_many(&mut tx, tasks, &*house.ids, house.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let (one, two) = (
            house.bench.engine(registry.clone()),
            house.bench.engine(registry),
        );
        let shutdown = CancellationToken::new();
        let stop = async {
            wait_for(&house, 310).await;
            shutdown.cancel();
        };
        tokio::join!(
            Box::pin(one.run(shutdown.clone())),
            Box::pin(two.run(shutdown.clone())),
            stop
        );
        let seen = seen.lock();
        let busy = seen.most.get("busy").copied().unwrap();
        assert!(
            (2..=3).contains(&busy),
            "{busy} of the busy account at once"
        );
        assert!(seen.most.get("quiet").is_some_and(|most| *most <= 3));
        assert!(seen.most.get("all").is_some_and(|most| *most <= 5));
        let last_quiet = seen.order.iter().rposition(|key| key == "quiet").unwrap();
        assert!(
            last_quiet < 100,
            "the quiet account waited for the busy one: {last_quiet}"
        );
    }
}

#[tokio::test]
async fn a_unique_key_makes_one_task_per_organization() {
    for house in House::all().await {
        let mut new = house.task();
        new.unique_key = Some("the key".to_owned());
        let mut tx = house.store.begin().await.unwrap();
        let now = house.clock.now();
        let first = crate::enqueue(&mut tx, new.clone(), &*house.ids, now)
            .await
            .unwrap();
        let second = crate::enqueue(&mut tx, new.clone(), &*house.ids, now)
            .await
            .unwrap();
        assert!(first.is_new && !second.is_new);
        assert_eq!(first.task_id, second.task_id);
        let many = vec![new.clone(), house.task(), new];
        assert_eq!(
            enqueue_many(&mut tx, many, &*house.ids, now).await.unwrap(),
            1
        );
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_task_keeps_its_version_and_waits_for_a_server_that_knows_it() {
    for house in House::all().await {
        let (bench, organization) = (&house.bench, house.organization);
        let mut first = flow(vec![act("old", |_| async {
            Err(crate::TaskError::retry_after(
                "WAIT",
                "Wait.",
                jiff::SignedDuration::from_secs(1),
            ))
        })]);
        first.version = 1;
        let id = bench.enqueue(house.task()).await;
        let waits = |task: &domain::task::Task| task.failure.is_some();
        bench
            .run_until(first.registry(), organization, id, "old", waits)
            .await;
        house.clock.advance(jiff::SignedDuration::from_secs(2));
        // A newer server that no longer knows version 1 leaves it alone, and runs new ones.
        let newer = || {
            let mut flow = flow(vec![act("new", |_| async { Ok(json!("new")) })]);
            flow.version = 2;
            flow
        };
        let other = bench.enqueue(house.task()).await;
        let ran = bench
            .run_to_end(newer().registry(), organization, other, "new")
            .await;
        assert_eq!(ran.result, Some(json!({ "output": "new", "warnings": [] })));
        assert_eq!(
            bench.task(organization, id).await.status,
            TaskStatus::Queued
        );
        // One that knows both finishes it as it was begun.
        let old = flow(vec![act("old", |_| async { Ok(json!("old")) })]);
        let both = crate::Registry::new().with(old).with(newer());
        let ran = bench.run_to_end(both, organization, id, "both").await;
        assert_eq!(ran.result, Some(json!({ "output": "old", "warnings": [] })));
    }
}

#[tokio::test]
async fn progress_is_written_while_the_step_runs() {
    for house in House::all().await {
        let go = Arc::new(tokio::sync::Notify::new());
        let wait = go.clone();
        let registry = flow(vec![act("bytes", move |cx| {
            let wait = wait.clone();
            async move {
                cx.progress(1 << 40, 3 << 40);
                wait.notified().await;
                Ok(json!(1))
            }
        })])
        .registry();
        let (bench, organization) = (&house.bench, house.organization);
        let id = bench.enqueue(house.task()).await;
        let looking = async {
            let moved = |task: &domain::task::Task| task.progress.done == 1 << 40;
            let task = bench.wait(organization, id, "progress", moved).await;
            assert_eq!(task.status, TaskStatus::Running);
            assert_eq!(task.step.as_deref(), Some("bytes"));
            go.notify_one();
        };
        let running = bench.run_to_end(registry, organization, id, "end");
        let (task, ()) = tokio::join!(running, looking);
        assert_eq!(task.progress.done, 3 << 40);
    }
}
