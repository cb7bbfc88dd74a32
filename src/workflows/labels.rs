//! The marks on everything that a task makes in a customer's account: who made it, for what, and how to find it again.
//!
//! Not for the user's own tags. Invariant: a resource of ours can be told from others, and from those of another step.

use aws::{MANAGED_TAG, MANAGED_TAG_VALUE};
use domain::tag::Tags;
use tasks::StepContext;

/// Tag with the task's id.
pub(crate) const TASK_TAG: &str = "holdfast:task";
/// Tag with the step's name.
pub(crate) const STEP_TAG: &str = "holdfast:step";
/// Tag with the asset's id.
pub(crate) const ASSET_TAG: &str = "holdfast:asset";

/// Tags for what the step `step` of this task makes, beside those that `aws` adds.
pub(crate) fn tags(cx: &StepContext, step: &str) -> Tags {
    let mut pairs = vec![
        (TASK_TAG.to_owned(), cx.task.id.to_string()),
        (STEP_TAG.to_owned(), step.to_owned()),
    ];
    if let Some(asset) = cx.task.asset_id {
        pairs.push((ASSET_TAG.to_owned(), asset.to_string()));
    }
    pairs.into_iter().collect()
}

/// Tags by which what this step made is found again, whichever attempt made it.
pub(crate) fn search(cx: &StepContext, step: &str) -> Tags {
    [
        (MANAGED_TAG.to_owned(), MANAGED_TAG_VALUE.to_owned()),
        (TASK_TAG.to_owned(), cx.task.id.to_string()),
        (STEP_TAG.to_owned(), step.to_owned()),
    ]
    .into_iter()
    .collect()
}
