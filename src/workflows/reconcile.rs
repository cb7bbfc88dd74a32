//! Reconciler.
mod plan;
