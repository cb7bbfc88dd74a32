//! What a task of one kind does: a row of steps, each with a do and an undo.
//!
//! Not for running them (`attempt.rs`). Invariant: a workflow's version changes whenever its row of steps does, and a task
//! keeps the version with which its first attempt began.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use domain::task::TaskKind;

use crate::context::StepContext;
use crate::error::TaskError;
use crate::retry::RetryPolicy;

/// What a task of one kind does.
pub trait Workflow: Send + Sync {
    /// The kind.
    fn kind(&self) -> TaskKind;

    /// Version of the row of steps, from 1.
    fn version(&self) -> u32 {
        1
    }

    /// The steps in their order; names are unique. The output of the last is the result of the task.
    fn steps(&self) -> Vec<Arc<dyn Step>>;

    /// How many tasks with the same concurrency key run at once, over all replicas; none for no limit.
    fn concurrency_limit(&self) -> Option<u32> {
        None
    }

    /// How many tasks of the kind run at once, over all replicas; none for no limit.
    fn kind_limit(&self) -> Option<u32> {
        None
    }

    /// How failures are tried again.
    fn retry_policy(&self) -> RetryPolicy {
        RetryPolicy::default()
    }
}

/// One step of a workflow.
#[async_trait]
pub trait Step: Send + Sync {
    /// Its name, unique in the workflow and stored for years.
    fn name(&self) -> &'static str;

    /// Does the step. It may have been done before, wholly or in part, by a worker that died before it could say so: look
    /// (by [`StepContext::intent_key`]) before you leap, and call [`StepContext::check_lease`] before each side effect. The
    /// answer is remembered, and later steps find it with [`StepContext::output`].
    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError>;

    /// Takes back what `run` did, also when it did it only in part or not at all. A step that says nothing here is
    /// forward-only: what it did stays and harms nobody.
    async fn undo(&self, cx: &StepContext) -> Result<(), TaskError> {
        let _ = cx;
        Ok(())
    }
}

/// The workflows that this server knows.
#[derive(Default, Clone)]
pub struct Registry {
    workflows: BTreeMap<(TaskKind, u32), Arc<dyn Workflow>>,
}

impl Registry {
    /// Knows nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same registry, with one workflow more; an older version of a kind may stay beside the newest for tasks that began
    /// with it.
    #[must_use]
    pub fn with(mut self, workflow: impl Workflow + 'static) -> Self {
        let key = (workflow.kind(), workflow.version());
        self.workflows.insert(key, Arc::new(workflow));
        self
    }

    /// The workflow of that kind and version.
    #[must_use]
    pub fn find(&self, kind: TaskKind, version: u32) -> Option<Arc<dyn Workflow>> {
        self.workflows.get(&(kind, version)).cloned()
    }

    /// The newest workflow of each kind.
    pub fn newest(&self) -> impl Iterator<Item = &Arc<dyn Workflow>> {
        // The map is ordered by kind, then version: the last of each kind wins.
        let newest: BTreeMap<TaskKind, &Arc<dyn Workflow>> = self
            .workflows
            .iter()
            .map(|((kind, _), workflow)| (*kind, workflow))
            .collect();
        newest.into_values()
    }

    /// The pairs of kind and version that this server can run.
    pub fn known(&self) -> impl Iterator<Item = (TaskKind, u32)> {
        self.workflows.keys().copied()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.workflows.keys()).finish()
    }
}
