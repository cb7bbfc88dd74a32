//! The lock that makes a server the only one on its SQLite file.
//!
//! Not for PostgreSQL, where replicas share (their tasks wait for the end of a lease). Invariant: the operating system drops
//! the lock with the process, however that dies; so who holds it knows that every lease in the database is of a dead process.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};

use crate::config::DatabaseConfig;

/// Ends the name of the lock file, after that of the database.
const SUFFIX: &str = ".lock";

/// Held as long as the server lives.
#[derive(Debug)]
pub(crate) struct ProcessLock {
    _file: File,
}

impl ProcessLock {
    /// Takes the lock of an SQLite file; none for a database that is no file. Refused when another server has it.
    pub(crate) fn take(database: &DatabaseConfig) -> anyhow::Result<Option<Self>> {
        let Some(file) = database.sqlite_file() else {
            return Ok(None);
        };
        let mut path = file.as_os_str().to_owned();
        path.push(SUFFIX);
        let path = PathBuf::from(path);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| path.display().to_string())?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => bail!(
                "another server works on this database ({} is locked); for several servers use PostgreSQL",
                path.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("{} cannot be locked", path.display()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(url: String) -> DatabaseConfig {
        DatabaseConfig {
            url,
            max_connections: 2,
            schema: None,
        }
    }

    #[test]
    fn one_server_at_a_time_has_the_file_and_no_other_database_is_locked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("holdfast.db");
        let sqlite = database(format!("sqlite://{}", file.display()));
        let first = ProcessLock::take(&sqlite).unwrap();
        assert!(first.is_some());
        let refused = ProcessLock::take(&sqlite).unwrap_err().to_string();
        assert!(refused.contains("another server"), "{refused}");
        drop(first);
        assert!(ProcessLock::take(&sqlite).unwrap().is_some());
        for url in ["postgres://a@b/c", "sqlite::memory:"] {
            assert!(
                ProcessLock::take(&database(url.to_owned()))
                    .unwrap()
                    .is_none()
            );
        }
    }
}
