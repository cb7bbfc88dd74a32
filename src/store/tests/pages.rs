//! Pages: both directions, ties, deletions, cursors.

use domain::asset::{AssetFilter, AssetOrder};
use domain::audit::AuditFilter;
use domain::page::{Direction, PageEnd, PageRequest};
use domain::policy::PolicyFilter;

use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};

use super::{World, at, worlds};
use crate::entity::asset;
use crate::page::{Key, Side, range};
use crate::tx::sealed::Raw;
use crate::{Backend, Error, assets, audit, policies};

fn after(size: u32, cursor: Option<&str>) -> PageRequest {
    PageRequest {
        size,
        from: PageEnd::Start {
            after: cursor.map(str::to_owned),
        },
    }
}

fn before(size: u32, cursor: Option<&str>) -> PageRequest {
    PageRequest {
        size,
        from: PageEnd::End {
            before: cursor.map(str::to_owned),
        },
    }
}

/// Walks a list of assets to its end; native ids in the order of the list.
async fn walk(
    world: &World,
    order: AssetOrder,
    direction: Direction,
    size: u32,
    backward: bool,
) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let request = if backward {
            before(size, cursor.as_deref())
        } else {
            after(size, cursor.as_deref())
        };
        let (reader, filter) = (world.store.read(), AssetFilter::default());
        let page = assets::list(&reader, world.id(), &filter, order, direction, &request);
        let page = page.await.unwrap();
        let (more, behind) = if backward {
            (page.has_previous, page.has_next)
        } else {
            (page.has_next, page.has_previous)
        };
        assert_eq!(behind, cursor.is_some());
        let edge = if backward {
            page.items.first()
        } else {
            page.items.last()
        };
        cursor = edge.map(|(cursor, _)| cursor.clone());
        let ids = page.items.into_iter().map(|(_, asset)| asset.native_id);
        if backward {
            seen = ids.chain(seen).collect();
        } else {
            seen.extend(ids);
        }
        if !more {
            return seen;
        }
    }
}

async fn fleet(world: &World) {
    // Ties of names within and across discoveries.
    world
        .add_assets(&[("vol-1", "b"), ("vol-2", "a"), ("vol-3", "B")], at(10))
        .await;
    world
        .add_assets(&[("vol-4", "a"), ("vol-5", "b"), ("vol-6", "Ä")], at(5))
        .await;
    world
        .add_assets(&[("vol-7", "c"), ("vol-8", "a"), ("vol-9", "ä")], at(10))
        .await;
}

#[tokio::test]
async fn every_node_comes_once_from_either_end_whatever_the_size() {
    for world in worlds().await {
        fleet(&world).await;
        for order in [AssetOrder::Name, AssetOrder::DiscoveredAt] {
            let up = walk(&world, order, Direction::Ascending, 100, false).await;
            let down = walk(&world, order, Direction::Descending, 100, false).await;
            assert_eq!(up.len(), 9);
            assert_eq!(up, down.iter().rev().cloned().collect::<Vec<_>>());
            for size in [1, 2, 3, 8, 9] {
                for backward in [false, true] {
                    assert_eq!(
                        walk(&world, order, Direction::Ascending, size, backward).await,
                        up
                    );
                    let again = walk(&world, order, Direction::Descending, size, backward).await;
                    assert_eq!(again, down);
                }
            }
        }
    }
}

#[tokio::test]
async fn names_order_by_letters_of_either_case_on_both_databases() {
    for world in worlds().await {
        fleet(&world).await;
        let ids = walk(&world, AssetOrder::Name, Direction::Ascending, 4, false).await;
        let mut names: Vec<&[String]> = ids.chunks(3).collect();
        let last = names.pop().unwrap().to_vec();
        let sorted = |ids: &[String]| {
            let mut ids = ids.to_vec();
            ids.sort();
            ids
        };
        assert_eq!(sorted(names[0]), ["vol-2", "vol-4", "vol-8"]);
        assert_eq!(sorted(names[1]), ["vol-1", "vol-3", "vol-5"]);
        assert_eq!(last[0], "vol-7");
        assert_eq!(sorted(&last[1..]), ["vol-6", "vol-9"]);
    }
}

