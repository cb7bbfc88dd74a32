//! Plans: that a preview says what an apply does, who sees and may do what, and what makes an apply refuse.
//!
//! Not for the effect of a plan by itself (`domain::protection_plan`). Invariant: nothing here waits for a task.

mod access;
mod apply;
mod support;
mod worlds;
