//! Rules that give assets policies and schedules, and the task that one change after another shares.

use domain::asset::Asset;
use domain::assignment::Assignment;
use domain::condition::Condition;
use domain::frequency::Interval;
use domain::policy::Policy;
use domain::protection_rule::{EntryKey, ProtectionRule};
use domain::task::Actor;
use domain::{AssetId, AssignmentId, Clock as _, PolicyId, ProtectionRuleId, TaskId};

use super::house::House;
use crate::protection::{Rules, apply_later, heal};

const DAILY: Interval = Interval::Days { value: 1 };

impl House {
    async fn rule(&self, name: &str, policy: PolicyId, condition: Condition) -> ProtectionRuleId {
        let now = self.clock.now();
        let rule = ProtectionRule {
            id: ProtectionRuleId::fresh(&*self.ids),
            organization_id: self.organization,
            unit_id: self.unit,
            name: name.to_owned(),
            condition,
            policy_id: policy,
            is_active: true,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let mut tx = self.store.begin().await.unwrap();
        store::protection_rules::lock(&mut tx, self.organization)
            .await
            .unwrap();
        store::protection_rules::add(&mut tx, &rule).await.unwrap();
        tx.commit().await.unwrap();
        rule.id
    }

    /// Settles these assets; how many changed, and how they are then.
    async fn settle(&self, ids: &[AssetId]) -> (usize, Vec<Asset>) {
        let mut tx = self.store.begin().await.unwrap();
        let mut rules = Rules::lock(&mut tx, self.organization).await.unwrap();
        let mut assets = store::assets::lock_many(&tx, self.organization, ids)
            .await
            .unwrap();
        let changed = rules.settle(&mut tx, &mut assets, &*self.ids, self.clock.now());
        let changed = changed.await.unwrap();
        tx.commit().await.unwrap();
        let rows = store::assets::lookup_many(&self.store.read(), self.organization, ids)
            .await
            .unwrap();
        let mut rows: Vec<Asset> = rows;
        rows.sort_by_key(|asset| asset.id);
        assert_eq!(rows, assets, "the assets in hand equal their rows");
        (changed, rows)
    }

    async fn choose(&self, asset: AssetId, policy: PolicyId) {
        let assignment = Assignment {
            id: AssignmentId::fresh(&*self.ids),
            organization_id: self.organization,
            asset_id: asset,
            policy_id: policy,
            created_at: self.clock.now(),
        };
        let mut tx = self.store.begin().await.unwrap();
        store::assignments::set(&mut tx, self.organization, &[assignment])
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// The policies whose schedules the asset has.
    async fn scheduled(&self, asset: AssetId) -> Vec<PolicyId> {
        let reader = self.store.read();
        let schedules = store::schedules::list_of_asset(&reader, self.organization, asset)
            .await
            .unwrap();
        schedules.iter().map(|one| one.policy_id).collect()
    }

    async fn change(&self) -> TaskId {
        let mut tx = self.store.begin().await.unwrap();
        let (ids, now) = (&*self.ids, self.clock.now());
        let task = apply_later(&mut tx, self.organization, Actor::System, ids, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        task
    }
}

fn named(number: usize) -> Condition {
    Condition::NameContains(format!("{number:017x}"))
}

#[tokio::test]
async fn rules_move_assets_and_their_schedules_and_write_what_differs() {
    for house in House::all().await {
        let assets = house.assets(2).await;
        let ids: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
        let gold = house.policy(&[(DAILY, 30)], &[]).await;
        let silver = house.policy(&[(DAILY, 7)], &[]).await;
        let first = house.rule("first", gold.id, named(0)).await;
        let (changed, rows) = house.settle(&ids).await;
        let of = |rows: &[Asset], number: usize| {
            let name = format!("vol-{number:017x}");
            let row = rows.iter().find(|row| row.name == name).unwrap();
            (row.id, row.policy_id, row.rule_id)
        };
        assert_eq!(changed, 1);
        let (one, policy, rule) = of(&rows, 0);
        assert_eq!((policy, rule), (Some(gold.id), Some(first)));
        assert_eq!(house.scheduled(one).await, [gold.id]);
        assert_eq!(house.settle(&ids).await.0, 0, "nothing is written twice");
        // A choice by hand comes first, until its place is moved behind.
        house.choose(one, silver.id).await;
        assert_eq!(house.settle(&ids).await.0, 1);
        assert_eq!(house.scheduled(one).await, [silver.id]);
        let mut tx = house.store.begin().await.unwrap();
        store::protection_rules::lock(&mut tx, house.organization)
            .await
            .unwrap();
        let direct = EntryKey::DirectAssignments;
        let placed =
            store::protection_rules::place(&mut tx, house.organization, house.unit, direct, None);
        assert!(placed.await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(house.settle(&ids).await.0, 1);
        assert_eq!(house.scheduled(one).await, [gold.id]);
        // The rule goes, and what was chosen by hand is there again.
        let mut tx = house.store.begin().await.unwrap();
        store::protection_rules::remove(&mut tx, house.organization, first)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let (_, rows) = house.settle(&ids).await;
        assert_eq!(of(&rows, 0), (one, Some(silver.id), None));
        assert_eq!(house.scheduled(one).await, [silver.id]);
        let (other, policy, _) = of(&rows, 1);
        assert_eq!((policy, house.scheduled(other).await), (None, Vec::new()));
    }
}

#[tokio::test]
async fn a_policy_without_an_operation_for_the_kind_protects_nothing_and_hides_later_rules() {
    for house in House::all().await {
        let asset = house.assets(1).await.remove(0);
        let gold = house.policy(&[(DAILY, 30)], &[]).await;
        let now = house.clock.now();
        let empty = Policy {
            id: PolicyId::fresh(&*house.ids),
            name: "Empty".to_owned(),
            operations: Vec::new(),
            created_at: now,
            ..gold.clone()
        };
        let mut tx = house.store.begin().await.unwrap();
        store::policies::add(&mut tx, &empty).await.unwrap();
        tx.commit().await.unwrap();
        let rule = house.rule("empty", empty.id, named(0)).await;
        house.rule("later", gold.id, named(0)).await;
        let (changed, rows) = house.settle(&[asset.id]).await;
        assert_eq!(changed, 1);
        assert_eq!((rows[0].policy_id, rows[0].rule_id), (None, Some(rule)));
        assert_eq!(house.scheduled(asset.id).await, Vec::new());
    }
}

#[tokio::test]
async fn changes_share_a_task_until_it_has_come_to_its_end() {
    for house in House::all().await {
        let first = house.change().await;
        assert_eq!(house.change().await, first);
        // Its end is written with the last assets.
        let mut tx = house.store.begin().await.unwrap();
        store::protection_rules::lock(&mut tx, house.organization)
            .await
            .unwrap();
        store::protection_rules::advance(&mut tx, house.organization, None)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let second = house.change().await;
        assert_ne!(second, first);
        // One that was stopped does nothing more.
        let mut tx = house.store.begin().await.unwrap();
        crate::abort(&mut tx, house.organization, second, house.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        // Whoever looks after the organization sees that nobody does it any more; once is enough.
        let queued = async || {
            let mut tx = house.store.begin().await.unwrap();
            heal(&mut tx, house.organization, &*house.ids, house.clock.now())
                .await
                .unwrap();
            let state = store::protection_rules::lock(&mut tx, house.organization).await;
            tx.commit().await.unwrap();
            state.unwrap().task_id.unwrap()
        };
        let third = queued().await;
        assert_ne!(third, second);
        assert_eq!(queued().await, third);
        assert_eq!(house.change().await, third);
    }
}
