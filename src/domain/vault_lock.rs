//! The vault lock of an organization: how long every recovery point is kept at least.
//!
//! Not for what a lock does to one point (`life.rs`) nor for what a store keeps itself (`object_lock.rs`). Invariant: a compliance lock is never
//! shortened, loosened or removed, by anybody.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::Problem;
use crate::ids::OrganizationId;
use crate::limits::LOCK_COOLING_OFF_HOURS;

/// Most days of a lock: 100 years, as AWS Backup allows.
pub const LOCK_DAYS_MAX: u32 = 36_500;

/// Who may loosen a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockMode {
    /// Two people together.
    Governance,
    /// Nobody; the store of the vault must keep it, too.
    Compliance,
}

impl LockMode {
    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Governance => "governance",
            Self::Compliance => "compliance",
        }
    }

    /// The mode of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Governance, Self::Compliance]
            .into_iter()
            .find(|mode| mode.name() == name)
    }
}

/// What a lock asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockTerms {
    /// Who may loosen it.
    pub mode: LockMode,
    /// How long every point is kept at least, in days from the instant that it shows.
    pub minimum_days: u32,
}

/// A lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultLock {
    /// The organization.
    pub organization_id: OrganizationId,
    /// What it asks for.
    pub terms: LockTerms,
    /// Counts its changes, so that two people agree to the lock that they saw.
    pub version: i32,
    /// When it was applied first.
    pub locked_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// A compliance lock that does not hold yet: until it does it can be taken back, and afterwards never.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingLock {
    /// The organization.
    pub organization_id: OrganizationId,
    /// How long every point will be kept at least, in days.
    pub minimum_days: u32,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// From when on it holds.
    pub holds_at: Timestamp,
}

impl PendingLock {
    /// One that is asked for at `now`.
    #[must_use]
    pub fn new(organization_id: OrganizationId, minimum_days: u32, now: Timestamp) -> Self {
        let wait = SignedDuration::from_hours(LOCK_COOLING_OFF_HOURS);
        Self {
            organization_id,
            minimum_days,
            requested_at: now,
            holds_at: now.checked_add(wait).unwrap_or(Timestamp::MAX),
        }
    }

    /// Whether it is too late to take it back.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        now >= self.holds_at
    }

    /// What holds once it is due: never less than what held before it.
    #[must_use]
    pub fn terms(&self, before: Option<LockTerms>) -> LockTerms {
        let before = before.map_or(0, |terms| terms.minimum_days);
        LockTerms {
            mode: LockMode::Compliance,
            minimum_days: self.minimum_days.max(before),
        }
    }
}

/// What a person types who asks for a compliance lock of so many days: a slip of the number shows in it.
#[must_use]
pub fn confirmation(minimum_days: u32) -> String {
    format!("lock for {minimum_days} days for good")
}

/// What a change of a lock is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockChange {
    /// Nothing.
    Same,
    /// Longer or stricter: at once.
    Tighter,
    /// Shorter or less strict: takes two people.
    Looser,
    /// Never.
    Refused,
}

impl LockTerms {
    /// Until when a point of `taken_at` is kept.
    #[must_use]
    pub fn until(self, taken_at: Timestamp) -> Timestamp {
        let days = SignedDuration::from_hours(i64::from(self.minimum_days) * 24);
        taken_at.checked_add(days).unwrap_or(Timestamp::MAX)
    }

    /// Checks the number of days.
    pub fn validate(self) -> Result<(), Problem> {
        if (1..=LOCK_DAYS_MAX).contains(&self.minimum_days) {
            return Ok(());
        }
        let message = format!("A lock has 1 to {LOCK_DAYS_MAX} days.");
        Err(Problem::invalid("minimumRetentionDays", message))
    }
}

/// What it means to change `before` into `after`; none stands for no lock.
#[must_use]
pub fn change(before: Option<LockTerms>, after: Option<LockTerms>) -> LockChange {
    match (before, after) {
        (None, None) => LockChange::Same,
        (None, Some(_)) => LockChange::Tighter,
        (Some(before), Some(after)) if before == after => LockChange::Same,
        (Some(before), Some(after))
            if after.mode >= before.mode && after.minimum_days >= before.minimum_days =>
        {
            LockChange::Tighter
        }
        (Some(before), _) => match before.mode {
            LockMode::Governance => LockChange::Looser,
            LockMode::Compliance => LockChange::Refused,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(
        clippy::unnecessary_wraps,
        reason = "a lock is compared with none at all"
    )]
    const fn terms(mode: LockMode, minimum_days: u32) -> Option<LockTerms> {
        Some(LockTerms { mode, minimum_days })
    }

    #[test]
    fn compliance_is_never_loosened_and_governance_by_two_people_only() {
        use LockChange::{Looser, Refused, Same, Tighter};
        use LockMode::{Compliance, Governance};
        for (before, after, expected) in [
            (None, None, Same),
            (None, terms(Compliance, 1), Tighter),
            (terms(Governance, 5), terms(Governance, 5), Same),
            (terms(Governance, 5), terms(Governance, 6), Tighter),
            (terms(Governance, 5), terms(Compliance, 5), Tighter),
            (terms(Governance, 5), terms(Governance, 4), Looser),
            (terms(Governance, 5), terms(Compliance, 4), Looser),
            (terms(Governance, 5), None, Looser),
            (terms(Compliance, 5), terms(Compliance, 6), Tighter),
            (terms(Compliance, 5), terms(Compliance, 4), Refused),
            (terms(Compliance, 5), terms(Governance, 9), Refused),
            (terms(Compliance, 5), None, Refused),
        ] {
            assert_eq!(change(before, after), expected, "{before:?} to {after:?}");
        }
    }

    #[test]
    fn a_compliance_lock_waits_three_days_and_never_asks_for_less_than_the_one_before() {
        use LockMode::{Compliance, Governance};
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let organization = OrganizationId::from_uuid(uuid::Uuid::nil());
        let pending = PendingLock::new(organization, 5, now);
        let almost = now + SignedDuration::from_hours(72) - SignedDuration::from_secs(1);
        assert!(!pending.is_due(almost));
        assert!(pending.is_due(almost + SignedDuration::from_secs(1)));
        assert_eq!(Some(pending.terms(None)), terms(Compliance, 5));
        let longer = terms(Governance, 9);
        assert_eq!(Some(pending.terms(longer)), terms(Compliance, 9));
        let shorter = terms(Compliance, 3);
        assert_eq!(Some(pending.terms(shorter)), terms(Compliance, 5));
    }

    #[test]
    fn a_lock_past_the_calendar_is_for_ever() {
        let last: Timestamp = "9990-01-01T00:00:00Z".parse().unwrap();
        let terms = LockTerms {
            mode: LockMode::Compliance,
            minimum_days: LOCK_DAYS_MAX,
        };
        assert_eq!(terms.until(last), Timestamp::MAX);
    }
}
