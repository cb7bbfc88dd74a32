//! Sections `[vault]`, `[keys]` and `[restore]`: what holds recovery points, and where they come back to.

use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::Faults;

/// What holds the vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VaultKind {
    /// A folder of this machine.
    Folder,
    /// A bucket.
    S3,
}

/// Where recovery points are kept.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VaultConfig {
    /// `folder` or `s3`.
    pub kind: VaultKind,
    /// The folder.
    pub path: PathBuf,
    /// The bucket.
    pub bucket: Option<String>,
    /// Prefix inside the bucket, without a slash at its end.
    pub prefix: String,
    /// Region of the bucket.
    pub region: Option<String>,
    /// Endpoint of the bucket, when it is not AWS's.
    pub endpoint_url: Option<String>,
    /// Access key id for the bucket, when it is not that of section `[aws]`.
    pub access_key_id: Option<String>,
    /// Secret for the bucket, when it is not that of section `[aws]`.
    #[schemars(with = "Option<String>")]
    pub secret_access_key: Option<SecretString>,
    /// How long a recovery point whose time is over can be taken back, in days.
    pub expiry_undo_days: u32,
}

impl VaultConfig {
    pub(super) fn validate(&self, faults: &mut Faults) {
        match self.kind {
            VaultKind::Folder => faults.check(
                !self.path.as_os_str().is_empty(),
                "vault.path",
                "name a folder",
            ),
            VaultKind::S3 => {
                let filled = |text: &Option<String>| text.as_ref().is_some_and(|t| !t.is_empty());
                faults.check(filled(&self.bucket), "vault.bucket", "name the bucket");
                faults.check(
                    filled(&self.region),
                    "vault.region",
                    "name the bucket's region",
                );
            }
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/');
        let sound = self.prefix.bytes().all(plain)
            && !self.prefix.starts_with('/')
            && !self.prefix.ends_with('/');
        faults.check(
            sound,
            "vault.prefix",
            "letters, digits, '-', '_', '.' and '/', without a slash at either end",
        );
        let pair = self.access_key_id.is_some() == self.secret_access_key.is_some();
        faults.check(
            pair,
            "vault.access_key_id",
            "give access_key_id and secret_access_key both",
        );
        super::aws::check_endpoint(faults, "vault.endpoint_url", self.endpoint_url.as_deref());
        faults.check(
            (1..=90).contains(&self.expiry_undo_days),
            "vault.expiry_undo_days",
            "1 to 90: whoever ends a recovery point by mistake needs time to notice",
        );
    }
}

/// The root key.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeysConfig {
    /// The root key file, made with mode 0600 at the first start.
    pub root_key_file: PathBuf,
    /// How long an unwrapped repository key may stay in memory, in seconds.
    pub cache_seconds: u32,
}

impl KeysConfig {
    pub(super) fn validate(&self, faults: &mut Faults) {
        let named = !self.root_key_file.as_os_str().is_empty();
        faults.check(named, "keys.root_key_file", "name a file");
        faults.check(
            self.cache_seconds <= 300,
            "keys.cache_seconds",
            "at most 300: a key that was switched off must stop working soon",
        );
    }
}

/// Restores to image files.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreConfig {
    /// Folder that image files are written into.
    pub folder: PathBuf,
}

impl RestoreConfig {
    pub(super) fn validate(&self, faults: &mut Faults) {
        faults.check(
            !self.folder.as_os_str().is_empty(),
            "restore.folder",
            "name a folder",
        );
    }
}
