//! The ticker: wakes the scheduler and the duties, and does nothing else.
//!
//! Not for deciding what is due: rows do. Invariant: it holds a handful of UTC cron ticks and no other job, on threads of its
//! own. A tick that is late, lost or doubled changes nothing: whoever waits for one polls as well (docs/ARCHITECTURE.md;
//! tokio-cron-scheduler loses jobs that fall due together, and its repeated and synchronous jobs stop for ever after a stall).

use std::thread;

use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use tokio_util::sync::CancellationToken;

/// Every second: schedules that fall due.
const SECOND: &str = "* * * * * *";
/// Every ten seconds: duties.
const TEN_SECONDS: &str = "*/10 * * * * *";
/// Threads of the ticker: one runs jobs while the other keeps its timer.
const THREADS: usize = 2;

/// A running ticker; it stops when this is dropped.
#[derive(Debug)]
pub struct Ticker {
    second: watch::Receiver<u64>,
    ten_seconds: watch::Receiver<u64>,
    stop: CancellationToken,
}

impl Ticker {
    /// Starts the ticker on a thread of its own.
    pub fn start() -> std::io::Result<Self> {
        let (second, second_ticks) = watch::channel(0);
        let (ten_seconds, ten_second_ticks) = watch::channel(0);
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("ticker")
            .enable_time()
            .build()?;
        thread::Builder::new()
            .name("ticker".to_owned())
            .spawn(move || {
                let ticks = [(SECOND, second), (TEN_SECONDS, ten_seconds)];
                if let Err(error) = runtime.block_on(tick(ticks, stopped)) {
                    tracing::error!(%error, "the ticker failed, everything is polled instead");
                }
                runtime.shutdown_background();
            })?;
        Ok(Self {
            second: second_ticks,
            ten_seconds: ten_second_ticks,
            stop,
        })
    }

    /// Changes every second.
    #[must_use]
    pub fn every_second(&self) -> watch::Receiver<u64> {
        self.second.clone()
    }

    /// Changes every ten seconds.
    #[must_use]
    pub fn every_ten_seconds(&self) -> watch::Receiver<u64> {
        self.ten_seconds.clone()
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn tick(
    ticks: [(&str, watch::Sender<u64>); 2],
    stop: CancellationToken,
) -> Result<(), JobSchedulerError> {
    let mut scheduler = JobScheduler::new().await?;
    for (cron, sender) in ticks {
        let job = Job::new_async(cron, move |_id, _scheduler| {
            sender.send_modify(|count| *count = count.wrapping_add(1));
            Box::pin(std::future::ready(()))
        })?;
        scheduler.add(job).await?;
    }
    scheduler.start().await?;
    stop.cancelled().await;
    scheduler.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn ticks_arrive_and_end_with_the_ticker() {
        let ticker = Ticker::start().unwrap();
        let mut second = ticker.every_second();
        for _ in 0..2 {
            let tick = tokio::time::timeout(Duration::from_secs(10), second.changed()).await;
            tick.unwrap().unwrap();
        }
        drop(ticker);
        let end = async { while second.changed().await.is_ok() {} };
        tokio::time::timeout(Duration::from_secs(10), end)
            .await
            .unwrap();
    }
}
