//! How many tasks a second the engine claims, runs and finishes, and how many windows a second its schedulers turn into tasks,
//! against bare SKIP LOCKED loops over the same database.
//!
//! Not a test. Invariant: both sides commit durably, and every task has a step that is written before and after it ran.
//!
//!     cargo run --release -p tasks --example engine_bench -- sqlite:/tmp/bench.db [TASKS [SLOTS]]
//!     cargo run --release -p tasks --example engine_bench -- postgres://user@host/database [TASKS [SLOTS]]
//!
//! Prints one JSON object. The database must be empty or of an earlier run.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a bench stops at the first trouble and prints what it found"
)]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::organization::{KeySource, Organization};
use domain::organization_settings::OrganizationSettings;
use domain::organizational_unit::OrganizationalUnit;
use domain::task::{Actor, NewTask, TaskKind, TaskSpec};
use domain::{Clock, IdSource, OrganizationId, OrganizationalUnitId, SystemClock, SystemIds};
use serde_json::json;
use store::{Backend, DatabaseConfig, Store};
use tasks::{Engine, EngineConfig, Registry, Step, StepContext, TaskError, Workflow};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

mod bare;
mod fire;

struct NoOp {
    has_limits: bool,
}

struct Nothing;

impl Workflow for NoOp {
    fn kind(&self) -> TaskKind {
        TaskKind::ReconcileVault
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        vec![Arc::new(Nothing)]
    }

    fn concurrency_limit(&self) -> Option<u32> {
        self.has_limits.then_some(1_000_000)
    }
}

#[async_trait]
impl Step for Nothing {
    fn name(&self) -> &'static str {
        "nothing"
    }

    async fn run(&self, _cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        Ok(serde_json::Value::Null)
    }
}

struct Bench {
    url: String,
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    organization: OrganizationId,
    unit: OrganizationalUnitId,
    count: usize,
    slots: usize,
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .unwrap_or_else(|| "sqlite::memory:".to_owned());
    let number = |text: Option<String>, default| text.map_or(default, |text| text.parse().unwrap());
    let count = number(arguments.next(), 20_000);
    let slots = number(arguments.next(), 256);
    let bench = Bench::new(url, count, slots).await;
    let one_by_one = bench.enqueue_one_by_one(count.min(1_000)).await;
    let in_thousands = bench.enqueue().await;
    let one_worker = bench.run(1, false).await;
    bench.enqueue().await;
    let two_workers = bench.run(2, false).await;
    bench.enqueue().await;
    let with_limits = bench.run(1, true).await;
    let bare = bare::run(&bench.url, count.min(10_000)).await;
    let best_bare = bare.values().copied().fold(0.0, f64::max);
    let one_policy = fire::run(&bench, false).await;
    let policy_each = fire::run(&bench, true).await;
    let bare_firing = bare::fire(&bench.url, count.min(10_000)).await;
    let best_firing = bare_firing.values().copied().fold(0.0, f64::max);
    let report = json!({
        "database": match bench.store.backend() {
            Backend::Sqlite => "SQLite",
            Backend::Postgres => "PostgreSQL",
        },
        "tasks": count,
        "slots": slots,
        "enqueue_one_by_one_per_second": one_by_one.round(),
        "enqueue_in_thousands_per_second": in_thousands.round(),
        "engine_per_second": {
            "one_worker": one_worker.round(),
            "two_workers": two_workers.round(),
            "one_worker_with_limits": with_limits.round(),
        },
        "bare_loop_per_second": bare,
        "engine_to_best_bare_loop": (one_worker / best_bare * 100.0).round() / 100.0,
        "two_schedulers": {
            "one_policy": one_policy.report(),
            "a_policy_each": policy_each.report(),
        },
        "bare_firing_per_second": bare_firing,
        "schedulers_to_best_bare_firing": (policy_each.per_second() / best_firing * 100.0).round() / 100.0,
        "is_release_build": !cfg!(debug_assertions),
    });
    println!("{report:#}");
}

impl Bench {
    async fn new(url: String, count: usize, slots: usize) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdSource> = Arc::new(SystemIds::new(SystemClock));
        let store = Store::open(&DatabaseConfig::new(&url), Arc::clone(&clock))
            .await
            .unwrap();
        store.migrate().await.unwrap();
        let organization = OrganizationId::fresh(&*ids);
        let new = Organization {
            id: organization,
            name: format!("Bench {organization}"),
            key_source: KeySource::Local,
            settings: OrganizationSettings::default(),
            version: 1,
            created_at: clock.now(),
        };
        let root = OrganizationalUnit {
            id: OrganizationalUnitId::fresh(&*ids),
            organization_id: organization,
            parent_id: None,
            name: "Root".to_owned(),
            version: 1,
        };
        let mut tx = store.begin().await.unwrap();
        store::organizations::add(&mut tx, &new, &root)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Self {
            url,
            store,
            clock,
            ids,
            organization,
            unit: root.id,
            count,
            slots,
        }
    }

    fn task(&self) -> NewTask {
        NewTask {
            concurrency_key: Some("account:eu-west-1:reconcile_vault".to_owned()),
            ..NewTask::new(self.organization, TaskSpec::ReconcileVault, Actor::System)
        }
    }

    async fn enqueue_one_by_one(&self, count: usize) -> f64 {
        let begun = Instant::now();
        for _ in 0..count {
            let mut tx = self.store.begin().await.unwrap();
            let now = self.clock.now();
            tasks::enqueue(&mut tx, self.task(), &*self.ids, now)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        count as f64 / begun.elapsed().as_secs_f64()
    }

    async fn enqueue(&self) -> f64 {
        let begun = Instant::now();
        let all = vec![self.task(); self.count];
        for chunk in all.chunks(1_000) {
            let mut tx = self.store.begin().await.unwrap();
            let now = self.clock.now();
            tasks::enqueue_many(&mut tx, chunk.to_vec(), &*self.ids, now)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        self.count as f64 / begun.elapsed().as_secs_f64()
    }

    /// Runs all that is queued; tasks a second from the first claim to the last finish.
    async fn run(&self, workers: usize, has_limits: bool) -> f64 {
        let waiting = bare::unfinished(&self.url).await;
        let config = EngineConfig {
            slots: self.slots / workers,
            ..EngineConfig::default()
        };
        let registry = Registry::new().with(NoOp { has_limits });
        let engine = || {
            let (clock, ids) = (Arc::clone(&self.clock), Arc::clone(&self.ids));
            Engine::new(self.store.clone(), clock, ids, registry.clone(), config)
        };
        let shutdown = CancellationToken::new();
        let engines: Vec<Engine> = (0..workers).map(|_| engine()).collect();
        let running = engines.iter().map(|engine| engine.run(shutdown.clone()));
        let begun = Instant::now();
        let watching = async {
            while bare::unfinished(&self.url).await > 0 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            let took = begun.elapsed();
            shutdown.cancel();
            took
        };
        let (_, took) = tokio::join!(futures_util::future::join_all(running), watching);
        waiting as f64 / took.as_secs_f64()
    }
}
