//! The end of a replica, in order: stop taking work, give up leases, close.
//!
//! Invariant: whatever happens, the process ends within the grace time; what was not done is another replica's, or the next
//! start's, because its lease ends by itself.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How long tasks and requests may take to come to an end.
pub(crate) const GRACE: Duration = Duration::from_secs(20);

/// Cancels the token at SIGTERM or SIGINT; returns when the token is cancelled, by whomever.
pub(crate) async fn watch(shutdown: CancellationToken) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => tracing::info!("SIGTERM: shutting down"),
        _ = interrupt.recv() => tracing::info!("SIGINT: shutting down"),
        () = shutdown.cancelled() => {}
    }
    shutdown.cancel();
    Ok(())
}
