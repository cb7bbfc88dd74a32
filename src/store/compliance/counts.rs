//! How a fleet stands and stood, counted by the database.
//!
//! Not for single assets. Invariant: a count names the present unit, account and kind of an asset, and an asset that nobody looked
//! at in time is never counted as in compliance.

use std::collections::BTreeMap;

use domain::asset::AssetKind;
use domain::compliance::{Control, Status};
use domain::{AwsAccountKey, OrganizationalUnitId};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sea_orm::sea_query::{Alias, Cond, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::{Freshness, INTERVALS, RECORDS, column, shown_status};
use crate::Error;
use crate::convert::At;
use crate::entity::{asset, compliance_interval, compliance_record};
use crate::scope::{InScope, by_unit};
use crate::time::Instant;
use crate::tx::Connection;

const ASSETS: &str = "assets";
const UNCHECKED: &str = "unchecked";

/// Which assets are counted; all given members must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CountFilter {
    /// Only these units.
    pub unit_ids: Option<Vec<OrganizationalUnitId>>,
    /// Only these linked accounts.
    pub aws_account_ids: Option<Vec<AwsAccountKey>>,
    /// Only these kinds.
    pub kinds: Option<Vec<AssetKind>>,
}

/// The assets of one kind, account and unit, by how they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupCount {
    /// What they are.
    pub kind: AssetKind,
    /// Their linked account.
    pub aws_account_id: AwsAccountKey,
    /// Their unit.
    pub unit_id: OrganizationalUnitId,
    /// How many stand how over all; those that were never looked at are not among them.
    pub overall: BTreeMap<Status, u64>,
    /// How many stand how by control; those that are off, and those that nobody asked for, are missing.
    pub controls: BTreeMap<Control, BTreeMap<Status, u64>>,
    /// How many were never looked at.
    pub unchecked: u64,
}

/// How many assets stood how at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayCount {
    /// The day, in UTC.
    pub day: Date,
    /// By status.
    pub counts: BTreeMap<Status, u64>,
}

/// How the assets stand at `at`, or now when none is given; over all, and in each of these controls. Every control is counted
/// asset by asset, so only those should be named that somebody asked for.
pub async fn counts(
    db: &impl Connection,
    scope: impl InScope,
    filter: &CountFilter,
    freshness: &Freshness,
    at: Option<Timestamp>,
    controls: &[Control],
) -> Result<Vec<GroupCount>, Error> {
    let mut present = grouped(&scope, filter);
    let joined = Expr::col((RECORDS, "asset_id")).equals((ASSETS, "id"));
    let checked_at = || Expr::col((RECORDS, "checked_at"));
    let Some(at) = at else {
        let shown = |control| {
            let shown = shown_status(control, freshness);
            Expr::case(checked_at().is_not_null(), shown).into()
        };
        present
            .left_join(compliance_record::Entity, joined)
            .and_where(Expr::col((ASSETS, "deleted_at")).is_null());
        return read(db, present, controls, shown, Some(checked_at().is_null())).await;
    };
    present
        .inner_join(compliance_record::Entity, joined)
        .and_where(checked_at().is_not_null())
        .and_where(Expr::col((RECORDS, "from_at")).lte(Instant(at)));
    let mut past = grouped(&scope, filter);
    past.inner_join(compliance_interval::Entity, of_interval(&scope))
        .and_where(Expr::col((INTERVALS, "from_at")).lte(Instant(at)))
        .and_where(Expr::col((INTERVALS, "until_at")).gt(Instant(at)));
    let shown = |control| shown_status(control, freshness);
    let mut all = read(db, present, controls, shown, None).await?;
    let stood = |control| Expr::col((INTERVALS, column(control)));
    all.extend(read(db, past, controls, stood, None).await?);
    Ok(all)
}

