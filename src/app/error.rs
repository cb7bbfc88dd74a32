//! Why a use case did not do what it was asked.
//!
//! Not for words about the machine: [`Error::Internal`] is logged, never shown. Invariant: a thing that is missing and a thing
//! of another organization give the same [`Problem`].

use domain::permission::Permission;
use domain::{Problem, ProblemCode};

/// The outcome of a use case that was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input or the state of things does not allow it; the caller can mend each of these.
    #[error("the request has {} problems", .0.len())]
    Problems(Vec<Problem>),
    /// The caller's role lacks this right.
    #[error("the role does not allow this")]
    Forbidden(Permission),
    /// Nobody is signed in, or the session has ended.
    #[error("nobody is signed in")]
    Unauthenticated,
    /// The organization does not allow members to come from this address.
    #[error("the address is not on the organization's allowlist")]
    AddressNotAllowed,
    /// The request narrows itself to a unit that does not exist or in which the caller sees nothing.
    #[error("there is no such organizational unit")]
    UnknownUnit,
    /// The action is dangerous and the person has not proven who they are lately.
    #[error("a recent proof of the person is needed")]
    ProofNeeded,
    /// The action concerns the account in every organization, and all that vouches for the person is the identity provider of one.
    #[error("a proof by the person's own password or second factor is needed")]
    OwnProofNeeded,
    /// Too many wrong passwords for one account.
    #[error("too many attempts; try again in {retry_after_seconds} s")]
    TooManyAttempts {
        /// How long to wait, in seconds.
        retry_after_seconds: u64,
    },
    /// A failure of the machine; its text is for the log only.
    #[error("internal error: {0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// A thing that is missing or not the caller's to see.
    pub(crate) fn not_found(field: &str, what: &str) -> Self {
        Problem::not_found(field, what).into()
    }

    /// A state of things that does not allow this now.
    pub(crate) fn precondition(field: &str, message: impl Into<String>) -> Self {
        Problem::new(ProblemCode::PreconditionFailed, field, message).into()
    }

    /// Someone changed the thing since the caller read it.
    pub(crate) fn stale(field: &str, version: i32) -> Self {
        let message = format!("This has changed since it was read; its version is now {version}.");
        Problem::new(ProblemCode::Conflict, field, message).into()
    }

    /// The problems, when that is what went wrong.
    #[must_use]
    pub fn problems(&self) -> Option<&[Problem]> {
        match self {
            Self::Problems(problems) => Some(problems),
            Self::Forbidden(_)
            | Self::Unauthenticated
            | Self::AddressNotAllowed
            | Self::UnknownUnit
            | Self::ProofNeeded
            | Self::OwnProofNeeded
            | Self::TooManyAttempts { .. }
            | Self::Internal(_) => None,
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problems(vec![problem])
    }
}

impl From<Vec<Problem>> for Error {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Problems(problems)
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Cursor => {
                Problem::invalid("after", "This is no cursor of this list in this order.").into()
            }
            error @ (store::Error::Database(_)
            | store::Error::Inconsistent { .. }
            | store::Error::Affected { .. }
            | store::Error::Constraint(_)) => Self::Internal(Box::new(error)),
        }
    }
}

impl From<identity::TotpError> for Error {
    fn from(error: identity::TotpError) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl From<identity::PasskeyError> for Error {
    fn from(error: identity::PasskeyError) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl From<identity::PasswordError> for Error {
    fn from(error: identity::PasswordError) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl From<crate::ports::PortError> for Error {
    fn from(error: crate::ports::PortError) -> Self {
        Self::Internal(Box::new(error))
    }
}
