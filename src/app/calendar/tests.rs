//! The calendar of a caller: counts of what they see, of nothing else.

use domain::asset::AssetKind;
use domain::frequency::{Frequency, Interval, StartTime};
use domain::policy::{CatchUp, OperationDraft, PolicyDraft};
use domain::recovery_point::Placement;
use domain::retention::{Retention, RetentionUnit};
use jiff::{SignedDuration, ToSpan};

use super::*;
use crate::assignments::assign;
use crate::policies;
use crate::testing::Harness;

fn draft(name: &str, every: Interval) -> PolicyDraft {
    PolicyDraft {
        name: name.to_owned(),
        description: None,
        operations: vec![OperationDraft {
            asset_kind: AssetKind::EbsVolume,
            placement: Placement::Vault,
            frequencies: vec![Frequency {
                every,
                keep: Retention {
                    value: 7,
                    unit: RetentionUnit::Days,
                },
            }],
            start: StartTime::default(),
            window: None,
            catch_up: CatchUp::Latest,
            proof: None,
            target: domain::copy_target::CopyTarget::default(),
        }],
    }
}

#[tokio::test]
async fn the_calendar_counts_the_schedules_of_ones_own_assets_hour_by_hour() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let account = world.account(&ctx).await;
    let assets = world.volumes(&ctx, &account, 3).await;
    let ids: Vec<_> = assets.iter().map(|asset| Some(asset.id)).collect();
    let daily = draft("Daily", Interval::Days { value: 1 });
    let daily = policies::create(&ctx, None, daily).await.unwrap();
    let often = draft("Often", Interval::Minutes { value: 20 });
    let often = policies::create(&ctx, None, often).await.unwrap();
    assign(&ctx, Some(daily.id), &ids[..2]).await.unwrap();
    assign(&ctx, Some(often.id), &ids[2..]).await.unwrap();
    let from = ctx.now() + 1.hour();
    let until = from + 24.hours();
    let runs = async |ctx: &Ctx| -> Vec<u64> {
        let calendar = of_range(ctx, from, until).await.unwrap();
        assert_eq!(calendar.hours.len(), 24);
        let count = |hour: &Timestamp| {
            let of_hour = calendar.load.iter().filter(|one| one.starts_at == *hour);
            of_hour.map(|one| one.runs).sum()
        };
        calendar.hours.iter().map(count).collect()
    };
    // Three in each hour of the one, and at midnight the two of the others.
    let mut expected = vec![3; 24];
    expected[23] += 2;
    assert_eq!(runs(&ctx).await, expected);
    let stranger = world.stranger().await;
    assert_eq!(runs(&stranger).await, vec![0; 24]);
    policies::set_active(&ctx, Some(often.id), false)
        .await
        .unwrap();
    let mut paused = vec![0; 24];
    paused[23] = 2;
    assert_eq!(runs(&ctx).await, paused);
}

#[tokio::test]
async fn who_sees_no_unit_of_the_assets_sees_none_of_their_runs() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let account = world.account(&admin).await;
    let assets = world.volumes(&admin, &account, 1).await;
    let daily = draft("Daily", Interval::Days { value: 1 });
    let daily = policies::create(&admin, None, daily).await.unwrap();
    assign(&admin, Some(daily.id), &[Some(assets[0].id)])
        .await
        .unwrap();
    let root = world.root().await;
    let beside = world.unit(root, "Beside").await;
    let role = domain::role::BuiltInRole::BackupAdmin.id();
    let other = world.person_at(role, beside).await;
    let (from, until) = (admin.now(), admin.now() + SignedDuration::from_hours(48));
    let seen = of_range(&admin, from, until).await.unwrap();
    assert_eq!(seen.load.len(), 2);
    let unseen = of_range(&other, from, until).await.unwrap();
    assert_eq!(unseen.load, []);
}

#[tokio::test]
async fn a_range_that_is_too_long_or_backward_is_refused() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let from = ctx.now();
    for until in [from - 1.hour(), from + 337.hours()] {
        let refused = of_range(&ctx, from, until).await.unwrap_err();
        assert_eq!(refused.problems().unwrap()[0].field, ["until"], "{until}");
    }
}
