//! Why a socket is closed, as the codes of `graphql-transport-ws`. Invariant: a reason fits a control frame (123 bytes),
//! or clients would see 1006 instead of the code.

use actix_ws::{CloseCode, CloseReason};

/// The reasons we have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Close {
    /// Not JSON, not a message of the protocol, or binary.
    BadMessage,
    /// `subscribe` before `connection_ack`.
    Unauthorized,
    /// Nobody is signed in, or no longer.
    Forbidden,
    /// `connection_init` did not come in time.
    InitTimeout,
    /// The id is in use.
    DuplicateId,
    /// A second `connection_init`.
    SecondInit,
    /// More messages than anybody needs.
    TooManyMessages,
    /// A frame or message over the limit.
    TooLarge,
    /// Broken frames.
    Protocol,
    /// No sign of life, or we shut down.
    Away,
    /// The session store does not answer.
    TryAgain,
}

impl Close {
    /// For the close frame.
    pub(super) fn reason(self) -> CloseReason {
        let (code, text) = match self {
            Self::BadMessage => (CloseCode::Other(4400), "Invalid message"),
            Self::Unauthorized => (CloseCode::Other(4401), "Unauthorized"),
            Self::Forbidden => (CloseCode::Other(4403), "Forbidden"),
            Self::InitTimeout => (CloseCode::Other(4408), "Connection initialisation timeout"),
            Self::DuplicateId => (CloseCode::Other(4409), "Subscriber already exists"),
            Self::SecondInit => (CloseCode::Other(4429), "Too many initialisation requests"),
            Self::TooManyMessages => (CloseCode::Other(4429), "Too many messages"),
            Self::TooLarge => (CloseCode::Size, "Message too large"),
            Self::Protocol => (CloseCode::Protocol, "Invalid frame"),
            Self::Away => (CloseCode::Away, "Going away"),
            Self::TryAgain => (CloseCode::Again, "Try again later"),
        };
        CloseReason {
            code,
            description: Some(text.to_owned()),
        }
    }
}
