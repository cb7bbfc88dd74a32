//! Space comes back only for what has ended a day ago and more, and never on doubt.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws::fake::SeedVolume;
use domain::task::{TaskKind, TaskSpec, TaskStatus};
use parking_lot::Mutex;
use serde_json::json;
use tasks::testing::Bench;
use tasks::{DutyContext, Registry, Rescue, Step, StepContext, TaskError, Workflow};

use crate::patience;
use crate::testing::World;

/// Objects of the vault's folder and their sizes.
fn objects(world: &World) -> Vec<(String, u64)> {
    let repository = world.folder.path().to_owned();
    let mut found = Vec::new();
    let mut folders = vec![repository];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if entry
                .path()
                .components()
                .any(|part| part.as_os_str() == "data")
            {
                let size = entry.metadata().unwrap().len();
                found.push((entry.path().display().to_string(), size));
            }
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_younger_than_a_day_stays_and_every_kept_point_reads_back() {
    let world = World::new().await;
    let (_, asset) = world.volume(SeedVolume::blank(1).with_block(1, 1)).await;
    for days_ago in [4, 3, 2] {
        world.back_up_days_ago(asset.id, days_ago).await;
    }
    world.protect(asset.id).await;
    world.expire().await;
    let before = objects(&world);
    assert!(!before.is_empty());
    for _ in 0..2 {
        let task = world.run(TaskSpec::PruneVault).await;
        assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
        let result = task.result.unwrap();
        assert_eq!(result["output"]["repositories"], json!(1), "{result}");
        assert_eq!(result["output"]["packs_deleted"], json!(0), "{result}");
    }
    let after = objects(&world);
    assert!(before.iter().all(|object| after.contains(object)));
    let kept = world.points().await.remove(0);
    assert_eq!(world.verify(kept.id).await.status, TaskStatus::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_misses_a_point_of_the_database_is_left_alone() {
    let world = World::new().await;
    let (_, asset) = world.volume(SeedVolume::blank(1).with_block(1, 1)).await;
    world.back_up(asset.id, None).await;
    world.back_up(asset.id, None).await;
    let lost = world.points().await.remove(0).snapshot_id.unwrap();
    world
        .repository()
        .await
        .forget(&[lost.parse().unwrap()])
        .unwrap();
    let before = objects(&world);
    let task = world.run(TaskSpec::PruneVault).await;
    assert_eq!(task.status, TaskStatus::CompletedWithWarnings);
    let result = task.result.unwrap().to_string();
    assert!(
        result.contains("is missing from the vault's list"),
        "{result}"
    );
    assert_eq!(objects(&world), before);
}

/// What the two fences of each attempt said: lease as this worker knows it, lease by the database.
type Said = Arc<Mutex<Vec<(i32, bool, bool)>>>;

/// A step whose task is given to another worker under it, in its first attempt, without its knowing.
struct Robbed(Said);

#[async_trait]
impl Step for Robbed {
    fn name(&self) -> &'static str {
        "robbed"
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        if cx.attempt == 1 {
            let by_hand = DutyContext::by_hand(cx.store.clone(), cx.clock.clone(), cx.ids.clone());
            let taken = Rescue::new(Registry::new()).rescue_all(&by_hand).await;
            assert_eq!(taken.unwrap(), 1);
        }
        let (local, asks) = (patience::fence(cx), patience::database_fence(cx));
        let said = tokio::task::spawn_blocking(move || (local().is_ok(), asks().is_ok())).await;
        let (local, asks) = said.unwrap();
        self.0.lock().push((cx.attempt, local, asks));
        Ok(json!(null))
    }
}

struct Robbery(Said);

impl Workflow for Robbery {
    fn kind(&self) -> TaskKind {
        TaskKind::PruneVault
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        vec![Arc::new(Robbed(self.0.clone()))]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_does_not_know_yet_that_it_lost_its_task_may_delete_nothing() {
    let world = World::new().await;
    let said = Said::default();
    let registry = Registry::new().with(Robbery(said.clone()));
    let mut bench = Bench::new(world.store.clone(), world.clock.clone(), world.ids.clone());
    // Nobody tells it.
    bench.config.heartbeat = Duration::from_secs(3_600);
    let id = bench.enqueue(world.new_task(TaskSpec::PruneVault)).await;
    let task = bench
        .run_to_end(registry, world.organization, id, "robbed")
        .await;
    assert_eq!((task.status, task.attempt), (TaskStatus::Completed, 2));
    assert_eq!(*said.lock(), [(1, true, false), (2, true, true)]);
}
