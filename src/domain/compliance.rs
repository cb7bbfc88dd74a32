//! Compliance: whether an asset is protected as its organization wants it, and why not.
//!
//! Not for the rows (`store::compliance`) nor for when it is looked at again (`tasks::compliance`). Invariant: a verdict is a pure
//! function of the controls, the facts and the moment, and by time alone it never changes before its `next_check_at`. It counts
//! recovery points that are there and were read back, never that a task said that it was done.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::asset::AssetKind;
use crate::ids::RecoveryPointId;
use crate::policy::Policy;
use crate::recovery_point::Placement;
use crate::schedule::MissedWindows;

pub mod controls;
pub mod history;
mod overdue;
mod policy_controls;
mod proven;
mod reason;
mod windows;

#[cfg(test)]
mod tests;

pub use controls::{
    Controls, ControlsOfOrganization, Period, PeriodUnit, PolicyMinimumsControl, ProtectedControl,
    ProvenControl, RecoveryPointsControl,
};
pub use overdue::overdue_at;
pub use proven::{proof_asks, prove_by};
pub use reason::{MissingWindow, Reason, ReasonCode, WindowCause};

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// A policy that is active does something for the asset.
    Protected,
    /// The policy is frequent enough and keeps long enough.
    PolicyMinimums,
    /// Each window of a look-back period has a recovery point.
    RecoveryPoints,
    /// Recovery points were proven as the policy asks.
    Proven,
}

impl Control {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [
        Self::Protected,
        Self::PolicyMinimums,
        Self::RecoveryPoints,
        Self::Proven,
    ];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::PolicyMinimums => "policy_minimums",
            Self::RecoveryPoints => "recovery_points",
            Self::Proven => "proven",
        }
    }
}

/// How an asset stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As it is wanted.
    In,
    /// Not as it is wanted.
    Out,
    /// Nothing can be said yet, or any more.
    Unknown,
}

impl Status {
    /// All of them.
    pub const ALL: &[Self] = &[Self::In, Self::Out, Self::Unknown];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Unknown => "unknown",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|status| status.name() == name)
    }

    /// What several say together: out when one is out, else unknown when one is unknown. Nobody asked is unknown.
    #[must_use]
    pub fn of_all(all: impl IntoIterator<Item = Self>) -> Self {
        let severity = |status: &Self| match status {
            Self::In => 0,
            Self::Unknown => 1,
            Self::Out => 2,
        };
        all.into_iter()
            .max_by_key(severity)
            .unwrap_or(Self::Unknown)
    }

    /// What is left of it when it was not checked in time: what was in compliance may no longer be, what was not is no better.
    #[must_use]
    pub const fn unchecked(self) -> Self {
        match self {
            Self::In | Self::Unknown => Self::Unknown,
            Self::Out => Self::Out,
        }
    }
}

/// A recovery point as compliance sees it; points that are being made, or that failed, are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointFacts {
    /// Its id.
    pub id: RecoveryPointId,
    /// Where it is kept.
    pub placement: Placement,
    /// The instant that it shows.
    pub taken_at: Timestamp,
    /// When its retention ends; none = never.
    pub expires_at: Option<Timestamp>,
    /// What is left of it.
    pub state: PointState,
    /// Whether it is proven as far as the policy asks.
    pub is_proven: bool,
    /// By when the policy wants it proven; none when it was not drawn for that.
    pub prove_by: Option<Timestamp>,
}

/// What is left of a recovery point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointState {
    /// It can be restored.
    Usable,
    /// It was kept to its end.
    Served,
    /// It is damaged or lost.
    Broken,
}

/// What the policy asks of the points of one placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProofAsk {
    /// Of which points.
    pub placement: Placement,
    /// By when the first must be proven; none when that is left to a draw.
    pub first_by: Option<Timestamp>,
    /// Whether every point that has a deadline must be; else a later one that is proven speaks for those before it.
    pub every: bool,
}

/// A task that failed to make a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// When it was due, or begun by hand.
    pub at: Timestamp,
    /// The code of its failure.
    pub code: String,
}

/// What is known of an asset that is there.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// What it is.
    pub kind: AssetKind,
    /// When it was first seen.
    pub discovered_at: Timestamp,
    /// Since when it has had a policy, whichever.
    pub protected_since: Option<Timestamp>,
    /// The policy that it has.
    pub policy: Option<&'a Policy>,
    /// Its points of the look-back period, in any order.
    pub points: Vec<PointFacts>,
    /// The newest point that could be restored when it was made, per placement, however old.
    pub newest: BTreeMap<Placement, Timestamp>,
    /// What the policy asks to be proven.
    pub proofs: Vec<ProofAsk>,
    /// How much later than others of the organization its windows are judged, so that a fleet is not judged in one second.
    pub spread: SignedDuration,
    /// Windows that passed without a run.
    pub missed: Vec<MissedWindows>,
    /// Tasks that failed.
    pub failures: Vec<Failure>,
}

/// What one control says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How the asset stands.
    pub status: Status,
    /// Why, when it is not in.
    pub reasons: Vec<Reason>,
    /// When this can change by time alone; none = never.
    pub next_check_at: Option<Timestamp>,
}

impl Verdict {
    pub(crate) const fn fine() -> Self {
        Self {
            status: Status::In,
            reasons: Vec::new(),
            next_check_at: None,
        }
    }

    pub(crate) fn of(status: Status, reason: Reason) -> Self {
        Self {
            status,
            reasons: vec![reason],
            next_check_at: None,
        }
    }

    pub(crate) const fn until(mut self, next_check_at: Option<Timestamp>) -> Self {
        self.next_check_at = next_check_at;
        self
    }
}

/// What all controls that are on say of one asset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assessment {
    /// By control; those that are off are missing.
    pub verdicts: BTreeMap<Control, Verdict>,
}

impl Assessment {
    /// How the asset stands over all.
    #[must_use]
    pub fn status(&self) -> Status {
        Status::of_all(self.verdicts.values().map(|verdict| verdict.status))
    }

    /// When any of it can change by time alone; none = never.
    #[must_use]
    pub fn next_check_at(&self) -> Option<Timestamp> {
        let times = self.verdicts.values();
        times.filter_map(|verdict| verdict.next_check_at).min()
    }
}

/// Which assets a list shows by how they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingFilter {
    /// One of these.
    pub statuses: Vec<Status>,
    /// In this control; over all when none.
    pub control: Option<Control>,
    /// At this time; now when none.
    pub at: Option<Timestamp>,
    /// How far what is stored can be believed; who asks fills it in.
    pub freshness: history::Freshness,
}

/// Judges the asset at this moment.
#[must_use]
pub fn judge(controls: &Controls, facts: &Facts<'_>, at: Timestamp) -> Assessment {
    let mut verdicts = BTreeMap::new();
    for control in Control::ALL {
        if !controls.is_on(control) {
            continue;
        }
        let verdict = if facts.kind.can_be_backed_up() {
            match control {
                Control::Protected => policy_controls::protected(controls.protected, facts),
                Control::PolicyMinimums => {
                    policy_controls::minimums(controls.policy_minimums, facts)
                }
                Control::RecoveryPoints => windows::judge(controls.recovery_points, facts, at),
                Control::Proven => proven::judge(controls.proven, facts, at),
            }
        } else {
            Verdict::of(Status::Unknown, Reason::plain(ReasonCode::KindNotSupported))
        };
        verdicts.insert(control, verdict);
    }
    Assessment { verdicts }
}
