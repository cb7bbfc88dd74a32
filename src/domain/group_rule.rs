//! Rules that turn the groups of an identity provider into roles at units.
//!
//! Not for granting (`app::sign_on`). Invariant: rules only add up: a person gets what every matching rule grants, whatever the
//! order, so that reading one rule tells what it grants at least. Operators as clumio.md 1.18 lists them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::error::Problems;
use crate::ids::{OrganizationalUnitId, RoleId};
use crate::limits::NAME_LENGTH_MAX;
use crate::text::checked_name;

/// Most rules of a provider.
pub const GROUP_RULES_MAX: usize = 100;
/// Most values of a condition, and most units of a rule.
pub const GROUP_RULE_VALUES_MAX: usize = 100;
/// Longest value, in characters.
pub const GROUP_LENGTH_MAX: usize = 256;

/// When a rule matches. Names of groups compare character by character.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupCondition {
    /// The person is in this group.
    Equals(String),
    /// The person is in at least one of these.
    AnyOf(Vec<String>),
    /// The person is in all of these.
    AllOf(Vec<String>),
    /// The name of one of the person's groups contains at least one of these texts.
    ContainsAnyOf(Vec<String>),
    /// For each of these texts there is a group of the person whose name contains it.
    ContainsAllOf(Vec<String>),
}

impl GroupCondition {
    /// Whether a person with these groups is meant. A person without groups never is.
    #[must_use]
    pub fn matches(&self, groups: &[String]) -> bool {
        let is_in = |wanted: &String| groups.contains(wanted);
        let has_part = |part: &String| groups.iter().any(|group| group.contains(part.as_str()));
        match self {
            Self::Equals(wanted) => is_in(wanted),
            Self::AnyOf(wanted) => wanted.iter().any(is_in),
            Self::AllOf(wanted) => !wanted.is_empty() && wanted.iter().all(is_in),
            Self::ContainsAnyOf(parts) => parts.iter().any(has_part),
            Self::ContainsAllOf(parts) => !parts.is_empty() && parts.iter().all(has_part),
        }
    }

