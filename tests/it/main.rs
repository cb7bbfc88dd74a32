//! The one integration test binary.
#![recursion_limit = "512"]

mod aws;
mod first_light;
