//! Links to new passwords (reliability.md T-30, T-33, T-34), and changing one's own.

use domain::ProblemCode;
use domain::membership::MembershipState;
use domain::role::BuiltInRole;
use jiff::SignedDuration;

use super::*;
use crate::mails::Message;
use crate::testing::{Harness, PASSWORD};

mod misuse;

const OTHER: &str = "Wrong-Zebra-8-Teapot";

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

async fn ask(world: &Harness, email: &str) {
    let asked = request_reset(&world.services, &Origin::default(), email).await;
    asked.unwrap();
}

/// The secrets of the links that were sent by now.
async fn links(world: &Harness) -> Vec<String> {
    let mut secrets = Vec::new();
    while let Some(mail) = mails::next(&world.services).await.unwrap() {
        if let Message::PasswordReset { secret } = &mail.message {
            secrets.push(secret.expose_secret().to_owned());
        }
        mails::sent(&world.services, mail.id).await.unwrap();
    }
    secrets
}

async fn link(world: &Harness, email: &str) -> String {
    ask(world, email).await;
    links(world).await.pop().expect("a link")
}

async fn try_reset(world: &Harness, token: &str, password: &str) -> Result<(), Error> {
    let origin = Origin::default();
    reset(&world.services, &origin, token, &secret(password)).await
}

async fn signs_in(world: &Harness, email: &str, password: &str) -> bool {
    let origin = Origin::default();
    let session = sessions::create(&world.services, &origin, email, &secret(password)).await;
    session.is_ok()
}

#[tokio::test]
async fn a_link_sets_a_new_password_once_and_ends_every_session() {
    let world = Harness::new().await;
    let origin = Origin::default();
    let email = world.admin.email.clone();
    let mut old = Vec::new();
    for _ in 0..5 {
        let session = sessions::create(&world.services, &origin, &email, &secret(PASSWORD)).await;
        old.push(session.unwrap().secret.text().expose_secret().to_owned());
    }
    let token = link(&world, &email).await;
    try_reset(&world, &token, OTHER).await.unwrap();
    for cookie in &old {
        let found = sessions::recognise(&world.services, &origin, cookie).await;
        assert!(found.unwrap().is_none(), "an old session lives");
    }
    assert!(!signs_in(&world, &email, PASSWORD).await);
    assert!(signs_in(&world, &email, OTHER).await);
    let again = try_reset(&world, &token, PASSWORD).await.unwrap_err();
    assert_eq!(again.problems().unwrap()[0].field, ["token"]);
}

#[tokio::test]
async fn a_bad_password_does_not_use_the_link_up() {
    let world = Harness::new().await;
    let email = world.admin.email.clone();
    let token = link(&world, &email).await;
    let refused = try_reset(&world, &token, "short").await.unwrap_err();
    assert!(refused.problems().unwrap().len() >= 3);
    try_reset(&world, &token, OTHER).await.unwrap();
}

#[tokio::test]
async fn links_that_are_old_replaced_or_overtaken_are_void() {
    let world = Harness::new().await;
    let email = world.admin.email.clone();
    let is_void = async |token: &str| {
        let refused = try_reset(&world, token, OTHER).await.unwrap_err();
        refused.problems().unwrap()[0].code == ProblemCode::Invalid
    };
    let token = link(&world, &email).await;
    world.clock.advance(SignedDuration::from_secs(3_601));
    assert!(is_void(&token).await, "one hour and a second");

    let first = link(&world, &email).await;
    let second = link(&world, &email).await;
    assert!(is_void(&first).await, "a newer one was made");

    let ctx = world.admin().await;
    change(&ctx, &secret(PASSWORD), &secret(OTHER))
        .await
        .unwrap();
    assert!(is_void(&second).await, "the password was changed since");

    for junk in ["", "x", &"A".repeat(43), &"A".repeat(44)] {
        assert!(is_void(junk).await, "{junk}");
    }
}

