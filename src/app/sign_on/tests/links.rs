//! Unlinking: one's own, nobody else's, and never the last way in.

use super::arrivals::{ops, provider_of_ops};
use super::*;
use crate::second_factors::{self, Factor, Proof};
use crate::testing::totp_code;

async fn links(ctx: &Ctx, user: domain::UserId) -> usize {
    let found = store::identity_links::of_user(&ctx.read(), ctx.organization(), user).await;
    found.unwrap().len()
}

fn refusal(done: Result<IdentityProviderId, Error>) -> (ProblemCode, String) {
    let refused = done.unwrap_err();
    let problem = &refused.problems().unwrap()[0];
    (problem.code, problem.field.join("."))
}

#[tokio::test]
async fn an_account_is_unlinked_by_its_person_and_signs_on_nobody_any_more() {
    let world = Harness::new().await;
    let (ctx, bob) = (
        world.admin().await,
        world.person(BuiltInRole::BackupAdmin).await,
    );
    let one = provider(&world, &ctx, "One", ProviderState::Active).await;
    let other = provider(&world, &ctx, "Other", ProviderState::Active).await;
    make_link(&ctx, &one, "ann").await.unwrap();
    let stranger = world.stranger().await;
    // A colleague, a stranger, another provider, one that is nowhere and a malformed id: all alike, and nothing happens.
    let missing = (ProblemCode::NotFound, "identityProviderId".to_owned());
    let nowhere = IdentityProviderId::fresh(ctx.ids());
    for (who, id) in [
        (&bob, Some(one.id)),
        (&stranger, Some(one.id)),
        (&ctx, Some(other.id)),
        (&ctx, Some(nowhere)),
        (&ctx, None),
    ] {
        assert_eq!(refusal(link::unlink(who, id).await), missing, "{id:?}");
    }
    assert_eq!(links(&ctx, world.admin.id).await, 1);
    assert!(
        sign_on(&world, &one, &assertion("ann", "x@a.test"))
            .await
            .is_ok()
    );
    assert_eq!(link::unlink(&ctx, Some(one.id)).await.unwrap(), one.id);
    assert!(
        sign_on(&world, &one, &assertion("ann", "x@a.test"))
            .await
            .is_err()
    );
    assert_eq!(refusal(link::unlink(&ctx, Some(one.id)).await), missing);
}

/// A session that was stolen, and a password that was phished.
#[tokio::test]
async fn a_link_takes_the_factor_of_who_has_one() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let one = provider(&world, &ctx, "One", ProviderState::Active).await;
    let (ctx, app) = world.with_totp(&ctx).await;
    let through = world.signed_on(&ctx, one.id).await.ctx;
    let refused = make_link(&through, &one, "eve").await;
    assert!(matches!(refused, Err(Error::OwnProofNeeded)), "{refused:?}");
    world.clock.advance(SignedDuration::from_mins(15));
    let refused = make_link(&ctx, &one, "eve").await;
    assert!(matches!(refused, Err(Error::ProofNeeded)), "{refused:?}");
    let by_password = Proof::Password(SecretString::from(PASSWORD));
    assert!(second_factors::prove(&ctx, &by_password).await.is_err());
    assert_eq!(links(&ctx, world.admin.id).await, 0);
    let code = totp_code(&app, ctx.now()).into();
    let proven = second_factors::prove(&ctx, &Proof::Factor(Factor::Code(code))).await;
    make_link(&proven.unwrap().ctx, &one, "ann").await.unwrap();
}

#[tokio::test]
async fn the_last_way_in_is_not_unlinked() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let one = provider_of_ops(&world, &ctx).await;
    let session = sign_on(&world, &one, &ops("eve", "eve@corp.test")).await;
    let eve = session.unwrap().ctx;
    let id = eve.user().unwrap().id;
    let last = (
        ProblemCode::PreconditionFailed,
        "identityProviderId".to_owned(),
    );
    assert_eq!(refusal(link::unlink(&eve, Some(one.id)).await), last);
    // An account at a provider that signs nobody on is no way in; at an active one it is.
    for (state, is_way_in) in [
        (ProviderState::Disabled, false),
        (ProviderState::Active, true),
    ] {
        let more = provider(&world, &ctx, state.name(), state).await;
        let link = IdentityLink {
            organization_id: ctx.organization(),
            provider_id: more.id,
            subject: "eve".to_owned(),
            user_id: id,
            created_at: ctx.now(),
        };
        let mut tx = ctx.begin().await.unwrap();
        store::identity_links::add(&mut tx, &link).await.unwrap();
        tx.commit().await.unwrap();
        let done = link::unlink(&eve, Some(one.id)).await;
        assert_eq!(done.is_ok(), is_way_in, "{state:?}");
    }
    assert_eq!(links(&ctx, id).await, 2);
}

#[tokio::test]
async fn a_password_that_enforcement_keeps_out_is_no_way_in() {
    let world = Harness::new().await;
    let (ctx, bob) = (
        world.admin().await,
        world.person(BuiltInRole::BackupAdmin).await,
    );
    let one = provider(&world, &ctx, "One", ProviderState::Active).await;
    make_link(&ctx, &one, "ann").await.unwrap();
    make_link(&bob, &one, "bob").await.unwrap();
    enforcement::set(&ctx, true, &[Some(world.admin.id)])
        .await
        .unwrap();
    let through = sign_on(&world, &one, &assertion("bob", "x@a.test")).await;
    let bob = through.unwrap().ctx;
    assert!(link::unlink(&bob, Some(one.id)).await.is_err());
    // The break-glass administrator comes by password.
    assert!(link::unlink(&ctx, Some(one.id)).await.is_ok());
}
