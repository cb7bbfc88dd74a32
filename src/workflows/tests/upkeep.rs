//! Inventory, verification, expiry and reconciliation.

use aws::ErrorClass;
use aws::fake::{Effect, Fault, SeedVolume, When};
use domain::aws_account::AwsAccountStatus;
use domain::ids::RecoveryPointId;
use domain::recovery_point::{Proof, RecoveryPointStatus};
use domain::task::{TaskSpec, TaskStatus};

use crate::testing::{ACCOUNT, REGION, World};

#[tokio::test(flavor = "multi_thread")]
async fn the_inventory_finds_what_is_new_and_notices_what_is_gone() {
    let world = World::new().await;
    world.aws.set_page_size(2);
    let seed = || SeedVolume::blank(1).tagged("Name", "data");
    let ids: Vec<String> = (0..5)
        .map(|_| world.aws.add_volume(ACCOUNT, REGION, seed()))
        .collect();
    world.sync().await;
    for id in &ids {
        assert_eq!(world.asset(id).await.unwrap().name, "data");
    }
    world.aws.remove_volume(&ids[3]);
    world.sync().await;
    assert!(world.asset(&ids[3]).await.unwrap().deleted_at.is_some());
    assert!(world.asset(&ids[2]).await.unwrap().deleted_at.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_list_marks_nothing_as_gone() {
    let world = World::new().await;
    world.aws.set_page_size(1);
    let ids: Vec<String> = (0..3)
        .map(|_| world.aws.add_volume(ACCOUNT, REGION, SeedVolume::blank(1)))
        .collect();
    world.sync().await;
    let denied = Effect::Fail(ErrorClass::AccessDenied);
    world
        .aws
        .inject(Fault::new("DescribeVolumes", When::After(1), denied));
    let spec = TaskSpec::SyncInventory {
        aws_account_id: world.account,
        region: REGION.into(),
    };
    assert_eq!(world.run(spec).await.status, TaskStatus::Failed);
    for id in &ids {
        assert!(world.asset(id).await.unwrap().deleted_at.is_none(), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_connected_only_when_it_was_proven() {
    let world = World::new().await;
    let spec = TaskSpec::VerifyAwsAccount {
        aws_account_id: world.account,
    };
    let task = world.run(spec.clone()).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    assert_eq!(world.account_status().await, AwsAccountStatus::Connected);
    world.aws.deny(ACCOUNT, "ec2:CreateSnapshot");
    let task = world.run(spec.clone()).await;
    assert_eq!(
        task.status,
        TaskStatus::CompletedWithWarnings,
        "{:?}",
        task.failure
    );
    assert_eq!(world.account_status().await, AwsAccountStatus::Degraded);
    world.aws.allow_all(ACCOUNT);
    // The customer opens the role to everyone.
    world
        .aws
        .add_role("arn:aws:iam::111111111111:role/Holdfast", None);
    let task = world.run(spec).await;
    assert_eq!(task.failure.unwrap().code, "EXTERNAL_ID_NOT_ENFORCED");
    assert_eq!(world.account_status().await, AwsAccountStatus::Degraded);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_never_worked_stays_on_its_way_when_its_check_fails() {
    let world = World::new().await;
    let role = "arn:aws:iam::111111111111:role/Holdfast";
    let spec = TaskSpec::VerifyAwsAccount {
        aws_account_id: world.account,
    };
    let pending = AwsAccountStatus::Pending;
    let mut tx = world.store.begin().await.unwrap();
    store::aws_accounts::set_status(&mut tx, world.organization, world.account, pending)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world.aws.add_role(role, Some("of somebody else"));
    let task = world.run(spec).await;
    assert_eq!(task.failure.unwrap().code, "ROLE_REFUSES_US");
    assert_eq!(world.account_status().await, pending);
}

#[tokio::test(flavor = "multi_thread")]
async fn expiry_ends_old_points_and_keeps_the_last_good_one_of_a_protected_asset() {
    let world = World::new().await;
    let (_, asset) = world.volume(SeedVolume::blank(1).with_block(1, 1)).await;
    for days_ago in [4, 3, 2] {
        world.back_up_days_ago(asset.id, days_ago).await;
    }
    world.protect(asset.id).await;
    let points = world.points().await;
    let task = world.expire().await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    let after = world.points().await;
    let statuses: Vec<_> = after.iter().map(|point| point.status).collect();
    let (living, ended) = (RecoveryPointStatus::Available, RecoveryPointStatus::Expired);
    assert_eq!(statuses, [living, ended, ended]);
    assert_eq!(world.repository().await.snapshots().unwrap().len(), 1);
    // What is left reads back whole.
    assert_eq!(
        world.verify(points[0].id).await.status,
        TaskStatus::Completed
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reconciler_adopts_and_verifies_and_marks_lost() {
    let world = World::new().await;
    let (_, asset) = world.volume(SeedVolume::blank(1).with_block(1, 1)).await;
    world.back_up(asset.id, None).await;
    world.back_up(asset.id, None).await;
    let points = world.points().await;
    let orphan = RecoveryPointId::fresh(world.ids.as_ref());
    let written = world.write_without_row(&asset, orphan).await;
    let lost = points[1].snapshot_id.clone().unwrap().parse().unwrap();
    world.repository().await.forget(&[lost]).unwrap();
    let task = world.run(TaskSpec::ReconcileVault).await;
    assert_eq!(
        task.status,
        TaskStatus::CompletedWithWarnings,
        "{:?}",
        task.failure
    );
    world.finish_all().await;
    let after = world.points().await;
    let found = |id| after.iter().find(|point| point.id == id).unwrap();
    let adopted = found(orphan);
    assert_eq!(adopted.status, RecoveryPointStatus::Available);
    assert_eq!(adopted.proof, Proof::ChecksumsMatch);
    assert_eq!(adopted.content_digest, Some(written.root.to_string()));
    assert_eq!(found(points[0].id).status, RecoveryPointStatus::Available);
    assert_eq!(found(points[1].id).status, RecoveryPointStatus::Lost);
}
