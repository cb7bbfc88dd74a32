//! Tests of the vault as a whole: each says one promise, with small images so that all run in seconds.
//!
//! Not for single functions. Invariant: nothing here sleeps, and nothing is skipped when a tool is missing.

#![expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "sizes and numbers in these tests are small"
)]

mod crash;
mod faults;
mod feed;
mod honesty;
mod keys;
mod locked;
mod object_lock;
mod prune;
mod prune_worlds;
mod reachability;
mod restic;
mod round_trip;
mod stores;
mod support;
mod tamper;
