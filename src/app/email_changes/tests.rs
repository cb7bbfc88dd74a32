//! Another address: who may ask, what the mailboxes are told (reliability.md T-30), and what the link is good for (T-33).

use domain::ProblemCode;
use domain::membership::{Membership, MembershipState};
use domain::role::BuiltInRole;
use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};

use super::*;
use crate::context::{Origin, Services};
use crate::mails::Message;
use crate::testing::{Harness, PASSWORD};
use crate::{api_tokens, passwords, sessions};

const NEW: &str = "ann@other.example";

/// The secrets of the links that were sent by now, and to where.
async fn links(world: &Harness) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for mail in world.mails().await {
        if let Message::EmailChange { secret } = &mail.message {
            found.push((mail.recipient.clone(), secret.expose_secret().to_owned()));
        }
    }
    found
}

async fn link(world: &Harness, ctx: &Ctx, email: &str) -> String {
    request(ctx, email).await.unwrap();
    let (recipient, token) = links(world).await.pop().expect("a link");
    assert_eq!(recipient, email);
    token
}

async fn signs_in(services: &std::sync::Arc<Services>, email: &str) -> bool {
    let password = SecretString::from(PASSWORD);
    sessions::create(services, &Origin::default(), email, &password)
        .await
        .is_ok()
}

fn field(refused: &Error) -> &[String] {
    &refused.problems().unwrap()[0].field
}

#[tokio::test]
async fn a_person_signs_in_with_the_new_address_and_the_old_mailbox_is_told() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let token = link(&world, &ctx, NEW).await;
    let services = &world.services;
    assert!(!signs_in(services, NEW).await && signs_in(services, "admin@a.test").await);
    let user = confirm(&ctx, &token).await.unwrap();
    assert_eq!((user.id, user.email.as_str()), (world.admin.id, NEW));
    assert!(signs_in(services, NEW).await && !signs_in(services, "admin@a.test").await);
    let told = world.mails().await;
    let [mail] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!(mail.recipient, "admin@a.test");
    assert!(matches!(
        mail.message,
        Message::SecurityChanged {
            change: SecurityChange::EmailChanged,
            ..
        }
    ));
    let filter = domain::audit::AuditFilter::default();
    let page = domain::page::PageRequest::default();
    let log = audit::list(&ctx, &filter, &page)
        .await
        .unwrap()
        .into_nodes();
    let summary = serde_json::json!({ "from": "admin@a.test", "to": NEW });
    for action in ["request_email_change", "confirm_email_change"] {
        let found = log.iter().find(|one| one.action == action);
        assert_eq!(found.map(|one| &one.summary), Some(&summary), "{action}");
    }
}

/// T-30: what is asked, written and answered is the same; who has the address shows in that mailbox alone.
#[tokio::test]
async fn known_and_unknown_addresses_are_answered_alike() {
    let world = Harness::new().await;
    let known = world.person(BuiltInRole::BackupAdmin).await;
    let known = known.user().unwrap().email.clone();
    let mut taken = 0;
    for pair in 0..100 {
        // The budgets are for another test, and a proof lasts a quarter of an hour.
        world.clock.advance(SignedDuration::from_hours(1));
        let ctx = world.admin().await;
        for email in [known.clone(), format!("nobody{pair}@a.test")] {
            request(&ctx, &email).await.unwrap();
            let sent = world.mails().await;
            let [mail] = sent.as_slice() else {
                panic!("{sent:?}");
            };
            assert_eq!(mail.recipient, email);
            taken += u32::from(matches!(mail.message, Message::AddressTaken));
        }
    }
    assert_eq!(taken, 100);
}

#[tokio::test]
async fn a_link_is_good_for_its_person_once_in_time_and_for_nothing_else() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let other = world.person(BuiltInRole::SuperAdmin).await;
    let void = async |ctx: &Ctx, token: &str, why: &str| {
        let refused = confirm(ctx, token).await.unwrap_err();
        assert_eq!(field(&refused), ["token"], "{why}");
    };
    let first = link(&world, &ctx, NEW).await;
    void(&other, &first, "somebody else's").await;
    let origin = Origin::default();
    let password = SecretString::from("Wrong-Zebra-8-Teapot");
    let reset = passwords::reset(&world.services, &origin, &first, &password).await;
    assert!(reset.is_err(), "it sets no password");
    let second = link(&world, &ctx, NEW).await;
    void(&ctx, &first, "the older of two").await;

    let asked = passwords::request_reset(&world.services, &origin, "admin@a.test").await;
    asked.unwrap();
    let mails = world.mails().await;
    let Some(Message::PasswordReset { secret }) = mails.first().map(|mail| &mail.message) else {
        panic!("{mails:?}");
    };
    void(&ctx, secret.expose_secret(), "one that sets a password").await;

    confirm(&ctx, &second).await.unwrap();
    void(&ctx, &second, "a used one").await;
    let token = secret.expose_secret();
    let reset = passwords::reset(&world.services, &origin, token, &password).await;
    assert!(reset.is_err(), "it went to the old address");

    let late = link(&world, &other, "bob@other.example").await;
    world.clock.advance(SignedDuration::from_secs(3_601));
    void(&other, &late, "an hour and a second").await;
    let again = sign_in(&world, &other).await;
    let token = link(&world, &again, "bob@other.example").await;
    let (old, new) = (SecretString::from(PASSWORD), password);
    passwords::change(&again, &old, &new).await.unwrap();
    void(&again, &token, "the password was changed since").await;
    for junk in ["", "x", &"A".repeat(43), &"A".repeat(44)] {
        void(&again, junk, "no link").await;
    }
}

