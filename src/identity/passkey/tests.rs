//! Ceremonies with a software authenticator (crate `passkey`), right ones and wrong ones.

use super::testing::Browser;
use super::*;

const ORIGIN: &str = "https://holdfast.example.com";

fn passkeys() -> Passkeys {
    Passkeys::new(ORIGIN, "Holdfast").unwrap()
}

async fn registered(browser: &mut Browser) -> StoredPasskey {
    let passkeys = passkeys();
    let ceremony = passkeys
        .begin_registration(Uuid::from_u128(7), "ann@corp.example", "Ann", &[])
        .unwrap();
    let answer = browser.register(ORIGIN, &ceremony.options).await;
    passkeys
        .finish_registration(&answer, &ceremony.state)
        .unwrap()
}

#[tokio::test]
async fn a_passkey_is_registered_and_signs() {
    let mut browser = Browser::default();
    let stored = registered(&mut browser).await;
    let passkeys = passkeys();
    let first = passkeys
        .begin_authentication(std::slice::from_ref(&stored))
        .unwrap();
    let answer = browser.sign(ORIGIN, &first.options).await;
    let used = passkeys
        .finish_authentication(&answer, &first.state, std::slice::from_ref(&stored))
        .unwrap();
    assert_eq!(used.credential_id, stored.credential_id);
    assert_ne!(used.document, stored.document, "the counter has grown");

    // The same answer to another question.
    let second = passkeys
        .begin_authentication(std::slice::from_ref(&used))
        .unwrap();
    let replayed = passkeys.finish_authentication(&answer, &second.state, &[used]);
    assert!(
        matches!(replayed, Err(PasskeyError::Answer(_))),
        "{replayed:?}"
    );
}

#[tokio::test]
async fn a_counter_that_does_not_grow_is_a_cloned_key() {
    let mut browser = Browser::default();
    let stored = registered(&mut browser).await;
    let passkeys = passkeys();
    let mut clone = stored.clone();
    let counter = clone.document.pointer_mut("/cred/counter").unwrap();
    *counter = Value::from(1_000);
    let ceremony = passkeys
        .begin_authentication(std::slice::from_ref(&clone))
        .unwrap();
    let answer = browser.sign(ORIGIN, &ceremony.options).await;
    let refused = passkeys.finish_authentication(&answer, &ceremony.state, &[clone]);
    assert!(
        matches!(refused, Err(PasskeyError::Answer(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn answers_of_other_origins_people_and_ceremonies_are_refused() {
    let mut browser = Browser::default();
    let stored = registered(&mut browser).await;
    let passkeys = passkeys();
    let ceremony = passkeys
        .begin_authentication(std::slice::from_ref(&stored))
        .unwrap();
    let foreign = browser
        .sign("https://evil.holdfast.example.com", &ceremony.options)
        .await;
    let refused =
        passkeys.finish_authentication(&foreign, &ceremony.state, std::slice::from_ref(&stored));
    assert!(
        matches!(refused, Err(PasskeyError::Answer(_))),
        "{refused:?}"
    );

    let good = browser.sign(ORIGIN, &ceremony.options).await;
    let removed = passkeys.finish_authentication(&good, &ceremony.state, &[]);
    assert!(
        matches!(removed, Err(PasskeyError::Answer(_))),
        "{removed:?}"
    );
    for malformed in [
        Value::Null,
        Value::from("x"),
        serde_json::json!({ "id": 1 }),
    ] {
        let refused = passkeys.finish_authentication(
            &malformed,
            &ceremony.state,
            std::slice::from_ref(&stored),
        );
        assert!(
            matches!(refused, Err(PasskeyError::Answer(_))),
            "{refused:?}"
        );
    }
    // An assertion is no registration.
    let registration = passkeys
        .begin_registration(Uuid::from_u128(8), "ben@corp.example", "Ben", &[])
        .unwrap();
    assert!(
        passkeys
            .finish_registration(&good, &registration.state)
            .is_err()
    );
}

#[test]
fn an_address_without_a_host_name_has_no_passkeys() {
    for url in ["http://127.0.0.1:8080", "https://[::1]", "nonsense"] {
        let refused = Passkeys::new(url, "Holdfast");
        assert!(matches!(refused, Err(PasskeyError::NoHostName)), "{url}");
    }
    assert!(Passkeys::new("http://localhost:8080", "Holdfast").is_ok());
}
