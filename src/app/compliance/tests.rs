//! Compliance as its users see it: who may do what, that nothing stale is shown, and what a fleet looks like.

use domain::compliance::{Period, PeriodUnit, ReasonCode, StandingFilter};
use domain::page::{Direction, PageRequest};
use domain::role::BuiltInRole;
use domain::{Clock as _, ProblemCode};
use jiff::SignedDuration;

use super::*;
use crate::testing::Harness;

fn loose() -> ControlsChange {
    ControlsChange {
        protected: Some(ProtectedControl {
            enabled: false,
            ignore_deactivated: false,
        }),
        ..ControlsChange::default()
    }
}

fn code(result: Result<impl std::fmt::Debug, Error>) -> Option<ProblemCode> {
    let error = result.unwrap_err();
    error.problems().map(|problems| problems[0].code)
}

#[tokio::test]
async fn controls_are_changed_by_version_and_by_who_may_change_settings() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let before = controls(&admin).await.unwrap();
    assert_eq!((before.version, before.controls), (1, Controls::default()));
    let operator = world.person(BuiltInRole::BackupAdmin).await;
    let refused = update_controls(&operator, loose(), 1).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    let after = update_controls(&admin, loose(), 1).await.unwrap();
    assert_eq!(after.version, 2);
    assert!(!after.controls.protected.enabled);
    assert_eq!(after.controls.proven, before.controls.proven);
    let stale = update_controls(&admin, loose(), 1).await;
    assert_eq!(code(stale), Some(ProblemCode::Conflict));
    let mut window = before.controls.recovery_points;
    window.window.value = 2;
    let bad = ControlsChange {
        recovery_points: Some(window),
        ..ControlsChange::default()
    };
    let invalid = update_controls(&admin, bad, 2).await;
    assert_eq!(code(invalid), Some(ProblemCode::Invalid));
    assert_eq!(controls(&operator).await.unwrap(), after);
    // A stranger's are their own.
    let stranger = world.stranger().await;
    assert_eq!(controls(&stranger).await.unwrap().version, 1);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story")]
async fn a_fleet_is_unknown_until_somebody_looks_and_again_when_nobody_does() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let account = world.account(&admin).await;
    let assets = world.volumes(&admin, &account, 3).await;
    let overall = async || {
        let all = summary(&admin, &CountFilter::default(), None, true).await;
        let asked = all.unwrap();
        let overall = asked.overall;
        let bare = summary(&admin, &CountFilter::default(), None, false).await;
        let bare = bare.unwrap();
        assert_eq!((bare.overall, &bare.kinds), (overall, &asked.kinds));
        assert!(bare.controls.is_empty(), "nobody asked");
        (
            (overall.compliant, overall.non_compliant, overall.unknown),
            asked,
        )
    };
    let (counts, unseen) = overall().await;
    assert_eq!(counts, (0, 0, 3));
    assert_eq!(unseen.controls.len(), 4);
    assert_eq!(unseen.controls[&Control::Proven].unknown, 3);
    world.judge().await;
    let (counts, out) = overall().await;
    assert_eq!(counts, (0, 3, 0), "no policy");
    assert_eq!(out.kinds[&AssetKind::EbsVolume].non_compliant, 3);
    assert_eq!(out.accounts[&account.id].non_compliant, 3);
    assert_eq!(
        out.units.values().map(|one| one.non_compliant).sum::<u64>(),
        3
    );
    assert_eq!(out.controls[&Control::RecoveryPoints].unknown, 3);
    // Without controls that find fault they are unknown; then only the policy counts, and they are in.
    let only_proof = ControlsChange {
        policy_minimums: Some(PolicyMinimumsControl {
            enabled: false,
            ..PolicyMinimumsControl::default()
        }),
        recovery_points: Some(RecoveryPointsControl {
            enabled: false,
            ..RecoveryPointsControl::default()
        }),
        proven: Some(ProvenControl {
            enabled: false,
            required: false,
        }),
        ..ControlsChange::default()
    };
    update_controls(&admin, only_proof, 1).await.unwrap();
    let draft = domain::policy::PolicyDraft {
        name: "Gold".into(),
        description: None,
        operations: vec![domain::policy::OperationDraft {
            asset_kind: AssetKind::EbsVolume,
            placement: domain::recovery_point::Placement::Vault,
            frequencies: vec![domain::frequency::Frequency {
                every: domain::frequency::Interval::Hours { value: 12 },
                keep: domain::retention::Retention {
                    value: 30,
                    unit: domain::retention::RetentionUnit::Days,
                },
            }],
            start: domain::frequency::StartTime::default(),
            window: None,
            catch_up: domain::policy::CatchUp::default(),
            proof: None,
            target: domain::copy_target::CopyTarget::default(),
        }],
    };
    let policy = crate::policies::create(&admin, None, draft).await.unwrap();
    crate::assignments::assign(&admin, Some(policy.id), &[Some(assets[0].id)])
        .await
        .unwrap();
    world.clock.advance(SignedDuration::from_secs(5));
    world.judge().await;
    let (counts, summary) = overall().await;
    assert_eq!(counts, (1, 2, 0));
    assert_eq!(summary.controls.len(), 1);
    let filter = |status| AssetFilter {
        compliance: Some(StandingFilter {
            statuses: vec![status],
            control: None,
            at: None,
            freshness: domain::compliance::history::Freshness::default(),
        }),
        ..AssetFilter::default()
    };
    let names = async |filter: AssetFilter| {
        let page = PageRequest::default();
        let order = domain::asset::AssetOrder::Name;
        let list = crate::assets::list(&admin, &filter, order, Direction::Ascending, &page).await;
        let nodes = list.unwrap().into_nodes();
        nodes.into_iter().map(|asset| asset.id).collect::<Vec<_>>()
    };
    assert_eq!(names(filter(Status::In)).await, [assets[0].id]);
    assert_eq!(
        names(filter(Status::Out)).await,
        [assets[1].id, assets[2].id]
    );
    // Nobody looks for an hour: what was in is unknown, what was out is out.
    world.clock.advance(SignedDuration::from_hours(1));
    let (counts, _) = overall().await;
    assert_eq!(counts, (0, 2, 1));
    assert!(names(filter(Status::In)).await.is_empty());
    assert_eq!(names(filter(Status::Unknown)).await, [assets[0].id]);
    let shown = of_assets(&admin, &[assets[0].id]).await.unwrap();
    let standing = &shown[&assets[0].id].record.standings[&Control::Protected];
    assert_eq!(standing.status, Status::Unknown);
    assert_eq!(standing.reasons[0].code, ReasonCode::CheckOverdue);
    let chart = async || {
        let now = world.clock.now();
        let range = (now - SignedDuration::from_hours(48), now);
        let days = days(&admin, &CountFilter::default(), None, range).await;
        let (_, today) = days.unwrap().pop().unwrap();
        (today.compliant, today.non_compliant, today.unknown)
    };
    assert_eq!(chart().await, (0, 2, 1));
    world.judge().await;
    assert_eq!(overall().await.0, (1, 2, 0));
    assert_eq!(chart().await, (1, 2, 0));
    // A stranger sees nothing of it.
    let stranger = world.stranger().await;
    let theirs = summary_of(&stranger).await;
    assert_eq!(theirs, Counts::default());
    let ids: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
    assert!(of_assets(&stranger, &ids).await.unwrap().is_empty());
}

