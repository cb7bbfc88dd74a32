//! Service tokens: never above their maker, and for as long as they are meant to live.

use domain::role::BuiltInRole;
use secrecy::ExposeSecret as _;

use super::*;
use crate::context::{Caller, Origin};
use crate::testing::Harness;

fn code(result: Result<impl std::fmt::Debug, Error>) -> ProblemCode {
    let error = result.unwrap_err();
    error.problems().map(|all| all[0].code).expect("a problem")
}

async fn used(world: &Harness, secret: &ApiTokenSecret) -> Option<Ctx> {
    let text = secret.text().expose_secret().to_owned();
    let origin = Origin::default();
    let found = crate::api_tokens::recognise(&world.services, &origin, &text);
    found.await.unwrap()
}

#[tokio::test]
async fn a_token_acts_at_its_units_until_it_ends() {
    let world = Harness::new().await;
    let (admin, root) = (world.admin().await, world.root().await);
    let unit = world.unit(root, "Unit").await;
    let role = BuiltInRole::BackupAdmin.id();
    let made = create(&admin, " CI ", &[(Some(role), Some(unit))], Some(2)).await;
    let (token, secret) = made.unwrap();
    assert!(secret.text().expose_secret().starts_with("hf_"));
    let ctx = used(&world, &secret).await.unwrap();
    assert!(matches!(ctx.caller(), Caller::Service { .. }));
    assert!(ctx.can_at(Permission::BackupRun, unit) && !ctx.can_at(Permission::BackupRun, root));
    let successor = create(&ctx, "x", &[(Some(role), Some(unit))], None).await;
    assert!(successor.is_err(), "a token makes no tokens");
    let listed = list(&admin).await.unwrap();
    assert_eq!((listed.len(), listed[0].name.as_str()), (1, "CI"));
    assert_eq!(listed[0].last_used_at, Some(world.services.clock.now()));
    world.clock.advance(SignedDuration::from_hours(48));
    assert!(used(&world, &secret).await.is_none(), "it has run out");
    let admin = world.admin().await;
    delete(&admin, Some(token.id)).await.unwrap();
    assert_eq!(
        code(delete(&admin, Some(token.id)).await),
        ProblemCode::NotFound
    );
    assert!(list(&admin).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_deleted_token_is_refused_at_once() {
    let world = Harness::new().await;
    let (admin, root) = (world.admin().await, world.root().await);
    let grant = [(Some(BuiltInRole::SuperAdmin.id()), Some(root))];
    let (token, secret) = create(&admin, "x", &grant, None).await.unwrap();
    let ctx = used(&world, &secret).await.unwrap();
    delete(&admin, Some(token.id)).await.unwrap();
    assert!(used(&world, &secret).await.is_none());
    assert!(!crate::recognition::still_stands(&ctx).await.unwrap());
}

#[tokio::test]
async fn nobody_makes_sees_or_ends_a_token_above_themselves() {
    let world = Harness::new().await;
    let (admin, root) = (world.admin().await, world.root().await);
    let (own, other) = (
        world.unit(root, "Own").await,
        world.unit(root, "Other").await,
    );
    let chief = BuiltInRole::OrganizationalUnitAdmin.id();
    let maker = world.person_at(chief, own).await;
    let (all, some) = (BuiltInRole::SuperAdmin.id(), BuiltInRole::BackupAdmin.id());
    let above = create(&maker, "x", &[(Some(all), Some(own))], None).await;
    assert_eq!(code(above), ProblemCode::Forbidden);
    for unseen in [Some(root), Some(other), None] {
        let outside = create(&maker, "x", &[(Some(some), unseen)], None).await;
        assert_eq!(code(outside), ProblemCode::NotFound);
    }
    let within = create(&maker, "x", &[(Some(some), Some(own))], None).await;
    let (mine, _) = within.unwrap();
    let both = [(Some(some), Some(own)), (Some(some), Some(other))];
    let (shared, _) = create(&admin, "y", &both, None).await.unwrap();
    let ids = |tokens: Vec<ApiToken>| tokens.iter().map(|token| token.id).collect::<Vec<_>>();
    assert_eq!(ids(list(&maker).await.unwrap()), [mine.id]);
    assert_eq!(
        code(delete(&maker, Some(shared.id)).await),
        ProblemCode::NotFound
    );
    let stranger = world.stranger().await;
    assert_eq!(
        code(delete(&stranger, Some(mine.id)).await),
        ProblemCode::NotFound
    );
    assert!(list(&stranger).await.unwrap().is_empty());
    for (name, grants, days) in [
        ("", both.as_slice(), None),
        ("x", &[], None),
        ("x", &both, Some(0)),
        ("x", &both, Some(367)),
    ] {
        assert_eq!(
            code(create(&admin, name, grants, days).await),
            ProblemCode::Invalid
        );
    }
    let keeper = world.person(BuiltInRole::BackupAdmin).await;
    assert!(matches!(list(&keeper).await, Err(Error::Forbidden(_))));
}
