//! Sign-on with what a provider proved: who it is, who it is not, once.

use domain::ProblemCode;
use domain::audit::AuditFilter;
use domain::page::PageRequest;
use domain::role::BuiltInRole;
use secrecy::{ExposeSecret as _, SecretString};

use super::*;
use crate::testing::{Harness, PASSWORD};

mod adoptions;
mod arrivals;
mod beginnings;
mod discovery;
mod links;

async fn provider(
    world: &Harness,
    ctx: &Ctx,
    name: &str,
    state: ProviderState,
) -> IdentityProvider {
    let id = world.provider(ctx, name, state).await;
    let found = store::identity_providers::lookup(&ctx.read(), ctx.organization(), id).await;
    found.unwrap().unwrap()
}

fn assertion(subject: &str, email: &str) -> Assertion {
    Assertion {
        subject: subject.to_owned(),
        email: Some(email.to_owned()),
        email_verified: true,
        name: None,
        groups: Vec::new(),
        session_index: Some(format!("session of {subject}")),
        one_time: None,
    }
}

async fn taken(world: &Harness, provider: &IdentityProvider) -> Taken {
    let begun = begin(&world.services, &Origin::default(), Some(provider.id))
        .await
        .unwrap();
    take(
        &world.services,
        Some(provider.id),
        begun.secret.text().expose_secret(),
    )
    .await
    .unwrap()
}

async fn make_link(
    ctx: &Ctx,
    provider: &IdentityProvider,
    subject: &str,
) -> Result<IdentityLink, Error> {
    let begun = link::begin(ctx, Some(provider.id), &SecretString::from(PASSWORD)).await?;
    let taken = take(
        ctx.services(),
        Some(provider.id),
        begun.secret.text().expose_secret(),
    )
    .await?;
    link::complete(ctx, &taken, &assertion(subject, "x@a.test")).await
}

async fn sign_on(
    world: &Harness,
    provider: &IdentityProvider,
    assertion: &Assertion,
) -> Result<NewSession, Error> {
    let taken = taken(world, provider).await;
    complete(&world.services, &Origin::default(), &taken, assertion).await
}

#[tokio::test]
async fn a_linked_person_signs_on_and_nobody_else_does() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let one = provider(&world, &ctx, "One", ProviderState::Active).await;
    let other = provider(&world, &ctx, "Other", ProviderState::Active).await;
    make_link(&ctx, &one, "ann").await.unwrap();
    let session = sign_on(&world, &one, &assertion("ann", "somebody@else.test"))
        .await
        .unwrap();
    assert_eq!(session.ctx.user().map(|user| user.id), Some(world.admin.id));
    let secret = session.secret.text().expose_secret();
    let known = sessions::recognise(&world.services, &Origin::default(), secret)
        .await
        .unwrap();
    assert!(known.is_some());
    // The same subject elsewhere, other subjects, and the address of a person who is here: all strangers.
    for (provider, subject) in [
        (&other, "ann"),
        (&one, "Ann"),
        (&one, "ann "),
        (&one, ""),
        (&one, "admin@a.test"),
    ] {
        let refused = sign_on(&world, provider, &assertion(subject, "admin@a.test"))
            .await
            .unwrap_err();
        assert_eq!(
            refused.problems().unwrap()[0].field,
            ["identity"],
            "{subject:?}"
        );
    }
    let links = store::identity_links::of_user(&ctx.read(), ctx.organization(), world.admin.id)
        .await
        .unwrap();
    assert_eq!(links.len(), 1);
    let page = PageRequest {
        size: 100,
        ..PageRequest::default()
    };
    let log = audit::list(&ctx, &AuditFilter::default(), &page)
        .await
        .unwrap()
        .into_nodes();
    let refused = log
        .iter()
        .filter(|event| event.outcome == Outcome::Refused && event.action == "create_session");
    assert_eq!(refused.count(), 5);
    assert!(
        log.iter()
            .any(|event| event.action == "link_identity" && event.outcome == Outcome::Success)
    );
}

#[tokio::test]
async fn a_request_is_answered_once_in_time_and_through_its_provider() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let one = provider(&world, &ctx, "One", ProviderState::Active).await;
    let other = provider(&world, &ctx, "Other", ProviderState::Active).await;
    let services = &world.services;
    let fresh = async || {
        begin(services, &Origin::default(), Some(one.id))
            .await
            .unwrap()
            .secret
    };
    let take_it = async |provider: Option<IdentityProviderId>, secret: &SessionSecret| {
        take(services, provider, secret.text().expose_secret()).await
    };
    let secret = fresh().await;
    assert!(take_it(Some(one.id), &secret).await.is_ok());
    assert!(take_it(Some(one.id), &secret).await.is_err());
    // A wrong provider uses the request up.
    let secret = fresh().await;
    assert!(take_it(Some(other.id), &secret).await.is_err());
    assert!(take_it(Some(one.id), &secret).await.is_err());
    assert!(take_it(None, &fresh().await).await.is_err());
    for junk in [
        "",
        "junk",
        SessionSecret::fresh(ctx.ids()).text().expose_secret(),
    ] {
        assert!(take(services, Some(one.id), junk).await.is_err());
    }
    let (early, late) = (fresh().await, fresh().await);
    world
        .clock
        .advance(SignedDuration::from_mins(SIGN_ON_MINUTES) - SignedDuration::from_secs(1));
    assert!(take_it(Some(one.id), &early).await.is_ok());
    world.clock.advance(SignedDuration::from_secs(1));
    assert!(take_it(Some(one.id), &late).await.is_err());
    for state in [
        ProviderState::Draft,
        ProviderState::Tested,
        ProviderState::Disabled,
    ] {
        let idle = provider(&world, &ctx, state.name(), state).await;
        assert!(
            begin(services, &Origin::default(), Some(idle.id))
                .await
                .is_err()
        );
    }
    assert!(begin(services, &Origin::default(), None).await.is_err());
    assert!(
        begin(
            services,
            &Origin::default(),
            Some(IdentityProviderId::fresh(ctx.ids()))
        )
        .await
        .is_err()
    );
}

