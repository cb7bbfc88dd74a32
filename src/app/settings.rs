//! What the configuration decides for use cases.
//!
//! Not for reading the configuration (`server::config`). Invariant: the defaults are safe.

use std::sync::Arc;

use domain::limits::EXPIRY_UNDO_DAYS;
use identity::{LeakedPasswords, PasswordProfile};

/// Settings of the use cases.
#[derive(Debug, Clone)]
pub struct Settings {
    /// A session that is not used for this long ends, in seconds.
    pub session_idle_seconds: i64,
    /// A session ends after this long whatever happens, in seconds.
    pub session_lifetime_seconds: i64,
    /// Rules for new passwords.
    pub password_profile: PasswordProfile,
    /// Passwords that have leaked somewhere; none where the operator has no list of them.
    pub leaked_passwords: Option<Arc<LeakedPasswords>>,
    /// Whether accounts may be linked by access keys; for stand-ins of AWS only.
    pub allow_static_keys: bool,
    /// Longest life of an API token, in days.
    pub api_token_days_max: u32,
    /// Failed sign-ins of one address in a quarter of an hour.
    pub sign_in_attempts_max: u32,
    /// How long a recovery point whose time is over can be taken back, in days.
    pub expiry_undo_days: u32,
    /// Whether strangers may sign up, and on which terms.
    pub sign_up: SignUpSettings,
}

/// Whether strangers may make an organization of their own, and on which terms.
#[derive(Debug, Clone, Default)]
pub struct SignUpSettings {
    /// Whether they may.
    pub is_open: bool,
    /// The version of the terms that they must accept; empty when there are none.
    pub terms_version: String,
    /// The terms; empty when there are none.
    pub terms_text: String,
}

impl Default for Settings {
    /// ASVS 5.0, 7.3: 30 minutes idle, 12 hours in all; tokens for at most a year; no static keys.
    fn default() -> Self {
        Self {
            session_idle_seconds: 30 * 60,
            session_lifetime_seconds: 12 * 60 * 60,
            password_profile: PasswordProfile::Standard,
            leaked_passwords: None,
            allow_static_keys: false,
            api_token_days_max: 366,
            sign_in_attempts_max: 100,
            expiry_undo_days: EXPIRY_UNDO_DAYS,
            sign_up: SignUpSettings::default(),
        }
    }
}
