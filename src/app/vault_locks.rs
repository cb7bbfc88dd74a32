//! The vault lock of an organization.
//!
//! Not for the store of the vault: nothing but this server keeps the lock, so only governance is offered (decision 0017).
//! Invariant: tighter at once, looser by two people, and a compliance lock never; points that are locked stay locked.

use domain::approval::{ApprovalPlan, ApprovalRequest};
use domain::permission::Permission;
use domain::vault_lock::{LockChange, LockMode, LockTerms, VaultLock, change};
use domain::{Problem, ProblemCode};
use store::Tx;
use store::recovery_points::life;

use crate::actions;
use crate::approvals;
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;

/// Points that are read in one go.
const BATCH: u64 = 500;

/// What came of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// It holds.
    Now(VaultLock),
    /// It waits for a second person.
    Waits(Box<ApprovalRequest>),
}

/// Applies a lock. Tighter terms hold at once, for existing points as well; looser ones wait for a second person.
pub async fn apply(ctx: &Ctx, terms: LockTerms, reason: &str) -> Result<Applied, Error> {
    let action = actions::APPLY_VAULT_LOCK;
    ctx.authorize(action).await?;
    terms.validate()?;
    if terms.mode == LockMode::Compliance {
        let message = "COMPLIANCE takes a store that refuses deletes itself, and no store of this version is asked to. \
                       GOVERNANCE keeps recovery points from everything that goes through Holdfast.";
        return Err(Error::precondition("mode", message));
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
    let locked = lock_points(ctx, &mut tx, terms).await?;
    let summary = serde_json::json!({
        "before": before.map(|lock| lock.terms),
        "after": lock.terms,
        "points": locked,
    });
    audit::success(ctx, &mut tx, action, ctx.organization(), summary).await?;
    tx.commit().await?;
    Ok(Applied::Now(lock))
}

/// Extends the lock of every point that there is to what the terms ask for; gives how many it was.
async fn lock_points(ctx: &Ctx, tx: &mut Tx, terms: LockTerms) -> Result<usize, Error> {
    let (mut after, mut count) = (None, 0);
    loop {
        let points = life::lockable_after(tx, ctx.organization(), after, BATCH).await?;
        let Some(last) = points.last() else {
            return Ok(count);
        };
        after = Some(last.id);
        for point in &points {
            let until = terms.until(point.taken_at);
            let changed = point.locked(until, ctx.now());
            if let Some(locked) = changed.filter(|locked| locked != point) {
                life::set_life(tx, point.status, &locked).await?;
                count += 1;
            }
        }
    }
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

/// The lock of the caller's organization.
pub async fn own(ctx: &Ctx) -> Result<Option<VaultLock>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::vault_locks::lookup(&ctx.read(), ctx.organization()).await?)
}
