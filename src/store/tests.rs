//! Tests of the store on each database that this machine has.
//!
//! Not for one function's arithmetic (beside it). Invariant: every test runs on SQLite, and on PostgreSQL too when
//! `TEST_DATABASE_URL` is set.

mod alerts;
mod audit;
mod inventory;
mod overviews;
mod pages;
mod people;
mod protection_rules;
mod row_level_security;
mod rows;
mod schema;
mod scopes;
mod sign_on;
mod transactions;
mod verifications;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::asset::{AssetDetails, AssetKind, EbsVolume, SeenAsset};
use domain::audit::{AuditEvent, Interface, Outcome};
use domain::aws_account::{AccountAccess, AwsAccount, AwsAccountRegion, AwsAccountStatus};
use domain::membership::{Membership, MembershipState};
use domain::organization::{KeySource, Organization};
use domain::organizational_unit::{OrganizationalUnit, ROOT_UNIT_NAME};
use domain::policy::Policy;
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::repository::VaultRepository;
use domain::role::BuiltInRole;
use domain::role_grant::{GrantSource, RoleAt, RoleGrant};
use domain::tag::Tags;
use domain::task::Actor;
use domain::user::User;
use domain::{
    AssetId, AuditEventId, AwsAccountKey, Clock, IdSource, OrganizationId, OrganizationalUnitId,
    PolicyId, RecoveryPointId, RepositoryId, SystemIds, TestClock, UserId,
};
use jiff::{SignedDuration, Timestamp};

use crate::assets::{Place, upsert_seen};
use crate::{Store, Tx};

/// An organization with a user and a linked account, ready for more.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) organization: Organization,
    pub(crate) unit: OrganizationalUnit,
    pub(crate) user: User,
    pub(crate) account: AwsAccount,
}

/// 2026-01-01T00:00:00Z and so many seconds.
pub(crate) fn at(seconds: i64) -> Timestamp {
    TestClock::default().now() + SignedDuration::from_secs(seconds)
}

/// An active membership since the beginning.
pub(crate) fn member(organization: OrganizationId, user: UserId) -> Membership {
    Membership {
        organization_id: organization,
        user_id: user,
        state: MembershipState::Active,
        invited_by: None,
        created_at: at(0),
        last_active_at: None,
    }
}

/// A grant by hand of a built-in role.
pub(crate) fn grant(user: UserId, role: BuiltInRole, unit: OrganizationalUnitId) -> RoleGrant {
    RoleGrant {
        user_id: user,
        role_at: RoleAt {
            role_id: role.id(),
            unit_id: unit,
        },
        source: GrantSource::Manual,
    }
}

/// A world on each database.
pub(crate) async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for store in crate::testing::all().await {
        worlds.push(World::build(store).await);
    }
    worlds
}

/// An AWS account of the unit.
fn production(id: AwsAccountKey, unit: &OrganizationalUnit) -> AwsAccount {
    AwsAccount {
        id,
        organization_id: unit.organization_id,
        unit_id: unit.id,
        account_id: "123456789012".into(),
        name: "Production".into(),
        access: AccountAccess::Role {
            role_arn: "arn:aws:iam::123456789012:role/holdfast".into(),
            external_id: "secret".into(),
        },
        status: AwsAccountStatus::Connected,
        regions: vec![AwsAccountRegion {
            region: "eu-west-1".into(),
            asset_kinds: vec![AssetKind::EbsVolume],
            status: AwsAccountStatus::Connected,
            missing_permissions: Vec::new(),
            inventoried_at: None,
        }],
        version: 1,
        created_at: at(0),
    }
}

impl World {
    /// One more organization in the same database.
    pub(crate) async fn neighbour(&self) -> Self {
        Self::build(self.store.clone()).await
    }

    async fn build(store: Store) -> Self {
        let ids: Arc<dyn IdSource> = Arc::new(SystemIds::new(domain::SystemClock));
        let organization = Organization {
            id: OrganizationId::fresh(ids.as_ref()),
            name: "Acme".into(),
            key_source: KeySource::Local,
            settings: domain::organization_settings::OrganizationSettings::default(),
            version: 1,
            created_at: at(0),
        };
        let unit = OrganizationalUnit {
            id: OrganizationalUnitId::fresh(ids.as_ref()),
            organization_id: organization.id,
            parent_id: None,
            name: ROOT_UNIT_NAME.into(),
            version: 1,
        };
        let user_id = UserId::fresh(ids.as_ref());
        let user = User {
            id: user_id,
            name: "Ann".into(),
            email: format!("{user_id}@corp.example"),
            password_changed_at: Some(at(0)),
            email_confirmed_at: Some(at(0)),
            created_at: at(0),
        };
        let account = production(AwsAccountKey::fresh(ids.as_ref()), &unit);
        let mut tx = store.begin().await.unwrap();
        crate::organizations::add(&mut tx, &organization, &unit)
            .await
            .unwrap();
        crate::users::add(&mut tx, &user, Some("hash"))
            .await
            .unwrap();
        crate::memberships::add(&mut tx, &member(organization.id, user.id))
            .await
            .unwrap();
        let grant = grant(user.id, BuiltInRole::SuperAdmin, unit.id);
        crate::role_grants::add(&mut tx, organization.id, &grant, at(0))
            .await
            .unwrap();
        crate::aws_accounts::add(&mut tx, &account).await.unwrap();
        tx.commit().await.unwrap();
        Self {
            store,
            ids,
            organization,
            unit,
            user,
            account,
        }
    }