    fn values(&self) -> &[String] {
        match self {
            Self::Equals(value) => std::slice::from_ref(value),
            Self::AnyOf(values)
            | Self::AllOf(values)
            | Self::ContainsAnyOf(values)
            | Self::ContainsAllOf(values) => values,
        }
    }
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRule {
    /// Shown name, unique with its provider.
    pub name: String,
    /// When it matches.
    pub condition: GroupCondition,
    /// The role that it grants.
    pub role_id: RoleId,
    /// The units from which down it grants it.
    pub unit_ids: Vec<OrganizationalUnitId>,
}

/// Checks a list of rules; whether role and units exist is the use case's to say.
pub fn validate(rules: &[GroupRule]) -> Result<(), Vec<crate::Problem>> {
    let mut problems = Problems::new();
    problems.check(
        rules.len() <= GROUP_RULES_MAX,
        "rules",
        format!("At most {GROUP_RULES_MAX} rules are allowed."),
    );
    let mut names = BTreeSet::new();
    for (index, rule) in rules.iter().enumerate().take(GROUP_RULES_MAX) {
        let at = |field: &str| format!("rules.{index}.{field}");
        if let Err(problem) = checked_name(&at("name"), &rule.name, NAME_LENGTH_MAX) {
            problems.push(problem);
        }
        problems.check(
            names.insert(rule.name.trim()),
            &at("name"),
            "Another rule has this name.",
        );
        let values = rule.condition.values();
        let fits = (1..=GROUP_RULE_VALUES_MAX).contains(&values.len())
            && values
                .iter()
                .all(|value| (1..=GROUP_LENGTH_MAX).contains(&value.chars().count()));
        problems.check(
            fits,
            &at("condition"),
            format!(
                "This needs 1 to {GROUP_RULE_VALUES_MAX} values of 1 to {GROUP_LENGTH_MAX} characters."
            ),
        );
        problems.check(
            (1..=GROUP_RULE_VALUES_MAX).contains(&rule.unit_ids.len()),
            &at("unitIds"),
            format!("This needs 1 to {GROUP_RULE_VALUES_MAX} units."),
        );
    }
    problems.into_result()
}

/// What these groups are granted by all rules together: a role, and the unit from which down it holds.
#[must_use]
pub fn granted(rules: &[GroupRule], groups: &[String]) -> BTreeSet<(RoleId, OrganizationalUnitId)> {
    let matching = rules.iter().filter(|rule| rule.condition.matches(groups));
    matching
        .flat_map(|rule| {
            let role_id = rule.role_id;
            rule.unit_ids.iter().map(move |&unit_id| (role_id, unit_id))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn groups(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn rule(name: &str, condition: GroupCondition, number: u128) -> GroupRule {
        GroupRule {
            name: name.to_owned(),
            condition,
            role_id: RoleId::from_uuid(Uuid::from_u128(number)),
            unit_ids: vec![OrganizationalUnitId::from_uuid(Uuid::from_u128(number))],
        }
    }

    #[test]
    fn every_operator_matches_what_it_says_and_nothing_else() {
        let person = groups(&["backup-admins", "berlin"]);
        let table = [
            (GroupCondition::Equals("berlin".into()), true),
            (GroupCondition::Equals("Berlin".into()), false),
            (GroupCondition::Equals("berl".into()), false),
            (GroupCondition::AnyOf(groups(&["paris", "berlin"])), true),
            (GroupCondition::AnyOf(groups(&["paris", "admins"])), false),
            (
                GroupCondition::AllOf(groups(&["berlin", "backup-admins"])),
                true,
            ),
            (GroupCondition::AllOf(groups(&["berlin", "paris"])), false),
            (GroupCondition::AllOf(vec![]), false),
            (
                GroupCondition::ContainsAnyOf(groups(&["x", "admins"])),
                true,
            ),
            (
                GroupCondition::ContainsAnyOf(groups(&["x", "Admins"])),
                false,
            ),
            (
                GroupCondition::ContainsAllOf(groups(&["backup", "ber"])),
                true,
            ),
            (
                GroupCondition::ContainsAllOf(groups(&["backup", "paris"])),
                false,
            ),
            (GroupCondition::ContainsAllOf(vec![]), false),
        ];
        for (condition, matches) in table {
            assert_eq!(condition.matches(&person), matches, "{condition:?}");
            assert!(!condition.matches(&[]), "{condition:?}");
        }
    }

    #[test]
    fn matching_rules_add_up() {
        let rules = [
            rule("a", GroupCondition::Equals("ops".into()), 1),
            rule("b", GroupCondition::Equals("dev".into()), 2),
            rule("c", GroupCondition::ContainsAnyOf(groups(&["o"])), 1),
        ];
        assert_eq!(granted(&rules, &groups(&["ops", "dev"])).len(), 2);
        assert_eq!(granted(&rules, &groups(&["ops"])).len(), 1);
        assert!(granted(&rules, &groups(&["x"])).is_empty());
    }

    #[test]
    fn what_is_wrong_with_rules_is_said() {
        let good = rule("a", GroupCondition::Equals("ops".into()), 1);
        assert!(validate(std::slice::from_ref(&good)).is_ok());
        let twin = [good.clone(), good.clone()];
        assert_eq!(
            validate(&twin).unwrap_err()[0].field,
            ["rules", "1", "name"]
        );
        for bad in [
            GroupRule {
                name: " ".into(),
                ..good.clone()
            },
            GroupRule {
                unit_ids: vec![],
                ..good.clone()
            },
            GroupRule {
                condition: GroupCondition::AnyOf(vec![]),
                ..good.clone()
            },
            GroupRule {
                condition: GroupCondition::Equals(String::new()),
                ..good.clone()
            },
            GroupRule {
                condition: GroupCondition::Equals("x".repeat(257)),
                ..good
            },
        ] {
            assert_eq!(
                validate(std::slice::from_ref(&bad)).unwrap_err().len(),
                1,
                "{bad:?}"
            );
        }
    }

    proptest! {
        /// More groups never grant less.
        #[test]
        fn groups_only_add(few in prop::collection::vec("[a-c]{1,2}", 0..4), more in prop::collection::vec("[a-c]{1,2}", 0..4), wanted in prop::collection::vec("[a-c]{1,2}", 1..3)) {
            let rules = [
                rule("1", GroupCondition::AnyOf(wanted.clone()), 1),
                rule("2", GroupCondition::AllOf(wanted.clone()), 2),
                rule("3", GroupCondition::ContainsAllOf(wanted), 3),
            ];
            let less = granted(&rules, &few);
            let all: Vec<String> = few.into_iter().chain(more).collect();
            prop_assert!(granted(&rules, &all).is_superset(&less));
        }
    }
}