#[tokio::test]
async fn a_page_goes_on_where_it_was_although_its_edge_is_deleted() {
    for world in worlds().await {
        for name in ["a", "b", "c", "d", "e"] {
            world.add_policy(name).await;
        }
        let (reader, filter) = (world.store.read(), PolicyFilter::default());
        let first = policies::list(&reader, world.id(), &filter, &after(2, None))
            .await
            .unwrap();
        assert!(!first.has_previous && first.has_next);
        let (cursor, edge) = first.items.last().unwrap().clone();
        let mut tx = world.store.begin().await.unwrap();
        policies::remove(&mut tx, world.id(), edge.id)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let rest = policies::list(&reader, world.id(), &filter, &after(5, Some(&cursor))).await;
        let rest = rest.unwrap();
        assert!(rest.has_previous && !rest.has_next);
        let names: Vec<String> = rest
            .into_nodes()
            .into_iter()
            .map(|policy| policy.name)
            .collect();
        assert_eq!(names, ["c", "d", "e"]);
        let back = policies::list(&reader, world.id(), &filter, &before(5, Some(&cursor))).await;
        let back = back.unwrap();
        assert!(!back.has_previous && back.has_next);
        let names: Vec<String> = back
            .into_nodes()
            .into_iter()
            .map(|policy| policy.name)
            .collect();
        assert_eq!(names, ["a"]);
    }
}

#[tokio::test]
async fn an_empty_page_behind_the_last_node_still_knows_what_lies_before() {
    for world in worlds().await {
        world.add_policy("a").await;
        let (reader, filter) = (world.store.read(), PolicyFilter::default());
        let all = policies::list(&reader, world.id(), &filter, &after(9, None))
            .await
            .unwrap();
        let cursor = all.items[0].0.clone();
        let none = policies::list(&reader, world.id(), &filter, &after(9, Some(&cursor))).await;
        let none = none.unwrap();
        assert!(none.items.is_empty() && none.has_previous && !none.has_next);
    }
}

