//! Who may begin a sign-on, how often, and where the browser that has begun may go.

use domain::identity_provider::ProviderSettings;

use super::*;

fn from(address: &str) -> Origin {
    Origin {
        address: Some(address.to_owned()),
        ..Origin::default()
    }
}

fn wait(answer: Result<Begun, Error>) -> Option<u64> {
    match answer {
        Ok(_) => None,
        Err(Error::TooManyAttempts {
            retry_after_seconds,
        }) => Some(retry_after_seconds),
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn one_address_that_begins_without_end_is_stopped_and_others_are_not() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let one = provider(&world, &ctx, "One", ProviderState::Active).await;
    make_link(&ctx, &one, "ann").await.unwrap();
    let again = async |address: &str| {
        let begun = begin(&world.services, &from(address), Some(one.id)).await;
        wait(begun)
    };
    // A /64 of IPv6 is one visitor.
    for (flood, neighbour, other) in [
        ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
        ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"),
    ] {
        for number in 0..100 {
            assert_eq!(again(flood).await, None, "{flood} {number}");
        }
        assert_eq!(again(neighbour).await, Some(900), "{neighbour}");
        assert_eq!(again(other).await, None, "{other}");
    }
    // Unknown providers cost as much.
    for _ in 0..100 {
        let id = Some(IdentityProviderId::fresh(ctx.ids()));
        let refused = begin(&world.services, &from("198.51.100.1"), id).await;
        assert!(refused.unwrap_err().problems().is_some());
    }
    assert_eq!(again("198.51.100.1").await, Some(900));
    world.clock.advance(SignedDuration::from_secs(900));
    assert_eq!(again("203.0.113.7").await, None);
}

#[tokio::test]
async fn all_people_of_a_company_sign_on_from_its_one_address() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let one = provider(&world, &ctx, "One", ProviderState::Active).await;
    make_link(&ctx, &one, "ann").await.unwrap();
    let origin = from("203.0.113.7");
    for _ in 0..150 {
        let begun = begin(&world.services, &origin, Some(one.id)).await.unwrap();
        let secret = begun.secret.text().expose_secret();
        let taken = take(&world.services, Some(one.id), secret).await.unwrap();
        let ann = assertion("ann", "x@a.test");
        complete(&world.services, &origin, &taken, &ann)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_provider_with_as_many_requests_as_there_may_be_lets_a_new_one_in() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let one = provider(&world, &ctx, "One", ProviderState::Active).await;
    let other = provider(&world, &ctx, "Other", ProviderState::Active).await;
    let fresh = async |provider: &IdentityProvider| {
        let begun = begin(&world.services, &Origin::default(), Some(provider.id)).await;
        begun.unwrap().secret.text().expose_secret().to_owned()
    };
    let elsewhere = fresh(&other).await;
    let oldest = fresh(&one).await;
    world.clock.advance(SignedDuration::from_secs(1));
    let second = fresh(&one).await;
    world.clock.advance(SignedDuration::from_secs(1));
    let now = world.services.clock.now();
    let request = SignOnRequest {
        organization_id: one.organization_id,
        provider_id: one.id,
        purpose: SignOnPurpose::SignOn,
        user_id: None,
        created_at: now,
        expires_at: now + SignedDuration::from_mins(SIGN_ON_MINUTES),
    };
    let mut tx = world.services.store.begin().await.unwrap();
    for number in 2..OPEN_REQUESTS_MAX {
        let hash = number.to_be_bytes();
        store::sign_on_requests::add(&mut tx, &request, &hash)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let newest = fresh(&one).await;
    let open = async || {
        let tx = world.services.store.begin().await.unwrap();
        let count = store::sign_on_requests::count_of_provider(&tx, one.id, now).await;
        tx.rollback().await.unwrap();
        count.unwrap()
    };
    assert_eq!(open().await, OPEN_REQUESTS_MAX);
    let took = async |provider: &IdentityProvider, secret: &str| {
        take(&world.services, Some(provider.id), secret)
            .await
            .is_ok()
    };
    assert!(!took(&one, &oldest).await);
    assert!(took(&one, &second).await);
    assert!(took(&one, &newest).await);
    assert!(took(&other, &elsewhere).await, "another provider's stay");
}

#[tokio::test]
async fn a_browser_goes_to_the_provider_that_its_request_was_begun_with_and_to_no_other() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let mut pair = Vec::new();
    for name in ["One", "Other"] {
        let mut provider = provider(&world, &ctx, name, ProviderState::Active).await;
        // Nobody listens there, so whoever gets so far is told of that.
        if let ProviderSettings::Oidc(settings) = &mut provider.settings {
            settings.issuer = "http://127.0.0.1:1".to_owned();
        }
        provider.version += 1;
        let mut tx = ctx.begin().await.unwrap();
        store::identity_providers::update(&mut tx, &provider)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        pair.push(provider);
    }
    let services = &world.services;
    let begun = begin(services, &Origin::default(), Some(pair[0].id)).await;
    let begun = begun.unwrap();
    let secret = begun.secret.text().expose_secret();
    let unknown = SessionSecret::fresh(ctx.ids());
    let field = async |provider: Option<IdentityProviderId>, secret: &str| {
        let refused = depart(services, provider, secret).await.unwrap_err();
        refused.problems().unwrap()[0].field.join(".")
    };
    assert_eq!(field(Some(pair[0].id), secret).await, "provider");
    for (provider, secret) in [
        (Some(pair[1].id), secret),
        (Some(IdentityProviderId::fresh(ctx.ids())), secret),
        (None, secret),
        (Some(pair[0].id), unknown.text().expose_secret()),
        (Some(pair[0].id), "junk"),
    ] {
        assert_eq!(field(provider, secret).await, "state", "{provider:?}");
    }
    // It was not used up by asking, and ends in time.
    assert_eq!(field(Some(pair[0].id), secret).await, "provider");
    world
        .clock
        .advance(SignedDuration::from_mins(SIGN_ON_MINUTES));
    assert_eq!(field(Some(pair[0].id), secret).await, "state");
}
