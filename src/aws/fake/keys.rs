//! Simulated KMS keys.
//!
//! Not for cryptography: the ciphertext is a handle to what was wrapped. Invariant: a handle opens only with the key and the
//! whole context that it was made with, and only while the key is enabled, as in KMS.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use vault::{KeyContext, KeyError, KeyWrapper, MasterKey, WrappedKey};

use super::fault::{Effect, error_of};
use super::world::World;
use crate::kms::{KMS_WRAPPER_PREFIX, classify};
use crate::sdk::call::{Call, KMS_DECRYPT, KMS_ENCRYPT};

/// State of a simulated KMS key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Can be used.
    Enabled,
    /// Switched off by its owner.
    Disabled,
    /// Waits for its deletion.
    PendingDeletion,
    /// Its policy does not let us use it.
    Denied,
}

/// What a handle stands for.
pub(super) struct Wrapped {
    key_arn: String,
    context: KeyContext,
    key: MasterKey,
}

impl Debug for Wrapped {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Wrapped({}, {:?})", self.key_arn, self.context)
    }
}

/// Wraps with one simulated key.
#[derive(Debug)]
pub(super) struct FakeKeyWrapper {
    pub(super) world: Arc<Mutex<World>>,
    pub(super) account_id: String,
    pub(super) key_arn: String,
}

impl FakeKeyWrapper {
    fn check(&self, world: &mut World, call: &Call) -> Result<(), KeyError> {
        if let Some(Effect::Fail(class)) = world.strike(call, &self.account_id) {
            return Err(classify(&error_of(call, class)));
        }
        match world.keys.get(&self.key_arn) {
            Some(KeyState::Enabled) => Ok(()),
            Some(KeyState::Disabled) => Err(KeyError::Disabled("it is disabled".to_owned())),
            Some(KeyState::PendingDeletion) => {
                Err(KeyError::Disabled("it is pending deletion".to_owned()))
            }
            Some(KeyState::Denied) => Err(KeyError::Denied("its policy says no".to_owned())),
            None => Err(KeyError::NotFound(self.key_arn.clone())),
        }
    }
}

#[async_trait]
impl KeyWrapper for FakeKeyWrapper {
    async fn wrap(&self, key: &MasterKey, context: &KeyContext) -> Result<WrappedKey, KeyError> {
        let mut world = self.world.lock();
        self.check(&mut world, &KMS_ENCRYPT)?;
        let handle = world.id("wrapped").into_bytes();
        let wrapped = Wrapped {
            key_arn: self.key_arn.clone(),
            context: context.clone(),
            key: key.clone(),
        };
        world.wrapped.insert(handle.clone(), wrapped);
        let name = format!("{KMS_WRAPPER_PREFIX}{}", self.key_arn);
        Ok(WrappedKey::new(name, handle))
    }

    async fn unwrap(&self, key: &WrappedKey, context: &KeyContext) -> Result<MasterKey, KeyError> {
        let mut world = self.world.lock();
        self.check(&mut world, &KMS_DECRYPT)?;
        match world.wrapped.get(&key.ciphertext) {
            Some(wrapped) if wrapped.key_arn == self.key_arn && wrapped.context == *context => {
                Ok(wrapped.key.clone())
            }
            _ => Err(KeyError::Corrupt("the ciphertext does not open".to_owned())),
        }
    }
}
