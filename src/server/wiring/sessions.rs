//! Ends the streams of sessions and tokens that have ended.
//!
//! Not for recognising callers. Invariant: a stream outlives its session by at most a second on the replica where the session
//! was ended, and by five seconds elsewhere, also when no wake-up comes through; one look serves all streams of one credential.
//! Who is to be looked at is told by events of the organization (a revocation is one, written with the change); a round of looks at
//! everybody, a few at a time, is the net for what happens without an event, such as idleness.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use app::{Ctx, Services};
use domain::OrganizationId;
use futures_util::stream::{AbortHandle, BoxStream, SelectAll, abortable};
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::http::SessionWatch;

/// Pause between two parts of a round.
const ROUND: Duration = Duration::from_secs(5);
/// Sessions and tokens looked at in one part of a round: more would keep the database busy with nothing.
const ROUND_MOST: usize = 100;
/// Looks at once, when an event concerns many.
const LOOKS_AT_ONCE: usize = 4;

/// Watches sessions that have streams.
#[derive(Clone)]
pub(super) struct SessionWatcher {
    inner: Arc<Inner>,
    fresh: mpsc::UnboundedSender<Key>,
}

struct Inner {
    services: Arc<Services>,
    watched: Mutex<BTreeMap<Key, Watched>>,
}

struct Watched {
    caller: Ctx,
    ended: CancellationToken,
    /// Lives as long as one of the streams.
    streams: Weak<()>,
}

/// The id of the session or token and the unit to which the stream narrows itself.
type Key = (String, Option<String>);
type News = (OrganizationId, Option<String>);

impl fmt::Debug for SessionWatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.inner.watched.lock().len();
        f.debug_struct("SessionWatcher")
            .field("watched", &count)
            .finish_non_exhaustive()
    }
}

impl SessionWatcher {
    /// Begins to watch; ends with `shutdown`.
    pub(super) fn start(
        services: Arc<Services>,
        tracker: &TaskTracker,
        shutdown: CancellationToken,
    ) -> Self {
        let inner = Arc::new(Inner {
            services,
            watched: Mutex::new(BTreeMap::new()),
        });
        let (fresh, told) = mpsc::unbounded_channel();
        let watch = Watch {
            inner: inner.clone(),
            feeds: BTreeMap::new(),
            news: SelectAll::new(),
            waiting: VecDeque::new(),
        };
        tracker.spawn(async move {
            shutdown.run_until_cancelled(watch.run(told)).await;
        });
        Self { inner, fresh }
    }

    /// Tells when the caller's session or token ends, or its rights change.
    pub(super) fn watch(&self, caller: &Ctx) -> SessionWatch {
        let Some(known) = caller.credential() else {
            return SessionWatch::default();
        };
        let now = self.inner.services.clock.now();
        let key = (known.id(), caller.origin().unit.clone());
        let (ended, streams) = self.inner.enter(&key, caller);
        // Looked at once more by the watch: what ended it since it was recognised may have been told already.
        let _stopping = self.fresh.send(key);
        SessionWatch::new(ended)
            .expires_in(rest(now, known.expires_at()))
            .held_by(streams)
    }
}

impl Inner {
    fn enter(&self, key: &Key, caller: &Ctx) -> (CancellationToken, Arc<()>) {
        let mut watched = self.watched.lock();
        if let Some(known) = watched.get_mut(key) {
            // The rights have changed since the older streams were opened: those end, this one begins with the new rights.
            if known.caller.access() == caller.access() {
                let streams = known.streams.upgrade().unwrap_or_default();
                known.streams = Arc::downgrade(&streams);
                return (known.ended.child_token(), streams);
            }
            known.ended.cancel();
        }
        let (ended, streams) = (CancellationToken::new(), Arc::new(()));
        let child = ended.child_token();
        let fresh = Watched {
            caller: caller.clone(),
            ended,
            streams: Arc::downgrade(&streams),
        };
        watched.insert(key.clone(), fresh);
        (child, streams)
    }

    fn of(&self, key: &Key) -> Option<Ctx> {
        self.watched.lock().get(key).map(|one| one.caller.clone())
    }

    /// Everybody whom news concern; all of the organization without a subject.
    fn concerned(&self, (organization, subject): &News) -> Vec<(Key, Ctx)> {
        let is_meant = |caller: &Ctx| {
            caller.organization() == *organization
                && subject
                    .as_ref()
                    .is_none_or(|subject| app::events::concerns(caller, subject))
        };
        let watched = self.watched.lock();
        let meant = watched.iter().filter(|(_, one)| is_meant(&one.caller));
        meant
            .map(|(key, one)| (key.clone(), one.caller.clone()))
            .collect()
    }

