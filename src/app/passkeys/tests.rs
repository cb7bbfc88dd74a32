//! Passkeys as factors of a sign-in and as proofs, with a software authenticator.

use domain::role::BuiltInRole;
use identity::passkey::testing::Browser;
use jiff::SignedDuration;

use super::*;
use crate::context::Origin;
use crate::mails::Message;
use crate::second_factors::{self, Challenge, Factor, Proof};
use crate::sessions::SignIn;
use crate::testing::{Harness, PASSWORD, PUBLIC_URL};

const EVIL: &str = "https://evil.holdfast.test";

async fn add(ctx: &Ctx, browser: &mut Browser, name: &str) -> Registered {
    let question = begin(ctx).await.unwrap();
    let answer = browser.register(PUBLIC_URL, &question.options).await;
    let (token, answer) = (question.secret.text(), answer.to_string());
    create(ctx, token, name, &answer).await.unwrap()
}

async fn challenged(world: &Harness, email: &str) -> Challenge {
    let (services, origin) = (&world.services, Origin::default());
    match sessions::sign_in(services, &origin, email, &PASSWORD.into()).await {
        Ok(SignIn::Challenged(challenge)) => challenge,
        other => panic!("nobody asked for a second factor: {other:?}"),
    }
}

async fn signed(browser: &mut Browser, challenge: &Challenge, page: &str) -> String {
    let options = challenge.passkey_options.as_ref().unwrap();
    browser.sign(page, options).await.to_string()
}

async fn give(world: &Harness, challenge: &Challenge, answer: &str) -> Result<NewSession, Error> {
    let token = challenge.secret.text();
    let factor = Factor::Passkey {
        token: token.clone(),
        answer: answer.to_owned(),
    };
    let (services, origin) = (&world.services, Origin::default());
    second_factors::complete(services, &origin, token.expose_secret(), &factor).await
}

async fn changes(world: &Harness) -> Vec<SecurityChange> {
    let change = |message| {
        if let Message::SecurityChanged { change, .. } = message {
            return Some(change);
        }
        None
    };
    let mails = world.mails().await.into_iter();
    mails.filter_map(|mail| change(mail.message)).collect()
}

#[tokio::test]
async fn a_passkey_signs_in_proves_and_is_told_by_mail() {
    let world = Harness::new().await;
    let (ctx, mut browser) = (world.admin().await, Browser::default());
    let made = add(&ctx, &mut browser, "Telephone").await;
    assert!(made.recovery_codes.is_some_and(|codes| !codes.is_empty()));
    assert_eq!(changes(&world).await, [SecurityChange::PasskeyAdded]);
    let ctx = made.session.ctx;
    let second = add(&ctx, &mut browser, "Key").await;
    assert!(second.recovery_codes.is_none(), "codes are made once");

    let challenge = challenged(&world, &world.admin.email).await;
    assert!(challenge.factors.totp_since.is_none());
    let answer = signed(&mut browser, &challenge, PUBLIC_URL).await;
    let session = give(&world, &challenge, &answer).await.unwrap();
    let ctx = session.ctx;
    let used = list(&ctx).await.unwrap().into_iter();
    assert_eq!(used.filter(|one| one.last_used_at.is_some()).count(), 1);

    world.clock.advance(SignedDuration::from_mins(20));
    assert!(matches!(begin(&ctx).await, Err(Error::ProofNeeded)));
    let question = begin_proof(&ctx).await.unwrap();
    let answer = browser.sign(PUBLIC_URL, &question.options).await;
    let proof = Proof::Factor(Factor::Passkey {
        token: question.secret.text().clone(),
        answer: answer.to_string(),
    });
    let proven = second_factors::prove(&ctx, &proof).await.unwrap();
    assert!(begin(&proven.ctx).await.is_ok());
    let again = second_factors::prove(&proven.ctx, &proof).await;
    assert!(again.is_err(), "a proof works once");
}

