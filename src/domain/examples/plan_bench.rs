//! How long a preview of one more rule takes over a whole fleet: deciding both sides, comparing them, forecasting, hashing.
//!
//! Not a test, and without the database (`app::fleets` keeps the fleet current). Invariant: the same fleet and rules every time.
//!
//!     cargo run --release -p domain --example plan_bench -- [ASSETS [RULES]]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench measures and prints"
)]

use std::collections::BTreeMap;
use std::time::Instant;

use domain::asset::{Asset, AssetDetails, AssetKind, EbsVolume};
use domain::condition::{Condition, TagPair};
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
    let mut fleet = Fleet::new();
    for number in 0..assets {
        fleet.put(&asset(&mut random, number), &[root()], None);
    }
    let filled = begun.elapsed();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find(|line| line.starts_with("VmRSS"));

    let mut before = Situation {
        policies: (0..POLICIES).map(policy).collect(),
        list: RuleList::new(root()),
    };
    for number in 0..rules {
        let value = format!("app-{}", random.random_range(0..5_000));
        let rule = rule(number, random.random_range(0..POLICIES), "app", value);
        before.list.put(root(), ListEntry::Rule(rule), None);
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
    for (key, value) in drafts {
        let mut after = before.clone();
        let rule = rule(rules, 0, key, value.clone());
        after.list.put(root(), ListEntry::Rule(rule), None);
        let mut times = Vec::new();
        let mut gained = 0;
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let effect = Effect::between(&fleet, &before, &after, &outlook);
            times.push(begun.elapsed().as_secs_f64());
            gained = effect.count(AssetEffect::Gained);
        }
        times.sort_by(f64::total_cmp);
        println!(
            "{}",
            serde_json::json!({
                "assets": fleet.all().len(),
                "rules": u64::try_from(rules).unwrap(),
                "fill_s": filled.as_secs_f64(),
                "memory": resident,
                "draft": value,
                "gained": gained,
                "preview_s": times.get(ROUNDS / 2),
                "is_release_build": !cfg!(debug_assertions),
            })
        );
    }
}
