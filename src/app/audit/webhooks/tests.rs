//! Checkpoints arrive once and in order, come again when they did not, and one address that is down holds nobody else's up.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::alert::{Alert, AlertFilter};
use domain::audit::Outcome;
use domain::audit::checkpoint::Checkpoint;
use domain::limits::AUDIT_WEBHOOK_WAITING_MAX;
use domain::page::{Direction, PageRequest};
use jiff::SignedDuration;
use serde_json::Value;

use super::*;
use crate::audit::checkpoints::{Checkpoints, EVERY, Places, Signer};
use crate::organization_settings::{self, SettingsChange};
use crate::ports::PortError;
use crate::testing::Harness;

/// Takes what is posted, and answers with a status.
struct Receiver {
    url: String,
    status: Arc<AtomicU16>,
    bodies: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Receiver {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/checkpoints", listener.local_addr().unwrap());
        let status = Arc::new(AtomicU16::new(204));
        let bodies: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let (answer, kept) = (Arc::clone(&status), Arc::clone(&bodies));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                kept.lock().unwrap().push(read(&mut stream));
                let status = answer.load(Ordering::SeqCst);
                let text = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(text.as_bytes()).unwrap();
            }
        });
        Self {
            url,
            status,
            bodies,
        }
    }

    fn took(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut *self.bodies.lock().unwrap())
    }

    /// The sizes of the checkpoints that came.
    fn sizes(&self) -> Vec<u64> {
        let took = self.took().into_iter();
        took.map(|(_, body)| body["data"]["size"].as_u64().unwrap())
            .collect()
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }
}

/// The head and the JSON of a request.
fn read(stream: &mut std::net::TcpStream) -> (String, Value) {
    let mut bytes = Vec::new();
    let mut piece = [0_u8; 4_096];
    loop {
        let length = stream.read(&mut piece).unwrap();
        bytes.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && let Ok(value) = serde_json::from_str(body)
        {
            return (head.to_lowercase(), value);
        }
        assert!(length > 0, "no whole request: {text}");
    }
}

/// Signs nothing: the text is the body.
struct NoKey;

impl Signer for NoKey {
    fn sign(&self, checkpoint: &Checkpoint) -> Result<String, PortError> {
        Ok(checkpoint.body())
    }
}

/// Every place has it.
struct Anywhere;

#[async_trait]
impl Places for Anywhere {
    async fn put(
        &self,
        _organization: OrganizationId,
        _checkpoint: &StoredCheckpoint,
    ) -> Result<(), PortError> {
        Ok(())
    }
}

/// Something happens in the caller's organization, and what is due gets its checkpoint; how long the log is then.
async fn checkpoint(world: &Harness, ctx: &crate::Ctx) -> u64 {
    let services = &world.services;
    let mut tx = services.store.begin().await.unwrap();
    let event = crate::audit::event(ctx, crate::actions::CREATE_ROLE, None, Outcome::Success);
    audit::record(&mut tx, &event).await.unwrap();
    tx.commit().await.unwrap();
    let checkpoints = Checkpoints {
        store: &services.store,
        clock: services.clock.as_ref(),
        ids: services.ids.as_ref(),
        signer: &NoKey,
        places: &Anywhere,
    };
    checkpoints.run().await.unwrap();
    let log = crate::audit::log(ctx).await.unwrap().unwrap();
    let made = log.checkpoint.unwrap();
    assert_eq!(made.size, log.size, "it was due");
    made.size
}

async fn settle_on(ctx: &crate::Ctx, url: Option<&str>) {
    let version = crate::organizations::own(ctx)
        .await
        .unwrap()
        .unwrap()
        .version;
    let change = SettingsChange {
        audit_webhook_url: Some(url.map(str::to_owned)),
        ..SettingsChange::default()
    };
    organization_settings::update(ctx, change, version)
        .await
        .unwrap();
}

