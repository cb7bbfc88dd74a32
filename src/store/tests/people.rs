//! Who is removed because nothing is left of them, and who stays.

use domain::identity_provider::IdentityLink;
use domain::membership::{Membership, MembershipState};
use domain::passkey::Passkey;
use domain::user::User;
use domain::{PasskeyId, UserId};

use super::sign_on::add_provider;
use super::{World, at, member, worlds};
use crate::{identity_links, memberships, passkeys, second_factors, users};

async fn person(world: &World, name: &str, hash: Option<&str>) -> UserId {
    let user = User {
        id: UserId::fresh(world.ids.as_ref()),
        name: name.to_owned(),
        email: format!("{name}@corp.test"),
        password_changed_at: None,
        email_confirmed_at: None,
        created_at: at(0),
    };
    let mut tx = world.store.begin().await.unwrap();
    users::add(&mut tx, &user, hash).await.unwrap();
    tx.commit().await.unwrap();
    user.id
}

/// People who are somebody, each by one thing.
async fn somebodies(world: &World) -> Vec<UserId> {
    let provider = add_provider(world, "Corp").await;
    let password = person(world, "password", Some("hash")).await;
    let app = person(world, "app", None).await;
    let key = person(world, "key", None).await;
    let linked = person(world, "linked", None).await;
    let mut tx = world.store.begin().await.unwrap();
    second_factors::begin_totp(&mut tx, app, "sealed", at(0))
        .await
        .unwrap();
    let confirmed = second_factors::confirm_totp(&mut tx, app, "sealed", 1, at(0));
    assert!(confirmed.await.unwrap());
    let passkey = Passkey {
        id: PasskeyId::fresh(world.ids.as_ref()),
        user_id: key,
        name: "key".to_owned(),
        created_at: at(0),
        last_used_at: None,
    };
    passkeys::add(&mut tx, &passkey, b"credential", &serde_json::json!({}))
        .await
        .unwrap();
    let link = IdentityLink {
        organization_id: world.id(),
        provider_id: provider.id,
        subject: "s".to_owned(),
        user_id: linked,
        created_at: at(0),
    };
    identity_links::add(&mut tx, &link).await.unwrap();
    tx.commit().await.unwrap();
    let mut all = vec![password, app, key, linked];
    for state in MembershipState::ALL {
        let user = person(world, state.name(), None).await;
        let membership = Membership {
            state: *state,
            ..member(world.id(), user)
        };
        let mut tx = world.store.begin().await.unwrap();
        memberships::add(&mut tx, &membership).await.unwrap();
        tx.commit().await.unwrap();
        all.push(user);
    }
    all
}

#[tokio::test]
async fn only_of_whom_nothing_is_left_goes_and_not_before_its_time() {
    for world in worlds().await {
        let kept = somebodies(&world).await;
        let bare = person(&world, "bare", None).await;
        let unconfirmed = person(&world, "unconfirmed", None).await;
        let mut tx = world.store.begin().await.unwrap();
        second_factors::begin_totp(&mut tx, unconfirmed, "sealed", at(0))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let is_there = async |user: UserId| {
            let found = users::system_lookup(&world.store.read(), user).await;
            found.unwrap().is_some()
        };
        for (before, removed) in [(at(0), 0), (at(1), 2), (at(1), 0)] {
            let mut tx = world.store.begin().await.unwrap();
            let done = users::system_remove_left(&mut tx, before, 100).await;
            assert_eq!(done.unwrap(), removed, "{before}");
            tx.commit().await.unwrap();
            assert_eq!(is_there(bare).await, before == at(0));
        }
        assert!(!is_there(unconfirmed).await);
        for user in kept {
            assert!(is_there(user).await, "{user}");
        }
    }
}
