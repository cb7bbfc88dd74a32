//! Sends the mails that wait in the outbox.
//!
//! Not for when there is a mail (`app`). Invariant: a mail leaves the outbox only after the mail server took it, and nobody who
//! caused one waits for that.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
};
use secrecy::ExposeSecret as _;
use tokio_util::sync::CancellationToken;

use self::letter::Letters;
use crate::config::{MailConfig, MailSecurity, MailTransport};

mod letter;

/// How often the outbox is looked at when nothing wakes us.
const POLL: Duration = Duration::from_secs(5);
/// Longest conversation with the mail server; shorter than the time for which an attempt owns its mail.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Writes mails and hands them over.
pub(crate) struct Mailer {
    from: Mailbox,
    letters: Letters,
    transport: Transport,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").finish_non_exhaustive()
    }
}

enum Transport {
    File(AsyncFileTransport<Tokio1Executor>),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
}

impl Mailer {
    /// A mailer whose links lead to `public_url`.
    pub(crate) fn new(config: &MailConfig, public_url: &str) -> anyhow::Result<Self> {
        let transport = match config.transport {
            MailTransport::File => {
                std::fs::create_dir_all(&config.folder)
                    .with_context(|| format!("mail.folder: {}", config.folder.display()))?;
                Transport::File(AsyncFileTransport::new(&config.folder))
            }
            MailTransport::Smtp => Transport::Smtp(smtp(config)?),
        };
        Ok(Self {
            from: config.from.parse().context("mail.from")?,
            letters: Letters::new(public_url)?,
            transport,
        })
    }

    /// Sends what waits, until `stop`.
    pub(crate) async fn run(self, services: Arc<app::Services>, stop: CancellationToken) {
        let mut changed = services.store.changed();
        while !stop.is_cancelled() {
            if let Err(error) = self.send_all(&services, &stop).await {
                tracing::warn!(%error, "the outbox of mails cannot be read");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                _ = changed.changed() => {}
                () = tokio::time::sleep(POLL) => {}
            }
            changed.mark_unchanged();
        }
    }

    async fn send_all(
        &self,
        services: &Arc<app::Services>,
        stop: &CancellationToken,
    ) -> Result<(), app::Error> {
        while !stop.is_cancelled() {
            let Some(outgoing) = app::mails::next(services).await? else {
                break;
            };
            match self.send(&outgoing).await {
                Ok(()) => app::mails::sent(services, outgoing.id).await?,
                Err(error) => {
                    let id = outgoing.id;
                    let given_up = app::mails::failed(services, id, outgoing.attempts).await?;
                    tracing::warn!(mail = %id, given_up, error = format!("{error:#}"), "a mail could not be sent");
                }
            }
        }
        Ok(())
    }

    async fn send(&self, outgoing: &app::mails::Outgoing) -> anyhow::Result<()> {
        let letter = self.letters.write(outgoing)?;
        let name = (!outgoing.name.is_empty()).then(|| outgoing.name.clone());
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, outgoing.recipient.parse()?))
            .subject(letter.subject)
            // Mails of machines: holiday notices must not answer them (RFC 3834).
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))?;
        match &self.transport {
            Transport::File(folder) => folder.send(message).await.map(drop)?,
            Transport::Smtp(server) => server.send(message).await.map(drop)?,
        }
        Ok(())
    }
}

fn smtp(config: &MailConfig) -> anyhow::Result<AsyncSmtpTransport<Tokio1Executor>> {
    let builder = match config.security {
        MailSecurity::Starttls => {
            AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&config.host)?
        }
        MailSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&config.host)?,
        MailSecurity::None => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host),
    };
    let builder = builder.port(config.port).timeout(Some(TIMEOUT));
    let builder = match (&config.user, &config.password) {
        (Some(user), Some(password)) => {
            let password = password.expose_secret().to_owned();
            builder.credentials(Credentials::new(user.clone(), password))
        }
        (None, _) | (_, None) => builder,
    };
    Ok(builder.build())
}

/// `Auto-Submitted: auto-generated`.
#[derive(Debug, Clone, Copy)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        let value = "auto-generated".to_owned();
        lettre::message::header::HeaderValue::new(Self::name(), value)
    }
}
