//! A whole installation without HTTP, with one locked point, one held point, and one that nothing keeps.
//!
//! Not for the ways (the files beside it). Invariant: lock and hold are made by the use cases, and the points by real backups.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use app::legal_holds::NewHold;
use app::testing::{Harness, PASSWORD};
use app::{Ctx, vault_locks};
use aws::fake::{FakeAws, SeedVolume};
use domain::aws_account::AwsAccount;
use domain::legal_hold::LegalHold;
use domain::organization::KeySource;
use domain::recovery_point::{RecoveryPoint, RecoveryPointStatus};
use domain::retention::{Retention, RetentionUnit};
use domain::role::BuiltInRole;
use domain::task::{Actor, NewTask, Task, TaskSpec};
use domain::vault_lock::{LockMode, LockTerms};
use domain::{Clock, SystemClock, SystemIds, TaskId, TestClock};
use identity::PasswordSettings;
use jiff::{SignedDuration, Timestamp};
use server::config::Config;
use server::serve::Running;
use server::wiring::{Installation, Outside};
use store::Store;
use tasks::{Duty as _, DutyContext, Engine, EngineConfig};
use tempfile::TempDir;
use tests::DEADLINE;
use tokio_util::sync::CancellationToken;
use vault::{NoProgress, Repository, SnapshotId};
use workflows::HeadDuty;

pub(super) const DAY: SignedDuration = SignedDuration::from_hours(24);
/// The access key of the account that `Harness` links; the simulated AWS takes it for the account's number.
const ACCOUNT: &str = "123456789012";
const REGION: &str = "eu-west-1";
/// Days that the lock asks for.
pub(super) const LOCK_DAYS: u32 = 30;
/// Threads that read a point back.
const THREADS: usize = 2;
/// Pause between two looks at a task.
const LOOK: Duration = Duration::from_millis(10);

/// What a way does: what it is answered, where anybody is asked.
pub(super) type Attack =
    for<'a> fn(&'a World) -> Pin<Box<dyn Future<Output = Result<(), app::Error>> + 'a>>;

/// What an attempt must be answered.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    /// Refused with these words.
    Refused(&'static str),
    /// Done; it must not matter.
    Done,
}

/// What must become of the point that nothing keeps, after the machine has run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unkept {
    /// It ends: the machine ran.
    Ends,
    /// It stays: the machine stopped on a doubt, and an alert says so.
    Stays,
}

/// The host's clock, moved by as much as a test wants.
#[derive(Debug, Clone, Default)]
pub(super) struct Shifted(Arc<AtomicI64>);

impl Shifted {
    pub(super) fn set(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_micros()).unwrap();
        self.0.store(by, Ordering::SeqCst);
    }
}

impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_micros(self.0.load(Ordering::SeqCst))
    }
}

pub(super) struct World {
    pub(super) harness: Harness,
    pub(super) aws: FakeAws,
    /// The only volume.
    pub(super) volume: String,
    pub(super) shift: Shifted,
    pub(super) config: Config,
    /// Two Super Admins who were there from the start.
    pub(super) first: Ctx,
    pub(super) second: Ctx,
    pub(super) account: AwsAccount,
    /// Its own time is over, and the lock keeps it for 27 days more.
    pub(super) locked: RecoveryPoint,
    /// Its own time and its lock are over, and the hold keeps it.
    pub(super) held: RecoveryPoint,
    /// Nothing keeps it.
    pub(super) unkept: RecoveryPoint,
    pub(super) hold: LegalHold,
    running: Running,
    pub(super) folder: TempDir,
}

