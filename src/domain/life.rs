//! The end of a recovery point: what moves it, what keeps it away, and the way back.
//!
//! Not for which points of a fleet end now (`expiry.rs`) nor for how long a policy keeps them (`retention.rs`). Invariant: every
//! change of an end goes through here; a lock is only ever extended, and nothing that is locked or held ends.

use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};

use crate::limits::RETENTION_YEARS_MAX;
use crate::recovery_point::{RecoveryPoint, RecoveryPointStatus as Status};

/// What is known of the end of a point besides `expires_at`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Life {
    /// The end as a use case decided it last. An `expires_at` that differs was changed by something else, so nobody foresaw it.
    pub foreseen_end: Option<Timestamp>,
    /// When two people agreed that the point may end although nobody foresaw it.
    pub cleared_at: Option<Timestamp>,
    /// Until when the vault lock keeps it, whoever wants what.
    pub locked_until: Option<Timestamp>,
    /// When it began to end: from then on the undo window runs.
    pub ending_since: Option<Timestamp>,
    /// What it goes back to when its end is undone.
    pub status_before: Option<Status>,
    /// When its copy began to be removed: past that there is no way back.
    pub removal_began_at: Option<Timestamp>,
}

/// Why the end of a point does not move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It was never completed, is lost or has ended.
    #[error("There is nothing left of this recovery point that could be kept or ended.")]
    Gone,
    /// It is ending; its end must be undone first.
    #[error("This recovery point is ending. Undo its expiry first.")]
    Ending,
    /// It is not ending.
    #[error("This recovery point is not ending, so there is nothing to undo.")]
    NotEnding,
    /// Its copy is being removed.
    #[error("The undo window of this recovery point is over.")]
    TooLate,
    /// It has no end.
    #[error("This recovery point is kept until told otherwise already.")]
    Endless,
    /// The new end is not later.
    #[error("This recovery point is kept until {0} already; a retention is only ever extended.")]
    NotLater(Timestamp),
    /// The new end is not earlier.
    #[error("This recovery point ends at {0} anyway.")]
    NotEarlier(Timestamp),
    /// The new end lies in the past.
    #[error("This time has passed.")]
    Past,
    /// The new end is too far away.
    #[error("A recovery point can be kept for {RETENTION_YEARS_MAX} years at most.")]
    TooLong,
    /// The vault lock keeps it.
    #[error("The vault lock keeps this recovery point until {0}.")]
    Locked(Timestamp),
    /// A legal hold keeps it.
    #[error("A legal hold keeps this recovery point.")]
    Held,
    /// Nothing else is left of an asset that is protected.
    #[error(
        "This is the newest good recovery point of a protected asset. Take the policy away from the asset first."
    )]
    LastGood,
    /// Its time has not come.
    #[error("The time of this recovery point has not come.")]
    NotDue,
}

/// What stands between a point and its end besides time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held(pub bool);

impl RecoveryPoint {
    /// Refuses a point that the lock or a hold keeps at `at`.
    fn free_at(&self, at: Timestamp, held: Held) -> Result<(), Refusal> {
        match self.life.locked_until {
            Some(until) if until > at => Err(Refusal::Locked(until)),
            _ if held.0 => Err(Refusal::Held),
            _ => Ok(()),
        }
    }

    /// Refuses a point of which nothing is left, or that is ending.
    fn living(&self) -> Result<(), Refusal> {
        match self.status {
            Status::Creating | Status::Available | Status::Damaged => Ok(()),
            Status::Expiring => Err(Refusal::Ending),
            Status::Lost | Status::Expired | Status::Failed => Err(Refusal::Gone),
        }
    }

    /// Refuses a point that is not ending, or is past its undo.
    fn returnable(&self) -> Result<(), Refusal> {
        match self.status {
            Status::Expiring if self.life.removal_began_at.is_some() => Err(Refusal::TooLate),
            Status::Expiring => Ok(()),
            Status::Creating | Status::Available | Status::Damaged => Err(Refusal::NotEnding),
            Status::Lost | Status::Expired | Status::Failed => Err(Refusal::Gone),
        }
    }

    fn with_end(&self, until: Timestamp) -> Self {
        let mut after = self.clone();
        after.expires_at = Some(until);
        after.life.foreseen_end = Some(until);
        after.life.cleared_at = None;
        after
    }

    fn back(mut self) -> Self {
        self.status = self.life.status_before.take().unwrap_or(Status::Available);
        self.life.ending_since = None;
        self
    }

    /// The point, kept until a later time.
    pub fn extended(&self, until: Timestamp, now: Timestamp) -> Result<Self, Refusal> {
        self.living()?;
        let end = self.expires_at.ok_or(Refusal::Endless)?;
        if until <= end {
            return Err(Refusal::NotLater(end));
        }
        within_limit(until, now)?;
        Ok(self.with_end(until))
    }

