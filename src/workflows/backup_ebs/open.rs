//! Step 1: the repository that takes the point.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use domain::asset::Asset;
use domain::aws_account::AwsAccount;
use domain::ids::{RecoveryPointId, RepositoryId};
use domain::recovery_point::{RecoveryPoint, RecoveryPointStatus};
use domain::repository::{SHARD_BYTES_MAX, VaultRepository};
use serde::{Deserialize, Serialize};
use store::{organizations, repositories};
use tasks::{Remedy, Step, StepContext, TaskError};

use crate::reconcile::is_of_one;
use crate::services::Services;
use crate::vaults::NewRepository;
use crate::{failure, object_lock, rows};

pub(super) const NAME: &str = "open";

/// What later steps need to know.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OpenOutput {
    pub(super) repository_id: RepositoryId,
    /// The id of the point to be.
    pub(super) recovery_point_id: RecoveryPointId,
}

pub(super) struct Open(pub(super) Arc<Services>);

#[async_trait]
impl Step for Open {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let (asset_id, _) = super::arguments(cx)?;
        let asset = rows::asset(cx, asset_id).await?;
        let account = rows::account(cx, asset.aws_account_id).await?;
        let repository_id =
            match repositories::of_asset(&cx.store.read(), cx.organization, asset.id).await? {
                Some(bound) => bound.id,
                None => self.find_or_make(cx, &asset, &account).await?,
            };
        self.probe(cx, repository_id).await?;
        let recovery_point_id = rows::point_id(cx);
        Ok(serde_json::to_value(OpenOutput {
            repository_id,
            recovery_point_id,
        })?)
    }
}

impl Open {
    async fn find_or_make(
        &self,
        cx: &StepContext,
        asset: &Asset,
        account: &AwsAccount,
    ) -> Result<RepositoryId, TaskError> {
        let shards = repositories::find_for(
            &cx.store.read(),
            cx.organization,
            asset.aws_account_id,
            &asset.region,
            asset.kind,
        )
        .await?;
        let avoided = distrusted(&rows::vault_points(cx, asset.id).await?);
        let repository_id = match shard_for(&shards, &avoided) {
            Shard::Existing(id) => id,
            Shard::New(shard) => self.make(cx, asset, account, shard).await?,
        };
        let mut tx = cx.store.begin().await?;
        // Another task of the asset may have been faster: its choice holds.
        let bound =
            repositories::bind_asset(&mut tx, cx.organization, asset.id, repository_id).await?;
        tx.commit().await?;
        Ok(bound)
    }

    async fn make(
        &self,
        cx: &StepContext,
        asset: &Asset,
        account: &AwsAccount,
        shard: i32,
    ) -> Result<RepositoryId, TaskError> {
        let organization = organizations::lookup(&cx.store.read(), cx.organization)
            .await?
            .ok_or_else(|| rows::gone("organization"))?;
        let new = NewRepository {
            organization_id: cx.organization,
            account_id: account.account_id.clone(),
            region: asset.region.clone(),
            asset_kind: asset.kind,
            shard,
        };
        cx.check_lease()?;
        let made = self.0.vaults.make(&new, &organization.key_source).await;
        let made = made.map_err(|error| failure::vault(&error))?;
        let row = VaultRepository {
            id: new.id(),
            organization_id: cx.organization,
            aws_account_id: asset.aws_account_id,
            region: asset.region.clone(),
            asset_kind: asset.kind,
            shard,
            location: serde_json::to_value(&made.location)?,
            wrapped_key: serde_json::to_value(&made.wrapped_key)?,
            stored_bytes: 0,
            created_at: cx.clock.now(),
        };
        let mut tx = cx.store.begin().await?;
        // Another task may have been faster; its row says the same, because the id follows from the place.
        if repositories::lookup(&tx, cx.organization, row.id)
            .await?
            .is_none()
        {
            repositories::add(&mut tx, &row).await?;
        }
        tx.commit().await?;
        Ok(row.id)
    }

    /// Tries what the store keeps by itself, unless that is known. A backup does not fail for not knowing it.
    async fn probe(&self, cx: &StepContext, id: RepositoryId) -> Result<(), TaskError> {
        if object_lock::is_known(cx, id).await? {
            return Ok(());
        }
        let row = rows::repository(cx, id).await?;
        let store = self.0.vaults.store_of(&row).await;
        let store = store.map_err(|error| failure::vault(&error))?;
        match object_lock::probe(cx, store, id).await {
            Err(error) if is_of_one(&error) => {
                cx.warn(format!("The store was not tried. {}", error.message));
                Ok(())
            }
            // The next backup tries again.
            Err(error) if matches!(error.remedy, Remedy::Retry(..)) => {
                tracing::warn!(repository = %id, error = error.message, "the store was not tried");
                Ok(())
            }
            done => done,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Shard {
    Existing(RepositoryId),
    New(i32),
}

/// Repositories that hold damaged points of the asset: they have its blocks already, and would not take them again.
fn distrusted(points: &[RecoveryPoint]) -> BTreeSet<RepositoryId> {
    let damaged = points
        .iter()
        .filter(|point| point.status == RecoveryPointStatus::Damaged);
    damaged.filter_map(|point| point.repository_id).collect()
}

/// The shard that takes an asset: the newest one while it has room and may be trusted with it, else the next.
fn shard_for(shards: &[VaultRepository], avoided: &BTreeSet<RepositoryId>) -> Shard {
    let takes = |repository: &VaultRepository| {
        repository.stored_bytes < SHARD_BYTES_MAX && !avoided.contains(&repository.id)
    };
    match shards.iter().max_by_key(|repository| repository.shard) {
        None => Shard::New(0),
        Some(newest) if takes(newest) => Shard::Existing(newest.id),
        Some(newest) => Shard::New(newest.shard.saturating_add(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::asset::AssetKind;
    use domain::ids::{AwsAccountKey, OrganizationId};
    use uuid::Uuid;

    fn repository(shard: i32, stored_bytes: u64) -> VaultRepository {
        VaultRepository {
            id: RepositoryId::from_uuid(Uuid::from_u128(u128::from(shard.unsigned_abs()))),
            organization_id: OrganizationId::from_uuid(Uuid::nil()),
            aws_account_id: AwsAccountKey::from_uuid(Uuid::nil()),
            region: "eu-west-1".into(),
            asset_kind: AssetKind::EbsVolume,
            shard,
            location: serde_json::Value::Null,
            wrapped_key: serde_json::Value::Null,
            stored_bytes,
            created_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_full_shard_takes_no_new_asset() {
        let none = BTreeSet::new();
        assert_eq!(shard_for(&[], &none), Shard::New(0));
        let open = [repository(0, SHARD_BYTES_MAX), repository(1, 5)];
        assert_eq!(shard_for(&open, &none), Shard::Existing(open[1].id));
        let full = [repository(0, SHARD_BYTES_MAX)];
        assert_eq!(shard_for(&full, &none), Shard::New(1));
        // Where a copy turned out damaged, the next one is not written over the same blocks.
        let avoided = BTreeSet::from([open[1].id]);
        assert_eq!(shard_for(&open, &avoided), Shard::New(2));
    }
}
