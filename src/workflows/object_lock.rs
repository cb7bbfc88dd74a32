//! The store's part of a compliance lock: everything that a locked point needs is kept by the store itself.
//!
//! Not for the calls (`vault`, `aws`) nor for how long (`domain::object_lock`). Invariant: what is said to be covered is; a point
//! becomes available only after it is covered by the lock that its row gets.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::alert::{AlertKind, NewAlert};
use domain::audit::{AuditEvent, Interface, Outcome};
use domain::ids::{AlertId, AuditEventId, RepositoryId};
use domain::object_lock::{ObjectLock, covered_until, is_covered, is_settled, keep_until, support};
use domain::recovery_point::{RecoveryPoint, RecoveryPointStatus};
use domain::repository::VaultRepository;
use domain::task::Actor;
use domain::vault_head::alert_key;
use domain::vault_lock::{LockMode, LockTerms, PendingLock, VaultLock};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use serde_json::json;
use store::recovery_points::life;
use store::{Tx, alerts, legal_holds, object_locks, organizations, repositories, vault_locks};
use tasks::{StepContext, TaskError};
use tokio::runtime::Handle;
use vault::{
    FenceError, Keep, ObjectStore, Repository, SnapshotId, VaultError, probe_lock, uncover,
};

use crate::vaults::blocking;
use crate::{failure, patience, rows};

/// How long an answer of the database about the lock is trusted by [`keep`].
const TRUST: SignedDuration = SignedDuration::from_secs(5);
/// What the audit log calls a compliance lock that begins to hold.
const HOLDS: &str = "vault_lock_holds";
/// What the audit log calls it when objects that somebody hid are brought back.
const BROUGHT_BACK: &str = "vault_objects_brought_back";
/// Keys of objects that an alert and the audit log name: more than fit on a page.
const KEYS_MAX: usize = 20;

/// The compliance lock of the task's organization, if one holds.
pub(crate) async fn compliance(cx: &StepContext) -> Result<Option<VaultLock>, TaskError> {
    let lock = vault_locks::lookup(&cx.store.read(), cx.organization).await?;
    Ok(lock.filter(is_compliance))
}

fn is_compliance(lock: &VaultLock) -> bool {
    lock.terms.mode == LockMode::Compliance
}

/// The later of the two clocks: what must be kept is kept too long rather than too short.
async fn latest(cx: &StepContext) -> Result<Timestamp, TaskError> {
    Ok(rows::database_now(cx).await?.max(cx.clock.now()))
}

/// The earlier of the two clocks: nothing begins too early.
async fn earliest(cx: &StepContext) -> Result<Timestamp, TaskError> {
    Ok(rows::database_now(cx).await?.min(cx.clock.now()))
}

/// What [`keep`] knows of the lock.
#[derive(Clone, Copy)]
struct Known {
    asked_at: Timestamp,
    /// How much later it is by the database than by this server.
    ahead: SignedDuration,
    terms: Option<LockTerms>,
}

/// Tells the vault until when the store must keep what the step writes. Every writer of a repository must go by it, or what
/// [`cover`] writes down is not true.
pub(crate) fn keep(cx: &StepContext) -> Keep {
    let cx = cx.clone();
    let runtime = Handle::current();
    let known: Mutex<Option<Known>> = Mutex::new(None);
    Arc::new(move || {
        let now = cx.clock.now();
        let mut known = known.lock();
        let fresh = known.filter(|known| now.duration_since(known.asked_at).abs() < TRUST);
        let answer = if let Some(fresh) = fresh {
            fresh
        } else {
            let asked = runtime.block_on(ask(&cx, now));
            let asked = asked.map_err(|error| FenceError::new(error.message))?;
            *known = Some(asked);
            asked
        };
        let now = now.checked_add(answer.ahead).unwrap_or(now);
        Ok(answer.terms.map(|terms| keep_until(terms, now)))
    })
}

