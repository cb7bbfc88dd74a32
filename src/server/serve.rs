//! A running replica: HTTP for the role `api`, the scheduler and the workers for theirs.
//!
//! Not for the command line (`cli/serve.rs`). Invariant: HTTP lives on threads of its own, so that a request never waits for a
//! backup, and a backup never for a request.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer};
use anyhow::Context as _;
use async_trait::async_trait;
use domain::IdSource;
use prometheus::Registry;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cli::Role;
use crate::config::{Config, HttpConfig};
use crate::http::{
    self, CostLimits, Edge, EdgeParts, Engine, EngineLimits, HttpSettings, ReadinessCheck, Tokens,
};
use crate::scim::ScimDoors;
use crate::shutdown::GRACE;
use crate::sign_on::SignOnDoors;
use crate::wiring::{self, Cookie, Installation, Outside, ProcessLock, background};

/// A replica at work.
#[derive(Debug)]
pub struct Running {
    /// The parts, for tests and commands.
    pub installation: Installation,
    /// Where it listens; none without the role `api`.
    pub address: Option<SocketAddr>,
    shutdown: CancellationToken,
    tracker: TaskTracker,
    http: Option<HttpThread>,
    /// Dropped last: until then no other server may touch an SQLite file.
    process_lock: Option<ProcessLock>,
}

#[derive(Debug)]
struct HttpThread {
    handle: ServerHandle,
    thread: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Starts what the roles ask for.
    pub async fn start(
        config: &Config,
        outside: Outside,
        roles: &[Role],
        migrate: bool,
    ) -> anyhow::Result<Self> {
        let installation = Installation::open(config, outside, migrate).await?;
        let process_lock = ProcessLock::take(&config.database)?;
        if process_lock.is_some() {
            let taken_over = background::take_over(&installation).await;
            taken_over.context("tasks of the server before this one cannot be taken over")?;
        }
        let shutdown = CancellationToken::new();
        let tracker = TaskTracker::new();
        let mut running = Self {
            installation,
            address: None,
            shutdown,
            tracker,
            http: None,
            process_lock,
        };
        running.background(config, roles)?;
        if roles.contains(&Role::Api) {
            running.listen(config).await?;
        }
        Ok(running)
    }

    /// Cancelled when the replica shall stop.
    #[must_use]
    pub fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }

    /// Stops in order: no new requests and no new tasks, streams say goodbye, leases are given up, the database is closed.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.shutdown.cancel();
        if let Some(http) = self.http {
            let stopped = tokio::time::timeout(GRACE, http.handle.stop(true)).await;
            if stopped.is_err() {
                http.handle.stop(false).await;
            }
            // The thread ends with the server; a panic in it was logged already.
            let joined = tokio::task::spawn_blocking(move || http.thread.join()).await;
            if !matches!(joined, Ok(Ok(Ok(())))) {
                tracing::warn!("the HTTP thread did not end as it should");
            }
        }
        self.tracker.close();
        if tokio::time::timeout(GRACE, self.tracker.wait())
            .await
            .is_err()
        {
            tracing::warn!("some work did not stop in time; its leases end by themselves");
        }
        self.installation
            .store
            .close()
            .await
            .context("closing the database")?;
        drop(self.process_lock);
        Ok(())
    }

    fn background(&self, config: &Config, roles: &[Role]) -> anyhow::Result<()> {
        let store = self.installation.store.clone();
        let stop = self.shutdown.clone();
        self.tracker
            .spawn(async move { store.listen(stop.cancelled()).await });
        background::tidy(&self.installation, &self.tracker, &self.shutdown);
        if roles.contains(&Role::Scheduler) {
            background::schedule(config, &self.installation, &self.tracker, &self.shutdown)?;
        }
        if roles.contains(&Role::Worker) {
            background::work(config, &self.installation, &self.tracker, &self.shutdown)?;
        }
        Ok(())
    }

    async fn listen(&mut self, config: &Config) -> anyhow::Result<()> {
        let engine = Engine::new(graphql::builder(), EngineLimits::default())?;
        let settings = HttpSettings {
            rate: config.limits.address_requests(),
            cost: CostLimits {
                credential: config.limits.credential_cost(),
                organization: config.limits.organization_cost(),
            },
            ..settings(&config.http)?
        };
        let cookie = Cookie {
            name: settings.session_cookie.clone(),
            is_secure: config.http.is_secure(),
        };
        let scim = ScimDoors::new(self.installation.app.clone(), &config.http.public_url);
        let doors = SignOnDoors::new(self.installation.app.clone(), cookie.clone());
        let authenticator =
            wiring::authenticator(&self.installation, cookie, &self.tracker, &self.shutdown);
        let registry = Registry::new();
        let store = self.installation.store.clone();
        let clock = self.installation.outside.clock.clone();
        let overdue = wiring::OverdueFigures::register(&registry, store, clock)?;
        let edge = Edge::new(EdgeParts {
            engine,
            authenticator,
            settings,
            tokens: Arc::new(RandomTokens(self.installation.outside.ids.clone())),
            readiness: vec![Arc::new(DatabaseCheck(self.installation.store.clone()))],
            registry,
            figures: vec![Arc::new(overdue)],
            tracker: self.tracker.clone(),
            shutdown: self.shutdown.clone(),
        })?;
        let address = config.http.address().context("http.listen")?;
        let listener = TcpListener::bind(address)
            .with_context(|| format!("cannot listen on {address} (http.listen)"))?;
        let bound = listener.local_addr()?;
        let http = spawn_http(edge, (doors, scim), listener, config.http.workers).await?;
        self.http = Some(http);
        self.address = Some(bound);
        tracing::info!(address = %bound, "listening");
        Ok(())
    }
}

