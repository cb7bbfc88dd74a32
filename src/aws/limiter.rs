//! Brakes of our own, per account, region and service, so that one account that AWS throttles cannot starve others.
//!
//! Not for retries: the SDK's adaptive mode comes first, with a retry partition of the same granularity. Invariant: a
//! call holds one slot while it runs and gives it back however it ends.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Brake of one service in one account and region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceLimit {
    /// Calls per second in the long run.
    pub per_second: NonZeroU32,
    /// Calls that may come at once after a pause.
    pub burst: NonZeroU32,
    /// Calls that may run at the same time.
    pub concurrent: NonZeroU32,
}

impl ServiceLimit {
    /// A limit; zero counts as one.
    #[must_use]
    pub fn new(per_second: u32, burst: u32, concurrent: u32) -> Self {
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            per_second: at_least_one(per_second),
            burst: at_least_one(burst),
            concurrent: at_least_one(concurrent),
        }
    }
}

/// Brakes by service, for every account and region alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// EC2: AWS gives an account about 20 unfiltered describes a second with a bucket of 100 ("Request throttling").
    pub ec2: ServiceLimit,
    /// EBS direct APIs: 1,000 `GetSnapshotBlock` a second and account ("EBS endpoints and quotas").
    pub ebs: ServiceLimit,
    /// KMS: far below the account's shared quota, since the customer's own work uses the same.
    pub kms: ServiceLimit,
    /// S3: 3,500 writes a second and prefix.
    pub s3: ServiceLimit,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            ec2: ServiceLimit::new(20, 100, 16),
            ebs: ServiceLimit::new(900, 900, 128),
            kms: ServiceLimit::new(50, 100, 16),
            s3: ServiceLimit::new(1_000, 1_000, 128),
        }
    }
}

/// The brake of one service in one account and region.
#[derive(Debug)]
pub(crate) struct Gate {
    rate: DefaultDirectRateLimiter,
    slots: Semaphore,
}

impl Gate {
    pub(crate) fn new(limit: ServiceLimit) -> Self {
        let quota = Quota::per_second(limit.per_second).allow_burst(limit.burst);
        let slots = usize::try_from(limit.concurrent.get()).unwrap_or(1);
        Self {
            rate: RateLimiter::direct(quota),
            slots: Semaphore::new(slots),
        }
    }

    /// Waits until a call may be made. The call is over when the pass is dropped. (The semaphore is never closed, so
    /// the only failure it knows cannot happen; without a pass the rate still brakes.)
    pub(crate) async fn pass(&self) -> Option<SemaphorePermit<'_>> {
        let slot = self.slots.acquire().await.ok();
        self.rate.until_ready().await;
        slot
    }
}

/// All brakes.
#[derive(Debug)]
pub(crate) struct Gates {
    limits: Limits,
    open: Mutex<BTreeMap<String, Arc<Gate>>>,
}

impl Gates {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            open: Mutex::new(BTreeMap::new()),
        }
    }

    /// The brake with this partition name; made at its first use.
    pub(crate) fn of(&self, service: Service, partition: &str) -> Arc<Gate> {
        let limit = match service {
            Service::Ec2 => self.limits.ec2,
            Service::Ebs => self.limits.ebs,
            Service::Kms => self.limits.kms,
            Service::S3 => self.limits.s3,
        };
        let mut open = self.open.lock();
        let gate = open
            .entry(format!("{}/{partition}", service.name()))
            .or_insert_with(|| Arc::new(Gate::new(limit)));
        Arc::clone(gate)
    }
}

/// Services with a brake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Ec2,
    Ebs,
    Kms,
    S3,
}

impl Service {
    /// Signing name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ec2 => "ec2",
            Self::Ebs => "ebs",
            Self::Kms => "kms",
            Self::S3 => "s3",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_gate_does_not_hold_up_another_account() {
        let gates = Gates::new(Limits {
            ec2: ServiceLimit::new(1, 1, 1),
            ..Limits::default()
        });
        let busy = gates.of(Service::Ec2, "111111111111/eu-west-1");
        let pass = busy.pass().await;
        assert!(pass.is_some());
        assert!(
            busy.slots.try_acquire().is_err(),
            "one call at a time in one account"
        );
        let other = gates.of(Service::Ec2, "222222222222/eu-west-1");
        assert!(other.pass().await.is_some());
        drop(pass);
        assert!(busy.slots.try_acquire().is_ok(), "the slot came back");
        assert!(
            busy.rate.check().is_err(),
            "the rate is used up all the same"
        );
    }

    #[test]
    fn a_gate_is_shared_by_everyone_who_names_it() {
        let gates = Gates::new(Limits::default());
        let first = gates.of(Service::Ebs, "1/eu-west-1");
        assert!(Arc::ptr_eq(&first, &gates.of(Service::Ebs, "1/eu-west-1")));
        assert!(!Arc::ptr_eq(&first, &gates.of(Service::Ec2, "1/eu-west-1")));
    }
}
