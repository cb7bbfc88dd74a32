//! Inventory: what is written, what is told, what is left alone; and the overview.

use std::collections::BTreeSet;

use domain::asset::{AssetDetails, AssetFilter, AssetOrder, SeenAsset};
use domain::assignment::Assignment;
use domain::page::{Direction, PageRequest};
use domain::policy::Policy;
use domain::protection_rule::{Decision, ProtectionSource};
use domain::recovery_point::RecoveryPointStatus;
use domain::{AssetId, AssignmentId, PolicyId};
use jiff::SignedDuration;

use super::{World, at, volume, worlds};
use crate::assets::{self, SEEN_AT_ACCURACY_HOURS, mark_unseen_deleted};
use crate::{assignments, policies, recovery_points};

fn told_of(told: &[(String, String, String)], topic: &str, change: &str) -> Vec<String> {
    let mut subjects: Vec<String> = told
        .iter()
        .filter(|(of, what, _)| of == topic && what == change)
        .map(|(_, _, subject)| subject.clone())
        .collect();
    subjects.sort();
    subjects
}

fn texts(ids: &[AssetId]) -> Vec<String> {
    let mut texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
    texts.sort();
    texts
}

#[tokio::test]
async fn only_what_differs_is_written_and_told() {
    for world in worlds().await {
        // More rows than one statement can bind on either database.
        let mut seen: Vec<SeenAsset> = (0..6_000)
            .map(|number| volume(&format!("vol-{number:05}"), "data"))
            .collect();
        let mut tx = world.store.begin().await.unwrap();
        let first = world.upsert(&mut tx, &seen, at(0)).await;
        tx.commit().await.unwrap();
        assert_eq!(
            (first.created.len(), first.updated.len(), first.unchanged),
            (6_000, 0, 0)
        );
        let told = world.told().await;
        assert_eq!(told_of(&told, "asset", "created"), texts(&first.created));

        if let AssetDetails::EbsVolume(volume) = &mut seen[17].details {
            volume.size_gib = 16;
        }
        seen[4_000].tags.0.insert("Name".into(), "other".into());
        let mut tx = world.store.begin().await.unwrap();
        let second = world.upsert(&mut tx, &seen, at(60)).await;
        tx.commit().await.unwrap();
        assert_eq!(
            (second.created.len(), second.updated.len(), second.unchanged),
            (0, 2, 5_998)
        );
        let told = world.told().await;
        assert_eq!(told_of(&told, "asset", "updated"), texts(&second.updated));
        let reader = world.store.read();
        let changed = assets::lookup_many(&reader, world.id(), &second.updated)
            .await
            .unwrap();
        assert!(
            changed
                .iter()
                .all(|asset| asset.seen_at == at(60) && asset.discovered_at == at(0))
        );
        let untouched = assets::lookup(&reader, world.id(), first.created[5])
            .await
            .unwrap()
            .unwrap();
        assert_eq!(untouched.seen_at, at(0));

        // Later the time of the last look moves on, silently.
        let later = at(0) + SignedDuration::from_hours(SEEN_AT_ACCURACY_HOURS);
        let before = world.told().await.len();
        let mut tx = world.store.begin().await.unwrap();
        let third = world.upsert(&mut tx, &seen[..10], later).await;
        tx.commit().await.unwrap();
        assert_eq!(third.unchanged, 10);
        assert_eq!(world.told().await.len(), before);
        let touched = assets::lookup(&reader, world.id(), first.created[5])
            .await
            .unwrap()
            .unwrap();
        assert_eq!(touched.seen_at, later);
    }
}

#[tokio::test]
async fn the_same_asset_twice_in_a_page_is_one_asset() {
    for world in worlds().await {
        let ids = world
            .add_assets(&[("vol-1", "old"), ("vol-1", "new")], at(0))
            .await;
        assert_eq!(ids.len(), 1);
        let asset = assets::lookup(&world.store.read(), world.id(), ids[0])
            .await
            .unwrap();
        assert_eq!(asset.unwrap().name, "new");
    }
}

