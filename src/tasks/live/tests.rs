//! Tests of live events.
