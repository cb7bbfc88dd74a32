//! Checkpoints: a signed statement of how long a log was at a moment, and which one.
//!
//! The text is a signed note (C2SP `signed-note`) whose body follows C2SP `tlog-checkpoint`: origin, size, hash in base64, then our
//! lines. The hash is the head of a chain and not the root of a Merkle tree, which the origin says. Not for making signatures
//! (`server`). Invariant: what is parsed and written again is the same text.

use data_encoding::BASE64;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::chain::{Hash, time};
use crate::ids::OrganizationId;

/// Start of the origin line; the organization's id follows.
const ORIGIN: &str = "holdfast/audit-chain/";
/// Name of the key in signature lines.
pub const KEY_NAME: &str = "holdfast-audit";
/// Type of an Ed25519 key in signed notes.
const ED25519: u8 = 0x01;
/// Largest checkpoint that is read, in bytes: a few lines and one signature.
const TEXT_BYTES_MAX: usize = 4_096;

/// What a checkpoint states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose log.
    pub organization_id: OrganizationId,
    /// Events that were ever recorded.
    pub size: u64,
    /// Hash of the newest.
    pub head: Hash,
    /// Events that retention cut off at the start.
    pub anchor_size: u64,
    /// Hash of the last one that was cut off.
    pub anchor: Hash,
    /// When it was made.
    pub made_at: Timestamp,
}

/// A text that is no checkpoint, or whose signature is not of this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It does not read as a checkpoint.
    #[error("this is no checkpoint of an audit log")]
    Malformed,
    /// The key does not read as a verifier key of a signed note.
    #[error("this is no verifier key: it has the form name+hash+key")]
    MalformedKey,
    /// No signature is of this key.
    #[error("no signature of this checkpoint was made with this key")]
    Unsigned,
}

impl Checkpoint {
    /// What is signed.
    #[must_use]
    pub fn body(&self) -> String {
        format!(
            "{ORIGIN}{}\n{}\n{}\nanchor {} {}\ntime {}\n",
            self.organization_id,
            self.size,
            BASE64.encode(&self.head.0),
            self.anchor_size,
            BASE64.encode(&self.anchor.0),
            time(self.made_at),
        )
    }

    /// Reads the body, which must be what [`Self::body`] writes.
    fn parse(body: &str) -> Option<Self> {
        let mut lines = body.lines();
        let organization_id = lines.next()?.strip_prefix(ORIGIN)?.parse().ok()?;
        let size = lines.next()?.parse().ok()?;
        let head = base64_hash(lines.next()?)?;
        let (anchor_size, anchor) = lines.next()?.strip_prefix("anchor ")?.split_once(' ')?;
        let made_at = lines.next()?.strip_prefix("time ")?.parse().ok()?;
        let read = Self {
            organization_id,
            size,
            head,
            anchor_size: anchor_size.parse().ok()?,
            anchor: base64_hash(anchor)?,
            made_at,
        };
        (read.body() == body && read.anchor_size <= read.size).then_some(read)
    }

    /// The whole text: body, and one signature of `key` over the body.
    #[must_use]
    pub fn signed(&self, key: &NoteKey, signature: &[u8]) -> String {
        key.note(&self.body(), signature)
    }

    /// Reads a text and checks that `key` signed it; `is_valid(public key, body, signature)` does the arithmetic.
    pub fn open(
        text: &str,
        key: &NoteKey,
        is_valid: impl Fn(&[u8], &[u8], &[u8]) -> bool,
    ) -> Result<Self, CheckpointError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(CheckpointError::Malformed);
        }
        let (body, _) = split(text).ok_or(CheckpointError::Malformed)?;
        let read = Self::parse(body).ok_or(CheckpointError::Malformed)?;
        key.body_of(text, is_valid).map(|_signed| read)
    }
}

/// Body and signatures of a note; the body ends with its line feed.
fn split(text: &str) -> Option<(&str, &str)> {
    let (body, _) = text.split_once("\n\n")?;
    let (body, rest) = text.split_at_checked(body.len() + 1)?;
    Some((body, rest.strip_prefix('\n')?))
}

pub(crate) fn base64_hash(text: &str) -> Option<Hash> {
    Hash::from_slice(&BASE64.decode(text.as_bytes()).ok()?)
}

/// The signature in a line, when its name and key id are those of `key`.
fn signature_of(line: &str, key: &NoteKey) -> Option<Vec<u8>> {
    let (name, encoded) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    let bytes = BASE64.decode(encoded.as_bytes()).ok()?;
    let (id, signature) = bytes.split_at_checked(4)?;
    (name == key.name && id == key.id()).then(|| signature.to_vec())
}

/// A public key in the form of signed notes: `name+id+base64(type, key)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    public: Vec<u8>,
}

impl NoteKey {
    /// The Ed25519 key of this installation.
    #[must_use]
    pub fn new(public: &[u8]) -> Self {
        Self {
            name: KEY_NAME.to_owned(),
            public: public.to_vec(),
        }
    }

