//! The vault lock of an organization.
//!
//! Not for what the stores keep by themselves (`workflows`, decision 0021). Invariant: governance is tighter at once and looser by
//! two people; compliance waits three days and is never loosened; points that are locked stay locked.

use domain::approval::{ApprovalPlan, ApprovalRequest};
use domain::limits::DESCRIPTION_LENGTH_MAX;
use domain::object_lock::{LockSupport, support};
use domain::permission::Permission;
use domain::task::{Actor, NewTask, TaskSpec};
use domain::text::checked_name;
use domain::vault_lock::{
    LockChange, LockMode, LockTerms, PendingLock, VaultLock, change, confirmation,
};
use domain::{Problem, ProblemCode};
use store::recovery_points::life;
use store::{Connection, Tx};

use crate::actions;
use crate::approvals;
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;

/// What came of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// It holds.
    Now(VaultLock),
    /// It waits for a second person.
    Waits(Box<ApprovalRequest>),
    /// It holds later, and can be taken back until then.
    Pending(PendingLock),
}

/// Applies a lock. Tighter terms hold at once, for existing points as well; looser ones wait for a second person.
///
/// A compliance lock takes the words of [`confirmation`] and holds only after a while.
pub async fn apply(
    ctx: &Ctx,
    terms: LockTerms,
    reason: &str,
    confirmed: Option<&str>,
) -> Result<Applied, Error> {
    let action = actions::APPLY_VAULT_LOCK;
    ctx.authorize(action).await?;
    terms.validate()?;
    if terms.mode == LockMode::Compliance {
        return await_compliance(ctx, terms, confirmed).await;
    }
    let mut tx = ctx.begin().await?;
    store::organizations::lock(&tx, ctx.organization()).await?;
    let before = store::vault_locks::lookup(&tx, ctx.organization()).await?;
    match change(before.as_ref().map(|lock| lock.terms), Some(terms)) {
        LockChange::Same | LockChange::Tighter => {}
        LockChange::Looser => {
            let plan = plan_loosening(ctx, &tx, Some(terms)).await?;
            let waits = approvals::request(ctx, tx, action, plan, reason).await?;
            return Ok(Applied::Waits(Box::new(waits)));
        }
        LockChange::Refused => return Err(refused().into()),
    }
    let lock = next(ctx, before.as_ref(), terms);
    store::vault_locks::set(&mut tx, &lock).await?;
    let locked = life::lock_all(&mut tx, ctx.organization(), terms, ctx.now()).await?;
    let summary = serde_json::json!({
        "before": before.map(|lock| lock.terms),
        "after": lock.terms,
        "points": locked,
    });
    audit::success(ctx, &mut tx, action, ctx.organization(), summary).await?;
    tx.commit().await?;
    Ok(Applied::Now(lock))
}

/// Asks for a compliance lock: it holds after a while, until which it can be taken back.
async fn await_compliance(
    ctx: &Ctx,
    terms: LockTerms,
    confirmed: Option<&str>,
) -> Result<Applied, Error> {
    let words = confirmation(terms.minimum_days);
    if confirmed != Some(words.as_str()) {
        let message = format!(
            "A compliance lock is never shortened, loosened or removed, by nobody, once it holds. To ask for it, write \"{words}\"."
        );
        return Err(Problem::invalid("confirmation", message).into());
    }
    let mut tx = ctx.begin().await?;
    store::organizations::lock(&tx, ctx.organization()).await?;
    if let Some(pending) = store::vault_locks::pending(&tx, ctx.organization()).await? {
        let message = format!(
            "A compliance lock of {} days waits until {} already. Take it back first.",
            pending.minimum_days, pending.holds_at
        );
        return Err(Error::precondition("mode", message));
    }
    let before = store::vault_locks::lookup(&tx, ctx.organization()).await?;
    match (
        change(before.as_ref().map(|lock| lock.terms), Some(terms)),
        before,
    ) {
        (LockChange::Tighter, _) => {}
        (LockChange::Same, Some(lock)) => return Ok(Applied::Now(lock)),
        (LockChange::Looser, Some(lock)) => {
            let days = lock.terms.minimum_days;
            let message =
                format!("A compliance lock asks for no less than the lock before it: {days} days.");
            return Err(Problem::invalid("minimumRetentionDays", message).into());
        }
        (LockChange::Same | LockChange::Looser | LockChange::Refused, _) => {
            return Err(refused().into());
        }
    }
    let support = support_of(ctx, &tx).await?;
    if support.strongest != LockMode::Compliance {
        let message = format!(
            "COMPLIANCE takes that every vault stands on a bucket with Object Lock. {}",
            support.missing.join(" ")
        );
        return Err(Error::precondition("mode", message));
    }
    let pending = PendingLock::new(ctx.organization(), terms.minimum_days, ctx.now());
    store::vault_locks::await_compliance(&mut tx, &pending).await?;
    let mut task = NewTask::new(ctx.organization(), TaskSpec::ReconcileVault, Actor::System);
    task.unique_key = Some(format!("vault_lock/{}", pending.holds_at));
    task.run_after = Some(pending.holds_at);
    crate::tasks::enqueue(ctx, &mut tx, task).await?;
    let summary = serde_json::json!({ "after": terms, "holds_at": pending.holds_at });
    let action = actions::APPLY_VAULT_LOCK;
    audit::success(ctx, &mut tx, action, ctx.organization(), summary).await?;
    tx.commit().await?;
    Ok(Applied::Pending(pending))
}

