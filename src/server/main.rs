//! The `holdfast` binary.
#![recursion_limit = "512"]
fn main() {}
