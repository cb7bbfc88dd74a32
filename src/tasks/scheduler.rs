//! The scheduler: turns windows that have come into tasks.
//!
//! Not for the grid (`domain::frequency`) or for what a run owes (`domain::schedule`). Invariant: firing is one transaction that
//! queues the task under a key made of operation, asset and nominal time, and moves the schedule on; so a window fires at most
//! once, on however many replicas, and the ticker may lie.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::asset::Asset;
use domain::aws_account::AwsAccountStatus;
use domain::policy::{Policy, PolicyOperation};
use domain::schedule::{Firing, MissReason, MissedWindows, Schedule, plan_firing, task_of};
use domain::task::NewTask;
use domain::{
    AssetId, AwsAccountKey, Clock, IdSource, OrganizationId, PolicyId, PolicyOperationId,
    ScheduleId, TaskId,
};
use jiff::{SignedDuration, Timestamp};
use store::schedules::{Missed, Settlement};
use store::{Store, Tx};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::place::place_in_window;
use crate::duty::ticked;

mod align;
mod clocks;
mod heal;
mod place;
mod windows;

pub use align::{align_policy, schedule_assets, unschedule_assets};
pub use heal::HealSchedules;
pub use windows::CloseWindows;

/// Looks at the schedules when no tick comes.
const POLL: Duration = Duration::from_secs(30);
/// Longest wait for the database.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the scheduler works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchedulerConfig {
    /// Schedules settled in one transaction.
    pub batch: u64,
    /// Runs that are due together begin within this time, each asset at a place of its own, so that they do not ask AWS all at
    /// once; less when their window or the time to the next one is short, see `place_in_window`. Zero for all at once.
    pub spread: SignedDuration,
}

impl Default for SchedulerConfig {
    fn default() -> Self {
        Self {
            batch: 1_000,
            spread: SignedDuration::from_mins(5),
        }
    }
}

/// Fires windows in this process; any number of replicas may do so at once.
#[derive(Debug, Clone)]
pub struct Scheduler {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    config: SchedulerConfig,
}

/// What one round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fired {
    /// Schedules that were due and are settled now.
    pub settled: usize,
    /// Tasks queued for them.
    pub queued: usize,
    /// Ranges of windows recorded as missed.
    pub missed: usize,
}