async fn sign_in(world: &Harness, ctx: &Ctx) -> Ctx {
    let (email, password) = (&ctx.user().unwrap().email, SecretString::from(PASSWORD));
    let session = sessions::create(&world.services, &Origin::default(), email, &password).await;
    session.unwrap().ctx
}

#[tokio::test]
async fn an_address_that_somebody_took_meanwhile_stays_theirs() {
    let world = Harness::new().await;
    let (ctx, other) = (
        world.admin().await,
        world.person(BuiltInRole::HelpdeskAdmin).await,
    );
    let mine = link(&world, &ctx, NEW).await;
    let theirs = link(&world, &other, NEW).await;
    confirm(&other, &theirs).await.unwrap();
    let refused = confirm(&ctx, &mine).await.unwrap_err();
    assert_eq!(field(&refused), ["token"]);
    let found = store::users::find_credentials_by_email(&world.services.store.read(), NEW).await;
    assert_eq!(
        found.unwrap().map(|(user, _)| user.id),
        other.user().map(|user| user.id)
    );
    assert!(signs_in(&world.services, "admin@a.test").await);
}

#[tokio::test]
async fn programs_people_without_password_and_old_proofs_change_no_address() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let (_, secret) = api_tokens::create(&ctx, "ci", None).await.unwrap();
    let text = secret.text().expose_secret().to_owned();
    let program = api_tokens::recognise(&world.services, &Origin::default(), &text).await;
    let program = program.unwrap().expect("a caller");
    let token = link(&world, &ctx, NEW).await;
    for refused in [
        request(&program, NEW).await,
        confirm(&program, &token).await.map(drop),
    ] {
        let code = refused.unwrap_err().problems().unwrap()[0].code;
        assert_eq!(code, ProblemCode::PreconditionFailed);
    }

    let provided = provided(&world).await;
    let refused = request(&provided, "carl@other.example").await.unwrap_err();
    assert_eq!(
        refused.problems().unwrap()[0].code,
        ProblemCode::PreconditionFailed
    );
    assert!(world.mails().await.is_empty());

    for wrong in ["nobody", "", " ADMIN@a.test "] {
        let refused = request(&ctx, wrong).await.unwrap_err();
        assert_eq!(field(&refused), ["email"], "{wrong}");
    }
    world.clock.advance(SignedDuration::from_mins(15));
    let refused = request(&ctx, NEW).await;
    assert!(matches!(refused, Err(Error::ProofNeeded)), "{refused:?}");
}

/// The session of somebody who came through an identity provider.
async fn provided(world: &Harness) -> Ctx {
    let now = world.services.clock.now();
    let user = User {
        id: domain::UserId::fresh(world.services.ids.as_ref()),
        name: "Carl".to_owned(),
        email: "carl@a.test".to_owned(),
        password_changed_at: None,
        email_confirmed_at: Some(now),
        created_at: now,
    };
    let membership = Membership {
        organization_id: world.organization.id,
        user_id: user.id,
        state: MembershipState::Active,
        invited_by: None,
        created_at: now,
        last_active_at: None,
    };
    let mut tx = world.services.store.begin().await.unwrap();
    store::users::add(&mut tx, &user, None).await.unwrap();
    store::memberships::add(&mut tx, &membership).await.unwrap();
    tx.commit().await.unwrap();
    let (origin, organization) = (Origin::default(), world.organization.id);
    let session = sessions::begin(&world.services, &origin, user, organization);
    session.await.unwrap().expect("a session").ctx
}

#[tokio::test]
async fn nobody_floods_mailboxes_with_links() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let limited =
        |refused: Result<(), Error>| matches!(refused, Err(Error::TooManyAttempts { .. }));
    for _ in 0..3 {
        request(&ctx, NEW).await.unwrap();
    }
    assert!(limited(request(&ctx, NEW).await), "one mailbox");
    let other = world.person(BuiltInRole::HelpdeskAdmin).await;
    assert!(limited(request(&other, NEW).await), "whoever asks");
    request(&ctx, "a@other.example").await.unwrap();
    assert!(
        limited(request(&ctx, "b@other.example").await),
        "one person"
    );
}
