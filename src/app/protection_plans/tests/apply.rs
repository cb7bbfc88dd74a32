//! What makes an apply refuse, what it leaves behind, and what it leaves alone.
//!
//! Not for who may apply (`access.rs`). Invariant: every refusal names its place.

use domain::audit::AuditFilter;
use domain::protection_plan::AssetEffect;

use super::support::{World, codes, gold, volumes_policy};
use crate::protection_plans::*;

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
