//! Invitations: alike for known and unknown addresses, once, in time, and by the person alone.

use domain::audit::AuditFilter;
use domain::organization_settings::PasswordProfile;
use domain::page::PageRequest;
use domain::role::BuiltInRole;
use secrecy::ExposeSecret as _;

use super::*;
use crate::mails::Message;
use crate::passwords;
use crate::sessions;
use crate::settings::Settings;
use crate::testing::{Harness, PASSWORD};

const OTHER: &str = "Wrong-Zebra-8-Teapot";

fn code(result: Result<impl std::fmt::Debug, Error>) -> ProblemCode {
    let error = result.unwrap_err();
    error.problems().map(|all| all[0].code).expect("a problem")
}

/// The secrets of the invitations that were sent by now.
async fn links(world: &Harness) -> Vec<String> {
    let mut secrets = Vec::new();
    while let Some(mail) = mails::next(&world.services).await.unwrap() {
        if let Message::Invitation { secret, .. } = &mail.message {
            secrets.push(secret.expose_secret().to_owned());
        }
        mails::sent(&world.services, mail.id).await.unwrap();
    }
    secrets
}

async fn asked(world: &Harness, ctx: &Ctx, email: &str) -> (Invited, String) {
    let grant = (
        Some(BuiltInRole::BackupAdmin.id()),
        Some(world.root().await),
    );
    let invited = invite(ctx, email, &[grant]).await.unwrap();
    (invited, links(world).await.pop().expect("a link"))
}

async fn answered(world: &Harness, token: &str, password: &str) -> Result<Organization, Error> {
    agreed(world, token, password, "").await
}

async fn agreed(
    world: &Harness,
    token: &str,
    password: &str,
    terms_version: &str,
) -> Result<Organization, Error> {
    let answer = Acceptance {
        token: token.to_owned(),
        name: " Eve ".to_owned(),
        password: SecretString::from(password),
        terms_version: terms_version.to_owned(),
    };
    accept(&world.services, &Origin::default(), &answer).await
}

#[tokio::test]
async fn a_new_person_accepts_the_present_terms_and_a_known_one_has_before() {
    let mut settings = Settings::default();
    settings.sign_up.terms_version = "2026-11".to_owned();
    let world = Harness::with(settings).await;
    let admin = world.admin().await;
    let (_, link) = asked(&world, &admin, "eve@a.test").await;
    for version in ["", "2026-10", "2026-11 "] {
        let refused = agreed(&world, &link, OTHER, version).await.unwrap_err();
        let problem = &refused.problems().unwrap()[0];
        assert_eq!(problem.field, ["termsVersion"], "{version}");
    }
    agreed(&world, &link, OTHER, "2026-11").await.unwrap();
    let eve = enters(&world, "eve@a.test", OTHER).await.unwrap();
    let reader = world.services.store.read();
    let accepted = store::sign_ups::accepted_terms(&reader, eve.user().unwrap().id);
    let accepted = accepted.await.unwrap();
    assert!(
        accepted
            .iter()
            .any(|one| format!("{one:?}").contains("2026-11")),
        "{accepted:?}"
    );
}

async fn enters(world: &Harness, email: &str, password: &str) -> Option<Ctx> {
    let (origin, password) = (Origin::default(), SecretString::from(password));
    let session = sessions::create(&world.services, &origin, email, &password).await;
    session.ok().map(|session| session.ctx)
}

#[tokio::test]
async fn a_new_person_joins_once_with_what_they_were_granted() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let (invited, link) = asked(&world, &admin, " Eve@A.test ").await;
    assert_eq!(
        (invited.email.as_str(), invited.grants.len()),
        ("eve@a.test", 1)
    );
    assert!(enters(&world, "eve@a.test", OTHER).await.is_none());
    assert_eq!(
        code(answered(&world, &link, "short").await),
        ProblemCode::Invalid
    );
    assert_eq!(
        code(answered(&world, "x", OTHER).await),
        ProblemCode::Invalid
    );
    let (one, two) = tokio::join!(
        answered(&world, &link, OTHER),
        answered(&world, &link, OTHER)
    );
    assert!(one.is_ok() ^ two.is_ok(), "{one:?} {two:?}");
    assert!(answered(&world, &link, OTHER).await.is_err());
    let eve = enters(&world, "eve@a.test", OTHER).await.unwrap();
    assert_eq!(eve.user().unwrap().name, "Eve");
    assert!(eve.can(Permission::BackupRun) && !eve.can(Permission::UserManage));
    assert!(list(&admin).await.unwrap().is_empty());
}

/// Everything that the caller's organization has recorded.
async fn recorded(ctx: &Ctx) -> Vec<String> {
    let (all, page) = (AuditFilter::default(), PageRequest::default());
    let found = audit::list(ctx, &all, &page).await.unwrap();
    let events = found.into_nodes().into_iter();
    events.map(|one| one.event.action).collect()
}

#[tokio::test]
async fn whoever_has_only_invited_a_person_hears_nothing_of_what_they_do_to_their_account() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let known = world.stranger().await;
    let (_, link) = asked(&world, &admin, "admin@b.test").await;
    let before = recorded(&admin).await;
    let own_before = recorded(&known).await.len();
    crate::profiles::update(&known, "Other Name").await.unwrap();
    assert_eq!(recorded(&admin).await, before);
    assert!(recorded(&known).await.len() > own_before);
    // Nor has it a say in their password, as its members have.
    let mut tx = world.services.store.begin().await.unwrap();
    let mut organization = world.organization.clone();
    let version = organization.version;
    organization.version += 1;
    organization.settings.password_profile = PasswordProfile::Nist;
    store::organizations::update(&mut tx, &organization, version)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let alone = passwords::own_rules(&known).await.unwrap();
    answered(&world, &link, PASSWORD).await.unwrap();
    crate::profiles::update(&known, "Third Name").await.unwrap();
    assert!(recorded(&admin).await.len() > before.len());
    assert_ne!(passwords::own_rules(&known).await.unwrap(), alone);
}

