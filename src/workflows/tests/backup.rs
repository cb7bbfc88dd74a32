//! Backups: full, incremental, and what they leave behind.

use aws::fake::{SeedVolume, block_of};
use domain::alert::{AlertFilter, AlertKind, AlertSubject, NewAlert};
use domain::ids::{AlertId, PolicyOperationId};
use domain::page::{Direction, PageRequest};
use domain::recovery_point::{Proof, RecoveryPointStatus};
use domain::retention::{Retention, RetentionUnit};
use domain::schedule::window_alert_key;
use domain::task::{NewTask, TaskSpec, TaskStatus};

use crate::testing::World;

const GIB: u64 = 1 << 30;

#[tokio::test(flavor = "multi_thread")]
async fn a_first_backup_is_full_and_read_back() {
    let world = World::new().await;
    let seed = SeedVolume::blank(1)
        .with_block(0, 1)
        .with_block(9, 2)
        .with_block(2_047, 3);
    let (_, asset) = world.volume(seed).await;
    let keep = Retention {
        value: 7,
        unit: RetentionUnit::Days,
    };
    let task = world.back_up(asset.id, Some(keep)).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    let points = world.points().await;
    let point = &points[0];
    assert_eq!(points.len(), 1);
    assert_eq!(point.status, RecoveryPointStatus::Available);
    assert_eq!(point.proof, Proof::ChecksumsMatch);
    assert!(point.is_full);
    assert_eq!(point.size_bytes, GIB);
    assert_eq!(point.expires_at, Some(keep.end(point.taken_at)));
    assert_eq!(task.recovery_point_id, Some(point.id));
    let result = task.result.unwrap();
    assert_eq!(
        result.pointer("/output/bytes_read").unwrap(),
        3 * 4 * 1024 * 1024
    );
    // Exactly the new base is left in the account.
    let left = world.aws.leftovers();
    assert_eq!(left.len(), 1);
    assert_eq!(Some(&left[0].id), point.base_snapshot_id.as_ref());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_was_never_tried_is_tried_by_the_next_backup() {
    let world = World::new().await;
    let (_, asset) = world.volume(SeedVolume::blank(1).with_block(0, 1)).await;
    let known = async || {
        let reader = world.store.read();
        let found = store::object_locks::list(&reader, world.organization).await;
        found.unwrap().len()
    };
    world.back_up(asset.id, None).await;
    assert_eq!(known().await, 1);
    // As after a probe that failed: what it would have found is not there.
    store::testing::tamper(&world.store, "DELETE FROM object_locks").await;
    let task = world.back_up(asset.id, None).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    assert_eq!(known().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_increment_reads_only_what_changed_and_holds_everything() {
    let world = World::new().await;
    let mut seed = SeedVolume::blank(1);
    for index in 0..64 {
        seed = seed.with_block(index, u8::try_from(index).unwrap());
    }
    let (volume, asset) = world.volume(seed).await;
    world.back_up(asset.id, None).await;
    let before = world.aws.bytes_read();
    world.aws.write(&volume, 5, Some(block_of(0xee)));
    world.aws.write(&volume, 20, None);
    world.aws.write(&volume, 1_000, Some(block_of(0xdd)));
    let task = world.back_up(asset.id, None).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    assert_eq!(world.aws.bytes_read() - before, 2 * 524_288);
    let points = world.points().await;
    assert!(!points[0].is_full && points[1].is_full);
    assert_eq!(points[1].base_snapshot_id, None, "the old base is given up");
    assert_eq!(world.aws.leftovers().len(), 1);
    let repository = world.repository().await;
    let id = points[0].snapshot_id.clone().unwrap().parse().unwrap();
    let image = repository.image(&id).unwrap();
    let mut block = vec![0; 524_288];
    for (index, byte) in [
        (5_u64, 0xee_u8),
        (20, 0),
        (21, 21),
        (63, 63),
        (1_000, 0xdd),
        (1_001, 0),
    ] {
        image.read_at(index * 524_288, &mut block).unwrap();
        assert!(block.iter().all(|b| *b == byte), "block {index}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_base_snapshot_the_next_backup_is_full_again() {
    let world = World::new().await;
    let (_, asset) = world.volume(SeedVolume::blank(1).with_block(7, 7)).await;
    world.back_up(asset.id, None).await;
    let base = world.points().await[0].base_snapshot_id.clone().unwrap();
    world.aws.remove_snapshot(&base);
    let task = world.back_up(asset.id, None).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    let result = task.result.unwrap();
    assert_eq!(result.pointer("/output/full_reason").unwrap(), "base_gone");
    assert!(world.points().await[0].is_full);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_volume_makes_a_point_too() {
    let world = World::new().await;
    let (_, asset) = world.volume(SeedVolume::blank(2)).await;
    let task = world.back_up(asset.id, None).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    assert_eq!(world.points().await[0].size_bytes, 2 * GIB);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_in_account_snapshot_is_a_point_without_our_proof() {
    let world = World::new().await;
    let (_, asset) = world.volume(SeedVolume::blank(1).with_block(1, 1)).await;
    let task = world
        .run(TaskSpec::SnapshotEbs {
            asset_id: asset.id,
            retention: None,
            target: domain::copy_target::CopyTarget::default(),
        })
        .await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    let points = world.points().await;
    assert_eq!(points[0].proof, Proof::None);
    assert_eq!(world.aws.leftovers().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_point_of_an_operation_ends_the_alert_about_its_window_and_no_other() {
    let world = World::new().await;
    let (_, asset) = world.volume(SeedVolume::blank(1).with_block(1, 1)).await;
    let fresh = || PolicyOperationId::fresh(world.ids.as_ref());
    let (ours, other) = (fresh(), fresh());
    let mut tx = world.store.begin().await.unwrap();
    for operation in [ours, other] {
        let alert = NewAlert {
            id: AlertId::fresh(world.ids.as_ref()),
            organization_id: world.organization,
            key: window_alert_key(operation, asset.id),
            kind: AlertKind::WindowExceeded,
            severity: AlertKind::WindowExceeded.severity(),
            cause: "It took too long.".to_owned(),
            evidence: serde_json::json!({ "operation": operation }),
            subject: AlertSubject {
                asset_id: Some(asset.id),
                ..AlertSubject::default()
            },
        };
        store::alerts::raise(&mut tx, &alert).await.unwrap();
    }
    let spec = TaskSpec::SnapshotEbs {
        asset_id: asset.id,
        retention: None,
        target: domain::copy_target::CopyTarget::default(),
    };
    let new = NewTask {
        operation_id: Some(ours),
        ..world.new_task(spec)
    };
    let queued = tasks::enqueue(&mut tx, new, world.ids.as_ref(), world.clock.now()).await;
    tx.commit().await.unwrap();
    let task = world.finish(queued.unwrap().task_id).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    let filter = AlertFilter {
        is_open: Some(true),
        ..AlertFilter::default()
    };
    let (reader, page) = (world.store.read(), PageRequest::default());
    let organization = world.organization;
    let open = store::alerts::list(&reader, organization, &filter, Direction::Ascending, &page);
    let open = open.await.unwrap().into_nodes();
    let keys: Vec<_> = open
        .iter()
        .map(|alert| alert.evidence["operation"].clone())
        .collect();
    assert_eq!(keys, [serde_json::json!(other)]);
}
