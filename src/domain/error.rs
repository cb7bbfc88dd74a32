//! What is wrong with an input, in words for the person who sent it.
//!
//! Not for failures of the machine (each crate has its own error). Invariant: every problem names its field.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Machine-readable reason of a problem that the caller can mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProblemCode {
    /// The value breaks a rule; the message says which.
    Invalid,
    /// Another thing has this name already.
    Taken,
    /// There is no such thing, or it is not the caller's to see.
    NotFound,
    /// The caller's role does not allow this.
    Forbidden,
    /// The thing has changed since the caller read it, or the idempotency key was used for other work.
    Conflict,
    /// A limit of the organization or of the service is reached.
    LimitReached,
    /// The state of the thing does not allow this now.
    PreconditionFailed,
    /// The vault lock keeps it.
    RetentionLocked,
    /// A legal hold keeps it.
    LegalHold,
}

/// One problem with one field of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Machine-readable reason.
    pub code: ProblemCode,
    /// Path from the input's root to the field, in the names of the schema; list indexes as decimal numbers.
    pub field: Vec<String>,
    /// A sentence for a person: what is wrong and what is allowed.
    pub message: String,
}

impl Problem {
    /// A problem of `code` at `field` (dots separate the steps of the path).
    pub fn new(code: ProblemCode, field: &str, message: impl Into<String>) -> Self {
        let field = field
            .split('.')
            .filter(|step| !step.is_empty())
            .map(str::to_owned)
            .collect();
        Self {
            code,
            field,
            message: message.into(),
        }
    }

    /// A value that breaks a rule.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::new(ProblemCode::Invalid, field, message)
    }

    /// Something that is missing or not the caller's to see: the two always read the same.
    #[must_use]
    pub fn not_found(field: &str, what: &str) -> Self {
        Self::new(
            ProblemCode::NotFound,
            field,
            format!("There is no such {what}."),
        )
    }

    /// The same problem, seen from the parent at `prefix`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        let mut field: Vec<String> = prefix.split('.').map(str::to_owned).collect();
        field.append(&mut self.field);
        self.field = field;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field.join("."), self.message)
    }
}

/// Collects the problems of one input, so that the caller sees all of them at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// No problem yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a problem.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Adds the problems of a check, if it found any.
    pub fn absorb(&mut self, checked: Result<(), Vec<Problem>>) {
        if let Err(problems) = checked {
            self.0.extend(problems);
        }
    }

    /// Adds a broken rule at `field` unless `holds`.
    pub fn check(&mut self, holds: bool, field: &str, message: impl Into<String>) {
        if !holds {
            self.push(Problem::invalid(field, message));
        }
    }

    /// Adds the problems of a part of the input that lies at `prefix`.
    pub fn nest(&mut self, prefix: &str, inner: Result<(), Vec<Problem>>) {
        if let Err(problems) = inner {
            self.0
                .extend(problems.into_iter().map(|problem| problem.under(prefix)));
        }
    }

    /// `Ok` when nothing was found.
    pub fn into_result(self) -> Result<(), Vec<Problem>> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.0)
        }
    }
}
