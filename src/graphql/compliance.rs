//! Compliance: how assets stand and stood, one by one and as a fleet.
//!
//! Not for what the organization wants of them (`compliance/controls.rs`). Invariant: what was not checked in time is shown as
//! unknown, with that as its reason.

use app::compliance::{CountFilter, Counts, Shown, Summary};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::compliance::history::{Interval, Standing, overall};
use domain::compliance::{Control, Reason, StandingFilter, Status};
use jiff::{SignedDuration, Timestamp};

use crate::aws_account::AwsAccount;
use crate::context::{loaders, viewer};
use crate::enums::AssetKind;
use crate::error::read;
use crate::node::parse_all;
use crate::organizational_unit::OrganizationalUnit;
use crate::recovery_point::RecoveryPoint;
use crate::scalars::DateTime;

mod controls;
mod enums;

pub(crate) use controls::{ComplianceControlsMutation, ComplianceControlsQuery};
pub(crate) use enums::{
    ComplianceControl, ComplianceReasonCode, ComplianceStatus, ComplianceWindowCause, PeriodUnit,
};

/// Days of a history when no range is given.
const HISTORY_DAYS: i64 = 30;

/// How an asset stands.
pub(crate) struct AssetCompliance(Option<Shown>);

impl AssetCompliance {
    /// How the asset stands; `None` while nobody has looked at it.
    pub(crate) const fn of(shown: Option<Shown>) -> Self {
        Self(shown)
    }
}

/// How an asset stands, judged by the controls of the organization.
#[Object]
impl AssetCompliance {
    /// Over all controls: out when one is out, else unknown when one is unknown.
    async fn status(&self) -> ComplianceStatus {
        let shown = self.0.as_ref();
        shown
            .map_or(Status::Unknown, |shown| shown.record.status())
            .into()
    }

    /// Since when the asset has stood like that; null when it was not checked yet.
    async fn since(&self) -> Option<DateTime> {
        let shown = self.checked()?;
        let record = &shown.record;
        // In doubt, what is left of the status is younger than the record.
        let same = record.standings.values();
        let same = same.filter(|standing| standing.status == record.status());
        let youngest = same.map(|standing| standing.since).min();
        Some(record.since.max(youngest.unwrap_or(record.since)).into())
    }

    /// When it was checked last; null when it was not checked yet.
    async fn checked_at(&self) -> Option<DateTime> {
        self.0.as_ref()?.checked_at.map(DateTime)
    }

    /// When it can change by time alone; null when only an event can change it. Events are looked at within seconds.
    async fn next_check_at(&self) -> Option<DateTime> {
        self.checked()?.record.due_at.map(DateTime)
    }

    /// When the lack of a new recovery point becomes, or became, an alert: after one and a half times the shortest interval of
    /// the policy; null when nothing runs by itself.
    async fn overdue_at(&self) -> Option<DateTime> {
        self.0.as_ref()?.overdue_at.map(DateTime)
    }

    /// By control that is on.
    async fn controls(&self) -> Vec<ControlStanding> {
        let shown = self.checked();
        let standings = shown.map(|shown| &shown.record.standings);
        standings
            .into_iter()
            .flatten()
            .map(|(control, standing)| ControlStanding {
                control: *control,
                standing: standing.clone(),
            })
            .collect()
    }
}

impl AssetCompliance {
    /// What is known, when somebody has looked.
    fn checked(&self) -> Option<&Shown> {
        self.0.as_ref().filter(|shown| shown.checked_at.is_some())
    }
}

/// What one control says of an asset.
pub(crate) struct ControlStanding {
    control: Control,
    standing: Standing,
}

/// What one control says of an asset.
#[Object(name = "ComplianceControlStanding")]
impl ControlStanding {
    /// The control.
    async fn control(&self) -> ComplianceControl {
        self.control.into()
    }

    /// How the asset stands.
    async fn status(&self) -> ComplianceStatus {
        self.standing.status.into()
    }

    /// Since when.
    async fn since(&self) -> DateTime {
        self.standing.since.into()
    }

    /// Why, when it is not in.
    async fn reasons(&self) -> Vec<ComplianceReason> {
        let reasons = self.standing.reasons.iter();
        reasons.cloned().map(ComplianceReason).collect()
    }
}

