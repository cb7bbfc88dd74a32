//! A compliance lock against a bucket with Object Lock: what a locked point needs outlives the owner of the bucket, our own prune,
//! and a stranger who deletes everything.
//!
//! Not for the rules (`domain::object_lock`). Invariant: S3 and Object Lock are the stand-in's, and as strict as AWS's.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use aws::fake::{FakeAws, SeedVolume};
use aws::{
    Aws, AwsAccess, AwsError, CallerIdentity, ExternalIdProof, ObjectStoreConfig, Region, SdkAws,
};
use domain::task::{Actor, NewTask, TaskSpec};
use domain::vault_lock::PendingLock;
use domain::{Clock as _, SystemClock};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use server::config::VaultKind;
use tests::TestApp;
use tests::simulator::{OWN_ACCOUNT, Simulator};
use vault::{ObjectStore, ObjectVersion, StoreError};

const ACCOUNT: &str = "111111111111";
const REGION: &str = "eu-west-1";
const ROLE: &str = "arn:aws:iam::111111111111:role/Holdfast";
const BUCKET: &str = "vault";
const DAYS: i64 = 5;

/// Volumes in memory, buckets in the stand-in.
#[derive(Debug)]
struct Mixed(FakeAws, SdkAws);

#[async_trait]
impl Aws for Mixed {
    async fn region(
        &self,
        access: &AwsAccess,
        region: &str,
        session_name: &str,
    ) -> Result<Arc<dyn Region>, AwsError> {
        self.0.region(access, region, session_name).await
    }

    async fn prove_identity(&self, access: &AwsAccess) -> Result<CallerIdentity, AwsError> {
        self.0.prove_identity(access).await
    }

    async fn prove_external_id(&self, access: &AwsAccess) -> Result<ExternalIdProof, AwsError> {
        self.0.prove_external_id(access).await
    }

    async fn key_wrapper(
        &self,
        access: &AwsAccess,
        key_arn: &str,
    ) -> Result<Arc<dyn vault::KeyWrapper>, AwsError> {
        self.0.key_wrapper(access, key_arn).await
    }

    async fn object_store(
        &self,
        access: &AwsAccess,
        store: &ObjectStoreConfig,
    ) -> Result<Arc<dyn ObjectStore>, AwsError> {
        self.1.object_store(access, store).await
    }
}

struct Stage {
    sim: Simulator,
    fake: FakeAws,
    app: TestApp,
    asset: String,
    volume: String,
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("{pointer} in {value}"))
}

/// One volume, and a vault in a bucket.
async fn stage(is_locked: bool) -> Stage {
    let sim = Simulator::start().await.unwrap();
    if is_locked {
        sim.add_locked_bucket(OWN_ACCOUNT, BUCKET).await.unwrap();
    } else {
        sim.add_bucket(OWN_ACCOUNT, BUCKET).await.unwrap();
    }
    let fake = FakeAws::new(Arc::new(SystemClock));
    let aws = Arc::new(Mixed(fake.clone(), sim.aws()));
    let app = TestApp::builder().aws(aws).config(|config| {
        config.vault.kind = VaultKind::S3;
        config.vault.bucket = Some(BUCKET.to_owned());
        config.vault.region = Some("us-east-1".to_owned());
        config.vault.prefix = "v".to_owned();
    });
    let app = app.start().await.unwrap();
    let seed = SeedVolume::blank(1).with_block(3, 3).with_block(800, 8);
    let volume = fake.add_volume(ACCOUNT, REGION, seed);
    let query = "mutation($input: ConnectAwsAccountInput!) { connectAwsAccount(input: $input) {
        awsAccount { id externalId } } }";
    let input = json!({ "input": {
        "accountId": ACCOUNT, "name": "Production", "regions": [REGION],
        "access": { "role": { "roleArn": ROLE } } } });
    let data = app.graphql(query, input).await.unwrap();
    let external_id = text(&data, "/connectAwsAccount/awsAccount/externalId");
    fake.add_role(ROLE, Some(external_id));
    let id = text(&data, "/connectAwsAccount/awsAccount/id");
    let query = "mutation($id: ID!) { verifyAwsAccount(input: { id: $id }) { task { id } } }";
    let data = app.graphql(query, json!({ "id": id })).await.unwrap();
    let task = text(&data, "/verifyAwsAccount/task/id");
    app.wait_for_task(task).await.unwrap();
    let find = || async {
        let data = app
            .graphql("{ assets { nodes { id } } }", json!({}))
            .await?;
        let id = data.pointer("/assets/nodes/0/id").and_then(Value::as_str);
        Ok(id.map(str::to_owned))
    };
    let asset = app.wait_until("the asset", find).await.unwrap();
    Stage {
        sim,
        fake,
        app,
        asset,
        volume,
    }
}

impl Stage {
    async fn back_up(&self, key: &str) -> Value {
        let query =
            "mutation($input: StartBackupInput!) { startBackup(input: $input) { tasks { id } } }";
        let input = json!({ "input": { "assetIds": [self.asset], "idempotencyKey": key } });
        let data = self.app.graphql(query, input).await.unwrap();
        let task = text(&data, "/startBackup/tasks/0/id");
        self.app.wait_for_task(task).await.unwrap()
    }

