//! The configuration: defaults (`schema/config.default.toml`), a file, the environment.
//!
//! Not for the command line (`cli.rs`). Invariant: this is the only place that reads environment variables, and a value
//! that passed [`Config::load`] has passed every check of its section.

use std::path::Path;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use figment::value::Value;
use schemars::JsonSchema;
use serde::Deserialize;

mod auth;
mod aws;
mod database;
mod http;
mod limits;
mod mail;
mod sign_up;
mod tasks;
mod telemetry;
mod vault;
mod verification;

pub use auth::AuthConfig;
pub use aws::AwsConfig;
pub use database::DatabaseConfig;
pub use http::HttpConfig;
pub use limits::LimitsConfig;
pub use mail::{MailConfig, MailSecurity, MailTransport};
pub use sign_up::SignUpConfig;
pub use tasks::TasksConfig;
pub use telemetry::{LogFormat, TelemetryConfig};
pub use vault::{KeysConfig, RestoreConfig, VaultConfig, VaultKind};
pub use verification::VerificationConfig;

/// The manual and the defaults.
pub const DEFAULTS: &str = include_str!("../../schema/config.default.toml");

/// Prefix of the environment variables; `__` separates section and key.
const ENVIRONMENT_PREFIX: &str = "HOLDFAST__";

/// The whole configuration; `schema/config.default.toml` says what each key is for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The HTTP server.
    pub http: HttpConfig,
    /// What one caller may ask of one replica.
    pub limits: LimitsConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// Where recovery points are kept.
    pub vault: VaultConfig,
    /// The root key.
    pub keys: KeysConfig,
    /// Sessions and tokens.
    pub auth: AuthConfig,
    /// Mails to people.
    pub mail: MailConfig,
    /// Whether strangers may sign up.
    pub sign_up: SignUpConfig,
    /// Background work.
    pub tasks: TasksConfig,
    /// Access to AWS.
    pub aws: AwsConfig,
    /// Logs.
    pub telemetry: TelemetryConfig,
    /// Restores to image files.
    pub restore: RestoreConfig,
    /// Proving recovery points.
    pub verification: VerificationConfig,
}

/// Why the configuration cannot be used; each fault names its key.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file given does not exist.
    #[error("there is no configuration file {0}")]
    NoFile(String),
    /// Something in it cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// Values that break a rule.
    #[error("{}", .0.join("\n"))]
    Invalid(Vec<String>),
}

impl Config {
    /// Defaults, then `file` if given, then the environment; checked.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let environment = Env::prefixed(ENVIRONMENT_PREFIX).split("__");
        let pairs = environment
            .iter()
            .map(|(key, value)| (key.to_string(), value));
        Self::from_sources(file, pairs)
    }

    fn from_sources(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let defaults = Figment::from(Toml::string(DEFAULTS));
        let mut figment = defaults.clone();
        if let Some(file) = file {
            if !file.is_file() {
                return Err(ConfigError::NoFile(file.display().to_string()));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        for (key, text) in environment {
            figment = figment.merge(Serialized::default(&key, typed(&defaults, &key, text)));
        }
        let config: Self = figment.extract().map_err(|error| unreadable(&error))?;
        config.validate()?;
        Ok(config)
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let mut faults = Faults::default();
        self.http.validate(&mut faults);
        self.limits.validate(&mut faults);
        self.database.validate(&mut faults);
        self.vault.validate(&mut faults);
        self.keys.validate(&mut faults);
        self.auth.validate(&mut faults);
        self.mail.validate(&mut faults);
        self.sign_up.validate(&mut faults);
        self.tasks.validate(&mut faults);
        self.aws.validate(&mut faults);
        self.telemetry.validate(&mut faults);
        self.restore.validate(&mut faults);
        self.verification.validate(&mut faults);
        if faults.0.is_empty() {
            Ok(())
        } else {
            Err(ConfigError::Invalid(faults.0))
        }
    }

    /// The JSON schema of a configuration file, for editors: `schema/config.schema.json`.
    pub fn json_schema() -> serde_json::Result<String> {
        let mut schema = serde_json::to_value(schemars::schema_for!(Self))?;
        // A file names only what it changes, so nothing in it is required.
        drop_required(&mut schema);
        // Whether maps keep their order is for the features of other crates to say; the file shall not differ by it.
        schema.sort_all_objects();
        serde_json::to_string_pretty(&schema).map(|text| text + "\n")
    }
}

/// Reads an environment variable as the type that the default has. Without this an access key id such as `012345678901`
/// would become a number and lose its zero.
fn typed(defaults: &Figment, key: &str, text: String) -> Value {
    match defaults.find_value(key) {
        Ok(Value::Num(..) | Value::Bool(..) | Value::Array(..)) => {
            text.parse().unwrap_or_else(|_never| Value::from(text))
        }
        Ok(Value::String(..) | Value::Char(..) | Value::Empty(..) | Value::Dict(..)) | Err(_) => {
            Value::from(text)
        }
    }
}

fn unreadable(errors: &figment::Error) -> ConfigError {
    let one = |error: figment::Error| {
        let key = error.path.join(".");
        let source = error
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.source.as_ref());
        let place = source.and_then(|source| source.file_path());
        let place = place.map_or_else(String::new, |path| format!(" in {}", path.display()));
        if key.is_empty() {
            format!("configuration{place}: {}", error.kind)
        } else {
            format!("{key}{place}: {}", error.kind)
        }
    };
    let texts: Vec<String> = errors.clone().into_iter().map(one).collect();
    ConfigError::Unreadable(texts.join("\n"))
}

