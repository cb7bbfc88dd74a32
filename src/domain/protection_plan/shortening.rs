//! Which recovery points would end earlier if they followed a policy as a draft changes it.
//!
//! Not for ending them: a change of a policy is for points of the future, and an existing point ends earlier only after a second
//! person approved it. Invariant: a point whose end does not come from the policy (it was extended, or asked for by hand) is never
//! proposed.

use jiff::Timestamp;

use crate::asset::AssetKind;
use crate::frequency::Frequency;
use crate::ids::PolicyId;
use crate::policy::{Policy, PolicyOperation};
use crate::recovery_point::{Placement, RecoveryPoint, RecoveryPointStatus};

/// A policy before and after a draft, where the draft keeps some of its future points for a shorter time.
#[derive(Debug, Clone, PartialEq)]
pub struct Shortening {
    /// The policy.
    pub policy_id: PolicyId,
    before: Vec<PolicyOperation>,
    after: Vec<PolicyOperation>,
}

/// A point that would end earlier.
#[derive(Debug, Clone, PartialEq)]
pub struct ShortenedPoint {
    /// The point as it is.
    pub point: RecoveryPoint,
    /// When it would end.
    pub would_expire_at: Timestamp,
}

impl Shortening {
    /// What the change from `before` to `after` shortens; none when no retention changes.
    #[must_use]
    pub fn between(before: &Policy, after: &Policy) -> Option<Self> {
        let shortening = Self {
            policy_id: before.id,
            before: before.operations.clone(),
            after: after.operations.clone(),
        };
        let changes = |operation: &PolicyOperation| {
            operation.frequencies.iter().any(|frequency| {
                let later = shortening.counterpart(operation, frequency);
                later.is_some_and(|later| later.keep != frequency.keep)
            })
        };
        let is_changed = before.operations.iter().any(changes);
        is_changed.then_some(shortening)
    }

    /// The point with its earlier end, if it has one. Points of kinds and places that the draft no longer backs up stay as they are.
    #[must_use]
    pub fn of(&self, point: RecoveryPoint, kind: AssetKind) -> Option<ShortenedPoint> {
        let is_living = match point.status {
            RecoveryPointStatus::Available | RecoveryPointStatus::Damaged => true,
            RecoveryPointStatus::Creating
            | RecoveryPointStatus::Expiring
            | RecoveryPointStatus::Lost
            | RecoveryPointStatus::Expired
            | RecoveryPointStatus::Failed => false,
        };
        if !is_living || point.policy_id != Some(self.policy_id) {
            return None;
        }
        let ends_at = point.expires_at?;
        let operation = find(&self.before, kind, point.placement)?;
        // The frequency that gave the point its end: several with the same retention may have, then the longest counterpart holds.
        let causes = operation
            .frequencies
            .iter()
            .filter(|frequency| frequency.keep.end(point.taken_at) == ends_at);
        let would = causes
            .filter_map(|frequency| self.counterpart(operation, frequency))
            .map(|later| later.keep.end(point.taken_at))
            .max()?;
        (would < ends_at).then_some(ShortenedPoint {
            point,
            would_expire_at: would,
        })
    }

    /// The frequency of the draft that takes the place of one of before: the one with the same interval, else none.
    fn counterpart(&self, operation: &PolicyOperation, of: &Frequency) -> Option<&Frequency> {
        let later = find(&self.after, operation.asset_kind, operation.placement)?;
        later.frequencies.iter().find(|one| one.every == of.every)
    }
}

fn find(
    operations: &[PolicyOperation],
    kind: AssetKind,
    placement: Placement,
) -> Option<&PolicyOperation> {
    operations
        .iter()
        .find(|one| one.asset_kind == kind && one.placement == placement)
}
