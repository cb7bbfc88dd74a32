//! Alerts: one open one per key, told once per news, and who sees them.

use domain::alert::{
    Acknowledgement, AlertFilter, AlertKind, AlertSeverity, AlertSubject, NewAlert,
};
use domain::event::Topic;
use domain::page::{Direction, PageRequest};
use domain::scope::Scope;
use domain::{AlertId, AssetId};
use futures_util::future::join_all;

use super::{World, at, worlds};
use crate::{Error, alerts};

const KEY: &str = "proof_failed/point_1";

impl World {
    fn alert(&self, key: &str, asset: Option<AssetId>) -> NewAlert {
        let id = AlertId::fresh(self.ids.as_ref());
        let kind = AlertKind::ProofFailed;
        let mut alert = NewAlert::new(id, self.id(), kind, key, "It does not come back.");
        alert.evidence = serde_json::json!({ "bytes": 4096 });
        alert.subject.asset_id = asset;
        alert
    }

    async fn raise(&self, alert: &NewAlert) -> AlertId {
        let mut tx = self.store.begin_in(self.id()).await.unwrap();
        let id = alerts::raise(&mut tx, alert).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn clear(&self, key: &str) -> bool {
        let mut tx = self.store.begin_in(self.id()).await.unwrap();
        let cleared = alerts::clear(&mut tx, self.id(), key).await.unwrap();
        tx.commit().await.unwrap();
        cleared
    }

    async fn alert_events(&self) -> Vec<(String, String)> {
        let told = self.told().await.into_iter();
        told.filter(|(topic, ..)| topic == Topic::Alert.name())
            .map(|(_, change, subject)| (change, subject))
            .collect()
    }
}

#[tokio::test]
async fn an_open_alert_is_renewed_and_a_cleared_one_is_followed_by_another() {
    for world in worlds().await {
        let first = world.alert(KEY, None);
        let id = world.raise(&first).await;
        assert_eq!(id, first.id);
        assert_eq!(world.raise(&world.alert(KEY, None)).await, id);
        let mut worse = world.alert(KEY, None);
        worse.severity = AlertSeverity::Info;
        worse.cause = "It does not come back at all.".to_owned();
        assert_eq!(world.raise(&worse).await, id);
        let reader = world.store.read();
        let found = alerts::lookup(&reader, world.id(), id).await.unwrap();
        let found = found.unwrap();
        assert_eq!(
            (found.occurrences, found.severity, found.cause),
            (3, AlertSeverity::Info, worse.cause)
        );
        assert_eq!((found.evidence, found.cleared_at), (worse.evidence, None));

        assert!(world.clear(KEY).await);
        assert!(!world.clear(KEY).await, "it is cleared once");
        assert!(!world.clear("another").await);
        let next = world.raise(&world.alert(KEY, None)).await;
        assert_ne!(next, id);
        let told = |change: &str, id: AlertId| (change.to_owned(), id.to_string());
        // What looks the same was not told again.
        assert_eq!(
            world.alert_events().await,
            [
                told("created", id),
                told("updated", id),
                told("updated", id),
                told("created", next)
            ]
        );
    }
}

#[tokio::test]
async fn many_who_find_the_same_at_the_same_time_raise_one_alert() {
    for world in worlds().await {
        let raised = (0..8).map(async |_| world.raise(&world.alert(KEY, None)).await);
        let mut ids = join_all(raised).await;
        ids.dedup();
        assert_eq!(ids.len(), 1);
        let reader = world.store.read();
        let found = alerts::lookup(&reader, world.id(), ids[0]).await.unwrap();
        assert_eq!(found.unwrap().occurrences, 8);
        let all = alerts::count(&reader, world.id(), &AlertFilter::default()).await;
        assert_eq!(all.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_list_filters_by_what_an_alert_is_and_by_whether_somebody_knows() {
    for world in worlds().await {
        let asset = world.add_assets(&[("vol-1", "")], at(0)).await[0];
        let of_asset = world.raise(&world.alert("a", Some(asset))).await;
        let overdue = NewAlert::new(
            AlertId::fresh(world.ids.as_ref()),
            world.id(),
            AlertKind::ProofOverdue,
            "b",
            "Late.",
        );
        let late = world.raise(&overdue).await;
        assert!(world.clear("b").await);
        let known = Acknowledgement {
            at: at(5),
            by: Some(world.user.id),
            note: Some("on it".to_owned()),
        };
        let mut tx = world.store.begin().await.unwrap();
        alerts::acknowledge(&mut tx, world.id(), of_asset, &known)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let reader = world.store.read();
        let kept = alerts::lookup(&reader, world.id(), of_asset).await.unwrap();
        assert_eq!(kept.unwrap().acknowledgement, Some(known));

        let any = AlertFilter::default();
        let only = [
            AlertFilter {
                is_open: Some(true),
                ..any.clone()
            },
            AlertFilter {
                is_acknowledged: Some(true),
                ..any.clone()
            },
            AlertFilter {
                kinds: Some(vec![AlertKind::ProofFailed]),
                ..any.clone()
            },
            AlertFilter {
                severities: Some(vec![AlertSeverity::Critical]),
                ..any.clone()
            },
            AlertFilter {
                asset_ids: Some(vec![asset]),
                ..any.clone()
            },
            AlertFilter {
                ids: Some(vec![of_asset]),
                ..any.clone()
            },
        ];
        for filter in only {
            let page = PageRequest::default();
            let found = alerts::list(&reader, world.id(), &filter, Direction::Ascending, &page);
            let found: Vec<_> = found.await.unwrap().into_nodes();
            let ids: Vec<_> = found.iter().map(|alert| alert.id).collect();
            assert_eq!(ids, [of_asset], "{filter:?}");
        }
        let closed = AlertFilter {
            is_open: Some(false),
            is_acknowledged: Some(false),
            ..any
        };
        let page = PageRequest::default();
        let found = alerts::list(&reader, world.id(), &closed, Direction::Descending, &page);
        assert_eq!(found.await.unwrap().into_nodes()[0].id, late);
    }
}

#[tokio::test]
async fn an_alert_is_seen_and_changed_inside_its_scope_only() {
    for world in worlds().await {
        let other = world.neighbour().await;
        let asset = world.add_assets(&[("vol-1", "")], at(0)).await[0];
        let of_asset = world.raise(&world.alert("asset", Some(asset))).await;
        let of_all = world.raise(&world.alert("all", None)).await;
        let mut of_account = world.alert("account", None);
        of_account.subject = AlertSubject {
            aws_account_id: Some(world.account.id),
            ..AlertSubject::default()
        };
        let of_account = world.raise(&of_account).await;
        let reader = world.store.read();
        let ids = [of_asset, of_all, of_account];
        let here = alerts::lookup_many(&reader, world.id(), &ids).await;
        assert_eq!(here.unwrap().len(), 3);
        let there = alerts::lookup_many(&reader, other.id(), &ids).await;
        assert_eq!(there.unwrap(), []);
        let unit = Scope::of_units(world.id(), vec![world.unit.id]);
        let in_unit = alerts::lookup_many(&reader, &unit, &ids).await.unwrap();
        let mut seen: Vec<_> = in_unit.iter().map(|alert| alert.id).collect();
        seen.sort();
        let mut wanted = vec![of_asset, of_account];
        wanted.sort();
        assert_eq!(
            seen, wanted,
            "what is the whole organization's is not a unit's"
        );

        let note = Acknowledgement {
            at: at(1),
            by: None,
            note: None,
        };
        let mut tx = world.store.begin().await.unwrap();
        let refused = alerts::acknowledge(&mut tx, other.id(), of_all, &note).await;
        assert!(matches!(refused, Err(Error::Affected { actual: 0, .. })));
        assert!(!alerts::clear(&mut tx, other.id(), "all").await.unwrap());
    }
}
