//! Master keys, what wraps them, and the context that a wrapped key is bound to.
//!
//! Not for where wrapped keys are kept, nor for AWS KMS, which the crate `aws` adds by implementing
//! [`KeyWrapper`]. Invariant: a master key leaves this process only wrapped, and a wrapped key opens only
//! with the very context it was made for.

use std::fmt::{self, Debug, Formatter};

use async_trait::async_trait;
use rustic_core::repofile;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::backend::{ObjectStore, StoreError};
use crate::error::VaultError;

mod local;

pub use local::LocalRootKey;

/// The version of [`WrappedKey`] that this program writes and reads.
pub const WRAPPED_KEY_VERSION: u32 = 1;

/// Object name, beside the repository's own, under which the wrapped key lies in the store.
pub const WRAPPED_KEY_OBJECT: &str = "holdfast/key.json";

/// The key that encrypts one repository: restic's master key as JSON, wiped from memory when dropped.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<Vec<u8>>);

impl MasterKey {
    /// A new random master key.
    pub fn generate() -> Result<Self, KeyError> {
        let key = repofile::MasterKey::new();
        let json = serde_json::to_vec(&key).map_err(|e| KeyError::Other(e.to_string()))?;
        Ok(Self(Zeroizing::new(json)))
    }

    /// Reads the JSON that a wrapper unwrapped; [`KeyError::Corrupt`] when it is no restic master key.
    pub fn from_json(json: Vec<u8>) -> Result<Self, KeyError> {
        let json = Zeroizing::new(json);
        parse(&json)?;
        Ok(Self(json))
    }

    /// The JSON to wrap. Never log it, never store it unwrapped.
    #[must_use]
    pub fn expose_json(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn to_repository_key(&self) -> Result<repofile::MasterKey, KeyError> {
        parse(&self.0)
    }
}

impl Debug for MasterKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

// The library panics on a key of a wrong length, so lengths are checked before it sees one. Its message
// could quote the key: it is not passed on.
fn parse(json: &[u8]) -> Result<repofile::MasterKey, KeyError> {
    let key: repofile::MasterKey = serde_json::from_slice(json)
        .map_err(|_secret| KeyError::Corrupt("not a restic master key".to_owned()))?;
    if key.encrypt.len() == 32 && key.mac.k.len() == 16 && key.mac.r.len() == 16 {
        Ok(key)
    } else {
        Err(KeyError::Corrupt(
            "a part of the master key has a wrong length".to_owned(),
        ))
    }
}

/// What a wrapped key is bound to; with AWS KMS these are the pairs of the encryption context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyContext {
    /// Id of the organization that owns the repository.
    pub organization: String,
    /// Id of the repository.
    pub repository: String,
    /// What the key is for, such as `repository-master-key`.
    pub purpose: String,
}

impl KeyContext {
    /// The pairs, in a fixed order.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, &str); 3] {
        [
            ("organization", &self.organization),
            ("repository", &self.repository),
            ("purpose", &self.purpose),
        ]
    }
}

/// A master key that only its wrapper can open. Safe to store; lies in the database and, as
/// [`WRAPPED_KEY_OBJECT`], beside the repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrappedKey {
    /// Version of this structure; an unknown one is refused.
    pub version: u32,
    /// Who wrapped it: `local:<key id>` or `aws-kms:<key ARN>`.
    pub wrapper: String,
    /// The wrapped bytes, as base64 in JSON.
    #[serde(with = "base64_bytes")]
    pub ciphertext: Vec<u8>,
}

impl WrappedKey {
    /// A wrapped key of the current version.
    #[must_use]
    pub fn new(wrapper: String, ciphertext: Vec<u8>) -> Self {
        Self {
            version: WRAPPED_KEY_VERSION,
            wrapper,
            ciphertext,
        }
    }

    /// As JSON, for the database and for [`WRAPPED_KEY_OBJECT`].
    pub fn to_json(&self) -> Result<Vec<u8>, KeyError> {
        serde_json::to_vec(self).map_err(|e| KeyError::Other(e.to_string()))
    }

    /// Reads JSON; [`KeyError::Corrupt`] for anything that is not a wrapped key of a known version.
    pub fn from_json(json: &[u8]) -> Result<Self, KeyError> {
        let key: Self =
            serde_json::from_slice(json).map_err(|e| KeyError::Corrupt(e.to_string()))?;
        if key.version == WRAPPED_KEY_VERSION {
            Ok(key)
        } else {
            Err(KeyError::Corrupt(format!(
                "unknown version {} of a wrapped key",
                key.version
            )))
        }
    }
}

/// Puts the wrapped key beside its repository, in place of an older one (another wrapper, the same master key).
pub fn write_wrapped_key(store: &dyn ObjectStore, key: &WrappedKey) -> Result<(), VaultError> {
    Ok(store.replace(WRAPPED_KEY_OBJECT, key.to_json()?.into())?)
}

/// The wrapped key that lies beside a repository; `None` when there is none.
pub fn read_wrapped_key(store: &dyn ObjectStore) -> Result<Option<WrappedKey>, VaultError> {
    match store.read(WRAPPED_KEY_OBJECT) {
        Ok(json) => Ok(Some(WrappedKey::from_json(&json)?)),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Wraps and unwraps master keys.
#[async_trait]
pub trait KeyWrapper: Send + Sync + Debug {
    /// Wraps `key` so that it opens only with the same `context`.
    async fn wrap(&self, key: &MasterKey, context: &KeyContext) -> Result<WrappedKey, KeyError>;

    /// Opens `key`; a wrong context is [`KeyError::Corrupt`] or [`KeyError::Denied`], never another key.
    async fn unwrap(&self, key: &WrappedKey, context: &KeyContext) -> Result<MasterKey, KeyError>;
}

/// Why a key could not be wrapped or opened. Texts never hold key material.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The wrapping key exists but is switched off, or waits for deletion or import.
    #[error("the wrapping key cannot be used now: {0}")]
    Disabled(String),
    /// We may not use the wrapping key.
    #[error("use of the wrapping key was denied: {0}")]
    Denied(String),
    /// The wrapping key does not exist (any more), or is not the one that wrapped.
    #[error("the wrapping key was not found: {0}")]
    NotFound(String),
    /// The key service asks us to slow down.
    #[error("the key service throttles: {0}")]
    Throttled(String),
    /// The wrapped key is damaged, of an unknown version, or bound to another context.
    #[error("the wrapped key does not open: {0}")]
    Corrupt(String),
    /// Anything else: network, key file.
    #[error("key: {0}")]
    Other(String),
}

impl KeyError {
    /// Whether work must wait, without losing anything, until somebody gives the key back.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        match self {
            Self::Disabled(_) | Self::Denied(_) | Self::NotFound(_) => true,
            Self::Throttled(_) | Self::Corrupt(_) | Self::Other(_) => false,
        }
    }

    /// Whether the same call may succeed a little later without anybody's help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Throttled(_) | Self::Other(_) => true,
            Self::Disabled(_) | Self::Denied(_) | Self::NotFound(_) | Self::Corrupt(_) => false,
        }
    }
}

mod base64_bytes {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        STANDARD
            .decode(String::deserialize(from)?)
            .map_err(D::Error::custom)
    }
}
