//! Templates: policies that most organizations begin with.
//!
//! Not for policies that exist (`policy.rs`). Invariant: each template is a sound draft as it stands.

use crate::asset::AssetKind;
use crate::copy_target::CopyTarget;
use crate::frequency::{Frequency, Interval, StartTime};
use crate::policy::{CatchUp, OperationDraft, PolicyDraft};
use crate::recovery_point::Placement;
use crate::retention::{Retention, RetentionUnit};

const WEEKLY: Interval = Interval::Weeks {
    value: 1,
    weekdays: Vec::new(),
};
const MONTHLY: Interval = Interval::Months { value: 1, day: 1 };
const DAILY: Interval = Interval::Days { value: 1 };

/// The templates, the most careful first.
#[must_use]
pub fn templates() -> Vec<PolicyDraft> {
    use RetentionUnit::{Days, Months, Weeks, Years};
    vec![
        template(
            "Gold",
            "For what the business cannot do without: a copy every 12 hours, and a history of seven years.",
            &[
                (Interval::Hours { value: 12 }, 2, Days),
                (DAILY, 30, Days),
                (MONTHLY, 12, Months),
                (Interval::Years { value: 1 }, 7, Years),
            ],
        ),
        template(
            "Silver",
            "For most of what is in production: a copy every day, and a history of one year.",
            &[(DAILY, 14, Days), (WEEKLY, 8, Weeks), (MONTHLY, 12, Months)],
        ),
        template(
            "Bronze",
            "For what can be made anew, such as tests: a copy every day, kept for a week.",
            &[(DAILY, 7, Days)],
        ),
    ]
}

fn template(
    name: &str,
    description: &str,
    frequencies: &[(Interval, u32, RetentionUnit)],
) -> PolicyDraft {
    let frequency = |(every, value, unit): &(Interval, u32, RetentionUnit)| Frequency {
        every: every.clone(),
        keep: Retention {
            value: *value,
            unit: *unit,
        },
    };
    PolicyDraft {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        operations: vec![OperationDraft {
            asset_kind: AssetKind::EbsVolume,
            placement: Placement::Vault,
            frequencies: frequencies.iter().map(frequency).collect(),
            start: StartTime::default(),
            window: None,
            catch_up: CatchUp::Latest,
            proof: None,
            target: CopyTarget::default(),
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_a_sound_draft_of_another_name() {
        let templates = templates();
        let names: Vec<&str> = templates.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["Gold", "Silver", "Bronze"]);
        for template in templates {
            assert_eq!(template.validate(), Ok(()), "{}", template.name);
        }
    }
}
