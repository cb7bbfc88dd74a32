//! An administrator of one organization, who decides what its identity provider says, against the account of a member.

use domain::ProblemCode;
use domain::identity_provider::ProviderState;
use domain::membership::MembershipState;
use domain::role::BuiltInRole;
use domain::user::User;
use secrecy::SecretString;

use super::*;
use crate::context::Origin;
use crate::second_factors::{Factor, Proof as Given};
use crate::testing::{Harness, PASSWORD, totp_code};
use crate::{email_changes, passkeys, passwords, second_factors, sessions};

const OTHER: &str = "Wrong-Zebra-8-Teapot";

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

/// What came of everything that concerns the account, by name.
async fn tried(ctx: &Ctx) -> Vec<(&'static str, Option<Error>)> {
    let (code, token) = (secret("000000"), secret("token"));
    let (old, new) = (secret(PASSWORD), secret(OTHER));
    vec![
        ("an app", second_factors::begin_totp(ctx).await.err()),
        (
            "its code",
            second_factors::confirm_totp(ctx, &code).await.err(),
        ),
        ("no app", second_factors::delete_totp(ctx).await.err()),
        (
            "recovery codes",
            second_factors::create_recovery_codes(ctx).await.err(),
        ),
        ("a passkey", passkeys::begin(ctx).await.err()),
        (
            "its answer",
            passkeys::create(ctx, &token, "Key", "{}").await.err(),
        ),
        ("no passkey", passkeys::delete(ctx, None).await.err()),
        (
            "an address",
            email_changes::request(ctx, "ann@other.example").await.err(),
        ),
        ("its link", email_changes::confirm(ctx, "token").await.err()),
        // The last, because it ends the session where it is not refused.
        ("a password", passwords::change(ctx, &old, &new).await.err()),
    ]
}

/// The admin, for whom a provider of theirs vouches.
async fn provided(world: &Harness, ctx: &Ctx) -> Ctx {
    let provider = world.provider(ctx, "Corp", ProviderState::Active).await;
    world.signed_on(ctx, provider).await.ctx
}

#[tokio::test]
async fn a_provider_takes_nobodys_account_over() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let stranger = world.stranger().await;
    let (user, elsewhere) = (world.admin.id, stranger.organization());
    world
        .member_of(user, elsewhere, MembershipState::Active)
        .await;
    let session = provided(&world, &ctx).await;
    for (what, refused) in tried(&session).await {
        assert!(
            matches!(refused, Some(Error::OwnProofNeeded)),
            "{what}: {refused:?}"
        );
    }
    assert!(world.mails().await.is_empty(), "nothing was done");
    let wrong = second_factors::prove(&session, &Given::Password(secret("wrong"))).await;
    assert!(wrong.is_err());
    let own = second_factors::prove(&session, &Given::Password(secret(PASSWORD))).await;
    let own = own.unwrap().ctx;
    email_changes::request(&own, "ann@other.example")
        .await
        .unwrap();
    // Which says nothing about the other organization: the session came through the provider of this one all the same.
    let refused = sessions::switch(&own, Some(elsewhere)).await.unwrap_err();
    assert_eq!(
        refused.problems().unwrap()[0].code,
        ProblemCode::PreconditionFailed
    );
    for (what, refused) in tried(&own).await {
        assert!(
            !matches!(refused, Some(Error::OwnProofNeeded | Error::ProofNeeded)),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_password_does_not_stand_for_the_factor_that_a_person_has() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let (ctx, app) = world.with_totp(&ctx).await;
    world.clock.advance(jiff::SignedDuration::from_secs(30));
    let session = provided(&world, &ctx).await;
    for (what, refused) in tried(&session).await {
        assert!(
            matches!(refused, Some(Error::OwnProofNeeded)),
            "{what}: {refused:?}"
        );
    }
    let by_password = second_factors::prove(&session, &Given::Password(secret(PASSWORD))).await;
    assert_eq!(
        by_password.unwrap_err().problems().unwrap()[0].code,
        ProblemCode::PreconditionFailed
    );
    let code = Factor::Code(totp_code(&app, ctx.now()).into());
    let own = second_factors::prove(&session, &Given::Factor(code))
        .await
        .unwrap()
        .ctx;
    second_factors::delete_totp(&own).await.unwrap();
}

#[tokio::test]
async fn an_own_word_wears_off_and_goes_along_to_another_organization() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let elsewhere = world.stranger().await.organization();
    let user = world.admin.id;
    world
        .member_of(user, elsewhere, MembershipState::Active)
        .await;
    let there = sessions::switch(&ctx, Some(elsewhere)).await.unwrap().ctx;
    second_factors::begin_totp(&there).await.unwrap();
    world.clock.advance(jiff::SignedDuration::from_mins(15));
    let old = second_factors::begin_totp(&there).await;
    assert!(matches!(old, Err(Error::ProofNeeded)), "{old:?}");
    let changed = passwords::change(&there, &secret(PASSWORD), &secret(OTHER)).await;
    assert!(changed.is_ok(), "it asks for the password itself");
}

#[tokio::test]
async fn who_has_nothing_of_their_own_may_get_it_while_there_is_nothing_of_others_to_protect() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let elsewhere = world.stranger().await.organization();
    let provider = world.provider(&ctx, "Corp", ProviderState::Active).await;
    for (state, may) in [
        (None, true),
        (Some(MembershipState::Invited), true),
        (Some(MembershipState::Active), false),
        (Some(MembershipState::Suspended), false),
    ] {
        let person = world.person(BuiltInRole::BackupAdmin).await;
        let user = User {
            id: UserId::fresh(ctx.ids()),
            email: format!("{}@corp.test", state.map_or("none", MembershipState::name)),
            password_changed_at: None,
            ..person.user().unwrap().clone()
        };
        let mut tx = ctx.system_begin().await.unwrap();
        store::users::add(&mut tx, &user, None).await.unwrap();
        tx.commit().await.unwrap();
        let here = ctx.organization();
        world
            .member_of(user.id, here, MembershipState::Active)
            .await;
        if let Some(state) = state {
            world.member_of(user.id, elsewhere, state).await;
        }
        let through = sessions::Through {
            provider_id: provider,
            subject: user.email.clone(),
            session_index: None,
        };
        let origin = Origin::default();
        let begun = sessions::begin_through(&world.services, &origin, user, here, &through).await;
        let session = begun.unwrap().ctx;
        let app = second_factors::begin_totp(&session).await;
        assert_eq!(app.is_ok(), may, "{state:?}: {app:?}");
        if let Err(refused) = app {
            let problem = &refused.problems().unwrap()[0];
            assert_eq!(problem.code, ProblemCode::PreconditionFailed);
            continue;
        }
        world.clock.advance(jiff::SignedDuration::from_mins(15));
        let late = second_factors::begin_totp(&session).await;
        assert!(matches!(late, Err(Error::ProofNeeded)), "{late:?}");
    }
}
