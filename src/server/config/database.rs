//! Section `[database]`.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Faults;

/// The database.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `sqlite://FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`.
    pub url: String,
    /// Connections of the pool.
    pub max_connections: u32,
    /// Schema of PostgreSQL to live in; the server's default when absent.
    pub schema: Option<String>,
}

impl fmt::Debug for DatabaseConfig {
    // The URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.url.split(':').next().unwrap_or_default();
        f.debug_struct("DatabaseConfig")
            .field("scheme", &scheme)
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

impl DatabaseConfig {
    /// The file of an SQLite database, without parameters; none for memory and PostgreSQL.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<&std::path::Path> {
        let rest = self.url.strip_prefix("sqlite:")?;
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let file = rest.split('?').next().unwrap_or(rest);
        (!file.is_empty() && file != ":memory:").then(|| std::path::Path::new(file))
    }

    pub(super) fn validate(&self, faults: &mut Faults) {
        let known = ["sqlite:", "postgres://", "postgresql://"];
        faults.check(
            known.iter().any(|scheme| self.url.starts_with(scheme)),
            "database.url",
            "begin with sqlite:// or postgres://",
        );
        faults.check(
            (1..=1_000).contains(&self.max_connections),
            "database.max_connections",
            "1 to 1000",
        );
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let named = self
            .schema
            .as_ref()
            .is_none_or(|name| !name.is_empty() && name.bytes().all(plain));
        faults.check(named, "database.schema", "letters, digits and underscores");
    }
}
