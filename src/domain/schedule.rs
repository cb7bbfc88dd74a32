//! Schedules: when an asset's next run under an operation is due, and what a run owes.
//!
//! Not for the grid of nominal times (`frequency.rs`) or for the rows (`store::schedules`). Invariant: a nominal time fires
//! at most once, whatever is edited; one that does not fire is counted in exactly one [`MissedWindows`].

use jiff::{SignedDuration, Timestamp};

use crate::asset::{Asset, AssetKind};
use crate::backup_window::OpenTime;
use crate::copy_target::CopyTarget;
use crate::frequency::{last_at_or_before_all, next_after_all, owed};
use crate::ids::{AssetId, OrganizationId, PolicyId, PolicyOperationId, ScheduleId};
use crate::policy::{CatchUp, Policy, PolicyOperation};
use crate::recovery_point::Placement;
use crate::retention::Retention;
use crate::task::{Actor, NewTask, TaskSpec};

/// Counting missed windows stops here, so that a minute's grid over years of downtime costs no more than a day's.
pub const MISSED_WINDOWS_COUNT_MAX: u32 = 1_000;
/// Without a window and without catching up, a run that begins so much after its time is still in time: a restart or an update of
/// the service takes less.
pub const LATE_START_MAX: SignedDuration = SignedDuration::from_mins(15);
/// Code of the failure of a run that had not begun when its window closed.
pub const WINDOW_CLOSED: &str = "WINDOW_CLOSED";
/// Code of the failure of a run that was still going on when its window closed.
pub const WINDOW_EXCEEDED: &str = "WINDOW_EXCEEDED";
const STEP: SignedDuration = SignedDuration::from_micros(1);

/// The schedule of one asset under one operation of its policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The asset.
    pub asset_id: AssetId,
    /// The policy.
    pub policy_id: PolicyId,
    /// The operation.
    pub operation_id: PolicyOperationId,
    /// The next nominal time; none when only runs by hand are left, or the policy is inactive.
    pub next_nominal_at: Option<Timestamp>,
    /// Windows up to this time are settled: they fired, or were recorded as missed, or came before the schedule.
    pub settled_until: Timestamp,
    /// The first window that was missed by overlap and whose retention the next run owes.
    pub owed_from: Option<Timestamp>,
    /// Since when it waits for its policy to be active, or its asset to be there, again.
    pub parked_at: Option<Timestamp>,
}

/// Why a window passed without a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissReason {
    /// The service was not running.
    Downtime,
    /// The run before it was still going on.
    Overlap,
    /// The policy was inactive.
    Inactive,
    /// Its window closed before a worker was free.
    WindowClosed,
}

impl MissReason {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Downtime,
        Self::Overlap,
        Self::Inactive,
        Self::WindowClosed,
    ];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Downtime => "downtime",
            Self::Overlap => "overlap",
            Self::Inactive => "inactive",
            Self::WindowClosed => "window_closed",
        }
    }

    /// The reason of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|reason| reason.name() == name)
    }
}

/// Successive windows of one schedule that passed without a run, for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissedWindows {
    /// The first of them.
    pub first_nominal_at: Timestamp,
    /// The last of them.
    pub last_nominal_at: Timestamp,
    /// How many; counting stops at [`MISSED_WINDOWS_COUNT_MAX`].
    pub windows: u32,
    /// Why.
    pub reason: MissReason,
}

/// When a run may work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunTime {
    /// Not before.
    pub begins_at: Timestamp,
    /// What is not done by then is given up; none when the end is open.
    pub closes_at: Option<Timestamp>,
}

/// What a due schedule does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// The latest window that has come; none when the grid has moved and no window is due after all.
    pub nominal_at: Option<Timestamp>,
    /// When the run for it may work; none when it is not run, and is the last of the missed ones.
    pub run: Option<RunTime>,
    /// Windows that nobody runs.
    pub missed: Option<MissedWindows>,
    /// The first window that the run stands for, or that is owed by the next one when there is no run.
    pub stands_from: Option<Timestamp>,
    /// How long the point is kept: the longest retention of all windows that the run stands for.
    pub retention: Option<Retention>,
    /// The next window.
    pub next_nominal_at: Option<Timestamp>,
}

