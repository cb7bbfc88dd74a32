//! Sign-up (reliability.md T-30, T-33).

use domain::ProblemCode;
use domain::membership::MembershipState;
use domain::role::BuiltInRole;
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;

use super::*;
use crate::mails::Message;
use crate::settings::{Settings, SignUpSettings};
use crate::testing::{Harness, PASSWORD};

const EMAIL: &str = "eve@corp.example";

async fn world() -> Harness {
    Harness::with(Settings {
        sign_up: SignUpSettings {
            is_open: true,
            terms_version: "2026-11".to_owned(),
            terms_text: "Be kind.".to_owned(),
        },
        ..Settings::default()
    })
    .await
}

fn form(email: &str) -> NewSignUp {
    NewSignUp {
        name: "Eve".to_owned(),
        email: email.to_owned(),
        password: PASSWORD.to_owned().into(),
        organization_name: "Acme".to_owned(),
        terms_version: "2026-11".to_owned(),
    }
}

async fn sign_up(world: &Harness, email: &str) -> Result<(), Error> {
    request(&world.services, &Origin::default(), form(email)).await
}

async fn token(world: &Harness) -> String {
    let mail = world.mails().await.pop().expect("a mail");
    let Message::Confirmation { secret, .. } = mail.message else {
        panic!("no link");
    };
    secret.expose_secret().to_owned()
}

async fn try_confirm(world: &Harness, token: &str, password: &str) -> Result<Organization, Error> {
    let origin = Origin::default();
    confirm(&world.services, &origin, token, &password.to_owned().into()).await
}

#[tokio::test]
async fn whoever_signs_up_with_anothers_address_takes_no_link_to_a_new_password_from_them() {
    let world = world().await;
    for _ in 0..3 {
        sign_up(&world, "admin@a.test").await.unwrap();
    }
    assert!(sign_up(&world, "admin@a.test").await.is_err(), "enough");
    let origin = Origin::default();
    let asked = crate::passwords::request_reset(&world.services, &origin, "admin@a.test").await;
    asked.unwrap();
    let is_link = |mail: &mails::Outgoing| matches!(mail.message, Message::PasswordReset { .. });
    assert!(world.mails().await.iter().any(is_link));
}

async fn signs_in(world: &Harness) -> Option<crate::Ctx> {
    let password = SecretString::from(PASSWORD);
    let origin = Origin::default();
    let session = crate::sessions::create(&world.services, &origin, EMAIL, &password).await;
    session.ok().map(|session| session.ctx)
}

#[tokio::test]
async fn a_stranger_becomes_super_admin_of_an_organization_of_their_own() {
    let world = world().await;
    sign_up(&world, " Eve@Corp.example").await.unwrap();
    assert!(signs_in(&world).await.is_none(), "nothing exists yet");
    let token = token(&world).await;
    let wrong = try_confirm(&world, &token, "Wrong-Zebra-8-Teapot").await;
    assert_eq!(
        wrong.unwrap_err().problems().unwrap()[0].field,
        ["password"]
    );
    let made = try_confirm(&world, &token, PASSWORD).await.unwrap();
    assert_eq!(made.name, "Acme");
    let again = try_confirm(&world, &token, PASSWORD).await;
    assert_eq!(again.unwrap_err().problems().unwrap()[0].field, ["token"]);
    let ctx = signs_in(&world).await.expect("a session");
    assert_eq!(ctx.organization(), made.id);
    assert!(ctx.can(domain::permission::Permission::SettingsManage));
    let user = ctx.user().unwrap();
    let terms = store::sign_ups::accepted_terms(&ctx.read(), user.id).await;
    assert_eq!(terms.unwrap()[0].0, "2026-11");
    let filter = domain::audit::AuditFilter::default();
    let page = domain::page::PageRequest::default();
    let log = audit::list(&ctx, &filter, &page).await.unwrap();
    let mut names: Vec<String> = log
        .into_nodes()
        .iter()
        .map(|one| one.action.clone())
        .collect();
    names.sort();
    assert_eq!(names, ["confirm_sign_up", "create_session"]);
}

/// T-30: one row and one mail for everybody; only the owner of the mailbox reads the difference.
#[tokio::test]
async fn known_and_unknown_addresses_are_answered_alike() {
    let world = world().await;
    let known = world.admin.email.clone();
    sign_up(&world, &known).await.unwrap();
    sign_up(&world, EMAIL).await.unwrap();
    let is_told = |mail: &mails::Outgoing| matches!(mail.message, Message::AlreadyRegistered);
    let told = async || {
        let mails = world.mails().await;
        let mut told: Vec<(String, bool)> = mails
            .iter()
            .map(|mail| (mail.recipient.clone(), is_told(mail)))
            .collect();
        told.sort();
        told
    };
    let both = [(known.clone(), true), (EMAIL.to_owned(), false)];
    assert_eq!(told().await, both);
    let origin = Origin::default();
    for email in [&known, EMAIL, "nobody@corp.example"] {
        request_confirmation(&world.services, &origin, email)
            .await
            .unwrap();
    }
    assert_eq!(told().await, both, "nobody signed up as nobody");
}