/// T-30: the work in the request is one row for everybody; who is known shows when the mail is sent, to nobody but the owner.
#[tokio::test]
async fn known_and_unknown_addresses_are_answered_alike() {
    let world = Harness::new().await;
    for pair in 0..100 {
        let known = world.admin.email.clone();
        let unknown = format!("nobody{pair}@a.test");
        ask(&world, &known).await;
        ask(&world, &unknown).await;
        assert_eq!(links(&world).await.len(), 1, "{pair}");
        // The budget of the mailbox is for another test.
        world.clock.advance(SignedDuration::from_hours(1));
    }
    ask(&world, &world.admin.email).await;
    world.clock.advance(SignedDuration::from_hours(7));
    assert!(
        links(&world).await.is_empty(),
        "nobody waits for it any more"
    );
}

#[tokio::test]
async fn a_mailbox_is_not_flooded() {
    let world = Harness::new().await;
    let origin = Origin::default();
    for email in ["admin@a.test", "nobody@a.test"] {
        for _ in 0..3 {
            request_reset(&world.services, &origin, email)
                .await
                .unwrap();
        }
        let fourth = request_reset(&world.services, &origin, email).await;
        assert!(
            matches!(fourth, Err(Error::TooManyAttempts { .. })),
            "{email}"
        );
    }
    let malformed = request_reset(&world.services, &origin, "nobody").await;
    assert!(malformed.unwrap_err().problems().is_some());
}

#[tokio::test]
async fn a_mail_that_cannot_be_sent_is_tried_again_and_its_first_link_is_void() {
    let world = Harness::new().await;
    let email = world.admin.email.clone();
    ask(&world, &email).await;
    let first = mails::next(&world.services).await.unwrap().expect("a mail");
    assert!(
        mails::next(&world.services).await.unwrap().is_none(),
        "it is taken"
    );
    let given_up = mails::failed(&world.services, first.id, first.attempts).await;
    assert!(!given_up.unwrap());
    assert!(
        mails::next(&world.services).await.unwrap().is_none(),
        "it waits"
    );
    world.clock.advance(SignedDuration::from_secs(15));
    let second = mails::next(&world.services).await.unwrap().expect("again");
    assert_eq!((second.id, second.attempts), (first.id, 2));
    let (Message::PasswordReset { secret: old }, Message::PasswordReset { secret: new }) =
        (&first.message, &second.message)
    else {
        panic!("two links");
    };
    assert!(try_reset(&world, old.expose_secret(), OTHER).await.is_err());
    try_reset(&world, new.expose_secret(), OTHER).await.unwrap();
    assert!(
        mails::failed(&world.services, first.id, 10).await.unwrap(),
        "given up"
    );
}

#[tokio::test]
async fn changing_the_password_needs_the_old_one_and_ends_all_sessions() {
    let world = Harness::new().await;
    let origin = Origin::default();
    let email = world.admin.email.clone();
    let elsewhere = sessions::create(&world.services, &origin, &email, &secret(PASSWORD)).await;
    let elsewhere = elsewhere.unwrap();
    let ctx = world.admin().await;
    let wrong = change(&ctx, &secret("wrong"), &secret(OTHER))
        .await
        .unwrap_err();
    assert_eq!(wrong.problems().unwrap()[0].field, ["currentPassword"]);
    let same = change(&ctx, &secret(PASSWORD), &secret(PASSWORD)).await;
    assert!(same.is_err());
    let fresh = change(&ctx, &secret(PASSWORD), &secret(OTHER))
        .await
        .unwrap();
    let known = async |session: &NewSession| {
        let cookie = session.secret.text().expose_secret();
        let found = sessions::recognise(&world.services, &origin, cookie).await;
        found.unwrap().is_some()
    };
    assert!(!known(&elsewhere).await);
    assert!(known(&fresh).await);
    let told = mails::next(&world.services).await.unwrap().expect("a mail");
    assert_eq!(told.recipient, email);
    assert!(matches!(
        told.message,
        Message::SecurityChanged {
            change: SecurityChange::PasswordChanged,
            ..
        }
    ));
}

