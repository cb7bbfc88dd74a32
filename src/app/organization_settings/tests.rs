//! Settings: ranges, versions, and that nobody locks themselves out.

use domain::role::BuiltInRole;
use domain::{ProblemCode, limits};

use super::*;
use crate::context::Origin;
use crate::testing::{Harness, PASSWORD};

fn code(result: Result<impl std::fmt::Debug, Error>) -> ProblemCode {
    let error = result.unwrap_err();
    error.problems().map(|all| all[0].code).expect("a problem")
}

async fn from(world: &Harness, address: &str) -> Result<Ctx, Error> {
    let origin = Origin {
        address: Some(address.to_owned()),
        ..Origin::default()
    };
    let password = secrecy::SecretString::from(PASSWORD);
    let session = crate::sessions::create(&world.services, &origin, "admin@a.test", &password);
    Ok(session.await?.ctx)
}

fn networks(texts: &[&str]) -> SettingsChange {
    SettingsChange {
        ip_allowlist: Some(texts.iter().map(|text| (*text).to_owned()).collect()),
        ..SettingsChange::default()
    }
}

#[tokio::test]
async fn an_allowlist_holds_for_everybody_and_never_locks_out_its_author() {
    for (own, list, outside) in [
        ("198.51.100.9", "198.51.100.0/24", "203.0.113.1"),
        ("2001:db8::9", "2001:db8::/32", "2001:db9::9"),
        ("::ffff:198.51.100.9", "198.51.100.9", "198.51.100.8"),
    ] {
        let world = Harness::new().await;
        let admin = from(&world, own).await.unwrap();
        let other = from(&world, outside).await.unwrap();
        let nowhere = world.admin().await;
        for locked_out in [&other, &nowhere] {
            let refused = update(locked_out, networks(&[list]), 1).await;
            assert_eq!(code(refused), ProblemCode::PreconditionFailed);
        }
        assert_eq!(
            code(update(&admin, networks(&["x"]), 1).await),
            ProblemCode::Invalid
        );
        let many = vec![list; limits::IP_ALLOWLIST_MAX + 1];
        let twins = update(&admin, networks(&many), 1).await.unwrap();
        assert_eq!(twins.settings.ip_allowlist.len(), 1);
        assert!(matches!(
            from(&world, outside).await,
            Err(Error::AddressNotAllowed)
        ));
        assert!(!crate::recognition::still_stands(&other).await.unwrap());
        assert!(crate::recognition::still_stands(&admin).await.unwrap());
        update(&admin, networks(&[]), 2).await.unwrap();
        assert!(from(&world, outside).await.is_ok());
    }
}

#[tokio::test]
async fn values_are_checked_versions_count_and_defaults_come_back() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let idle = |minutes| SettingsChange {
        name: Some(" Corp ".to_owned()),
        session_idle_minutes: Some(minutes),
        ..SettingsChange::default()
    };
    for bad in [0, 9, 61] {
        assert_eq!(
            code(update(&admin, idle(Some(bad)), 1).await),
            ProblemCode::Invalid
        );
    }
    let set = update(&admin, idle(Some(60)), 1).await.unwrap();
    assert_eq!((set.name.as_str(), set.version), ("Corp", 2));
    assert_eq!(
        code(update(&admin, idle(None), 1).await),
        ProblemCode::Conflict
    );
    let kept = update(&admin, SettingsChange::default(), 2).await.unwrap();
    assert_eq!(kept.settings.session_idle_minutes, Some(60));
    let back = update(&admin, idle(None), 3).await.unwrap();
    assert_eq!(back.settings, OrganizationSettings::default());
    let helper = world.person(BuiltInRole::OrganizationalUnitAdmin).await;
    let refused = update(&helper, SettingsChange::default(), 4).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn an_address_for_checkpoints_leads_to_the_internet_and_holds_no_secret() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let to = |url: Option<&str>| SettingsChange {
        audit_webhook_url: Some(url.map(str::to_owned)),
        ..SettingsChange::default()
    };
    for bad in [
        "",
        "corp.example",
        "http://corp.example/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://ann:secret@corp.example/",
        "https://corp.example:22/",
        "https://corp.example/in?token=secret",
        "https://corp.example/in#secret",
    ] {
        let refused = update(&admin, to(Some(bad)), 1).await.unwrap_err();
        assert_eq!(
            refused.problems().unwrap()[0].field,
            ["auditWebhookUrl"],
            "{bad}"
        );
    }
    let url = "https://corp.example:8443/checkpoints";
    let set = update(&admin, to(Some(url)), 1).await.unwrap();
    assert_eq!(set.settings.audit_webhook_url.as_deref(), Some(url));
    let kept = update(&admin, SettingsChange::default(), 2).await.unwrap();
    assert_eq!(kept.settings.audit_webhook_url.as_deref(), Some(url));
    let gone = update(&admin, to(None), 3).await.unwrap();
    assert_eq!(gone.settings, OrganizationSettings::default());
}
