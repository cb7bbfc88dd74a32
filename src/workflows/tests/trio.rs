//! The trio for every workflow: each step twice, failure at each step, crash around each step.

use std::collections::BTreeSet;

use aws::fake::SeedVolume;
use domain::recovery_point::{Placement, Proof, RecoveryPointStatus};
use domain::restore::{EbsRestoreOptions, ImageRestoreOptions};
use domain::tag::Tags;
use domain::task::{TaskKind, TaskSpec};
use tasks::testing::{Case, Ending, trio};

use crate::registry;
use crate::testing::{ACCOUNT, REGION, World};

fn case(world: World, spec: TaskSpec) -> Case<World> {
    let kind: TaskKind = spec.kind();
    let registry = registry(&world.services);
    let workflow = registry
        .newest()
        .find(|workflow| workflow.kind() == kind)
        .unwrap()
        .clone();
    Case {
        store: world.store.clone(),
        clock: world.clock.clone(),
        ids: world.ids.clone(),
        workflow,
        task: world.new_task(spec),
        world,
    }
}

async fn with_volume() -> (World, domain::asset::Asset) {
    let world = World::new().await;
    let (_, asset) = world
        .volume(SeedVolume::blank(1).with_block(1, 1).with_block(99, 9))
        .await;
    (world, asset)
}

async fn with_point() -> (World, domain::ids::RecoveryPointId) {
    let (world, asset) = with_volume().await;
    let task = world.back_up(asset.id, None).await;
    (world, task.recovery_point_id.unwrap())
}

