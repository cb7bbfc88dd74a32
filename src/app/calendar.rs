//! The calendar: what the schedules of the caller's assets have ahead.
//!
//! Not for what has run (`tasks.rs`). Invariant: the database counts assets by operation, and nothing here loops over them.

use std::collections::BTreeMap;

use domain::calendar::{CalendarRange, HourLoad, load};
use domain::permission::Permission;
use domain::policy::PolicyOperation;
use domain::{PolicyId, PolicyOperationId};
use jiff::Timestamp;

use crate::context::Ctx;
use crate::error::Error;

/// The hours from `from` until `until`, and the runs that fall due in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Where each hour begins.
    pub hours: Vec<Timestamp>,
    /// What falls due, in the order of the hours; those without a run are left out.
    pub load: Vec<HourLoad>,
}

/// What falls due between two times for assets that the caller sees, by policies and assignments as they are now.
pub async fn of_range(ctx: &Ctx, from: Timestamp, until: Timestamp) -> Result<Calendar, Error> {
    ctx.require(Permission::Read)?;
    let range = CalendarRange::new(from, until)?;
    let reader = ctx.read();
    let counts = store::schedules::count_by_operation(&reader, ctx.scope()).await?;
    let ids: Vec<PolicyId> = counts.iter().map(|count| count.policy_id).collect();
    // A policy of a unit above the caller's may be at work on the caller's assets.
    let policies = store::policies::lookup_many(&reader, ctx.organization(), &ids).await?;
    let operations: BTreeMap<PolicyOperationId, PolicyOperation> = policies
        .into_iter()
        .filter(|policy| policy.is_active)
        .flat_map(|policy| policy.operations)
        .map(|operation| (operation.id, operation))
        .collect();
    let counted: Vec<(PolicyOperation, u64)> = counts
        .into_iter()
        .filter_map(|count| {
            Some((
                operations.get(&count.operation_id)?.clone(),
                count.schedules,
            ))
        })
        .collect();
    Ok(Calendar {
        hours: range.hours().collect(),
        load: load(&counted, range)?,
    })
}

#[cfg(test)]
mod tests;
