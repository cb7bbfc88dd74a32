//! Policies and templates.
