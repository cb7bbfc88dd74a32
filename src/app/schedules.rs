//! Schedules follow policies and assignments.
//!
//! Not for firing them (crate `tasks`). Invariant: a schedule begins with the first window after the present moment, so
//! neither an assignment nor an edit ever fires the past.

use domain::AssetId;
use domain::asset::Asset;
use domain::policy::Policy;
use store::Tx;

use crate::context::Ctx;
use crate::error::Error;

/// The asset has got the policy.
pub(crate) async fn assigned(
    ctx: &Ctx,
    tx: &mut Tx,
    policy: &Policy,
    asset: &Asset,
) -> Result<(), Error> {
    let _ = (ctx, tx, policy, asset);
    Ok(())
}

/// The asset has lost its policy.
pub(crate) async fn unassigned(ctx: &Ctx, tx: &mut Tx, asset: AssetId) -> Result<(), Error> {
    let _ = (ctx, tx, asset);
    Ok(())
}

/// The policy was edited, paused or resumed.
pub(crate) async fn policy_changed(ctx: &Ctx, tx: &mut Tx, policy: &Policy) -> Result<(), Error> {
    let _ = (ctx, tx, policy);
    Ok(())
}
