//! What use cases need of the vault and of AWS, as `app::ports` asks for it.

use std::sync::Arc;

use app::ports::{
    AccountSetup, AccountTemplates, PortError, RecoveryKit, RecoveryKits, Sealer,
};
use async_trait::async_trait;
use aws::Aws;
use domain::aws_account::{AccountAccess, AwsAccount};
use domain::repository::VaultRepository;
use domain::{Clock, IdSource, OrganizationId};
use secrecy::{ExposeSecret as _, SecretString};
use vault::{LocalRootKey, StoreLocation};

/// Random bytes of a recovery kit's password: as strong as the key it opens.
const KIT_PASSWORD_BYTES: usize = 32;

/// Seals secrets under the root key.
#[derive(Debug)]
pub(super) struct RootKeySealer {
    root_key: Arc<LocalRootKey>,
}

impl RootKeySealer {
    pub(super) fn new(root_key: Arc<LocalRootKey>) -> Self {
        Self { root_key }
    }
}

impl Sealer for RootKeySealer {
    fn seal(
        &self,
        organization: OrganizationId,
        purpose: &str,
        secret: &SecretString,
    ) -> Result<String, PortError> {
        workflows::seal(&self.root_key, organization, purpose, secret.expose_secret())
            .map_err(|error| PortError(error.to_string()))
    }
}

/// Adds passwords to repositories.
#[derive(Debug)]
pub(super) struct VaultKits {
    services: Arc<workflows::Services>,
    ids: Arc<dyn IdSource>,
    clock: Arc<dyn Clock>,
}

impl VaultKits {
    pub(super) fn new(
        services: Arc<workflows::Services>,
        ids: Arc<dyn IdSource>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { services, ids, clock }
    }
}

#[async_trait]
impl RecoveryKits for VaultKits {
    async fn export(&self, repository: &VaultRepository) -> Result<RecoveryKit, PortError> {
        let failed = |error: &dyn std::fmt::Display| PortError(error.to_string());
        let location: StoreLocation =
            serde_json::from_value(repository.location.clone()).map_err(|error| failed(&error))?;
        let opened = self.services.vaults.open(repository).await.map_err(|error| failed(&error))?;
        let mut bytes = [0_u8; KIT_PASSWORD_BYTES];
        self.ids.random(&mut bytes);
        let password = SecretString::from(hex::encode(bytes));
        let (for_vault, now) = (password.clone(), self.clock.now());
        // scrypt takes a second of CPU: not on the runtime's threads.
        tokio::task::spawn_blocking(move || opened.add_password(for_vault.expose_secret(), now))
            .await
            .map_err(|error| failed(&error))?
            .map_err(|error| failed(&error))?;
        Ok(RecoveryKit { location: restic_location(&location), password })
    }
}

/// The location in restic's notation.
pub(crate) fn restic_location(location: &StoreLocation) -> String {
    match location {
        StoreLocation::Folder { path } => {
            std::path::absolute(path).unwrap_or_else(|_| path.clone()).display().to_string()
        }
        StoreLocation::S3 { bucket, prefix, region } => {
            let end = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
            format!("s3:https://s3.{region}.amazonaws.com/{bucket}{end}")
        }
    }
}

/// Generates the documents that set an account up.
#[derive(Debug)]
pub(super) struct Templates {
    aws: Arc<dyn Aws>,
}

impl Templates {
    pub(super) fn new(aws: Arc<dyn Aws>) -> Self {
        Self { aws }
    }
}
