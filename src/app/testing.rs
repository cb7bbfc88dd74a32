//! An organization with people, an account and assets, for tests.
//!
//! Not for production. Invariant: everything is made by the use cases or the store's own functions, so a test never starts
//! from a state that the service could not reach.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use domain::alert::{AlertKind, NewAlert};
use domain::asset::{Asset, AssetDetails, AssetFilter, AssetKind, EbsVolume, SeenAsset};
use domain::audit::checkpoint::NoteKey;
use domain::aws_account::{AwsAccount, NewAwsAccount};
use domain::membership::{Membership, MembershipState};
use domain::organization::{KeySource, Organization};
use domain::organizational_unit::OrganizationalUnit;
use domain::page::{Direction, PageRequest};
use domain::permission::Permission;
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::repository::VaultRepository;
use domain::role::{BuiltInRole, Role};
use domain::role_grant::{GrantSource, RoleAt, RoleGrant};
use domain::user::User;
use domain::verification::{Evidence, Verdict, Verification};
use domain::{
    AlertId, AssetId, IdSource, OrganizationId, OrganizationalUnitId, RecoveryPointId,
    RepositoryId, RoleId, SystemIds, TestClock, UserId, VerificationId,
};
use identity::safe_client::Rules;
use identity::{Passkeys, PasswordSettings, Passwords, SafeClient, SystemResolver, TextRecords};
use secrecy::{ExposeSecret as _, SecretString};
pub use store::testing::{contents, refuse_audit, refuse_success};

use crate::aws_accounts::NewAccess;
use crate::context::{Ctx, Origin, Parts, Services};
use crate::mails::Outgoing;
use crate::organizations::NewOrganization;
use crate::ports::{AccountSetup, AccountTemplates, PortError, RecoveryKit, RecoveryKits, Sealer};
use crate::settings::Settings;
use crate::sign_on::Connections;

mod states;

pub use states::totp_code;

/// Password of everybody in tests.
pub const PASSWORD: &str = "Correct-Horse-7-Battery";

/// Rights of somebody who restores and verifies, and does nothing else.
pub const RESTORER: [Permission; 4] = [
    Permission::Read,
    Permission::RestoreRun,
    Permission::VerificationRun,
    Permission::ApiTokenManage,
];
/// Rights of somebody who keeps backups going and does not restore.
pub const KEEPER: [Permission; 7] = [
    Permission::Read,
    Permission::PolicyWrite,
    Permission::PolicyAssign,
    Permission::AwsAccountManage,
    Permission::BackupRun,
    Permission::VerificationRun,
    Permission::ApiTokenManage,
];

/// Ports of a service that has neither a vault nor AWS.
#[derive(Debug)]
struct TestPorts;

impl Sealer for TestPorts {
    fn seal(
        &self,
        organization: OrganizationId,
        purpose: &str,
        secret: &SecretString,
    ) -> Result<String, PortError> {
        let hidden = hex::encode(secret.expose_secret());
        Ok(format!("sealed:{organization}:{purpose}:{hidden}"))
    }

    fn open(
        &self,
        organization: OrganizationId,
        purpose: &str,
        sealed: &str,
    ) -> Result<SecretString, PortError> {
        let hidden = sealed.strip_prefix(&format!("sealed:{organization}:{purpose}:"));
        let text = hidden
            .and_then(|hidden| hex::decode(hidden).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok());
        text.map(SecretString::from)
            .ok_or_else(|| PortError("sealed for something else".to_owned()))
    }
}

#[async_trait]
impl AccountTemplates for TestPorts {
    async fn setup(&self, account: &AwsAccount) -> Result<Option<AccountSetup>, PortError> {
        let domain::aws_account::AccountAccess::Role { external_id, .. } = &account.access else {
            return Ok(None);
        };
        Ok(Some(AccountSetup {
            trust_policy: format!("trust {external_id}"),
            permission_policy: "permissions".to_owned(),
            cloud_formation: "template".to_owned(),
            terraform: "module".to_owned(),
        }))
    }
}

#[async_trait]
impl RecoveryKits for TestPorts {
    async fn export(&self, repository: &VaultRepository) -> Result<RecoveryKit, PortError> {
        Ok(RecoveryKit {
            location: format!("/vault/{}", repository.id),
            password: SecretString::from("kit-password"),
        })
    }
}

/// The DNS of a test: TXT records by name.
#[derive(Debug, Default)]
pub struct Records(parking_lot::Mutex<BTreeMap<String, Vec<String>>>);

impl Records {
    /// Adds a record.
    pub fn add(&self, name: &str, text: &str) {
        let mut all = self.0.lock();
        all.entry(name.to_owned())
            .or_default()
            .push(text.to_owned());
    }
}

