//! Loaders: one query for all nodes of a kind that a page of answers refers to.
//!
//! Not for lists. Invariant: a loader holds the caller's context and lives for one operation, so nothing of it crosses a scope;
//! and it keeps nothing once a batch is answered, because a subscription is one operation that lasts for hours.

use std::future::Future;
use std::sync::Arc;

use app::Ctx;
use app::error::Error;
use app::protection_rules::Explained;
use async_graphql::dataloader::{DataLoader, Loader};
use domain::alert::Alert;
use domain::asset::Asset;
use domain::aws_account::AwsAccount;
use domain::legal_hold::LegalHold;
use domain::membership::Membership;
use domain::organizational_unit::OrganizationalUnit;
use domain::policy::Policy;
use domain::protection_rule::ProtectionRule;
use domain::recovery_point::RecoveryPoint;
use domain::role::Role;
use domain::role_grant::RoleGrant;
use domain::task::Task;
use domain::user::User;
use domain::verification::Verification;
use domain::{
    AlertId, AssetId, AwsAccountKey, OrganizationalUnitId, PolicyId, ProtectionRuleId,
    RecoveryPointId, RoleId, TaskId, UserId, VerificationId,
};

use crate::error::top_level;

#[expect(
    clippy::disallowed_types,
    reason = "the library's trait wants it, and its order reaches no output"
)]
type Found<K, V> = std::collections::HashMap<K, V>;

/// A failed batch; every waiting field gets the same one.
#[derive(Debug, Clone)]
pub(crate) struct LoadError(Arc<Error>);

/// The caller whose rights every batch uses.
#[derive(Debug, Clone)]
pub(crate) struct Source(Ctx);

/// All loaders of one operation.
pub struct Loaders {
    by_id: DataLoader<Source>,
    last_points: DataLoader<LastPoints>,
    last_verifications: DataLoader<LastVerifications>,
    members: DataLoader<Members>,
    grants: DataLoader<Grants>,
    explanations: DataLoader<Explanations>,
    compliance: DataLoader<Compliance>,
    holds: DataLoader<Holds>,
}

impl std::fmt::Debug for Loaders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaders").finish_non_exhaustive()
    }
}

/// Newest available point per asset.
pub(crate) struct LastPoints(Ctx);

/// Explanation of its protection per asset.
pub(crate) struct Explanations(Ctx);

/// Newest attempt to prove a point, per point.
pub(crate) struct LastVerifications(Ctx);

/// Membership per person.
pub(crate) struct Members(Ctx);

/// Grants per person.
pub(crate) struct Grants(Ctx);

/// How an asset stands.
pub(crate) struct Compliance(Ctx);
/// Open legal holds per recovery point.
pub(crate) struct Holds(Ctx);

impl Loaders {
    /// Loaders for one operation of this caller.
    #[must_use]
    pub fn new(caller: &Ctx) -> Self {
        Self {
            by_id: DataLoader::new(Source(caller.clone()), run),
            last_points: DataLoader::new(LastPoints(caller.clone()), run),
            last_verifications: DataLoader::new(LastVerifications(caller.clone()), run),
            members: DataLoader::new(Members(caller.clone()), run),
            grants: DataLoader::new(Grants(caller.clone()), run),
            explanations: DataLoader::new(Explanations(caller.clone()), run),
            compliance: DataLoader::new(Compliance(caller.clone()), run),
            holds: DataLoader::new(Holds(caller.clone()), run),
        }
    }

    /// The thing with this id; none when it is missing or not the caller's to see.
    pub(crate) async fn load<K>(&self, id: K) -> async_graphql::Result<Option<Value<K>>>
    where
        K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
        Source: Loader<K, Error = LoadError>,
    {
        let loaded = self.by_id.load_one(id).await;
        loaded.map_err(|LoadError(error)| top_level(&error))
    }

    /// The membership of a person in the caller's organization; none when it is not the caller's to see.
    pub(crate) async fn membership(
        &self,
        user: UserId,
    ) -> async_graphql::Result<Option<Membership>> {
        let loaded = self.members.load_one(user).await;
        loaded.map_err(|LoadError(error)| top_level(&error))
    }

    /// The grants of a person in the caller's organization, as far as the caller sees them.
    pub(crate) async fn grants(&self, user: UserId) -> async_graphql::Result<Vec<RoleGrant>> {
        let loaded = self.grants.load_one(user).await;
        let grants = loaded.map_err(|LoadError(error)| top_level(&error))?;
        Ok(grants.unwrap_or_default())
    }

    /// Why an asset is protected as it is; none when it is not the caller's to see.
    pub(crate) async fn explained(
        &self,
        asset: AssetId,
    ) -> async_graphql::Result<Option<Explained>> {
        let loaded = self.explanations.load_one(asset).await;
        loaded.map_err(|LoadError(error)| top_level(&error))
    }

    /// How an asset stands; none when nobody has looked at it yet.
    pub(crate) async fn compliance(
        &self,
        asset: AssetId,
    ) -> async_graphql::Result<Option<app::compliance::Shown>> {
        let loaded = self.compliance.load_one(asset).await;
        loaded.map_err(|LoadError(error)| top_level(&error))
    }

    /// The open legal holds that keep a recovery point, as far as the caller sees them.
    pub(crate) async fn holds(
        &self,
        point: RecoveryPointId,
    ) -> async_graphql::Result<Vec<LegalHold>> {
        let loaded = self.holds.load_one(point).await;
        let holds = loaded.map_err(|LoadError(error)| top_level(&error))?;
        Ok(holds.unwrap_or_default())
    }

