//! How long a preview of one more rule takes over a whole fleet: deciding both sides, comparing them, forecasting, hashing; beside the
//! naive loop over a part of the fleet, which only decides and compares.
//!
//! Not a test, and without the database (`app::fleets` keeps the fleet current). Invariant: the same fleet and rules every time; both
//! sides name the same assets of that part, else the bench stops.
//!
//!     cargo run --release -p domain --example plan_bench -- [ASSETS [RULES]]
//!
//! Prints one JSON list, a draft each.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a bench measures and prints"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use domain::asset::{Asset, AssetDetails, AssetKind, EbsVolume};
use domain::condition::{Condition, Facts, TagPair};
use domain::fleet::Fleet;
use domain::organizational_unit::UnitTree;
use domain::policy::Policy;
use domain::protection_plan::{AssetEffect, Effect, Outlook, Situation};
use domain::protection_rule::{ListEntry, ProtectionRule, RuleList};
use domain::{
    AssetId, AwsAccountKey, OrganizationId, OrganizationalUnitId, PolicyId, PolicyOperationId,
    ProtectionRuleId,
};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use uuid::Uuid;

const POLICIES: u128 = 20;
const ROUNDS: usize = 5;
/// Assets that the naive loop looks at; its time is scaled to the fleet.
const NAIVE_ASSETS: u128 = 20_000;

fn root() -> OrganizationalUnitId {
    OrganizationalUnitId::from_uuid(Uuid::from_u128(0))
}

fn organization() -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(0))
}

fn asset(random: &mut StdRng, number: u128) -> Asset {
    let tag = |key: &str, value: String| (key.to_owned(), value);
    Asset {
        id: AssetId::from_uuid(Uuid::from_u128(number)),
        organization_id: organization(),
        unit_id: root(),
        aws_account_id: AwsAccountKey::from_uuid(Uuid::from_u128(random.random_range(0..300))),
        region: format!("region-{}", random.random_range(0..8)),
        kind: AssetKind::EbsVolume,
        native_id: String::new(),
        arn: String::new(),
        name: format!("service-{}-{number}", random.random_range(0..2_000)),
        tags: [
            tag("env", format!("env-{}", random.random_range(0..5))),
            tag("team", format!("team-{}", random.random_range(0..400))),
            tag("app", format!("app-{}", random.random_range(0..5_000))),
            tag("backup", format!("tier-{}", random.random_range(0..4))),
        ]
        .into_iter()
        .collect(),
        details: AssetDetails::EbsVolume(EbsVolume {
            availability_zone: String::new(),
            size_gib: random.random_range(8..500),
            volume_type: String::new(),
            iops: None,
            throughput_mibps: None,
            encrypted: true,
            kms_key_id: None,
            state: String::new(),
            attachments: Vec::new(),
        }),
        policy_id: None,
        rule_id: None,
        discovered_at: Timestamp::UNIX_EPOCH,
        seen_at: Timestamp::UNIX_EPOCH,
        deleted_at: None,
    }
}

