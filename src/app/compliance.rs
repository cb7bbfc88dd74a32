//! Compliance: what the organization wants of its assets, and how they stand and stood.
//!
//! Not for judging (`tasks::compliance` does, all the time). Invariant: an asset that was not looked at in time is never shown as in
//! compliance, in no list, no count and no chart.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::asset::{AssetFilter, AssetKind};
use domain::compliance::history::Interval;
use domain::compliance::{
    Control, Controls, ControlsOfOrganization, PolicyMinimumsControl, ProtectedControl,
    ProvenControl, RecoveryPointsControl, Status,
};
use domain::limits::COMPLIANCE_DAYS_MAX;
use domain::permission::Permission;
use domain::{AssetId, AwsAccountKey, OrganizationalUnitId, Problem};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
pub use store::compliance::{CountFilter, DayCount, Shown};

use crate::actions;
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;

/// Assets by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// In compliance.
    pub compliant: u64,
    /// Out of it.
    pub non_compliant: u64,
    /// Of which nothing can be said.
    pub unknown: u64,
}

impl Counts {
    fn add(&mut self, status: Status, assets: u64) {
        match status {
            Status::In => self.compliant += assets,
            Status::Out => self.non_compliant += assets,
            Status::Unknown => self.unknown += assets,
        }
    }

    fn absorb(&mut self, other: Self) {
        self.compliant += other.compliant;
        self.non_compliant += other.non_compliant;
        self.unknown += other.unknown;
    }
}

/// How the assets stand that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Over all.
    pub overall: Counts,
    /// By control that is on; empty when nobody asked for it.
    pub controls: BTreeMap<Control, Counts>,
    /// Over all, by kind.
    pub kinds: BTreeMap<AssetKind, Counts>,
    /// Over all, by linked account.
    pub accounts: BTreeMap<AwsAccountKey, Counts>,
    /// Over all, by unit.
    pub units: BTreeMap<OrganizationalUnitId, Counts>,
}

/// What an update of the controls changes; absent ones stay as they are.
#[derive(Debug, Clone, Copy, Default)]
pub struct ControlsChange {
    /// Is there a policy?
    pub protected: Option<ProtectedControl>,
    /// Does the policy promise enough?
    pub policy_minimums: Option<PolicyMinimumsControl>,
    /// Are there recovery points?
    pub recovery_points: Option<RecoveryPointsControl>,
    /// Do they come back?
    pub proven: Option<ProvenControl>,
}

/// The controls of the caller's organization.
pub async fn controls(ctx: &Ctx) -> Result<ControlsOfOrganization, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::compliance::controls(&ctx.read(), ctx.organization()).await?)
}

/// Changes the controls, when they are still at the version that the caller read. Every asset is judged anew within moments.
pub async fn update_controls(
    ctx: &Ctx,
    change: ControlsChange,
    expected_version: i32,
) -> Result<ControlsOfOrganization, Error> {
    let action = actions::UPDATE_COMPLIANCE_CONTROLS;
    ctx.authorize(action).await?;
    let mut tx = ctx.begin().await?;
    // Whoever changes settings of the organization waits for the one before.
    store::organizations::lock(&tx, ctx.organization()).await?;
    let before = store::compliance::controls(&tx, ctx.organization()).await?;
    if before.version != expected_version {
        return Err(Error::stale("expectedVersion", before.version));
    }
    let old = before.controls;
    let controls = Controls {
        protected: change.protected.unwrap_or(old.protected),
        policy_minimums: change.policy_minimums.unwrap_or(old.policy_minimums),
        recovery_points: change.recovery_points.unwrap_or(old.recovery_points),
        proven: change.proven.unwrap_or(old.proven),
    };
    controls.validate()?;
    let after = ControlsOfOrganization {
        controls,
        version: before.version.saturating_add(1),
        updated_at: Some(ctx.now()),
        ..before
    };
    store::compliance::set_controls(&mut tx, &after, expected_version).await?;
    let summary = serde_json::json!({ "before": old, "after": controls });
    audit::success(ctx, &mut tx, action, after.organization_id, summary).await?;
    tx.commit().await?;
    Ok(after)
}

/// How these assets stand; those that nobody has looked at yet, or that are not the caller's to see, are left out.
pub async fn of_assets(ctx: &Ctx, assets: &[AssetId]) -> Result<BTreeMap<AssetId, Shown>, Error> {
    ctx.require(Permission::Read)?;
    let (reader, scope) = (ctx.read(), ctx.scope());
    Ok(store::compliance::lookup_many(&reader, scope, assets, ctx.now()).await?)
}

