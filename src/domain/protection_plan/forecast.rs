//! What policies would do to assets: runs, points, storage and cost.
//!
//! Not for what a schedule fires (`frequency.rs` decides that, and is asked here). Invariant: everything is linear in the number and
//! the size of assets, so a fleet costs no more to forecast than one asset.
//!
//! The model, so that nobody has to guess what a number means:
//! - A run is a nominal time of the grid; several frequencies that are due together make one run and one point.
//! - The first point of an asset stores the part of it that is used, after compression. Each further point that a frequency keeps
//!   stores what changes in one of its intervals, and never more than a first point. Points that serve two frequencies are counted
//!   for both, so the estimate errs on the side of too much.
//! - How much of an asset is used and how much of it changes a day are measured from the organization's own points of that kind
//!   ([`Habits::measure`]); where there are none, assumptions are taken.
//! - What goes into the archive tier is a whole copy each time. What goes into another region is counted there, with the part that
//!   is used once more beside the asset, where the newest snapshot stays; what changes travels between the regions, and everything
//!   does when it is archived there. Whether the asset lies in that region anyway is not asked: the estimate errs on the side of too
//!   much.
//! - Storage in AWS is priced by the prices below, at the state that a policy reaches when it has run for a whole retention.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::asset::AssetKind;
use crate::copy_target::StorageTier;
use crate::frequency::{Frequency, Interval, StartTime};
use crate::ids::AssetId;
use crate::policy::{Policy, PolicyOperation};
use crate::recovery_point::{Placement, RecoveryPoint};
use crate::retention::{Retention, RetentionUnit};

/// How far the forecast looks back, in days.
pub const LOOK_BACK_DAYS: i64 = 30;

/// S3 Standard, first 50 TB, us-east-1, in millionths of a USD per GB and month (aws.amazon.com/s3/pricing, 2025).
const VAULT_MICRO_USD_PER_GB_MONTH: u64 = 23_000;
/// EBS snapshots, standard tier, us-east-1, in millionths of a USD per GB and month (aws.amazon.com/ebs/pricing, 2025). A copy in
/// the vault has one such snapshot beside it: the base of its next increment.
const SNAPSHOT_MICRO_USD_PER_GB_MONTH: u64 = 50_000;
/// EBS snapshots, archive tier, us-east-1, in millionths of a USD per GB and month (aws.amazon.com/ebs/pricing, 2025).
const ARCHIVE_MICRO_USD_PER_GB_MONTH: u64 = 12_500;
/// Data from us-east-1 to another region, in millionths of a USD per GB (aws.amazon.com/ec2/pricing/on-demand, 2025).
const TRANSFER_MICRO_USD_PER_GB: u64 = 20_000;
/// `GetSnapshotBlock` of the EBS direct APIs, us-east-1, in millionths of a USD per block (aws.amazon.com/ebs/pricing, 2025).
const READ_MICRO_USD_PER_BLOCK: u64 = 3;

/// Part of an asset that is taken to be used and to remain after compression while nothing is measured: half.
const USED_PPM_ASSUMED: u64 = 500_000;
/// Part of the used bytes that is taken to change a day while nothing is measured: 2 %, as in the benchmarks of increments.
const DAILY_CHANGE_PPM_ASSUMED: u64 = 20_000;

/// One whole, in parts per million.
const WHOLE_PPM: u64 = 1_000_000;
/// Bytes of a GB of the price list.
const BYTES_PER_GB: u64 = 1_073_741_824;
const MINUTES_PER_HOUR: u64 = 60;
const MINUTES_PER_DAY: u64 = 1_440;
/// A twelfth of a Gregorian year (365.2425 days), in minutes.
const MINUTES_PER_MONTH: u64 = 43_829;
const SECONDS_PER_DAY: u64 = 86_400;
/// Fewer points than this say nothing about a fleet.
const MEASURED_POINTS_MIN: usize = 5;

/// What one policy does to one asset of a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rhythm {
    /// Runs of the last [`LOOK_BACK_DAYS`].
    pub runs: u64,
    /// Points of those runs whose retention would not be over now.
    pub kept: u64,
}

