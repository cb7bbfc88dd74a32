//! Starting work: backups, restores and verifications, their idempotency keys and who may do what.

use domain::permission::Permission;
use domain::recovery_point::{Proof, RecoveryPointStatus};
use domain::restore::{EbsRestoreOptions, ImageRestoreOptions};
use domain::retention::RetentionUnit;
use domain::tag::Tags;
use domain::task::TaskKind;
use domain::{AssetId, RecoveryPointId};

use super::*;
use crate::testing::Harness;
use crate::{recovery_kits, restores, verifications};

fn backup(assets: &[Option<AssetId>], key: &str) -> NewBackup {
    NewBackup {
        asset_ids: assets.to_vec(),
        placement: Placement::Vault,
        target: CopyTarget::default(),
        keep: Some(Retention {
            value: 7,
            unit: RetentionUnit::Days,
        }),
        idempotency_key: key.to_owned(),
    }
}

fn codes(error: &Error) -> Vec<ProblemCode> {
    let problems = error.problems().unwrap_or_default();
    problems.iter().map(|problem| problem.code).collect()
}

async fn tasks_in_all(ctx: &Ctx) -> u64 {
    crate::tasks::count(ctx, &domain::task::TaskFilter::default())
        .await
        .unwrap()
}

#[tokio::test]
async fn the_same_request_twice_starts_work_once_and_other_work_is_a_conflict() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let account = world.account(&ctx).await;
    let assets = world.volumes(&ctx, &account, 3).await;
    let ids: Vec<_> = assets.iter().map(|asset| Some(asset.id)).collect();
    let before = tasks_in_all(&ctx).await;
    let first = start(&ctx, backup(&ids, "k1")).await.unwrap();
    let second = start(&ctx, backup(&ids, "k1")).await.unwrap();
    assert_eq!(first.len(), 3);
    assert_eq!(
        first.iter().map(|task| task.id).collect::<Vec<_>>(),
        second.iter().map(|task| task.id).collect::<Vec<_>>()
    );
    assert_eq!(tasks_in_all(&ctx).await, before + 3);
    for (task, asset) in first.iter().zip(&assets) {
        assert_eq!(task.asset_id, Some(asset.id));
        assert_eq!(task.spec.kind(), TaskKind::BackupEbs);
        assert_eq!(task.actor, ctx.actor());
    }
    let fewer = start(&ctx, backup(&ids[..2], "k1")).await.unwrap_err();
    assert_eq!(codes(&fewer), [ProblemCode::Conflict]);
    let point = world.point(&ctx, &assets[0]).await;
    let other = verifications::start(&ctx, Some(point.id), Proof::ChecksumsMatch, "k1").await;
    assert_eq!(codes(&other.unwrap_err()), [ProblemCode::Conflict]);
    assert_eq!(start(&ctx, backup(&ids, "k2")).await.unwrap().len(), 3);
    // A key of one organization means nothing in another.
    let stranger = world.stranger().await;
    let theirs = world.account(&stranger).await;
    let foreign = world.volumes(&stranger, &theirs, 1).await;
    let fresh = start(&stranger, backup(&[Some(foreign[0].id)], "k1")).await;
    assert_eq!(fresh.unwrap().len(), 1);
}

