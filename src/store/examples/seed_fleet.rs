//! Puts a fleet into the database of the first organization: one account, so many volumes, a policy, a point of each volume.
//!
//! Not a test and no demo: the page benchmark (tests/bench/graphql.sh) reads it. Invariant: it writes by the store alone, so what
//! it leaves is what Holdfast would have written.
//!
//!     cargo run --release -p store --example seed_fleet -- sqlite:/tmp/bench/holdfast.db 1000
#![expect(clippy::unwrap_used, reason = "a bench stops at the first trouble")]

use std::sync::Arc;

use domain::asset::{AssetDetails, AssetKind, EbsVolume, SeenAsset};
use domain::assignment::Assignment;
use domain::aws_account::{AccountAccess, AwsAccount, AwsAccountRegion, AwsAccountStatus};
use domain::frequency::{Frequency, Interval, StartTime};
use domain::policy::{CatchUp, Policy, PolicyOperation};
use domain::protection_rule::{Decision, ProtectionSource};
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::retention::{Retention, RetentionUnit};
use domain::tag::Tags;
use domain::{
    AssetId, AssignmentId, AwsAccountKey, Clock as _, IdSource, OrganizationId,
    OrganizationalUnitId, PolicyId, PolicyOperationId, RecoveryPointId, SystemClock, SystemIds,
};
use jiff::Timestamp;
use store::assets::Place;
use store::{DatabaseConfig, Store};

const REGION: &str = "eu-west-1";
const VOLUME_BYTES: u64 = 1 << 30;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap();
    let count: usize = arguments.next().unwrap().parse().unwrap();
    let clock = Arc::new(SystemClock);
    let store = Store::open(&DatabaseConfig::new(url), clock.clone())
        .await
        .unwrap();
    let organization = store::organizations::system_list(&store.read())
        .await
        .unwrap()
        .remove(0)
        .id;
    let unit = store::organizational_units::root(&store.read(), organization)
        .await
        .unwrap()
        .id;
    let (ids, now) = (SystemIds::new(SystemClock), clock.now());
    let account = account(organization, unit, &ids, now);
    let policy = policy(organization, unit, &ids, now);
    let mut tx = store.begin().await.unwrap();
    store::aws_accounts::add(&mut tx, &account).await.unwrap();
    store::policies::add(&mut tx, &policy).await.unwrap();
    let place = Place {
        account: &account,
        region: REGION,
        kind: AssetKind::EbsVolume,
    };
    let seen: Vec<SeenAsset> = (0..count).map(volume).collect();
    let upserted = store::assets::upsert_seen(&mut tx, &place, &seen, &ids, now)
        .await
        .unwrap();
    for asset_id in upserted.created {
        let assignment = Assignment {
            id: AssignmentId::fresh(&ids),
            organization_id: organization,
            asset_id,
            policy_id: policy.id,
            created_at: now,
        };
        store::assignments::set(&mut tx, organization, &[assignment])
            .await
            .unwrap();
        let by_hand = Decision {
            policy_id: Some(policy.id),
            source: Some(ProtectionSource::Direct),
        };
        store::assets::set_decision(&mut tx, organization, &[asset_id], by_hand)
            .await
            .unwrap();
        let point = point(&policy, asset_id, RecoveryPointId::fresh(&ids), now);
        store::recovery_points::add(&mut tx, &point).await.unwrap();
    }
    tx.commit().await.unwrap();
    store.close().await.unwrap();
}

fn account(
    organization: OrganizationId,
    unit: OrganizationalUnitId,
    ids: &dyn IdSource,
    now: Timestamp,
) -> AwsAccount {
    AwsAccount {
        id: AwsAccountKey::fresh(ids),
        organization_id: organization,
        unit_id: unit,
        account_id: "111111111111".to_owned(),
        name: "Bench".to_owned(),
        access: AccountAccess::Role {
            role_arn: "arn:aws:iam::111111111111:role/Holdfast".to_owned(),
            external_id: "external".to_owned(),
        },
        status: AwsAccountStatus::Connected,
        regions: vec![AwsAccountRegion {
            region: REGION.to_owned(),
            asset_kinds: vec![AssetKind::EbsVolume],
            status: AwsAccountStatus::Connected,
            missing_permissions: Vec::new(),
            inventoried_at: Some(now),
        }],
        version: 1,
        created_at: now,
    }
}

fn policy(
    organization: OrganizationId,
    unit: OrganizationalUnitId,
    ids: &dyn IdSource,
    now: Timestamp,
) -> Policy {
    Policy {
        id: PolicyId::fresh(ids),
        organization_id: organization,
        unit_id: unit,
        name: "Gold".to_owned(),
        description: None,
        is_active: true,
        operations: vec![PolicyOperation {
            id: PolicyOperationId::fresh(ids),
            asset_kind: AssetKind::EbsVolume,
            placement: Placement::InAccount,
            frequencies: vec![Frequency {
                every: Interval::Days { value: 1 },
                keep: Retention {
                    value: 30,
                    unit: RetentionUnit::Days,
                },
            }],
            start: StartTime::default(),
            window: None,
            catch_up: CatchUp::default(),
            proof: None,
            target: domain::copy_target::CopyTarget::default(),
        }],
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

fn volume(number: usize) -> SeenAsset {
    let native_id = format!("vol-{number:017x}");
    SeenAsset {
        arn: format!("arn:aws:ec2:{REGION}:111111111111:volume/{native_id}"),
        native_id,
        tags: Tags::default(),
        details: AssetDetails::EbsVolume(EbsVolume {
            availability_zone: format!("{REGION}a"),
            size_gib: 1,
            volume_type: "gp3".to_owned(),
            iops: None,
            throughput_mibps: None,
            encrypted: false,
            kms_key_id: None,
            state: "available".to_owned(),
            attachments: Vec::new(),
        }),
    }
}

fn point(policy: &Policy, asset_id: AssetId, id: RecoveryPointId, now: Timestamp) -> RecoveryPoint {
    RecoveryPoint {
        id,
        organization_id: policy.organization_id,
        asset_id,
        policy_id: Some(policy.id),
        task_id: None,
        placement: Placement::InAccount,
        status: RecoveryPointStatus::Available,
        proof: Proof::None,
        proven_at: None,
        taken_at: now,
        expires_at: None,
        size_bytes: VOLUME_BYTES,
        added_bytes: VOLUME_BYTES,
        is_full: true,
        repository_id: None,
        snapshot_id: Some("snap-0".to_owned()),
        base_snapshot_id: None,
        content_digest: None,
        source_digest: None,
        region: None,
        tier: domain::copy_target::StorageTier::Standard,
        life: domain::life::Life::default(),
    }
}