impl Rhythm {
    /// What the policy would have done to one asset of `kind` in the days before `now`. A paused policy does nothing.
    #[must_use]
    pub fn of(policy: &Policy, kind: AssetKind, now: Timestamp) -> Self {
        let mut rhythm = Self::default();
        if !policy.is_active {
            return rhythm;
        }
        let hours = SignedDuration::from_hours(LOOK_BACK_DAYS * 24);
        let Ok(from) = now.saturating_sub(hours) else {
            return rhythm;
        };
        for operation in operations_of(policy, kind) {
            let runs = nominal_times(&operation.frequencies, &operation.start, from, now);
            rhythm.runs += u64::try_from(runs.len()).unwrap_or(u64::MAX);
            let kept = runs.values().filter(|end| **end > now).count();
            rhythm.kept += u64::try_from(kept).unwrap_or(u64::MAX);
        }
        rhythm
    }
}

/// The nominal times after `from` and up to `to`, each with the end of the point that it would make.
fn nominal_times(
    frequencies: &[Frequency],
    start: &StartTime,
    from: Timestamp,
    to: Timestamp,
) -> BTreeMap<Timestamp, Timestamp> {
    let mut times: BTreeMap<Timestamp, Timestamp> = BTreeMap::new();
    for frequency in frequencies {
        let mut at = from;
        while let Some(next) = frequency.every.next_after(start, at) {
            if next > to {
                break;
            }
            let end = frequency.keep.end(next);
            times
                .entry(next)
                .and_modify(|known| *known = end.max(*known))
                .or_insert(end);
            at = next;
        }
    }
    times
}

/// How much of the assets of a kind is used, and how much of that changes a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habits {
    /// Stored part of a whole asset, in parts per million.
    pub used_ppm: u64,
    /// Changed part of what is used, a day, in parts per million.
    pub daily_change_ppm: u64,
    /// Whether both were measured; else at least one is an assumption.
    pub is_measured: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            used_ppm: USED_PPM_ASSUMED,
            daily_change_ppm: DAILY_CHANGE_PPM_ASSUMED,
            is_measured: false,
        }
    }
}

impl Habits {
    /// From points of one kind of asset and one placement that has counted what points add.
    #[must_use]
    pub fn measure<'a>(points: impl IntoIterator<Item = &'a RecoveryPoint>) -> Self {
        let mut by_asset: BTreeMap<AssetId, Vec<&RecoveryPoint>> = BTreeMap::new();
        for point in points {
            by_asset.entry(point.asset_id).or_default().push(point);
        }
        let mut full = Ratio::default();
        let mut change = Ratio::default();
        for points in by_asset.values_mut() {
            points.sort_by_key(|point| point.taken_at);
            for point in points.iter().filter(|point| point.is_full) {
                full.add(point.added_bytes, point.size_bytes);
            }
            for pair in points.windows(2) {
                let [earlier, later] = pair else { continue };
                let gap = later.taken_at.duration_since(earlier.taken_at).as_secs();
                let gap = u64::try_from(gap).unwrap_or(0);
                if !later.is_full && gap > 0 {
                    // Bytes a day, and the size that they are a part of.
                    let a_day = scaled(later.added_bytes, SECONDS_PER_DAY, gap);
                    change.add(a_day, later.size_bytes);
                }
            }
        }
        let assumed = Self::default();
        let used_ppm = full.ppm().unwrap_or(assumed.used_ppm).max(1);
        // The change is a part of the size; here it becomes a part of what is used.
        let of_used = change.ppm().map(|ppm| scaled(ppm, WHOLE_PPM, used_ppm));
        Self {
            used_ppm,
            daily_change_ppm: of_used.unwrap_or(assumed.daily_change_ppm),
            is_measured: full.ppm().is_some() && of_used.is_some(),
        }
    }
}

/// A ratio of sums, and of how many points it is.
#[derive(Default)]
struct Ratio {
    part: u128,
    whole: u128,
    count: usize,
}

impl Ratio {
    fn add(&mut self, part: u64, whole: u64) {
        self.part += u128::from(part);
        self.whole += u128::from(whole);
        self.count += 1;
    }

    fn ppm(&self) -> Option<u64> {
        if self.count < MEASURED_POINTS_MIN || self.whole == 0 {
            return None;
        }
        let ppm = self.part * u128::from(WHOLE_PPM) / self.whole;
        Some(u64::try_from(ppm).unwrap_or(u64::MAX).min(WHOLE_PPM))
    }
}

