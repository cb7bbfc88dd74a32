//! Operations as they are, in the form in which they are sent.
//!
//! Not for showing them. Invariant: what is sent back is what was there: a member that is added to a draft does not compile here until
//! it is filled.

use domain::policy::PolicyOperation;

use super::{
    Frequency, FrequencyInput, IntervalInput, PolicyOperationInput, RetentionInput, StartTimeInput,
};

impl From<PolicyOperation> for PolicyOperationInput {
    fn from(operation: PolicyOperation) -> Self {
        let PolicyOperation {
            id: _,
            asset_kind,
            placement,
            target,
            frequencies,
            start,
            window,
            catch_up,
            proof,
        } = operation;
        Self {
            asset_kind: asset_kind.into(),
            placement: placement.into(),
            target_region: target.region,
            storage_tier: target.tier.into(),
            frequencies: frequencies
                .into_iter()
                .map(|one| Frequency::from(one).into())
                .collect(),
            start: Some(StartTimeInput {
                hour: Some(start.hour),
                minute: Some(start.minute),
                zone: start.zone,
            }),
            window: window.map(Into::into),
            catch_up: catch_up.into(),
            proof: proof.map(Into::into),
        }
    }
}

impl From<Frequency> for FrequencyInput {
    fn from(Frequency { every, keep }: Frequency) -> Self {
        Self {
            every: IntervalInput {
                value: every.value,
                unit: every.unit,
                weekdays: Some(every.weekdays).filter(|days| !days.is_empty()),
                day_of_month: every.day_of_month,
            },
            keep: RetentionInput {
                value: keep.value,
                unit: keep.unit,
            },
        }
    }
}
