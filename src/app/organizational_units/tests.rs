//! The tree: no circles, no depth without end, no unit that its own admin moves, and nothing lost when a unit goes.

use domain::permission::Permission;
use domain::role::BuiltInRole;

use super::*;
use crate::testing::Harness;

fn code(result: Result<impl std::fmt::Debug, Error>) -> ProblemCode {
    let error = result.unwrap_err();
    error.problems().map(|all| all[0].code).expect("a problem")
}

#[tokio::test]
async fn units_are_made_renamed_and_moved_but_never_into_a_circle() {
    let world = Harness::new().await;
    let (admin, root) = (world.admin().await, Some(world.root().await));
    let a = create(&admin, root, " A ").await.unwrap();
    let b = create(&admin, Some(a.id), "B").await.unwrap();
    assert_eq!(a.name, "A");
    assert_eq!(code(create(&admin, root, "A").await), ProblemCode::Taken);
    assert_eq!(code(create(&admin, root, " ").await), ProblemCode::Invalid);
    for circle in [a.id, b.id] {
        let moved = relocate(&admin, Some(a.id), Some(circle), 1).await;
        assert_eq!(code(moved), ProblemCode::Invalid);
    }
    let moved = relocate(&admin, root, Some(a.id), 1).await;
    assert_eq!(code(moved), ProblemCode::PreconditionFailed);
    let renamed = rename(&admin, Some(b.id), "Bees", 1).await.unwrap();
    assert_eq!(renamed.version, 2);
    let stale = relocate(&admin, Some(b.id), root, 1).await;
    assert_eq!(code(stale), ProblemCode::Conflict);
    let moved = relocate(&admin, Some(b.id), root, 2).await.unwrap();
    assert_eq!(moved.parent_id, root);
}

#[tokio::test]
async fn of_two_moves_that_would_make_a_circle_together_one_is_refused() {
    for _ in 0..5 {
        let world = Harness::new().await;
        let (admin, root) = (world.admin().await, Some(world.root().await));
        let a = Some(create(&admin, root, "A").await.unwrap().id);
        let b = Some(create(&admin, root, "B").await.unwrap().id);
        let (first, second) = tokio::join!(relocate(&admin, a, b, 1), relocate(&admin, b, a, 1));
        assert!(first.is_ok() ^ second.is_ok(), "{first:?} {second:?}");
    }
}

#[tokio::test]
async fn the_tree_has_an_end_also_by_moving() {
    let world = Harness::new().await;
    let (admin, root) = (world.admin().await, Some(world.root().await));
    let mut chain = vec![root];
    for level in 0..UNIT_DEPTH_MAX {
        let made = create(&admin, chain[level], "x").await.unwrap();
        chain.push(Some(made.id));
    }
    let deepest = *chain.last().unwrap();
    assert_eq!(
        code(create(&admin, deepest, "y").await),
        ProblemCode::LimitReached
    );
    let side = create(&admin, root, "side").await.unwrap();
    let moved = relocate(&admin, chain[1], Some(side.id), 1).await;
    assert_eq!(code(moved), ProblemCode::LimitReached);
}

#[tokio::test]
async fn an_admin_of_a_unit_rules_below_it_and_never_over_it() {
    let world = Harness::new().await;
    let (admin, root) = (world.admin().await, world.root().await);
    let own = create(&admin, Some(root), "Own").await.unwrap();
    let other = create(&admin, Some(root), "Other").await.unwrap();
    let below = create(&admin, Some(own.id), "Below").await.unwrap();
    let role = BuiltInRole::OrganizationalUnitAdmin.id();
    let chief = world.person_at(role, own.id).await;
    create(&chief, Some(below.id), "Leaf").await.unwrap();
    let is_forbidden = |error: Error| matches!(error, Error::Forbidden(Permission::UnitManage));
    for refused in [
        create(&chief, Some(root), "x").await.unwrap_err(),
        rename(&chief, Some(own.id), "x", 1).await.unwrap_err(),
        relocate(&chief, Some(below.id), Some(root), 1)
            .await
            .unwrap_err(),
        delete(&chief, Some(own.id), None).await.unwrap_err(),
    ] {
        assert!(is_forbidden(refused));
    }
    for unseen in [
        create(&chief, Some(other.id), "x").await.map(|_| ()),
        rename(&chief, Some(other.id), "x", 1).await.map(|_| ()),
        relocate(&chief, Some(below.id), Some(other.id), 1)
            .await
            .map(|_| ()),
        delete(&chief, Some(below.id), Some(Some(other.id)))
            .await
            .map(|_| ()),
        delete(&world.stranger().await, Some(below.id), None)
            .await
            .map(|_| ()),
    ] {
        assert_eq!(code(unseen), ProblemCode::NotFound);
    }
    let helper = world
        .person_at(BuiltInRole::SuperAdmin.id(), below.id)
        .await;
    let deleted = delete(&chief, Some(below.id), None).await;
    assert_eq!(
        code(deleted),
        ProblemCode::PreconditionFailed,
        "takes more than they hold"
    );
    assert!(crate::recognition::still_stands(&helper).await.unwrap());
    delete(&admin, Some(below.id), None).await.unwrap();
    assert!(!crate::recognition::still_stands(&helper).await.unwrap());
}

#[tokio::test]
async fn what_lies_in_a_unit_that_goes_is_somewhere_else_afterwards() {
    let world = Harness::new().await;
    let (admin, root) = (world.admin().await, world.root().await);
    let old = create(&admin, Some(root), "Old").await.unwrap();
    let child = create(&admin, Some(old.id), "Child").await.unwrap();
    let heir = create(&admin, Some(root), "Heir").await.unwrap();
    let account = world.account(&admin).await;
    world.volumes(&admin, &account, 3).await;
    let change = crate::aws_accounts::AccountChange {
        unit: Some(Some(old.id)),
        ..Default::default()
    };
    let moved = crate::aws_accounts::update(&admin, Some(account.id), change, account.version);
    assert_eq!(moved.await.unwrap().unit_id, old.id);
    let role = BuiltInRole::BackupAdmin.id();
    let (loser, gainer) = (
        world.person_at(role, old.id).await,
        world.person_at(role, heir.id).await,
    );
    let assets = async |ctx: &Ctx| {
        let all = domain::asset::AssetFilter::default();
        crate::assets::count(ctx, &all).await.unwrap()
    };
    assert_eq!((assets(&loser).await, assets(&gainer).await), (3, 0));
    let circle = delete(&admin, Some(old.id), Some(Some(child.id))).await;
    assert_eq!(code(circle), ProblemCode::Invalid);
    delete(&admin, Some(old.id), Some(Some(heir.id)))
        .await
        .unwrap();
    assert!(!crate::recognition::still_stands(&loser).await.unwrap());
    let narrowed = world.person_at(role, heir.id).await;
    assert_eq!(assets(&narrowed).await, 3);
    let units = list(&narrowed).await.unwrap();
    let found = units.iter().find(|unit| unit.id == child.id).unwrap();
    assert_eq!(found.parent_id, Some(heir.id));
    let away = crate::aws_accounts::AccountChange {
        unit: Some(Some(root)),
        ..Default::default()
    };
    let refused = crate::aws_accounts::update(&narrowed, Some(account.id), away, 2).await;
    assert_eq!(
        code(refused),
        ProblemCode::NotFound,
        "a unit they do not see"
    );
}
