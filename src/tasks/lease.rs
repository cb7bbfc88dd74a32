//! What a worker knows of its lease of one task, without asking the database.
//!
//! Not for the leases of duties (`duty.rs`). Invariant: trust ends by the clock, a margin before the lease does, so that a
//! worker whose runtime hangs or was stopped never believes longer than the database does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use domain::Clock;
use domain::task::Progress;
use jiff::Timestamp;
use store::tasks::queue::Fence;
use tokio_util::sync::CancellationToken;

/// Lease of one attempt, shared by the engine that renews it and the steps that look at it.
#[derive(Debug)]
pub(crate) struct Lease {
    fence: Fence,
    clock: Arc<dyn Clock>,
    trusted_until: AtomicI64,
    is_lost: AtomicBool,
    is_aborting: AtomicBool,
    /// The server shuts down, or the lease is lost: whatever runs should end.
    halt: CancellationToken,
    /// As `halt`, or the task was told to stop: what it does, but not its undoing, should end.
    stop: CancellationToken,
    done: AtomicU64,
    total: AtomicU64,
    progress_changed: AtomicBool,
}

impl Lease {
    pub(crate) fn new(
        fence: Fence,
        clock: Arc<dyn Clock>,
        trusted_until: Timestamp,
        progress: Progress,
    ) -> Self {
        let halt = CancellationToken::new();
        Self {
            fence,
            clock,
            trusted_until: AtomicI64::new(trusted_until.as_microsecond()),
            is_lost: AtomicBool::new(false),
            is_aborting: AtomicBool::new(false),
            stop: halt.child_token(),
            halt,
            done: AtomicU64::new(progress.done),
            total: AtomicU64::new(progress.total),
            progress_changed: AtomicBool::new(false),
        }
    }

    /// What every write under the lease names.
    pub(crate) const fn fence(&self) -> Fence {
        self.fence
    }

    /// Whether the worker may still act.
    pub(crate) fn is_held(&self) -> bool {
        let now = self.clock.now().as_microsecond();
        !self.is_lost() && now < self.trusted_until.load(Ordering::SeqCst)
    }

    pub(crate) fn renew(&self, trusted_until: Timestamp) {
        let until = trusted_until.as_microsecond();
        self.trusted_until.store(until, Ordering::SeqCst);
    }

    /// The lease is another's, or will be given back: nothing more may be done under it.
    pub(crate) fn lose(&self) {
        self.is_lost.store(true, Ordering::SeqCst);
        self.halt.cancel();
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::SeqCst)
    }

    /// The task was told to stop.
    pub(crate) fn abort(&self) {
        self.is_aborting.store(true, Ordering::SeqCst);
        self.stop.cancel();
    }

    pub(crate) fn is_aborting(&self) -> bool {
        self.is_aborting.load(Ordering::SeqCst)
    }

    /// The server shuts down.
    pub(crate) fn shut_down(&self) {
        self.halt.cancel();
    }

    pub(crate) fn is_halted(&self) -> bool {
        self.halt.is_cancelled()
    }

    /// Cancelled when what a step does should end.
    pub(crate) const fn stopped(&self) -> &CancellationToken {
        &self.stop
    }

    /// Cancelled when what a step undoes should end.
    pub(crate) const fn halted(&self) -> &CancellationToken {
        &self.halt
    }

    pub(crate) fn set_progress(&self, progress: Progress) {
        self.done.store(progress.done, Ordering::Relaxed);
        self.total.store(progress.total, Ordering::Relaxed);
        self.progress_changed.store(true, Ordering::Release);
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress {
            done: self.done.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
        }
    }

    /// The progress, when it changed since the last call.
    pub(crate) fn take_progress(&self) -> Option<Progress> {
        let changed = self.progress_changed.swap(false, Ordering::Acquire);
        changed.then(|| self.progress())
    }
}
