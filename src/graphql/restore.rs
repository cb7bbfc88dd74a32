//! Starting work on assets and recovery points: backups by hand, restores and verifications.
//!
//! Not for watching it (`task.rs`). Invariant: every mutation here takes an idempotency key and returns tasks at once.

use app::backups::NewBackup;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::AwsAccountKey;
use domain::copy_target::CopyTarget;
use domain::restore::{EbsRestoreOptions, ImageRestoreOptions};
use domain::tag::Tags;

use crate::asset::TagInput;
use crate::context::viewer;
use crate::enums::{EbsVolumeType, Placement, RecoveryPointProof, StorageTier};
use crate::error::{UserError, outcome};
use crate::node::{parse, parse_each};
use crate::policy::RetentionInput;
use crate::task::Task;

/// What is backed up by hand.
#[derive(InputObject)]
pub(crate) struct StartBackupInput {
    /// 1 to 100 assets; the batch is started as a whole or not at all.
    asset_ids: Vec<ID>,
    /// Where the copies go.
    #[graphql(default_with = "Placement::Vault")]
    placement: Placement,
    /// For snapshots in the account: the region into which they are copied, encrypted; that of each asset when absent.
    target_region: Option<String>,
    /// For snapshots in the account: the storage tier in which they are kept. `ARCHIVE` needs 90 days or longer.
    #[graphql(default_with = "StorageTier::Standard")]
    storage_tier: StorageTier,
    /// How long they are kept; until told otherwise when absent.
    keep: Option<RetentionInput>,
    /// A text of your choice that makes sending the same request twice harmless, for 24 hours; a UUID is fine.
    idempotency_key: String,
}

/// Result of `startBackup`.
#[derive(SimpleObject)]
pub(crate) struct StartBackupPayload {
    /// One task per asset, in their order.
    tasks: Option<Vec<Task>>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which recovery point becomes which new volume.
#[derive(InputObject)]
pub(crate) struct RestoreEbsVolumeInput {
    /// The recovery point.
    recovery_point_id: ID,
    /// The linked account that gets the volume.
    aws_account_id: ID,
    /// The region that gets the volume; the link must include it.
    region: String,
    /// The availability zone that gets the volume, such as `eu-west-1a`.
    availability_zone: String,
    /// Type of the volume; that of the source when absent.
    volume_type: Option<EbsVolumeType>,
    /// Operations per second, for types that have them; needs `volumeType`.
    iops: Option<u32>,
    /// Throughput in MiB/s, for types that have it; needs `volumeType`.
    throughput_mibps: Option<u32>,
    /// Whether AWS encrypts the volume; as the source when absent.
    encrypted: Option<bool>,
    /// Key that encrypts it: identifier, ARN or alias; means `encrypted`.
    kms_key_id: Option<String>,
    /// Tags of the new volume; those of the source are not copied.
    #[graphql(default)]
    tags: Vec<TagInput>,
    /// How fast AWS loads the blocks, 100 to 300 MiB/s; as slowly as AWS likes when absent.
    initialization_rate_mibps: Option<u32>,
    /// Whether a recovery point that is known to be damaged is restored all the same; look at its last verification first. Bytes
    /// that the vault cannot give still end the restore.
    #[graphql(default)]
    allow_damaged: bool,
    /// A text of your choice that makes sending the same request twice harmless, for 24 hours; a UUID is fine.
    idempotency_key: String,
}

/// Result of `restoreEbsVolume`.
#[derive(SimpleObject)]
pub(crate) struct RestoreEbsVolumePayload {
    /// The restore; its `restoredVolumeNativeId` names the new volume in the end.
    task: Option<Task>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which recovery point becomes which image file.
#[derive(InputObject)]
pub(crate) struct RestoreImageInput {
    /// A recovery point in the vault.
    recovery_point_id: ID,
    /// Name of the file, without any folder: it lands in the restore folder of the server and must not exist there.
    file_name: String,
    /// Whether a recovery point that is known to be damaged is restored all the same; look at its last verification first. Bytes
    /// that the vault cannot give still end the restore.
    #[graphql(default)]
    allow_damaged: bool,
    /// A text of your choice that makes sending the same request twice harmless, for 24 hours; a UUID is fine.
    idempotency_key: String,
}

/// Result of `restoreImage`.
#[derive(SimpleObject)]
pub(crate) struct RestoreImagePayload {
    /// The restore.
    task: Option<Task>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which recovery point is proven.
#[derive(InputObject)]
pub(crate) struct StartVerificationInput {
    /// A recovery point in the vault.
    recovery_point_id: ID,
    /// How far it shall be proven.
    #[graphql(default_with = "RecoveryPointProof::ChecksumsMatch")]
    level: RecoveryPointProof,
    /// A text of your choice that makes sending the same request twice harmless, for 24 hours; a UUID is fine.
    idempotency_key: String,
}

/// Result of `startVerification`.
#[derive(SimpleObject)]
pub(crate) struct StartVerificationPayload {
    /// The verification.
    task: Option<Task>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations that start work.
#[derive(Default)]
pub(crate) struct WorkMutation;

#[Object]
impl WorkMutation {
    /// Backs assets up now, whatever their policy says.
    async fn start_backup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is backed up.")] input: StartBackupInput,
    ) -> async_graphql::Result<Option<StartBackupPayload>> {
        let StartBackupInput {
            asset_ids,
            placement,
            target_region,
            storage_tier,
            keep,
            idempotency_key,
        } = input;
        let new = NewBackup {
            asset_ids: parse_each(&asset_ids),
            placement: placement.into(),
            target: CopyTarget {
                region: target_region,
                tier: storage_tier.into(),
            },
            keep: keep.map(Into::into),
            idempotency_key,
        };
        let (tasks, user_errors) = outcome(app::backups::start(viewer(ctx)?, new).await)?;
        Ok(Some(StartBackupPayload {
            tasks: tasks.map(|tasks| tasks.into_iter().map(Task::from).collect()),
            user_errors,
        }))
    }

