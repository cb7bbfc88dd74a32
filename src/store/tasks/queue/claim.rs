//! Claiming: which queued tasks a worker gets, and under which limits.
//!
//! Not for what happens to them afterwards (`queue`). Invariant: no kind and no concurrency key ever has more tasks at work
//! than its limit, whatever the number of replicas.

use std::collections::{BTreeMap, BTreeSet};

use domain::event::ChangeKind;
use domain::task::{Task, TaskKind, TaskStatus};
use jiff::Timestamp;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, LockBehavior, LockType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde_json::Value as Json;
use uuid::Uuid;

use super::super::{kind_of, tell, to_task};
use crate::Error;
use crate::dialect::IN_LIST_MAX;
use crate::entity::task;
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// Rows looked at for each one wanted, so that keys at their limit do not hide the others.
const WINDOW_FACTOR: u64 = 4;
/// Looks at the queue in one claim: each excludes the keys that the one before it filled.
const LOOKS_MAX: usize = 8;

/// A kind of task that a worker can run, and how many at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimable {
    /// The kind.
    pub kind: TaskKind,
    /// Versions of its workflow that the worker knows.
    pub versions: Vec<u32>,
    /// The version that a task gets with its first attempt.
    pub newest: u32,
    /// Most at once over all workers.
    pub kind_limit: Option<u32>,
    /// Most at once with the same concurrency key, over all workers.
    pub key_limit: Option<u32>,
}

/// What a worker asks of the queue.
#[derive(Debug, Clone)]
pub struct ClaimRequest<'a> {
    /// The worker's name; each start of a server has its own.
    pub owner: &'a str,
    /// What it can run.
    pub claimable: &'a [Claimable],
    /// How many tasks at most.
    pub count: usize,
    /// When the leases end, by the clock of leases ([`Tx::lease_now`]).
    pub until: Timestamp,
    /// The time, by the same clock.
    pub now: Timestamp,
}

/// A task under a lease.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The task; its attempt is the fencing token.
    pub task: Task,
    /// Version of its workflow.
    pub version: u32,
    /// Failures since its last finished step, as the worker counted them.
    pub failures: Json,
    /// Whether a person told it to stop.
    pub is_abort_requested: bool,
}

/// Claims up to `count` tasks, oldest first, none above the limits.
pub async fn system_claim(tx: &mut Tx, request: &ClaimRequest<'_>) -> Result<Vec<Claimed>, Error> {
    let is_limited =
        |claimable: &Claimable| claimable.kind_limit.is_some() || claimable.key_limit.is_some();
    let mut rooms = if request.claimable.iter().any(is_limited) {
        // Two claims that count at the same time would both find room for the last one.
        tx.backend().lock_claims(tx.db()).await?;
        Rooms::count(tx, request.claimable).await?
    } else {
        Rooms::endless(request.claimable)
    };
    let mut chosen: BTreeMap<TaskKind, Vec<Uuid>> = BTreeMap::new();
    let mut missing = request.count;
    for _look in 0..LOOKS_MAX {
        let window = u64::try_from(missing).unwrap_or(u64::MAX);
        let window = window.saturating_mul(WINDOW_FACTOR);
        let taken: BTreeSet<Uuid> = chosen.values().flatten().copied().collect();
        let candidates = candidates(tx, request, &rooms, window).await?;
        let is_whole = u64::try_from(candidates.len()).unwrap_or(u64::MAX) < window;
        let mut progress = false;
        for (id, kind, key) in candidates {
            if missing == 0 || taken.contains(&id) || !rooms.take(kind, key.as_deref()) {
                continue;
            }
            chosen.entry(kind).or_default().push(id);
            missing -= 1;
            progress = true;
        }
        if missing == 0 || is_whole || !progress {
            break;
        }
    }
    let mut claimed = Vec::new();
    for (kind, ids) in chosen {
        claimed.extend(take(tx, request, kind, ids).await?);
    }
    claimed.sort_by_key(|claimed| (claimed.task.created_at, claimed.task.id));
    Ok(claimed)
}

