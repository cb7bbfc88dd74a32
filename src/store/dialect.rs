//! The differences between SQLite and PostgreSQL that `SeaORM` does not level.
//!
//! Not for queries of a noun. Invariant: SQL that is written for one database stands in this file and nowhere else.

pub mod row_level_security;

use std::time::Duration;

use domain::OrganizationId;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, LikeExpr, LockType, SelectStatement};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DbBackend, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions,
};

/// Which database is behind the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file beside the server.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// Values that one statement may bind: SQLite stops at 32,766, PostgreSQL at 65,535.
pub const BINDS_MAX: usize = 30_000;
/// Ids in one `IN` list.
pub const IN_LIST_MAX: usize = 5_000;
/// Channel on which replicas tell one another that events were committed.
pub const CHANNEL: &str = "holdfast_events";
/// Longest run of one statement and longest idle time inside a transaction.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a caller waits for a free connection, or for SQLite's one writer.
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// Key of the advisory lock that lets one replica migrate at a time.
const MIGRATION_LOCK: i64 = 0x686f_6c64_6661_7374;
/// Key of the advisory lock under which claims of tasks count against limits.
const CLAIM_LOCK: i64 = 0x686f_6c64_6661_7375;

/// Which pool a connection belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Transactions that write.
    Write,
    /// Queries; the database refuses writes.
    Read,
}

impl Backend {
    /// The backend of a database URL, by its scheme.
    #[must_use]
    pub fn of_url(url: &str) -> Option<Self> {
        match url.split_once(':')?.0 {
            "sqlite" => Some(Self::Sqlite),
            "postgres" | "postgresql" => Some(Self::Postgres),
            _ => None,
        }
    }

    pub(crate) fn of(db: &impl ConnectionTrait) -> Self {
        if db.get_database_backend() == DbBackend::Sqlite {
            Self::Sqlite
        } else {
            Self::Postgres
        }
    }

    /// Options of a pool of `size` connections.
    pub(crate) fn connect_options(self, url: &str, usage: Use, size: u32) -> ConnectOptions {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(size)
            .min_connections(0)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .sqlx_logging(false)
            .record_stmt_in_spans(false);
        match self {
            Self::Sqlite => sqlite_options(&mut options, usage),
            Self::Postgres => postgres_options(&mut options, usage),
        }
        options
    }

    /// How a writing transaction begins. SQLite must take the write lock at once: a reader that becomes a writer later gets
    /// `SQLITE_BUSY` without waiting (reliability.md E9).
    pub(crate) fn write_transaction(self) -> TransactionOptions {
        TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: match self {
                Self::Sqlite => Some(SqliteTransactionMode::Immediate),
                Self::Postgres => None,
            },
        }
    }

    /// Lets one replica at a time pass until the transaction ends; waits as long as it takes.
    pub(crate) async fn lock_migrations(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        match self {
            // BEGIN IMMEDIATE has locked the file already.
            Self::Sqlite => Ok(()),
            Self::Postgres => {
                db.execute_unprepared("SET LOCAL statement_timeout = 0")
                    .await?;
                advisory_lock(db, MIGRATION_LOCK).await
            }
        }
    }

    /// Makes commits of one organization queue up until the transaction ends, so that the order of its event numbers is the
    /// order of its commits. PostgreSQL hands out numbers before it commits; SQLite has one writer.
    pub(crate) async fn lock_stream(
        self,
        db: &impl ConnectionTrait,
        organization: OrganizationId,
    ) -> Result<(), DbErr> {
        match self {
            Self::Sqlite => Ok(()),
            Self::Postgres => {
                // The low half of a UUIDv7 is random; a chance collision only makes two organizations queue together.
                let (_, low) = organization.uuid().as_u64_pair();
                advisory_lock(db, i64::from_be_bytes(low.to_be_bytes())).await
            }
        }
    }

    /// Lets one claim of tasks at a time count what runs already; ends with the transaction.
    pub(crate) async fn lock_claims(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        match self {
            Self::Sqlite => Ok(()),
            Self::Postgres => advisory_lock(db, CLAIM_LOCK).await,
        }
    }

    /// Tells other replicas, at commit, that there are events.
    pub(crate) async fn notify(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        match self {
            Self::Sqlite => Ok(()),
            Self::Postgres => {
                let sql = format!("SELECT pg_notify('{CHANNEL}', '')");
                db.execute_unprepared(&sql).await.map(drop)
            }
        }
    }

    /// Condition: the JSON object in `table.column` has the key, and the value where one is given.
    pub(crate) fn has_pair(
        self,
        table: &str,
        column: &str,
        key: &str,
        value: Option<&str>,
    ) -> Expr {
        if !is_storable(key) || !value.is_none_or(is_storable) {
            return Expr::val(false);
        }
        let document = Expr::col((Alias::new(table), Alias::new(column)));
        match (self, value) {
            (Self::Postgres, Some(value)) => Expr::cust_with_exprs(
                "$1 ->> $2 = $3",
                [document, Expr::val(key), Expr::val(value)],
            ),
            (Self::Postgres, None) => {
                Expr::cust_with_exprs("$1 ->> $2 IS NOT NULL", [document, Expr::val(key)])
            }
            (Self::Sqlite, Some(value)) => Expr::cust_with_exprs(
                "EXISTS (SELECT 1 FROM json_each(?) AS pair WHERE pair.key = ? AND pair.value = ?)",
                [document, Expr::val(key), Expr::val(value)],
            ),
            (Self::Sqlite, None) => Expr::cust_with_exprs(
                "EXISTS (SELECT 1 FROM json_each(?) AS pair WHERE pair.key = ?)",
                [document, Expr::val(key)],
            ),
        }
    }

    /// The day of a time, in UTC, as a text such as `2026-01-31`.
    pub(crate) fn utc_day(self, time: Expr) -> Expr {
        match self {
            // Times are stored as texts that begin with their day in UTC.
            Self::Sqlite => Expr::cust_with_exprs("substr(?, 1, 10)", [time]),
            Self::Postgres => {
                Expr::cust_with_exprs("to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD')", [time])
            }
        }
    }

    /// The database's own clock, comparable with stored times; leases use it, because replicas' clocks differ.
    #[must_use]
    pub fn now(self) -> Expr {
        match self {
            Self::Sqlite => Expr::cust("strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"),
            Self::Postgres => Expr::cust("clock_timestamp()"),
        }
    }
}