impl World {
    pub(super) async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let mut config = tests::configuration(&folder).await.unwrap();
        // What waits in the undo window is whole; here it shall not hide what would come after.
        config.vault.expiry_undo_days = 0;
        let shift = Shifted::default();
        let clock: Arc<dyn Clock> = Arc::new(shift.clone());
        let aws = FakeAws::new(clock.clone());
        let outside = Outside {
            ids: Arc::new(SystemIds::new(clock.clone())),
            clock,
            aws: Arc::new(aws.clone()),
            passwords: PasswordSettings::cheap(),
        };
        let running = Running::start(&config, outside, &[], true).await.unwrap();
        let harness = harness(&running.installation).await;
        let first = harness.admin().await;
        let second = harness.person(BuiltInRole::SuperAdmin).await;
        let account = harness.account(&first).await;
        let seed = SeedVolume::blank(1).with_block(1, 1).with_block(9, 9);
        let volume = aws.add_volume(ACCOUNT, REGION, seed);
        let (installation, organization) = (&running.installation, harness.organization.id);
        let sync = TaskSpec::SyncInventory {
            aws_account_id: account.id,
            region: REGION.to_owned(),
        };
        let id = enqueue(installation, organization, sync).await;
        finish(installation, organization, id).await;
        let asset = all_assets(&first).await.remove(0);
        let mut points = Vec::new();
        for days in [35, 33, 3] {
            shift.set(-DAY * days);
            let spec = TaskSpec::BackupEbs {
                asset_id: asset,
                retention: Some(Retention {
                    value: 1,
                    unit: RetentionUnit::Days,
                }),
            };
            let id = enqueue(installation, organization, spec).await;
            let task = finish(installation, organization, id).await;
            let made = task.recovery_point_id.unwrap_or_else(|| panic!("{task:?}"));
            points.push(made);
        }
        shift.set(SignedDuration::ZERO);
        let terms = LockTerms {
            mode: LockMode::Governance,
            minimum_days: LOCK_DAYS,
        };
        vault_locks::apply(&first, terms, "promised", None)
            .await
            .unwrap();
        let hold = NewHold {
            name: "Case 7".to_owned(),
            reason: "court".to_owned(),
            point_ids: vec![Some(points[0])],
            ..NewHold::default()
        };
        let hold = app::legal_holds::create(&first, hold).await.unwrap();
        let mut rows = Vec::new();
        for id in points {
            let row = app::recovery_points::lookup(&first, id).await.unwrap();
            rows.push(row.unwrap());
        }
        let [held, unkept, locked]: [RecoveryPoint; 3] = rows.try_into().unwrap();
        let now = first.now();
        assert!(locked.life.locked_until > Some(now + DAY * 26));
        write_heads(&running.installation).await;
        assert!(held.life.locked_until < Some(now) && unkept.expires_at < Some(now));
        Self {
            harness,
            aws,
            volume,
            shift,
            config,
            first,
            second,
            account,
            locked,
            held,
            unkept,
            hold,
            running,
            folder,
        }
    }

    pub(super) fn installation(&self) -> &Installation {
        &self.running.installation
    }

    pub(super) fn store(&self) -> &Store {
        &self.running.installation.store
    }

    /// A new session of the first Super Admin, freshly proven by the clock as it stands.
    pub(super) async fn first_again(&self) -> Ctx {
        self.harness.admin().await
    }

    /// Runs one task to its end.
    pub(super) async fn run(&self, spec: TaskSpec) -> Task {
        let id = self.enqueue(spec).await;
        finish(self.installation(), self.harness.organization.id, id).await
    }

    pub(super) async fn enqueue(&self, spec: TaskSpec) -> TaskId {
        enqueue(self.installation(), self.harness.organization.id, spec).await
    }

    /// Everything that ends points, as often as it takes: into the undo window (of no time here), out of it, and the prune.
    pub(super) async fn machine(&self) {
        for spec in [
            TaskSpec::ExpireRecoveryPoints,
            TaskSpec::ExpireRecoveryPoints,
            TaskSpec::PruneVault,
            TaskSpec::ReconcileVault,
        ] {
            self.run(spec).await;
        }
    }

    /// Runs what is queued to its end: what was put back is read back.
    pub(super) async fn settle(&self) {
        let filter = domain::task::TaskFilter {
            statuses: Some(vec![domain::task::TaskStatus::Queued]),
            ..domain::task::TaskFilter::default()
        };
        let page = domain::page::PageRequest::default();
        let organization = self.harness.organization.id;
        let scope = domain::scope::Scope::organization_wide(organization);
        let direction = domain::page::Direction::Ascending;
        let reader = self.store().read();
        let queued = store::tasks::list(&reader, &scope, &filter, direction, &page).await;
        for task in queued.unwrap().into_nodes() {
            finish(self.installation(), organization, task.id).await;
        }
    }

    /// Where the only repository lies.
    pub(super) fn place(&self) -> std::path::PathBuf {
        let mut place = self.folder.path().join("vault");
        while !place.join("config").exists() {
            let inside = std::fs::read_dir(&place).unwrap();
            let folder = inside
                .map(|entry| entry.unwrap().path())
                .find(|path| path.is_dir() && !path.ends_with(".tmp") && !path.ends_with("audit"));
            place = folder.unwrap();
        }
        place
    }

    pub(super) async fn write_heads(&self) {
        write_heads(self.installation()).await;
    }

    pub(super) async fn row(&self, point: &RecoveryPoint) -> Option<RecoveryPoint> {
        let reader = self.store().read();
        let organization = self.harness.organization.id;
        let found = store::recovery_points::lookup(&reader, organization, point.id).await;
        found.unwrap()
    }

    /// The only repository, open.
    pub(super) async fn repository(&self) -> Repository {
        let reader = self.store().read();
        let rows = store::repositories::list(&reader, self.harness.organization.id).await;
        let vaults = &self.installation().workflows.vaults;
        vaults.open(&rows.unwrap()[0]).await.unwrap()
    }

    /// Whether the copy of the point is in the vault and reads back whole.
    pub(super) async fn is_whole(&self, point: &RecoveryPoint) -> bool {
        let snapshot: SnapshotId = point.snapshot_id.as_ref().unwrap().parse().unwrap();
        let repository = self.repository().await;
        let read = move || {
            let all = repository.snapshots().unwrap();
            all.iter().any(|one| one.id == snapshot)
                && repository
                    .verify(&snapshot, THREADS, &NoProgress)
                    .is_ok_and(|report| report.is_good())
        };
        tokio::task::spawn_blocking(read).await.unwrap()
    }

    /// The promise: both are there, whole, and nothing says otherwise; the third went, or stayed where that was right.
    pub(super) async fn check(&self, way: &str, unkept: Unkept) {
        for (kept, name) in [(&self.locked, "locked"), (&self.held, "held")] {
            assert!(self.is_whole(kept).await, "{way}: the {name} point is gone");
            let row = self.row(kept).await;
            let row = row.unwrap_or_else(|| panic!("{way}: the row is gone"));
            assert_eq!(row.status, RecoveryPointStatus::Available, "{way}: {name}");
            assert!(row.life.locked_until >= kept.life.locked_until, "{way}");
        }
        let row = self.row(&self.unkept).await;
        let row = row.unwrap_or_else(|| panic!("{way}: the row is gone"));
        let status = row.status;
        let expected = match unkept {
            Unkept::Ends => RecoveryPointStatus::Expired,
            Unkept::Stays => RecoveryPointStatus::Available,
        };
        assert_eq!(status, expected, "{way}: the point that nothing keeps");
    }

    /// Runs a statement past all rules; `{locked}`, `{held}`, `{unkept}`, `{hold}` and `{organization}` are ids as the database
    /// writes them, `{past}` and `{now}` times.
    pub(super) async fn sql(&self, statement: &str) {
        let is_sqlite = self.store().backend() == store::Backend::Sqlite;
        let id = |id: uuid::Uuid| {
            if is_sqlite {
                format!("x'{}'", id.simple())
            } else {
                format!("'{id}'")
            }
        };
        let now = SystemClock.now();
        let text = statement
            .replace("{locked}", &id(self.locked.id.uuid()))
            .replace("{held}", &id(self.held.id.uuid()))
            .replace("{unkept}", &id(self.unkept.id.uuid()))
            .replace("{hold}", &id(self.hold.id.uuid()))
            .replace("{organization}", &id(self.harness.organization.id.uuid()))
            .replace("{past}", &time(now - DAY * 2))
            .replace("{now}", &time(now))
            .replace("{false}", if is_sqlite { "0" } else { "false" });
        store::testing::tamper(self.store(), &text).await;
    }

    /// The kinds of alerts that are open.
    pub(super) async fn alerts(&self) -> Vec<domain::alert::AlertKind> {
        let filter = domain::alert::AlertFilter {
            is_open: Some(true),
            ..domain::alert::AlertFilter::default()
        };
        let (reader, page) = (self.store().read(), domain::page::PageRequest::default());
        let (organization, direction) = (
            self.harness.organization.id,
            domain::page::Direction::Ascending,
        );
        let found = store::alerts::list(&reader, organization, &filter, direction, &page).await;
        let kinds = found.unwrap().into_nodes().into_iter();
        kinds.map(|alert| alert.kind).collect()
    }
}

