//! Compliance: the controls of organizations, and how assets stand and stood.
//!
//! Not for judging (`domain::compliance`) nor for when (`tasks::compliance`). Invariant: nobody is told that an asset is in
//! compliance when it was not looked at in time: every reader passes through [`Freshness`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::asset::AssetFilter;
pub use domain::compliance::history::Freshness;
use domain::compliance::history::{Interval, Record, Statuses};
use domain::compliance::{
    Control, Controls, ControlsOfOrganization, ReasonCode, StandingFilter, Status,
};
use domain::event::{ChangeKind, Topic};
use domain::limits::{COMPLIANCE_INTERVALS_MAX, FOLLOW_GRACE_SECONDS};
use domain::{AssetId, OrganizationId};
use jiff::{SignedDuration, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use crate::Error;
use crate::convert::{At, affected};
use crate::dialect::IN_LIST_MAX;
use crate::entity::{
    compliance_control, compliance_cursor, compliance_interval, compliance_record,
};
use crate::scope::{InScope, by_asset};
use crate::time::{Instant, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

mod counts;
mod facts;
mod records;

pub use counts::{CountFilter, DayCount, GroupCount, counts, days};
pub use facts::{
    DueAsset, DuePoint, system_assigned, system_failures, system_lock_due, system_missed,
    system_newest, system_points,
};
pub use records::{
    Checked, Overdue, system_assets, system_cursor, system_follow, system_mark, system_mark_points,
    system_oldest_overdue, system_overdue_by_policy, system_purge, system_write,
};

const RECORDS: &str = "compliance_records";
const INTERVALS: &str = "compliance_intervals";

/// An asset's record as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The record; in doubt, what is left of it.
    pub record: Record,
    /// When it was looked at last; none = never.
    pub checked_at: Option<Timestamp>,
    /// When the lack of a new point becomes, or became, an alert.
    pub overdue_at: Option<Timestamp>,
}

/// The controls of the organization; the defaults when it never chose any.
pub async fn controls(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<ControlsOfOrganization, Error> {
    let row = compliance_control::Entity::find_by_id(organization.uuid())
        .one(db.db())
        .await?;
    let Some(row) = row else {
        return Ok(ControlsOfOrganization {
            organization_id: organization,
            controls: Controls::default(),
            version: 1,
            updated_at: None,
        });
    };
    let at = At::new("compliance_controls", row.organization_id);
    Ok(ControlsOfOrganization {
        organization_id: organization,
        controls: at.read("controls", row.controls)?,
        version: row.version,
        updated_at: Some(row.updated_at.0),
    })
}

/// Writes the controls when they are still at `expected_version`, else [`Error::Affected`]; every asset is looked at anew.
pub async fn set_controls(
    tx: &mut Tx,
    controls: &ControlsOfOrganization,
    expected_version: i32,
) -> Result<(), Error> {
    use compliance_control::Column;
    let organization = controls.organization_id;
    let at = At::new("compliance_controls", organization.uuid());
    let row = compliance_control::ActiveModel {
        organization_id: Set(organization.uuid()),
        controls: Set(at.write("controls", &controls.controls)?),
        version: Set(controls.version),
        updated_at: Set(Instant(controls.updated_at.unwrap_or_else(|| tx.now()))),
    };
    let changed = compliance_control::Entity::update_many()
        .set(row.clone())
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::Version.eq(expected_version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        let first = expected_version == 1;
        let added = compliance_control::Entity::insert_many(first.then_some(row))
            .on_conflict_do_nothing_on([Column::OrganizationId])
            .exec_without_returning(tx.db())
            .await?;
        let rows = match added {
            sea_orm::TryInsertResult::Inserted(rows) => rows,
            sea_orm::TryInsertResult::Empty | sea_orm::TryInsertResult::Conflicted => 0,
        };
        affected(1, rows)?;
    }
    tx.told(
        organization,
        Topic::Compliance,
        ChangeKind::Updated,
        organization,
    );
    Ok(())
}

/// How far what is stored can be believed at `at`, which is now or before.
pub async fn freshness(
    db: &impl Connection,
    organization: OrganizationId,
    at: Timestamp,
) -> Result<Freshness, Error> {
    let cursor = compliance_cursor::Entity::find_by_id(organization.uuid())
        .one(db.db())
        .await?;
    let grace = SignedDuration::from_secs(FOLLOW_GRACE_SECONDS);
    let alive_after = at.saturating_sub(grace).unwrap_or(Timestamp::MIN);
    let stopped_at = match cursor {
        None => Some(Timestamp::MIN),
        Some(cursor) => Some(cursor.followed_at.0).filter(|at| *at <= alive_after),
    };
    Ok(Freshness {
        doubtful_before: domain::compliance::history::doubtful_before(at),
        stopped_at,
    })
}

/// The filter with how far the records can be believed: without it, no asset counts as in compliance. Whoever runs a filter
/// later, such as a task, dates it anew.
pub async fn dated<'a>(
    db: &impl Connection,
    organization: OrganizationId,
    filter: &'a AssetFilter,
    now: Timestamp,
) -> Result<Cow<'a, AssetFilter>, Error> {
    let Some(standing) = &filter.compliance else {
        return Ok(Cow::Borrowed(filter));
    };
    let at = standing.at.filter(|at| *at < now);
    let freshness = freshness(db, organization, at.unwrap_or(now)).await?;
    Ok(Cow::Owned(AssetFilter {
        compliance: Some(StandingFilter {
            at,
            freshness,
            ..standing.clone()
        }),
        ..filter.clone()
    }))
}

