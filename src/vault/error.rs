//! What can go wrong in a vault, told apart by what the caller must do about it.
//!
//! Not for the stores' and the wrappers' own errors, which lie beside their traits. Invariant: a failure of
//! the source is never reported as one of the vault, nor the other way round.

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use rustic_core::RusticError;

use crate::backend::{BackendError, FenceError, StoreError};
use crate::key::KeyError;
use crate::snapshot::SnapshotId;

/// Why the thing to be backed up could not be read.
#[derive(Clone, Debug)]
pub struct SourceError {
    retryable: bool,
    cause: Arc<dyn Error + Send + Sync>,
}

impl SourceError {
    /// From the source's own error; `retryable` when the same read may succeed later without anybody's help.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>, retryable: bool) -> Self {
        Self {
            retryable,
            cause: Arc::from(cause.into()),
        }
    }

    /// Whether the same read may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }

    /// The source's own error again, for callers that know its type.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.cause.downcast_ref()
    }
}

impl Display for SourceError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.cause, f)
    }
}

impl Error for SourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.source()
    }
}

/// Why a restore's target could not be written.
#[derive(Clone, Debug, thiserror::Error)]
#[error("restore target: {0}")]
pub struct SinkError(pub Arc<dyn Error + Send + Sync>);

impl SinkError {
    /// From the target's own error.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::from(cause.into()))
    }
}

/// Why a call on a repository failed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The source could not be read. The vault is as it was (objects without a snapshot may remain).
    #[error("source: {0}")]
    Source(#[from] SourceError),
    /// The store did not do as asked.
    #[error("vault store: {0}")]
    Store(StoreError),
    /// The key does not fit or is not at hand.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The caller's lease is gone.
    #[error(transparent)]
    Fenced(#[from] FenceError),
    /// No such snapshot.
    #[error("snapshot {0} is not in the vault")]
    SnapshotNotFound(SnapshotId),
    /// What the vault gave back is not what was stored: missing, changed, or swapped. Never returned as data.
    #[error("damaged: {0}")]
    Damaged(String),
    /// The snapshot would not have held all that it should: it was not committed.
    #[error("incomplete backup: {0}")]
    Incomplete(String),
    /// A repository, a sidecar or an image of a kind or version that this program does not know.
    #[error("unsupported: {0}")]
    Unsupported(String),
    /// The caller gave something that cannot be stored.
    #[error("invalid: {0}")]
    Invalid(String),
    /// A safety rule forbids it now; nothing was deleted.
    #[error("refused: {0}")]
    Refused(String),
    /// The restore's target failed.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// A fault of this program or its library.
    #[error("internal: {0}")]
    Internal(String),
}

impl VaultError {
    /// Whether the same call may succeed a little later without anybody's help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Source(e) => e.is_retryable(),
            Self::Store(e) => e.is_retryable(),
            Self::Key(e) => e.is_retryable(),
            Self::Fenced(_)
            | Self::SnapshotNotFound(_)
            | Self::Damaged(_)
            | Self::Incomplete(_)
            | Self::Unsupported(_)
            | Self::Invalid(_)
            | Self::Refused(_)
            | Self::Sink(_)
            | Self::Cancelled
            | Self::Internal(_) => false,
        }
    }

    /// The same error, or another in place of [`VaultError::Damaged`].
    pub(crate) fn map_damaged(self, other: impl FnOnce(String) -> Self) -> Self {
        if let Self::Damaged(what) = self {
            other(what)
        } else {
            self
        }
    }

    /// Whether the store has no room left.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Store(StoreError::Full(_)))
    }
}

impl From<StoreError> for VaultError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt(what) => Self::Damaged(what),
            StoreError::NotFound(key) => Self::Damaged(format!("object {key} is missing")),
            StoreError::AlreadyExists(_)
            | StoreError::Full(_)
            | StoreError::Denied(_)
            | StoreError::Locked(_)
            | StoreError::Throttled(_)
            | StoreError::InvalidKey(_)
            | StoreError::Io(_) => Self::Store(error),
        }
    }
}

impl From<BackendError> for VaultError {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Store(e) => e.into(),
            BackendError::Fence(e) => Self::Fenced(e),
            BackendError::Incomplete(what) => Self::Incomplete(what),
        }
    }
}

/// An error of the library while it read: unless our own backend caused it, what it read was not right.
#[expect(clippy::needless_pass_by_value, reason = "what `map_err` gives")]
pub(crate) fn reading(error: Box<RusticError>) -> VaultError {
    from_library(&error, VaultError::Damaged)
}

/// An error of the library while it wrote or planned: unless our own backend caused it, a fault.
#[expect(clippy::needless_pass_by_value, reason = "what `map_err` gives")]
pub(crate) fn writing(error: Box<RusticError>) -> VaultError {
    from_library(&error, VaultError::Internal)
}

fn from_library(error: &RusticError, otherwise: fn(String) -> VaultError) -> VaultError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(link) = cause {
        if let Some(known) = link.downcast_ref::<BackendError>() {
            return known.clone().into();
        }
        // The library boxes its errors, and a box in a chain is a link of its own.
        cause = match link.downcast_ref::<Box<RusticError>>() {
            Some(boxed) => Some(&**boxed),
            None => link.source(),
        };
    }
    otherwise(error.display_log())
}
