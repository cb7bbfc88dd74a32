//! Heals schedules whose next window lies where their grid has none: after a clock ran ahead, or the zones changed.
//!
//! Not for edits of policies (`align.rs`). Invariant: it only ever brings a window closer; whether it has fired before is for the
//! unique key of its task to say.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::frequency::next_after_all;
use domain::policy::{Policy, PolicyOperation};
use domain::{OrganizationId, PolicyId};
use jiff::SignedDuration;
use store::schedules;

use super::align::resume;
use crate::duty::{Duty, DutyContext, DutyError};

/// The duty that heals schedules; also worth running at start.
#[derive(Debug, Clone, Copy, Default)]
pub struct HealSchedules;

impl HealSchedules {
    /// Brings back the schedules that are too far ahead; how many there were.
    pub async fn heal(&self, cx: &DutyContext) -> Result<u64, store::Error> {
        let mut healed = 0;
        let mut policies: BTreeMap<OrganizationId, Vec<PolicyId>> = BTreeMap::new();
        for (organization, policy) in schedules::system_policies(&cx.store.read()).await? {
            policies.entry(organization).or_default().push(policy);
        }
        for (organization, ids) in policies {
            let reader = cx.store.read();
            let policies = store::policies::lookup_many(&reader, organization, &ids).await?;
            for policy in policies.iter().filter(|policy| policy.is_active) {
                for operation in &policy.operations {
                    healed += heal_one(cx, policy, operation).await?;
                }
            }
        }
        if healed > 0 {
            tracing::warn!(
                healed,
                "schedules were too far ahead or parked and are back in time"
            );
        }
        Ok(healed)
    }
}

async fn heal_one(
    cx: &DutyContext,
    policy: &Policy,
    operation: &PolicyOperation,
) -> Result<u64, store::Error> {
    let mut healed = 0;
    let mut tx = cx.store.begin().await?;
    let now = tx.lease_now().await?;
    if let Some(next) = next_after_all(&operation.frequencies, &operation.start, now) {
        healed += schedules::system_bring_back(&mut tx, operation.id, now, next).await?;
    }
    // Assets that were gone and are there again. A policy paused this very moment is parked again by the scheduler.
    let resumed = resume(&mut tx, policy, operation, &*cx.ids, now).await?;
    tx.commit().await?;
    Ok(healed + u64::try_from(resumed).unwrap_or(0))
}

#[async_trait]
impl Duty for HealSchedules {
    fn name(&self) -> &'static str {
        "heal_schedules"
    }

    fn period(&self) -> SignedDuration {
        SignedDuration::from_mins(10)
    }

    async fn run(&self, cx: &DutyContext) -> Result<(), DutyError> {
        self.heal(cx).await?;
        Ok(())
    }
}