/// Room that is left under the limits.
struct Rooms {
    kinds: BTreeMap<TaskKind, Option<u32>>,
    limits: BTreeMap<TaskKind, u32>,
    keys: BTreeMap<String, u32>,
}

impl Rooms {
    fn endless(claimable: &[Claimable]) -> Self {
        Self {
            kinds: claimable.iter().map(|one| (one.kind, None)).collect(),
            limits: BTreeMap::new(),
            keys: BTreeMap::new(),
        }
    }

    async fn count(tx: &Tx, claimable: &[Claimable]) -> Result<Self, Error> {
        let rows: Vec<(String, Option<String>, i64)> = task::Entity::find()
            .select_only()
            .column(task::Column::Kind)
            .column(task::Column::ConcurrencyKey)
            .expr(Expr::cust("count(*)"))
            .filter(task::Column::LeaseExpiresAt.is_not_null())
            .group_by(task::Column::Kind)
            .group_by(task::Column::ConcurrencyKey)
            .into_tuple()
            .all(tx.db())
            .await?;
        let mut rooms = Self {
            kinds: claimable
                .iter()
                .map(|one| (one.kind, one.kind_limit))
                .collect(),
            limits: claimable
                .iter()
                .filter_map(|one| Some((one.kind, one.key_limit?)))
                .collect(),
            keys: BTreeMap::new(),
        };
        for (kind, key, count) in rows {
            let Some(kind) = TaskKind::from_name(&kind) else {
                continue;
            };
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            if let Some(Some(room)) = rooms.kinds.get_mut(&kind) {
                *room = room.saturating_sub(count);
            }
            if let (Some(key), Some(limit)) = (key, rooms.limits.get(&kind)) {
                let room = rooms.keys.entry(key).or_insert(*limit);
                *room = room.saturating_sub(count);
            }
        }
        Ok(rooms)
    }

    fn take(&mut self, kind: TaskKind, key: Option<&str>) -> bool {
        let kind_room = self.kinds.get_mut(&kind);
        let has_kind_room = match &kind_room {
            Some(Some(room)) => *room > 0,
            Some(None) => true,
            None => false,
        };
        let key_room = match (key, self.limits.get(&kind)) {
            (Some(key), Some(limit)) => Some(self.keys.entry(key.to_owned()).or_insert(*limit)),
            _ => None,
        };
        if !has_kind_room || key_room.as_ref().is_some_and(|room| **room == 0) {
            return false;
        }
        if let Some(Some(room)) = kind_room {
            *room -= 1;
        }
        if let Some(room) = key_room {
            *room -= 1;
        }
        true
    }

    fn full_keys(&self) -> impl Iterator<Item = &str> {
        let full = self.keys.iter().filter(|(_, room)| **room == 0);
        full.map(|(key, _)| key.as_str())
    }

    fn has_room(&self, kind: TaskKind) -> bool {
        self.kinds.get(&kind).is_some_and(|room| *room != Some(0))
    }
}

