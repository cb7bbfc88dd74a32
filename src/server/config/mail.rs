//! Section `[mail]`.

use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::Faults;

/// How mails leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailTransport {
    /// Into a folder, one file a mail: for trying out.
    File,
    /// To a mail server.
    Smtp,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// Plain at first, then TLS, which the server must offer.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// Not at all; only to a server on this machine.
    None,
}

/// Mails to people.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// How mails leave.
    pub transport: MailTransport,
    /// The sender, such as "Holdfast <backup@example.com>".
    pub from: String,
    /// Folder of the transport "file".
    pub folder: PathBuf,
    /// Name of the mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// Name with which we sign in there.
    pub user: Option<String>,
    /// Password with which we sign in there.
    #[schemars(with = "Option<String>")]
    pub password: Option<SecretString>,
}

impl MailConfig {
    pub(super) fn validate(&self, faults: &mut Faults) {
        let from = self.from.parse::<lettre::message::Mailbox>();
        let wanted = "give an address, such as \"Holdfast <backup@example.com>\"";
        faults.check(from.is_ok(), "mail.from", wanted);
        let both = self.user.is_some() == self.password.is_some();
        faults.check(both, "mail.password", "set user and password, or neither");
        let is_smtp = self.transport == MailTransport::Smtp;
        faults.check(
            !is_smtp || !self.host.is_empty(),
            "mail.host",
            "name the mail server",
        );
        let is_near = matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1");
        faults.check(
            !is_smtp || self.security != MailSecurity::None || is_near,
            "mail.security",
            "\"none\" is for a mail server on this machine only",
        );
    }
}
