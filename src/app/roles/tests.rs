//! Roles of an organization's own: what they may hold, who may change them, and when they can go.

use super::*;
use crate::memberships::update_grants;
use crate::testing::Harness;

fn code(result: Result<impl std::fmt::Debug, Error>) -> ProblemCode {
    let error = result.unwrap_err();
    error.problems().map(|all| all[0].code).expect("a problem")
}

fn draft(name: &str, permissions: &[Permission]) -> RoleDraft {
    RoleDraft {
        name: name.to_owned(),
        description: None,
        permissions: permissions.iter().copied().collect(),
    }
}

#[tokio::test]
async fn a_role_is_made_changed_and_removed_once_nobody_has_it() {
    let world = Harness::new().await;
    let (admin, root) = (world.admin().await, world.root().await);
    let role = create(&admin, draft("Keeper", &[Permission::Read]))
        .await
        .unwrap();
    let again = create(&admin, draft("Keeper", &[Permission::Read])).await;
    assert_eq!(code(again), ProblemCode::Taken);
    for bad in [
        draft("super_admin", &[Permission::Read]),
        draft("x", &[Permission::BackupRun]),
        draft(" ", &[Permission::Read]),
    ] {
        assert_eq!(code(create(&admin, bad).await), ProblemCode::Invalid);
    }
    let member = world.person_at(role.id, root).await;
    assert!(!member.can(Permission::BackupRun));
    let change = RoleChange {
        permissions: Some(Permissions::from([Permission::Read, Permission::BackupRun])),
        ..RoleChange::default()
    };
    let changed = update(&admin, Some(role.id), change.clone(), 1)
        .await
        .unwrap();
    assert_eq!((changed.version, changed.name.as_str()), (2, "Keeper"));
    let stands = crate::recognition::still_stands(&member).await.unwrap();
    assert!(!stands, "streams are looked at anew");
    let stale = update(&admin, Some(role.id), change, 1).await;
    assert_eq!(code(stale), ProblemCode::Conflict);
    let held = delete(&admin, Some(role.id)).await;
    assert_eq!(code(held), ProblemCode::PreconditionFailed);
    let id = member.user().map(|user| user.id);
    let grant = [(Some(role.id), Some(root))];
    update_grants(&admin, id, &[], &grant).await.unwrap();
    delete(&admin, Some(role.id)).await.unwrap();
    assert_eq!(
        code(delete(&admin, Some(role.id)).await),
        ProblemCode::NotFound
    );
}

#[tokio::test]
async fn nobody_makes_or_touches_a_role_above_their_own_rights() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let wide = create(
        &admin,
        draft("Wide", &[Permission::Read, Permission::RestoreRun]),
    );
    let wide = Some(wide.await.unwrap().id);
    let maker = world
        .person_with(&[Permission::Read, Permission::RoleManage])
        .await;
    let above = draft("x", &[Permission::Read, Permission::BackupRun]);
    assert_eq!(code(create(&maker, above).await), ProblemCode::Forbidden);
    let own = create(&maker, draft("Own", &[Permission::Read]))
        .await
        .unwrap();
    let widen = RoleChange {
        permissions: Some(BuiltInRole::SuperAdmin.permissions()),
        ..RoleChange::default()
    };
    let widened = update(&maker, Some(own.id), widen, 1).await;
    assert_eq!(code(widened), ProblemCode::Forbidden);
    let renamed = update(&maker, wide, RoleChange::default(), 1).await;
    assert_eq!(code(renamed), ProblemCode::Forbidden);
    assert_eq!(code(delete(&maker, wide).await), ProblemCode::Forbidden);
    for built_in in BuiltInRole::ALL {
        let gone = delete(&admin, Some(built_in.id())).await;
        assert_eq!(code(gone), ProblemCode::PreconditionFailed);
        let changed = update(&admin, Some(built_in.id()), RoleChange::default(), 1).await;
        assert_eq!(code(changed), ProblemCode::PreconditionFailed);
    }
    let stranger = world.stranger().await;
    assert_eq!(code(delete(&stranger, wide).await), ProblemCode::NotFound);
}
