//! What machines may do wrong: tasks at the wrong time, twice, on two replicas, killed in between; clocks that lie.
//!
//! Not for whoever writes past the service (`rows`, `files`). Invariant: each way has a world of its own, and after it the machine
//! runs once more with everything in order.

use std::pin::Pin;
use std::time::Duration;

use domain::task::TaskSpec;
use jiff::SignedDuration;
use server::wiring::Installation;
use tasks::{DutyContext, Rescue};
use tokio_util::sync::CancellationToken;

use super::world::{DAY, Unkept, World, engine};

/// A long time.
const TEN_YEARS: SignedDuration = SignedDuration::from_hours(24 * 3_653);
/// Kills of one way, and how much later each comes than the one before.
const KILLS: u32 = 8;
const KILL_STEP: Duration = Duration::from_millis(12);
/// How long two replicas work side by side.
const TOGETHER: Duration = Duration::from_secs(2);

/// One way.
pub(super) struct Path {
    name: &'static str,
    attack: for<'a> fn(&'a World) -> Pin<Box<dyn Future<Output = ()> + 'a>>,
}

/// Expires and prunes while the clocks are off by so much.
async fn with_clocks(world: &World, server: SignedDuration, database: SignedDuration) {
    world.shift.set(server);
    store::testing::shift_database_clock(world.store(), database);
    world.machine().await;
    world.shift.set(SignedDuration::ZERO);
    store::testing::shift_database_clock(world.store(), SignedDuration::ZERO);
}

/// Runs workers of these installations side by side on the same tasks.
async fn side_by_side(world: &World, installations: &[&Installation], specs: &[TaskSpec]) {
    for spec in specs {
        world.enqueue(spec.clone()).await;
    }
    let shutdown = CancellationToken::new();
    let engines: Vec<_> = installations.iter().map(|one| engine(one)).collect();
    let running = engines.iter().map(|one| one.run(shutdown.clone()));
    let stop = async {
        tokio::time::sleep(TOGETHER).await;
        shutdown.cancel();
    };
    tokio::join!(futures_util::future::join_all(running), stop);
}

async fn rescue(world: &World) {
    let installation = world.installation();
    let outside = &installation.outside;
    let store = installation.store.clone();
    let by_hand = DutyContext::by_hand(store, outside.clock.clone(), outside.ids.clone());
    let registry = workflows::registry(&installation.workflows);
    Rescue::new(registry).rescue_all(&by_hand).await.unwrap();
}

/// Kills the process at growing times after a task began, and starts another one.
async fn killed(world: &World, spec: TaskSpec) {
    for kill in 0..KILLS {
        world.enqueue(spec.clone()).await;
        let running = engine(world.installation());
        let work = running.run(CancellationToken::new());
        // Dropped in the middle: no goodbye, its tasks stay with a lease.
        let cut = tokio::time::timeout(KILL_STEP * kill, work).await;
        assert!(cut.is_err());
        rescue(world).await;
    }
}

/// What machines do.
pub(super) const PATHS: &[Path] = &[
    Path {
        name: "expiry by hand, again and again",
        attack: |w| {
            Box::pin(async move {
                for _ in 0..4 {
                    w.run(TaskSpec::ExpireRecoveryPoints).await;
                }
            })
        },
    },
    Path {
        name: "prune and reconciliation by hand, before and after each other",
        attack: |w| {
            Box::pin(async move {
                w.run(TaskSpec::PruneVault).await;
                w.run(TaskSpec::ReconcileVault).await;
                w.run(TaskSpec::ExpireRecoveryPoints).await;
                w.run(TaskSpec::PruneVault).await;
                w.run(TaskSpec::PruneVault).await;
            })
        },
    },
    Path {
        name: "two expiries, two prunes and a reconciliation at once",
        attack: |w| {
            Box::pin(async move {
                let specs = [
                    TaskSpec::ExpireRecoveryPoints,
                    TaskSpec::ExpireRecoveryPoints,
                    TaskSpec::PruneVault,
                    TaskSpec::PruneVault,
                    TaskSpec::ReconcileVault,
                ];
                side_by_side(w, &[w.installation()], &specs).await;
            })
        },
    },
    Path {
        name: "the same on two replicas",
        attack: |w| {
            Box::pin(async move {
                let outside = w.installation().outside.clone();
                let other = Installation::open(&w.config, outside, false).await.unwrap();
                let specs = [
                    TaskSpec::ExpireRecoveryPoints,
                    TaskSpec::ExpireRecoveryPoints,
                    TaskSpec::PruneVault,
                    TaskSpec::PruneVault,
                ];
                side_by_side(w, &[w.installation(), &other], &specs).await;
                other.store.close().await.unwrap();
            })
        },
    },
    Path {
        name: "expiries killed in between",
        attack: |w| Box::pin(killed(w, TaskSpec::ExpireRecoveryPoints)),
    },
    Path {
        name: "prunes killed in between",
        attack: |w| {
            Box::pin(async move {
                w.run(TaskSpec::ExpireRecoveryPoints).await;
                w.run(TaskSpec::ExpireRecoveryPoints).await;
                killed(w, TaskSpec::PruneVault).await;
            })
        },
    },
    Path {
        name: "the clock of the server ten years ahead",
        attack: |w| Box::pin(with_clocks(w, TEN_YEARS, SignedDuration::ZERO)),
    },
    Path {
        name: "the clock of the server ten years behind",
        attack: |w| Box::pin(with_clocks(w, -TEN_YEARS, SignedDuration::ZERO)),
    },
    Path {
        name: "the clock of the database ten years ahead",
        attack: |w| Box::pin(with_clocks(w, SignedDuration::ZERO, TEN_YEARS)),
    },
    Path {
        name: "the clock of the database ten years behind",
        attack: |w| Box::pin(with_clocks(w, SignedDuration::ZERO, -TEN_YEARS)),
    },
    Path {
        name: "both clocks ten years ahead, when the time was believed before",
        attack: |w| {
            Box::pin(async move {
                w.run(TaskSpec::ExpireRecoveryPoints).await;
                with_clocks(w, TEN_YEARS, TEN_YEARS).await;
            })
        },
    },
    Path {
        name: "both clocks six days ahead, which is believed and short of the lock",
        attack: |w| Box::pin(with_clocks(w, DAY * 6, DAY * 6)),
    },
    Path {
        name: "the volume is gone in AWS",
        attack: |w| {
            Box::pin(async move {
                w.aws.remove_volume(&w.volume);
                w.run(TaskSpec::SyncInventory {
                    aws_account_id: w.account.id,
                    region: "eu-west-1".to_owned(),
                })
                .await;
            })
        },
    },
    Path {
        name: "a backup that is kept for a day, and the base of the locked point goes",
        attack: |w| {
            Box::pin(async move {
                let spec = TaskSpec::BackupEbs {
                    asset_id: w.locked.asset_id,
                    retention: Some(domain::retention::Retention {
                        value: 1,
                        unit: domain::retention::RetentionUnit::Days,
                    }),
                };
                w.run(spec).await;
            })
        },
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn no_task_and_no_clock_ends_a_point_early() {
    for path in PATHS {
        let world = World::new().await;
        (path.attack)(&world).await;
        for point in [&world.locked, &world.held] {
            assert!(world.is_whole(point).await, "{}", path.name);
        }
        world.machine().await;
        world.check(path.name, Unkept::Ends).await;
    }
}
