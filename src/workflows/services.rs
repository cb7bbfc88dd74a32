//! What the steps of all workflows need besides their task.
//!
//! Not for the database, which the step context has. Invariant: a secret is opened here, for one call, and nowhere else.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use aws::{Aws, AwsAccess, Region};
use domain::OrganizationId;
use domain::audit::checkpoint::NoteKey;
use domain::aws_account::{AccountAccess, AwsAccount};
use jiff::SignedDuration;
use secrecy::SecretString;
use vault::{KeyContext, KeyError, LocalRootKey, WrappedKey};

use crate::vaults::Vaults;

/// Purpose under which the secret of an access key is sealed.
pub const ACCESS_KEY_PURPOSE: &str = "aws-secret-access-key";
/// A sealed secret belongs to no repository.
const NO_REPOSITORY: &str = "none";

/// Numbers from the configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Blocks of 512 KiB that one backup or restore has in flight.
    pub blocks_in_flight: u32,
    /// Age of the last full compare, in days, at which the next backup compares the whole volume.
    pub full_compare_days: u32,
    /// How long AWS may take for a snapshot or a volume, in minutes.
    pub aws_wait_minutes: u32,
    /// Tasks of one kind in one account and region at the same time.
    pub per_region_max: u32,
    /// Folder for restores to image files.
    pub restore_folder: PathBuf,
    /// Whether accounts may be reached by access keys.
    pub static_keys_allowed: bool,
    /// How recovery points are proven.
    pub verification: VerificationSettings,
    /// How long a recovery point whose time is over can be taken back, in days.
    pub expiry_undo_days: u32,
}

impl Settings {
    /// The undo window of recovery points whose time is over.
    #[must_use]
    pub fn undo(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.expiry_undo_days))
    }
}

/// How recovery points are proven.
#[derive(Debug, Clone)]
pub struct VerificationSettings {
    /// Folder of scratch restores.
    pub scratch_folder: PathBuf,
    /// Bytes that all scratch restores together may take.
    pub scratch_bytes: u64,
    /// Verifications at the same time.
    pub concurrent_max: u32,
    /// Bytes that are read in a day for what policies ask to be proven.
    pub bytes_per_day: u64,
}

/// The key of this installation that signs the heads of vaults; the one of the audit log's checkpoints.
pub trait HeadKey: fmt::Debug + Send + Sync {
    /// Its public half.
    fn note_key(&self) -> NoteKey;

    /// The signature of the body.
    fn sign(&self, body: &str) -> Vec<u8>;

    /// Whether the signature is of this public key and body.
    fn is_valid(&self, public: &[u8], body: &[u8], signature: &[u8]) -> bool;
}

/// What the steps of all workflows share.
#[derive(Debug)]
pub struct Services {
    /// The way into AWS.
    pub aws: Arc<dyn Aws>,
    /// The vault.
    pub vaults: Vaults,
    /// Signs heads.
    pub head_key: Arc<dyn HeadKey>,
    /// Numbers from the configuration.
    pub settings: Settings,
}

/// Why an account cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// AWS was asked and refused or failed.
    #[error(transparent)]
    Aws(#[from] aws::AwsError),
    /// The sealed secret does not open.
    #[error("the secret of the account's access key does not open: {0}")]
    Sealed(#[from] KeyError),
    /// The configuration forbids access keys.
    #[error("this installation does not allow accounts with access keys")]
    StaticKeysForbidden,
}

impl Services {
    /// How the account is reached, with its secret in clear.
    pub fn access(&self, account: &AwsAccount) -> Result<AwsAccess, AccessError> {
        match &account.access {
            AccountAccess::Role {
                role_arn,
                external_id,
            } => Ok(AwsAccess::AssumeRole {
                role_arn: role_arn.clone(),
                external_id: external_id.clone(),
            }),
            AccountAccess::StaticKeys {
                access_key_id,
                sealed_secret,
            } => {
                if !self.settings.static_keys_allowed {
                    return Err(AccessError::StaticKeysForbidden);
                }
                let root_key = self.vaults.root_key();
                let organization = account.organization_id;
                let secret = unseal(root_key, organization, ACCESS_KEY_PURPOSE, sealed_secret)?;
                Ok(AwsAccess::StaticKeys {
                    access_key_id: access_key_id.clone(),
                    secret_access_key: secret,
                })
            }
        }
    }

    /// A region of the account; `session_name` shows up in the customer's `CloudTrail`.
    pub async fn region(
        &self,
        account: &AwsAccount,
        region: &str,
        session_name: &str,
    ) -> Result<Arc<dyn Region>, AccessError> {
        let access = self.access(account)?;
        Ok(self.aws.region(&access, region, session_name).await?)
    }
}

/// Seals a small secret for one organization and purpose; the text is safe to store.
pub fn seal(
    root_key: &LocalRootKey,
    organization: OrganizationId,
    purpose: &str,
    secret: &str,
) -> Result<String, KeyError> {
    let sealed = root_key.seal(secret.as_bytes(), &secret_context(organization, purpose))?;
    String::from_utf8(sealed.to_json()?).map_err(|error| KeyError::Other(error.to_string()))
}

/// Opens what [`seal`] sealed for the same organization and purpose.
pub fn unseal(
    root_key: &LocalRootKey,
    organization: OrganizationId,
    purpose: &str,
    sealed: &str,
) -> Result<SecretString, KeyError> {
    let sealed = WrappedKey::from_json(sealed.as_bytes())?;
    let secret = root_key.open_sealed(&sealed, &secret_context(organization, purpose))?;
    let text = std::str::from_utf8(&secret);
    let text = text.map_err(|_secret| KeyError::Corrupt("a sealed secret is not text".into()))?;
    Ok(SecretString::from(text.to_owned()))
}

fn secret_context(organization: OrganizationId, purpose: &str) -> KeyContext {
    KeyContext {
        organization: organization.to_string(),
        repository: NO_REPOSITORY.to_owned(),
        purpose: purpose.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_only_for_its_organization_and_purpose() {
        let folder = tempfile::tempdir().unwrap();
        let key = LocalRootKey::open_or_create(&folder.path().join("root.key")).unwrap();
        let ours = OrganizationId::from_uuid(uuid::Uuid::from_u128(1));
        let theirs = OrganizationId::from_uuid(uuid::Uuid::from_u128(2));
        let sealed = seal(&key, ours, ACCESS_KEY_PURPOSE, "hush-hush").unwrap();
        assert!(!sealed.contains("hush-hush"));
        assert!(unseal(&key, ours, ACCESS_KEY_PURPOSE, &sealed).is_ok());
        assert!(unseal(&key, theirs, ACCESS_KEY_PURPOSE, &sealed).is_err());
        assert!(unseal(&key, ours, "other", &sealed).is_err());
    }
}
