//! Mails to people.
//!
//! Not for their words and how they are sent (`server`). Invariant: no secret lies in what is stored of a mail; whatever secret
//! a mail carries is made when it is sent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{InvitationId, MailId, OrganizationId, SignUpId, UserId};

/// What a mail is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailContent {
    /// Somebody asked for a new password. Whether the recipient is known is looked up when the mail is sent, so that asking
    /// costs the same for everybody.
    PasswordResetRequested,
    /// Somebody signed up with this address. Whether it is known already is looked up when the mail is sent.
    SignedUp {
        /// The sign-up.
        sign_up_id: SignUpId,
    },
    /// Somebody asked for another link for the newest sign-up of this address, if there is one.
    ConfirmationRequested,
    /// A person wants to sign in with this address from now on. Whether it is somebody's already is looked up when the mail is
    /// sent.
    EmailChangeRequested {
        /// The person.
        user_id: UserId,
    },
    /// An organization asks the recipient to join.
    Invited {
        /// The organization.
        organization_id: OrganizationId,
        /// The invitation; its secret is made when the mail is sent, and nothing is sent once it is no longer open.
        invitation_id: InvitationId,
    },
    /// Something about the security of the account has changed.
    SecurityChanged {
        /// What.
        change: SecurityChange,
        /// When.
        at: Timestamp,
        /// The address from which it was done, as far as it is known.
        address: Option<String>,
    },
}

/// What has changed about the security of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityChange {
    /// The person changed the password.
    PasswordChanged,
    /// A link in a mail set a new password.
    PasswordReset,
    /// The account belongs to another address now; told to the one until then.
    EmailChanged,
    /// An authenticator app was added.
    TotpAdded,
    /// The authenticator app was removed.
    TotpRemoved,
    /// New recovery codes were made; the old ones are void.
    RecoveryCodesMade,
    /// A recovery code was used to sign in.
    RecoveryCodeUsed,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// An administrator removed all second factors.
    SecondFactorsReset,
}

impl SecurityChange {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::EmailChanged,
        Self::TotpAdded,
        Self::TotpRemoved,
        Self::RecoveryCodesMade,
        Self::RecoveryCodeUsed,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::SecondFactorsReset,
    ];
}

/// A mail that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedMail {
    /// Its id.
    pub id: MailId,
    /// The address.
    pub recipient: String,
    /// What it is about.
    pub content: MailContent,
    /// When it was queued.
    pub created_at: Timestamp,
    /// How often it was tried, this time included.
    pub attempts: u32,
}
