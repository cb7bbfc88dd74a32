//! The way of a point from its end over the undo window, and everything that stops it there.

use aws::fake::SeedVolume;
use domain::alert::{AlertFilter, AlertKind};
use domain::ids::{LegalHoldId, RecoveryPointId};
use domain::legal_hold::LegalHold;
use domain::life::Held;
use domain::page::{Direction, PageRequest};
use domain::recovery_point::{RecoveryPoint, RecoveryPointStatus as Status};
use domain::task::{Actor, TaskSpec, TaskStatus};
use domain::vault_lock::{LockMode, LockTerms, VaultLock};
use jiff::{SignedDuration, Timestamp};
use store::recovery_points::life;

use crate::testing::{World, point};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A world with one asset that nothing protects and one point of it, made so many days ago and kept for one day.
async fn with_old_point(days: i64) -> World {
    let world = World::new().await;
    let (_, asset) = world.volume(SeedVolume::blank(1).with_block(1, 1)).await;
    world.back_up_days_ago(asset.id, days).await;
    world
}

/// Runs the expiry when so many more days have passed.
async fn run_after(world: &World, days: i64) -> domain::task::Task {
    world.age(days).await;
    world.run(TaskSpec::ExpireRecoveryPoints).await
}

async fn only_point(world: &World) -> RecoveryPoint {
    let points = world.points().await;
    assert_eq!(points.len(), 1);
    points[0].clone()
}

async fn change(world: &World, before: &RecoveryPoint, after: &RecoveryPoint) {
    let mut tx = world.store.begin().await.unwrap();
    life::set_life(&mut tx, before.status, after).await.unwrap();
    tx.commit().await.unwrap();
}

async fn open_alerts(world: &World) -> Vec<AlertKind> {
    let filter = AlertFilter {
        is_open: Some(true),
        ..AlertFilter::default()
    };
    let (reader, page) = (world.store.read(), PageRequest::default());
    let all = store::alerts::list(
        &reader,
        world.organization,
        &filter,
        Direction::Descending,
        &page,
    )
    .await;
    all.unwrap()
        .into_nodes()
        .into_iter()
        .map(|alert| alert.kind)
        .collect()
}