#[tokio::test]
async fn where_a_snapshot_goes_is_checked_and_is_part_of_the_request() {
    use domain::copy_target::StorageTier;
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let account = world.account(&ctx).await;
    let assets = world.volumes(&ctx, &account, 1).await;
    let far = |region: &str, tier, days| NewBackup {
        placement: Placement::InAccount,
        target: CopyTarget {
            region: Some(region.to_owned()),
            tier,
        },
        keep: Some(Retention {
            value: days,
            unit: RetentionUnit::Days,
        }),
        ..backup(&[Some(assets[0].id)], "k")
    };
    let refused = async |new: NewBackup| {
        let error = start(&ctx, new).await.unwrap_err();
        error.problems().unwrap()[0].field.clone()
    };
    let (standard, archive) = (StorageTier::Standard, StorageTier::Archive);
    assert_eq!(refused(far("Ohio", standard, 7)).await, ["targetRegion"]);
    assert_eq!(refused(far("us-east-2", archive, 89)).await, ["keep"]);
    let in_vault = NewBackup {
        placement: Placement::Vault,
        ..far("us-east-2", standard, 7)
    };
    assert_eq!(refused(in_vault).await, ["targetRegion"]);
    let tasks = start(&ctx, far("us-east-2", archive, 90)).await.unwrap();
    let TaskSpec::SnapshotEbs { target, .. } = &tasks[0].spec else {
        panic!("{:?}", tasks[0].spec);
    };
    assert_eq!(target.region.as_deref(), Some("us-east-2"));
    assert_eq!(target.tier, archive);
    let elsewhere = start(&ctx, far("us-west-2", archive, 90)).await;
    assert_eq!(codes(&elsewhere.unwrap_err()), [ProblemCode::Conflict]);
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let account = world.account(&ctx).await;
    let assets = world.volumes(&ctx, &account, 1).await;
    let ids = [Some(assets[0].id)];
    let first = start(&ctx, backup(&ids, "k")).await.unwrap();
    world.clock.advance(jiff::SignedDuration::from_hours(25));
    let second = start(&ctx, backup(&ids, "k")).await.unwrap();
    assert_ne!(first[0].id, second[0].id);
}

#[tokio::test]
async fn bad_batches_and_keys_are_refused_with_their_fields() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let account = world.account(&ctx).await;
    let assets = world.volumes(&ctx, &account, 1).await;
    let stranger = world.stranger().await;
    let theirs = world.account(&stranger).await;
    let foreign = world.volumes(&stranger, &theirs, 1).await;
    let none = start(&ctx, backup(&[], "k")).await.unwrap_err();
    assert_eq!(codes(&none), [ProblemCode::Invalid]);
    let mixed = [Some(assets[0].id), Some(foreign[0].id), None];
    let error = start(&ctx, backup(&mixed, "k")).await.unwrap_err();
    assert_eq!(codes(&error), [ProblemCode::NotFound; 2]);
    let mut bad = backup(&[Some(assets[0].id)], "");
    bad.keep = Some(Retention {
        value: 0,
        unit: RetentionUnit::Days,
    });
    let error = start(&ctx, bad).await.unwrap_err();
    let fields: Vec<String> = error
        .problems()
        .unwrap()
        .iter()
        .map(|problem| problem.field.join("."))
        .collect();
    assert_eq!(fields, ["idempotencyKey", "keep.value"]);
}

fn options(account: domain::AwsAccountKey) -> EbsRestoreOptions {
    EbsRestoreOptions {
        aws_account_id: account,
        region: "eu-west-1".to_owned(),
        availability_zone: "eu-west-1a".to_owned(),
        volume_type: None,
        iops: None,
        throughput_mibps: None,
        encrypted: None,
        kms_key_id: None,
        tags: Tags::default(),
        initialization_rate_mibps: None,
        allow_damaged: false,
    }
}

