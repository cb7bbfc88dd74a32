//! What the configuration decides for use cases.
//!
//! Not for reading the configuration (`server::config`). Invariant: the defaults are safe.

use identity::PasswordProfile;

/// Settings of the use cases.
#[derive(Debug, Clone)]
pub struct Settings {
    /// A session that is not used for this long ends, in seconds.
    pub session_idle_seconds: i64,
    /// A session ends after this long whatever happens, in seconds.
    pub session_lifetime_seconds: i64,
    /// Rules for new passwords.
    pub password_profile: PasswordProfile,
    /// Whether accounts may be linked by access keys; for stand-ins of AWS only.
    pub allow_static_keys: bool,
    /// Longest life of an API token, in days.
    pub api_token_days_max: u32,
}

impl Default for Settings {
    /// ASVS 5.0, 7.3: 30 minutes idle, 12 hours in all; tokens for at most a year; no static keys.
    fn default() -> Self {
        Self {
            session_idle_seconds: 30 * 60,
            session_lifetime_seconds: 12 * 60 * 60,
            password_profile: PasswordProfile::Standard,
            allow_static_keys: false,
            api_token_days_max: 366,
        }
    }
}