/// How the assets stood at the end of each day from `first` to `last`, the last of which may be today.
pub async fn days(
    db: &impl Connection,
    scope: impl InScope,
    filter: &CountFilter,
    control: Option<Control>,
    (first, last): (Date, Date),
    freshness: &Freshness,
) -> Result<Vec<DayCount>, Error> {
    let day =
        |table: &'static str, name: &'static str| db.backend().utc_day(Expr::col((table, name)));
    let begin = midnight(first);
    let mut past = of_assets(&scope, filter);
    past.expr_as(day(INTERVALS, "from_at"), Alias::new("first"))
        .expr_as(day(INTERVALS, "until_at"), Alias::new("end"))
        .expr_as(
            Expr::col((INTERVALS, column(control))),
            Alias::new("status"),
        )
        .inner_join(compliance_interval::Entity, of_interval(&scope))
        .and_where(Expr::col((INTERVALS, "until_at")).gte(Instant(begin)))
        .and_where(Expr::col((INTERVALS, column(control))).is_not_null());
    let mut present = of_assets(&scope, filter);
    let joined = Expr::col((RECORDS, "asset_id")).equals((ASSETS, "id"));
    let doubtful = Expr::col((RECORDS, "due_at")).lte(Instant(freshness.doubtful_before));
    let doubted = Expr::case(doubtful, day(RECORDS, "due_at")).finally(Expr::val(None::<String>));
    present
        .expr_as(day(RECORDS, "from_at"), Alias::new("first"))
        .expr_as(doubted, Alias::new("end"))
        .expr_as(Expr::col((RECORDS, column(control))), Alias::new("status"))
        .inner_join(compliance_record::Entity, joined)
        .and_where(Expr::col((RECORDS, "checked_at")).is_not_null())
        .and_where(Expr::col((RECORDS, column(control))).is_not_null());
    let stopped = freshness
        .stopped_at
        .map(|at| at.to_zoned(TimeZone::UTC).date());
    let mut changes = Changes::default();
    for spell in spells(db, past).await? {
        changes.add(spell.status, spell.first, spell.end, spell.assets);
    }
    for spell in spells(db, present).await? {
        // From the day on which it became doubtful, it is what doubt leaves of it.
        let end = [spell.end, stopped].into_iter().flatten().min();
        let end = end.map(|end| end.max(spell.first));
        changes.add(spell.status, spell.first, end, spell.assets);
        if let Some(end) = end {
            changes.add(spell.status.unchecked(), end, None, spell.assets);
        }
    }
    Ok(changes.days(first, last))
}

/// Assets that entered a status on one day and left it on another.
struct Spell {
    first: Date,
    end: Option<Date>,
    status: Status,
    assets: i64,
}

/// How many assets more than before are in a status from a day on.
#[derive(Default)]
struct Changes(BTreeMap<(Date, Status), i64>);

impl Changes {
    fn add(&mut self, status: Status, first: Date, end: Option<Date>, assets: i64) {
        *self.0.entry((first, status)).or_default() += assets;
        if let Some(end) = end {
            *self.0.entry((end, status)).or_default() -= assets;
        }
    }

    fn days(self, first: Date, last: Date) -> Vec<DayCount> {
        let mut sums: BTreeMap<Status, i64> = BTreeMap::new();
        let mut changes = self.0.into_iter().peekable();
        let mut days = Vec::new();
        let mut day = Some(first).filter(|first| *first <= last);
        while let Some(today) = day {
            while let Some(((_, status), change)) = changes.next_if(|((day, _), _)| *day <= today) {
                *sums.entry(status).or_default() += change;
            }
            let count = |status: &Status| {
                let sum = sums.get(status).copied().unwrap_or(0);
                (*status, u64::try_from(sum).unwrap_or(0))
            };
            days.push(DayCount {
                day: today,
                counts: Status::ALL.iter().map(count).collect(),
            });
            day = today.tomorrow().ok().filter(|next| *next <= last);
        }
        days
    }
}

async fn spells(db: &impl Connection, mut select: SelectStatement) -> Result<Vec<Spell>, Error> {
    select
        .expr_as(Expr::cust("count(*)"), Alias::new("assets"))
        // By number: PostgreSQL takes a name for that of a column of the table first.
        .add_group_by(["1", "2", "3"].map(Expr::cust));
    let rows = db.db().query_all(&select).await?;
    let at = At::new(INTERVALS, Uuid::nil());
    let day = |text: &str| text.parse::<Date>().ok();
    let turn = |row: &QueryResult| -> Result<Spell, Error> {
        let first: String = row.try_get("", "first")?;
        let end: Option<String> = row.try_get("", "end")?;
        let status: String = row.try_get("", "status")?;
        let end = end.map(|end| at.known("until_at", day(&end))).transpose()?;
        Ok(Spell {
            first: at.known("from_at", day(&first))?,
            end,
            status: at.known("status", Status::from_name(&status))?,
            assets: row.try_get("", "assets")?,
        })
    };
    rows.iter().map(turn).collect()
}

