//! One-time links: the secret in a mail that confirms an address, sets a password or accepts an invitation.
//!
//! Not for whom they are for and whether they were used (`store`). Invariant: a secret has 256 random bits; its digest is bound
//! to the purpose, so a link made for one thing can never be used for another, whatever the database says.

use data_encoding::BASE64URL_NOPAD;
use domain::IdSource;
use domain::link::LinkPurpose;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::secret::SecretDigest;

/// Bytes of a secret.
const SECRET_BYTES: usize = 32;

/// The secret in a link.
#[derive(Debug, Clone)]
pub struct LinkSecret(SecretString);

impl LinkSecret {
    /// A fresh secret.
    #[must_use]
    pub fn fresh(ids: &dyn IdSource) -> Self {
        let mut bytes = Zeroizing::new([0_u8; SECRET_BYTES]);
        ids.random(bytes.as_mut_slice());
        Self(BASE64URL_NOPAD.encode(bytes.as_slice()).into())
    }

    /// A secret as it came back; none when it cannot be one, so that junk costs no query.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?);
        (bytes.len() == SECRET_BYTES).then(|| Self(text.into()))
    }

    /// The text of the link.
    #[must_use]
    pub const fn text(&self) -> &SecretString {
        &self.0
    }

    /// What the database keeps.
    #[must_use]
    pub fn digest(&self, purpose: LinkPurpose) -> SecretDigest {
        let bound = Zeroizing::new(format!("{}:{}", purpose.name(), self.0.expose_secret()));
        SecretDigest::of(&bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{SystemIds, TestClock};

    #[test]
    fn a_secret_survives_the_way_through_text_and_is_bound_to_its_purpose() {
        let ids = SystemIds::new(TestClock::default());
        let secret = LinkSecret::fresh(&ids);
        let parsed = LinkSecret::parse(secret.text().expose_secret()).unwrap();
        for purpose in LinkPurpose::ALL {
            assert_eq!(parsed.digest(*purpose), secret.digest(*purpose));
            for other in LinkPurpose::ALL {
                let same = secret.digest(*purpose) == secret.digest(*other);
                assert_eq!(same, purpose == other);
            }
        }
        for wrong in ["", "abc", "ä", &"A".repeat(42), &"A".repeat(44)] {
            assert!(LinkSecret::parse(wrong).is_none(), "{wrong}");
        }
    }
}
