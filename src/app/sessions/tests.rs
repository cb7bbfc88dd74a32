//! Signing in, being recognised, signing out; and API tokens, which take the same way.

use domain::ProblemCode;
use domain::audit::{AuditFilter, Outcome};
use domain::page::PageRequest;
use domain::role::BuiltInRole;
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;

use super::*;
use crate::testing::{Harness, PASSWORD};
use crate::{api_tokens, passwords};

async fn attempt(world: &Harness, email: &str, password: &str) -> Result<NewSession, Error> {
    let password = SecretString::from(password);
    create(&world.services, &Origin::default(), email, &password).await
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_read_the_same() {
    let world = Harness::new().await;
    let wrong = attempt(&world, "admin@a.test", "wrong").await.unwrap_err();
    let unknown = attempt(&world, "nobody@a.test", PASSWORD)
        .await
        .unwrap_err();
    let malformed = attempt(&world, "nobody", PASSWORD).await.unwrap_err();
    assert_eq!(wrong.problems(), unknown.problems());
    assert_eq!(wrong.problems(), malformed.problems());
    assert_eq!(wrong.problems().unwrap()[0].code, ProblemCode::Invalid);
    let ctx = world.admin().await;
    let refused = async || {
        let log = audit::list(&ctx, &AuditFilter::default(), &PageRequest::default())
            .await
            .unwrap();
        log.into_nodes()
            .into_iter()
            .filter(|event| event.outcome == Outcome::Refused)
            .count()
    };
    assert_eq!(refused().await, 0, "nobody is looked up before the answer");
    for _ in 0..2 {
        refused_sign_ins::record_all(&world.services).await.unwrap();
        assert_eq!(
            refused().await,
            1,
            "the wrong password of a real person is recorded, once"
        );
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_for_real_and_unknown_people_alike() {
    let world = Harness::new().await;
    for email in ["admin@a.test", "nobody@a.test"] {
        for _ in 0..4 {
            assert!(attempt(&world, email, "wrong").await.is_err());
        }
        let fifth = attempt(&world, email, PASSWORD).await;
        assert!(
            matches!(
                fifth,
                Err(Error::TooManyAttempts {
                    retry_after_seconds: 1
                })
            ),
            "{email}: {fifth:?}"
        );
    }
    world.clock.advance(SignedDuration::from_secs(1));
    assert!(attempt(&world, "ADMIN@a.test", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_cookie_is_recognised_until_its_session_ends() {
    let world = Harness::new().await;
    let session = attempt(&world, "admin@a.test", PASSWORD).await.unwrap();
    let secret = session.secret.text().expose_secret().to_owned();
    let known = async || {
        let found = recognise(&world.services, &Origin::default(), &secret).await;
        found.unwrap()
    };
    assert_eq!(known().await.unwrap().user(), Some(&world.admin));
    for wrong in ["", "x", &"A".repeat(43)] {
        let found = recognise(&world.services, &Origin::default(), wrong).await;
        assert!(found.unwrap().is_none(), "{wrong}");
    }
    // Use keeps it alive, idleness ends it.
    world.clock.advance(SignedDuration::from_mins(29));
    assert!(known().await.is_some());
    world.clock.advance(SignedDuration::from_mins(29));
    assert!(known().await.is_some());
    world.clock.advance(SignedDuration::from_mins(31));
    assert!(known().await.is_none());
}

#[tokio::test]
async fn who_only_watches_is_signed_out_when_the_idle_time_is_over() {
    let world = Harness::new().await;
    let session = attempt(&world, "admin@a.test", PASSWORD).await.unwrap();
    let secret = session.secret.text().expose_secret().to_owned();
    let unattended = Origin {
        is_unattended: true,
        ..Origin::default()
    };
    // The console asks for what is new, and the server looks whether its stream may go on.
    for _ in 0..29 {
        world.clock.advance(SignedDuration::from_mins(1));
        assert!(recognition::still_stands(&session.ctx).await.unwrap());
        let asked = recognise(&world.services, &unattended, &secret).await;
        assert!(asked.unwrap().is_some());
    }
    world.clock.advance(SignedDuration::from_mins(2));
    assert!(!recognition::still_stands(&session.ctx).await.unwrap());
    let asked = recognise(&world.services, &Origin::default(), &secret).await;
    assert!(asked.unwrap().is_none());
}

#[tokio::test]
async fn a_session_tells_its_browser_and_the_address_of_its_last_use() {
    let world = Harness::new().await;
    let at = |address: &str| Origin {
        address: Some(address.to_owned()),
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Firefox/145.0".to_owned()),
        ..Origin::default()
    };
    let password = SecretString::from(PASSWORD);
    let begun = create(&world.services, &at("192.0.2.1"), "admin@a.test", &password).await;
    let session = begun.unwrap();
    let secret = session.secret.text().expose_secret().to_owned();
    let shown = async || {
        let all = list(&session.ctx).await.unwrap();
        let one = all
            .iter()
            .find(|one| one.id.to_string() == session.ctx.credential().unwrap().id());
        let one = one.unwrap();
        (one.browser.clone().unwrap(), one.address.clone().unwrap())
    };
    let browser = "Firefox on Linux".to_owned();
    assert_eq!(shown().await, (browser.clone(), "192.0.2.1".to_owned()));
    let other = Origin {
        user_agent: Some("curl/8.5.0".to_owned()),
        ..at("198.51.100.7")
    };
    world.clock.advance(SignedDuration::from_secs(61));
    assert!(
        recognise(&world.services, &other, &secret)
            .await
            .unwrap()
            .is_some()
    );
    // The browser is that of the sign-in: whoever took the cookie must not make the list look right.
    assert_eq!(shown().await, (browser, "198.51.100.7".to_owned()));
}

#[tokio::test]
async fn a_session_ends_after_its_lifetime_whatever_happens() {
    let world = Harness::new().await;
    let session = attempt(&world, "admin@a.test", PASSWORD).await.unwrap();
    let secret = session.secret.text().expose_secret().to_owned();
    for _ in 0..((12 * 60) / 20) {
        let found = recognise(&world.services, &Origin::default(), &secret).await;
        assert!(found.unwrap().is_some());
        world.clock.advance(SignedDuration::from_mins(20));
    }
    let found = recognise(&world.services, &Origin::default(), &secret).await;
    assert!(found.unwrap().is_none());
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once_and_nobody_elses() {
    let world = Harness::new().await;
    let session = attempt(&world, "admin@a.test", PASSWORD).await.unwrap();
    let secret = session.secret.text().expose_secret().to_owned();
    let other = world.person(BuiltInRole::ReportingAuditAdmin).await;
    let Some(Credential::Session { id: foreign, .. }) = other.credential().copied() else {
        panic!("a session");
    };
    for id in [Some(foreign), None] {
        let refused = delete(&session.ctx, Some(id)).await.unwrap_err();
        assert_eq!(refused.problems().unwrap()[0].code, ProblemCode::NotFound);
    }
    delete(&session.ctx, None).await.unwrap();
    let found = recognise(&world.services, &Origin::default(), &secret).await;
    assert!(found.unwrap().is_none());
    assert!(delete(&session.ctx, None).await.is_err(), "twice");
}

#[tokio::test]
async fn an_api_token_is_recognised_until_it_is_deleted_or_runs_out() {
    let world = Harness::new().await;
    let ctx = world.person_with(&crate::testing::RESTORER).await;
    let (token, secret) = api_tokens::create(&ctx, "ci", Some(1)).await.unwrap();
    let text = secret.text().expose_secret().to_owned();
    let known = async || {
        let found = api_tokens::recognise(&world.services, &Origin::default(), &text).await;
        found.unwrap()
    };
    let caller = known().await.unwrap();
    assert_eq!(caller.access(), ctx.access());
    assert!(!caller.can(domain::permission::Permission::PolicyWrite));
    world.clock.advance(SignedDuration::from_hours(23));
    assert!(known().await.is_some());
    world.clock.advance(SignedDuration::from_hours(1));
    assert!(known().await.is_none(), "it has run out");
    assert!(api_tokens::lookup(&ctx, token.id).await.unwrap().is_some());

    let email = ctx.user().unwrap().email.clone();
    let ctx = attempt(&world, &email, PASSWORD).await.unwrap().ctx;
    let (token, secret) = api_tokens::create(&ctx, "cd", None).await.unwrap();
    let text = secret.text().expose_secret().to_owned();
    let stranger = world.admin().await;
    let refused = api_tokens::delete(&stranger, Some(token.id)).await;
    assert_eq!(
        refused.unwrap_err().problems().unwrap()[0].code,
        ProblemCode::NotFound,
        "even of the same organization"
    );
    api_tokens::delete(&ctx, Some(token.id)).await.unwrap();
    let found = api_tokens::recognise(&world.services, &Origin::default(), &text).await;
    assert!(found.unwrap().is_none(), "it was deleted");
}

#[tokio::test]
async fn tokens_have_limits() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    for (name, days) in [("", Some(1)), ("x", Some(0)), ("x", Some(367))] {
        assert!(
            api_tokens::create(&ctx, name, days).await.is_err(),
            "{name} {days:?}"
        );
    }
}

/// The person, as somebody has read them beside the hash that they are about to check.
async fn read(world: &Harness) -> User {
    let reader = world.services.store.read();
    let found = store::users::find_credentials_by_email(&reader, "admin@a.test").await;
    found.unwrap().expect("the admin").0
}

async fn sessions_of(world: &Harness) -> Vec<SessionId> {
    let (reader, now) = (world.services.store.read(), world.services.clock.now());
    let all = store::sessions::system_list_of_user(&reader, world.admin.id, now).await;
    all.unwrap().iter().map(|one| one.id).collect()
}

async fn change(world: &Harness, ctx: &Ctx, from: &str, to: &str) -> Ctx {
    world.clock.advance(SignedDuration::from_secs(1));
    passwords::change(ctx, &from.into(), &to.into())
        .await
        .unwrap()
        .ctx
}

/// Whoever knows the old password, and was at the door when the new one was set.
#[tokio::test]
async fn a_sign_in_under_way_gets_nothing_by_a_password_that_was_replaced_meanwhile() {
    let world = Harness::new().await;
    let (services, origin) = (&world.services, Origin::default());
    let ctx = world.admin().await;
    let organization = ctx.organization();
    let before = read(&world).await;
    let ctx = change(&world, &ctx, PASSWORD, "Wrong-Zebra-8-Teapot").await;
    let all = sessions_of(&world).await;
    let late = let_in(services, &origin, before.clone()).await.unwrap();
    assert!(late.is_none(), "{late:?}");
    let late = begin(services, &origin, before, organization)
        .await
        .unwrap();
    assert!(late.is_none(), "after the second factor");
    assert_eq!(sessions_of(&world).await, all);
    let on_time = let_in(services, &origin, read(&world).await).await.unwrap();
    assert!(matches!(on_time, Some(SignIn::Done(_))));

    let (ctx, _) = world.with_totp(&ctx).await;
    let before = read(&world).await;
    change(&world, &ctx, "Wrong-Zebra-8-Teapot", PASSWORD).await;
    let late = let_in(services, &origin, before).await.unwrap();
    assert!(late.is_none(), "no second factor is asked for: {late:?}");
    let on_time = let_in(services, &origin, read(&world).await).await.unwrap();
    assert!(matches!(on_time, Some(SignIn::Challenged(_))));
}

#[tokio::test]
async fn of_two_changes_of_a_password_at_once_one_is_made() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    world.clock.advance(SignedDuration::from_secs(1));
    let old = PASSWORD.into();
    let (one, other) = ("Wrong-Zebra-8-Teapot".into(), "Other-Zebra-9-Teapot".into());
    let (one, other) = tokio::join!(
        passwords::change(&ctx, &old, &one),
        passwords::change(&ctx, &old, &other),
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
}

#[tokio::test]
async fn a_session_that_has_ended_is_switched_nowhere() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let elsewhere = world.stranger().await.organization();
    let state = MembershipState::Active;
    world.member_of(world.admin.id, elsewhere, state).await;
    let recognised = ctx.clone();
    let there = switch(&ctx, Some(elsewhere)).await.unwrap();
    let all = sessions_of(&world).await;
    let twice = switch(&recognised, Some(elsewhere)).await;
    assert!(matches!(twice, Err(Error::Unauthenticated)), "{twice:?}");
    let ended = there.ctx.clone();
    delete(&there.ctx, None).await.unwrap();
    let late = switch(&ended, Some(world.organization.id)).await;
    assert!(matches!(late, Err(Error::Unauthenticated)), "{late:?}");
    assert_eq!(sessions_of(&world).await.len(), all.len() - 1);

    // One that was recognised before the password was changed, and comes to its switch after.
    let ctx = world.admin().await;
    let recognised = ctx.clone();
    change(&world, &ctx, PASSWORD, "Wrong-Zebra-8-Teapot").await;
    let all = sessions_of(&world).await;
    let late = switch(&recognised, Some(elsewhere)).await;
    assert!(matches!(late, Err(Error::Unauthenticated)), "{late:?}");
    assert_eq!(sessions_of(&world).await, all);
}
