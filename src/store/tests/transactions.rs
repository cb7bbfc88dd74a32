//! Transactions: isolation, events and their order, migration.

use std::sync::Arc;

use domain::event::{ChangeKind, NewEvent, Topic};
use domain::page::PageRequest;
use domain::policy::PolicyFilter;
use domain::{Clock, TestClock};
use futures_util::future::join_all;
use sea_orm::ConnectionTrait;

use super::{World, worlds};
use crate::tx::sealed::Raw;
use crate::{Backend, Error, Store, policies};

#[tokio::test(flavor = "multi_thread")]
async fn no_update_is_lost_among_concurrent_writers() {
    for world in worlds().await {
        let policy = world.add_policy("Gold").await;
        let one = || async {
            for _ in 0..25 {
                let mut tx = world.store.begin().await.unwrap();
                let mut row = policies::lock(&tx, world.id(), policy.id)
                    .await
                    .unwrap()
                    .unwrap();
                let expected = row.version;
                row.version += 1;
                policies::update(&mut tx, &row, expected).await.unwrap();
                tx.commit().await.unwrap();
            }
        };
        join_all((0..8).map(|_| one())).await;
        let row = policies::lookup(&world.store.read(), world.id(), policy.id)
            .await
            .unwrap();
        assert_eq!(row.unwrap().version, 201, "{:?}", world.store.backend());
    }
}

#[tokio::test]
async fn an_update_from_an_old_version_is_refused() {
    for world in worlds().await {
        let policy = world.add_policy("Gold").await;
        let mut tx = world.store.begin().await.unwrap();
        policies::update(&mut tx, &policy, 1).await.unwrap();
        let late = policies::update(&mut tx, &policy, 7).await;
        assert!(
            matches!(
                late,
                Err(Error::Affected {
                    expected: 1,
                    actual: 0
                })
            ),
            "{late:?}"
        );
    }
}

#[tokio::test]
async fn a_dropped_transaction_leaves_neither_rows_nor_events() {
    for world in worlds().await {
        let before = world.told().await;
        let policy = world.policy("Gold");
        let mut tx = world.store.begin().await.unwrap();
        policies::add(&mut tx, &policy).await.unwrap();
        drop(tx);
        let mut watch = world.store.changed();
        let found = policies::lookup(&world.store.read(), world.id(), policy.id)
            .await
            .unwrap();
        assert_eq!(found, None);
        assert_eq!(world.told().await, before);
        assert!(!watch.has_changed().unwrap());
        // The writer is free again, and a commit wakes.
        world.add_policy("Gold").await;
        assert!(watch.has_changed().unwrap());
        watch.mark_unchanged();
        world.store.begin().await.unwrap().commit().await.unwrap();
        assert!(!watch.has_changed().unwrap(), "an empty commit woke");
    }
}