#[async_trait]
impl TextRecords for Records {
    async fn lookup(&self, name: &str) -> std::io::Result<Vec<String>> {
        Ok(self.0.lock().get(name).cloned().unwrap_or_default())
    }
}

/// Where the service of a test is reached.
pub const PUBLIC_URL: &str = "https://holdfast.test";

/// Providers on this machine may be called, and nothing else answers.
#[expect(clippy::expect_used, reason = "a test cannot go on without its world")]
fn connections(clock: &TestClock, records: &Arc<Records>) -> Connections {
    let http = SafeClient::new(Rules::with_loopback(), Arc::new(SystemResolver));
    Connections::new(
        http.expect("a client"),
        records.clone(),
        PUBLIC_URL,
        Arc::new(clock.clone()),
    )
}

#[expect(clippy::expect_used, reason = "a test cannot go on without its world")]
fn services(
    store: store::Store,
    clock: &TestClock,
    records: &Arc<Records>,
    settings: Settings,
) -> Arc<Services> {
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds::new(clock.clone()));
    let passwords = Passwords::new(PasswordSettings::cheap(), Arc::clone(&ids));
    Services::new(Parts {
        events: ::tasks::Events::new(store.clone()),
        store,
        clock: Arc::new(clock.clone()),
        ids,
        passwords: passwords.expect("cheap passwords"),
        sealer: Arc::new(TestPorts),
        recovery_kits: Arc::new(TestPorts),
        templates: Arc::new(TestPorts),
        connections: connections(clock, records),
        passkeys: Passkeys::new(PUBLIC_URL, "Holdfast").ok(),
        audit_key: NoteKey::new(&[7; 32]),
        settings,
    })
}

/// A service with one organization and its Super Admin.
#[derive(Debug)]
pub struct Harness {
    /// What the use cases work with.
    pub services: Arc<Services>,
    /// The clock; nothing moves it but the test.
    pub clock: TestClock,
    /// The organization.
    pub organization: Organization,
    /// Its Super Admin.
    pub admin: User,
    /// What the DNS says.
    pub records: Arc<Records>,
}

#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test cannot go on without its world"
)]
impl Harness {
    /// A fresh service with static keys allowed.
    pub async fn new() -> Self {
        Self::with(Settings {
            allow_static_keys: true,
            ..Settings::default()
        })
        .await
    }

    /// A fresh service with these settings.
    pub async fn with(settings: Settings) -> Self {
        let clock = TestClock::default();
        let store = store::testing::fresh_with(Arc::new(clock.clone())).await;
        let records = Arc::new(Records::default());
        let services = services(store, &clock, &records, settings);
        let made = crate::organizations::bootstrap(&services, new_organization("admin@a.test"));
        let (organization, admin) = made.await.expect("an organization");
        Self {
            services,
            clock,
            organization,
            admin,
            records,
        }
    }

    /// Another replica: the same database, and nothing else that it shares with this one.
    #[must_use]
    pub fn replica(&self) -> Arc<Services> {
        let (store, settings) = (self.services.store.clone(), self.services.settings.clone());
        services(store, &self.clock, &self.records, settings)
    }

    /// The context of the Super Admin, signed in.
    pub async fn admin(&self) -> Ctx {
        self.sign_in(&self.admin.email).await
    }

    /// The mails that wait in the outbox, oldest first, as a sender would get them; they leave it.
    pub async fn mails(&self) -> Vec<Outgoing> {
        let mut all = Vec::new();
        while let Some(mail) = crate::mails::next(&self.services)
            .await
            .expect("the outbox")
        {
            let sent = crate::mails::sent(&self.services, mail.id).await;
            sent.expect("the outbox");
            all.push(mail);
        }
        all
    }

    /// The root unit of the organization.
    pub async fn root(&self) -> OrganizationalUnitId {
        let reader = self.services.store.read();
        let root = store::organizational_units::root(&reader, self.organization.id).await;
        root.expect("a root unit").id
    }

    /// The context of a new person with this role at the root unit, signed in.
    pub async fn person(&self, role: BuiltInRole) -> Ctx {
        let root = self.root().await;
        self.person_at(role.id(), root).await
    }

    /// The context of a new person with a role of exactly these rights at the root unit, signed in.
    pub async fn person_with(&self, permissions: &[Permission]) -> Ctx {
        let (ids, now) = (self.services.ids.as_ref(), self.services.clock.now());
        let id = RoleId::fresh(ids);
        let role = Role {
            id,
            name: id.to_string(),
            description: None,
            permissions: permissions.iter().copied().collect(),
            version: 1,
            organization_id: Some(self.organization.id),
            created_at: Some(now),
        };
        let mut tx = self.services.store.begin().await.expect("a transaction");
        store::roles::add(&mut tx, self.organization.id, &role, now)
            .await
            .expect("a role");
        tx.commit().await.expect("a commit");
        let root = self.root().await;
        self.person_at(id, root).await
    }

