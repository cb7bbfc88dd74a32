//! Scenarios of the whole engine over real databases: always SQLite, and PostgreSQL when `TEST_DATABASE_URL` is set.
//!
//! Not for pure parts (beside them). Invariant: no scenario sleeps until something has probably happened; each looks for what it
//! waits for, and fails after a minute.

mod abort;
mod crash;
mod downtime;
mod endings;
mod flow;
mod herd;
mod house;
mod housekeeping;
mod leases;
mod queue;
mod schedules;
mod trio;
mod windows;