#[tokio::test]
async fn of_1000_passwords_guessed_at_linking_few_are_looked_at() {
    let world = Harness::new().await;
    let mut ctx = world.admin().await;
    let one = provider(&world, &ctx, "One", ProviderState::Active).await;
    let (before, wrong) = (
        world.services.passwords.verifications(),
        SecretString::from("wrong"),
    );
    for guess in 0..1_000 {
        if guess % 500 == 499 {
            // With the proof that it takes: that would refuse them all.
            ctx = world.admin().await;
        }
        assert!(link::begin(&ctx, Some(one.id), &wrong).await.is_err());
        world.clock.advance(SignedDuration::from_secs(1));
    }
    let looked_at = world.services.passwords.verifications() - before;
    assert!((4..=100).contains(&looked_at), "{looked_at}");
}

#[tokio::test]
async fn linking_needs_the_password_and_the_person_who_began() {
    let world = Harness::new().await;
    let (ctx, colleague) = (
        world.admin().await,
        world.person(BuiltInRole::BackupAdmin).await,
    );
    let one = provider(&world, &ctx, "One", ProviderState::Active).await;
    let wrong = link::begin(&ctx, Some(one.id), &SecretString::from("wrong"))
        .await
        .unwrap_err();
    assert_eq!(wrong.problems().unwrap()[0].field, ["password"]);
    // Whoever gets hold of a request of another cannot finish it.
    let right = SecretString::from(PASSWORD);
    let begun = link::begin(&ctx, Some(one.id), &right).await.unwrap();
    let held = take(
        &world.services,
        Some(one.id),
        begun.secret.text().expose_secret(),
    )
    .await
    .unwrap();
    assert!(
        link::complete(&colleague, &held, &assertion("bob", "x@a.test"))
            .await
            .is_err()
    );
    assert!(
        complete(
            &world.services,
            &Origin::default(),
            &held,
            &assertion("bob", "x@a.test")
        )
        .await
        .is_err()
    );
    let plain = taken(&world, &one).await;
    assert!(
        link::complete(&ctx, &plain, &assertion("bob", "x@a.test"))
            .await
            .is_err()
    );
    // One account is one person, and the other way round.
    make_link(&ctx, &one, "ann").await.unwrap();
    for (who, subject) in [(&colleague, "ann"), (&ctx, "ann"), (&ctx, "bob")] {
        let refused = make_link(who, &one, subject).await.unwrap_err();
        assert_eq!(refused.problems().unwrap()[0].code, ProblemCode::Taken);
    }
    make_link(&colleague, &one, "bob").await.unwrap();
    let stranger = world.stranger().await;
    assert!(link::begin(&stranger, Some(one.id), &right).await.is_err());
    let refused = make_link(&stranger, &one, "eve").await.unwrap_err();
    assert_eq!(refused.problems().unwrap()[0].code, ProblemCode::NotFound);
}

#[tokio::test]
async fn a_message_counts_once_and_a_logout_ends_what_it_names() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let one = provider(&world, &ctx, "One", ProviderState::Active).await;
    let other = provider(&world, &ctx, "Other", ProviderState::Active).await;
    make_link(&ctx, &one, "ann").await.unwrap();
    let id = |text: &str| OneTime {
        id: text.to_owned(),
        expires_at: ctx.now() + SignedDuration::from_secs(60),
    };
    let once = Assertion {
        one_time: Some(id("a-1")),
        ..assertion("ann", "x@a.test")
    };
    let session = sign_on(&world, &one, &once).await.unwrap();
    let replay = sign_on(&world, &one, &once).await.unwrap_err();
    assert!(
        replay.problems().unwrap()[0]
            .message
            .contains("used before")
    );
    let origin = Origin::default();
    let is_alive = async || {
        let secret = session.secret.text().expose_secret();
        sessions::recognise(&world.services, &origin, secret)
            .await
            .unwrap()
            .is_some()
    };
    let out = async |provider: &IdentityProvider,
                     subject: Option<&str>,
                     index: Option<&str>,
                     jti: &str| {
        logout::sign_out(
            &world.services,
            &origin,
            Some(provider.id),
            subject,
            index,
            &id(jti),
        )
        .await
    };
    assert_eq!(out(&other, Some("ann"), None, "j-0").await.unwrap(), 0);
    assert_eq!(out(&one, Some("bob"), None, "j-1").await.unwrap(), 0);
    assert_eq!(
        out(&one, Some("ann"), Some("another"), "j-2")
            .await
            .unwrap(),
        0
    );
    assert_eq!(out(&one, None, None, "j-3").await.unwrap(), 0);
    assert!(is_alive().await);
    assert_eq!(
        out(&one, Some("ann"), Some("session of ann"), "j-4")
            .await
            .unwrap(),
        1
    );
    assert!(!is_alive().await);
    assert!(out(&one, Some("ann"), None, "j-4").await.is_err());
}
