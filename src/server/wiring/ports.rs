//! What use cases need of the vault and of AWS, as `app::ports` asks for it.

use std::sync::Arc;

use app::ports::{AccountSetup, AccountTemplates, PortError, RecoveryKit, RecoveryKits, Sealer};
use async_trait::async_trait;
use aws::templates::RoleRequest;
use aws::{Aws, AwsAccess, AwsError, CallerIdentity, Purpose};
use domain::aws_account::{AccountAccess, AwsAccount};
use domain::repository::VaultRepository;
use domain::{Clock, IdSource, OrganizationId};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::OnceCell;
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
        workflows::seal(
            &self.root_key,
            organization,
            purpose,
            secret.expose_secret(),
        )
        .map_err(|error| PortError(error.to_string()))
    }

    fn open(
        &self,
        organization: OrganizationId,
        purpose: &str,
        sealed: &str,
    ) -> Result<SecretString, PortError> {
        workflows::unseal(&self.root_key, organization, purpose, sealed)
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
        Self {
            services,
            ids,
            clock,
        }
    }
}

#[async_trait]
impl RecoveryKits for VaultKits {
    async fn export(&self, repository: &VaultRepository) -> Result<RecoveryKit, PortError> {
        let failed = |error: &dyn std::fmt::Display| PortError(error.to_string());
        let location: StoreLocation =
            serde_json::from_value(repository.location.clone()).map_err(|error| failed(&error))?;
        let opened = self
            .services
            .vaults
            .open(repository)
            .await
            .map_err(|error| failed(&error))?;
        let mut bytes = [0_u8; KIT_PASSWORD_BYTES];
        self.ids.random(&mut bytes);
        let password = SecretString::from(hex::encode(bytes));
        let (for_vault, now) = (password.clone(), self.clock.now());
        // scrypt takes a second of CPU: not on the runtime's threads.
        tokio::task::spawn_blocking(move || opened.add_password(for_vault.expose_secret(), now))
            .await
            .map_err(|error| failed(&error))?
            .map_err(|error| failed(&error))?;
        Ok(RecoveryKit {
            location: restic_location(&location),
            password,
        })
    }
}

/// The location in restic's notation.
pub(crate) fn restic_location(location: &StoreLocation) -> String {
    match location {
        StoreLocation::Folder { path } => std::path::absolute(path)
            .as_ref()
            .unwrap_or(path)
            .display()
            .to_string(),
        StoreLocation::S3 {
            bucket,
            prefix,
            region,
        } => {
            let end = if prefix.is_empty() {
                String::new()
            } else {
                format!("/{prefix}")
            };
            format!("s3:https://s3.{region}.amazonaws.com/{bucket}{end}")
        }
    }
}

/// Generates the documents that set an account up.
#[derive(Debug)]
pub(super) struct Templates {
    aws: Arc<dyn Aws>,
    principal: OnceCell<String>,
}

impl Templates {
    pub(super) fn new(aws: Arc<dyn Aws>) -> Self {
        Self {
            aws,
            principal: OnceCell::new(),
        }
    }
}

#[async_trait]
impl AccountTemplates for Templates {
    async fn setup(&self, account: &AwsAccount) -> Result<Option<AccountSetup>, PortError> {
        let (role_arn, external_id) = match &account.access {
            AccountAccess::StaticKeys { .. } => return Ok(None),
            AccountAccess::Role {
                role_arn,
                external_id,
            } => (role_arn, external_id),
        };
        let learned = self.principal.get_or_try_init(|| async {
            let identity = self.aws.prove_identity(&AwsAccess::Own).await?;
            Ok(principal_of(&identity))
        });
        let principal = learned
            .await
            .map_err(|error: AwsError| PortError(error.to_string()))?;
        let request = RoleRequest {
            role_name: role_arn.rsplit('/').next().unwrap_or_default().to_owned(),
            principal_arn: principal.clone(),
            external_id: external_id.clone(),
            purposes: Purpose::ALL.to_vec(),
        };
        let failed = |error: &dyn std::fmt::Display| PortError(error.to_string());
        let pretty = |value: &serde_json::Value| {
            serde_json::to_string_pretty(value).map_err(|error| failed(&error))
        };
        let trust = request.trust_policy().map_err(|error| failed(&error))?;
        Ok(Some(AccountSetup {
            trust_policy: pretty(&trust)?,
            permission_policy: pretty(&request.permissions_policy())?,
            cloud_formation: request.cloudformation().map_err(|error| failed(&error))?,
            terraform: request.terraform().map_err(|error| failed(&error))?,
        }))
    }
}

/// Whom the roles of linked accounts trust: our account. Its own policies say which of its identities may come; the ARN of a
/// session, which is what AWS names us by, would be gone with the session.
fn principal_of(identity: &CallerIdentity) -> String {
    let partition = identity.arn.split(':').nth(1).unwrap_or("aws");
    format!("arn:{partition}:iam::{}:root", identity.account_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_trust_our_account_and_no_session() {
        let identity = CallerIdentity {
            account_id: "123456789012".into(),
            arn: "arn:aws-us-gov:sts::123456789012:assumed-role/holdfast/i-0abc".into(),
            user_id: "x".into(),
        };
        assert_eq!(
            principal_of(&identity),
            "arn:aws-us-gov:iam::123456789012:root"
        );
    }

    #[test]
    fn locations_are_written_as_restic_wants_them() {
        let s3 = StoreLocation::S3 {
            bucket: "b".into(),
            prefix: "org/1".into(),
            region: "eu-west-1".into(),
        };
        assert_eq!(
            restic_location(&s3),
            "s3:https://s3.eu-west-1.amazonaws.com/b/org/1"
        );
        let folder = StoreLocation::Folder {
            path: "/v/x".into(),
        };
        assert_eq!(restic_location(&folder), "/v/x");
    }
}
