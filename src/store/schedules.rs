//! Schedules and missed windows.
