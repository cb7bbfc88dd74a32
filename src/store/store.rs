//! The store: pools, migration, beginnings of transactions and wake-ups.
//!
//! Not for queries. Invariant: SQLite has one writing connection; on both databases readers have a pool of their own, so a
//! transaction that also reads outside of itself can never wait for itself.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, OrganizationId};
use jiff::Timestamp;
use migrations::{Migrator, MigratorTrait};
use sea_orm::sea_query::{Alias, Query};
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait,
};
use tokio::sync::{OnceCell, watch};

use crate::Error;
use crate::dialect::row_level_security::{self, RowLevelSecurity};
use crate::dialect::{Backend, CHANNEL, Use};
use crate::error::is_privilege;
use crate::read_pool::ReadPool;
use crate::time::Instant;
use crate::tx::sealed::Raw as _;
use crate::tx::{Reader, Tx};

/// Pause before a lost listener is made again.
const LISTENER_PAUSE: Duration = Duration::from_secs(1);

/// Where the database is.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// `sqlite:<path>` or `postgres://...`.
    pub url: String,
    /// Most connections of this process, writers and readers together; at least 2.
    pub max_connections: u32,
    /// Schema of PostgreSQL to live in; none = the server's default.
    pub schema: Option<String>,
    /// By which clock leases begin and end.
    pub lease_clock: LeaseClock,
}

/// By which clock leases begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LeaseClock {
    /// The database's: one for all replicas, whatever their own clocks say. SQLite has one process, so there it is the
    /// clock of this one.
    #[default]
    Database,
    /// The clock that the store was opened with: a test moves it, and it stands for the database's.
    Store,
}

impl DatabaseConfig {
    /// A database with as many connections as a small server needs.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 16,
            schema: None,
            lease_clock: LeaseClock::default(),
        }
    }
}

impl fmt::Debug for DatabaseConfig {
    // The URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseConfig")
            .field("backend", &Backend::of_url(&self.url))
            .field("max_connections", &self.max_connections)
            .field("schema", &self.schema)
            .field("lease_clock", &self.lease_clock)
            .finish_non_exhaustive()
    }
}

/// The database; clones are cheap and share everything.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    backend: Backend,
    lease_clock: LeaseClock,
    pub(crate) clock: Arc<dyn Clock>,
    changed: watch::Sender<u64>,
    row_level_security: OnceCell<RowLevelSecurity>,
    /// By how many microseconds a test has moved the database's clock.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) database_shift: std::sync::atomic::AtomicI64,
    /// Dropped last: a test's database folder.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) folder: Option<tempfile::TempDir>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("backend", &self.backend)
            .finish_non_exhaustive()
    }
}

impl Inner {
    pub(crate) async fn lease_now(&self, db: &impl ConnectionTrait) -> Result<Timestamp, Error> {
        match (self.lease_clock, self.backend) {
            (LeaseClock::Database, Backend::Postgres) => database_now(db, self.backend).await,
            (LeaseClock::Database, Backend::Sqlite) | (LeaseClock::Store, _) => {
                Ok(self.clock.now())
            }
        }
    }

    pub(crate) const fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    #[cfg(any(test, feature = "testing"))]
    fn database_shift(&self) -> jiff::SignedDuration {
        let shift = &self.database_shift;
        jiff::SignedDuration::from_micros(shift.load(std::sync::atomic::Ordering::SeqCst))
    }

    /// Asked once: what it says changes with a start only.
    pub(crate) async fn row_level_security(&self) -> Result<RowLevelSecurity, DbErr> {
        let cell = &self.row_level_security;
        let found = cell.get_or_try_init(|| row_level_security::detect(&self.reader));
        Ok(*found.await?)
    }

    pub(crate) fn wake(&self) {
        self.changed
            .send_modify(|count| *count = count.wrapping_add(1));
    }
}

impl Store {
    /// Opens the pools; makes the file of SQLite when there is none. Call [`Store::migrate`] next.
    pub async fn open(config: &DatabaseConfig, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let inner = Inner::open(config, clock).await?;
        Ok(Self::of(inner))
    }

