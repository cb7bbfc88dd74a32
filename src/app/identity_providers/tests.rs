//! Setting providers up: what is refused, who may, and which states follow which.

use domain::audit::AuditFilter;
use domain::group_rule::GroupCondition;
use domain::page::PageRequest;
use domain::role::BuiltInRole;
use secrecy::ExposeSecret as _;

use super::*;
use crate::context::Origin;
use crate::sessions::{self, NewSession, Through};
use crate::testing::Harness;

fn oidc(issuer: &str, secret: Option<&str>) -> NewSettings {
    NewSettings::Oidc {
        issuer: issuer.to_owned(),
        client_id: "holdfast".to_owned(),
        client_secret: secret.map(SecretString::from),
        groups_claim: None,
    }
}

fn field(error: &Error) -> String {
    error
        .problems()
        .map(|all| all[0].field.join("."))
        .unwrap_or_default()
}

#[tokio::test]
async fn a_provider_is_made_changed_and_removed_and_its_secret_is_sealed() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let made = create(
        &ctx,
        " Corp ",
        oidc("https://idp.example", Some("hush")),
        vec![],
    )
    .await;
    let made = made.unwrap();
    assert_eq!(
        (made.name.as_str(), made.state, made.version),
        ("Corp", ProviderState::Draft, 1)
    );
    let ProviderSettings::Oidc(settings) = &made.settings else {
        panic!("not OIDC")
    };
    assert!(!settings.sealed_secret.as_ref().unwrap().contains("hush"));
    assert!(format!("{:?}", list(&ctx).await.unwrap()).contains("Corp"));
    let twin = create(&ctx, "Corp", oidc("https://idp.example", None), vec![])
        .await
        .unwrap_err();
    assert_eq!(field(&twin), "name");
    assert_eq!(
        field(&activate(&ctx, Some(made.id)).await.unwrap_err()),
        "id"
    );
    // The secret stays when none is given; the issuer cannot change.
    let changes = || Changes {
        settings: Some(oidc("https://idp.example", None)),
        ..Changes::default()
    };
    let changed = update(&ctx, Some(made.id), 1, changes()).await.unwrap();
    assert_eq!(changed.settings, made.settings);
    let moved = Changes {
        settings: Some(oidc("https://other.example", None)),
        ..Changes::default()
    };
    assert_eq!(
        field(&update(&ctx, Some(made.id), 2, moved).await.unwrap_err()),
        "settings"
    );
    let stale = update(&ctx, Some(made.id), 1, changes()).await.unwrap_err();
    assert_eq!(stale.problems().unwrap()[0].code, ProblemCode::Conflict);
    delete(&ctx, Some(made.id)).await.unwrap();
    assert!(delete(&ctx, Some(made.id)).await.is_err());
}

#[tokio::test]
async fn what_is_wrong_with_settings_is_said() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let unit = world.root().await;
    for (issuer, wanted) in [
        ("", "settings.oidc.issuer"),
        ("http://idp.example", "settings.oidc.issuer"),
        ("https://10.0.0.1", "settings.oidc.issuer"),
        ("https://169.254.169.254", "settings.oidc.issuer"),
        ("https://idp.example:22", "settings.oidc.issuer"),
        ("https://user@idp.example", "settings.oidc.issuer"),
    ] {
        let refused = create(&ctx, "x", oidc(issuer, None), vec![])
            .await
            .unwrap_err();
        assert_eq!(field(&refused), wanted, "{issuer}");
    }
    let saml = NewSettings::Saml {
        metadata: "<x/>".to_owned(),
        names: SamlAttributeNames::default(),
        needs_signed_assertion: false,
        allows_unsolicited: false,
    };
    let refused = create(&ctx, "x", saml, vec![]).await.unwrap_err();
    assert_eq!(field(&refused), "settings.saml.metadata");
    let rule = |role: Option<RoleId>, unit: Option<OrganizationalUnitId>| NewRule {
        name: "r".to_owned(),
        condition: GroupCondition::Equals("ops".to_owned()),
        role_id: role,
        unit_ids: vec![unit],
    };
    let stranger = world.stranger().await;
    let foreign = Some(stranger.access().root());
    let role = Some(BuiltInRole::BackupAdmin.id());
    for (rule, wanted) in [
        (rule(None, Some(unit)), "rules.0.roleId"),
        (
            rule(Some(RoleId::fresh(ctx.ids())), Some(unit)),
            "rules.0.roleId",
        ),
        (rule(role, None), "rules.0.unitIds.0"),
        (rule(role, foreign), "rules.0.unitIds.0"),
    ] {
        let made = create(&ctx, "x", oidc("https://idp.example", None), vec![rule]).await;
        assert_eq!(field(&made.unwrap_err()), wanted);
    }
}

