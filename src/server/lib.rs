//! Main as a library: configuration, command line, wiring, HTTP and shutdown.
//!
//! Not for anything that another crate can do: here everything meets. Invariant: only this crate reads the environment and
//! the command line.
#![recursion_limit = "512"]

mod audit;
pub mod cli;
pub mod config;
pub mod http;
mod mail;
mod scim;
pub mod serve;
mod shutdown;
mod sign_on;
pub mod telemetry;
pub mod wiring;
