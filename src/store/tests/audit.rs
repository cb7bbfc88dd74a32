//! The chain of the audit log: one transaction with the change, no gaps, no forks, cuts that stay verifiable.

use domain::AuditEventId;
use domain::audit::chain::{Entry, Verified, Verifier};
use domain::audit::checkpoint::Checkpoint;
use domain::audit::{AuditFilter, AuditLog, Hash, Recorded, StoredCheckpoint};
use sea_orm::{ConnectionTrait, Statement};

use super::{World, at, worlds};
use crate::Backend;
use crate::audit::{self, logs};
use crate::tx::sealed::Raw;

/// Writers at the same time, and events of each.
const WRITERS: usize = 8;
const EVENTS: usize = 25;

async fn log(world: &World) -> AuditLog {
    let found = logs::lookup(&world.store.read(), world.id()).await;
    found.unwrap().unwrap()
}

async fn all(world: &World) -> Vec<Recorded> {
    let filter = AuditFilter::default();
    let found = audit::since(&world.store.read(), world.id(), &filter, 0, 100_000).await;
    found.unwrap()
}

/// Checks the events of the database against the head that the database claims.
async fn verify(world: &World) -> Verified {
    let log = log(world).await;
    let mut verifier = Verifier::new(Checkpoint {
        organization_id: log.organization_id,
        size: log.size,
        head: log.head,
        anchor_size: log.anchor_size,
        anchor: log.anchor,
        made_at: at(0),
    });
    for recorded in all(world).await {
        verifier.next(&Entry::from(&recorded)).unwrap();
    }
    verifier.finish().unwrap()
}

