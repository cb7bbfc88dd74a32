//! The bare loop: a table, a claim, a finish, nothing else.
//!
//! Not what anyone should build on: it forgets who had what. Invariant: claim and finish are a durable commit each, as a worker
//! that must survive a crash needs them.

use std::collections::BTreeMap;
use std::str::FromStr;

use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, Row, SqlitePool};
use tokio::time::Instant;

/// Tasks that have not ended.
pub(crate) async fn unfinished(url: &str) -> i64 {
    const COUNT: &str = "SELECT count(*) FROM tasks WHERE finished_at IS NULL";
    if url.starts_with("sqlite") {
        let pool = sqlite(url).await;
        sqlx::query(COUNT).fetch_one(&pool).await.unwrap().get(0)
    } else {
        let pool = PgPool::connect(url).await.unwrap();
        let count = sqlx::query(COUNT).fetch_one(&pool).await.unwrap().get(0);
        pool.close().await;
        count
    }
}

/// Tasks of schedules that have not ended, and the windows that they are for.
pub(crate) async fn fired(url: &str) -> (i64, i64) {
    const TASKS: &str = "SELECT count(*) FROM tasks
        WHERE finished_at IS NULL AND operation_id IS NOT NULL";
    const WINDOWS: &str = "SELECT count(*) FROM (SELECT DISTINCT asset_id, operation_id, nominal_at
        FROM tasks WHERE finished_at IS NULL AND operation_id IS NOT NULL) AS windows";
    if url.starts_with("sqlite") {
        let pool = sqlite(url).await;
        let count = async |sql| sqlx::query(sql).fetch_one(&pool).await.unwrap().get(0);
        (count(TASKS).await, count(WINDOWS).await)
    } else {
        let pool = PgPool::connect(url).await.unwrap();
        let count = async |sql| sqlx::query(sql).fetch_one(&pool).await.unwrap().get(0);
        let counts = (count(TASKS).await, count(WINDOWS).await);
        pool.close().await;
        counts
    }
}

/// Ends what is queued, so that a later run finds an empty queue.
pub(crate) async fn end_all(url: &str) {
    const END: &str =
        "UPDATE tasks SET finished_at = created_at, status = 'aborted' WHERE finished_at IS NULL";
    if url.starts_with("sqlite") {
        let pool = sqlite(url).await;
        sqlx::query(END).execute(&pool).await.unwrap();
    } else {
        let pool = PgPool::connect(url).await.unwrap();
        sqlx::query(END).execute(&pool).await.unwrap();
        pool.close().await;
    }
}

/// Tasks a second of the bare loop, by how many run it at once.
pub(crate) async fn run(url: &str, count: usize) -> BTreeMap<String, f64> {
    let mut results = BTreeMap::new();
    if url.starts_with("sqlite") {
        let pool = sqlite(url).await;
        results.insert(
            "1_at_once".to_owned(),
            run_sqlite(&pool, count).await.round(),
        );
    } else {
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .connect(url)
            .await
            .unwrap();
        for at_once in [1, 4, 16] {
            let rate = run_postgres(&pool, count, at_once).await;
            results.insert(format!("{at_once}_at_once"), rate.round());
        }
    }
    results
}

async fn sqlite(url: &str) -> SqlitePool {
    let options = SqliteConnectOptions::from_str(url)
        .unwrap()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .unwrap()
}

const FILL: &str = "INSERT INTO bare_queue (id, status, payload)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
    SELECT n, 'queued', '{\"kind\": \"reconcile_vault\"}' FROM numbers";

