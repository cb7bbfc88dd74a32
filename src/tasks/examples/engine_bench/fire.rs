//! How many windows a second two schedulers turn into tasks, when all are due at once.
//!
//! Not for running those tasks. Invariant: every asset has a task at the end, or the bench stops; tasks are counted by the database,
//! not by the schedulers.

use domain::asset::{Asset, AssetDetails, AssetKind, EbsVolume, SeenAsset};
use domain::aws_account::{AccountAccess, AwsAccount, AwsAccountRegion, AwsAccountStatus};
use domain::frequency::{Frequency, Interval, StartTime};
use domain::policy::{CatchUp, Policy, PolicyOperation};
use domain::recovery_point::Placement;
use domain::retention::{Retention, RetentionUnit};
use domain::schedule::Schedule;
use domain::tag::Tags;
use domain::{AssetId, AwsAccountKey, PolicyId, PolicyOperationId, ScheduleId};
use jiff::SignedDuration;
use store::assets::Place;
use tasks::{Scheduler, SchedulerConfig};

use super::{Arc, Bench, CancellationToken, Clock, Instant, bare, json};

const REGION: &str = "eu-west-1";
const HOURLY: Interval = Interval::Hours { value: 1 };
/// Rows written in one transaction while the bench prepares.
const CHUNK: usize = 1_000;

/// What two schedulers made of windows that were due at once.
pub(crate) struct Firing {
    /// From the first look to the last commit, in seconds.
    pub(crate) seconds: f64,
    /// Windows that were due.
    pub(crate) due: usize,
    /// Tasks beyond one for each window, as the database counts them.
    pub(crate) doubles: i64,
}

impl Firing {
    pub(crate) fn per_second(&self) -> f64 {
        self.due as f64 / self.seconds
    }

    pub(crate) fn report(&self) -> serde_json::Value {
        json!({
            "due": self.due,
            "seconds": (self.seconds * 100.0).round() / 100.0,
            "per_second": self.per_second().round(),
            "doubles": self.doubles,
        })
    }
}

/// Fires for assets that share a policy or have one each.
pub(crate) async fn run(bench: &Bench, has_policy_each: bool) -> Firing {
    let assets = assets(bench).await;
    let policies = if has_policy_each { assets.len() } else { 1 };
    let policies: Vec<Policy> = (0..policies).map(|_| policy(bench)).collect();
    let now = bench.clock.now();
    let start = StartTime::default();
    let due = HOURLY.last_at_or_before(&start, now).unwrap();
    let schedule = |(place, asset): (usize, &Asset)| {
        let policy = &policies[place % policies.len()];
        Schedule {
            id: ScheduleId::fresh(&*bench.ids),
            organization_id: bench.organization,
            asset_id: asset.id,
            policy_id: policy.id,
            operation_id: policy.operations[0].id,
            next_nominal_at: Some(due),
            settled_until: due - SignedDuration::from_mins(1),
            owed_from: None,
            parked_at: None,
        }
    };
    let schedules: Vec<Schedule> = assets.iter().enumerate().map(schedule).collect();
    for chunk in policies.chunks(CHUNK) {
        let mut tx = bench.store.begin().await.unwrap();
        for policy in chunk {
            store::policies::add(&mut tx, policy).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    for chunk in schedules.chunks(CHUNK) {
        let mut tx = bench.store.begin().await.unwrap();
        store::schedules::add(&mut tx, chunk).await.unwrap();
        tx.commit().await.unwrap();
    }
    let seconds = fire(bench, schedules.len()).await;
    let (tasks, windows) = bare::fired(&bench.url).await;
    assert_eq!(windows, i64::try_from(schedules.len()).unwrap());
    bare::end_all(&bench.url).await;
    Firing {
        seconds,
        due: schedules.len(),
        doubles: tasks - windows,
    }
}

async fn fire(bench: &Bench, due: usize) -> f64 {
    let scheduler = || {
        let (clock, ids) = (Arc::clone(&bench.clock), Arc::clone(&bench.ids));
        Scheduler::new(bench.store.clone(), clock, ids, SchedulerConfig::default())
    };
    let (one, two) = (scheduler(), scheduler());
    let stop = CancellationToken::new();
    let begun = Instant::now();
    let (one, two) = tokio::join!(one.fire_due(&stop), two.fire_due(&stop));
    let took = begun.elapsed();
    assert_eq!(one.unwrap().queued + two.unwrap().queued, due);
    took.as_secs_f64()
}

fn policy(bench: &Bench) -> Policy {
    let now = bench.clock.now();
    Policy {
        id: PolicyId::fresh(&*bench.ids),
        organization_id: bench.organization,
        unit_id: bench.unit,
        name: format!("Policy {}", bench.ids.uuid()),
        description: None,
        is_active: true,
        operations: vec![PolicyOperation {
            id: PolicyOperationId::fresh(&*bench.ids),
            asset_kind: AssetKind::EbsVolume,
            placement: Placement::InAccount,
            frequencies: vec![Frequency {
                every: HOURLY,
                keep: Retention {
                    value: 2,
                    unit: RetentionUnit::Days,
                },
            }],
            start: StartTime::default(),
            window: None,
            catch_up: CatchUp::Latest,
            proof: None,
            target: domain::copy_target::CopyTarget::default(),
        }],
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

async fn assets(bench: &Bench) -> Vec<Asset> {
    let number = bench.ids.uuid().as_u128() % 1_000_000_000_000;
    let account = AwsAccount {
        id: AwsAccountKey::fresh(&*bench.ids),
        organization_id: bench.organization,
        unit_id: bench.unit,
        account_id: format!("{number:012}"),
        name: format!("Bench {number}"),
        access: AccountAccess::Role {
            role_arn: format!("arn:aws:iam::{number:012}:role/Holdfast"),
            external_id: "external".to_owned(),
        },
        status: AwsAccountStatus::Connected,
        regions: vec![AwsAccountRegion {
            region: REGION.to_owned(),
            asset_kinds: vec![AssetKind::EbsVolume],
            status: AwsAccountStatus::Connected,
            missing_permissions: Vec::new(),
            inventoried_at: None,
        }],
        version: 1,
        created_at: bench.clock.now(),
    };
    let seen: Vec<SeenAsset> = (0..bench.count).map(volume).collect();
    let mut tx = bench.store.begin().await.unwrap();
    store::aws_accounts::add(&mut tx, &account).await.unwrap();
    let place = Place {
        account: &account,
        region: REGION,
        kind: AssetKind::EbsVolume,
    };
    let now = bench.clock.now();
    let added = store::assets::upsert_seen(&mut tx, &place, &seen, &*bench.ids, now).await;
    let ids: Vec<AssetId> = added.unwrap().created;
    let assets = store::assets::lookup_many(&tx, bench.organization, &ids)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assets
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