    async fn run(&self, spec: TaskSpec) -> Value {
        let outside = &self.app.running.installation.outside;
        let task = NewTask::new(self.app.organization.id, spec, Actor::System);
        let mut tx = self.store().begin().await.unwrap();
        let now = outside.clock.now();
        let queued = tasks::enqueue(&mut tx, task, outside.ids.as_ref(), now).await;
        tx.commit().await.unwrap();
        let id = queued.unwrap().task_id.to_string();
        self.app.wait_for_task(&id).await.unwrap()
    }

    fn store(&self) -> &store::Store {
        &self.app.running.installation.store
    }

    async fn apply(&self, confirmation: Option<&str>) -> Value {
        let query = "mutation($input: ApplyVaultLockInput!) { applyVaultLock(input: $input) {
            vaultLock { mode } pendingVaultLock { holdsAt } userErrors { field message } } }";
        let input = json!({ "input": { "mode": "COMPLIANCE", "minimumRetentionDays": DAYS,
            "reason": "law", "confirmation": confirmation } });
        let data = self.app.graphql(query, input).await.unwrap();
        data["applyVaultLock"].clone()
    }

    /// Asks for the lock, and lets the three days pass.
    async fn lock(&self) {
        let asked = self.apply(Some("lock for 5 days for good")).await;
        assert_eq!(asked["userErrors"], json!([]), "{asked}");
        let organization = self.app.organization.id;
        let reader = self.store().read();
        let waits = store::vault_locks::pending(&reader, organization).await;
        let waits = waits.unwrap().unwrap();
        let mut tx = self.store().begin().await.unwrap();
        store::vault_locks::stop_waiting(&mut tx, &waits)
            .await
            .unwrap();
        let due = PendingLock {
            holds_at: waits.requested_at - SignedDuration::from_secs(1),
            ..waits
        };
        store::vault_locks::await_compliance(&mut tx, &due)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Everything below the vault's prefix.
    async fn bucket(&self) -> Arc<dyn ObjectStore> {
        let place = ObjectStoreConfig {
            bucket: BUCKET.into(),
            prefix: "v".into(),
            region: "us-east-1".into(),
        };
        let store = self.sim.aws().object_store(&AwsAccess::Own, &place).await;
        store.unwrap()
    }

    /// Everything that is needed, by key, and until when it is kept.
    async fn kept(&self) -> Vec<(String, Option<Timestamp>)> {
        let store = self.bucket().await;
        blocking(move || {
            let lock = store.object_lock().unwrap();
            let keys = store.list("").unwrap().into_iter().map(|one| one.key);
            let needed = keys.filter(|key| is_needed(key));
            needed
                .map(|key| (key.clone(), lock.kept_until(&key, None).unwrap()))
                .collect()
        })
        .await
    }
}

