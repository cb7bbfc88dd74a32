//! What a change does to a fleet, against asking about every asset one by one.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::*;
use crate::asset::{Asset, AssetDetails, EbsVolume, Ec2Instance};
use crate::condition::tests::{id, random_condition, random_sample};
use crate::ids::{OrganizationId, PolicyId, PolicyOperationId, ProtectionRuleId};
use crate::policy::PolicyOperation;
use crate::protection_rule::{EntryKey, ListEntry, ProtectionRule};
use crate::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use crate::retention::{Retention, RetentionUnit};

const ROUNDS: usize = 300;

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn unit(number: u128) -> OrganizationalUnitId {
    OrganizationalUnitId::from_uuid(id(number))
}

/// Units 0 to 3 in a row and 4 beside 1, as random samples have them.
fn tree() -> UnitTree {
    let below = [(1, 0), (2, 1), (3, 2), (4, 0)];
    UnitTree::new(unit(0), below.map(|(own, above)| (unit(own), unit(above))))
}

pub(super) fn operation(kind: AssetKind, keep: u32) -> PolicyOperation {
    serde_json::from_value(serde_json::json!({
        "id": PolicyOperationId::from_uuid(id(1)),
        "asset_kind": kind,
        "placement": "vault",
        "frequencies": [{
            "every": { "unit": "days", "value": 1 },
            "keep": { "unit": "days", "value": keep },
        }],
        "start": { "hour": 0, "minute": 0, "zone": "UTC" },
    }))
    .unwrap()
}

