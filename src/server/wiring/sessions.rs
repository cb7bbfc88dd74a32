//! Ends the streams of sessions and tokens that have ended.
//!
//! Not for recognising callers. Invariant: a stream outlives its session by at most a second on the replica where the session
//! was ended, and by the poll's five seconds elsewhere; one look serves all streams of one credential.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use app::{Ctx, Services};
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::auth::SESSION_POLL;
use crate::http::SessionWatch;

/// Pause after a look, so that a busy installation is not asked for every commit.
const PAUSE: Duration = Duration::from_millis(500);

/// Watches sessions that have streams.
#[derive(Clone)]
pub(super) struct SessionWatcher {
    inner: Arc<Inner>,
}

struct Inner {
    services: Arc<Services>,
    /// By the id of the session or token and the unit to which the stream narrows itself.
    watched: Mutex<BTreeMap<Key, Watched>>,
}

struct Watched {
    caller: Ctx,
    ended: CancellationToken,
}

type Key = (String, Option<String>);

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
        let watching = inner.clone();
        tracker.spawn(async move {
            shutdown.run_until_cancelled(watching.run()).await;
        });
        Self { inner }
    }

    /// Tells when the caller's session or token ends, or its rights change.
    pub(super) fn watch(&self, caller: &Ctx) -> SessionWatch {
        let Some(known) = caller.credential() else {
            return SessionWatch::default();
        };
        let now = self.inner.services.clock.now();
        let key = (known.id(), caller.origin().unit.clone());
        let fresh = || Watched {
            caller: caller.clone(),
            ended: CancellationToken::new(),
        };
        let ended = {
            let mut watched = self.inner.watched.lock();
            let entry = watched.entry(key).or_insert_with(fresh);
            // The rights have changed since the older streams were opened: those end, this one begins with the new rights.
            if entry.caller.access() != caller.access() {
                std::mem::replace(entry, fresh()).ended.cancel();
            }
            entry.ended.child_token()
        };
        SessionWatch::new(ended).expires_in(rest(now, known.expires_at()))
    }
}

impl Inner {
    async fn run(&self) {
        let mut changed = self.services.store.changed();
        loop {
            tokio::select! {
                // The sender lives as long as the store, which we hold.
                _ = changed.changed() => {}
                () = tokio::time::sleep(SESSION_POLL) => {}
            }
            changed.mark_unchanged();
            self.look().await;
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn look(&self) {
        let all: Vec<(Key, Ctx)> = {
            let watched = self.watched.lock();
            watched
                .iter()
                .map(|(key, one)| (key.clone(), one.caller.clone()))
                .collect()
        };
        for (key, caller) in all {
            match app::recognition::still_stands(&caller).await {
                Ok(true) => {}
                Ok(false) => self.end(&key, &caller),
                // On doubt the stream goes on: its events are authorised one by one anyway.
                Err(error) => tracing::warn!(%error, "a session could not be looked at"),
            }
        }
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
}

fn rest(now: Timestamp, until: Timestamp) -> Duration {
    let rest = until.duration_since(now);
    Duration::try_from(rest).unwrap_or_default()
}