#[tokio::test]
async fn readers_cannot_write_and_writers_are_not_seen_before_they_commit() {
    for world in worlds().await {
        let reader = world.store.read();
        let refused = reader.db().execute_unprepared("DELETE FROM policies").await;
        assert!(refused.is_err());
        let mut tx = world.store.begin().await.unwrap();
        policies::add(&mut tx, &world.policy("Gold")).await.unwrap();
        let (filter, page) = (PolicyFilter::default(), PageRequest::default());
        let outside = policies::list(&reader, world.id(), &filter, &page)
            .await
            .unwrap();
        let inside = policies::list(&tx, world.id(), &filter, &page)
            .await
            .unwrap();
        assert_eq!((outside.items.len(), inside.items.len()), (0, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_misses_no_event_and_reads_them_in_the_order_of_commits() {
    const WRITERS: usize = 16;
    const COMMITS: usize = 20;
    for world in worlds().await {
        let heads = crate::events::bounds(&world.store.read(), world.id())
            .await
            .unwrap();
        let start = heads.unwrap().1;
        let writer = |number: usize| {
            let world = &world;
            async move {
                for commit in 0..COMMITS {
                    let mut tx = world.store.begin().await.unwrap();
                    for event in 0..=number % 3 {
                        tx.tell(NewEvent {
                            organization_id: world.id(),
                            topic: Topic::Task,
                            change: ChangeKind::Updated,
                            subject: format!("{number}/{commit}/{event}"),
                        });
                    }
                    tx.commit().await.unwrap();
                }
            }
        };
        let total: usize = (0..WRITERS).map(|number| (number % 3 + 1) * COMMITS).sum();
        let follower = async {
            let mut watch = world.store.changed();
            let (mut seen, mut after) = (Vec::new(), start);
            while seen.len() < total {
                // Small steps, so that reads fall between commits.
                let events = crate::events::since(&world.store.read(), world.id(), after, 3).await;
                let events = events.unwrap();
                if events.is_empty() {
                    watch.changed().await.unwrap();
                }
                for event in events {
                    assert!(event.sequence > after);
                    after = event.sequence;
                    seen.push(event.subject);
                }
            }
            seen
        };
        let writers = join_all((0..WRITERS).map(writer));
        let limit = std::time::Duration::from_mins(1);
        let both = futures_util::future::join(tokio::time::timeout(limit, follower), writers);
        let (seen, _) = both.await;
        let mut seen = seen.expect("the follower missed an event");
        // Each writer's commits come in its own order, and the events of one commit stand together.
        for number in 0..WRITERS {
            let prefix = format!("{number}/");
            let own: Vec<&String> = seen.iter().filter(|one| one.starts_with(&prefix)).collect();
            let wanted: Vec<String> = (0..COMMITS)
                .flat_map(|commit| {
                    (0..=number % 3).map(move |event| format!("{number}/{commit}/{event}"))
                })
                .collect();
            assert_eq!(own, wanted.iter().collect::<Vec<_>>());
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), total);
    }
}

#[tokio::test]
async fn an_event_told_twice_in_a_row_counts_once() {
    for world in worlds().await {
        let before = world.told().await.len();
        let event = NewEvent {
            organization_id: world.id(),
            topic: Topic::Asset,
            change: ChangeKind::Updated,
            subject: "asset".into(),
        };
        let mut tx = world.store.begin().await.unwrap();
        tx.tell(event.clone());
        tx.tell(event);
        tx.commit().await.unwrap();
        assert_eq!(world.told().await.len(), before + 1);
    }
}

#[tokio::test]
async fn a_migration_of_a_migrated_database_changes_nothing() {
    for world in worlds().await {
        world.store.migrate().await.unwrap();
        world.store.ping().await.unwrap();
        let drift = world
            .store
            .now()
            .await
            .unwrap()
            .duration_since(domain::SystemClock.now());
        assert!(
            drift.abs().as_secs() < 60,
            "the database's clock is {drift} off"
        );
    }
}

/// A replica whose clock is months away must not think that the leases of the others are over.
#[tokio::test(flavor = "multi_thread")]
async fn leases_go_by_the_clock_of_the_database() {
    let clock: Arc<dyn Clock> = Arc::new(TestClock::default());
    if let Some(config) = crate::testing::empty_postgres().await {
        let config = crate::DatabaseConfig {
            lease_clock: crate::LeaseClock::Database,
            ..config
        };
        let store = Store::open(&config, Arc::clone(&clock)).await.unwrap();
        let of_database = store.now().await.unwrap();
        let tx = store.begin().await.unwrap();
        for now in [
            store.lease_now().await.unwrap(),
            tx.lease_now().await.unwrap(),
        ] {
            let difference = now.duration_since(of_database).abs();
            assert!(difference < jiff::SignedDuration::from_mins(1), "{now}");
            assert_ne!(now, clock.now());
        }
    }
    for store in crate::testing::all().await {
        assert_eq!(store.lease_now().await.unwrap(), clock.now());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_together_migrate_once() {
    let Some(config) = crate::testing::empty_postgres().await else {
        return;
    };
    let clock: Arc<dyn Clock> = Arc::new(TestClock::default());
    let start = || async {
        let store = Store::open(&config, Arc::clone(&clock)).await.unwrap();
        store.migrate().await.map(|()| store)
    };
    let stores = join_all((0..4).map(|_| start())).await;
    for store in stores {
        World::build(store.unwrap()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_wakes_the_other_replica() {
    let Some(config) = crate::testing::empty_postgres().await else {
        return;
    };
    let clock: Arc<dyn Clock> = Arc::new(TestClock::default());
    let here = Store::open(&config, Arc::clone(&clock)).await.unwrap();
    here.migrate().await.unwrap();
    let there = Store::open(&config, clock).await.unwrap();
    let world = World::build(here).await;
    let mut watch = there.changed();
    let talk = async {
        // The first wake-up says that the other one listens.
        watch.changed().await.unwrap();
        world.add_policy("Gold").await;
        watch.changed().await.unwrap();
    };
    let limit = std::time::Duration::from_secs(20);
    let ended = tokio::time::timeout(limit, there.listen(talk)).await;
    assert!(ended.is_ok(), "no wake-up came");
    assert_eq!(there.backend(), Backend::Postgres);
}
