//! Closes windows: what has not begun by then is missed, what still goes on is stopped, and both are tried again in time.
//!
//! Not for opening them (`scheduler.rs`) or for undoing (`attempt.rs`). Invariant: a task is cut, recorded, told and queued again in
//! one transaction; its row carries the deadline, so that any replica can close the window of any other, also after a crash.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::alert::{AlertKind, AlertSubject, NewAlert};
use domain::asset::Asset;
use domain::policy::{Policy, PolicyOperation};
use domain::schedule::{
    Again, MissReason, MissedWindows, RunTime, Schedule, WINDOW_CLOSED, WINDOW_EXCEEDED, again,
    again_key, window_alert_key,
};
use domain::task::{NewTask, Task, TaskFailure, TaskStatus};
use domain::{AlertId, AssetId, OrganizationId, PolicyId, PolicyOperationId, TaskId};
use jiff::{SignedDuration, Timestamp};
use store::Tx;
use store::schedules::Missed;
use store::tasks::deadlines::{self, Overdue};

use super::place_in_window;
use crate::SchedulerConfig;
use crate::duty::{Duty, DutyContext, DutyError};

/// Tasks cut in one transaction.
const BATCH: u64 = 500;

/// The duty that closes windows.
#[derive(Debug, Clone, Copy, Default)]
pub struct CloseWindows(SchedulerConfig);

impl CloseWindows {
    /// The duty; what is tried again begins as spread as what a schedule fires.
    #[must_use]
    pub const fn new(config: SchedulerConfig) -> Self {
        Self(config)
    }

    /// Cuts everything whose window has closed; how many tasks there were.
    pub async fn close(&self, cx: &DutyContext) -> Result<usize, store::Error> {
        let mut cut = 0;
        loop {
            let mut tx = cx.store.begin().await?;
            let now = tx.lease_now().await?;
            let overdue = deadlines::system_lock_overdue(&mut tx, now, BATCH).await?;
            if overdue.is_empty() {
                tx.rollback().await?;
                return Ok(cut);
            }
            cut += overdue.len();
            let mut by_organization: BTreeMap<OrganizationId, Vec<Overdue>> = BTreeMap::new();
            for one in overdue {
                let organization = one.task.organization_id;
                by_organization.entry(organization).or_default().push(one);
            }
            for (organization, overdue) in by_organization {
                let round = Round::load(&mut tx, organization, overdue).await?;
                round.cut(&mut tx, now).await?;
                round.record(&mut tx, cx, now).await?;
                round.try_again(&mut tx, cx, (now, self.0.spread)).await?;
            }
            tx.commit().await?;
        }
    }
}

/// The tasks of one organization whose windows have closed, and what is known about them.
struct Round {
    organization: OrganizationId,
    unbegun: Vec<Overdue>,
    begun: Vec<Overdue>,
    stopping: Vec<Overdue>,
    policies: BTreeMap<PolicyId, Policy>,
    schedules: BTreeMap<(AssetId, PolicyOperationId), Schedule>,
    assets: BTreeMap<AssetId, Asset>,
}

impl Round {
    async fn load(
        tx: &mut Tx,
        organization: OrganizationId,
        overdue: Vec<Overdue>,
    ) -> Result<Self, store::Error> {
        let (stopping, cut): (Vec<_>, Vec<_>) = overdue
            .into_iter()
            .partition(|one| one.task.status == TaskStatus::Aborting);
        let (unbegun, begun): (Vec<_>, Vec<_>) =
            cut.into_iter().partition(|one| one.task.attempt == 0);
        let tasks = || unbegun.iter().chain(&begun).map(|one| &one.task);
        let mut policies: Vec<PolicyId> = tasks().filter_map(|task| task.policy_id).collect();
        policies.sort_unstable();
        policies.dedup();
        let mut assets: Vec<AssetId> = tasks().filter_map(|task| task.asset_id).collect();
        assets.sort_unstable();
        assets.dedup();
        let schedules = store::schedules::system_lock_of_assets(tx, organization, &assets).await?;
        let policies = store::policies::lookup_many(tx, organization, &policies).await?;
        let assets = store::assets::lookup_many(tx, organization, &assets).await?;
        Ok(Self {
            organization,
            unbegun,
            begun,
            stopping,
            policies: policies.into_iter().map(|one| (one.id, one)).collect(),
            schedules: schedules
                .into_iter()
                .map(|one| ((one.asset_id, one.operation_id), one))
                .collect(),
            assets: assets.into_iter().map(|one| (one.id, one)).collect(),
        })
    }

    async fn cut(&self, tx: &mut Tx, now: Timestamp) -> Result<(), store::Error> {
        let ids = |some: &[Overdue]| -> Vec<(OrganizationId, TaskId)> {
            some.iter()
                .map(|one| (self.organization, one.task.id))
                .collect()
        };
        let closed = failure(
            WINDOW_CLOSED,
            "The backup window closed before a worker was free. Widen the window or raise the limits.",
        );
        deadlines::system_end_unbegun(tx, &ids(&self.unbegun), &closed, now).await?;
        let exceeded = failure(
            WINDOW_EXCEEDED,
            "The backup window closed before the work was done, so it was stopped and undone. Widen the window.",
        );
        deadlines::system_stop_begun(tx, &ids(&self.begun), &exceeded, now).await?;
        deadlines::system_clear_deadline(tx, &ids(&self.stopping)).await
    }

