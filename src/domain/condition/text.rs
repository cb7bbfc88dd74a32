//! Conditions in words, and the way to one of their parts.
//!
//! Not for parsing: nothing reads these words back. Invariant: the way to a part is written like the field of a problem with it
//! ([`Condition::validate`]), so that a person finds both at the same place of the tree.

use std::fmt;

use super::{Condition, TagPair};
use crate::ids::OrganizationalUnitId;

/// Most values of a test that a text names; a person does not read more.
const VALUES_SHOWN: usize = 3;

impl Condition {
    /// The part at the end of a path such as [`Condition::obstacle`] answers.
    #[must_use]
    pub fn at(&self, path: &[usize]) -> Option<&Self> {
        let Some((index, rest)) = path.split_first() else {
            return Some(self);
        };
        match self {
            Self::AllOf(inner) | Self::AnyOf(inner) => inner.get(*index)?.at(rest),
            Self::Not(_)
            | Self::Kind(_)
            | Self::Account(_)
            | Self::Region(_)
            | Self::Unit(_)
            | Self::Name(_)
            | Self::NameContains(_)
            | Self::HasTag(_)
            | Self::AnyTag(_)
            | Self::AllTags(_)
            | Self::TagContains(_) => None,
        }
    }

    /// The tests at the leaves of the tree, each with its place as [`Condition::validate`] names it.
    #[must_use]
    pub fn tests(&self) -> Vec<(String, &Self)> {
        let mut found = Vec::new();
        self.collect(String::new(), &mut found);
        found
    }

    fn collect<'a>(&'a self, at: String, found: &mut Vec<(String, &'a Self)>) {
        let here = super::join(&at, self.member());
        match self {
            Self::AllOf(inner) | Self::AnyOf(inner) => {
                for (index, one) in inner.iter().enumerate() {
                    one.collect(super::join(&here, &index.to_string()), found);
                }
            }
            Self::Not(inner) => inner.collect(here, found),
            Self::Kind(_)
            | Self::Account(_)
            | Self::Region(_)
            | Self::Unit(_)
            | Self::Name(_)
            | Self::NameContains(_)
            | Self::HasTag(_)
            | Self::AnyTag(_)
            | Self::AllTags(_)
            | Self::TagContains(_) => found.push((here, self)),
        }
    }

    /// Whether a test looks for this unit.
    #[must_use]
    pub fn names_unit(&self, unit: OrganizationalUnitId) -> bool {
        let looks = |test: &Self| matches!(test, Self::Unit(units) if units.contains(&unit));
        self.tests().into_iter().any(|(_, test)| looks(test))
    }

    /// The path in the names of the schema, such as `allOf`, `1`, `anyTag`.
    #[must_use]
    pub fn steps(&self, path: &[usize]) -> Vec<String> {
        let mut steps = Vec::new();
        let mut at = self;
        for index in path {
            steps.extend([at.member().to_owned(), index.to_string()]);
            let Some(inner) = at.at(&[*index]) else {
                return steps;
            };
            at = inner;
        }
        steps.push(at.member().to_owned());
        steps
    }

    /// The name of this kind of test in the schema.
    #[must_use]
    pub const fn member(&self) -> &'static str {
        match self {
            Self::AllOf(_) => "allOf",
            Self::AnyOf(_) => "anyOf",
            Self::Not(_) => "not",
            Self::Kind(_) => "assetKind",
            Self::Account(_) => "awsAccount",
            Self::Region(_) => "region",
            Self::Unit(_) => "organizationalUnit",
            Self::Name(_) => "name",
            Self::NameContains(_) => "nameContains",
            Self::HasTag(_) => "hasTag",
            Self::AnyTag(_) => "anyTag",
            Self::AllTags(_) => "allTags",
            Self::TagContains(_) => "tagContains",
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllOf(inner) => group(f, "all of", inner),
            Self::AnyOf(inner) => group(f, "any of", inner),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Kind(kinds) => one_of(f, "kind is", kinds.iter().map(|kind| kind.name())),
            Self::Account(ids) => one_of(f, "AWS account is", ids),
            Self::Region(regions) => one_of(f, "region is", regions),
            Self::Unit(ids) => one_of(f, "organizational unit is or lies below", ids),
            Self::Name(names) => one_of(f, "name is", names.iter().map(Quoted)),
            Self::NameContains(part) => write!(f, "name contains {part:?}"),
            Self::HasTag(key) => write!(f, "has the tag {key:?}"),
            Self::AnyTag(pairs) => one_of(f, "has the tag", pairs),
            Self::AllTags(pairs) => {
                f.write_str("has the tags ")?;
                listed(f, pairs, " and ")
            }
            Self::TagContains(pair) => {
                write!(
                    f,
                    "value of the tag {:?} contains {:?}",
                    pair.key, pair.value
                )
            }
        }
    }
}

impl fmt::Display for TagPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} = {:?}", self.key, self.value)
    }
}

struct Quoted<'a>(&'a String);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

fn group(f: &mut fmt::Formatter<'_>, word: &str, inner: &[Condition]) -> fmt::Result {
    write!(f, "{word} (")?;
    listed(f, inner, ", ")?;
    f.write_str(")")
}

fn one_of<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    word: &str,
    values: impl IntoIterator<Item = T>,
) -> fmt::Result {
    write!(f, "{word} ")?;
    listed(f, values, " or ")
}

fn listed<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    values: impl IntoIterator<Item = T>,
    between: &str,
) -> fmt::Result {
    let mut values = values.into_iter();
    for (place, value) in values.by_ref().take(VALUES_SHOWN).enumerate() {
        if place > 0 {
            f.write_str(between)?;
        }
        write!(f, "{value}")?;
    }
    match values.count() {
        0 => Ok(()),
        more => write!(f, "{between}{more} more"),
    }
}
