//! Passkeys (`WebAuthn` level 3) as a second factor.
//!
//! Not for where they are kept (`store`). Invariant: the state of a ceremony never leaves the server and is used once; user
//! verification is always required, and a signature counter that does not grow is refused as a cloned key.

use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    CredentialID, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// Why a ceremony failed.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// Passkeys belong to a host name; an address such as `http://127.0.0.1` has none.
    #[error("passkeys need a host name in http.public_url")]
    NoHostName,
    /// The browser's answer is malformed, or it is not the answer to this question.
    #[error("the answer of the authenticator is not valid: {0}")]
    Answer(String),
    /// The server's own data are not what they should be.
    #[error("passkey data cannot be used: {0}")]
    Internal(String),
}

/// A passkey as the database keeps it: no secret, the private key never leaves the authenticator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPasskey {
    /// Its credential id, unique over the installation.
    pub credential_id: Vec<u8>,
    /// Public key, counter and flags.
    pub document: Value,
}

/// The question to the browser and what checks its answer.
#[derive(Debug, Clone)]
pub struct Ceremony {
    /// For `navigator.credentials`, as JSON with base64url texts in place of buffers.
    pub options: Value,
    /// To be kept by the server for at most five minutes and used once.
    pub state: Value,
}

/// Runs the ceremonies of one installation; cheap to clone.
#[derive(Debug, Clone)]
pub struct Passkeys {
    webauthn: Webauthn,
}

impl Passkeys {
    /// Passkeys for the host of `public_url`; `name` is what browsers show.
    pub fn new(public_url: &str, name: &str) -> Result<Self, PasskeyError> {
        let url = Url::parse(public_url).map_err(|_malformed| PasskeyError::NoHostName)?;
        let host = url.domain().ok_or(PasskeyError::NoHostName)?;
        let webauthn = WebauthnBuilder::new(host, &url)
            .and_then(|builder| builder.rp_name(name).build())
            .map_err(|error| PasskeyError::Internal(error.to_string()))?;
        Ok(Self { webauthn })
    }

    /// Asks for a new passkey of a person who has `existing` ones.
    pub fn begin_registration(
        &self,
        person: Uuid,
        email: &str,
        name: &str,
        existing: &[StoredPasskey],
    ) -> Result<Ceremony, PasskeyError> {
        let exclude: Vec<CredentialID> = existing
            .iter()
            .map(|passkey| CredentialID::from(passkey.credential_id.clone()))
            .collect();
        let (options, state) = self
            .webauthn
            .start_passkey_registration(person, email, name, Some(exclude))
            .map_err(|error| internal(&error))?;
        Ok(Ceremony {
            options: json(&options)?,
            state: json(&state)?,
        })
    }

    /// The new passkey. The caller makes sure that nobody has its credential id yet.
    pub fn finish_registration(
        &self,
        answer: &Value,
        state: &Value,
    ) -> Result<StoredPasskey, PasskeyError> {
        let answer: RegisterPublicKeyCredential = read_answer(answer)?;
        let state: PasskeyRegistration = read_own(state)?;
        let passkey = self
            .webauthn
            .finish_passkey_registration(&answer, &state)
            .map_err(|error| refused(&error))?;
        stored(&passkey)
    }

    /// Asks for a signature by one of the passkeys.
    pub fn begin_authentication(
        &self,
        passkeys: &[StoredPasskey],
    ) -> Result<Ceremony, PasskeyError> {
        let passkeys: Vec<Passkey> = passkeys.iter().map(loaded).collect::<Result<_, _>>()?;
        let (options, state) = self
            .webauthn
            .start_passkey_authentication(&passkeys)
            .map_err(|error| internal(&error))?;
        Ok(Ceremony {
            options: json(&options)?,
            state: json(&state)?,
        })
    }

    /// The passkey that signed, with its new counter; store it by a conditional update.
    pub fn finish_authentication(
        &self,
        answer: &Value,
        state: &Value,
        passkeys: &[StoredPasskey],
    ) -> Result<StoredPasskey, PasskeyError> {
        let answer: PublicKeyCredential = read_answer(answer)?;
        let state: PasskeyAuthentication = read_own(state)?;
        let result = self
            .webauthn
            .finish_passkey_authentication(&answer, &state)
            .map_err(|error| refused(&error))?;
        for passkey in passkeys {
            let mut passkey = loaded(passkey)?;
            if passkey.update_credential(&result).is_some() {
                return stored(&passkey);
            }
        }
        // It was removed since the question was asked.
        Err(PasskeyError::Answer("this passkey is not known".to_owned()))
    }
}

fn stored(passkey: &Passkey) -> Result<StoredPasskey, PasskeyError> {
    Ok(StoredPasskey {
        credential_id: passkey.cred_id().clone(),
        document: json(passkey)?,
    })
}

fn loaded(passkey: &StoredPasskey) -> Result<Passkey, PasskeyError> {
    read_own(&passkey.document)
}

fn json(value: &impl serde::Serialize) -> Result<Value, PasskeyError> {
    serde_json::to_value(value).map_err(|error| PasskeyError::Internal(error.to_string()))
}

fn read_own<T: DeserializeOwned>(value: &Value) -> Result<T, PasskeyError> {
    T::deserialize(value).map_err(|error| PasskeyError::Internal(error.to_string()))
}

fn read_answer<T: DeserializeOwned>(value: &Value) -> Result<T, PasskeyError> {
    T::deserialize(value).map_err(|error| PasskeyError::Answer(error.to_string()))
}

fn internal(error: &WebauthnError) -> PasskeyError {
    PasskeyError::Internal(error.to_string())
}

fn refused(error: &WebauthnError) -> PasskeyError {
    PasskeyError::Answer(error.to_string())
}

#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