    /// What has not begun is a missed window, what was stopped an alert.
    async fn record(
        &self,
        tx: &mut Tx,
        cx: &DutyContext,
        now: Timestamp,
    ) -> Result<(), store::Error> {
        let missed: Vec<_> = self
            .unbegun
            .iter()
            .filter_map(|one| Some((cx.ids.uuid(), missed_of(&one.task)?)))
            .collect();
        if !missed.is_empty() {
            store::schedules::add_missed(tx, self.organization, &missed, now).await?;
        }
        for one in &self.begun {
            if let Some(alert) = self.alert_of(&one.task, AlertId::fresh(&*cx.ids)) {
                store::alerts::raise(tx, &alert).await?;
            }
        }
        Ok(())
    }

    fn alert_of(&self, task: &Task, id: AlertId) -> Option<NewAlert> {
        let (asset_id, operation_id) = (task.asset_id?, task.operation_id?);
        let name = self
            .assets
            .get(&asset_id)
            .map_or("An asset", |asset| asset.name.as_str());
        Some(NewAlert {
            id,
            organization_id: self.organization,
            key: window_alert_key(operation_id, asset_id),
            kind: AlertKind::WindowExceeded,
            severity: AlertKind::WindowExceeded.severity(),
            cause: format!(
                "{name} was not done when its backup window closed. What had been copied was taken back. Widen the window of its \
                 policy, or look for what makes it slow."
            ),
            evidence: serde_json::json!({
                "nominal_at": task.nominal_at,
                "started_at": task.started_at,
                "closed_at": task.deadline_at,
                "bytes_done": task.progress.done,
                "bytes_total": task.progress.total,
            }),
            subject: AlertSubject {
                asset_id: Some(asset_id),
                policy_id: task.policy_id,
                task_id: Some(task.id),
                ..AlertSubject::default()
            },
        })
    }

    async fn try_again(
        &self,
        tx: &mut Tx,
        cx: &DutyContext,
        (now, spread): (Timestamp, SignedDuration),
    ) -> Result<(), store::Error> {
        let mut tasks = Vec::new();
        for one in self.unbegun.iter().chain(&self.begun) {
            let Some((nominal_at, schedule, operation)) = self.duty_of(&one.task) else {
                continue;
            };
            match again(operation, schedule.next_nominal_at, now) {
                Again::Never => {}
                Again::ByTheNext => {
                    store::schedules::system_owe(tx, schedule.id, nominal_at).await?;
                }
                Again::At(run) => {
                    let task = again_task(one, operation.id, nominal_at, &run);
                    let next = schedule.next_nominal_at;
                    let run_after = place_in_window(schedule.asset_id, &run, next, (now, spread));
                    let task = NewTask { run_after, ..task };
                    tasks.push((TaskId::fresh(&*cx.ids), task));
                }
            }
        }
        store::tasks::add_many(tx, &tasks, now).await?;
        Ok(())
    }

    /// What the task was for, when its asset is still to be protected that way.
    fn duty_of(&self, task: &Task) -> Option<(Timestamp, &Schedule, &PolicyOperation)> {
        let (asset_id, operation_id) = (task.asset_id?, task.operation_id?);
        let schedule = self.schedules.get(&(asset_id, operation_id))?;
        let policy = self
            .policies
            .get(&schedule.policy_id)
            .filter(|one| one.is_active)?;
        let operation = policy
            .operations
            .iter()
            .find(|one| one.id == operation_id)?;
        self.assets
            .get(&asset_id)
            .filter(|one| one.deleted_at.is_none())?;
        Some((task.nominal_at?, schedule, operation))
    }
}

fn again_task(
    cut: &Overdue,
    operation: PolicyOperationId,
    nominal_at: Timestamp,
    run: &RunTime,
) -> NewTask {
    let task = &cut.task;
    NewTask {
        asset_id: task.asset_id,
        aws_account_id: task.aws_account_id,
        policy_id: task.policy_id,
        operation_id: task.operation_id,
        nominal_at: Some(nominal_at),
        unique_key: task
            .asset_id
            .map(|asset| again_key(operation, asset, nominal_at, run)),
        concurrency_key: cut.concurrency_key.clone(),
        deadline_at: run.closes_at,
        ..NewTask::new(task.organization_id, task.spec.clone(), task.actor)
    }
}

fn missed_of(task: &Task) -> Option<Missed> {
    let nominal_at = task.nominal_at?;
    Some(Missed {
        asset_id: task.asset_id?,
        policy_id: task.policy_id?,
        operation_id: task.operation_id?,
        windows: MissedWindows {
            first_nominal_at: nominal_at,
            last_nominal_at: nominal_at,
            windows: 1,
            reason: MissReason::WindowClosed,
        },
    })
}

fn failure(code: &str, message: &str) -> TaskFailure {
    TaskFailure {
        code: code.to_owned(),
        message: message.to_owned(),
        aws_request_id: None,
        is_retryable: true,
    }
}

#[async_trait]
impl Duty for CloseWindows {
    fn name(&self) -> &'static str {
        "close_windows"
    }

    fn period(&self) -> SignedDuration {
        SignedDuration::from_secs(5)
    }

    async fn run(&self, cx: &DutyContext) -> Result<(), DutyError> {
        self.close(cx).await?;
        Ok(())
    }
}
