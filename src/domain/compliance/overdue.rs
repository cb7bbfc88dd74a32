//! The absence alarm: when the lack of a recovery point becomes an alert.
//!
//! Not for raising it. Invariant: it depends on what is there and on the policy, never on what the scheduler says of itself, so it
//! holds when the scheduler is dead (reliability.md S7).

use jiff::{SignedDuration, Timestamp};

use super::Facts;
use super::controls::longest_gap;

/// When the asset is overdue unless a new point comes: one and a half times its shortest interval after the last, for the
/// placement that is overdue first. None when nothing runs by itself. A change of the policy starts the time anew, because the
/// new interval was not there before.
#[must_use]
pub fn overdue_at(facts: &Facts<'_>) -> Option<Timestamp> {
    let policy = facts.policy.filter(|policy| policy.is_active)?;
    let protected_since = facts.protected_since?;
    let operations = policy.operations.iter();
    let own = operations
        .filter(|operation| operation.asset_kind == facts.kind && facts.kind.can_be_backed_up());
    own.filter_map(|operation| {
        let gaps = operation.frequencies.iter();
        let gap = gaps
            .filter_map(|frequency| longest_gap(&frequency.every))
            .min()?;
        let started = protected_since.max(policy.updated_at);
        let newest = facts.newest.get(&operation.placement);
        let last = newest.map_or(started, |newest| started.max(*newest));
        // Half minutes count: one minute every minute.
        last.checked_add(SignedDuration::from_secs(gap.saturating_mul(90)))
            .ok()
    })
    .min()
}