async fn mark(world: &World, seen: &[&str], started: i64) -> Vec<AssetId> {
    let seen: BTreeSet<String> = seen.iter().map(|id| (*id).to_owned()).collect();
    let mut tx = world.store.begin().await.unwrap();
    let place = world.place();
    let gone = mark_unseen_deleted(&mut tx, &place, &seen, at(started), at(started + 1));
    let gone = gone.await.unwrap();
    tx.commit().await.unwrap();
    gone
}

#[tokio::test]
async fn what_a_whole_run_did_not_see_is_marked_gone_once_and_can_come_back() {
    for world in worlds().await {
        let ids = world
            .add_assets(&[("vol-1", ""), ("vol-2", "")], at(0))
            .await;
        // Found by another run after this one began.
        let late = world.add_assets(&[("vol-3", "")], at(101)).await;
        let gone = mark(&world, &["vol-1"], 100).await;
        assert_eq!(gone, [ids[1]]);
        assert_eq!(mark(&world, &["vol-1"], 100).await, []);
        let told = world.told().await;
        assert_eq!(told_of(&told, "asset", "deleted"), texts(&gone));
        let reader = world.store.read();
        let row = assets::lookup(&reader, world.id(), ids[1])
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.deleted_at, Some(at(101)));
        assert!(
            assets::lookup(&reader, world.id(), late[0])
                .await
                .unwrap()
                .unwrap()
                .deleted_at
                .is_none()
        );
        let filter = AssetFilter::default();
        assert_eq!(
            assets::count(&reader, world.id(), &filter).await.unwrap(),
            2
        );
        let all = AssetFilter {
            include_deleted: true,
            ..AssetFilter::default()
        };
        assert_eq!(assets::count(&reader, world.id(), &all).await.unwrap(), 3);

        let mut tx = world.store.begin().await.unwrap();
        let back = world.upsert(&mut tx, &[volume("vol-2", "")], at(200)).await;
        tx.commit().await.unwrap();
        assert_eq!(back.updated, [ids[1]]);
        assert_eq!(
            assets::count(&reader, world.id(), &filter).await.unwrap(),
            3
        );
    }
}

/// What an assignment makes of an asset that no rule comes before.
const fn by_hand(policy: PolicyId) -> Decision {
    Decision {
        policy_id: Some(policy),
        source: Some(ProtectionSource::Direct),
    }
}

async fn assign(world: &World, name: &str, asset: AssetId) -> Policy {
    let policy = world.add_policy(name).await;
    let assignment = Assignment {
        id: AssignmentId::fresh(world.ids.as_ref()),
        organization_id: world.id(),
        asset_id: asset,
        policy_id: policy.id,
        created_at: at(0),
    };
    let mut tx = world.store.begin().await.unwrap();
    assignments::set(&mut tx, world.id(), &[assignment])
        .await
        .unwrap();
    assets::set_decision(&mut tx, world.id(), &[asset], by_hand(policy.id))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    policy
}

