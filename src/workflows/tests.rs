//! Workflows against the simulated AWS, a real database and a real vault.

mod backup;
mod faults;
mod protection;
mod prune;
mod restore;
mod trio;
mod upkeep;
