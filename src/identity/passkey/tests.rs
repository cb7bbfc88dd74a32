//! Ceremonies with a software authenticator (crate `passkey`), right ones and wrong ones.

use async_trait::async_trait;
use passkey::authenticator::{Authenticator, MemoryStore, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::AvailableBackend;
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use passkey::types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};

use super::*;

const ORIGIN: &str = "https://holdfast.example.com";

/// A person who touches the authenticator and is known to it.
struct Present;

#[async_trait]
impl UserValidationMethod for Present {
    type PasskeyItem = passkey::types::Passkey;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Self::PasskeyItem>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck {
            presence,
            verification,
        })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

/// A browser with a software authenticator. The client is made anew for each use, because its full type cannot be named.
#[derive(Default)]
struct Browser {
    store: MemoryStore,
}

impl Browser {
    fn authenticator(&self) -> Authenticator<MemoryStore, Present, AvailableBackend> {
        let store = self.store.clone();
        let mut made = Authenticator::new(Aaguid::new_empty(), store, Present, AvailableBackend);
        made.set_make_credentials_with_signature_counter(true);
        made
    }

    async fn register(&mut self, origin: &str, ceremony: &Ceremony) -> Value {
        let options: CredentialCreationOptions =
            serde_json::from_value(ceremony.options.clone()).unwrap();
        let origin = Url::parse(origin).unwrap();
        let mut client = Client::new(self.authenticator());
        let answer = client.register(&origin, options, DefaultClientData).await;
        self.store = client.authenticator().store().clone();
        as_browsers_do(serde_json::to_value(answer.unwrap()).unwrap())
    }

    async fn sign(&mut self, origin: &str, ceremony: &Ceremony) -> Value {
        let options: CredentialRequestOptions =
            serde_json::from_value(ceremony.options.clone()).unwrap();
        let origin = Url::parse(origin).unwrap();
        let mut client = Client::new(self.authenticator());
        let answer = client
            .authenticate(&origin, options, DefaultClientData)
            .await;
        self.store = client.authenticator().store().clone();
        as_browsers_do(serde_json::to_value(answer.unwrap()).unwrap())
    }
}

/// `toJSON` of browsers gives buffers as base64url texts; the crate gives them as lists of numbers.
fn as_browsers_do(value: Value) -> Value {
    let byte = |item: &Value| item.as_u64().and_then(|number| u8::try_from(number).ok());
    match value {
        Value::Array(items)
            if !items.is_empty() && items.iter().all(|item| byte(item).is_some()) =>
        {
            let bytes: Vec<u8> = items.iter().filter_map(byte).collect();
            Value::from(data_encoding::BASE64URL_NOPAD.encode(&bytes))
        }
        Value::Array(items) => items.into_iter().map(as_browsers_do).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, member)| (name, as_browsers_do(member)))
            .collect(),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

fn passkeys() -> Passkeys {
    Passkeys::new(ORIGIN, "Holdfast").unwrap()
}

async fn registered(browser: &mut Browser) -> StoredPasskey {
    let passkeys = passkeys();
    let ceremony = passkeys
        .begin_registration(Uuid::from_u128(7), "ann@corp.example", "Ann", &[])
        .unwrap();
    let answer = browser.register(ORIGIN, &ceremony).await;
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
    let answer = browser.sign(ORIGIN, &first).await;
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
    let answer = browser.sign(ORIGIN, &ceremony).await;
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
        .sign("https://evil.holdfast.example.com", &ceremony)
        .await;
    let refused =
        passkeys.finish_authentication(&foreign, &ceremony.state, std::slice::from_ref(&stored));
    assert!(
        matches!(refused, Err(PasskeyError::Answer(_))),
        "{refused:?}"
    );

    let good = browser.sign(ORIGIN, &ceremony).await;
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
