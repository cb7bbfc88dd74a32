//! A workflow whose steps are closures: what the scenarios run.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use domain::task::TaskKind;
use jiff::SignedDuration;
use serde_json::Value as Json;

use crate::{Backoff, Registry, RetryPolicy, Step, StepContext, TaskError, Workflow};

type Run = dyn Fn(StepContext) -> Pin<Box<dyn Future<Output = Result<Json, TaskError>> + Send>>
    + Send
    + Sync;
type Undo = dyn Fn(&StepContext) -> Result<(), TaskError> + Send + Sync;

/// One step of closures.
pub(super) struct Act {
    name: &'static str,
    run: Box<Run>,
    undo: Box<Undo>,
}

pub(super) fn act<F, R>(name: &'static str, run: F) -> Act
where
    F: Fn(StepContext) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Json, TaskError>> + Send + 'static,
{
    Act {
        name,
        run: Box::new(move |cx| Box::pin(run(cx))),
        undo: Box::new(|_| Ok(())),
    }
}

impl Act {
    pub(super) fn undoing(
        mut self,
        undo: impl Fn(&StepContext) -> Result<(), TaskError> + Send + Sync + 'static,
    ) -> Self {
        self.undo = Box::new(undo);
        self
    }
}

#[async_trait]
impl Step for Act {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn run(&self, cx: &StepContext) -> Result<Json, TaskError> {
        (self.run)(cx.clone()).await
    }

    async fn undo(&self, cx: &StepContext) -> Result<(), TaskError> {
        (self.undo)(cx)
    }
}

/// The workflow of [`domain::task::TaskSpec::ReconcileVault`] in scenarios.
pub(super) struct Flow {
    steps: Vec<Arc<dyn Step>>,
    pub(super) version: u32,
    pub(super) key_limit: Option<u32>,
    pub(super) kind_limit: Option<u32>,
    pub(super) budget: u32,
    pub(super) base: SignedDuration,
}

pub(super) fn flow(steps: Vec<Act>) -> Flow {
    Flow {
        steps: steps.into_iter().map(shared).collect(),
        version: 1,
        key_limit: None,
        kind_limit: None,
        budget: 3,
        base: SignedDuration::ZERO,
    }
}

fn shared(step: Act) -> Arc<dyn Step> {
    Arc::new(step)
}

impl Flow {
    pub(super) fn registry(self) -> Registry {
        Registry::new().with(self)
    }
}

impl Workflow for Flow {
    fn kind(&self) -> TaskKind {
        TaskKind::ReconcileVault
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        self.steps.clone()
    }

    fn concurrency_limit(&self) -> Option<u32> {
        self.key_limit
    }

    fn kind_limit(&self) -> Option<u32> {
        self.kind_limit
    }

    fn retry_policy(&self) -> RetryPolicy {
        let backoff = Backoff {
            budget: self.budget,
            base: self.base,
            cap: SignedDuration::from_hours(1),
        };
        RetryPolicy {
            transient: backoff,
            throttled: backoff,
            worker_lost: backoff,
        }
    }
}
