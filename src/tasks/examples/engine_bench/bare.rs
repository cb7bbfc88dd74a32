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
