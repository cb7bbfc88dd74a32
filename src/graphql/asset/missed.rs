//! Times that a policy named for an asset and that passed without a run.
//!
//! Not for runs that failed (`task.rs`). Invariant: successive times with one reason are one entry.

use async_graphql::SimpleObject;

use crate::enums::MissReason;
use crate::scalars::DateTime;

/// Successive times of one operation that passed without a run, for one reason.
#[derive(Debug, SimpleObject)]
pub(crate) struct MissedRuns {
    /// The first of them.
    first_nominal_at: DateTime,
    /// The last of them.
    last_nominal_at: DateTime,
    /// How many; counting stops at 1,000.
    count: u32,
    /// Why.
    reason: MissReason,
}

impl From<app::assets::Missed> for MissedRuns {
    fn from(missed: app::assets::Missed) -> Self {
        Self {
            first_nominal_at: missed.windows.first_nominal_at.into(),
            last_nominal_at: missed.windows.last_nominal_at.into(),
            count: missed.windows.windows,
            reason: missed.windows.reason.into(),
        }
    }
}
