//! Two people, one of whom asks: and what no number of people may do (T-13, as far as use cases go).

use domain::approval::{ApprovalAction, ApprovalStatus};
use domain::permission::Permission;
use domain::recovery_point::RecoveryPointStatus;
use domain::role::BuiltInRole;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::*;
use crate::legal_holds::{NewCriteria, NewHold};
use crate::recovery_points::ends;
use crate::testing::Harness;

mod going_on;
mod told;

/// Two Super Admins and three points of one asset that no policy protects.
struct World {
    harness: Harness,
    first: Ctx,
    second: Ctx,
    points: Vec<domain::recovery_point::RecoveryPoint>,
}

impl World {
    async fn new() -> Self {
        let harness = Harness::new().await;
        let first = harness.admin().await;
        let second = harness.person(BuiltInRole::SuperAdmin).await;
        let account = harness.account(&first).await;
        let assets = harness.volumes(&first, &account, 1).await;
        let mut points = Vec::new();
        for _ in 0..3 {
            points.push(harness.point(&first, &assets[0]).await);
        }
        Self {
            harness,
            first,
            second,
            points,
        }
    }

    async fn ask(&self) -> ApprovalRequest {
        let ids = vec![Some(self.points[0].id)];
        ends::request_deletion(&self.first, ids, "too large")
            .await
            .unwrap()
    }

    async fn point(&self, place: usize) -> domain::recovery_point::RecoveryPoint {
        let id = self.points[place].id;
        let found = recovery_points::lookup(&self.first, id).await;
        found.unwrap().unwrap()
    }

    fn later(&self, days: i64) -> Timestamp {
        self.first.now() + SignedDuration::from_hours(24 * days)
    }

    async fn approve(&self, request: &ApprovalRequest) -> Result<ApprovalRequest, Error> {
        approve(&self.second, Some(request.id), &request.plan_hash, None).await
    }
}

fn message(error: &Error) -> String {
    error.problems().expect("problems")[0].message.clone()
}

#[tokio::test]
async fn a_second_person_agrees_and_it_is_done_once() {
    let world = World::new().await;
    let request = world.ask().await;
    assert_eq!(request.plan.action(), ApprovalAction::DeleteRecoveryPoints);
    assert_eq!(world.point(0).await.expires_at, None);
    let done = world.approve(&request).await.unwrap();
    assert_eq!(done.status, ApprovalStatus::Approved);
    let point = world.point(0).await;
    assert_eq!(point.expires_at, Some(world.first.now()));
    assert_eq!(point.status, RecoveryPointStatus::Available);
    let again = world.approve(&request).await.unwrap_err();
    assert!(message(&again).contains("decided already"), "{again:?}");
}

#[tokio::test]
async fn nobody_decides_what_they_asked_for_not_even_by_a_token() {
    let world = World::new().await;
    let request = world.ask().await;
    for decide in [true, false] {
        let done = if decide {
            approve(&world.first, Some(request.id), &request.plan_hash, None).await
        } else {
            deny(&world.first, Some(request.id), None).await
        };
        assert!(message(&done.unwrap_err()).contains("another person must decide"));
    }
    let not_own = cancel(&world.second, Some(request.id)).await.unwrap_err();
    assert!(message(&not_own).contains("Another person asked"));
    let cancelled = cancel(&world.first, Some(request.id)).await.unwrap();
    assert_eq!(cancelled.status, ApprovalStatus::Cancelled);
    // The service itself and programs have no face.
    let system = Ctx::system(
        world.harness.services.clone(),
        world.harness.organization.id,
        crate::context::Origin::default(),
    );
    let asked = ends::request_deletion(&system, vec![Some(world.points[0].id)], "x").await;
    assert!(message(&asked.unwrap_err()).contains("browser session"));
}

