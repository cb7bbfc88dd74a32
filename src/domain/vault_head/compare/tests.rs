//! Every edit that only a client of the database can make is found and taken back; what use cases do never is.

use uuid::Uuid;

use super::*;
use crate::approval::{ApprovalPlan, PlannedPoint, PointSet};
use crate::audit::chain::Hash;
use crate::ids::{ApprovalRequestId, AssetId, OrganizationId, UserId};
use crate::life::{Held, Life};
use crate::recovery_point::Proof;

const DAY: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

fn repository() -> RepositoryId {
    RepositoryId::from_uuid(Uuid::from_u128(7))
}

fn hold() -> LegalHoldId {
    LegalHoldId::from_uuid(Uuid::from_u128(5))
}

/// Its end has passed; a lock and a hold keep it.
fn row() -> Row {
    let end = Some(now() - DAY);
    Row {
        point: RecoveryPoint {
            id: RecoveryPointId::from_uuid(Uuid::from_u128(1)),
            organization_id: OrganizationId::from_uuid(Uuid::from_u128(2)),
            asset_id: AssetId::from_uuid(Uuid::from_u128(3)),
            policy_id: None,
            task_id: None,
            placement: Placement::Vault,
            status: Status::Available,
            proof: Proof::ChecksumsMatch,
            proven_at: None,
            taken_at: now() - DAY * 3,
            expires_at: end,
            size_bytes: 1,
            added_bytes: 1,
            is_full: true,
            repository_id: Some(repository()),
            snapshot_id: Some("a".repeat(64)),
            region: None,
            tier: crate::copy_target::StorageTier::Standard,
            base_snapshot_id: None,
            content_digest: None,
            source_digest: None,
            life: Life {
                foreseen_end: end,
                locked_until: Some(now() + DAY * 9),
                ..Life::default()
            },
        },
        holds: BTreeSet::from([hold()]),
    }
}

fn rows(row: &Row) -> BTreeMap<RecoveryPointId, Row> {
    BTreeMap::from([(row.point.id, row.clone())])
}

fn head_of(row: &Row) -> VaultHead {
    let points = next_points(None, &rows(row), &Agreed::default(), now());
    let of = (repository(), row.point.organization_id);
    VaultHead::after(Some((1, Hash::START)), of, now(), points)
}

fn approved(plan: ApprovalPlan) -> ApprovalRequest {
    ApprovalRequest {
        id: ApprovalRequestId::from_uuid(Uuid::from_u128(9)),
        organization_id: OrganizationId::from_uuid(Uuid::from_u128(2)),
        plan_hash: plan.hash(),
        plan,
        reason: "x".to_owned(),
        requested_by: UserId::from_uuid(Uuid::from_u128(10)),
        requested_at: now() - DAY / 24,
        expires_at: now() + DAY,
        status: ApprovalStatus::Approved,
        decided_by: None,
        decided_at: Some(now()),
        note: None,
    }
}

#[test]
fn what_agrees_is_left_alone() {
    let row = row();
    assert_eq!(
        findings(&head_of(&row), &rows(&row), &Agreed::default(), now()),
        []
    );
}

type Edit = fn(&mut Row);

/// What somebody may do to the row of a point, and what is wrong with it then.
const EDITS: &[(&str, Edit, Wrong)] = &[
    (
        "no lock",
        |row| row.point.life.locked_until = None,
        Wrong::LockEarlier,
    ),
    (
        "a shorter lock",
        |row| row.point.life.locked_until = Some(now()),
        Wrong::LockEarlier,
    ),
    (
        "an earlier end",
        |row| row.point.expires_at = Some(now() - DAY * 2),
        Wrong::EndEarlier,
    ),
    (
        "ending",
        |row| row.point.status = Status::Expiring,
        Wrong::Ended,
    ),
    (
        "ended",
        |row| row.point.status = Status::Expired,
        Wrong::Ended,
    ),
    (
        "failed",
        |row| row.point.status = Status::Failed,
        Wrong::Ended,
    ),
    ("no hold", |row| row.holds.clear(), Wrong::HoldGone),
    (
        "no snapshot",
        |row| row.point.snapshot_id = None,
        Wrong::OtherCopy,
    ),
    (
        "another snapshot",
        |row| row.point.snapshot_id = Some("b".repeat(64)),
        Wrong::OtherCopy,
    ),
    (
        "no repository",
        |row| row.point.repository_id = None,
        Wrong::OtherCopy,
    ),
    (
        "in the account",
        |row| row.point.placement = Placement::InAccount,
        Wrong::OtherCopy,
    ),
    (
        "another asset",
        |row| row.point.asset_id = AssetId::from_uuid(Uuid::nil()),
        Wrong::OtherCopy,
    ),
];