    pub(crate) fn of(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Brings the tables up to date, all steps or none; replicas that start together wait for one another.
    pub async fn migrate(&self) -> Result<(), Error> {
        let backend = self.inner.backend;
        let writer = &self.inner.writer;
        let tx = writer
            .begin_with_options(backend.write_transaction())
            .await?;
        backend.lock_migrations(&tx).await?;
        Migrator::up(&tx, None).await?;
        crate::audit::chain::adopt(&tx).await?;
        if backend == Backend::Postgres {
            secure(&tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Begins a writing transaction of the service itself, which reaches all organizations; on SQLite this waits for the one
    /// before it.
    pub async fn begin(&self) -> Result<Tx, Error> {
        self.transaction(None).await
    }

    /// Begins a writing transaction for a tenant: PostgreSQL shows and takes nothing of other organizations in it.
    pub async fn begin_in(&self, organization: OrganizationId) -> Result<Tx, Error> {
        let tx = self.transaction(Some(organization)).await?;
        if self.inner.row_level_security().await? == RowLevelSecurity::On {
            row_level_security::enter(tx.db(), organization).await?;
        }
        Ok(tx)
    }

    async fn transaction(&self, organization: Option<OrganizationId>) -> Result<Tx, Error> {
        let options = self.inner.backend.write_transaction();
        let db = self.inner.writer.begin_with_options(options).await?;
        Ok(Tx::new(db, Arc::clone(&self.inner), organization))
    }

    /// The read pool of the service itself, for queries outside of a transaction, over all organizations.
    #[must_use]
    pub fn read(&self) -> Reader {
        Reader {
            db: ReadPool::of_all(&self.inner),
        }
    }

    /// The read pool for a tenant: PostgreSQL shows it nothing of other organizations.
    #[must_use]
    pub fn read_in(&self, organization: OrganizationId) -> Reader {
        Reader {
            db: ReadPool::of(&self.inner, organization),
        }
    }

    /// Whether the database itself keeps tenants apart, as the last [`Store::migrate`] left it.
    pub async fn row_level_security(&self) -> Result<RowLevelSecurity, Error> {
        Ok(self.inner.row_level_security().await?)
    }

    /// Which database it is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.inner.backend
    }

    /// A watch that changes after commits which told events or asked for a wake-up: of this process at once, of others
    /// while [`Store::listen`] runs. A wake-up can be lost with a connection, so poll as well.
    #[must_use]
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        Ok(self.inner.reader.ping().await?)
    }

    /// The time by the database's own clock; expiry compares it with ours before anything is deleted.
    pub async fn now(&self) -> Result<Timestamp, Error> {
        let now = database_now(&self.inner.reader, self.inner.backend).await?;
        #[cfg(any(test, feature = "testing"))]
        let now = now + self.inner.database_shift();
        Ok(now)
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn shift_database_clock(&self, microseconds: i64) {
        let shift = &self.inner.database_shift;
        shift.store(microseconds, std::sync::atomic::Ordering::SeqCst);
    }

    /// The time by which leases begin and end; never compare a lease with another clock (reliability.md E2).
    pub async fn lease_now(&self) -> Result<Timestamp, Error> {
        self.inner.lease_now(&self.inner.reader).await
    }

    /// Closes the pools after their last use.
    pub async fn close(&self) -> Result<(), Error> {
        self.inner.reader.close_by_ref().await?;
        Ok(self.inner.writer.close_by_ref().await?)
    }

    /// Passes on the wake-ups of other replicas until `stop` ends; reconnects by itself. Returns at once on SQLite, which
    /// has one process.
    pub async fn listen(&self, stop: impl Future<Output = ()>) {
        if self.inner.backend == Backend::Sqlite {
            return;
        }
        tokio::pin!(stop);
        loop {
            let error = tokio::select! {
                () = &mut stop => return,
                error = self.pass_on() => error,
            };
            tracing::warn!(%error, "lost the database's notifications, polling meanwhile");
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(LISTENER_PAUSE) => {}
            }
        }
    }

    async fn pass_on(&self) -> Error {
        let pool = self.inner.reader.get_postgres_connection_pool();
        let outcome = async {
            let mut listener = PgListener::connect_with(pool).await?;
            listener.listen(CHANNEL).await?;
            // What was committed while no one listened.
            self.inner.wake();
            loop {
                listener.recv().await?;
                self.inner.wake();
            }
        };
        let ended: Result<std::convert::Infallible, sea_orm::SqlxError> = outcome.await;
        match ended {
            Ok(never) => match never {},
            Err(error) => error.into(),
        }
    }
}

impl Inner {
    pub(crate) async fn open(
        config: &DatabaseConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let backend = Backend::of_url(&config.url)
            .ok_or_else(|| DbErr::Custom("the URL names no database we know".to_owned()))?;
        let (writers, readers) = match backend {
            Backend::Sqlite => (1, config.max_connections.max(2) - 1),
            Backend::Postgres => {
                let half = (config.max_connections / 2).max(1);
                (
                    half,
                    (config.max_connections - half.min(config.max_connections)).max(2),
                )
            }
        };
        // The writer first: it makes the file and switches it to WAL.
        let writer = connect(config, backend, Use::Write, writers).await?;
        let reader = connect(config, backend, Use::Read, readers).await?;
        Ok(Self {
            writer,
            reader,
            backend,
            lease_clock: config.lease_clock,
            clock,
            changed: watch::Sender::new(0),
            row_level_security: OnceCell::new(),
            #[cfg(any(test, feature = "testing"))]
            database_shift: std::sync::atomic::AtomicI64::new(0),
            #[cfg(any(test, feature = "testing"))]
            folder: None,
        })
    }
}

/// Puts row-level security on, when the user of the database may make its role; else the scopes of finders stand alone, and
/// [`Store::row_level_security`] says so.
async fn secure(tx: &DatabaseTransaction) -> Result<(), Error> {
    let attempt = tx.begin().await?;
    match row_level_security::apply(&attempt).await {
        Ok(()) => attempt.commit().await?,
        Err(error) if is_privilege(&error) => attempt.rollback().await?,
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

async fn database_now(db: &impl ConnectionTrait, backend: Backend) -> Result<Timestamp, Error> {
    let now = Query::select()
        .expr_as(backend.now(), Alias::new("now"))
        .take();
    let row = db.query_one(&now).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the time".to_owned()))?;
    let at: Instant = row.try_get("", "now")?;
    Ok(at.0)
}

async fn connect(
    config: &DatabaseConfig,
    backend: Backend,
    usage: Use,
    size: u32,
) -> Result<DatabaseConnection, DbErr> {
    let mut options = backend.connect_options(&config.url, usage, size);
    if let Some(schema) = &config.schema {
        options.set_schema_search_path(schema.clone());
    }
    Database::connect(options).await
}
