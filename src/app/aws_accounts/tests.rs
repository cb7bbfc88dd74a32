//! Linking accounts: external ids, static keys, versions, and who may see what.

use domain::audit::AuditFilter;
use domain::aws_account::AccountAccess;
use domain::role::BuiltInRole;
use domain::task::TaskKind;

use super::*;
use crate::settings::Settings;
use crate::testing::Harness;

fn new_account(number: &str) -> NewAwsAccount {
    NewAwsAccount {
        account_id: number.to_owned(),
        name: "Production".to_owned(),
        regions: vec!["eu-west-1".to_owned(), "us-east-1".to_owned()],
    }
}

fn role(arn: Option<&str>) -> NewAccess {
    NewAccess::Role {
        role_arn: arn.map(str::to_owned),
    }
}

fn keys() -> NewAccess {
    NewAccess::StaticKeys {
        access_key_id: "AKIA".to_owned(),
        secret_access_key: SecretString::from("hunter2"),
    }
}

fn fields(error: &Error) -> Vec<String> {
    let problems = error.problems().unwrap_or_default();
    problems.iter().map(|one| one.field.join(".")).collect()
}

#[tokio::test]
async fn every_link_gets_an_external_id_of_its_own_that_never_changes() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let mut seen = std::collections::BTreeSet::new();
    for number in ["111111111111", "222222222222"] {
        let kinds = vec![AssetKind::EbsVolume];
        let (account, task) = connect(&ctx, new_account(number), role(None), kinds)
            .await
            .unwrap();
        assert!(task.is_none(), "the role must be made first");
        let AccountAccess::Role {
            external_id,
            role_arn,
        } = account.access.clone()
        else {
            panic!("a role");
        };
        assert_eq!(role_arn, format!("arn:aws:iam::{number}:role/{ROLE_NAME}"));
        assert!(external_id.len() >= "holdfast-".len() + 32);
        let setup = setup(&ctx, &account).await.unwrap().unwrap();
        assert!(setup.trust_policy.contains(&external_id));
        let change = AccountChange {
            role_arn: Some(format!("arn:aws:iam::{number}:role/Other")),
            ..AccountChange::default()
        };
        let changed = update(&ctx, Some(account.id), change, 1).await.unwrap();
        let AccountAccess::Role {
            external_id: kept, ..
        } = changed.access
        else {
            panic!("a role");
        };
        assert_eq!(kept, external_id);
        seen.insert(external_id);
    }
    assert_eq!(seen.len(), 2);
}

#[tokio::test]
async fn a_secret_key_is_sealed_and_never_recorded() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let kinds = vec![AssetKind::EbsVolume];
    let (account, task) = connect(&ctx, new_account("111111111111"), keys(), kinds)
        .await
        .unwrap();
    assert_eq!(task.unwrap().spec.kind(), TaskKind::VerifyAwsAccount);
    let stored = lookup(&ctx, account.id).await.unwrap().unwrap();
    assert!(!format!("{stored:?}").contains("hunter2"));
    let log = audit::list(&ctx, &AuditFilter::default(), &PageRequest::default())
        .await
        .unwrap();
    assert!(!format!("{log:?}").contains("hunter2"));
    assert!(setup(&ctx, &stored).await.unwrap().is_none());
}

#[tokio::test]
async fn static_keys_are_refused_unless_the_configuration_allows_them() {
    let world = Harness::with(Settings::default()).await;
    let ctx = world.admin().await;
    let kinds = vec![AssetKind::EbsVolume];
    let error = connect(&ctx, new_account("111111111111"), keys(), kinds).await;
    assert_eq!(fields(&error.unwrap_err()), ["access.staticKeys"]);
}

#[tokio::test]
async fn a_role_of_another_account_and_a_second_link_are_refused() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let kinds = || vec![AssetKind::EbsVolume];
    for arn in [
        "arn:aws:iam::222222222222:role/X",
        "arn:aws:iam::111111111111:user/X",
        "arn:aws:sts::111111111111:role/X",
        "role/X",
    ] {
        let error = connect(&ctx, new_account("111111111111"), role(Some(arn)), kinds()).await;
        assert_eq!(
            fields(&error.unwrap_err()),
            ["access.role.roleArn"],
            "{arn}"
        );
    }
    let first = new_account("111111111111");
    connect(&ctx, first, role(None), kinds()).await.unwrap();
    let again = connect(&ctx, new_account("111111111111"), role(None), kinds()).await;
    let again = again.unwrap_err();
    assert_eq!(again.problems().unwrap()[0].code, ProblemCode::Taken);
    let none = connect(&ctx, new_account("333333333333"), role(None), Vec::new()).await;
    assert_eq!(fields(&none.unwrap_err()), ["assetKinds"]);
}