#[test]
fn every_edit_is_named_and_taken_back() {
    let before = row();
    let head = head_of(&before);
    for (name, edit, wrong) in EDITS {
        let mut edited = before.clone();
        edit(&mut edited);
        let found = findings(&head, &rows(&edited), &Agreed::default(), now());
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].wrong, BTreeSet::from([*wrong]), "{name}");
        let mended = Row {
            point: found[0].mended.clone().unwrap(),
            holds: edited.holds.union(&found[0].holds).copied().collect(),
        };
        assert_eq!(
            findings(&head, &rows(&mended), &Agreed::default(), now()),
            [],
            "{name}"
        );
        // What had ended is read back first.
        let expected = if *wrong == Wrong::Ended {
            Status::Creating
        } else {
            Status::Available
        };
        assert_eq!(mended.point.status, expected, "{name}");
        // An edit never reaches the next head.
        let next = next_points(Some(&head), &rows(&mended), &Agreed::default(), now());
        assert_eq!(next, head.points(), "{name}");
    }
    let gone = findings(&head, &BTreeMap::new(), &Agreed::default(), now());
    assert_eq!(gone[0].wrong, BTreeSet::from([Wrong::RowGone]));
    assert_eq!(
        next_points(Some(&head), &BTreeMap::new(), &Agreed::default(), now()),
        head.points()
    );
}

#[test]
fn what_use_cases_do_is_never_found() {
    let free = {
        let mut row = row();
        row.point.life.locked_until = None;
        row.holds.clear();
        row.point.expires_at = Some(now() + DAY * 5);
        row
    };
    let head = head_of(&free);
    let planned = vec![PlannedPoint::from(&free.point)];
    let with = |point: RecoveryPoint| Row {
        point,
        holds: BTreeSet::new(),
    };
    let none = Agreed::default();
    for later in [
        free.point.extended(now() + DAY * 7, now()).unwrap(),
        free.point.locked(now() + DAY * 8, now()).unwrap(),
        free.point.cleared(now()),
    ] {
        assert_eq!(findings(&head, &rows(&with(later)), &none, now()), []);
    }
    let deleted = with(free.point.deleted(now(), Held(false)).unwrap());
    let agreed = Agreed::of(&[approved(ApprovalPlan::DeleteRecoveryPoints {
        points: planned.clone(),
    })]);
    assert_eq!(findings(&head, &rows(&deleted), &none, now()).len(), 1);
    assert_eq!(findings(&head, &rows(&deleted), &agreed, now()), []);
    let until = now() + DAY;
    let shortened = with(free.point.shortened(until, now(), Held(false)).unwrap());
    let plan = ApprovalPlan::ShortenRecoveryPointRetention {
        points: planned,
        until,
    };
    let agreed_to_less = Agreed::of(&[approved(plan.clone())]);
    assert_eq!(
        findings(&head, &rows(&shortened), &agreed_to_less, now()),
        []
    );
    assert_eq!(
        findings(&head, &rows(&deleted), &agreed_to_less, now()).len(),
        1
    );
    // What was only asked for allows nothing.
    let mut pending = approved(plan);
    pending.status = ApprovalStatus::Pending;
    assert_eq!(
        findings(&head, &rows(&shortened), &Agreed::of(&[pending]), now()).len(),
        1
    );
    // Two people agreed, so it ends; nobody else's end brings it out of the head.
    let mut ended = deleted.clone();
    ended.point.status = Status::Expired;
    assert_eq!(findings(&head, &rows(&ended), &agreed, now()), []);
    assert_eq!(next_points(Some(&head), &rows(&ended), &agreed, now()), []);
    assert_eq!(
        next_points(Some(&head), &rows(&ended), &none, now()),
        head.points()
    );
}

#[test]
fn a_hold_ends_by_two_people_and_a_lock_by_nobody() {
    let held = row();
    let head = head_of(&held);
    let mut free = held.clone();
    free.holds.clear();
    let plan = ApprovalPlan::ReleaseLegalHold {
        legal_hold_id: hold(),
        name: "Case 7".to_owned(),
        points: PointSet::of(&[held.point.id]),
    };
    let agreed = Agreed::of(&[approved(plan)]);
    assert_eq!(findings(&head, &rows(&free), &agreed, now()), []);
    let line = &head.points()[0];
    let until = held.point.life.locked_until.unwrap();
    assert_eq!(line.kept(now(), &agreed), Some(Kept::Locked(until)));
    assert_eq!(
        line.kept(until, &Agreed::default()),
        Some(Kept::Held(hold()))
    );
    assert_eq!(line.kept(until, &agreed), None);
    let everything = ApprovalPlan::DeleteRecoveryPoints {
        points: vec![PlannedPoint::from(&held.point)],
    };
    let agreed = Agreed::of(&[approved(everything)]);
    assert!(matches!(line.kept(now(), &agreed), Some(Kept::Locked(_))));
}

#[test]
fn a_point_takes_its_line_when_it_is_complete_and_leaves_it_when_it_has_ended() {
    let mut new = row();
    new.point.status = Status::Creating;
    assert_eq!(
        next_points(None, &rows(&new), &Agreed::default(), now()),
        []
    );
    let head = head_of(&row());
    // Found again after a loss, it is read back, and stays listed meanwhile.
    assert_eq!(
        next_points(Some(&head), &rows(&new), &Agreed::default(), now()).len(),
        1
    );
    new.point.status = Status::Lost;
    let long_after = now() + DAY * 99;
    assert_eq!(
        next_points(Some(&head), &rows(&new), &Agreed::default(), now()).len(),
        1
    );
    new.holds.clear();
    let released = Agreed {
        released: BTreeSet::from([hold()]),
        ..Agreed::default()
    };
    assert_eq!(
        next_points(Some(&head), &rows(&new), &released, long_after),
        []
    );
}