/// Not the heads: a point restores without them, and they come and go while the test looks.
fn is_needed(key: &str) -> bool {
    !key.contains("/probe/") && !key.contains("/holdfast/heads/") && !key.starts_with("audit")
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// Everybody who may do anything in the bucket tries to be rid of these versions; gives how many ways were tried.
async fn attack(stage: &Stage, versions: Vec<ObjectVersion>) -> usize {
    let mut ways = 0;
    let soon = SystemClock.now() + SignedDuration::from_mins(10);
    for ObjectVersion { key, version, .. } in versions {
        let path = format!("{BUCKET}/v/{key}");
        let retention = |mode: &str| {
            let soon = soon.strftime("%Y-%m-%dT%H:%M:%SZ");
            format!(
                "<Retention><Mode>{mode}</Mode><RetainUntilDate>{soon}</RetainUntilDate></Retention>"
            )
        };
        let list = format!(
            "<Delete><Object><Key>v/{key}</Key><VersionId>{version}</VersionId></Object></Delete>"
        );
        for (method, path, body) in [
            (
                "DELETE",
                format!("{path}?versionId={version}"),
                String::new(),
            ),
            (
                "PUT",
                format!("{path}?retention&versionId={version}"),
                retention("COMPLIANCE"),
            ),
            (
                "PUT",
                format!("{path}?retention&versionId={version}"),
                retention("GOVERNANCE"),
            ),
            ("POST", format!("{BUCKET}?delete"), list),
        ] {
            let (status, said) = stage
                .sim
                .attack(OWN_ACCOUNT, (method, &path), &body)
                .await
                .unwrap();
            assert!(
                said.contains("AccessDenied"),
                "{method} {path}: {status} {said}"
            );
            ways += 1;
        }
    }
    ways
}

/// Stock restic reads every byte of what is seen of the only repository.
async fn check_with_restic(stage: &Stage) {
    let rows = store::repositories::list(&stage.store().read(), stage.app.organization.id).await;
    let row = rows.unwrap().remove(0);
    let vaults = &stage.app.running.installation.workflows.vaults;
    let repository = vaults.open(&row).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    blocking(move || {
        repository
            .add_password("s3cret", SystemClock.now())
            .unwrap();
        let store = repository.store();
        for object in store.list("").unwrap() {
            write(&root.join(&object.key), &store.read(&object.key).unwrap());
        }
    })
    .await;
    let run = tokio::process::Command::new("restic")
        .args(["--no-cache", "-r"])
        .arg(folder.path())
        .args(["check", "--read-data"])
        .env("RESTIC_PASSWORD", "s3cret")
        .output()
        .await;
    // Stock restic is installed by `make setup-test`.
    let output = run.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

fn write(path: &Path, data: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, data).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_without_object_lock_keeps_no_compliance_lock() {
    let stage = stage(false).await;
    assert_eq!(text(&stage.back_up("first").await, "/status"), "COMPLETED");
    let query = "{ vaultLockSupport { strongestMode missing } }";
    let data = stage.app.graphql(query, json!({})).await.unwrap();
    assert_eq!(text(&data, "/vaultLockSupport/strongestMode"), "GOVERNANCE");
    let refused = stage.apply(Some("lock for 5 days for good")).await;
    let why = text(&refused, "/userErrors/0/message");
    assert!(why.contains("without Object Lock"), "{why}");
    stage.app.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_locked_point_needs_outlives_everybody() {
    let stage = stage(true).await;
    assert_eq!(text(&stage.back_up("first").await, "/status"), "COMPLETED");
    let kept = stage.kept().await;
    assert!(kept.iter().all(|(_, until)| until.is_none()), "{kept:?}");
    let refused = stage.apply(None).await;
    assert_eq!(text(&refused, "/userErrors/0/field/1"), "confirmation");
    stage.lock().await;
    let done = stage.run(TaskSpec::ReconcileVault).await;
    assert_eq!(text(&done, "/status"), "COMPLETED", "{done}");
    let data = stage.app.graphql("{ vaultLock { mode } }", json!({})).await;
    assert_eq!(text(&data.unwrap(), "/vaultLock/mode"), "COMPLIANCE");

    // What was there is extended, and what comes is written so.
    stage
        .fake
        .write(&stage.volume, 5, Some(aws::fake::block_of(55)));
    let second = stage.back_up("second").await;
    assert_eq!(text(&second, "/status"), "COMPLETED", "{second}");
    let end = SystemClock.now() + SignedDuration::from_hours(24 * DAYS);
    let kept = stage.kept().await;
    assert!(kept.len() > 8, "{kept:?}");
    assert!(
        kept.iter().all(|(_, until)| *until >= Some(end)),
        "{kept:?}"
    );

    let store = stage.bucket().await;
    let versions = blocking(move || {
        let lock = store.object_lock().unwrap();
        let all = lock.versions("").unwrap();
        let all: Vec<ObjectVersion> = all.into_iter().filter(|one| is_needed(&one.key)).collect();
        for one in &all {
            let deleted = lock.delete_version(&one.key, &one.version);
            assert_eq!(deleted, Err(StoreError::Locked(one.key.clone())));
            assert!(
                lock.extend(&one.key, SystemClock.now() + SignedDuration::from_hours(1))
                    .is_err()
            );
            assert_eq!(
                store.delete(&one.key),
                Err(StoreError::Locked(one.key.clone()))
            );
        }
        all
    })
    .await;
    assert!(attack(&stage, versions).await >= 40);
    let pruned = stage.run(TaskSpec::PruneVault).await;
    assert_eq!(text(&pruned, "/status"), "COMPLETED", "{pruned}");

    // A plain delete of everything hides it, until the next look.
    let before: Vec<String> = stage.kept().await.into_iter().map(|(key, _)| key).collect();
    let (store, hidden) = (stage.bucket().await, before.clone());
    blocking(move || {
        let lock = store.object_lock().unwrap();
        for key in &hidden {
            lock.hide(key).unwrap();
        }
    })
    .await;
    assert_eq!(stage.kept().await, Vec::new());
    let found = stage.run(TaskSpec::ReconcileVault).await;
    assert_eq!(
        text(&found, "/status"),
        "COMPLETED_WITH_WARNINGS",
        "{found}"
    );
    let after: Vec<String> = stage.kept().await.into_iter().map(|(key, _)| key).collect();
    assert_eq!(after, before);
    let query = "{ alerts(first: 5) { nodes { kind } } recoveryPoints { nodes { status } } }";
    let data = stage.app.graphql(query, json!({})).await.unwrap();
    let tampered = data["alerts"]["nodes"].as_array().unwrap().iter();
    assert!(
        tampered.clone().any(|one| one["kind"] == "VAULT_TAMPERED"),
        "{data}"
    );
    let points = data["recoveryPoints"]["nodes"].as_array().unwrap();
    assert!(
        points.iter().all(|one| one["status"] == "AVAILABLE"),
        "{data}"
    );
    check_with_restic(&stage).await;
    stage.app.stop().await.unwrap();
}
