//! Databases of their own for tests.
//!
//! Not for production. Invariant: no two calls share a row: SQLite gets a file in a folder that goes with the store,
//! PostgreSQL (when `TEST_DATABASE_URL` is set) a schema with a random name.

use std::sync::Arc;

use domain::{Clock, IdSource, SystemIds, TestClock};
use sea_orm::{ConnectionTrait, Database, Statement};
use uuid::Uuid;

use crate::Backend;
use crate::store::{DatabaseConfig, Inner, LeaseClock, Store};
use crate::tx::sealed::Raw as _;

/// Environment variable with the URL of a PostgreSQL database in which tests may make schemas.
pub const URL_VARIABLE: &str = "TEST_DATABASE_URL";

/// A fresh, migrated database on PostgreSQL when `TEST_DATABASE_URL` is set, else on SQLite; its clock stands at
/// [`TestClock::default`].
///
/// # Panics
/// When the database cannot be made: a test cannot go on without it.
pub async fn fresh() -> Store {
    fresh_with(Arc::new(TestClock::default())).await
}

/// As [`fresh`], with this clock.
///
/// # Panics
/// When the database cannot be made.
pub async fn fresh_with(clock: Arc<dyn Clock>) -> Store {
    match postgres_url() {
        Some(url) => postgres(&url, clock).await,
        None => sqlite(clock).await,
    }
}

/// One fresh database per kind that this machine has: always SQLite, and PostgreSQL when `TEST_DATABASE_URL` is set.
///
/// # Panics
/// When a database cannot be made.
pub async fn all() -> Vec<Store> {
    let stores = all_with_clocks().await.into_iter();
    stores.map(|(store, _)| store).collect()
}

/// As [`all`], each with its clock, which is also that of its leases.
///
/// # Panics
/// When a database cannot be made.
pub async fn all_with_clocks() -> Vec<(Store, TestClock)> {
    let clock = TestClock::default();
    let mut stores = vec![(sqlite(Arc::new(clock.clone())).await, clock)];
    if let Some(url) = postgres_url() {
        let clock = TestClock::default();
        stores.push((postgres(&url, Arc::new(clock.clone())).await, clock));
    }
    stores
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told of the server by the environment"
)]
fn postgres_url() -> Option<String> {
    std::env::var(URL_VARIABLE)
        .ok()
        .filter(|url| !url.is_empty())
}

#[expect(
    clippy::expect_used,
    reason = "a test cannot go on without its database"
)]
async fn sqlite(clock: Arc<dyn Clock>) -> Store {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    let config = DatabaseConfig {
        lease_clock: LeaseClock::Store,
        ..DatabaseConfig::new(url)
    };
    let mut inner = Inner::open(&config, clock).await.expect("a SQLite file");
    inner.folder = Some(folder);
    let store = Store::of(inner);
    store.migrate().await.expect("tables");
    store
}

async fn postgres(url: &str, clock: Arc<dyn Clock>) -> Store {
    let config = postgres_config(url).await;
    #[expect(
        clippy::expect_used,
        reason = "a test cannot go on without its database"
    )]
    {
        let store = Store::open(&config, clock).await.expect("PostgreSQL");
        store.migrate().await.expect("tables");
        store
    }
}

/// An empty schema and how to reach it.
#[expect(
    clippy::expect_used,
    reason = "a test cannot go on without its database"
)]
async fn postgres_config(url: &str) -> DatabaseConfig {
    let schema = format!("test_{}", random().simple());
    let admin = Database::connect(url).await.expect("PostgreSQL");
    admin
        .execute_unprepared(&format!("CREATE SCHEMA {schema}"))
        .await
        .expect("a schema");
    admin.close().await.expect("a closed connection");
    DatabaseConfig {
        schema: Some(schema),
        max_connections: 8,
        lease_clock: LeaseClock::Store,
        ..DatabaseConfig::new(url)
    }
}

/// Configuration of an empty PostgreSQL schema, for tests of [`Store::open`] and [`Store::migrate`] themselves; none
/// without a server.
///
/// # Panics
/// When the schema cannot be made.
pub async fn empty_postgres() -> Option<DatabaseConfig> {
    match postgres_url() {
        Some(url) => Some(postgres_config(&url).await),
        None => None,
    }
}

pub(crate) fn random() -> Uuid {
    SystemIds::new(domain::SystemClock).uuid()
}

