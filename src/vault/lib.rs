//! The backup store as a library: a thin layer over rustic_core.
