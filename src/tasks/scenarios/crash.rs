//! Workers that die, hang, or are shut down in the middle of a step.

use std::sync::Arc;

use domain::Clock;
use domain::task::{Task, TaskStatus};
use jiff::SignedDuration;
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::flow::{act, flow};
use super::house::{Counts, House, count};
use crate::error::WORKER_LOST;

#[tokio::test]
async fn after_a_crash_another_worker_goes_on_where_the_rows_say() {
    for house in House::all().await {
        let (counts, crashed) = (Counts::default(), Arc::new(Notify::new()));
        let (one, two, tell) = (counts.clone(), counts.clone(), crashed.clone());
        let registry = flow(vec![
            act("first", move |_| {
                count(&one, "first");
                async { Ok(json!("kept")) }
            }),
            act("second", move |cx| {
                let calls = count(&two, "second");
                let tell = tell.clone();
                async move {
                    if calls == 1 {
                        tell.notify_one();
                        std::future::pending::<()>().await;
                    }
                    cx.output::<String>("first").map(|kept| json!(kept))
                }
            }),
        ])
        .registry();
        let (bench, organization) = (&house.bench, house.organization);
        let id = bench.enqueue(house.task()).await;
        let engine = bench.engine(registry.clone());
        tokio::select! {
            () = Box::pin(engine.run(CancellationToken::new())) => {}
            () = crashed.notified() => {}
        }
        // Its lease is not over: nobody may take the task.
        let cx = house.by_hand();
        assert_eq!(
            crate::Rescue::new(registry.clone())
                .rescue(&cx)
                .await
                .unwrap(),
            0
        );
        house
            .clock
            .advance(bench.config.lease + SignedDuration::from_micros(1));
        assert_eq!(
            crate::Rescue::new(registry.clone())
                .rescue(&cx)
                .await
                .unwrap(),
            1
        );
        let task = bench.task(organization, id).await;
        assert_eq!(task.status, TaskStatus::Queued);
        assert_eq!(task.failure.unwrap().code, WORKER_LOST);
        let task = bench
            .run_to_end(registry, organization, id, "resumed")
            .await;
        assert_eq!((task.status, task.attempt), (TaskStatus::Completed, 2));
        assert_eq!(
            task.result,
            Some(json!({ "output": "kept", "warnings": [] }))
        );
        assert_eq!(
            counts.lock().get("first"),
            Some(&1),
            "a done step is not done again"
        );
        assert_eq!(counts.lock().get("second"), Some(&2));
    }
}

#[tokio::test]
async fn a_task_that_kills_its_workers_fails_in_the_end_and_is_undone() {
    for house in House::all().await {
        let (crashed, undone) = (Arc::new(Notify::new()), Counts::default());
        let (tell, counts) = (crashed.clone(), undone.clone());
        let registry = flow(vec![
            act("deadly", move |_| {
                tell.notify_one();
                std::future::pending()
            })
            .undoing(move |_| {
                count(&counts, "undone");
                Ok(())
            }),
        ])
        .registry();
        let (bench, organization) = (&house.bench, house.organization);
        let id = bench.enqueue(house.task()).await;
        // Three are forgiven.
        for _ in 0..4 {
            let engine = bench.engine(registry.clone());
            tokio::select! {
                () = Box::pin(engine.run(CancellationToken::new())) => {}
                () = crashed.notified() => {}
            }
            assert_eq!(bench.rescue(registry.clone()).await, 1);
        }
        let task = bench.run_to_end(registry, organization, id, "deadly").await;
        assert_eq!((task.status, task.attempt), (TaskStatus::Failed, 5));
        assert_eq!(task.failure.unwrap().code, WORKER_LOST);
        assert_eq!(undone.lock().get("undone"), Some(&1));
    }
}

