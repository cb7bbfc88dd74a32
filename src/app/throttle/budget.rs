//! Budgets: how often something may be tried in a time, per address or account.
//!
//! Not for waits that grow (`throttle.rs`). Invariant: counted per check and not per request, so that aliases of one document
//! spend as many as requests would; the table has a bound.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::error::Error;

/// Most keys remembered; beyond it the one whose time ends first is forgotten.
const KEYS_MAX: usize = 20_000;

/// How often in what time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    name: &'static str,
    most: u32,
    seconds: i64,
}

impl Budget {
    /// Sign-ins of one address in a quarter of an hour; a success gives its own back. Many people may share an address.
    pub(crate) const fn sign_in(most: u32) -> Self {
        Self::new("sign-in", most, 900)
    }

    /// Requests for links from one address (reliability.md I6).
    pub(crate) const RECOVERY: Self = Self::new("recovery", 30, 3_600);
    /// Links to a new password for one mailbox: it must not be flooded. Each kind of mail has a budget of its own, so that a stranger
    /// who signs up with an address takes nobody's link away.
    pub(crate) const RESET_OF_ACCOUNT: Self = Self::new("reset-of-account", 3, 3_600);
    /// Sign-ups with one address, and their links again.
    pub(crate) const SIGN_UP_OF_ACCOUNT: Self = Self::new("sign-up-of-account", 3, 3_600);
    /// Links to one new address.
    pub(crate) const CHANGE_TO_ACCOUNT: Self = Self::new("change-to-account", 3, 3_600);
    /// Requests of one person for another address: nobody sends mails to strangers by us.
    pub(crate) const EMAIL_CHANGE: Self = Self::new("email-change", 5, 3_600);
    /// Questions of one address which providers a domain has.
    pub(crate) const DISCOVERY: Self = Self::new("discovery", 100, 900);
    /// Sign-ons through a provider that one address begins and does not finish in a quarter of an hour. Many people may share it.
    pub(crate) const SIGN_ON: Self = Self::new("sign-on", 100, 900);
    /// Sign-ups from one address.
    pub(crate) const SIGN_UP: Self = Self::new("sign-up", 20, 3_600);
    /// Uses of links from one address.
    pub(crate) const LINK: Self = Self::new("link", 30, 3_600);

    /// Invitations of one organization.
    pub(crate) const INVITATION: Self = Self::new("invitation", 200, 3_600);
    /// Invitations to one mailbox, of whichever organization.
    pub(crate) const INVITATION_OF_ADDRESS: Self = Self::new("invitation-of-address", 4, 3_600);

    const fn new(name: &'static str, most: u32, seconds: i64) -> Self {
        Self {
            name,
            most,
            seconds,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Spent {
    count: u32,
    ends_at: Timestamp,
}

/// What was spent.
#[derive(Debug, Default)]
pub(crate) struct Budgets {
    spent: Mutex<BTreeMap<[u8; 32], Spent>>,
}

impl Budgets {
    /// Spends one of an address (a /64 of IPv6 is one); an unknown address has no budget.
    pub(crate) fn spend_address(
        &self,
        budget: Budget,
        address: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Error> {
        address.map_or(Ok(()), |address| self.spend(budget, &network(address), now))
    }

    /// Spends one of `key`; the error has the seconds to wait.
    pub(crate) fn spend(&self, budget: Budget, key: &str, now: Timestamp) -> Result<(), Error> {
        let key = digest(budget, key);
        let mut table = self.lock();
        let earlier = table.get(&key).copied().filter(|spent| now < spent.ends_at);
        let spent = earlier.unwrap_or_else(|| Spent {
            count: 0,
            ends_at: now
                .saturating_add(SignedDuration::from_secs(budget.seconds))
                .unwrap_or(Timestamp::MAX),
        });
        if spent.count >= budget.most {
            let wait = spent.ends_at.duration_since(now).as_millis();
            return Err(Error::TooManyAttempts {
                retry_after_seconds: u64::try_from(wait).unwrap_or(0).div_ceil(1_000),
            });
        }
        if table.len() >= KEYS_MAX && !table.contains_key(&key) {
            forget_one(&mut table);
        }
        let count = spent.count.saturating_add(1);
        table.insert(key, Spent { count, ..spent });
        Ok(())
    }

    /// Gives back what an address spent on something that went right.
    pub(crate) fn give_back(&self, budget: Budget, address: Option<&str>) {
        let Some(address) = address else {
            return;
        };
        if let Some(spent) = self.lock().get_mut(&digest(budget, &network(address))) {
            spent.count = spent.count.saturating_sub(1);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<[u8; 32], Spent>> {
        // A panic while the lock was held leaves nothing half-done here.
        self.spent
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What one visitor can change at will counts as one: the whole /64 of IPv6.
fn network(address: &str) -> String {
    match address
        .parse::<IpAddr>()
        .map(|address| address.to_canonical())
    {
        Ok(IpAddr::V6(v6)) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).to_string(),
        Ok(IpAddr::V4(v4)) => v4.to_string(),
        Err(_) => address.to_owned(),
    }
}

fn digest(budget: Budget, key: &str) -> [u8; 32] {
    Sha256::digest(format!("{}:{key}", budget.name).as_bytes()).into()
}

fn forget_one(table: &mut BTreeMap<[u8; 32], Spent>) {
    let first = table
        .iter()
        .min_by_key(|(_, spent)| spent.ends_at)
        .map(|(key, _)| *key);
    if let Some(key) = first {
        table.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Budget = Budget::new("two", 2, 60);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn wait(answer: Result<(), Error>) -> Option<u64> {
        match answer {
            Ok(()) => None,
            Err(Error::TooManyAttempts {
                retry_after_seconds,
            }) => Some(retry_after_seconds),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_budget_ends_and_comes_back() {
        let budgets = Budgets::default();
        for (second, expected) in [
            (0, None),
            (10, None),
            (20, Some(40)),
            (59, Some(1)),
            (60, None),
        ] {
            let answer = budgets.spend(TWO, "a", at(second));
            assert_eq!(wait(answer), expected, "{second}");
        }
        assert_eq!(wait(budgets.spend(TWO, "b", at(20))), None);
    }

    #[test]
    fn one_network_of_ipv6_is_one_visitor_and_what_went_right_is_given_back() {
        let budgets = Budgets::default();
        for address in ["2001:db8::1", "2001:db8::2"] {
            assert_eq!(wait(budgets.spend_address(TWO, Some(address), at(0))), None);
        }
        assert!(
            budgets
                .spend_address(TWO, Some("2001:db8::3"), at(0))
                .is_err()
        );
        assert!(
            budgets
                .spend_address(TWO, Some("2001:db8:0:1::3"), at(0))
                .is_ok()
        );
        assert!(budgets.spend_address(TWO, None, at(0)).is_ok());
        budgets.give_back(TWO, Some("2001:db8::9"));
        assert!(
            budgets
                .spend_address(TWO, Some("2001:db8::3"), at(0))
                .is_ok()
        );
    }

    #[test]
    fn the_table_has_a_bound() {
        let budgets = Budgets::default();
        for index in 0..i64::try_from(KEYS_MAX).unwrap() + 50 {
            budgets.spend(TWO, &index.to_string(), at(index)).unwrap();
        }
        assert_eq!(budgets.lock().len(), KEYS_MAX);
    }
}