async fn snapshots(world: &World) -> usize {
    world.repository().await.snapshots().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_point_waits_in_its_undo_window_comes_back_and_ends_later() {
    let world = with_old_point(3).await;
    assert_eq!(run_after(&world, 0).await.status, TaskStatus::Completed);
    let ending = only_point(&world).await;
    assert_eq!(
        (ending.status, snapshots(&world).await),
        (Status::Expiring, 1)
    );
    // It still reads back, and what is learned of it does not bring it back by itself.
    assert_eq!(world.verify(ending.id).await.status, TaskStatus::Completed);
    assert_eq!(only_point(&world).await.status, Status::Expiring);
    let now = world.clock.now();
    let back = ending.taken_back(now + DAY * 5, now).unwrap();
    change(&world, &ending, &back).await;
    run_after(&world, 4).await;
    assert_eq!(only_point(&world).await.status, Status::Available);
    run_after(&world, 2).await;
    run_after(&world, 6).await;
    assert_eq!(
        (only_point(&world).await.status, snapshots(&world).await),
        (Status::Expiring, 1)
    );
    run_after(&world, 2).await;
    assert_eq!(
        (only_point(&world).await.status, snapshots(&world).await),
        (Status::Expired, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_ten_years_ahead_ends_nothing_and_says_so() {
    let world = with_old_point(3).await;
    run_after(&world, 0).await;
    world.shift.set(DAY * 3_653);
    let failed = world.run(TaskSpec::ExpireRecoveryPoints).await;
    assert_eq!(failed.failure.unwrap().code, "CLOCKS_DISAGREE");
    assert_eq!(
        (only_point(&world).await.status, snapshots(&world).await),
        (Status::Expiring, 1)
    );
    assert_eq!(open_alerts(&world).await, [AlertKind::ClocksDisagree]);
    // The clock is mended, and so is the alert.
    world.shift.set(SignedDuration::ZERO);
    run_after(&world, 0).await;
    assert_eq!(open_alerts(&world).await, []);
    assert_eq!(only_point(&world).await.status, Status::Expiring);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_foresaw_is_held_back_as_a_whole_until_two_people_agree() {
    let world = World::new().await;
    let (_, asset) = world.volume(SeedVolume::blank(1)).await;
    let now = world.clock.now();
    let mut tx = world.store.begin().await.unwrap();
    for number in 1..=12 {
        let mut old = point(number, now - DAY * 60);
        (old.organization_id, old.asset_id) = (world.organization, asset.id);
        (old.snapshot_id, old.base_snapshot_id) = (None, None);
        old.expires_at = Some(now - DAY * 30);
        store::recovery_points::add(&mut tx, &old).await.unwrap();
    }
    tx.commit().await.unwrap();
    let task = run_after(&world, 0).await;
    assert_eq!(task.status, TaskStatus::CompletedWithWarnings);
    assert!(
        world
            .points()
            .await
            .iter()
            .all(|point| point.status == Status::Available)
    );
    assert_eq!(open_alerts(&world).await, [AlertKind::MassExpiry]);
    for old in world.points().await {
        change(&world, &old, &old.cleared(now)).await;
    }
    assert_eq!(run_after(&world, 0).await.status, TaskStatus::Completed);
    assert!(
        world
            .points()
            .await
            .iter()
            .all(|point| point.status == Status::Expiring)
    );
    assert_eq!(open_alerts(&world).await, []);
}

async fn hold(world: &World, points: &[RecoveryPointId]) -> LegalHold {
    let reader = world.store.read();
    let unit = store::organizational_units::root(&reader, world.organization)
        .await
        .unwrap();
    let hold = LegalHold {
        id: LegalHoldId::fresh(world.ids.as_ref()),
        organization_id: world.organization,
        unit_id: unit.id,
        name: "Case".into(),
        reason: "court".into(),
        criteria: None,
        created_by: Actor::System,
        created_at: world.clock.now(),
        released_at: None,
    };
    let mut tx = world.store.begin().await.unwrap();
    store::legal_holds::add(&mut tx, &hold).await.unwrap();
    store::legal_holds::cover(&mut tx, &hold, points)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    hold
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_stops_a_point_before_its_end_and_in_its_undo_window() {
    let world = with_old_point(3).await;
    let point = only_point(&world).await;
    let held = hold(&world, &[point.id]).await;
    for day in [0, 5, 5] {
        run_after(&world, day).await;
        assert_eq!(
            only_point(&world).await.status,
            Status::Available,
            "day {day}"
        );
    }
    let mut tx = world.store.begin().await.unwrap();
    store::legal_holds::release(&mut tx, &held, world.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    run_after(&world, 1).await;
    let ending = only_point(&world).await;
    assert_eq!(ending.status, Status::Expiring);
    // A hold that comes in the window keeps the copy, also when nobody took the point back.
    hold(&world, &[ending.id]).await;
    for day in [6, 6, 6] {
        run_after(&world, day).await;
        assert_eq!(snapshots(&world).await, 1, "day {day}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_point_outlives_its_end_an_edited_end_and_the_removal_of_the_lock() {
    let world = World::new().await;
    let (_, asset) = world.volume(SeedVolume::blank(1).with_block(1, 1)).await;
    let now: Timestamp = world.clock.now();
    let lock = VaultLock {
        organization_id: world.organization,
        terms: LockTerms {
            mode: LockMode::Governance,
            minimum_days: 20,
        },
        version: 1,
        locked_at: now,
        updated_at: now,
    };
    let mut tx = world.store.begin().await.unwrap();
    store::vault_locks::set(&mut tx, &lock).await.unwrap();
    tx.commit().await.unwrap();
    // Asked for with one day, kept for twenty; the older one is past that.
    world.back_up_days_ago(asset.id, 25).await;
    world.back_up_days_ago(asset.id, 3).await;
    let points = world.points().await;
    let [locked, past] = &points[..] else {
        panic!("not two points");
    };
    let until = |point: &RecoveryPoint| Some(point.taken_at + DAY * 20);
    assert_eq!(locked.life.locked_until, until(locked));
    assert_eq!(locked.expires_at, locked.life.locked_until);
    assert_eq!(past.expires_at, until(past));
    // Neither an end that was moved behind our back ...
    let mut edited = locked.clone();
    edited.expires_at = Some(now - DAY);
    change(&world, locked, &edited).await;
    // ... nor the lock's own removal ends it early, and nothing shortens its lock.
    let mut tx = world.store.begin().await.unwrap();
    store::vault_locks::remove(&mut tx, world.organization, 1)
        .await
        .unwrap();
    let mut shorter = edited.clone();
    shorter.life.locked_until = Some(now);
    let refused = life::set_life(&mut tx, edited.status, &shorter).await;
    assert!(
        matches!(refused, Err(store::Error::Affected { .. })),
        "{refused:?}"
    );
    shorter.life.locked_until = None;
    assert!(
        life::set_life(&mut tx, edited.status, &shorter)
            .await
            .is_err()
    );
    tx.commit().await.unwrap();
    for _ in 0..3 {
        run_after(&world, 4).await;
        let kept = world.points().await.remove(0);
        assert_eq!(kept.status, Status::Available);
        assert_eq!(kept.life.locked_until, locked.life.locked_until);
    }
    assert!(edited.shortened(now + DAY, now, Held(false)).is_err());
    assert_eq!(world.points().await[1].status, Status::Expired);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_was_cut_off_goes_on() {
    let world = World::new().await;
    let (_, asset) = world.volume(SeedVolume::blank(1).with_block(1, 1)).await;
    world.back_up_days_ago(asset.id, 3).await;
    world.back_up(asset.id, None).await;
    run_after(&world, 0).await;
    let ending = world.points().await.remove(1);
    let now = world.clock.now() + DAY * 8;
    let undo = world.services.settings.undo();
    let removing = ending.removing(now, undo, Held(false)).unwrap();
    change(&world, &ending, &removing).await;
    let snapshot = ending.snapshot_id.clone().unwrap().parse().unwrap();
    world.repository().await.forget(&[snapshot]).unwrap();
    // Reconciling meanwhile does not take it for lost, and pruning does not miss it.
    assert_eq!(
        world.run(TaskSpec::ReconcileVault).await.status,
        TaskStatus::Completed
    );
    assert_eq!(
        world.run(TaskSpec::PruneVault).await.status,
        TaskStatus::Completed
    );
    assert_eq!(world.points().await[1].status, Status::Expiring);
    run_after(&world, 0).await;
    assert_eq!(world.points().await[1].status, Status::Expired);
}