/// Every 12 hours, daily and monthly.
fn policy(number: u128) -> Policy {
    let operation = serde_json::json!({
        "id": PolicyOperationId::from_uuid(Uuid::from_u128(number)),
        "asset_kind": AssetKind::EbsVolume,
        "placement": "vault",
        "frequencies": [
            { "every": { "unit": "hours", "value": 12 }, "keep": { "unit": "days", "value": 2 } },
            { "every": { "unit": "days", "value": 1 }, "keep": { "unit": "days", "value": 30 } },
            { "every": { "unit": "months", "value": 1, "day": 1 }, "keep": { "unit": "months", "value": 12 } },
        ],
        "start": { "hour": 22, "minute": 0, "zone": "Europe/Berlin" },
    });
    Policy {
        id: PolicyId::from_uuid(Uuid::from_u128(number)),
        organization_id: organization(),
        unit_id: root(),
        name: format!("policy {number}"),
        description: None,
        is_active: true,
        operations: vec![serde_json::from_value(operation).unwrap()],
        version: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn rule(number: u128, policy: u128, key: &str, value: String) -> ProtectionRule {
    let pair = TagPair {
        key: key.to_owned(),
        value,
    };
    ProtectionRule {
        id: ProtectionRuleId::from_uuid(Uuid::from_u128(number)),
        organization_id: organization(),
        unit_id: root(),
        name: format!("rule {number}"),
        condition: Condition::AnyTag([pair].into()),
        policy_id: PolicyId::from_uuid(Uuid::from_u128(policy)),
        is_active: true,
        version: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

/// The policy of the first rule that holds, rule after rule.
fn decide(rules: &[ProtectionRule], asset: &Asset) -> Option<PolicyId> {
    let facts = Facts {
        kind: asset.kind,
        account: asset.aws_account_id,
        region: &asset.region,
        units: &[root()],
        name: &asset.name,
        tags: &asset.tags,
    };
    let first = rules.iter().find(|rule| rule.condition.matches(&facts));
    first.map(|rule| rule.policy_id)
}

/// The assets that get another policy by one more rule, and how long a processor took to find them.
fn naive(
    some: &[Asset],
    rules: &[ProtectionRule],
    more: &ProtectionRule,
) -> (BTreeSet<AssetId>, f64) {
    let begun = processor_seconds();
    let after: Vec<ProtectionRule> = rules.iter().chain([more]).cloned().collect();
    let moved = some
        .iter()
        .filter(|asset| decide(rules, asset) != decide(&after, asset))
        .map(|asset| asset.id)
        .collect();
    (moved, processor_seconds() - begun)
}

/// Seconds that this process has had of a processor, where the system tells: on a busy machine they say more than the clock.
fn processor_seconds() -> f64 {
    let told = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = told
        .split(' ')
        .next()
        .and_then(|text| text.parse::<f64>().ok());
    nanoseconds.unwrap_or_default() / 1e9
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap()
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 10_000.0).round() / 10_000.0
}

/// So many assets, and those that the naive loop looks at.
fn fill(random: &mut StdRng, assets: u128) -> (Fleet, Vec<Asset>) {
    let mut fleet = Fleet::new();
    let mut some = Vec::new();
    for number in 0..assets {
        let asset = asset(random, number);
        fleet.put(&asset, &[root()], None);
        if number < NAIVE_ASSETS {
            some.push(asset);
        }
    }
    (fleet, some)
}

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|text| text.parse::<u128>().unwrap());
    let (assets, rules) = (
        arguments.next().unwrap_or(1_000_000),
        arguments.next().unwrap_or(1_000),
    );
    let mut random = StdRng::seed_from_u64(1);
    let begun = Instant::now();
    let (fleet, some) = fill(&mut random, assets);
    let filled = begun.elapsed();
    let mut before = Situation {
        policies: (0..POLICIES).map(policy).collect(),
        list: RuleList::new(root()),
    };
    let mut known = Vec::new();
    for number in 0..rules {
        let value = format!("app-{}", random.random_range(0..5_000));
        let rule = rule(number, random.random_range(0..POLICIES), "app", value);
        before.list.put(root(), ListEntry::Rule(rule.clone()), None);
        known.push(rule);
    }
    let outlook = Outlook {
        tree: UnitTree::new(root(), []),
        now: Timestamp::from_second(1_772_000_000).unwrap(),
        habits: BTreeMap::new(),
        units: None,
    };
    // One rule that takes a quarter of a percent, and one that takes a quarter of everything.
    let drafts = [
        ("team", "team-7".to_owned()),
        ("backup", "tier-1".to_owned()),
    ];
    let mut reports = Vec::new();
    for (key, value) in drafts {
        let more = rule(rules, 0, key, value.clone());
        let mut after = before.clone();
        after.list.put(root(), ListEntry::Rule(more.clone()), None);
        let (mut times, mut processor_times) = (Vec::new(), Vec::new());
        let mut effect = Effect::default();
        for _ in 0..ROUNDS {
            let (begun, had) = (Instant::now(), processor_seconds());
            effect = Effect::between(&fleet, &before, &after, &outlook);
            times.push(begun.elapsed().as_secs_f64());
            processor_times.push(processor_seconds() - had);
        }
        let (moved, took) = naive(&some, &known, &more);
        let part: BTreeSet<AssetId> = some.iter().map(|asset| asset.id).collect();
        let named = effect.assets.iter().map(|(id, _)| *id);
        assert_eq!(moved, named.filter(|id| part.contains(id)).collect());
        let (preview, naive) = (
            median(processor_times),
            took * assets as f64 / some.len() as f64,
        );
        reports.push(serde_json::json!({
            "assets": fleet.all().len(),
            "rules": u64::try_from(rules).unwrap(),
            "fill_seconds": filled.as_secs_f64().round(),
            "draft": value,
            "gained": effect.count(AssetEffect::Gained),
            "preview_seconds": rounded(median(times)),
            "preview_processor_seconds": rounded(preview),
            "naive_processor_seconds_scaled": rounded(naive),
            "naive_to_preview": (naive / preview).round(),
            "is_release_build": !cfg!(debug_assertions),
        }));
    }
    println!("{:#}", serde_json::Value::from(reports));
}
