//! The tables themselves: names of constraints, foreign keys, time.

use domain::asset::AssetFilter;
use domain::protection_rule::{Decision, ProtectionSource};
use domain::recovery_point::RecoveryPointStatus;
use jiff::Timestamp;
use sea_orm::{ConnectionTrait, Statement};

use super::{at, worlds};
use crate::error::FOREIGN_KEY;
use crate::tx::sealed::Raw;
use crate::{Backend, assets, aws_accounts, policies, recovery_points, users};

#[tokio::test]
async fn a_name_that_is_taken_violates_the_same_constraint_everywhere() {
    for world in worlds().await {
        world.add_policy("Gold").await;
        let mut tx = world.store.begin().await.unwrap();
        let twin = policies::add(&mut tx, &world.policy("Gold"))
            .await
            .unwrap_err();
        assert!(twin.is_constraint("policies_name"), "{twin:?}");
        assert!(!twin.is_transient());
        drop(tx);
        let mut tx = world.store.begin().await.unwrap();
        let mut twin = world.user.clone();
        twin.id = domain::UserId::fresh(world.ids.as_ref());
        let twin = users::add(&mut tx, &twin, None).await.unwrap_err();
        assert!(twin.is_constraint("users_email"), "{twin:?}");
        drop(tx);
        let mut tx = world.store.begin().await.unwrap();
        let mut twin = world.account.clone();
        twin.id = domain::AwsAccountKey::fresh(world.ids.as_ref());
        let twin = aws_accounts::add(&mut tx, &twin).await.unwrap_err();
        assert!(twin.is_constraint("aws_accounts_account_id"), "{twin:?}");
        drop(tx);
        let mut tx = world.store.begin().await.unwrap();
        let twin = users::add(&mut tx, &world.user, None).await.unwrap_err();
        assert!(
            twin.is_constraint("users_id") || twin.is_constraint("users_email"),
            "{twin:?}"
        );
    }
}

#[tokio::test]
async fn a_policy_that_protects_something_cannot_be_removed() {
    for world in worlds().await {
        let policy = world.add_policy("Gold").await;
        let ids = world.add_assets(&[("vol-1", "")], at(0)).await;
        let mut tx = world.store.begin().await.unwrap();
        let by_hand = Decision {
            policy_id: Some(policy.id),
            source: Some(ProtectionSource::Direct),
        };
        assets::set_decision(&mut tx, world.id(), &ids, by_hand)
            .await
            .unwrap();
        let refused = policies::remove(&mut tx, world.id(), policy.id)
            .await
            .unwrap_err();
        assert!(refused.is_constraint(FOREIGN_KEY), "{refused:?}");
    }
}

/// [`crate::Error::Constraint`] carries one name on both databases only if each unique index is named after its columns.
#[tokio::test]
async fn unique_indexes_are_named_after_their_columns() {
    for world in worlds().await {
        let reader = world.store.read();
        let sql = match world.store.backend() {
            Backend::Sqlite => {
                "SELECT t.name AS tab, l.name AS idx, group_concat(i.name, '_') AS cols
                 FROM sqlite_schema t, pragma_index_list(t.name) l, pragma_index_info(l.name) i
                 WHERE t.type = 'table' AND l.\"unique\" = 1 AND l.origin = 'c'
                   AND i.name <> 'organization_id' GROUP BY 1, 2"
            }
            Backend::Postgres => {
                "SELECT t.relname::text AS tab, x.relname::text AS idx,
                        string_agg(a.attname, '_' ORDER BY k.place) AS cols
                 FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
                 JOIN pg_class x ON x.oid = i.indexrelid
                 CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, place)
                 JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
                 WHERE i.indisunique AND NOT i.indisprimary AND a.attname <> 'organization_id'
                   AND t.relnamespace = current_schema()::regnamespace GROUP BY 1, 2"
            }
        };
        let backend = reader.db().get_database_backend();
        let statement = Statement::from_string(backend, sql);
        let rows = reader.db().query_all_raw(statement).await.unwrap();
        assert!(rows.len() >= 8, "{}", rows.len());
        for row in rows {
            let table: String = row.try_get("", "tab").unwrap();
            let index: String = row.try_get("", "idx").unwrap();
            let columns: String = row.try_get("", "cols").unwrap();
            assert_eq!(index, format!("{table}_{columns}"));
        }
    }
}

#[tokio::test]
async fn times_come_back_to_the_microsecond_and_sort_as_they_are() {
    // Whole seconds, milliseconds and microseconds have texts of different lengths in SQLite.
    let micros = [0, 1, 999, 1_000, 1_001, 999_999, 1_000_000, 1_000_001];
    for world in worlds().await {
        let ids = world.add_assets(&[("vol-1", "")], at(0)).await;
        let mut wanted = Vec::new();
        for micro in micros {
            let taken_at = Timestamp::from_microsecond(at(0).as_microsecond() + micro).unwrap();
            let point = world.point(ids[0], taken_at);
            world.add_point(&point).await;
            wanted.push(point);
        }
        let far = world.point(ids[0], "9999-12-30T22:00:00.999999Z".parse().unwrap());
        world.add_point(&far).await;
        wanted.push(far);
        wanted.reverse();
        let page = domain::page::PageRequest::default();
        let order = domain::recovery_point::RecoveryPointOrder::default();
        let filter = domain::recovery_point::RecoveryPointFilter::default();
        let reader = world.store.read();
        let found = recovery_points::list(&reader, world.id(), &filter, order, &page)
            .await
            .unwrap();
        assert_eq!(found.into_nodes(), wanted);
        let from = wanted[3].taken_at;
        let filter = domain::recovery_point::RecoveryPointFilter {
            taken_from: Some(from),
            statuses: Some(vec![RecoveryPointStatus::Available]),
            ..Default::default()
        };
        assert_eq!(
            recovery_points::count(&reader, world.id(), &filter)
                .await
                .unwrap(),
            4
        );
    }
}

#[tokio::test]
async fn nanoseconds_are_cut_and_not_rounded() {
    for world in worlds().await {
        let ids = world.add_assets(&[("vol-1", "")], at(0)).await;
        let mut point = world.point(ids[0], "2026-01-01T00:00:00.123456999Z".parse().unwrap());
        world.add_point(&point).await;
        let reader = world.store.read();
        let found = recovery_points::lookup(&reader, world.id(), point.id)
            .await
            .unwrap()
            .unwrap();
        point.taken_at = "2026-01-01T00:00:00.123456Z".parse().unwrap();
        assert_eq!(found, point);
        assert_eq!(
            assets::count(&reader, world.id(), &AssetFilter::default())
                .await
                .unwrap(),
            1
        );
    }
}