#[tokio::test]
async fn an_update_keeps_what_is_known_of_regions_and_needs_the_version() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let kinds = vec![AssetKind::EbsVolume];
    let (account, _) = connect(&ctx, new_account("111111111111"), role(None), kinds)
        .await
        .unwrap();
    let change = AccountChange {
        regions: Some(vec!["us-east-1".to_owned(), "ap-southeast-2".to_owned()]),
        ..AccountChange::default()
    };
    let updated = update(&ctx, Some(account.id), change.clone(), 1)
        .await
        .unwrap();
    assert_eq!(updated.version, 2);
    let stored = lookup(&ctx, account.id).await.unwrap().unwrap();
    let regions: std::collections::BTreeSet<_> = stored
        .regions
        .iter()
        .map(|one| one.region.as_str())
        .collect();
    assert_eq!(
        regions,
        std::collections::BTreeSet::from(["ap-southeast-2", "us-east-1"])
    );
    assert_eq!(stored.name, "Production");
    let stale = update(&ctx, Some(account.id), change, 1).await.unwrap_err();
    assert_eq!(stale.problems().unwrap()[0].code, ProblemCode::Conflict);
}

#[tokio::test]
async fn inventory_is_read_per_region_and_never_of_foreign_or_ended_links() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let kinds = vec![AssetKind::EbsVolume];
    let (account, _) = connect(&ctx, new_account("111111111111"), role(None), kinds)
        .await
        .unwrap();
    let id = Some(account.id);
    let (_, tasks) = refresh_inventory(&ctx, id, None).await.unwrap();
    assert_eq!(tasks.len(), 2);
    let (_, tasks) = refresh_inventory(&ctx, id, Some("us-east-1"))
        .await
        .unwrap();
    assert_eq!(tasks.len(), 1);
    let elsewhere = refresh_inventory(&ctx, id, Some("eu-north-1")).await;
    assert_eq!(fields(&elsewhere.unwrap_err()), ["region"]);
    let stranger = world.stranger().await;
    for (ctx, id) in [(&stranger, id), (&ctx, None)] {
        let missing = refresh_inventory(ctx, id, None).await.unwrap_err();
        assert_eq!(missing.problems().unwrap()[0].code, ProblemCode::NotFound);
    }
    disconnect(&ctx, id).await.unwrap();
    let ended = refresh_inventory(&ctx, id, None).await.unwrap_err();
    assert_eq!(
        ended.problems().unwrap()[0].code,
        ProblemCode::PreconditionFailed
    );
    assert!(verify(&ctx, id).await.is_err());
}

#[tokio::test]
async fn only_those_who_manage_accounts_link_them_and_see_their_documents() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let kinds = vec![AssetKind::EbsVolume];
    let (account, _) = connect(&ctx, new_account("111111111111"), role(None), kinds.clone())
        .await
        .unwrap();
    let auditor = world.person(BuiltInRole::ReportingAuditAdmin).await;
    let refused = connect(&auditor, new_account("222222222222"), role(None), kinds).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    assert!(matches!(
        setup(&auditor, &account).await,
        Err(Error::Forbidden(_))
    ));
    assert!(lookup(&auditor, account.id).await.unwrap().is_some());
}

#[tokio::test]
async fn an_account_that_was_disconnected_can_be_linked_anew_and_keeps_its_identity() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let kinds = || vec![AssetKind::EbsVolume];
    let link = || connect(&ctx, new_account("111111111111"), role(None), kinds());
    let (first, _) = link().await.unwrap();
    assert_eq!(fields(&link().await.unwrap_err()), ["accountId"]);
    let ended = disconnect(&ctx, Some(first.id)).await.unwrap();
    assert_eq!(ended.status, AwsAccountStatus::Disconnected);
    let again = NewAwsAccount {
        name: "Production, again".to_owned(),
        regions: vec!["eu-central-1".to_owned()],
        ..new_account("111111111111")
    };
    let (second, _) = connect(&ctx, again, role(None), kinds()).await.unwrap();
    assert_eq!((second.id, second.unit_id), (first.id, first.unit_id));
    let stored = lookup(&ctx, first.id).await.unwrap().unwrap();
    assert_eq!(stored, second);
    assert_eq!(stored.status, AwsAccountStatus::Pending);
    assert_eq!(stored.regions.len(), 1);
    assert_ne!(stored.access, first.access, "a new external id");
    assert_eq!(fields(&link().await.unwrap_err()), ["accountId"]);
}