    /// Looks at some, several at once.
    async fn look(&self, some: Vec<(Key, Ctx)>) {
        let looks = some.into_iter().map(|(key, caller)| async move {
            match app::recognition::still_stands(&caller).await {
                Ok(true) => {}
                Ok(false) => self.end(&key, &caller),
                // On doubt the stream goes on: its events are authorised one by one anyway.
                Err(error) => tracing::warn!(%error, "a session could not be looked at"),
            }
        });
        let mut looks = stream::iter(looks).buffer_unordered(LOOKS_AT_ONCE);
        while looks.next().await.is_some() {}
    }

    /// Ends the streams of this caller, unless newer ones with other rights have taken their place.
    fn end(&self, key: &Key, caller: &Ctx) {
        let mut watched = self.watched.lock();
        let is_same = |one: &Watched| one.caller.access() == caller.access();
        if watched.get(key).is_some_and(is_same)
            && let Some(one) = watched.remove(key)
        {
            one.ended.cancel();
        }
    }

    /// Forgets those whose streams are gone: nobody waits for what a look would find.
    fn forget_gone(&self) {
        let mut watched = self.watched.lock();
        watched.retain(|_, one| one.streams.strong_count() > 0);
    }
}

/// The work of the watcher.
struct Watch {
    inner: Arc<Inner>,
    /// The feeds that are open, by organization.
    feeds: BTreeMap<OrganizationId, AbortHandle>,
    news: SelectAll<BoxStream<'static, News>>,
    /// Who is still to be looked at in this round.
    waiting: VecDeque<Key>,
}

impl Watch {
    async fn run(mut self, mut fresh: mpsc::UnboundedReceiver<Key>) {
        let mut round = tokio::time::interval(ROUND);
        round.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                Some(news) = self.news.next(), if !self.news.is_empty() => {
                    if news.1.is_none() {
                        self.feeds.remove(&news.0);
                    }
                    let concerned = self.inner.concerned(&news);
                    self.inner.look(concerned).await;
                }
                Some(key) = fresh.recv() => self.begin(key).await,
                _ = round.tick() => self.round().await,
            }
        }
    }

    /// Listens to the organization of a new stream, and looks at its caller.
    async fn begin(&mut self, key: Key) {
        let Some(caller) = self.inner.of(&key) else {
            return;
        };
        self.listen(caller.organization()).await;
        self.inner.look(vec![(key, caller)]).await;
    }

    async fn listen(&mut self, organization: OrganizationId) {
        if self.feeds.contains_key(&organization) {
            return;
        }
        let services = &self.inner.services;
        let head = match services.events.head(organization).await {
            Ok(head) => head,
            Err(error) => {
                // The next round, or the next stream, tries again.
                tracing::warn!(%error, "the events of an organization cannot be read");
                return;
            }
        };
        let feed = app::events::standing(services, organization, head);
        // A feed ends with an error only; then everybody is looked at, and the next round opens it again.
        let news = feed.map(move |event| (organization, event.ok()));
        let (news, handle) = abortable(news);
        self.feeds.insert(organization, handle);
        self.news.push(news.boxed());
    }

    /// A part of a round: streams that are gone are forgotten, feeds that nobody needs are closed, some are looked at.
    async fn round(&mut self) {
        self.inner.forget_gone();
        let (keys, organizations): (VecDeque<Key>, BTreeSet<OrganizationId>) = {
            let watched = self.inner.watched.lock();
            let organizations = watched.values().map(|one| one.caller.organization());
            (watched.keys().cloned().collect(), organizations.collect())
        };
        self.feeds.retain(|organization, feed| {
            let is_needed = organizations.contains(organization);
            if !is_needed {
                feed.abort();
            }
            is_needed
        });
        for organization in organizations {
            self.listen(organization).await;
        }
        if self.waiting.is_empty() {
            self.waiting = keys;
        }
        let most = ROUND_MOST.min(self.waiting.len());
        let part: Vec<Key> = self.waiting.drain(..most).collect();
        let part = part
            .into_iter()
            .filter_map(|key| self.inner.of(&key).map(|caller| (key, caller)));
        self.inner.look(part.collect()).await;
    }
}

fn rest(now: Timestamp, until: Timestamp) -> Duration {
    let rest = until.duration_since(now);
    Duration::try_from(rest).unwrap_or_default()
}
