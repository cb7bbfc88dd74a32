//! Being told to stop, in each state.

use std::sync::Arc;

use domain::Clock;
use domain::task::{Task, TaskStatus};
use serde_json::json;
use tokio::sync::Notify;

use super::flow::{act, flow};
use super::house::{Counts, House, count};
use crate::{AbortOutcome, Registry, RetryOutcome, TaskError};

async fn abort(house: &House, id: domain::TaskId) -> Option<AbortOutcome> {
    let mut tx = house.store.begin().await.unwrap();
    let now = house.clock.now();
    let outcome = crate::abort(&mut tx, house.organization, id, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    outcome
}

/// One step that waits to be told to stop, and counts its undoing.
fn patient(counts: &Counts, begun: &Arc<Notify>) -> Registry {
    let (counts, begun) = (counts.clone(), begun.clone());
    flow(vec![
        act("made", |_| async { Ok(json!("thing")) }).undoing({
            let counts = counts.clone();
            move |cx| {
                let made: Option<String> = cx.find_output("made")?;
                assert_eq!(made.as_deref(), Some("thing"));
                count(&counts, "made undone");
                Ok(())
            }
        }),
        act("waits", move |cx| {
            let begun = begun.clone();
            async move {
                begun.notify_one();
                cx.cancelled().await;
                assert!(cx.is_aborting());
                cx.check_lease()?;
                Err(TaskError::abort())
            }
        })
        .undoing(move |_| {
            count(&counts, "wait undone");
            Ok(())
        }),
    ])
    .registry()
}

#[tokio::test]
async fn a_task_that_has_not_begun_is_aborted_at_once() {
    for house in House::all().await {
        let id = house.bench.enqueue(house.task()).await;
        assert_eq!(abort(&house, id).await, Some(AbortOutcome::Aborted));
        let task = house.bench.task(house.organization, id).await;
        assert_eq!(task.status, TaskStatus::Aborted);
        assert!(task.finished_at.is_some() && task.started_at.is_none());
        let again = abort(&house, id).await;
        assert_eq!(again, Some(AbortOutcome::Ended(TaskStatus::Aborted)));
        let foreign = domain::TaskId::fresh(&*house.ids);
        assert_eq!(abort(&house, foreign).await, None);
    }
}

#[tokio::test]
async fn a_running_task_stops_undoes_and_is_aborted() {
    for house in House::all().await {
        let (counts, begun) = (Counts::default(), Arc::new(Notify::new()));
        let registry = patient(&counts, &begun);
        let id = house.bench.enqueue(house.task()).await;
        let stopping = async {
            begun.notified().await;
            assert_eq!(abort(&house, id).await, Some(AbortOutcome::Aborting));
            assert_eq!(abort(&house, id).await, Some(AbortOutcome::Aborting));
        };
        let running = house
            .bench
            .run_to_end(registry, house.organization, id, "abort");
        let (task, ()) = tokio::join!(running, stopping);
        assert_eq!((task.status, task.failure), (TaskStatus::Aborted, None));
        assert_eq!(counts.lock().get("made undone"), Some(&1));
        assert_eq!(counts.lock().get("wait undone"), Some(&1));
    }
}

#[tokio::test]
async fn a_step_that_does_not_listen_is_dropped_after_the_grace_time() {
    for house in House::all().await {
        let begun = Arc::new(Notify::new());
        let tell = begun.clone();
        let registry = flow(vec![act("deaf", move |_| {
            tell.notify_one();
            std::future::pending()
        })])
        .registry();
        let id = house.bench.enqueue(house.task()).await;
        let stopping = async {
            begun.notified().await;
            abort(&house, id).await;
        };
        let running = house
            .bench
            .run_to_end(registry, house.organization, id, "deaf");
        let (task, ()) = tokio::join!(running, stopping);
        assert_eq!(task.status, TaskStatus::Aborted);
    }
}

#[tokio::test]
async fn a_blocked_task_and_one_that_waits_for_another_attempt_are_undone() {
    for house in House::all().await {
        for error in [
            TaskError::block("KEY_DISABLED", "Enable the key."),
            TaskError::retry_after("LATER", "Later.", jiff::SignedDuration::from_hours(1)),
        ] {
            let counts = Counts::default();
            let undone = counts.clone();
            let registry = flow(vec![
                act("made", |_| async { Ok(json!(1)) }).undoing(move |_| {
                    count(&undone, "undone");
                    Ok(())
                }),
                act("waits", move |_| std::future::ready(Err(error.clone()))),
            ])
            .registry();
            let (bench, organization) = (&house.bench, house.organization);
            let id = bench.enqueue(house.task()).await;
            let waits = |task: &Task| task.failure.is_some();
            bench
                .run_until(registry.clone(), organization, id, "waits", waits)
                .await;
            assert_eq!(abort(&house, id).await, Some(AbortOutcome::Aborting));
            let task = bench.run_to_end(registry, organization, id, "undone").await;
            assert_eq!((task.status, task.failure), (TaskStatus::Aborted, None));
            assert_eq!(counts.lock().get("undone"), Some(&1));
        }
    }
}

#[tokio::test]
async fn an_abort_that_comes_while_the_worker_is_dead_is_done_by_the_next() {
    for house in House::all().await {
        let (counts, begun) = (Counts::default(), Arc::new(Notify::new()));
        let registry = patient(&counts, &begun);
        let (bench, organization) = (&house.bench, house.organization);
        let id = bench.enqueue(house.task()).await;
        let engine = bench.engine(registry.clone());
        tokio::select! {
            () = Box::pin(engine.run(tokio_util::sync::CancellationToken::new())) => {}
            () = begun.notified() => {}
        }
        assert_eq!(abort(&house, id).await, Some(AbortOutcome::Aborting));
        assert_eq!(bench.rescue(registry.clone()).await, 1);
        house.clock.advance(jiff::SignedDuration::from_secs(1));
        let task = bench.run_to_end(registry, organization, id, "orphan").await;
        assert_eq!(task.status, TaskStatus::Aborted);
        assert_eq!(counts.lock().get("made undone"), Some(&1));
    }
}

#[tokio::test]
async fn trying_again_hurries_a_waiting_task_and_repeats_an_ended_one() {
    for house in House::all().await {
        let calls = Counts::default();
        let registry = flow(vec![act("fails at first", move |_| {
            let calls = count(&calls, "calls");
            async move {
                match calls {
                    1 => Err(TaskError::block("KEY_DISABLED", "Enable the key.")),
                    2 => Err(TaskError::fail("GONE", "Gone.")),
                    _ => Ok(json!(1)),
                }
            }
        })])
        .registry();
        let (bench, organization) = (&house.bench, house.organization);
        let mut new = house.task();
        new.unique_key = Some("once".to_owned());
        let id = bench.enqueue(new).await;
        let blocked = |task: &Task| task.status == TaskStatus::Blocked;
        bench
            .run_until(registry.clone(), organization, id, "blocked", blocked)
            .await;
        let retry = async |id| {
            let mut tx = house.store.begin().await.unwrap();
            let now = house.clock.now();
            let outcome = crate::retry(&mut tx, organization, id, &*house.ids, now).await;
            tx.commit().await.unwrap();
            outcome.unwrap()
        };
        assert_eq!(retry(id).await, Some(RetryOutcome::Hurried(id)));
        let task = bench
            .run_to_end(registry.clone(), organization, id, "failed")
            .await;
        assert_eq!(task.status, TaskStatus::Failed);
        let Some(RetryOutcome::Repeated(other)) = retry(id).await else {
            panic!("not repeated");
        };
        assert_ne!(other, id);
        let task = bench
            .run_to_end(registry, organization, other, "repeated")
            .await;
        assert_eq!(task.status, TaskStatus::Completed);
        assert_eq!(
            bench.task(organization, id).await.status,
            TaskStatus::Failed
        );
        assert_eq!(
            retry(other).await,
            Some(RetryOutcome::Refused(TaskStatus::Completed))
        );
        assert_eq!(retry(domain::TaskId::fresh(&*house.ids)).await, None);
    }
}
