//! The words of all mails, and the two layouts (text and HTML) that they are set in.
//!
//! Not for sending. Invariant: names and addresses that people chose are escaped; links lead to our own address only.

use app::mails::{Message, Outgoing};
use domain::link::LINK_HOURS;
use domain::mail::SecurityChange;
use jiff::Timestamp;
use minijinja::value::Serde;
use minijinja::{Environment, context};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

/// A mail in words.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// What is set into the layouts.
#[derive(Debug, Serialize)]
struct Words {
    subject: String,
    paragraphs: Vec<String>,
    button: Option<Button>,
    closing: &'static str,
}

#[derive(Debug, Serialize)]
struct Button {
    label: &'static str,
    address: String,
}

/// Writes letters.
#[derive(Debug)]
pub(super) struct Letters {
    layouts: Environment<'static>,
    public_url: String,
}

impl Letters {
    pub(super) fn new(public_url: &str) -> anyhow::Result<Self> {
        let mut layouts = Environment::new();
        layouts.add_template("letter.txt", include_str!("letter.txt"))?;
        layouts.add_template("letter.html", include_str!("letter.html"))?;
        Ok(Self {
            layouts,
            public_url: public_url.trim_end_matches('/').to_owned(),
        })
    }

    pub(super) fn write(&self, outgoing: &Outgoing) -> anyhow::Result<Letter> {
        let words = self.words(&outgoing.message);
        let set = |layout: &str| {
            self.layouts.get_template(layout)?.render(context! {
                words => Serde(&words), name => outgoing.name.as_str(), home => self.public_url.as_str(),
            })
        };
        Ok(Letter {
            text: set("letter.txt")?,
            html: set("letter.html")?,
            subject: words.subject,
        })
    }

    fn words(&self, message: &Message) -> Words {
        match message {
            Message::PasswordReset { secret } => Words {
                subject: "Set a new password for Holdfast".to_owned(),
                paragraphs: vec![
                    "Somebody, hopefully you, asked for a new password for this address."
                        .to_owned(),
                    format!(
                        "The link works once, within {LINK_HOURS} hour. If you use a second factor, you still need it to sign in."
                    ),
                ],
                button: Some(self.button(
                    "Set a new password",
                    "/console/reset-password",
                    secret.expose_secret(),
                )),
                closing: "If it was not you, do nothing: your password stays as it is.",
            },
            Message::Confirmation {
                secret,
                organization,
            } => Words {
                subject: "Confirm your address for Holdfast".to_owned(),
                paragraphs: vec![
                    format!(
                        "Somebody, hopefully you, signed up for Holdfast with this address, for the organization {organization}."
                    ),
                    format!(
                        "The link works once, within {LINK_HOURS} hour. It asks for the password with which you signed up."
                    ),
                ],
                button: Some(self.button(
                    "Confirm the address",
                    "/console/confirm-sign-up",
                    secret.expose_secret(),
                )),
                closing: "If it was not you, do nothing: no account is made.",
            },
            Message::AlreadyRegistered => Words {
                subject: "You have a Holdfast account".to_owned(),
                paragraphs: vec![
                    "Somebody, hopefully you, tried to sign up for Holdfast with this address. It has an account already."
                        .to_owned(),
                    "Sign in with it. If you forgot the password, ask for a new one there.".to_owned(),
                ],
                button: None,
                closing: "If it was not you, do nothing: nothing has changed.",
            },
            Message::EmailChange { secret } => self.email_change(secret),
            Message::AddressTaken => address_taken(),
            Message::Invitation {
                organization,
                invited_by,
                secret,
                expires_at,
            } => self.invitation(organization, invited_by.as_deref(), secret, *expires_at),
            Message::SecurityChanged {
                change,
                at,
                address,
            } => security_changed(*change, *at, address.as_deref()),
        }
    }

    fn email_change(&self, secret: &SecretString) -> Words {
        Words {
            subject: "Confirm your new address for Holdfast".to_owned(),
            paragraphs: vec![
                "Somebody, hopefully you, wants to sign in to Holdfast with this address from now on."
                    .to_owned(),
                format!(
                    "The link works once, within {LINK_HOURS} hour, for whoever asked for it: sign in with the old address if you are asked to."
                ),
            ],
            button: Some(self.button(
                "Confirm the new address",
                "/console/confirm-email",
                secret.expose_secret(),
            )),
            closing: "If it was not you, do nothing: nothing changes.",
        }
    }

    fn invitation(
        &self,
        organization: &str,
        invited_by: Option<&str>,
        secret: &SecretString,
        expires_at: Timestamp,
    ) -> Words {
        let who = invited_by.unwrap_or("An administrator");
        let until = expires_at.strftime("%Y-%m-%d %H:%M UTC");
        Words {
            subject: format!("Join {organization} on Holdfast"),
            paragraphs: vec![
                format!("{who} asks you to join the organization {organization} on Holdfast."),
                format!("The link works once, until {until}."),
            ],
            button: Some(self.button(
                "Accept the invitation",
                "/console/accept-invitation",
                secret.expose_secret(),
            )),
            closing: "If you do not know who this is, do nothing: nobody can act in your name.",
        }
    }

    /// The page behind the link does nothing until its form is sent, so a scanner that follows links uses nothing up.
    fn button(&self, label: &'static str, path: &str, secret: &str) -> Button {
        let address = format!("{}{path}?token={secret}", self.public_url);
        Button { label, address }
    }
}

