//! What a database says against the head of a repository: the head is right.
//!
//! Not for reading either (`workflows`). Invariant: a change that only a person with a client of the database can have made is
//! named and taken back; one that a use case made never is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::{HeadPoint, VaultHead, begins_a_line};
use crate::approval::{ApprovalPlan, ApprovalRequest, ApprovalStatus};
use crate::ids::{LegalHoldId, RecoveryPointId, RepositoryId};
use crate::recovery_point::{Placement, RecoveryPoint, RecoveryPointStatus as Status};

/// A row, with the holds that it is under.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The point.
    pub point: RecoveryPoint,
    /// The open holds that keep it.
    pub holds: BTreeSet<LegalHoldId>,
}

/// What two people agreed to: the only ways in which less is kept than a head says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agreed {
    ends: BTreeMap<RecoveryPointId, Timestamp>,
    released: BTreeSet<LegalHoldId>,
}

impl Agreed {
    /// What these requests allow, those that were approved.
    #[must_use]
    pub fn of(requests: &[ApprovalRequest]) -> Self {
        let mut agreed = Self::default();
        for request in requests {
            if request.status != ApprovalStatus::Approved {
                continue;
            }
            match &request.plan {
                ApprovalPlan::DeleteRecoveryPoints { points } => {
                    for point in points {
                        agreed.allow(point.id, request.requested_at);
                    }
                }
                ApprovalPlan::ShortenRecoveryPointRetention { points, until } => {
                    for point in points {
                        agreed.allow(point.id, *until);
                    }
                }
                ApprovalPlan::ReleaseLegalHold { legal_hold_id, .. } => {
                    agreed.released.insert(*legal_hold_id);
                }
                ApprovalPlan::LoosenVaultLock { .. } | ApprovalPlan::ReleaseExpiryBrake { .. } => {}
            }
        }
        agreed
    }

    fn allow(&mut self, point: RecoveryPointId, end: Timestamp) {
        let earliest = self.ends.entry(point).or_insert(end);
        *earliest = end.min(*earliest);
    }
}

/// What keeps a point, as the head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Its lock, until then.
    Locked(Timestamp),
    /// This hold.
    Held(LegalHoldId),
    /// Its time has not come; none is never.
    NotDue(Option<Timestamp>),
}

impl HeadPoint {
    /// What keeps the point at `now`.
    #[must_use]
    pub fn kept(&self, now: Timestamp, agreed: &Agreed) -> Option<Kept> {
        if let Some(until) = self.locked_until.filter(|until| *until > now) {
            return Some(Kept::Locked(until));
        }
        if let Some(hold) = self
            .holds
            .iter()
            .find(|hold| !agreed.released.contains(hold))
        {
            return Some(Kept::Held(*hold));
        }
        let is_due = |end: Option<&Timestamp>| end.is_some_and(|end| *end <= now);
        let is_over = is_due(self.expires_at.as_ref()) || is_due(agreed.ends.get(&self.point_id));
        (!is_over).then_some(Kept::NotDue(self.expires_at))
    }
}

/// How a row differs from the head in a way that nobody agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// There is no row.
    RowGone,
    /// It says that the point has ended, or is ending.
    Ended,
    /// Its lock ends earlier.
    LockEarlier,
    /// Its end is earlier.
    EndEarlier,
    /// It is not under a hold that it is under.
    HoldGone,
    /// It names another snapshot, repository or asset.
    OtherCopy,
}

/// A row that is not what the head says, and what it must be.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What the head says.
    pub line: HeadPoint,
    /// In what the row differs.
    pub wrong: BTreeSet<Wrong>,
    /// The row as it must be; none when there is none, and its snapshot must be adopted first.
    pub mended: Option<RecoveryPoint>,
    /// Holds that it must be put back under.
    pub holds: BTreeSet<LegalHoldId>,
}

/// Compares every line of the head with its row.
#[must_use]
pub fn findings(
    head: &VaultHead,
    rows: &BTreeMap<RecoveryPointId, Row>,
    agreed: &Agreed,
    now: Timestamp,
) -> Vec<Finding> {
    let all = head.points().iter();
    all.filter_map(|line| {
        let row = rows.get(&line.point_id);
        finding((head.repository_id, line), row, agreed, now)
    })
    .collect()
}

