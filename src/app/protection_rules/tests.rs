//! Rules as people write them: what is refused, who may, where they lie, and what else they hold in place.

use domain::AssetId;
use domain::asset::AssetKind;
use domain::audit::AuditFilter;
use domain::condition::TagPair;
use domain::frequency::{Frequency, Interval, StartTime};
use domain::policy::{CatchUp, OperationDraft, Policy, PolicyDraft};
use domain::protection_rule::{Outcome, ProtectionSource};
use domain::recovery_point::Placement;
use domain::retention::{Retention, RetentionUnit};
use domain::role::BuiltInRole;

use super::*;
use crate::testing::{Harness, KEEPER};
use crate::{assignments, organizational_units, policies};

fn gold() -> Condition {
    let pair = TagPair {
        key: "Holdfast".to_owned(),
        value: "Gold".to_owned(),
    };
    Condition::AnyTag([pair].into())
}

fn volumes() -> Condition {
    Condition::Kind([AssetKind::EbsVolume].into())
}

fn rule(name: &str, condition: Condition, policy: PolicyId) -> NewRule {
    NewRule {
        draft: ProtectionRuleDraft {
            name: name.to_owned(),
            condition,
        },
        policy_id: Some(policy),
    }
}

fn draft(name: &str, kind: AssetKind) -> PolicyDraft {
    PolicyDraft {
        name: name.to_owned(),
        description: None,
        operations: vec![OperationDraft {
            asset_kind: kind,
            placement: Placement::Vault,
            frequencies: vec![Frequency {
                every: Interval::Days { value: 1 },
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

async fn policy(ctx: &Ctx, name: &str) -> Policy {
    let draft = draft(name, AssetKind::EbsVolume);
    policies::create(ctx, None, draft).await.unwrap()
}

/// The code and field of the only problem.
fn only(error: &Error) -> (ProblemCode, String) {
    let problems = error.problems().unwrap_or_default();
    assert_eq!(problems.len(), 1, "{error:?}");
    (problems[0].code, problems[0].field.join("."))
}

async fn names(ctx: &Ctx, unit: Option<OrganizationalUnitId>) -> Vec<String> {
    let (_, entries) = order(ctx, unit.map(Some)).await.unwrap().unwrap();
    let name = |entry: &ListEntry| match entry {
        ListEntry::DirectAssignments => "direct".to_owned(),
        ListEntry::ChildUnits => "children".to_owned(),
        ListEntry::Rule(rule) => rule.name.clone(),
    };
    entries.iter().map(name).collect()
}

#[tokio::test]
async fn rules_are_made_placed_changed_and_removed_and_each_change_shares_one_task() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let policy = policy(&ctx, "Gold").await;
    let (first, task) = create(&ctx, None, rule(" first ", gold(), policy.id), None)
        .await
        .unwrap();
    assert_eq!((first.name.as_str(), first.version), ("first", 1));
    let task = task.unwrap().id;
    let before = Some(Some(EntryKey::DirectAssignments));
    let (second, same) = create(&ctx, None, rule("second", gold(), policy.id), before)
        .await
        .unwrap();
    assert_eq!(same.unwrap().id, task, "one task applies both");
    assert_eq!(
        names(&ctx, None).await,
        ["second", "direct", "children", "first"]
    );
    relocate(&ctx, Some(second.id), None).await.unwrap();
    relocate_place(
        &ctx,
        EntryKey::ChildUnits,
        Some(Some(EntryKey::Rule(second.id))),
    )
    .await
    .unwrap();
    assert_eq!(
        names(&ctx, None).await,
        ["direct", "first", "children", "second"]
    );
    let changed = update(&ctx, Some(first.id), rule("other", volumes(), policy.id), 1).await;
    let (changed, _) = changed.unwrap();
    assert_eq!((changed.version, &changed.condition), (2, &volumes()));
    let stale = update(&ctx, Some(first.id), rule("late", volumes(), policy.id), 1).await;
    assert_eq!(only(&stale.unwrap_err()).0, ProblemCode::Conflict);
    let (paused, _) = set_active(&ctx, Some(first.id), false).await.unwrap();
    assert!(!paused.is_active);
    let (_, nothing) = set_active(&ctx, Some(first.id), false).await.unwrap();
    assert!(nothing.is_none(), "it was paused already");
    delete(&ctx, Some(first.id)).await.unwrap();
    assert_eq!(names(&ctx, None).await, ["direct", "children", "second"]);
    let log = audit::list(&ctx, &AuditFilter::default(), &PageRequest::default()).await;
    let actions: Vec<String> = log
        .unwrap()
        .into_nodes()
        .into_iter()
        .map(|one| one.action.clone())
        .collect();
    for action in [
        "create_protection_rule",
        "move_protection_rule",
        "move_protection_place",
        "update_protection_rule",
        "pause_protection_rule",
        "delete_protection_rule",
    ] {
        assert!(
            actions.iter().any(|one| one == action),
            "{action}: {actions:?}"
        );
    }
}

#[tokio::test]
async fn what_a_rule_names_must_be_there_and_the_problem_says_where() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let own = policy(&ctx, "Gold").await;
    let stranger = world.stranger().await;
    let theirs = policy(&stranger, "Gold").await;
    let account = world.account(&stranger).await;
    let foreign_account = Condition::Account([account.id].into());
    let foreign_unit = Condition::Unit(
        [
            store::organizational_units::root(&stranger.read(), stranger.organization())
                .await
                .unwrap()
                .id,
        ]
        .into(),
    );
    let inside = Condition::AllOf(vec![gold(), Condition::Not(Box::new(foreign_account))]);
    let empty = Condition::AllOf(vec![gold(), Condition::AnyOf(Vec::new())]);
    let table = [
        (rule("a", gold(), theirs.id), "draft.policyId"),
        (
            rule("a", inside, own.id),
            "draft.condition.allOf.1.not.awsAccount",
        ),
        (
            rule("a", foreign_unit, own.id),
            "draft.condition.organizationalUnit",
        ),
        (rule("a", empty, own.id), "draft.condition.allOf.1.anyOf"),
        (rule("", gold(), own.id), "draft.name"),
    ];
    for (new, field) in table {
        let refused = create(&ctx, None, new, None).await.unwrap_err();
        assert_eq!(only(&refused).1, field);
    }
    let none = NewRule {
        policy_id: None,
        ..rule("a", gold(), own.id)
    };
    let refused = create(&ctx, None, none, None).await.unwrap_err();
    assert_eq!(
        only(&refused),
        (ProblemCode::NotFound, "draft.policyId".to_owned())
    );
    create(&ctx, None, rule("a", gold(), own.id), None)
        .await
        .unwrap();
    let twin = create(&ctx, None, rule("a", gold(), own.id), None).await;
    assert_eq!(
        only(&twin.unwrap_err()),
        (ProblemCode::Taken, "draft.name".to_owned())
    );
    let nowhere = Some(Some(EntryKey::Rule(ProtectionRuleId::fresh(ctx.ids()))));
    let lost = create(&ctx, None, rule("b", gold(), own.id), nowhere).await;
    assert_eq!(
        only(&lost.unwrap_err()),
        (ProblemCode::NotFound, "before".to_owned())
    );
    assert_eq!(names(&ctx, None).await, ["direct", "children", "a"]);
}

#[tokio::test]
async fn foreign_unknown_and_malformed_ids_are_refused_alike() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let own = policy(&ctx, "Gold").await;
    let stranger = world.stranger().await;
    let theirs = policy(&stranger, "Gold").await;
    let made = create(&stranger, None, rule("a", gold(), theirs.id), None).await;
    let foreign = made.unwrap().0.id;
    for id in [
        Some(foreign),
        Some(ProtectionRuleId::fresh(ctx.ids())),
        None,
    ] {
        let new = rule("b", gold(), own.id);
        let errors = [
            update(&ctx, id, new, 1).await.unwrap_err(),
            set_active(&ctx, id, false).await.unwrap_err(),
            relocate(&ctx, id, None).await.unwrap_err(),
            delete(&ctx, id).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(only(&error), (ProblemCode::NotFound, "id".to_owned()));
        }
    }
    assert_eq!(lookup(&ctx, foreign).await.unwrap(), None);
}

#[tokio::test]
async fn a_unit_writes_its_own_rules_and_leaves_those_above_alone() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let root = world.root().await;
    let unit = world.unit(root, "Branch").await;
    let beside = world.unit(root, "Other").await;
    let global = policy(&admin, "Gold").await;
    let (above, _) = create(&admin, None, rule("global", gold(), global.id), None)
        .await
        .unwrap();
    let role = BuiltInRole::BackupAdmin.id();
    let keeper = world.person_at(role, unit).await;
    let (own, task) = create(&keeper, None, rule("branch", gold(), global.id), None)
        .await
        .unwrap();
    assert_eq!(own.unit_id, unit);
    assert!(task.is_none(), "the task is the organization's");
    let tried = [
        update(&keeper, Some(above.id), rule("x", gold(), global.id), 1)
            .await
            .err(),
        set_active(&keeper, Some(above.id), false).await.err(),
        relocate(&keeper, Some(above.id), None).await.err(),
        delete(&keeper, Some(above.id)).await.err(),
    ];
    for refused in tried {
        assert!(matches!(
            refused,
            Some(Error::Forbidden(Permission::PolicyAssign))
        ));
    }
    let refused = relocate_place(&keeper, EntryKey::ChildUnits, None).await;
    assert!(matches!(
        refused,
        Err(Error::Forbidden(Permission::SettingsManage))
    ));
    let lost = create(
        &keeper,
        Some(Some(beside)),
        rule("y", gold(), global.id),
        None,
    )
    .await;
    assert_eq!(only(&lost.unwrap_err()).1, "organizationalUnitId");
    assert_eq!(names(&keeper, Some(unit)).await, ["branch"]);
    assert_eq!(names(&keeper, None).await, ["direct", "children", "global"]);
    assert!(order(&keeper, Some(Some(beside))).await.unwrap().is_none());
    // A policy of a unit is for the rules of that unit and below only.
    let theirs = policies::create(
        &admin,
        Some(Some(unit)),
        draft("Branch", AssetKind::EbsVolume),
    );
    let theirs = theirs.await.unwrap();
    let wrong = create(&admin, None, rule("z", gold(), theirs.id), None).await;
    assert_eq!(
        only(&wrong.unwrap_err()),
        (ProblemCode::Invalid, "draft.policyId".to_owned())
    );
    let auditor = world.person(BuiltInRole::ReportingAuditAdmin).await;
    let refused = create(&auditor, None, rule("z", gold(), global.id), None).await;
    assert!(matches!(
        refused,
        Err(Error::Forbidden(Permission::PolicyAssign))
    ));
}

#[tokio::test]
async fn policies_and_units_that_rules_name_stay() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let gold = policy(&ctx, "Gold").await;
    let unit = world.unit(world.root().await, "Branch").await;
    let below = Condition::Unit([unit].into());
    let (made, _) = create(&ctx, None, rule("branch", below, gold.id), None)
        .await
        .unwrap();
    let kept = policies::delete(&ctx, Some(gold.id), true)
        .await
        .unwrap_err();
    assert_eq!(only(&kept).0, ProblemCode::PreconditionFailed);
    let kept = organizational_units::delete(&ctx, Some(unit), None)
        .await
        .unwrap_err();
    assert_eq!(only(&kept).0, ProblemCode::PreconditionFailed);
    delete(&ctx, Some(made.id)).await.unwrap();
    organizational_units::delete(&ctx, Some(unit), None)
        .await
        .unwrap();
    policies::delete(&ctx, Some(gold.id), true).await.unwrap();
}

/// The only explanation of an asset.
async fn explained(ctx: &Ctx, asset: AssetId) -> Explained {
    let mut found = explain(ctx, &[asset]).await.unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[tokio::test]
async fn an_explanation_says_what_was_tried_and_whether_a_task_is_on_its_way() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let account = world.account(&ctx).await;
    let asset = world.volumes(&ctx, &account, 1).await.remove(0);
    let (first, second) = (policy(&ctx, "Gold").await, policy(&ctx, "Silver").await);
    let nothing = explained(&ctx, asset.id).await;
    assert_eq!((nothing.source, nothing.is_pending), (None, false));
    create(&ctx, None, rule("tag", gold(), first.id), None)
        .await
        .unwrap();
    let (all, _) = create(&ctx, None, rule("all", volumes(), second.id), None)
        .await
        .unwrap();
    let pending = explained(&ctx, asset.id).await;
    assert_eq!((pending.policy_id, pending.source), (None, None));
    assert!(pending.is_pending, "no worker has applied the rules yet");
    let outcomes: Vec<&Outcome> = pending.trace.iter().map(|line| &line.outcome).collect();
    assert_eq!(outcomes.len(), 3, "direct, tag, all");
    assert_eq!(*outcomes[2], Outcome::Matched);
    assert_eq!(pending.trace[2].rule_id, Some(all.id));
    let failed = Outcome::NotMatched {
        path: vec!["anyTag".to_owned()],
        test: r#"has the tag "Holdfast" = "Gold""#.to_owned(),
    };
    assert_eq!(*outcomes[1], failed);
    // A choice by hand is carried out at once; what is taken back leaves the rule.
    let sent = [Some(asset.id)];
    let assigned = assignments::assign(&ctx, Some(first.id), &sent)
        .await
        .unwrap();
    assert_eq!(
        (assigned[0].policy_id, assigned[0].rule_id),
        (Some(first.id), None)
    );
    let direct = explained(&ctx, asset.id).await;
    assert_eq!(direct.source, Some(ProtectionSource::Direct));
    assert_eq!((direct.is_pending, direct.trace.len()), (false, 1));
    relocate_place(&ctx, EntryKey::DirectAssignments, None)
        .await
        .unwrap();
    let moved = explained(&ctx, asset.id).await;
    assert!(moved.is_pending);
    assert_eq!(moved.assigned_policy_id, Some(first.id));
    let left = assignments::unassign(&ctx, &sent).await.unwrap();
    assert_eq!(
        (left[0].policy_id, left[0].rule_id),
        (Some(second.id), Some(all.id))
    );
    let by_rule = explained(&ctx, asset.id).await;
    assert_eq!(by_rule.source, Some(ProtectionSource::Rule(all.id)));
    assert_eq!(
        (by_rule.is_pending, by_rule.assigned_policy_id),
        (false, None)
    );
    // Others see nothing of it.
    let stranger = world.stranger().await;
    assert!(explain(&stranger, &[asset.id]).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_assignment_by_filter_is_a_task_for_the_callers_own_units() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let gold = policy(&admin, "Gold").await;
    let unit = world.unit(world.root().await, "Branch").await;
    let keeper = world.person_at(BuiltInRole::BackupAdmin.id(), unit).await;
    let filter = domain::asset::AssetFilter::default;
    let task = assignments::assign_matching(&admin, Some(gold.id), filter(), "k").await;
    let task = task.unwrap();
    let same = assignments::assign_matching(&admin, Some(gold.id), filter(), "k").await;
    assert_eq!(same.unwrap().id, task.id, "the same request twice");
    let of = |task: &Task| {
        let domain::task::TaskSpec::AssignPolicy {
            policy_id,
            unit_ids,
            ..
        } = &task.spec
        else {
            panic!("{:?}", task.spec)
        };
        (*policy_id, unit_ids.clone())
    };
    assert_eq!(of(&task), (Some(gold.id), None));
    let own = assignments::unassign_matching(&keeper, filter(), "k2")
        .await
        .unwrap();
    assert_eq!(of(&own), (None, Some(vec![unit])));
    let unknown = assignments::assign_matching(&admin, None, filter(), "k3").await;
    assert_eq!(
        only(&unknown.unwrap_err()),
        (ProblemCode::NotFound, "policyId".to_owned())
    );
    let restorer = world.person_with(&crate::testing::RESTORER).await;
    let refused = assignments::assign_matching(&restorer, Some(gold.id), filter(), "k4").await;
    assert!(matches!(
        refused,
        Err(Error::Forbidden(Permission::PolicyAssign))
    ));
    assert!(
        world
            .person_with(&KEEPER)
            .await
            .can(Permission::PolicyAssign)
    );
}

#[tokio::test]
async fn an_edit_that_changes_for_which_kinds_a_policy_works_is_applied() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let gold = policy(&ctx, "Gold").await;
    let queued = async || {
        let filter = domain::task::TaskFilter {
            kinds: Some(vec![domain::task::TaskKind::ApplyProtection]),
            ..domain::task::TaskFilter::default()
        };
        crate::tasks::count(&ctx, &filter).await.unwrap()
    };
    let mut same = draft("Gold", AssetKind::EbsVolume);
    same.operations[0].placement = Placement::InAccount;
    policies::update(&ctx, Some(gold.id), same, 1)
        .await
        .unwrap();
    assert_eq!(queued().await, 0);
    let root = world.root().await;
    let unit = world.unit(root, "Branch").await;
    let inner = world.unit(unit, "Inner").await;
    organizational_units::relocate(&ctx, Some(inner), Some(root), 1)
        .await
        .unwrap();
    assert_eq!(
        queued().await,
        0,
        "without rules a unit's place matters to nobody"
    );
    create(&ctx, None, rule("all", volumes(), gold.id), None)
        .await
        .unwrap();
    assert_eq!(queued().await, 1);
}
