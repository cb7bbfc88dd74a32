//! Every kind of ending, and what leads to it.

use domain::Clock;
use domain::task::{StepStatus, TaskStatus};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::flow::{act, flow};
use super::house::{Counts, House, count};
use crate::TaskError;

#[tokio::test]
async fn steps_run_in_order_and_hand_on_what_they_found() {
    for house in House::all().await {
        let registry = flow(vec![
            act("first", |_| async { Ok(json!({ "number": 7 })) }),
            act("second", |cx| async move {
                #[derive(serde::Deserialize)]
                struct First {
                    number: u32,
                }
                let first: First = cx.output("first")?;
                assert!(cx.output::<First>("third").is_err());
                cx.progress(5, 10);
                Ok(json!(first.number * 6))
            }),
        ])
        .registry();
        let id = house.bench.enqueue(house.task()).await;
        let task = house
            .bench
            .run_to_end(registry, house.organization, id, "in order")
            .await;
        assert_eq!(task.status, TaskStatus::Completed, "{task:?}");
        assert_eq!(task.result, Some(json!({ "output": 42, "warnings": [] })));
        assert_eq!((task.progress.done, task.progress.total), (10, 10));
        assert_eq!((task.attempt, task.step, task.failure), (1, None, None));
        let steps = store::task_steps::list(&house.store.read(), house.organization, id).await;
        let steps = steps.unwrap();
        let shown: Vec<_> = steps
            .iter()
            .map(|step| (step.name.as_str(), step.status))
            .collect();
        assert_eq!(
            shown,
            [("first", StepStatus::Done), ("second", StepStatus::Done)]
        );
        assert_ne!(steps[0].intent_key, steps[1].intent_key);
    }
}

#[tokio::test]
async fn warnings_make_it_complete_with_warnings() {
    for house in House::all().await {
        let registry = flow(vec![
            act("warn", |cx| async move {
                cx.warn("two tags were refused");
                Ok(Json::Null)
            }),
            act("rest", |_| async { Ok(Json::Null) }),
        ])
        .registry();
        let id = house.bench.enqueue(house.task()).await;
        let task = house
            .bench
            .run_to_end(registry, house.organization, id, "warns")
            .await;
        assert_eq!(task.status, TaskStatus::CompletedWithWarnings);
        let expected = json!({ "output": null, "warnings": ["two tags were refused"] });
        assert_eq!(task.result, Some(expected));
    }
}

#[tokio::test]
async fn a_failure_for_good_undoes_in_reverse_and_keeps_its_cause() {
    for house in House::all().await {
        let order = std::sync::Arc::new(parking_lot::Mutex::new(Vec::new()));
        let undone = |name: &'static str| {
            let order = order.clone();
            move |_: &crate::StepContext| {
                order.lock().push(name);
                Ok(())
            }
        };
        let registry = flow(vec![
            act("a", |_| async { Ok(json!(1)) }).undoing(undone("a")),
            act("b", |_| async { Ok(json!(2)) }).undoing(undone("b")),
            act("c", |_| async {
                let error = TaskError::fail("NO_SUCH_VOLUME", "The volume\0is gone.");
                Err(error.with_aws_request_id(Some("req-1".to_owned())))
            })
            .undoing(undone("c")),
            act("d", |_| async { Ok(json!(4)) }).undoing(undone("d")),
        ])
        .registry();
        let id = house.bench.enqueue(house.task()).await;
        let task = house
            .bench
            .run_to_end(registry, house.organization, id, "fails")
            .await;
        assert_eq!(task.status, TaskStatus::Failed);
        let failure = task.failure.unwrap();
        assert_eq!(
            (failure.code.as_str(), failure.is_retryable),
            ("NO_SUCH_VOLUME", false)
        );
        assert_eq!(failure.aws_request_id.as_deref(), Some("req-1"));
        assert_eq!(*order.lock(), ["c", "b", "a"]);
        let steps = store::task_steps::list(&house.store.read(), house.organization, id).await;
        assert!(
            steps
                .unwrap()
                .iter()
                .all(|step| step.status == StepStatus::Undone)
        );
    }
}