/// Cuts the connections on which replicas wait for wake-ups of others, and answers how many; none on SQLite, which has one process.
///
/// # Panics
/// When the database does not do it.
#[expect(
    clippy::expect_used,
    reason = "a test cannot go on without its database"
)]
pub async fn cut_listeners(store: &Store) -> u64 {
    if store.backend() == Backend::Sqlite {
        return 0;
    }
    let text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN %'";
    let statement = Statement::from_string(sea_orm::DbBackend::Postgres, text);
    let reader = store.read();
    let cut = reader.db().query_all_raw(statement).await;
    u64::try_from(cut.expect("an answer").len()).unwrap_or(0)
}

/// Makes the database refuse every audit event, or accept them again: what is written with one must then fail as a whole.
///
/// # Panics
/// When the database does not do it.
pub async fn refuse_audit(store: &Store, refuse: bool) {
    set_trigger(store, ("refuse_audit", "1 = 1"), refuse).await;
}

/// As [`refuse_audit`], but lets pass what says that somebody was refused: what a caller may do then fails at its end, and what
/// they may not do is answered as ever.
///
/// # Panics
/// When the database does not do it.
pub async fn refuse_success(store: &Store, refuse: bool) {
    let trigger = ("refuse_success", "NEW.outcome <> 'refused'");
    set_trigger(store, trigger, refuse).await;
}

/// Lets [`Store::now`] be off by so much from now on.
pub fn shift_database_clock(store: &Store, by: jiff::SignedDuration) {
    store.shift_database_clock(i64::try_from(by.as_micros()).unwrap_or(0));
}

/// Runs a statement as somebody with a client of the database would, past all rules of ours.
///
/// # Panics
/// When the database does not do it.
#[expect(
    clippy::expect_used,
    reason = "a test cannot go on without its database"
)]
pub async fn tamper(store: &Store, statement: &str) {
    let tx = store.begin().await.expect("a transaction");
    let done = tx.db().execute_unprepared(statement).await;
    done.expect("a statement");
    tx.commit().await.expect("a commit");
}

#[expect(
    clippy::expect_used,
    reason = "a test cannot go on without its database"
)]
async fn set_trigger(store: &Store, (name, condition): (&str, &str), refuse: bool) {
    let statements = match (store.backend(), refuse) {
        (Backend::Sqlite, true) => vec![format!(
            "CREATE TRIGGER {name} BEFORE INSERT ON audit_events WHEN {condition}
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )],
        (Backend::Sqlite, false) => vec![format!("DROP TRIGGER {name}")],
        (Backend::Postgres, true) => vec![
            format!(
                "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'refused'; END $$"
            ),
            format!(
                "CREATE TRIGGER {name} BEFORE INSERT ON audit_events FOR EACH ROW WHEN ({condition})
                 EXECUTE FUNCTION {name}()"
            ),
        ],
        (Backend::Postgres, false) => vec![format!("DROP TRIGGER {name} ON audit_events")],
    };
    let tx = store.begin().await.expect("a transaction");
    for statement in statements {
        let done = tx.db().execute_unprepared(&statement).await;
        done.expect("a trigger");
    }
    tx.commit().await.expect("a commit");
}

/// Everything that the database holds, table by table, as text that can be compared.
///
/// # Panics
/// When the database cannot be read.
#[expect(
    clippy::expect_used,
    reason = "a test cannot go on without its database"
)]
pub async fn contents(store: &Store) -> std::collections::BTreeMap<String, String> {
    let tx = store.begin().await.expect("a transaction");
    let column = async |sql: String| -> Vec<String> {
        let statement = Statement::from_string(tx.db().get_database_backend(), sql);
        let rows = tx.db().query_all_raw(statement).await.expect("rows");
        let cell = |row: &sea_orm::QueryResult| row.try_get_by_index(0).expect("a text");
        rows.iter().map(cell).collect()
    };
    let tables = column(
        match store.backend() {
            Backend::Sqlite => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            }
            Backend::Postgres => {
                "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()"
            }
        }
        .to_owned(),
    );
    let mut contents = std::collections::BTreeMap::new();
    for table in tables.await {
        let rows = match store.backend() {
            Backend::Sqlite => {
                let names = column(format!("SELECT name FROM pragma_table_info('{table}')")).await;
                let cells: Vec<String> =
                    names.iter().map(|name| format!("quote({name})")).collect();
                format!(
                    "SELECT {} FROM {table} ORDER BY 1",
                    cells.join(" || ',' || ")
                )
            }
            Backend::Postgres => format!("SELECT row::text FROM {table} AS row ORDER BY 1"),
        };
        let rows = column(rows).await;
        contents.insert(table, rows.join("\n"));
    }
    contents
}