    /// The context of a new person with this role at this unit, signed in.
    pub async fn person_at(&self, role: RoleId, unit: OrganizationalUnitId) -> Ctx {
        let (ids, now) = (self.services.ids.as_ref(), self.services.clock.now());
        let id = UserId::fresh(ids);
        let user = User {
            id,
            name: "Bob".to_owned(),
            email: format!("{id}@a.test"),
            password_changed_at: Some(now),
            email_confirmed_at: Some(now),
            created_at: now,
        };
        let password = SecretString::from(PASSWORD);
        let hash = self
            .services
            .passwords
            .hash(&password)
            .await
            .expect("a hash");
        let membership = Membership {
            organization_id: self.organization.id,
            user_id: id,
            state: MembershipState::Active,
            invited_by: None,
            created_at: now,
            last_active_at: None,
        };
        let grant = RoleGrant {
            user_id: id,
            role_at: RoleAt {
                role_id: role,
                unit_id: unit,
            },
            source: GrantSource::Manual,
        };
        let mut tx = self.services.store.begin().await.expect("a transaction");
        let added = store::users::add(&mut tx, &user, Some(hash.as_str())).await;
        added.expect("a user");
        store::memberships::add(&mut tx, &membership)
            .await
            .expect("a membership");
        store::role_grants::add(&mut tx, self.organization.id, &grant, now)
            .await
            .expect("a grant");
        tx.commit().await.expect("a commit");
        self.sign_in(&user.email).await
    }

    /// A new unit below another.
    pub async fn unit(&self, parent: OrganizationalUnitId, name: &str) -> OrganizationalUnitId {
        let unit = OrganizationalUnit {
            id: OrganizationalUnitId::fresh(self.services.ids.as_ref()),
            organization_id: self.organization.id,
            parent_id: Some(parent),
            name: name.to_owned(),
            version: 1,
        };
        let mut tx = self.services.store.begin().await.expect("a transaction");
        store::organizational_units::add(&mut tx, &unit, self.services.clock.now())
            .await
            .expect("a unit");
        tx.commit().await.expect("a commit");
        unit.id
    }

    /// The context of the Super Admin of another organization, signed in.
    pub async fn stranger(&self) -> Ctx {
        let new = new_organization("admin@b.test");
        let made = crate::organizations::bootstrap(&self.services, new).await;
        made.expect("another organization");
        self.sign_in("admin@b.test").await
    }

    async fn sign_in(&self, email: &str) -> Ctx {
        let password = SecretString::from(PASSWORD);
        let origin = Origin::default();
        let session = crate::sessions::create(&self.services, &origin, email, &password).await;
        session.expect("a session").ctx
    }

    /// A linked account with one region, in the organization of the caller.
    pub async fn account(&self, ctx: &Ctx) -> AwsAccount {
        self.account_named(ctx, "Production", "123456789012").await
    }

    /// The same with a name and a number of its own.
    pub async fn account_named(&self, ctx: &Ctx, name: &str, account_id: &str) -> AwsAccount {
        let new = NewAwsAccount {
            account_id: account_id.to_owned(),
            name: name.to_owned(),
            regions: vec!["eu-west-1".to_owned()],
        };
        let access = NewAccess::StaticKeys {
            access_key_id: account_id.to_owned(),
            secret_access_key: SecretString::from("secret"),
        };
        let kinds = AssetKind::ALL.to_vec();
        let connected = crate::aws_accounts::connect(ctx, new, access, kinds).await;
        connected.expect("an account").0
    }

    /// Volumes `vol-0`, `vol-1`, ... of the account, in this order.
    pub async fn volumes(&self, ctx: &Ctx, account: &AwsAccount, count: usize) -> Vec<Asset> {
        let seen: Vec<SeenAsset> = (0..count).map(seen_volume).collect();
        let place = store::assets::Place {
            account,
            region: "eu-west-1",
            kind: AssetKind::EbsVolume,
        };
        let mut tx = ctx.begin().await.expect("a transaction");
        store::assets::upsert_seen(&mut tx, &place, &seen, ctx.ids(), ctx.now())
            .await
            .expect("assets");
        tx.commit().await.expect("a commit");
        let page = PageRequest {
            size: 100,
            ..PageRequest::default()
        };
        let filter = AssetFilter::default();
        let list = crate::assets::list(
            ctx,
            &filter,
            domain::asset::AssetOrder::default(),
            Direction::Ascending,
            &page,
        );
        list.await.expect("a page").into_nodes()
    }