/// `value * factor / divisor`, without overflow in between.
fn scaled(value: u64, factor: u64, divisor: u64) -> u64 {
    let exact = u128::from(value) * u128::from(factor) / u128::from(divisor.max(1));
    u64::try_from(exact).unwrap_or(u64::MAX)
}

/// How many assets, and how large they are together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Herd {
    /// How many.
    pub count: u64,
    /// Their sizes together, in bytes.
    pub size_bytes: u64,
}

/// What policies do to many assets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forecast {
    /// Runs of the last [`LOOK_BACK_DAYS`].
    pub runs: u64,
    /// Points of those runs that would be kept now.
    pub kept: u64,
    /// Bytes in the vault when the policies have run for a whole retention.
    pub vault_bytes: u64,
    /// Bytes of snapshots in the accounts of the assets, then.
    pub snapshot_bytes: u64,
    /// What storage and reading cost a month, then, in millionths of a USD.
    pub micro_usd_per_month: u64,
}

impl Forecast {
    /// Adds another forecast.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.runs = self.runs.saturating_add(other.runs);
        self.kept = self.kept.saturating_add(other.kept);
        self.vault_bytes = self.vault_bytes.saturating_add(other.vault_bytes);
        self.snapshot_bytes = self.snapshot_bytes.saturating_add(other.snapshot_bytes);
        self.micro_usd_per_month = self
            .micro_usd_per_month
            .saturating_add(other.micro_usd_per_month);
    }

    /// Adds what `policy` does to a herd of assets of one kind.
    pub fn add(
        &mut self,
        policy: &Policy,
        (kind, herd): (AssetKind, Herd),
        rhythm: Rhythm,
        habits: &Habits,
    ) {
        self.runs = self
            .runs
            .saturating_add(rhythm.runs.saturating_mul(herd.count));
        self.kept = self
            .kept
            .saturating_add(rhythm.kept.saturating_mul(herd.count));
        if !policy.is_active || herd.count == 0 {
            return;
        }
        let used = part_of(herd.size_bytes, habits.used_ppm);
        for operation in operations_of(policy, kind) {
            self.add_operation(operation, used, habits);
        }
    }

    fn add_operation(&mut self, operation: &PolicyOperation, used: u64, habits: &Habits) {
        let stored = stored_bytes(&operation.frequencies, used, habits);
        if stored == 0 {
            return;
        }
        let read = read_bytes_a_month(&operation.frequencies, used, habits);
        let parts = match operation.placement {
            Placement::Vault => Parts {
                vault: stored,
                snapshots: used,
                blocks: read / crate::limits::EBS_BLOCK_BYTES,
                ..Parts::default()
            },
            Placement::InAccount => in_account(operation, used, (stored, read)),
        };
        let snapshots = parts.snapshots.saturating_add(parts.archived);
        self.vault_bytes = self.vault_bytes.saturating_add(parts.vault);
        self.snapshot_bytes = self.snapshot_bytes.saturating_add(snapshots);
        let at = |bytes, micro_usd| scaled(bytes, micro_usd, BYTES_PER_GB);
        let cost = [
            at(parts.vault, VAULT_MICRO_USD_PER_GB_MONTH),
            at(parts.snapshots, SNAPSHOT_MICRO_USD_PER_GB_MONTH),
            at(parts.archived, ARCHIVE_MICRO_USD_PER_GB_MONTH),
            at(parts.sent, TRANSFER_MICRO_USD_PER_GB),
            parts.blocks.saturating_mul(READ_MICRO_USD_PER_BLOCK),
        ];
        for part in cost {
            self.micro_usd_per_month = self.micro_usd_per_month.saturating_add(part);
        }
    }
}

/// What an operation is billed for.
#[derive(Debug, Default)]
struct Parts {
    /// Bytes in the vault.
    vault: u64,
    /// Bytes of snapshots in the standard tier.
    snapshots: u64,
    /// Bytes of snapshots in the archive tier.
    archived: u64,
    /// Bytes that go to another region in a month.
    sent: u64,
    /// Blocks that are read in a month.
    blocks: u64,
}