#[tokio::test]
async fn failures_are_tried_again_within_the_budget_and_a_finished_step_forgives() {
    for house in House::all().await {
        let counts = Counts::default();
        let (one, two) = (counts.clone(), counts.clone());
        let registry = flow(vec![
            act("flaky", move |_| {
                let calls = count(&one, "flaky");
                async move {
                    // Three failures: the whole budget.
                    if calls <= 3 {
                        Err(TaskError::retry("BUSY", "Busy."))
                    } else {
                        Ok(json!(1))
                    }
                }
            }),
            act("flaky too", move |_| {
                let calls = count(&two, "flaky too");
                async move {
                    if calls <= 3 {
                        Err(TaskError::retry("BUSY", "Busy."))
                    } else {
                        Ok(json!(1))
                    }
                }
            }),
        ])
        .registry();
        let id = house.bench.enqueue(house.task()).await;
        let task = house
            .bench
            .run_to_end(registry, house.organization, id, "flaky")
            .await;
        assert_eq!(task.status, TaskStatus::Completed, "{task:?}");
        assert_eq!(task.attempt, 7);
        assert_eq!(task.failure, None);
    }
}

#[tokio::test]
async fn a_spent_budget_is_a_failure_and_each_class_has_its_own() {
    for house in House::all().await {
        let counts = Counts::default();
        let calls = counts.clone();
        let registry = flow(vec![act("hopeless", move |_| {
            let calls = count(&calls, "calls");
            async move {
                if calls.is_multiple_of(2) {
                    Err(TaskError::throttled("SLOW", "Slow down."))
                } else {
                    Err(TaskError::retry("BUSY", "Busy."))
                }
            }
        })])
        .registry();
        let id = house.bench.enqueue(house.task()).await;
        let task = house
            .bench
            .run_to_end(registry, house.organization, id, "hopeless")
            .await;
        assert_eq!(task.status, TaskStatus::Failed);
        let failure = task.failure.unwrap();
        assert_eq!(
            (failure.code.as_str(), failure.is_retryable),
            ("BUSY", true)
        );
        // Three of each are forgiven; the fourth of the first class is one too many.
        assert_eq!(counts.lock().get("calls"), Some(&7));
    }
}

#[tokio::test]
async fn a_delay_is_kept_by_the_clock() {
    for house in House::all().await {
        let counts = Counts::default();
        let calls = counts.clone();
        let registry = flow(vec![act("later", move |_| {
            let calls = count(&calls, "calls");
            async move {
                if calls == 1 {
                    let hour = SignedDuration::from_hours(1);
                    return Err(TaskError::retry_after("NOT_YET", "Not yet.", hour));
                }
                Ok(json!(calls))
            }
        })])
        .registry();
        let (bench, organization) = (&house.bench, house.organization);
        let id = bench.enqueue(house.task()).await;
        let waits = |task: &domain::task::Task| task.failure.is_some();
        let task = bench
            .run_until(registry.clone(), organization, id, "waits", waits)
            .await;
        assert_eq!(task.status, TaskStatus::Queued);
        house.clock.advance(SignedDuration::from_mins(59));
        let early = store::tasks::queue::system_next_run(&house.store.read())
            .await
            .unwrap();
        assert_eq!(
            early,
            Some(house.clock.now() + SignedDuration::from_mins(1))
        );
        house.clock.advance(SignedDuration::from_mins(1));
        let task = bench.run_to_end(registry, organization, id, "later").await;
        assert_eq!((task.status, task.attempt), (TaskStatus::Completed, 2));
    }
}

#[tokio::test]
async fn a_blocked_task_waits_for_a_person_and_spends_no_budget() {
    for house in House::all().await {
        let counts = Counts::default();
        let calls = counts.clone();
        let registry = flow(vec![act("key", move |_| {
            let calls = count(&calls, "calls");
            async move {
                // More often than any budget.
                if calls <= 6 {
                    return Err(TaskError::block("KEY_DISABLED", "Enable the key."));
                }
                Ok(json!(calls))
            }
        })])
        .registry();
        let (bench, organization) = (&house.bench, house.organization);
        let id = bench.enqueue(house.task()).await;
        for attempt in 1..=6 {
            let blocked = move |task: &domain::task::Task| {
                task.status == TaskStatus::Blocked && task.attempt == attempt
            };
            let task = bench
                .run_until(registry.clone(), organization, id, "key", blocked)
                .await;
            assert_eq!(task.failure.unwrap().code, "KEY_DISABLED");
            house.clock.advance(bench.config.block_recheck);
        }
        let task = bench
            .run_to_end(registry, organization, id, "enabled")
            .await;
        assert_eq!((task.status, task.failure), (TaskStatus::Completed, None));
    }
}

