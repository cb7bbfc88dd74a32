//! Conditions of protection rules: a tree of tests over the facts of an asset.
//!
//! Not for whole fleets (`asset_index`). Invariant: [`Condition::matches`] is what a condition means; whatever is faster must agree
//! with it (tests hold the two against each other). Operators as clumio.md 1.7 lists them; negations are `Not`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::asset::AssetKind;
use crate::error::{Problem, ProblemCode, Problems};
use crate::ids::{AwsAccountKey, OrganizationalUnitId};
use crate::tag::{TAG_KEY_LENGTH_MAX, TAG_VALUE_LENGTH_MAX, Tags};

mod text;

/// Deepest nesting of a condition, in levels: more is a program, not a rule.
pub const CONDITION_DEPTH_MAX: usize = 8;
/// Most tests and branches of a condition together.
pub const CONDITION_NODES_MAX: usize = 200;
/// Most tags that one rule may name (clumio.md 1.7).
pub const RULE_TAGS_MAX: usize = 100;
/// Most names that one rule may name (clumio.md 1.7).
pub const RULE_NAMES_MAX: usize = 100;
/// Most kinds, accounts, regions or units of one test.
pub const TEST_VALUES_MAX: usize = 1_000;
/// Longest name or part of a name, in characters (clumio.md 1.7).
pub const NAME_TEST_LENGTH_MAX: usize = 256;
/// Longest name of a region, in characters.
const REGION_LENGTH_MAX: usize = 32;

/// A key and a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TagPair {
    /// The key, character by character.
    pub key: String,
    /// The value, or the part of it that is looked for.
    pub value: String,
}

/// When a rule applies to an asset. Texts compare character by character, as AWS compares tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// All of these hold.
    AllOf(Vec<Self>),
    /// At least one of these holds.
    AnyOf(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// The asset is of one of these kinds.
    Kind(BTreeSet<AssetKind>),
    /// It lies in one of these linked accounts.
    Account(BTreeSet<AwsAccountKey>),
    /// It lies in one of these regions.
    Region(BTreeSet<String>),
    /// It lies in one of these units, or below one of them.
    Unit(BTreeSet<OrganizationalUnitId>),
    /// Its name is one of these.
    Name(BTreeSet<String>),
    /// Its name contains this text.
    NameContains(String),
    /// It has this tag, whatever the value.
    HasTag(String),
    /// It has at least one of these tags.
    AnyTag(BTreeSet<TagPair>),
    /// It has all of these tags.
    AllTags(BTreeSet<TagPair>),
    /// It has a tag with this key whose value contains this text.
    TagContains(TagPair),
}

/// What conditions look at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// What it is.
    pub kind: AssetKind,
    /// The linked account.
    pub account: AwsAccountKey,
    /// Such as `eu-west-1`.
    pub region: &'a str,
    /// Its unit and all units above it.
    pub units: &'a [OrganizationalUnitId],
    /// Its name.
    pub name: &'a str,
    /// Its tags.
    pub tags: &'a Tags,
}

impl Condition {
    /// Whether the condition holds for an asset.
    #[must_use]
    pub fn matches(&self, facts: &Facts<'_>) -> bool {
        let has = |pair: &TagPair| facts.tags.get(&pair.key) == Some(pair.value.as_str());
        match self {
            Self::AllOf(inner) => inner.iter().all(|one| one.matches(facts)),
            Self::AnyOf(inner) => inner.iter().any(|one| one.matches(facts)),
            Self::Not(inner) => !inner.matches(facts),
            Self::Kind(kinds) => kinds.contains(&facts.kind),
            Self::Account(accounts) => accounts.contains(&facts.account),
            Self::Region(regions) => regions.contains(facts.region),
            Self::Unit(units) => facts.units.iter().any(|unit| units.contains(unit)),
            Self::Name(names) => names.contains(facts.name),
            Self::NameContains(part) => facts.name.contains(part.as_str()),
            Self::HasTag(key) => facts.tags.get(key).is_some(),
            Self::AnyTag(pairs) => pairs.iter().any(has),
            Self::AllTags(pairs) => pairs.iter().all(has),
            Self::TagContains(pair) => facts
                .tags
                .get(&pair.key)
                .is_some_and(|value| value.contains(pair.value.as_str())),
        }
    }

    /// The path to the first test that keeps the condition from holding, as indexes into nested lists; none when it holds. Of
    /// alternatives none of which holds, and of a negation, it is the branch itself.
    #[must_use]
    pub fn obstacle(&self, facts: &Facts<'_>) -> Option<Vec<usize>> {
        if let Self::AllOf(inner) = self {
            return inner.iter().enumerate().find_map(|(index, one)| {
                let mut path = one.obstacle(facts)?;
                path.insert(0, index);
                Some(path)
            });
        }
        (!self.matches(facts)).then(Vec::new)
    }

    /// Checks size, depth and values.
    pub fn validate(&self) -> Result<(), Vec<Problem>> {
        let mut check = Check::default();
        check.visit(self, "", 1);
        check.finish()
    }
}

