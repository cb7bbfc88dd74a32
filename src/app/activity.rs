//! What is going on: counts of tasks for the head of a dashboard.
//!
//! Not for lists (`tasks.rs`). Invariant: each count is what a list with the same filter would show, up to the cap.

use domain::permission::Permission;
use domain::task::{TaskFilter, TaskStatus};
use jiff::{SignedDuration, Timestamp};

use crate::context::Ctx;
use crate::error::Error;

/// How far back tasks that ended are counted, in hours.
const RECENT_HOURS: i64 = 24;

/// Counts of tasks, each up to 10,000.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Activity {
    /// Waiting for a worker.
    pub queued: u64,
    /// At work, or undoing.
    pub running: u64,
    /// Waiting for a person.
    pub blocked: u64,
    /// Asked for in the last 24 hours, and done.
    pub completed: u64,
    /// Asked for in the last 24 hours, and failed or partial.
    pub failed: u64,
}

/// Counts the tasks that the caller can see.
pub async fn counts(ctx: &Ctx) -> Result<Activity, Error> {
    ctx.require(Permission::Read)?;
    let now = ctx.now();
    let recent = now
        .saturating_sub(SignedDuration::from_hours(RECENT_HOURS))
        .unwrap_or(Timestamp::MIN);
    Ok(Activity {
        queued: count(ctx, &[TaskStatus::Queued], None).await?,
        running: count(ctx, &[TaskStatus::Running, TaskStatus::Aborting], None).await?,
        blocked: count(ctx, &[TaskStatus::Blocked], None).await?,
        completed: count(
            ctx,
            &[TaskStatus::Completed, TaskStatus::CompletedWithWarnings],
            Some(recent),
        )
        .await?,
        failed: count(ctx, &[TaskStatus::Failed, TaskStatus::Partial], Some(recent)).await?,
    })
}

async fn count(
    ctx: &Ctx,
    statuses: &[TaskStatus],
    created_from: Option<Timestamp>,
) -> Result<u64, Error> {
    let filter = TaskFilter {
        statuses: Some(statuses.to_vec()),
        created_from,
        ..TaskFilter::default()
    };
    Ok(store::tasks::count(&ctx.read(), ctx.scope(), &filter).await?)
}
