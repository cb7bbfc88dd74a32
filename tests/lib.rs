//! Shared parts of the integration tests: a whole server in this process, and how to talk to it.
//!
//! Not for assertions. Invariant: every test has its own server, database, vault and AWS; nothing is shared, nothing sleeps.

pub mod simulator;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use aws::Aws;
use aws::fake::FakeAws;
use domain::organization::{KeySource, Organization};
use domain::user::User;
use domain::{Clock, SystemClock, SystemIds};
use identity::PasswordSettings;
use serde_json::{Value, json};
use server::cli::Role;
use server::config::Config;
use server::serve::Running;
use server::wiring::Outside;
use tempfile::TempDir;

/// The password of every user of a test.
pub const PASSWORD: &str = "Correct-Horse-7-Battery";
/// The Super Admin of every test.
pub const EMAIL: &str = "ann@corp.example";
/// How long a test waits for anything before it fails.
pub const DEADLINE: Duration = Duration::from_secs(60);
/// Pause between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// What all requests with a cookie carry.
const CSRF_HEADER: &str = "x-requested-by";

/// A whole server in this process.
pub struct TestApp {
    /// The replica.
    pub running: Running,
    /// The simulated AWS, unless the test brought another.
    pub aws: FakeAws,
    /// The first organization.
    pub organization: Organization,
    /// Its Super Admin.
    pub admin: User,
    /// The configuration, for a second replica or the command line.
    pub config: Config,
    client: reqwest::Client,
    base: String,
    cookie: Option<String>,
    folder: TempDir,
}

/// How a [`TestApp`] is started.
pub struct Builder {
    aws: Option<Arc<dyn Aws>>,
    change: Box<dyn FnOnce(&mut Config) + Send>,
}

impl Builder {
    /// With this AWS instead of the simulated one.
    #[must_use]
    pub fn aws(mut self, aws: Arc<dyn Aws>) -> Self {
        self.aws = Some(aws);
        self
    }

    /// With changes to the configuration.
    #[must_use]
    pub fn config(mut self, change: impl FnOnce(&mut Config) + Send + 'static) -> Self {
        self.change = Box::new(change);
        self
    }

    /// Starts the server and signs the Super Admin in.
    pub async fn start(self) -> anyhow::Result<TestApp> {
        install_tls();
        let folder = TempDir::new()?;
        let mut config = configuration(&folder).await?;
        (self.change)(&mut config);
        server::telemetry::start(&config.telemetry);
        let fake = FakeAws::new(Arc::new(SystemClock));
        let aws = self.aws.unwrap_or_else(|| Arc::new(fake.clone()));
        let running = Running::start(&config, outside(aws), &ALL_ROLES, true).await?;
        let (organization, admin) = bootstrap(&running).await?;
        let address = running.address.context("no address")?;
        let mut app = TestApp {
            running,
            aws: fake,
            organization,
            admin,
            config,
            client: reqwest::Client::builder().timeout(DEADLINE).build()?,
            base: format!("http://{address}"),
            cookie: None,
            folder,
        };
        app.sign_in(EMAIL, PASSWORD).await?;
        Ok(app)
    }
}

/// Every role.
pub const ALL_ROLES: [Role; 3] = [Role::Api, Role::Scheduler, Role::Worker];

/// The host's clock, cheap password hashes and this AWS.
#[must_use]
pub fn outside(aws: Arc<dyn Aws>) -> Outside {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Outside {
        ids: Arc::new(SystemIds::new(clock.clone())),
        clock,
        aws,
        passwords: PasswordSettings::cheap(),
    }
}

impl TestApp {
    /// A server with the defaults and the simulated AWS.
    pub async fn start() -> anyhow::Result<Self> {
        Self::builder().start().await
    }

    /// A server to be set up.
    #[must_use]
    pub fn builder() -> Builder {
        Builder {
            aws: None,
            change: Box::new(|_| {}),
        }
    }