#[tokio::test]
async fn what_was_agreed_to_is_the_plan_and_the_world_may_not_move() {
    let world = World::new().await;
    let request = world.ask().await;
    let wrong = approve(&world.second, Some(request.id), "0", None).await;
    assert!(message(&wrong.unwrap_err()).contains("hash"));
    // Somebody shortens it by another request meanwhile: it has an end now.
    let ids = vec![Some(world.points[0].id)];
    let other = ends::request_shortening(&world.first, ids, world.later(9), "x")
        .await
        .unwrap();
    world.approve(&other).await.unwrap();
    let moved = world.approve(&request).await.unwrap_err();
    assert!(message(&moved).contains("have changed"), "{moved:?}");
    assert_eq!(world.point(0).await.expires_at, Some(world.later(9)));
}

#[tokio::test]
async fn a_request_that_nobody_decided_is_over_after_seven_days() {
    let world = World::new().await;
    let request = world.ask().await;
    world
        .harness
        .clock
        .advance(SignedDuration::from_hours(24 * APPROVAL_DAYS));
    // Proven again, so that it is not the proof that is missing.
    let second = world.harness.person(BuiltInRole::SuperAdmin).await;
    let late = approve(&second, Some(request.id), &request.plan_hash, None).await;
    assert!(message(&late.unwrap_err()).contains("within 7 days"));
    let filter = |status| ApprovalFilter {
        statuses: Some(vec![status]),
        ..ApprovalFilter::default()
    };
    let pending = count(&world.first, &filter(ApprovalStatus::Pending))
        .await
        .unwrap();
    let expired = count(&world.first, &filter(ApprovalStatus::Expired))
        .await
        .unwrap();
    assert_eq!((pending, expired), (0, 1));
}

#[tokio::test]
async fn a_second_person_cannot_be_made_for_the_occasion() {
    let world = World::new().await;
    let request = world.ask().await;
    world.harness.clock.advance(SignedDuration::from_secs(1));
    let accomplice = world.harness.person(BuiltInRole::SuperAdmin).await;
    let refused = approve(&accomplice, Some(request.id), &request.plan_hash, None).await;
    assert!(message(&refused.unwrap_err()).contains("joined after"));
}

