//! Ed25519 signatures (RFC 8032).
//!
//! Not for where keys lie. Invariant: a secret key never leaves this type but as the seed that its file holds.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

/// Bytes of a seed, which is the whole secret.
pub const SEED_BYTES: usize = 32;

/// A key pair that signs.
#[derive(Debug)]
pub struct SigningKey(Ed25519KeyPair);

/// A seed of the wrong length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the seed of an Ed25519 key has {SEED_BYTES} bytes")]
pub struct BadSeed;

impl SigningKey {
    /// The key of this seed.
    pub fn from_seed(seed: &[u8]) -> Result<Self, BadSeed> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed);
        pair.map(Self).map_err(|_rejected| BadSeed)
    }

    /// The public key, 32 bytes.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// The signature of the message, 64 bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

/// Whether the signature is of this message and this public key.
#[must_use]
pub fn is_valid(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public)
        .verify(message, signature)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_vector_of_rfc_8032_holds() {
        let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
        let key = SigningKey::from_seed(&hex(
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        ));
        let key = key.unwrap();
        assert_eq!(
            key.public(),
            hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        );
        let signature = key.sign(&[0x72]);
        assert_eq!(
            signature,
            hex(
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                 085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            )
        );
        assert!(is_valid(key.public(), &[0x72], &signature));
        assert!(!is_valid(key.public(), &[0x73], &signature));
        assert!(!is_valid(&[0; 31], &[0x72], &signature));
        assert!(SigningKey::from_seed(&[0; 31]).is_err());
    }
}
