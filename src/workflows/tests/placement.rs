//! Snapshots in the account: in another region, in the archive tier, and back from both.

use aws::fake::{Effect, Fault, SeedVolume, When};
use aws::{Aws as _, ErrorClass};
use domain::asset::Asset;
use domain::copy_target::{CopyTarget, StorageTier};
use domain::recovery_point::{RecoveryPoint, RecoveryPointStatus};
use domain::restore::EbsRestoreOptions;
use domain::retention::{Retention, RetentionUnit};
use domain::tag::Tags;
use domain::task::{Task, TaskSpec, TaskStatus};
use jiff::SignedDuration;

use crate::testing::{ACCOUNT, REGION, World};

const FAR: &str = "eu-central-1";

fn target(region: Option<&str>, tier: StorageTier) -> CopyTarget {
    CopyTarget {
        region: region.map(str::to_owned),
        tier,
    }
}

fn far() -> CopyTarget {
    target(Some(FAR), StorageTier::Standard)
}

async fn with_volume() -> (World, String, Asset) {
    let world = World::new().await;
    world.aws.enable_region(ACCOUNT, FAR);
    let seed = SeedVolume::blank(1).with_block(4, 4).with_block(2_047, 7);
    let (volume, asset) = world.volume(seed).await;
    (world, volume, asset)
}

fn spec(asset: &Asset, target: CopyTarget, keep: Option<Retention>) -> TaskSpec {
    TaskSpec::SnapshotEbs {
        asset_id: asset.id,
        retention: keep,
        target,
    }
}

async fn taken(world: &World, asset: &Asset, target: CopyTarget) -> RecoveryPoint {
    let task = world.run(spec(asset, target, None)).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    let id = task.recovery_point_id.unwrap();
    let points = world.points().await;
    points.into_iter().find(|point| point.id == id).unwrap()
}

/// Ids of what is left of ours in a region.
fn left(world: &World, region: &str) -> Vec<String> {
    let all = world.aws.leftovers().into_iter();
    let here = all.filter(|one| one.region == region);
    here.map(|one| one.id).collect()
}

fn restore(world: &World, point: &RecoveryPoint, region: &str) -> TaskSpec {
    TaskSpec::RestoreEbs {
        recovery_point_id: point.id,
        options: EbsRestoreOptions {
            aws_account_id: world.account,
            region: region.to_owned(),
            availability_zone: format!("{region}a"),
            volume_type: None,
            iops: None,
            throughput_mibps: None,
            encrypted: None,
            kms_key_id: None,
            tags: Tags::default(),
            initialization_rate_mibps: None,
            allow_damaged: false,
        },
    }
}

