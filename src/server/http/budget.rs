//! Budgets of cost: what a caller, and the callers of one organization together, may spend on documents. Not requests per address
//! (`front.rs`) and not the size of one document (`engine`). Invariant: an operation pays before it runs, whatever brought it, and
//! what was refused was not taken from the refusing budget. Counted in this process alone: N replicas give N budgets.

use std::{
    fmt,
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};

use super::{
    client,
    problem::{Code, Problem},
    settings::{CostLimits, RateLimit},
};

/// Checks between two clean-ups: keys that were quiet are forgotten, or memory would grow with callers.
const CHECKS_PER_CLEANUP: u32 = 65_536;

/// Who pays for an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payer {
    /// The person, or the token of a program.
    pub credential: Arc<str>,
    /// Whose people and programs share a budget.
    pub organization: Arc<str>,
}

/// What an operation paid from the caller's own budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// What it cost.
    pub cost: u32,
    /// What the budget holds when it is full.
    pub limit: u32,
    /// What is left.
    pub remaining: u32,
    /// Until the budget is full again if nothing is spent.
    pub full_in: Duration,
}

type Keyed = RateLimiter<
    Arc<str>,
    DefaultKeyedStateStore<Arc<str>>,
    DefaultClock,
    StateInformationMiddleware,
>;

struct Bucket {
    limiter: Keyed,
    limit: RateLimit,
    checks: AtomicU32,
}

impl Bucket {
    fn new(limit: RateLimit) -> Self {
        let at_least_one = |value: u32| NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(limit.per_second))
            .allow_burst(at_least_one(limit.burst));
        Self {
            limiter: RateLimiter::keyed(quota).with_middleware(),
            limit,
            checks: AtomicU32::new(0),
        }
    }

    /// Takes the cost out; a refusal says after how long it would have been there.
    fn take(&self, key: &Arc<str>, cost: u32) -> Result<Charge, Duration> {
        let checks = self.checks.fetch_add(1, Ordering::Relaxed);
        if checks % CHECKS_PER_CLEANUP == CHECKS_PER_CLEANUP - 1 {
            self.limiter.retain_recent();
        }
        // Nothing costs more than a full budget: such a document could never run.
        let cost = cost.clamp(1, self.limit.burst.max(1));
        let units = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN);
        match self.limiter.check_key_n(key, units) {
            Ok(Ok(state)) => {
                let remaining = state.remaining_burst_capacity();
                let missing = self.limit.burst.saturating_sub(remaining);
                let seconds = missing.div_ceil(self.limit.per_second.max(1));
                Ok(Charge {
                    cost,
                    limit: self.limit.burst,
                    remaining,
                    full_in: Duration::from_secs(u64::from(seconds)),
                })
            }
            Ok(Err(refusal)) => Err(refusal.wait_time_from(self.limiter.clock().now())),
            Err(_more_than_full) => Err(Duration::from_secs(1)),
        }
    }
}

/// The budgets of this process.
pub(super) struct Budgets {
    credential: Option<Bucket>,
    organization: Option<Bucket>,
}

impl fmt::Debug for Budgets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Budgets").finish_non_exhaustive()
    }
}

impl Budgets {
    /// Full budgets for everybody.
    pub(super) fn new(limits: CostLimits) -> Self {
        Self {
            credential: limits.credential.map(Bucket::new),
            organization: limits.organization.map(Bucket::new),
        }
    }

    /// Lets the payer pay; a stranger pays by address. None when there is no budget to pay from.
    pub(super) fn charge(
        &self,
        payer: Option<&Payer>,
        address: Option<IpAddr>,
        cost: u32,
    ) -> Result<Option<Charge>, Problem> {
        let own = payer
            .map(|payer| Arc::clone(&payer.credential))
            .or_else(|| address.map(|address| Arc::from(client::rate_key(address).to_string())));
        let charge = match (&self.credential, own) {
            (Some(bucket), Some(key)) => Some(bucket.take(&key, cost).map_err(|wait| {
                refusal(
                    "You have spent your budget: ask less often or for less.",
                    wait,
                )
            })?),
            (None, _) | (_, None) => None,
        };
        if let (Some(bucket), Some(payer)) = (&self.organization, payer) {
            bucket
                .take(&payer.organization, cost)
                .map_err(|wait| refusal("Your organization has spent its budget.", wait))?;
        }
        Ok(charge)
    }
}

fn refusal(message: &str, wait: Duration) -> Problem {
    let mut problem = Problem::new(Code::RateLimited, message);
    // Whole seconds, and never too early.
    let seconds = wait.as_millis().div_ceil(1_000).max(1);
    problem.retry_after = Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(1)));
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payer(credential: &str, organization: &str) -> Payer {
        Payer {
            credential: Arc::from(credential),
            organization: Arc::from(organization),
        }
    }

    /// Budgets that do not fill themselves within a test.
    fn limits(credential: u32, organization: u32) -> CostLimits {
        let limit = |burst| RateLimit {
            per_second: 1,
            burst,
        };
        CostLimits {
            credential: Some(limit(credential)),
            organization: Some(limit(organization)),
        }
    }

    #[test]
    fn each_caller_has_a_budget_and_all_of_an_organization_share_one() {
        let budgets = Budgets::new(limits(100, 150));
        let (ann, bob, eve) = (payer("ann", "a"), payer("bob", "a"), payer("eve", "b"));
        let charge = |payer, cost| budgets.charge(Some(payer), None, cost);
        let first = charge(&ann, 70).unwrap().unwrap();
        assert_eq!((first.cost, first.limit, first.remaining), (70, 100, 30));
        assert_eq!(first.full_in, Duration::from_secs(70));
        let refused = charge(&ann, 70).unwrap_err();
        assert_eq!(refused.code, Code::RateLimited);
        let wait = refused.retry_after.unwrap().as_secs();
        assert!((39..=40).contains(&wait), "{wait}");
        // What was refused was not taken.
        assert!(charge(&ann, 20).is_ok());
        // Bob has a budget of his own, and meets what Ann has spent of the organization's.
        assert!(charge(&bob, 60).is_ok());
        assert!(charge(&bob, 40).is_err());
        assert!(charge(&eve, 100).is_ok());
    }

    #[test]
    fn strangers_pay_by_network_and_nothing_costs_more_than_all() {
        let budgets = Budgets::new(limits(100, 150));
        let charge =
            |address: &str, cost| budgets.charge(None, Some(address.parse().unwrap()), cost);
        assert_eq!(charge("2001:db8::1", 5_000).unwrap().unwrap().cost, 100);
        assert!(charge("2001:db8::2", 10).is_err());
        assert!(charge("2001:db8:0:1::1", 10).is_ok());
        let off = Budgets::new(CostLimits {
            credential: None,
            organization: None,
        });
        assert_eq!(off.charge(Some(&payer("a", "b")), None, 9).unwrap(), None);
    }
}
