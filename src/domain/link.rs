//! One-time links in mails.
//!
//! Not for their secrets (`identity`). Invariant: a link has one purpose and works once, within its time.

/// Hours that a link in a mail works (reliability.md I4).
pub const LINK_HOURS: i64 = 1;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Proves the address of a sign-up and makes the account.
    ConfirmEmail,
    /// Sets a new password.
    ResetPassword,
    /// Proves that an address is a person's who wants to sign in with it from now on.
    ChangeEmail,
    /// Accepts an invitation; kept with the invitation and not among the links.
    AcceptInvitation,
    /// Asks for the second factor of a sign-in; kept with the challenge and not among the links, and in no mail.
    SecondFactor,
    /// Names a question to an authenticator; kept with the question and not among the links, and in no mail.
    Passkey,
}

impl LinkPurpose {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::ConfirmEmail,
        Self::ResetPassword,
        Self::ChangeEmail,
        Self::AcceptInvitation,
        Self::SecondFactor,
        Self::Passkey,
    ];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConfirmEmail => "confirm_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
            Self::AcceptInvitation => "accept_invitation",
            Self::SecondFactor => "second_factor",
            Self::Passkey => "passkey",
        }
    }
}
