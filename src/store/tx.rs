//! Connections: what finders read through and writers write through.
//!
//! Not for pools (`store.rs`). Invariant: events are committed with the rows they tell of, and in an organization the order
//! of their numbers is the order of the commits. Over several organizations it is not: follow each stream by itself.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::Arc;

use domain::OrganizationId;
use domain::audit::AuditEvent;
use domain::event::{ChangeKind, NewEvent, Topic};
use jiff::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, Set};

use crate::Error;
use crate::dialect::{BINDS_MAX, Backend};
use crate::entity::event;
use crate::read_pool::ReadPool;
use crate::store::Inner;
use crate::time::Instant;

pub(crate) mod sealed {
    //! What only this crate may do with a connection.

    use sea_orm::ConnectionTrait;

    /// The `SeaORM` connection behind it.
    pub trait Raw: Send + Sync {
        /// Its type.
        type Db: ConnectionTrait + Send;

        /// The connection.
        fn db(&self) -> &Self::Db;
    }
}

/// Something that can be read through: a [`Tx`] or a [`Reader`].
pub trait Connection: sealed::Raw {
    /// Which database it is.
    fn backend(&self) -> Backend {
        Backend::of(self.db())
    }
}

/// The read pool; each query runs by itself on what is committed.
#[derive(Debug, Clone)]
pub struct Reader {
    pub(crate) db: ReadPool,
}

impl sealed::Raw for Reader {
    type Db = ReadPool;

    fn db(&self) -> &ReadPool {
        &self.db
    }
}

impl Connection for Reader {}

/// A writing transaction: one per use case. Dropping it rolls back.
#[derive(Debug)]
#[must_use = "a transaction that is not committed is rolled back"]
pub struct Tx {
    db: DatabaseTransaction,
    store: Arc<Inner>,
    /// Of whom; none = of the service itself.
    organization: Option<OrganizationId>,
    events: Vec<NewEvent>,
    audited: Vec<AuditEvent>,
    wakes: bool,
}

impl sealed::Raw for Tx {
    type Db = DatabaseTransaction;

    fn db(&self) -> &DatabaseTransaction {
        &self.db
    }
}

impl Connection for Tx {}

impl Tx {
    pub(crate) const fn new(
        db: DatabaseTransaction,
        store: Arc<Inner>,
        organization: Option<OrganizationId>,
    ) -> Self {
        Self {
            db,
            store,
            organization,
            events: Vec::new(),
            audited: Vec::new(),
            wakes: false,
        }
    }

    /// Whose transaction it is; none = of the service itself, which reaches all organizations.
    #[must_use]
    pub const fn organization(&self) -> Option<OrganizationId> {
        self.organization
    }

    /// The present moment by the store's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.store.clock.now()
    }

    /// The time by which leases begin and end: the database's, so that replicas whose clocks differ agree on it.
    pub async fn lease_now(&self) -> Result<Timestamp, Error> {
        self.store.lease_now(&self.db).await
    }

    /// Tells subscribers of a change, when and if this transaction commits. The same change told twice in a row counts once.
    pub fn tell(&mut self, event: NewEvent) {
        debug_assert!(
            self.organization
                .is_none_or(|own| own == event.organization_id),
            "a tenant's transaction tells of its own organization only"
        );
        if self.events.last() != Some(&event) {
            self.events.push(event);
        }
    }

    /// Tells a change of `subject`.
    pub(crate) fn told(
        &mut self,
        organization: OrganizationId,
        topic: Topic,
        change: ChangeKind,
        subject: impl Display,
    ) {
        self.tell(NewEvent {
            organization_id: organization,
            topic,
            change,
            subject: subject.to_string(),
        });
    }

    /// Keeps an audit event for the commit, which gives it its place in the chain.
    pub(crate) fn audited(&mut self, event: AuditEvent) {
        self.audited.push(event);
    }

    /// Wakes whoever watches [`crate::Store::changed`] after the commit, also when there are no events.
    pub const fn wake(&mut self) {
        self.wakes = true;
    }

    /// Writes the events and commits.
    pub async fn commit(self) -> Result<(), Error> {
        let Self {
            db,
            store,
            organization: _,
            events,
            audited,
            wakes,
        } = self;
        let backend = Backend::of(&db);
        if !events.is_empty() {
            // Sorted, so that transactions over several organizations never wait for one another in a circle.
            let organizations: BTreeSet<OrganizationId> =
                events.iter().map(|event| event.organization_id).collect();
            for organization in organizations {
                backend.lock_stream(&db, organization).await?;
            }
            // An audit event always comes with an outbox event, so its organization is locked.
            crate::audit::chain::append(&db, audited).await?;
            insert(&db, &events, Instant(store.clock.now())).await?;
        }
        let wakes = wakes || !events.is_empty();
        if wakes {
            backend.notify(&db).await?;
        }
        db.commit().await?;
        if wakes {
            store.wake();
        }
        Ok(())
    }

    /// Rolls back now instead of some time after the drop.
    pub async fn rollback(self) -> Result<(), Error> {
        Ok(self.db.rollback().await?)
    }
}

async fn insert(db: &impl ConnectionTrait, events: &[NewEvent], now: Instant) -> Result<(), Error> {
    const COLUMNS: usize = 5;
    for chunk in events.chunks(BINDS_MAX / COLUMNS) {
        let rows = chunk.iter().map(|told| event::ActiveModel {
            organization_id: Set(told.organization_id.uuid()),
            topic: Set(told.topic.name().to_owned()),
            change: Set(told.change.name().to_owned()),
            subject: Set(told.subject.clone()),
            created_at: Set(now),
            ..Default::default()
        });
        event::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}
