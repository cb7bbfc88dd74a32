//! Recovery codes: what lets a person in whose authenticator is lost.
//!
//! Not for which were used (`store`). Invariant: a code has 120 random bits (ASVS 5.0, 6.5.2: from 112 on a plain hash does) and is stored only as its SHA-256 digest.

use data_encoding::BASE32_NOPAD;
use domain::IdSource;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::secret::SecretDigest;

/// Codes that a person gets at once.
pub const RECOVERY_CODES: usize = 10;
/// Bytes of a code.
const CODE_BYTES: usize = 15;
/// Characters of a code without its dashes.
const CODE_LENGTH: usize = 24;
/// Characters between two dashes.
const GROUP_LENGTH: usize = 4;

/// A code that works once.
#[derive(Debug, Clone)]
pub struct RecoveryCode(SecretString);

impl RecoveryCode {
    /// A fresh code.
    #[must_use]
    pub fn fresh(ids: &dyn IdSource) -> Self {
        let mut bytes = Zeroizing::new([0_u8; CODE_BYTES]);
        ids.random(bytes.as_mut_slice());
        Self(
            BASE32_NOPAD
                .encode(bytes.as_slice())
                .to_ascii_lowercase()
                .into(),
        )
    }

    /// [`RECOVERY_CODES`] fresh codes.
    #[must_use]
    pub fn fresh_set(ids: &dyn IdSource) -> Vec<Self> {
        (0..RECOVERY_CODES).map(|_| Self::fresh(ids)).collect()
    }

    /// A code as a person typed it, with or without dashes and in any case; none when it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = Zeroizing::new(
            text.chars()
                .filter(|c| !c.is_whitespace() && *c != '-')
                .map(|c| c.to_ascii_uppercase())
                .collect::<String>(),
        );
        let fits = plain.len() == CODE_LENGTH && BASE32_NOPAD.decode(plain.as_bytes()).is_ok();
        fits.then(|| Self(plain.to_ascii_lowercase().into()))
    }

    /// The code as it is shown, in groups: `abcd-efgh-ijkl-mnop-qrst-uvwx`.
    #[must_use]
    pub fn shown(&self) -> SecretString {
        let letters: Vec<char> = self.0.expose_secret().chars().collect();
        let groups: Vec<String> = letters
            .chunks(GROUP_LENGTH)
            .map(|group| group.iter().collect())
            .collect();
        groups.join("-").into()
    }

    /// What the database keeps.
    #[must_use]
    pub fn digest(&self) -> SecretDigest {
        SecretDigest::of(self.0.expose_secret())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use domain::{SystemIds, TestClock};

    #[test]
    fn a_code_survives_being_typed() {
        let ids = SystemIds::new(TestClock::default());
        let code = RecoveryCode::fresh(&ids);
        let shown = code.shown().expose_secret().to_owned();
        assert_eq!(shown.len(), 29);
        for typed in [
            shown.clone(),
            shown.to_uppercase(),
            shown.replace('-', ""),
            shown.replace('-', " "),
        ] {
            let parsed = RecoveryCode::parse(&typed).unwrap();
            assert_eq!(parsed.digest(), code.digest(), "{typed}");
        }
        for wrong in [
            "",
            "abcd",
            "0000-0000-0000-0000-0000-0000",
            &format!("{shown}a"),
        ] {
            assert!(RecoveryCode::parse(wrong).is_none(), "{wrong}");
        }
        assert!(!format!("{code:?}").contains(&shown.replace('-', "")));
    }

    #[test]
    fn a_set_has_ten_different_ones() {
        let ids = SystemIds::new(TestClock::default());
        let codes = RecoveryCode::fresh_set(&ids);
        let digests: BTreeSet<_> = codes.iter().map(RecoveryCode::digest).collect();
        assert_eq!(digests.len(), RECOVERY_CODES);
    }
}