pub(super) fn policy(number: u128, operations: Vec<PolicyOperation>) -> Policy {
    Policy {
        id: PolicyId::from_uuid(id(number)),
        organization_id: OrganizationId::from_uuid(id(0)),
        unit_id: unit(0),
        name: format!("policy {number}"),
        description: None,
        is_active: true,
        operations,
        version: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn random_asset(random: &mut StdRng, number: u128) -> Asset {
    let sample = random_sample(random);
    Asset {
        id: AssetId::from_uuid(id(number)),
        organization_id: OrganizationId::from_uuid(id(0)),
        unit_id: sample.units.last().copied().unwrap(),
        aws_account_id: sample.account,
        region: sample.region,
        kind: sample.kind,
        native_id: number.to_string(),
        arn: String::new(),
        name: sample.name,
        tags: sample.tags,
        details: match sample.kind {
            AssetKind::EbsVolume => AssetDetails::EbsVolume(volume(random.random_range(1..9))),
            AssetKind::Ec2Instance => AssetDetails::Ec2Instance(instance()),
        },
        policy_id: None,
        rule_id: None,
        discovered_at: Timestamp::UNIX_EPOCH,
        seen_at: Timestamp::UNIX_EPOCH,
        deleted_at: random.random_bool(0.1).then_some(Timestamp::UNIX_EPOCH),
    }
}

fn volume(size_gib: u32) -> EbsVolume {
    EbsVolume {
        availability_zone: String::new(),
        size_gib,
        volume_type: String::new(),
        iops: None,
        throughput_mibps: None,
        encrypted: false,
        kms_key_id: None,
        state: String::new(),
        attachments: Vec::new(),
    }
}

fn instance() -> Ec2Instance {
    Ec2Instance {
        instance_type: String::new(),
        state: String::new(),
        availability_zone: String::new(),
        vpc_id: None,
        subnet_id: None,
        image_id: None,
        volumes: Vec::new(),
    }
}

fn random_rule(random: &mut StdRng, number: u128) -> ProtectionRule {
    ProtectionRule {
        id: ProtectionRuleId::from_uuid(id(number)),
        organization_id: OrganizationId::from_uuid(id(0)),
        unit_id: unit(random.random_range(0..5)),
        name: format!("rule {number}"),
        condition: random_condition(random, 2),
        policy_id: PolicyId::from_uuid(id(random.random_range(1..5))),
        is_active: random.random_bool(0.9),
        version: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

/// Policies 1 to 4: one kind, the other, both, none.
fn random_policies(random: &mut StdRng) -> Vec<Policy> {
    let (one, other) = (AssetKind::EbsVolume, AssetKind::Ec2Instance);
    let mut keep = || random.random_range(1..30);
    let mut all = vec![
        policy(1, vec![operation(one, keep())]),
        policy(2, vec![operation(other, keep())]),
        policy(3, vec![operation(one, keep()), operation(other, keep())]),
        policy(4, Vec::new()),
    ];
    all.retain(|_| random.random_bool(0.9));
    all
}

/// Some changes of a list: rules come, go and move.
fn changed(random: &mut StdRng, list: &RuleList) -> RuleList {
    let mut list = list.clone();
    let keys: Vec<(OrganizationalUnitId, ListEntry)> = list
        .units()
        .flat_map(|unit| {
            list.of_unit(unit)
                .iter()
                .map(move |entry| (unit, entry.clone()))
        })
        .collect();
    for (unit, entry) in keys {
        match random.random_range(0..6) {
            0 if matches!(entry, ListEntry::Rule(_)) => {
                list.remove(entry.key());
            }
            1 => list.put(unit, entry, None),
            2 => list.put(unit, entry, Some(EntryKey::DirectAssignments)),
            _ => {}
        }
    }
    let new = random_rule(random, 100);
    list.put(new.unit_id, ListEntry::Rule(new), None);
    list
}

struct World {
    assets: BTreeMap<AssetId, (Asset, Option<PolicyId>)>,
    fleet: Fleet,
}

impl World {
    /// A fleet in which assets came, changed and went.
    fn random(random: &mut StdRng) -> Self {
        let mut world = Self {
            assets: BTreeMap::new(),
            fleet: Fleet::new(),
        };
        for _ in 0..60 {
            let number = random.random_range(0..40);
            let asset = random_asset(random, number);
            let assigned = random.random_bool(0.2);
            let assigned = assigned.then(|| PolicyId::from_uuid(id(random.random_range(1..5))));
            let units = tree().with_ancestors(asset.unit_id);
            world.fleet.put(&asset, &units, assigned);
            if asset.deleted_at.is_none() {
                world.assets.insert(asset.id, (asset, assigned));
            } else {
                world.assets.remove(&asset.id);
            }
        }
        world
    }

    fn decide(&self, side: &Situation) -> BTreeMap<AssetId, Decision> {
        let book = RuleBook::new(&side.list, tree(), &side.policies);
        let each = self.assets.iter().map(|(id, (asset, assigned))| {
            let units = tree().with_ancestors(asset.unit_id);
            let exists = |id: &PolicyId| side.policies.iter().any(|one| one.id == *id);
            (
                *id,
                book.decide(&asset.facts(&units), assigned.filter(exists)),
            )
        });
        each.collect()
    }
}

fn outlook(units: Option<Vec<OrganizationalUnitId>>) -> Outlook {
    Outlook {
        tree: tree(),
        now: at("2026-03-01T12:00:00Z"),
        habits: BTreeMap::new(),
        units,
    }
}

#[test]
fn the_effect_is_what_asking_about_every_asset_finds() {
    let mut random = StdRng::seed_from_u64(4);
    let mut seen = BTreeMap::new();
    for _ in 0..ROUNDS {
        let world = World::random(&mut random);
        let mut list = RuleList::new(unit(0));
        for number in 0..random.random_range(0..8) {
            let rule = random_rule(&mut random, 10 + number);
            list.put(rule.unit_id, ListEntry::Rule(rule), None);
        }
        let before = Situation {
            policies: random_policies(&mut random),
            list,
        };
        let after = Situation {
            policies: random_policies(&mut random),
            list: changed(&mut random, &before.list),
        };
        let units = random
            .random_bool(0.3)
            .then(|| vec![unit(2), unit(random.random_range(0..5))]);
        let effect = Effect::between(&world.fleet, &before, &after, &outlook(units.clone()));
        let (old, new) = (world.decide(&before), world.decide(&after));
        let mut expected = Vec::new();
        for (id, (asset, _)) in &world.assets {
            let transition = Transition {
                before: old[id],
                after: new[id],
            };
            let is_seen = units
                .as_ref()
                .is_none_or(|units| units.contains(&asset.unit_id));
            if let Some(effect) = transition.effect().filter(|_| is_seen) {
                *seen.entry(effect).or_insert(0) += 1;
                expected.push((*id, transition));
            }
        }
        let found: Vec<(AssetId, Transition)> = effect
            .assets
            .iter()
            .map(|(id, place)| (*id, effect.transitions[*place]))
            .collect();
        assert_eq!(found, expected);
        check_forecast(
            &world,
            (&before, &after),
            (&old, &new),
            &effect,
            units.as_ref(),
        );
    }
    assert!(seen.values().all(|count| *count > 20), "{seen:?}");
}

/// The runs of the forecast are those of each asset's policy, added up.
fn check_forecast(
    world: &World,
    (before, after): (&Situation, &Situation),
    (old, new): (&BTreeMap<AssetId, Decision>, &BTreeMap<AssetId, Decision>),
    effect: &Effect,
    units: Option<&Vec<OrganizationalUnitId>>,
) {
    let now = outlook(None).now;
    let runs = |side: &Situation, decisions: &BTreeMap<AssetId, Decision>| -> u64 {
        let seen = world
            .assets
            .values()
            .filter(|(asset, _)| units.is_none_or(|units| units.contains(&asset.unit_id)));
        seen.filter_map(|(asset, _)| {
            let policy = decisions[&asset.id].policy_id?;
            let policy = side.policies.iter().find(|one| one.id == policy)?;
            Some(Rhythm::of(policy, asset.kind, now).runs)
        })
        .sum()
    };
    let totals = effect.totals();
    assert_eq!(totals.0.runs, runs(before, old));
    assert_eq!(totals.1.runs, runs(after, new));
}

fn one_rule() -> (Situation, Situation) {
    let policies = vec![policy(1, vec![operation(AssetKind::EbsVolume, 7)])];
    let before = Situation {
        policies: policies.clone(),
        list: RuleList::new(unit(0)),
    };
    let mut after = before.clone();
    let mut random = StdRng::seed_from_u64(1);
    let mut rule = random_rule(&mut random, 10);
    rule.unit_id = unit(0);
    rule.policy_id = policies[0].id;
    rule.is_active = true;
    rule.condition = crate::condition::Condition::Kind([AssetKind::EbsVolume].into());
    after.list.put(unit(0), ListEntry::Rule(rule), None);
    (before, after)
}

#[test]
fn the_hash_does_not_depend_on_how_a_replica_numbers_its_assets_and_sees_each_of_them() {
    let mut random = StdRng::seed_from_u64(9);
    let assets: Vec<Asset> = (0..30)
        .map(|number| random_asset(&mut random, number))
        .collect();
    let (before, after) = one_rule();
    let wanted = serde_json::json!({ "rules": ["new"] });
    let hash = |assets: &mut dyn Iterator<Item = &Asset>, wanted: &serde_json::Value| {
        let mut fleet = Fleet::new();
        for asset in assets {
            fleet.put(asset, &tree().with_ancestors(asset.unit_id), None);
        }
        let effect = Effect::between(&fleet, &before, &after, &outlook(None));
        assert!(effect.count(AssetEffect::Gained) > 5);
        PlanHash::of(wanted, &before, &effect)
    };
    let first = hash(&mut assets.iter(), &wanted);
    let other_way = hash(
        &mut assets.iter().rev().chain(assets.iter().take(9)),
        &wanted,
    );
    assert_eq!(first, other_way);
    assert_eq!(first.to_string().parse(), Ok(first));
    let is_gained =
        |asset: &&Asset| asset.kind == AssetKind::EbsVolume && asset.deleted_at.is_none();
    let gained = assets.iter().find(is_gained).unwrap().id;
    let fewer = hash(
        &mut assets.iter().filter(|asset| asset.id != gained),
        &wanted,
    );
    assert_eq!(fewer.moved_since(&first), [Moved::Assets]);
    let other = hash(
        &mut assets.iter(),
        &serde_json::json!({ "rules": ["other"] }),
    );
    assert_eq!(other.moved_since(&first), [Moved::Draft]);
    let mut moved = before.clone();
    moved.policies[0].version = 2;
    let effect = Effect::default();
    let (one, two) = (
        PlanHash::of(&wanted, &before, &effect),
        PlanHash::of(&wanted, &moved, &effect),
    );
    assert_eq!(two.moved_since(&one), [Moved::Policies]);
    let two = PlanHash::of(&wanted, &after, &effect);
    assert_eq!(two.moved_since(&one), [Moved::Rules]);
}

#[test]
fn texts_that_are_no_hash_are_refused() {
    let text =
        PlanHash::of(&serde_json::Value::Null, &one_rule().0, &Effect::default()).to_string();
    for bad in [
        "",
        "-",
        text.get(1..).unwrap(),
        &text.to_uppercase(),
        &format!("{text}-00"),
        "a-b-c-d",
    ] {
        assert!(bad.parse::<PlanHash>().is_err(), "{bad}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_of_plan_hashes_panic(text in "[0-9a-f-]{0,140}|\\PC{0,20}") {
        if let Ok(hash) = text.parse::<PlanHash>() {
            proptest::prop_assert_eq!(hash.to_string(), text);
        }
    }
}

pub(super) fn point(taken_at: Timestamp, policy: PolicyId) -> RecoveryPoint {
    RecoveryPoint {
        id: crate::ids::RecoveryPointId::from_uuid(id(1)),
        organization_id: OrganizationId::from_uuid(id(0)),
        asset_id: AssetId::from_uuid(id(1)),
        policy_id: Some(policy),
        task_id: None,
        placement: Placement::Vault,
        status: RecoveryPointStatus::Available,
        proof: Proof::None,
        proven_at: None,
        taken_at,
        expires_at: None,
        size_bytes: 100,
        added_bytes: 10,
        is_full: false,
        repository_id: None,
        snapshot_id: None,
        base_snapshot_id: None,
        content_digest: None,
        source_digest: None,
        region: None,
        tier: crate::copy_target::StorageTier::Standard,
        life: crate::life::Life::default(),
    }
}

#[test]
fn only_points_that_got_their_end_from_the_policy_are_proposed_for_an_earlier_one() {
    let volume = AssetKind::EbsVolume;
    let (before, after) = (
        policy(1, vec![operation(volume, 30)]),
        policy(1, vec![operation(volume, 7)]),
    );
    let taken = at("2026-02-01T00:00:00Z");
    let ends = |days| {
        Retention {
            value: days,
            unit: RetentionUnit::Days,
        }
        .end(taken)
    };
    let mut own = point(taken, before.id);
    own.expires_at = Some(ends(30));
    let shortening = Shortening::between(&before, &after).unwrap();
    let found = shortening.of(own.clone(), volume).unwrap();
    assert_eq!(found.would_expire_at, ends(7));
    let mut extended = own.clone();
    extended.expires_at = Some(ends(31));
    let mut kept = own.clone();
    kept.expires_at = None;
    let mut expired = own.clone();
    expired.status = RecoveryPointStatus::Expired;
    let by_hand = RecoveryPoint {
        policy_id: None,
        ..own.clone()
    };
    let snapshot = RecoveryPoint {
        placement: Placement::InAccount,
        ..own.clone()
    };
    for other in [extended, kept, expired, by_hand, snapshot] {
        assert_eq!(shortening.of(other.clone(), volume), None, "{other:?}");
    }
    assert_eq!(shortening.of(own.clone(), AssetKind::Ec2Instance), None);
    let longer = Shortening::between(&after, &before).unwrap();
    own.expires_at = Some(ends(7));
    assert_eq!(
        longer.of(own.clone(), volume),
        None,
        "nothing ends later by itself either"
    );
    assert_eq!(Shortening::between(&before, &before), None);
    let gone = policy(1, Vec::new());
    assert_eq!(
        Shortening::between(&before, &gone),
        None,
        "nothing follows a policy that is gone"
    );
}
