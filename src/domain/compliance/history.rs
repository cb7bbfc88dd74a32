//! What becomes of an asset's record when it is judged anew.
//!
//! Not for judging, nor for the rows (`store::compliance`). Invariant: the intervals of an asset follow one another without a hole
//! or an overlap; time in which nobody looked in time is never counted as in compliance.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Assessment, Control, Reason, ReasonCode, Status};
use crate::limits::CHECK_GRACE_SECONDS;

/// What is kept of a control's verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// How the asset stands.
    pub status: Status,
    /// Since when it has stood like that.
    pub since: Timestamp,
    /// Why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
}

/// What is kept of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// By control; those that are off are missing.
    pub standings: BTreeMap<Control, Standing>,
    /// Since when the asset has stood over all as it does.
    pub since: Timestamp,
    /// Since when statuses and codes of all controls are what they are.
    pub from: Timestamp,
    /// When it can change by time alone, or must be looked at; none = never.
    pub due_at: Option<Timestamp>,
}

/// A stretch of time in which nothing changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// Its start.
    pub from: Timestamp,
    /// Its end, not part of it.
    pub until: Timestamp,
    /// What held.
    pub statuses: Statuses,
}

/// Status and codes of every control that is on.
pub type Statuses = BTreeMap<Control, (Status, Vec<ReasonCode>)>;

/// How an asset stood over all.
#[must_use]
pub fn overall(statuses: &Statuses) -> Status {
    Status::of_all(statuses.values().map(|(status, _)| *status))
}

impl Record {
    /// How the asset stands over all.
    #[must_use]
    pub fn status(&self) -> Status {
        let all = self.standings.values();
        Status::of_all(all.map(|standing| standing.status))
    }

    /// Status and codes of every control.
    #[must_use]
    pub fn statuses(&self) -> Statuses {
        let all = self.standings.iter();
        all.map(|(control, standing)| {
            let codes = standing.reasons.iter().map(|reason| reason.code);
            (*control, (standing.status, codes.collect()))
        })
        .collect()
    }

    /// Whether it should have been looked at again by now. A row waits its turn for a moment without becoming doubtful.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.due_at.is_some_and(|due| late(due, now))
    }

    /// What may be said of it when it was not looked at in time.
    #[must_use]
    pub fn unchecked(mut self) -> Self {
        let since = self.due_at.unwrap_or(self.from);
        for standing in self.standings.values_mut() {
            if standing.status == Status::In {
                standing.since = since;
                standing.reasons = vec![Reason::plain(ReasonCode::CheckOverdue)];
            }
            standing.status = standing.status.unchecked();
        }
        self
    }
}

/// How far what is stored can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// Assets that were due at or before this time should have been looked at.
    pub doubtful_before: Timestamp,
    /// Since when nobody has looked at any, when that is too long ago.
    pub stopped_at: Option<Timestamp>,
}

impl Default for Freshness {
    /// Nothing can be believed.
    fn default() -> Self {
        Self {
            doubtful_before: Timestamp::MAX,
            stopped_at: Some(Timestamp::MIN),
        }
    }
}

impl Freshness {
    /// Whether an asset that is due at `due_at` is doubtful.
    #[must_use]
    pub fn is_doubtful(&self, due_at: Option<Timestamp>) -> bool {
        self.stopped_at.is_some() || due_at.is_some_and(|due| due <= self.doubtful_before)
    }
}

/// The time from which on a row that was due at or before it is doubtful at `now`.
#[must_use]
pub fn doubtful_before(now: Timestamp) -> Timestamp {
    let grace = SignedDuration::from_secs(CHECK_GRACE_SECONDS);
    now.saturating_sub(grace).unwrap_or(Timestamp::MIN)
}

fn late(due: Timestamp, now: Timestamp) -> bool {
    due <= doubtful_before(now)
}

/// The new record of an asset, and the stretches of time that are over.
///
/// What was judged in time changes at the moment at which it was due. What was judged late is unknown from then until now, unless
/// it was out all the same.
#[must_use]
pub fn renew(
    before: Option<&Record>,
    assessment: Assessment,
    now: Timestamp,
) -> (Record, Vec<Interval>) {
    let mut ended = Vec::new();
    // A clock that went back does not turn the record's order round.
    let now = before.map_or(now, |before| now.max(before.from));
    // The moment at which the new verdict begins to hold, and what held just before it.
    let (from, last) = match before {
        None => (now, None),
        Some(before) => match before.due_at.filter(|due| *due <= now) {
            None => (now, Some(before.clone())),
            Some(due) if !late(due, now) => (due.max(before.from), Some(before.clone())),
            Some(due) => {
                let due = due.max(before.from);
                let unchecked = before.clone().unchecked();
                if unchecked.statuses() == before.statuses() {
                    (now, Some(before.clone()))
                } else {
                    close(&mut ended, before, before.from, due);
                    (
                        now,
                        Some(Record {
                            from: due,
                            since: due,
                            ..unchecked
                        }),
                    )
                }
            }
        },
    };
    let next = assessment.next_check_at();
    let status = assessment.status();
    let standings: BTreeMap<Control, Standing> = assessment
        .verdicts
        .into_iter()
        .map(|(control, verdict)| {
            let old = last.as_ref().and_then(|last| last.standings.get(&control));
            let same = old.filter(|old| old.status == verdict.status);
            let standing = Standing {
                status: verdict.status,
                since: same.map_or(from, |same| same.since),
                reasons: verdict.reasons,
            };
            (control, standing)
        })
        .collect();
    let same_status = last.as_ref().filter(|last| last.status() == status);
    let mut record = Record {
        standings,
        since: same_status.map_or(from, |last| last.since),
        from,
        due_at: next,
    };
    if let Some(last) = &last {
        if last.statuses() == record.statuses() {
            record.from = last.from;
        } else {
            close(&mut ended, last, last.from, from);
        }
    }
    (record, ended)
}

/// The stretches of time that are over when the asset is gone.
#[must_use]
pub fn end(before: &Record, now: Timestamp) -> Vec<Interval> {
    let mut ended = Vec::new();
    let now = now.max(before.from);
    match before.due_at.filter(|due| late(*due, now)) {
        None => close(&mut ended, before, before.from, now),
        Some(due) => {
            let due = due.max(before.from);
            close(&mut ended, before, before.from, due);
            close(&mut ended, &before.clone().unchecked(), due, now);
        }
    }
    ended
}

fn close(ended: &mut Vec<Interval>, record: &Record, from: Timestamp, until: Timestamp) {
    if from < until {
        ended.push(Interval {
            from,
            until,
            statuses: record.statuses(),
        });
    }
}
