//! Direct assignments: the choice of a policy by hand.
//!
//! Not for automatic choice by rules. Invariant: an asset has at most one direct assignment.

use jiff::Timestamp;

use crate::ids::{AssetId, AssignmentId, OrganizationId, PolicyId};

/// A policy chosen by hand for one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Its id.
    pub id: AssignmentId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The asset.
    pub asset_id: AssetId,
    /// The policy.
    pub policy_id: PolicyId,
    /// When it was chosen.
    pub created_at: Timestamp,
}
