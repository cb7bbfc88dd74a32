//! What happens to a request while the world goes on: backups are taken, points come to their end, and nobody has decided yet.
//!
//! Not for what must stop a decision (the file above). Invariant: what is done is never more than what was asked for.

use domain::approval::{ApprovalPlan, PointSet};
use domain::life::Held;
use domain::recovery_point::RecoveryPoint;
use store::recovery_points::life;

use super::*;

impl World {
    /// Writes the point as `change` makes it, as tasks and policies would.
    async fn write(&self, point: &RecoveryPoint, change: impl FnOnce(&mut RecoveryPoint)) {
        let mut after = point.clone();
        change(&mut after);
        let mut tx = self.harness.services.store.begin().await.unwrap();
        life::set_life(&mut tx, point.status, &after).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn another(&self) -> RecoveryPoint {
        let asset = self.points[0].asset_id;
        let asset = crate::assets::lookup(&self.first, asset).await.unwrap();
        self.harness.point(&self.first, &asset.unwrap()).await
    }

    async fn read(&self, point: &RecoveryPoint) -> RecoveryPoint {
        let found = recovery_points::lookup(&self.first, point.id).await;
        found.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_release_of_the_brake_lets_go_what_was_asked_for_and_is_due_still() {
    let world = World::new().await;
    let now = world.first.now();
    let [stays, ended, moved] = [0, 1, 2].map(|place| world.points[place].clone());
    let (foreseen, soon) = (world.another().await, world.another().await);
    for point in [&stays, &ended, &moved] {
        world
            .write(point, |after| after.expires_at = Some(now))
            .await;
    }
    let in_a_minute = Some(now + SignedDuration::from_mins(1));
    for point in [&foreseen, &soon] {
        world
            .write(point, |after| after.expires_at = in_a_minute)
            .await;
    }
    let request = expiry_brake::request_release(&world.first, "moved house")
        .await
        .unwrap();
    let ApprovalPlan::ReleaseExpiryBrake { points, ids, .. } = &request.plan else {
        panic!("{:?}", request.plan);
    };
    let mut asked: Vec<_> = [&stays, &ended, &moved].map(|point| point.id).into();
    asked.sort_unstable();
    assert_eq!((points, ids), (&PointSet::of(&asked), &asked));
    // One ends, one is kept longer by somebody, two come to their end, one of which begins to end, and a backup is taken.
    let due = world.read(&ended).await;
    world
        .write(&due, |after| *after = due.ending(now, Held(false)).unwrap())
        .await;
    let later = Some(world.later(9));
    world
        .write(&world.read(&moved).await, |after| after.expires_at = later)
        .await;
    world.harness.clock.advance(SignedDuration::from_mins(5));
    let due = world.read(&foreseen).await;
    world
        .write(&due, |after| {
            *after = due.ending(world.first.now(), Held(false)).unwrap();
        })
        .await;
    world.another().await;
    world.approve(&request).await.unwrap();
    let cleared = Some(world.first.now());
    assert_eq!(world.read(&stays).await.life.cleared_at, cleared);
    for other in [&ended, &moved, &foreseen, &soon] {
        assert_eq!(world.read(other).await.life.cleared_at, None);
    }
    // The log names the set, not its thousands of ids.
    assert!(request.plan.brief().text().len() < 300);
}

#[tokio::test]
async fn a_doubt_that_is_another_one_by_now_is_not_released() {
    let world = World::new().await;
    let store = &world.harness.services.store;
    let repository = (
        world.harness.organization.id,
        world.points[0].repository_id.unwrap(),
    );
    let doubt = async |why| {
        let mut tx = store.begin().await.unwrap();
        store::vault_heads::doubt(&mut tx, repository, why)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    doubt("it is no text").await;
    let first = expiry_brake::request_release(&world.first, "x")
        .await
        .unwrap();
    let second = expiry_brake::request_release(&world.first, "x")
        .await
        .unwrap();
    world.approve(&first).await.unwrap();
    // Nothing is doubted, so there is nothing left of the other request; then it is doubted again, for another reason.
    for why in [None, Some("head 7 is another one than was written")] {
        if let Some(why) = why {
            doubt(why).await;
        }
        let moved = world.approve(&second).await.unwrap_err();
        assert!(message(&moved).contains("have changed"), "{moved:?}");
    }
    assert_eq!(
        store::vault_heads::doubted(&store.read(), repository.0)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_release_that_an_older_version_asked_for_names_no_points_and_is_not_carried_out() {
    let world = World::new().await;
    let tx = world.second.begin().await.unwrap();
    let points = PointSet::of(&[world.points[0].id]);
    let old = expiry_brake::plan_again(&world.second, &tx, (&points, &[]), &[]).await;
    assert!(message(&old.unwrap_err()).contains("older version"));
}

#[tokio::test]
async fn a_hold_that_keeps_more_by_now_is_released_and_what_came_since_is_not_let_go_with_it() {
    let world = World::new().await;
    let hold = NewHold {
        name: "Case 9".to_owned(),
        reason: "court".to_owned(),
        criteria: Some(NewCriteria {
            includes_new: true,
            ..NewCriteria::default()
        }),
        ..NewHold::default()
    };
    let hold = legal_holds::create(&world.first, hold).await.unwrap();
    let over = Some(world.first.now());
    world
        .write(&world.point(0).await, |after| after.expires_at = over)
        .await;
    let request = legal_holds::request_release(&world.first, Some(hold.id), "settled").await;
    let request = request.unwrap();
    world.harness.clock.advance(SignedDuration::from_mins(5));
    let new = world.another().await;
    world
        .write(&new, |after| after.expires_at = Some(new.taken_at))
        .await;
    world.approve(&request).await.unwrap();
    assert_eq!(
        world.point(0).await.life.cleared_at,
        Some(world.first.now())
    );
    assert_eq!(world.read(&new).await.life.cleared_at, None);
    let again = legal_holds::request_release(&world.first, Some(hold.id), "x").await;
    assert!(message(&again.unwrap_err()).contains("released already"));
}
