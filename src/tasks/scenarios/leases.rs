//! Leases are judged by one clock, that of the database, whatever the clocks of the replicas say.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{Clock, TestClock};
use jiff::SignedDuration;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::flow::{act, flow};
use super::house::House;
use crate::duty::{Duties, Duty, DutyContext, DutyError};
use crate::{Registry, Rescue};

/// How wrong the clocks of these tests are.
const WRONG: [SignedDuration; 2] = [
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(-1),
];
/// Looks at a lease while it is renewed again and again.
const LOOKS: u32 = 10;

fn skewed(house: &House, by: SignedDuration) -> Arc<dyn Clock> {
    let clock = TestClock::at(house.clock.now());
    clock.advance(by);
    Arc::new(clock)
}

fn by_hand(house: &House, clock: Arc<dyn Clock>) -> DutyContext {
    DutyContext::by_hand(house.store.clone(), clock, Arc::clone(&house.ids))
}

/// A task that tells when it begins and never ends.
fn endless(begun: &Arc<Notify>) -> Registry {
    let begun = Arc::clone(begun);
    flow(vec![act("endless", move |_| {
        begun.notify_one();
        std::future::pending()
    })])
    .registry()
}

#[tokio::test]
async fn a_worker_with_a_wrong_clock_has_leases_of_the_right_length() {
    for wrong in WRONG {
        for house in House::all().await {
            let begun = Arc::new(Notify::new());
            let registry = endless(&begun);
            let rescue = Rescue::new(registry.clone());
            let mut bench = house.bench.clone();
            bench.clock = skewed(&house, wrong);
            bench.config.heartbeat = Duration::from_millis(20);
            house.bench.enqueue(house.task()).await;
            let engine = bench.engine(registry);
            let looks = async {
                begun.notified().await;
                for _ in 0..LOOKS {
                    let taken = rescue.rescue(&house.by_hand()).await.unwrap();
                    assert_eq!(taken, 0, "{wrong}: its worker lives");
                    tokio::time::sleep(bench.config.heartbeat).await;
                }
            };
            tokio::select! {
                () = Box::pin(engine.run(CancellationToken::new())) => {}
                () = looks => {}
            }
            let over = bench.config.lease + SignedDuration::from_micros(1);
            house.clock.advance(over);
            let taken = rescue.rescue(&house.by_hand()).await.unwrap();
            assert_eq!(taken, 1, "{wrong}: it has been dead for a lease");
        }
    }
}

#[tokio::test]
async fn a_replica_with_a_wrong_clock_takes_no_task_from_a_worker_that_lives() {
    for house in House::all().await {
        let begun = Arc::new(Notify::new());
        let registry = endless(&begun);
        let rescue = Rescue::new(registry.clone());
        house.bench.enqueue(house.task()).await;
        let engine = house.bench.engine(registry);
        let others = async {
            begun.notified().await;
            for wrong in WRONG {
                let other = by_hand(&house, skewed(&house, wrong));
                assert_eq!(rescue.rescue(&other).await.unwrap(), 0, "{wrong}");
            }
        };
        tokio::select! {
            () = Box::pin(engine.run(CancellationToken::new())) => {}
            () = others => {}
        }
        // The same replica can take all of them when it can prove that the worker is dead.
        assert_eq!(rescue.rescue_all(&house.by_hand()).await.unwrap(), 1);
        assert_eq!(rescue.rescue_all(&house.by_hand()).await.unwrap(), 0);
    }
}

struct Once(CancellationToken);

#[async_trait]
impl Duty for Once {
    fn name(&self) -> &'static str {
        "once"
    }

    fn period(&self) -> SignedDuration {
        SignedDuration::from_mins(30)
    }

    async fn run(&self, _: &DutyContext) -> Result<(), DutyError> {
        self.0.cancel();
        Ok(())
    }
}

#[tokio::test]
async fn a_duty_of_a_replica_with_a_wrong_clock_comes_again_at_the_right_time() {
    for house in House::all().await {
        for wrong in WRONG {
            house.clock.advance(SignedDuration::from_hours(4));
            let done = CancellationToken::new();
            let (clock, ids) = (skewed(&house, wrong), Arc::clone(&house.ids));
            let duties = Duties::new(house.store.clone(), clock, ids).with(Once(done.clone()));
            let (_tick, ticks) = watch::channel(0);
            let ended =
                tokio::time::timeout(Duration::from_secs(60), duties.run(ticks, done)).await;
            assert!(ended.is_ok(), "{wrong}: it was not done");
            let end = store::leases::system_end(&house.store.read(), "once").await;
            let expected = house.clock.now() + SignedDuration::from_mins(30);
            assert_eq!(end.unwrap(), Some(expected), "{wrong}");
        }
    }
}
