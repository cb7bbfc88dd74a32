//! The simulated AWS keeps the promises that others test against.

use std::sync::Arc;

use domain::clock::TestClock;
use domain::restore::EbsVolumeType;
use domain::tag::Tags;
use jiff::SignedDuration;

use super::*;
use crate::blocks::NewBlockSnapshot;
use crate::capture::{NewSnapshot, SnapshotState};
use crate::permissions::Purpose;
use crate::rebuild::NewVolume;

const ACCOUNT: &str = "111111111111";
const REGION: &str = "eu-west-1";
const ROLE: &str = "arn:aws:iam::111111111111:role/BackupAccess";

struct Stage {
    aws: FakeAws,
    clock: TestClock,
    region: Arc<dyn Region>,
}

async fn stage() -> Stage {
    let clock = TestClock::default();
    let aws = FakeAws::new(Arc::new(clock.clone()));
    aws.add_role(ROLE, Some("secret-id"));
    let region = aws
        .region(&role("secret-id"), REGION, "task_1")
        .await
        .unwrap();
    Stage { aws, clock, region }
}

fn role(external_id: &str) -> AwsAccess {
    AwsAccess::AssumeRole {
        role_arn: ROLE.into(),
        external_id: external_id.into(),
    }
}

fn snapshot_of(volume_id: &str, key: &str) -> NewSnapshot {
    NewSnapshot {
        volume_id: volume_id.into(),
        description: "test".into(),
        tags: Tags::default(),
        client_key: key.into(),
    }
}

fn volume_from(snapshot_id: &str, key: &str) -> NewVolume {
    NewVolume {
        snapshot_id: snapshot_id.into(),
        availability_zone: "eu-west-1a".into(),
        volume_type: EbsVolumeType::Gp3,
        iops: None,
        throughput_mibps: None,
        size_gib: None,
        encrypted: None,
        kms_key_id: None,
        tags: Tags::default(),
        initialization_rate_mibps: None,
        client_token: key.into(),
    }
}

#[tokio::test]
async fn blocks_live_on_through_snapshots_and_volumes() {
    let Stage { aws, region, .. } = stage().await;
    let seed = SeedVolume::blank(1).with_block(0, 1).with_block(9, 2);
    let volume_id = aws.add_volume(ACCOUNT, REGION, seed);
    let first = region
        .create_snapshot(&snapshot_of(&volume_id, "a"))
        .await
        .unwrap();
    aws.write(&volume_id, 9, Some(block_of(3)));
    aws.write(&volume_id, 10, Some(block_of(4)));
    aws.write(&volume_id, 0, None);
    let second = region
        .create_snapshot(&snapshot_of(&volume_id, "b"))
        .await
        .unwrap();

    let old = region.list_blocks(&first.id, None).await.unwrap();
    assert_eq!(
        old.blocks.iter().map(|b| b.index).collect::<Vec<_>>(),
        [0, 9]
    );
    let block = region.get_block(&first.id, &old.blocks[1]).await.unwrap();
    assert_eq!(block.data, block_of(2), "the snapshot keeps what was");

    let changed = region
        .list_changed(&first.id, &second.id, None)
        .await
        .unwrap();
    let kinds: Vec<_> = changed
        .blocks
        .iter()
        .map(|b| (b.index, b.first_token.is_some(), b.second_token.is_some()))
        .collect();
    assert_eq!(
        kinds,
        [(0, true, false), (9, true, true), (10, false, true)]
    );

    let restored = region
        .create_volume(&volume_from(&second.id, "c"))
        .await
        .unwrap();
    assert_eq!(
        aws.blocks_of_volume(&restored.id),
        aws.blocks_of_volume(&volume_id)
    );
}

#[tokio::test]
async fn the_same_client_key_makes_one_thing_even_when_the_answer_is_lost() {
    let Stage { aws, region, .. } = stage().await;
    let volume_id = aws.add_volume(ACCOUNT, REGION, SeedVolume::blank(1));
    aws.inject(Fault::new(
        "CreateSnapshot",
        When::Nth(1),
        Effect::LoseAnswer,
    ));
    let lost = region.create_snapshot(&snapshot_of(&volume_id, "a")).await;
    assert_eq!(lost.unwrap_err().class(), ErrorClass::Transient);
    let found = region
        .create_snapshot(&snapshot_of(&volume_id, "a"))
        .await
        .unwrap();
    assert_eq!(aws.calls("CreateSnapshot"), 1, "it was found, not made");
    aws.inject(Fault::new("CreateVolume", When::Nth(1), Effect::LoseAnswer));
    assert!(
        region
            .create_volume(&volume_from(&found.id, "v"))
            .await
            .is_err()
    );
    let volume = region
        .create_volume(&volume_from(&found.id, "v"))
        .await
        .unwrap();
    let left: Vec<_> = aws.leftovers().into_iter().map(|one| one.id).collect();
    assert_eq!(left, [found.id.clone(), volume.id.clone()]);
    region.delete_volume(&volume.id).await.unwrap();
    region.delete_snapshot(&found.id).await.unwrap();
    region.delete_snapshot(&found.id).await.unwrap();
    assert!(aws.leftovers().is_empty());
}

