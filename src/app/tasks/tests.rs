//! Stopping and retrying tasks, and the streams that tell of them.

use domain::ProblemCode;
use domain::event::Topic;
use domain::recovery_point::Placement;
use domain::task::TaskKind;
use futures_util::{FutureExt as _, StreamExt as _};

use super::*;
use crate::backups::NewBackup;
use crate::events::{Happening, follow};
use crate::testing::Harness;

async fn some_backup(world: &Harness, ctx: &Ctx) -> Task {
    let account = world.account(ctx).await;
    let assets = world.volumes(ctx, &account, 1).await;
    let new = NewBackup {
        asset_ids: vec![Some(assets[0].id)],
        placement: Placement::Vault,
        target: domain::copy_target::CopyTarget::default(),
        keep: None,
        idempotency_key: "k".to_owned(),
    };
    crate::backups::start(ctx, new).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_task_that_has_not_begun_is_aborted_at_once_and_can_be_repeated() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let task = some_backup(&world, &ctx).await;
    let aborted = abort(&ctx, Some(task.id)).await.unwrap();
    assert_eq!(aborted.status, TaskStatus::Aborted);
    let again = abort(&ctx, Some(task.id)).await.unwrap_err();
    assert_eq!(
        again.problems().unwrap()[0].code,
        ProblemCode::PreconditionFailed
    );
    let repeated = retry(&ctx, Some(task.id)).await.unwrap();
    assert_ne!(repeated.id, task.id);
    assert_eq!(repeated.status, TaskStatus::Queued);
    assert_eq!(repeated.spec, task.spec);
}

#[tokio::test]
async fn foreign_unknown_and_malformed_tasks_are_refused_alike() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let task = some_backup(&world, &ctx).await;
    let stranger = world.stranger().await;
    for id in [Some(task.id), Some(TaskId::fresh(ctx.ids())), None] {
        for error in [
            abort(&stranger, id).await.unwrap_err(),
            retry(&stranger, id).await.unwrap_err(),
        ] {
            assert_eq!(error.problems().unwrap()[0].code, ProblemCode::NotFound);
        }
    }
    assert!(lookup(&stranger, task.id).await.unwrap().is_none());
}

#[tokio::test]
async fn to_stop_a_task_takes_the_right_that_starting_it_takes() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let task = some_backup(&world, &ctx).await;
    assert_eq!(task.spec.kind(), TaskKind::BackupEbs);
    let restorer = world.person_with(&crate::testing::RESTORER).await;
    let refused = abort(&restorer, Some(task.id)).await;
    assert!(matches!(
        refused,
        Err(Error::Forbidden(Permission::BackupRun))
    ));
    let keeper = world.person_with(&crate::testing::KEEPER).await;
    assert!(abort(&keeper, Some(task.id)).await.is_ok());
}

async fn told(
    stream: &mut (impl futures_util::Stream<Item = Result<Happening, Error>> + Unpin),
) -> Result<Happening, Error> {
    let deadline = std::time::Duration::from_secs(10);
    let next = tokio::time::timeout(deadline, stream.next()).await;
    next.expect("an event in time").expect("the stream goes on")
}

#[tokio::test]
async fn a_stream_tells_of_ones_own_tasks_and_resumes_behind_its_cursor() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let stranger = world.stranger().await;
    let start = crate::events::cursor(&ctx).await.unwrap();
    let foreign_start = crate::events::cursor(&stranger).await.unwrap();
    let task = some_backup(&world, &ctx).await;
    let theirs = some_backup(&world, &stranger).await;
    let mut stream = Box::pin(follow(&ctx, Topic::Task, Some(start.clone())).unwrap());
    // The check of the new account came first.
    let first = told(&mut stream).await.unwrap();
    let second = told(&mut stream).await.unwrap();
    let seen = second.subject.and_then(crate::events::Subject::task);
    assert_eq!(seen.map(|task| task.id), Some(task.id));
    assert!(stream.next().now_or_never().is_none(), "nothing of others");
    let mut resumed = Box::pin(follow(&ctx, Topic::Task, Some(first.cursor)).unwrap());
    assert_eq!(told(&mut resumed).await.unwrap().cursor, second.cursor);
    // Meanwhile it was aborted: an old event shows the task as it is now.
    abort(&ctx, Some(task.id)).await.unwrap();
    let mut late = Box::pin(follow(&stranger, Topic::Task, Some(foreign_start)).unwrap());
    told(&mut late).await.unwrap();
    let seen = told(&mut late).await.unwrap();
    let seen = seen.subject.and_then(crate::events::Subject::task);
    assert_eq!(seen.map(|task| task.id), Some(theirs.id));
    let mut unknown = Box::pin(follow(&ctx, Topic::Task, Some("x".to_owned())).unwrap());
    assert!(told(&mut unknown).await.is_err());
}

#[tokio::test]
async fn a_stream_ends_when_its_session_ends() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let start = crate::events::cursor(&ctx).await.unwrap();
    let mut stream = Box::pin(follow(&ctx, Topic::Task, Some(start)).unwrap());
    let other = world.admin().await;
    crate::sessions::delete(&other, None).await.unwrap();
    some_backup(&world, &ctx).await;
    assert!(told(&mut stream).await.is_ok(), "another session ended");
    crate::sessions::delete(&ctx, None).await.unwrap();
    let end = loop {
        match told(&mut stream).await {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(end, Error::Unauthenticated), "{end:?}");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn counts_are_shown_at_once_and_when_they_change() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let mut counts = Box::pin(crate::activity::follow(&ctx).unwrap());
    let first = counts.next().await.unwrap().unwrap();
    assert_eq!(first.queued, 0);
    some_backup(&world, &ctx).await;
    let deadline = std::time::Duration::from_secs(10);
    let changed = tokio::time::timeout(deadline, counts.next()).await;
    let changed = changed.expect("in time").unwrap().unwrap();
    assert_eq!(changed.queued, 2, "the check of the account and the backup");
}