/// Whatever happened, what is in the vault, in the account and in the database fits together.
async fn assert_consistent(world: &World, others: usize, label: &str) {
    let points = world.points().await;
    let mut wanted = BTreeSet::new();
    let mut in_vault = BTreeSet::new();
    for point in &points {
        assert_eq!(point.status, RecoveryPointStatus::Available, "{label}");
        wanted.extend(point.base_snapshot_id.clone());
        let snapshot = point.snapshot_id.clone().unwrap();
        match point.placement {
            Placement::Vault => in_vault.insert(snapshot),
            Placement::InAccount => wanted.insert(snapshot),
        };
    }
    let left: BTreeSet<String> = world
        .aws
        .leftovers()
        .into_iter()
        .map(|one| one.id)
        .collect();
    assert!(wanted.is_subset(&left), "{label}: {wanted:?} of {left:?}");
    assert_eq!(left.len() - wanted.len(), others, "{label}: {left:?}");
    if world.has_repository().await {
        let found = world.repository().await.snapshots().unwrap();
        let found: BTreeSet<String> = found.into_iter().map(|one| one.id.to_string()).collect();
        assert_eq!(found, in_vault, "{label}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn backup() {
    let make = || async {
        let (world, asset) = with_volume().await;
        case(
            world,
            TaskSpec::BackupEbs {
                asset_id: asset.id,
                retention: None,
            },
        )
    };
    trio(make, |case, _, ending, label| async move {
        assert_consistent(&case.world, 0, &label).await;
        if ending == Ending::Done {
            assert_eq!(case.world.points().await.len(), 1, "{label}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn increment() {
    let make = || async {
        let (world, asset) = with_volume().await;
        world.back_up(asset.id, None).await;
        case(
            world,
            TaskSpec::BackupEbs {
                asset_id: asset.id,
                retention: None,
            },
        )
    };
    trio(make, |case, _, ending, label| async move {
        let points = case.world.points().await;
        assert_consistent(&case.world, 0, &label).await;
        if ending == Ending::Done {
            assert_eq!(points.len(), 2, "{label}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshot() {
    let make = || async {
        let (world, asset) = with_volume().await;
        case(
            world,
            TaskSpec::SnapshotEbs {
                asset_id: asset.id,
                retention: None,
                target: domain::copy_target::CopyTarget::default(),
            },
        )
    };
    trio(make, |case, _, _, label| async move {
        assert_consistent(&case.world, 0, &label).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshot_in_the_archive_of_another_region() {
    let make = || async {
        let (world, asset) = with_volume().await;
        world.aws.enable_region(ACCOUNT, "eu-central-1");
        let target = domain::copy_target::CopyTarget {
            region: Some("eu-central-1".to_owned()),
            tier: domain::copy_target::StorageTier::Archive,
        };
        let spec = |target| TaskSpec::SnapshotEbs {
            asset_id: asset.id,
            retention: None,
            target,
        };
        let before = world.run(spec(target.clone())).await;
        assert!(before.recovery_point_id.is_some(), "{before:?}");
        case(world, spec(target))
    };
    trio(make, |case, _, ending, label| async move {
        // Two copies at most: whichever attempt was interrupted, none is made again.
        assert_consistent(&case.world, 0, &label).await;
        if ending == Ending::Done {
            let points = case.world.points().await;
            let bases: Vec<_> = points
                .iter()
                .map(|point| point.base_snapshot_id.is_some())
                .collect();
            assert_eq!(bases, [true, false], "{label}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restore_to_a_volume_from_another_region() {
    let make = || async {
        let (world, asset) = with_volume().await;
        world.aws.enable_region(ACCOUNT, "eu-central-1");
        let spec = TaskSpec::SnapshotEbs {
            asset_id: asset.id,
            retention: None,
            target: domain::copy_target::CopyTarget {
                region: Some("eu-central-1".to_owned()),
                tier: domain::copy_target::StorageTier::Archive,
            },
        };
        let point = world.run(spec).await.recovery_point_id.unwrap();
        let options = EbsRestoreOptions {
            aws_account_id: world.account,
            region: REGION.into(),
            availability_zone: format!("{REGION}a"),
            volume_type: None,
            iops: None,
            throughput_mibps: None,
            encrypted: None,
            kms_key_id: None,
            tags: Tags::default(),
            initialization_rate_mibps: None,
            allow_damaged: false,
        };
        let spec = TaskSpec::RestoreEbs {
            recovery_point_id: point,
            options,
        };
        case(world, spec)
    };
    trio(make, |case, _, ending, label| async move {
        let volumes = usize::from(ending == Ending::Done);
        assert_consistent(&case.world, volumes, &label).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restore_to_a_volume() {
    let make = || async {
        let (world, point) = with_point().await;
        let options = EbsRestoreOptions {
            aws_account_id: world.account,
            region: REGION.into(),
            availability_zone: format!("{REGION}a"),
            volume_type: None,
            iops: None,
            throughput_mibps: None,
            encrypted: None,
            kms_key_id: None,
            tags: Tags::default(),
            initialization_rate_mibps: None,
            allow_damaged: false,
        };
        case(
            world,
            TaskSpec::RestoreEbs {
                recovery_point_id: point,
                options,
            },
        )
    };
    trio(make, |case, _, ending, label| async move {
        let volumes = usize::from(ending == Ending::Done);
        assert_consistent(&case.world, volumes, &label).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restore_to_an_image() {
    let make = || async {
        let (world, point) = with_point().await;
        let options = ImageRestoreOptions {
            file_name: "volume.img".into(),
            allow_damaged: false,
        };
        case(
            world,
            TaskSpec::RestoreImage {
                recovery_point_id: point,
                options,
            },
        )
    };
    trio(make, |case, _, ending, label| async move {
        assert_consistent(&case.world, 0, &label).await;
        let folder = case.world.folder.path().join("restores");
        let files: Vec<_> = match std::fs::read_dir(folder) {
            Ok(entries) => entries.map(|entry| entry.unwrap().file_name()).collect(),
            Err(_) => Vec::new(),
        };
        match ending {
            Ending::Done => assert_eq!(files, ["volume.img"], "{label}"),
            Ending::Undone => assert!(files.is_empty(), "{label}: {files:?}"),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verification() {
    let make = || async {
        let (world, point) = with_point().await;
        case(
            world,
            TaskSpec::VerifyRecoveryPoint {
                recovery_point_id: point,
                level: Proof::ContentMatches,
            },
        )
    };
    trio(make, |case, _, _, label| async move {
        assert_consistent(&case.world, 0, &label).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inventory() {
    let make = || async {
        let world = World::new().await;
        world.aws.add_volume(ACCOUNT, REGION, SeedVolume::blank(1));
        let spec = TaskSpec::SyncInventory {
            aws_account_id: world.account,
            region: REGION.into(),
        };
        case(world, spec)
    };
    trio(make, |case, _, ending, label| async move {
        let found = case.world.asset("vol-").await;
        if ending == Ending::Done {
            assert!(
                found.is_some_and(|asset| asset.deleted_at.is_none()),
                "{label}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verification_of_an_account() {
    let make = || async {
        let world = World::new().await;
        let spec = TaskSpec::VerifyAwsAccount {
            aws_account_id: world.account,
        };
        case(world, spec)
    };
    trio(make, |case, _, ending, label| async move {
        if ending == Ending::Done {
            assert_eq!(case.world.queued_inventories().await, 1, "{label}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn expiry() {
    let make = || async {
        let (world, asset) = with_volume().await;
        world.back_up_days_ago(asset.id, 3).await;
        world.back_up(asset.id, None).await;
        // Into the undo window; what is tried is the removal at its end.
        world.run(TaskSpec::ExpireRecoveryPoints).await;
        world.age(8).await;
        case(world, TaskSpec::ExpireRecoveryPoints)
    };
    trio(make, |case, _, ending, label| async move {
        let points = case.world.points().await;
        assert_eq!(points[0].status, RecoveryPointStatus::Available, "{label}");
        let snapshots = case.world.repository().await.snapshots().unwrap().len();
        // Between the word that it goes and the word that it is gone it may be there or not.
        let may_be_gone = points[1].life.removal_began_at.is_some();
        let is_gone = points[1].status == RecoveryPointStatus::Expired;
        let least = if may_be_gone || is_gone { 1 } else { 2 };
        let most = if is_gone { 1 } else { 2 };
        assert!((least..=most).contains(&snapshots), "{label}: {snapshots}");
        if ending == Ending::Done {
            assert!(is_gone, "{label}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reconciliation() {
    let make = || async {
        let (world, asset) = with_volume().await;
        world.back_up(asset.id, None).await;
        let orphan = domain::ids::RecoveryPointId::fresh(world.ids.as_ref());
        world.write_without_row(&asset, orphan).await;
        case(world, TaskSpec::ReconcileVault)
    };
    trio(make, |case, _, ending, label| async move {
        if ending == Ending::Done {
            assert_eq!(case.world.points().await.len(), 2, "{label}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prune_vault() {
    let make = || async {
        let (world, _) = with_point().await;
        case(world, TaskSpec::PruneVault)
    };
    trio(make, |case, _, _, label| async move {
        let point = case.world.points().await.remove(0);
        let task = case.world.verify(point.id).await;
        assert_eq!(task.status, domain::task::TaskStatus::Completed, "{label}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_protection() {
    let make = || async {
        let (world, _) = with_volume().await;
        let policy = world.daily("Gold").await;
        world.rule_for_all(policy.id).await;
        case(world, TaskSpec::ApplyProtection)
    };
    trio(make, |case, _, ending, label| async move {
        // Nothing is taken back: what the rules say holds, whoever came to say it.
        if ending == Ending::Done {
            let counts = case.world.assert_applied(&label).await;
            assert_eq!(counts.get(&None), None, "{label}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn assign_policy() {
    let make = || async {
        let (world, _) = with_volume().await;
        let policy = world.daily("Gold").await;
        let spec = TaskSpec::AssignPolicy {
            policy_id: Some(policy.id),
            filter: Box::default(),
            unit_ids: None,
        };
        case(world, spec)
    };
    trio(make, |case, _, ending, label| async move {
        let counts = case.world.assert_applied(&label).await;
        if ending == Ending::Done {
            assert_eq!(counts.get(&None), None, "{label}");
        }
    })
    .await;
}
