//! The clock: the only place where Holdfast reads the time.
//!
//! Not for calendar maths (`frequency.rs`). Invariant: times carry whole microseconds, because PostgreSQL keeps no more.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Source of the time; injected everywhere.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present moment, cut to microseconds.
    fn now(&self) -> Timestamp;
}

/// The clock of the host.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the host's clock"
    )]
    fn now(&self) -> Timestamp {
        whole_microseconds(Timestamp::now())
    }
}

/// A clock that stands still until a test moves it; clones share the hand.
#[derive(Debug, Clone)]
pub struct TestClock {
    microseconds: Arc<AtomicI64>,
}

impl TestClock {
    /// A clock that shows `at`.
    #[must_use]
    pub fn at(at: Timestamp) -> Self {
        Self {
            microseconds: Arc::new(AtomicI64::new(at.as_microsecond())),
        }
    }

    /// Moves the clock; a negative `by` moves it back.
    pub fn advance(&self, by: SignedDuration) {
        let step = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.microseconds.fetch_add(step, Ordering::SeqCst);
    }

    /// Sets the clock.
    pub fn set(&self, at: Timestamp) {
        self.microseconds
            .store(at.as_microsecond(), Ordering::SeqCst);
    }
}

impl Default for TestClock {
    /// 2026-01-01T00:00:00Z.
    fn default() -> Self {
        Self {
            microseconds: Arc::new(AtomicI64::new(1_767_225_600_000_000)),
        }
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.microseconds.load(Ordering::SeqCst))
            .unwrap_or(Timestamp::MAX)
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// Cuts a time to whole microseconds.
#[must_use]
pub fn whole_microseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