#[tokio::test]
async fn a_restore_is_queued_once_for_a_point_and_an_account_of_ones_own() {
    let world = Harness::new().await;
    let ctx = world.person_with(&crate::testing::RESTORER).await;
    let admin = world.admin().await;
    let account = world.account(&admin).await;
    let assets = world.volumes(&admin, &account, 1).await;
    let point = world.point(&admin, &assets[0]).await;
    let go = async |point: Option<RecoveryPointId>, options: EbsRestoreOptions, key: &str| {
        let account = Some(options.aws_account_id);
        restores::ebs_volume(&ctx, point, account, options, key).await
    };
    let first = go(Some(point.id), options(account.id), "r").await.unwrap();
    let again = go(Some(point.id), options(account.id), "r").await.unwrap();
    assert_eq!(first.id, again.id);
    assert_eq!(first.recovery_point_id, Some(point.id));
    let elsewhere = EbsRestoreOptions {
        region: "us-east-1".to_owned(),
        availability_zone: "us-east-1a".to_owned(),
        ..options(account.id)
    };
    let error = go(Some(point.id), elsewhere, "r2").await.unwrap_err();
    assert_eq!(error.problems().unwrap()[0].field, ["region"]);
    let error = go(None, options(account.id), "r3").await.unwrap_err();
    assert_eq!(codes(&error), [ProblemCode::NotFound]);
    let nobody = options(domain::AwsAccountKey::fresh(ctx.ids()));
    let error = go(Some(point.id), nobody, "r4").await.unwrap_err();
    assert_eq!(error.problems().unwrap()[0].field, ["awsAccountId"]);
    let stranger = world.stranger().await;
    let theirs = world.account(&stranger).await;
    let foreign = restores::ebs_volume(
        &stranger,
        Some(point.id),
        Some(theirs.id),
        options(theirs.id),
        "r",
    )
    .await;
    assert_eq!(codes(&foreign.unwrap_err()), [ProblemCode::NotFound]);
}

#[tokio::test]
async fn an_image_restore_needs_a_usable_point_and_a_plain_name() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let account = world.account(&ctx).await;
    let assets = world.volumes(&ctx, &account, 1).await;
    let point = world.point(&ctx, &assets[0]).await;
    let image = async |name: &str, key: &str| {
        let options = ImageRestoreOptions {
            file_name: name.to_owned(),
            allow_damaged: false,
        };
        restores::image(&ctx, Some(point.id), options, key).await
    };
    assert!(image("vol.img", "i1").await.is_ok());
    let error = image("../etc/passwd", "i2").await.unwrap_err();
    assert_eq!(error.problems().unwrap()[0].field, ["fileName"]);
    let mut tx = ctx.begin().await.unwrap();
    let lost = RecoveryPointStatus::Lost;
    store::recovery_points::set_status(&mut tx, ctx.organization(), point.id, lost)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let error = image("vol.img", "i3").await.unwrap_err();
    assert_eq!(codes(&error), [ProblemCode::PreconditionFailed]);
    let error = verifications::start(&ctx, Some(point.id), Proof::ChecksumsMatch, "v").await;
    assert_eq!(
        codes(&error.unwrap_err()),
        [ProblemCode::PreconditionFailed]
    );
}

#[tokio::test]
async fn each_kind_of_work_needs_its_own_right() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let account = world.account(&admin).await;
    let assets = world.volumes(&admin, &account, 1).await;
    let point = world.point(&admin, &assets[0]).await;
    let restorer = world.person_with(&crate::testing::RESTORER).await;
    let refused = start(&restorer, backup(&[Some(assets[0].id)], "k")).await;
    assert!(matches!(
        refused,
        Err(Error::Forbidden(Permission::BackupRun))
    ));
    let keeper = world.person_with(&crate::testing::KEEPER).await;
    let image = ImageRestoreOptions {
        file_name: "a.img".to_owned(),
        allow_damaged: false,
    };
    let refused = restores::image(&keeper, Some(point.id), image, "k").await;
    assert!(matches!(
        refused,
        Err(Error::Forbidden(Permission::RestoreRun))
    ));
    let refused = recovery_kits::export(&keeper, Some(assets[0].id)).await;
    assert!(matches!(
        refused,
        Err(Error::Forbidden(Permission::RecoveryKitExport))
    ));
    let (repository, kit) = recovery_kits::export(&admin, Some(assets[0].id))
        .await
        .unwrap();
    assert_eq!(Some(repository.id), point.repository_id);
    assert!(kit.location.contains(&repository.id.to_string()));
    let unbound = recovery_kits::export(&admin, None).await.unwrap_err();
    assert_eq!(codes(&unbound), [ProblemCode::NotFound]);
}