/// Why an asset is not in compliance, or why nothing can be said.
pub(crate) struct ComplianceReason(Reason);

/// Why an asset is not in compliance, or why nothing can be said.
#[Object]
impl ComplianceReason {
    /// For programs.
    async fn code(&self) -> ComplianceReasonCode {
        self.0.code.into()
    }

    /// For people.
    async fn message(&self) -> &str {
        &self.0.message
    }

    /// The latest windows without a recovery point, newest first; at most 20.
    async fn windows(&self) -> Vec<ComplianceWindow> {
        let windows = self.0.windows.iter();
        windows
            .map(|window| ComplianceWindow {
                from: window.from.into(),
                until: window.until.into(),
                cause: window.cause.into(),
                detail: window.detail.clone(),
            })
            .collect()
    }

    /// The latest recovery points that it is about, newest first, as far as you may see them; at most 20.
    async fn recovery_points(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Vec<RecoveryPoint>> {
        let mut points = Vec::new();
        for id in &self.0.recovery_point_ids {
            let point = loaders(ctx)?.load(*id).await?;
            points.extend(point.map(RecoveryPoint::from));
        }
        Ok(points)
    }
}

/// A window of the look-back period without a recovery point that counts.
#[derive(SimpleObject)]
pub(crate) struct ComplianceWindow {
    /// Its start.
    from: DateTime,
    /// Its end, not part of it.
    until: DateTime,
    /// Why it has none.
    cause: ComplianceWindowCause,
    /// The code of the failure, or why the run was missed; null for other causes.
    detail: Option<String>,
}

/// A stretch of time in which nothing changed.
#[derive(SimpleObject)]
pub(crate) struct ComplianceInterval {
    /// Its start.
    from: DateTime,
    /// Its end, not part of it; of the last one the present moment.
    until: DateTime,
    /// How the asset stood over all.
    status: ComplianceStatus,
    /// By control that was on.
    controls: Vec<ComplianceIntervalControl>,
}

/// What one control said in a stretch of time.
#[derive(SimpleObject)]
pub(crate) struct ComplianceIntervalControl {
    /// The control.
    control: ComplianceControl,
    /// How the asset stood.
    status: ComplianceStatus,
    /// Why, when it was not in.
    codes: Vec<ComplianceReasonCode>,
}

impl From<Interval> for ComplianceInterval {
    fn from(interval: Interval) -> Self {
        let controls = interval.statuses.iter();
        let controls = controls.map(|(control, (status, codes))| ComplianceIntervalControl {
            control: (*control).into(),
            status: (*status).into(),
            codes: codes.iter().map(|code| (*code).into()).collect(),
        });
        Self {
            from: interval.from.into(),
            until: interval.until.into(),
            status: overall(&interval.statuses).into(),
            controls: controls.collect(),
        }
    }
}

/// How an asset stood over a range of time.
#[derive(SimpleObject)]
pub(crate) struct AssetComplianceHistory {
    /// Stretches of time, oldest first; at most 1,000, the newest.
    intervals: Vec<ComplianceInterval>,
    /// Share of the time in compliance, in percent of the time of which anything is known; null when nothing is.
    percent_in: Option<f64>,
}

impl AssetComplianceHistory {
    /// The history of an asset in this range.
    pub(crate) async fn load(
        ctx: &Context<'_>,
        asset: domain::AssetId,
        from: Option<DateTime>,
        until: Option<DateTime>,
    ) -> async_graphql::Result<Self> {
        let caller = viewer(ctx)?;
        let (from, until) = range(caller, from, until);
        let found = app::compliance::history_of_asset(caller, asset, (from, until)).await;
        let intervals = read(found)?;
        let mut compliant = SignedDuration::ZERO;
        let mut known = SignedDuration::ZERO;
        for one in &intervals {
            let length = one.until.min(until).duration_since(one.from.max(from));
            match overall(&one.statuses) {
                Status::In => {
                    compliant = compliant.saturating_add(length);
                    known = known.saturating_add(length);
                }
                Status::Out => known = known.saturating_add(length),
                Status::Unknown => {}
            }
        }
        let is_known = known > SignedDuration::ZERO;
        Ok(Self {
            percent_in: is_known.then(|| 100.0 * compliant.as_secs_f64() / known.as_secs_f64()),
            intervals: intervals.into_iter().map(Into::into).collect(),
        })
    }
}

/// The range that was asked for; the last 30 days where nothing was said.
fn range(
    caller: &app::Ctx,
    from: Option<DateTime>,
    until: Option<DateTime>,
) -> (Timestamp, Timestamp) {
    let until = until.map_or_else(|| caller.now(), |until| until.0);
    let back = SignedDuration::from_hours(24 * HISTORY_DAYS);
    let from = from.map(|from| from.0);
    let from = from.unwrap_or_else(|| until.saturating_sub(back).unwrap_or(Timestamp::MIN));
    (from, until)
}

/// Assets by status.
#[derive(SimpleObject)]
pub(crate) struct ComplianceCounts {
    /// In compliance.
    #[graphql(name = "in")]
    compliant: u64,
    /// Out of compliance.
    out: u64,
    /// Of which nothing can be said.
    unknown: u64,
    /// Share in compliance, in percent of those of which something can be said; null when there is none.
    percent_in: Option<f64>,
}

impl From<Counts> for ComplianceCounts {
    #[expect(
        clippy::cast_precision_loss,
        clippy::as_conversions,
        reason = "a share in percent of counts far below 2^52"
    )]
    fn from(counts: Counts) -> Self {
        let known = counts.compliant.saturating_add(counts.non_compliant);
        Self {
            compliant: counts.compliant,
            out: counts.non_compliant,
            unknown: counts.unknown,
            percent_in: (known > 0).then(|| 100.0 * counts.compliant as f64 / known as f64),
        }
    }
}

