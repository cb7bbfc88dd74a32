//! The last Super Admin, one's own grants, and what becomes of those who are stopped.

use domain::permission::Permission;
use domain::role::BuiltInRole;

use super::*;
use crate::recognition::still_stands;
use crate::testing::Harness;

fn id_of(ctx: &Ctx) -> Option<UserId> {
    ctx.user().map(|user| user.id)
}

#[tokio::test]
async fn of_two_super_admins_who_stop_each_other_at_once_one_stays() {
    for _ in 0..5 {
        let world = Harness::new().await;
        let (ann, bob) = (
            world.admin().await,
            world.person(BuiltInRole::SuperAdmin).await,
        );
        let (first, second) = tokio::join!(suspend(&ann, id_of(&bob)), remove(&bob, id_of(&ann)));
        assert!(first.is_ok() ^ second.is_ok(), "{first:?} {second:?}");
        let reader = world.services.store.read();
        let left = store::role_grants::super_admins(&reader, world.organization.id).await;
        assert_eq!(left.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn nobody_changes_themselves_and_nobody_grants_more_than_they_hold() {
    let world = Harness::new().await;
    let root = Some(world.root().await);
    let admin = world.admin().await;
    assert!(suspend(&admin, id_of(&admin)).await.is_err());
    let rights = [Permission::Read, Permission::UserManage];
    let manager = world.person_with(&rights).await;
    let member = world.person_with(&[Permission::Read]).await;
    let wide = (Some(BuiltInRole::SuperAdmin.id()), root);
    assert!(
        update_grants(&manager, id_of(&member), &[wide], &[])
            .await
            .is_err()
    );
    assert!(
        suspend(&manager, id_of(&admin)).await.is_err(),
        "who may do more"
    );
    assert!(
        update_grants(&admin, id_of(&member), &[wide], &[])
            .await
            .is_ok()
    );
    let stranger = world.stranger().await;
    assert!(suspend(&stranger, id_of(&member)).await.is_err());
}

#[tokio::test]
async fn who_is_suspended_stands_no_more_and_signs_in_again_when_resumed() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let member = world.person(BuiltInRole::BackupAdmin).await;
    assert!(still_stands(&member).await.unwrap());
    suspend(&admin, id_of(&member)).await.unwrap();
    assert!(!still_stands(&member).await.unwrap());
    resume(&admin, id_of(&member)).await.unwrap();
    assert!(
        !still_stands(&member).await.unwrap(),
        "the session has ended for good"
    );
    remove(&admin, id_of(&member)).await.unwrap();
    assert!(resume(&admin, id_of(&member)).await.is_err());
}

#[tokio::test]
async fn sessions_of_a_member_end_and_the_member_stays() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let member = world.person(BuiltInRole::BackupAdmin).await;
    let other = world.person(BuiltInRole::BackupAdmin).await;
    let refused = end_sessions(&other, id_of(&member)).await;
    assert!(refused.is_err() && still_stands(&member).await.unwrap());
    end_sessions(&admin, id_of(&member)).await.unwrap();
    assert!(!still_stands(&member).await.unwrap());
    assert!(still_stands(&other).await.unwrap());
    // Nothing else of the membership has changed: there is nothing to resume.
    assert!(resume(&admin, id_of(&member)).await.is_err());
    assert!(end_sessions(&admin, id_of(&admin)).await.is_err());
}

#[tokio::test]
async fn a_member_of_one_unit_sees_and_changes_nothing_beside_it() {
    let world = Harness::new().await;
    let root = world.root().await;
    let (left, right) = (
        world.unit(root, "Left").await,
        world.unit(root, "Right").await,
    );
    let member = world
        .person_at(BuiltInRole::OrganizationalUnitAdmin.id(), left)
        .await;
    assert!(member.can_at(Permission::PolicyWrite, left));
    assert!(!member.can_at(Permission::Read, right));
    let admin = world.admin().await;
    let account = world.account(&admin).await;
    let assets = world.volumes(&admin, &account, 1).await;
    assert!(
        crate::assets::lookup(&member, assets[0].id)
            .await
            .unwrap()
            .is_none()
    );
    let units = crate::organizational_units::list(&member).await.unwrap();
    let names: Vec<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
    assert_eq!(names, ["Global", "Left"]);
    assert!(suspend(&member, id_of(&admin)).await.is_err());
}

#[tokio::test]
async fn whoever_left_and_returns_has_no_old_token() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let member = world.person(BuiltInRole::BackupAdmin).await;
    let made = crate::api_tokens::create(&member, "x", None).await;
    let (_, secret) = made.unwrap();
    let text = secrecy::ExposeSecret::expose_secret(secret.text()).to_owned();
    let origin = crate::context::Origin::default();
    let used = async || {
        let found = crate::api_tokens::recognise(&world.services, &origin, &text).await;
        found.unwrap().is_some()
    };
    assert!(used().await);
    let user_id = id_of(&member).unwrap();
    let reader = world.services.store.read();
    let before = store::memberships::lookup(&reader, world.organization.id, user_id).await;
    remove(&admin, Some(user_id)).await.unwrap();
    let mut tx = world.services.store.begin().await.unwrap();
    store::memberships::add(&mut tx, &before.unwrap().unwrap())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(!used().await);
}
