//! The crate `aws` against the AWS stand-in: real HTTP, real credentials, real blocks.
//!
//! Not for tasks. Invariant: every test starts its own stand-in.

use std::sync::Arc;
use std::time::Duration;

use aws::{
    Aws, AwsAccess, AwsError, BLOCK_BYTES, BlockRef, ErrorClass, NewBlockSnapshot, NewCopy,
    NewSnapshot, NewVolume, ObjectStoreConfig, Purpose, Region, SnapshotState, TierMove,
    VolumeInfo,
};
use domain::copy_target::StorageTier;
use domain::restore::EbsVolumeType;
use domain::tag::Tags;
use serde_json::json;
use tests::simulator::{OWN_ACCOUNT, Simulator};
use vault::{KeyContext, MasterKey, StoreError};

mod vault_store;

const ACCOUNT: &str = "111111111111";
const REGION: &str = "eu-west-1";
const HERE: (&str, &str) = (ACCOUNT, REGION);

struct Stage {
    sim: Simulator,
    region: Arc<dyn Region>,
}

async fn stage() -> Stage {
    let sim = Simulator::start().await.unwrap();
    let aws = sim.aws();
    let region = aws
        .region(&Simulator::keys(ACCOUNT), REGION, "test")
        .await
        .unwrap();
    Stage { sim, region }
}

fn snapshot_of(volume_id: &str, key: &str) -> NewSnapshot {
    NewSnapshot {
        volume_id: volume_id.into(),
        description: "Holdfast test".into(),
        tags: [("task".to_owned(), "task_1".to_owned())]
            .into_iter()
            .collect(),
        client_key: key.into(),
    }
}

fn volume_of(snapshot_id: &str, key: &str) -> NewVolume {
    NewVolume {
        snapshot_id: snapshot_id.into(),
        availability_zone: format!("{REGION}a"),
        volume_type: EbsVolumeType::Gp3,
        iops: Some(4_000),
        throughput_mibps: Some(200),
        size_gib: None,
        encrypted: None,
        kms_key_id: None,
        tags: [("Name".to_owned(), "restored".to_owned())]
            .into_iter()
            .collect(),
        initialization_rate_mibps: Some(200),
        client_token: key.into(),
    }
}

async fn all_blocks(region: &dyn Region, snapshot_id: &str) -> Vec<BlockRef> {
    let mut all = Vec::new();
    let mut token = None;
    loop {
        let page = region
            .list_blocks(snapshot_id, token.as_deref())
            .await
            .unwrap();
        all.extend(page.blocks);
        token = page.next;
        if token.is_none() {
            return all;
        }
    }
}

