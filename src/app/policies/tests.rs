//! Policies and assignments: who may change them, when it is refused, and what their schedules do.

use domain::asset::AssetKind;
use domain::audit::AuditFilter;
use domain::frequency::{Frequency, Interval, StartTime};
use domain::policy::{CatchUp, OperationDraft, PolicyDraft};
use domain::recovery_point::Placement;
use domain::retention::{Retention, RetentionUnit};
use domain::role::BuiltInRole;
use domain::{PolicyId, ProblemCode};
use jiff::SignedDuration;

use super::*;
use crate::assignments::{assign, unassign};
use crate::testing::Harness;

fn draft(name: &str, hours: u32) -> PolicyDraft {
    PolicyDraft {
        name: name.to_owned(),
        description: None,
        operations: vec![OperationDraft {
            asset_kind: AssetKind::EbsVolume,
            placement: Placement::Vault,
            frequencies: vec![Frequency {
                every: Interval::Hours { value: hours },
                keep: Retention {
                    value: 7,
                    unit: RetentionUnit::Days,
                },
            }],
            start: StartTime::default(),
            window: None,
            catch_up: CatchUp::default(),
            proof: None,
            target: domain::copy_target::CopyTarget::default(),
        }],
    }
}

fn only_code(error: &Error) -> ProblemCode {
    let problems = error.problems().unwrap_or_default();
    assert_eq!(problems.len(), 1, "{error:?}");
    problems[0].code
}

#[tokio::test]
async fn a_policy_is_made_once_per_name_and_recorded() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let policy = create(&ctx, None, draft(" Daily ", 24)).await.unwrap();
    assert_eq!((policy.name.as_str(), policy.version), ("Daily", 1));
    let twin = create(&ctx, None, draft("Daily", 24)).await.unwrap_err();
    assert_eq!(only_code(&twin), ProblemCode::Taken);
    assert_eq!(twin.problems().unwrap()[0].field, ["draft", "name"]);
    let log = audit::list(&ctx, &AuditFilter::default(), &PageRequest::default())
        .await
        .unwrap();
    let made: Vec<_> = log
        .into_nodes()
        .into_iter()
        .filter(|event| event.action == "create_policy")
        .collect();
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].target, Some(policy.id.to_string()));
}

#[tokio::test]
async fn problems_of_a_draft_name_their_fields() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let mut bad = draft("", 0);
    bad.operations[0].start.zone = "Mars/Olympus".to_owned();
    let error = create(&ctx, None, bad).await.unwrap_err();
    let fields: Vec<String> = error
        .problems()
        .unwrap()
        .iter()
        .map(|problem| problem.field.join("."))
        .collect();
    assert_eq!(
        fields,
        [
            "draft.name",
            "draft.operations.0.frequencies.0.every.value",
            "draft.operations.0.start.zone"
        ]
    );
}

#[tokio::test]
async fn an_edit_keeps_the_ids_of_operations_and_needs_the_version_that_was_read() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let first = create(&ctx, None, draft("Daily", 24)).await.unwrap();
    let second = update(&ctx, Some(first.id), draft("Often", 1), 1)
        .await
        .unwrap();
    assert_eq!(second.version, 2);
    assert_eq!(second.operations[0].id, first.operations[0].id);
    let stale = update(&ctx, Some(first.id), draft("Late", 2), 1).await;
    assert_eq!(only_code(&stale.unwrap_err()), ProblemCode::Conflict);
    let kept = lookup(&ctx, first.id).await.unwrap().unwrap();
    assert_eq!(kept.name, "Often");
}

#[tokio::test]
async fn foreign_unknown_and_malformed_ids_are_refused_alike() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let stranger = world.stranger().await;
    let theirs = create(&stranger, None, draft("Theirs", 24)).await.unwrap();
    let unknown = PolicyId::fresh(ctx.ids());
    for id in [Some(theirs.id), Some(unknown), None] {
        let errors = [
            update(&ctx, id, draft("Mine", 24), 1).await.unwrap_err(),
            set_active(&ctx, id, false).await.unwrap_err(),
            delete(&ctx, id, true).await.unwrap_err(),
            assign(&ctx, id, &[None]).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(only_code(&error), ProblemCode::NotFound, "{id:?}");
        }
    }
    assert_eq!(lookup(&ctx, theirs.id).await.unwrap(), None);
    assert!(lookup(&stranger, theirs.id).await.unwrap().is_some());
}