async fn run_sqlite(pool: &SqlitePool, count: usize) -> f64 {
    for sql in [
        "DROP TABLE IF EXISTS bare_queue",
        "CREATE TABLE bare_queue (id INTEGER PRIMARY KEY, status TEXT NOT NULL, payload TEXT NOT NULL)",
        "CREATE INDEX bare_queue_status ON bare_queue (status, id)",
    ] {
        sqlx::query(sql).execute(pool).await.unwrap();
    }
    sqlx::query(FILL)
        .bind(i64::try_from(count).unwrap())
        .execute(pool)
        .await
        .unwrap();
    let begun = Instant::now();
    let claim = "UPDATE bare_queue SET status = 'running' WHERE id =
        (SELECT id FROM bare_queue WHERE status = 'queued' ORDER BY id LIMIT 1) RETURNING id, payload";
    while let Some(row) = sqlx::query(claim).fetch_optional(pool).await.unwrap() {
        let id: i64 = row.get(0);
        let finish = "UPDATE bare_queue SET status = 'completed' WHERE id = $1";
        sqlx::query(finish).bind(id).execute(pool).await.unwrap();
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

async fn run_postgres(pool: &PgPool, count: usize, at_once: usize) -> f64 {
    for sql in [
        "DROP TABLE IF EXISTS bare_queue",
        "CREATE TABLE bare_queue (id bigint PRIMARY KEY, status text NOT NULL, payload jsonb NOT NULL)",
        "CREATE INDEX bare_queue_status ON bare_queue (status, id)",
    ] {
        sqlx::query(sql).execute(pool).await.unwrap();
    }
    let fill = FILL.replace(
        "'{\"kind\": \"reconcile_vault\"}'",
        "'{\"kind\": \"reconcile_vault\"}'::jsonb",
    );
    let fill = sqlx::AssertSqlSafe(fill);
    sqlx::query(fill)
        .bind(i64::try_from(count).unwrap())
        .execute(pool)
        .await
        .unwrap();
    sqlx::query("ANALYZE bare_queue")
        .execute(pool)
        .await
        .unwrap();
    let begun = Instant::now();
    let work = (0..at_once).map(|_| async {
        let claim = "UPDATE bare_queue SET status = 'running' WHERE id =
            (SELECT id FROM bare_queue WHERE status = 'queued' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING id, payload";
        while let Some(row) = sqlx::query(claim).fetch_optional(pool).await.unwrap() {
            let id: i64 = row.get(0);
            let finish = "UPDATE bare_queue SET status = 'completed' WHERE id = $1";
            sqlx::query(finish).bind(id).execute(pool).await.unwrap();
        }
    });
    futures_util::future::join_all(work).await;
    count as f64 / begun.elapsed().as_secs_f64()
}

const FIRING_TABLES: [&str; 5] = [
    "DROP TABLE IF EXISTS bare_schedules",
    "DROP TABLE IF EXISTS bare_fired",
    "CREATE TABLE bare_schedules (id bigint PRIMARY KEY, next bigint NOT NULL)",
    "CREATE INDEX bare_schedules_next ON bare_schedules (next, id)",
    "CREATE TABLE bare_fired (id bigint PRIMARY KEY, payload text NOT NULL)",
];

const FILL_FIRING: &str = "INSERT INTO bare_schedules (id, next)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
    SELECT n, 0 FROM numbers";

/// Windows a second of a bare loop that takes one due row, queues one row for it and moves it on, by how many run it at once.
pub(crate) async fn fire(url: &str, count: usize) -> BTreeMap<String, f64> {
    let rows = i64::try_from(count).unwrap();
    let mut results = BTreeMap::new();
    if url.starts_with("sqlite") {
        let pool = sqlite(url).await;
        for sql in FIRING_TABLES {
            sqlx::query(sql).execute(&pool).await.unwrap();
        }
        sqlx::query(FILL_FIRING)
            .bind(rows)
            .execute(&pool)
            .await
            .unwrap();
        let begun = Instant::now();
        loop {
            let mut tx = pool.begin().await.unwrap();
            let moved = "UPDATE bare_schedules SET next = 1 WHERE id =
                (SELECT id FROM bare_schedules WHERE next = 0 ORDER BY next, id LIMIT 1) RETURNING id";
            let Some(row) = sqlx::query(moved).fetch_optional(&mut *tx).await.unwrap() else {
                break;
            };
            let id: i64 = row.get(0);
            let queue = "INSERT INTO bare_fired (id, payload) VALUES ($1, '{}')";
            sqlx::query(queue).bind(id).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        }
        let rate = count as f64 / begun.elapsed().as_secs_f64();
        results.insert("1_at_once".to_owned(), rate.round());
        return results;
    }
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .connect(url)
        .await
        .unwrap();
    for at_once in [1, 4, 16] {
        for sql in FIRING_TABLES {
            sqlx::query(sql).execute(&pool).await.unwrap();
        }
        sqlx::query(FILL_FIRING)
            .bind(rows)
            .execute(&pool)
            .await
            .unwrap();
        sqlx::query("ANALYZE bare_schedules")
            .execute(&pool)
            .await
            .unwrap();
        let begun = Instant::now();
        let work = (0..at_once).map(|_| async {
            let fire = "WITH due AS (SELECT id FROM bare_schedules WHERE next = 0 ORDER BY next, id LIMIT 1 FOR UPDATE SKIP LOCKED),
                moved AS (UPDATE bare_schedules SET next = 1 WHERE id IN (SELECT id FROM due) RETURNING id)
                INSERT INTO bare_fired (id, payload) SELECT id, '{}' FROM moved RETURNING id";
            while sqlx::query(fire).fetch_optional(&pool).await.unwrap().is_some() {}
        });
        futures_util::future::join_all(work).await;
        let rate = count as f64 / begun.elapsed().as_secs_f64();
        results.insert(format!("{at_once}_at_once"), rate.round());
    }
    results
}
