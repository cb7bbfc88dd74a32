//! The list of rules: order, meaning, and every way to evaluate it against a naive one.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::*;
use crate::asset::AssetKind;
use crate::asset_index::{AssetIndex, AssetSet};
use crate::condition::tests::{Sample, id, random_condition, random_sample};
use crate::condition::{Facts, TagPair};
use crate::frequency::StartTime;
use crate::ids::PolicyOperationId;
use crate::organizational_unit::UnitTree;
use crate::policy::{CatchUp, Policy, PolicyOperation};
use crate::recovery_point::Placement;

/// Pairs of (asset, rules) that are compared (issue 4 asks for 100,000).
const PAIRS: usize = 100_000;
const ASSETS: usize = 50;

fn unit(number: u128) -> OrganizationalUnitId {
    OrganizationalUnitId::from_uuid(id(number))
}

fn rule(number: u128, unit_number: u128, policy: u128, condition: Condition) -> ProtectionRule {
    ProtectionRule {
        id: ProtectionRuleId::from_uuid(id(number)),
        organization_id: OrganizationId::from_uuid(id(0)),
        unit_id: unit(unit_number),
        name: format!("rule {number}"),
        condition,
        policy_id: PolicyId::from_uuid(id(policy)),
        is_active: true,
        version: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn policy(number: u128, kinds: &[AssetKind]) -> Policy {
    let operation = |kind: &AssetKind| PolicyOperation {
        id: PolicyOperationId::from_uuid(id(number)),
        asset_kind: *kind,
        placement: Placement::Vault,
        frequencies: Vec::new(),
        start: StartTime::default(),
        window: None,
        catch_up: CatchUp::default(),
        proof: None,
        target: crate::copy_target::CopyTarget::default(),
    };
    Policy {
        id: PolicyId::from_uuid(id(number)),
        organization_id: OrganizationId::from_uuid(id(0)),
        unit_id: unit(0),
        name: format!("policy {number}"),
        description: None,
        is_active: true,
        operations: kinds.iter().map(operation).collect(),
        version: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

/// Units 0 (the root) to 3 in a row, and 4 beside 1, as the samples of conditions have them.
fn tree() -> UnitTree {
    let below = [(1, 0), (2, 1), (3, 2), (4, 0)];
    UnitTree::new(unit(0), below.map(|(own, above)| (unit(own), unit(above))))
}

/// Policies 0 to 3: for nothing, one kind, the other, both.
fn policies() -> Vec<Policy> {
    let (one, other) = (AssetKind::EbsVolume, AssetKind::Ec2Instance);
    vec![
        policy(0, &[]),
        policy(1, &[one]),
        policy(2, &[other]),
        policy(3, &[one, other]),
    ]
}

/// A list as a person would hold it: entries of each unit in a plain row.
struct Naive {
    rows: Vec<(u128, Vec<ListEntry>)>,
}

impl Naive {
    fn random(random: &mut StdRng) -> Self {
        let mut number = 0;
        let mut row = |random: &mut StdRng, at: u128| {
            let count = random.random_range(0..6);
            let mut entries: Vec<ListEntry> = Vec::new();
            for _ in 0..count {
                number += 1;
                let condition = random_condition(random, 2);
                let mut rule = rule(number, at, random.random_range(0..4), condition);
                rule.is_active = random.random_bool(0.9);
                entries.push(ListEntry::Rule(rule));
            }
            entries
        };
        let mut rows: Vec<(u128, Vec<ListEntry>)> =
            (0..5).map(|at| (at, row(random, at))).collect();
        for entry in [ListEntry::DirectAssignments, ListEntry::ChildUnits] {
            let place = random.random_range(0..=rows[0].1.len());
            rows[0].1.insert(place, entry);
        }
        Self { rows }
    }

    fn list(&self) -> RuleList {
        let all = self.rows.iter().flat_map(|(at, row)| {
            let entries = row.iter().cloned();
            entries.map(move |entry| (unit(*at), entry))
        });
        RuleList::of(unit(0), all)
    }

    fn row(&self, of: OrganizationalUnitId) -> &[ListEntry] {
        let found = self.rows.iter().find(|(at, _)| unit(*at) == of);
        found.map_or(&[], |(_, row)| row)
    }

    /// Walks the list as clumio.md 1.7 tells it; `facts.units` runs from the asset's own unit up to the root.
    fn decide(&self, facts: &Facts<'_>, direct: Option<PolicyId>) -> Decision {
        let (root, below) = (unit(0), facts.units.iter().filter(|own| **own != unit(0)));
        let below: Vec<&ListEntry> = below.flat_map(|own| self.row(*own)).collect();
        for entry in self.row(root) {
            let tried = match entry {
                ListEntry::DirectAssignments => {
                    direct.map(|policy| (ProtectionSource::Direct, policy))
                }
                ListEntry::ChildUnits => below.iter().find_map(|entry| matching(entry, facts)),
                ListEntry::Rule(_) => matching(entry, facts),
            };
            if let Some((source, policy)) = tried {
                let policies = policies();
                let named = policies.iter().find(|one| one.id == policy).unwrap();
                let kinds = named.operations.iter().map(|one| one.asset_kind);
                let fits = kinds.collect::<Vec<_>>().contains(&facts.kind);
                return Decision {
                    policy_id: fits.then_some(policy),
                    source: Some(source),
                };
            }
        }
        Decision::default()
    }
}

fn matching(entry: &ListEntry, facts: &Facts<'_>) -> Option<(ProtectionSource, PolicyId)> {
    let ListEntry::Rule(rule) = entry else {
        return None;
    };
    let holds = rule.is_active && rule.condition.matches(facts);
    holds.then_some((ProtectionSource::Rule(rule.id), rule.policy_id))
}

/// Assets with their units from the own one upwards, and perhaps a policy chosen by hand.
fn random_assets(random: &mut StdRng, tree: &UnitTree) -> Vec<(Sample, Option<PolicyId>)> {
    let one = |random: &mut StdRng| {
        let mut sample = random_sample(random);
        sample.units = tree.with_ancestors(unit(random.random_range(0..5)));
        let direct = random.random_bool(0.2);
        let policy = PolicyId::from_uuid(id(random.random_range(0..4)));
        (sample, direct.then_some(policy))
    };
    (0..ASSETS).map(|_| one(random)).collect()
}

#[test]
fn every_way_to_evaluate_the_rules_agrees_with_a_naive_one() {
    let mut random = StdRng::seed_from_u64(11);
    let (tree, mut compared) = (tree(), 0);
    let mut seen = BTreeSet::new();
    while compared < PAIRS {
        let naive = Naive::random(&mut random);
        let book = RuleBook::new(&naive.list(), tree.clone(), &policies());
        let assets = random_assets(&mut random, &tree);
        let wanted: Vec<Decision> = assets
            .iter()
            .map(|(sample, direct)| naive.decide(&sample.facts(), *direct))
            .collect();
        let mut index = AssetIndex::new();
        let mut chosen: BTreeMap<PolicyId, AssetSet> = BTreeMap::new();
        for (number, ((sample, direct), wanted)) in (0_u32..).zip(assets.iter().zip(&wanted)) {
            let facts = sample.facts();
            assert_eq!(book.decide(&facts, *direct), *wanted);
            let (decision, trace) = book.explain(&facts, *direct);
            assert_eq!(decision, *wanted);
            check_trace(&trace, &decision);
            index.put(number, &facts);
            if let Some(policy) = direct {
                chosen.entry(*policy).or_default().insert(number);
            }
            seen.insert((wanted.policy_id.is_some(), wanted.source.is_some()));
        }
        let facts = assets
            .iter()
            .map(|(sample, direct)| (sample.facts(), *direct));
        assert_eq!(book.decide_many(&facts.collect::<Vec<_>>()), wanted);
        let sets = book.decide_all(&index, &chosen);
        for (number, wanted) in (0_u32..).zip(&wanted) {
            let got: Vec<Decision> = sets
                .iter()
                .filter(|(_, set)| set.contains(number))
                .map(|(decision, _)| *decision)
                .collect();
            let one = wanted.source.is_some().then_some(*wanted);
            assert_eq!(got, one.into_iter().collect::<Vec<_>>());
        }
        compared += assets.len();
    }
    assert_eq!(seen.len(), 3, "matched, matched in vain, and not matched");
}

/// All lines but the last say why not, and the last says what was decided.
fn check_trace(trace: &[Tried<'_>], decision: &Decision) {
    let decided = |tried: &Tried<'_>| {
        matches!(
            tried.outcome,
            Outcome::Matched | Outcome::MatchedWithoutOperation
        )
    };
    let Some((last, earlier)) = trace.split_last() else {
        assert_eq!(decision.source, None);
        return;
    };
    assert!(!earlier.iter().any(decided));
    assert_eq!(decided(last), decision.source.is_some());
    let source = match last.entry {
        TriedEntry::Direct => ProtectionSource::Direct,
        TriedEntry::Rule(rule) => ProtectionSource::Rule(rule.id),
    };
    match &last.outcome {
        Outcome::Matched => assert!(decision.policy_id.is_some()),
        Outcome::MatchedWithoutOperation => assert_eq!(decision.policy_id, None),
        Outcome::NotMatched { .. } | Outcome::NotAssigned | Outcome::Paused => return,
    }
    assert_eq!(decision.source, Some(source));
}

fn tagged(value: &str) -> Condition {
    Condition::AnyTag(
        [TagPair {
            key: "Holdfast".to_owned(),
            value: value.to_owned(),
        }]
        .into(),
    )
}

fn gold() -> Sample {
    Sample {
        kind: AssetKind::EbsVolume,
        account: crate::ids::AwsAccountKey::from_uuid(id(1)),
        region: "eu-west-1".to_owned(),
        units: tree().with_ancestors(unit(2)),
        name: "db".to_owned(),
        tags: [("Holdfast".to_owned(), "Gold".to_owned())]
            .into_iter()
            .collect(),
    }
}

fn ids(list: &RuleList, of: u128) -> Vec<EntryKey> {
    list.of_unit(unit(of)).iter().map(ListEntry::key).collect()
}

fn key(number: u128) -> EntryKey {
    EntryKey::Rule(ProtectionRuleId::from_uuid(id(number)))
}

#[test]
fn by_default_the_nearer_choice_wins() {
    let mut list = RuleList::new(unit(0));
    for (number, at, policy) in [(1, 0, 1), (2, 1, 1), (3, 2, 3)] {
        let rule = rule(number, at, policy, tagged("Gold"));
        list.put(unit(at), ListEntry::Rule(rule), None);
    }
    let (sample, policies) = (gold(), policies());
    let decide = |list: &RuleList, direct: Option<u128>| {
        let book = RuleBook::new(list, tree(), &policies);
        let direct = direct.map(|number| PolicyId::from_uuid(id(number)));
        book.decide(&sample.facts(), direct).source
    };
    let by = |number| {
        Some(ProtectionSource::Rule(ProtectionRuleId::from_uuid(id(
            number,
        ))))
    };
    assert_eq!(decide(&list, Some(3)), Some(ProtectionSource::Direct));
    assert_eq!(decide(&list, None), by(3), "the unit of the asset itself");
    assert!(list.remove(key(3)));
    assert_eq!(decide(&list, None), by(2), "the unit above it");
    list.put(unit(0), ListEntry::ChildUnits, None);
    assert_eq!(decide(&list, None), by(1), "the root unit, moved before");
    list.put(unit(0), ListEntry::DirectAssignments, None);
    assert_eq!(
        decide(&list, Some(3)),
        by(1),
        "also before what was chosen by hand"
    );
}

#[test]
fn entries_move_before_one_another_and_to_the_end() {
    let mut list = RuleList::new(unit(0));
    for number in 1..=3 {
        let rule = rule(number, 0, 1, tagged("x"));
        list.put(unit(0), ListEntry::Rule(rule), None);
    }
    let (direct, children) = (EntryKey::DirectAssignments, EntryKey::ChildUnits);
    assert_eq!(ids(&list, 0), [direct, children, key(1), key(2), key(3)]);
    list.put(unit(0), ListEntry::DirectAssignments, Some(key(3)));
    assert_eq!(ids(&list, 0), [children, key(1), key(2), direct, key(3)]);
    let moved = list.of_unit(unit(0))[1].clone();
    list.put(unit(0), moved.clone(), Some(key(1)));
    assert_eq!(ids(&list, 0), [children, key(1), key(2), direct, key(3)]);
    list.put(unit(0), moved, None);
    assert_eq!(ids(&list, 0), [children, key(2), direct, key(3), key(1)]);
    assert!(!list.remove(key(9)));
}

#[test]
fn the_trace_names_what_was_tried_and_the_test_that_failed() {
    let mut list = RuleList::new(unit(0));
    let region = Condition::Region(["us-east-1".to_owned()].into());
    let both = Condition::AllOf(vec![tagged("Gold"), region]);
    let mut paused = rule(2, 0, 1, tagged("Gold"));
    paused.is_active = false;
    let elsewhere = rule(3, 4, 1, tagged("Gold"));
    for new in [
        rule(1, 0, 1, both),
        paused,
        elsewhere,
        rule(4, 0, 2, tagged("Gold")),
    ] {
        list.put(new.unit_id, ListEntry::Rule(new), None);
    }
    let book = RuleBook::new(&list, tree(), &policies());
    let sample = gold();
    let (decision, trace) = book.explain(&sample.facts(), None);
    let outcomes: Vec<Outcome> = trace.into_iter().map(|tried| tried.outcome).collect();
    let failed = Outcome::NotMatched {
        path: ["allOf", "1", "region"].map(str::to_owned).to_vec(),
        test: "region is us-east-1".to_owned(),
    };
    let expected = [
        Outcome::NotAssigned,
        failed,
        Outcome::Paused,
        Outcome::MatchedWithoutOperation,
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(decision.policy_id, None, "and no later rule is tried");
    assert_eq!(decision.rule_id(), Some(ProtectionRuleId::from_uuid(id(4))));
}

#[test]
fn a_draft_says_what_is_wrong_with_it_and_where() {
    let draft = ProtectionRuleDraft {
        name: "x".repeat(101),
        condition: Condition::AllOf(vec![tagged("Gold"), Condition::NameContains(String::new())]),
    };
    let problems = draft.validate().unwrap_err();
    let fields: Vec<String> = problems.iter().map(|one| one.field.join(".")).collect();
    assert_eq!(fields, ["name", "condition.allOf.1.nameContains"]);
}