async fn ask(cx: &StepContext, now: Timestamp) -> Result<Known, TaskError> {
    Ok(Known {
        asked_at: now,
        ahead: latest(cx)
            .await?
            .duration_since(now)
            .max(SignedDuration::ZERO),
        terms: compliance(cx).await?.map(|lock| lock.terms),
    })
}

/// Tries out what the store of the repository keeps by itself, and writes it down.
pub(crate) async fn probe(
    cx: &StepContext,
    store: Arc<dyn ObjectStore>,
    id: RepositoryId,
) -> Result<(), TaskError> {
    let now = latest(cx).await?;
    let report = blocking(move || Ok(probe_lock(store.as_ref(), now)?)).await;
    let report = report.map_err(|error| failure::vault(&error))?;
    let mut tx = cx.store.begin().await?;
    object_locks::probed(&mut tx, cx.organization, id, &report.missing).await?;
    tx.commit().await?;
    Ok(())
}

/// Has the store keep everything that a point of `taken_at` in the repository needs, for as long as the lock asks; gives the terms
/// that it is kept by, none without a compliance lock. Asks the store nothing when it is known to keep everything for long enough.
pub(crate) async fn cover(
    cx: &StepContext,
    repository: &Repository,
    id: RepositoryId,
    taken_at: Timestamp,
) -> Result<Option<LockTerms>, TaskError> {
    let Some(lock) = compliance(cx).await? else {
        return Ok(None);
    };
    if !is_known(cx, id).await? {
        probe(cx, repository.store().clone(), id).await?;
    }
    let known = find(cx, id).await?;
    let known = known.ok_or_else(|| rows::gone("repository"))?;
    let needed = lock.terms.until(taken_at);
    if known.covers(needed) {
        return Ok(Some(lock.terms));
    }
    let now = latest(cx).await?;
    let until = keep_until(lock.terms, now).max(needed);
    cx.check_lease()?;
    let extended = repository.clone();
    let count = patience::watched(cx, move |progress| extended.extend_all(until, progress)).await?;
    tracing::info!(repository = %id, count, %until, "the store keeps the repository");
    if is_settled(&lock, now) {
        let covered = (known.epoch, covered_until(lock.terms, now));
        let mut tx = cx.store.begin().await?;
        object_locks::cover(&mut tx, cx.organization, id, covered).await?;
        tx.commit().await?;
    }
    Ok(Some(lock.terms))
}

/// Whether the store was seen to keep objects by itself.
pub(crate) async fn keeps(cx: &StepContext, id: RepositoryId) -> Result<bool, TaskError> {
    Ok(find(cx, id)
        .await?
        .is_some_and(|known| known.missing.is_empty()))
}

/// Whether the store was ever tried.
pub(crate) async fn is_known(cx: &StepContext, id: RepositoryId) -> Result<bool, TaskError> {
    Ok(find(cx, id).await?.is_some())
}

async fn find(cx: &StepContext, id: RepositoryId) -> Result<Option<ObjectLock>, TaskError> {
    Ok(object_locks::lookup(&cx.store.read(), cx.organization, id).await?)
}

/// Refuses, in the transaction that makes a point, when the lock that its row gets is another one than it was covered by.
pub(crate) async fn still_covered(
    tx: &Tx,
    cx: &StepContext,
    covered: Option<LockTerms>,
) -> Result<(), TaskError> {
    let lock = vault_locks::lookup(tx, cx.organization).await?;
    let asked = lock.filter(is_compliance).map(|lock| lock.terms);
    if is_covered(asked, covered) {
        return Ok(());
    }
    let text = "The vault lock has changed meanwhile; what it asks for comes first.";
    Err(TaskError::retry("VAULT_LOCK_CHANGED", text))
}

/// Forgets what is covered: packs are needed again that were not extended. For the vault's blocking threads.
pub(crate) fn forget_cover(
    cx: &StepContext,
    id: RepositoryId,
) -> impl Fn() -> Result<(), FenceError> + Send + 'static {
    let cx = cx.clone();
    let runtime = Handle::current();
    move || {
        let forget = async {
            let mut tx = cx.store.begin().await?;
            object_locks::forget_cover(&mut tx, cx.organization, id).await?;
            tx.commit().await?;
            Ok::<(), store::Error>(())
        };
        let done = runtime.block_on(forget);
        done.map_err(|error| FenceError::new(error.to_string()))
    }
}

