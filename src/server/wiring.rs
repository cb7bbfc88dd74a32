//! Puts the parts together: configuration in, a working installation out.
//!
//! Not for HTTP (`http`). Invariant: every part gets its clock, its ids and its settings from here.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use app::ports::{AccountTemplates, RecoveryKits, Sealer};
use app::sign_on::Connections;
use aws::{Aws, AwsAccess, BaseCredentials, EndpointConfig, SdkAws, SdkSettings};
use domain::{Clock, IdSource, SystemClock, SystemIds};
use identity::safe_client::Rules;
use identity::{Passkeys, PasswordSettings, Passwords, SafeClient, SystemRecords, SystemResolver};
use store::dialect::row_level_security::TENANT_ROLE;
use store::{RowLevelSecurity, Store};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vault::LocalRootKey;
use workflows::{Settings, VaultPlace, Vaults, VaultsSettings};

use self::auth::AppAuthenticator;
pub(crate) use self::auth::Cookie;
pub(crate) use self::figures::OverdueFigures;
pub(crate) use self::process_lock::ProcessLock;
use self::sessions::SessionWatcher;
use crate::audit::NoteSigner;
use crate::config::{Config, VaultConfig, VaultKind};
use crate::http::Authenticator;

mod auth;
pub(crate) mod background;
mod figures;
mod ports;
mod process_lock;
mod sessions;

/// The parts that a test may replace.
#[derive(Debug, Clone)]
pub struct Outside {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Source of ids and randomness.
    pub ids: Arc<dyn IdSource>,
    /// The way into AWS.
    pub aws: Arc<dyn Aws>,
    /// What a password hash costs.
    pub passwords: PasswordSettings,
}

impl Outside {
    /// The host's clock, fresh ids and AWS by its SDK.
    #[must_use]
    pub fn real(config: &Config) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Self {
            ids: Arc::new(SystemIds::new(clock.clone())),
            clock,
            aws: Arc::new(sdk(config)),
            passwords: PasswordSettings::default(),
        }
    }
}

/// Everything but HTTP and the engine.
#[derive(Debug, Clone)]
pub struct Installation {
    /// The clock, the ids, AWS.
    pub outside: Outside,
    /// The database.
    pub store: Store,
    /// What workflows share.
    pub workflows: Arc<workflows::Services>,
    /// What use cases share.
    pub app: Arc<app::Services>,
}

impl Installation {
    /// Opens the database and the root key; makes folders, the key and the database's tables when they are missing.
    pub async fn open(config: &Config, outside: Outside, migrate: bool) -> anyhow::Result<Self> {
        let store = open_store(config, outside.clock.clone()).await?;
        if migrate {
            store
                .migrate()
                .await
                .context("the database could not be brought to the present schema")?;
            tell_row_level_security(&store).await?;
        }
        let root_key = Arc::new(open_root_key(config)?);
        let workflows = Arc::new(workflow_services(config, &outside, root_key)?);
        let app = app_services(config, &outside, &store, &workflows)?;
        Ok(Self {
            outside,
            store,
            workflows,
            app,
        })
    }
}

/// Says at every start whether PostgreSQL keeps tenants apart too (decision 0008).
async fn tell_row_level_security(store: &Store) -> anyhow::Result<()> {
    match store.row_level_security().await? {
        RowLevelSecurity::On => tracing::info!("row-level security is on"),
        RowLevelSecurity::NotThere => {}
        RowLevelSecurity::Off => tracing::warn!(
            "row-level security is off: the database user may not make the role {TENANT_ROLE}; \
             see [database] in the configuration"
        ),
    }
    Ok(())
}

