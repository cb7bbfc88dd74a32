//! Claims, proofs and their limits.

use super::*;
use crate::testing::Harness;

#[tokio::test]
async fn a_domain_is_proven_by_its_record_and_by_one_organization() {
    let world = Harness::new().await;
    let (ctx, stranger) = (world.admin().await, world.stranger().await);
    let mine = claim(&ctx, " Corp.Test. ").await.unwrap();
    assert_eq!((mine.domain.as_str(), mine.proven_at), ("corp.test", None));
    let code = |error: Error| error.problems().map(|all| all[0].code);
    let refused = prove(&ctx, Some(mine.id)).await.unwrap_err();
    assert_eq!(code(refused), Some(ProblemCode::PreconditionFailed));
    // The record of one claim proves no other.
    let theirs = claim(&stranger, "corp.test").await.unwrap();
    assert_ne!(theirs.token, mine.token);
    world.records.add(&mine.record_name(), &mine.record_text());
    let refused = prove(&stranger, Some(theirs.id)).await.unwrap_err();
    assert_eq!(code(refused), Some(ProblemCode::PreconditionFailed));
    assert!(
        prove(&ctx, Some(mine.id))
            .await
            .unwrap()
            .proven_at
            .is_some()
    );
    world
        .records
        .add(&theirs.record_name(), &theirs.record_text());
    let refused = prove(&stranger, Some(theirs.id)).await.unwrap_err();
    assert_eq!(code(refused), Some(ProblemCode::Taken));
    // Foreign, malformed and unknown ones read the same.
    for id in [Some(theirs.id), None, Some(DomainProofId::fresh(ctx.ids()))] {
        assert_eq!(
            code(prove(&ctx, id).await.unwrap_err()),
            Some(ProblemCode::NotFound)
        );
        assert_eq!(
            code(release(&ctx, id).await.unwrap_err()),
            Some(ProblemCode::NotFound)
        );
    }
    release(&ctx, Some(mine.id)).await.unwrap();
    assert!(prove(&stranger, Some(theirs.id)).await.is_ok());
    assert_eq!(list(&stranger).await.unwrap().len(), 1);
    assert!(list(&ctx).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_domain_or_claimed_already_is_refused() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    for text in ["", "com", "10.0.0.1", "a b.test", "https://corp.test"] {
        assert!(claim(&ctx, text).await.is_err(), "{text}");
    }
    claim(&ctx, "corp.test").await.unwrap();
    assert!(claim(&ctx, "CORP.test").await.is_err());
}
