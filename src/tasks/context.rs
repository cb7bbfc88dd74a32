//! What a step is given: its task, the store, the clock, what earlier steps said, and the lease.
//!
//! Not for deciding what runs next (`attempt.rs`). Invariant: everything here may be called from a blocking thread as well,
//! and nothing here waits for the database.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use domain::task::{Progress, Task, TaskSpec};
use domain::{Clock, IdSource, OrganizationId, TaskId};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use store::Store;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::error::{INCONSISTENT, TaskError};
use crate::lease::Lease;

/// Characters of an intent key: what fits every client token of AWS (64) with room to spare.
const INTENT_KEY_LENGTH: usize = 40;

/// What a step is given; clones are cheap and share the lease, the progress and the warnings.
#[derive(Clone)]
pub struct StepContext {
    /// The task as it was when the attempt began.
    pub task: Arc<Task>,
    /// The organization.
    pub organization: OrganizationId,
    /// The attempt: the fencing token of every write.
    pub attempt: i32,
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The ids.
    pub ids: Arc<dyn IdSource>,
    pub(crate) step: &'static str,
    pub(crate) lease: Arc<Lease>,
    pub(crate) stop: CancellationToken,
    pub(crate) outputs: Arc<Mutex<BTreeMap<String, serde_json::Value>>>,
    pub(crate) warnings: Arc<Mutex<Vec<String>>>,
}

impl StepContext {
    /// What the task does.
    #[must_use]
    pub fn spec(&self) -> &TaskSpec {
        &self.task.spec
    }

    /// What the earlier step `name` said.
    pub fn output<T: DeserializeOwned>(&self, name: &str) -> Result<T, TaskError> {
        self.find_output(name)?.ok_or_else(|| {
            TaskError::fail(
                INCONSISTENT,
                format!("The step {name} has not been done yet."),
            )
        })
    }

    /// What the step `name` said, if it is done: for undos, which also follow steps that never ended.
    pub fn find_output<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, TaskError> {
        let output = self.outputs.lock().get(name).cloned();
        Ok(output.map(serde_json::from_value).transpose()?)
    }

    /// A key that is the same for every attempt of this step of this task and for nothing else: the client token, or the tag
    /// to search for, of what the step makes.
    #[must_use]
    pub fn intent_key(&self) -> String {
        intent_key(self.task.id, self.step)
    }

    /// Says how far the task is; written at most once a second.
    pub fn progress(&self, done: u64, total: u64) {
        self.lease.set_progress(Progress { done, total });
    }

    /// Whether the task was told to stop: return [`TaskError::abort`] as soon as it is sound.
    #[must_use]
    pub fn is_aborting(&self) -> bool {
        self.lease.is_aborting()
    }

    /// Call this before each side effect: an error means that another worker may have the task.
    pub fn check_lease(&self) -> Result<(), TaskError> {
        if self.lease.is_held() {
            Ok(())
        } else {
            Err(TaskError::lease_lost())
        }
    }

    /// Tells the reader of the task's page something that does not stop it; the task then completes with warnings.
    pub fn warn(&self, text: impl Into<String>) {
        self.warnings.lock().push(text.into());
    }

    /// Completes when the step should come to an end: it was aborted, it lost its lease, or the server shuts down. A step that
    /// goes on for longer than the grace time is dropped.
    pub fn cancelled(&self) -> WaitForCancellationFutureOwned {
        self.stop.clone().cancelled_owned()
    }

    /// Whether [`StepContext::cancelled`] has completed; for blocking threads.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.stop.is_cancelled()
    }
}

impl fmt::Debug for StepContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepContext")
            .field("task", &self.task.id)
            .field("attempt", &self.attempt)
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}

pub(crate) fn intent_key(task: TaskId, step: &str) -> String {
    let digest = Sha256::digest(format!("{task}/{step}"));
    let mut key = hex::encode(digest);
    key.truncate(INTENT_KEY_LENGTH);
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_intent_key_belongs_to_one_step_of_one_task() {
        let task = TaskId::from_uuid(Uuid::nil());
        let other = TaskId::from_uuid(Uuid::max());
        let key = intent_key(task, "snapshot");
        assert_eq!(key, intent_key(task, "snapshot"));
        assert_eq!(key.len(), INTENT_KEY_LENGTH);
        assert_ne!(key, intent_key(task, "copy"));
        assert_ne!(key, intent_key(other, "snapshot"));
    }
}
