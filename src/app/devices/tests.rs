//! Guessing passwords, counted by what was looked at and not by what was answered. Invariant: the clock moves only when a test moves it.

use domain::UserId;
use domain::role::BuiltInRole;
use domain::user::User;
use jiff::SignedDuration;

use super::*;
use crate::sessions::{self, NewSession, SignIn};
use crate::testing::{Harness, PASSWORD};

/// Guesses at one account that may be looked at before its waits begin to count (NIST SP 800-63B, 5.2.2).
const LOOKED_AT_MAX: u64 = 100;

fn at(address: &str) -> Origin {
    Origin {
        address: Some(address.to_owned()),
        ..Origin::default()
    }
}

async fn attempt(
    world: &Harness,
    origin: &Origin,
    email: &str,
    password: &str,
) -> Result<NewSession, Error> {
    let password = SecretString::from(password);
    match sessions::sign_in(&world.services, origin, email, &password).await? {
        SignIn::Done(session) => Ok(*session),
        SignIn::Challenged(_) => panic!("nobody here has a second factor"),
    }
}

fn device_of(session: &NewSession, address: &str) -> Origin {
    let cookie = remember(&session.ctx).unwrap().unwrap();
    Origin {
        device: Some(DeviceToken(cookie.secret)),
        ..at(address)
    }
}

#[tokio::test]
async fn of_1000_guesses_few_are_looked_at_and_the_owner_comes_in_from_a_known_device() {
    let world = Harness::new().await;
    let email = world.admin.email.clone();
    let first = attempt(&world, &at("192.0.2.1"), &email, PASSWORD).await;
    let home = device_of(&first.unwrap(), "192.0.2.1");
    let before = world.services.passwords.verifications();
    // A thousand addresses, a guess every second.
    for number in 0..1_000 {
        let origin = at(&format!("198.51.{}.{}", number / 250, number % 250));
        assert!(attempt(&world, &origin, &email, "wrong").await.is_err());
        world.clock.advance(SignedDuration::from_secs(1));
    }
    let looked_at = world.services.passwords.verifications() - before;
    assert!((4..=LOOKED_AT_MAX).contains(&looked_at), "{looked_at}");
    // The right password waits, too, unless it comes from where its owner has signed in before.
    for stranger in [at("192.0.2.1"), at("203.0.113.9")] {
        let answer = attempt(&world, &stranger, &email, PASSWORD).await;
        assert!(
            matches!(answer, Err(Error::TooManyAttempts { .. })),
            "{answer:?}"
        );
    }
    assert!(attempt(&world, &home, &email, PASSWORD).await.is_ok());
    // That does not open the door to the stranger.
    let answer = attempt(&world, &at("203.0.113.9"), &email, PASSWORD).await;
    assert!(matches!(answer, Err(Error::TooManyAttempts { .. })));
}

#[tokio::test]
async fn a_known_device_is_known_for_one_person_for_a_time_and_waits_by_itself() {
    let world = Harness::new().await;
    let email = world.admin.email.clone();
    let session = attempt(&world, &Origin::default(), &email, PASSWORD)
        .await
        .unwrap();
    let home = device_of(&session, "192.0.2.1");
    let other = world.person(BuiltInRole::BackupAdmin).await;
    let other = other.user().unwrap().email.clone();
    assert!(known(&world.services, &home, &email).is_some());
    assert!(known(&world.services, &home, &other).is_none());
    for forged in ["", "x", "eyJpZCI6IngifQ"] {
        let origin = Origin {
            device: Some(DeviceToken(forged.into())),
            ..Origin::default()
        };
        assert!(known(&world.services, &origin, &email).is_none());
    }
    // Whoever steals the cookie waits like everybody else.
    let before = world.services.passwords.verifications();
    for _ in 0..1_000 {
        assert!(attempt(&world, &home, &email, "wrong").await.is_err());
    }
    assert_eq!(world.services.passwords.verifications() - before, 4);
    world
        .clock
        .advance(SignedDuration::from_hours(24 * DEVICE_DAYS));
    assert!(known(&world.services, &home, &email).is_none());
}

#[tokio::test]
async fn of_10000_accounts_tried_from_one_address_few_are_looked_at() {
    let world = Harness::new().await;
    let before = world.services.passwords.verifications();
    let mut refused = 0;
    for number in 0..10_000 {
        // One network of IPv6 is one address.
        let origin = at(&format!("2001:db8::{number:x}"));
        let email = format!("person{number}@a.test");
        let answer = attempt(&world, &origin, &email, "Correct-Horse-7-Battery").await;
        refused += u32::from(matches!(answer, Err(Error::TooManyAttempts { .. })));
    }
    let most = u64::from(world.services.settings.sign_in_attempts_max);
    assert_eq!(world.services.passwords.verifications() - before, most);
    assert_eq!(u64::from(refused), 10_000 - most);
    // An owner behind the same address comes in from a known device.
    let email = world.admin.email.clone();
    let session = attempt(&world, &at("192.0.2.1"), &email, PASSWORD)
        .await
        .unwrap();
    let home = device_of(&session, "2001:db8::1");
    assert!(attempt(&world, &home, &email, PASSWORD).await.is_ok());
    assert!(
        attempt(&world, &at("2001:db8::1"), &email, PASSWORD)
            .await
            .is_err()
    );
}

