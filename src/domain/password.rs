//! What a password must be, as data: which rules there are and which of them one password keeps.
//!
//! Not for the checks themselves (`identity`). Invariant: a rule never carries any part of the password.

use serde::{Deserialize, Serialize};

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordRule {
    /// Neither too short nor too long.
    Length,
    /// A lower-case letter.
    LowerCase,
    /// An upper-case letter.
    UpperCase,
    /// A digit.
    Digit,
    /// A special character.
    Special,
    /// No white space and no control characters.
    NoWhiteSpace,
    /// Not on the list of common passwords, no run or repetition.
    NotCommon,
    /// Without the names of the person, the organization and the service.
    NoContext,
}

impl PasswordRule {
    /// All of them, in the order in which they are shown.
    pub const ALL: &'static [Self] = &[
        Self::Length,
        Self::LowerCase,
        Self::UpperCase,
        Self::Digit,
        Self::Special,
        Self::NoWhiteSpace,
        Self::NotCommon,
        Self::NoContext,
    ];
}

/// A rule and whether a password keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedRule {
    /// Which.
    pub rule: PasswordRule,
    /// What it asks, as a sentence for a person.
    pub text: String,
    /// Least and most characters; of [`PasswordRule::Length`] only.
    pub lengths: Option<(usize, usize)>,
    /// Whether it is kept.
    pub holds: bool,
}