/// What snapshots in the account are billed for; `stored` and `read` as if they were increments beside the asset.
fn in_account(operation: &PolicyOperation, used: u64, (stored, read): (u64, u64)) -> Parts {
    let target = &operation.target;
    let (snapshots, archived, sent) = match target.tier {
        StorageTier::Standard => (stored, 0, read),
        StorageTier::Archive => {
            let (kept, a_month) = points_of(&operation.frequencies);
            let copied = scaled(used, a_month, WHOLE_PPM);
            (0, used.saturating_mul(kept), copied)
        }
    };
    if target.region.is_none() {
        return Parts {
            snapshots,
            archived,
            ..Parts::default()
        };
    }
    Parts {
        snapshots: snapshots.saturating_add(used),
        archived,
        sent,
        ..Parts::default()
    }
}

/// Points that these frequencies keep together, and runs of the quickest of them in a month, in parts per million.
fn points_of(frequencies: &[Frequency]) -> (u64, u64) {
    let mut kept = 0_u64;
    let mut shortest: Option<u64> = None;
    for frequency in frequencies {
        if let Some(interval) = minutes_between(&frequency.every) {
            kept = kept.saturating_add(minutes_of(frequency.keep).div_ceil(interval).max(1));
            shortest = Some(shortest.map_or(interval, |least| least.min(interval)));
        }
    }
    let a_month = shortest.map_or(0, |interval| scaled(MINUTES_PER_MONTH, WHOLE_PPM, interval));
    (kept, a_month)
}

fn operations_of(policy: &Policy, kind: AssetKind) -> impl Iterator<Item = &PolicyOperation> {
    let fits = move |operation: &&PolicyOperation| operation.asset_kind == kind;
    policy.operations.iter().filter(fits)
}

/// Bytes that the points kept by these frequencies hold together, of an asset with so many used bytes.
fn stored_bytes(frequencies: &[Frequency], used: u64, habits: &Habits) -> u64 {
    let growth = frequencies.iter().filter_map(|frequency| {
        let interval = minutes_between(&frequency.every)?;
        let points = minutes_of(frequency.keep).div_ceil(interval).max(1);
        let change = change_ppm(interval, habits);
        // One of the points is the first one, which holds everything.
        Some(part_of(used, change).saturating_mul(points.saturating_sub(1)))
    });
    let growth: Vec<u64> = growth.collect();
    if growth.is_empty() {
        return 0;
    }
    growth.into_iter().fold(used, u64::saturating_add)
}

/// Bytes that the runs of these frequencies read in a month.
fn read_bytes_a_month(frequencies: &[Frequency], used: u64, habits: &Habits) -> u64 {
    let shortest = frequencies
        .iter()
        .filter_map(|frequency| minutes_between(&frequency.every))
        .min();
    shortest.map_or(0, |interval| {
        let change = part_of(used, change_ppm(interval, habits));
        scaled(change, MINUTES_PER_MONTH, interval)
    })
}

/// Part of what is used that changes in one interval.
fn change_ppm(interval: u64, habits: &Habits) -> u64 {
    scaled(habits.daily_change_ppm, interval, MINUTES_PER_DAY).min(WHOLE_PPM)
}

fn part_of(bytes: u64, ppm: u64) -> u64 {
    scaled(bytes, ppm, WHOLE_PPM)
}

/// The mean distance of two runs; none when there are none by themselves.
fn minutes_between(interval: &Interval) -> Option<u64> {
    let minutes = match interval {
        Interval::Minutes { value } => u64::from(*value),
        Interval::Hours { value } => u64::from(*value) * MINUTES_PER_HOUR,
        Interval::Days { value } => u64::from(*value) * MINUTES_PER_DAY,
        Interval::Weeks { value, weekdays } => {
            let days = u64::try_from(weekdays.len()).unwrap_or(1).max(1);
            u64::from(*value) * 7 * MINUTES_PER_DAY / days
        }
        Interval::Months { value, .. } => u64::from(*value) * MINUTES_PER_MONTH,
        Interval::Years { value } => u64::from(*value) * 12 * MINUTES_PER_MONTH,
        Interval::OnDemand => return None,
    };
    Some(minutes.max(1))
}

fn minutes_of(retention: Retention) -> u64 {
    let unit = match retention.unit {
        RetentionUnit::Days => MINUTES_PER_DAY,
        RetentionUnit::Weeks => 7 * MINUTES_PER_DAY,
        RetentionUnit::Months => MINUTES_PER_MONTH,
        RetentionUnit::Years => 12 * MINUTES_PER_MONTH,
    };
    u64::from(retention.value) * unit
}

#[cfg(test)]
mod tests;