async fn all_volumes(region: &dyn Region) -> (Vec<VolumeInfo>, usize) {
    let (mut all, mut pages, mut token) = (Vec::new(), 0, None);
    loop {
        let page = region.volumes_page(token.as_deref()).await.unwrap();
        all.extend(page.items);
        pages += 1;
        token = page.next;
        if token.is_none() {
            return (all, pages);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_opens_with_its_external_id_and_shows_its_account() {
    let sim = Simulator::start().await.unwrap();
    let strict = sim
        .add_role(ACCOUNT, "Strict", Some("hf-right"))
        .await
        .unwrap();
    let open = sim.add_role(ACCOUNT, "Open", None).await.unwrap();
    sim.add_volume(HERE, ("data", 1), &[]).await.unwrap();
    let aws = sim.aws();
    let role = |arn: &str, id: &str| AwsAccess::AssumeRole {
        role_arn: arn.into(),
        external_id: id.into(),
    };

    let proof = aws
        .prove_external_id(&role(&strict, "hf-right"))
        .await
        .unwrap();
    assert!(proof.holds(), "{proof:?}");
    let proof = aws
        .prove_external_id(&role(&open, "hf-right"))
        .await
        .unwrap();
    assert!(proof.opens_with_external_id && !proof.holds(), "{proof:?}");
    let proof = aws
        .prove_external_id(&role(&strict, "hf-wrong"))
        .await
        .unwrap();
    assert!(
        !proof.opens_with_external_id && proof.refusal.is_some(),
        "{proof:?}"
    );

    let identity = aws
        .prove_identity(&role(&strict, "hf-right"))
        .await
        .unwrap();
    assert_eq!(identity.account_id, ACCOUNT);
    assert!(
        identity.arn.contains(":assumed-role/Strict/"),
        "{identity:?}"
    );
    let own = aws.prove_identity(&AwsAccess::Own).await.unwrap();
    assert_eq!(own.account_id, OWN_ACCOUNT);

    let region = aws
        .region(&role(&strict, "hf-right"), REGION, "task_1")
        .await
        .unwrap();
    assert_eq!(all_volumes(region.as_ref()).await.0.len(), 1);
    let error = aws
        .region(&role(&strict, "hf-wrong"), REGION, "task_1")
        .await
        .unwrap_err();
    assert_eq!(error.class(), ErrorClass::AccessDenied, "{error}");
    assert_eq!(error.operation(), "AssumeRole");
    let error = aws
        .region(
            &role("arn:aws:iam::222222222222:role/None", "x"),
            REGION,
            "t",
        )
        .await;
    assert_eq!(error.unwrap_err().class(), ErrorClass::AccessDenied);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_a_role_are_renewed_while_work_goes_on() {
    let sim = Simulator::start().await.unwrap();
    let arn = sim.add_role(ACCOUNT, "Short", Some("hf-1")).await.unwrap();
    sim.config(json!({ "session_ttl_s": 2 })).await.unwrap();
    let access = AwsAccess::AssumeRole {
        role_arn: arn,
        external_id: "hf-1".into(),
    };
    let aws = sim.aws();
    let region = aws.region(&access, REGION, "task_1").await.unwrap();
    let before = sim
        .calls()
        .await
        .unwrap()
        .get("sts.AssumeRole")
        .copied()
        .unwrap_or(0);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    loop {
        region.volumes_page(None).await.unwrap();
        let now = sim
            .calls()
            .await
            .unwrap()
            .get("sts.AssumeRole")
            .copied()
            .unwrap_or(0);
        if now > before + 1 {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "never renewed");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inventory_has_everything_over_several_pages() {
    let Stage { sim, region } = stage().await;
    let mut ids = Vec::new();
    for number in 0..3 {
        let name = format!("volume {number} & more");
        ids.push(sim.add_volume(HERE, (&name, 2), &[]).await.unwrap());
    }
    for _ in 0..510 {
        let form = [
            ("Action", "CreateVolume"),
            ("Version", "2016-11-15"),
            ("AvailabilityZone", "eu-west-1b"),
            ("Size", "1"),
        ];
        sim.query(HERE, "ec2", &form).await.unwrap();
    }
    let run = [
        ("Action", "RunInstances"),
        ("Version", "2016-11-15"),
        ("ImageId", "ami-0abcdef1234567890"),
        ("InstanceType", "m7g.large"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("TagSpecification.1.ResourceType", "instance"),
        ("TagSpecification.1.Tag.1.Key", "Name"),
        ("TagSpecification.1.Tag.1.Value", "web"),
    ];
    sim.query(HERE, "ec2", &run).await.unwrap();

    let (volumes, pages) = all_volumes(region.as_ref()).await;
    assert!(pages >= 2, "{pages} pages");
    let found = volumes.iter().find(|one| one.id == ids[1]).unwrap();
    assert_eq!(found.tags.get("Name"), Some("volume 1 & more"));
    assert_eq!(found.volume.size_gib, 2);
    assert_eq!(found.volume.volume_type, "gp3");
    assert_eq!(found.volume.availability_zone, "eu-west-1a");
    assert_eq!(
        found.arn,
        format!("arn:aws:ec2:eu-west-1:{ACCOUNT}:volume/{}", ids[1])
    );
    let mut unique: Vec<_> = volumes.iter().map(|one| &one.id).collect();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), volumes.len(), "nothing twice");
    assert!(volumes.len() >= 513);

    let instances = region.instances_page(None).await.unwrap();
    assert_eq!(instances.items.len(), 1);
    let web = &instances.items[0];
    assert_eq!(web.tags.get("Name"), Some("web"));
    assert_eq!(web.instance.instance_type, "m7g.large");
    assert!(!web.instance.volumes.is_empty());

    let zones = region.availability_zones().await.unwrap();
    assert!(zones.contains(&"eu-west-1a".to_owned()), "{zones:?}");
    let regions = region.enabled_regions().await.unwrap();
    assert!(regions.contains(&REGION.to_owned()), "{regions:?}");
    assert!(
        region
            .missing_permissions(Purpose::ALL)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_go_round_through_snapshot_and_restored_volume() {
    let Stage { sim, region } = stage().await;
    let volume_id = sim
        .add_volume(HERE, ("data", 1), &[0, 7, 2_047])
        .await
        .unwrap();
    let first = region
        .create_snapshot(&snapshot_of(&volume_id, "step-1"))
        .await
        .unwrap();
    let again = region
        .create_snapshot(&snapshot_of(&volume_id, "step-1"))
        .await
        .unwrap();
    assert_eq!(first.id, again.id, "the same key makes one snapshot");
    assert_eq!(first.tags.get(aws::MANAGED_TAG), Some("true"));
    sim.write_blocks(HERE, &volume_id, &[7, 8]).await.unwrap();
    let second = region
        .create_snapshot(&snapshot_of(&volume_id, "step-2"))
        .await
        .unwrap();
    assert_ne!(first.id, second.id);
    let changed = region
        .list_changed(&first.id, &second.id, None)
        .await
        .unwrap();
    let indexes: Vec<u32> = changed.blocks.iter().map(|one| one.index).collect();
    assert_eq!(indexes, [7, 8]);
    assert_eq!(changed.volume_size_gib, 1);

    let blocks = all_blocks(region.as_ref(), &second.id).await;
    assert_eq!(
        blocks.iter().map(|b| b.index).collect::<Vec<_>>(),
        [0, 7, 8, 2_047]
    );
    let new = NewBlockSnapshot {
        size_gib: 1,
        client_token: "step-3".into(),
        description: "restore".into(),
        ..NewBlockSnapshot::default()
    };
    let started = region.start_snapshot(&new).await.unwrap();
    assert_eq!(
        region.start_snapshot(&new).await.unwrap(),
        started,
        "the same key starts one"
    );
    let mut checksums = Vec::new();
    for block in &blocks {
        let read = region.get_block(&second.id, block).await.unwrap();
        assert_eq!(read.data.len(), BLOCK_BYTES);
        let written = region
            .put_block(&started.id, block.index, read.data)
            .await
            .unwrap();
        assert_eq!(written, read.sha256);
        checksums.extend_from_slice(&written);
    }
    let linear = vault_free_sha256(&checksums);
    region
        .complete_snapshot(&started.id, 4, Some(linear))
        .await
        .unwrap();
    let done = region.snapshot(&started.id).await.unwrap().unwrap();
    assert_eq!(done.state, SnapshotState::Completed);

    let volume = region
        .create_volume(&volume_of(&started.id, "step-4"))
        .await
        .unwrap();
    let same = region
        .create_volume(&volume_of(&started.id, "step-4"))
        .await
        .unwrap();
    assert_eq!(volume.id, same.id, "the same token makes one volume");
    assert_eq!(volume.volume.iops, Some(4_000));
    assert_eq!(volume.volume.throughput_mibps, Some(200));
    assert_eq!(volume.tags.get("Name"), Some("restored"));
    let check = region
        .create_snapshot(&snapshot_of(&volume.id, "step-5"))
        .await
        .unwrap();
    let copies = all_blocks(region.as_ref(), &check.id).await;
    assert_eq!(copies.len(), blocks.len());
    for (copy, block) in copies.iter().zip(&blocks) {
        let copy = region.get_block(&check.id, copy).await.unwrap();
        let original = region.get_block(&second.id, block).await.unwrap();
        assert_eq!(copy.data, original.data);
    }

    let ours: Tags = [(aws::MANAGED_TAG.to_owned(), "true".to_owned())]
        .into_iter()
        .collect();
    assert_eq!(region.find_snapshots(&ours).await.unwrap().len(), 4);
    assert_eq!(region.find_volumes(&ours).await.unwrap().len(), 1);
    region.delete_volume(&volume.id).await.unwrap();
    region.delete_volume(&volume.id).await.unwrap();
    assert_eq!(region.volume(&volume.id).await.unwrap(), None);
    for id in [&first.id, &second.id, &started.id, &check.id, &first.id] {
        region.delete_snapshot(id).await.unwrap();
    }
    assert!(region.find_snapshots(&ours).await.unwrap().is_empty());
    assert_eq!(region.snapshot(&first.id).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_travels_to_another_region_into_the_archive_and_back() {
    const FAR: &str = "eu-central-1";
    let Stage { sim, region } = stage().await;
    let keys = Simulator::keys(ACCOUNT);
    let far = sim.aws().region(&keys, FAR, "test").await.unwrap();
    let volume = sim.add_volume(HERE, ("data", 1), &[0, 7]).await.unwrap();
    let source = region
        .create_snapshot(&snapshot_of(&volume, "step-1"))
        .await
        .unwrap();
    let new = |from: &str, snapshot: &str, key: &str| NewCopy {
        source_region: from.into(),
        source_snapshot_id: snapshot.into(),
        description: "Holdfast test".into(),
        tags: Tags::default(),
        client_key: key.into(),
    };
    // The answer of the first is lost: the copy is found by its key.
    sim.faults(
        json!([{ "service": "ec2", "op": "CopySnapshot", "effect": "lose-answer", "count": 1 }]),
    )
    .await
    .unwrap();
    let first = new(REGION, &source.id, "step-2");
    far.copy_snapshot(&first).await.unwrap_err();
    let copy = far.copy_snapshot(&first).await.unwrap();
    assert_eq!(sim.calls().await.unwrap()["ec2.CopySnapshot"], 1);
    let shown = far.snapshot(&copy).await.unwrap().unwrap();
    assert_eq!(shown.state, SnapshotState::Completed);
    assert!(shown.encrypted && shown.tags.get(aws::MANAGED_TAG).is_some());
    let blocks = all_blocks(far.as_ref(), &copy).await;
    let originals = all_blocks(region.as_ref(), &source.id).await;
    assert_eq!(blocks.len(), 2);
    for (copied, original) in blocks.iter().zip(&originals) {
        let copied = far.get_block(&copy, copied).await.unwrap();
        let original = region.get_block(&source.id, original).await.unwrap();
        assert_eq!(copied.data, original.data);
    }
    // The way back is of an encrypted snapshot: AWS completes it only with a signed address of the source.
    let back = region
        .copy_snapshot(&new(FAR, &copy, "step-3"))
        .await
        .unwrap();
    let shown = region.snapshot(&back).await.unwrap().unwrap();
    assert_eq!(shown.state, SnapshotState::Completed, "{shown:?}");

    let tiering = async || far.tiering(&copy).await.unwrap().unwrap();
    assert_eq!(tiering().await.last_move, None);
    far.archive_snapshot(&copy).await.unwrap();
    assert_eq!(tiering().await.last_move, Some(TierMove::Archived));
    let shown = far.snapshot(&copy).await.unwrap().unwrap();
    assert_eq!(shown.tier, StorageTier::Archive);
    let refused = region.copy_snapshot(&new(FAR, &copy, "step-4")).await;
    assert_eq!(refused.unwrap_err().code(), Some("IncorrectState"));
    sim.config(json!({ "snapshot_tiering_ms": 60_000 }))
        .await
        .unwrap();
    far.bring_back_snapshot(&copy, 2).await.unwrap();
    let found = tiering().await;
    assert_eq!(found.last_move, Some(TierMove::Returning));
    assert!(!found.is_usable(jiff::Timestamp::UNIX_EPOCH), "{found:?}");
    assert!(found.back_until.is_some() && found.progress_percent.is_some());
    assert_eq!(far.tiering("snap-0123456789abcdef0").await.unwrap(), None);
}

fn vault_free_sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).into()
}

async fn one_block(stage: &Stage) -> (String, BlockRef) {
    let volume_id = stage.sim.add_volume(HERE, ("data", 1), &[3]).await.unwrap();
    let snapshot = stage
        .region
        .create_snapshot(&snapshot_of(&volume_id, "s"))
        .await
        .unwrap();
    let block = all_blocks(stage.region.as_ref(), &snapshot.id)
        .await
        .remove(0);
    (snapshot.id, block)
}

async fn read_with(stage: &Stage, faults: serde_json::Value) -> Result<aws::Block, AwsError> {
    let (snapshot_id, block) = one_block(stage).await;
    stage.sim.faults(faults).await.unwrap();
    let outcome = stage.region.get_block(&snapshot_id, &block).await;
    stage.sim.faults(json!([])).await.unwrap();
    outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_torn_and_refused_blocks_are_never_taken() {
    let stage = stage().await;
    let get = |more: serde_json::Value| {
        let mut fault = json!({ "service": "ebs", "op": "GetSnapshotBlock" });
        fault
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!([fault])
    };
    let once = read_with(&stage, get(json!({ "effect": "corrupt", "count": 1 }))).await;
    assert!(once.is_ok(), "a second read heals one wrong bit: {once:?}");
    let always = read_with(&stage, get(json!({ "effect": "corrupt" }))).await;
    assert_eq!(always.unwrap_err().class(), ErrorClass::ChecksumMismatch);
    let once = read_with(&stage, get(json!({ "effect": "truncate", "count": 1 }))).await;
    assert!(once.is_ok(), "{once:?}");
    let always = read_with(&stage, get(json!({ "effect": "truncate" })))
        .await
        .unwrap_err();
    assert_eq!(always.class(), ErrorClass::Transient, "{always}");

    let throttled = get(json!({ "code": "RequestThrottledException", "status": 400 }));
    let error = read_with(&stage, throttled).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Throttled, "{error}");
    let passing = get(json!({ "code": "ThrottlingException", "status": 400, "count": 2 }));
    assert!(
        read_with(&stage, passing).await.is_ok(),
        "the SDK tries again"
    );
    let broken = get(json!({ "code": "InternalServerException", "status": 500 }));
    let error = read_with(&stage, broken).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient, "{error}");
    let gone = read_with(&stage, get(json!({ "effect": "vanish" })))
        .await
        .unwrap_err();
    assert!(gone.is_not_found(), "{gone}");

    let (snapshot_id, block) = one_block(&stage).await;
    let forged = BlockRef {
        token: "AAAA".into(),
        ..block
    };
    let error = stage
        .region
        .get_block(&snapshot_id, &forged)
        .await
        .unwrap_err();
    assert_eq!(error.class(), ErrorClass::TokenExpired, "{error}");
    let error = stage
        .region
        .list_blocks("snap-00000000000000000", None)
        .await
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_and_refusals_of_ec2() {
    let Stage { sim, region } = stage().await;
    let volume_id = sim.add_volume(HERE, ("data", 1), &[1]).await.unwrap();
    let lost = json!([{ "service": "ec2", "op": "CreateSnapshot", "effect": "lose-answer" }]);
    sim.faults(lost).await.unwrap();
    let error = region
        .create_snapshot(&snapshot_of(&volume_id, "once"))
        .await
        .unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient, "{error}");
    sim.faults(json!([])).await.unwrap();
    let made = region
        .create_snapshot(&snapshot_of(&volume_id, "once"))
        .await
        .unwrap();
    assert_eq!(made.volume_id.as_deref(), Some(volume_id.as_str()));
    let ours: Tags = [(aws::MANAGED_TAG.to_owned(), "true".to_owned())]
        .into_iter()
        .collect();
    assert_eq!(
        region.find_snapshots(&ours).await.unwrap().len(),
        1,
        "a lost answer makes no second one"
    );
    let slow = json!([{ "service": "ec2", "op": "CreateSnapshot", "count": 2,
                        "code": "RequestLimitExceeded", "status": 503 }]);
    sim.faults(slow).await.unwrap();
    region
        .create_snapshot(&snapshot_of(&volume_id, "later"))
        .await
        .unwrap();
    assert_eq!(region.find_snapshots(&ours).await.unwrap().len(), 2);

    let refuse = |code: &str, status: u16| json!([{ "service": "ec2", "op": "DescribeVolumes", "code": code, "status": status }]);
    sim.faults(refuse("UnauthorizedOperation", 403))
        .await
        .unwrap();
    let error = region.volumes_page(None).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::AccessDenied, "{error}");
    let gaps = region
        .missing_permissions(&[Purpose::Inventory])
        .await
        .unwrap();
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(gaps[0].action, "ec2:DescribeVolumes");
    sim.faults(refuse("RequestLimitExceeded", 503))
        .await
        .unwrap();
    let error = region.volumes_page(None).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Throttled, "{error}");
    assert!(
        region
            .missing_permissions(&[Purpose::Inventory])
            .await
            .is_err()
    );
    sim.faults(json!([])).await.unwrap();
    let gone = region
        .create_snapshot(&snapshot_of("vol-0123456789abcdef0", "x"))
        .await;
    assert!(gone.unwrap_err().is_not_found());
}
