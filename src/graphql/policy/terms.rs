//! Windows and proof targets of policies: from the wire to `domain` and back.
//!
//! Not for checking them (`domain`). Invariant: what a policy shows can be sent back as a draft and means the same.

use async_graphql::{InputObject, SimpleObject};
use domain::proof_target::{self, ProofWithin};

use crate::enums::{ProofSampleKind, ProofUnit, RecoveryPointProof};

/// A time of day, local in the time zone of the operation's start.
#[derive(Debug, PartialEq, SimpleObject)]
pub(crate) struct TimeOfDay {
    /// Hour, 0 to 23.
    hour: u8,
    /// Minute, 0 to 59.
    minute: u8,
}

impl From<domain::backup_window::TimeOfDay> for TimeOfDay {
    fn from(time: domain::backup_window::TimeOfDay) -> Self {
        let domain::backup_window::TimeOfDay { hour, minute } = time;
        Self { hour, minute }
    }
}

/// Between which times of day runs may work; each day anew. A run that has not begun when it closes is recorded as missed, one
/// that is still going on is stopped and undone, and both are tried again when it opens the next time, unless the operation does
/// not catch up.
#[derive(Debug, PartialEq, SimpleObject)]
pub(crate) struct BackupWindow {
    /// When it opens.
    opens: TimeOfDay,
    /// When it closes, on the next day when that is earlier than `opens`; with an open end (null) a run takes as long as it takes.
    closes: Option<TimeOfDay>,
}

impl From<domain::backup_window::BackupWindow> for BackupWindow {
    fn from(window: domain::backup_window::BackupWindow) -> Self {
        Self {
            opens: window.opens.into(),
            closes: window.closes.map(TimeOfDay::from),
        }
    }
}

/// What a policy promises about the proof of its recovery points.
#[derive(Debug, PartialEq, SimpleObject)]
pub(crate) struct ProofTarget {
    /// The least that counts.
    level: RecoveryPointProof,
    /// By when, counted from the time that the recovery point shows.
    within: ProofWithinDuration,
    /// Which recovery points.
    sample: ProofSample,
}

/// Time in which a recovery point must be proven.
#[derive(Debug, PartialEq, SimpleObject)]
pub(crate) struct ProofWithinDuration {
    /// How many units.
    value: u32,
    /// Which unit.
    unit: ProofUnit,
}

/// Which recovery points of an asset must be proven.
#[derive(Debug, PartialEq, SimpleObject)]
pub(crate) struct ProofSample {
    /// How they are chosen.
    kind: ProofSampleKind,
    /// How many in a hundred, for `PERCENT`; null for the others.
    percent: Option<u8>,
}

impl From<proof_target::ProofTarget> for ProofTarget {
    fn from(target: proof_target::ProofTarget) -> Self {
        let sample = |kind, percent| ProofSample { kind, percent };
        Self {
            level: target.level.into(),
            within: ProofWithinDuration {
                value: target.within.value,
                unit: target.within.unit.into(),
            },
            sample: match target.sample {
                proof_target::ProofSample::Every => sample(ProofSampleKind::Every, None),
                proof_target::ProofSample::Latest => sample(ProofSampleKind::Latest, None),
                proof_target::ProofSample::Percent { percent } => {
                    sample(ProofSampleKind::Percent, Some(percent))
                }
            },
        }
    }
}

/// A time of day, local in the time zone of the operation's start.
#[derive(Debug, InputObject)]
pub(crate) struct TimeOfDayInput {
    /// Hour, 0 to 23.
    hour: u8,
    /// Minute, 0 to 59.
    #[graphql(default = 0)]
    minute: u8,
}

impl From<TimeOfDayInput> for domain::backup_window::TimeOfDay {
    fn from(TimeOfDayInput { hour, minute }: TimeOfDayInput) -> Self {
        Self { hour, minute }
    }
}

/// Between which times of day runs may work; each day anew.
#[derive(Debug, InputObject)]
pub(crate) struct BackupWindowInput {
    /// When it opens.
    opens: TimeOfDayInput,
    /// When it closes, on the next day when that is earlier than `opens`; open end when absent.
    closes: Option<TimeOfDayInput>,
}

