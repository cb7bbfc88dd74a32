//! Faults that a test programs into the simulated AWS.
//!
//! Not for faults of the network or of the disk. Invariant: the same faults and the same calls give the same outcome,
//! also for faults that come "by chance".

use sha2::{Digest, Sha256};

use crate::error::{AwsError, ErrorClass};
use crate::sdk::call::Call;

/// Which calls a fault hits, counted from 1 among the calls that it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Each call.
    Always,
    /// Only the nth.
    Nth(u64),
    /// The first n.
    First(u64),
    /// All after the first n.
    After(u64),
    /// Each nth.
    Every(u64),
    /// This many of 1,000, chosen by the seed.
    PerMille {
        /// Calls of 1,000.
        of_1000: u16,
        /// Another seed hits other calls.
        seed: u64,
    },
}

impl When {
    fn hits(self, number: u64) -> bool {
        match self {
            Self::Always => true,
            Self::Nth(n) => number == n,
            Self::First(n) => number <= n,
            Self::After(n) => number > n,
            Self::Every(n) => n > 0 && number.is_multiple_of(n),
            Self::PerMille { of_1000, seed } => {
                let mut digest = Sha256::new();
                digest.update(seed.to_le_bytes());
                digest.update(number.to_le_bytes());
                let bytes: [u8; 32] = digest.finalize().into();
                let (head, _) = bytes.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
                u64::from_le_bytes(*head) % 1_000 < u64::from(of_1000)
            }
        }
    }
}

/// What a fault does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The call fails and nothing happens in AWS.
    Fail(ErrorClass),
    /// It happens in AWS, but the caller gets a [`ErrorClass::Transient`] error.
    LoseAnswer,
    /// The snapshot that the call names is deleted first, as if the customer had done it.
    Vanish,
}

/// A fault.
#[derive(Debug, Clone)]
pub struct Fault {
    operation: String,
    account_id: Option<String>,
    when: When,
    effect: Effect,
    seen: u64,
}

impl Fault {
    /// A fault of `operation` (AWS's name, such as `GetSnapshotBlock`) in every account.
    pub fn new(operation: impl Into<String>, when: When, effect: Effect) -> Self {
        Self {
            operation: operation.into(),
            account_id: None,
            when,
            effect,
            seen: 0,
        }
    }

    /// The same fault, in one account only.
    #[must_use]
    pub fn in_account(mut self, account_id: impl Into<String>) -> Self {
        self.account_id = Some(account_id.into());
        self
    }

    /// Counts the call if the fault is meant for it, and says what happens to it.
    pub(super) fn strike(&mut self, call: &Call, account_id: &str) -> Option<Effect> {
        let here = self
            .account_id
            .as_deref()
            .is_none_or(|own| own == account_id);
        if !here || self.operation != call.operation {
            return None;
        }
        self.seen = self.seen.saturating_add(1);
        self.when.hits(self.seen).then_some(self.effect)
    }
}

/// An error of this class as AWS would give it.
pub(super) fn error_of(call: &Call, class: ErrorClass) -> AwsError {
    let (code, status) = match class {
        ErrorClass::Throttled if call.service == "ec2" => ("RequestLimitExceeded", 503),
        ErrorClass::Throttled => ("ThrottlingException", 400),
        ErrorClass::Transient => ("InternalError", 500),
        ErrorClass::AccessDenied if call.service == "ec2" => ("UnauthorizedOperation", 403),
        ErrorClass::AccessDenied => ("AccessDeniedException", 403),
        ErrorClass::NotFound => ("ResourceNotFoundException", 404),
        ErrorClass::LimitExceeded => ("ServiceQuotaExceededException", 402),
        ErrorClass::InvalidRequest => ("ValidationException", 400),
        ErrorClass::TokenExpired => ("ExpiredTokenException", 403),
        ErrorClass::ChecksumMismatch | ErrorClass::Other => {
            return AwsError::new(class, call.service, call.operation, "a fault of the test");
        }
    };
    AwsError::from_code(
        call.service,
        call.operation,
        code,
        "a fault of the test",
        status,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_a_fault_has_the_class_that_was_asked_for() {
        for class in [
            ErrorClass::Throttled,
            ErrorClass::Transient,
            ErrorClass::AccessDenied,
            ErrorClass::NotFound,
            ErrorClass::LimitExceeded,
            ErrorClass::InvalidRequest,
            ErrorClass::ChecksumMismatch,
            ErrorClass::TokenExpired,
            ErrorClass::Other,
        ] {
            for call in crate::sdk::call::CUSTOMER_CALLS {
                assert_eq!(error_of(call, class).class(), class);
            }
        }
    }

    #[test]
    fn chance_is_the_same_every_time_and_about_as_asked() {
        let half = When::PerMille {
            of_1000: 500,
            seed: 7,
        };
        let hits = (1..=10_000).filter(|n| half.hits(*n)).count();
        assert!((4_500..=5_500).contains(&hits), "{hits}");
        assert_eq!(hits, (1..=10_000).filter(|n| half.hits(*n)).count());
        let other = When::PerMille {
            of_1000: 500,
            seed: 8,
        };
        assert!((1..=100).any(|n| half.hits(n) != other.hits(n)));
    }

    #[test]
    fn counting_starts_at_one() {
        assert!(When::Nth(1).hits(1));
        assert!(!When::First(2).hits(3));
        assert!(When::After(2).hits(3));
        assert!(When::Every(3).hits(6));
    }
}