#[tokio::test]
async fn the_overview_shows_what_the_finders_show() {
    for world in worlds().await {
        let ids = world
            .add_assets(&[("vol-1", "a"), ("vol-2", "b"), ("vol-3", "c")], at(0))
            .await;
        let assets = assets::lookup_many(&world.store.read(), world.id(), &ids)
            .await
            .unwrap();
        let by_name = |name: &str| assets.iter().find(|asset| asset.name == name).unwrap().id;
        assign(&world, "Gold", by_name("a")).await;
        for (name, second, status) in [
            ("a", 1, RecoveryPointStatus::Available),
            ("a", 3, RecoveryPointStatus::Available),
            ("a", 2, RecoveryPointStatus::Available),
            ("a", 9, RecoveryPointStatus::Damaged),
            ("b", 5, RecoveryPointStatus::Available),
            ("c", 5, RecoveryPointStatus::Creating),
        ] {
            let mut point = world.point(by_name(name), at(second));
            point.status = status;
            world.add_point(&point).await;
        }
        let (reader, filter) = (world.store.read(), AssetFilter::default());
        let rows = assets::list_with_policy_and_last_point(
            &reader,
            world.id(),
            &filter,
            AssetOrder::Name,
            Direction::Ascending,
            &PageRequest::default(),
        )
        .await
        .unwrap()
        .into_nodes();
        let shown: Vec<_> = rows
            .iter()
            .map(|(asset, policy, point)| {
                let policy = policy.as_ref().map(|policy| policy.name.as_str());
                (
                    asset.name.as_str(),
                    policy,
                    point.as_ref().map(|point| point.taken_at),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("a", Some("Gold"), Some(at(3))),
                ("b", None, Some(at(5))),
                ("c", None, None)
            ]
        );
        let last = recovery_points::last_of_assets(&reader, world.id(), &ids)
            .await
            .unwrap();
        let mut last: Vec<_> = last.iter().map(|point| point.id).collect();
        let mut shown: Vec<_> = rows
            .iter()
            .filter_map(|(_, _, point)| Some(point.as_ref()?.id))
            .collect();
        last.sort();
        shown.sort();
        assert_eq!(last, shown);
    }
}

#[tokio::test]
async fn a_policy_that_was_taken_away_can_be_removed() {
    for world in worlds().await {
        let asset = world.add_assets(&[("vol-1", "")], at(0)).await[0];
        let policy = assign(&world, "Gold", asset).await;
        let db = world.store.read();
        let of_policy = assignments::list_of_policy(&db, world.id(), policy.id)
            .await
            .unwrap();
        let of_asset = assignments::of_assets(&db, world.id(), &[asset])
            .await
            .unwrap();
        assert_eq!(of_policy, of_asset);
        assert_eq!(of_asset.len(), 1);
        let silver = assign(&world, "Silver", asset).await;
        let row = assets::lookup(&db, world.id(), asset)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.policy_id, Some(silver.id));
        let mut tx = world.store.begin().await.unwrap();
        policies::remove(&mut tx, world.id(), policy.id)
            .await
            .unwrap();
        for removed in [1, 0] {
            let found = assignments::remove(&mut tx, world.id(), &[asset]).await;
            assert_eq!(found.unwrap(), removed);
        }
        assets::set_decision(&mut tx, world.id(), &[asset], Decision::default())
            .await
            .unwrap();
        policies::remove(&mut tx, world.id(), silver.id)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn filters_find_literal_text_in_either_case_and_tags() {
    for world in worlds().await {
        world
            .add_assets(
                &[
                    ("vol-1a", "Straße 100%"),
                    ("vol-2B", "under_score"),
                    ("vol-3", "ÄRGER\\"),
                ],
                at(0),
            )
            .await;
        let reader = world.store.read();
        let count =
            async |filter: AssetFilter| assets::count(&reader, world.id(), &filter).await.unwrap();
        for (text, wanted) in [
            ("straße", 1),
            ("STRASSE", 0),
            ("%", 1),
            ("_", 1),
            ("ärger", 1),
            ("\\", 1),
            ("r", 3),
            ("VOL-2b", 1),
            ("vol", 3),
            ("", 3),
            ("nothing", 0),
            ("'", 0),
        ] {
            let filter = AssetFilter {
                text: Some(text.into()),
                ..AssetFilter::default()
            };
            assert_eq!(count(filter).await, wanted, "{text:?}");
        }
        let tag = |key: &str, value: Option<&str>| AssetFilter {
            tag: Some((key.into(), value.map(str::to_owned))),
            ..AssetFilter::default()
        };
        assert_eq!(count(tag("Name", None)).await, 3);
        assert_eq!(count(tag("Name", Some("under_score"))).await, 1);
        assert_eq!(count(tag("name", None)).await, 0);
        assert_eq!(count(tag("a\".b'$", Some("x"))).await, 0);
        let nothing = AssetFilter {
            ids: Some(Vec::new()),
            ..AssetFilter::default()
        };
        assert_eq!(count(nothing).await, 0);
        for text in ["a\0b", "\0"] {
            let filter = AssetFilter {
                text: Some(text.into()),
                regions: Some(vec![text.into()]),
                ..AssetFilter::default()
            };
            assert_eq!(count(filter).await, 0, "NUL is no text of PostgreSQL");
            assert_eq!(count(tag(text, Some(text))).await, 0);
        }
    }
}
