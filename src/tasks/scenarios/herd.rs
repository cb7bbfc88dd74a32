//! Ten thousand windows in one minute, on two replicas.
//!
//! How long that takes is for `docs/benchmarks/engine.md`; here it is printed.

use std::collections::BTreeSet;

use domain::Clock;
use domain::asset::Asset;
use domain::frequency::Interval;
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::house::House;
use crate::Fired;

const HOURLY: Interval = Interval::Hours { value: 1 };
const DUE: usize = 10_000;

/// Two replicas settle what is due at the same time; each asset has one task then.
async fn fire_on_two(house: &House, assets: &[Asset], label: &str) {
    let begun = tokio::time::Instant::now();
    let (one, two) = (house.scheduler(), house.scheduler());
    let stop = CancellationToken::new();
    let (one, two) = tokio::join!(one.fire_due(&stop), two.fire_due(&stop));
    let (one, two) = (one.unwrap(), two.unwrap());
    eprintln!(
        "{label}: {DUE} due on {:?} in {:?}",
        house.store.backend(),
        begun.elapsed()
    );
    assert_eq!(one.settled + two.settled, DUE);
    assert_eq!(one.queued + two.queued, DUE);
    let again = house.scheduler().fire_due(&stop).await.unwrap();
    assert_eq!(again, Fired::default());
    let ids: Vec<_> = assets.iter().map(|asset| asset.id).collect();
    let tx = house.store.begin().await.unwrap();
    let unfinished = store::schedules::system_unfinished(&tx, &ids)
        .await
        .unwrap();
    let assets: BTreeSet<_> = unfinished.iter().map(|(asset, _)| *asset).collect();
    assert_eq!((unfinished.len(), assets.len()), (DUE, DUE));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_10_000_assets_due_at_once_each_is_queued_once_by_two_schedulers() {
    for house in House::all().await {
        let assets = house.assets(DUE).await;
        house.policy(&[(HOURLY, 2)], &assets).await;
        house.clock.advance(SignedDuration::from_hours(1));
        fire_on_two(&house, &assets, "one policy").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_10_000_policies_due_in_one_minute_each_is_queued_once_by_two_schedulers() {
    for house in House::all().await {
        let assets = house.assets(DUE).await;
        house.policies(HOURLY, &assets).await;
        let minute =
            house.clock.now() + SignedDuration::from_hours(1) + SignedDuration::from_secs(59);
        house.clock.set(minute);
        fire_on_two(&house, &assets, "a policy each").await;
    }
}