fn restored(world: &World, task: &Task) -> std::collections::BTreeMap<u32, bytes::Bytes> {
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    let result = task.result.as_ref().unwrap();
    let id = result.pointer("/output/volume_id").unwrap();
    world.aws.blocks_of_volume(id.as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_point_in_another_region_is_an_encrypted_copy_and_only_the_newest_source_stays() {
    let (world, volume, asset) = with_volume().await;
    let first = taken(&world, &asset, far()).await;
    assert_eq!(first.region.as_deref(), Some(FAR));
    let copy = first.snapshot_id.clone().unwrap();
    assert_eq!(left(&world, FAR), std::slice::from_ref(&copy));
    let base = first.base_snapshot_id.clone().unwrap();
    assert_eq!(left(&world, REGION), std::slice::from_ref(&base));
    let blocks = world.aws.blocks_of_volume(&volume);
    assert_eq!(world.aws.blocks_of_snapshot(FAR, &copy), blocks);
    let access = world.services.access(&account(&world).await).unwrap();
    let there = world.aws.region(&access, FAR, "test").await.unwrap();
    let shown = there.snapshot(&copy).await.unwrap().unwrap();
    assert!(shown.encrypted);
    assert_eq!(
        shown.tags.get("holdfast:asset"),
        Some(asset.id.to_string().as_str())
    );

    let second = taken(&world, &asset, far()).await;
    assert_ne!(second.base_snapshot_id, Some(base));
    let kept = second.base_snapshot_id.clone().unwrap();
    assert_eq!(left(&world, REGION), [kept]);
    assert_eq!(left(&world, FAR).len(), 2);
    let points = world.points().await;
    assert_eq!(points[1].base_snapshot_id, None, "it was given up");
    // Back where the asset is, no second snapshot is needed.
    let third = taken(&world, &asset, CopyTarget::default()).await;
    assert_eq!(third.region.as_deref(), Some(REGION));
    assert_eq!(left(&world, REGION), [third.snapshot_id.unwrap()]);
}

async fn account(world: &World) -> domain::aws_account::AwsAccount {
    let reader = world.store.read();
    let found = store::aws_accounts::lookup(&reader, world.organization, world.account).await;
    found.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_whose_answer_is_lost_is_found_again_and_not_made_twice() {
    let (world, _, asset) = with_volume().await;
    let lost = Fault::new("CopySnapshot", When::First(2), Effect::LoseAnswer);
    world.aws.inject(lost);
    let point = taken(&world, &asset, far()).await;
    assert_eq!(left(&world, FAR), [point.snapshot_id.unwrap()]);
    assert_eq!(world.aws.calls("CopySnapshot"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_copied_leaves_nothing_behind() {
    let (world, _, asset) = with_volume().await;
    let refused = Effect::Fail(ErrorClass::AccessDenied);
    let fault = Fault::new("CopySnapshot", When::Always, refused);
    world.aws.inject(fault);
    let task = world.run(spec(&asset, far(), None)).await;
    assert_eq!(task.status, TaskStatus::Failed);
    assert_eq!(task.failure.unwrap().code, "AWS_ACCESS_DENIED");
    assert!(world.aws.leftovers().is_empty());
    assert!(world.points().await.is_empty());
    world.aws.clear_faults();
    // A region that nobody enabled is told by name, and undoing does not stumble over it.
    let nowhere = target(Some("me-south-1"), StorageTier::Standard);
    let task = world.run(spec(&asset, nowhere, None)).await;
    let failure = task.failure.unwrap();
    assert_eq!(task.status, TaskStatus::Failed);
    assert_eq!(failure.code, "REGION_UNAVAILABLE");
    assert!(failure.message.contains("me-south-1"), "{failure:?}");
    assert!(world.aws.leftovers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_point_in_another_region_is_restored_there_and_anywhere_in_its_account() {
    let (world, volume, asset) = with_volume().await;
    let point = taken(&world, &asset, far()).await;
    let blocks = world.aws.blocks_of_volume(&volume).unwrap();
    // The region of the asset is lost with the volume and the base.
    world.aws.remove_volume(&volume);
    world
        .aws
        .remove_snapshot(point.base_snapshot_id.as_ref().unwrap());
    let copies = world.aws.calls("CopySnapshot");
    let there = world.run(restore(&world, &point, FAR)).await;
    assert!(restored(&world, &there) == blocks);
    assert_eq!(world.aws.calls("CopySnapshot"), copies);
    let back = world.run(restore(&world, &point, REGION)).await;
    assert!(restored(&world, &back) == blocks);
    assert_eq!(world.aws.calls("CopySnapshot"), copies + 1);
    // The temporary copy is gone: one volume here, the point and one volume there.
    assert_eq!(left(&world, REGION).len(), 1);
    assert_eq!(left(&world, FAR).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_point_deletes_its_copy_and_its_base() {
    let (world, _, asset) = with_volume().await;
    let keep = Retention {
        value: 1,
        unit: RetentionUnit::Days,
    };
    world.shift.set(SignedDuration::from_hours(-24 * 3));
    let task = world.run(spec(&asset, far(), Some(keep))).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    world.shift.set(SignedDuration::ZERO);
    world.expire().await;
    let point = world.points().await.remove(0);
    assert_eq!(point.status, RecoveryPointStatus::Expired);
    assert!(world.aws.leftovers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_somebody_deletes_is_lost_and_silence_of_aws_says_nothing() {
    let (world, _, asset) = with_volume().await;
    let point = taken(&world, &asset, far()).await;
    let untouched = taken(&world, &asset, CopyTarget::default()).await;
    let task = world.run(TaskSpec::ReconcileVault).await;
    assert_eq!(task.status, TaskStatus::Completed, "{task:?}");
    let status = async |id| {
        let points = world.points().await;
        let point = points.into_iter().find(|point| point.id == id);
        point.unwrap().status
    };
    assert_eq!(status(point.id).await, RecoveryPointStatus::Available);
    world
        .aws
        .remove_snapshot(point.snapshot_id.as_ref().unwrap());
    // A region that does not answer says nothing.
    let denied = Effect::Fail(ErrorClass::AccessDenied);
    world
        .aws
        .inject(Fault::new("DescribeSnapshots", When::Always, denied));
    world.run(TaskSpec::ReconcileVault).await;
    assert_eq!(status(point.id).await, RecoveryPointStatus::Available);
    world.aws.clear_faults();
    let task = world.run(TaskSpec::ReconcileVault).await;
    assert_eq!(task.status, TaskStatus::CompletedWithWarnings);
    assert_eq!(status(point.id).await, RecoveryPointStatus::Lost);
    assert_eq!(status(untouched.id).await, RecoveryPointStatus::Available);
    let refused = world.run(restore(&world, &point, FAR)).await;
    assert_eq!(refused.failure.unwrap().code, "POINT_NOT_RESTORABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_point_comes_back_for_its_restore_which_waits_without_a_worker() {
    let (world, volume, asset) = with_volume().await;
    let blocks = world.aws.blocks_of_volume(&volume).unwrap();
    let archive = target(Some(FAR), StorageTier::Archive);
    let point = taken(&world, &asset, archive).await;
    assert_eq!(point.tier, StorageTier::Archive);
    assert_eq!(world.aws.calls("ModifySnapshotTier"), 1);
    world
        .aws
        .set_tiering_duration(SignedDuration::from_hours(24));
    let id = world.enqueue(restore(&world, &point, REGION)).await;
    let waiting = world.finish(id).await;
    assert_eq!(waiting.status, TaskStatus::Blocked);
    assert_eq!(waiting.failure.unwrap().code, "AWAITING_ARCHIVE");
    // Looking again asks AWS for nothing more.
    world.shift.set(SignedDuration::from_hours(12));
    let mut tx = world.store.begin().await.unwrap();
    let (ids, now) = (world.ids.as_ref(), world.clock.now());
    tasks::retry(&mut tx, world.organization, id, ids, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.finish(id).await.status, TaskStatus::Blocked);
    assert_eq!(world.aws.calls("RestoreSnapshotTier"), 1);
    world.shift.set(SignedDuration::from_hours(25));
    let done = world.hurry(id).await;
    assert!(restored(&world, &done) == blocks);
    assert_eq!(world.aws.calls("RestoreSnapshotTier"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_point_that_aws_does_not_archive_at_once_is_good_and_is_archived_later() {
    let (world, _, asset) = with_volume().await;
    let full = Effect::Fail(ErrorClass::LimitExceeded);
    world
        .aws
        .inject(Fault::new("ModifySnapshotTier", When::First(1), full));
    let archive = target(None, StorageTier::Archive);
    let task = world.run(spec(&asset, archive, None)).await;
    assert_eq!(task.status, TaskStatus::CompletedWithWarnings);
    let point = world.points().await.remove(0);
    assert_eq!(point.status, RecoveryPointStatus::Available);
    let access = world.services.access(&account(&world).await).unwrap();
    let region = world.aws.region(&access, REGION, "test").await.unwrap();
    let id = point.snapshot_id.unwrap();
    let tier = async || region.snapshot(&id).await.unwrap().unwrap().tier;
    assert_eq!(tier().await, StorageTier::Standard);
    world.run(TaskSpec::ReconcileVault).await;
    assert_eq!(tier().await, StorageTier::Archive);
    let calls = world.aws.calls("ModifySnapshotTier");
    world.run(TaskSpec::ReconcileVault).await;
    assert_eq!(world.aws.calls("ModifySnapshotTier"), calls);
}
