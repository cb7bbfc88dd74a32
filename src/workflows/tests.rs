//! Workflows against the simulated AWS, a real database and a real vault.

mod backup;
mod expiry;
mod faults;
mod placement;
mod proof;
mod proof_duty;
mod protection;
mod prune;
mod restore;
mod trio;
mod upkeep;