#[tokio::test]
async fn links_end_after_an_hour_and_another_one_can_be_asked_for() {
    let world = world().await;
    let origin = Origin::default();
    sign_up(&world, EMAIL).await.unwrap();
    let first = token(&world).await;
    world.clock.advance(SignedDuration::from_secs(3_601));
    let late = try_confirm(&world, &first, PASSWORD).await;
    assert_eq!(late.unwrap_err().problems().unwrap()[0].field, ["token"]);
    let again = request_confirmation(&world.services, &origin, EMAIL).await;
    again.unwrap();
    let second = token(&world).await;
    for junk in ["", "x", &first, &"A".repeat(43)] {
        assert!(try_confirm(&world, junk, PASSWORD).await.is_err(), "{junk}");
    }
    try_confirm(&world, &second, PASSWORD).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(25));
    let never = request_confirmation(&world.services, &origin, "x@y.example").await;
    never.unwrap();
    assert!(world.mails().await.is_empty());
}

#[tokio::test]
async fn of_two_sign_ups_of_one_address_one_becomes_an_account() {
    let world = world().await;
    sign_up(&world, EMAIL).await.unwrap();
    let first = token(&world).await;
    sign_up(&world, EMAIL).await.unwrap();
    let second = token(&world).await;
    let (one, two) = tokio::join!(
        try_confirm(&world, &first, PASSWORD),
        try_confirm(&world, &second, PASSWORD),
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}

#[tokio::test]
async fn whoever_was_only_invited_can_sign_up_and_stays_invited() {
    let world = world().await;
    let ctx = world.admin().await;
    let now = ctx.now();
    let invited = User {
        id: UserId::fresh(ctx.ids()),
        name: "Invited".to_owned(),
        email: EMAIL.to_owned(),
        password_changed_at: None,
        email_confirmed_at: None,
        created_at: now,
    };
    let membership = domain::membership::Membership {
        organization_id: ctx.organization(),
        user_id: invited.id,
        state: MembershipState::Invited,
        invited_by: None,
        created_at: now,
        last_active_at: None,
    };
    let mut tx = ctx.begin().await.unwrap();
    store::users::add(&mut tx, &invited, None).await.unwrap();
    store::memberships::add(&mut tx, &membership).await.unwrap();
    tx.commit().await.unwrap();
    sign_up(&world, EMAIL).await.unwrap();
    let token = token(&world).await;
    let made = try_confirm(&world, &token, PASSWORD).await.unwrap();
    let eve = signs_in(&world).await.expect("a session");
    assert_eq!(
        (eve.organization(), eve.user().unwrap().id),
        (made.id, invited.id)
    );
    let still = store::memberships::lookup(&ctx.read(), ctx.organization(), invited.id).await;
    assert_eq!(still.unwrap().unwrap().state, MembershipState::Invited);
}

#[tokio::test]
async fn what_is_wrong_is_named_rule_by_rule_and_a_closed_door_says_so() {
    let world = world().await;
    let origin = Origin::default();
    let bad = NewSignUp {
        name: String::new(),
        email: "nobody".to_owned(),
        password: "short".to_owned().into(),
        organization_name: String::new(),
        terms_version: "1".to_owned(),
    };
    let refused = request(&world.services, &origin, bad).await.unwrap_err();
    let fields: Vec<String> = refused
        .problems()
        .unwrap()
        .iter()
        .map(|problem| problem.field.join("."))
        .collect();
    for field in ["name", "email", "organizationName", "termsVersion"] {
        assert!(fields.iter().any(|one| one == field), "{field}: {fields:?}");
    }
    let broken = fields.iter().filter(|one| *one == "password").count();
    assert_eq!(
        broken, 5,
        "length, upper case, digit, special, easy to guess"
    );
    assert!(world.mails().await.is_empty());

    let closed = Harness::new().await;
    let refused = sign_up(&closed, EMAIL).await.unwrap_err();
    assert_eq!(
        refused.problems().unwrap()[0].code,
        ProblemCode::PreconditionFailed
    );
    let person = closed.person(BuiltInRole::HelpdeskAdmin).await;
    assert!(person.user().is_some());
}
