//! How many assets a second compliance judges, against a bare count of the rows that it must read.
//!
//! Not a test. Invariant: the bare side reads each asset and each of its points once and decides nothing.
//!
//!     cargo run --release -p tasks --example compliance_bench -- sqlite:/tmp/bench.db [ASSETS [POINTS]]
//!     cargo run --release -p tasks --example compliance_bench -- postgres://user@host/database [ASSETS [POINTS]]
//!
//! Prints one JSON object. The database must be empty or of an earlier run.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a bench stops at the first trouble and prints what it found"
)]

use std::sync::Arc;

use domain::asset::{AssetDetails, AssetKind, EbsVolume, SeenAsset};
use domain::aws_account::{AccountAccess, AwsAccount, AwsAccountRegion, AwsAccountStatus};
use domain::compliance::{Controls, ControlsOfOrganization};
use domain::frequency::{Frequency, Interval, StartTime};
use domain::organization::{KeySource, Organization};
use domain::organization_settings::OrganizationSettings;
use domain::organizational_unit::OrganizationalUnit;
use domain::policy::{CatchUp, Policy, PolicyOperation};
use domain::protection_rule::{Decision, ProtectionSource};
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::retention::{Retention, RetentionUnit};
use domain::tag::Tags;
use domain::{
    AssetId, AwsAccountKey, Clock, IdSource, OrganizationId, OrganizationalUnitId, PolicyId,
    PolicyOperationId, RecoveryPointId, SystemClock, SystemIds,
};
use jiff::SignedDuration;
use serde_json::json;
use store::assets::Place;
use store::{Backend, DatabaseConfig, Store};
use tasks::{Compliance, DutyContext};
use tokio::time::Instant;

const REGION: &str = "eu-west-1";
const KEEP: Retention = Retention {
    value: 30,
    unit: RetentionUnit::Days,
};
const COUNT: &str = "SELECT count(*) FROM assets
    JOIN recovery_points ON recovery_points.asset_id = assets.id
    WHERE recovery_points.status IN ('available', 'expired', 'damaged', 'lost')";

struct Bench {
    url: String,
    store: Store,
    ids: Arc<dyn IdSource>,
    organization: OrganizationId,
    unit: OrganizationalUnitId,
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap();
    let number = |text: Option<String>, default| text.map_or(default, |text| text.parse().unwrap());
    let assets = number(arguments.next(), 100_000);
    let points = number(arguments.next(), 7);
    let bench = Bench::new(url).await;
    bench.fill(assets, points).await;
    let bare = bench.count().await;
    // The first look makes the records; after a change of the controls each is read, judged and written again.
    let first = bench.judge(assets).await;
    let idle = bench.judge(0).await;
    bench.change_controls().await;
    let again = bench.judge(assets).await;
    let per_second = |seconds: f64| (assets as f64 / seconds).round();
    let report = json!({
        "database": match bench.store.backend() {
            Backend::Sqlite => "SQLite",
            Backend::Postgres => "PostgreSQL",
        },
        "assets": assets,
        "points_of_each": points,
        "first_look": { "seconds": first, "assets_per_second": per_second(first) },
        "all_dirty": { "seconds": again, "assets_per_second": per_second(again) },
        "nothing_to_do_seconds": idle,
        "bare_count_seconds": bare,
        "all_dirty_to_bare_count": (again / bare * 10.0).round() / 10.0,
        "is_release_build": !cfg!(debug_assertions),
    });
    println!("{report:#}");
}

