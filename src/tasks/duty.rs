//! Duties: what is done from time to time, by one replica at a time.
//!
//! Not for work that somebody asked for (that is a task; a duty may enqueue some). Invariant: a duty runs under a lease whose
//! end is also the time of its next run, so several replicas together run it as often as one would.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::{Clock, IdSource};
use jiff::{SignedDuration, Timestamp};
use store::Store;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long the lease of a running duty is.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// How often it is renewed.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long before its end it is no longer trusted.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);
/// After a failure a duty is tried again no later than this.
const FAILURE_PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// Looks at the leases when no tick comes.
const POLL: Duration = Duration::from_secs(30);
/// Longest wait for the database.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a duty was not done; it is tried again.
pub type DutyError = Box<dyn std::error::Error + Send + Sync>;

/// Something done from time to time.
#[async_trait]
pub trait Duty: Send + Sync {
    /// Its name, unique and the name of its lease.
    fn name(&self) -> &'static str;

    /// From one start to the next.
    fn period(&self) -> SignedDuration;

    /// Does it. It may have been done in part by a replica that died.
    async fn run(&self, cx: &DutyContext) -> Result<(), DutyError>;
}

/// What a duty is given.
#[derive(Debug, Clone)]
pub struct DutyContext {
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The ids.
    pub ids: Arc<dyn IdSource>,
    /// The fencing token: grows with each run.
    pub token: i64,
    /// Cancelled when the server shuts down or the lease is lost.
    pub stop: CancellationToken,
    trusted_until: Arc<AtomicI64>,
}

impl DutyContext {
    /// A context outside of any lease: for running a duty by hand, in tests and from the command line.
    #[must_use]
    pub fn by_hand(store: Store, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self {
            store,
            clock,
            ids,
            token: 0,
            stop: CancellationToken::new(),
            trusted_until: Arc::new(AtomicI64::new(i64::MAX)),
        }
    }

    /// Whether the lease is still had: look before each side effect that another run must not repeat.
    #[must_use]
    pub fn has_lease(&self) -> bool {
        let now = self.clock.now().as_microsecond();
        !self.stop.is_cancelled() && now < self.trusted_until.load(Ordering::SeqCst)
    }
}

/// Runs duties in this process.
pub struct Duties {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    all: Vec<Arc<dyn Duty>>,
}

impl fmt::Debug for Duties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.all.iter().map(|duty| duty.name());
        f.debug_list().entries(names).finish()
    }
}

impl Duties {
    /// Runs nothing yet.
    #[must_use]
    pub const fn new(store: Store, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self {
            store,
            clock,
            ids,
            all: Vec::new(),
        }
    }

    /// The same with one duty more.
    #[must_use]
    pub fn with(mut self, duty: impl Duty + 'static) -> Self {
        self.all.push(Arc::new(duty));
        self
    }

    /// Does what is due at each tick, and every 30 s without one, until `shutdown`; waits for duties that are under way.
    pub async fn run(&self, tick: watch::Receiver<u64>, shutdown: CancellationToken) {
        let tracker = TaskTracker::new();
        for duty in &self.all {
            let runner = Runner {
                store: self.store.clone(),
                clock: Arc::clone(&self.clock),
                ids: Arc::clone(&self.ids),
                owner: self.ids.uuid().simple().to_string(),
                duty: Arc::clone(duty),
                shutdown: shutdown.clone(),
            };
            let mut tick = tick.clone();
            tracker.spawn(async move {
                while !runner.shutdown.is_cancelled() {
                    if let Err(error) = runner.visit().await {
                        tracing::warn!(%error, duty = runner.duty.name(), "could not look at a lease");
                    }
                    tokio::select! {
                        () = runner.shutdown.cancelled() => {}
                        () = ticked(&mut tick) => {}
                        () = tokio::time::sleep(POLL) => {}
                    }
                }
            });
        }
        tracker.close();
        tracker.wait().await;
    }
}

/// Waits for a tick; of a ticker that is gone, none ever comes.
pub(crate) async fn ticked(tick: &mut watch::Receiver<u64>) {
    if tick.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

struct Runner {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    owner: String,
    duty: Arc<dyn Duty>,
    shutdown: CancellationToken,
}

impl Runner {
    /// Runs the duty when it is due and no other replica does.
    async fn visit(&self) -> Result<(), store::Error> {
        let now = self.store.lease_now().await?;
        let begun = self.clock.now();
        let name = self.duty.name();
        let implausible = self.implausible(now);
        let end = store::leases::system_end(&self.store.read(), name).await?;
        if end.is_some_and(|end| end > now && end <= implausible) {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        let times = (now, now + LEASE, implausible);
        let token = store::leases::system_take(&mut tx, name, &self.owner, times).await?;
        tx.commit().await?;
        let Some(token) = token else {
            return Ok(());
        };
        let cx = DutyContext {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            token,
            stop: self.shutdown.child_token(),
            trusted_until: Arc::new(AtomicI64::new((begun + LEASE - MARGIN).as_microsecond())),
        };
        let outcome = tokio::select! {
            outcome = self.duty.run(&cx) => outcome,
            () = self.keep(&cx) => Err("the lease was lost".into()),
        };
        cx.stop.cancel();
        let pause = match outcome {
            Ok(()) => self.duty.period(),
            Err(error) => {
                tracing::warn!(%error, duty = name, "a duty was not done, trying again");
                self.duty.period().min(FAILURE_PAUSE)
            }
        };
        self.set_end(&cx, now + pause).await?;
        Ok(())
    }

    /// Further away than any lease or period of this duty reaches: what a clock that ran ahead has written.
    fn implausible(&self, now: Timestamp) -> Timestamp {
        now + self.duty.period().max(LEASE) * 2
    }

    /// Renews the lease; returns when it is lost.
    async fn keep(&self, cx: &DutyContext) {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            let now = self.clock.now();
            let renewal = self.renew(cx);
            match tokio::time::timeout(PATIENCE, renewal).await {
                Ok(Ok(true)) => {
                    let until = (now + LEASE - MARGIN).as_microsecond();
                    cx.trusted_until.store(until, Ordering::SeqCst);
                }
                // The database was away; until the lease's end nobody else has it.
                Ok(Err(_)) | Err(_) if cx.has_lease() => {}
                Ok(Ok(false) | Err(_)) | Err(_) => return,
            }
        }
    }

    async fn renew(&self, cx: &DutyContext) -> Result<bool, store::Error> {
        let end = self.store.lease_now().await? + LEASE;
        self.set_end(cx, end).await
    }

    async fn set_end(&self, cx: &DutyContext, end: Timestamp) -> Result<bool, store::Error> {
        let mut tx = self.store.begin().await?;
        let name = self.duty.name();
        let is_ours = store::leases::system_set_end(&mut tx, name, cx.token, end).await?;
        tx.commit().await?;
        Ok(is_ours)
    }
}
