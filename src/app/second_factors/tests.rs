//! Second factors (reliability.md T-32, T-33, T-34).

use domain::ProblemCode;
use domain::membership::MembershipState;
use domain::role::BuiltInRole;
use tokio::task::JoinSet;

use super::*;
use crate::mails::Message;
use crate::sessions::SignIn;
use crate::testing::{Harness, PASSWORD};
use crate::{api_tokens, passwords};

const OTHER: &str = "Wrong-Zebra-8-Teapot";

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

fn code(world: &Harness, app: &TotpSecret) -> SecretString {
    app.code_at(world.services.clock.now()).unwrap().into()
}

async fn sign_in(world: &Harness, email: &str, password: &str) -> SignIn {
    let (services, origin) = (&world.services, Origin::default());
    let done = sessions::sign_in(services, &origin, email, &secret(password)).await;
    done.expect("the right password")
}

async fn challenged(world: &Harness, email: &str, password: &str) -> String {
    match sign_in(world, email, password).await {
        SignIn::Challenged(challenge) => challenge.secret.text().expose_secret().to_owned(),
        SignIn::Done(_) => panic!("nobody asked for a second factor"),
    }
}

async fn give(world: &Harness, token: &str, factor: Factor) -> Result<NewSession, Error> {
    complete(&world.services, &Origin::default(), token, &factor).await
}

async fn lives(world: &Harness, session: &str) -> bool {
    let found = sessions::recognise(&world.services, &Origin::default(), session).await;
    found.unwrap().is_some()
}

/// Sets an app up and moves on to the next step, so that its next code is unused.
async fn set_up(world: &Harness, ctx: &Ctx) -> (TotpSecret, Vec<RecoveryCode>, NewSession) {
    let setup = begin_totp(ctx).await.unwrap();
    let app = TotpSecret::from_text(setup.secret);
    let (session, codes) = confirm_totp(ctx, &code(world, &app)).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(30));
    (app, codes, session)
}

fn fields(error: &Error) -> Vec<String> {
    let all = error.problems().unwrap_or_default().iter();
    all.map(|one| one.field.join(".")).collect()
}

async fn settings(world: &Harness, change: impl FnOnce(&mut OrganizationSettings)) {
    let mut tx = world.services.store.begin().await.unwrap();
    let found = store::organizations::lock(&tx, world.organization.id).await;
    let mut organization = found.unwrap().unwrap();
    let version = organization.version;
    change(&mut organization.settings);
    organization.version += 1;
    store::organizations::update(&mut tx, &organization, version)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_app_is_set_up_by_its_code_and_asked_for_at_the_next_sign_in() {
    let world = Harness::new().await;
    let email = world.admin.email.clone();
    let SignIn::Done(first) = sign_in(&world, &email, PASSWORD).await else {
        panic!("no factor yet");
    };
    let setup = begin_totp(&first.ctx).await.unwrap();
    assert!(setup.picture.expose_secret().contains("<svg"));
    assert!(setup.address.expose_secret().starts_with("otpauth://totp/"));
    let app = TotpSecret::from_text(setup.secret);
    let wrong = confirm_totp(&first.ctx, &secret("000000")).await;
    assert_eq!(fields(&wrong.unwrap_err()), ["code"]);
    assert!(matches!(
        sign_in(&world, &email, PASSWORD).await,
        SignIn::Done(_)
    ));
    let (session, codes) = confirm_totp(&first.ctx, &code(&world, &app)).await.unwrap();
    assert_eq!(codes.len(), 10);
    let old = first.secret.text().expose_secret();
    assert!(!lives(&world, old).await, "the secret of before is void");
    assert!(lives(&world, session.secret.text().expose_secret()).await);
    assert!(begin_totp(&session.ctx).await.is_err(), "one app");

    let token = challenged(&world, &email, PASSWORD).await;
    let reused = give(&world, &token, Factor::Code(code(&world, &app))).await;
    assert_eq!(fields(&reused.unwrap_err()), ["factor"], "used to confirm");
    world.clock.advance(SignedDuration::from_secs(30));
    let done = give(&world, &token, Factor::Code(code(&world, &app))).await;
    let done = done.unwrap();
    assert_eq!(done.ctx.user().unwrap().id, world.admin.id);
    assert!(done.ctx.can(Permission::SettingsManage));
    world.clock.advance(SignedDuration::from_secs(30));
    let again = give(&world, &token, Factor::Code(code(&world, &app))).await;
    assert_eq!(
        fields(&again.unwrap_err()),
        ["token"],
        "a sign-in ends once"
    );
    let token = challenged(&world, &email, PASSWORD).await;
    world.clock.advance(SignedDuration::from_secs(301));
    let late = give(&world, &token, Factor::Code(code(&world, &app))).await;
    assert_eq!(fields(&late.unwrap_err()), ["token"]);
    for junk in ["", "x", &"A".repeat(43)] {
        let refused = give(&world, junk, Factor::Code(code(&world, &app))).await;
        assert_eq!(fields(&refused.unwrap_err()), ["token"], "{junk}");
    }
}

/// Between password and code an administrator decides that people come through a provider only.
#[tokio::test]
async fn a_sign_in_under_way_ends_when_sign_on_is_enforced() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let bob = world.person(BuiltInRole::BackupAdmin).await;
    let email = bob.user().unwrap().email.clone();
    let (app, _, _) = set_up(&world, &bob).await;
    let sessions = async || {
        let reader = world.services.store.read();
        let id = bob.user().unwrap().id;
        let all = store::sessions::list_of_user(
            &reader,
            admin.organization(),
            id,
            world.services.clock.now(),
        );
        all.await.unwrap().len()
    };
    let token = challenged(&world, &email, PASSWORD).await;
    let before = sessions().await;
    settings(&world, |settings| settings.sso_enforced = true).await;
    let refused = give(&world, &token, Factor::Code(code(&world, &app))).await;
    let refused = refused.unwrap_err();
    let problem = &refused.problems().unwrap()[0];
    assert_eq!(problem.code, ProblemCode::PreconditionFailed);
    assert!(problem.message.contains("identity provider"), "{problem:?}");
    assert_eq!(sessions().await, before);
    // The token is used up, also after enforcement has gone.
    settings(&world, |settings| settings.sso_enforced = false).await;
    world.clock.advance(SignedDuration::from_secs(30));
    let late = give(&world, &token, Factor::Code(code(&world, &app))).await;
    assert_eq!(fields(&late.unwrap_err()), ["token"]);
    let token = challenged(&world, &email, PASSWORD).await;
    assert!(
        give(&world, &token, Factor::Code(code(&world, &app)))
            .await
            .is_ok()
    );
}