/// One walk over a condition; stops descending where a limit is passed, so that its own depth is bounded.
#[derive(Default)]
struct Check {
    problems: Problems,
    nodes: usize,
    tags: usize,
    names: usize,
    is_too_deep: bool,
}

impl Check {
    fn visit(&mut self, condition: &Condition, at: &str, depth: usize) {
        self.nodes = self.nodes.saturating_add(1);
        if depth > CONDITION_DEPTH_MAX || self.nodes > CONDITION_NODES_MAX {
            self.is_too_deep |= depth > CONDITION_DEPTH_MAX;
            return;
        }
        let field = |name: &str| join(at, name);
        match condition {
            Condition::AllOf(inner) => self.visit_all(inner, &field("allOf"), depth),
            Condition::AnyOf(inner) => self.visit_all(inner, &field("anyOf"), depth),
            Condition::Not(inner) => self.visit(inner, &field("not"), depth.saturating_add(1)),
            Condition::Kind(values) => self.count(values.len(), &field("assetKind")),
            Condition::Account(values) => self.count(values.len(), &field("awsAccount")),
            Condition::Unit(values) => self.count(values.len(), &field("organizationalUnit")),
            Condition::Region(values) => {
                self.count(values.len(), &field("region"));
                self.lengths(values, 1, REGION_LENGTH_MAX, &field("region"));
            }
            Condition::Name(values) => {
                self.names = self.names.saturating_add(values.len());
                self.count(values.len(), &field("name"));
                self.lengths(values, 0, NAME_TEST_LENGTH_MAX, &field("name"));
            }
            Condition::NameContains(part) => {
                self.names = self.names.saturating_add(1);
                self.lengths([part], 1, NAME_TEST_LENGTH_MAX, &field("nameContains"));
            }
            Condition::HasTag(key) => self.tag(key, "", 0, &field("hasTag")),
            Condition::AnyTag(pairs) => self.tags(pairs, &field("anyTag")),
            Condition::AllTags(pairs) => self.tags(pairs, &field("allTags")),
            Condition::TagContains(pair) => {
                self.tag(&pair.key, &pair.value, 1, &field("tagContains"));
            }
        }
    }

    fn visit_all(&mut self, inner: &[Condition], at: &str, depth: usize) {
        self.problems
            .check(!inner.is_empty(), at, "Name at least one condition.");
        for (index, one) in inner.iter().enumerate() {
            self.visit(one, &join(at, &index.to_string()), depth.saturating_add(1));
        }
    }

    fn count(&mut self, count: usize, at: &str) {
        self.problems.check(
            (1..=TEST_VALUES_MAX).contains(&count),
            at,
            format!("Name 1 to {TEST_VALUES_MAX} values."),
        );
    }

    fn lengths<'a>(
        &mut self,
        texts: impl IntoIterator<Item = &'a String>,
        min: usize,
        max: usize,
        at: &str,
    ) {
        for text in texts {
            self.problems.check(
                (min..=max).contains(&text.chars().count()),
                at,
                format!("A value has {min} to {max} characters."),
            );
        }
    }

    fn tags(&mut self, pairs: &BTreeSet<TagPair>, at: &str) {
        self.count(pairs.len(), at);
        for pair in pairs {
            self.tag(&pair.key, &pair.value, 0, at);
        }
    }

    fn tag(&mut self, key: &str, value: &str, value_min: usize, at: &str) {
        self.tags = self.tags.saturating_add(1);
        self.problems.check(
            (1..=TAG_KEY_LENGTH_MAX).contains(&key.chars().count()),
            &join(at, "key"),
            format!("A tag key has 1 to {TAG_KEY_LENGTH_MAX} characters."),
        );
        self.problems.check(
            (value_min..=TAG_VALUE_LENGTH_MAX).contains(&value.chars().count()),
            &join(at, "value"),
            format!("A tag value has {value_min} to {TAG_VALUE_LENGTH_MAX} characters."),
        );
    }

    fn finish(mut self) -> Result<(), Vec<Problem>> {
        let limits = [
            (
                self.is_too_deep,
                format!("Conditions nest at most {CONDITION_DEPTH_MAX} levels."),
            ),
            (
                self.nodes > CONDITION_NODES_MAX,
                format!("A condition has at most {CONDITION_NODES_MAX} tests and branches."),
            ),
            (
                self.tags > RULE_TAGS_MAX,
                format!("A rule names at most {RULE_TAGS_MAX} tags."),
            ),
            (
                self.names > RULE_NAMES_MAX,
                format!("A rule names at most {RULE_NAMES_MAX} names."),
            ),
        ];
        for (is_passed, message) in limits {
            if is_passed {
                self.problems
                    .push(Problem::new(ProblemCode::LimitReached, "", message));
            }
        }
        self.problems.into_result()
    }
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() {
        name.to_owned()
    } else {
        format!("{at}.{name}")
    }
}

#[cfg(test)]
pub(crate) mod tests;
