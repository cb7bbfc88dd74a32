//! The task engine: what is to be done in the background is done once, to its end, whatever dies meanwhile.
//!
//! Not for what a task of a kind does (`workflows`). Invariant: the row of a task decides; a worker acts only under its lease,
//! and every write of it names the attempt (reliability.md 6.3, 6.4).
//!
//! - Use cases call [`enqueue`], [`abort`] and [`retry()`] in their transaction.
//! - A kind of task is a [`Workflow`]: a row of [`Step`]s. Each is told what it needs by its [`StepContext`] and fails with a
//!   [`TaskError`] that says what shall follow.

mod attempt;
pub mod config;
pub mod context;
pub mod duty;
pub mod error;
pub mod housekeeping;
mod journal;
mod lease;
pub mod live;
pub mod queue;
pub mod rescue;
pub mod retry;
#[cfg(test)]
mod scenarios;
pub mod scheduler;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod ticker;
pub mod worker;
pub mod workflow;

pub use config::{EngineConfig, LEASE_SECONDS_MAX, LEASE_SECONDS_MIN};
pub use context::StepContext;
pub use duty::{Duties, Duty, DutyContext, DutyError};
pub use error::{Remedy, RetryClass, TaskError};
pub use housekeeping::Housekeeping;
pub use live::{Events, LiveError};
pub use queue::{AbortOutcome, Enqueued, RetryOutcome, abort, enqueue, enqueue_many, retry};
pub use rescue::Rescue;
pub use retry::{Backoff, RetryPolicy};
pub use scheduler::{
    CloseWindows, Fired, HealSchedules, Scheduler, SchedulerConfig, align_policy, schedule_assets,
    unschedule_assets,
};
pub use ticker::Ticker;
pub use worker::Engine;
pub use workflow::{Registry, Step, Workflow};
