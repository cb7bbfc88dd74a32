//! What the store of a repository keeps by itself: S3 Object Lock in compliance mode.
//!
//! Not for the lock of the organization (`vault_lock.rs`) nor for the calls (`vault`, `aws`). Invariant: what is said to be
//! covered is kept by the store at least so long; on any doubt nothing is said.

use jiff::{SignedDuration, Timestamp};

use crate::ids::{OrganizationId, RepositoryId};
use crate::limits::{LOCK_GENERATION_DAYS, LOCK_PROBE_DAYS, LOCK_SETTLE_MINUTES, LOCK_SLACK_HOURS};
use crate::vault_lock::{LockMode, LockTerms, VaultLock};

/// What is known of the store of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectLock {
    /// The repository.
    pub repository_id: RepositoryId,
    /// Its organization.
    pub organization_id: OrganizationId,
    /// What the store lacks to keep a compliance lock, for people; empty when it keeps one.
    pub missing: Vec<String>,
    /// When the store was tried last.
    pub probed_at: Timestamp,
    /// Until when at least the store keeps every object of the repository that is needed; none when that is not known.
    pub covered_until: Option<Timestamp>,
    /// Counts how often [`Self::covered_until`] was forgotten, so that whoever looked before that does not say it again.
    pub epoch: i32,
}

impl ObjectLock {
    /// Whether everything that a point needs is kept until `until` without another request.
    #[must_use]
    pub fn covers(&self, until: Timestamp) -> bool {
        self.covered_until.is_some_and(|covered| covered >= until)
    }
}

/// Until when a store keeps what is written or extended at `now`.
#[must_use]
pub fn keep_until(terms: LockTerms, now: Timestamp) -> Timestamp {
    later(covered_until(terms, now), slack())
}

/// Until when everything is kept, once all that was there at `now` was extended and all that came later was written to
/// [`keep_until`].
#[must_use]
pub fn covered_until(terms: LockTerms, now: Timestamp) -> Timestamp {
    let generation = SignedDuration::from_hours(24 * LOCK_GENERATION_DAYS);
    later(terms.until(now), generation)
}

/// How long after it was marked as unneeded the store may still refuse to delete an object.
#[must_use]
pub fn longest(terms: LockTerms) -> SignedDuration {
    let days = i64::from(terms.minimum_days).saturating_add(LOCK_GENERATION_DAYS);
    SignedDuration::from_hours(days.saturating_mul(24)).saturating_add(slack() * 2)
}

/// Whether every writer has taken notice of the lock at `now`, so that what is said of later objects is true.
#[must_use]
pub fn is_settled(lock: &VaultLock, now: Timestamp) -> bool {
    let settle = SignedDuration::from_mins(LOCK_SETTLE_MINUTES);
    now.duration_since(lock.updated_at) >= settle
}

/// Whether a point whose objects are kept by the terms `covered` may get its row while the lock asks for `asked`.
#[must_use]
pub fn is_covered(asked: Option<LockTerms>, covered: Option<LockTerms>) -> bool {
    asked.is_none() || asked == covered
}

const fn slack() -> SignedDuration {
    SignedDuration::from_hours(LOCK_SLACK_HOURS)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// What the vaults of an organization can promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockSupport {
    /// The strictest lock that holds everywhere.
    pub strongest: LockMode,
    /// What stands against a stricter one, for people; empty when nothing does.
    pub missing: Vec<String>,
    /// When all stores were tried last; none when one never was.
    pub probed_at: Option<Timestamp>,
}

