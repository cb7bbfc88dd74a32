//! Starting verifications, and seeing them.

use domain::ProblemCode;
use domain::verification::{Evidence, Verdict};

use super::*;
use crate::testing::Harness;

fn code(error: &Error) -> (ProblemCode, String) {
    let problem = &error.problems().unwrap()[0];
    (problem.code, problem.field[0].clone())
}

async fn point(world: &Harness, ctx: &Ctx) -> RecoveryPoint {
    let account = world.account(ctx).await;
    let asset = world.volumes(ctx, &account, 1).await.remove(0);
    world.point(ctx, &asset).await
}

#[tokio::test]
async fn a_level_that_the_point_cannot_reach_is_refused_before_there_is_a_task() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let point = point(&world, &ctx).await;
    assert_eq!(point.source_digest, None);
    for (level, expected) in [
        (Proof::None, ProblemCode::Invalid),
        (Proof::ContentMatches, ProblemCode::PreconditionFailed),
    ] {
        let refused = start(&ctx, Some(point.id), level, "k").await.unwrap_err();
        assert_eq!(code(&refused), (expected, "level".to_owned()));
    }
    let task = start(&ctx, Some(point.id), Proof::Restored, "k")
        .await
        .unwrap();
    let wanted = TaskSpec::VerifyRecoveryPoint {
        recovery_point_id: point.id,
        level: Proof::Restored,
    };
    assert_eq!(task.spec, wanted);
    let again = start(&ctx, Some(point.id), Proof::Restored, "k")
        .await
        .unwrap();
    assert_eq!(again.id, task.id);
    let other = start(&ctx, Some(point.id), Proof::ChecksumsMatch, "k")
        .await
        .unwrap_err();
    assert_eq!(
        code(&other).0,
        ProblemCode::Conflict,
        "another level is other work"
    );
}

#[tokio::test]
async fn a_task_from_before_levels_proves_checksums() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let point = point(&world, &ctx).await;
    let old = serde_json::json!({ "kind": "verify_recovery_point", "recovery_point_id": point.id });
    let spec: TaskSpec = serde_json::from_value(old).unwrap();
    let wanted = TaskSpec::VerifyRecoveryPoint {
        recovery_point_id: point.id,
        level: Proof::ChecksumsMatch,
    };
    assert_eq!(spec, wanted);
}

#[tokio::test]
async fn attempts_are_seen_where_their_asset_is() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let point = point(&world, &ctx).await;
    let task = start(&ctx, Some(point.id), Proof::Restored, "k")
        .await
        .unwrap();
    let mut attempt = Verification::begun(&point, task.id, Proof::Restored, ctx.now());
    let mut tx = ctx.begin().await.unwrap();
    store::verifications::set(&mut tx, &attempt).await.unwrap();
    attempt.verdict = Verdict::Proven;
    attempt.reached = Proof::Restored;
    attempt.evidence = Some(Evidence::of(serde_json::json!({ "a": 1 })));
    attempt.finished_at = Some(ctx.now());
    store::verifications::set(&mut tx, &attempt).await.unwrap();
    // What has its verdict keeps it, also when its task breaks off later.
    let mut broken = attempt.clone();
    broken.verdict = Verdict::BrokenOff;
    broken.evidence = None;
    store::verifications::set(&mut tx, &broken).await.unwrap();
    tx.commit().await.unwrap();
    let last = last_of_points(&ctx, &[point.id]).await.unwrap();
    assert_eq!(last, [attempt.clone()]);
    let stranger = world.stranger().await;
    assert_eq!(lookup_many(&stranger, &[attempt.id]).await.unwrap(), []);
    assert_eq!(last_of_points(&stranger, &[point.id]).await.unwrap(), []);
    let unit = world.unit(world.root().await, "Elsewhere").await;
    let role = domain::role::BuiltInRole::BackupAdmin.id();
    let elsewhere = world.person_at(role, unit).await;
    assert_eq!(
        count(&elsewhere, &VerificationFilter::default())
            .await
            .unwrap(),
        0
    );
}