    /// Restores a recovery point into a new EBS volume.
    async fn restore_ebs_volume(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which recovery point becomes which volume.")]
        input: RestoreEbsVolumeInput,
    ) -> async_graphql::Result<Option<RestoreEbsVolumePayload>> {
        let caller = viewer(ctx)?;
        let point = parse(&input.recovery_point_id);
        let account = parse::<AwsAccountKey>(&input.aws_account_id);
        let key = input.idempotency_key.clone();
        let restored = match input.into_options(account) {
            Ok(options) => app::restores::ebs_volume(caller, point, account, options, &key).await,
            Err(problem) => Err(problem.into()),
        };
        let (task, user_errors) = outcome(restored)?;
        Ok(Some(RestoreEbsVolumePayload {
            task: task.map(Task::from),
            user_errors,
        }))
    }

    /// Restores a recovery point into an image file in the restore folder of the server.
    async fn restore_image(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which recovery point becomes which file.")] input: RestoreImageInput,
    ) -> async_graphql::Result<Option<RestoreImagePayload>> {
        let RestoreImageInput {
            recovery_point_id,
            file_name,
            allow_damaged,
            idempotency_key,
        } = input;
        let options = ImageRestoreOptions {
            file_name,
            allow_damaged,
        };
        let point = parse(&recovery_point_id);
        let restored = app::restores::image(viewer(ctx)?, point, options, &idempotency_key).await;
        let (task, user_errors) = outcome(restored)?;
        Ok(Some(RestoreImagePayload {
            task: task.map(Task::from),
            user_errors,
        }))
    }

    /// Proves that a recovery point comes back: reads it back, restores it into a scratch place, opens what is in it, and compares
    /// it with what was read at the source, as far as `level` asks.
    async fn start_verification(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which recovery point is proven.")] input: StartVerificationInput,
    ) -> async_graphql::Result<Option<StartVerificationPayload>> {
        let StartVerificationInput {
            recovery_point_id,
            level,
            idempotency_key,
        } = input;
        let (point, level) = (parse(&recovery_point_id), level.into());
        let started = app::verifications::start(viewer(ctx)?, point, level, &idempotency_key).await;
        let (task, user_errors) = outcome(started)?;
        Ok(Some(StartVerificationPayload {
            task: task.map(Task::from),
            user_errors,
        }))
    }
}

impl RestoreEbsVolumeInput {
    /// The options; the account is checked by the use case, so a malformed id becomes one that nobody has.
    fn into_options(
        self,
        account: Option<AwsAccountKey>,
    ) -> Result<EbsRestoreOptions, domain::Problem> {
        let nobody = AwsAccountKey::from_uuid(uuid::Uuid::nil());
        let mut tags = Tags::default();
        for (index, TagInput { key, value }) in self.tags.into_iter().enumerate() {
            if tags.0.insert(key, value).is_some() {
                let message = "An earlier tag has the same key.";
                return Err(domain::Problem::invalid(
                    &format!("tags.{index}.key"),
                    message,
                ));
            }
        }
        Ok(EbsRestoreOptions {
            aws_account_id: account.unwrap_or(nobody),
            region: self.region,
            availability_zone: self.availability_zone,
            volume_type: self.volume_type.map(Into::into),
            iops: self.iops,
            throughput_mibps: self.throughput_mibps,
            encrypted: self.encrypted,
            kms_key_id: self.kms_key_id,
            tags,
            initialization_rate_mibps: self.initialization_rate_mibps,
            allow_damaged: self.allow_damaged,
        })
    }
}