    /// The point, kept until an earlier time. Only for what two people agreed on.
    pub fn shortened(&self, until: Timestamp, now: Timestamp, held: Held) -> Result<Self, Refusal> {
        self.living()?;
        if until < now {
            return Err(Refusal::Past);
        }
        if let Some(end) = self.expires_at.filter(|end| *end <= until) {
            return Err(Refusal::NotEarlier(end));
        }
        self.free_at(until, held)?;
        Ok(self.with_end(until))
    }

    /// The point, due now. Only for what two people agreed on; the undo window still follows.
    pub fn deleted(&self, now: Timestamp, held: Held) -> Result<Self, Refusal> {
        self.living()?;
        self.free_at(now, held)?;
        let end = self.expires_at.map_or(now, |end| end.min(now));
        let mut after = self.with_end(end);
        after.life.cleared_at = Some(now);
        Ok(after)
    }

    /// The point, free to end although nobody foresaw it. Only for what two people agreed on.
    #[must_use]
    pub fn cleared(&self, now: Timestamp) -> Self {
        let mut after = self.clone();
        after.life.cleared_at = Some(now);
        after
    }

    /// The point, back from its undo window with a new end.
    pub fn taken_back(&self, until: Timestamp, now: Timestamp) -> Result<Self, Refusal> {
        self.returnable()?;
        if until <= now {
            return Err(Refusal::Past);
        }
        within_limit(until, now)?;
        let until = until.max(self.life.locked_until.unwrap_or(until));
        Ok(self.with_end(until).back())
    }

    /// The point under a legal hold: what is held is not on its way out. None when it cannot be held any more.
    #[must_use]
    pub fn held(&self) -> Option<Self> {
        match (self.living(), self.returnable()) {
            (Ok(()), _) => Some(self.clone()),
            (Err(_), Ok(())) => Some(self.clone().back()),
            (Err(_), Err(_)) => None,
        }
    }

    /// The point under a vault lock until this time, which only ever moves away. None when nothing of it can be kept any more.
    #[must_use]
    pub fn locked(&self, until: Timestamp, now: Timestamp) -> Option<Self> {
        let mut after = self.clone();
        let until = after.life.locked_until.map_or(until, |old| old.max(until));
        after.life.locked_until = Some(until);
        if let Some(end) = after.expires_at.filter(|end| *end < until) {
            let is_as_foreseen = after.life.foreseen_end == Some(end);
            after.expires_at = Some(until);
            if is_as_foreseen {
                after.life.foreseen_end = Some(until);
            }
        }
        match (self.living(), self.returnable()) {
            (Ok(()), _) => Some(after),
            (Err(_), Ok(())) if until > now => Some(after.back()),
            (Err(_), Ok(())) => Some(after),
            (Err(_), Err(_)) => None,
        }
    }

    /// The point at the begin of its undo window.
    pub fn ending(&self, now: Timestamp, held: Held) -> Result<Self, Refusal> {
        match self.status {
            Status::Available | Status::Damaged => {}
            // Nobody knows yet what it is worth.
            Status::Creating => return Err(Refusal::NotDue),
            Status::Expiring => return Err(Refusal::Ending),
            Status::Lost | Status::Expired | Status::Failed => return Err(Refusal::Gone),
        }
        if self.expires_at.is_none_or(|end| end > now) {
            return Err(Refusal::NotDue);
        }
        self.free_at(now, held)?;
        let mut after = self.clone();
        after.life.status_before = Some(self.status);
        after.life.ending_since = Some(now);
        after.status = Status::Expiring;
        Ok(after)
    }

    /// The point at the end of its undo window: from here its copy is removed.
    pub fn removing(
        &self,
        now: Timestamp,
        undo: SignedDuration,
        held: Held,
    ) -> Result<Self, Refusal> {
        match self.returnable() {
            // An earlier run began and did not come to its end. What is locked never began to be removed, whatever a row says.
            Err(Refusal::TooLate) => {
                self.free_at(now, Held(false))?;
                return Ok(self.clone());
            }
            done => done?,
        }
        let over = self
            .life
            .ending_since
            .and_then(|at| at.checked_add(undo).ok());
        if over.is_none_or(|over| over > now) {
            return Err(Refusal::NotDue);
        }
        self.free_at(now, held)?;
        let mut after = self.clone();
        after.life.removal_began_at = Some(now);
        Ok(after)
    }
}

fn within_limit(until: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let years = i64::from(RETENTION_YEARS_MAX).years();
    let last = now.to_zoned(TimeZone::UTC).checked_add(years);
    if last.is_ok_and(|last| until > last.timestamp()) {
        return Err(Refusal::TooLong);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
