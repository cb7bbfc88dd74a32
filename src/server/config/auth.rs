//! Section `[auth]`.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use identity::LeakedPasswords;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Faults;

/// Sessions and tokens.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    /// A session ends after this long without use, in minutes.
    pub session_idle_minutes: u32,
    /// A session ends after this long whatever happens, in hours.
    pub session_hours: u32,
    /// Longest life of an API token, in days.
    pub token_days_max: u32,
    /// Failed sign-ins of one address in 15 minutes.
    pub sign_in_attempts_max: u32,
    /// Whether identity providers on this machine may be used, by http too; for tests and demos.
    pub local_providers_allowed: bool,
    /// Address and port of the DNS server that is asked for proofs of domains; the machine's own when empty.
    pub dns_server: String,
    /// A file of hashes of leaked passwords, which nobody may choose; none when empty.
    pub leaked_passwords_file: String,
}

impl AuthConfig {
    /// The DNS server to ask; none for the machine's own.
    #[must_use]
    pub fn dns_server(&self) -> Option<SocketAddr> {
        self.dns_server.parse().ok()
    }

    /// The list of leaked passwords, opened.
    pub(crate) fn leaked_passwords(&self) -> anyhow::Result<Option<Arc<LeakedPasswords>>> {
        if self.leaked_passwords_file.is_empty() {
            return Ok(None);
        }
        let list =
            LeakedPasswords::open(Path::new(&self.leaked_passwords_file)).with_context(|| {
                format!("auth.leaked_passwords_file {}", self.leaked_passwords_file)
            })?;
        Ok(Some(Arc::new(list)))
    }

    pub(super) fn validate(&self, faults: &mut Faults) {
        let idle = (1..=1_440).contains(&self.session_idle_minutes);
        faults.check(idle, "auth.session_idle_minutes", "1 to 1440 minutes");
        let hours = (1..=720).contains(&self.session_hours);
        faults.check(hours, "auth.session_hours", "1 to 720 hours");
        let days = (1..=3_650).contains(&self.token_days_max);
        faults.check(days, "auth.token_days_max", "1 to 3650 days");
        let attempts = (1..=1_000).contains(&self.sign_in_attempts_max);
        faults.check(attempts, "auth.sign_in_attempts_max", "1 to 1000");
        faults.check(
            self.dns_server.is_empty() || self.dns_server().is_some(),
            "auth.dns_server",
            "give an IP address and a port, such as 192.0.2.53:53, or nothing",
        );
    }
}