async fn advisory_lock(db: &impl ConnectionTrait, key: i64) -> Result<(), DbErr> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT pg_advisory_xact_lock($1)",
        [key.into()],
    );
    db.execute_raw(statement).await.map(drop)
}

fn sqlite_options(options: &mut ConnectOptions, usage: Use) {
    options
        .test_before_acquire(false)
        .max_lifetime(None)
        .idle_timeout(None);
    options.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = sqlite
            .create_if_missing(usage == Use::Write)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(ACQUIRE_TIMEOUT)
            .pragma("temp_store", "MEMORY")
            // Lists that filter walk far; mapped pages make that four times as fast as reading them one by one.
            .pragma("cache_size", "-16000")
            .pragma("mmap_size", "268435456");
        match usage {
            Use::Write => sqlite,
            Use::Read => sqlite.pragma("query_only", "ON"),
        }
    });
}

fn postgres_options(options: &mut ConnectOptions, usage: Use) {
    options
        .test_before_acquire_if_idle_for(Duration::from_secs(10))
        .statement_timeout(STATEMENT_TIMEOUT);
    options.map_sqlx_postgres_opts(move |postgres| {
        let idle = STATEMENT_TIMEOUT.as_millis().to_string();
        let read_only = match usage {
            Use::Write => "off",
            Use::Read => "on",
        };
        postgres.options([
            ("idle_in_transaction_session_timeout", idle.as_str()),
            ("default_transaction_read_only", read_only),
        ])
    });
}

/// Locks the rows that `select` finds until the transaction ends (a no-op in SQLite, whose writer is alone). Rows that
/// point at them may still be added meanwhile.
pub(crate) fn lock_rows(select: &mut SelectStatement) {
    select.lock(LockType::NoKeyUpdate);
}

/// Locks the rows that are read, and keeps others from pointing at them meanwhile: for rows that are to be removed.
pub(crate) fn lock_rows_and_keys(select: &mut SelectStatement) {
    select.lock(LockType::Update);
}

/// What lists order and search by: letters of both cases count as one, also beyond ASCII, which SQLite's own `lower` and
/// `LIKE` do not know.
#[must_use]
pub fn name_key(name: &str) -> String {
    name.to_lowercase()
}

/// Condition: `column`, which holds a [`name_key`] or lower-case text, contains `text` literally.
pub(crate) fn contains(column: Expr, text: &str) -> Expr {
    if !is_storable(text) {
        return Expr::val(false);
    }
    let mut pattern = String::from("%");
    for letter in name_key(text).chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    column.like(LikeExpr::new(pattern).escape('\\'))
}

/// Whether a text can be stored and compared at all: PostgreSQL refuses NUL, so nothing equals such a text.
#[must_use]
pub fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}