    /// The newest available point of an asset.
    pub(crate) async fn last_point(
        &self,
        asset: AssetId,
    ) -> async_graphql::Result<Option<RecoveryPoint>> {
        let loaded = self.last_points.load_one(asset).await;
        loaded.map_err(|LoadError(error)| top_level(&error))
    }

    /// The newest attempt to prove a point.
    pub(crate) async fn last_verification(
        &self,
        point: RecoveryPointId,
    ) -> async_graphql::Result<Option<Verification>> {
        let loaded = self.last_verifications.load_one(point).await;
        loaded.map_err(|LoadError(error)| top_level(&error))
    }
}

type Value<K> = <Source as Loader<K>>::Value;

/// Runs a batch. It ends with the operation that waits for it, so shutdown has nothing to wait for.
#[expect(
    clippy::disallowed_methods,
    reason = "a batch lives only as long as the operation that waits for it"
)]
fn run(batch: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(batch);
}

fn keyed<K, V>(
    found: Result<Vec<V>, Error>,
    key: impl Fn(&V) -> K,
) -> Result<Found<K, V>, LoadError>
where
    K: std::hash::Hash + Eq,
{
    let found = found.map_err(|error| LoadError(Arc::new(error)))?;
    Ok(found.into_iter().map(|node| (key(&node), node)).collect())
}

macro_rules! by_id {
    ($($id:ty => $node:ty, $load:path;)*) => {$(
        impl Loader<$id> for Source {
            type Value = $node;
            type Error = LoadError;

            async fn load(&self, ids: &[$id]) -> Result<Found<$id, $node>, LoadError> {
                keyed($load(&self.0, ids).await, |node| node.id)
            }
        }
    )*};
}

by_id! {
    AlertId => Alert, app::alerts::lookup_many;
    AssetId => Asset, app::assets::lookup_many;
    AwsAccountKey => AwsAccount, app::aws_accounts::lookup_many;
    PolicyId => Policy, app::policies::lookup_many;
    ProtectionRuleId => ProtectionRule, app::protection_rules::lookup_many;
    RecoveryPointId => RecoveryPoint, app::recovery_points::lookup_many;
    TaskId => Task, app::tasks::lookup_many;
    OrganizationalUnitId => OrganizationalUnit, app::organizational_units::lookup_many;
    RoleId => Role, app::roles::lookup_many;
    UserId => User, app::users::lookup_many;
    VerificationId => Verification, app::verifications::lookup_many;
}

impl Loader<AssetId> for LastPoints {
    type Value = RecoveryPoint;
    type Error = LoadError;

    async fn load(&self, assets: &[AssetId]) -> Result<Found<AssetId, RecoveryPoint>, LoadError> {
        let found = app::recovery_points::last_of_assets(&self.0, assets).await;
        keyed(found, |point| point.asset_id)
    }
}

impl Loader<AssetId> for Explanations {
    type Value = Explained;
    type Error = LoadError;

    async fn load(&self, assets: &[AssetId]) -> Result<Found<AssetId, Explained>, LoadError> {
        let found = app::protection_rules::explain(&self.0, assets).await;
        keyed(found, |explained| explained.asset_id)
    }
}

impl Loader<RecoveryPointId> for LastVerifications {
    type Value = Verification;
    type Error = LoadError;

    async fn load(
        &self,
        points: &[RecoveryPointId],
    ) -> Result<Found<RecoveryPointId, Verification>, LoadError> {
        let found = app::verifications::last_of_points(&self.0, points).await;
        keyed(found, |verification| verification.recovery_point_id)
    }
}

impl Loader<AssetId> for Compliance {
    type Value = app::compliance::Shown;
    type Error = LoadError;

    async fn load(
        &self,
        assets: &[AssetId],
    ) -> Result<Found<AssetId, app::compliance::Shown>, LoadError> {
        let found = app::compliance::of_assets(&self.0, assets).await;
        let found = found.map_err(|error| LoadError(Arc::new(error)))?;
        Ok(found.into_iter().collect())
    }
}

impl Loader<UserId> for Members {
    type Value = Membership;
    type Error = LoadError;

    async fn load(&self, users: &[UserId]) -> Result<Found<UserId, Membership>, LoadError> {
        let found = app::users::memberships(&self.0, users).await;
        keyed(found, |membership| membership.user_id)
    }
}

impl Loader<UserId> for Grants {
    type Value = Vec<RoleGrant>;
    type Error = LoadError;

    async fn load(&self, users: &[UserId]) -> Result<Found<UserId, Vec<RoleGrant>>, LoadError> {
        let found = app::users::grants(&self.0, users).await;
        let found = found.map_err(|error| LoadError(Arc::new(error)))?;
        let mut by_user: Found<UserId, Vec<RoleGrant>> = Found::new();
        for grant in found {
            by_user.entry(grant.user_id).or_default().push(grant);
        }
        Ok(by_user)
    }
}

impl Loader<RecoveryPointId> for Holds {
    type Value = Vec<LegalHold>;
    type Error = LoadError;

    async fn load(
        &self,
        points: &[RecoveryPointId],
    ) -> Result<Found<RecoveryPointId, Vec<LegalHold>>, LoadError> {
        let found = app::legal_holds::of_points(&self.0, points).await;
        let found = found.map_err(|error| LoadError(Arc::new(error)))?;
        let mut by_point: Found<RecoveryPointId, Vec<LegalHold>> = Found::new();
        for (point, hold) in found {
            by_point.entry(point).or_default().push(hold);
        }
        Ok(by_point)
    }
}
