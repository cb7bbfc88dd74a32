//! Tags of AWS resources.
//!
//! Not for conditions over tags. Invariant: keys are unique within a set, and sets are ordered by key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Longest key, in characters (EC2 "Tag restrictions").
pub const TAG_KEY_LENGTH_MAX: usize = 128;
/// Longest value, in characters (EC2 "Tag restrictions").
pub const TAG_VALUE_LENGTH_MAX: usize = 256;
/// Prefix that AWS keeps for itself.
pub const TAG_RESERVED_PREFIX: &str = "aws:";

/// A set of tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(pub BTreeMap<String, String>);

impl Tags {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Pairs in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl FromIterator<(String, String)> for Tags {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// What is wrong with a tag that a caller wants to set; `None` when nothing is.
#[must_use]
pub fn tag_fault(key: &str, value: &str) -> Option<String> {
    if key.is_empty() || key.chars().count() > TAG_KEY_LENGTH_MAX {
        return Some(format!(
            "A tag key has 1 to {TAG_KEY_LENGTH_MAX} characters."
        ));
    }
    if value.chars().count() > TAG_VALUE_LENGTH_MAX {
        return Some(format!(
            "A tag value has at most {TAG_VALUE_LENGTH_MAX} characters."
        ));
    }
    key.to_ascii_lowercase()
        .starts_with(TAG_RESERVED_PREFIX)
        .then(|| format!("Keys that begin with {TAG_RESERVED_PREFIX} are reserved by AWS."))
}