/// How those of the assets stand that are inside the scope and have a record.
pub async fn lookup_many(
    db: &impl Connection,
    scope: impl InScope,
    assets: &[AssetId],
    now: Timestamp,
) -> Result<BTreeMap<AssetId, Shown>, Error> {
    let freshness = freshness(db, scope.organization(), now).await?;
    let mut all = BTreeMap::new();
    for chunk in assets.chunks(IN_LIST_MAX) {
        let rows = compliance_record::Entity::find()
            .filter(by_asset(&scope, RECORDS))
            .filter(compliance_record::Column::AssetId.is_in(chunk.iter().map(|id| id.uuid())))
            .all(db.db())
            .await?;
        for row in rows {
            let asset = AssetId::from_uuid(row.asset_id);
            let checked_at = timestamp(row.checked_at);
            let overdue_at = timestamp(row.overdue_at);
            let mut record = to_record(row)?;
            if freshness.is_doubtful(record.due_at) {
                record.due_at = record.due_at.or(freshness.stopped_at);
                record = record.unchecked();
            }
            let shown = Shown {
                record,
                checked_at,
                overdue_at,
            };
            all.insert(asset, shown);
        }
    }
    Ok(all)
}

/// How an asset inside the scope stood in this range: its intervals that touch it, oldest first, the present one last with `now`
/// as its end. At most [`COMPLIANCE_INTERVALS_MAX`], the newest.
pub async fn intervals_of_asset(
    db: &impl Connection,
    scope: impl InScope,
    asset: AssetId,
    (from, until): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Vec<Interval>, Error> {
    use compliance_interval::Column;
    let rows = compliance_interval::Entity::find()
        .filter(by_asset(&scope, INTERVALS))
        .filter(Column::AssetId.eq(asset.uuid()))
        .filter(Column::FromAt.lt(Instant(until)))
        .filter(Column::UntilAt.gt(Instant(from)))
        .order_by_desc(Column::FromAt)
        .limit(COMPLIANCE_INTERVALS_MAX)
        .all(db.db())
        .await?;
    let mut intervals: Vec<Interval> = rows
        .into_iter()
        .rev()
        .map(to_interval)
        .collect::<Result<_, _>>()?;
    let freshness = freshness(db, scope.organization(), now).await?;
    let row = compliance_record::Entity::find_by_id(asset.uuid())
        .filter(by_asset(&scope, RECORDS))
        .filter(compliance_record::Column::CheckedAt.is_not_null())
        .one(db.db())
        .await?;
    if let Some(row) = row {
        let mut record = to_record(row)?;
        if freshness.is_doubtful(record.due_at) {
            record.due_at = record.due_at.or(freshness.stopped_at);
            record.due_at = record.due_at.map(|due| due.min(now));
            intervals.extend(domain::compliance::history::end(&record, now));
        } else {
            record.due_at = None;
            intervals.extend(domain::compliance::history::end(&record, now));
        }
    }
    intervals.retain(|one| one.from < until && one.until > from);
    Ok(intervals)
}

fn to_record(row: compliance_record::Model) -> Result<Record, Error> {
    let at = At::new(RECORDS, row.asset_id);
    Ok(Record {
        standings: at.read("standings", row.standings)?,
        since: row.since_at.0,
        from: row.from_at.0,
        due_at: timestamp(row.due_at),
    })
}

fn to_interval(row: compliance_interval::Model) -> Result<Interval, Error> {
    let at = At::new(INTERVALS, row.asset_id);
    let mut codes: BTreeMap<Control, Vec<ReasonCode>> = at.read("codes", row.codes)?;
    let mut statuses = Statuses::new();
    for (control, status) in [
        (Control::Protected, row.protected),
        (Control::PolicyMinimums, row.policy_minimums),
        (Control::RecoveryPoints, row.recovery_points),
        (Control::Proven, row.proven),
    ] {
        if let Some(status) = status {
            let status = at.known("status", Status::from_name(&status))?;
            let codes = codes.remove(&control).unwrap_or_default();
            statuses.insert(control, (status, codes));
        }
    }
    Ok(Interval {
        from: row.from_at.0,
        until: row.until_at.0,
        statuses,
    })
}

/// The column that holds what a control says, or what all of them say.
pub(crate) const fn column(control: Option<Control>) -> &'static str {
    match control {
        None => "status",
        Some(control) => control.name(),
    }
}