/// actix has a runtime per worker, so it gets a thread of its own to start from.
async fn spawn_http<E: async_graphql::Executor>(
    edge: Arc<Edge<E>>,
    (doors, scim): (Arc<SignOnDoors>, Arc<ScimDoors>),
    listener: TcpListener,
    workers: usize,
) -> anyhow::Result<HttpThread> {
    let (send, receive) = oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("http".to_owned())
        .spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(edge.front())
                        .wrap(from_fn(http::front))
                        .configure(doors.routes())
                        .configure(scim.routes())
                        .configure(edge.routes())
                })
                .on_connect(http::on_connect)
                .disable_signals()
                .shutdown_timeout(GRACE.as_secs());
                let server = if workers == 0 {
                    server
                } else {
                    server.workers(workers)
                };
                let server = server.listen(listener)?.run();
                // Nobody waits for the handle any more only when the start was given up.
                let _given_up = send.send(server.handle());
                server.await
            })
        })?;
    let handle = receive.await.context("the HTTP server did not start")?;
    Ok(HttpThread { handle, thread })
}

fn settings(config: &HttpConfig) -> anyhow::Result<HttpSettings> {
    let defaults = HttpSettings::default();
    let allowed_origins = std::iter::once(&config.public_url)
        .chain(&config.trusted_origins)
        .map(|origin| origin.trim_end_matches('/').to_owned())
        .collect();
    let trusted_proxies = config
        .trusted_proxies
        .iter()
        .map(|text| network(text))
        .collect::<Result<_, _>>()?;
    let https = config.is_secure();
    let session_cookie = if https {
        format!("__Host-{}", defaults.session_cookie)
    } else {
        defaults.session_cookie.clone()
    };
    let mut settings = HttpSettings {
        allowed_origins,
        https,
        session_cookie,
        trusted_proxies,
        body_bytes: config.body_max_bytes,
        graphiql: config.graphiql,
        ..defaults
    };
    settings.socket.sockets = config.connections_max;
    Ok(settings)
}

fn network(text: &str) -> anyhow::Result<ipnet::IpNet> {
    let address = text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from);
    address
        .or_else(|_| text.parse())
        .with_context(|| format!("http.trusted_proxies: {text}"))
}

#[derive(Debug)]
struct RandomTokens(Arc<dyn IdSource>);

impl RandomTokens {
    fn hex(&self) -> String {
        let mut bytes = [0_u8; 16];
        self.0.random(&mut bytes);
        hex::encode(bytes)
    }
}

impl Tokens for RandomTokens {
    fn request_id(&self) -> String {
        self.hex()
    }

    fn nonce(&self) -> String {
        self.hex()
    }
}

struct DatabaseCheck(store::Store);

#[async_trait]
impl ReadinessCheck for DatabaseCheck {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<(), String> {
        self.0.ping().await.map_err(|error| error.to_string())
    }
}
