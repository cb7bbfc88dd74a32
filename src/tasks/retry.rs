//! How often and when a failed task is tried again.
//!
//! Not for deciding whether an error is worth it (`error.rs`). Invariant: the budgets are finite, and the delay is random over
//! its whole length (full jitter), so that tasks that failed together do not come back together.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::error::RetryClass;

/// Budget and delays of one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// How many failures in a row, without a finished step between them, are forgiven.
    pub budget: u32,
    /// Longest delay after the first failure; doubles with each further one.
    pub base: SignedDuration,
    /// Longest delay of all.
    pub cap: SignedDuration,
}

impl Backoff {
    /// The longest delay after the failure number `failures` (1 = the first).
    #[must_use]
    pub fn ceiling(&self, failures: u32) -> SignedDuration {
        let doublings = failures.saturating_sub(1).min(20);
        let factor = 1_i32 << doublings;
        self.base
            .checked_mul(factor)
            .map_or(self.cap, |delay| delay.min(self.cap))
    }

    /// The delay after the failure number `failures`: a share of the ceiling, `random` of 2^32.
    #[must_use]
    pub fn delay(&self, failures: u32, random: u32) -> SignedDuration {
        let ceiling = self.ceiling(failures).as_micros();
        let micros = ceiling.saturating_mul(i128::from(random)) >> 32;
        SignedDuration::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

/// Budgets and delays of a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// For [`RetryClass::Transient`].
    pub transient: Backoff,
    /// For [`RetryClass::Throttled`].
    pub throttled: Backoff,
    /// For [`RetryClass::WorkerLost`].
    pub worker_lost: Backoff,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        let backoff = |budget, base, cap| Backoff {
            budget,
            base: SignedDuration::from_secs(base),
            cap: SignedDuration::from_secs(cap),
        };
        Self {
            transient: backoff(8, 5, 600),
            // Being asked to slow down is no failure of the work: it may take hours on a busy account.
            throttled: backoff(60, 2, 300),
            worker_lost: backoff(20, 1, 60),
        }
    }
}

impl RetryPolicy {
    /// The part for a class.
    #[must_use]
    pub const fn of(&self, class: RetryClass) -> &Backoff {
        match class {
            RetryClass::Transient => &self.transient,
            RetryClass::Throttled => &self.throttled,
            RetryClass::WorkerLost => &self.worker_lost,
        }
    }
}

/// Failures of a task by class since its last finished step; a column of its row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Failures(BTreeMap<RetryClass, u32>);

impl Failures {
    /// From the row; what cannot be read counts as none, which at worst forgives too much.
    #[must_use]
    pub fn from_row(row: &serde_json::Value) -> Self {
        serde_json::from_value(row.clone()).unwrap_or_default()
    }

    /// For the row.
    #[must_use]
    pub fn to_row(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Counts one more failure of `class` and says how many there are now.
    pub fn add(&mut self, class: RetryClass) -> u32 {
        let count = self.0.entry(class).or_default();
        *count = count.saturating_add(1);
        *count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_cap_and_spread_over_their_whole_length() {
        let backoff = Backoff {
            budget: 5,
            base: SignedDuration::from_secs(4),
            cap: SignedDuration::from_secs(60),
        };
        let ceilings: Vec<i64> = (1..=6).map(|n| backoff.ceiling(n).as_secs()).collect();
        assert_eq!(ceilings, [4, 8, 16, 32, 60, 60]);
        assert_eq!(backoff.ceiling(u32::MAX).as_secs(), 60);
        assert_eq!(backoff.delay(3, 0).as_millis(), 0);
        assert_eq!(backoff.delay(3, 1 << 31).as_millis(), 8_000);
        assert!(backoff.delay(3, u32::MAX) < SignedDuration::from_secs(16));
    }

    #[test]
    fn failures_are_counted_by_class_and_survive_the_row() {
        let mut failures = Failures::default();
        assert_eq!(failures.add(RetryClass::Throttled), 1);
        assert_eq!(failures.add(RetryClass::Throttled), 2);
        assert_eq!(failures.add(RetryClass::Transient), 1);
        let mut read = Failures::from_row(&failures.to_row());
        assert_eq!(read, failures);
        assert_eq!(read.add(RetryClass::Throttled), 3);
        assert_eq!(
            Failures::from_row(&serde_json::json!(17)),
            Failures::default()
        );
    }
}
