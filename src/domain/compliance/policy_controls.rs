//! Controls that look at the policy of an asset.
//!
//! Not for its recovery points. Invariant: time alone changes nothing here.

use super::controls::{PolicyMinimumsControl, ProtectedControl, kept_minutes, longest_gap};
use super::{Facts, Reason, ReasonCode, Status, Verdict};
use crate::frequency::Frequency;

/// Whether a policy that is active does something for the asset.
pub(super) fn protected(control: ProtectedControl, facts: &Facts<'_>) -> Verdict {
    let Some(policy) = facts.policy else {
        return out(ReasonCode::NoPolicy);
    };
    if let Some(code) = does_nothing(facts) {
        return out(code);
    }
    if !policy.is_active && !control.ignore_deactivated {
        let message = format!("Its policy \"{}\" is inactive.", policy.name);
        let reason = Reason::told(ReasonCode::PolicyInactive, message);
        return Verdict::of(Status::Out, reason);
    }
    Verdict::fine()
}

/// Whether one frequency of the policy is often enough and keeps long enough.
pub(super) fn minimums(control: PolicyMinimumsControl, facts: &Facts<'_>) -> Verdict {
    if facts.policy.is_none() {
        return out(ReasonCode::NoPolicy);
    }
    if let Some(code) = does_nothing(facts) {
        return out(code);
    }
    let most = control.every.minutes();
    let mut often_enough = frequencies(facts)
        .filter(|frequency| longest_gap(&frequency.every).is_some_and(|gap| gap <= most))
        .peekable();
    if often_enough.peek().is_none() {
        return out(ReasonCode::TooRare);
    }
    let least = kept_minutes(control.keep);
    if often_enough.any(|frequency| kept_minutes(frequency.keep) >= least) {
        Verdict::fine()
    } else {
        out(ReasonCode::KeptTooShort)
    }
}

/// Why the policy never makes a point of the asset by itself; none when it does, or when there is none.
fn does_nothing(facts: &Facts<'_>) -> Option<ReasonCode> {
    facts.policy?;
    let mut some = frequencies(facts).peekable();
    if some.peek().is_none() {
        return Some(ReasonCode::PolicyForOtherKinds);
    }
    let by_itself = some.any(|frequency| longest_gap(&frequency.every).is_some());
    (!by_itself).then_some(ReasonCode::OnlyOnDemand)
}

fn frequencies<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = &'a Frequency> {
    let operations = facts
        .policy
        .into_iter()
        .flat_map(|policy| &policy.operations);
    let own = operations.filter(|operation| operation.asset_kind == facts.kind);
    own.flat_map(|operation| &operation.frequencies)
}

fn out(code: ReasonCode) -> Verdict {
    Verdict::of(Status::Out, Reason::plain(code))
}
