//! Heals schedules whose next window lies where their grid has none: after a clock ran ahead, or the zones changed.
//!
//! Not for edits of policies (`align.rs`). Invariant: it only ever brings a window closer; whether it has fired before is for the
//! unique key of its task to say.

use async_trait::async_trait;
use domain::OrganizationId;
use domain::PolicyId;
use domain::frequency::next_after_all;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use store::schedules;

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
            for operation in policies.iter().flat_map(|policy| &policy.operations) {
                let now = cx.clock.now();
                let next = next_after_all(&operation.frequencies, &operation.start, now);
                let Some(next) = next else {
                    continue;
                };
                let mut tx = cx.store.begin().await?;
                healed += schedules::system_bring_back(&mut tx, operation.id, now, next).await?;
                tx.commit().await?;
            }
        }
        if healed > 0 {
            tracing::warn!(healed, "schedules were too far ahead and are back in time");
        }
        Ok(healed)
    }
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
