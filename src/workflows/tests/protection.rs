//! Rules over a fleet: by the inventory that sees a change, and by the tasks that follow a change of rules.

use std::collections::{BTreeMap, BTreeSet};

use aws::fake::SeedVolume;
use domain::asset::{Asset, AssetDetails, AssetFilter, AssetKind, EbsVolume, SeenAsset};
use domain::condition::{Condition, TagPair};
use domain::frequency::{Frequency, Interval, StartTime};
use domain::policy::{CatchUp, Policy, PolicyOperation};
use domain::protection_rule::{EntryKey, ProtectionRule};
use domain::recovery_point::Placement;
use domain::retention::{Retention, RetentionUnit};
use domain::tag::Tags;
use domain::task::{Actor, Task, TaskSpec, TaskStatus};
use domain::{AssetId, PolicyId, PolicyOperationId, ProtectionRuleId};
use tasks::protection::{CHUNK, Rules, apply_later};

use crate::testing::{ACCOUNT, REGION, World};

/// More assets than two transactions of a task go through.
const FLEET: usize = 1_100;

fn tagged(value: &str) -> Condition {
    let pair = TagPair {
        key: "Holdfast".to_owned(),
        value: value.to_owned(),
    };
    Condition::AnyTag([pair].into())
}

fn seen(number: usize, value: &str) -> SeenAsset {
    let native_id = format!("vol-{number:017x}");
    SeenAsset {
        arn: format!("arn:aws:ec2:{REGION}:{ACCOUNT}:volume/{native_id}"),
        native_id,
        tags: [("Holdfast".to_owned(), value.to_owned())]
            .into_iter()
            .collect(),
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

impl World {
    async fn root(&self) -> domain::OrganizationalUnitId {
        let root = store::organizational_units::root(&self.store.read(), self.organization).await;
        root.unwrap().id
    }

    /// A policy for volumes.
    pub(super) async fn daily(&self, name: &str) -> Policy {
        let now = self.clock.now();
        let policy = Policy {
            id: PolicyId::fresh(self.ids.as_ref()),
            organization_id: self.organization,
            unit_id: self.root().await,
            name: name.to_owned(),
            description: None,
            is_active: true,
            operations: vec![PolicyOperation {
                id: PolicyOperationId::fresh(self.ids.as_ref()),
                asset_kind: AssetKind::EbsVolume,
                placement: Placement::Vault,
                frequencies: vec![Frequency {
                    every: Interval::Days { value: 1 },
                    keep: Retention {
                        value: 7,
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
        };
        let mut tx = self.store.begin().await.unwrap();
        store::policies::add(&mut tx, &policy).await.unwrap();
        tx.commit().await.unwrap();
        policy
    }

    /// Adds a rule and queues what applies it, as the use case does.
    async fn rule(&self, policy: PolicyId, value: &str) -> ProtectionRuleId {
        let id = self.add_rule(policy, tagged(value)).await;
        let now = self.clock.now();
        let mut tx = self.store.begin().await.unwrap();
        apply_later(
            &mut tx,
            self.organization,
            Actor::System,
            self.ids.as_ref(),
            now,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Adds a rule that has not been applied, and queues nothing.
    pub(super) async fn rule_for_all(&self, policy: PolicyId) {
        let volumes = Condition::Kind([AssetKind::EbsVolume].into());
        self.add_rule(policy, volumes).await;
        let mut tx = self.store.begin().await.unwrap();
        store::protection_rules::changed(&mut tx, self.organization)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Runs the task that applies the rules.
    async fn apply(&self) -> Task {
        let mut tx = self.store.begin().await.unwrap();
        let state = store::protection_rules::lock(&mut tx, self.organization).await;
        tx.rollback().await.unwrap();
        self.finish(state.unwrap().task_id.unwrap()).await
    }

    async fn add_rule(&self, policy: PolicyId, condition: Condition) -> ProtectionRuleId {
        let now = self.clock.now();
        let id = ProtectionRuleId::fresh(self.ids.as_ref());
        let rule = ProtectionRule {
            id,
            organization_id: self.organization,
            unit_id: self.root().await,
            name: id.to_string(),
            condition,
            policy_id: policy,
            is_active: true,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let mut tx = self.store.begin().await.unwrap();
        let organization = self.organization;
        store::protection_rules::lock(&mut tx, organization)
            .await
            .unwrap();
        store::protection_rules::add(&mut tx, &rule).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn drop_rule(&self, rule: ProtectionRuleId) {
        let (now, organization) = (self.clock.now(), self.organization);
        let mut tx = self.store.begin().await.unwrap();
        store::protection_rules::lock(&mut tx, organization)
            .await
            .unwrap();
        store::protection_rules::remove(&mut tx, organization, rule)
            .await
            .unwrap();
        apply_later(&mut tx, organization, Actor::System, self.ids.as_ref(), now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Volumes whose tag `Holdfast` has these values in turn.
    async fn fleet(&self, values: &[&str]) {
        let scope = domain::scope::Scope::organization_wide(self.organization);
        let account = store::aws_accounts::lookup(&self.store.read(), &scope, self.account).await;
        let account = account.unwrap().unwrap();
        let place = store::assets::Place {
            account: &account,
            region: REGION,
            kind: AssetKind::EbsVolume,
        };
        let all: Vec<SeenAsset> = (0..FLEET)
            .map(|number| seen(number, values[number % values.len()]))
            .collect();
        let mut tx = self.store.begin().await.unwrap();
        let (ids, now) = (self.ids.as_ref(), self.clock.now());
        store::assets::upsert_seen(&mut tx, &place, &all, ids, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    async fn all_assets(&self) -> Vec<Asset> {
        let tx = self.store.begin().await.unwrap();
        let assets = store::assets::lock_next(&tx, self.organization, None, 10_000).await;
        tx.rollback().await.unwrap();
        assets.unwrap()
    }

    /// Every asset has what the rules say, and the schedules that go with it. Answers how many each policy protects.
    pub(super) async fn assert_applied(&self, label: &str) -> BTreeMap<Option<PolicyId>, usize> {
        let reader = self.store.read();
        let mut book = tasks::protection::book(&reader, self.organization)
            .await
            .unwrap();
        let assets = self.all_assets().await;
        let ids: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
        let chosen = store::assignments::of_assets(&reader, self.organization, &ids)
            .await
            .unwrap();
        let chosen: BTreeMap<AssetId, PolicyId> = chosen
            .iter()
            .map(|one| (one.asset_id, one.policy_id))
            .collect();
        let named: Vec<PolicyId> = chosen.values().copied().collect();
        let policies = store::policies::lookup_many(&reader, self.organization, &named).await;
        book.learn(&policies.unwrap());
        let mut counts = BTreeMap::new();
        for asset in &assets {
            let units = book.units(asset.unit_id);
            let direct = chosen.get(&asset.id).copied();
            let (wanted, _) = book.explain(&asset.facts(&units), direct);
            assert_eq!(asset.decision().kept(), wanted.kept(), "{label}");
            *counts.entry(asset.policy_id).or_default() += 1;
        }
        // A sample of schedules: all of them would be a query each.
        for asset in assets.iter().step_by(97) {
            let schedules =
                store::schedules::list_of_asset(&reader, self.organization, asset.id).await;
            let of: BTreeSet<PolicyId> =
                schedules.unwrap().iter().map(|one| one.policy_id).collect();
            assert_eq!(of, asset.policy_id.into_iter().collect(), "{label}");
        }
        counts
    }
}

fn counted(task: &Task, what: &str) -> u64 {
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    let result = task.result.as_ref().unwrap();
    result["output"][what].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_protects_a_volume_in_the_transaction_that_sees_it() {
    let world = World::new().await;
    let gold = world.daily("Gold").await;
    let rule = world.rule(gold.id, "Gold").await;
    let (id, asset) = world.volume(SeedVolume::blank(1)).await;
    assert_eq!(asset.policy_id, None);
    let tags: Tags = [("Holdfast".to_owned(), "Gold".to_owned())]
        .into_iter()
        .collect();
    assert!(world.aws.set_tags(&id, tags));
    world.sync().await;
    let asset = world.asset(&id).await.unwrap();
    assert_eq!(
        (asset.policy_id, asset.rule_id),
        (Some(gold.id), Some(rule))
    );
    let schedules =
        store::schedules::list_of_asset(&world.store.read(), world.organization, asset.id).await;
    assert_eq!(schedules.unwrap().len(), 1);
    assert!(world.aws.set_tags(&id, Tags::default()));
    world.sync().await;
    assert_eq!(world.asset(&id).await.unwrap().policy_id, None);
    // A new volume that has the tag from the beginning.
    let (_, asset) = world
        .volume(SeedVolume::blank(1).tagged("Holdfast", "Gold"))
        .await;
    assert_eq!(asset.policy_id, Some(gold.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_rules_is_applied_to_a_fleet_and_only_what_differs_is_written() {
    let world = World::new().await;
    let (gold, silver) = (world.daily("Gold").await, world.daily("Silver").await);
    world.fleet(&["Gold", "Silver", "None", "None"]).await;
    let first = world.rule(gold.id, "Gold").await;
    world.rule(silver.id, "Silver").await;
    let task = world.apply().await;
    let all = u64::try_from(FLEET).unwrap();
    assert_eq!(counted(&task, "assets"), all);
    assert_eq!(counted(&task, "changed"), all / 2);
    let counts = world.assert_applied("both").await;
    assert_eq!(counts[&Some(gold.id)], FLEET / 4);
    let again = world.run(TaskSpec::ApplyProtection).await;
    assert_eq!(counted(&again, "assets"), 0, "nothing has changed");
    world.drop_rule(first).await;
    let task = world.apply().await;
    assert_eq!(counted(&task, "changed"), all / 4);
    assert_eq!(world.assert_applied("one").await.get(&Some(gold.id)), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_goes_on_where_a_dead_one_came_to_and_begins_anew_when_the_rules_changed() {
    let world = World::new().await;
    let gold = world.daily("Gold").await;
    world.fleet(&["Gold", "Silver"]).await;
    world.rule(gold.id, "Gold").await;
    let mut tx = world.store.begin().await.unwrap();
    let mut rules = Rules::lock(&mut tx, world.organization).await.unwrap();
    let mut chunk = store::assets::lock_next(&tx, world.organization, None, u64::from(CHUNK))
        .await
        .unwrap();
    let (ids, now) = (world.ids.as_ref(), world.clock.now());
    rules.settle(&mut tx, &mut chunk, ids, now).await.unwrap();
    let last = chunk.last().unwrap().id;
    store::protection_rules::advance(&mut tx, world.organization, Some(last))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let rest = FLEET - usize::from(CHUNK);
    let task = world.apply().await;
    assert_eq!(counted(&task, "assets"), u64::try_from(rest).unwrap());
    world.assert_applied("resumed").await;
    // The same again, but a rule comes in between.
    world.rule(gold.id, "Silver").await;
    let mut tx = world.store.begin().await.unwrap();
    store::protection_rules::advance(&mut tx, world.organization, Some(last))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world.rule(gold.id, "Bronze").await;
    let task = world.apply().await;
    assert_eq!(counted(&task, "assets"), u64::try_from(FLEET).unwrap());
    world.assert_applied("anew").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tasks_at_once_and_rules_that_change_meanwhile_lose_nothing() {
    let world = World::new().await;
    let policies = [world.daily("Gold").await.id, world.daily("Silver").await.id];
    world.fleet(&["Gold", "Silver", "Bronze"]).await;
    let mut rules = Vec::new();
    for round in 0..4 {
        world.rule(policies[round % 2], "Gold").await;
        // Without a concurrency key they run side by side, as after a retry by hand.
        let one = world.enqueue(TaskSpec::ApplyProtection).await;
        let two = world.enqueue(TaskSpec::ApplyProtection).await;
        let change = async {
            for step in 0..6 {
                let value = ["Gold", "Silver", "Bronze"][(round + step * 2) % 3];
                let rule = world.rule(policies[(round + step) % 2], value).await;
                rules.push(rule);
                let first = rules[(round * 7 + step * 5) % rules.len()];
                let mut tx = world.store.begin().await.unwrap();
                let organization = world.organization;
                store::protection_rules::lock(&mut tx, organization)
                    .await
                    .unwrap();
                let unit = world.root().await;
                let (rule, first) = (EntryKey::Rule(rule), EntryKey::Rule(first));
                store::protection_rules::place(&mut tx, organization, unit, rule, Some(first))
                    .await
                    .unwrap();
                let (ids, now) = (world.ids.as_ref(), world.clock.now());
                apply_later(&mut tx, organization, Actor::System, ids, now)
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            }
        };
        let (one, ()) = tokio::join!(world.finish(one), change);
        assert_eq!(one.status, TaskStatus::Completed);
        world.finish(two).await;
        // Whoever came to the end first, the task of the last change has the rest.
        let mut tx = world.store.begin().await.unwrap();
        let state = store::protection_rules::lock(&mut tx, world.organization).await;
        tx.rollback().await.unwrap();
        if let Some(task) = state.unwrap().task_id {
            world.finish(task).await;
        }
        world.assert_applied(&format!("round {round}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_match_a_filter_are_assigned_and_taken_back() {
    let world = World::new().await;
    let gold = world.daily("Gold").await;
    world.fleet(&["Gold", "Silver"]).await;
    let wish = |policy_id, tag: &str| TaskSpec::AssignPolicy {
        policy_id,
        filter: Box::new(AssetFilter {
            tag: Some(("Holdfast".to_owned(), Some(tag.to_owned()))),
            ..AssetFilter::default()
        }),
        unit_ids: None,
    };
    let half = u64::try_from(FLEET / 2).unwrap();
    let task = world.run(wish(Some(gold.id), "Silver")).await;
    assert_eq!(
        (counted(&task, "matched"), counted(&task, "changed")),
        (half, half)
    );
    let counts = world.assert_applied("assigned").await;
    assert_eq!(counts[&Some(gold.id)], FLEET / 2);
    let again = world.run(wish(Some(gold.id), "Silver")).await;
    assert_eq!(
        (counted(&again, "matched"), counted(&again, "changed")),
        (half, 0)
    );
    let elsewhere = TaskSpec::AssignPolicy {
        policy_id: Some(gold.id),
        filter: Box::default(),
        unit_ids: Some(Vec::new()),
    };
    let none = world.run(elsewhere).await;
    assert_eq!(counted(&none, "matched"), 0, "no unit, no asset");
    let task = world.run(wish(None, "Silver")).await;
    assert_eq!(counted(&task, "changed"), half);
    let counts = world.assert_applied("taken back").await;
    assert_eq!(counts.get(&Some(gold.id)), None);
}