#[tokio::test]
async fn a_known_person_joins_by_their_own_password_only_and_was_not_seen_before() {
    let world = Harness::new().await;
    let stranger = world.stranger().await;
    let admin = world.admin().await;
    let (known, link) = asked(&world, &admin, "admin@b.test").await;
    let (unknown, _) = asked(&world, &admin, "nobody@b.test").await;
    for invited in [&known, &unknown] {
        let hidden = crate::users::lookup(&admin, invited.invitation.user_id).await;
        assert_eq!(hidden.unwrap(), None, "{}", invited.email);
        let removed = crate::memberships::remove(&admin, Some(invited.invitation.user_id)).await;
        assert_eq!(code(removed), ProblemCode::NotFound);
    }
    let all = crate::users::MemberFilter::default();
    assert_eq!(crate::users::count(&admin, &all).await.unwrap(), 1);
    assert_eq!(
        code(answered(&world, &link, OTHER).await),
        ProblemCode::Invalid
    );
    answered(&world, &link, PASSWORD).await.unwrap();
    let own = crate::users::own_memberships(&stranger).await.unwrap();
    let joined = |state| own.iter().filter(|(one, _)| one.state == state).count();
    assert_eq!(joined(MembershipState::Active), 2);
    assert!(
        enters(&world, "admin@b.test", OTHER).await.is_none(),
        "no new password"
    );
    assert_eq!(crate::users::count(&admin, &all).await.unwrap(), 2);
    let grant = (
        Some(BuiltInRole::BackupAdmin.id()),
        Some(world.root().await),
    );
    let again = invite(&admin, "admin@b.test", &[grant]).await;
    assert_eq!(code(again), ProblemCode::Taken);
}

#[tokio::test]
async fn of_1000_passwords_guessed_at_an_invitation_few_are_looked_at() {
    let world = Harness::new().await;
    world.stranger().await;
    let admin = world.admin().await;
    let (_, link) = asked(&world, &admin, "admin@b.test").await;
    let before = world.services.passwords.verifications();
    for _ in 0..1_000 {
        assert!(answered(&world, &link, OTHER).await.is_err());
        world.clock.advance(SignedDuration::from_secs(1));
    }
    let looked_at = world.services.passwords.verifications() - before;
    assert!((4..=100).contains(&looked_at), "{looked_at}");
}

#[tokio::test]
async fn a_link_is_void_after_seven_days_a_newer_one_or_a_revocation() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let (invited, first) = asked(&world, &admin, "eve@a.test").await;
    let id = Some(invited.invitation.id);
    world.clock.advance(SignedDuration::from_hours(7 * 24));
    assert!(
        answered(&world, &first, OTHER).await.is_err(),
        "it has run out"
    );
    let admin = world.admin().await;
    assert_eq!(list(&admin).await.unwrap().len(), 1);
    resend(&admin, id).await.unwrap();
    let second = links(&world).await.pop().unwrap();
    assert!(
        answered(&world, &first, OTHER).await.is_err(),
        "a newer one was sent"
    );
    let stranger = world.stranger().await;
    assert_eq!(code(revoke(&stranger, id).await), ProblemCode::NotFound);
    assert_eq!(code(resend(&stranger, id).await), ProblemCode::NotFound);
    revoke(&admin, id).await.unwrap();
    assert!(
        answered(&world, &second, OTHER).await.is_err(),
        "it was taken back"
    );
    assert_eq!(code(revoke(&admin, id).await), ProblemCode::NotFound);
    let (_, third) = asked(&world, &admin, "eve@a.test").await;
    answered(&world, &third, OTHER).await.unwrap();
}

#[tokio::test]
async fn nobody_invites_above_themselves_and_no_mailbox_is_flooded() {
    let world = Harness::new().await;
    let root = Some(world.root().await);
    let manager = world
        .person_with(&[Permission::Read, Permission::UserManage])
        .await;
    let wide = [(Some(BuiltInRole::SuperAdmin.id()), root)];
    assert_eq!(
        code(invite(&manager, "x@a.test", &wide).await),
        ProblemCode::Forbidden
    );
    let admin = world.admin().await;
    let above = invite(&admin, "y@a.test", &wide).await.unwrap();
    let id = Some(above.invitation.id);
    assert_eq!(
        code(revoke(&manager, id).await),
        ProblemCode::PreconditionFailed
    );
    for bad in ["", "x", "a b@c.d"] {
        assert_eq!(code(invite(&admin, bad, &wide).await), ProblemCode::Invalid);
    }
    assert_eq!(
        code(invite(&admin, "z@a.test", &[]).await),
        ProblemCode::Invalid
    );
    let keeper = world.person(BuiltInRole::BackupAdmin).await;
    let refused = invite(&keeper, "z@a.test", &wide).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    let mut last = None;
    for _ in 0..5 {
        last = resend(&admin, id).await.err();
    }
    assert!(
        matches!(last, Some(Error::TooManyAttempts { .. })),
        "{last:?}"
    );
}