/// Takes back a compliance lock that does not hold yet, and gives it; what held before goes on.
pub async fn withdraw(ctx: &Ctx, reason: &str) -> Result<PendingLock, Error> {
    let action = actions::WITHDRAW_VAULT_LOCK;
    ctx.authorize(action).await?;
    let reason = checked_name("reason", reason, DESCRIPTION_LENGTH_MAX)?;
    let mut tx = ctx.begin().await?;
    store::organizations::lock(&tx, ctx.organization()).await?;
    let pending = store::vault_locks::pending(&tx, ctx.organization()).await?;
    let pending = pending.ok_or_else(|| Error::precondition("", "No compliance lock waits."))?;
    // One that no vault can keep never comes to hold.
    let can_hold = support_of(ctx, &tx).await?.strongest == LockMode::Compliance;
    if can_hold && pending.is_due(ctx.now()) {
        return Err(refused().into());
    }
    store::vault_locks::stop_waiting(&mut tx, &pending).await?;
    let summary = serde_json::json!({
        "minimum_days": pending.minimum_days,
        "holds_at": pending.holds_at,
        "reason": reason,
    });
    audit::success(ctx, &mut tx, action, ctx.organization(), summary).await?;
    tx.commit().await?;
    Ok(pending)
}

async fn support_of(ctx: &Ctx, db: &impl Connection) -> Result<LockSupport, Error> {
    let repositories = store::repositories::list(db, ctx.organization()).await?;
    let known = store::object_locks::list(db, ctx.organization()).await?;
    Ok(support(repositories.len(), &known, ctx.now()))
}

fn next(ctx: &Ctx, before: Option<&VaultLock>, terms: LockTerms) -> VaultLock {
    VaultLock {
        organization_id: ctx.organization(),
        terms,
        version: before.map_or(1, |lock| lock.version.saturating_add(1)),
        locked_at: before.map_or_else(|| ctx.now(), |lock| lock.locked_at),
        updated_at: ctx.now(),
    }
}

fn refused() -> Problem {
    let message = "A compliance lock is never shortened, loosened or removed.";
    Problem::new(ProblemCode::RetentionLocked, "", message)
}

/// Asks for the removal of a governance lock; another person decides. Points that are locked stay so.
pub async fn request_removal(ctx: &Ctx, reason: &str) -> Result<ApprovalRequest, Error> {
    let action = actions::REMOVE_VAULT_LOCK;
    ctx.authorize(action).await?;
    let tx = ctx.begin().await?;
    store::organizations::lock(&tx, ctx.organization()).await?;
    let plan = plan_loosening(ctx, &tx, None).await?;
    approvals::request(ctx, tx, action, plan, reason).await
}

/// What loosening the lock means.
pub(crate) async fn plan_loosening(
    ctx: &Ctx,
    tx: &Tx,
    to: Option<LockTerms>,
) -> Result<ApprovalPlan, Error> {
    let lock = store::vault_locks::lookup(tx, ctx.organization()).await?;
    let lock = lock.ok_or_else(|| Error::precondition("", "There is no vault lock."))?;
    match change(Some(lock.terms), to) {
        LockChange::Looser => Ok(ApprovalPlan::LoosenVaultLock {
            version: lock.version,
            from: lock.terms,
            to,
        }),
        LockChange::Refused => Err(refused().into()),
        LockChange::Same | LockChange::Tighter => {
            let message = "This does not loosen the vault lock any more.";
            Err(Error::precondition("", message))
        }
    }
}

/// Loosens the lock.
pub(crate) async fn loosen(
    ctx: &Ctx,
    tx: &mut Tx,
    version: i32,
    to: Option<LockTerms>,
) -> Result<(), Error> {
    let Some(terms) = to else {
        return Ok(store::vault_locks::remove(tx, ctx.organization(), version).await?);
    };
    let before = store::vault_locks::lookup(tx, ctx.organization()).await?;
    let lock = next(ctx, before.as_ref(), terms);
    Ok(store::vault_locks::set(tx, &lock).await?)
}

/// The compliance lock that the caller's organization waits for.
pub async fn own_pending(ctx: &Ctx) -> Result<Option<PendingLock>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::vault_locks::pending(&ctx.read(), ctx.organization()).await?)
}

/// What the vaults of the caller's organization can promise.
pub async fn own_support(ctx: &Ctx) -> Result<LockSupport, Error> {
    ctx.require(Permission::Read)?;
    support_of(ctx, &ctx.read()).await
}

/// The lock of the caller's organization.
pub async fn own(ctx: &Ctx) -> Result<Option<VaultLock>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::vault_locks::lookup(&ctx.read(), ctx.organization()).await?)
}

#[cfg(test)]
mod tests;