#[tokio::test]
async fn an_invitation_is_sent_with_a_fresh_secret_while_it_is_open() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let invited = world.person(BuiltInRole::HelpdeskAdmin).await;
    let invited = invited.user().expect("a person").clone();
    let now = world.services.clock.now();
    let invitation = domain::invitation::Invitation {
        id: domain::InvitationId::fresh(ctx.ids()),
        organization_id: ctx.organization(),
        user_id: invited.id,
        invited_by: Some(world.admin.id),
        created_at: now,
        expires_at: now + SignedDuration::from_hours(7 * 24),
        accepted_at: None,
        revoked_at: None,
    };
    let content = MailContent::Invited {
        organization_id: ctx.organization(),
        invitation_id: invitation.id,
    };
    let mut tx = world.services.store.begin().await.unwrap();
    store::invitations::add(&mut tx, &invitation, b"nothing yet")
        .await
        .unwrap();
    for _ in 0..2 {
        mails::queue(&mut tx, &world.services, &invited.email, &content)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let mut hashes = Vec::new();
    for mail in world.mails().await {
        let Message::Invitation {
            organization,
            invited_by,
            secret,
            ..
        } = mail.message
        else {
            panic!("an invitation");
        };
        assert_eq!(
            (organization.as_str(), invited_by.as_deref()),
            ("Example", Some("Ann"))
        );
        let secret = LinkSecret::parse(secret.expose_secret()).expect("a secret");
        hashes.push(secret.digest(LinkPurpose::AcceptInvitation));
    }
    let tx = world.services.store.begin().await.unwrap();
    let mut found = Vec::new();
    for hash in &hashes {
        let row = store::invitations::system_lock_by_hash(&tx, hash.as_bytes()).await;
        found.push(row.unwrap().map(|row| row.id));
    }
    tx.rollback().await.unwrap();
    assert_eq!(
        found,
        [None, Some(invitation.id)],
        "the newer mail's secret counts"
    );

    let mut tx = world.services.store.begin().await.unwrap();
    store::invitations::revoke_all(&mut tx, ctx.organization(), invited.id, now)
        .await
        .unwrap();
    mails::queue(&mut tx, &world.services, &invited.email, &content)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(world.mails().await.is_empty(), "it was taken back");
}

#[tokio::test]
async fn a_change_is_recorded_in_every_organization_of_the_person() {
    let world = Harness::new().await;
    let email = world.admin.email.clone();
    let stranger = world.stranger().await;
    let membership = domain::membership::Membership {
        organization_id: stranger.organization(),
        user_id: world.admin.id,
        state: MembershipState::Active,
        invited_by: None,
        created_at: world.services.clock.now(),
        last_active_at: None,
    };
    let mut tx = world.services.store.begin().await.unwrap();
    store::memberships::add(&mut tx, &membership).await.unwrap();
    tx.commit().await.unwrap();
    let token = link(&world, &email).await;
    try_reset(&world, &token, OTHER).await.unwrap();
    let page = domain::page::PageRequest::default();
    let filter = domain::audit::AuditFilter::default();
    let reader = world.services.store.read();
    for organization in [world.organization.id, stranger.organization()] {
        let log = store::audit::list(&reader, organization, &filter, &page).await;
        let log = log.unwrap().into_nodes();
        let resets = log.iter().filter(|one| one.action == "reset_password");
        assert_eq!(resets.count(), 1, "{organization}");
    }
}

#[tokio::test]
async fn the_own_sessions_are_listed_and_the_others_end() {
    let world = Harness::new().await;
    let other = world.person(BuiltInRole::ReportingAuditAdmin).await;
    let first = world.admin().await;
    let second = world.admin().await;
    let listed = sessions::list(&second).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(sessions::delete_others(&second).await.unwrap(), 1);
    let left = sessions::list(&second).await.unwrap();
    let own = second.credential().map(Credential::id);
    assert_eq!(left.len(), 1);
    assert_eq!(Some(left[0].id.to_string()), own);
    assert_ne!(first.credential().map(Credential::id), own);
    assert_eq!(
        sessions::list(&other).await.unwrap().len(),
        1,
        "nobody else's"
    );
}
