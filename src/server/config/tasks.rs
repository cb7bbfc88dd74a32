//! Section `[tasks]`.

use schemars::JsonSchema;
use serde::Deserialize;
use tasks::{LEASE_SECONDS_MAX, LEASE_SECONDS_MIN};

use super::Faults;

/// Background work.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TasksConfig {
    /// Tasks that one replica works on at the same time.
    pub workers: u32,
    /// How long a replica that died keeps its tasks, in seconds.
    pub lease_seconds: u32,
    /// Tasks of one kind in one account and region at the same time, over all replicas.
    pub per_region_max: u32,
    /// Blocks of 512 KiB that one backup or restore has in flight.
    pub blocks_in_flight: u32,
    /// How often inventories are read, in minutes.
    pub inventory_minutes: u32,
    /// How often ended points are looked for, in minutes.
    pub expiry_minutes: u32,
    /// How often the vault is compared with the database, in hours.
    pub reconcile_hours: u32,
    /// How often the space of ended points is given back, in hours.
    pub prune_hours: u32,
    /// How long ended tasks, cleared alerts and missed windows can be looked at, in days.
    pub history_days: u32,
    /// How long it can be asked how assets stood, in days.
    pub compliance_days: u32,
    /// Age of the last full compare, in days, at which the next backup compares the whole volume.
    pub full_compare_days: u32,
    /// How long AWS may take for a snapshot or a volume, in minutes.
    pub aws_wait_minutes: u32,
}

impl TasksConfig {
    pub(super) fn validate(&self, faults: &mut Faults) {
        let ranges = [
            ("tasks.workers", self.workers, 1, 256),
            (
                "tasks.lease_seconds",
                self.lease_seconds,
                LEASE_SECONDS_MIN,
                LEASE_SECONDS_MAX,
            ),
            ("tasks.per_region_max", self.per_region_max, 1, 256),
            ("tasks.blocks_in_flight", self.blocks_in_flight, 1, 128),
            ("tasks.inventory_minutes", self.inventory_minutes, 1, 10_080),
            ("tasks.expiry_minutes", self.expiry_minutes, 1, 10_080),
            ("tasks.reconcile_hours", self.reconcile_hours, 1, 720),
            ("tasks.prune_hours", self.prune_hours, 1, 720),
            ("tasks.history_days", self.history_days, 7, 3_650),
            ("tasks.compliance_days", self.compliance_days, 30, 3_650),
            ("tasks.full_compare_days", self.full_compare_days, 1, 365),
            ("tasks.aws_wait_minutes", self.aws_wait_minutes, 1, 10_080),
        ];
        for (key, value, least, most) in ranges {
            faults.check(
                (least..=most).contains(&value),
                key,
                format!("{least} to {most}"),
            );
        }
    }
}
