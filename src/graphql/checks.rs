//! Tests of the schema as a whole.
//!
//! Invariant: what is committed under `schema/` is what the code says; `UPDATE_SCHEMA=1` writes it anew.

mod committed;