impl Bench {
    async fn new(url: String) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdSource> = Arc::new(SystemIds::new(SystemClock));
        let store = Store::open(&DatabaseConfig::new(&url), clock)
            .await
            .unwrap();
        store.migrate().await.unwrap();
        let organization = OrganizationId::fresh(&*ids);
        let unit = OrganizationalUnitId::fresh(&*ids);
        let now = SystemClock.now();
        let new = Organization {
            id: organization,
            name: "Bench".to_owned(),
            key_source: KeySource::Local,
            settings: OrganizationSettings::default(),
            version: 1,
            created_at: now,
        };
        let root = OrganizationalUnit {
            id: unit,
            organization_id: organization,
            parent_id: None,
            name: "Root".to_owned(),
            version: 1,
        };
        let mut tx = store.begin().await.unwrap();
        store::organizations::add(&mut tx, &new, &root)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Self {
            url,
            store,
            ids,
            organization,
            unit,
        }
    }

    /// A week of daily points for every asset.
    async fn fill(&self, assets: usize, points: usize) {
        let now = SystemClock.now();
        let (account, policy) = (self.account(), self.policy());
        let mut tx = self.store.begin().await.unwrap();
        store::aws_accounts::add(&mut tx, &account).await.unwrap();
        store::policies::add(&mut tx, &policy).await.unwrap();
        tx.commit().await.unwrap();
        let place = Place {
            account: &account,
            region: REGION,
            kind: AssetKind::EbsVolume,
        };
        let seen: Vec<SeenAsset> = (0..assets).map(volume).collect();
        for chunk in seen.chunks(1_000) {
            let mut tx = self.store.begin().await.unwrap();
            let day = SignedDuration::from_hours(24);
            let begun = now - day * 30;
            let made = store::assets::upsert_seen(&mut tx, &place, chunk, &*self.ids, begun);
            for asset_id in made.await.unwrap().created {
                let decision = Decision {
                    policy_id: Some(policy.id),
                    source: Some(ProtectionSource::Direct),
                };
                store::assets::set_decision(&mut tx, self.organization, &[asset_id], decision)
                    .await
                    .unwrap();
                for back in 0..points {
                    let taken_at = now - day * i32::try_from(back).unwrap();
                    let point = self.point(asset_id, taken_at);
                    store::recovery_points::add(&mut tx, &point).await.unwrap();
                }
            }
            tx.commit().await.unwrap();
        }
    }

    /// Judges what is due, which must be so many assets; how long it took, in seconds.
    async fn judge(&self, assets: usize) -> f64 {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let cx = DutyContext::by_hand(self.store.clone(), clock, Arc::clone(&self.ids));
        let begun = Instant::now();
        let judged = Compliance::with_history_days(730)
            .catch_up(&cx)
            .await
            .unwrap();
        let seconds = begun.elapsed().as_secs_f64();
        assert_eq!(judged, assets);
        seconds
    }

    async fn change_controls(&self) {
        let all = ControlsOfOrganization {
            organization_id: self.organization,
            controls: Controls::default(),
            version: 2,
            updated_at: None,
        };
        let mut tx = self.store.begin().await.unwrap();
        store::compliance::set_controls(&mut tx, &all, 1)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// The bare count, the better of two; in seconds.
    async fn count(&self) -> f64 {
        let mut best = f64::MAX;
        for _ in 0..2 {
            let begun = Instant::now();
            if self.store.backend() == Backend::Sqlite {
                let pool = sqlx::SqlitePool::connect(&self.url).await.unwrap();
                let _: i64 = sqlx::query_scalar(COUNT).fetch_one(&pool).await.unwrap();
            } else {
                let pool = sqlx::PgPool::connect(&self.url).await.unwrap();
                let _: i64 = sqlx::query_scalar(COUNT).fetch_one(&pool).await.unwrap();
            }
            best = best.min(begun.elapsed().as_secs_f64());
        }
        best
    }

    fn account(&self) -> AwsAccount {
        AwsAccount {
            id: AwsAccountKey::fresh(&*self.ids),
            organization_id: self.organization,
            unit_id: self.unit,
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
                inventoried_at: None,
            }],
            version: 1,
            created_at: SystemClock.now(),
        }
    }

    fn policy(&self) -> Policy {
        let now = SystemClock.now();
        Policy {
            id: PolicyId::fresh(&*self.ids),
            organization_id: self.organization,
            unit_id: self.unit,
            name: "Gold".to_owned(),
            description: None,
            is_active: true,
            operations: vec![PolicyOperation {
                id: PolicyOperationId::fresh(&*self.ids),
                asset_kind: AssetKind::EbsVolume,
                placement: Placement::InAccount,
                frequencies: vec![Frequency {
                    every: Interval::Days { value: 1 },
                    keep: KEEP,
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

    fn point(&self, asset_id: AssetId, taken_at: jiff::Timestamp) -> RecoveryPoint {
        let id = RecoveryPointId::fresh(&*self.ids);
        RecoveryPoint {
            id,
            organization_id: self.organization,
            asset_id,
            policy_id: None,
            task_id: None,
            placement: Placement::InAccount,
            status: RecoveryPointStatus::Available,
            proof: Proof::None,
            proven_at: None,
            taken_at,
            expires_at: Some(KEEP.end(taken_at)),
            size_bytes: 1 << 30,
            added_bytes: 1 << 20,
            is_full: true,
            repository_id: None,
            snapshot_id: Some(id.to_string()),
            base_snapshot_id: None,
            content_digest: None,
            source_digest: None,
            region: None,
            tier: domain::copy_target::StorageTier::Standard,
            life: domain::life::Life::default(),
        }
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
