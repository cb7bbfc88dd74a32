//! Figures over the whole fleet, for the head of a dashboard.
//!
//! Not for lists. Invariant: what is counted is what the lists of the same viewer show.

use async_graphql::{Context, ID, Object, SimpleObject};

use crate::asset::AssetFilter;
use crate::aws_account::AwsAccount;
use crate::context::{loaders, viewer};
use crate::enums::{AssetKind, RecoveryPointProof};
use crate::error::read;
use crate::organizational_unit::OrganizationalUnit;
use crate::policy::Policy;
use crate::scalars::BigInt;

/// Days of a history when nobody says how many.
const DAYS: i32 = 30;

/// How many assets of one kind lie in one account and unit.
pub(crate) struct ProtectionCountItem(app::overviews::ProtectionCount);

/// How many assets of one kind lie in one linked account, and how many of them are protected.
#[Object]
impl ProtectionCountItem {
    /// Kind of the assets.
    async fn asset_kind(&self) -> AssetKind {
        self.0.kind.into()
    }

    /// Whether recovery points of this kind can be made; others are only listed, and are missing in no figure of protection.
    async fn can_be_backed_up(&self) -> bool {
        self.0.kind.can_be_backed_up()
    }

    /// The account where they lie.
    async fn aws_account(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<AwsAccount>> {
        let found = loaders(ctx)?.load(self.0.aws_account_id).await?;
        Ok(found.map(AwsAccount::from))
    }

    /// The unit to which they belong.
    async fn organizational_unit(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<OrganizationalUnit>> {
        let found = loaders(ctx)?.load(self.0.unit_id).await?;
        Ok(found.map(OrganizationalUnit::from))
    }

    /// Assets that are there; those that are gone from AWS do not count.
    async fn total(&self) -> u64 {
        self.0.assets
    }

    /// Those of them that a policy protects.
    async fn protected(&self) -> u64 {
        self.0.protected
    }
}

/// How many of the assets that were asked for one policy protects.
pub(crate) struct PolicyAssetCountItem(Option<domain::PolicyId>, u64);

/// How many of the assets that were asked for one policy protects, or none does.
#[Object]
impl PolicyAssetCountItem {
    /// Identifier of the policy; null for assets without one.
    async fn policy_id(&self) -> Option<ID> {
        self.0.map(Into::into)
    }

    /// The policy; null for assets without one, and where you may not see it.
    async fn policy(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Policy>> {
        let Some(id) = self.0 else { return Ok(None) };
        Ok(loaders(ctx)?.load(id).await?.map(Policy::from))
    }

    /// How many, exactly.
    async fn assets(&self) -> u64 {
        self.1
    }
}

/// How many recovery points that can be restored are proven in one way.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub(crate) struct ProofCountItem {
    /// What was proven of them.
    proof: RecoveryPointProof,
    /// How many, exactly, in the vault and in accounts.
    recovery_points: u64,
}

/// What the vault held at the end of a day.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct StorageDayItem {
    /// The day in UTC, such as `2026-11-30`; the last one is today, as it is now.
    day: String,
    /// Bytes that all recovery points together restore to.
    protected_bytes: BigInt,
    /// Bytes that they were stored with: only what was new at each, compressed.
    stored_bytes: BigInt,
}

/// How many recovery points of an asset one day has.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct RecoveryPointDayItem {
    /// The day in UTC, such as `2026-11-30`.
    day: String,
    /// Points of that day that can be restored.
    available: u64,
    /// Those of them that have been read back.
    proven: u64,
}

impl From<app::overviews::DayOfAsset> for RecoveryPointDayItem {
    fn from(day: app::overviews::DayOfAsset) -> Self {
        let app::overviews::DayOfAsset {
            day,
            available,
            proven,
        } = day;
        Self {
            day,
            available,
            proven,
        }
    }
}

/// Root fields of overviews.
#[derive(Default)]
pub(crate) struct OverviewQuery;

#[Object]
impl OverviewQuery {
    /// How many assets there are and how many are protected, by kind, account and unit.
    #[graphql(complexity = "20 + child_complexity")]
    async fn protection_counts(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<Vec<ProtectionCountItem>>> {
        let counts = read(app::overviews::protection(viewer(ctx)?).await)?;
        Ok(Some(counts.into_iter().map(ProtectionCountItem).collect()))
    }

    /// How many assets match, by the policy that protects them: exact where `totalCount` of a page stops. For what an assignment would
    /// change, and for how much hangs on a policy.
    #[graphql(complexity = "20 + child_complexity")]
    async fn assets_by_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which assets; all when absent.")] filter: Option<AssetFilter>,
    ) -> async_graphql::Result<Option<Vec<PolicyAssetCountItem>>> {
        let filter = filter.unwrap_or_default().into();
        let counts = read(app::overviews::by_policy(viewer(ctx)?, &filter).await)?;
        let item = |(policy, assets)| PolicyAssetCountItem(policy, assets);
        Ok(Some(counts.into_iter().map(item).collect()))
    }

    /// The recovery points that can be restored, by what was proven of them, the weakest proof first; what there is none of is missing.
    #[graphql(complexity = "20 + child_complexity")]
    async fn recovery_points_by_proof(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<Vec<ProofCountItem>>> {
        let counts = read(app::overviews::by_proof(viewer(ctx)?).await)?;
        let item =
            |(proof, recovery_points): (domain::recovery_point::Proof, u64)| ProofCountItem {
                proof: proof.into(),
                recovery_points,
            };
        Ok(Some(counts.into_iter().map(item).collect()))
    }

    /// What the vault held at the end of each of the last days, oldest first.
    #[graphql(complexity = "20 + child_complexity")]
    async fn storage_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many days, 1 to 366; 30 when absent.")] days: Option<i32>,
    ) -> async_graphql::Result<Option<Vec<StorageDayItem>>> {
        let days = u32::try_from(days.unwrap_or(DAYS)).unwrap_or_default();
        let history = read(app::overviews::storage(viewer(ctx)?, days).await)?;
        let item = |day: app::overviews::StorageDay| StorageDayItem {
            day: day.day.to_string(),
            protected_bytes: BigInt(day.protected_bytes),
            stored_bytes: BigInt(day.stored_bytes),
        };
        Ok(Some(history.into_iter().map(item).collect()))
    }
}