/// What becomes of a window that was not run in its own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Nothing: its policy does not catch up.
    Never,
    /// The run of the next window comes first and stands for it.
    ByTheNext,
    /// It is run then.
    At(RunTime),
}

/// What a schedule of `operation` does at `now`, when it is settled until `settled_until`: it fires once, for the latest window,
/// and earlier ones are missed. The answer is the same for all assets that share the three times.
#[must_use]
pub fn plan_firing(
    operation: &PolicyOperation,
    settled_until: Timestamp,
    owed_from: Option<Timestamp>,
    now: Timestamp,
) -> Firing {
    let PolicyOperation {
        frequencies, start, ..
    } = operation;
    let next_nominal_at = next_after_all(frequencies, start, now);
    let latest = last_at_or_before_all(frequencies, start, now);
    let Some(nominal_at) = latest.filter(|latest| *latest > settled_until) else {
        return Firing {
            nominal_at: None,
            run: None,
            missed: None,
            stands_from: owed_from,
            retention: None,
            next_nominal_at,
        };
    };
    let earlier = windows_between(operation, settled_until, nominal_at, MissReason::Downtime);
    let first = match operation.catch_up {
        CatchUp::Latest => earlier.map_or(nominal_at, |earlier| earlier.first_nominal_at),
        CatchUp::None => nominal_at,
    };
    let first = owed_from.map_or(first, |owed_from| owed_from.min(first));
    let (run, stands_from) = match run_time(operation, nominal_at, next_nominal_at, now) {
        Again::At(run) => (Some(run), Some(first)),
        Again::ByTheNext => (None, Some(first)),
        Again::Never => (None, owed_from),
    };
    let missed = if run.is_some() {
        earlier
    } else {
        let all = nominal_at.checked_add(STEP).unwrap_or(nominal_at);
        windows_between(operation, settled_until, all, MissReason::Downtime)
    };
    let keeps: Vec<Retention> = owed(frequencies, start, first, nominal_at)
        .into_iter()
        .map(|frequency| frequency.keep)
        .collect();
    Firing {
        nominal_at: Some(nominal_at),
        run,
        missed,
        stands_from,
        retention: Retention::longest(&keeps, nominal_at).filter(|_| run.is_some()),
        next_nominal_at,
    }
}

/// When the run of a window that has come may work: in its own time, or later as the policy catches up.
fn run_time(
    operation: &PolicyOperation,
    nominal_at: Timestamp,
    next_nominal_at: Option<Timestamp>,
    now: Timestamp,
) -> Again {
    let closes_at = opening_of(operation, nominal_at).map(|open| open.closes_at);
    let is_in_time = match (closes_at, operation.catch_up) {
        (Some(closes_at), _) => now < closes_at,
        (None, CatchUp::Latest) => true,
        (None, CatchUp::None) => now.duration_since(nominal_at) <= LATE_START_MAX,
    };
    if is_in_time {
        return Again::At(RunTime {
            begins_at: nominal_at,
            closes_at,
        });
    }
    again(operation, next_nominal_at, now)
}

/// What becomes, from `now` on, of a window that was not run in its own time.
#[must_use]
pub fn again(
    operation: &PolicyOperation,
    next_nominal_at: Option<Timestamp>,
    now: Timestamp,
) -> Again {
    if operation.catch_up == CatchUp::None {
        return Again::Never;
    }
    let open = operation
        .window
        .and_then(|window| window.open_time(&operation.start, now));
    let run = open.map_or(
        RunTime {
            begins_at: now,
            closes_at: None,
        },
        |open| RunTime {
            begins_at: open.opens_at,
            closes_at: Some(open.closes_at),
        },
    );
    let is_next_first = |closes_at| next_nominal_at.is_some_and(|next| next < closes_at);
    if run.closes_at.is_some_and(is_next_first) {
        return Again::ByTheNext;
    }
    Again::At(run)
}

