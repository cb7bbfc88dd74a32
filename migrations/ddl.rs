//! Placeholders of the migrations' SQL, and the macro that makes a migration of a list of statements.
//!
//! Not for data. Invariant: every placeholder has a meaning on both databases; SQLite tables are STRICT, so that a value
//! of the wrong type is refused there as PostgreSQL refuses it.

use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};

/// (placeholder, PostgreSQL, SQLite). Text compares by bytes on both, so that lists have one order everywhere; times in
/// SQLite are RFC 3339 texts in UTC, which sort as the instants do.
const PLACEHOLDERS: &[(&str, &str, &str)] = &[
    ("{id}", "uuid", "BLOB"),
    ("{time}", "timestamptz(6)", "TEXT"),
    ("{json}", "jsonb", "TEXT"),
    ("{text}", "text COLLATE \"C\"", "TEXT"),
    ("{bool}", "boolean", "INTEGER"),
    ("{int}", "integer", "INTEGER"),
    ("{big}", "bigint", "INTEGER"),
    ("{bytes}", "bytea", "BLOB"),
    (
        "{sequence}",
        "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "INTEGER PRIMARY KEY AUTOINCREMENT",
    ),
    ("{strict}", "", "STRICT"),
    // Entries of an index of PostgreSQL end at 2.7 KB, which the tags of one asset may exceed.
    ("{covered tags}", "", ", tags"),
    // Fixed ids of built-in roles.
    (
        "{zero_id 0}",
        "'00000000-0000-0000-0000-000000000000'::uuid",
        "x'00000000000000000000000000000000'",
    ),
    (
        "{zero_id 1}",
        "'00000000-0000-0000-0000-000000000001'::uuid",
        "x'00000000000000000000000000000001'",
    ),
    (
        "{zero_id 3}",
        "'00000000-0000-0000-0000-000000000003'::uuid",
        "x'00000000000000000000000000000003'",
    ),
    (
        "{zero_id 6}",
        "'00000000-0000-0000-0000-000000000006'::uuid",
        "x'00000000000000000000000000000006'",
    ),
];

/// Runs the statements after filling their placeholders.
pub(crate) async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let is_sqlite = manager.get_database_backend() == DbBackend::Sqlite;
    for statement in statements {
        let mut sql = (*statement).to_owned();
        for (placeholder, postgres, sqlite) in PLACEHOLDERS {
            sql = sql.replace(placeholder, if is_sqlite { sqlite } else { postgres });
        }
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}

/// Makes `Migration` of a list of SQL statements; there is no way back, a backup of the database is.
macro_rules! migration {
    ($($statement:literal),* $(,)?) => {
        #[derive(sea_orm_migration::prelude::DeriveMigrationName)]
        pub(crate) struct Migration;

        #[expect(
            elided_lifetimes_in_paths,
            reason = "async_trait and a named lifetime together do not match the trait"
        )]
        #[async_trait::async_trait]
        impl sea_orm_migration::MigrationTrait for Migration {
            async fn up(
                &self,
                manager: &sea_orm_migration::SchemaManager,
            ) -> Result<(), sea_orm_migration::sea_orm::DbErr> {
                crate::ddl::run(manager, &[$($statement),*]).await
            }
        }
    };
}

pub(crate) use migration;
