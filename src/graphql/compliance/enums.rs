//! Closed sets of compliance, each a mirror of one in `domain::compliance`.
//!
//! Not for rules about them. Invariant: the mirrors are checked by the compiler.

use async_graphql::Enum;

/// How an asset stands.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::compliance::Status")]
pub(crate) enum ComplianceStatus {
    /// As the organization wants it.
    In,
    /// Not as the organization wants it, see the reasons.
    Out,
    /// Nothing can be said yet, or any more, see the reasons.
    Unknown,
}

/// What is looked at.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::compliance::Control")]
pub(crate) enum ComplianceControl {
    /// A policy that is active does something for the asset.
    Protected,
    /// The policy is frequent enough and keeps long enough.
    PolicyMinimums,
    /// Each window of a look-back period has a recovery point that can be restored and is kept long enough.
    RecoveryPoints,
    /// Recovery points were proven as the policy asks.
    Proven,
}

/// Why an asset is not in compliance, or why nothing can be said.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::compliance::ReasonCode")]
pub(crate) enum ComplianceReasonCode {
    /// No policy protects it.
    NoPolicy,
    /// Its policy is inactive.
    PolicyInactive,
    /// Its policy does nothing for assets of its kind.
    PolicyForOtherKinds,
    /// Its policy makes recovery points only when somebody asks.
    OnlyOnDemand,
    /// Its policy makes recovery points too rarely.
    TooRare,
    /// Its policy does not keep long enough what it makes often enough.
    KeptTooShort,
    /// Windows of the look-back period have no recovery point, see `windows`.
    WindowsWithoutPoint,
    /// It has not been protected for a whole window yet.
    Seeding,
    /// Recovery points were not proven in time.
    NotProven,
    /// No recovery point had to be proven yet.
    ProofNotDue,
    /// Its policy asks for no proof, and the organization wants one.
    NoProofAsked,
    /// Assets of this kind cannot be backed up yet.
    KindNotSupported,
    /// It was not checked yet.
    NotChecked,
    /// It has not been checked since its status may have changed: the service was stopped or is behind.
    CheckOverdue,
}

/// Why a window has no recovery point that counts.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::compliance::WindowCause")]
pub(crate) enum ComplianceWindowCause {
    /// Its recovery point is damaged or lost.
    PointBroken,
    /// Its recovery point is not kept long enough.
    PointKeptTooShort,
    /// A task failed, see `detail`.
    TaskFailed,
    /// A run was missed, see `detail`.
    Missed,
    /// Nothing was to run in it, or it is running still.
    NothingRan,
}

/// Unit of a length of time that does not depend on the calendar.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::compliance::PeriodUnit")]
pub(crate) enum PeriodUnit {
    /// A minute.
    #[graphql(name = "MINUTE")]
    Minutes,
    /// An hour.
    #[graphql(name = "HOUR")]
    Hours,
    /// 24 hours.
    #[graphql(name = "DAY")]
    Days,
    /// 7 days.
    #[graphql(name = "WEEK")]
    Weeks,
    /// A twelfth of a year.
    #[graphql(name = "MONTH")]
    Months,
    /// 365 days.
    #[graphql(name = "YEAR")]
    Years,
}
