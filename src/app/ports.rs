//! What use cases need of the vault and of AWS, as traits that `server` implements.
//!
//! Not for anything slow: whatever takes longer than a second is a task. Invariant: no secret crosses a port in clear except
//! into the hands of [`Sealer`] and out of [`RecoveryKits`].

use async_trait::async_trait;
use domain::OrganizationId;
use domain::aws_account::AwsAccount;
use domain::repository::VaultRepository;
use jiff::Timestamp;
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

/// A letter to one person: a template with its data. Links hold secrets, so a mail is never logged.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Address of the person, normalized.
    pub to: String,
    /// Name of the person.
    pub name: String,
    /// What it says.
    pub letter: Letter,
}

/// What a mail says. Links are secret and complete, such as `https://holdfast.example/invitation#...`.
#[derive(Debug, Clone)]
pub enum Letter {
    /// Please confirm that this address is yours.
    Confirmation {
        /// Where to confirm.
        link: SecretString,
        /// Until when the link works.
        expires_at: Timestamp,
    },
    /// You are invited to an organization.
    Invitation {
        /// Name of the organization.
        organization: String,
        /// Name of who invites; none for an administrator at the machine.
        invited_by: Option<String>,
        /// The secret of the invitation, of which the mailer makes the link.
        secret: SecretString,
        /// Until when it can be accepted.
        expires_at: Timestamp,
    },
    /// Here you can set a new password.
    PasswordReset {
        /// Where to set it.
        link: SecretString,
        /// Until when the link works.
        expires_at: Timestamp,
    },
    /// Your password was changed.
    PasswordChanged {
        /// From which address, when it is known.
        address: Option<String>,
    },
    /// Your second factors were changed.
    MfaChanged {
        /// What happened, in a sentence.
        change: String,
        /// From which address, when it is known.
        address: Option<String>,
    },
    /// Somebody tried to sign up with an address that is known already.
    AlreadyRegistered,
}

/// Sends mail. Called after the commit of what the mail tells of, never inside a transaction.
#[async_trait]
pub trait Mailer: Send + Sync + std::fmt::Debug {
    /// Hands the mail to the transport.
    async fn send(&self, mail: Mail) -> Result<(), PortError>;
}