    /// The signed note of this body: the body, an empty line, and the signature.
    #[must_use]
    pub fn note(&self, body: &str, signature: &[u8]) -> String {
        let mut bytes = self.id().to_vec();
        bytes.extend_from_slice(signature);
        let encoded = BASE64.encode(&bytes);
        format!("{body}\n\u{2014} {} {encoded}\n", self.name)
    }

    /// The body of a note that this key signed; `is_valid(public key, body, signature)` does the arithmetic. What comes after another
    /// empty line is nobody's business.
    pub fn body_of<'a>(
        &self,
        text: &'a str,
        is_valid: impl Fn(&[u8], &[u8], &[u8]) -> bool,
    ) -> Result<&'a str, CheckpointError> {
        let (body, signatures) = split(text).ok_or(CheckpointError::Malformed)?;
        let mut signatures = signatures.lines().take_while(|line| !line.is_empty());
        let is_ours = signatures.any(|line| {
            signature_of(line, self)
                .is_some_and(|signature| is_valid(&self.public, body.as_bytes(), &signature))
        });
        if is_ours {
            Ok(body)
        } else {
            Err(CheckpointError::Unsigned)
        }
    }

    /// First four bytes of SHA-256(name, line feed, type, key).
    fn id(&self) -> [u8; 4] {
        let mut sha = Sha256::new();
        sha.update(self.name.as_bytes());
        sha.update([b'\n', ED25519]);
        sha.update(&self.public);
        let digest: [u8; 32] = sha.finalize().into();
        let [a, b, c, d, ..] = digest;
        [a, b, c, d]
    }

    /// The text that is given to those who verify.
    #[must_use]
    pub fn text(&self) -> String {
        let mut typed = vec![ED25519];
        typed.extend_from_slice(&self.public);
        let id = data_encoding::HEXLOWER.encode(&self.id());
        format!("{}+{id}+{}", self.name, BASE64.encode(&typed))
    }

    /// Reads that text.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let read = || {
            // Base64 may hold a plus sign, the name and the id may not.
            let (name, rest) = text.trim().split_once('+')?;
            let (_, encoded) = rest.split_once('+')?;
            let typed = BASE64.decode(encoded.as_bytes()).ok()?;
            let (kind, public) = typed.split_first()?;
            let key = Self {
                name: name.to_owned(),
                public: public.to_vec(),
            };
            (*kind == ED25519 && key.text() == text.trim()).then_some(key)
        };
        read().ok_or(CheckpointError::MalformedKey)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            organization_id: OrganizationId::from_uuid(uuid::Uuid::from_u128(7)),
            size: 12,
            head: Hash([1; 32]),
            anchor_size: 3,
            anchor: Hash([2; 32]),
            made_at: "2026-01-02T03:04:05.000006Z".parse().unwrap(),
        }
    }

    /// Not a signature scheme, only something that depends on key and body.
    fn sign(public: &[u8], body: &[u8]) -> Vec<u8> {
        Sha256::digest([public, body].concat()).to_vec()
    }

    fn is_valid(public: &[u8], body: &[u8], signature: &[u8]) -> bool {
        sign(public, body) == signature
    }

    #[test]
    fn what_is_signed_opens_with_its_key_and_no_other() {
        let key = NoteKey::new(&[9; 32]);
        let checkpoint = checkpoint();
        let text = checkpoint.signed(&key, &sign(&[9; 32], checkpoint.body().as_bytes()));
        assert_eq!(Checkpoint::open(&text, &key, is_valid), Ok(checkpoint));
        let other = NoteKey::new(&[8; 32]);
        assert_eq!(
            Checkpoint::open(&text, &other, is_valid),
            Err(CheckpointError::Unsigned)
        );
        assert_eq!(
            NoteKey::parse(&format!("{}\n", key.text())),
            Ok(key.clone())
        );
        assert!(NoteKey::parse(&key.text().replace("audit", "other")).is_err());
        let unsigned = text.split("\u{2014}").next().unwrap();
        assert_eq!(
            Checkpoint::open(unsigned, &key, is_valid),
            Err(CheckpointError::Unsigned)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn no_byte_of_a_checkpoint_can_be_changed(place in 0_usize..300, byte in any::<u8>()) {
            let key = NoteKey::new(&[9; 32]);
            let checkpoint = checkpoint();
            let text = checkpoint.signed(&key, &sign(&[9; 32], checkpoint.body().as_bytes()));
            let mut bytes = text.clone().into_bytes();
            let place = place % bytes.len();
            prop_assume!(bytes[place] != byte);
            bytes[place] = byte;
            let Ok(changed) = String::from_utf8(bytes) else { return Ok(()) };
            let opened = Checkpoint::open(&changed, &key, is_valid);
            // The last line feed is not part of what is signed.
            prop_assert!(opened.is_err() || place + 1 == text.len(), "{changed}");
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
            let key = NoteKey::new(&[9; 32]);
            prop_assert!(Checkpoint::open(&text, &key, is_valid).is_err());
            let _ = NoteKey::parse(&text);
        }
    }
}
