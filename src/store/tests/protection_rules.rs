//! Protection rules: their places, who sees them, and how far they are applied.

use domain::condition::Condition;
use domain::page::PageRequest;
use domain::protection_rule::{EntryKey, ListEntry, ProtectionRule, ProtectionRuleFilter};
use domain::scope::Scope;
use domain::{AssetId, OrganizationalUnitId, PolicyId, ProtectionRuleId, TaskId};

use super::{World, at, worlds};
use crate::{organizational_units, protection_rules};

fn rule(world: &World, unit: OrganizationalUnitId, policy: PolicyId, name: &str) -> ProtectionRule {
    ProtectionRule {
        id: ProtectionRuleId::fresh(world.ids.as_ref()),
        organization_id: world.id(),
        unit_id: unit,
        name: name.to_owned(),
        condition: Condition::HasTag(name.to_owned()),
        policy_id: policy,
        is_active: true,
        version: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

async fn unit(world: &World, name: &str) -> OrganizationalUnitId {
    let mut unit = world.unit.clone();
    unit.id = OrganizationalUnitId::fresh(world.ids.as_ref());
    unit.parent_id = Some(world.unit.id);
    name.clone_into(&mut unit.name);
    let mut tx = world.store.begin().await.unwrap();
    organizational_units::add(&mut tx, &unit, at(0))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    unit.id
}

/// Names of the entries of a unit, in their order.
async fn shown(world: &World, unit: OrganizationalUnitId) -> Vec<String> {
    let list = protection_rules::order_list(&world.store.read(), world.id())
        .await
        .unwrap();
    let name = |entry: &ListEntry| match entry {
        ListEntry::DirectAssignments => "direct".to_owned(),
        ListEntry::ChildUnits => "children".to_owned(),
        ListEntry::Rule(rule) => rule.name.clone(),
    };
    list.of_unit(unit).iter().map(name).collect()
}

async fn add(world: &World, rules: &[ProtectionRule]) {
    let mut tx = world.store.begin().await.unwrap();
    protection_rules::lock(&mut tx, world.id()).await.unwrap();
    for rule in rules {
        protection_rules::add(&mut tx, rule).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn place(
    world: &World,
    unit: OrganizationalUnitId,
    entry: EntryKey,
    before: Option<EntryKey>,
) -> bool {
    let mut tx = world.store.begin().await.unwrap();
    protection_rules::lock(&mut tx, world.id()).await.unwrap();
    let placed = protection_rules::place(&mut tx, world.id(), unit, entry, before)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    placed
}

#[tokio::test]
async fn entries_have_one_order_and_move_within_it() {
    for world in worlds().await {
        let (root, policy) = (world.unit.id, world.add_policy("Gold").await.id);
        assert_eq!(shown(&world, root).await, ["direct", "children"]);
        let rules: Vec<ProtectionRule> = ["a", "b", "c"]
            .map(|name| rule(&world, root, policy, name))
            .to_vec();
        add(&world, &rules).await;
        let key = |index: usize| EntryKey::Rule(rules[index].id);
        assert_eq!(
            shown(&world, root).await,
            ["direct", "children", "a", "b", "c"]
        );
        assert!(place(&world, root, key(2), Some(EntryKey::DirectAssignments)).await);
        assert_eq!(
            shown(&world, root).await,
            ["c", "direct", "children", "a", "b"]
        );
        assert!(place(&world, root, EntryKey::DirectAssignments, Some(key(1))).await);
        assert_eq!(
            shown(&world, root).await,
            ["c", "children", "a", "direct", "b"]
        );
        assert!(place(&world, root, EntryKey::ChildUnits, None).await);
        assert_eq!(
            shown(&world, root).await,
            ["c", "a", "direct", "b", "children"]
        );
        assert!(place(&world, root, key(0), Some(key(0))).await);
        assert_eq!(
            shown(&world, root).await,
            ["c", "a", "direct", "b", "children"]
        );
        let below = unit(&world, "below").await;
        assert!(!place(&world, below, EntryKey::ChildUnits, None).await);
        assert!(!place(&world, below, key(0), None).await);
        let other = world.neighbour().await;
        assert!(!place(&other, other.unit.id, key(0), None).await);
        assert_eq!(shown(&other, other.unit.id).await, ["direct", "children"]);
    }
}

#[tokio::test]
async fn rules_are_seen_from_below_and_go_to_the_heir_of_their_unit() {
    for world in worlds().await {
        let (root, policy) = (world.unit.id, world.add_policy("Gold").await.id);
        let (one, two) = (unit(&world, "one").await, unit(&world, "two").await);
        let rules = [
            rule(&world, root, policy, "global"),
            rule(&world, one, policy, "one 1"),
            rule(&world, one, policy, "one 2"),
            rule(&world, two, policy, "two"),
        ];
        add(&world, &rules).await;
        let scope = Scope::of_units(world.id(), vec![one]).inheriting(vec![root]);
        let reader = world.store.read();
        let (all, first) = (ProtectionRuleFilter::default(), PageRequest::default());
        let page = protection_rules::list(&reader, &scope, &all, &first).await;
        let seen: Vec<String> = page
            .unwrap()
            .into_nodes()
            .into_iter()
            .map(|rule| rule.name)
            .collect();
        assert_eq!(seen, ["global", "one 1", "one 2"]);
        let hidden = protection_rules::lookup(&reader, &scope, rules[3].id).await;
        assert_eq!(hidden.unwrap(), None);
        let list = protection_rules::order_list(&reader, &scope).await.unwrap();
        assert_eq!(list.rules().count(), 3);
        let mut tx = world.store.begin().await.unwrap();
        organizational_units::reassign(&mut tx, world.id(), one, two)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(shown(&world, two).await, ["two", "one 1", "one 2"]);
        assert_eq!(shown(&world, one).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_rule_is_changed_once_per_version_and_its_name_is_its_own() {
    for world in worlds().await {
        let policy = world.add_policy("Gold").await.id;
        let own = rule(&world, world.unit.id, policy, "a");
        add(&world, std::slice::from_ref(&own)).await;
        let other = world.neighbour().await;
        let read = protection_rules::lookup(&world.store.read(), world.id(), own.id).await;
        assert_eq!(read.unwrap(), Some(own.clone()));
        let mut tx = world.store.begin().await.unwrap();
        let mut changed = own.clone();
        (changed.version, changed.name) = (2, "b".to_owned());
        protection_rules::update(&mut tx, &changed, 1)
            .await
            .unwrap();
        assert!(
            protection_rules::update(&mut tx, &changed, 1)
                .await
                .is_err()
        );
        let mut foreign = changed.clone();
        foreign.organization_id = other.id();
        assert!(
            protection_rules::update(&mut tx, &foreign, 2)
                .await
                .is_err()
        );
        tx.commit().await.unwrap();
        let mut tx = world.store.begin().await.unwrap();
        let twin = rule(&world, world.unit.id, policy, "b");
        let taken = protection_rules::add(&mut tx, &twin).await.unwrap_err();
        assert!(taken.is_constraint("protection_rules_name"), "{taken:?}");
        drop(tx);
        let told = world.told().await;
        let of_rules = told.iter().filter(|(topic, ..)| topic == "protection_rule");
        let changes: Vec<&str> = of_rules.map(|(_, change, _)| change.as_str()).collect();
        assert_eq!(changes, ["created", "updated"]);
    }
}

#[tokio::test]
async fn how_far_the_rules_are_applied_is_forgotten_when_they_change() {
    for world in worlds().await {
        let organization = world.id();
        let (asset, task) = (
            AssetId::fresh(world.ids.as_ref()),
            TaskId::fresh(world.ids.as_ref()),
        );
        let mut tx = world.store.begin().await.unwrap();
        let state = protection_rules::lock(&mut tx, organization).await.unwrap();
        assert!(state.is_applied());
        protection_rules::changed(&mut tx, organization)
            .await
            .unwrap();
        protection_rules::set_task(&mut tx, organization, task)
            .await
            .unwrap();
        protection_rules::advance(&mut tx, organization, Some(asset))
            .await
            .unwrap();
        let state = protection_rules::lock(&mut tx, organization).await.unwrap();
        assert_eq!((state.cursor, state.task_id), (Some(asset), Some(task)));
        assert!(!state.is_applied());
        protection_rules::changed(&mut tx, organization)
            .await
            .unwrap();
        let state = protection_rules::lock(&mut tx, organization).await.unwrap();
        assert_eq!((state.cursor, state.task_id), (None, Some(task)));
        protection_rules::advance(&mut tx, organization, None)
            .await
            .unwrap();
        let state = protection_rules::lock(&mut tx, organization).await.unwrap();
        assert_eq!((state.cursor, state.task_id), (None, None));
        assert!(state.is_applied());
        tx.commit().await.unwrap();
    }
}
