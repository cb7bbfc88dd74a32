//! What the organization wants of its assets.
//!
//! Not for how they stand (`compliance.rs`). Invariant: a control that an update does not name stays as it is; one that it names is
//! replaced as a whole.

use app::compliance::ControlsChange;
use async_graphql::{Context, InputObject, Object, SimpleObject};
use domain::compliance::{
    ControlsOfOrganization, Period, PolicyMinimumsControl, ProtectedControl, ProvenControl,
    RecoveryPointsControl,
};

use super::PeriodUnit;
use crate::context::viewer;
use crate::error::{UserError, is_conflict, outcome, read};
use crate::policy::{RetentionDuration, RetentionInput};
use crate::scalars::DateTime;

/// A length of time that does not depend on the calendar.
#[derive(SimpleObject)]
pub(crate) struct PeriodDuration {
    /// How many units.
    value: u32,
    /// Which units.
    unit: PeriodUnit,
}

impl From<Period> for PeriodDuration {
    fn from(period: Period) -> Self {
        Self {
            value: period.value,
            unit: period.unit.into(),
        }
    }
}

/// A length of time that does not depend on the calendar.
#[derive(Debug, InputObject)]
pub(crate) struct PeriodInput {
    /// How many units, 1 to 999.
    value: u32,
    /// Which units.
    unit: PeriodUnit,
}

impl From<PeriodInput> for Period {
    fn from(PeriodInput { value, unit }: PeriodInput) -> Self {
        Self {
            value,
            unit: unit.into(),
        }
    }
}

/// What the organization wants of its assets.
#[derive(SimpleObject)]
pub(crate) struct ComplianceControls {
    /// Version, which an update names so that it overwrites nothing unseen.
    version: i32,
    /// When it was changed last; null when never.
    updated_at: Option<DateTime>,
    /// A policy that is active does something for the asset.
    protected: ProtectedControlSettings,
    /// The policy is frequent enough and keeps long enough.
    policy_minimums: PolicyMinimumsControlSettings,
    /// Each window of a look-back period has a recovery point.
    recovery_points: RecoveryPointsControlSettings,
    /// Recovery points were proven as the policy asks.
    proven: ProvenControlSettings,
}

/// Settings of the control `PROTECTED`.
#[derive(SimpleObject)]
pub(crate) struct ProtectedControlSettings {
    /// Whether it is looked at.
    enabled: bool,
    /// Whether a policy that is inactive protects as well.
    ignore_deactivated: bool,
}

/// Settings of the control `POLICY_MINIMUMS`.
#[derive(SimpleObject)]
pub(crate) struct PolicyMinimumsControlSettings {
    /// Whether it is looked at.
    enabled: bool,
    /// From one recovery point to the next at most.
    every: PeriodDuration,
    /// Those are kept for at least.
    keep: RetentionDuration,
}

/// Settings of the control `RECOVERY_POINTS`.
#[derive(SimpleObject)]
pub(crate) struct RecoveryPointsControlSettings {
    /// Whether it is looked at.
    enabled: bool,
    /// How far back; a whole number of windows.
    look_back: PeriodDuration,
    /// Length of a window; days begin at midnight and weeks on Monday, in UTC.
    window: PeriodDuration,
    /// How long the recovery point of a window must be kept at least.
    keep: RetentionDuration,
    /// How many minutes after its end a window is judged, so that a run of its last minutes can end.
    settle_minutes: u32,
}

/// Settings of the control `PROVEN`.
#[derive(SimpleObject)]
pub(crate) struct ProvenControlSettings {
    /// Whether it is looked at.
    enabled: bool,
    /// Whether a policy that asks for no proof is out of compliance.
    required: bool,
}

impl From<ControlsOfOrganization> for ComplianceControls {
    fn from(all: ControlsOfOrganization) -> Self {
        let controls = all.controls;
        Self {
            version: all.version,
            updated_at: all.updated_at.map(DateTime),
            protected: ProtectedControlSettings {
                enabled: controls.protected.enabled,
                ignore_deactivated: controls.protected.ignore_deactivated,
            },
            policy_minimums: PolicyMinimumsControlSettings {
                enabled: controls.policy_minimums.enabled,
                every: controls.policy_minimums.every.into(),
                keep: controls.policy_minimums.keep.into(),
            },
            recovery_points: RecoveryPointsControlSettings {
                enabled: controls.recovery_points.enabled,
                look_back: controls.recovery_points.look_back.into(),
                window: controls.recovery_points.window.into(),
                keep: controls.recovery_points.keep.into(),
                settle_minutes: controls.recovery_points.settle_minutes,
            },
            proven: ProvenControlSettings {
                enabled: controls.proven.enabled,
                required: controls.proven.required,
            },
        }
    }
}

