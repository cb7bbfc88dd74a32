//! How a step says that it did not succeed, and what shall follow.
//!
//! Not for failures of the engine itself. Invariant: every failure has a machine-readable code and a sentence for a person.

use std::fmt;

use domain::task::TaskFailure;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Code of a task whose undo failed: something of ours may be left behind, a person must look.
pub const STUCK: &str = "STUCK";
/// Code of a task whose workers died or lost their lease again and again.
pub const WORKER_LOST: &str = "WORKER_LOST";
/// Code of a failure of Holdfast's own database.
pub const DATABASE: &str = "DATABASE";
/// Code of stored data that does not fit together.
pub const INCONSISTENT: &str = "INCONSISTENT";
/// Code of a step that panicked.
pub const PANIC: &str = "PANIC";
/// Code of a task whose lease went to another worker.
pub const LEASE_LOST: &str = "LEASE_LOST";
/// Code of a step that stopped because it was told to.
pub const ABORTED: &str = "ABORTED";

/// Class of a failure that trying again may mend; each has its own budget and delays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryClass {
    /// The network, a busy service, a database that was away.
    Transient,
    /// The other side asked to slow down.
    Throttled,
    /// The worker died or lost its lease.
    WorkerLost,
}

impl RetryClass {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Transient, Self::Throttled, Self::WorkerLost];
}

/// What shall follow a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Try again, within the budget of the class; not before the delay where one is given.
    Retry(RetryClass, Option<SignedDuration>),
    /// Give up: undo and fail.
    Fail,
    /// Wait for a person, and look again from time to time; costs no budget.
    Block,
    /// Stop: undo, and end as aborted.
    Abort,
    /// Nothing: the lease is lost and the task is another worker's.
    LetGo,
}

/// Why a step did not succeed, and what shall follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskError {
    /// What shall follow.
    pub remedy: Remedy,
    /// Machine-readable cause, in capitals with underscores.
    pub code: String,
    /// A sentence for a person, with what to do about it.
    pub message: String,
    /// AWS's request id, when an answer of AWS was the cause.
    pub aws_request_id: Option<String>,
}

impl TaskError {
    fn new(remedy: Remedy, code: &str, message: impl Into<String>) -> Self {
        Self {
            remedy,
            code: code.to_owned(),
            message: message.into(),
            aws_request_id: None,
        }
    }

    /// Something that trying again soon may mend.
    pub fn retry(code: &str, message: impl Into<String>) -> Self {
        Self::new(Remedy::Retry(RetryClass::Transient, None), code, message)
    }

    /// Something that trying again may mend, but not before `delay` has passed.
    pub fn retry_after(code: &str, message: impl Into<String>, delay: SignedDuration) -> Self {
        let remedy = Remedy::Retry(RetryClass::Transient, Some(delay));
        Self::new(remedy, code, message)
    }

    /// The other side asked to slow down.
    pub fn throttled(code: &str, message: impl Into<String>) -> Self {
        Self::new(Remedy::Retry(RetryClass::Throttled, None), code, message)
    }

    /// Something that trying again cannot mend.
    pub fn fail(code: &str, message: impl Into<String>) -> Self {
        Self::new(Remedy::Fail, code, message)
    }

    /// Something that a person must mend, such as a disabled key, or that takes AWS days; then the task goes on by itself.
    pub fn block(code: &str, message: impl Into<String>) -> Self {
        Self::new(Remedy::Block, code, message)
    }

    /// The step stopped because [`crate::StepContext::is_aborting`] was true.
    #[must_use]
    pub fn abort() -> Self {
        Self::new(Remedy::Abort, ABORTED, "The task was told to stop.")
    }

    /// The lease is lost: another worker has, or will get, the task.
    #[must_use]
    pub fn lease_lost() -> Self {
        let message = "The worker lost the task's lease; another one goes on with it.";
        Self::new(Remedy::LetGo, LEASE_LOST, message)
    }

    /// The same error with AWS's request id.
    #[must_use]
    pub fn with_aws_request_id(mut self, id: Option<String>) -> Self {
        self.aws_request_id = id;
        self
    }

    /// The same as everyone sees it at the task.
    #[must_use]
    pub fn failure(&self) -> TaskFailure {
        let is_retryable = match self.remedy {
            Remedy::Retry(..) | Remedy::Block | Remedy::LetGo => true,
            Remedy::Fail | Remedy::Abort => false,
        };
        TaskFailure {
            code: self.code.clone(),
            message: self.message.clone(),
            aws_request_id: self.aws_request_id.clone(),
            is_retryable,
        }
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for TaskError {}

impl From<store::Error> for TaskError {
    fn from(error: store::Error) -> Self {
        tracing::warn!(%error, "a step could not use the database");
        Self::retry(
            DATABASE,
            "The database of Holdfast did not answer as it should.",
        )
    }
}

impl From<serde_json::Error> for TaskError {
    fn from(error: serde_json::Error) -> Self {
        Self::fail(
            INCONSISTENT,
            format!("What the task remembers cannot be read: {error}."),
        )
    }
}