impl Scheduler {
    /// A scheduler.
    #[must_use]
    pub const fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        config: SchedulerConfig,
    ) -> Self {
        Self {
            store,
            clock,
            ids,
            config,
        }
    }

    /// Fires what is due at each tick, and every 30 s without one, until `shutdown`.
    pub async fn run(&self, tick: watch::Receiver<u64>, shutdown: CancellationToken) {
        tokio::join!(
            self.fire_until(tick, &shutdown),
            self.watch_clocks(&shutdown)
        );
    }

    async fn fire_until(&self, mut tick: watch::Receiver<u64>, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            match self.fire_due(shutdown).await {
                Ok(fired) if fired.settled > 0 => tracing::info!(?fired, "windows have come"),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the schedules could not be settled"),
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = ticked(&mut tick) => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Settles all schedules that are due now, in batches; stops early when `stop` is cancelled.
    pub async fn fire_due(&self, stop: &CancellationToken) -> Result<Fired, store::Error> {
        let mut sum = Fired::default();
        let oldest = store::schedules::system_oldest_due(&self.store.read()).await?;
        let now = self.store.lease_now().await?;
        if oldest.is_none_or(|oldest| oldest > now) {
            return Ok(sum);
        }
        while !stop.is_cancelled() {
            let batch = tokio::time::timeout(PATIENCE, self.fire_batch()).await;
            let Ok(fired) = batch else {
                tracing::warn!("settling schedules takes too long, trying again");
                break;
            };
            let fired = fired?;
            sum.settled += fired.settled;
            sum.queued += fired.queued;
            sum.missed += fired.missed;
            if fired.settled == 0 {
                break;
            }
        }
        Ok(sum)
    }

    async fn fire_batch(&self) -> Result<Fired, store::Error> {
        let mut tx = self.store.begin().await?;
        // One clock for all replicas: one whose own is wrong fires nothing early and misses nothing.
        let now = tx.lease_now().await?;
        let due = store::schedules::system_lock_due(&mut tx, now, self.config.batch).await?;
        if due.is_empty() {
            tx.rollback().await?;
            return Ok(Fired::default());
        }
        let mut by_organization: BTreeMap<OrganizationId, Vec<Schedule>> = BTreeMap::new();
        for schedule in due {
            by_organization
                .entry(schedule.organization_id)
                .or_default()
                .push(schedule);
        }
        let mut sum = Fired::default();
        for (organization, due) in by_organization {
            let round = Round::load(&tx, organization, &due).await?;
            let outcome = round.decide(&due, now, &self.config);
            sum.settled += due.len();
            sum.missed += outcome.missed.len();
            sum.queued += self.write(&mut tx, organization, outcome, now).await?;
        }
        tx.commit().await?;
        Ok(sum)
    }

    async fn write(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<usize, store::Error> {
        let tasks: Vec<(TaskId, NewTask)> = outcome
            .tasks
            .into_iter()
            .map(|task| (TaskId::fresh(&*self.ids), task))
            .collect();
        let queued = store::tasks::add_many(tx, &tasks, now).await?.len();
        let missed: Vec<(Uuid, Missed)> = outcome
            .missed
            .into_iter()
            .map(|missed| (self.ids.uuid(), missed))
            .collect();
        if !missed.is_empty() {
            store::schedules::add_missed(tx, organization, &missed, now).await?;
        }
        for (settlement, ids) in outcome.settlements {
            store::schedules::system_settle(tx, &ids, &settlement).await?;
        }
        store::schedules::system_park(tx, &outcome.parked, now).await?;
        Ok(queued)
    }
}

/// What a round of one organization needs to know.
struct Round {
    policies: BTreeMap<PolicyId, Policy>,
    /// Those that are there, in accounts that are linked.
    assets: BTreeMap<AssetId, Asset>,
    unfinished: BTreeSet<(AssetId, PolicyOperationId)>,
}

/// What a round of one organization does.
#[derive(Default)]
struct Outcome {
    tasks: Vec<NewTask>,
    missed: Vec<Missed>,
    settlements: BTreeMap<Settlement, Vec<ScheduleId>>,
    parked: Vec<ScheduleId>,
}

/// Schedules of one operation with equal times have equal firings: planned once for all their assets.
type Plans = BTreeMap<(PolicyOperationId, Timestamp, Option<Timestamp>), Firing>;

impl Round {
    async fn load(
        tx: &Tx,
        organization: OrganizationId,
        due: &[Schedule],
    ) -> Result<Self, store::Error> {
        let policies: BTreeSet<PolicyId> = due.iter().map(|due| due.policy_id).collect();
        let policies: Vec<PolicyId> = policies.into_iter().collect();
        let ids: BTreeSet<AssetId> = due.iter().map(|due| due.asset_id).collect();
        let ids: Vec<AssetId> = ids.into_iter().collect();
        let policies = store::policies::lookup_many(tx, organization, &policies).await?;
        let assets = store::assets::lookup_many(tx, organization, &ids).await?;
        let accounts: BTreeSet<AwsAccountKey> =
            assets.iter().map(|asset| asset.aws_account_id).collect();
        let accounts: Vec<AwsAccountKey> = accounts.into_iter().collect();
        let accounts = store::aws_accounts::lookup_many(tx, organization, &accounts).await?;
        let linked: BTreeSet<AwsAccountKey> = accounts
            .iter()
            .filter(|account| account.status != AwsAccountStatus::Disconnected)
            .map(|account| account.id)
            .collect();
        Ok(Self {
            unfinished: store::schedules::system_unfinished(tx, &ids).await?,
            policies: policies
                .into_iter()
                .map(|policy| (policy.id, policy))
                .collect(),
            assets: assets
                .into_iter()
                .filter(|asset| {
                    asset.deleted_at.is_none() && linked.contains(&asset.aws_account_id)
                })
                .map(|asset| (asset.id, asset))
                .collect(),
        })
    }

    fn decide(&self, due: &[Schedule], now: Timestamp, config: &SchedulerConfig) -> Outcome {
        let mut outcome = Outcome::default();
        let mut plans = Plans::new();
        for schedule in due {
            self.decide_one(schedule, now, config, (&mut plans, &mut outcome));
        }
        outcome
    }

    fn decide_one(
        &self,
        schedule: &Schedule,
        now: Timestamp,
        config: &SchedulerConfig,
        (plans, outcome): (&mut Plans, &mut Outcome),
    ) {
        let policy = self
            .policies
            .get(&schedule.policy_id)
            .filter(|policy| policy.is_active);
        let asset = self.assets.get(&schedule.asset_id);
        let operation = policy.and_then(|policy| {
            let is_this = |operation: &&PolicyOperation| operation.id == schedule.operation_id;
            policy.operations.iter().find(is_this)
        });
        let (Some(policy), Some(asset), Some(operation)) = (policy, asset, operation) else {
            // Inactive, edited, gone or no longer linked meanwhile; what is parked comes back by itself.
            outcome.parked.push(schedule.id);
            return;
        };
        let key = (operation.id, schedule.settled_until, schedule.owed_from);
        let firing = plans.entry(key).or_insert_with(|| {
            plan_firing(operation, schedule.settled_until, schedule.owed_from, now)
        });
        let missed = |windows: MissedWindows| Missed {
            asset_id: schedule.asset_id,
            policy_id: schedule.policy_id,
            operation_id: schedule.operation_id,
            windows,
        };
        outcome.missed.extend(firing.missed.map(missed));
        let mut owed_from = firing.stands_from;
        if let (Some(nominal_at), Some(run)) = (firing.nominal_at, firing.run) {
            if self.unfinished.contains(&(asset.id, operation.id)) {
                outcome.missed.push(missed(MissedWindows {
                    first_nominal_at: nominal_at,
                    last_nominal_at: nominal_at,
                    windows: 1,
                    reason: MissReason::Overlap,
                }));
            } else {
                let task = task_of(policy, operation, asset, nominal_at, firing.retention);
                outcome.tasks.extend(task.map(|task| NewTask {
                    run_after: place_in_window(
                        asset.id,
                        &run,
                        firing.next_nominal_at,
                        (now, config.spread),
                    ),
                    deadline_at: run.closes_at,
                    ..task
                }));
                owed_from = None;
            }
        }
        let settlement = Settlement {
            next_nominal_at: firing.next_nominal_at,
            settled_until: firing.nominal_at.unwrap_or(schedule.settled_until),
            owed_from,
        };
        outcome
            .settlements
            .entry(settlement)
            .or_default()
            .push(schedule.id);
    }
}