#[tokio::test]
async fn nothing_but_a_fresh_answer_of_this_person_to_this_question_counts() {
    let world = Harness::new().await;
    let email = world.admin.email.clone();
    let (ctx, mut browser) = (world.admin().await, Browser::default());
    add(&ctx, &mut browser, "Telephone").await;
    let member = world.person(BuiltInRole::BackupAdmin).await;
    let mut theirs = Browser::default();
    add(&member, &mut theirs, "Theirs").await;

    let first = challenged(&world, &email).await;
    let answer = signed(&mut browser, &first, EVIL).await;
    assert!(give(&world, &first, &answer).await.is_err(), "another page");
    let answer = signed(&mut browser, &first, PUBLIC_URL).await;
    assert!(
        give(&world, &first, &answer).await.is_err(),
        "the question had its answer"
    );

    let second = challenged(&world, &email).await;
    let good = signed(&mut browser, &second, PUBLIC_URL).await;
    let other = challenged(&world, &email).await;
    assert!(
        give(&world, &other, &good).await.is_err(),
        "of another question"
    );
    assert!(give(&world, &second, &good).await.is_ok());
    assert!(give(&world, &second, &good).await.is_err(), "once");

    let member = member.user().unwrap().email.clone();
    let mine = challenged(&world, &email).await;
    let foreign = challenged(&world, &member).await;
    let answer = signed(&mut theirs, &foreign, PUBLIC_URL).await;
    assert!(
        give(&world, &mine, &answer).await.is_err(),
        "of another person"
    );
    for malformed in ["", "null", "{}", "[1]", "\u{0}"] {
        let challenge = challenged(&world, &member).await;
        assert!(give(&world, &challenge, malformed).await.is_err());
    }
    world.clock.advance(SignedDuration::from_mins(6));
    let late = challenged(&world, &email).await;
    let answer = signed(&mut browser, &late, PUBLIC_URL).await;
    world
        .clock
        .advance(SignedDuration::from_mins(CHALLENGE_MINUTES));
    assert!(give(&world, &late, &answer).await.is_err(), "too late");
}

#[tokio::test]
async fn of_two_answers_at_once_one_counts() {
    let world = Harness::new().await;
    let (ctx, mut browser) = (world.admin().await, Browser::default());
    add(&ctx, &mut browser, "Telephone").await;
    let challenge = challenged(&world, &world.admin.email).await;
    let answer = signed(&mut browser, &challenge, PUBLIC_URL).await;
    let all = (0..4).map(|_| give(&world, &challenge, &answer));
    let done = futures_util::future::join_all(all).await;
    assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1);
}

#[tokio::test]
async fn of_two_first_passkeys_at_once_one_comes_with_recovery_codes() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let mut asked = Vec::new();
    for name in ["One", "Two"] {
        let question = begin(&ctx).await.unwrap();
        let answer = Browser::default()
            .register(PUBLIC_URL, &question.options)
            .await;
        asked.push((name, question, answer.to_string()));
    }
    let all = asked
        .iter()
        .map(|(name, question, answer)| create(&ctx, question.secret.text(), name, answer));
    let done = futures_util::future::join_all(all).await;
    // The session has a new secret after the first, so the answer of the second may be lost; its passkey is not.
    let made = done.iter().flatten();
    let codes: Vec<_> = made.filter_map(|one| one.recovery_codes.as_ref()).collect();
    assert!(codes.len() <= 1, "{}", codes.len());
    let own = second_factors::own(&ctx).await.unwrap();
    assert_eq!((own.passkeys, own.recovery_codes_left), (2, 10));
}

