//! What is left of the caller's budget of cost.
//!
//! Not for counting (the HTTP edge does, and puts the figures into the data of an operation). Invariant: the figures are those from
//! which this very operation was paid.

use async_graphql::{Context, Object, SimpleObject};
use jiff::Timestamp;

use crate::context::viewer;
use crate::scalars::DateTime;

/// The caller's budget of cost: it fills itself steadily up to the limit, and every operation takes its cost out.
#[derive(Debug, Clone, SimpleObject)]
pub struct RateLimit {
    /// Cost of this operation: one for a field, and for pages their nodes times what is asked of each, in tens of fields; each
    /// alias counts.
    cost: u32,
    /// What the budget holds when it is full.
    limit: u32,
    /// What is left now; operations that cost more are refused with `RATE_LIMITED` until there is enough.
    remaining: u32,
    /// When the budget is full again if nothing more is spent.
    reset_at: DateTime,
}

impl RateLimit {
    /// The figures of an operation that cost `cost` of `limit`, of which `remaining` are left until `reset_at`.
    #[must_use]
    pub fn new(cost: u32, limit: u32, remaining: u32, reset_at: Timestamp) -> Self {
        Self {
            cost,
            limit,
            remaining,
            reset_at: reset_at.into(),
        }
    }
}

/// Root fields of budgets.
#[derive(Default)]
pub(crate) struct RateLimitQuery;

#[Object]
impl RateLimitQuery {
    /// What is left of your budget of cost on this replica: programs look here before the service makes them wait. Sessions of
    /// one person share a budget, each token has its own; null where budgets are switched off.
    async fn rate_limit(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<RateLimit>> {
        viewer(ctx)?;
        Ok(ctx.data_opt::<RateLimit>().cloned())
    }
}
