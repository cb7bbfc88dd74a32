//! An organization with assets and policies, and a clock that the test moves.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::asset::{Asset, AssetDetails, AssetKind, EbsVolume, SeenAsset};
use domain::aws_account::{AccountAccess, AwsAccount, AwsAccountRegion, AwsAccountStatus};
use domain::frequency::{Frequency, Interval, StartTime};
use domain::organization::{KeySource, Organization};
use domain::organization_settings::OrganizationSettings;
use domain::organizational_unit::OrganizationalUnit;
use domain::policy::{CatchUp, Policy, PolicyOperation};
use domain::recovery_point::Placement;
use domain::retention::{Retention, RetentionUnit};
use domain::tag::Tags;
use domain::task::{Actor, NewTask, TaskSpec};
use domain::{
    AssetId, AwsAccountKey, Clock, IdSource, OrganizationId, OrganizationalUnitId, PolicyId,
    PolicyOperationId, SystemIds, TestClock,
};
use jiff::SignedDuration;
use store::Store;
use store::assets::Place;

use crate::duty::DutyContext;
use crate::testing::Bench;
use crate::{Scheduler, SchedulerConfig};

pub(super) struct House {
    pub(super) store: Store,
    pub(super) clock: TestClock,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) bench: Bench,
    pub(super) organization: OrganizationId,
    pub(super) unit: OrganizationalUnitId,
}

impl House {
    /// One house per database that this machine has.
    pub(super) async fn all() -> Vec<Self> {
        let mut houses = Vec::new();
        for (store, clock) in store::testing::all_with_clocks().await {
            houses.push(Self::build(store, clock).await);
        }
        houses
    }

    async fn build(store: Store, clock: TestClock) -> Self {
        let ids: Arc<dyn IdSource> = Arc::new(SystemIds::new(clock.clone()));
        let bench = Bench::new(store.clone(), Arc::new(clock.clone()), Arc::clone(&ids));
        let organization = OrganizationId::fresh(&*ids);
        let unit = OrganizationalUnitId::fresh(&*ids);
        let mut tx = store.begin().await.unwrap();
        let new = Organization {
            id: organization,
            name: "Corp".to_owned(),
            key_source: KeySource::Local,
            settings: OrganizationSettings::default(),
            version: 1,
            created_at: clock.now(),
        };
        let root = OrganizationalUnit {
            id: unit,
            organization_id: organization,
            parent_id: None,
            name: "Root".to_owned(),
            version: 1,
        };
        store::organizations::add(&mut tx, &new, &root)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Self {
            store,
            clock,
            ids,
            bench,
            organization,
            unit,
        }
    }

    /// A task that says nothing but its kind.
    pub(super) fn task(&self) -> NewTask {
        NewTask::new(self.organization, TaskSpec::ReconcileVault, Actor::System)
    }

    /// Assets that are there.
    pub(super) async fn assets(&self, count: usize) -> Vec<Asset> {
        let account = AwsAccount {
            id: AwsAccountKey::fresh(&*self.ids),
            organization_id: self.organization,
            unit_id: self.unit,
            account_id: "111111111111".to_owned(),
            name: "Test".to_owned(),
            access: AccountAccess::Role {
                role_arn: "arn:aws:iam::111111111111:role/Holdfast".to_owned(),
                external_id: "external".to_owned(),
            },
            status: AwsAccountStatus::Connected,
            regions: vec![AwsAccountRegion {
                region: "eu-west-1".to_owned(),
                asset_kinds: vec![AssetKind::EbsVolume],
                status: AwsAccountStatus::Connected,
                missing_permissions: Vec::new(),
                inventoried_at: None,
            }],
            version: 1,
            created_at: self.clock.now(),
        };
        let seen: Vec<SeenAsset> = (0..count).map(volume).collect();
        let mut tx = self.store.begin().await.unwrap();
        store::aws_accounts::add(&mut tx, &account).await.unwrap();
        let place = Place {
            account: &account,
            region: "eu-west-1",
            kind: AssetKind::EbsVolume,
        };
        let now = self.clock.now();
        let upserted = store::assets::upsert_seen(&mut tx, &place, &seen, &*self.ids, now).await;
        let ids: Vec<AssetId> = upserted.unwrap().created;
        let assets = store::assets::lookup_many(&tx, self.organization, &ids)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(assets.len(), count);
        assets
    }

    /// A policy with one operation, given to these assets.
    pub(super) async fn policy(&self, frequencies: &[(Interval, u32)], assets: &[Asset]) -> Policy {
        let policy = self.unsaved(frequencies);
        self.add(std::slice::from_ref(&policy), |_| assets.to_vec())
            .await;
        policy
    }

    /// A policy of its own for each of these assets.
    pub(super) async fn policies(&self, every: Interval, assets: &[Asset]) {
        let frequencies = [(every, 2)];
        let policies: Vec<Policy> = assets.iter().map(|_| self.unsaved(&frequencies)).collect();
        self.add(&policies, |place| vec![assets[place].clone()])
            .await;
    }

    /// Adds policies, each given to the assets that belong to its place.
    pub(super) async fn add(&self, policies: &[Policy], assets: impl Fn(usize) -> Vec<Asset>) {
        let now = self.clock.now();
        let mut tx = self.store.begin().await.unwrap();
        for (place, policy) in policies.iter().enumerate() {
            store::policies::add(&mut tx, policy).await.unwrap();
            crate::schedule_assets(&mut tx, policy, &assets(place), &*self.ids, now)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// A policy with one operation, not saved yet.
    pub(super) fn unsaved(&self, frequencies: &[(Interval, u32)]) -> Policy {
        let now = self.clock.now();
        Policy {
            id: PolicyId::fresh(&*self.ids),
            organization_id: self.organization,
            unit_id: self.unit,
            name: format!("Policy {}", self.ids.uuid()),
            description: None,
            is_active: true,
            operations: vec![PolicyOperation {
                id: PolicyOperationId::fresh(&*self.ids),
                asset_kind: AssetKind::EbsVolume,
                placement: Placement::InAccount,
                frequencies: frequencies.iter().map(frequency).collect(),
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

    pub(super) fn scheduler(&self) -> Scheduler {
        let (clock, ids) = (Arc::new(self.clock.clone()), Arc::clone(&self.ids));
        let config = SchedulerConfig {
            spread: SignedDuration::ZERO,
            ..SchedulerConfig::default()
        };
        Scheduler::new(self.store.clone(), clock, ids, config)
    }

    pub(super) fn by_hand(&self) -> DutyContext {
        let (clock, ids) = (Arc::new(self.clock.clone()), Arc::clone(&self.ids));
        DutyContext::by_hand(self.store.clone(), clock, ids)
    }
}

fn frequency((every, days): &(Interval, u32)) -> Frequency {
    Frequency {
        every: every.clone(),
        keep: Retention {
            value: *days,
            unit: RetentionUnit::Days,
        },
    }
}

fn volume(number: usize) -> SeenAsset {
    let native_id = format!("vol-{number:017x}");
    SeenAsset {
        arn: format!("arn:aws:ec2:eu-west-1:111111111111:volume/{native_id}"),
        native_id,
        tags: Tags::default(),
        details: AssetDetails::EbsVolume(EbsVolume {
            availability_zone: "eu-west-1a".to_owned(),
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

/// Counts by name, for steps that say what they did.
pub(super) type Counts = Arc<parking_lot::Mutex<BTreeMap<String, u32>>>;

pub(super) fn count(counts: &Counts, what: &str) -> u32 {
    let mut counts = counts.lock();
    let count = counts.entry(what.to_owned()).or_default();
    *count += 1;
    *count
}
