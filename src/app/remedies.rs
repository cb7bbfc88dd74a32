//! What to do about a failed task.
//!
//! Not for finding out why it failed (`workflows`). Invariant: every failure has a remedy, also one whose code is new.

use domain::task::TaskFailure;

/// Remedies by the code of the failure, or by a part of it that several codes share.
const REMEDIES: &[(&str, &str)] = &[
    (
        "KEY_DISABLED",
        "Enable the key in AWS KMS; the task goes on by itself within minutes.",
    ),
    (
        "KEY",
        "Check that the key exists and that its policy lets Holdfast use it; the task goes on by itself.",
    ),
    (
        "ROLE_REFUSES_US",
        "Make the role from the template on the page of the AWS account, or put the external id of that page into its trust policy. Then check again.",
    ),
    (
        "DENIED",
        "Check the AWS account (`verifyAwsAccount`): that names the missing permissions. Then retry the task.",
    ),
    (
        "THROTTL",
        "AWS asked to slow down; the task is tried again by itself. If it happens often, ask AWS for a higher limit.",
    ),
    (
        "FULL",
        "Free space at the place that the message names, then retry the task.",
    ),
    (
        "CHECKSUM",
        "What was read does not match its checksum, so nothing was marked as restorable. Retry the task; if it happens again, verify the earlier recovery points.",
    ),
    (
        "STUCK",
        "Undoing failed, so something may be left behind in AWS: look for resources tagged by Holdfast, then retry the task.",
    ),
    (
        "WORKER_LOST",
        "The server stopped again and again while it worked on this. Look into its log, then retry the task.",
    ),
    (
        "DISCONNECTED",
        "Link the AWS account again, then retry the task.",
    ),
    (
        "NOT_FOUND",
        "Something that the task needs is no longer there; the message names it. Refresh the inventory.",
    ),
    ("ABORTED", "Nothing: it was stopped on demand."),
];

/// What a person can do about a failure.
#[must_use]
pub fn remedy(failure: &TaskFailure) -> &'static str {
    let exact = REMEDIES.iter().find(|(code, _)| failure.code == *code);
    let part = || {
        REMEDIES
            .iter()
            .find(|(code, _)| failure.code.contains(code))
    };
    match exact.or_else(part) {
        Some((_, remedy)) => remedy,
        None if failure.is_retryable => {
            "It is tried again by itself; if it goes on, retry it by hand and look into the server's log."
        }
        None => "Mend what the message names, then retry the task.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_codes_come_before_parts_and_unknown_ones_have_a_remedy_too() {
        let of = |code: &str, is_retryable| {
            remedy(&TaskFailure {
                code: code.to_owned(),
                message: String::new(),
                aws_request_id: None,
                is_retryable,
            })
        };
        assert!(of("KEY_DISABLED", true).starts_with("Enable"));
        assert!(of("KEY_NOT_FOUND", true).starts_with("Check"));
        assert!(of("BRAND_NEW", true).contains("by itself"));
        assert!(of("BRAND_NEW", false).starts_with("Mend"));
    }
}