fn drop_required(schema: &mut serde_json::Value) {
    match schema {
        serde_json::Value::Object(members) => {
            members.remove("required");
            members.values_mut().for_each(drop_required);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(drop_required),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => {}
    }
}

/// Faults found by the checks, as `key: what is wrong`.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<String>);

impl Faults {
    /// Notes a fault of `key` unless `sound`.
    pub(crate) fn check(&mut self, sound: bool, key: &str, text: impl Into<String>) {
        if !sound {
            self.0.push(format!("{key}: {}", text.into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn with(environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let pairs = environment
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::from_sources(None, pairs)
    }

    #[test]
    fn the_defaults_are_sound() {
        let config = with(&[]).unwrap();
        assert_eq!(config.http.listen, "127.0.0.1:8080");
        assert_eq!(config.vault.kind, VaultKind::Folder);
        assert!(!config.aws.static_keys_allowed);
    }

    #[test]
    fn a_file_wins_over_the_defaults_and_the_environment_over_the_file() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "[tasks]\nworkers = 9\nper_region_max = 7").unwrap();
        let pairs = [("tasks.workers".to_owned(), "11".to_owned())].into_iter();
        let config = Config::from_sources(Some(file.path()), pairs).unwrap();
        assert_eq!((config.tasks.workers, config.tasks.per_region_max), (11, 7));
    }

    #[test]
    fn digits_stay_text_where_text_is_wanted() {
        let config = with(&[
            ("aws.access_key_id", "012345678901"),
            ("aws.secret_access_key", "unchecked"),
            ("http.graphiql", "false"),
        ]);
        let config = config.unwrap();
        assert_eq!(config.aws.access_key_id.as_deref(), Some("012345678901"));
        assert!(!config.http.graphiql);
    }

    #[test]
    fn faults_name_their_keys() {
        for (key, value) in [
            ("http.listen", "nowhere"),
            ("http.public_url", "ftp://x"),
            ("http.trusted_origins", "[\"https://a/b\"]"),
            ("database.url", "mysql://x"),
            ("database.max_connections", "0"),
            ("vault.kind", "s3"),
            ("keys.cache_seconds", "301"),
            ("auth.session_hours", "0"),
            ("mail.from", "nobody"),
            ("mail.user", "alone"),
            ("mail.transport", "pigeon"),
            ("sign_up.terms_version", "2026-11"),
            ("tasks.workers", "0"),
            ("aws.endpoint_url", "x"),
            ("aws.secret_access_key", "alone"),
            ("telemetry.log_filter", "a=b=c"),
            ("telemetry.log_format", "xml"),
            ("http.workers", "many"),
            ("http.nonsense", "1"),
            ("nonsense.key", "1"),
        ] {
            let error = with(&[(key, value)]).unwrap_err().to_string();
            let named = key.split('.').next_back().unwrap();
            let section = key.split('.').next().unwrap();
            let expected = if value == "s3" { "vault.bucket" } else { named };
            assert!(
                error.contains(expected) || error.contains(section),
                "{key}: {error}"
            );
        }
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let config = with(&[
            ("aws.access_key_id", "AKIA"),
            ("aws.secret_access_key", "hush-hush"),
        ]);
        assert!(!format!("{:?}", config.unwrap()).contains("hush-hush"));
    }

    #[test]
    fn the_schema_requires_nothing_and_knows_every_key() {
        let schema = Config::json_schema().unwrap();
        assert!(!schema.contains("\"required\""));
        let defaults: toml::Table = DEFAULTS.parse().unwrap();
        for (_, section) in &defaults {
            for key in section.as_table().unwrap().keys() {
                assert!(schema.contains(&format!("\"{key}\"")), "{key}");
            }
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Config::from_sources(Some(Path::new("/no/such.toml")), std::iter::empty());
        assert!(error.unwrap_err().to_string().contains("/no/such.toml"));
    }
}