/// How an asset stood in this range, oldest first; empty when it is not the caller's to see.
pub async fn history_of_asset(
    ctx: &Ctx,
    asset: AssetId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<Interval>, Error> {
    ctx.require(Permission::Read)?;
    check_range(from, until)?;
    let (reader, scope) = (ctx.read(), ctx.scope());
    let range = (from, until);
    let found = store::compliance::intervals_of_asset(&reader, scope, asset, range, ctx.now());
    Ok(found.await?)
}

/// How the assets stand now, or stood at a time of the past; in single controls as well when `by_control`, which takes the database
/// twice as long.
pub async fn summary(
    ctx: &Ctx,
    filter: &CountFilter,
    at: Option<Timestamp>,
    by_control: bool,
) -> Result<Summary, Error> {
    ctx.require(Permission::Read)?;
    let at = at.filter(|at| *at < ctx.now());
    let reader = ctx.read();
    let organization = ctx.organization();
    let controls = store::compliance::controls(&reader, organization).await?;
    let seen_at = at.unwrap_or_else(|| ctx.now());
    let freshness = store::compliance::freshness(&reader, organization, seen_at).await?;
    let asked: &[Control] = if by_control { &Control::ALL } else { &[] };
    let mut summary = Summary::default();
    for control in asked {
        if controls.controls.is_on(*control) {
            summary.controls.insert(*control, Counts::default());
        }
    }
    let groups = store::compliance::counts(&reader, ctx.scope(), filter, &freshness, at, asked);
    for group in groups.await? {
        let mut overall = Counts {
            unknown: group.unchecked,
            ..Counts::default()
        };
        for (status, assets) in group.overall {
            overall.add(status, assets);
        }
        summary.overall.absorb(overall);
        let kind = summary.kinds.entry(group.kind).or_default();
        kind.absorb(overall);
        let account = summary.accounts.entry(group.aws_account_id).or_default();
        account.absorb(overall);
        summary
            .units
            .entry(group.unit_id)
            .or_default()
            .absorb(overall);
        // Nobody looked at them: unknown in every control that is on.
        for counts in summary.controls.values_mut() {
            counts.add(Status::Unknown, group.unchecked);
        }
        for (control, counts) in group.controls {
            let sum = summary.controls.entry(control).or_default();
            for (status, assets) in counts {
                sum.add(status, assets);
            }
        }
    }
    Ok(summary)
}

/// How many assets stood how at the end of each day of this range, today as of now; days are those of UTC.
pub async fn days(
    ctx: &Ctx,
    filter: &CountFilter,
    control: Option<Control>,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<(Timestamp, Counts)>, Error> {
    ctx.require(Permission::Read)?;
    check_range(from, until)?;
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    let (first, last) = (day(from), day(until.min(ctx.now())));
    let length = first.until(last).map(|span| span.get_days());
    if length.is_ok_and(|days| days >= COMPLIANCE_DAYS_MAX) {
        let message = format!("A chart has at most {COMPLIANCE_DAYS_MAX} days.");
        return Err(Problem::invalid("from", message).into());
    }
    let reader = ctx.read();
    let freshness = store::compliance::freshness(&reader, ctx.organization(), ctx.now()).await?;
    let range = (first, last);
    let days = store::compliance::days(&reader, ctx.scope(), filter, control, range, &freshness);
    let turn = |day: DayCount| {
        let mut counts = Counts::default();
        for (status, assets) in day.counts {
            counts.add(status, assets);
        }
        (midnight(day.day), counts)
    };
    Ok(days.await?.into_iter().map(turn).collect())
}

fn midnight(day: Date) -> Timestamp {
    let zoned = day.to_zoned(TimeZone::UTC);
    zoned.map_or(Timestamp::MIN, |zoned| zoned.timestamp())
}

fn check_range(from: Timestamp, until: Timestamp) -> Result<(), Error> {
    if from < until {
        return Ok(());
    }
    Err(Problem::invalid("from", "The range ends before it begins.").into())
}

/// The filter with what is known of how far the records can be believed.
pub(crate) async fn fresh<'a>(
    ctx: &Ctx,
    filter: &'a AssetFilter,
) -> Result<Cow<'a, AssetFilter>, Error> {
    let (reader, now) = (ctx.read(), ctx.now());
    Ok(store::compliance::dated(&reader, ctx.organization(), filter, now).await?)
}

#[cfg(test)]
mod tests;
