//! A page for signing in learns the providers of a domain, and nothing of people.

use super::*;
use crate::domain_proofs;
use crate::sign_on::discovery::providers_of;

#[tokio::test]
async fn all_addresses_of_a_domain_are_answered_alike() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    provider(&world, &ctx, "Corp", ProviderState::Active).await;
    provider(&world, &ctx, "Draft", ProviderState::Draft).await;
    let names = async |email: &str| {
        let origin = Origin::default();
        let found = providers_of(&world.services, &origin, email).await;
        let names = found.unwrap().into_iter().map(|(one, _)| one.name);
        names.collect::<Vec<_>>()
    };
    let claim = domain_proofs::claim(&ctx, "a.test").await.unwrap();
    assert!(
        names("admin@a.test").await.is_empty(),
        "a claim proves nothing"
    );
    world
        .records
        .add(&claim.record_name(), &claim.record_text());
    domain_proofs::prove(&ctx, Some(claim.id)).await.unwrap();
    // The first is a person, the second is none.
    for email in ["admin@a.test", "nobody@a.test", " Nobody@A.TEST "] {
        assert_eq!(names(email).await, ["Corp"], "{email}");
    }
    for email in [
        "admin@b.test",
        "admin@sub.a.test",
        "a.test",
        "",
        "@",
        "x@a.test@b.test",
    ] {
        assert!(names(email).await.is_empty(), "{email}");
    }
}

#[tokio::test]
async fn nobody_asks_for_all_domains_there_are() {
    let world = Harness::new().await;
    let origin = Origin {
        address: Some("192.0.2.1".to_owned()),
        ..Origin::default()
    };
    let mut refused = 0;
    for number in 0..110 {
        let email = format!("a@d{number}.test");
        let asked = providers_of(&world.services, &origin, &email).await;
        refused += usize::from(matches!(asked, Err(Error::TooManyAttempts { .. })));
    }
    assert_eq!(refused, 10);
}
