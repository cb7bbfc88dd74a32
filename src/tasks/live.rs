//! Live events: each subscriber of an organization hears everything from its cursor on, in order, once.
//!
//! Not for whether the subscriber may hear it (`app::events`). Invariant: the table is the stream; memory only holds its newest
//! end, so that many subscribers cost one query per commit. A subscriber pulls at its own pace: a slow one reads the table again
//! and delays nobody.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_stream::try_stream;
use domain::OrganizationId;
use domain::event::{Event, Topic};
use futures_util::Stream;
use parking_lot::{Mutex, RwLock};
use store::Store;
use tokio::time::Instant;

/// Events of an organization kept in memory while somebody listens.
const KEPT: usize = 4_096;
/// Events handed to a subscriber at a time.
const CHUNK: usize = 256;
/// Events read from the table at a time.
const READ: u64 = 1_000;
/// Looks at the table when no wake-up comes: they can be lost with a connection. A second less than a stream may outlive a session
/// that was ended on another replica.
const POLL: Duration = Duration::from_secs(4);

/// Why a stream ended.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// No event of this organization has this cursor.
    #[error("this is no cursor of this stream")]
    UnknownCursor,
    /// Events after the cursor may have been removed already.
    #[error("this cursor is too old: events after it are no longer kept")]
    CursorTooOld,
    /// The database failed; the subscriber goes on later from its cursor.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Streams of events; clones share what is kept in memory.
#[derive(Debug, Clone)]
pub struct Events {
    store: Store,
    feeds: Arc<Mutex<BTreeMap<OrganizationId, Weak<Feed>>>>,
}

/// The newest events of one organization.
#[derive(Debug)]
struct Feed {
    organization: OrganizationId,
    newest: RwLock<Newest>,
    /// Held by whoever reads the table for all.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Newest {
    /// All events with a larger number, up to `head`, are in `events`.
    start: i64,
    head: i64,
    events: VecDeque<Arc<Event>>,
    /// The wake-up that the last reading knew of, and when it was.
    read: Option<(u64, Instant)>,
}

/// What the memory has after a cursor.
enum Found {
    Events(Vec<Arc<Event>>),
    /// The cursor lies before what is kept.
    Earlier,
    Nothing,
}

/// The cursor of an event: opaque to clients.
#[must_use]
pub fn cursor(sequence: i64) -> String {
    format!("e{sequence:x}")
}

/// The sequence number of a cursor.
pub fn sequence(cursor: &str) -> Result<i64, LiveError> {
    cursor
        .strip_prefix('e')
        .filter(|digits| !digits.starts_with(['+', '-']))
        .and_then(|digits| i64::from_str_radix(digits, 16).ok())
        .ok_or(LiveError::UnknownCursor)
}