/// Opens the database's pools.
pub async fn open_store(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Store> {
    if let Some(folder) = config.database.sqlite_file().and_then(Path::parent) {
        make_folder(folder)?;
    }
    let database = store::DatabaseConfig {
        max_connections: config.database.max_connections,
        schema: config.database.schema.clone(),
        ..store::DatabaseConfig::new(config.database.url.clone())
    };
    Store::open(&database, clock)
        .await
        .context("the database cannot be opened (database.url)")
}

fn open_root_key(config: &Config) -> anyhow::Result<LocalRootKey> {
    LocalRootKey::open_or_create(&config.keys.root_key_file)
        .context("the root key cannot be opened (keys.root_key_file)")
}

fn workflow_services(
    config: &Config,
    outside: &Outside,
    root_key: Arc<LocalRootKey>,
) -> anyhow::Result<workflows::Services> {
    let head_key = NoteSigner::open(config).context("the key that signs cannot be opened")?;
    let settings = VaultsSettings {
        place: place(&config.vault),
        store_access: store_access(config),
        cache_seconds: config.keys.cache_seconds,
    };
    let vaults = Vaults::new(
        outside.aws.clone(),
        root_key,
        outside.clock.clone(),
        settings,
    );
    Ok(workflows::Services {
        aws: outside.aws.clone(),
        vaults,
        head_key: Arc::new(head_key),
        settings: Settings {
            blocks_in_flight: config.tasks.blocks_in_flight,
            full_compare_days: config.tasks.full_compare_days,
            aws_wait_minutes: config.tasks.aws_wait_minutes,
            per_region_max: config.tasks.per_region_max,
            restore_folder: config.restore.folder.clone(),
            static_keys_allowed: config.aws.static_keys_allowed,
            verification: config.verification.settings(),
            expiry_undo_days: config.vault.expiry_undo_days,
        },
    })
}

fn app_services(
    config: &Config,
    outside: &Outside,
    store: &Store,
    workflows: &Arc<workflows::Services>,
) -> anyhow::Result<Arc<app::Services>> {
    let root_key = workflows.vaults.root_key().clone();
    let sealer: Arc<dyn Sealer> = Arc::new(ports::RootKeySealer::new(root_key));
    let recovery_kits: Arc<dyn RecoveryKits> = Arc::new(ports::VaultKits::new(
        workflows.clone(),
        outside.ids.clone(),
        outside.clock.clone(),
    ));
    let templates: Arc<dyn AccountTemplates> = Arc::new(ports::Templates::new(outside.aws.clone()));
    let passwords = Passwords::new(outside.passwords, outside.ids.clone())?;
    Ok(app::Services::new(app::context::Parts {
        store: store.clone(),
        clock: outside.clock.clone(),
        ids: outside.ids.clone(),
        passwords,
        sealer,
        recovery_kits,
        templates,
        connections: connections(config, outside)?,
        // A server that is reached by an address has no host name for them.
        passkeys: Passkeys::new(&config.http.public_url, "Holdfast").ok(),
        events: tasks::live::Events::new(store.clone()),
        audit_key: workflows.head_key.note_key(),
        settings: app::Settings {
            session_idle_seconds: i64::from(config.auth.session_idle_minutes) * 60,
            session_lifetime_seconds: i64::from(config.auth.session_hours) * 3_600,
            allow_static_keys: config.aws.static_keys_allowed,
            api_token_days_max: config.auth.token_days_max,
            sign_in_attempts_max: config.auth.sign_in_attempts_max,
            expiry_undo_days: config.vault.expiry_undo_days,
            leaked_passwords: config.auth.leaked_passwords()?,
            sign_up: config.sign_up.settings()?,
            ..app::Settings::default()
        },
    }))
}

/// The ways to identity providers and to the DNS.
fn connections(config: &Config, outside: &Outside) -> anyhow::Result<Connections> {
    let rules = if config.auth.local_providers_allowed {
        Rules::with_loopback()
    } else {
        Rules::strict()
    };
    let http = SafeClient::new(rules, Arc::new(SystemResolver));
    let http = http.context("TLS for identity providers cannot be set up")?;
    let records = match config.auth.dns_server() {
        Some(server) => SystemRecords::at(server),
        None => SystemRecords::default(),
    };
    let url = &config.http.public_url;
    Ok(Connections::new(
        http,
        Arc::new(records),
        url,
        outside.clock.clone(),
    ))
}

/// Recognises callers, and ends the streams of those whose session ends.
pub(crate) fn authenticator(
    parts: &Installation,
    cookie: Cookie,
    tracker: &TaskTracker,
    shutdown: &CancellationToken,
) -> Arc<dyn Authenticator> {
    let watcher = SessionWatcher::start(parts.app.clone(), tracker, shutdown.clone());
    Arc::new(AppAuthenticator::new(parts.app.clone(), cookie, watcher))
}

/// AWS by its SDK.
#[must_use]
pub fn sdk(config: &Config) -> SdkAws {
    let base = match (&config.aws.access_key_id, &config.aws.secret_access_key) {
        (Some(id), Some(secret)) => BaseCredentials::StaticKeys {
            access_key_id: id.clone(),
            secret_access_key: secret.clone(),
        },
        (None, _) | (_, None) => BaseCredentials::Environment,
    };
    let mut endpoints = match &config.aws.endpoint_url {
        Some(url) => EndpointConfig::everything_at(url),
        None => EndpointConfig::default(),
    };
    if let Some(url) = &config.vault.endpoint_url {
        endpoints.services.insert("s3".to_owned(), url.clone());
        endpoints.path_style_s3 = true;
    }
    let home_region = config.aws.region.clone();
    SdkAws::new(SdkSettings {
        base,
        home_region,
        endpoints,
        ..SdkSettings::default()
    })
}

/// How the vault's bucket is reached.
#[must_use]
pub fn store_access(config: &Config) -> AwsAccess {
    match (&config.vault.access_key_id, &config.vault.secret_access_key) {
        (Some(id), Some(secret)) => AwsAccess::StaticKeys {
            access_key_id: id.clone(),
            secret_access_key: secret.clone(),
        },
        (None, _) | (_, None) => AwsAccess::Own,
    }
}

fn place(config: &VaultConfig) -> VaultPlace {
    match config.kind {
        VaultKind::Folder => VaultPlace::Folder {
            path: config.path.clone(),
        },
        VaultKind::S3 => VaultPlace::S3 {
            bucket: config.bucket.clone().unwrap_or_default(),
            prefix: config.prefix.clone(),
            region: config.region.clone().unwrap_or_default(),
        },
    }
}

fn make_folder(folder: &Path) -> anyhow::Result<()> {
    if folder.as_os_str().is_empty() {
        return Ok(());
    }
    // The database and the root key are nobody else's business.
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder);
    made.with_context(|| folder.display().to_string())
}
