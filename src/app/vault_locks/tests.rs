//! A compliance lock is asked for with care, can be taken back for three days, and never afterwards.

use domain::role::BuiltInRole;
use jiff::SignedDuration;

use super::*;
use crate::testing::Harness;

const fn compliance(minimum_days: u32) -> LockTerms {
    LockTerms {
        mode: LockMode::Compliance,
        minimum_days,
    }
}

fn message(error: &Error) -> String {
    error.problems().expect("problems")[0].message.clone()
}

/// An organization with one point, whose vault was seen to lack this.
async fn world(missing: &[&str]) -> Harness {
    let harness = Harness::new().await;
    let ctx = harness.admin().await;
    let account = harness.account(&ctx).await;
    let assets = harness.volumes(&ctx, &account, 1).await;
    harness.point(&ctx, &assets[0]).await;
    let missing: Vec<String> = missing.iter().map(|&one| one.to_owned()).collect();
    probed(&ctx, &missing).await;
    harness
}

async fn probed(ctx: &Ctx, missing: &[String]) {
    let rows = store::repositories::list(&ctx.read(), ctx.organization()).await;
    let mut tx = ctx.begin().await.unwrap();
    for row in rows.unwrap() {
        store::object_locks::probed(&mut tx, ctx.organization(), row.id, missing)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn ask(ctx: &Ctx, days: u32) -> Result<Applied, Error> {
    apply(ctx, compliance(days), "law", Some(&confirmation(days))).await
}

#[tokio::test]
async fn compliance_is_refused_while_a_vault_cannot_keep_it_and_says_why() {
    let harness = Harness::new().await;
    let ctx = harness.admin().await;
    assert!(message(&ask(&ctx, 5).await.unwrap_err()).contains("no vault yet"));
    let harness = world(&["A folder: GOVERNANCE only."]).await;
    let ctx = harness.admin().await;
    let refused = ask(&ctx, 5).await.unwrap_err();
    assert!(message(&refused).contains("A folder"), "{refused:?}");
    assert_eq!(
        own_support(&ctx).await.unwrap().strongest,
        LockMode::Governance
    );
    // What was seen long ago says nothing.
    probed(&ctx, &[]).await;
    assert_eq!(
        own_support(&ctx).await.unwrap().strongest,
        LockMode::Compliance
    );
    harness.clock.advance(SignedDuration::from_hours(24 * 4));
    let ctx = harness.admin().await;
    assert!(message(&ask(&ctx, 5).await.unwrap_err()).contains("of late"));
    assert_eq!(own_pending(&ctx).await.unwrap(), None);
}

#[tokio::test]
async fn compliance_takes_the_words_with_the_very_number() {
    let harness = world(&[]).await;
    let ctx = harness.admin().await;
    let wrong = [None, Some("yes"), Some("lock for 50 days for good")];
    for words in wrong {
        let refused = apply(&ctx, compliance(5), "law", words).await.unwrap_err();
        assert_eq!(refused.problems().unwrap()[0].field, ["confirmation"]);
    }
    assert_eq!(own_pending(&ctx).await.unwrap(), None);
    let asked = ask(&ctx, 5).await.unwrap();
    let Applied::Pending(pending) = asked else {
        panic!("{asked:?}");
    };
    assert_eq!(pending.holds_at, ctx.now() + SignedDuration::from_hours(72));
    // Nothing holds yet, and a second one does not take its place.
    assert_eq!(own(&ctx).await.unwrap(), None);
    assert!(message(&ask(&ctx, 9).await.unwrap_err()).contains("waits"));
}

#[tokio::test]
async fn compliance_asks_for_no_less_than_the_lock_before_it() {
    let harness = world(&[]).await;
    let ctx = harness.admin().await;
    let governance = LockTerms {
        mode: LockMode::Governance,
        minimum_days: 9,
    };
    apply(&ctx, governance, "policy", None).await.unwrap();
    let shorter = ask(&ctx, 8).await.unwrap_err();
    assert_eq!(
        shorter.problems().unwrap()[0].field,
        ["minimumRetentionDays"]
    );
    assert!(matches!(ask(&ctx, 9).await.unwrap(), Applied::Pending(_)));
    // What held goes on meanwhile, and after it was taken back.
    withdraw(&ctx, "too early").await.unwrap();
    assert_eq!(own(&ctx).await.unwrap().unwrap().terms, governance);
}

#[tokio::test]
async fn a_compliance_lock_is_taken_back_for_three_days_and_never_again() {
    let harness = world(&[]).await;
    let ctx = harness.admin().await;
    assert!(message(&withdraw(&ctx, "x").await.unwrap_err()).contains("No compliance lock"));
    ask(&ctx, 5).await.unwrap();
    withdraw(&ctx, "a slip").await.unwrap();
    assert_eq!(own_pending(&ctx).await.unwrap(), None);
    ask(&ctx, 5).await.unwrap();
    harness.clock.advance(SignedDuration::from_hours(72));
    let ctx = harness.admin().await;
    probed(&ctx, &[]).await;
    let refused = withdraw(&ctx, "too late").await.unwrap_err();
    assert_eq!(
        refused.problems().unwrap()[0].code,
        ProblemCode::RetentionLocked
    );
    // One that no vault keeps does not hold the organization for ever.
    probed(&ctx, &["gone".to_owned()]).await;
    withdraw(&ctx, "nothing keeps it").await.unwrap();
}

#[tokio::test]
async fn a_lock_that_holds_is_only_ever_extended_and_by_nobody_else() {
    let harness = world(&[]).await;
    let ctx = harness.admin().await;
    let lock = next(&ctx, None, compliance(5));
    let mut tx = ctx.begin().await.unwrap();
    store::vault_locks::set(&mut tx, &lock).await.unwrap();
    tx.commit().await.unwrap();
    let shorter = ask(&ctx, 4).await.unwrap_err();
    assert_eq!(
        shorter.problems().unwrap()[0].code,
        ProblemCode::RetentionLocked
    );
    let governance = LockTerms {
        mode: LockMode::Governance,
        minimum_days: 99,
    };
    assert!(apply(&ctx, governance, "x", None).await.is_err());
    assert!(request_removal(&ctx, "x").await.is_err());
    assert!(matches!(ask(&ctx, 6).await.unwrap(), Applied::Pending(_)));
    for role in [BuiltInRole::BackupAdmin, BuiltInRole::HelpdeskAdmin] {
        let other = harness.person(role).await;
        assert!(
            withdraw(&other, "x")
                .await
                .unwrap_err()
                .problems()
                .is_none()
        );
        assert!(ask(&other, 7).await.unwrap_err().problems().is_none());
    }
    let stranger = harness.stranger().await;
    assert_eq!(own_pending(&stranger).await.unwrap(), None);
}
