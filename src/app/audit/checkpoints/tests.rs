//! Checkpoints are made when they are due, and a cut is announced before it is made.

use std::sync::Mutex;

use domain::audit::chain::{Entry, Verifier};
use domain::audit::{AuditFilter, Hash};

use super::*;
use crate::organization_settings::{self, SettingsChange};
use crate::testing::Harness;

/// Signs nothing: the text is the body.
struct NoKey;

impl Signer for NoKey {
    fn sign(&self, checkpoint: &Checkpoint) -> Result<String, PortError> {
        Ok(checkpoint.body())
    }
}

#[derive(Default)]
struct Folder {
    texts: Mutex<Vec<(StoredCheckpoint, u64)>>,
    is_down: Mutex<bool>,
    store: Option<Store>,
}

#[async_trait]
impl Places for Folder {
    async fn put(
        &self,
        organization: OrganizationId,
        checkpoint: &StoredCheckpoint,
    ) -> Result<(), PortError> {
        if *self.is_down.lock().unwrap() {
            return Err(PortError("the place is down".to_owned()));
        }
        let store = self.store.as_ref().unwrap();
        let held = audit::logs::held(&store.read(), organization).await;
        let told = (checkpoint.clone(), held.unwrap());
        self.texts.lock().unwrap().push(told);
        Ok(())
    }
}

struct World {
    world: Harness,
    folder: Folder,
}

impl World {
    async fn new() -> Self {
        let world = Harness::new().await;
        let folder = Folder {
            store: Some(world.services.store.clone()),
            ..Folder::default()
        };
        Self { world, folder }
    }

    async fn run(&self) -> Result<(), Error> {
        let services = &self.world.services;
        let checkpoints = Checkpoints {
            store: &services.store,
            clock: services.clock.as_ref(),
            ids: services.ids.as_ref(),
            signer: &NoKey,
            places: &self.folder,
        };
        checkpoints.run().await
    }

    fn exported(&self) -> Vec<(u64, u64)> {
        let texts = self.folder.texts.lock().unwrap();
        texts
            .iter()
            .map(|(told, held)| (told.size, *held))
            .collect()
    }

    async fn log(&self) -> AuditLog {
        let reader = self.world.services.store.read();
        let found = audit::logs::lookup(&reader, self.world.organization.id).await;
        found.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_log_gets_a_checkpoint_at_first_then_after_five_minutes_when_it_has_grown() {
    let w = World::new().await;
    w.world.admin().await;
    w.run().await.unwrap();
    w.run().await.unwrap();
    assert_eq!(w.exported(), [(1, 1)]);
    w.world.admin().await;
    w.run().await.unwrap();
    assert_eq!(w.exported().len(), 1);
    w.world.clock.advance(EVERY);
    *w.folder.is_down.lock().unwrap() = true;
    assert!(w.run().await.is_err());
    assert_eq!(w.log().await.checkpoint.unwrap().exported_at, None);
    *w.folder.is_down.lock().unwrap() = false;
    w.run().await.unwrap();
    assert_eq!(w.exported(), [(1, 1), (2, 2)]);
    w.world.clock.advance(EVERY);
    w.run().await.unwrap();
    assert_eq!(w.exported().len(), 2);
}

#[tokio::test]
async fn old_events_go_after_the_cut_was_exported_and_what_is_left_verifies() {
    let w = World::new().await;
    for _ in 0..3 {
        w.world.admin().await;
    }
    w.world.clock.advance(SignedDuration::from_hours(24 * 366));
    w.world.admin().await;
    *w.folder.is_down.lock().unwrap() = true;
    assert!(w.run().await.is_err());
    let reader = w.world.services.store.read();
    let organization = w.world.organization.id;
    // The cut is decided, but no place knows of it: nothing may be gone.
    assert_eq!(audit::logs::held(&reader, organization).await.unwrap(), 5);
    *w.folder.is_down.lock().unwrap() = false;
    w.run().await.unwrap();
    assert_eq!(w.exported(), [(4, 5)]);
    let log = w.log().await;
    assert_eq!((log.size, log.anchor_size), (5, 3));
    assert_ne!(log.anchor, Hash::START);
    let filter = AuditFilter::default();
    let left = audit::since(&reader, organization, &filter, 0, 100)
        .await
        .unwrap();
    let mut verifier = Verifier::new(Checkpoint {
        organization_id: organization,
        size: log.size,
        head: log.head,
        anchor_size: log.anchor_size,
        anchor: log.anchor,
        made_at: log.checkpoint.unwrap().made_at,
    });
    for event in &left {
        verifier.next(&Entry::from(event)).unwrap();
    }
    assert_eq!(verifier.finish().unwrap().first, 4);
    assert_eq!(left.last().unwrap().action, EXPIRE_AUDIT_EVENTS.name);
}

#[tokio::test]
async fn events_are_kept_as_long_as_the_settings_of_the_organization_say() {
    let w = World::new().await;
    w.world.admin().await;
    w.world.clock.advance(SignedDuration::from_hours(24 * 100));
    let ctx = w.world.admin().await;
    w.run().await.unwrap();
    assert_eq!(w.log().await.anchor_size, 0, "a year is the default");
    let change = SettingsChange {
        audit_retention_days: Some(90),
        ..SettingsChange::default()
    };
    organization_settings::update(&ctx, change, 1)
        .await
        .unwrap();
    w.run().await.unwrap();
    assert_eq!(w.log().await.anchor_size, 1);
}