#[tokio::test]
async fn a_snapshot_is_pending_until_its_time_has_come() {
    let Stage { aws, clock, region } = stage().await;
    aws.set_snapshot_duration(SignedDuration::from_secs(30));
    let volume_id = aws.add_volume(ACCOUNT, REGION, SeedVolume::blank(1).with_block(0, 1));
    let made = region
        .create_snapshot(&snapshot_of(&volume_id, "a"))
        .await
        .unwrap();
    assert_eq!(made.state, SnapshotState::Pending);
    assert!(region.list_blocks(&made.id, None).await.is_err());
    clock.advance(SignedDuration::from_secs(30));
    let now = region.snapshot(&made.id).await.unwrap().unwrap();
    assert_eq!(now.state, SnapshotState::Completed);
    assert_eq!(
        region
            .list_blocks(&made.id, None)
            .await
            .unwrap()
            .blocks
            .len(),
        1
    );
    aws.set_snapshots_fail(true);
    let broken = region
        .create_snapshot(&snapshot_of(&volume_id, "b"))
        .await
        .unwrap();
    clock.advance(SignedDuration::from_secs(30));
    let broken = region.snapshot(&broken.id).await.unwrap().unwrap();
    assert_eq!(broken.state, SnapshotState::Error);
}

#[tokio::test]
async fn pages_hold_everything_once_and_tokens_expire() {
    let Stage { aws, clock, region } = stage().await;
    aws.set_page_size(7);
    let mut seed = SeedVolume::blank(1);
    for index in 0..20 {
        seed = seed.with_block(index * 2, 1);
        aws.add_volume(ACCOUNT, REGION, SeedVolume::blank(1));
    }
    let volume_id = aws.add_volume(ACCOUNT, REGION, seed);
    let made = region
        .create_snapshot(&snapshot_of(&volume_id, "a"))
        .await
        .unwrap();
    let (mut indexes, mut token, mut last) = (Vec::new(), None, None);
    loop {
        let page = region
            .list_blocks(&made.id, token.as_deref())
            .await
            .unwrap();
        indexes.extend(page.blocks.iter().map(|block| block.index));
        last = page.blocks.last().cloned().or(last);
        token = page.next;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(indexes, (0..20).map(|i| i * 2).collect::<Vec<u32>>());
    let mut volumes = 0;
    let mut token = None;
    loop {
        let page = region.volumes_page(token.as_deref()).await.unwrap();
        volumes += page.items.len();
        token = page.next;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(volumes, 21);
    clock.advance(SignedDuration::from_hours(8 * 24));
    let error = region
        .get_block(&made.id, &last.unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.class(), ErrorClass::TokenExpired);
}

#[tokio::test]
async fn a_snapshot_written_block_by_block_becomes_a_volume() {
    let Stage { aws, region, .. } = stage().await;
    let new = NewBlockSnapshot {
        size_gib: 1,
        client_token: "w".into(),
        ..NewBlockSnapshot::default()
    };
    let started = region.start_snapshot(&new).await.unwrap();
    assert_eq!(region.start_snapshot(&new).await.unwrap(), started);
    region.put_block(&started.id, 5, block_of(8)).await.unwrap();
    region.put_block(&started.id, 5, block_of(9)).await.unwrap();
    let short = region
        .put_block(&started.id, 6, Bytes::from_static(b"short"))
        .await;
    assert!(short.is_err());
    let beyond = region.put_block(&started.id, 2_048, block_of(1)).await;
    assert!(beyond.is_err());
    assert!(
        region
            .complete_snapshot(&started.id, 2, None)
            .await
            .is_err()
    );
    region
        .complete_snapshot(&started.id, 1, None)
        .await
        .unwrap();
    assert!(region.put_block(&started.id, 6, block_of(1)).await.is_err());
    let volume = region
        .create_volume(&volume_from(&started.id, "v"))
        .await
        .unwrap();
    let blocks = aws.blocks_of_volume(&volume.id).unwrap();
    assert_eq!(blocks, BTreeMap::from([(5, block_of(9))]));
}

#[tokio::test]
async fn faults_hit_the_calls_they_name_and_no_others() {
    let Stage { aws, region, .. } = stage().await;
    let volume_id = aws.add_volume(ACCOUNT, REGION, SeedVolume::blank(1).with_block(0, 1));
    let made = region
        .create_snapshot(&snapshot_of(&volume_id, "a"))
        .await
        .unwrap();
    let page = region.list_blocks(&made.id, None).await.unwrap();
    let mismatch = Effect::Fail(ErrorClass::ChecksumMismatch);
    aws.inject(Fault::new("GetSnapshotBlock", When::Nth(2), mismatch));
    let elsewhere = Fault::new("GetSnapshotBlock", When::Always, mismatch);
    aws.inject(elsewhere.in_account("222222222222"));
    let block = &page.blocks[0];
    assert!(region.get_block(&made.id, block).await.is_ok());
    let error = region.get_block(&made.id, block).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::ChecksumMismatch);
    assert!(region.get_block(&made.id, block).await.is_ok());
    assert_eq!(aws.bytes_read(), 2 * 524_288);
    aws.clear_faults();
    aws.inject(Fault::new("GetSnapshotBlock", When::Nth(1), Effect::Vanish));
    let error = region.get_block(&made.id, block).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(region.snapshot(&made.id).await.unwrap(), None);
}

#[tokio::test]
async fn roles_open_with_their_external_id_only() {
    let Stage { aws, .. } = stage().await;
    let proof = aws.prove_external_id(&role("secret-id")).await.unwrap();
    assert!(proof.holds(), "{proof:?}");
    let wrong = aws.prove_external_id(&role("other")).await.unwrap();
    assert!(!wrong.holds() && wrong.refusal.is_some());
    assert!(aws.region(&role("other"), REGION, "t").await.is_err());
    aws.add_role(ROLE, None);
    let open = aws.prove_external_id(&role("secret-id")).await.unwrap();
    assert!(open.opens_with_external_id && !open.holds(), "{open:?}");
}

#[tokio::test]
async fn missing_permissions_are_named() {
    let Stage { aws, region, .. } = stage().await;
    aws.deny(ACCOUNT, "ec2:CreateSnapshot");
    let gaps = region.missing_permissions(Purpose::ALL).await.unwrap();
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].action, "ec2:CreateSnapshot");
    let reading = region
        .missing_permissions(&[Purpose::ReadBlocks])
        .await
        .unwrap();
    assert!(reading.is_empty());
    let volume_id = aws.add_volume(ACCOUNT, REGION, SeedVolume::blank(1));
    let error = region
        .create_snapshot(&snapshot_of(&volume_id, "a"))
        .await
        .unwrap_err();
    assert_eq!(error.class(), ErrorClass::AccessDenied);
    aws.allow_all(ACCOUNT);
    assert!(
        region
            .create_snapshot(&snapshot_of(&volume_id, "a"))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn wrapped_keys_open_only_with_their_key_and_context() {
    let Stage { aws, .. } = stage().await;
    let arn = "arn:aws:kms:eu-west-1:111111111111:key/1";
    aws.set_key(arn, KeyState::Enabled);
    let wrapper = aws.key_wrapper(&role("secret-id"), arn).await.unwrap();
    let context = vault::KeyContext {
        organization: "org_1".into(),
        repository: "repository_1".into(),
        purpose: "repository-master-key".into(),
    };
    let key = vault::MasterKey::generate().unwrap();
    let sealed = wrapper.wrap(&key, &context).await.unwrap();
    let back = wrapper.unwrap(&sealed, &context).await.unwrap();
    assert_eq!(back.expose_json(), key.expose_json());
    let moved = vault::KeyContext {
        organization: "org_2".into(),
        ..context.clone()
    };
    assert!(wrapper.unwrap(&sealed, &moved).await.is_err());
    for state in [
        KeyState::Disabled,
        KeyState::PendingDeletion,
        KeyState::Denied,
    ] {
        aws.set_key(arn, state);
        let error = wrapper.unwrap(&sealed, &context).await.unwrap_err();
        assert!(error.is_blocked(), "{state:?}: {error}");
    }
}