fn midnight(day: Date) -> Timestamp {
    let zoned = day.to_zoned(TimeZone::UTC);
    zoned.map_or(Timestamp::MIN, |zoned| zoned.timestamp())
}

fn of_interval(scope: &impl InScope) -> Cond {
    Cond::all()
        .add(Expr::col((INTERVALS, "asset_id")).equals((ASSETS, "id")))
        .add(Expr::col((INTERVALS, "organization_id")).eq(scope.organization().uuid()))
}

fn of_assets(scope: &impl InScope, filter: &CountFilter) -> SelectStatement {
    let mut select = Query::select()
        .from(asset::Entity)
        .cond_where(by_unit(scope, ASSETS))
        .take();
    let within = |name: &'static str| Expr::col((ASSETS, name));
    if let Some(units) = &filter.unit_ids {
        select.and_where(within("unit_id").is_in(units.iter().map(|id| id.uuid())));
    }
    if let Some(accounts) = &filter.aws_account_ids {
        select.and_where(within("aws_account_id").is_in(accounts.iter().map(|id| id.uuid())));
    }
    if let Some(kinds) = &filter.kinds {
        select.and_where(within("kind").is_in(kinds.iter().map(|kind| kind.name())));
    }
    select
}

/// Where assets lie; groups are named by number.
fn grouped(scope: &impl InScope, filter: &CountFilter) -> SelectStatement {
    let mut select = of_assets(scope, filter);
    for name in ["kind", "aws_account_id", "unit_id"] {
        select.expr_as(Expr::col((ASSETS, name)), Alias::new(name));
    }
    select.add_group_by(["1", "2", "3"].map(Expr::cust));
    select
}

/// Counts in one pass, in the order of an index where the database has one: no group of its own for every mixture of statuses.
async fn read(
    db: &impl Connection,
    mut select: SelectStatement,
    controls: &[Control],
    status: impl Fn(Option<Control>) -> Expr,
    is_unchecked: Option<Expr>,
) -> Result<Vec<GroupCount>, Error> {
    let asked = controls.iter().copied().map(Some);
    for control in std::iter::once(None).chain(asked) {
        for known in Status::ALL {
            let holds = status(control).eq(known.name());
            select.expr_as(how_many(holds), Alias::new(count_name(control, *known)));
        }
    }
    let unchecked = is_unchecked.map_or_else(|| Expr::cust("0"), how_many);
    select.expr_as(unchecked.cast_as("bigint"), Alias::new(UNCHECKED));
    let rows = db.db().query_all(&select).await?;
    rows.iter().map(|row| group(row, controls)).collect()
}

fn how_many(holds: Expr) -> Expr {
    let one = Expr::case(holds, Expr::cust("1")).finally(Expr::cust("0"));
    Expr::expr(one).sum()
}

fn count_name(control: Option<Control>, status: Status) -> String {
    format!("{}_{}", column(control), status.name())
}

fn group(row: &QueryResult, asked: &[Control]) -> Result<GroupCount, Error> {
    let account: Uuid = row.try_get("", "aws_account_id")?;
    let unit: Uuid = row.try_get("", "unit_id")?;
    let kind: String = row.try_get("", "kind")?;
    let at = At::new(RECORDS, account);
    let count = |name: &str| -> Result<u64, Error> { at.size("status", row.try_get("", name)?) };
    let counts = |control| -> Result<BTreeMap<Status, u64>, Error> {
        let mut counts = BTreeMap::new();
        for status in Status::ALL {
            counts.insert(*status, count(&count_name(control, *status))?);
        }
        counts.retain(|_, assets| *assets > 0);
        Ok(counts)
    };
    let mut controls = BTreeMap::new();
    for control in asked {
        controls.insert(*control, counts(Some(*control))?);
    }
    controls.retain(|_, counts| !counts.is_empty());
    Ok(GroupCount {
        kind: at.known("kind", AssetKind::from_name(&kind))?,
        aws_account_id: AwsAccountKey::from_uuid(account),
        unit_id: OrganizationalUnitId::from_uuid(unit),
        overall: counts(None)?,
        controls,
        unchecked: count(UNCHECKED)?,
    })
}