async fn open_alerts(ctx: &crate::Ctx) -> Vec<Alert> {
    let filter = AlertFilter {
        kinds: Some(vec![AlertKind::AuditWebhookDown]),
        is_open: Some(true),
        ..AlertFilter::default()
    };
    let page = PageRequest::from_relay(Some(10), None, None, None).unwrap();
    let found = crate::alerts::list(ctx, &filter, Direction::Ascending, &page).await;
    let found = found.unwrap().items.into_iter();
    found.map(|(_, alert)| alert).collect()
}

#[tokio::test]
async fn a_new_checkpoint_arrives_once() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let services = &world.services;
    let receiver = Receiver::open();
    let size = checkpoint(&world, &ctx).await;
    run(services).await.unwrap();
    assert!(receiver.took().is_empty(), "nobody wants it yet");
    settle_on(&ctx, Some(&receiver.url)).await;
    for _ in 0..3 {
        run(services).await.unwrap();
    }
    // Nor does a replica, or this one after a restart, post it again.
    run(&world.replica()).await.unwrap();
    let took = receiver.took();
    let [(head, body)] = took.as_slice() else {
        panic!("{took:?}");
    };
    assert!(head.starts_with("post /checkpoints "), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    let id = format!("webhook-id: {}-{size}-", ctx.organization());
    assert!(head.contains(&id.to_lowercase()), "{head}");
    assert_eq!(body["type"], "audit.checkpoint");
    assert_eq!(body["data"]["size"], size);
    let text = body["data"]["checkpoint"].as_str().unwrap();
    assert_eq!(text.lines().nth(1), Some(size.to_string().as_str()));
    world.clock.advance(EVERY);
    let larger = checkpoint(&world, &ctx).await;
    assert!(larger > size);
    run(&world.replica()).await.unwrap();
    run(services).await.unwrap();
    assert_eq!(receiver.sizes(), [larger]);
}

#[tokio::test]
async fn what_did_not_arrive_comes_again_after_growing_pauses_and_holds_nobody_else_up() {
    let world = Harness::new().await;
    let (ctx, other) = (world.admin().await, world.stranger().await);
    let services = &world.services;
    let (broken, sound) = (Receiver::open(), Receiver::open());
    settle_on(&ctx, Some(&broken.url)).await;
    settle_on(&other, Some(&sound.url)).await;
    // A redirect is an answer like others: nothing follows it.
    broken.answers(302);
    checkpoint(&world, &other).await;
    let log = crate::audit::log(&ctx).await.unwrap().unwrap();
    let mut tries = Vec::new();
    for second in 0..600 {
        // A restart in the middle begins nothing afresh.
        if second == 100 {
            run(&world.replica()).await.unwrap();
        } else {
            run(services).await.unwrap();
        }
        if !broken.took().is_empty() {
            tries.push(second);
        }
        world.clock.advance(SignedDuration::from_secs(1));
    }
    assert_eq!(tries, [0, 30, 90, 210, 450]);
    assert_eq!(sound.took().len(), 1);
    broken.answers(200);
    world.clock.advance(SignedDuration::from_hours(1));
    run(services).await.unwrap();
    run(services).await.unwrap();
    assert_eq!(broken.sizes(), [log.checkpoint.unwrap().size]);

    // Another address begins afresh, and none is none.
    let moved = Receiver::open();
    let ctx = world.admin().await;
    settle_on(&ctx, Some(&moved.url)).await;
    run(services).await.unwrap();
    assert_eq!((broken.took().len(), moved.took().len()), (0, 1));
    settle_on(&ctx, None).await;
    world.clock.advance(EVERY);
    checkpoint(&world, &ctx).await;
    run(services).await.unwrap();
    assert_eq!((broken.took().len(), moved.took().len()), (0, 0));
}

