//! What goes with time, and what stays.

use domain::alert::{AlertFilter, AlertKind, NewAlert};
use domain::schedule::{MissReason, MissedWindows};
use domain::{AlertId, Clock};
use jiff::SignedDuration;
use serde_json::Value as Json;
use store::idempotency::{self, Claim};
use store::schedules::Missed;

use super::flow::{act, flow};
use super::house::House;
use crate::Housekeeping;
use crate::duty::Duty;

const HISTORY_DAYS: u32 = 90;
const KEY: &str = "key of a caller";

impl House {
    async fn tidy_after(&self, days: i64) {
        self.clock.advance(SignedDuration::from_hours(24 * days));
        let housekeeping = Housekeeping::with_history_days(HISTORY_DAYS);
        housekeeping.run(&self.by_hand()).await.unwrap();
    }

    async fn claim(&self) -> Claim {
        let mut tx = self.store.begin().await.unwrap();
        let now = self.clock.now();
        let claim = idempotency::claim(&mut tx, self.organization, KEY, b"input", now).await;
        tx.commit().await.unwrap();
        claim.unwrap()
    }

    /// Removes the keys that are too old, as the duty does; how many there were.
    async fn old_keys(&self) -> u64 {
        let mut tx = self.store.begin().await.unwrap();
        let removed = idempotency::system_remove_old(&mut tx, self.clock.now()).await;
        tx.commit().await.unwrap();
        removed.unwrap()
    }
}

#[tokio::test]
async fn ended_tasks_go_with_their_steps_after_the_history_and_open_ones_stay() {
    for house in House::all().await {
        let registry = flow(vec![act("work", |_| async { Ok(Json::Null) })]).registry();
        let ended = house.bench.enqueue(house.task()).await;
        let organization = house.organization;
        house
            .bench
            .run_to_end(registry, organization, ended, "ended")
            .await;
        let open = house.bench.enqueue(house.task()).await;
        let reader = house.store.read();

        house.tidy_after(i64::from(HISTORY_DAYS)).await;
        let kept = store::tasks::lookup_many(&reader, organization, &[ended, open]).await;
        assert_eq!(kept.unwrap().len(), 2, "on its last day it is still there");

        house.tidy_after(1).await;
        let left = store::tasks::lookup_many(&reader, organization, &[ended, open]).await;
        let left: Vec<_> = left.unwrap().into_iter().map(|task| task.id).collect();
        assert_eq!(left, [open]);
        let steps = store::task_steps::list(&reader, organization, ended).await;
        assert!(steps.unwrap().is_empty());
    }
}

#[tokio::test]
async fn missed_windows_go_after_the_history() {
    for house in House::all().await {
        let assets = house.assets(1).await;
        let policy = house.policy(&[], &assets).await;
        let now = house.clock.now();
        let missed = Missed {
            asset_id: assets[0].id,
            policy_id: policy.id,
            operation_id: policy.operations[0].id,
            windows: MissedWindows {
                first_nominal_at: now,
                last_nominal_at: now,
                windows: 1,
                reason: MissReason::Downtime,
            },
        };
        let mut tx = house.store.begin().await.unwrap();
        let rows = [(house.ids.uuid(), missed)];
        store::schedules::add_missed(&mut tx, house.organization, &rows, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for (days, left) in [(i64::from(HISTORY_DAYS), 1), (1, 0)] {
            house.tidy_after(days).await;
            let reader = house.store.read();
            let asset = assets[0].id;
            let found =
                store::schedules::missed_of_asset(&reader, house.organization, asset, 10).await;
            assert_eq!(found.unwrap().len(), left, "after {days} more days");
        }
    }
}

#[tokio::test]
async fn cleared_alerts_go_after_the_history_and_open_ones_stay() {
    for house in House::all().await {
        let raise = async |key: &str| {
            let id = AlertId::fresh(house.ids.as_ref());
            let kind = AlertKind::ClocksDisagree;
            let new = NewAlert::new(id, house.organization, kind, key, "They disagree.");
            let mut tx = house.store.begin().await.unwrap();
            store::alerts::raise(&mut tx, &new).await.unwrap();
            tx.commit().await.unwrap();
        };
        raise("cleared").await;
        raise("open").await;
        let mut tx = house.store.begin().await.unwrap();
        let cleared = store::alerts::clear(&mut tx, house.organization, "cleared").await;
        assert!(cleared.unwrap());
        tx.commit().await.unwrap();
        for (days, left) in [(i64::from(HISTORY_DAYS), 2), (1, 1)] {
            house.tidy_after(days).await;
            let (reader, any) = (house.store.read(), AlertFilter::default());
            let count = store::alerts::count(&reader, house.organization, &any).await;
            assert_eq!(count.unwrap(), left, "after {days} more days");
        }
    }
}

#[tokio::test]
async fn keys_of_callers_go_once_they_no_longer_count() {
    for house in House::all().await {
        assert_eq!(house.claim().await, Claim::Fresh);
        house.tidy_after(0).await;
        assert_eq!(house.claim().await, Claim::Same(None));
        house.tidy_after(1).await;
        assert_eq!(house.old_keys().await, 0, "the duty has left none");
        assert_eq!(house.claim().await, Claim::Fresh);
    }
}
