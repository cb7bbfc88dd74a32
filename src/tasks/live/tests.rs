//! Tests of live events: nothing lost, nothing twice, wherever a subscriber begins and however slow it is.

use std::time::Duration;

use domain::event::{ChangeKind, NewEvent};
use domain::{IdSource, SystemIds, TestClock};
use futures_util::StreamExt;

use super::*;

async fn tell(store: &Store, organization: OrganizationId, topic: Topic, subjects: &[&str]) {
    let mut tx = store.begin().await.unwrap();
    for subject in subjects {
        tx.tell(NewEvent {
            organization_id: organization,
            topic,
            change: ChangeKind::Updated,
            subject: (*subject).to_owned(),
        });
    }
    tx.commit().await.unwrap();
}

fn organization() -> OrganizationId {
    OrganizationId::from_uuid(SystemIds::new(TestClock::default()).uuid())
}

async fn next(stream: &mut (impl Stream<Item = Result<Event, LiveError>> + Unpin)) -> Event {
    let next = tokio::time::timeout(Duration::from_secs(20), stream.next()).await;
    next.expect("an event in time")
        .expect("no end")
        .expect("no error")
}

#[tokio::test]
async fn without_a_cursor_only_what_comes_is_heard() {
    for store in store::testing::all().await {
        let (ours, theirs) = (organization(), organization());
        tell(&store, ours, Topic::Task, &["before"]).await;
        let events = Events::new(store.clone());
        let stream = events.subscribe(ours, vec![Topic::Task], None);
        futures_util::pin_mut!(stream);
        // The first poll fixes the place.
        assert!(futures_util::poll!(stream.next()).is_pending());
        let mut waiting = Box::pin(next(&mut stream));
        let pause = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
        assert!(pause.is_err(), "nothing of the past");
        tell(&store, theirs, Topic::Task, &["foreign"]).await;
        tell(&store, ours, Topic::Asset, &["another topic"]).await;
        tell(&store, ours, Topic::Task, &["after"]).await;
        assert_eq!(waiting.await.subject, "after");
    }
}

#[tokio::test]
async fn a_cursor_replays_and_goes_on_without_gap_or_double() {
    for store in store::testing::all().await {
        let ours = organization();
        let events = Events::new(store.clone());
        tell(&store, ours, Topic::Task, &["0", "1", "2"]).await;
        let first = {
            let stream = events.subscribe(ours, Vec::new(), Some(cursor(0)));
            futures_util::pin_mut!(stream);
            assert_eq!(next(&mut stream).await.subject, "0");
            next(&mut stream).await
        };
        assert_eq!(first.subject, "1");
        let writer = async {
            for number in 3..60 {
                tell(&store, ours, Topic::Task, &[&number.to_string()]).await;
            }
        };
        let reader = async {
            let mut last = cursor(first.sequence);
            // A client that loses its connection every few events, and is slow.
            let mut seen = Vec::new();
            while seen.len() < 58 {
                let stream = events.subscribe(ours, Vec::new(), Some(last.clone()));
                futures_util::pin_mut!(stream);
                for _ in 0..7.min(58 - seen.len()) {
                    let event = next(&mut stream).await;
                    last = cursor(event.sequence);
                    seen.push(event.subject);
                    tokio::task::yield_now().await;
                }
            }
            seen
        };
        let ((), seen) = tokio::join!(writer, reader);
        let expected: Vec<String> = (2..60).map(|number| number.to_string()).collect();
        assert_eq!(seen, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_subscribers_hear_everything_of_many_writers_in_one_order() {
    const WRITERS: usize = 8;
    const EACH: usize = 40;
    for store in store::testing::all().await {
        let ours = organization();
        let events = Events::new(store.clone());
        let head = events.head(ours).await.unwrap();
        let write = |writer: usize| {
            let store = store.clone();
            async move {
                for number in 0..EACH {
                    tell(&store, ours, Topic::Task, &[&format!("{writer}:{number}")]).await;
                }
            }
        };
        let listen = |_: usize| {
            let stream = events.subscribe(ours, Vec::new(), Some(head.clone()));
            async move {
                futures_util::pin_mut!(stream);
                let mut seen = Vec::new();
                for _ in 0..WRITERS * EACH {
                    let event = next(&mut stream).await;
                    seen.push((event.sequence, event.subject));
                }
                seen
            }
        };
        let writers = futures_util::future::join_all((0..WRITERS).map(write));
        let listeners = futures_util::future::join_all((0..50).map(listen));
        let (_, all) = tokio::join!(writers, listeners);
        assert!(all[0].is_sorted());
        assert!(all.iter().all(|seen| *seen == all[0]));
    }
}

#[tokio::test]
async fn more_than_memory_keeps_is_read_from_the_table() {
    let store = store::testing::fresh().await;
    let ours = organization();
    let events = Events::new(store.clone());
    let head = events.head(ours).await.unwrap();
    let stream = events.subscribe(ours, Vec::new(), Some(head));
    futures_util::pin_mut!(stream);
    assert!(futures_util::poll!(stream.next()).is_pending());
    let many: Vec<String> = (0..KEPT + 700).map(|number| number.to_string()).collect();
    for chunk in many.chunks(997) {
        let chunk: Vec<&str> = chunk.iter().map(String::as_str).collect();
        tell(&store, ours, Topic::Task, &chunk).await;
    }
    // Another one makes the memory move on while the first sleeps.
    let ahead = events.subscribe(ours, Vec::new(), None);
    futures_util::pin_mut!(ahead);
    let pause = tokio::time::timeout(Duration::from_millis(200), ahead.next()).await;
    assert!(pause.is_err());
    for number in &many {
        assert_eq!(next(&mut stream).await.subject, *number);
    }
}

#[tokio::test]
async fn unknown_and_old_cursors_are_told_apart() {
    for store in store::testing::all().await {
        let ours = organization();
        tell(&store, ours, Topic::Task, &["0", "1", "2"]).await;
        let events = Events::new(store.clone());
        let ended = async |after: &str| {
            let stream = events.subscribe(ours, Vec::new(), Some(after.to_owned()));
            futures_util::pin_mut!(stream);
            stream.next().await.unwrap().unwrap_err()
        };
        for after in [
            "",
            "e",
            "nonsense",
            "e-1",
            "e+1",
            "effffff",
            "e8000000000000000",
        ] {
            assert!(
                matches!(ended(after).await, LiveError::UnknownCursor),
                "{after}"
            );
        }
        let first = store::events::since(&store.read(), ours, 0, 1)
            .await
            .unwrap()
            .remove(0);
        let mut tx = store.begin().await.unwrap();
        // All of today's events are old by then, except the newest, which stays.
        let late = first.created_at + jiff::SignedDuration::from_hours(1);
        assert_eq!(
            store::events::system_purge(&mut tx, late, 100)
                .await
                .unwrap(),
            2
        );
        tx.commit().await.unwrap();
        let old = ended(&cursor(first.sequence)).await;
        assert!(matches!(old, LiveError::CursorTooOld), "{old:?}");
        let head = events.head(ours).await.unwrap();
        let stream = events.subscribe(ours, Vec::new(), Some(head));
        futures_util::pin_mut!(stream);
        tell(&store, ours, Topic::Task, &["3"]).await;
        assert_eq!(next(&mut stream).await.subject, "3");
    }
}