#[tokio::test]
async fn somebody_alone_is_told_what_to_do() {
    let harness = Harness::new().await;
    let alone = harness.admin().await;
    // Many people, none of whom may decide.
    harness.person(BuiltInRole::BackupAdmin).await;
    let account = harness.account(&alone).await;
    let assets = harness.volumes(&alone, &account, 1).await;
    harness.point(&alone, &assets[0]).await;
    let point = harness.point(&alone, &assets[0]).await;
    let refused = ends::request_deletion(&alone, vec![Some(point.id)], "x").await;
    assert!(message(&refused.unwrap_err()).contains("Invite another Super Admin"));
    harness
        .person_with(&[Permission::Read, Permission::ApprovalDecide])
        .await;
    assert!(
        ends::request_deletion(&alone, vec![Some(point.id)], "x")
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_decision_takes_a_fresh_proof_and_the_right() {
    let world = World::new().await;
    let request = world.ask().await;
    let keeper = world.harness.person(BuiltInRole::BackupAdmin).await;
    let refused = approve(&keeper, Some(request.id), &request.plan_hash, None).await;
    assert!(matches!(
        refused,
        Err(Error::Forbidden(Permission::ApprovalDecide))
    ));
    world.harness.clock.advance(SignedDuration::from_hours(1));
    let stale = world.approve(&request).await;
    assert!(matches!(stale, Err(Error::ProofNeeded)), "{stale:?}");
    let stranger = world.harness.stranger().await;
    let missing = approve(&stranger, Some(request.id), &request.plan_hash, None).await;
    assert!(message(&missing.unwrap_err()).contains("no such"));
}

#[tokio::test]
async fn requests_are_seen_by_whoever_decides_and_whoever_asked() {
    let world = World::new().await;
    let own = world
        .harness
        .person_with(&[Permission::Read, Permission::RecoveryPointDelete])
        .await;
    let ids = vec![Some(world.points[1].id)];
    let mine = ends::request_deletion(&own, ids, "x").await.unwrap();
    let other = world.ask().await;
    let all = ApprovalFilter::default();
    for (ctx, sees) in [(&world.second, 2), (&own, 1)] {
        assert_eq!(count(ctx, &all).await.unwrap(), sees);
    }
    assert!(lookup(&own, mine.id).await.unwrap().is_some());
    assert!(lookup(&own, other.id).await.unwrap().is_none());
    let reader = world.harness.person(BuiltInRole::ReportingAuditAdmin).await;
    assert_eq!(count(&reader, &all).await.unwrap(), 0);
}

/// T-13, as far as use cases go: everything that an administrator may try on a point that lock and hold keep.
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a list of attempts")]
async fn no_use_case_ends_a_point_that_is_locked_or_held() {
    let world = World::new().await;
    let hold = NewHold {
        name: "Case 7".to_owned(),
        reason: "court".to_owned(),
        point_ids: vec![Some(world.points[0].id)],
        ..NewHold::default()
    };
    let hold = legal_holds::create(&world.first, hold).await.unwrap();
    let terms = domain::vault_lock::LockTerms {
        mode: domain::vault_lock::LockMode::Governance,
        minimum_days: 30,
    };
    vault_locks::apply(&world.first, terms, "policy", None)
        .await
        .unwrap();
    let day = world.first.now();
    let codes = |error: Error| -> Vec<domain::ProblemCode> {
        error
            .problems()
            .unwrap()
            .iter()
            .map(|problem| problem.code)
            .collect()
    };
    let (locked, held) = (
        domain::ProblemCode::RetentionLocked,
        domain::ProblemCode::LegalHold,
    );
    let mut tried = 0;
    for place in 0..3 {
        let id = vec![Some(world.points[place].id)];
        let refused = ends::request_deletion(&world.first, id.clone(), "x")
            .await
            .unwrap_err();
        assert_eq!(codes(refused), [locked]);
        for days in [0, 1, 29] {
            let until = day + SignedDuration::from_hours(24 * days);
            let refused = ends::request_shortening(&world.first, id.clone(), until, "x").await;
            assert_eq!(codes(refused.unwrap_err()), [locked], "{days}");
            tried += 2;
        }
        let back = ends::undo_expiry(&world.first, id[0], day)
            .await
            .unwrap_err();
        assert_eq!(codes(back), [domain::ProblemCode::PreconditionFailed]);
    }
    // The lock goes with two people, and what is locked stays so; the hold stays whatever the lock does.
    let request = vault_locks::request_removal(&world.first, "x")
        .await
        .unwrap();
    world.approve(&request).await.unwrap();
    assert_eq!(vault_locks::own(&world.first).await.unwrap(), None);
    let id = vec![Some(world.points[0].id)];
    let still = ends::request_deletion(&world.first, id.clone(), "x")
        .await
        .unwrap_err();
    assert_eq!(codes(still), [locked]);
    world
        .harness
        .clock
        .advance(SignedDuration::from_hours(24 * 31));
    let (first, second) = (
        world.harness.admin().await,
        world.harness.person(BuiltInRole::SuperAdmin).await,
    );
    let still = ends::request_deletion(&first, id.clone(), "x")
        .await
        .unwrap_err();
    assert_eq!(codes(still), [held]);
    world.harness.clock.advance(SignedDuration::from_secs(1));
    let request = legal_holds::request_release(&first, Some(hold.id), "over")
        .await
        .unwrap();
    assert_eq!(
        codes(
            ends::request_deletion(&first, id.clone(), "x")
                .await
                .unwrap_err()
        ),
        [held]
    );
    approve(&second, Some(request.id), &request.plan_hash, None)
        .await
        .unwrap();
    ends::request_deletion(&first, id, "x").await.unwrap();
    assert!(tried >= 18);
}

#[tokio::test]
async fn a_hold_by_criteria_keeps_what_is_and_what_comes_and_takes_ending_points_back() {
    let world = World::new().await;
    let (first, store) = (&world.first, &world.harness.services.store);
    let mut tx = store.begin().await.unwrap();
    let before = world.point(1).await;
    let due = before
        .deleted(first.now(), domain::life::Held(false))
        .unwrap();
    let ending = due.ending(first.now(), domain::life::Held(false)).unwrap();
    store::recovery_points::life::set_life(&mut tx, before.status, &ending)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let hold = NewHold {
        name: "Case 8".to_owned(),
        reason: "court".to_owned(),
        criteria: Some(NewCriteria {
            includes_new: true,
            ..NewCriteria::default()
        }),
        ..NewHold::default()
    };
    let hold = legal_holds::create(first, hold).await.unwrap();
    assert_eq!(world.point(1).await.status, RecoveryPointStatus::Available);
    let asset = crate::assets::lookup(first, world.points[0].asset_id)
        .await
        .unwrap()
        .unwrap();
    let new = world.harness.point(first, &asset).await;
    let kept = legal_holds::of_points(first, &[new.id, world.points[1].id])
        .await
        .unwrap();
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|(_, one)| one.id == hold.id));
}