    pub(crate) fn id(&self) -> OrganizationId {
        self.organization.id
    }

    pub(crate) fn place(&self) -> Place<'_> {
        Place {
            account: &self.account,
            region: "eu-west-1",
            kind: AssetKind::EbsVolume,
        }
    }

    pub(crate) fn policy(&self, name: &str) -> Policy {
        Policy {
            id: PolicyId::fresh(self.ids.as_ref()),
            organization_id: self.id(),
            unit_id: self.unit.id,
            name: name.into(),
            description: None,
            is_active: true,
            operations: Vec::new(),
            version: 1,
            created_at: at(0),
            updated_at: at(0),
        }
    }

    pub(crate) async fn add_policy(&self, name: &str) -> Policy {
        let policy = self.policy(name);
        let mut tx = self.store.begin().await.unwrap();
        crate::policies::add(&mut tx, &policy).await.unwrap();
        tx.commit().await.unwrap();
        policy
    }

    /// Adds volumes: (native id, tag `Name`), discovered at `now`.
    pub(crate) async fn add_assets(&self, named: &[(&str, &str)], now: Timestamp) -> Vec<AssetId> {
        let seen: Vec<SeenAsset> = named.iter().map(|(id, name)| volume(id, name)).collect();
        let mut tx = self.store.begin().await.unwrap();
        let upserted = self.upsert(&mut tx, &seen, now).await;
        tx.commit().await.unwrap();
        upserted.created
    }

    pub(crate) async fn upsert(
        &self,
        tx: &mut Tx,
        seen: &[SeenAsset],
        now: Timestamp,
    ) -> crate::assets::Upserted {
        upsert_seen(tx, &self.place(), seen, self.ids.as_ref(), now)
            .await
            .unwrap()
    }

    pub(crate) fn repository(&self, shard: i32) -> VaultRepository {
        VaultRepository {
            id: RepositoryId::fresh(self.ids.as_ref()),
            organization_id: self.id(),
            aws_account_id: self.account.id,
            region: "eu-west-1".into(),
            asset_kind: AssetKind::EbsVolume,
            shard,
            location: serde_json::json!({ "folder": "/vault" }),
            wrapped_key: serde_json::json!({ "version": 1 }),
            stored_bytes: 0,
            created_at: at(0),
        }
    }

    pub(crate) fn point(&self, asset: AssetId, taken_at: Timestamp) -> RecoveryPoint {
        RecoveryPoint {
            id: RecoveryPointId::fresh(self.ids.as_ref()),
            organization_id: self.id(),
            asset_id: asset,
            policy_id: None,
            task_id: None,
            placement: Placement::InAccount,
            status: RecoveryPointStatus::Available,
            proof: Proof::None,
            proven_at: None,
            taken_at,
            expires_at: None,
            size_bytes: 1 << 40,
            added_bytes: 12,
            is_full: true,
            repository_id: None,
            snapshot_id: Some("snap-1".into()),
            base_snapshot_id: None,
            content_digest: None,
            source_digest: None,
            region: None,
            tier: domain::copy_target::StorageTier::Standard,
            life: domain::life::Life::default(),
        }
    }

    pub(crate) async fn add_point(&self, point: &RecoveryPoint) {
        let mut tx = self.store.begin().await.unwrap();
        crate::recovery_points::add(&mut tx, point).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) fn audit_event(&self, occurred_at: Timestamp) -> AuditEvent {
        AuditEvent {
            id: AuditEventId::fresh(self.ids.as_ref()),
            organization_id: self.id(),
            occurred_at,
            actor: Actor::User(self.user.id),
            interface: Interface::Console,
            action: "create_policy".into(),
            target: None,
            outcome: Outcome::Success,
            summary: serde_json::json!({ "name": "Gold" }),
            address: Some("192.0.2.1".into()),
            request_id: "r1".into(),
        }
    }

    /// All events so far: (topic, change, subject).
    pub(crate) async fn told(&self) -> Vec<(String, String, String)> {
        let events = crate::events::since(&self.store.read(), self.id(), 0, 100_000)
            .await
            .unwrap();
        events
            .into_iter()
            .map(|event| {
                (
                    event.topic.name().into(),
                    event.change.name().into(),
                    event.subject,
                )
            })
            .collect()
    }
}

/// A volume as an inventory sees it.
pub(crate) fn volume(native_id: &str, name: &str) -> SeenAsset {
    let named = BTreeMap::from([("Name".to_owned(), name.to_owned())]);
    SeenAsset {
        native_id: native_id.into(),
        arn: format!("arn:aws:ec2:eu-west-1:123456789012:volume/{native_id}"),
        tags: Tags(if name.is_empty() {
            BTreeMap::new()
        } else {
            named
        }),
        details: AssetDetails::EbsVolume(EbsVolume {
            availability_zone: "eu-west-1a".into(),
            size_gib: 8,
            volume_type: "gp3".into(),
            iops: Some(3_000),
            throughput_mibps: Some(125),
            encrypted: false,
            kms_key_id: None,
            state: "in-use".into(),
            attachments: Vec::new(),
        }),
    }
}
