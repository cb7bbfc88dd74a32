//! Durations and sizes of the engine.
//!
//! Not for limits of kinds (`workflow.rs`). Invariant: a lease outlives several missed heartbeats, and trust in it ends before it
//! does; [`EngineConfig::default`] holds to that, and tests that shorten one shorten all.

use std::time::Duration;

use jiff::SignedDuration;

/// How a worker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineConfig {
    /// Tasks at once in this process.
    pub slots: usize,
    /// How long a lease is, by the clock.
    pub lease: SignedDuration,
    /// How long before its end a lease is no longer trusted, by the clock.
    pub margin: SignedDuration,
    /// How often leases are renewed.
    pub heartbeat: Duration,
    /// How often progress is written and aborts are looked for.
    pub watch: Duration,
    /// How often the queue is looked at when nothing wakes the worker.
    pub poll: Duration,
    /// How long a blocked task waits before it looks again, by the clock.
    pub block_recheck: SignedDuration,
    /// How long a step may go on after it was told to stop.
    pub grace: Duration,
}

/// Shortest lease, in seconds: a database that hesitates for two of its heartbeats must not cost the worker its tasks.
pub const LEASE_SECONDS_MIN: u32 = 10;
/// Longest lease, in seconds: so long do the tasks of a replica that died wait.
pub const LEASE_SECONDS_MAX: u32 = 600;

impl EngineConfig {
    /// The same with a lease of so many seconds: renewed four times in it, and not trusted in its last sixth.
    #[must_use]
    pub fn with_lease(self, seconds: u32) -> Self {
        let seconds = seconds.clamp(LEASE_SECONDS_MIN, LEASE_SECONDS_MAX);
        let lease = Duration::from_secs(u64::from(seconds));
        Self {
            lease: SignedDuration::from_secs(i64::from(seconds)),
            margin: SignedDuration::from_secs(i64::from(seconds)) / 6,
            heartbeat: lease / 4,
            ..self
        }
    }
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            slots: 16,
            lease: SignedDuration::from_secs(60),
            margin: SignedDuration::from_secs(10),
            heartbeat: Duration::from_secs(15),
            watch: Duration::from_secs(1),
            poll: Duration::from_secs(5),
            block_recheck: SignedDuration::from_secs(180),
            grace: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_a_lease_of_a_minute_and_two_heartbeats_may_always_be_missed() {
        let default = EngineConfig::default();
        assert_eq!(default.with_lease(60), default);
        for seconds in [0, LEASE_SECONDS_MIN, 25, LEASE_SECONDS_MAX, u32::MAX] {
            let config = default.with_lease(seconds);
            let trusted = Duration::try_from(config.lease - config.margin).unwrap();
            assert!(config.heartbeat * 3 <= trusted, "{config:?}");
            assert!(config.margin > SignedDuration::ZERO, "{config:?}");
        }
    }
}