impl Events {
    /// Streams of the events of this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            store,
            feeds: Arc::default(),
        }
    }

    /// The present end of the organization's stream: what is told from now on comes after it.
    pub async fn head(&self, organization: OrganizationId) -> Result<String, store::Error> {
        let bounds = store::events::bounds(&self.store.read_in(organization), organization).await?;
        Ok(cursor(bounds.map_or(0, |(_, newest)| newest)))
    }

    /// The organization's events of these topics (all topics when empty): those after the cursor first, then each as it is
    /// committed; without a cursor from the moment of the first poll on. Ends with an error only; then go on from the last
    /// cursor seen.
    pub fn subscribe(
        &self,
        organization: OrganizationId,
        topics: Vec<Topic>,
        after: Option<String>,
    ) -> impl Stream<Item = Result<Event, LiveError>> + Send + use<> {
        let this = self.clone();
        try_stream! {
            let mut changed = this.store.changed();
            let version = *changed.borrow_and_update();
            let feed = this.feed(organization).await?;
            feed.refresh(&this.store, version, false).await?;
            let mut last = match after {
                Some(after) => this.known(organization, &after).await?,
                None => feed.newest.read().head,
            };
            let mut polled = false;
            loop {
                let version = *changed.borrow_and_update();
                feed.refresh(&this.store, version, polled).await?;
                loop {
                    let events = match feed.after(last) {
                        Found::Events(events) => events,
                        Found::Earlier => {
                            let events = this.earlier(organization, last).await?;
                            if events.is_empty() {
                                Err(LiveError::CursorTooOld)?;
                            }
                            events
                        }
                        Found::Nothing => break,
                    };
                    for event in events {
                        last = event.sequence;
                        if topics.is_empty() || topics.contains(&event.topic) {
                            yield Event::clone(&event);
                        }
                    }
                }
                polled = tokio::time::timeout(POLL, changed.changed()).await.is_err();
            }
        }
    }

    /// The sequence number of a cursor, when every event after it is still there.
    async fn known(&self, organization: OrganizationId, after: &str) -> Result<i64, LiveError> {
        let sequence = sequence(after)?;
        let reader = self.store.read_in(organization);
        if sequence == 0 || store::events::exists(&reader, organization, sequence).await? {
            return Ok(sequence);
        }
        let bounds = store::events::bounds(&reader, organization).await?;
        match bounds {
            Some((oldest, _)) if sequence < oldest => Err(LiveError::CursorTooOld),
            Some(_) | None => Err(LiveError::UnknownCursor),
        }
    }

    async fn earlier(
        &self,
        organization: OrganizationId,
        last: i64,
    ) -> Result<Vec<Arc<Event>>, store::Error> {
        let limit = u64::try_from(CHUNK).unwrap_or(READ);
        let reader = self.store.read_in(organization);
        let events = store::events::since(&reader, organization, last, limit).await?;
        Ok(events.into_iter().map(Arc::new).collect())
    }

    async fn feed(&self, organization: OrganizationId) -> Result<Arc<Feed>, store::Error> {
        let known = |feeds: &BTreeMap<OrganizationId, Weak<Feed>>| {
            feeds.get(&organization).and_then(Weak::upgrade)
        };
        if let Some(feed) = known(&self.feeds.lock()) {
            return Ok(feed);
        }
        let bounds = store::events::bounds(&self.store.read_in(organization), organization).await?;
        let head = bounds.map_or(0, |(_, newest)| newest);
        let mut feeds = self.feeds.lock();
        // Somebody may have come first while we asked.
        if let Some(feed) = known(&feeds) {
            return Ok(feed);
        }
        feeds.retain(|_, feed| feed.strong_count() > 0);
        let feed = Arc::new(Feed {
            organization,
            newest: RwLock::new(Newest {
                start: head,
                head,
                events: VecDeque::new(),
                read: None,
            }),
            reading: tokio::sync::Mutex::new(()),
        });
        feeds.insert(organization, Arc::downgrade(&feed));
        Ok(feed)
    }
}

impl Feed {
    /// Reads what was committed up to the wake-up `version`, unless another subscriber has; once more when `polled` and nobody
    /// has read for a while.
    async fn refresh(&self, store: &Store, version: u64, polled: bool) -> Result<(), store::Error> {
        if self.is_fresh(version, polled) {
            return Ok(());
        }
        let _reading = self.reading.lock().await;
        if self.is_fresh(version, polled) {
            return Ok(());
        }
        // Before the query: what is committed while it runs wakes everybody again.
        let read = (*store.changed().borrow(), Instant::now());
        loop {
            let head = self.newest.read().head;
            let events = store::events::since(
                &store.read_in(self.organization),
                self.organization,
                head,
                READ,
            )
            .await?;
            let is_all = u64::try_from(events.len()).unwrap_or(READ) < READ;
            self.newest.write().push(events);
            if is_all {
                break;
            }
        }
        self.newest.write().read = Some(read);
        Ok(())
    }

    fn is_fresh(&self, version: u64, polled: bool) -> bool {
        match self.newest.read().read {
            Some((known, at)) => known >= version && !(polled && at.elapsed() >= POLL),
            None => false,
        }
    }

    fn after(&self, last: i64) -> Found {
        let newest = self.newest.read();
        if last >= newest.head {
            return Found::Nothing;
        }
        if last < newest.start {
            return Found::Earlier;
        }
        let first = newest
            .events
            .partition_point(|event| event.sequence <= last);
        let events = newest.events.iter().skip(first).take(CHUNK).cloned();
        Found::Events(events.collect())
    }
}

impl Newest {
    fn push(&mut self, events: Vec<Event>) {
        for event in events {
            self.head = event.sequence;
            self.events.push_back(Arc::new(event));
            if self.events.len() > KEPT
                && let Some(dropped) = self.events.pop_front()
            {
                self.start = dropped.sequence;
            }
        }
    }
}

#[cfg(test)]
mod cursor_tests;
#[cfg(test)]
mod tests;
