//! Main as a library: configuration, routes, wiring, command line and shutdown.
#![recursion_limit = "512"]

pub mod http;
