//! Bearer secrets: the cookie of a session and the token of a program.
//!
//! Not for whose they are (`store`). Invariant: a secret has 256 random bits and is stored only as its SHA-256 digest; fast
//! hashing is enough, because nobody can guess 256 bits.

use std::fmt;

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use domain::IdSource;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Bytes of a secret.
const SECRET_BYTES: usize = 32;
/// What every API token begins with, so that scanners of source code can find leaked ones.
pub const API_TOKEN_PREFIX: &str = "hf_";
/// Characters of the random part of a token: 32 bytes in base32.
const TOKEN_BODY_LENGTH: usize = 52;
/// Characters of a token's checksum: 5 bytes in base32.
const TOKEN_CHECKSUM_LENGTH: usize = 8;

/// SHA-256 of a secret: what the database keeps and looks for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretDigest([u8; 32]);

impl SecretDigest {
    pub(crate) fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Lower-case hexadecimal.
    #[must_use]
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest(..)")
    }
}

fn random_bytes(ids: &dyn IdSource) -> Zeroizing<[u8; SECRET_BYTES]> {
    let mut bytes = Zeroizing::new([0_u8; SECRET_BYTES]);
    ids.random(bytes.as_mut_slice());
    bytes
}

/// The secret of a browser session, as it travels in the cookie.
#[derive(Debug, Clone)]
pub struct SessionSecret(SecretString);

impl SessionSecret {
    /// A fresh secret.
    pub fn fresh(ids: &dyn IdSource) -> Self {
        Self(BASE64URL_NOPAD.encode(random_bytes(ids).as_slice()).into())
    }

    /// A secret as a browser sent it; none when it cannot be one, so that junk costs no query.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?);
        (bytes.len() == SECRET_BYTES).then(|| Self(text.into()))
    }

    /// The text of the cookie.
    #[must_use]
    pub const fn text(&self) -> &SecretString {
        &self.0
    }

    /// What the database keeps.
    #[must_use]
    pub fn digest(&self) -> SecretDigest {
        SecretDigest::of(self.0.expose_secret())
    }
}

/// The secret of an API token: `hf_`, 52 characters of randomness, 8 of checksum.
#[derive(Debug, Clone)]
pub struct ApiTokenSecret(SecretString);

impl ApiTokenSecret {
    /// A fresh secret.
    pub fn fresh(ids: &dyn IdSource) -> Self {
        let body = Zeroizing::new(lower_base32(random_bytes(ids).as_slice()));
        let checksum = token_checksum(&body);
        Self(format!("{API_TOKEN_PREFIX}{}{checksum}", body.as_str()).into())
    }

    /// A token as a program sent it; none when prefix, length or checksum are wrong, so that junk costs no query.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(API_TOKEN_PREFIX)?;
        let (body, checksum) = rest.split_at_checked(TOKEN_BODY_LENGTH)?;
        let is_sound = checksum.len() == TOKEN_CHECKSUM_LENGTH
            && bool::from(token_checksum(body).as_bytes().ct_eq(checksum.as_bytes()));
        is_sound.then(|| Self(text.into()))
    }

    /// The text that is shown once.
    #[must_use]
    pub const fn text(&self) -> &SecretString {
        &self.0
    }

    /// What the database keeps.
    #[must_use]
    pub fn digest(&self) -> SecretDigest {
        SecretDigest::of(self.0.expose_secret())
    }
}

fn lower_base32(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

/// Tells typing errors from wrong tokens; protects nothing.
fn token_checksum(body: &str) -> String {
    let digest = Sha256::digest(format!("{API_TOKEN_PREFIX}{body}").as_bytes());
    lower_base32(digest.get(..5).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{SystemIds, TestClock};

    #[test]
    fn a_token_survives_the_way_through_text() {
        let ids = SystemIds::new(TestClock::default());
        let token = ApiTokenSecret::fresh(&ids);
        let text = token.text().expose_secret();
        assert_eq!(text.len(), 3 + 52 + 8);
        assert_eq!(
            ApiTokenSecret::parse(text).map(|parsed| parsed.digest()),
            Some(token.digest())
        );
        assert_ne!(ApiTokenSecret::fresh(&ids).digest(), token.digest());
    }

    #[test]
    fn a_token_with_one_changed_character_is_refused() {
        let ids = SystemIds::new(TestClock::default());
        let token = ApiTokenSecret::fresh(&ids);
        let text = token.text().expose_secret();
        for index in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[index] = if bytes[index] == b'a' { b'b' } else { b'a' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(ApiTokenSecret::parse(&changed).is_none(), "{index}");
        }
        for text in [
            "",
            "hf_",
            "hf_ä",
            text.get(..62).unwrap(),
            &format!("{text}a"),
        ] {
            assert!(ApiTokenSecret::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_session_secret_survives_the_way_through_text() {
        let ids = SystemIds::new(TestClock::default());
        let secret = SessionSecret::fresh(&ids);
        let text = secret.text().expose_secret();
        assert_eq!(
            SessionSecret::parse(text).map(|parsed| parsed.digest()),
            Some(secret.digest())
        );
        for text in ["", "abc", "ä", &"A".repeat(42), &"A".repeat(44)] {
            assert!(SessionSecret::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn no_debug_output_shows_a_secret() {
        let ids = SystemIds::new(TestClock::default());
        let token = ApiTokenSecret::fresh(&ids);
        let shown = format!("{token:?} {:?}", token.digest());
        assert!(!shown.contains(token.text().expose_secret()));
        assert!(!shown.contains(&token.digest().hex()));
    }
}
