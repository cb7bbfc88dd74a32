//! What subscribers are told of approvals and legal holds, and what the head of the console counts.
//!
//! Not for the decisions themselves. Invariant: nobody is told of what they could not read.

use futures_util::StreamExt as _;

use super::*;

#[tokio::test]
async fn what_waits_is_counted_for_whoever_may_decide_it_and_told_as_it_happens() {
    let world = World::new().await;
    let start = crate::events::cursor(&world.second).await.unwrap();
    let waiting = async |ctx: &Ctx| {
        crate::activity::counts(ctx)
            .await
            .unwrap()
            .pending_approvals
    };
    let mut counts = Box::pin(crate::activity::follow(&world.second).unwrap());
    assert_eq!(counts.next().await.unwrap().unwrap().pending_approvals, 0);
    let request = world.ask().await;
    assert_eq!(counts.next().await.unwrap().unwrap().pending_approvals, 1);
    let helpdesk = world.harness.person(BuiltInRole::HelpdeskAdmin).await;
    assert!(!helpdesk.can(Permission::ApprovalDecide));
    assert_eq!(waiting(&world.first).await, 0, "nobody decides their own");
    assert_eq!(waiting(&helpdesk).await, 0);
    world.approve(&request).await.unwrap();
    assert_eq!(counts.next().await.unwrap().unwrap().pending_approvals, 0);
    let topic = domain::event::Topic::Approval;
    let refused = crate::events::follow(&helpdesk, topic, None).err();
    assert!(matches!(
        refused,
        Some(Error::Forbidden(Permission::ApprovalDecide))
    ));
    let mut stream = Box::pin(crate::events::follow(&world.second, topic, Some(start)).unwrap());
    for _ in 0..2 {
        let told = stream.next().await.unwrap().unwrap().subject.unwrap();
        let told = told.approval_request().unwrap();
        assert_eq!(
            (told.id, told.status),
            (request.id, ApprovalStatus::Approved)
        );
    }
}

#[tokio::test]
async fn a_hold_is_told_to_those_who_see_its_unit_and_to_nobody_else() {
    let world = World::new().await;
    let topic = domain::event::Topic::LegalHold;
    let start = crate::events::cursor(&world.second).await.unwrap();
    let new = NewHold {
        name: "Case 7".to_owned(),
        reason: "court".to_owned(),
        unit: None,
        point_ids: vec![Some(world.points[0].id)],
        criteria: None,
    };
    let hold = legal_holds::create(&world.first, new).await.unwrap();
    let follow = |ctx: &Ctx| crate::events::follow(ctx, topic, Some(start.clone())).unwrap();
    let mut seen = Box::pin(follow(&world.second));
    let told = seen.next().await.unwrap().unwrap().subject.unwrap();
    assert_eq!(told.legal_hold().map(|told| told.id), Some(hold.id));
    let unit = world
        .harness
        .unit(world.harness.root().await, "Elsewhere")
        .await;
    let elsewhere = world
        .harness
        .person_at(BuiltInRole::HelpdeskAdmin.id(), unit)
        .await;
    let mut hidden = Box::pin(follow(&elsewhere));
    assert_eq!(hidden.next().await.unwrap().unwrap().subject, None);
}