fn finding(
    (repository, line): (RepositoryId, &HeadPoint),
    row: Option<&Row>,
    agreed: &Agreed,
    now: Timestamp,
) -> Option<Finding> {
    let kept = line.kept(now, agreed);
    let Some(row) = row else {
        // Rows are never removed; past its time there is nothing left to put back.
        return kept.map(|_kept| Finding {
            line: line.clone(),
            wrong: BTreeSet::from([Wrong::RowGone]),
            mended: None,
            holds: BTreeSet::new(),
        });
    };
    let mut mended = row.point.clone();
    let mut wrong = BTreeSet::new();
    mended.snapshot_id = Some(line.snapshot_id.clone());
    mended.repository_id = Some(repository);
    mended.placement = Placement::Vault;
    mended.asset_id = line.asset_id;
    if mended != row.point {
        wrong.insert(Wrong::OtherCopy);
    }
    if mended.life.locked_until < line.locked_until {
        wrong.insert(Wrong::LockEarlier);
        mended.life.locked_until = line.locked_until;
    }
    if is_earlier(mended.expires_at, earliest(line, agreed)) {
        wrong.insert(Wrong::EndEarlier);
        mended.expires_at = line.expires_at;
        mended.life.foreseen_end = line.expires_at;
        mended.life.cleared_at = None;
    }
    if kept.is_some() && is_over(row.point.status) {
        wrong.insert(Wrong::Ended);
        // Nobody knows what is left of it: it is read back before anybody may rely on it.
        mended.status = Status::Creating;
        mended.life.ending_since = None;
        mended.life.status_before = None;
        mended.life.removal_began_at = None;
    }
    let gone = line.holds.difference(&row.holds);
    let holds: BTreeSet<_> = gone
        .filter(|hold| !agreed.released.contains(hold))
        .copied()
        .collect();
    if !holds.is_empty() {
        wrong.insert(Wrong::HoldGone);
    }
    (!wrong.is_empty()).then(|| Finding {
        line: line.clone(),
        wrong,
        mended: Some(mended),
        holds,
    })
}

/// The earliest end that the point may have; none is never.
fn earliest(line: &HeadPoint, agreed: &Agreed) -> Option<Timestamp> {
    match (line.expires_at, agreed.ends.get(&line.point_id).copied()) {
        (Some(end), Some(agreed)) => Some(end.min(agreed)),
        (None, end) | (end, None) => end,
    }
}

/// Whether an end comes before another; none is never.
fn is_earlier(end: Option<Timestamp>, than: Option<Timestamp>) -> bool {
    match (end, than) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(end), Some(than)) => end < than,
    }
}

const fn is_over(status: Status) -> bool {
    match status {
        Status::Expiring | Status::Expired | Status::Failed => true,
        Status::Creating | Status::Available | Status::Damaged | Status::Lost => false,
    }
}

/// The points of the next head: all that are complete or were listed before, until they have ended in order.
#[must_use]
pub fn next_points(
    before: Option<&VaultHead>,
    rows: &BTreeMap<RecoveryPointId, Row>,
    agreed: &Agreed,
    now: Timestamp,
) -> Vec<HeadPoint> {
    let listed: BTreeMap<RecoveryPointId, &HeadPoint> = before
        .into_iter()
        .flat_map(VaultHead::points)
        .map(|line| (line.point_id, line))
        .collect();
    let mut points: Vec<HeadPoint> = Vec::new();
    for (id, row) in rows {
        let line = listed.get(id);
        let stays = match row.point.status {
            Status::Expired | Status::Failed => false,
            Status::Lost => HeadPoint::of(&row.point, row.holds.clone())
                .is_some_and(|line| line.kept(now, agreed).is_some()),
            Status::Creating => line.is_some(),
            Status::Available | Status::Damaged | Status::Expiring => true,
        };
        if stays && (line.is_some() || begins_a_line(row.point.status)) {
            points.extend(HeadPoint::of(&row.point, row.holds.clone()));
        }
    }
    // What has no row, or one that says what cannot be, stays as it was said.
    let there: BTreeSet<RecoveryPointId> = points.iter().map(|point| point.point_id).collect();
    let missing = listed.into_iter().filter(|(id, _)| !there.contains(id));
    let kept = missing.filter(|(_, line)| line.kept(now, agreed).is_some());
    points.extend(kept.map(|(_, line)| line.clone()));
    points
}

#[cfg(test)]
mod tests;