#[tokio::test]
async fn who_lacks_the_right_is_refused_and_the_refusal_is_recorded() {
    let world = Harness::new().await;
    let auditor = world.person(BuiltInRole::ReportingAuditAdmin).await;
    let refused = create(&auditor, None, draft("Daily", 24)).await;
    assert!(matches!(
        refused,
        Err(Error::Forbidden(Permission::PolicyWrite))
    ));
    let log = audit::list(&auditor, &AuditFilter::default(), &PageRequest::default())
        .await
        .unwrap();
    let outcomes: Vec<_> = log
        .into_nodes()
        .into_iter()
        .filter(|event| event.action == "create_policy")
        .map(|event| event.outcome)
        .collect();
    assert_eq!(outcomes, [domain::audit::Outcome::Refused]);
    let restorer = world.person_with(&crate::testing::RESTORER).await;
    assert!(
        audit::list(&restorer, &AuditFilter::default(), &PageRequest::default())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn an_assignment_makes_a_schedule_in_the_future_and_an_edit_moves_it() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let account = world.account(&ctx).await;
    let assets = world.volumes(&ctx, &account, 2).await;
    world.clock.advance(SignedDuration::from_mins(30));
    let policy = create(&ctx, None, draft("Daily", 24)).await.unwrap();
    let ids: Vec<_> = assets.iter().map(|asset| Some(asset.id)).collect();
    let assigned = assign(&ctx, Some(policy.id), &ids).await.unwrap();
    assert!(
        assigned
            .iter()
            .all(|asset| asset.policy_id == Some(policy.id))
    );
    let next = |ctx: &Ctx| {
        let (reader, organization) = (ctx.read(), ctx.organization());
        let asset = assets[0].id;
        async move {
            let all = store::schedules::list_of_asset(&reader, organization, asset).await;
            all.unwrap()
                .iter()
                .map(|schedule| schedule.next_nominal_at)
                .collect::<Vec<_>>()
        }
    };
    let midnight = "2026-01-02T00:00:00Z".parse().unwrap();
    assert_eq!(next(&ctx).await, [Some(midnight)]);
    update(&ctx, Some(policy.id), draft("Hourly", 1), 1)
        .await
        .unwrap();
    let one = "2026-01-01T01:00:00Z".parse().unwrap();
    assert_eq!(next(&ctx).await, [Some(one)]);
    set_active(&ctx, Some(policy.id), false).await.unwrap();
    assert_eq!(next(&ctx).await, [None]);
    world.clock.advance(SignedDuration::from_hours(5));
    set_active(&ctx, Some(policy.id), true).await.unwrap();
    let six = "2026-01-01T06:00:00Z".parse().unwrap();
    assert_eq!(next(&ctx).await, [Some(six)], "the past never fires");
    unassign(&ctx, &ids).await.unwrap();
    assert_eq!(next(&ctx).await, []);
}

#[tokio::test]
async fn a_policy_in_use_is_deleted_only_on_demand() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let account = world.account(&ctx).await;
    let assets = world.volumes(&ctx, &account, 1).await;
    let policy = create(&ctx, None, draft("Daily", 24)).await.unwrap();
    assign(&ctx, Some(policy.id), &[Some(assets[0].id)])
        .await
        .unwrap();
    let refused = delete(&ctx, Some(policy.id), false).await.unwrap_err();
    assert_eq!(only_code(&refused), ProblemCode::PreconditionFailed);
    delete(&ctx, Some(policy.id), true).await.unwrap();
    let asset = crate::assets::lookup(&ctx, assets[0].id).await.unwrap();
    assert_eq!(asset.unwrap().policy_id, None);
    assert_eq!(lookup(&ctx, policy.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_batch_of_assets_is_assigned_as_a_whole_or_not_at_all() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let stranger = world.stranger().await;
    let account = world.account(&ctx).await;
    let assets = world.volumes(&ctx, &account, 1).await;
    let theirs = world.account(&stranger).await;
    let foreign = world.volumes(&stranger, &theirs, 1).await;
    let policy = create(&ctx, None, draft("Daily", 24)).await.unwrap();
    let batch = [Some(assets[0].id), Some(foreign[0].id), None];
    let error = assign(&ctx, Some(policy.id), &batch).await.unwrap_err();
    let fields: Vec<String> = error
        .problems()
        .unwrap()
        .iter()
        .map(|problem| problem.field.join("."))
        .collect();
    assert_eq!(fields, ["assetIds.1", "assetIds.2"]);
    let asset = crate::assets::lookup(&ctx, assets[0].id).await.unwrap();
    assert_eq!(asset.unwrap().policy_id, None, "nothing was assigned");
    for count in [0, 101] {
        let many = vec![Some(assets[0].id); count];
        assert!(
            assign(&ctx, Some(policy.id), &many).await.is_err(),
            "{count}"
        );
    }
}