/// What the vaults can promise at `now`, of so many repositories.
#[must_use]
pub fn support(repositories: usize, known: &[ObjectLock], now: Timestamp) -> LockSupport {
    let fresh = SignedDuration::from_hours(24 * LOCK_PROBE_DAYS);
    let mut missing: Vec<String> = Vec::new();
    if repositories == 0 {
        missing.push(
            "There is no vault yet: it comes with the first backup, and is tried then.".to_owned(),
        );
    }
    let is_fresh = |one: &&ObjectLock| now.duration_since(one.probed_at) <= fresh;
    if known.iter().filter(is_fresh).count() < repositories {
        missing.push(
            "Not every vault was tried of late: the next reconciliation of the vault does it."
                .to_owned(),
        );
    }
    let mut lacks: Vec<String> = known.iter().flat_map(|one| one.missing.clone()).collect();
    lacks.sort_unstable();
    lacks.dedup();
    missing.extend(lacks);
    let strongest = if missing.is_empty() {
        LockMode::Compliance
    } else {
        LockMode::Governance
    };
    let probed = known.iter().map(|one| one.probed_at).min();
    LockSupport {
        strongest,
        missing,
        probed_at: probed.filter(|_| known.len() >= repositories),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn lock(missing: &[&str], probed_at: &str) -> ObjectLock {
        ObjectLock {
            repository_id: RepositoryId::from_uuid(Uuid::from_u128(1)),
            organization_id: OrganizationId::from_uuid(Uuid::nil()),
            missing: missing.iter().map(|&one| one.to_owned()).collect(),
            probed_at: at(probed_at),
            covered_until: None,
            epoch: 0,
        }
    }

    #[test]
    fn a_row_comes_only_after_what_the_lock_asks_for_by_then() {
        let days = |minimum_days| {
            let mode = LockMode::Compliance;
            Some(LockTerms { mode, minimum_days })
        };
        assert!(is_covered(None, None));
        assert!(is_covered(None, days(7)));
        assert!(is_covered(days(7), days(7)));
        // The lock came to hold, or asks for more, after the objects were extended.
        assert!(!is_covered(days(7), None));
        assert!(!is_covered(days(8), days(7)));
    }

    #[test]
    fn what_is_written_after_a_sweep_outlives_what_the_sweep_says() {
        let terms = LockTerms {
            mode: LockMode::Compliance,
            minimum_days: 30,
        };
        let swept = at("2026-01-01T00:00:00Z");
        let said = covered_until(terms, swept);
        assert_eq!(said, at("2026-02-10T00:00:00Z"));
        for hours in [0, 1, 24 * 9, 24 * 400] {
            let written = swept + SignedDuration::from_hours(hours);
            assert!(keep_until(terms, written) > said);
            // Also by a clock that is almost a day slow.
            let slow = written - SignedDuration::from_hours(LOCK_SLACK_HOURS - 1);
            assert!(keep_until(terms, slow) > said);
        }
        // A point of the last day of the generation needs no more than was said, one of the day after does.
        let known = ObjectLock {
            covered_until: Some(said),
            ..lock(&[], "2026-01-01T00:00:00Z")
        };
        assert!(known.covers(terms.until(at("2026-01-11T00:00:00Z"))));
        assert!(!known.covers(terms.until(at("2026-01-12T00:00:00Z"))));
        assert!(!lock(&[], "2026-01-01T00:00:00Z").covers(Timestamp::MIN));
        // What was marked is deleted only when no lock can be left on it.
        let last = keep_until(terms, swept).duration_since(swept);
        assert!(longest(terms) > last);
    }

    #[test]
    fn compliance_takes_that_every_vault_was_tried_of_late_and_lacks_nothing() {
        let now = at("2026-01-10T00:00:00Z");
        let good = lock(&[], "2026-01-09T00:00:00Z");
        let all = support(1, std::slice::from_ref(&good), now);
        assert_eq!(all.strongest, LockMode::Compliance);
        assert_eq!(all.probed_at, Some(good.probed_at));
        let lacking = lock(&["no versions"], "2026-01-09T00:00:00Z");
        let old = lock(&[], "2026-01-01T00:00:00Z");
        for (count, known) in [
            (0, vec![]),
            (1, vec![]),
            (2, vec![good.clone()]),
            (2, vec![good.clone(), lacking]),
            (1, vec![old]),
        ] {
            let found = support(count, &known, now);
            assert_eq!(found.strongest, LockMode::Governance, "{known:?}");
            assert!(!found.missing.is_empty(), "{known:?}");
        }
    }
}