async fn candidates(
    tx: &Tx,
    request: &ClaimRequest<'_>,
    rooms: &Rooms,
    window: u64,
) -> Result<Vec<(Uuid, TaskKind, Option<String>)>, Error> {
    let mut kinds = Condition::any();
    for one in request
        .claimable
        .iter()
        .filter(|one| rooms.has_room(one.kind))
    {
        let versions = one
            .versions
            .iter()
            .filter_map(|version| i32::try_from(*version).ok());
        let versions: Vec<i32> = versions.chain([0]).collect();
        kinds = kinds.add(
            task::Column::Kind
                .eq(one.kind.name())
                .and(task::Column::WorkflowVersion.is_in(versions)),
        );
    }
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = task::Entity::find()
        .select_only()
        .column(task::Column::Id)
        .column(task::Column::Kind)
        .column(task::Column::ConcurrencyKey)
        .filter(task::Column::FinishedAt.is_null())
        .filter(task::Column::LeaseExpiresAt.is_null())
        .filter(task::Column::RunAfter.lte(Instant(request.now)))
        .filter(has_time_left(request.now))
        .filter(kinds);
    let full: Vec<&str> = rooms.full_keys().take(IN_LIST_MAX).collect();
    if !full.is_empty() {
        found = found.filter(
            Condition::any()
                .add(task::Column::ConcurrencyKey.is_null())
                .add(task::Column::ConcurrencyKey.is_not_in(full)),
        );
    }
    let rows: Vec<(Uuid, String, Option<String>)> = found
        .order_by_asc(task::Column::RunAfter)
        .order_by_asc(task::Column::Id)
        .limit(window)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(tx.db())
        .await?;
    let known = |(id, kind, key): (Uuid, String, Option<String>)| {
        Some((id, TaskKind::from_name(&kind)?, key))
    };
    Ok(rows.into_iter().filter_map(known).collect())
}

/// What is past its deadline is for who closes windows, see `deadlines`.
fn has_time_left(now: Timestamp) -> Condition {
    Condition::any()
        .add(task::Column::DeadlineAt.is_null())
        .add(task::Column::DeadlineAt.gt(Instant(now)))
}

async fn take(
    tx: &mut Tx,
    request: &ClaimRequest<'_>,
    kind: TaskKind,
    ids: Vec<Uuid>,
) -> Result<Vec<Claimed>, Error> {
    let newest = request.claimable.iter().find(|one| one.kind == kind);
    let newest = newest.map_or(1, |one| i32::try_from(one.newest).unwrap_or(i32::MAX));
    let is_aborting = || task::Column::Status.eq(TaskStatus::Aborting.name());
    let status = CaseStatement::new()
        .case(is_aborting(), TaskStatus::Aborting.name())
        .finally(TaskStatus::Running.name());
    // Why it waited is over; why it undoes what it did is not.
    let failure = CaseStatement::new()
        .case(is_aborting(), Expr::col(task::Column::Failure))
        .finally(Expr::cust("NULL"));
    let version = CaseStatement::new()
        .case(task::Column::WorkflowVersion.eq(0), newest)
        .finally(Expr::col(task::Column::WorkflowVersion));
    let started = Expr::col(task::Column::StartedAt).if_null(Expr::val(Instant(request.now)));
    let rows = task::Entity::update_many()
        .col_expr(task::Column::Status, status.into())
        .col_expr(task::Column::Failure, failure.into())
        .col_expr(task::Column::WorkflowVersion, version.into())
        .col_expr(task::Column::StartedAt, started)
        .col_expr(
            task::Column::Attempt,
            Expr::col(task::Column::Attempt).add(1),
        )
        .set(task::ActiveModel {
            lease_owner: Set(Some(request.owner.to_owned())),
            lease_expires_at: Set(Some(Instant(request.until))),
            ..Default::default()
        })
        .filter(task::Column::Id.is_in(ids))
        .filter(task::Column::FinishedAt.is_null())
        .filter(task::Column::LeaseExpiresAt.is_null())
        .exec_with_returning(tx.db())
        .await?;
    let mut claimed = Vec::with_capacity(rows.len());
    for row in rows {
        let one = to_claimed(row)?;
        tell(
            tx,
            one.task.organization_id,
            one.task.id,
            ChangeKind::Updated,
        );
        claimed.push(one);
    }
    Ok(claimed)
}

pub(super) fn to_claimed(row: task::Model) -> Result<Claimed, Error> {
    kind_of(&row)?;
    Ok(Claimed {
        version: u32::try_from(row.workflow_version)
            .map_err(|_negative| Error::inconsistent("tasks", row.id, "workflow_version"))?,
        failures: row.failures.clone(),
        is_abort_requested: row.abort_requested,
        task: to_task(row)?,
    })
}