#[tokio::test]
async fn a_lock_reaches_every_point_and_a_looser_one_waits_for_two_people() {
    use domain::vault_lock::LockMode::Governance;
    let world = World::new().await;
    let terms = |mode, minimum_days| domain::vault_lock::LockTerms { mode, minimum_days };
    let applied = vault_locks::apply(&world.first, terms(Governance, 5), "x", None).await;
    assert!(matches!(applied.unwrap(), vault_locks::Applied::Now(_)));
    assert_eq!(world.point(2).await.life.locked_until, Some(world.later(5)));
    let looser = vault_locks::apply(&world.first, terms(Governance, 4), "x", None).await;
    let vault_locks::Applied::Waits(request) = looser.unwrap() else {
        panic!("it did not wait");
    };
    // Somebody tightens it meanwhile: the version is another one.
    vault_locks::apply(&world.first, terms(Governance, 6), "x", None)
        .await
        .unwrap();
    assert!(message(&world.approve(&request).await.unwrap_err()).contains("have changed"));
    let asset = crate::assets::lookup(&world.first, world.points[0].asset_id)
        .await
        .unwrap()
        .unwrap();
    let new = world.harness.point(&world.first, &asset).await;
    let new = recovery_points::lookup(&world.first, new.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(new.life.locked_until, Some(world.later(6)));
}

#[tokio::test]
async fn a_retention_is_extended_by_one_person_and_only_so_far() {
    let world = World::new().await;
    let id = Some(world.points[0].id);
    let endless = ends::extend(&world.first, id, world.later(5))
        .await
        .unwrap_err();
    assert!(message(&endless).contains("until told otherwise"));
    let ids = vec![id];
    let request = ends::request_shortening(&world.first, ids, world.later(5), "x")
        .await
        .unwrap();
    world.approve(&request).await.unwrap();
    let keeper = world.harness.person(BuiltInRole::BackupAdmin).await;
    let extended = ends::extend(&keeper, id, world.later(9)).await.unwrap();
    assert_eq!(extended.expires_at, Some(world.later(9)));
    let earlier = ends::extend(&keeper, id, world.later(8)).await.unwrap_err();
    assert!(message(&earlier).contains("only ever extended"));
    let far = keeper.now().to_zoned(jiff::tz::TimeZone::UTC) + 101.years();
    let far = ends::extend(&keeper, id, far.timestamp())
        .await
        .unwrap_err();
    assert!(message(&far).contains("100 years"));
    let helper = world.harness.person(BuiltInRole::HelpdeskAdmin).await;
    let refused = ends::extend(&helper, id, world.later(10)).await;
    assert!(matches!(
        refused,
        Err(Error::Forbidden(Permission::RetentionManage))
    ));
    let stranger = world.harness.stranger().await;
    let missing = ends::extend(&stranger, id, world.later(10))
        .await
        .unwrap_err();
    assert!(message(&missing).contains("no such"));
}

#[tokio::test]
async fn the_last_good_point_of_a_protected_asset_is_not_deleted_by_two_people_either() {
    let world = World::new().await;
    let store = &world.harness.services.store;
    let policy = domain::policy::Policy {
        id: domain::PolicyId::fresh(world.first.ids()),
        organization_id: world.first.organization(),
        unit_id: world.harness.root().await,
        name: "Gold".to_owned(),
        description: None,
        is_active: true,
        operations: Vec::new(),
        version: 1,
        created_at: world.first.now(),
        updated_at: world.first.now(),
    };
    let mut tx = store.begin().await.unwrap();
    store::policies::add(&mut tx, &policy).await.unwrap();
    let (organization, asset) = (world.first.organization(), world.points[0].asset_id);
    let decision = domain::protection_rule::Decision {
        policy_id: Some(policy.id),
        source: Some(domain::protection_rule::ProtectionSource::Direct),
    };
    store::assets::set_decision(&mut tx, organization, &[asset], decision)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let newest = world
        .points
        .iter()
        .max_by_key(|point| (point.taken_at, point.id))
        .unwrap();
    let refused = ends::request_deletion(&world.first, vec![Some(newest.id)], "x").await;
    assert!(message(&refused.unwrap_err()).contains("newest good"));
}

/// The actions of the audit log, newest first.
async fn recorded(world: &World) -> Vec<String> {
    let filter = domain::audit::AuditFilter::default();
    let log = audit::list(&world.first, &filter, &PageRequest::default()).await;
    log.unwrap()
        .into_nodes()
        .into_iter()
        .map(|event| event.action.clone())
        .collect()
}

#[tokio::test]
async fn a_denied_request_is_never_carried_out() {
    let world = World::new().await;
    let request = world.ask().await;
    let note = Some("not now".to_owned());
    let denied = deny(&world.second, Some(request.id), note.clone())
        .await
        .unwrap();
    assert_eq!((denied.status, denied.note), (ApprovalStatus::Denied, note));
    assert!(world.approve(&request).await.is_err());
    assert_eq!(world.point(0).await.expires_at, None);
    assert!(
        recorded(&world)
            .await
            .contains(&"deny_approval_request".to_owned())
    );
}

#[tokio::test]
async fn an_ending_point_is_taken_back_and_a_brake_released() {
    let world = World::new().await;
    let store = &world.harness.services.store;
    let none = expiry_brake::request_release(&world.first, "x")
        .await
        .unwrap_err();
    assert!(message(&none).contains("holds nothing back"));
    let mut tx = store.begin().await.unwrap();
    for place in 0..2 {
        let before = world.point(place).await;
        let mut due = before
            .deleted(world.first.now(), domain::life::Held(false))
            .unwrap();
        due.life.cleared_at = None;
        let after = match place {
            0 => due
                .ending(world.first.now(), domain::life::Held(false))
                .unwrap(),
            _ => due,
        };
        store::recovery_points::life::set_life(&mut tx, before.status, &after)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let id = Some(world.points[0].id);
    let past = ends::undo_expiry(&world.first, id, world.first.now())
        .await
        .unwrap_err();
    assert!(message(&past).contains("has passed"));
    let back = ends::undo_expiry(&world.first, id, world.later(3))
        .await
        .unwrap();
    assert_eq!(back.status, RecoveryPointStatus::Available);
    let request = expiry_brake::request_release(&world.first, "x")
        .await
        .unwrap();
    assert_eq!(world.point(1).await.life.cleared_at, None);
    world.approve(&request).await.unwrap();
    assert_eq!(
        world.point(1).await.life.cleared_at,
        Some(world.first.now())
    );
    assert_eq!(world.point(0).await.life.cleared_at, None);
    let log = recorded(&world).await;
    for action in [
        "undo_recovery_point_expiry",
        "release_expiry_brake",
        "approve_approval_request",
    ] {
        assert!(log.contains(&action.to_owned()), "{action}");
    }
}
