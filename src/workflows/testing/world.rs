//! A whole installation without HTTP: a database, a folder vault, the simulated AWS and the engine.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws::fake::{FakeAws, SeedVolume};
use domain::asset::{Asset, AssetFilter, AssetKind, AssetOrder};
use domain::aws_account::{AccountAccess, AwsAccount, AwsAccountRegion, AwsAccountStatus};
use domain::ids::{
    AssetId, AwsAccountKey, OrganizationId, OrganizationalUnitId, PolicyId, RecoveryPointId, TaskId,
};
use domain::organization::{KeySource, Organization};
use domain::organization_settings::OrganizationSettings;
use domain::organizational_unit::{OrganizationalUnit, ROOT_UNIT_NAME};
use domain::page::{Direction, PageRequest};
use domain::policy::Policy;
use domain::protection_rule::{Decision, ProtectionSource};
use domain::recovery_point::{Proof, RecoveryPoint, RecoveryPointFilter, RecoveryPointOrder};
use domain::retention::{Retention, RetentionUnit};
use domain::scope::Scope;
use domain::task::{Actor, NewTask, Task, TaskFilter, TaskKind, TaskSpec, TaskStatus};
use domain::{Clock, IdSource, SystemClock, SystemIds};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use store::Store;
use tasks::{Backoff, Engine, EngineConfig, Registry, RetryPolicy, Step, Workflow};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use vault::LocalRootKey;

use crate::{
    Services, Settings, VaultPlace, Vaults, VaultsSettings, VerificationSettings, registry,
};

pub(crate) const ACCOUNT: &str = "111111111111";
pub(crate) const REGION: &str = "eu-west-1";
const ROLE: &str = "arn:aws:iam::111111111111:role/Holdfast";
const EXTERNAL_ID: &str = "the-external-id-of-this-test";
/// How long a task of a test may take.
const DEADLINE: Duration = Duration::from_mins(1);

/// The host's clock, moved by as much as a test wants.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shifted(Arc<AtomicI64>);

impl Shifted {
    pub(crate) fn set(&self, by: SignedDuration) {
        self.0
            .store(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_micros(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) shift: Shifted,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) aws: FakeAws,
    pub(crate) services: Arc<Services>,
    pub(crate) organization: OrganizationId,
    pub(crate) account: AwsAccountKey,
    pub(crate) folder: TempDir,
}

impl World {
    /// An organization with one connected account that has nothing in it.
    pub(crate) async fn new() -> Self {
        Self::with_keys(KeySource::Local).await
    }

    pub(crate) async fn with_keys(key_source: KeySource) -> Self {
        let shift = Shifted::default();
        let clock: Arc<dyn Clock> = Arc::new(shift.clone());
        let ids: Arc<dyn IdSource> = Arc::new(SystemIds::new(clock.clone()));
        let folder = TempDir::new().unwrap();
        let aws = FakeAws::new(clock.clone());
        aws.add_role(ROLE, Some(EXTERNAL_ID));
        let store = store::testing::fresh_with(clock.clone()).await;
        let services = services(&aws, &clock, &folder);
        let organization = OrganizationId::fresh(ids.as_ref());
        let account = AwsAccountKey::fresh(ids.as_ref());
        let world = Self {
            store,
            clock,
            shift,
            ids,
            aws,
            services,
            organization,
            account,
            folder,
        };
        world.seed(key_source).await;
        world
    }

