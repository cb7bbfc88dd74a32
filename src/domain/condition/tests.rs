//! What conditions mean, what is refused, and random ones for others to test with.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::*;

/// An asset for tests.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) kind: AssetKind,
    pub(crate) account: AwsAccountKey,
    pub(crate) region: String,
    pub(crate) units: Vec<OrganizationalUnitId>,
    pub(crate) name: String,
    pub(crate) tags: Tags,
}

impl Sample {
    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts {
            kind: self.kind,
            account: self.account,
            region: &self.region,
            units: &self.units,
            name: &self.name,
            tags: &self.tags,
        }
    }
}

/// Few values, so that random conditions meet random assets; some contain others, some are empty or not ASCII.
const WORDS: &[&str] = &[
    "", "a", "ab", "b", "web", "web-1", "prod", "Prod", "grün", "ü", "\u{ff}",
];

pub(crate) fn id(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

fn word(random: &mut StdRng) -> String {
    WORDS[random.random_range(0..WORDS.len())].to_owned()
}

fn part(random: &mut StdRng) -> String {
    WORDS[random.random_range(1..WORDS.len())].to_owned()
}

fn kind(random: &mut StdRng) -> AssetKind {
    AssetKind::ALL[random.random_range(0..AssetKind::ALL.len())]
}

pub(crate) fn random_sample(random: &mut StdRng) -> Sample {
    // Units 0 to 3 in a row, each below the one before.
    let depth = random.random_range(1..=4);
    Sample {
        kind: kind(random),
        account: AwsAccountKey::from_uuid(id(random.random_range(0..3))),
        region: format!("r{}", random.random_range(0..3)),
        units: (0..depth)
            .map(|unit| OrganizationalUnitId::from_uuid(id(unit)))
            .collect(),
        name: word(random),
        tags: (0..random.random_range(0..4))
            .map(|_| (format!("k{}", random.random_range(0..3)), word(random)))
            .collect(),
    }
}

fn pairs(random: &mut StdRng) -> BTreeSet<TagPair> {
    (0..random.random_range(1..3))
        .map(|_| pair(random))
        .collect()
}

fn pair(random: &mut StdRng) -> TagPair {
    TagPair {
        key: format!("k{}", random.random_range(0..4)),
        value: part(random),
    }
}

pub(crate) fn random_condition(random: &mut StdRng, depth: u32) -> Condition {
    let choices = if depth == 0 { 3..13 } else { 0..13 };
    let inner = |random: &mut StdRng| -> Vec<Condition> {
        let count = random.random_range(1..4);
        (0..count)
            .map(|_| random_condition(random, depth - 1))
            .collect()
    };
    match random.random_range(choices) {
        0 => Condition::AllOf(inner(random)),
        1 => Condition::AnyOf(inner(random)),
        2 => Condition::Not(Box::new(random_condition(random, depth - 1))),
        3 => Condition::Kind([kind(random)].into()),
        4 => Condition::Account([AwsAccountKey::from_uuid(id(random.random_range(0..4)))].into()),
        5 => Condition::Region(
            (0..2)
                .map(|_| format!("r{}", random.random_range(0..4)))
                .collect(),
        ),
        6 => Condition::Unit(
            [OrganizationalUnitId::from_uuid(id(
                random.random_range(0..5)
            ))]
            .into(),
        ),
        7 => Condition::Name((0..2).map(|_| word(random)).collect()),
        8 => Condition::NameContains(part(random)),
        9 => Condition::HasTag(format!("k{}", random.random_range(0..4))),
        10 => Condition::AnyTag(pairs(random)),
        11 => Condition::AllTags(pairs(random)),
        _ => Condition::TagContains(pair(random)),
    }
}

fn sample(tags: &[(&str, &str)]) -> Sample {
    let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    Sample {
        kind: AssetKind::EbsVolume,
        account: AwsAccountKey::from_uuid(id(1)),
        region: "eu-west-1".to_owned(),
        units: vec![
            OrganizationalUnitId::from_uuid(id(1)),
            OrganizationalUnitId::from_uuid(id(2)),
        ],
        name: "web-1".to_owned(),
        tags: tags.iter().map(own).collect(),
    }
}

fn tag(key: &str, value: &str) -> TagPair {
    TagPair {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

#[test]
fn each_test_looks_at_its_own_fact() {
    let asset = sample(&[("Holdfast", "Gold"), ("team", "web")]);
    let unit = |number| Condition::Unit([OrganizationalUnitId::from_uuid(id(number))].into());
    let table = [
        (Condition::Kind([AssetKind::EbsVolume].into()), true),
        (Condition::Kind([AssetKind::Ec2Instance].into()), false),
        (Condition::Region(["eu-west-1".to_owned()].into()), true),
        (unit(1), true),
        (unit(2), true),
        (unit(3), false),
        (Condition::Name(["web-1".to_owned()].into()), true),
        (Condition::Name(["WEB-1".to_owned()].into()), false),
        (Condition::NameContains("eb-".to_owned()), true),
        (Condition::HasTag("team".to_owned()), true),
        (Condition::HasTag("Team".to_owned()), false),
        (
            Condition::AnyTag([tag("Holdfast", "Gold"), tag("x", "y")].into()),
            true,
        ),
        (
            Condition::AllTags([tag("Holdfast", "Gold"), tag("x", "y")].into()),
            false,
        ),
        (
            Condition::AllTags([tag("Holdfast", "Gold"), tag("team", "web")].into()),
            true,
        ),
        (Condition::TagContains(tag("Holdfast", "ol")), true),
        (Condition::TagContains(tag("team", "Gold")), false),
    ];
    for (condition, expected) in table {
        assert_eq!(condition.matches(&asset.facts()), expected, "{condition:?}");
        let not = Condition::Not(Box::new(condition.clone()));
        assert_eq!(not.matches(&asset.facts()), !expected, "{condition:?}");
    }
}

#[test]
fn the_obstacle_is_the_test_that_failed_and_exists_just_when_the_condition_does_not_hold() {
    let asset = sample(&[("Holdfast", "Gold")]);
    let gold = Condition::AnyTag([tag("Holdfast", "Gold")].into());
    let other = Condition::Region(["us-east-1".to_owned()].into());
    let tree = Condition::AllOf(vec![
        gold.clone(),
        Condition::AllOf(vec![
            gold.clone(),
            Condition::AnyOf(vec![other.clone(), other]),
        ]),
    ]);
    assert_eq!(tree.obstacle(&asset.facts()), Some(vec![1, 1]));
    assert_eq!(gold.obstacle(&asset.facts()), None);
    let mut random = StdRng::seed_from_u64(1);
    for _ in 0..20_000 {
        let (condition, asset) = (random_condition(&mut random, 3), random_sample(&mut random));
        let obstacle = condition.obstacle(&asset.facts());
        assert_eq!(
            obstacle.is_none(),
            condition.matches(&asset.facts()),
            "{condition:?}"
        );
    }
}

fn messages(condition: &Condition) -> Vec<String> {
    let problems = condition.validate().err().unwrap_or_default();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_condition_beyond_the_limits_is_refused_with_its_place() {
    assert_eq!(
        messages(&Condition::Name(["web".to_owned()].into())),
        [""; 0]
    );
    let empty = Condition::AllOf(vec![Condition::AnyOf(Vec::new())]);
    assert_eq!(
        messages(&empty),
        ["allOf.0.anyOf: Name at least one condition."]
    );
    let long = Condition::Not(Box::new(Condition::NameContains(String::new())));
    assert_eq!(
        messages(&long),
        ["not.nameContains: A value has 1 to 256 characters."]
    );
    let tags: BTreeSet<TagPair> = (0..=RULE_TAGS_MAX)
        .map(|one| tag(&format!("k{one}"), "v"))
        .collect();
    assert_eq!(
        messages(&Condition::AnyTag(tags)),
        [": A rule names at most 100 tags."]
    );
    let key = Condition::HasTag(String::new());
    assert_eq!(
        messages(&key),
        ["hasTag.key: A tag key has 1 to 128 characters."]
    );
    let names = vec![Condition::NameContains("a".to_owned()); RULE_NAMES_MAX + 1];
    assert_eq!(
        messages(&Condition::AnyOf(names)),
        [": A rule names at most 100 names."]
    );
}

#[test]
fn a_tower_of_negations_is_refused_without_climbing_it() {
    let mut tower = Condition::HasTag("k".to_owned());
    for _ in 0..CONDITION_DEPTH_MAX - 1 {
        tower = Condition::Not(Box::new(tower));
    }
    assert_eq!(messages(&tower), [""; 0]);
    tower = Condition::Not(Box::new(tower));
    assert_eq!(messages(&tower), [": Conditions nest at most 8 levels."]);
    let wide = Condition::AnyOf(vec![
        Condition::Kind([AssetKind::EbsVolume].into());
        CONDITION_NODES_MAX
    ]);
    assert_eq!(
        messages(&wide),
        [": A condition has at most 200 tests and branches."]
    );
}
