//! A browser with a software authenticator (crate `passkey`), for tests.
//!
//! Not for a shipped binary. Invariant: it answers as `PublicKeyCredential.toJSON` does.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test cannot go on without its browser"
)]

use async_trait::async_trait;
use passkey::authenticator::{Authenticator, MemoryStore, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::AvailableBackend;
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use passkey::types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use serde_json::Value;
use url::Url;

/// A person who touches the authenticator and is known to it.
#[derive(Debug)]
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
#[derive(Debug, Default)]
pub struct Browser {
    store: MemoryStore,
}

impl Browser {
    fn authenticator(&self) -> Authenticator<MemoryStore, Present, AvailableBackend> {
        let store = self.store.clone();
        let mut made = Authenticator::new(Aaguid::new_empty(), store, Present, AvailableBackend);
        made.set_make_credentials_with_signature_counter(true);
        made
    }

    /// What `navigator.credentials.create` answers to these options on a page of `origin`.
    pub async fn register(&mut self, origin: &str, options: &Value) -> Value {
        let options: CredentialCreationOptions = serde_json::from_value(options.clone()).unwrap();
        let origin = Url::parse(origin).unwrap();
        let mut client = Client::new(self.authenticator());
        let answer = client.register(&origin, options, DefaultClientData).await;
        self.store = client.authenticator().store().clone();
        as_browsers_do(serde_json::to_value(answer.unwrap()).unwrap())
    }

    /// What `navigator.credentials.get` answers to these options on a page of `origin`.
    pub async fn sign(&mut self, origin: &str, options: &Value) -> Value {
        let options: CredentialRequestOptions = serde_json::from_value(options.clone()).unwrap();
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
