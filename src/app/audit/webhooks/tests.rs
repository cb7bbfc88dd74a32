//! Checkpoints arrive once, come again when they did not, and one address that is down holds nobody else's up.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use domain::audit::Hash;
use serde_json::Value;

use super::*;
use crate::organization_settings::{self, SettingsChange};
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

async fn settle(ctx: &crate::Ctx, url: &str) {
    let version = crate::organizations::own(ctx)
        .await
        .unwrap()
        .unwrap()
        .version;
    let change = SettingsChange {
        audit_webhook_url: Some(Some(url.to_owned())),
        ..SettingsChange::default()
    };
    organization_settings::update(ctx, change, version)
        .await
        .unwrap();
}

/// A checkpoint of the caller's log as it is now.
async fn checkpoint(ctx: &crate::Ctx) -> u64 {
    let services = ctx.services();
    let organization = ctx.organization();
    let mut tx = services.store.begin().await.unwrap();
    let log = store::audit::logs::lookup(&tx, organization).await.unwrap();
    let size = log.unwrap().size;
    let stored = StoredCheckpoint {
        size,
        made_at: services.clock.now(),
        text: format!("size {size}"),
        exported_at: None,
    };
    store::audit::logs::set_checkpoint(&mut tx, organization, &stored, (0, Hash::START))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    size
}

#[tokio::test]
async fn a_new_checkpoint_arrives_once() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let (webhooks, services) = (Webhooks::default(), &world.services);
    let receiver = Receiver::open();
    let size = checkpoint(&ctx).await;
    webhooks.run(services).await.unwrap();
    assert!(receiver.took().is_empty(), "nobody wants it yet");
    settle(&ctx, &receiver.url).await;
    for _ in 0..3 {
        webhooks.run(services).await.unwrap();
    }
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
    assert_eq!(body["data"]["checkpoint"], format!("size {size}"));
    world.clock.advance(SignedDuration::from_mins(5));
    let larger = checkpoint(&ctx).await;
    assert!(larger > size);
    webhooks.run(services).await.unwrap();
    assert_eq!(receiver.took()[0].1["data"]["size"], larger);
}

#[tokio::test]
async fn what_did_not_arrive_comes_again_after_growing_pauses_and_holds_nobody_else_up() {
    let world = Harness::new().await;
    let (ctx, other) = (world.admin().await, world.stranger().await);
    let (webhooks, services) = (Webhooks::default(), &world.services);
    let (broken, sound) = (Receiver::open(), Receiver::open());
    settle(&ctx, &broken.url).await;
    settle(&other, &sound.url).await;
    // A redirect is an answer like others: nothing follows it.
    broken.status.store(302, Ordering::SeqCst);
    let mut sizes = Vec::new();
    for own in [&ctx, &other] {
        sizes.push(checkpoint(own).await);
    }
    let mut tries = Vec::new();
    for second in 0..600 {
        webhooks.run(services).await.unwrap();
        if !broken.took().is_empty() {
            tries.push(second);
        }
        world.clock.advance(SignedDuration::from_secs(1));
    }
    assert_eq!(tries, [0, 30, 90, 210, 450]);
    assert_eq!(sound.took().len(), 1);
    broken.status.store(200, Ordering::SeqCst);
    world.clock.advance(SignedDuration::from_hours(1));
    webhooks.run(services).await.unwrap();
    webhooks.run(services).await.unwrap();
    let took = broken.took();
    assert_eq!(took.len(), 1);
    assert_eq!(took[0].1["data"]["size"], sizes[0]);

    // Another address begins afresh, and none is none.
    let (moved, ctx) = (Receiver::open(), world.admin().await);
    settle(&ctx, &moved.url).await;
    webhooks.run(services).await.unwrap();
    assert_eq!((broken.took().len(), moved.took().len()), (0, 1));
}