#[tokio::test]
async fn a_worker_that_was_stopped_and_wakes_changes_nothing_any_more() {
    for house in House::all().await {
        let (counts, hangs, wakes) = (
            Counts::default(),
            Arc::new(Notify::new()),
            Arc::new(Notify::new()),
        );
        let (effects, tell, wait) = (counts.clone(), hangs.clone(), wakes.clone());
        let registry = flow(vec![act("effect", move |cx| {
            let calls = count(&effects, "calls");
            let (effects, tell, wait) = (effects.clone(), tell.clone(), wait.clone());
            async move {
                if calls == 1 {
                    // SIGSTOP: no heartbeat, no look at anything, until it goes on.
                    tell.notify_one();
                    wait.notified().await;
                }
                cx.check_lease()?;
                count(&effects, "effects");
                Ok(json!(cx.attempt))
            }
        })])
        .registry();
        let organization = house.organization;
        let mut frozen = house.bench.clone();
        // Its heart does not beat, and nobody tells it that it has lost anything.
        frozen.config.heartbeat = std::time::Duration::from_secs(3_600);
        frozen.config.poll = std::time::Duration::from_secs(3_600);
        let id = frozen.enqueue(house.task()).await;
        let shutdown = CancellationToken::new();
        let first = frozen.engine(registry.clone());
        let others = async {
            hangs.notified().await;
            house
                .clock
                .advance(house.bench.config.lease + SignedDuration::from_secs(1));
            let cx = house.by_hand();
            assert_eq!(
                crate::Rescue::new(registry.clone())
                    .rescue(&cx)
                    .await
                    .unwrap(),
                1
            );
            let task = house
                .bench
                .run_to_end(registry.clone(), organization, id, "the other")
                .await;
            assert_eq!((task.status, task.attempt), (TaskStatus::Completed, 2));
            wakes.notify_one();
            shutdown.cancel();
            task
        };
        let ((), ended) = tokio::join!(Box::pin(first.run(shutdown.clone())), others);
        assert_eq!(
            counts.lock().get("effects"),
            Some(&1),
            "the stopped one has no effect"
        );
        assert_eq!(house.bench.task(organization, id).await, ended);
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn writes_of_a_lost_attempt_are_refused_in_every_status() {
    use store::tasks::queue::{
        Change, ClaimRequest, Claimable, Fence, system_change, system_claim,
    };
    for house in House::all().await {
        let claimable = [Claimable {
            kind: domain::task::TaskKind::ReconcileVault,
            versions: vec![1],
            newest: 1,
            kind_limit: None,
            key_limit: None,
        }];
        let claim = async |owner: &str| {
            let now = house.clock.now();
            let until = now + SignedDuration::from_secs(60);
            let request = ClaimRequest {
                owner,
                claimable: &claimable,
                count: 1,
                until,
                now,
            };
            let mut tx = house.store.begin().await.unwrap();
            let claimed = system_claim(&mut tx, &request).await.unwrap();
            tx.commit().await.unwrap();
            claimed.into_iter().next().unwrap().task
        };
        let id = house.bench.enqueue(house.task()).await;
        let first = claim("first").await;
        let fence = |task: &Task| Fence {
            task_id: task.id,
            organization_id: task.organization_id,
            attempt: task.attempt,
        };
        let complete = async |fence: Fence| {
            let change = Change::End {
                status: TaskStatus::Completed,
                failure: None,
                result: None,
                progress: None,
            };
            let mut tx = house.store.begin().await.unwrap();
            let from = [
                TaskStatus::Running,
                TaskStatus::Aborting,
                TaskStatus::Queued,
            ];
            let now = house.clock.now();
            let changed = system_change(&mut tx, &[fence], &from, &change, now)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            !changed.is_empty()
        };
        let registry = flow(Vec::new()).registry();
        assert_eq!(house.bench.rescue(registry.clone()).await, 1);
        assert!(!complete(fence(&first)).await, "queued again");
        house.clock.advance(SignedDuration::from_secs(60));
        let second = claim("second").await;
        assert!(!complete(fence(&first)).await, "another attempt runs");
        let mut tx = house.store.begin().await.unwrap();
        let now = house.clock.now();
        crate::abort(&mut tx, house.organization, id, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(house.bench.rescue(registry).await, 1);
        assert!(!complete(fence(&second)).await, "aborting without a lease");
        house.clock.advance(SignedDuration::from_secs(60));
        let third = claim("third").await;
        assert_eq!(third.status, TaskStatus::Aborting);
        assert!(!complete(fence(&second)).await, "another one aborts");
        assert!(complete(fence(&third)).await);
        assert!(
            !complete(fence(&third)).await,
            "an ended task never changes again"
        );
    }
}

#[tokio::test]
async fn a_shutdown_gives_unfinished_tasks_back_and_costs_no_budget() {
    for house in House::all().await {
        let (counts, begun) = (Counts::default(), Arc::new(Notify::new()));
        let (calls, tell) = (counts.clone(), begun.clone());
        let registry = flow(vec![
            act("done", |_| async { Ok(json!(1)) }),
            act("long", move |cx| {
                let calls = count(&calls, "calls");
                let tell = tell.clone();
                async move {
                    match calls {
                        // Does not listen: it is dropped after the grace time.
                        1 => {
                            tell.notify_one();
                            std::future::pending::<()>().await;
                        }
                        // Listens.
                        2 => {
                            tell.notify_one();
                            cx.cancelled().await;
                            return Err(crate::TaskError::lease_lost());
                        }
                        _ => {}
                    }
                    Ok(json!(2))
                }
            }),
        ])
        .registry();
        let (bench, organization) = (&house.bench, house.organization);
        let id = bench.enqueue(house.task()).await;
        for attempt in 1..=2 {
            let shutdown = CancellationToken::new();
            let engine = bench.engine(registry.clone());
            let stop = async {
                begun.notified().await;
                shutdown.cancel();
            };
            tokio::join!(Box::pin(engine.run(shutdown.clone())), stop);
            let task = bench.task(organization, id).await;
            assert_eq!((task.status, task.attempt), (TaskStatus::Queued, attempt));
            assert_eq!(task.failure, None);
        }
        let task = bench
            .run_to_end(registry, organization, id, "at last")
            .await;
        assert_eq!((task.status, task.attempt), (TaskStatus::Completed, 3));
    }
}
