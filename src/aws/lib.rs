//! Every call to AWS, behind small traits; the real ones ([`SdkAws`]) and a simulated AWS for tests ([`fake::FakeAws`]).
//!
//! Not for what a task does with the answers (`workflows`) nor for rows (`store`). Invariant: no type of an AWS SDK and
//! no secret leaves this crate, and every byte that a checksum of AWS covers was checked against it.

mod access;
pub mod account;
pub mod blocks;
pub mod capture;
pub mod copies;
mod ebs;
mod ec2;
pub mod error;
pub mod fake;
pub mod inventory;
mod kms;
mod limiter;
pub mod permissions;
pub mod rebuild;
mod sdk;
pub mod templates;
mod vault_s3;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

pub use access::{AwsAccess, BaseCredentials, EndpointConfig, ObjectStoreConfig};
pub use account::{CallerIdentity, ExternalIdProof};
pub use blocks::{
    BLOCK_BYTES, Block, BlockPage, BlockRef, Blocks, ChangedBlock, ChangedBlockPage,
    NewBlockSnapshot, StartedSnapshot,
};
pub use capture::{NewSnapshot, SnapshotInfo, SnapshotState, Snapshots};
pub use copies::{Copies, NewCopy, TierMove, Tiering};
pub use error::{AwsError, ErrorClass, RetryClass};
pub use inventory::{InstanceInfo, Inventory, Page, TokenTrail, VolumeInfo};
pub use kms::KmsKeyWrapper;
pub use limiter::{Limits, ServiceLimit};
pub use permissions::{PermissionGap, Permissions, Purpose};
pub use rebuild::{NewVolume, Volumes};
pub use sdk::{SdkAws, SdkSettings};
pub use vault_s3::S3ObjectStore;

/// Tag on everything that Holdfast makes in a customer's account. The generated policies allow deletion only of what
/// carries it, and the janitor looks for it.
pub const MANAGED_TAG: &str = "holdfast:managed";

/// Value of [`MANAGED_TAG`].
pub const MANAGED_TAG_VALUE: &str = "true";

/// Tag that carries the idempotency key of the step that made a resource, where the API has no client token.
pub const CLIENT_KEY_TAG: &str = "holdfast:key";

/// The way into AWS. Clients and credentials are cached per access, region and session name.
#[async_trait]
pub trait Aws: Send + Sync + Debug {
    /// One region of an account. `session_name` appears in the customer's log of API calls (a task id, or a fixed word); it is
    /// used only when a role is assumed. Credentials are fetched here, so a refused role fails here and not later.
    async fn region(
        &self,
        access: &AwsAccess,
        region: &str,
        session_name: &str,
    ) -> Result<Arc<dyn Region>, AwsError>;

    /// Who AWS thinks we are when we use `access`.
    async fn prove_identity(&self, access: &AwsAccess) -> Result<CallerIdentity, AwsError>;

    /// Shows that the role opens with its external id and stays shut without it and with a wrong one (rule AW1). Errors
    /// only when AWS could not be asked; a role that trusts too much is an `Ok` with [`ExternalIdProof::holds`] false.
    async fn prove_external_id(&self, access: &AwsAccess) -> Result<ExternalIdProof, AwsError>;

    /// Wraps master keys with the KMS key of this ARN; the region is taken from the ARN.
    async fn key_wrapper(
        &self,
        access: &AwsAccess,
        key_arn: &str,
    ) -> Result<Arc<dyn vault::KeyWrapper>, AwsError>;

    /// A vault store in a bucket. The store blocks: use it on blocking threads only.
    async fn object_store(
        &self,
        access: &AwsAccess,
        store: &ObjectStoreConfig,
    ) -> Result<Arc<dyn vault::ObjectStore>, AwsError>;
}

/// All that Holdfast does in one region of one account.
#[async_trait]
pub trait Region: Inventory + Snapshots + Copies + Blocks + Volumes + Permissions + Debug {
    /// Name of the region, such as `eu-west-1`.
    fn name(&self) -> &str;

    /// Names of the availability zones that can be used, sorted.
    async fn availability_zones(&self) -> Result<Vec<String>, AwsError>;

    /// Names of the regions that are enabled for the account, sorted.
    async fn enabled_regions(&self) -> Result<Vec<String>, AwsError>;
}
