//! Expiry.
mod plan;
