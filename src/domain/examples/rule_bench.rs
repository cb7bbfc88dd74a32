//! How long it takes to match a fleet with a list of rules, to preview one more rule, and to follow the change of one asset; beside
//! the naive loop over a part of the fleet.
//!
//! Not a test. Invariant: the same fleet and rules every time.
//!
//!     cargo run --release -p domain --example rule_bench -- [ASSETS [RULES]]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a bench measures and prints"
)]

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Instant;

use domain::asset::AssetKind;
use domain::asset_index::{AssetIndex, Candidate};
use domain::condition::{Condition, Facts, TagPair};
use domain::tag::Tags;
use domain::{AwsAccountKey, OrganizationalUnitId};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use uuid::Uuid;

const NAIVE_ASSETS: usize = 20_000;

struct Asset {
    kind: AssetKind,
    account: AwsAccountKey,
    region: String,
    units: Vec<OrganizationalUnitId>,
    name: String,
    tags: Tags,
}

impl Asset {
    fn facts(&self) -> Facts<'_> {
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

fn asset(random: &mut StdRng, number: usize) -> Asset {
    let tag = |key: &str, value: String| (key.to_owned(), value);
    Asset {
        kind: if random.random_bool(0.7) {
            AssetKind::EbsVolume
        } else {
            AssetKind::Ec2Instance
        },
        account: AwsAccountKey::from_uuid(Uuid::from_u128(random.random_range(0..300))),
        region: format!("region-{}", random.random_range(0..8)),
        units: vec![
            OrganizationalUnitId::from_uuid(Uuid::from_u128(0)),
            OrganizationalUnitId::from_uuid(Uuid::from_u128(random.random_range(1..50))),
        ],
        name: format!("service-{}-{number}", random.random_range(0..2_000)),
        tags: [
            tag("env", format!("env-{}", random.random_range(0..5))),
            tag("team", format!("team-{}", random.random_range(0..400))),
            tag("app", format!("app-{}", random.random_range(0..5_000))),
            tag("backup", format!("tier-{}", random.random_range(0..4))),
        ]
        .into_iter()
        .collect(),
    }
}

fn tags(random: &mut StdRng, key: &str, of: u32, count: usize) -> BTreeSet<TagPair> {
    let pair = |value| TagPair {
        key: key.to_owned(),
        value: format!("{key}-{value}"),
    };
    (0..count)
        .map(|_| pair(random.random_range(0..of)))
        .collect()
}

/// As reference/perf.md measured others: kinds, account, region and one or two tags, the broad tests first, each as big as a good part
/// of the fleet.
fn broad_rule(random: &mut StdRng) -> Condition {
    let account = |random: &mut StdRng| {
        AwsAccountKey::from_uuid(Uuid::from_u128(random.random_range(0..300)))
    };
    let some = random.random_range(1..40);
    Condition::AllOf(vec![
        Condition::Kind(AssetKind::ALL.iter().copied().collect()),
        Condition::Unit([OrganizationalUnitId::from_uuid(Uuid::from_u128(0))].into()),
        Condition::Not(Box::new(Condition::HasTag("absent".to_owned()))),
        Condition::Account((0..some).map(|_| account(random)).collect()),
        Condition::Region(
            (0..3)
                .map(|_| format!("region-{}", random.random_range(0..8)))
                .collect(),
        ),
        Condition::AnyTag(tags(random, "team", 400, 2)),
        Condition::AnyTag(tags(random, "env", 5, 2)),
    ])
}

fn rule(random: &mut StdRng) -> Condition {
    let mut tests = vec![Condition::AnyTag(tags(random, "app", 5_000, 3))];
    if random.random_bool(0.5) {
        tests.push(Condition::Region(
            [format!("region-{}", random.random_range(0..8))].into(),
        ));
    }
    if random.random_bool(0.3) {
        tests.push(Condition::Not(Box::new(Condition::AnyTag(tags(
            random, "env", 5, 1,
        )))));
    }
    if random.random_bool(0.1) {
        tests = vec![Condition::NameContains(format!(
            "ce-{}-",
            random.random_range(0..2_000)
        ))];
    }
    if random.random_bool(0.1) {
        tests.push(Condition::Account(
            [AwsAccountKey::from_uuid(Uuid::from_u128(
                random.random_range(0..300),
            ))]
            .into(),
        ));
    }
    Condition::AllOf(tests)
}

const fn anywhere(condition: &Condition) -> Candidate<'_> {
    Candidate::Condition {
        within: None,
        condition,
    }
}

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|text| text.parse::<usize>().unwrap());
    let (assets, rules) = (
        arguments.next().unwrap_or(1_000_000),
        arguments.next().unwrap_or(1_000),
    );
    let mut random = StdRng::seed_from_u64(1);
    let fleet: Vec<Asset> = (0..assets)
        .map(|number| asset(&mut random, number))
        .collect();
    let selective: Vec<Condition> = (0..rules).map(|_| rule(&mut random)).collect();
    let broad: Vec<Condition> = (0..rules).map(|_| broad_rule(&mut random)).collect();

    let begun = Instant::now();
    let mut index = AssetIndex::new();
    for (number, asset) in (0_u32..).zip(&fleet) {
        index.put(number, &asset.facts());
    }
    let built = begun.elapsed();
    let draft = Condition::AnyOf(vec![
        rule(&mut random),
        Condition::NameContains("-777".to_owned()),
    ]);
    for (name, rules) in [("selective", selective), ("broad", broad)] {
        let mut line = measure(&mut index, &fleet, &rules, &draft);
        line["rules_are"] = name.into();
        line["build_s"] = built.as_secs_f64().into();
        println!("{line}");
    }
}

/// Times of one list of rules over the fleet.
fn measure(
    index: &mut AssetIndex,
    fleet: &[Asset],
    rules: &[Condition],
    draft: &Condition,
) -> serde_json::Value {
    let begun = Instant::now();
    let candidates: Vec<Candidate<'_>> = rules.iter().map(anywhere).collect();
    let sets = index.first_of(&candidates);
    let matched = begun.elapsed();

    let begun = Instant::now();
    let earlier = sets
        .iter()
        .take(sets.len() / 2)
        .fold(domain::asset_index::AssetSet::new(), |all, set| all | set);
    let gained = index.matching(draft) - earlier;
    let previewed = begun.elapsed();

    let begun = Instant::now();
    let changed = fleet.first().unwrap();
    index.remove(0, &changed.facts());
    index.put(0, &changed.facts());
    black_box(rules.iter().position(|rule| rule.matches(&changed.facts())));
    let followed = begun.elapsed();

    let begun = Instant::now();
    let part = fleet.iter().take(NAIVE_ASSETS);
    let naive: Vec<Option<usize>> = part
        .map(|asset| rules.iter().position(|rule| rule.matches(&asset.facts())))
        .collect();
    let looped = begun.elapsed();
    for (number, first) in (0_u32..).zip(&naive) {
        let found = sets.iter().position(|set| set.contains(number));
        assert_eq!(found, *first, "asset {number}");
    }
    serde_json::json!({
        "assets": fleet.len(),
        "rules": rules.len(),
        "match_all_s": matched.as_secs_f64(),
        "preview_one_rule_s": previewed.as_secs_f64(),
        "preview_gained": gained.len(),
        "one_asset_s": followed.as_secs_f64(),
        "naive_assets": naive.len(),
        "naive_s": looped.as_secs_f64(),
        "matched_assets": sets.iter().map(domain::asset_index::AssetSet::len).sum::<u64>(),
    })
}