impl From<BackupWindowInput> for domain::backup_window::BackupWindow {
    fn from(BackupWindowInput { opens, closes }: BackupWindowInput) -> Self {
        Self {
            opens: opens.into(),
            closes: closes.map(Into::into),
        }
    }
}

/// What a policy shall promise about the proof of its recovery points.
#[derive(Debug, InputObject)]
pub(crate) struct ProofTargetInput {
    /// The least that counts; above `NONE`.
    level: RecoveryPointProof,
    /// By when, counted from the time that the recovery point shows.
    within: ProofWithinInput,
    /// Which recovery points; every one when absent.
    sample: Option<ProofSampleInput>,
}

/// Time in which a recovery point must be proven.
#[derive(Debug, InputObject)]
pub(crate) struct ProofWithinInput {
    /// How many units, 1 to 999.
    value: u32,
    /// Which unit.
    unit: ProofUnit,
}

/// Which recovery points of an asset must be proven.
#[derive(Debug, InputObject)]
pub(crate) struct ProofSampleInput {
    /// How they are chosen.
    kind: ProofSampleKind,
    /// How many in a hundred, 1 to 99: needed for `PERCENT`, without meaning for the others.
    percent: Option<u8>,
}

impl From<ProofTargetInput> for proof_target::ProofTarget {
    fn from(target: ProofTargetInput) -> Self {
        let ProofTargetInput {
            level,
            within,
            sample,
        } = target;
        Self {
            level: level.into(),
            within: ProofWithin {
                value: within.value,
                unit: within.unit.into(),
            },
            sample: sample.map_or(proof_target::ProofSample::Every, Into::into),
        }
    }
}

impl From<ProofSampleInput> for proof_target::ProofSample {
    fn from(ProofSampleInput { kind, percent }: ProofSampleInput) -> Self {
        match kind {
            ProofSampleKind::Every => Self::Every,
            ProofSampleKind::Latest => Self::Latest,
            // An absent share is none, which the check refuses at its path.
            ProofSampleKind::Percent => Self::Percent {
                percent: percent.unwrap_or(0),
            },
        }
    }
}

// The way back, for drafts of what there is.

impl From<domain::backup_window::BackupWindow> for BackupWindowInput {
    fn from(window: domain::backup_window::BackupWindow) -> Self {
        let time = |time: domain::backup_window::TimeOfDay| TimeOfDayInput {
            hour: time.hour,
            minute: time.minute,
        };
        Self {
            opens: time(window.opens),
            closes: window.closes.map(time),
        }
    }
}

impl From<proof_target::ProofTarget> for ProofTargetInput {
    fn from(target: proof_target::ProofTarget) -> Self {
        let shown = ProofTarget::from(target);
        Self {
            level: shown.level,
            within: ProofWithinInput {
                value: shown.within.value,
                unit: shown.within.unit,
            },
            sample: Some(ProofSampleInput {
                kind: shown.sample.kind,
                percent: shown.sample.percent,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::proof_target::ProofSample as Sample;

    use super::*;

    #[test]
    fn every_target_survives_the_way_to_the_wire_and_back() {
        for sample in [
            Sample::Every,
            Sample::Latest,
            Sample::Percent { percent: 7 },
        ] {
            let target = proof_target::ProofTarget {
                level: domain::recovery_point::Proof::Restored,
                within: ProofWithin {
                    value: 36,
                    unit: proof_target::ProofUnit::Hours,
                },
                sample,
            };
            let shown = ProofTarget::from(target);
            let input = ProofTargetInput {
                level: shown.level,
                within: ProofWithinInput {
                    value: shown.within.value,
                    unit: shown.within.unit,
                },
                sample: Some(ProofSampleInput {
                    kind: shown.sample.kind,
                    percent: shown.sample.percent,
                }),
            };
            assert_eq!(proof_target::ProofTarget::from(input), target);
        }
    }

    #[test]
    fn a_share_that_is_not_given_is_refused_by_the_check() {
        let input = ProofSampleInput {
            kind: ProofSampleKind::Percent,
            percent: None,
        };
        assert_eq!(Sample::from(input), Sample::Percent { percent: 0 });
    }
}