#[tokio::test]
async fn only_who_has_every_right_sets_providers_up_and_foreign_ones_do_not_exist() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let stranger = world.stranger().await;
    let made = create(&ctx, "Corp", oidc("https://idp.example", None), vec![])
        .await
        .unwrap();
    let some = world
        .person_with(&[Permission::Read, Permission::SsoManage])
        .await;
    let none = world.person(BuiltInRole::BackupAdmin).await;
    for weak in [&some, &none] {
        let refused = create(weak, "x", oidc("https://idp.example", None), vec![]).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))));
        assert!(matches!(
            delete(weak, Some(made.id)).await,
            Err(Error::Forbidden(_))
        ));
        let enforced = sign_on::enforcement::set(weak, true, &[]).await;
        assert!(matches!(enforced, Err(Error::Forbidden(_))));
    }
    assert!(list(&none).await.is_err());
    assert!(lookup(&stranger, made.id).await.unwrap().is_none());
    for refused in [
        update(&stranger, Some(made.id), 1, Changes::default())
            .await
            .unwrap_err(),
        activate(&stranger, Some(made.id)).await.unwrap_err(),
        deactivate(&stranger, Some(made.id)).await.unwrap_err(),
        delete(&stranger, Some(made.id)).await.unwrap_err(),
        sign_on::begin_test(&stranger, Some(made.id))
            .await
            .unwrap_err(),
        delete(&stranger, None).await.unwrap_err(),
    ] {
        assert_eq!(refused.problems().unwrap()[0].code, ProblemCode::NotFound);
    }
}

async fn lives(world: &Harness, session: &NewSession) -> bool {
    let secret = session.secret.text().expose_secret();
    let found = sessions::recognise(&world.services, &Origin::default(), secret).await;
    found.unwrap().is_some()
}

async fn signed_in(world: &Harness, ctx: &Ctx) -> NewSession {
    let (origin, password) = (Origin::default(), crate::testing::PASSWORD.into());
    let email = &ctx.user().unwrap().email;
    let session = sessions::create(&world.services, &origin, email, &password).await;
    session.unwrap()
}

#[tokio::test]
async fn a_provider_that_is_switched_off_or_removed_leaves_no_session_behind() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let bob = world.person(BuiltInRole::BackupAdmin).await;
    let other = world.provider(&ctx, "Other", ProviderState::Active).await;
    let by_password = signed_in(&world, &bob).await;
    let by_other = world.signed_on(&bob, other).await;
    for removes in [false, true] {
        let name = format!("removed: {removes}");
        let one = world.provider(&ctx, &name, ProviderState::Active).await;
        let theirs = world.signed_on(&bob, one).await;
        assert!(lives(&world, &theirs).await);
        if removes {
            delete(&ctx, Some(one)).await.unwrap();
        } else {
            deactivate(&ctx, Some(one)).await.unwrap();
        }
        assert!(!lives(&world, &theirs).await, "{name}");
        assert!(lives(&world, &by_password).await && lives(&world, &by_other).await);
        let log = audit::list(&ctx, &AuditFilter::default(), &PageRequest::default()).await;
        let log = log.unwrap().into_nodes();
        let target = Some(one.to_string());
        let event = log.iter().find(|event| event.target == target).unwrap();
        assert_eq!(event.summary["endedSessions"], 1, "{event:?}");
    }
}

#[tokio::test]
async fn who_came_through_a_provider_switches_it_off_and_stays_but_does_not_remove_it() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let one = world.provider(&ctx, "One", ProviderState::Active).await;
    let (own, elsewhere) = (
        world.signed_on(&ctx, one).await,
        world.signed_on(&ctx, one).await,
    );
    deactivate(&own.ctx, Some(one)).await.unwrap();
    assert!(lives(&world, &own).await && !lives(&world, &elsewhere).await);
    let refused = delete(&own.ctx, Some(one)).await.unwrap_err();
    assert_eq!(field(&refused), "id");
    activate(&own.ctx, Some(one)).await.unwrap();
    assert!(lives(&world, &own).await);
    delete(&ctx, Some(one)).await.unwrap();
    assert!(!lives(&world, &own).await);
}

/// A sign-on that was let in before the provider was switched off, and gets its session after.
#[tokio::test]
async fn a_sign_on_under_way_begins_no_session_once_its_provider_is_off() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    for state in [ProviderState::Draft, ProviderState::Disabled] {
        let one = world.provider(&ctx, state.name(), state).await;
        let through = Through {
            provider_id: one,
            subject: "ann".to_owned(),
            session_index: None,
        };
        let (origin, user) = (Origin::default(), world.admin.clone());
        let organization = ctx.organization();
        let begun =
            sessions::begin_through(&world.services, &origin, user, organization, &through).await;
        assert_eq!(field(&begun.unwrap_err()), "provider", "{state:?}");
    }
}
