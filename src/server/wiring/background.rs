//! What a replica does by itself: firing schedules, doing duties, working on tasks.

use std::time::Duration;

use jiff::SignedDuration;
use tasks::{
    CloseWindows, Duties, DutyContext, Engine, EngineConfig, HealSchedules, Rescue, Scheduler,
    SchedulerConfig, Ticker,
};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use workflows::{DutyPeriods, HeadDuty, InventoryDuty, OrganizationDuty};

use super::Installation;
use crate::config::Config;
use crate::mail::Mailer;

/// How long a refused sign-in waits for the audit log at most; never at once (`app::refused_sign_ins`).
const REFUSED_SIGN_INS: Duration = Duration::from_secs(5);
/// How often fleets in memory that nobody looks at are looked for.
const FLEET_SWEEP: Duration = Duration::from_secs(60);
/// How often keys in clear that were kept long enough are looked for.
const KEY_SWEEP: Duration = Duration::from_secs(30);

/// Fires schedules and does duties, until `shutdown`.
pub(crate) fn schedule(
    config: &Config,
    parts: &Installation,
    tracker: &TaskTracker,
    shutdown: &CancellationToken,
) -> std::io::Result<()> {
    let ticker = Ticker::start()?;
    let outside = &parts.outside;
    let scheduler = Scheduler::new(
        parts.store.clone(),
        outside.clock.clone(),
        outside.ids.clone(),
        SchedulerConfig::default(),
    );
    let periods = periods(config);
    let duties = Duties::new(
        parts.store.clone(),
        outside.clock.clone(),
        outside.ids.clone(),
    )
    .with(Rescue::new(workflows::registry(&parts.workflows)).every(rescue_period(config)))
    .with(HealSchedules)
    .with(CloseWindows::default())
    .with(tasks::Housekeeping::with_history_days(
        config.tasks.history_days,
    ))
    .with(tasks::Compliance::with_history_days(
        config.tasks.compliance_days,
    ))
    .with(InventoryDuty(periods))
    .with(workflows::ProofDuty(config.verification.settings()))
    .with(OrganizationDuty::expiry(periods))
    .with(OrganizationDuty::reconcile(periods))
    .with(OrganizationDuty::prune(periods))
    .with(HeadDuty::new(parts.workflows.clone()))
    .with(crate::audit::CheckpointDuty::open(
        config,
        &parts.workflows,
    )?)
    .with(crate::audit::WebhookDuty::new(&parts.app));
    let stop = shutdown.clone();
    tracker.spawn(async move {
        tokio::join!(
            scheduler.run(ticker.every_second(), stop.clone()),
            duties.run(ticker.every_ten_seconds(), stop.clone()),
        );
    });
    Ok(())
}

/// A quarter of a lease: so much later than its end a task of a dead replica is found, at most.
fn rescue_period(config: &Config) -> SignedDuration {
    SignedDuration::from_secs(i64::from(config.tasks.lease_seconds)) / 4
}

/// Gives memory back that nobody uses any more, until `shutdown`.
pub(crate) fn tidy(parts: &Installation, tracker: &TaskTracker, shutdown: &CancellationToken) {
    let (services, stop) = (parts.app.clone(), shutdown.clone());
    tracker.spawn(async move {
        while stop
            .run_until_cancelled(tokio::time::sleep(FLEET_SWEEP))
            .await
            .is_some()
        {
            app::fleets::forget_idle(&services);
        }
    });
}

/// Takes back the tasks of the processes before this one. Only for who holds the [`ProcessLock`](super::ProcessLock).
pub(crate) async fn take_over(parts: &Installation) -> Result<(), store::Error> {
    let outside = &parts.outside;
    let by_hand = DutyContext::by_hand(
        parts.store.clone(),
        outside.clock.clone(),
        outside.ids.clone(),
    );
    let rescue = Rescue::new(workflows::registry(&parts.workflows));
    let count = rescue.rescue_all(&by_hand).await?;
    if count > 0 {
        tracing::info!(count, "took over tasks of the server before this one");
    }
    Ok(())
}

/// Works on tasks and sends mails, until `shutdown`.
pub(crate) fn work(
    config: &Config,
    parts: &Installation,
    tracker: &TaskTracker,
    shutdown: &CancellationToken,
) -> anyhow::Result<()> {
    let outside = &parts.outside;
    let slots = usize::try_from(config.tasks.workers).unwrap_or(1);
    let engine = Engine::new(
        parts.store.clone(),
        outside.clock.clone(),
        outside.ids.clone(),
        workflows::registry(&parts.workflows),
        EngineConfig {
            slots,
            ..EngineConfig::default().with_lease(config.tasks.lease_seconds)
        },
    );
    let stop = shutdown.clone();
    tracker.spawn(async move { engine.run(stop).await });
    let mailer = Mailer::new(&config.mail, &config.http.public_url)?;
    let (services, stop) = (parts.app.clone(), shutdown.clone());
    tracker.spawn(async move { mailer.run(services, stop).await });
    let (services, stop) = (parts.app.clone(), shutdown.clone());
    tracker.spawn(async move {
        while stop
            .run_until_cancelled(tokio::time::sleep(REFUSED_SIGN_INS))
            .await
            .is_some()
        {
            if let Err(error) = app::refused_sign_ins::record_all(&services).await {
                tracing::warn!(%error, "refused sign-ins wait for the audit log");
            }
        }
    });
    let (services, stop) = (parts.workflows.clone(), shutdown.clone());
    tracker.spawn(async move {
        while stop
            .run_until_cancelled(tokio::time::sleep(KEY_SWEEP))
            .await
            .is_some()
        {
            services.vaults.forget_old_keys();
        }
    });
    Ok(())
}

fn periods(config: &Config) -> DutyPeriods {
    DutyPeriods {
        inventory: SignedDuration::from_mins(i64::from(config.tasks.inventory_minutes)),
        expiry: SignedDuration::from_mins(i64::from(config.tasks.expiry_minutes)),
        reconcile: SignedDuration::from_hours(i64::from(config.tasks.reconcile_hours)),
        prune: SignedDuration::from_hours(i64::from(config.tasks.prune_hours)),
    }
}
