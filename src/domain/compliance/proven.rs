//! Whether recovery points were proven as the policy asks.
//!
//! Not for proving them. Invariant: only points that can be restored count, and a proof that came late counts from then on.

use jiff::{SignedDuration, Timestamp};

use super::controls::{ProvenControl, longest_gap};
use super::{Facts, PointFacts, PointState, ProofAsk, Reason, ReasonCode, Status, Verdict};
use crate::asset::AssetKind;
use crate::ids::RecoveryPointId;
use crate::policy::{Policy, PolicyOperation};
use crate::proof_target::{ProofSample, ProofTarget};

/// What the policy asks to be proven of assets of this kind that it has protected since then, with the target that says so.
#[must_use]
pub fn proof_asks(
    policy: &Policy,
    kind: AssetKind,
    protected_since: Timestamp,
) -> Vec<(ProofTarget, ProofAsk)> {
    let own = policy
        .operations
        .iter()
        .filter(|one| one.asset_kind == kind);
    own.filter_map(|operation| {
        let target = operation.proof?;
        let ask = ProofAsk {
            placement: operation.placement,
            // When the first point of a share is drawn is left to chance.
            first_by: match target.sample {
                ProofSample::Every | ProofSample::Latest => {
                    let first = first_point_by(operation, protected_since);
                    Some(target.within.deadline(first))
                }
                ProofSample::Percent { .. } => None,
            },
            every: match target.sample {
                ProofSample::Every | ProofSample::Percent { .. } => true,
                ProofSample::Latest => false,
            },
        };
        Some((target, ask))
    })
    .collect()
}

/// By when this point of `taken_at` must be proven itself; none when the draw passed it over. Where the latest is asked for, every
/// point has its deadline, and a later one that is proven speaks for it.
#[must_use]
pub fn prove_by(
    target: &ProofTarget,
    point: RecoveryPointId,
    taken_at: Timestamp,
) -> Option<Timestamp> {
    let is_asked = target.sample.asks_for(point, true);
    is_asked.then(|| target.within.deadline(taken_at))
}

/// By when an operation has made its first point.
fn first_point_by(operation: &PolicyOperation, protected_since: Timestamp) -> Timestamp {
    let frequencies = operation.frequencies.iter();
    let gap = frequencies.filter_map(|one| longest_gap(&one.every)).min();
    let gap = SignedDuration::from_mins(gap.unwrap_or(0));
    protected_since
        .saturating_add(gap)
        .unwrap_or(Timestamp::MAX)
}

/// Judges the proofs that are due at `at`.
pub(super) fn judge(control: ProvenControl, facts: &Facts<'_>, at: Timestamp) -> Verdict {
    if facts.policy.is_none() {
        return Verdict::of(Status::Unknown, Reason::plain(ReasonCode::NoPolicy));
    }
    if facts.proofs.is_empty() {
        if control.required {
            return Verdict::of(Status::Out, Reason::plain(ReasonCode::NoProofAsked));
        }
        return Verdict::fine();
    }
    let of_placements = facts.proofs.iter().map(|ask| judge_one(ask, facts, at));
    let of_placements: Vec<Verdict> = of_placements.collect();
    let status = Status::of_all(of_placements.iter().map(|verdict| verdict.status));
    Verdict {
        status,
        next_check_at: of_placements
            .iter()
            .filter_map(|verdict| verdict.next_check_at)
            .min(),
        reasons: of_placements
            .into_iter()
            .filter(|verdict| verdict.status == status)
            .flat_map(|verdict| verdict.reasons)
            .collect(),
    }
}

fn judge_one(ask: &ProofAsk, facts: &Facts<'_>, at: Timestamp) -> Verdict {
    let mut points: Vec<&PointFacts> = facts
        .points
        .iter()
        .filter(|point| point.placement == ask.placement && point.state == PointState::Usable)
        .collect();
    points.sort_by_key(|point| std::cmp::Reverse((point.taken_at, point.id)));
    let newest_proven = points.iter().find(|point| point.is_proven);
    let newest_proven = newest_proven.map(|point| point.taken_at);
    let is_open = |point: &PointFacts| {
        let spoken_for = !ask.every && newest_proven.is_some_and(|proven| proven >= point.taken_at);
        !point.is_proven && !spoken_for
    };
    // What must be proven, by when; the first point of all too, even if it does not exist.
    let open = points.iter().filter(|point| is_open(point));
    let mut deadlines: Vec<(Timestamp, Option<RecoveryPointId>)> = open
        .filter_map(|point| Some((point.prove_by?, Some(point.id))))
        .collect();
    if newest_proven.is_none() {
        deadlines.extend(ask.first_by.map(|by| (by, None)));
    }
    let next = deadlines.iter().map(|(by, _)| *by).filter(|by| *by > at);
    let next = next.min();
    let is_late = deadlines.iter().any(|(by, _)| *by <= at);
    if is_late {
        let late = deadlines.iter().filter(|(by, _)| *by <= at);
        let late: Vec<RecoveryPointId> = late.filter_map(|(_, id)| *id).collect();
        let message = match late.len() {
            0 => "No recovery point was proven as the policy asks.".to_owned(),
            1 => "1 recovery point was not proven in time.".to_owned(),
            many => format!("{many} recovery points were not proven in time."),
        };
        let reason = Reason::told(ReasonCode::NotProven, message).with_points(late);
        return Verdict::of(Status::Out, reason).until(next);
    }
    if newest_proven.is_none() {
        return Verdict::of(Status::Unknown, Reason::plain(ReasonCode::ProofNotDue)).until(next);
    }
    Verdict::fine().until(next)
}