/// The status of a record as it may be shown; text, or NULL where the control is off.
pub(crate) fn shown_status(control: Option<Control>, freshness: &Freshness) -> Expr {
    let of = |name: &'static str| Expr::col((RECORDS, name));
    let stored = of(column(control));
    let doubtful = if freshness.stopped_at.is_some() {
        Expr::val(true)
    } else {
        of("due_at").lte(Instant(freshness.doubtful_before))
    };
    let is_doubtful = stored.clone().eq(Status::In.name()).and(doubtful);
    let unknown = Expr::val(Status::Unknown.name());
    Expr::case(is_doubtful, unknown).finally(stored).into()
}

/// Condition: the row of `assets` stands as the filter wants it.
pub(crate) fn stands(filter: &StandingFilter) -> Expr {
    let wanted: Vec<&str> = filter.statuses.iter().map(|status| status.name()).collect();
    let of_asset = |table: &'static str| Expr::col((table, "asset_id")).equals(("assets", "id"));
    let records = |condition: Expr| {
        let found = Query::select()
            .expr(Expr::val(1))
            .from(compliance_record::Entity)
            .and_where(of_asset(RECORDS))
            .and_where(Expr::col((RECORDS, "checked_at")).is_not_null())
            .and_where(condition)
            .take();
        Expr::exists(found)
    };
    let shown = shown_status(filter.control, &filter.freshness).is_in(wanted.iter().copied());
    let Some(at) = filter.at else {
        let standing = records(shown);
        if filter.statuses.contains(&Status::Unknown) {
            // Assets that nobody has looked at yet.
            return standing.or(records(Expr::val(true)).not());
        }
        return standing;
    };
    let past = Query::select()
        .expr(Expr::val(1))
        .from(compliance_interval::Entity)
        .and_where(of_asset(INTERVALS))
        .and_where(Expr::col((INTERVALS, "from_at")).lte(Instant(at)))
        .and_where(Expr::col((INTERVALS, "until_at")).gt(Instant(at)))
        .and_where(Expr::col((INTERVALS, column(filter.control))).is_in(wanted))
        .take();
    let since = Expr::col((RECORDS, "from_at")).lte(Instant(at));
    records(shown.and(since)).or(Expr::exists(past))
}

fn ids<T>(all: &[T], uuid: impl Fn(&T) -> Uuid) -> Vec<Uuid> {
    all.iter().map(uuid).collect()
}