#[tokio::test]
async fn an_address_that_stays_down_is_an_alert_until_it_answers_and_nothing_was_left_out() {
    let world = Harness::new().await;
    let (ctx, other) = (world.admin().await, world.stranger().await);
    let receiver = Receiver::open();
    settle_on(&ctx, Some(&receiver.url)).await;
    let mut sizes = vec![checkpoint(&world, &ctx).await];
    run(&world.services).await.unwrap();
    assert_eq!(receiver.sizes(), sizes);
    let arrived = sizes.remove(0);
    receiver.answers(503);
    let mut raised = None;
    for minutes in (5..=180).step_by(5) {
        world.clock.advance(EVERY);
        sizes.push(checkpoint(&world, &ctx).await);
        // A restart in the middle begins nothing afresh.
        let services = if minutes == 60 {
            world.replica()
        } else {
            Arc::clone(&world.services)
        };
        run(&services).await.unwrap();
        let open = open_alerts(&ctx).await;
        if !open.is_empty() && raised.is_none() {
            raised = Some(minutes);
        }
    }
    // Looked at every five minutes, it fails at 5, 10, 15, 20, 25, 35, 55 and 90 minutes.
    assert_eq!(raised, Some(90));
    let [alert] = <[Alert; 1]>::try_from(open_alerts(&ctx).await).unwrap();
    assert!(alert.cause.contains("It answers with 503."), "{alert:?}");
    assert_eq!(alert.evidence["arrived_size"], arrived);
    assert_eq!(open_alerts(&other).await, [], "it is nobody else's");
    let tried = receiver.sizes();
    assert!(tried.iter().all(|size| *size == sizes[0]), "{tried:?}");

    receiver.answers(200);
    world.clock.advance(SignedDuration::from_hours(1));
    run(&world.services).await.unwrap();
    let first = receiver.sizes();
    assert_eq!(first.len(), 20, "one look brings so many");
    assert_eq!(open_alerts(&ctx).await, [], "it answers again");
    run(&world.replica()).await.unwrap();
    run(&world.services).await.unwrap();
    let all: Vec<u64> = first.into_iter().chain(receiver.sizes()).collect();
    assert_eq!(all, sizes, "every checkpoint came once, in order");
}

#[tokio::test]
async fn an_address_that_is_taken_away_ends_its_alert() {
    let world = Harness::new().await;
    let receiver = Receiver::open();
    receiver.answers(500);
    for next in [None, Some("http://127.0.0.1:9/other")] {
        let ctx = world.admin().await;
        settle_on(&ctx, Some(&receiver.url)).await;
        world.clock.advance(EVERY);
        checkpoint(&world, &ctx).await;
        for _ in 0..10 {
            run(&world.services).await.unwrap();
            world.clock.advance(SignedDuration::from_mins(30));
        }
        let ctx = world.admin().await;
        assert_eq!(open_alerts(&ctx).await.len(), 1);
        settle_on(&ctx, next).await;
        assert_eq!(open_alerts(&ctx).await, []);
    }
}

#[tokio::test]
async fn an_answer_that_comes_after_the_address_was_changed_is_not_counted_for_the_other() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let (before, after) = (Receiver::open(), Receiver::open());
    settle_on(&ctx, Some(&before.url)).await;
    checkpoint(&world, &ctx).await;
    let reader = world.services.store.read();
    let due = audit::webhooks::system_due(&reader, ctx.now()).await;
    let [webhook] = <[Webhook; 1]>::try_from(due.unwrap()).unwrap();
    settle_on(&ctx, Some(&after.url)).await;
    bring(&world.services, webhook).await.unwrap();
    assert_eq!(before.took().len(), 1);
    run(&world.services).await.unwrap();
    assert_eq!(after.took().len(), 1);
}

#[tokio::test]
async fn no_more_checkpoints_wait_than_a_month_makes() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    settle_on(&ctx, Some("http://127.0.0.1:9/")).await;
    let mut tx = world.services.store.begin().await.unwrap();
    for size in 0..=AUDIT_WEBHOOK_WAITING_MAX {
        let stored = StoredCheckpoint {
            size,
            made_at: ctx.now(),
            text: String::new(),
            exported_at: None,
        };
        audit::webhooks::wait(&mut tx, ctx.organization(), &stored)
            .await
            .unwrap();
    }
    let waiting = audit::webhooks::waiting(&tx, ctx.organization(), 20_000).await;
    let waiting = waiting.unwrap();
    assert_eq!(waiting.len(), 9_000);
    assert_eq!(waiting[0].size, 1, "the oldest went");
}