/// The opening of the operation's window for a run with this nominal time; none without a closing time.
#[must_use]
pub fn opening_of(operation: &PolicyOperation, nominal_at: Timestamp) -> Option<OpenTime> {
    let window = operation.window?;
    window.opening_of(&operation.start, nominal_at)
}

/// The windows of `operation` strictly between `after` and `before`, as missed for `reason`; none when there is none.
#[must_use]
pub fn windows_between(
    operation: &PolicyOperation,
    after: Timestamp,
    before: Timestamp,
    reason: MissReason,
) -> Option<MissedWindows> {
    let PolicyOperation {
        frequencies, start, ..
    } = operation;
    let first = next_after_all(frequencies, start, after).filter(|first| *first < before)?;
    let last = last_at_or_before_all(frequencies, start, before.checked_sub(STEP).ok()?)?;
    let mut windows = 1;
    let mut at = first;
    while windows < MISSED_WINDOWS_COUNT_MAX {
        match next_after_all(frequencies, start, at).filter(|next| *next <= last) {
            Some(next) => at = next,
            None => break,
        }
        windows += 1;
    }
    Some(MissedWindows {
        first_nominal_at: first,
        last_nominal_at: last,
        windows,
        reason,
    })
}

/// What one run of an operation is: the kind of task for the kind of asset and the place of the copy; none when Holdfast
/// cannot do that yet.
#[must_use]
pub fn spec_of(
    kind: AssetKind,
    (placement, target): (Placement, &CopyTarget),
    asset_id: AssetId,
    retention: Option<Retention>,
) -> Option<TaskSpec> {
    match (kind, placement) {
        (AssetKind::EbsVolume, Placement::Vault) => Some(TaskSpec::BackupEbs {
            asset_id,
            retention,
        }),
        (AssetKind::EbsVolume, Placement::InAccount) => Some(TaskSpec::SnapshotEbs {
            asset_id,
            retention,
            target: target.clone(),
        }),
        (AssetKind::Ec2Instance, Placement::Vault | Placement::InAccount) => None,
    }
}

/// The key under which tasks of one kind share a limit in one region of a linked account.
#[must_use]
pub fn concurrency_key(asset: &Asset, spec: &TaskSpec) -> String {
    let account = asset.aws_account_id;
    format!("{account}:{}:{}", asset.region, spec.kind().name())
}

/// The key that lets one window of an asset under an operation fire once, over all replicas and for ever.
#[must_use]
pub fn unique_key(operation: PolicyOperationId, asset: AssetId, nominal_at: Timestamp) -> String {
    format!("schedule:{operation}:{asset}:{nominal_at}")
}

/// The key of the run that stands for a window again in another opening; once for each opening.
#[must_use]
pub fn again_key(
    operation: PolicyOperationId,
    asset: AssetId,
    nominal_at: Timestamp,
    run: &RunTime,
) -> String {
    let key = unique_key(operation, asset, nominal_at);
    format!("{key}:again:{}", run.begins_at)
}

/// The key of the alert that a run of an operation did not end inside of its window.
#[must_use]
pub fn window_alert_key(operation: PolicyOperationId, asset: AssetId) -> String {
    format!("window_exceeded/{operation}/{asset}")
}

/// The task of one window; none when there is no kind of task for it.
#[must_use]
pub fn task_of(
    policy: &Policy,
    operation: &PolicyOperation,
    asset: &Asset,
    nominal_at: Timestamp,
    retention: Option<Retention>,
) -> Option<NewTask> {
    let spec = spec_of(
        asset.kind,
        (operation.placement, &operation.target),
        asset.id,
        retention,
    )?;
    let concurrency_key = concurrency_key(asset, &spec);
    Some(NewTask {
        asset_id: Some(asset.id),
        aws_account_id: Some(asset.aws_account_id),
        policy_id: Some(policy.id),
        operation_id: Some(operation.id),
        nominal_at: Some(nominal_at),
        unique_key: Some(unique_key(operation.id, asset.id, nominal_at)),
        concurrency_key: Some(concurrency_key),
        ..NewTask::new(asset.organization_id, spec, Actor::System)
    })
}

#[cfg(test)]
mod tests;