/// One turn of the duty that writes heads.
async fn write_heads(installation: &Installation) {
    let outside = &installation.outside;
    let store = installation.store.clone();
    let by_hand = DutyContext::by_hand(store, outside.clock.clone(), outside.ids.clone());
    let duty = HeadDuty::new(installation.workflows.clone());
    duty.run(&by_hand).await.unwrap();
}

/// As both databases write it.
fn time(at: Timestamp) -> String {
    format!("'{at:.6}'")
}

async fn harness(installation: &Installation) -> Harness {
    let new = app::organizations::NewOrganization {
        name: "Corp".to_owned(),
        key_source: KeySource::Local,
        user_name: "Ann".to_owned(),
        email: tests::EMAIL.to_owned(),
        password: PASSWORD.into(),
    };
    let made = app::organizations::bootstrap(&installation.app, new).await;
    let (organization, admin) = made.unwrap();
    Harness {
        services: installation.app.clone(),
        // The services have the clock of the installation; this one is for tests whose time stands still.
        clock: TestClock::default(),
        organization,
        admin,
        records: Arc::default(),
    }
}

async fn all_assets(ctx: &Ctx) -> Vec<domain::AssetId> {
    let page = domain::page::PageRequest::default();
    let (filter, order) = (
        domain::asset::AssetFilter::default(),
        domain::asset::AssetOrder::Name,
    );
    let direction = domain::page::Direction::Ascending;
    let found = app::assets::list(ctx, &filter, order, direction, &page).await;
    let nodes = found.unwrap().into_nodes().into_iter();
    nodes.map(|asset| asset.id).collect()
}

