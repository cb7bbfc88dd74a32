//! Assigns a policy by hand to all assets that match, or takes back what was assigned to them.
//!
//! | step     | do                                                                                    | undo         |
//! |----------|---------------------------------------------------------------------------------------|--------------|
//! | `assign` | go through the matching assets in the order of their ids, a chunk a transaction; leave out those that have it already | forward-only |
//!
//! Not for a batch of ids, which is assigned at once. Invariant: only assets of the units in the task are touched, and none for
//! whose kind the policy has no operation: its owner would believe it protected.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use domain::asset::{Asset, AssetFilter};
use domain::assignment::Assignment;
use domain::policy::Policy;
use domain::scope::Scope;
use domain::task::{TaskKind, TaskSpec};
use domain::{AssetId, AssignmentId, PolicyId};
use serde_json::json;
use store::Tx;
use tasks::protection::{CHUNK, Rules};
use tasks::{Step, StepContext, TaskError, Workflow};

use crate::{patience, rows};

/// The workflow.
pub(crate) struct AssignPolicy;

impl Workflow for AssignPolicy {
    fn kind(&self) -> TaskKind {
        TaskKind::AssignPolicy
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        vec![Arc::new(Assign)]
    }

    /// The later of two wishes about the same assets shall win.
    fn concurrency_limit(&self) -> Option<u32> {
        Some(1)
    }
}

struct Assign;

/// What the task is about.
struct Wish<'a> {
    policy: Option<PolicyId>,
    filter: &'a AssetFilter,
    scope: Scope,
}

/// What became of assets.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    matched: u64,
    changed: u64,
    unfit: u64,
}

#[async_trait]
impl Step for Assign {
    fn name(&self) -> &'static str {
        "assign"
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let TaskSpec::AssignPolicy {
            policy_id,
            filter,
            unit_ids,
        } = cx.spec()
        else {
            return Err(rows::wrong_spec(cx.spec()));
        };
        let scope = match unit_ids {
            None => rows::scope(cx),
            Some(units) => Scope::of_units(cx.organization, units.clone()),
        };
        let reader = cx.store.read();
        let now = cx.clock.now();
        let filter = store::compliance::dated(&reader, cx.organization, filter, now).await?;
        let filter = &*filter;
        let wish = Wish {
            policy: *policy_id,
            filter,
            scope,
        };
        let total = store::assets::count(&cx.store.read(), &wish.scope, filter).await?;
        let (mut known, mut cursor, mut counts) = (None, None, Counts::default());
        loop {
            cursor = assign_chunk(cx, &wish, cursor, (&mut known, &mut counts)).await?;
            cx.progress(counts.matched, total.max(counts.matched));
            if cursor.is_none() {
                break;
            }
            if cx.is_cancelled() {
                return Err(patience::stopped(cx));
            }
        }
        if counts.unfit > 0 {
            cx.warn(format!(
                "{} assets match, but the policy has no operation for their kind; they were left out.",
                counts.unfit
            ));
        }
        Ok(json!({ "matched": counts.matched, "changed": counts.changed, "unfit": counts.unfit }))
    }
}

/// One transaction's work behind `cursor`; where it came to, or none at the end.
async fn assign_chunk(
    cx: &StepContext,
    wish: &Wish<'_>,
    cursor: Option<AssetId>,
    (known, counts): (&mut Option<Rules>, &mut Counts),
) -> Result<Option<AssetId>, TaskError> {
    let organization = cx.organization;
    let mut tx = cx.store.begin().await?;
    cx.check_lease()?;
    let rules = Rules::current(&mut tx, organization, known).await?;
    let policy = match wish.policy {
        None => None,
        Some(id) => {
            let found = store::policies::lock(&tx, organization, id).await?;
            Some(found.ok_or_else(|| rows::gone("policy"))?)
        }
    };
    let page =
        store::assets::lock_matching(&tx, &wish.scope, wish.filter, cursor, u64::from(CHUNK));
    let assets = page.await?;
    let is_last = assets.len() < usize::from(CHUNK);
    let last = assets.last().map(|asset| asset.id).filter(|_| !is_last);
    counts.matched += u64::try_from(assets.len()).unwrap_or(0);
    let mut fit = assets;
    if let Some(policy) = &policy {
        let before = fit.len();
        fit.retain(|asset| policy.protects(asset.kind));
        counts.unfit += u64::try_from(before - fit.len()).unwrap_or(0);
    }
    counts.changed += choose(cx, &mut tx, policy.as_ref(), &fit).await?;
    rules
        .settle(&mut tx, &mut fit, cx.ids.as_ref(), cx.clock.now())
        .await?;
    tx.commit().await?;
    Ok(last)
}

/// Writes the choice for those that have another one; how many.
async fn choose(
    cx: &StepContext,
    tx: &mut Tx,
    policy: Option<&Policy>,
    assets: &[Asset],
) -> Result<u64, TaskError> {
    let ids: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
    let Some(policy) = policy else {
        return Ok(store::assignments::remove(tx, cx.organization, &ids).await?);
    };
    let chosen = store::assignments::of_assets(tx, cx.organization, &ids).await?;
    let chosen: BTreeMap<AssetId, PolicyId> = chosen
        .into_iter()
        .map(|one| (one.asset_id, one.policy_id))
        .collect();
    let others = ids
        .into_iter()
        .filter(|id| chosen.get(id) != Some(&policy.id));
    let new: Vec<Assignment> = others
        .map(|asset_id| Assignment {
            id: AssignmentId::fresh(cx.ids.as_ref()),
            organization_id: cx.organization,
            asset_id,
            policy_id: policy.id,
            created_at: cx.clock.now(),
        })
        .collect();
    store::assignments::set(tx, cx.organization, &new).await?;
    Ok(u64::try_from(new.len()).unwrap_or(0))
}