    async fn seed(&self, key_source: KeySource) {
        let now = self.clock.now();
        let organization = Organization {
            id: self.organization,
            name: "Corp".into(),
            key_source,
            settings: OrganizationSettings::default(),
            version: 1,
            created_at: now,
        };
        let unit = OrganizationalUnit {
            id: OrganizationalUnitId::fresh(self.ids.as_ref()),
            organization_id: self.organization,
            parent_id: None,
            name: ROOT_UNIT_NAME.into(),
            version: 1,
        };
        let account = AwsAccount {
            id: self.account,
            organization_id: self.organization,
            unit_id: unit.id,
            account_id: ACCOUNT.into(),
            name: "Test".into(),
            access: AccountAccess::Role {
                role_arn: ROLE.into(),
                external_id: EXTERNAL_ID.into(),
            },
            status: AwsAccountStatus::Connected,
            regions: vec![AwsAccountRegion {
                region: REGION.into(),
                asset_kinds: vec![AssetKind::EbsVolume, AssetKind::Ec2Instance],
                status: AwsAccountStatus::Connected,
                missing_permissions: Vec::new(),
                inventoried_at: None,
            }],
            version: 1,
            created_at: now,
        };
        let mut tx = self.store.begin().await.unwrap();
        store::organizations::add(&mut tx, &organization, &unit)
            .await
            .unwrap();
        store::aws_accounts::add(&mut tx, &account).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A volume that the inventory knows.
    pub(crate) async fn volume(&self, seed: SeedVolume) -> (String, Asset) {
        let id = self.aws.add_volume(ACCOUNT, REGION, seed);
        self.sync().await;
        let asset = self.asset(&id).await.unwrap();
        (id, asset)
    }

    pub(crate) async fn sync(&self) -> Task {
        let spec = TaskSpec::SyncInventory {
            aws_account_id: self.account,
            region: REGION.into(),
        };
        let done = self.run(spec).await;
        assert_eq!(done.status, TaskStatus::Completed, "{done:?}");
        done
    }

    pub(crate) async fn asset(&self, native_id: &str) -> Option<Asset> {
        let filter = AssetFilter {
            text: Some(native_id.into()),
            include_deleted: true,
            ..AssetFilter::default()
        };
        let page = PageRequest::default();
        let (order, direction) = (AssetOrder::Name, Direction::Ascending);
        let found = store::assets::list(
            &self.store.read(),
            self.organization,
            &filter,
            order,
            direction,
            &page,
        )
        .await
        .unwrap();
        found.into_nodes().into_iter().next()
    }

    /// Runs one task to its end.
    pub(crate) async fn run(&self, spec: TaskSpec) -> Task {
        let id = self.enqueue(spec).await;
        self.finish(id).await
    }

    pub(crate) fn new_task(&self, spec: TaskSpec) -> NewTask {
        let mut new = NewTask::new(self.organization, spec, Actor::System);
        if let TaskSpec::BackupEbs { asset_id, .. } | TaskSpec::SnapshotEbs { asset_id, .. } =
            &new.spec
        {
            new.asset_id = Some(*asset_id);
        }
        new
    }

    pub(crate) async fn enqueue(&self, spec: TaskSpec) -> TaskId {
        let new = self.new_task(spec);
        let mut tx = self.store.begin().await.unwrap();
        let queued = tasks::enqueue(&mut tx, new, self.ids.as_ref(), self.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        queued.task_id
    }

    /// Runs the engine until the task has ended, or blocks.
    pub(crate) async fn finish(&self, id: TaskId) -> Task {
        self.run_until(id, |status| {
            status.is_final() || status == TaskStatus::Blocked
        })
        .await
    }

    async fn run_until(&self, id: TaskId, is_over: fn(TaskStatus) -> bool) -> Task {
        let shutdown = CancellationToken::new();
        let config = EngineConfig {
            poll: Duration::from_millis(50),
            ..EngineConfig::default()
        };
        let engine = Engine::new(
            self.store.clone(),
            self.clock.clone(),
            self.ids.clone(),
            impatient(&registry(&self.services)),
            config,
        );
        let wait = async {
            loop {
                let task = self.task(id).await;
                if is_over(task.status) {
                    shutdown.cancel();
                    return task;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let wait = tokio::time::timeout(DEADLINE, wait);
        let (task, ()) = tokio::join!(wait, engine.run(shutdown.clone()));
        task.expect("the task did not end in time")
    }

    pub(crate) async fn task(&self, id: TaskId) -> Task {
        store::tasks::lookup(&self.store.read(), self.organization, id)
            .await
            .unwrap()
            .unwrap()
    }

    pub(crate) async fn back_up(&self, asset: AssetId, retention: Option<Retention>) -> Task {
        self.run(TaskSpec::BackupEbs {
            asset_id: asset,
            retention,
        })
        .await
    }

    /// All points, newest first.
    pub(crate) async fn points(&self) -> Vec<RecoveryPoint> {
        let filter = RecoveryPointFilter::default();
        let (order, page) = (RecoveryPointOrder::default(), PageRequest::default());
        store::recovery_points::list(&self.store.read(), self.organization, &filter, order, &page)
            .await
            .unwrap()
            .into_nodes()
    }

    /// Backs up as if it were so many days ago, kept for one day.
    pub(crate) async fn back_up_days_ago(&self, asset: AssetId, days: i64) {
        self.shift.set(SignedDuration::from_hours(-24 * days));
        let keep = Retention {
            value: 1,
            unit: RetentionUnit::Days,
        };
        let task = self.back_up(asset, Some(keep)).await;
        assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
        self.shift.set(SignedDuration::ZERO);
    }

    /// Makes the ends of all points, and the undo windows that run, so many days older. The clocks stay where they are, because a
    /// clock that was moved is not believed.
    pub(crate) async fn age(&self, days: i64) {
        let by = SignedDuration::from_hours(24 * days);
        for point in self.points().await {
            let mut older = point.clone();
            older.expires_at = point.expires_at.map(|at| at - by);
            older.life.foreseen_end = point.life.foreseen_end.map(|at| at - by);
            older.life.ending_since = point.life.ending_since.map(|at| at - by);
            let mut tx = self.store.begin().await.unwrap();
            store::recovery_points::life::set_life(&mut tx, point.status, &older)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        self.forget_heads().await;
    }

    /// Forgets the heads of vaults, as if there had never been any: they would put back what a test makes older.
    pub(crate) async fn forget_heads(&self) {
        let mut tx = self.store.begin().await.unwrap();
        store::vault_heads::forget_all(&mut tx, self.organization).await;
        tx.commit().await.unwrap();
        let rows = store::repositories::list(&self.store.read(), self.organization).await;
        for row in rows.unwrap() {
            let objects = self.services.vaults.store_of(&row).await.unwrap();
            for object in objects.list(vault::HEADS_PREFIX).unwrap() {
                objects.delete(&object.key).unwrap();
            }
        }
    }

    /// Ends what is due, and removes it after its undo window; gives the last run.
    pub(crate) async fn expire(&self) -> Task {
        self.run(TaskSpec::ExpireRecoveryPoints).await;
        self.age(8).await;
        self.run(TaskSpec::ExpireRecoveryPoints).await
    }

    pub(crate) async fn queued_inventories(&self) -> u64 {
        let filter = TaskFilter {
            kinds: Some(vec![TaskKind::SyncInventory]),
            ..TaskFilter::default()
        };
        let scope = Scope::organization_wide(self.organization);
        store::tasks::count(&self.store.read(), &scope, &filter)
            .await
            .unwrap()
    }

    pub(crate) async fn has_repository(&self) -> bool {
        let rows = store::repositories::list(&self.store.read(), self.organization).await;
        !rows.unwrap().is_empty()
    }

    pub(crate) async fn verify(&self, point: RecoveryPointId) -> Task {
        self.prove(point, Proof::ChecksumsMatch).await
    }

    pub(crate) async fn prove(&self, point: RecoveryPointId, level: Proof) -> Task {
        self.run(TaskSpec::VerifyRecoveryPoint {
            recovery_point_id: point,
            level,
        })
        .await
    }

    /// Writes a point into the vault as a server does that dies before it writes the row.
    pub(crate) async fn write_without_row(
        &self,
        asset: &Asset,
        id: RecoveryPointId,
    ) -> vault::ImageSnapshot {
        let repository = self.repository().await;
        let labels = vault::PointLabels {
            asset_id: asset.id.to_string(),
            asset_kind: asset.kind.name().into(),
            recovery_point_id: id.to_string(),
            task_id: Some(TaskId::fresh(self.ids.as_ref()).to_string()),
            policy_id: None,
            taken_at: self.clock.now(),
            expires_at: None,
        };
        let point = vault::NewPoint {
            labels,
            configuration: serde_json::json!({}),
        };
        let write = move || repository.back_up_image(&OneSegment, None, &point, &vault::NoProgress);
        tokio::task::spawn_blocking(write).await.unwrap().unwrap()
    }

    /// Gives the asset a policy.
    pub(crate) async fn protect(&self, asset: AssetId) {
        let now = self.clock.now();
        let unit = store::organizational_units::root(&self.store.read(), self.organization)
            .await
            .unwrap();
        let policy = Policy {
            id: PolicyId::fresh(self.ids.as_ref()),
            organization_id: self.organization,
            unit_id: unit.id,
            name: "Gold".into(),
            description: None,
            is_active: true,
            operations: Vec::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let mut tx = self.store.begin().await.unwrap();
        store::policies::add(&mut tx, &policy).await.unwrap();
        let decision = Decision {
            policy_id: Some(policy.id),
            source: Some(ProtectionSource::Direct),
        };
        store::assets::set_decision(&mut tx, self.organization, &[asset], decision)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn account_status(&self) -> AwsAccountStatus {
        let reader = self.store.read();
        let found = store::aws_accounts::lookup(&reader, self.organization, self.account).await;
        found.unwrap().unwrap().status
    }

    /// Forgets unwrapped keys, as time does.
    pub(crate) fn forget_keys(&self) {
        let now = self.shift.0.load(Ordering::SeqCst);
        self.shift
            .set(SignedDuration::from_mins(6) + SignedDuration::from_micros(now));
        self.services.vaults.forget_old_keys();
    }

    /// Tries a waiting task again at once.
    pub(crate) async fn hurry(&self, id: TaskId) -> Task {
        let mut tx = self.store.begin().await.unwrap();
        let (ids, now) = (self.ids.as_ref(), self.clock.now());
        tasks::retry(&mut tx, self.organization, id, ids, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.run_until(id, TaskStatus::is_final).await
    }

    /// Lets scratch restores take so much from now on.
    pub(crate) fn scratch_bytes(&mut self, bytes: u64) {
        let services = Arc::get_mut(&mut self.services).expect("no task is at work");
        services.settings.verification.scratch_bytes = bytes;
    }

    /// Runs whatever is queued to its end.
    pub(crate) async fn finish_all(&self) {
        let filter = TaskFilter {
            statuses: Some(vec![TaskStatus::Queued]),
            ..TaskFilter::default()
        };
        let page = PageRequest::default();
        let (reader, scope) = (
            self.store.read(),
            Scope::organization_wide(self.organization),
        );
        let queued =
            store::tasks::list(&reader, &scope, &filter, Direction::Ascending, &page).await;
        for task in queued.unwrap().into_nodes() {
            self.finish(task.id).await;
        }
    }

    /// The largest pack of the vault.
    pub(crate) fn largest_pack(&self) -> PathBuf {
        let mut folders = vec![self.folder.path().join("vault")];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.components().any(|part| part.as_os_str() == "data") {
                    files.push((std::fs::metadata(&path).unwrap().len(), path));
                }
            }
        }
        files.into_iter().max().unwrap().1
    }

    /// The only repository, open.
    pub(crate) async fn repository(&self) -> vault::Repository {
        let rows = store::repositories::list(&self.store.read(), self.organization)
            .await
            .unwrap();
        self.services.vaults.open(&rows[0]).await.unwrap()
    }
}

/// An image of 8 MiB whose second segment has content.
struct OneSegment;

impl vault::ImageSource for OneSegment {
    fn size_bytes(&self) -> u64 {
        2 * u64::from(vault::SEGMENT_BYTES)
    }

    fn segments(&self) -> Result<Vec<vault::Segment>, vault::SourceError> {
        Ok(vec![vault::Segment {
            index: 1,
            state: vault::SegmentState::Present,
        }])
    }

    fn read_segment(
        &self,
        _index: u32,
        _base: Option<&vault::ImageReader>,
    ) -> Result<vault::SegmentData, vault::SourceError> {
        Ok(bytes::Bytes::from(vec![9; 4 << 20]).into())
    }
}

fn services(aws: &FakeAws, clock: &Arc<dyn Clock>, folder: &TempDir) -> Arc<Services> {
    let root_key = LocalRootKey::open_or_create(&folder.path().join("root.key")).unwrap();
    let aws: Arc<dyn aws::Aws> = Arc::new(aws.clone());
    let settings = VaultsSettings {
        place: VaultPlace::Folder {
            path: folder.path().join("vault"),
        },
        store_access: aws::AwsAccess::Own,
        cache_seconds: 300,
    };
    Arc::new(Services {
        vaults: Vaults::new(aws.clone(), Arc::new(root_key), clock.clone(), settings),
        head_key: Arc::new(TestKey),
        aws,
        settings: Settings {
            blocks_in_flight: 8,
            full_compare_days: 30,
            aws_wait_minutes: 1,
            per_region_max: 4,
            restore_folder: folder.path().join("restores"),
            static_keys_allowed: false,
            verification: VerificationSettings {
                scratch_folder: folder.path().join("scratch"),
                scratch_bytes: 4 << 30,
                concurrent_max: 2,
                bytes_per_day: 1 << 40,
            },
            expiry_undo_days: domain::limits::EXPIRY_UNDO_DAYS,
        },
    })
}

/// A stand-in for Ed25519: the digest of a secret and the body.
#[derive(Debug)]
struct TestKey;

impl crate::HeadKey for TestKey {
    fn note_key(&self) -> domain::audit::checkpoint::NoteKey {
        domain::audit::checkpoint::NoteKey::new(&[7; 32])
    }

    fn sign(&self, body: &str) -> Vec<u8> {
        Sha256::digest([&[7; 32], body.as_bytes()].concat()).to_vec()
    }

    fn is_valid(&self, public: &[u8], body: &[u8], signature: &[u8]) -> bool {
        Sha256::digest([public, body].concat()).as_slice() == signature
    }
}

/// The workflows with retries that do not wait, and a small budget.
fn impatient(registry: &Registry) -> Registry {
    registry
        .newest()
        .cloned()
        .fold(Registry::new(), |all, workflow| {
            all.with(Impatient(workflow))
        })
}

struct Impatient(Arc<dyn Workflow>);

impl Workflow for Impatient {
    fn kind(&self) -> TaskKind {
        self.0.kind()
    }

    fn version(&self) -> u32 {
        self.0.version()
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        self.0.steps()
    }

    fn retry_policy(&self) -> RetryPolicy {
        let quick = |budget| Backoff {
            budget,
            base: SignedDuration::from_millis(10),
            cap: SignedDuration::from_millis(20),
        };
        RetryPolicy {
            transient: quick(4),
            throttled: quick(10),
            worker_lost: quick(10),
        }
    }
}