#[tokio::test]
async fn a_failed_undo_is_stuck_and_says_so() {
    for house in House::all().await {
        let registry = flow(vec![
            act("snapshot", |_| async { Ok(json!(1)) })
                .undoing(|_| Err(TaskError::fail("DENIED", "Deleting is denied."))),
            act("copy", |_| async {
                Err(TaskError::fail("DISK_FULL", "The disk is full."))
            }),
        ])
        .registry();
        let id = house.bench.enqueue(house.task()).await;
        let task = house
            .bench
            .run_to_end(registry, house.organization, id, "stuck")
            .await;
        assert_eq!(task.status, TaskStatus::Failed);
        let failure = task.failure.unwrap();
        assert_eq!(failure.code, crate::error::STUCK);
        assert!(failure.message.contains("snapshot"), "{}", failure.message);
        assert!(
            failure.message.contains("Deleting is denied"),
            "{}",
            failure.message
        );
    }
}

#[tokio::test]
async fn an_undo_is_tried_again_and_the_cause_of_the_failure_stays() {
    for house in House::all().await {
        let counts = Counts::default();
        let calls = counts.clone();
        let registry = flow(vec![
            act("snapshot", |_| async { Ok(json!(1)) }).undoing(move |_| {
                if count(&calls, "undo") <= 2 {
                    return Err(TaskError::throttled("SLOW", "Slow down."));
                }
                Ok(())
            }),
            act("copy", |_| async {
                Err(TaskError::fail("DISK_FULL", "The disk is full."))
            }),
        ])
        .registry();
        let id = house.bench.enqueue(house.task()).await;
        let task = house
            .bench
            .run_to_end(registry, house.organization, id, "undo")
            .await;
        assert_eq!(task.status, TaskStatus::Failed);
        assert_eq!(task.failure.unwrap().code, "DISK_FULL");
        assert_eq!(counts.lock().get("undo"), Some(&3));
    }
}

#[tokio::test]
async fn a_panic_fails_its_task_and_no_other() {
    for house in House::all().await {
        let calls = Counts::default();
        let registry = flow(vec![act("panics once", move |_| {
            let first = count(&calls, "calls") == 1;
            async move {
                assert!(!first, "the first one panics");
                Ok(json!(1))
            }
        })])
        .registry();
        let (bench, organization) = (&house.bench, house.organization);
        let first = bench.enqueue(house.task()).await;
        let task = bench
            .run_to_end(registry.clone(), organization, first, "panic")
            .await;
        assert_eq!(
            task.failure.map(|failure| failure.code).as_deref(),
            Some(crate::error::PANIC)
        );
        let second = bench.enqueue(house.task()).await;
        let task = bench
            .run_to_end(registry, organization, second, "after it")
            .await;
        assert_eq!(task.status, TaskStatus::Completed);
    }
}

#[tokio::test]
async fn what_the_database_cannot_keep_fails_the_task_and_no_other() {
    for house in House::all().await {
        let registry = flow(vec![act("nul", |cx| async move {
            // PostgreSQL's JSON cannot hold this; SQLite's can.
            let text = if cx.task.unique() { "fine" } else { "nul: \0" };
            Ok(json!(text))
        })])
        .registry();
        let (bench, organization) = (&house.bench, house.organization);
        let bad = bench.enqueue(house.task()).await;
        let mut good = house.task();
        good.unique_key = Some("good".to_owned());
        good.nominal_at = Some(house.clock.now());
        let good = bench.enqueue(good).await;
        let task = bench.run_to_end(registry, organization, good, "good").await;
        assert_eq!(task.status, TaskStatus::Completed);
        let bad = bench.task(organization, bad).await;
        if house.store.backend() == store::Backend::Sqlite {
            assert_ne!(bad.status, TaskStatus::Failed);
        }
    }
}

/// Tells the good task of the scenario above from the bad one.
trait Unique {
    fn unique(&self) -> bool;
}

impl Unique for domain::task::Task {
    fn unique(&self) -> bool {
        self.nominal_at.is_some()
    }
}
