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
