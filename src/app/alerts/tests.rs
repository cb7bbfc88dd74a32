//! Acknowledging: who may, where, and what it leaves alone.

use domain::alert::{AlertKind, NewAlert};
use domain::asset::Asset;
use domain::event::Topic;
use domain::role::BuiltInRole;
use domain::{AlertId, ProblemCode};
use futures_util::StreamExt as _;

use super::*;
use crate::testing::{Harness, KEEPER};

async fn asset(world: &Harness, ctx: &Ctx) -> Asset {
    let account = world.account(ctx).await;
    world.volumes(ctx, &account, 1).await.remove(0)
}

#[tokio::test]
async fn an_acknowledged_alert_stays_open_and_keeps_the_last_note() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let id = world.alert(&ctx, Some(asset(&world, &ctx).await.id)).await;
    let counted = crate::activity::counts(&ctx).await.unwrap();
    assert_eq!(counted.open_alerts, 1);
    acknowledge(&ctx, Some(id), "first").await.unwrap();
    let alert = acknowledge(&ctx, Some(id), " second ").await.unwrap();
    let known = alert.acknowledgement.unwrap();
    assert_eq!(known.note.as_deref(), Some("second"));
    assert_eq!(known.by, ctx.user().map(|user| user.id));
    assert_eq!(alert.cleared_at, None);
    let counted = crate::activity::counts(&ctx).await.unwrap();
    assert_eq!(counted.open_alerts, 0, "nobody needs to be called any more");
    let long = acknowledge(&ctx, Some(id), &"x".repeat(1_024)).await;
    let problems = long.unwrap_err();
    let problem = &problems.problems().unwrap()[0];
    assert_eq!(
        (problem.code, problem.field[0].as_str()),
        (ProblemCode::Invalid, "note")
    );
}

#[tokio::test]
async fn acknowledging_takes_the_right_at_the_unit_and_an_alert_of_ones_own() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let of_asset = world.alert(&ctx, Some(asset(&world, &ctx).await.id)).await;
    let of_all = world.alert(&ctx, None).await;
    let stranger = world.stranger().await;
    for id in [Some(of_asset), Some(AlertId::fresh(ctx.ids())), None] {
        let refused = acknowledge(&stranger, id, "").await.unwrap_err();
        assert_eq!(refused.problems().unwrap()[0].code, ProblemCode::NotFound);
    }
    for caller in [
        world.person(BuiltInRole::ReportingAuditAdmin).await,
        world.person_with(&KEEPER).await,
    ] {
        assert_eq!(lookup_many(&caller, &[of_asset]).await.unwrap().len(), 1);
        let refused = acknowledge(&caller, Some(of_asset), "").await;
        assert!(matches!(
            refused,
            Err(Error::Forbidden(Permission::AlertManage))
        ));
    }
    let unit = world.unit(world.root().await, "Elsewhere").await;
    let elsewhere = world.person_at(BuiltInRole::HelpdeskAdmin.id(), unit).await;
    for id in [of_asset, of_all] {
        assert_eq!(lookup_many(&elsewhere, &[id]).await.unwrap(), []);
        let refused = acknowledge(&elsewhere, Some(id), "").await.unwrap_err();
        assert_eq!(refused.problems().unwrap()[0].code, ProblemCode::NotFound);
    }
    let helpdesk = world.person(BuiltInRole::HelpdeskAdmin).await;
    assert!(acknowledge(&helpdesk, Some(of_all), "").await.is_ok());
}

#[tokio::test]
async fn a_stream_goes_on_behind_its_cursor_without_a_gap() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let start = crate::events::cursor(&ctx).await.unwrap();
    let asset = asset(&world, &ctx).await.id;
    let first = world.alert(&ctx, Some(asset)).await;
    let follow = |after: &str| crate::events::follow(&ctx, Topic::Alert, Some(after.to_owned()));
    let mut stream = Box::pin(follow(&start).unwrap());
    let raised = stream.next().await.unwrap().unwrap();
    assert_eq!(raised.subject.unwrap().alert().unwrap().id, first);
    drop(stream);
    // While nobody listens.
    let second = world.alert(&ctx, None).await;
    acknowledge(&ctx, Some(first), "seen").await.unwrap();
    let mut stream = Box::pin(follow(&raised.cursor).unwrap());
    let mut heard = Vec::new();
    for _ in 0..2 {
        let next = stream.next().await.unwrap().unwrap();
        let alert = next.subject.unwrap().alert().unwrap();
        heard.push((alert.id, alert.acknowledgement.is_some()));
    }
    assert_eq!(heard, [(second, false), (first, true)]);
}

#[tokio::test]
async fn the_count_of_open_alerts_follows_what_is_raised_and_cleared() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let mut counts = Box::pin(crate::activity::follow(&ctx).unwrap());
    assert_eq!(counts.next().await.unwrap().unwrap().open_alerts, 0);
    let new = NewAlert::new(
        AlertId::fresh(ctx.ids()),
        ctx.organization(),
        AlertKind::MassExpiry,
        "mass_expiry",
        "Too many.",
    );
    let mut tx = ctx.begin().await.unwrap();
    store::alerts::raise(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(counts.next().await.unwrap().unwrap().open_alerts, 1);
    let mut tx = ctx.begin().await.unwrap();
    store::alerts::clear(&mut tx, ctx.organization(), "mass_expiry")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(counts.next().await.unwrap().unwrap().open_alerts, 0);
}
