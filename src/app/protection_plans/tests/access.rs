//! Who sees and may do what with a plan, and what is refused of a draft.
//!
//! Not for what an apply does. Invariant: what is foreign is as good as missing.

use domain::condition::Condition;
use domain::protection_plan::AssetEffect;
use domain::role::BuiltInRole;

use super::support::{VOLUMES, World, gold, rule, tagged, volumes_policy};
use crate::protection_plans::*;

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
