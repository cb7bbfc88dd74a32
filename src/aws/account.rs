//! What AWS says about an account and its role.
//!
//! Not for how an account is reached (`access`). Invariant: a proof says what was tried and what AWS answered; it is
//! never assumed.

use serde::{Deserialize, Serialize};

/// Who AWS thinks the caller is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallerIdentity {
    /// The 12-digit account number.
    pub account_id: String,
    /// ARN of the user or of the assumed role's session.
    pub arn: String,
    /// Unique id of the caller.
    pub user_id: String,
}

/// What happened when the role was assumed in three ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalIdProof {
    /// The role opened with the right external id.
    pub opens_with_external_id: bool,
    /// The role refused us without an external id.
    pub refuses_without_external_id: bool,
    /// The role refused us with a wrong external id.
    pub refuses_wrong_external_id: bool,
    /// What AWS said when it should have opened and did not.
    pub refusal: Option<String>,
}

impl ExternalIdProof {
    /// Whether the role may be used: it opens for us and for nobody who lacks the external id.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.opens_with_external_id
            && self.refuses_without_external_id
            && self.refuses_wrong_external_id
    }
}