async fn record(world: &World, count: i64) {
    let mut tx = world.store.begin().await.unwrap();
    for second in 0..count {
        let event = world.audit_event(at(second));
        audit::record(&mut tx, &event).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn many_writers_make_one_chain() {
    for world in worlds().await {
        let world = std::sync::Arc::new(world);
        let write = |_| {
            let world = std::sync::Arc::clone(&world);
            async move {
                for _ in 0..EVENTS {
                    record(&world, 1).await;
                }
            }
        };
        futures_util::future::join_all((0..WRITERS).map(write)).await;
        let shown = verify(&world).await;
        let expected = u64::try_from(WRITERS * EVENTS).unwrap();
        assert_eq!((shown.first, shown.last), (1, expected));
    }
}

#[tokio::test]
async fn what_is_rolled_back_leaves_no_event_and_no_gap() {
    for world in worlds().await {
        record(&world, 2).await;
        let mut tx = world.store.begin().await.unwrap();
        audit::record(&mut tx, &world.audit_event(at(9)))
            .await
            .unwrap();
        tx.rollback().await.unwrap();
        record(&world, 1).await;
        assert_eq!(verify(&world).await.last, 3);
    }
}

#[tokio::test]
async fn what_the_database_rewrites_keeps_its_hash() {
    for world in worlds().await {
        let mut event = world.audit_event("2026-01-01T00:00:00.123456789Z".parse().unwrap());
        event.summary = serde_json::json!({
            "z": 1.50, "a": [1e300, -0.0, u64::MAX, i64::MIN], "nul": "a\u{0}b", "é": "\u{10000}\t", "deep": { "b": null, "a": true },
        });
        let mut tx = world.store.begin().await.unwrap();
        audit::record(&mut tx, &event).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(verify(&world).await.last, 1);
    }
}

#[tokio::test]
async fn events_from_before_the_chain_are_chained_once_and_later_intruders_are_not() {
    for world in worlds().await {
        record(&world, 5).await;
        let before = all(&world).await;
        let tx = world.store.begin().await.unwrap();
        for sql in [
            "UPDATE audit_events SET hash = NULL, previous_hash = NULL",
            "DELETE FROM audit_logs",
        ] {
            tx.db().execute_unprepared(sql).await.unwrap();
        }
        tx.commit().await.unwrap();
        world.store.migrate().await.unwrap();
        assert_eq!(all(&world).await, before);
        verify(&world).await;
        // A row that somebody puts in without a hash stays outside.
        let tx = world.store.begin().await.unwrap();
        let forged = AuditEventId::fresh(world.ids.as_ref()).uuid();
        let backend = tx.db().get_database_backend();
        let id = match world.store.backend() {
            Backend::Sqlite => "?",
            Backend::Postgres => "$1",
        };
        let sql = format!(
            "INSERT INTO audit_events (id, organization_id, occurred_at, actor, action, outcome, summary, request_id, sequence)
             SELECT {id}, organization_id, occurred_at, actor, action, outcome, summary, request_id, 6 FROM audit_events
             WHERE sequence = 5"
        );
        let insert = Statement::from_sql_and_values(backend, sql, [forged.into()]);
        tx.db().execute_raw(insert).await.unwrap();
        tx.commit().await.unwrap();
        world.store.migrate().await.unwrap();
        assert_eq!(log(&world).await.size, 5);
    }
}

#[tokio::test]
async fn a_cut_stays_verifiable_from_its_anchor() {
    for world in worlds().await {
        record(&world, 10).await;
        let reader = world.store.read();
        let cut = logs::cut_before(&reader, world.id(), at(4), 0)
            .await
            .unwrap();
        let anchor = cut.unwrap();
        assert_eq!(anchor.0, 4);
        let log_before = log(&world).await;
        let checkpoint = StoredCheckpoint {
            size: log_before.size,
            made_at: at(60),
            text: "signed".to_owned(),
            exported_at: None,
        };
        let mut tx = world.store.begin().await.unwrap();
        logs::set_checkpoint(&mut tx, world.id(), &checkpoint, anchor)
            .await
            .unwrap();
        assert!(
            logs::set_exported(&mut tx, world.id(), 10, at(61))
                .await
                .unwrap()
        );
        assert!(
            !logs::set_exported(&mut tx, world.id(), 9, at(61))
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        for (limit, removed) in [(3, 3), (3, 1), (3, 0)] {
            let mut tx = world.store.begin().await.unwrap();
            let gone = logs::cut(&mut tx, world.id(), anchor.0, limit)
                .await
                .unwrap();
            assert_eq!(gone, removed);
            tx.commit().await.unwrap();
            verify(&world).await;
        }
        assert_eq!(logs::held(&reader, world.id()).await.unwrap(), 6);
        record(&world, 1).await;
        let shown = verify(&world).await;
        assert_eq!((shown.first, shown.last), (5, 11));
        let after = log(&world).await;
        assert_eq!((after.anchor_size, after.anchor), anchor);
        assert_ne!(after.anchor, Hash::START);
        assert_eq!(after.checkpoint.unwrap().exported_at, Some(at(61)));
    }
}

#[tokio::test]
async fn filters_narrow_and_never_widen() {
    for world in worlds().await {
        record(&world, 4).await;
        let count = async |filter: AuditFilter| {
            let counted = audit::count(&world.store.read(), world.id(), &filter).await;
            counted.unwrap()
        };
        let none = AuditFilter::default;
        assert_eq!(count(none()).await, 4);
        let actors = Some(vec![world.user.id]);
        assert_eq!(count(AuditFilter { actors, ..none() }).await, 4);
        let actors = Some(vec![domain::UserId::fresh(world.ids.as_ref())]);
        assert_eq!(count(AuditFilter { actors, ..none() }).await, 0);
        let actors = Some(Vec::new());
        assert_eq!(count(AuditFilter { actors, ..none() }).await, 0);
        let actions = Some(vec!["create_policy".to_owned(), "a\u{0}".to_owned()]);
        assert_eq!(count(AuditFilter { actions, ..none() }).await, 4);
        let addresses = Some(vec!["192.0.2.2".to_owned()]);
        assert_eq!(
            count(AuditFilter {
                addresses,
                ..none()
            })
            .await,
            0
        );
        let (from, until) = (Some(at(1)), Some(at(3)));
        assert_eq!(
            count(AuditFilter {
                from,
                until,
                ..none()
            })
            .await,
            2
        );
        let outcomes = Some(vec![domain::audit::Outcome::Refused]);
        assert_eq!(count(AuditFilter { outcomes, ..none() }).await, 0);
        let interfaces = Some(vec![domain::audit::Interface::Console]);
        assert_eq!(
            count(AuditFilter {
                interfaces,
                ..none()
            })
            .await,
            4
        );
    }
}