/// What changes of the controls; those that are absent stay as they are.
#[derive(InputObject)]
pub(crate) struct UpdateComplianceControlsInput {
    /// The version that you have read; the change is refused when there is a later one.
    expected_version: i32,
    /// A policy that is active does something for the asset.
    protected: Option<ProtectedControlInput>,
    /// The policy is frequent enough and keeps long enough: one of its frequencies does both.
    policy_minimums: Option<PolicyMinimumsControlInput>,
    /// Each window of a look-back period has a recovery point.
    recovery_points: Option<RecoveryPointsControlInput>,
    /// Recovery points were proven as the policy asks.
    proven: Option<ProvenControlInput>,
}

/// Settings of the control `PROTECTED`.
#[derive(InputObject)]
pub(crate) struct ProtectedControlInput {
    /// Whether it is looked at.
    enabled: bool,
    /// Whether a policy that is inactive protects as well.
    #[graphql(default)]
    ignore_deactivated: bool,
}

/// Settings of the control `POLICY_MINIMUMS`.
#[derive(InputObject)]
pub(crate) struct PolicyMinimumsControlInput {
    /// Whether it is looked at.
    enabled: bool,
    /// From one recovery point to the next at most.
    every: PeriodInput,
    /// Those are kept for at least.
    keep: RetentionInput,
}

/// Settings of the control `RECOVERY_POINTS`.
#[derive(InputObject)]
pub(crate) struct RecoveryPointsControlInput {
    /// Whether it is looked at.
    enabled: bool,
    /// How far back, in hours, days or weeks; a whole number of windows, at most 366.
    look_back: PeriodInput,
    /// Length of a window, in hours, days or weeks.
    window: PeriodInput,
    /// How long the recovery point of a window must be kept at least.
    keep: RetentionInput,
    /// How many minutes after its end a window is judged, at most 10080.
    #[graphql(default = 240)]
    settle_minutes: u32,
}

/// Settings of the control `PROVEN`.
#[derive(InputObject)]
pub(crate) struct ProvenControlInput {
    /// Whether it is looked at.
    enabled: bool,
    /// Whether a policy that asks for no proof is out of compliance.
    #[graphql(default)]
    required: bool,
}

impl From<UpdateComplianceControlsInput> for ControlsChange {
    fn from(input: UpdateComplianceControlsInput) -> Self {
        Self {
            protected: input.protected.map(|one| ProtectedControl {
                enabled: one.enabled,
                ignore_deactivated: one.ignore_deactivated,
            }),
            policy_minimums: input.policy_minimums.map(|one| PolicyMinimumsControl {
                enabled: one.enabled,
                every: one.every.into(),
                keep: one.keep.into(),
            }),
            recovery_points: input.recovery_points.map(|one| RecoveryPointsControl {
                enabled: one.enabled,
                look_back: one.look_back.into(),
                window: one.window.into(),
                keep: one.keep.into(),
                settle_minutes: one.settle_minutes,
            }),
            proven: input.proven.map(|one| ProvenControl {
                enabled: one.enabled,
                required: one.required,
            }),
        }
    }
}

/// Result of `updateComplianceControls`.
#[derive(SimpleObject)]
pub(crate) struct UpdateComplianceControlsPayload {
    /// The changed controls; on a conflict the controls as they are.
    compliance_controls: Option<ComplianceControls>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Root field of the controls.
#[derive(Default)]
pub(crate) struct ComplianceControlsQuery;

#[Object]
impl ComplianceControlsQuery {
    /// What the organization wants of its assets.
    async fn compliance_controls(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<ComplianceControls>> {
        let controls = app::compliance::controls(viewer(ctx)?).await;
        Ok(Some(read(controls)?.into()))
    }
}

/// Mutations of the controls.
#[derive(Default)]
pub(crate) struct ComplianceControlsMutation;

#[Object]
impl ComplianceControlsMutation {
    /// Changes what the organization wants of its assets; every asset is judged anew within moments.
    async fn update_compliance_controls(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateComplianceControlsInput,
    ) -> async_graphql::Result<Option<UpdateComplianceControlsPayload>> {
        let caller = viewer(ctx)?;
        let version = input.expected_version;
        let updated = app::compliance::update_controls(caller, input.into(), version).await;
        let (updated, user_errors) = outcome(updated)?;
        let mut compliance_controls = updated.map(ComplianceControls::from);
        if is_conflict(&user_errors) {
            let present = read(app::compliance::controls(caller).await)?;
            compliance_controls = Some(present.into());
        }
        Ok(Some(UpdateComplianceControlsPayload {
            compliance_controls,
            user_errors,
        }))
    }
}