/// Assets by status, of one control.
#[derive(SimpleObject)]
pub(crate) struct ComplianceControlCounts {
    /// The control.
    control: ComplianceControl,
    /// How many assets.
    counts: ComplianceCounts,
}

/// Assets by status, of one kind.
#[derive(SimpleObject)]
pub(crate) struct ComplianceKindCounts {
    /// The kind.
    kind: AssetKind,
    /// How many assets.
    counts: ComplianceCounts,
}

/// Assets by status, of one linked account.
pub(crate) struct ComplianceAccountCounts(domain::AwsAccountKey, Counts);

/// Assets by status, of one linked account.
#[Object]
impl ComplianceAccountCounts {
    /// The account; null when you may not see it.
    async fn aws_account(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<AwsAccount>> {
        Ok(loaders(ctx)?.load(self.0).await?.map(AwsAccount))
    }

    /// How many assets.
    async fn counts(&self) -> ComplianceCounts {
        self.1.into()
    }
}

/// Assets by status, of one unit.
pub(crate) struct ComplianceUnitCounts(domain::OrganizationalUnitId, Counts);

/// Assets by status, of one unit without those below it.
#[Object]
impl ComplianceUnitCounts {
    /// The unit; null when you may not see it.
    async fn organizational_unit(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<OrganizationalUnit>> {
        let unit = loaders(ctx)?.load(self.0).await?;
        Ok(unit.map(OrganizationalUnit::from))
    }

    /// How many assets.
    async fn counts(&self) -> ComplianceCounts {
        self.1.into()
    }
}

/// How a fleet stands, or stood at a time.
pub(crate) struct ComplianceSummary {
    at: Timestamp,
    summary: Summary,
}

/// How a fleet stands, or stood at a time; assets are counted where they are now.
#[Object]
impl ComplianceSummary {
    /// The time that it is about.
    async fn at(&self) -> DateTime {
        self.at.into()
    }

    /// Over all controls.
    async fn overall(&self) -> ComplianceCounts {
        self.summary.overall.into()
    }

    /// By control that is on.
    async fn controls(&self) -> Vec<ComplianceControlCounts> {
        let controls = self.summary.controls.iter();
        controls
            .map(|(control, counts)| ComplianceControlCounts {
                control: (*control).into(),
                counts: (*counts).into(),
            })
            .collect()
    }

    /// Over all controls, by kind of asset.
    async fn by_kind(&self) -> Vec<ComplianceKindCounts> {
        let kinds = self.summary.kinds.iter();
        kinds
            .map(|(kind, counts)| ComplianceKindCounts {
                kind: (*kind).into(),
                counts: (*counts).into(),
            })
            .collect()
    }

