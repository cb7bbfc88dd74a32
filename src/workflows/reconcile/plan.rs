//! What differs between a repository and the rows about it.
//!
//! Not for reading either. Invariant: the vault is the truth; nothing is deleted, in the vault or in the database.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{AssetId, PolicyId, RecoveryPointId, TaskId};
use domain::recovery_point::{RecoveryPoint, RecoveryPointStatus};
use vault::{PointLabels, SnapshotInfo};

/// A snapshot that has no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Orphan {
    /// The id that its row gets: the one that it was written with.
    pub(crate) id: RecoveryPointId,
    /// The asset.
    pub(crate) asset_id: AssetId,
    /// The policy that asked for it.
    pub(crate) policy_id: Option<PolicyId>,
    /// The snapshot.
    pub(crate) snapshot: SnapshotInfo,
}

/// What a run does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Snapshots that get a row.
    pub(crate) adopt: Vec<Orphan>,
    /// Rows whose snapshot is gone.
    pub(crate) lost: Vec<RecoveryPointId>,
    /// Rows that were lost and whose snapshot is there again.
    pub(crate) found: Vec<RecoveryPointId>,
    /// Snapshots that are not ours to judge: made by other programs, or with labels we cannot read.
    pub(crate) foreign: usize,
}

/// Compares. `at_work` are tasks that are not finished: what they wrote is theirs to record.
pub(crate) fn plan(
    rows: &[RecoveryPoint],
    snapshots: Vec<SnapshotInfo>,
    at_work: &BTreeSet<TaskId>,
) -> Plan {
    let by_id: BTreeMap<RecoveryPointId, &RecoveryPoint> =
        rows.iter().map(|row| (row.id, row)).collect();
    let by_snapshot: BTreeSet<&str> = rows
        .iter()
        .filter_map(|row| row.snapshot_id.as_deref())
        .collect();
    let present: BTreeSet<String> = snapshots
        .iter()
        .map(|snapshot| snapshot.id.as_str().to_owned())
        .collect();
    let mut plan = Plan::default();
    for snapshot in snapshots {
        if by_snapshot.contains(snapshot.id.as_str()) {
            continue;
        }
        let Some(orphan) = snapshot
            .labels
            .clone()
            .and_then(|labels| orphan(&labels, snapshot))
        else {
            plan.foreign += 1;
            continue;
        };
        let task = orphan
            .snapshot
            .labels
            .as_ref()
            .and_then(|labels| labels.task_id.as_ref());
        let is_at_work = task
            .and_then(|id| id.parse().ok())
            .is_some_and(|id| at_work.contains(&id));
        // A second snapshot of a point that has its row is left alone: the row says which one counts.
        let has_row = by_id
            .get(&orphan.id)
            .is_some_and(|row| row.snapshot_id.is_some());
        if !is_at_work && !has_row {
            plan.adopt.push(orphan);
        }
    }
    for row in rows {
        let Some(snapshot_id) = &row.snapshot_id else {
            continue;
        };
        match (row.status, present.contains(snapshot_id)) {
            (RecoveryPointStatus::Available | RecoveryPointStatus::Damaged, false) => {
                plan.lost.push(row.id);
            }
            (RecoveryPointStatus::Expiring, false) if row.life.removal_began_at.is_none() => {
                plan.lost.push(row.id);
            }
            (RecoveryPointStatus::Lost, true) => plan.found.push(row.id),
            (
                RecoveryPointStatus::Creating
                | RecoveryPointStatus::Available
                | RecoveryPointStatus::Damaged
                | RecoveryPointStatus::Lost
                | RecoveryPointStatus::Expiring
                | RecoveryPointStatus::Expired
                | RecoveryPointStatus::Failed,
                _,
            ) => {}
        }
    }
    plan
}

fn orphan(labels: &PointLabels, snapshot: SnapshotInfo) -> Option<Orphan> {
    Some(Orphan {
        id: labels.recovery_point_id.parse().ok()?,
        asset_id: labels.asset_id.parse().ok()?,
        policy_id: labels.policy_id.as_ref().and_then(|id| id.parse().ok()),
        snapshot,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{point, snapshot_id};
    use jiff::Timestamp;

    fn at() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    fn task(number: u128) -> TaskId {
        TaskId::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn snapshot(number: u128) -> SnapshotInfo {
        let row = point(number, at());
        SnapshotInfo {
            id: snapshot_id(number).parse().unwrap(),
            taken_at: at(),
            labels: Some(PointLabels {
                asset_id: row.asset_id.to_string(),
                asset_kind: "ebs_volume".into(),
                recovery_point_id: row.id.to_string(),
                task_id: Some(task(number).to_string()),
                policy_id: None,
                taken_at: at(),
                expires_at: None,
            }),
            logical_bytes: 1,
            added_bytes: 1,
        }
    }

    #[test]
    fn what_agrees_is_left_alone() {
        let plan = plan(&[point(1, at())], vec![snapshot(1)], &BTreeSet::new());
        assert_eq!(plan, Plan::default());
    }

    #[test]
    fn a_snapshot_without_a_row_is_adopted_unless_its_task_is_at_work() {
        let done = plan(&[], vec![snapshot(1)], &BTreeSet::new());
        assert_eq!(done.adopt.len(), 1);
        assert_eq!(done.adopt[0].id, point(1, at()).id);
        let busy = plan(&[], vec![snapshot(1)], &BTreeSet::from([task(1)]));
        assert!(busy.adopt.is_empty());
    }

    #[test]
    fn a_row_without_its_snapshot_is_lost_and_found_again() {
        let mut row = point(1, at());
        assert_eq!(
            plan(std::slice::from_ref(&row), vec![], &BTreeSet::new()).lost,
            [row.id]
        );
        row.status = RecoveryPointStatus::Lost;
        assert_eq!(
            plan(
                std::slice::from_ref(&row),
                vec![snapshot(1)],
                &BTreeSet::new()
            )
            .found,
            [row.id]
        );
        row.status = RecoveryPointStatus::Expired;
        assert_eq!(plan(&[row], vec![], &BTreeSet::new()), Plan::default());
    }

    #[test]
    fn an_unfinished_row_is_completed_by_its_snapshot() {
        let mut row = point(1, at());
        row.status = RecoveryPointStatus::Creating;
        row.snapshot_id = None;
        assert_eq!(
            plan(&[row], vec![snapshot(1)], &BTreeSet::new())
                .adopt
                .len(),
            1
        );
    }

    #[test]
    fn snapshots_of_other_programs_are_only_counted() {
        let mut foreign = snapshot(1);
        foreign.labels = None;
        let plan = plan(&[], vec![foreign], &BTreeSet::new());
        assert_eq!((plan.adopt.len(), plan.foreign), (0, 1));
    }
}