/// T-32: one code, a thousand times at once, is one success; wrong codes end after ten tries in five minutes.
#[tokio::test]
async fn a_code_counts_once_and_guessing_ends_after_ten_tries() {
    let world = Harness::new().await;
    let email = world.admin.email.clone();
    let ctx = world.admin().await;
    let (app, _, _) = set_up(&world, &ctx).await;
    world.clock.advance(SignedDuration::from_secs(300));
    let token = challenged(&world, &email, PASSWORD).await;
    let right = Factor::Code(code(&world, &app));
    let replica = world.replica();
    let mut all = JoinSet::new();
    for _ in 0..1_000 {
        let (token, right) = (token.clone(), right.clone());
        // Every other one comes to another replica, which remembers nothing of this one.
        let services = if all.len() % 2 == 0 {
            &world.services
        } else {
            &replica
        };
        let services = services.clone();
        all.spawn(async move { complete(&services, &Origin::default(), &token, &right).await });
    }
    let mut done = 0;
    while let Some(answer) = all.join_next().await {
        match answer.unwrap() {
            Ok(_) => done += 1,
            Err(Error::Problems(_) | Error::TooManyAttempts { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(done, 1);

    world.clock.advance(SignedDuration::from_secs(300));
    let token = challenged(&world, &email, PASSWORD).await;
    let now = world.services.clock.now();
    let near: Vec<String> = [-30, 0, 30]
        .iter()
        .map(|seconds| {
            app.code_at(now + SignedDuration::from_secs(*seconds))
                .unwrap()
        })
        .collect();
    let mut evaluated = 0;
    for guess in (0..100).map(|number| format!("{number:06}")) {
        if near.contains(&guess) {
            continue;
        }
        match give(&world, &token, Factor::Code(guess.into())).await {
            Err(Error::TooManyAttempts { .. }) => {}
            other => {
                assert_eq!(fields(&other.unwrap_err()), ["factor"]);
                evaluated += 1;
            }
        }
    }
    assert_eq!(evaluated, 10);
    // A new challenge brings no new tries, and neither does another kind of factor.
    let token = challenged(&world, &email, PASSWORD).await;
    for factor in [
        Factor::Code(code(&world, &app)),
        Factor::RecoveryCode(secret("aaaa-aaaa-aaaa-aaaa")),
    ] {
        let refused = give(&world, &token, factor).await;
        assert!(matches!(refused, Err(Error::TooManyAttempts { .. })));
    }
    world.clock.advance(SignedDuration::from_secs(300));
    let token = challenged(&world, &email, PASSWORD).await;
    let right = give(&world, &token, Factor::Code(code(&world, &app))).await;
    assert!(right.is_ok(), "its owner is not locked out");
}

#[tokio::test]
async fn a_recovery_code_works_once_and_its_owner_is_told() {
    let world = Harness::new().await;
    let email = world.admin.email.clone();
    let ctx = world.admin().await;
    let (_, codes, session) = set_up(&world, &ctx).await;
    let shown = codes[3].shown().expose_secret().to_uppercase();
    world.mails().await;
    let token = challenged(&world, &email, PASSWORD).await;
    let done = give(&world, &token, Factor::RecoveryCode(secret(&shown))).await;
    done.unwrap();
    let told = world.mails().await.pop().expect("a mail");
    assert!(matches!(
        told.message,
        Message::SecurityChanged {
            change: SecurityChange::RecoveryCodeUsed,
            ..
        }
    ));
    let token = challenged(&world, &email, PASSWORD).await;
    let again = give(&world, &token, Factor::RecoveryCode(secret(&shown))).await;
    assert_eq!(fields(&again.unwrap_err()), ["factor"]);
    assert_eq!(own(&session.ctx).await.unwrap().recovery_codes_left, 9);
    let fresh = create_recovery_codes(&session.ctx).await.unwrap();
    for (code, right) in [(&codes[4], false), (&fresh[0], true)] {
        let code = Factor::RecoveryCode(code.shown());
        assert_eq!(give(&world, &token, code).await.is_ok(), right);
    }
}

#[tokio::test]
async fn guessing_recovery_codes_ends_after_ten_tries() {
    let world = Harness::new().await;
    let email = world.admin.email.clone();
    let ctx = world.admin().await;
    set_up(&world, &ctx).await;
    world.clock.advance(SignedDuration::from_secs(300));
    let token = challenged(&world, &email, PASSWORD).await;
    let mut evaluated = 0;
    for number in 0..1_000 {
        let guess = secret(&format!("ABCDE-{number:05}"));
        match give(&world, &token, Factor::RecoveryCode(guess)).await {
            Err(Error::TooManyAttempts { .. }) => {}
            other => {
                assert_eq!(fields(&other.unwrap_err()), ["factor"]);
                evaluated += 1;
            }
        }
    }
    assert!((1..=10).contains(&evaluated), "{evaluated}");
}

#[tokio::test]
async fn where_a_factor_is_asked_for_a_session_without_one_can_only_set_one_up() {
    let world = Harness::new().await;
    let email = world.admin.email.clone();
    settings(&world, |settings| settings.mfa_required = true).await;
    let SignIn::Done(session) = sign_in(&world, &email, PASSWORD).await else {
        panic!("no factor yet");
    };
    assert!(session.ctx.access().permissions().is_empty());
    let cookie = session.secret.text().expose_secret().to_owned();
    let found = sessions::recognise(&world.services, &Origin::default(), &cookie).await;
    let ctx = found.unwrap().expect("a session");
    assert!(ctx.access().permissions().is_empty());
    assert!(duties(&ctx).await.unwrap().second_factor);
    let refused = api_tokens::create(&ctx, "ci", None).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    let (app, _, session) = set_up(&world, &ctx).await;
    assert!(session.ctx.can(Permission::SettingsManage));
    assert!(!duties(&session.ctx).await.unwrap().second_factor);
    let changed = passwords::change(&session.ctx, &secret(PASSWORD), &secret(OTHER)).await;
    let changed = changed.unwrap();
    assert!(changed.ctx.can(Permission::SettingsManage), "it counts on");
    let token = challenged(&world, &email, OTHER).await;
    let done = give(&world, &token, Factor::Code(code(&world, &app))).await;
    assert!(done.unwrap().ctx.can(Permission::SettingsManage));
}

#[tokio::test]
async fn an_old_password_must_be_changed_before_anything_else() {
    let world = Harness::new().await;
    let email = world.admin.email.clone();
    settings(&world, |settings| settings.password_days_max = Some(30)).await;
    world.clock.advance(SignedDuration::from_hours(30 * 24 - 1));
    let SignIn::Done(session) = sign_in(&world, &email, PASSWORD).await else {
        panic!("no factor");
    };
    assert!(session.ctx.can(Permission::SettingsManage));
    world.clock.advance(SignedDuration::from_hours(1));
    let SignIn::Done(session) = sign_in(&world, &email, PASSWORD).await else {
        panic!("no factor");
    };
    assert!(session.ctx.access().permissions().is_empty());
    assert!(duties(&session.ctx).await.unwrap().new_password);
    let changed = passwords::change(&session.ctx, &secret(PASSWORD), &secret(OTHER)).await;
    let changed = changed.unwrap();
    assert!(changed.ctx.can(Permission::SettingsManage));
    assert!(!duties(&changed.ctx).await.unwrap().new_password);
}

#[tokio::test]
async fn a_dangerous_action_needs_a_recent_proof_by_the_strongest_means() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let Some(old) = ctx.credential().copied() else {
        panic!("a session");
    };
    world.clock.advance(SignedDuration::from_mins(15));
    let refused = api_tokens::create(&ctx, "ci", None).await;
    assert!(matches!(refused, Err(Error::ProofNeeded)));
    assert!(matches!(begin_totp(&ctx).await, Err(Error::ProofNeeded)));
    let wrong = prove(&ctx, &Proof::Password(secret("wrong"))).await;
    assert_eq!(fields(&wrong.unwrap_err()), ["proof"]);
    let proven = prove(&ctx, &Proof::Password(secret(PASSWORD))).await;
    let proven = proven.unwrap();
    assert_eq!(proven.ctx.credential().map(Credential::id), Some(old.id()));
    api_tokens::create(&proven.ctx, "ci", None).await.unwrap();
    assert!(
        prove(&ctx, &Proof::Password(secret(PASSWORD)))
            .await
            .is_err(),
        "the old secret"
    );

    let (app, _, session) = set_up(&world, &proven.ctx).await;
    world.clock.advance(SignedDuration::from_mins(15));
    let by_password = prove(&session.ctx, &Proof::Password(secret(PASSWORD))).await;
    assert_eq!(
        by_password.unwrap_err().problems().unwrap()[0].code,
        ProblemCode::PreconditionFailed
    );
    let factor = Factor::Code(code(&world, &app));
    let proven = prove(&session.ctx, &Proof::Factor(factor)).await.unwrap();
    delete_totp(&proven.ctx).await.unwrap();
    assert!(!own(&proven.ctx).await.unwrap().is_needed());
}

#[tokio::test]
async fn a_link_to_a_new_password_is_no_way_around_the_factor() {
    let world = Harness::new().await;
    let email = world.admin.email.clone();
    let ctx = world.admin().await;
    let (app, _, _) = set_up(&world, &ctx).await;
    let before = challenged(&world, &email, PASSWORD).await;
    world.mails().await;
    let origin = Origin::default();
    passwords::request_reset(&world.services, &origin, &email)
        .await
        .unwrap();
    let mail = world.mails().await.pop().expect("a mail");
    let Message::PasswordReset { secret: link } = mail.message else {
        panic!("no link");
    };
    passwords::reset(
        &world.services,
        &origin,
        link.expose_secret(),
        &secret(OTHER),
    )
    .await
    .unwrap();
    let stale = give(&world, &before, Factor::Code(code(&world, &app))).await;
    assert_eq!(
        fields(&stale.unwrap_err()),
        ["token"],
        "of the old password"
    );
    let token = challenged(&world, &email, OTHER).await;
    give(&world, &token, Factor::Code(code(&world, &app)))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_super_admin_removes_the_factors_of_an_own_member_and_of_nobody_else() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let member = world.person(BuiltInRole::HelpdeskAdmin).await;
    let (_, _, session) = set_up(&world, &member).await;
    let id = member.user().unwrap().id;
    let stranger = world.stranger().await;
    let foreign = reset(&stranger, Some(id)).await.unwrap_err();
    let missing = reset(&stranger, None).await.unwrap_err();
    assert_eq!(foreign.problems(), missing.problems());
    let small = world
        .person_with(&[Permission::Read, Permission::UserManage])
        .await;
    let refused = reset(&small, Some(id)).await.unwrap_err();
    assert_eq!(
        refused.problems().unwrap()[0].code,
        ProblemCode::PreconditionFailed
    );
    let none = reset(&member, Some(admin.user().unwrap().id)).await;
    assert!(matches!(none, Err(Error::Forbidden(_))));

    world.mails().await;
    reset(&admin, Some(id)).await.unwrap();
    assert!(!lives(&world, session.secret.text().expose_secret()).await);
    let email = member.user().unwrap().email.clone();
    assert!(matches!(
        sign_in(&world, &email, PASSWORD).await,
        SignIn::Done(_)
    ));
    assert_eq!(world.mails().await.len(), 1, "the member is told");
    let filter = domain::audit::AuditFilter::default();
    let page = domain::page::PageRequest::default();
    let log = audit::list(&admin, &filter, &page).await.unwrap();
    let done = log.into_nodes().into_iter();
    let target = Some(id.to_string());
    let resets = done.filter(|one| one.action == "reset_second_factors" && one.target == target);
    assert_eq!(resets.count(), 1);

    let membership = Membership {
        organization_id: stranger.organization(),
        user_id: id,
        state: MembershipState::Active,
        invited_by: None,
        created_at: world.services.clock.now(),
        last_active_at: None,
    };
    let mut tx = world.services.store.begin().await.unwrap();
    store::memberships::add(&mut tx, &membership).await.unwrap();
    tx.commit().await.unwrap();
    let shared = reset(&admin, Some(id)).await.unwrap_err();
    assert_eq!(fields(&shared), ["userId"], "the account is shared");
}