    /// Over all controls, by linked account.
    async fn by_aws_account(&self) -> Vec<ComplianceAccountCounts> {
        let accounts = self.summary.accounts.iter();
        accounts
            .map(|(account, counts)| ComplianceAccountCounts(*account, *counts))
            .collect()
    }

    /// Over all controls, by unit.
    async fn by_organizational_unit(&self) -> Vec<ComplianceUnitCounts> {
        let units = self.summary.units.iter();
        units
            .map(|(unit, counts)| ComplianceUnitCounts(*unit, *counts))
            .collect()
    }
}

/// How a fleet stood at the end of a day.
#[derive(SimpleObject)]
pub(crate) struct ComplianceDay {
    /// Start of the day, in UTC.
    day: DateTime,
    /// How many assets, at its end; of today now.
    counts: ComplianceCounts,
}

/// Which assets are counted; all given members must hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ComplianceFilter {
    /// In one of these units, not those below them.
    organizational_unit: Option<Vec<ID>>,
    /// In one of these linked accounts.
    aws_account: Option<Vec<ID>>,
    /// One of these kinds.
    kind: Option<Vec<AssetKind>>,
}

impl From<ComplianceFilter> for CountFilter {
    fn from(filter: ComplianceFilter) -> Self {
        let ComplianceFilter {
            organizational_unit,
            aws_account,
            kind,
        } = filter;
        Self {
            unit_ids: parse_all(organizational_unit),
            aws_account_ids: parse_all(aws_account),
            kinds: kind.map(|all| all.into_iter().map(Into::into).collect()),
        }
    }
}

/// How assets of a list must stand.
#[derive(Debug, InputObject)]
pub(crate) struct AssetComplianceFilter {
    /// One of these.
    status: Vec<ComplianceStatus>,
    /// In this control; over all when absent.
    control: Option<ComplianceControl>,
    /// At this time; now when absent.
    at: Option<DateTime>,
}

impl From<AssetComplianceFilter> for StandingFilter {
    fn from(filter: AssetComplianceFilter) -> Self {
        let AssetComplianceFilter {
            status,
            control,
            at,
        } = filter;
        Self {
            statuses: status.into_iter().map(Into::into).collect(),
            control: control.map(Into::into),
            at: at.map(|at| at.0),
            freshness: domain::compliance::history::Freshness::default(),
        }
    }
}

/// Root fields of compliance.
#[derive(Default)]
pub(crate) struct ComplianceQuery;

#[Object]
impl ComplianceQuery {
    /// How many assets are in and out of compliance, now or at a time of the past.
    #[graphql(complexity = "20 + child_complexity")]
    async fn compliance_summary(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which assets.")] filter: Option<ComplianceFilter>,
        #[graphql(desc = "A time of the past; now when absent.")] at: Option<DateTime>,
    ) -> async_graphql::Result<Option<ComplianceSummary>> {
        let caller = viewer(ctx)?;
        let filter = filter.unwrap_or_default().into();
        let at = at.map(|at| at.0);
        let by_control = ctx.look_ahead().field("controls").exists();
        let summary = read(app::compliance::summary(caller, &filter, at, by_control).await)?;
        Ok(Some(ComplianceSummary {
            at: at.unwrap_or_else(|| caller.now()),
            summary,
        }))
    }

    /// How many assets were in and out of compliance at the end of each day, oldest first; at most 400 days.
    #[graphql(complexity = "40 + child_complexity")]
    async fn compliance_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which assets.")] filter: Option<ComplianceFilter>,
        #[graphql(desc = "By this control; over all when absent.")] control: Option<
            ComplianceControl,
        >,
        #[graphql(desc = "The first day holds this time; 30 days before the last when absent.")]
        from: Option<DateTime>,
        #[graphql(desc = "The last day holds this time; now when absent.")] until: Option<DateTime>,
    ) -> async_graphql::Result<Option<Vec<ComplianceDay>>> {
        let caller = viewer(ctx)?;
        let filter = filter.unwrap_or_default().into();
        let range = range(caller, from, until);
        let days = app::compliance::days(caller, &filter, control.map(Into::into), range).await;
        let days = read(days)?.into_iter();
        Ok(Some(
            days.map(|(day, counts)| ComplianceDay {
                day: day.into(),
                counts: counts.into(),
            })
            .collect(),
        ))
    }
}