#[tokio::test]
async fn garbage_and_foreign_cursors_are_an_error_and_never_a_panic() {
    for world in worlds().await {
        world.add_policy("a").await;
        fleet(&world).await;
        let (reader, filter) = (world.store.read(), PolicyFilter::default());
        let own = policies::list(&reader, world.id(), &filter, &after(9, None))
            .await
            .unwrap();
        let own = own.items[0].0.clone();
        let encode = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
        let id = "018f0000-0000-7000-8000-000000000000";
        let garbage = [
            String::new(),
            "x".into(),
            "ä".repeat(9),
            "A".repeat(100_000),
            own.chars().skip(2).collect(),
            format!("{own}AA"),
            encode("{}"),
            encode(&"[".repeat(1_000)),
            encode(&format!(
                r#"{{"o":"policies.name-","k":{{"t":"a"}},"i":"{id}"}}"#
            )),
            encode(&format!(
                r#"{{"o":"assets.name+","k":{{"t":"a"}},"i":"{id}"}}"#
            )),
            encode(&format!(
                r#"{{"o":"policies.name+","k":{{"t":"a\u0000"}},"i":"{id}"}}"#
            )),
            encode(&format!(
                r#"{{"o":"policies.name+","k":{{"m":9223372036854775807}},"i":"{id}"}}"#
            )),
            encode(r#"{"o":"policies.name+","k":{"t":"a"},"i":"1"}"#),
        ];
        for text in &garbage {
            let answer = policies::list(&reader, world.id(), &filter, &after(9, Some(text))).await;
            assert!(
                matches!(answer, Err(Error::Cursor)),
                "{text:.80}: {answer:?}"
            );
        }
        // A value of the wrong type for the column is an error as well, of the query at worst.
        let time = encode(&format!(
            r#"{{"o":"policies.name+","k":{{"m":5}},"i":"{id}"}}"#
        ));
        let answer = policies::list(&reader, world.id(), &filter, &after(9, Some(&time))).await;
        assert!(matches!(answer, Err(Error::Cursor)), "{answer:?}");
        let (filter, order) = (AssetFilter::default(), AssetOrder::Name);
        let (up, page) = (Direction::Ascending, after(9, Some(&own)));
        let foreign = assets::list(&reader, world.id(), &filter, order, up, &page);
        assert!(matches!(foreign.await, Err(Error::Cursor)));
    }
}

#[tokio::test]
async fn counts_stop_at_the_cap_and_lists_by_time_are_newest_first() {
    for world in worlds().await {
        let mut tx = world.store.begin().await.unwrap();
        for second in 0..5 {
            audit::record(&mut tx, &world.audit_event(at(second % 3)))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        let events = audit::list(
            &world.store.read(),
            world.id(),
            &AuditFilter::default(),
            &after(9, None),
        )
        .await
        .unwrap();
        let times: Vec<_> = events
            .into_nodes()
            .iter()
            .map(|event| event.occurred_at)
            .collect();
        assert_eq!(times, [at(2), at(1), at(1), at(0), at(0)]);
        fleet(&world).await;
        let select = sea_orm::QueryTrait::into_query(asset::Entity::find());
        for (most, wanted) in [(4, 4), (100, 9)] {
            let count = crate::page::count_up_to(&world.store.read(), select.clone(), most).await;
            assert_eq!(count.unwrap(), wanted);
        }
    }
}

/// What a page costs must not grow with the fleet: SQLite walks an index and sorts nothing.
#[tokio::test]
async fn lists_of_assets_are_ranges_of_an_index() {
    for world in worlds().await {
        if world.store.backend() != Backend::Sqlite {
            continue;
        }
        let filter = AssetFilter::default();
        for (order, index) in [
            (AssetOrder::Name, "assets_searched"),
            (AssetOrder::DiscoveredAt, "assets_by_discovery"),
        ] {
            for direction in [Direction::Ascending, Direction::Descending] {
                let find = asset::Entity::find();
                let select = assets::filtered(find, Backend::Sqlite, &world.id(), &filter);
                let key = match order {
                    AssetOrder::Name => Key::from("m".to_owned()),
                    AssetOrder::DiscoveredAt => Key::from(at(5)),
                };
                let place = (key, world.account.id.uuid());
                let select = assets::with_policy_and_last_point(select);
                let order = assets::ordered(order, direction);
                let mut wanted = range(select, &order, Side::After, Some(&place));
                let plan = explained(&world, wanted.limit(26)).await;
                let first = format!("SEARCH assets USING INDEX {index}");
                assert!(plan[0].starts_with(&first), "{plan:#?}");
                let walks = |step: &String| step.contains("TEMP B-TREE") || step.contains("SCAN");
                assert!(!plan.iter().any(walks), "{plan:#?}");
            }
        }
    }
}

/// What is rare is found, and counted, by reading an index from end to end, and not the rows in its order.
#[tokio::test]
async fn a_search_reads_no_rows_of_assets_that_it_does_not_show() {
    for world in worlds().await {
        if world.store.backend() != Backend::Sqlite {
            continue;
        }
        let searches = [
            AssetFilter {
                text: Some("web".to_owned()),
                ..AssetFilter::default()
            },
            AssetFilter {
                tag: Some(("env".to_owned(), Some("staging".to_owned()))),
                ..AssetFilter::default()
            },
        ];
        for filter in searches {
            let find = asset::Entity::find();
            let mut select = assets::filtered(find, Backend::Sqlite, &world.id(), &filter);
            select.clear_selects().expr(Expr::val(1)).limit(10);
            let plan = explained(&world, &select).await;
            let covered = "SEARCH assets USING COVERING INDEX assets_searched";
            assert!(plan[0].starts_with(covered), "{plan:#?}");
        }
    }
}

/// The steps by which SQLite would run the query.
async fn explained(world: &World, select: &SelectStatement) -> Vec<String> {
    let statement = DbBackend::Sqlite.build(select);
    let sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let values = statement.values.unwrap();
    let explain = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values.0);
    let rows = world
        .store
        .read()
        .db()
        .query_all_raw(explain)
        .await
        .unwrap();
    let details = rows.iter().map(|row| row.try_get("", "detail").unwrap());
    details.collect()
}
