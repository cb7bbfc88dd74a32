//! Schedules: when an asset's next run under an operation is due, and what a run owes.
//!
//! Not for the grid of nominal times (`frequency.rs`). Invariant: a nominal time fires at most once, whatever is edited.

use jiff::Timestamp;

use crate::ids::{AssetId, OrganizationId, PolicyId, PolicyOperationId, ScheduleId};

/// The schedule of one asset under one operation of its policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The asset.
    pub asset_id: AssetId,
    /// The policy.
    pub policy_id: PolicyId,
    /// The operation.
    pub operation_id: PolicyOperationId,
    /// The next nominal time; none when only runs by hand are left.
    pub next_nominal_at: Option<Timestamp>,
}

/// Why a window passed without a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissReason {
    /// The service was not running.
    Downtime,
    /// The run before it was still going on.
    Overlap,
    /// The policy was inactive.
    Inactive,
}

impl MissReason {
    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Downtime => "downtime",
            Self::Overlap => "overlap",
            Self::Inactive => "inactive",
        }
    }
}