/// Lets a compliance lock hold whose time to be taken back is over, when every vault can keep it.
pub(crate) async fn settle(cx: &StepContext) -> Result<(), TaskError> {
    let now = earliest(cx).await?;
    let pending = vault_locks::pending(&cx.store.read(), cx.organization).await?;
    let Some(pending) = pending.filter(|pending| pending.is_due(now)) else {
        return Ok(());
    };
    let mut tx = cx.store.begin().await?;
    organizations::lock(&tx, cx.organization).await?;
    if vault_locks::pending(&tx, cx.organization).await?.as_ref() != Some(&pending) {
        return Ok(());
    }
    let count = repositories::list(&tx, cx.organization).await?.len();
    let known = object_locks::list(&tx, cx.organization).await?;
    let support = support(count, &known, now);
    if support.strongest != LockMode::Compliance {
        cx.warn(format!(
            "The compliance lock does not hold yet. {}",
            support.missing.join(" ")
        ));
        return Ok(());
    }
    cx.check_lease()?;
    hold(cx, &mut tx, &pending, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn hold(
    cx: &StepContext,
    tx: &mut Tx,
    pending: &PendingLock,
    now: Timestamp,
) -> Result<(), TaskError> {
    let before = vault_locks::lookup(tx, cx.organization).await?;
    let terms = pending.terms(before.as_ref().map(|lock| lock.terms));
    let lock = VaultLock {
        organization_id: cx.organization,
        terms,
        version: before
            .as_ref()
            .map_or(1, |lock| lock.version.saturating_add(1)),
        locked_at: before.as_ref().map_or(now, |lock| lock.locked_at),
        // Writers take notice from now on, by whichever clock they go.
        updated_at: now.max(cx.clock.now()),
    };
    vault_locks::set(tx, &lock).await?;
    vault_locks::stop_waiting(tx, pending).await?;
    let points = life::lock_all(tx, cx.organization, terms, now).await?;
    let summary = json!({
        "before": before.map(|lock| lock.terms),
        "after": terms,
        "requested_at": pending.requested_at,
        "points": points,
    });
    record(cx, tx, HOLDS, summary).await
}

/// Gives the points what the lock asks for whose rows were written while it began to hold.
pub(crate) async fn relock(cx: &StepContext, points: &[RecoveryPoint]) -> Result<(), TaskError> {
    let Some(lock) = compliance(cx).await? else {
        return Ok(());
    };
    let now = earliest(cx).await?;
    let short: Vec<_> = points
        .iter()
        .filter(|point| is_needed(point))
        .filter(|point| point.life.locked_until < Some(lock.terms.until(point.taken_at)))
        .map(|point| point.id)
        .collect();
    if short.is_empty() {
        return Ok(());
    }
    let mut tx = cx.store.begin().await?;
    organizations::lock(&tx, cx.organization).await?;
    for point in life::lock_many(&tx, cx.organization, &short).await? {
        let locked = point.locked(lock.terms.until(point.taken_at), now);
        if let Some(locked) = locked.filter(|_| point.life.removal_began_at.is_none()) {
            life::set_life(&mut tx, point.status, &locked).await?;
        }
    }
    cx.check_lease()?;
    tx.commit().await?;
    Ok(())
}

/// The time of the newest point that the store must keep; now when a legal hold keeps one, so that it is kept on and on.
pub(crate) async fn newest_needed(
    cx: &StepContext,
    points: &[RecoveryPoint],
) -> Result<Option<Timestamp>, TaskError> {
    let living: Vec<&RecoveryPoint> = points.iter().filter(|point| is_needed(point)).collect();
    let ids: Vec<_> = living.iter().map(|point| point.id).collect();
    let held = legal_holds::held_among(&cx.store.read(), cx.organization, &ids).await?;
    if !held.is_empty() {
        return Ok(Some(latest(cx).await?));
    }
    Ok(living.iter().map(|point| point.taken_at).max())
}

/// Whether the snapshot of the point must be in the vault; also of one that is lost, which may be found again.
fn is_needed(point: &RecoveryPoint) -> bool {
    match point.status {
        RecoveryPointStatus::Creating
        | RecoveryPointStatus::Available
        | RecoveryPointStatus::Damaged
        | RecoveryPointStatus::Lost => true,
        RecoveryPointStatus::Expiring => point.life.removal_began_at.is_none(),
        RecoveryPointStatus::Expired | RecoveryPointStatus::Failed => false,
    }
}

/// Brings back what somebody hid in the store of the repository although it is kept there: what opens the repository, packs, and
/// the snapshots of the points.
pub(crate) async fn bring_back(
    cx: &StepContext,
    store: Arc<dyn ObjectStore>,
    points: &[RecoveryPoint],
) -> Result<Vec<String>, TaskError> {
    let snapshots = points.iter().filter(|point| is_needed(point));
    let snapshots = snapshots.filter_map(|point| point.snapshot_id.as_deref());
    let known: BTreeSet<SnapshotId> = snapshots.filter_map(|id| id.parse().ok()).collect();
    let now = earliest(cx).await?;
    cx.check_lease()?;
    let back = blocking(move || uncover(store.as_ref(), &known, now)).await;
    back.map_err(|error| failure::vault(&error))
}

/// The same for index files, of a repository that opens again.
pub(crate) async fn bring_indexes_back(
    cx: &StepContext,
    repository: &Repository,
) -> Result<Vec<String>, TaskError> {
    if repository.store().object_lock().is_none() {
        return Ok(Vec::new());
    }
    let now = earliest(cx).await?;
    let repository = repository.clone();
    cx.check_lease()?;
    let back = blocking(move || repository.uncover_indexes(now)).await;
    back.map_err(|error: VaultError| failure::vault(&error))
}

/// Says that somebody was at the store: an alert and a record. Without keys, the alert of an earlier run is over.
pub(crate) async fn tell(
    cx: &StepContext,
    row: &VaultRepository,
    keys: &[String],
) -> Result<(), TaskError> {
    let alert_key = alert_key("objects", row.id);
    let mut tx = cx.store.begin().await?;
    if keys.is_empty() {
        alerts::clear(&mut tx, cx.organization, &alert_key).await?;
        tx.commit().await?;
        return Ok(());
    }
    let some: Vec<&String> = keys.iter().take(KEYS_MAX).collect();
    let text = format!(
        "{} objects of the repository {} were deleted or overwritten by somebody else. The store had kept them, and they were brought \
         back. Find out who can write to the vault, and take that away.",
        keys.len(),
        row.id
    );
    let id = AlertId::fresh(cx.ids.as_ref());
    let kind = AlertKind::VaultTampered;
    let mut alert = NewAlert::new(id, cx.organization, kind, alert_key, &text);
    alert.subject.task_id = Some(cx.task.id);
    let evidence = json!({ "repository": row.id, "objects": keys.len(), "some": some });
    alert.evidence = evidence.clone();
    alerts::raise(&mut tx, &alert).await?;
    record(cx, &mut tx, BROUGHT_BACK, evidence).await?;
    tx.commit().await?;
    cx.warn(text);
    Ok(())
}

async fn record(
    cx: &StepContext,
    tx: &mut Tx,
    action: &str,
    summary: serde_json::Value,
) -> Result<(), TaskError> {
    let event = AuditEvent {
        id: AuditEventId::fresh(cx.ids.as_ref()),
        organization_id: cx.organization,
        occurred_at: cx.clock.now(),
        actor: Actor::System,
        interface: Interface::System,
        action: action.to_owned(),
        target: Some(cx.organization.to_string()),
        outcome: Outcome::Success,
        summary,
        address: None,
        request_id: cx.task.id.to_string(),
    };
    Ok(store::audit::record(tx, &event).await?)
}
