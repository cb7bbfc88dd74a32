//! Proof in time: what is queued, in which order, how much of it, and who is told when it is late.

use std::collections::BTreeSet;

use aws::fake::SeedVolume;
use domain::alert::{AlertFilter, AlertKind};
use domain::asset::{Asset, AssetKind};
use domain::frequency::{Frequency, Interval, StartTime};
use domain::ids::{PolicyId, PolicyOperationId, RecoveryPointId};
use domain::page::{Direction, PageRequest};
use domain::policy::{CatchUp, Policy, PolicyOperation};
use domain::proof_target::{ProofSample, ProofTarget, ProofUnit, ProofWithin};
use domain::recovery_point::{Placement, Proof};
use domain::scope::Scope;
use domain::task::{TaskFilter, TaskKind, TaskSpec, TaskStatus};
use jiff::SignedDuration;
use store::testing::tamper;
use tasks::duty::{Duty as _, DutyContext};

use crate::testing::World;
use crate::{ProofDuty, VerificationSettings};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl World {
    /// A policy that wants the points of this asset proven within two hours.
    async fn promise(&self, asset: &Asset, level: Proof, sample: ProofSample) -> PolicyId {
        let reader = self.store.read();
        let unit = store::organizational_units::root(&reader, self.organization);
        let now = self.clock.now();
        let policy = Policy {
            id: PolicyId::fresh(self.ids.as_ref()),
            organization_id: self.organization,
            unit_id: unit.await.unwrap().id,
            name: format!("Gold {}", asset.native_id),
            description: None,
            is_active: true,
            operations: vec![PolicyOperation {
                id: PolicyOperationId::fresh(self.ids.as_ref()),
                asset_kind: AssetKind::EbsVolume,
                placement: Placement::Vault,
                target: domain::copy_target::CopyTarget::default(),
                frequencies: vec![Frequency {
                    every: Interval::OnDemand,
                    keep: domain::retention::Retention {
                        value: 7,
                        unit: domain::retention::RetentionUnit::Days,
                    },
                }],
                start: StartTime::default(),
                window: None,
                catch_up: CatchUp::default(),
                proof: Some(ProofTarget {
                    level,
                    within: ProofWithin {
                        value: 2,
                        unit: ProofUnit::Hours,
                    },
                    sample,
                }),
            }],
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let mut tx = self.store.begin().await.unwrap();
        store::policies::add(&mut tx, &policy).await.unwrap();
        tx.commit().await.unwrap();
        policy.id
    }

    /// A point of the asset that the policy asked for.
    async fn promised(&self, asset: &Asset, policy: PolicyId) -> RecoveryPointId {
        let mut new = self.new_task(TaskSpec::BackupEbs {
            asset_id: asset.id,
            retention: None,
        });
        new.policy_id = Some(policy);
        let mut tx = self.store.begin().await.unwrap();
        let queued = tasks::enqueue(&mut tx, new, self.ids.as_ref(), self.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let task = self.finish(queued.task_id).await;
        assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
        task.recovery_point_id.unwrap()
    }

    async fn look(&self, settings: &VerificationSettings) {
        let (store, clock, ids) = (self.store.clone(), self.clock.clone(), self.ids.clone());
        let by_hand = DutyContext::by_hand(store, clock, ids);
        ProofDuty(settings.clone()).run(&by_hand).await.unwrap();
    }

    /// What is queued: points, oldest task first.
    async fn queued(&self) -> Vec<RecoveryPointId> {
        let filter = TaskFilter {
            kinds: Some(vec![TaskKind::VerifyRecoveryPoint]),
            statuses: Some(vec![TaskStatus::Queued]),
            ..TaskFilter::default()
        };
        let (reader, page) = (self.store.read(), PageRequest::default());
        let scope = Scope::organization_wide(self.organization);
        let order = Direction::Ascending;
        let found = store::tasks::list(&reader, &scope, &filter, order, &page).await;
        let found = found.unwrap().into_nodes().into_iter();
        found.filter_map(|task| task.recovery_point_id).collect()
    }

    async fn late(&self) -> Vec<domain::alert::Alert> {
        let filter = AlertFilter {
            kinds: Some(vec![AlertKind::ProofOverdue]),
            is_open: Some(true),
            ..AlertFilter::default()
        };
        let (reader, page) = (self.store.read(), PageRequest::default());
        let order = Direction::Ascending;
        let found = store::alerts::list(&reader, self.organization, &filter, order, &page).await;
        found.unwrap().into_nodes()
    }

    fn budget(&self) -> VerificationSettings {
        self.services.settings.verification.clone()
    }
}

async fn volume(world: &World, byte: u8) -> Asset {
    let seed = SeedVolume::blank(1).with_block(u32::from(byte), byte);
    world.volume(seed).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_policy_promises_is_proven_once_and_nothing_else_is_asked_for() {
    let world = World::new().await;
    let (asset, other) = (volume(&world, 1).await, volume(&world, 2).await);
    let gold = world
        .promise(&asset, Proof::Restored, ProofSample::Every)
        .await;
    let point = world.promised(&asset, gold).await;
    // Without a policy nobody asks.
    world.back_up(other.id, None).await;
    let settings = world.budget();
    world.look(&settings).await;
    world.look(&settings).await;
    assert_eq!(
        world.queued().await,
        [point],
        "a point is at work once at a time"
    );
    world.finish_all().await;
    let proven =
        store::recovery_points::lookup(&world.store.read(), world.organization, point).await;
    assert!(proven.unwrap().unwrap().proof >= Proof::Restored);
    world.look(&settings).await;
    assert_eq!(world.queued().await, []);
    assert_eq!(world.late().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nearest_deadline_comes_first_and_a_spent_budget_holds_the_rest_back() {
    let world = World::new().await;
    let mut points = Vec::new();
    for byte in 1..=5 {
        let asset = volume(&world, byte).await;
        let policy = world
            .promise(&asset, Proof::Restored, ProofSample::Every)
            .await;
        points.push(world.promised(&asset, policy).await);
    }
    let few = VerificationSettings {
        concurrent_max: 1,
        ..world.budget()
    };
    world.look(&few).await;
    let queued: BTreeSet<_> = world.queued().await.into_iter().collect();
    assert_eq!(
        queued,
        points[..2].iter().copied().collect(),
        "two for each that may run"
    );
    world.finish_all().await;
    let spent = VerificationSettings {
        bytes_per_day: 1,
        ..few.clone()
    };
    world.look(&spent).await;
    assert_eq!(world.queued().await, []);
    world.shift.set(HOUR * 25);
    world.look(&spent).await;
    assert_eq!(
        world.queued().await.len(),
        2,
        "the next day has its own budget"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_proof_is_told_once_per_asset_and_cleared_when_it_is_there() {
    let world = World::new().await;
    let asset = volume(&world, 1).await;
    let gold = world
        .promise(&asset, Proof::Restored, ProofSample::Every)
        .await;
    world.promised(&asset, gold).await;
    world.promised(&asset, gold).await;
    let settings = VerificationSettings {
        bytes_per_day: 0,
        ..world.budget()
    };
    world.look(&settings).await;
    assert_eq!(world.late().await, [], "there is still time");
    world.shift.set(HOUR * 3);
    for _ in 0..3 {
        world.look(&settings).await;
    }
    let late = world.late().await;
    assert_eq!(late.len(), 1);
    assert_eq!(
        (late[0].occurrences, late[0].evidence["points"].as_u64()),
        (1, Some(2))
    );
    assert_eq!(late[0].subject.asset_id, Some(asset.id));
    world.look(&world.budget()).await;
    world.finish_all().await;
    world.look(&settings).await;
    assert_eq!(world.late().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_newest_ones_a_follower_takes_the_place() {
    let world = World::new().await;
    let asset = volume(&world, 1).await;
    let gold = world
        .promise(&asset, Proof::Restored, ProofSample::Latest)
        .await;
    world.promised(&asset, gold).await;
    let newest = world.promised(&asset, gold).await;
    world.look(&world.budget()).await;
    assert_eq!(world.queued().await, [newest]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_level_that_cannot_be_reached_is_not_tried_again_and_again_but_told() {
    let world = World::new().await;
    let asset = volume(&world, 1).await;
    let gold = world
        .promise(&asset, Proof::ContentMatches, ProofSample::Every)
        .await;
    let point = world.promised(&asset, gold).await;
    tamper(
        &world.store,
        "UPDATE recovery_points SET source_digest = NULL",
    )
    .await;
    world.look(&world.budget()).await;
    assert_eq!(
        world.queued().await,
        [point],
        "RESTORED is better than nothing"
    );
    world.finish_all().await;
    world.shift.set(HOUR * 30);
    world.look(&world.budget()).await;
    assert_eq!(world.queued().await, []);
    let late = world.late().await;
    assert!(
        late[0].cause.contains("without a digest of the source"),
        "{}",
        late[0].cause
    );
}
