//! What is asked for from time to time, without anybody asking: inventories, expiry, reconciliation, pruning.
//!
//! Not for doing it: a duty only queues tasks, so that what goes wrong is seen like everything else. Invariant: one task per
//! organization (or region) and period, however often the duty runs: its unique key names the period.

use std::fmt;

use async_trait::async_trait;
use domain::aws_account::{AwsAccount, AwsAccountStatus};
use domain::ids::OrganizationId;
use domain::task::{Actor, NewTask, TaskSpec};
use jiff::{SignedDuration, Timestamp};
use store::{aws_accounts, organizations};
use tasks::duty::{Duty, DutyContext, DutyError};

use crate::sync_inventory;

/// How often each duty comes.
#[derive(Debug, Clone, Copy)]
pub struct DutyPeriods {
    /// Inventories.
    pub inventory: SignedDuration,
    /// Expiry.
    pub expiry: SignedDuration,
    /// Reconciliation.
    pub reconcile: SignedDuration,
    /// Pruning.
    pub prune: SignedDuration,
}

/// Inventories of all regions of all accounts that can be used.
#[derive(Debug)]
pub struct InventoryDuty(pub DutyPeriods);

#[async_trait]
impl Duty for InventoryDuty {
    fn name(&self) -> &'static str {
        "inventory"
    }

    fn period(&self) -> SignedDuration {
        self.0.inventory
    }

    async fn run(&self, cx: &DutyContext) -> Result<(), DutyError> {
        let now = cx.clock.now();
        let accounts = aws_accounts::system_list_connected(&cx.store.read()).await?;
        let mut wanted = Vec::new();
        for account in &accounts {
            for region in &account.regions {
                if region.status != AwsAccountStatus::Disconnected {
                    wanted.push(inventory(
                        account,
                        &region.region,
                        period(now, self.0.inventory),
                    ));
                }
            }
        }
        enqueue(cx, wanted, now).await
    }
}

fn inventory(account: &AwsAccount, region: &str, period: i64) -> NewTask {
    let spec = TaskSpec::SyncInventory {
        aws_account_id: account.id,
        region: region.to_owned(),
    };
    let mut task = NewTask::new(account.organization_id, spec, Actor::System);
    task.aws_account_id = Some(account.id);
    task.unique_key = Some(format!("duty/inventory/{}/{region}/{period}", account.id));
    task.concurrency_key = Some(sync_inventory::concurrency_key(account.id, region));
    task
}

/// A task per organization and period.
pub struct OrganizationDuty {
    name: &'static str,
    every: SignedDuration,
    spec: fn() -> TaskSpec,
}

impl fmt::Debug for OrganizationDuty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrganizationDuty")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl OrganizationDuty {
    /// Looks for points whose end has come.
    #[must_use]
    pub const fn expiry(periods: DutyPeriods) -> Self {
        Self {
            name: "expiry",
            every: periods.expiry,
            spec: || TaskSpec::ExpireRecoveryPoints,
        }
    }

    /// Compares the vault with the database.
    #[must_use]
    pub const fn reconcile(periods: DutyPeriods) -> Self {
        Self {
            name: "reconcile",
            every: periods.reconcile,
            spec: || TaskSpec::ReconcileVault,
        }
    }

    /// Gives back the space of ended points.
    #[must_use]
    pub const fn prune(periods: DutyPeriods) -> Self {
        Self {
            name: "prune",
            every: periods.prune,
            spec: || TaskSpec::PruneVault,
        }
    }

    fn task(&self, organization: OrganizationId, period: i64) -> NewTask {
        let mut task = NewTask::new(organization, (self.spec)(), Actor::System);
        task.unique_key = Some(format!("duty/{}/{period}", self.name));
        task.concurrency_key = Some(format!("{organization}:{}", self.name));
        task
    }
}

#[async_trait]
impl Duty for OrganizationDuty {
    fn name(&self) -> &'static str {
        self.name
    }

    fn period(&self) -> SignedDuration {
        self.every
    }

    async fn run(&self, cx: &DutyContext) -> Result<(), DutyError> {
        let now = cx.clock.now();
        let all = organizations::system_list(&cx.store.read()).await?;
        let period = period(now, self.every);
        let wanted = all
            .into_iter()
            .map(|one| self.task(one.id, period))
            .collect();
        enqueue(cx, wanted, now).await
    }
}

async fn enqueue(cx: &DutyContext, wanted: Vec<NewTask>, now: Timestamp) -> Result<(), DutyError> {
    if wanted.is_empty() || !cx.has_lease() {
        return Ok(());
    }
    let mut tx = cx.store.begin().await?;
    tasks::enqueue_many(&mut tx, wanted, cx.ids.as_ref(), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Number of the period that `now` lies in, from the epoch.
fn period(now: Timestamp, every: SignedDuration) -> i64 {
    now.as_second() / every.as_secs().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_has_one_number_and_the_next_another() {
        let hour = SignedDuration::from_hours(1);
        let at = |text: &str| period(text.parse().unwrap(), hour);
        assert_eq!(at("2026-01-01T10:00:00Z"), at("2026-01-01T10:59:59Z"));
        assert_ne!(at("2026-01-01T10:59:59Z"), at("2026-01-01T11:00:00Z"));
    }
}
