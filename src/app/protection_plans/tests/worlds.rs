//! Random plans in random worlds: a preview says what the apply then does, and every replica sees the same world.
//!
//! Not for single promises of an apply. Invariant: a world follows from its seed alone.

use std::collections::{BTreeMap, BTreeSet};

use domain::AssetId;
use domain::condition::Condition;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::support::{VOLUMES, World, codes, gold, rule, tagged, volumes_policy};
use crate::context::Origin;
use crate::protection_plans::*;

/// Plans that are previewed and applied (issue 4 asks for 1,000).
const PLANS: usize = 1_000;
const TAGS: [&str; 3] = ["gold", "silver", "none"];

impl World {
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
    let mut hashes = BTreeSet::new();
    for round in 0..60 {
        if round > 0 {
            // Some happenings change nothing that the draft is about; a tag mostly does.
            let tag = TAGS[random.random_range(0..TAGS.len())];
            world.see(random.random_range(0..VOLUMES), tag).await;
            world.settle().await;
            world.happen(&mut random).await;
        }
        let seen = preview(&here, &without).await.unwrap();
        let fresh = preview(&replica(world.harness.replica()), &without).await;
        assert_eq!(seen.hash, fresh.unwrap().hash, "round {round}");
        hashes.insert(seen.hash.to_string());
    }
    // A few volumes and tags: what was loses its hash and gets it back again.
    assert!(hashes.len() > 10, "{}", hashes.len());
}
