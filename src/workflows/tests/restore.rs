//! Restores: what comes back is what was there.

use aws::fake::SeedVolume;
use domain::ids::RecoveryPointId;
use domain::restore::{EbsRestoreOptions, EbsVolumeType, ImageRestoreOptions};
use domain::tag::Tags;
use domain::task::{TaskSpec, TaskStatus};

use crate::testing::{REGION, World};

const BLOCK: usize = 524_288;

fn options(world: &World) -> EbsRestoreOptions {
    EbsRestoreOptions {
        aws_account_id: world.account,
        region: REGION.into(),
        availability_zone: format!("{REGION}a"),
        volume_type: Some(EbsVolumeType::Gp3),
        iops: Some(4_000),
        throughput_mibps: None,
        encrypted: None,
        kms_key_id: None,
        tags: Tags([("Name".to_owned(), "back".to_owned())].into()),
        initialization_rate_mibps: None,
        allow_damaged: false,
    }
}

async fn backed_up(world: &World) -> (String, RecoveryPointId) {
    let mut seed = SeedVolume::blank(1);
    for index in (0..2_048).step_by(37) {
        seed = seed.with_block(index, u8::try_from(index % 251).unwrap());
    }
    let (volume, asset) = world.volume(seed).await;
    let task = world.back_up(asset.id, None).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    (volume, task.recovery_point_id.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_volume_has_the_same_bytes_and_nothing_else_is_left() {
    let world = World::new().await;
    let (volume, point) = backed_up(&world).await;
    let spec = TaskSpec::RestoreEbs {
        recovery_point_id: point,
        options: options(&world),
    };
    let task = world.run(spec).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    let result = task.result.unwrap();
    let restored = result
        .pointer("/output/volume_id")
        .unwrap()
        .as_str()
        .unwrap();
    let nonzero = |id: &str| {
        let mut blocks = world.aws.blocks_of_volume(id).unwrap();
        blocks.retain(|_, data| data.iter().any(|byte| *byte != 0));
        blocks
    };
    assert!(nonzero(&volume) == nonzero(restored));
    let left = world.aws.leftovers();
    let ids: Vec<&str> = left.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids.len(), 2, "the base and the volume: {ids:?}");
    let made = left.iter().find(|one| one.id == restored).unwrap();
    assert_eq!(made.tags.get("Name").unwrap(), "back");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_in_account_point_is_restored_from_its_own_snapshot() {
    let world = World::new().await;
    let (volume, asset) = world.volume(SeedVolume::blank(1).with_block(4, 4)).await;
    let taken = world
        .run(TaskSpec::SnapshotEbs {
            asset_id: asset.id,
            retention: None,
            target: domain::copy_target::CopyTarget::default(),
        })
        .await;
    let point = taken.recovery_point_id.unwrap();
    let spec = TaskSpec::RestoreEbs {
        recovery_point_id: point,
        options: options(&world),
    };
    let task = world.run(spec).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    assert_eq!(world.aws.calls("PutSnapshotBlock"), 0);
    let result = task.result.unwrap();
    let restored = result
        .pointer("/output/volume_id")
        .unwrap()
        .as_str()
        .unwrap();
    assert_eq!(
        world.aws.blocks_of_volume(&volume),
        world.aws.blocks_of_volume(restored)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_zone_is_refused_before_anything_is_made() {
    let world = World::new().await;
    let (_, point) = backed_up(&world).await;
    let options = EbsRestoreOptions {
        availability_zone: format!("{REGION}z"),
        ..options(&world)
    };
    let task = world
        .run(TaskSpec::RestoreEbs {
            recovery_point_id: point,
            options,
        })
        .await;
    assert_eq!(task.status, TaskStatus::Failed);
    assert_eq!(task.failure.unwrap().code, "ZONE_UNKNOWN");
    assert_eq!(world.aws.calls("StartSnapshot"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_file_has_the_same_bytes_and_holes() {
    let world = World::new().await;
    let (volume, point) = backed_up(&world).await;
    let options = ImageRestoreOptions {
        file_name: "volume.img".into(),
        allow_damaged: false,
    };
    let spec = TaskSpec::RestoreImage {
        recovery_point_id: point,
        options: options.clone(),
    };
    let task = world.run(spec.clone()).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    let path = world.folder.path().join("restores/volume.img");
    let image = std::fs::read(&path).unwrap();
    assert_eq!(image.len(), 1 << 30);
    let blocks = world.aws.blocks_of_volume(&volume).unwrap();
    for (index, data) in image.chunks(BLOCK).enumerate() {
        let expected = blocks.get(&u32::try_from(index).unwrap());
        let same = expected.map_or_else(|| data.iter().all(|b| *b == 0), |block| block == data);
        assert!(same, "block {index}");
    }
    let stored = std::os::unix::fs::MetadataExt::blocks(&std::fs::metadata(&path).unwrap()) * 512;
    assert!(
        stored < 1 << 29,
        "zeros are holes, {stored} bytes are stored"
    );
    let files = std::fs::read_dir(world.folder.path().join("restores"))
        .unwrap()
        .count();
    assert_eq!(files, 1, "no claim and no partial file is left");
    // A second restore must not touch it.
    let again = world.run(spec).await;
    assert_eq!(again.status, TaskStatus::Failed);
    assert!(std::fs::read(&path).unwrap() == image);
}
