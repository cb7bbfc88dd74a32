//! Slows down the guessing of passwords, per account and where the guesses come from.
//!
//! Not for budgets per address (`throttle/budget.rs`). Invariant: a known and an unknown address are slowed down alike, and the table of
//! attempts has a bound. It lies in memory: each replica counts on its own, and a restart forgets.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::error::Error;

mod budget;

pub(crate) use budget::{Budget, Budgets};

/// Wrong passwords that cost nothing.
const FREE_FAILURES: u32 = 3;
/// Longest wait, in seconds: long enough to make guessing hopeless, short enough not to lock its owner out.
const WAIT_SECONDS_MAX: i64 = 300;
/// A run of failures is forgotten after this long without one, in seconds.
const MEMORY_SECONDS: i64 = 3_600;
/// Most accounts remembered; beyond it the one that failed longest ago is forgotten.
const ACCOUNTS_MAX: usize = 100_000;

type AccountKey = [u8; 32];

/// Whose mistakes count together.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Guesser<'a> {
    /// Everybody who gives this e-mail address from a device that is not known.
    Stranger(&'a str),
    /// Somebody at the device with this id, where the person of this address has signed in before.
    Device(&'a str, &'a str),
    /// Somebody in a session of the person of this address.
    Session(&'a str),
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last_at: Timestamp,
}

impl Failures {
    /// When the next attempt is allowed: 1 s after the fourth failure, then twice as long each time.
    fn open_at(self) -> Timestamp {
        let Some(doublings) = self.count.checked_sub(FREE_FAILURES + 1) else {
            return self.last_at;
        };
        let seconds = 1_i64
            .checked_shl(doublings.min(32))
            .unwrap_or(WAIT_SECONDS_MAX)
            .min(WAIT_SECONDS_MAX);
        self.last_at
            .saturating_add(SignedDuration::from_secs(seconds))
            .unwrap_or(self.last_at)
    }
}

/// Counts wrong passwords per e-mail address.
#[derive(Debug, Default)]
pub(crate) struct SignInThrottle {
    accounts: Mutex<BTreeMap<AccountKey, Failures>>,
    /// What addresses and accounts have spent.
    pub(crate) budgets: Budgets,
}

impl SignInThrottle {
    /// Lets an attempt pass and counts it as failed until [`Self::succeeded`] says otherwise, so that attempts at the same
    /// time cannot share one allowance. The error has the seconds to wait.
    pub(crate) fn begin(&self, who: Guesser<'_>, now: Timestamp) -> Result<(), Error> {
        let key = key_of(who);
        let mut accounts = self.lock();
        let earlier = accounts
            .get(&key)
            .copied()
            .filter(|failures| now.duration_since(failures.last_at).as_secs() < MEMORY_SECONDS);
        if let Some(failures) = earlier {
            let wait = failures.open_at().duration_since(now).as_millis();
            if wait > 0 {
                return Err(Error::TooManyAttempts {
                    retry_after_seconds: u64::try_from(wait).unwrap_or(0).div_ceil(1_000),
                });
            }
        }
        if accounts.len() >= ACCOUNTS_MAX && !accounts.contains_key(&key) {
            forget_oldest(&mut accounts);
        }
        let count = earlier
            .map_or(0, |failures| failures.count)
            .saturating_add(1);
        accounts.insert(
            key,
            Failures {
                count,
                last_at: now,
            },
        );
        Ok(())
    }

    /// The attempt was right: whoever it was starts afresh, and nobody else.
    pub(crate) fn succeeded(&self, who: Guesser<'_>) {
        self.lock().remove(&key_of(who));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<AccountKey, Failures>> {
        // A panic while the lock was held leaves nothing half-done here.
        self.accounts
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A digest, so that addresses do not pile up in memory in clear and all keys are of one size.
fn key_of(who: Guesser<'_>) -> AccountKey {
    let (door, email, device) = match who {
        Guesser::Stranger(email) => ("stranger", email, ""),
        Guesser::Device(email, id) => ("device", email, id),
        Guesser::Session(email) => ("session", email, ""),
    };
    let email = email.trim().to_lowercase();
    Sha256::digest(format!("{door}:{device}:{email}").as_bytes()).into()
}

fn forget_oldest(accounts: &mut BTreeMap<AccountKey, Failures>) {
    let oldest = accounts
        .iter()
        .min_by_key(|(_, failures)| failures.last_at)
        .map(|(key, _)| *key);
    if let Some(key) = oldest {
        accounts.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(throttle: &SignInThrottle, email: &str, now: Timestamp) -> Result<(), u64> {
        match throttle.begin(Guesser::Stranger(email), now) {
            Ok(()) => Ok(()),
            Err(Error::TooManyAttempts {
                retry_after_seconds,
            }) => Err(retry_after_seconds),
            Err(other) => panic!("{other:?}"),
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn waits_grow_and_have_a_bound() {
        let throttle = SignInThrottle::default();
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..16 {
            match begin(&throttle, "a@b.c", at(now)) {
                Ok(()) => waits.push(0),
                Err(wait) => {
                    waits.push(wait);
                    now += i64::try_from(wait).unwrap();
                    assert_eq!(begin(&throttle, "a@b.c", at(now)), Ok(()));
                }
            }
        }
        assert_eq!(
            waits,
            [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
        );
    }

    #[test]
    fn a_right_password_and_an_hour_of_rest_both_start_afresh() {
        let throttle = SignInThrottle::default();
        for _ in 0..4 {
            begin(&throttle, "a@b.c", at(0)).unwrap();
        }
        assert!(begin(&throttle, "A@B.c ", at(0)).is_err());
        assert!(begin(&throttle, "other@b.c", at(0)).is_ok());
        assert!(begin(&throttle, "a@b.c", at(3_601)).is_ok());
        throttle.succeeded(Guesser::Stranger("a@b.c"));
        for _ in 0..4 {
            begin(&throttle, "a@b.c", at(3_601)).unwrap();
        }
    }

    #[test]
    fn the_table_has_a_bound() {
        let throttle = SignInThrottle::default();
        for index in 0..i64::try_from(ACCOUNTS_MAX).unwrap() + 50 {
            begin(&throttle, &format!("{index}@b.c"), at(index)).unwrap();
        }
        assert_eq!(throttle.lock().len(), ACCOUNTS_MAX);
    }
}