#[tokio::test]
async fn a_question_for_a_new_passkey_is_one_persons_for_one_page_once_and_in_time() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let member = world.person(BuiltInRole::BackupAdmin).await;
    let refused = async |ctx: &Ctx, question: &Question, answer: &Value| {
        let made = create(ctx, question.secret.text(), "x", &answer.to_string()).await;
        assert!(made.is_err());
    };
    let question = begin(&ctx).await.unwrap();
    let evil = Browser::default().register(EVIL, &question.options).await;
    refused(&ctx, &question, &evil).await;
    let question = begin(&ctx).await.unwrap();
    let answer = Browser::default()
        .register(PUBLIC_URL, &question.options)
        .await;
    refused(&member, &question, &answer).await;
    let (token, text) = (question.secret.text(), answer.to_string());
    create(&ctx, token, "Telephone", &text).await.unwrap();
    refused(&ctx, &question, &answer).await;
    let question = begin(&member).await.unwrap();
    let answer = Browser::default()
        .register(PUBLIC_URL, &question.options)
        .await;
    world
        .clock
        .advance(SignedDuration::from_mins(CHALLENGE_MINUTES));
    refused(&member, &question, &answer).await;
}

#[tokio::test]
async fn whoever_lost_passkeys_is_helped_by_a_super_admin() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let member = world.person(BuiltInRole::BackupAdmin).await;
    add(&member, &mut Browser::default(), "Lost").await;
    let (id, email) = {
        let user = member.user().unwrap();
        (user.id, user.email.clone())
    };
    second_factors::reset(&ctx, Some(id)).await.unwrap();
    let (services, origin) = (&world.services, Origin::default());
    let session = sessions::create(services, &origin, &email, &PASSWORD.into()).await;
    let ctx = session.unwrap().ctx;
    assert!(list(&ctx).await.unwrap().is_empty());
}

#[tokio::test]
async fn passkeys_are_ones_own_to_name_and_remove_and_codes_go_with_the_last_factor() {
    let world = Harness::new().await;
    let (ctx, mut browser) = (world.admin().await, Browser::default());
    let one = add(&ctx, &mut browser, "One").await;
    let ctx = one.session.ctx;
    let two = add(&ctx, &mut browser, "Two").await;
    let ctx = two.session.ctx;
    let member = world.person(BuiltInRole::BackupAdmin).await;
    for id in [
        Some(one.passkey.id),
        Some(PasskeyId::fresh(ctx.ids())),
        None,
    ] {
        let renamed = rename(&member, id, "Mine").await.unwrap_err();
        assert_eq!(renamed.problems(), missing().problems());
        let deleted = delete(&member, id).await.unwrap_err();
        assert_eq!(deleted.problems(), missing().problems());
    }
    rename(&ctx, Some(one.passkey.id), "First").await.unwrap();
    assert!(rename(&ctx, Some(one.passkey.id), "").await.is_err());
    let all = list(&ctx).await.unwrap().into_iter();
    let mut names: Vec<String> = all.map(|one| one.name).collect();
    // Made at the same time, by a clock that stands.
    names.sort();
    assert_eq!(names, ["First", "Two"]);

    delete(&ctx, Some(one.passkey.id)).await.unwrap();
    assert!(second_factors::own(&ctx).await.unwrap().recovery_codes_left > 0);
    let challenge = challenged(&world, &world.admin.email).await;
    delete(&ctx, Some(two.passkey.id)).await.unwrap();
    let left = second_factors::own(&ctx).await.unwrap();
    assert_eq!((left.recovery_codes_left, left.passkeys), (0, 0));
    let answer = signed(&mut browser, &challenge, PUBLIC_URL).await;
    let gone = give(&world, &challenge, &answer).await;
    assert!(gone.is_err(), "the passkey was removed");
}

#[tokio::test]
async fn a_person_has_a_bounded_number_of_passkeys() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let mut ctx = ctx;
    for number in 0..PASSKEYS_MAX {
        let made = add(&ctx, &mut Browser::default(), &number.to_string()).await;
        ctx = made.session.ctx;
    }
    let code = begin(&ctx).await.unwrap_err().problems().unwrap()[0].code;
    assert_eq!(code, ProblemCode::LimitReached);
}
