//! Backup of an EBS volume into the vault.
//!
//! | step        | do                                                        | undo                               |
//! |-------------|-----------------------------------------------------------|------------------------------------|
//! | `open`      | find or make the repository, bind the asset to it         | forward-only: an empty repository  |
//! | `snapshot`  | take an in-account snapshot, wait until it is complete    | delete it                          |
//! | `plan`      | choose the base of the increment                          | nothing to undo                    |
//! | `copy`      | copy changed blocks into a vault snapshot                 | forget the vault snapshot          |
//! | `read_back` | read back what was added; then the point's row            | forward-only: a good point stays   |
//! | `tidy`      | delete the base snapshot of the point before              | nothing to undo                    |
//!
//! Not for choosing when or what to back up. Invariant: a point gets its row only after it was read back.

use std::sync::Arc;

use domain::AssetId;
use domain::retention::Retention;
use domain::task::{TaskKind, TaskSpec};
use tasks::{Step, StepContext, TaskError, Workflow};

use crate::services::Services;

mod base;
mod blocks;
mod check;
mod copy;
mod open;
mod plan;
mod read_back;
mod snapshot;
pub(crate) mod source;
mod tidy;
mod tokens;

pub(crate) use snapshot::{SnapshotOutput, take_snapshot, undo_snapshot};

/// The workflow.
pub(crate) struct BackupEbs {
    services: Arc<Services>,
}

impl BackupEbs {
    pub(crate) fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

impl Workflow for BackupEbs {
    fn kind(&self) -> TaskKind {
        TaskKind::BackupEbs
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        let services = &self.services;
        vec![
            Arc::new(open::Open(services.clone())),
            Arc::new(snapshot::Snapshot(services.clone())),
            Arc::new(plan::Plan(services.clone())),
            Arc::new(copy::Copy(services.clone())),
            Arc::new(read_back::ReadBack(services.clone())),
            Arc::new(tidy::Tidy(services.clone())),
        ]
    }

    fn concurrency_limit(&self) -> Option<u32> {
        Some(self.services.settings.per_region_max)
    }
}

/// The arguments of the task.
fn arguments(cx: &StepContext) -> Result<(AssetId, Option<Retention>), TaskError> {
    let TaskSpec::BackupEbs {
        asset_id,
        retention,
    } = cx.spec()
    else {
        return Err(crate::rows::wrong_spec(cx.spec()));
    };
    Ok((*asset_id, *retention))
}
