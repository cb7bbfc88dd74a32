//! Backups by hand.
//!
//! Not for those that a schedule fires (`tasks`). Invariant: the same idempotency key never backs an asset up twice.

use domain::asset::Asset;
use domain::copy_target::CopyTarget;
use domain::recovery_point::Placement;
use domain::retention::Retention;
use domain::schedule::{concurrency_key, spec_of};
use domain::task::{NewTask, Task, TaskSpec};
use domain::{Problem, ProblemCode, Problems};
use serde::Serialize;

use crate::actions;
use crate::assignments::{SentIds, check_batch, resolve};
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;
use crate::idempotency::{self, Claimed};
use crate::tasks::queued;

/// A backup by hand of one or more assets.
#[derive(Debug, Clone)]
pub struct NewBackup {
    /// The assets; `None` stands for a malformed id.
    pub asset_ids: Vec<Option<domain::AssetId>>,
    /// Where the copies go.
    pub placement: Placement,
    /// For snapshots in the account: in which region and storage tier.
    pub target: CopyTarget,
    /// How long they are kept; none keeps them until told otherwise.
    pub keep: Option<Retention>,
    /// Makes a repeated request harmless.
    pub idempotency_key: String,
}

#[derive(Serialize)]
struct Fingerprint<'a> {
    assets: Vec<String>,
    placement: Placement,
    keep: Option<&'a Retention>,
    /// Left out where nobody chose one, so that requests from before there was a choice are still recognised.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a CopyTarget>,
}

/// Queues one task per asset, or finds those of the same request sent before.
pub async fn start(ctx: &Ctx, new: NewBackup) -> Result<Vec<Task>, Error> {
    ctx.authorize(actions::START_BACKUP).await?;
    check(&new)?;
    let tx = ctx.begin().await?;
    let assets = resolve(ctx, &tx, sent(&new)).await?;
    let units: Vec<_> = assets.iter().map(|asset| asset.unit_id).collect();
    let mut tx = ctx.authorize_at(tx, actions::START_BACKUP, units).await?;
    let specs = specs_of(&assets, &new)?;
    let fingerprint = Fingerprint {
        assets: assets.iter().map(|asset| asset.id.to_string()).collect(),
        placement: new.placement,
        keep: new.keep.as_ref(),
        target: Some(&new.target).filter(|target| **target != CopyTarget::default()),
    };
    let (action, key) = (actions::START_BACKUP, new.idempotency_key.as_str());
    let claimed = idempotency::claim(ctx, &mut tx, action, key, &fingerprint, assets.len()).await?;
    let key = match claimed {
        Claimed::Repeated(earlier) => return queued(ctx, &tx, &earlier).await,
        Claimed::Fresh(key) => key,
    };
    let mut ids = Vec::with_capacity(assets.len());
    for (index, (asset, spec)) in assets.iter().zip(specs).enumerate() {
        let task = NewTask {
            asset_id: Some(asset.id),
            aws_account_id: Some(asset.aws_account_id),
            concurrency_key: Some(concurrency_key(asset, &spec)),
            ..NewTask::new(ctx.organization(), spec, ctx.actor())
        };
        let task = crate::tasks::enqueue(ctx, &mut tx, task).await?;
        idempotency::bind(ctx, &mut tx, &key, index, task).await?;
        ids.push(task);
    }
    let summary = serde_json::json!({
        "assets": fingerprint.assets,
        "placement": new.placement,
        "keep": new.keep,
        "target": new.target,
    });
    let target = ids.first().map(ToString::to_string).unwrap_or_default();
    audit::success(ctx, &mut tx, action, target, summary).await?;
    let tasks = queued(ctx, &tx, &ids).await?;
    tx.commit().await?;
    Ok(tasks)
}

fn sent(new: &NewBackup) -> &SentIds {
    &new.asset_ids
}

fn check(new: &NewBackup) -> Result<(), Error> {
    check_batch("assetIds", new.asset_ids.len())?;
    let mut problems = Problems::new();
    if let Err(problem) = idempotency::check(&new.idempotency_key) {
        problems.push(problem);
    }
    if let Some(keep) = new.keep {
        problems.nest("keep", keep.validate());
    }
    problems.absorb(new.target.validate(new.placement));
    if let Some(why) = new.target.too_short(new.keep) {
        problems.check(false, "keep", why);
    }
    Ok(problems.into_result()?)
}

fn specs_of(assets: &[Asset], new: &NewBackup) -> Result<Vec<TaskSpec>, Error> {
    let mut problems = Problems::new();
    let mut specs = Vec::new();
    for (index, asset) in assets.iter().enumerate() {
        match spec_of(asset.kind, (new.placement, &new.target), asset.id, new.keep) {
            Some(spec) => specs.push(spec),
            None => problems.push(Problem::new(
                ProblemCode::PreconditionFailed,
                &format!("assetIds.{index}"),
                "Assets of this kind cannot be backed up yet.",
            )),
        }
    }
    problems.into_result()?;
    Ok(specs)
}

#[cfg(test)]
mod tests;
