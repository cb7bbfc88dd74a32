//! What is going on: counts of tasks, alerts and approvals for the head of a dashboard.
//!
//! Not for lists (`tasks.rs`, `alerts.rs`, `approvals.rs`). Invariant: each count is what a list with the same filter would show,
//! up to the cap.

use std::time::Duration;

use async_stream::try_stream;
use domain::alert::AlertFilter;
use domain::approval::{ApprovalFilter, ApprovalStatus};
use domain::event::Topic;
use domain::permission::Permission;
use domain::scope::Units;
use domain::task::{TaskFilter, TaskStatus};
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use jiff::{SignedDuration, Timestamp};

use crate::context::Ctx;
use crate::error::Error;
use crate::events::{Rights, feed};

/// How far back tasks that ended are counted, in hours.
const RECENT_HOURS: i64 = 24;

/// Shortest time between two counts of one stream: a person cannot read faster.
const PAUSE: Duration = Duration::from_secs(1);

/// What the counts are made of.
const TOPICS: &[Topic] = &[Topic::Task, Topic::Alert, Topic::Approval];

/// Counts of tasks, alerts and approvals, each up to 10,000.
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
    /// Alerts that are open and that nobody has acknowledged.
    pub open_alerts: u64,
    /// Requests of others that wait for the caller to decide.
    pub pending_approvals: u64,
}

/// Counts the tasks and alerts that the caller can see, and the requests that the caller may decide.
pub async fn counts(ctx: &Ctx) -> Result<Activity, Error> {
    ctx.require(Permission::Read)?;
    Ok(Activity {
        pending_approvals: pending_approvals(ctx).await?,
        ..shared(ctx).await?
    })
}

/// Requests that wait for this caller: nobody decides what they asked for.
async fn pending_approvals(ctx: &Ctx) -> Result<u64, Error> {
    let Some(user) = ctx.user().filter(|_| ctx.can(Permission::ApprovalDecide)) else {
        return Ok(0);
    };
    let filter = ApprovalFilter {
        statuses: Some(vec![ApprovalStatus::Pending]),
        not_of: Some(user.id),
        ..ApprovalFilter::default()
    };
    crate::approvals::count(ctx, &filter).await
}

/// What all who see the same units count alike.
async fn shared(ctx: &Ctx) -> Result<Activity, Error> {
    let now = ctx.now();
    let recent = now
        .saturating_sub(SignedDuration::from_hours(RECENT_HOURS))
        .unwrap_or(Timestamp::MIN);
    let unseen = AlertFilter {
        is_open: Some(true),
        is_acknowledged: Some(false),
        ..AlertFilter::default()
    };
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
        failed: count(
            ctx,
            &[TaskStatus::Failed, TaskStatus::Partial],
            Some(recent),
        )
        .await?,
        open_alerts: store::alerts::count(&ctx.read(), ctx.scope(), &unseen).await?,
        pending_approvals: 0,
    })
}

/// The counts now, and again whenever what is counted has changed them, at most once in `PAUSE`.
pub fn follow(
    ctx: &Ctx,
) -> Result<impl Stream<Item = Result<Activity, Error>> + Send + use<>, Error> {
    ctx.require(Permission::Read)?;
    let ctx = ctx.clone();
    Ok(try_stream! {
        let mut rights = Rights::of(ctx.clone());
        // First the place, then the counts: what happens in between is told once more and never lost.
        let place = ctx.services().events.head(ctx.organization()).await?;
        let feed = feed(&ctx, TOPICS, Some(place));
        futures_util::pin_mut!(feed);
        let mut shown = counts(&ctx).await?;
        yield shown;
        while let Some(event) = feed.next().await {
            let mut event = event?;
            let mut changed = None;
            // All that has come meanwhile counts as one change.
            loop {
                rights.check(&event).await?;
                if TOPICS.contains(&event.topic) {
                    changed = Some(event.sequence);
                }
                match feed.next().now_or_never().flatten() {
                    Some(next) => event = next?,
                    None => break,
                }
            }
            let Some(sequence) = changed else { continue };
            let fresh = counts_at(&ctx, sequence).await?;
            if fresh != shown {
                shown = fresh;
                yield shown;
                tokio::time::sleep(PAUSE).await;
            }
        }
    })
}

/// The counts after an event; callers who see the whole organization share one read of what they count alike.
async fn counts_at(ctx: &Ctx, sequence: i64) -> Result<Activity, Error> {
    match ctx.scope().units() {
        Units::Only(_) => counts(ctx).await,
        Units::All => {
            let cell = ctx.services().activity.cell(ctx.organization(), sequence);
            let shared = *cell.get_or_try_init(|| shared(ctx)).await?;
            Ok(Activity {
                pending_approvals: pending_approvals(ctx).await?,
                ..shared
            })
        }
    }
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
