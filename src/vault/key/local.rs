//! The root key file of this server: wraps master keys when no AWS KMS key does.
//!
//! Not for keys that a customer holds. Invariant: the file has mode 0600, is never overwritten, and a
//! wrapped key is bound to its context by AES-256-GCM's associated data.

use std::fmt::{self, Debug, Formatter};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use async_trait::async_trait;
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::{digest, rand};
use zeroize::Zeroizing;

use super::{KeyContext, KeyError, KeyWrapper, MasterKey, WrappedKey};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
/// What the file begins with, so that a wrong file is named as such and not used as a key.
const FILE_PREFIX: &str = "holdfast-root-key-v1:";
const WRAPPER_PREFIX: &str = "local:";

/// A key in a file of this machine that wraps master keys by AES-256-GCM.
pub struct LocalRootKey {
    key: RandomizedNonceKey,
    id: String,
}

impl LocalRootKey {
    /// Opens the key file, or makes one with mode 0600 when there is none. A file that others may read is
    /// refused: whoever could read it can open every repository.
    pub fn open_or_create(path: &Path) -> Result<Self, KeyError> {
        match Self::open(path) {
            Err(KeyError::NotFound(_)) => {}
            done => return done,
        }
        create_file(path)?;
        Self::open(path)
    }

    /// Opens the key file; [`KeyError::NotFound`] when there is none.
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        let name = path.display();
        let metadata = fs::metadata(path).map_err(|e| {
            if e.kind() == io::ErrorKind::NotFound {
                KeyError::NotFound(format!("{name}"))
            } else {
                KeyError::Other(format!("{name}: {e}"))
            }
        })?;
        if metadata.mode() & 0o077 != 0 {
            return Err(KeyError::Denied(format!(
                "{name} may be read by others; its mode must be 0600"
            )));
        }
        let text = Zeroizing::new(
            fs::read_to_string(path).map_err(|e| KeyError::Other(format!("{name}: {e}")))?,
        );
        let bytes = text
            .trim_end()
            .strip_prefix(FILE_PREFIX)
            .and_then(|digits| hex::decode(digits).ok())
            .map(Zeroizing::new)
            .filter(|bytes| bytes.len() == KEY_BYTES)
            .ok_or_else(|| KeyError::Corrupt(format!("{name} is not a root key file")))?;
        Self::from_bytes(&bytes)
    }

    /// A name for this key that gives nothing of it away.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Seals a small secret, such as an access key, so that it opens only with the same `context`.
    pub fn seal(&self, secret: &[u8], context: &KeyContext) -> Result<WrappedKey, KeyError> {
        let mut sealed = secret.to_vec();
        let nonce = self
            .key
            .seal_in_place_append_tag(associated_data(context)?, &mut sealed)
            .map_err(|e| KeyError::Other(format!("sealing: {e}")))?;
        let mut ciphertext = nonce.as_ref().to_vec();
        ciphertext.append(&mut sealed);
        Ok(WrappedKey::new(self.wrapper_name(), ciphertext))
    }

    /// Opens what [`Self::seal`] sealed; [`KeyError::NotFound`] when another root key sealed it.
    pub fn open_sealed(
        &self,
        key: &WrappedKey,
        context: &KeyContext,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        if key.wrapper != self.wrapper_name() {
            return Err(KeyError::NotFound(format!(
                "wrapped by {}, this is {}",
                key.wrapper,
                self.wrapper_name()
            )));
        }
        let short = || KeyError::Corrupt("wrapped key is too short".to_owned());
        let (nonce, sealed) = key
            .ciphertext
            .split_at_checked(NONCE_BYTES)
            .ok_or_else(short)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_short| short())?;
        let mut opened = Zeroizing::new(sealed.to_vec());
        let plain = self
            .key
            .open_in_place(nonce, associated_data(context)?, &mut opened)
            .map_err(|_opaque| KeyError::Corrupt("damaged, or bound to another context".into()))?;
        let length = plain.len();
        opened.truncate(length);
        Ok(opened)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, bytes)
            .map_err(|e| KeyError::Corrupt(format!("root key: {e}")))?;
        let mut named = digest::Context::new(&digest::SHA256);
        named.update(b"holdfast root key id");
        named.update(bytes);
        let id = hex::encode(named.finish().as_ref())
            .chars()
            .take(16)
            .collect();
        Ok(Self { key, id })
    }

    fn wrapper_name(&self) -> String {
        format!("{WRAPPER_PREFIX}{}", self.id)
    }
}

impl Debug for LocalRootKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalRootKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl KeyWrapper for LocalRootKey {
    async fn wrap(&self, key: &MasterKey, context: &KeyContext) -> Result<WrappedKey, KeyError> {
        self.seal(key.expose_json(), context)
    }

    async fn unwrap(&self, key: &WrappedKey, context: &KeyContext) -> Result<MasterKey, KeyError> {
        MasterKey::from_json(self.open_sealed(key, context)?.to_vec())
    }
}

// JSON of the pairs: unambiguous, because strings in it are quoted and escaped.
fn associated_data(context: &KeyContext) -> Result<Aad<Vec<u8>>, KeyError> {
    let bytes = serde_json::to_vec(&context.pairs()).map_err(|e| KeyError::Other(e.to_string()))?;
    Ok(Aad::from(bytes))
}

// Written under another name and linked into place: two servers that start at once get one key, and a crash
// never leaves half a key behind.
fn create_file(path: &Path) -> Result<(), KeyError> {
    let failed = |e: io::Error| KeyError::Other(format!("{}: {e}", path.display()));
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(failed)?;
    let mut bytes = Zeroizing::new([0_u8; KEY_BYTES]);
    rand::fill(bytes.as_mut_slice())
        .map_err(|e| KeyError::Other(format!("random numbers: {e}")))?;
    let text = Zeroizing::new(format!("{FILE_PREFIX}{}\n", hex::encode(bytes.as_slice())));
    let mut random = [0_u8; 8];
    rand::fill(&mut random).map_err(|e| KeyError::Other(format!("random numbers: {e}")))?;
    let temporary = folder.join(format!(".root-key-{}", hex::encode(random)));
    let written = (|| {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        match fs::hard_link(&temporary, path) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
            Ok(()) | Err(_) => Ok(()),
        }
    })();
    let _left_over_is_harmless = fs::remove_file(&temporary);
    written.map_err(failed)?;
    File::open(folder)
        .and_then(|f| f.sync_all())
        .map_err(failed)
}