pub(super) async fn enqueue(
    installation: &Installation,
    organization: domain::OrganizationId,
    spec: TaskSpec,
) -> TaskId {
    let mut new = NewTask::new(organization, spec, Actor::System);
    if let TaskSpec::BackupEbs { asset_id, .. } = &new.spec {
        new.asset_id = Some(*asset_id);
    }
    let ids = installation.outside.ids.as_ref();
    let mut tx = installation.store.begin().await.unwrap();
    // As schedules do (decision 0010): a task that is dated by a server ahead of the database would wait for years.
    let now = tx.lease_now().await.unwrap();
    let queued = tasks::enqueue(&mut tx, new, ids, now).await.unwrap();
    tx.commit().await.unwrap();
    queued.task_id
}

/// A worker of this installation.
pub(super) fn engine(installation: &Installation) -> Engine {
    let config = EngineConfig {
        poll: LOOK,
        ..EngineConfig::default()
    };
    Engine::new(
        installation.store.clone(),
        installation.outside.clock.clone(),
        installation.outside.ids.clone(),
        workflows::registry(&installation.workflows),
        config,
    )
}

/// Runs a worker until the task has ended.
pub(super) async fn finish(
    installation: &Installation,
    organization: domain::OrganizationId,
    id: TaskId,
) -> Task {
    let shutdown = CancellationToken::new();
    let engine = engine(installation);
    let wait = async {
        loop {
            let reader = installation.store.read();
            let found = store::tasks::lookup(&reader, organization, id).await;
            if let Some(task) = found.unwrap().filter(|task| task.status.is_final()) {
                return task;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    let wait = async {
        let task = tokio::time::timeout(DEADLINE, wait).await;
        shutdown.cancel();
        task
    };
    let (task, ()) = tokio::join!(wait, engine.run(shutdown.clone()));
    task.unwrap_or_else(|_| panic!("the task did not end in time"))
}
