//! The one integration test binary.
#![recursion_limit = "512"]
#![expect(
    clippy::unwrap_used,
    clippy::too_many_lines,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test panics when something is wrong, and tells one story in one function"
)]

mod accounts;
mod audit;
mod aws;
mod browsers;
mod first_light;
mod guessing;
mod immutability;
mod object_lock;
mod protection;
mod revocation;
