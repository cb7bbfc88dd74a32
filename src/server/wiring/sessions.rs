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
use secrecy::ExposeSecret as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::auth::SESSION_POLL;
use crate::http::{Credential, SessionWatch};

/// Pause after a look, so that a busy installation is not asked for every commit.
const PAUSE: Duration = Duration::from_millis(500);

/// Watches sessions that have streams.
#[derive(Clone)]
pub(super) struct SessionWatcher {
    inner: Arc<Inner>,
}

struct Inner {
    services: Arc<Services>,
    /// By the id of the session or token.
    watched: Mutex<BTreeMap<String, Watched>>,
}

struct Watched {
    credential: Credential,
    ended: CancellationToken,
}

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

    /// Tells when the caller's session or token ends.
    pub(super) fn watch(&self, caller: &Ctx, credential: Credential) -> SessionWatch {
        let Some(known) = caller.credential() else {
            return SessionWatch::default();
        };
        let now = self.inner.services.clock.now();
        let ended = {
            let mut watched = self.inner.watched.lock();
            let entry = watched.entry(known.id()).or_insert_with(|| Watched {
                credential,
                ended: CancellationToken::new(),
            });
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
        let all: Vec<(String, Credential)> = {
            let watched = self.watched.lock();
            watched
                .iter()
                .map(|(id, one)| (id.clone(), one.credential.clone()))
                .collect()
        };
        for (id, credential) in all {
            match self.is_alive(&credential).await {
                Ok(true) => {}
                Ok(false) => {
                    if let Some(one) = self.watched.lock().remove(&id) {
                        one.ended.cancel();
                    }
                }
                // On doubt the stream goes on: its events are authorised one by one anyway.
                Err(error) => tracing::warn!(%error, "a session could not be looked at"),
            }
        }
    }

    async fn is_alive(&self, credential: &Credential) -> Result<bool, app::Error> {
        let origin = app::Origin::default();
        let found = match credential {
            Credential::Absent => None,
            Credential::Bearer(secret) => {
                app::api_tokens::recognise(&self.services, &origin, secret.expose_secret()).await?
            }
            Credential::Cookie(secret) => {
                app::sessions::recognise(&self.services, &origin, secret.expose_secret()).await?
            }
        };
        Ok(found.is_some())
    }
}

fn rest(now: Timestamp, until: Timestamp) -> Duration {
    let rest = until.duration_since(now);
    Duration::try_from(rest).unwrap_or_default()
}