    /// The folder that holds everything of this server.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Where the server listens.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The plain HTTP client.
    #[must_use]
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// The session cookie, as it is sent.
    #[must_use]
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// Signs in; later requests carry the cookie.
    pub async fn sign_in(&mut self, email: &str, password: &str) -> anyhow::Result<Value> {
        let query = "mutation($input: CreateSessionInput!) {
            createSession(input: $input) { viewer { user { email } } userErrors { code message } } }";
        let input = json!({ "input": { "email": email, "password": password } });
        let answer = self.post(query, input).send().await?;
        let cookie = answer
            .headers()
            .get("set-cookie")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .map(str::to_owned);
        let body: Value = answer.json().await?;
        if cookie.is_none() {
            bail!("signing in gave no cookie: {body}");
        }
        self.cookie = cookie;
        Ok(body)
    }

    /// Sends an operation and gives the whole answer back.
    pub async fn send(&self, query: &str, variables: Value) -> anyhow::Result<Value> {
        Ok(self.post(query, variables).send().await?.json().await?)
    }

    /// Sends an operation that must succeed; gives `data` back.
    pub async fn graphql(&self, query: &str, variables: Value) -> anyhow::Result<Value> {
        let answer = self.send(query, variables).await?;
        if let Some(errors) = answer.get("errors") {
            bail!("{query}\nanswered {errors}");
        }
        answer.get("data").cloned().context("no data")
    }

    /// Waits until the task has ended; gives it back with its failure and result.
    pub async fn wait_for_task(&self, id: &str) -> anyhow::Result<Value> {
        let query = "query($id: ID!) { node(id: $id) { ... on Task {
            id kind status attempt progress failure { code message } warnings
            restoredFile restoredVolumeNativeId recoveryPoint { id proof status } } } }";
        self.wait_until("the task", || async {
            let data = self.graphql(query, json!({ "id": id })).await?;
            let task = data.pointer("/node").cloned().context("no such task")?;
            let status = task
                .pointer("/status")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let is_over = !matches!(status, "QUEUED" | "RUNNING" | "BLOCKED" | "ABORTING");
            Ok(is_over.then_some(task))
        })
        .await
    }

    /// Looks again and again until `look` finds something, or the deadline has passed.
    #[expect(clippy::future_not_send, reason = "a test waits on its own thread")]
    pub async fn wait_until<T, F>(&self, what: &str, look: impl Fn() -> F) -> anyhow::Result<T>
    where
        F: Future<Output = anyhow::Result<Option<T>>>,
    {
        let waiting = async {
            loop {
                if let Some(found) = look().await? {
                    return Ok(found);
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        match tokio::time::timeout(DEADLINE, waiting).await {
            Ok(found) => found,
            Err(_) => bail!("waited too long for {what}"),
        }
    }

    /// Stops the server in order.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.running.stop().await
    }

    fn post(&self, query: &str, variables: Value) -> reqwest::RequestBuilder {
        let request = self
            .client
            .post(self.url("/graphql"))
            .header(CSRF_HEADER, "test")
            .json(&json!({ "query": query, "variables": variables }));
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }
}

/// A configuration of which everything lies in this folder; on PostgreSQL, when the tests have one.
pub async fn configuration(folder: &TempDir) -> anyhow::Result<Config> {
    let mut config = Config::load(None)?;
    config.http.listen = "127.0.0.1:0".to_owned();
    config.http.workers = 1;
    config.vault.path = folder.path().join("vault");
    config.keys.root_key_file = folder.path().join("root.key");
    config.mail.folder = folder.path().join("mails");
    config.restore.folder = folder.path().join("restores");
    config.verification.scratch_folder = folder.path().join("scratch");
    config.database.url = format!("sqlite:{}", folder.path().join("holdfast.db").display());
    config.telemetry.log_filter = "warn".to_owned();
    config.aws.static_keys_allowed = true;
    if let Some(postgres) = store::testing::empty_postgres().await {
        config.database.url = postgres.url;
        config.database.schema = postgres.schema;
    }
    Ok(config)
}

async fn bootstrap(running: &Running) -> anyhow::Result<(Organization, User)> {
    let new = app::organizations::NewOrganization {
        name: "Corp".to_owned(),
        key_source: KeySource::Local,
        user_name: "Ann".to_owned(),
        email: EMAIL.to_owned(),
        password: PASSWORD.to_owned().into(),
    };
    Ok(app::organizations::bootstrap(&running.installation.app, new).await?)
}

/// Once per process; the second call finds it done.
fn install_tls() {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
}
