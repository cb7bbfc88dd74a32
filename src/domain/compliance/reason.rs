//! Why an asset is not in compliance, for people and for programs.
//!
//! Not for finding it out. Invariant: a code is never given another meaning; the sentence may change.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::RecoveryPointId;
use crate::limits::{REASON_POINTS_MAX, REASON_WINDOWS_MAX};
use crate::schedule::MissReason;

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// No policy is given to the asset.
    NoPolicy,
    /// Its policy is inactive.
    PolicyInactive,
    /// Its policy does nothing for assets of its kind.
    PolicyForOtherKinds,
    /// Its policy makes points only when somebody asks for one.
    OnlyOnDemand,
    /// No frequency of the policy is often enough.
    TooRare,
    /// Those frequencies of the policy that are often enough do not keep long enough.
    KeptTooShort,
    /// Windows of the look-back period have no recovery point.
    WindowsWithoutPoint,
    /// It was not protected for one whole window yet.
    Seeding,
    /// Points were not proven in time.
    NotProven,
    /// Nothing had to be proven yet.
    ProofNotDue,
    /// The policy asks for no proof.
    NoProofAsked,
    /// Assets of this kind cannot be backed up yet.
    KindNotSupported,
    /// It was not looked at yet.
    NotChecked,
    /// It should have been looked at again, and was not.
    CheckOverdue,
}

impl ReasonCode {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::NoPolicy,
        Self::PolicyInactive,
        Self::PolicyForOtherKinds,
        Self::OnlyOnDemand,
        Self::TooRare,
        Self::KeptTooShort,
        Self::WindowsWithoutPoint,
        Self::Seeding,
        Self::NotProven,
        Self::ProofNotDue,
        Self::NoProofAsked,
        Self::KindNotSupported,
        Self::NotChecked,
        Self::CheckOverdue,
    ];

    /// A sentence that holds for all assets.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoPolicy => "No policy protects it.",
            Self::PolicyInactive => "Its policy is inactive.",
            Self::PolicyForOtherKinds => "Its policy does nothing for assets of its kind.",
            Self::OnlyOnDemand => "Its policy makes recovery points only when somebody asks.",
            Self::TooRare => "Its policy makes recovery points too rarely.",
            Self::KeptTooShort => {
                "Its policy does not keep long enough the recovery points that it makes often enough."
            }
            Self::WindowsWithoutPoint => "Windows of the look-back period have no recovery point.",
            Self::Seeding => "It has not been protected for a whole window yet.",
            Self::NotProven => "Recovery points were not proven in time.",
            Self::ProofNotDue => "No recovery point had to be proven yet.",
            Self::NoProofAsked => "Its policy asks for no proof.",
            Self::KindNotSupported => "Assets of this kind cannot be backed up yet.",
            Self::NotChecked => "It was not checked yet.",
            Self::CheckOverdue => "It has not been checked since its status may have changed.",
        }
    }
}

/// Why a window has no recovery point that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowCause {
    /// Its point is damaged or lost.
    PointBroken,
    /// Its point is not kept long enough.
    PointKeptTooShort,
    /// A task failed.
    TaskFailed,
    /// A run was missed.
    Missed,
    /// Nothing was to run in it, or it is running still.
    NothingRan,
}

/// A window without a recovery point that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingWindow {
    /// Its start.
    pub from: Timestamp,
    /// Its end, not part of it.
    pub until: Timestamp,
    /// Why.
    pub cause: WindowCause,
    /// The code of the failure, or why the run was missed.
    pub detail: Option<String>,
}

/// Why an asset is not in compliance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The code.
    pub code: ReasonCode,
    /// A sentence for people.
    pub message: String,
    /// The latest windows concerned, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<MissingWindow>,
    /// The latest points concerned, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovery_point_ids: Vec<RecoveryPointId>,
}

impl Reason {
    /// The code and its sentence.
    #[must_use]
    pub fn plain(code: ReasonCode) -> Self {
        Self::told(code, code.sentence())
    }

    /// The code with a sentence of its own.
    #[must_use]
    pub fn told(code: ReasonCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            windows: Vec::new(),
            recovery_point_ids: Vec::new(),
        }
    }

    /// With the latest of these windows, given newest first.
    pub(crate) fn with_windows(mut self, mut windows: Vec<MissingWindow>) -> Self {
        windows.truncate(REASON_WINDOWS_MAX);
        self.windows = windows;
        self
    }

    /// With the latest of these points, given newest first.
    pub(crate) fn with_points(mut self, mut points: Vec<RecoveryPointId>) -> Self {
        points.truncate(REASON_POINTS_MAX);
        self.recovery_point_ids = points;
        self
    }
}

/// What a missed run says of a window.
pub(crate) fn missed_detail(reason: MissReason) -> String {
    reason.name().to_owned()
}
