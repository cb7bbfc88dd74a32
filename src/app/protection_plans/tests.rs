//! Plans: that a preview says what an apply does, who sees and may do what, and what makes an apply refuse.

use std::collections::BTreeMap;

use domain::asset::{Asset, AssetDetails, AssetFilter, EbsVolume, SeenAsset};
use domain::audit::AuditFilter;
use domain::aws_account::{AwsAccount, NewAwsAccount};
use domain::condition::{Condition, TagPair};
use domain::frequency::{Frequency, Interval};
use domain::policy::{OperationDraft, PolicyDraft};
use domain::protection_plan::AssetEffect;
use domain::protection_rule::ProtectionRuleDraft;
use domain::retention::{Retention, RetentionUnit};
use domain::role::BuiltInRole;
use domain::{AssetId, OrganizationalUnitId};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use secrecy::SecretString;

use super::*;
use crate::aws_accounts::NewAccess;
use crate::context::Origin;
use crate::testing::Harness;

/// Plans that are previewed and applied (issue 4 asks for 1,000).
const PLANS: usize = 1_000;
const VOLUMES: usize = 12;
const TAGS: [&str; 3] = ["gold", "silver", "none"];

fn volumes_policy(name: &str, days: u32) -> PolicyWish {
    let operation: OperationDraft = OperationDraft {
        asset_kind: AssetKind::EbsVolume,
        placement: Placement::Vault,
        frequencies: vec![Frequency {
            every: Interval::Days { value: 1 },
            keep: Retention {
                value: days,
                unit: RetentionUnit::Days,
            },
        }],
        start: domain::frequency::StartTime::default(),
        window: None,
        catch_up: domain::policy::CatchUp::default(),
        proof: None,
        target: domain::copy_target::CopyTarget::default(),
    };
    PolicyWish {
        id: None,
        unit: None,
        is_active: None,
        draft: PolicyDraft {
            name: name.to_owned(),
            description: None,
            operations: vec![operation],
        },
    }
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

fn rule(name: &str, policy: &str, condition: Condition) -> RuleWish {
    RuleWish {
        id: None,
        unit: None,
        is_active: None,
        policy: policy.to_owned(),
        draft: ProtectionRuleDraft {
            name: name.to_owned(),
            condition,
        },
    }
}

/// Gold for what is tagged so.
fn gold() -> ProtectionDraft {
    ProtectionDraft {
        policies: vec![volumes_policy("Gold", 30)],
        rules: vec![rule("tagged gold", "Gold", tagged("gold"))],
        ..ProtectionDraft::default()
    }
}

/// Volumes of two accounts, one at the root unit and one at a unit below.
struct World {
    harness: Harness,
    ctx: Ctx,
    accounts: [AwsAccount; 2],
    unit: OrganizationalUnitId,
}

impl World {
    async fn new() -> Self {
        let harness = Harness::new().await;
        let ctx = harness.admin().await;
        let first = harness.account(&ctx).await;
        let new = NewAwsAccount {
            account_id: "210987654321".to_owned(),
            name: "Other".to_owned(),
            regions: vec!["eu-west-1".to_owned()],
        };
        let access = NewAccess::StaticKeys {
            access_key_id: "210987654321".to_owned(),
            secret_access_key: SecretString::from("secret"),
        };
        let kinds = AssetKind::ALL.to_vec();
        let second = crate::aws_accounts::connect(&ctx, new, access, kinds).await;
        let second = second.unwrap().0;
        let unit = harness.unit(harness.root().await, "Below").await;
        let world = Self {
            harness,
            ctx,
            accounts: [first, second],
            unit,
        };
        world.place(1, unit).await;
        for number in 0..VOLUMES {
            world.see(number, "none").await;
        }
        world
    }

    /// Puts an account into a unit.
    async fn place(&self, account: usize, unit: OrganizationalUnitId) {
        let mut tx = self.ctx.begin().await.unwrap();
        let (organization, id) = (self.ctx.organization(), self.accounts[account].id);
        store::aws_accounts::set_unit(&mut tx, organization, id, unit)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Sees the volume with this tag in AWS.
    async fn see(&self, number: usize, tag: &str) {
        let name = format!("vol-{number:03}");
        let seen = SeenAsset {
            native_id: name.clone(),
            arn: format!("arn:aws:ec2:eu-west-1:123456789012:volume/{name}"),
            tags: [("Holdfast".to_owned(), tag.to_owned())]
                .into_iter()
                .collect(),
            details: AssetDetails::EbsVolume(EbsVolume {
                availability_zone: "eu-west-1a".to_owned(),
                size_gib: 8,
                volume_type: "gp3".to_owned(),
                iops: None,
                throughput_mibps: None,
                encrypted: true,
                kms_key_id: None,
                state: "in-use".to_owned(),
                attachments: Vec::new(),
            }),
        };
        let filter = domain::aws_account::AwsAccountFilter::default();
        let page = PageRequest::default();
        let accounts = crate::aws_accounts::list(&self.ctx, &filter, &page).await;
        let id = self.accounts[number % 2].id;
        let account = accounts.unwrap().into_nodes();
        let account = account.iter().find(|one| one.id == id).unwrap();
        let place = store::assets::Place {
            account,
            region: "eu-west-1",
            kind: AssetKind::EbsVolume,
        };
        let mut tx = self.ctx.begin().await.unwrap();
        store::assets::upsert_seen(&mut tx, &place, &[seen], self.ctx.ids(), self.ctx.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    async fn assets(&self) -> Vec<Asset> {
        let page = PageRequest {
            size: 100,
            ..PageRequest::default()
        };
        let order = domain::asset::AssetOrder::default();
        let filter = AssetFilter::default();
        let list = crate::assets::list(&self.ctx, &filter, order, Direction::Ascending, &page);
        list.await.unwrap().into_nodes()
    }

    /// Does what the task does: brings every asset in line.
    async fn settle(&self) {
        let organization = self.ctx.organization();
        let mut tx = self.ctx.begin().await.unwrap();
        let mut rules = ::tasks::protection::Rules::lock(&mut tx, organization)
            .await
            .unwrap();
        let mut assets = store::assets::lock_next(&tx, organization, None, 1_000)
            .await
            .unwrap();
        rules
            .settle(&mut tx, &mut assets, self.ctx.ids(), self.ctx.now())
            .await
            .unwrap();
        store::protection_rules::advance(&mut tx, organization, None)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// The name of the policy of each asset as it is kept.
    async fn policies(&self) -> BTreeMap<AssetId, Option<PolicyId>> {
        let assets = self.assets().await;
        assets.iter().map(|one| (one.id, one.policy_id)).collect()
    }

    async fn name(&self, policy: Option<PolicyId>) -> Option<String> {
        let found = crate::policies::lookup(&self.ctx, policy?).await.unwrap();
        found.map(|policy| policy.name)
    }

    /// Something that happens without a plan.
    async fn happen(&self, random: &mut StdRng) {
        let number = random.random_range(0..VOLUMES);
        let assets = self.assets().await;
        let asset = assets[number % assets.len()].id;
        match random.random_range(0..4) {
            0 => drop(crate::assignments::unassign(&self.ctx, &[Some(asset)]).await),
            1 => {
                let all = all_policies(&self.ctx, &self.ctx.read()).await.unwrap();
                let policy = all.first().map(|policy| policy.id);
                drop(crate::assignments::assign(&self.ctx, policy, &[Some(asset)]).await);
            }
            2 => {
                let unit = if random.random_bool(0.5) {
                    self.unit
                } else {
                    self.harness.root().await
                };
                self.place(random.random_range(0..2), unit).await;
                self.settle().await;
            }
            _ => {
                let tag = TAGS[random.random_range(0..TAGS.len())];
                self.see(number, tag).await;
                self.settle().await;
            }
        }
    }
}

fn random_condition(random: &mut StdRng) -> Condition {
    let tag = TAGS[random.random_range(0..TAGS.len())];
    match random.random_range(0..4) {
        0 => Condition::Not(Box::new(tagged(tag))),
        1 => Condition::NameContains(format!("-00{}", random.random_range(0..9))),
        2 => Condition::Kind([AssetKind::EbsVolume].into()),
        _ => tagged(tag),
    }
}

fn random_draft(
    random: &mut StdRng,
    known: &[Policy],
    unit: OrganizationalUnitId,
) -> ProtectionDraft {
    let policy = |random: &mut StdRng| format!("policy {}", random.random_range(0..4));
    let name = |random: &mut StdRng| format!("rule {}", random.random_range(0..6));
    let mut draft = ProtectionDraft {
        is_complete: random.random_bool(0.2),
        ..ProtectionDraft::default()
    };
    for _ in 0..random.random_range(0..3) {
        let mut wish = volumes_policy(&policy(random), random.random_range(1..60));
        wish.is_active = random.random_bool(0.3).then(|| random.random_bool(0.7));
        // Another name for one that is there.
        if random.random_bool(0.2)
            && let Some(renamed) = known.first()
        {
            wish.id = Some(renamed.id.to_string());
        }
        draft.policies.push(wish);
    }
    for _ in 0..random.random_range(0..4) {
        let condition = random_condition(random);
        let mut wish = rule(&name(random), &policy(random), condition);
        wish.is_active = random.random_bool(0.3).then(|| random.random_bool(0.7));
        wish.unit = random.random_bool(0.3).then_some(Some(unit));
        draft.rules.push(wish);
    }
    if random.random_bool(0.3) {
        draft.removed_rules.push(name(random));
    }
    if random.random_bool(0.3) {
        draft.removed_policies.push(policy(random));
    }
    if random.random_bool(0.5) {
        let mut order: Vec<String> = draft
            .rules
            .iter()
            .map(|one| one.draft.name.clone())
            .collect();
        order.push(DIRECT_ASSIGNMENTS.to_owned());
        order.push(CHILD_UNITS.to_owned());
        let turned = random.random_range(0..order.len());
        order.rotate_left(turned);
        draft.rule_order = Some(order);
    }
    draft
}

fn codes(error: &Error) -> Vec<ProblemCode> {
    let problems = error.problems().unwrap_or_default();
    problems.iter().map(|problem| problem.code).collect()
}

/// Every asset that the preview names has the policy that it says, and every other one has the policy that it had.
async fn check_done(
    world: &World,
    plan: &ProtectionPlan,
    before: &BTreeMap<AssetId, Option<PolicyId>>,
) {
    let after = world.policies().await;
    let planned: BTreeMap<AssetId, usize> = plan.effect.assets.iter().copied().collect();
    for (id, old) in before {
        let Some(place) = planned.get(id) else {
            assert_eq!(after[id], *old, "an asset that the plan does not name");
            continue;
        };
        let transition = plan.effect.transitions[*place];
        assert_eq!(transition.before.policy_id, *old);
        let wanted = transition.after.policy_id.and_then(|id| plan.policy(id));
        let found = world.name(after[id]).await;
        assert_eq!(found, wanted.map(|policy| policy.name.clone()));
    }
}

#[tokio::test]
async fn a_preview_says_what_the_apply_does() {
    let world = World::new().await;
    let mut random = StdRng::seed_from_u64(41);
    let (mut applied, mut refused, mut conflicts, mut touched) = (0, 0, 0, 0);
    while applied < PLANS {
        if random.random_bool(0.3) {
            world.happen(&mut random).await;
        }
        let known = all_policies(&world.ctx, &world.ctx.read()).await.unwrap();
        let draft = random_draft(&mut random, &known, world.unit);
        let Ok(plan) = preview(&world.ctx, &draft).await else {
            refused += 1;
            continue;
        };
        if random.random_bool(0.2) {
            world.happen(&mut random).await;
        }
        let now = preview(&world.ctx, &draft).await.unwrap();
        let before = world.policies().await;
        let done = apply(&world.ctx, &draft, &plan.hash.to_string()).await;
        if now.hash == plan.hash {
            done.unwrap();
        } else {
            let codes = codes(&done.unwrap_err());
            assert!(
                codes.iter().all(|code| *code == ProblemCode::Conflict),
                "{codes:?}"
            );
            conflicts += 1;
            continue;
        }
        world.settle().await;
        check_done(&world, &plan, &before).await;
        let again = preview(&world.ctx, &draft).await.unwrap();
        assert_eq!(again.changes, [], "{draft:?}");
        assert_eq!(again.effect.assets, []);
        touched += plan.effect.assets.len();
        applied += 1;
    }
    assert!(refused > 50 && conflicts > 20, "{refused} {conflicts}");
    assert!(touched > PLANS, "{touched}");
}

#[tokio::test]
async fn what_changes_on_another_replica_is_seen_at_once() {
    let world = World::new().await;
    let replica = |services| Ctx::system(services, world.ctx.organization(), Origin::default());
    let here = replica(world.harness.services.clone());
    let there = replica(world.harness.replica());
    let mut random = StdRng::seed_from_u64(42);
    // Rules before what is chosen by hand: then a choice by hand changes no policy, only what a draft would do.
    let first = ProtectionDraft {
        rule_order: Some(vec![
            "tagged gold".to_owned(),
            DIRECT_ASSIGNMENTS.to_owned(),
        ]),
        ..gold()
    };
    let hash = preview(&there, &first).await.unwrap().hash.to_string();
    apply(&there, &first, &hash).await.unwrap();
    let without = ProtectionDraft {
        removed_rules: vec!["tagged gold".to_owned()],
        ..ProtectionDraft::default()
    };
    let mut hashes = std::collections::BTreeSet::new();
    for round in 0..60 {
        if round > 0 {
            world.happen(&mut random).await;
        }
        let seen = preview(&here, &without).await.unwrap();
        let fresh = preview(&replica(world.harness.replica()), &without).await;
        assert_eq!(seen.hash, fresh.unwrap().hash, "round {round}");
        hashes.insert(seen.hash.to_string());
    }
    assert!(hashes.len() > 2, "{}", hashes.len());
}

#[tokio::test]
async fn an_apply_refuses_and_says_what_has_moved() {
    let world = World::new().await;
    let draft = gold();
    let first = preview(&world.ctx, &draft).await.unwrap();
    let try_old = async || {
        let done = apply(&world.ctx, &draft, &first.hash.to_string()).await;
        let error = done.unwrap_err();
        assert!(
            codes(&error)
                .iter()
                .all(|code| *code == ProblemCode::Conflict)
        );
        let problems = error.problems().unwrap();
        assert!(problems.iter().all(|one| one.field == ["planHash"]));
        let texts: Vec<String> = problems.iter().map(|one| one.message.clone()).collect();
        texts.join(" ")
    };
    world.see(3, "gold").await;
    assert!(try_old().await.starts_with("Other assets"));
    let other = ProtectionDraft {
        policies: vec![volumes_policy("Other", 3)],
        ..ProtectionDraft::default()
    };
    let hash = preview(&world.ctx, &other).await.unwrap().hash.to_string();
    apply(&world.ctx, &other, &hash).await.unwrap();
    assert!(try_old().await.contains("A policy was"));
    let malformed = apply(&world.ctx, &draft, "x").await.unwrap_err();
    assert_eq!(codes(&malformed), [ProblemCode::Invalid]);
    let changed = ProtectionDraft {
        policies: vec![volumes_policy("Gold", 31)],
        ..draft.clone()
    };
    let hash = preview(&world.ctx, &draft).await.unwrap().hash.to_string();
    let error = apply(&world.ctx, &changed, &hash).await.unwrap_err();
    assert_eq!(
        error.problems().unwrap()[0].message,
        "The draft is not the one that was previewed."
    );
    apply(&world.ctx, &draft, &hash).await.unwrap();
    let twice = apply(&world.ctx, &draft, &hash).await;
    assert!(twice.is_err(), "a plan is applied once");
}

#[tokio::test]
async fn each_change_and_the_plan_leave_a_record() {
    let world = World::new().await;
    let draft = gold();
    world.see(2, "gold").await;
    let plan = preview(&world.ctx, &draft).await.unwrap();
    assert_eq!(plan.effect.count(AssetEffect::Gained), 1);
    let applied = apply(&world.ctx, &draft, &plan.hash.to_string())
        .await
        .unwrap();
    let task = applied.task.unwrap();
    assert_eq!(task.spec.kind(), domain::task::TaskKind::ApplyProtection);
    let page = PageRequest::default();
    let log = crate::audit::list(&world.ctx, &AuditFilter::default(), &page)
        .await
        .unwrap();
    let mut log = log.into_nodes();
    log.retain(|one| !["connect_aws_account", "create_session"].contains(&one.action.as_str()));
    let mut actions: Vec<&str> = log.iter().map(|one| one.action.as_str()).collect();
    actions.sort_unstable();
    assert_eq!(
        actions,
        [
            "apply_protection",
            "create_policy",
            "create_protection_rule"
        ]
    );
    let plan_record = log
        .iter()
        .find(|one| one.action == "apply_protection")
        .unwrap();
    assert_eq!(plan_record.target, Some(plan.hash.to_string()));
    assert_eq!(plan_record.summary["gained"], 1);
}

#[tokio::test]
async fn a_unit_sees_its_part_and_a_complete_draft_is_about_nothing_else() {
    let world = World::new().await;
    let draft = gold();
    let hash = preview(&world.ctx, &draft).await.unwrap().hash.to_string();
    apply(&world.ctx, &draft, &hash).await.unwrap();
    for number in 0..VOLUMES {
        world.see(number, "gold").await;
    }
    world.settle().await;
    let role = BuiltInRole::OrganizationalUnitAdmin.id();
    let below = world.harness.person_at(role, world.unit).await;
    let own = ProtectionDraft {
        is_complete: true,
        policies: vec![volumes_policy("Mine", 3)],
        rules: vec![rule("mine", "Mine", tagged("gold"))],
        ..ProtectionDraft::default()
    };
    let plan = preview(&below, &own).await.unwrap();
    assert_eq!(plan.changes.len(), 2, "{:?}", plan.changes);
    assert_eq!(plan.effect.count(AssetEffect::Changed), VOLUMES / 2);
    apply(&below, &own, &plan.hash.to_string()).await.unwrap();
    world.settle().await;
    let assets = world.assets().await;
    for asset in &assets {
        let name = world.name(asset.policy_id).await;
        let expected = if asset.unit_id == world.unit {
            "Mine"
        } else {
            "Gold"
        };
        assert_eq!(name.as_deref(), Some(expected));
    }
    // What is above is seen and not theirs to change.
    let above = ProtectionDraft {
        policies: vec![volumes_policy("Gold", 1)],
        ..ProtectionDraft::default()
    };
    let plan = preview(&below, &above).await.unwrap();
    let refused = apply(&below, &above, &plan.hash.to_string()).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    let all = all_policies(&world.ctx, &world.ctx.read()).await.unwrap();
    let gold = all.into_iter().find(|one| one.name == "Gold");
    assert_eq!(gold.unwrap().version, 1);
}

#[tokio::test]
async fn foreign_things_are_as_good_as_missing_ones_and_problems_name_their_place() {
    let world = World::new().await;
    let stranger = world.harness.stranger().await;
    let theirs = gold();
    let hash = preview(&stranger, &theirs).await.unwrap().hash.to_string();
    apply(&stranger, &theirs, &hash).await.unwrap();
    let policies = all_policies(&stranger, &stranger.read()).await.unwrap();
    let mut named = volumes_policy("Mine", 3);
    named.id = Some(policies[0].id.to_string());
    let mut malformed = volumes_policy("Mine", 3);
    malformed.id = Some("x".to_owned());
    let mut elsewhere = volumes_policy("Elsewhere", 3);
    elsewhere.unit = Some(None);
    let mut empty = volumes_policy("", 3);
    empty.draft.operations.clear();
    let account = Condition::Account([domain::AwsAccountKey::fresh(world.ctx.ids())].into());
    let draft = ProtectionDraft {
        policies: vec![
            named,
            malformed,
            elsewhere,
            empty,
            volumes_policy("Elsewhere", 4),
        ],
        rules: vec![rule("a", "Gold", tagged("gold"))],
        rule_order: Some(vec!["missing".to_owned()]),
        ..ProtectionDraft::default()
    };
    let error = preview(&world.ctx, &draft).await.unwrap_err();
    let fields: Vec<String> = error
        .problems()
        .unwrap()
        .iter()
        .map(|one| one.field.join("."))
        .collect();
    assert_eq!(
        fields,
        [
            "draft.policies.0.id",
            "draft.policies.1.id",
            "draft.policies.2.organizationalUnitId",
            "draft.policies.3.name",
            "draft.policies.3.operations",
            "draft.policies.4.name",
            "draft.rules.0.policy",
            "draft.ruleOrder.0",
        ]
    );
    let draft = ProtectionDraft {
        policies: vec![volumes_policy("Gold", 3)],
        rules: vec![rule("a", "Gold", account)],
        ..ProtectionDraft::default()
    };
    let error = preview(&world.ctx, &draft).await.unwrap_err();
    let problem = &error.problems().unwrap()[0];
    assert_eq!(
        problem.field.join("."),
        "draft.rules.0.condition.awsAccount"
    );
    let removed = ProtectionDraft {
        removed_policies: vec![policies[0].id.to_string(), "Gold".to_owned()],
        is_complete: true,
        ..ProtectionDraft::default()
    };
    assert_eq!(preview(&world.ctx, &removed).await.unwrap().changes, []);
}

#[tokio::test]
async fn who_may_not_write_policies_may_look_and_not_apply() {
    let world = World::new().await;
    let auditor = world.harness.person(BuiltInRole::ReportingAuditAdmin).await;
    let plan = preview(&auditor, &gold()).await.unwrap();
    let refused = apply(&auditor, &gold(), &plan.hash.to_string()).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    let policies = all_policies(&world.ctx, &world.ctx.read()).await.unwrap();
    assert_eq!(policies, []);
}

#[tokio::test]
async fn a_shorter_retention_proposes_points_and_leaves_them() {
    let world = World::new().await;
    let draft = gold();
    let hash = preview(&world.ctx, &draft).await.unwrap().hash.to_string();
    apply(&world.ctx, &draft, &hash).await.unwrap();
    let policy = all_policies(&world.ctx, &world.ctx.read())
        .await
        .unwrap()
        .remove(0);
    let asset = world.assets().await.remove(0);
    let made = world.harness.point(&world.ctx, &asset).await;
    let own = RecoveryPoint {
        id: domain::RecoveryPointId::fresh(world.ctx.ids()),
        policy_id: Some(policy.id),
        snapshot_id: Some("own".to_owned()),
        expires_at: Some(policy.operations[0].frequencies[0].keep.end(made.taken_at)),
        ..made.clone()
    };
    let mut tx = world.ctx.begin().await.unwrap();
    store::recovery_points::add(&mut tx, &own).await.unwrap();
    tx.commit().await.unwrap();
    let shorter = ProtectionDraft {
        policies: vec![volumes_policy("Gold", 7)],
        ..ProtectionDraft::default()
    };
    let plan = preview(&world.ctx, &shorter).await.unwrap();
    let found = shortened_points(&world.ctx, &plan).await.unwrap();
    assert_eq!(found.len(), 1, "the other point is of no policy");
    assert_eq!(found[0].point.id, own.id);
    assert!(found[0].would_expire_at < own.expires_at.unwrap());
    apply(&world.ctx, &shorter, &plan.hash.to_string())
        .await
        .unwrap();
    let kept = crate::recovery_points::lookup(&world.ctx, own.id)
        .await
        .unwrap();
    assert_eq!(kept.unwrap().expires_at, own.expires_at);
    let auditor = world.harness.stranger().await;
    assert_eq!(shortened_points(&auditor, &plan).await.unwrap(), []);
}