    /// Lets the duty of compliance take one turn.
    pub async fn judge(&self) {
        let (store, clock) = (self.services.store.clone(), self.services.clock.clone());
        let by_hand = ::tasks::DutyContext::by_hand(store, clock, self.services.ids.clone());
        let duty = ::tasks::Compliance::with_history_days(730);
        let done = ::tasks::Duty::run(&duty, &by_hand).await;
        done.expect("a turn of the duty");
    }

    /// An open alert about the asset, else about the whole organization.
    pub async fn alert(&self, ctx: &Ctx, asset: Option<AssetId>) -> AlertId {
        let id = AlertId::fresh(ctx.ids());
        let (kind, key) = (AlertKind::ProofFailed, format!("proof_failed/{id}"));
        let mut new = NewAlert::new(id, ctx.organization(), kind, key, "It does not come back.");
        new.subject.asset_id = asset;
        let mut tx = ctx.begin().await.expect("a transaction");
        let raised = store::alerts::raise(&mut tx, &new).await;
        tx.commit().await.expect("a commit");
        raised.expect("an alert")
    }

    /// An attempt that proved the point.
    pub async fn verification(&self, ctx: &Ctx, point: &RecoveryPoint) -> VerificationId {
        let task = domain::TaskId::fresh(ctx.ids());
        let mut proven = Verification::begun(point, task, Proof::Restored, ctx.now());
        proven.verdict = Verdict::Proven;
        proven.reached = Proof::Restored;
        proven.evidence = Some(Evidence::of(serde_json::json!({ "version": 1 })));
        proven.finished_at = Some(ctx.now());
        let mut tx = ctx.begin().await.expect("a transaction");
        let set = store::verifications::set(&mut tx, &proven).await;
        set.expect("a verification");
        tx.commit().await.expect("a commit");
        proven.id
    }

    /// An available recovery point of the asset in the vault, bound to a repository.
    pub async fn point(&self, ctx: &Ctx, asset: &Asset) -> RecoveryPoint {
        let repository = VaultRepository {
            id: RepositoryId::fresh(ctx.ids()),
            organization_id: ctx.organization(),
            aws_account_id: asset.aws_account_id,
            region: asset.region.clone(),
            asset_kind: asset.kind,
            shard: 0,
            location: serde_json::json!({}),
            wrapped_key: serde_json::json!({}),
            stored_bytes: 0,
            created_at: ctx.now(),
        };
        let mut tx = ctx.begin().await.expect("a transaction");
        let organization = ctx.organization();
        let account = asset.aws_account_id;
        let known =
            store::repositories::find_for(&tx, organization, account, &asset.region, asset.kind);
        let known = known.await.expect("repositories").into_iter().next();
        let repository = if let Some(known) = known {
            known
        } else {
            let added = store::repositories::add(&mut tx, &repository).await;
            added.expect("a repository");
            repository
        };
        store::repositories::bind_asset(&mut tx, organization, asset.id, repository.id)
            .await
            .expect("a binding");
        let id = RecoveryPointId::fresh(ctx.ids());
        let point = RecoveryPoint {
            id,
            organization_id: organization,
            asset_id: asset.id,
            policy_id: None,
            task_id: None,
            placement: Placement::Vault,
            status: RecoveryPointStatus::Available,
            proof: Proof::ChecksumsMatch,
            proven_at: Some(ctx.now()),
            taken_at: ctx.now(),
            expires_at: None,
            size_bytes: 8 << 30,
            added_bytes: 1 << 20,
            is_full: true,
            repository_id: Some(repository.id),
            snapshot_id: Some(id.to_string()),
            base_snapshot_id: None,
            content_digest: None,
            source_digest: None,
            region: None,
            tier: domain::copy_target::StorageTier::Standard,
            life: domain::life::Life::default(),
        };
        store::recovery_points::add(&mut tx, &point)
            .await
            .expect("a point");
        tx.commit().await.expect("a commit");
        point
    }
}

fn new_organization(email: &str) -> NewOrganization {
    NewOrganization {
        name: "Example".to_owned(),
        key_source: KeySource::Local,
        user_name: "Ann".to_owned(),
        email: email.to_owned(),
        password: SecretString::from(PASSWORD),
    }
}

fn seen_volume(number: usize) -> SeenAsset {
    SeenAsset {
        native_id: format!("vol-{number:03}"),
        arn: format!("arn:aws:ec2:eu-west-1:123456789012:volume/vol-{number:03}"),
        tags: [("Name".to_owned(), format!("disk {number:03}"))]
            .into_iter()
            .collect(),
        details: AssetDetails::EbsVolume(EbsVolume {
            availability_zone: "eu-west-1a".to_owned(),
            size_gib: 8,
            volume_type: "gp3".to_owned(),
            iops: Some(3_000),
            throughput_mibps: Some(125),
            encrypted: true,
            kms_key_id: None,
            state: "in-use".to_owned(),
            attachments: Vec::new(),
        }),
    }
}