async fn summary_of(ctx: &Ctx) -> Counts {
    let all = summary(ctx, &CountFilter::default(), None, true).await;
    all.unwrap().overall
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story")]
async fn the_past_can_be_asked_and_whoever_has_a_unit_sees_only_it() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let account = world.account(&admin).await;
    let assets = world.volumes(&admin, &account, 2).await;
    world.judge().await;
    world.clock.advance(SignedDuration::from_hours(24));
    world.judge().await;
    let before = world.clock.now();
    world.clock.advance(SignedDuration::from_secs(10));
    update_controls(&admin, loose(), 1).await.unwrap();
    let minimums = ControlsChange {
        policy_minimums: Some(PolicyMinimumsControl {
            enabled: false,
            every: Period {
                value: 1,
                unit: PeriodUnit::Days,
            },
            ..PolicyMinimumsControl::default()
        }),
        ..ControlsChange::default()
    };
    update_controls(&admin, minimums, 2).await.unwrap();
    world.judge().await;
    assert_eq!(
        summary_of(&admin).await.unknown,
        2,
        "no policy, so nothing to say"
    );
    world.clock.advance(SignedDuration::from_secs(10));
    let past = summary(&admin, &CountFilter::default(), Some(before), true).await;
    let past = past.unwrap();
    assert_eq!(past.overall.non_compliant, 2);
    assert_eq!(past.controls[&Control::Protected].non_compliant, 2);
    let now = world.clock.now();
    let range = (now - SignedDuration::from_hours(72), now);
    let intervals = history_of_asset(&admin, assets[0].id, range).await.unwrap();
    let statuses: Vec<Status> = intervals
        .iter()
        .map(|one| domain::compliance::history::overall(&one.statuses))
        .collect();
    assert_eq!(statuses, [Status::Out, Status::Unknown]);
    assert_eq!(intervals[0].until, intervals[1].from);
    assert_eq!(intervals[1].until, now);
    let was_out = AssetFilter {
        compliance: Some(StandingFilter {
            statuses: vec![Status::Out],
            control: Some(Control::Protected),
            at: Some(before),
            freshness: domain::compliance::history::Freshness::default(),
        }),
        ..AssetFilter::default()
    };
    assert_eq!(crate::assets::count(&admin, &was_out).await.unwrap(), 2);
    // Somebody who has only a unit without assets sees none of them.
    let unit = world.unit(world.root().await, "Lab").await;
    let limited = world.person_at(BuiltInRole::BackupAdmin.id(), unit).await;
    assert_eq!(summary_of(&limited).await, Counts::default());
    let hidden = history_of_asset(&limited, assets[0].id, range)
        .await
        .unwrap();
    assert!(hidden.is_empty());
    let hidden = days(&limited, &CountFilter::default(), None, range).await;
    assert!(
        hidden
            .unwrap()
            .iter()
            .all(|(_, counts)| *counts == Counts::default())
    );
    let backwards = days(&admin, &CountFilter::default(), None, (now, range.0)).await;
    assert_eq!(code(backwards), Some(ProblemCode::Invalid));
    let long = (Timestamp::UNIX_EPOCH, now);
    let long = days(&admin, &CountFilter::default(), None, long).await;
    assert_eq!(code(long), Some(ProblemCode::Invalid));
}
