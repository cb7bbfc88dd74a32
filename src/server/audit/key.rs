//! The file of the key that signs checkpoints.
//!
//! Not for the root key (`vault`): whoever verifies needs this one's public half only. Invariant: the file has mode 0600 and is
//! never overwritten.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use domain::{IdSource as _, SystemClock, SystemIds};
use identity::signature::{SEED_BYTES, SigningKey};
use secrecy::zeroize::Zeroizing;

/// Name of the file.
const NAME: &str = "audit-signing.key";
/// What it begins with, so that a wrong file is named as such.
const PREFIX: &str = "holdfast-audit-key-v1:";

/// The file, beside the root key.
pub(crate) fn file(root_key_file: &Path) -> PathBuf {
    super::beside(root_key_file, NAME)
}

/// Opens the key, or makes one.
pub(crate) fn open_or_create(path: &Path) -> anyhow::Result<SigningKey> {
    if !path.exists() {
        create(path).with_context(|| path.display().to_string())?;
    }
    open(path)
}

/// Opens the key.
pub(crate) fn open(path: &Path) -> anyhow::Result<SigningKey> {
    let name = || path.display().to_string();
    if fs::metadata(path).with_context(name)?.mode() & 0o077 != 0 {
        bail!("{} may be read by others; its mode must be 0600", name());
    }
    let text = Zeroizing::new(fs::read_to_string(path).with_context(name)?);
    let digits = text.trim().strip_prefix(PREFIX);
    let seed = digits.and_then(|digits| hex::decode(digits).ok());
    let seed = Zeroizing::new(seed.with_context(|| format!("{} is no key", name()))?);
    SigningKey::from_seed(&seed).with_context(name)
}

/// Written under another name and linked into place: replicas that start at once get one key, and a crash leaves no half.
fn create(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder)?;
    let ids = SystemIds::new(SystemClock);
    let mut seed = Zeroizing::new([0_u8; SEED_BYTES]);
    ids.random(seed.as_mut_slice());
    let text = Zeroizing::new(format!("{PREFIX}{}\n", hex::encode(seed.as_slice())));
    let temporary = folder.join(format!(".{NAME}-{}", ids.uuid().simple()));
    let written = (|| {
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        match fs::hard_link(&temporary, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    })();
    let _left_over_is_harmless = fs::remove_file(&temporary);
    written
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_refused_when_others_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder.path().join("deep/root.key"));
        let made = open_or_create(&path).unwrap();
        let again = open_or_create(&path).unwrap();
        assert_eq!(made.public(), again.public());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(open(&path).is_err());
    }
}
