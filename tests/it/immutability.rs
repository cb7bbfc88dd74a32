//! T-13: every way that we know of to end a recovery point before its time, tried on one that is locked and one that is held.
//!
//! Not for what the rules are (`domain::life`) nor for each message (the crates' own tests). Invariant: beside the two points lies a
//! third of the same asset that nothing keeps, and the same machine that must spare them must end it: so no way passes because
//! nothing ran.
//!
//! | file       | who tries                                                                    | what must come of it        |
//! |------------|------------------------------------------------------------------------------|-----------------------------|
//! | `people`   | Super Admins, alone and two together; roles without the right; tokens         | refused, or does not matter |
//! | `machines` | tasks by hand, twice, on two replicas, killed in between; clocks; settings    | refused, or does not matter |
//! | `rows`     | whoever writes to the database                                                | put back, and told          |
//! | `files`    | whoever writes to the folder                                                  | found within one cycle      |
//!
//! What S3 Object Lock denies has its own test beside the store (`aws`).

mod files;
mod machines;
mod people;
mod rows;
mod world;

/// Ways that reliability.md asks for.
const WAYS_MIN: usize = 40;

#[test]
fn there_are_as_many_ways_as_the_promise_says() {
    let ways = people::PATHS.len()
        + people::ROLE_PATHS
        + machines::PATHS.len()
        + rows::PATHS.len()
        + files::PATHS.len();
    assert!(ways >= WAYS_MIN, "{ways}");
}
