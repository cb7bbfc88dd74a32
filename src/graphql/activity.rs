//! What is going on now: live counts of tasks, alerts and approvals.
//!
//! Not for what is counted (`task.rs`, `alert.rs`, `approval.rs`). Invariant: the query and the stream show the same counts.

use async_graphql::{Context, Object, SimpleObject};

use crate::context::viewer;
use crate::error::read;

/// Counts of tasks, alerts and approvals, for the head of a dashboard; each stops at 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SimpleObject)]
pub(crate) struct ActivitySummary {
    /// Tasks that wait for a worker.
    queued: u64,
    /// Tasks at work, or undoing what they did.
    running: u64,
    /// Tasks that wait for something that a person must mend.
    blocked: u64,
    /// Tasks asked for in the last 24 hours that were completed.
    completed: u64,
    /// Tasks asked for in the last 24 hours that failed or ended without all of their data.
    failed: u64,
    /// Alerts that are open and that nobody has acknowledged: what asks for a person.
    open_alerts: u64,
    /// Requests of others that wait for you to decide; zero for whoever may not decide.
    pending_approvals: u64,
}

impl From<app::activity::Activity> for ActivitySummary {
    fn from(activity: app::activity::Activity) -> Self {
        let app::activity::Activity {
            queued,
            running,
            blocked,
            completed,
            failed,
            open_alerts,
            pending_approvals,
        } = activity;
        Self {
            queued,
            running,
            blocked,
            completed,
            failed,
            open_alerts,
            pending_approvals,
        }
    }
}

/// Root fields of activity.
#[derive(Default)]
pub(crate) struct ActivityQuery;

#[Object]
impl ActivityQuery {
    /// Counts of what is going on; the subscription of the same name keeps them fresh.
    #[graphql(complexity = "5 + child_complexity")]
    async fn activity_counts(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<ActivitySummary>> {
        let counts = read(app::activity::counts(viewer(ctx)?).await)?;
        Ok(Some(counts.into()))
    }

    /// Present place in the streams of events: read it, then your lists, then subscribe with it as `after`, and nothing that
    /// happens in between is lost.
    async fn event_cursor(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(Some(read(app::events::cursor(viewer(ctx)?).await)?))
    }
}
