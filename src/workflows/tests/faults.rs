//! Trouble: the task says what it was, nothing half is called good, and nothing is left behind.

use aws::ErrorClass;
use aws::fake::{Effect, Fault, KeyState, SeedVolume, When, block_of};
use domain::asset::Asset;
use domain::organization::KeySource;
use domain::recovery_point::RecoveryPointStatus;
use domain::task::{Task, TaskStatus};

use crate::testing::World;

const KEY: &str = "arn:aws:kms:eu-west-1:111111111111:key/test";

async fn world() -> (World, String, Asset) {
    let world = World::new().await;
    let mut seed = SeedVolume::blank(1);
    for index in 0..32 {
        seed = seed.with_block(index * 8, 1 + u8::try_from(index).unwrap());
    }
    let (volume, asset) = world.volume(seed).await;
    (world, volume, asset)
}

fn code(task: &Task) -> &str {
    task.failure
        .as_ref()
        .map_or("", |failure| failure.code.as_str())
}

async fn assert_nothing_happened(world: &World) {
    assert!(world.points().await.is_empty(), "no point may exist");
    assert!(
        world.aws.leftovers().is_empty(),
        "{:?}",
        world.aws.leftovers()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_slows_a_backup_down_and_does_not_fail_it() {
    let (world, _, asset) = world().await;
    let when = When::First(6);
    world.aws.inject(Fault::new(
        "GetSnapshotBlock",
        when,
        Effect::Fail(ErrorClass::Throttled),
    ));
    let task = world.back_up(asset.id, None).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    assert!(task.attempt > 1);
    assert_eq!(world.points().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_checksum_is_read_again() {
    let (world, _, asset) = world().await;
    let effect = Effect::Fail(ErrorClass::ChecksumMismatch);
    world
        .aws
        .inject(Fault::new("GetSnapshotBlock", When::Nth(3), effect));
    let task = world.back_up(asset.id, None).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
}

#[tokio::test(flavor = "multi_thread")]
async fn checksums_that_stay_wrong_fail_the_backup() {
    let (world, _, asset) = world().await;
    let effect = Effect::Fail(ErrorClass::ChecksumMismatch);
    world
        .aws
        .inject(Fault::new("GetSnapshotBlock", When::Always, effect));
    let task = world.back_up(asset.id, None).await;
    assert_eq!(
        (task.status, code(&task)),
        (TaskStatus::Failed, "CHECKSUM_MISMATCH")
    );
    assert_nothing_happened(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_vanishes_fails_the_backup_cleanly() {
    let (world, _, asset) = world().await;
    world
        .aws
        .inject(Fault::new("GetSnapshotBlock", When::Nth(5), Effect::Vanish));
    let task = world.back_up(asset.id, None).await;
    assert_eq!(
        (task.status, code(&task)),
        (TaskStatus::Failed, "SNAPSHOT_VANISHED")
    );
    assert_nothing_happened(&world).await;
    world.aws.clear_faults();
    let task = world.back_up(asset.id, None).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_makes_no_second_snapshot() {
    let (world, _, asset) = world().await;
    world.aws.inject(Fault::new(
        "CreateSnapshot",
        When::Nth(1),
        Effect::LoseAnswer,
    ));
    let task = world.back_up(asset.id, None).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    assert_eq!(world.aws.leftovers().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_that_is_gone_is_named() {
    let (world, volume, asset) = world().await;
    world.aws.remove_volume(&volume);
    let task = world.back_up(asset.id, None).await;
    assert_eq!(
        (task.status, code(&task)),
        (TaskStatus::Failed, "ASSET_GONE")
    );
    assert_nothing_happened(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_call_is_named_and_undone() {
    let (world, _, asset) = world().await;
    let effect = Effect::Fail(ErrorClass::AccessDenied);
    world
        .aws
        .inject(Fault::new("ListSnapshotBlocks", When::Always, effect));
    let task = world.back_up(asset.id, None).await;
    assert_eq!(
        (task.status, code(&task)),
        (TaskStatus::Failed, "AWS_ACCESS_DENIED")
    );
    assert_nothing_happened(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_key_blocks_and_the_task_goes_on_when_it_is_back() {
    let world = World::with_keys(KeySource::AwsKms {
        key_arn: KEY.into(),
    })
    .await;
    let (volume, asset) = world.volume(SeedVolume::blank(1).with_block(1, 1)).await;
    world.aws.set_key(KEY, KeyState::Enabled);
    let task = world.back_up(asset.id, None).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    world.aws.set_key(KEY, KeyState::Disabled);
    world.forget_keys();
    world.aws.write(&volume, 2, Some(block_of(2)));
    let task = world.back_up(asset.id, None).await;
    assert_eq!(
        (task.status, code(&task)),
        (TaskStatus::Blocked, "BLOCKED_KEY")
    );
    assert_eq!(world.points().await.len(), 1, "nothing was deleted");
    world.aws.set_key(KEY, KeyState::Enabled);
    let task = world.hurry(task.id).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    assert_eq!(world.points().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_in_the_vault_is_found_and_said() {
    let (world, _, asset) = world().await;
    world.back_up(asset.id, None).await;
    let point = world.points().await.remove(0);
    let largest = world.largest_pack();
    let mut bytes = std::fs::read(&largest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::remove_file(&largest).unwrap();
    std::fs::write(&largest, bytes).unwrap();
    let task = world.verify(point.id).await;
    assert_eq!(
        (task.status, code(&task)),
        (TaskStatus::Failed, "VAULT_DAMAGED")
    );
    assert_eq!(world.points().await[0].status, RecoveryPointStatus::Damaged);
}
