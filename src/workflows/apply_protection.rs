//! Brings all assets of an organization in line with its protection rules.
//!
//! | step    | do                                                                              | undo         |
//! |---------|---------------------------------------------------------------------------------|--------------|
//! | `apply` | go through the assets in the order of their ids, a chunk a transaction, from where the last one came to | forward-only |
//!
//! Not for assets that an inventory has changed: it applies the rules itself. Invariant: how far the present rules are applied is
//! written in the transaction that applies them, so any task, on any replica, goes on from there; a change of the rules meanwhile
//! begins anew, in the same task.

use std::sync::Arc;

use async_trait::async_trait;
use domain::asset::AssetFilter;
use domain::task::TaskKind;
use serde_json::json;
use store::protection_rules;
use tasks::protection::{CHUNK, Rules};
use tasks::{Step, StepContext, TaskError, Workflow};

use crate::patience;

/// The workflow.
pub(crate) struct ApplyProtection;

impl Workflow for ApplyProtection {
    fn kind(&self) -> TaskKind {
        TaskKind::ApplyProtection
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        vec![Arc::new(Apply)]
    }

    /// Two at once would share the work chunk by chunk and each wait for the other.
    fn concurrency_limit(&self) -> Option<u32> {
        Some(1)
    }
}

struct Apply;

#[async_trait]
impl Step for Apply {
    fn name(&self) -> &'static str {
        "apply"
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let all = AssetFilter {
            include_deleted: true,
            ..AssetFilter::default()
        };
        let total = store::assets::count(&cx.store.read(), cx.organization, &all).await?;
        let (mut known, mut seen, mut changed) = (None, 0, 0);
        while let Some(chunk) = apply_chunk(cx, &mut known).await? {
            seen += chunk.seen;
            changed += chunk.changed;
            let done = u64::try_from(seen).unwrap_or(u64::MAX);
            cx.progress(done, total.max(done));
            if chunk.is_last {
                break;
            }
            if cx.is_cancelled() {
                return Err(patience::stopped(cx));
            }
        }
        Ok(json!({ "assets": seen, "changed": changed }))
    }
}

struct Chunk {
    seen: usize,
    changed: usize,
    is_last: bool,
}

/// One transaction's work; none when every asset is as the rules say.
async fn apply_chunk(
    cx: &StepContext,
    known: &mut Option<Rules>,
) -> Result<Option<Chunk>, TaskError> {
    let organization = cx.organization;
    let mut tx = cx.store.begin().await?;
    cx.check_lease()?;
    let state = protection_rules::lock(&mut tx, organization).await?;
    if state.is_applied() {
        tx.rollback().await?;
        return Ok(None);
    }
    let rules = Rules::at(&tx, organization, &state, known).await?;
    let count = u64::from(CHUNK);
    let mut assets = store::assets::lock_next(&tx, organization, state.cursor, count).await?;
    let (ids, now) = (cx.ids.as_ref(), cx.clock.now());
    let changed = rules.settle(&mut tx, &mut assets, ids, now).await?;
    let is_last = assets.len() < usize::from(CHUNK);
    let cursor = assets.last().map(|asset| asset.id).filter(|_| !is_last);
    protection_rules::advance(&mut tx, organization, cursor).await?;
    tx.commit().await?;
    Ok(Some(Chunk {
        seen: assets.len(),
        changed,
        is_last,
    }))
}