fn address_taken() -> Words {
    Words {
        subject: "You have a Holdfast account".to_owned(),
        paragraphs: vec![
            "Somebody, hopefully you, wants to sign in to Holdfast with this address in place of another one. It has an account of its own already."
                .to_owned(),
            "Sign in with it, or take another address for the other account.".to_owned(),
        ],
        button: None,
        closing: "If it was not you, do nothing: nothing has changed.",
    }
}

fn security_changed(change: SecurityChange, at: Timestamp, address: Option<&str>) -> Words {
    let (subject, sentence) = change_words(change);
    let from = address.map_or_else(String::new, |address| {
        format!(", from the address {address}")
    });
    let when = at.strftime("%Y-%m-%d %H:%M:%S UTC");
    Words {
        subject: subject.to_owned(),
        paragraphs: vec![sentence.to_owned(), format!("It was done at {when}{from}.")],
        button: None,
        closing: "If it was not you, set a new password at once and tell an administrator of your organization.",
    }
}

const fn change_words(change: SecurityChange) -> (&'static str, &'static str) {
    match change {
        SecurityChange::PasswordChanged => (
            "Your Holdfast password was changed",
            "The password of your account was changed. Your other sessions have ended; API tokens that you made go on working.",
        ),
        SecurityChange::PasswordReset => (
            "Your Holdfast password was set anew",
            "The password of your account was set anew by a link in a mail. All your sessions have ended; API tokens that you made go on working, so look through them.",
        ),
        SecurityChange::EmailChanged => (
            "The address of your Holdfast account was changed",
            "Your account belongs to another address now: it signs in with that one, and all mails go there.",
        ),
        SecurityChange::TotpAdded => (
            "An authenticator app was added",
            "An authenticator app was added to your account.",
        ),
        SecurityChange::TotpRemoved => (
            "Your authenticator app was removed",
            "The authenticator app was removed from your account.",
        ),
        SecurityChange::RecoveryCodesMade => (
            "New recovery codes were made",
            "New recovery codes were made for your account. The old ones no longer work.",
        ),
        SecurityChange::RecoveryCodeUsed => (
            "A recovery code was used",
            "A recovery code was used to sign in to your account. It no longer works.",
        ),
        SecurityChange::PasskeyAdded => (
            "A passkey was added",
            "A passkey was added to your account.",
        ),
        SecurityChange::PasskeyRemoved => (
            "A passkey was removed",
            "A passkey was removed from your account.",
        ),
        SecurityChange::SecondFactorsReset => (
            "Your second factors were removed",
            "An administrator of your organization removed all second factors of your account.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{MailId, SystemIds, TestClock};

    fn letter(message: Message, name: &str) -> Letter {
        let outgoing = Outgoing {
            id: MailId::fresh(&SystemIds::new(TestClock::default())),
            attempts: 1,
            recipient: "ann@corp.example".to_owned(),
            name: name.to_owned(),
            message,
        };
        let letters = Letters::new("https://holdfast.example.com/").unwrap();
        letters.write(&outgoing).unwrap()
    }

    #[test]
    fn a_link_is_in_both_parts_and_leads_to_us() {
        let secret = "A".repeat(43).into();
        let letter = letter(Message::PasswordReset { secret }, "Ann");
        let link = format!(
            "https://holdfast.example.com/console/reset-password?token={}",
            "A".repeat(43)
        );
        assert!(letter.text.contains(&link), "{}", letter.text);
        let in_html = letter.html.replace("&#x2f;", "/");
        assert!(
            in_html.contains(&format!("href=\"{link}\"")),
            "{}",
            letter.html
        );
        assert!(letter.text.starts_with("Hello Ann,"));
    }

    #[test]
    fn names_are_escaped() {
        let change = SecurityChange::PasswordChanged;
        let at = "2026-01-02T03:04:05Z".parse().unwrap();
        let address = Some("<b>".to_owned());
        let message = Message::SecurityChanged {
            change,
            at,
            address,
        };
        let letter = letter(message, "<script>alert(1)</script>");
        assert!(!letter.html.contains("<script>"), "{}", letter.html);
        assert!(!letter.html.contains("<b>"), "{}", letter.html);
        assert!(
            letter.text.contains("2026-01-02 03:04:05 UTC"),
            "{}",
            letter.text
        );
    }

    #[test]
    fn an_invitation_names_organization_and_inviter_and_leads_to_us() {
        let message = Message::Invitation {
            organization: "Acme".to_owned(),
            invited_by: Some("Ann".to_owned()),
            secret: "B".repeat(43).into(),
            expires_at: "2026-01-09T03:04:05Z".parse().unwrap(),
        };
        let letter = letter(message, "");
        let link = format!(
            "https://holdfast.example.com/console/accept-invitation?token={}",
            "B".repeat(43)
        );
        assert!(letter.text.contains(&link), "{}", letter.text);
        assert!(letter.text.contains("until 2026-01-09 03:04 UTC"));
        assert!(
            letter
                .text
                .contains("Ann asks you to join the organization Acme")
        );
        assert_eq!(letter.subject, "Join Acme on Holdfast");
        assert!(letter.text.starts_with("Hello,"));
    }

    #[test]
    fn every_change_has_words_of_its_own() {
        let mut subjects: Vec<&str> = SecurityChange::ALL
            .iter()
            .map(|change| change_words(*change).0)
            .collect();
        subjects.sort_unstable();
        subjects.dedup();
        assert_eq!(subjects.len(), SecurityChange::ALL.len());
    }
}
