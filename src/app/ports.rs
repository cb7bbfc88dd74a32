//! What use cases need of the vault and of AWS, as traits that `server` implements.
//!
//! Not for anything slow: whatever takes longer than a second is a task. Invariant: no secret crosses a port in clear except
//! into the hands of [`Sealer`] and out of [`RecoveryKits`].

use async_trait::async_trait;
use domain::OrganizationId;
use domain::aws_account::AwsAccount;
use domain::repository::VaultRepository;
use secrecy::SecretString;

/// A port that did not do its work; the text is for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PortError(pub String);

/// Seals small secrets, such as an access key, under the root key of the installation.
pub trait Sealer: Send + Sync + std::fmt::Debug {
    /// Seals `secret` so that it opens only for the same organization and purpose.
    fn seal(
        &self,
        organization: OrganizationId,
        purpose: &str,
        secret: &SecretString,
    ) -> Result<String, PortError>;

    /// Opens what [`Self::seal`] sealed for the same organization and purpose.
    fn open(
        &self,
        organization: OrganizationId,
        purpose: &str,
        sealed: &str,
    ) -> Result<SecretString, PortError>;
}

/// What an administrator of an AWS account needs in order to let us in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSetup {
    /// Trust policy of the role, JSON.
    pub trust_policy: String,
    /// Permission policy of the role, JSON, with least privilege for the asset kinds of the account.
    pub permission_policy: String,
    /// The same as a CloudFormation template, YAML.
    pub cloud_formation: String,
    /// The same as a Terraform module.
    pub terraform: String,
}

/// Generates the documents that set an account up.
#[async_trait]
pub trait AccountTemplates: Send + Sync + std::fmt::Debug {
    /// The documents for one account; none when it is reached by static keys.
    async fn setup(&self, account: &AwsAccount) -> Result<Option<AccountSetup>, PortError>;
}

/// Everything that opens one repository without Holdfast, with stock restic or rustic.
#[derive(Debug, Clone)]
pub struct RecoveryKit {
    /// Where the repository lies, in restic's notation, such as `s3:s3.amazonaws.com/bucket/prefix`.
    pub location: String,
    /// Its password.
    pub password: SecretString,
}

/// Exports recovery kits.
#[async_trait]
pub trait RecoveryKits: Send + Sync + std::fmt::Debug {
    /// Adds a password to the repository and hands it out; earlier kits stay valid.
    async fn export(&self, repository: &VaultRepository) -> Result<RecoveryKit, PortError>;
}
