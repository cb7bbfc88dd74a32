//! What can go wrong between us and the database.
//!
//! Not for what a caller did wrong (use cases turn [`Error::Constraint`] and [`Error::Cursor`] into problems). Invariant: a
//! violated constraint carries the same name on SQLite and PostgreSQL.

use std::fmt;
use std::sync::Arc;

use sea_orm::sqlx::error::DatabaseError;
use sea_orm::{DbErr, RuntimeErr, SqlxError};

/// Name that stands for every foreign key: SQLite does not say which one was hurt.
pub const FOREIGN_KEY: &str = "foreign_key";

/// Failure of a query or a transaction.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database could not be reached or refused the statement.
    #[error("the database failed: {0}")]
    Database(#[source] DbErr),
    /// A stored value has no meaning to this version.
    #[error("{table}.{column} of row {row} makes no sense")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// Which row: its id.
        row: String,
        /// The column.
        column: &'static str,
    },
    /// A statement hit another number of rows than it must; mostly a version that has moved on.
    #[error("{actual} rows were affected instead of {expected}")]
    Affected {
        /// Rows that had to be.
        expected: u64,
        /// Rows that were.
        actual: u64,
    },
    /// A constraint was violated: the name of the unique index, or [`FOREIGN_KEY`].
    #[error("the constraint {0} is violated")]
    Constraint(String),
    /// A page cursor is garbage, or belongs to a list of another order.
    #[error("this is no cursor of this list")]
    Cursor,
}

impl Error {
    /// A stored value without meaning.
    pub fn inconsistent(table: &'static str, row: impl fmt::Display, column: &'static str) -> Self {
        Self::Inconsistent {
            table,
            row: row.to_string(),
            column,
        }
    }

    /// Whether this constraint was violated.
    #[must_use]
    pub fn is_constraint(&self, name: &str) -> bool {
        matches!(self, Self::Constraint(violated) if violated == name)
    }

    /// Whether the same transaction may work when it is run again: deadlocks, timeouts, lost connections.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        match sqlx_error(error) {
            Some(SqlxError::Database(inner)) => inner.code().is_some_and(|code| {
                // PostgreSQL classes 08 (connection), 40 (rollback), 53 (resources), 55P03 (lock), 57 (operator);
                // SQLite 5 (busy) and 6 (locked), with their extended codes.
                matches!(code.get(..2), Some("08" | "40" | "53" | "57")) && code.len() == 5
                    || code == "55P03"
                    || code
                        .parse::<u32>()
                        .is_ok_and(|code| matches!(code & 0xff, 5 | 6) && code < 10_000)
            }),
            Some(SqlxError::Io(_) | SqlxError::PoolTimedOut | SqlxError::Protocol(_)) => true,
            _ => matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)),
        }
    }
}

/// Whether PostgreSQL refused it because the user of the database has no right to it.
pub(crate) fn is_privilege(error: &DbErr) -> bool {
    let inner = sqlx_error(error).and_then(SqlxError::as_database_error);
    inner.is_some_and(|inner| inner.code().as_deref() == Some("42501"))
}

fn sqlx_error(error: &DbErr) -> Option<&SqlxError> {
    if let DbErr::Conn(RuntimeErr::SqlxError(inner))
    | DbErr::Exec(RuntimeErr::SqlxError(inner))
    | DbErr::Query(RuntimeErr::SqlxError(inner)) = error
    {
        return Some(inner);
    }
    None
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let violated = sqlx_error(&error)
            .and_then(SqlxError::as_database_error)
            .and_then(constraint);
        violated.map_or(Self::Database(error), Self::Constraint)
    }
}

impl From<SqlxError> for Error {
    fn from(error: SqlxError) -> Self {
        Self::from(DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
    }
}

fn constraint(error: &dyn DatabaseError) -> Option<String> {
    if error.is_foreign_key_violation() {
        return Some(FOREIGN_KEY.to_owned());
    }
    if !error.is_unique_violation() {
        return None;
    }
    let name = error.constraint().map(postgres_name);
    name.or_else(|| sqlite_name(error.message()))
}

/// PostgreSQL names primary keys itself.
fn postgres_name(name: &str) -> String {
    name.strip_suffix("_pkey")
        .map_or_else(|| name.to_owned(), |table| format!("{table}_id"))
}

/// SQLite lists columns (`UNIQUE constraint failed: policies.organization_id, policies.name`); the name follows from them.
fn sqlite_name(message: &str) -> Option<String> {
    let (_, columns) = message.rsplit_once("failed: ")?;
    let mut pairs = columns.split(", ").map(|column| column.split_once('.'));
    let mut names: Vec<&str> = Vec::new();
    let mut table = "";
    for pair in &mut pairs {
        let (owner, column) = pair?;
        table = owner;
        names.push(column);
    }
    if names.len() > 1 {
        names.retain(|name| *name != "organization_id");
    }
    Some(format!("{table}_{}", names.join("_")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_constraints_follow_from_the_columns() {
        let name = sqlite_name("UNIQUE constraint failed: policies.organization_id, policies.name");
        assert_eq!(name.as_deref(), Some("policies_name"));
        let name = sqlite_name("UNIQUE constraint failed: users.email");
        assert_eq!(name.as_deref(), Some("users_email"));
        assert_eq!(sqlite_name("disk I/O error"), None);
    }

    #[test]
    fn primary_keys_are_named_alike() {
        let name = sqlite_name("UNIQUE constraint failed: policies.id");
        assert_eq!(name, Some(postgres_name("policies_pkey")));
    }
}
