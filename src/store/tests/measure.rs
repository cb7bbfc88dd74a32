//! Temporary.
use super::{at, volume, worlds};
use crate::assets;
use domain::asset::{AssetFilter, AssetOrder, SeenAsset};
use domain::page::{Direction, PageEnd, PageRequest};
use std::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn measure() {
    if std::env::var("MEASURE").is_err() {
        return;
    }
    for world in worlds().await {
        let backend = world.store.backend();
        let seen: Vec<SeenAsset> = (0..100_000)
            .map(|n| {
                volume(
                    &format!("vol-{n:06}"),
                    &format!("data {}", n * 7919 % 100_000),
                )
            })
            .collect();
        let chunk_rows: usize = std::env::var("MEASURE").unwrap().parse().unwrap();
        let t = Instant::now();
        let mut created = Vec::new();
        for chunk in seen.chunks(chunk_rows) {
            let mut tx = world.store.begin().await.unwrap();
            created.extend(world.upsert(&mut tx, chunk, at(0)).await.created);
            tx.commit().await.unwrap();
        }
        println!("{backend:?} insert 100k {:?}", t.elapsed());
        let t = Instant::now();
        for chunk in seen.chunks(chunk_rows) {
            let mut tx = world.store.begin().await.unwrap();
            world.upsert(&mut tx, chunk, at(1)).await;
            tx.commit().await.unwrap();
        }
        println!("{backend:?} unchanged upsert 100k {:?}", t.elapsed());
        if chunk_rows == 200 { continue; }
        let t = Instant::now();
        let mut tx = world.store.begin().await.unwrap();
        for (n, id) in created.iter().enumerate().take(20_000) {
            for m in 0..3 {
                crate::recovery_points::add(&mut tx, &world.point(*id, at((n * 3 + m) as i64)))
                    .await
                    .unwrap();
            }
        }
        tx.commit().await.unwrap();
        println!("{backend:?} 60k points {:?}", t.elapsed());
        let db = world.store.read();
        let filter = AssetFilter::default();
        for (label, filter) in [
            ("all", filter.clone()),
            (
                "text rare",
                AssetFilter {
                    text: Some("data 99999".into()),
                    ..filter.clone()
                },
            ),
            (
                "text none",
                AssetFilter {
                    text: Some("nope".into()),
                    ..filter.clone()
                },
            ),
            (
                "protected",
                AssetFilter {
                    is_protected: Some(true),
                    ..filter.clone()
                },
            ),
            (
                "tag",
                AssetFilter {
                    tag: Some(("Name".into(), Some("data 777".into()))),
                    ..filter.clone()
                },
            ),
        ] {
            for size in [25, 100] {
                let mut page = PageRequest {
                    size,
                    from: PageEnd::Start { after: None },
                };
                let t = Instant::now();
                let mut n = 0;
                for _ in 0..20 {
                    let got = assets::list_with_policy_and_last_point(
                        &db,
                        world.id(),
                        &filter,
                        AssetOrder::Name,
                        Direction::Ascending,
                        &page,
                    )
                    .await
                    .unwrap();
                    n += 1;
                    match got.items.last() {
                        Some((c, _)) if got.has_next => {
                            page.from = PageEnd::Start {
                                after: Some(c.clone()),
                            }
                        }
                        _ => break,
                    }
                }
                println!(
                    "{backend:?} overview {label} {size}: {:?} a page",
                    t.elapsed() / n
                );
            }
            let t = Instant::now();
            let c = assets::count(&db, world.id(), &filter).await.unwrap();
            println!("{backend:?} count {label} = {c}: {:?}", t.elapsed());
        }
        let page = PageRequest {
            size: 100,
            from: PageEnd::End { before: None },
        };
        let t = Instant::now();
        assets::list(
            &db,
            world.id(),
            &filter,
            AssetOrder::DiscoveredAt,
            Direction::Ascending,
            &page,
        )
        .await
        .unwrap();
        println!("{backend:?} last page by discovery: {:?}", t.elapsed());
    }
}