/// Accounts that are tried from many addresses. Of 10,000 a build without optimisation looks at passwords for more than a minute.
const ACCOUNTS: usize = 6_000;

/// Accounts of people who are nobody's members, with one password among them.
async fn accounts(world: &Harness, count: usize) -> Vec<String> {
    let (ids, now) = (world.services.ids.as_ref(), world.services.clock.now());
    let password = SecretString::from(PASSWORD);
    let hash = world.services.passwords.hash(&password).await.unwrap();
    let mut tx = world.services.store.begin().await.unwrap();
    let mut emails = Vec::new();
    for number in 0..count {
        let user = User {
            id: UserId::fresh(ids),
            name: "Bob".to_owned(),
            email: format!("person{number}@b.test"),
            password_changed_at: Some(now),
            email_confirmed_at: Some(now),
            created_at: now,
        };
        store::users::add(&mut tx, &user, Some(hash.as_str()))
            .await
            .unwrap();
        emails.push(user.email);
    }
    tx.commit().await.unwrap();
    emails
}

#[tokio::test]
async fn of_6000_accounts_tried_from_1000_addresses_each_is_looked_at_once_and_no_owner_waits() {
    let world = Harness::new().await;
    let owner = world.admin.email.clone();
    let mut emails = accounts(&world, ACCOUNTS - 1).await;
    emails.insert(5_000, owner.clone());
    let accounts = u64::try_from(ACCOUNTS).unwrap();
    let looked_at = || world.services.passwords.verifications();
    let spray = async |address: fn(usize) -> String| {
        let mut refused = 0;
        for (number, email) in emails.iter().enumerate() {
            let answer =
                attempt(&world, &at(&address(number)), email, "Wrong-Zebra-7-Kettle").await;
            refused += u64::from(matches!(answer, Err(Error::TooManyAttempts { .. })));
        }
        refused
    };

    // From one address: its budget, and not one more.
    let before = looked_at();
    let refused = spray(|_| "192.0.2.1".to_owned()).await;
    let most = u64::from(world.services.settings.sign_in_attempts_max);
    assert_eq!((looked_at() - before, refused), (most, accounts - most));

    // From a thousand addresses, six each: no budget of an address ends, so that each account is looked at, once.
    world.clock.advance(SignedDuration::from_hours(2));
    let before = looked_at();
    let refused = spray(|number| format!("198.51.{}.{}", number % 1_000 / 250, number % 250)).await;
    assert_eq!((looked_at() - before, refused), (accounts, 0));

    // A wrong guess by somebody else makes nobody wait, wherever they are.
    let stranger = attempt(&world, &at("203.0.113.9"), &owner, PASSWORD).await;
    assert!(stranger.is_ok());

    // Whoever goes on with one account from all of these addresses gets no further than at one.
    let before = looked_at();
    for number in 0..1_000 {
        let origin = at(&format!("198.51.{}.{}", number / 250, number % 250));
        let guess = format!("Wrong-Zebra-{number}-Kettle");
        assert!(attempt(&world, &origin, &owner, &guess).await.is_err());
    }
    let looked_at = looked_at() - before;
    assert!((1..=LOOKED_AT_MAX).contains(&looked_at), "{looked_at}");
}

#[tokio::test]
async fn doors_behind_a_session_count_together_and_lock_no_sign_in() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let before = world.services.passwords.verifications();
    let wrong = SecretString::from("wrong");
    let fresh = SecretString::from("Another-Zebra-8-Teapot");
    for _ in 0..500 {
        assert!(
            crate::passwords::change(&ctx, &wrong, &fresh)
                .await
                .is_err()
        );
        let proof = crate::second_factors::Proof::Password(wrong.clone());
        assert!(crate::second_factors::prove(&ctx, &proof).await.is_err());
        world.clock.advance(SignedDuration::from_secs(1));
    }
    let looked_at = world.services.passwords.verifications() - before;
    assert!((4..=LOOKED_AT_MAX).contains(&looked_at), "{looked_at}");
    // Whoever stole a session guesses in it; the owner signs in and ends it.
    let email = world.admin.email.clone();
    assert!(
        attempt(&world, &Origin::default(), &email, PASSWORD)
            .await
            .is_ok()
    );
}
