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

/// Assets that stand alike in all controls and lie in the same place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupCount {
    /// What they are.
    pub kind: AssetKind,
    /// Their linked account.
    pub aws_account_id: AwsAccountKey,
    /// Their unit.
    pub unit_id: OrganizationalUnitId,
    /// How they stand over all; none when they were never looked at.
    pub status: Option<Status>,
    /// How they stand by control; those that are off are missing.
    pub controls: BTreeMap<Control, Status>,
    /// How many they are.
    pub assets: u64,
}

/// How many assets stood how at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayCount {
    /// The day, in UTC.
    pub day: Date,
    /// By status.
    pub counts: BTreeMap<Status, u64>,
}

/// How the assets stand at `at`, or now when none is given.
pub async fn counts(
    db: &impl Connection,
    scope: impl InScope,
    filter: &CountFilter,
    freshness: &Freshness,
    at: Option<Timestamp>,
) -> Result<Vec<GroupCount>, Error> {
    let mut present = grouped(&scope, filter);
    for control in with_overall() {
        present.expr_as(
            shown_status(control, freshness),
            Alias::new(column(control)),
        );
    }
    let joined = Expr::col((RECORDS, "asset_id")).equals((ASSETS, "id"));
    let Some(at) = at else {
        let never = Expr::col((RECORDS, "checked_at")).is_null();
        present
            .expr_as(never, Alias::new("is_unchecked"))
            .left_join(compliance_record::Entity, joined)
            .and_where(Expr::col((ASSETS, "deleted_at")).is_null());
        return read(db, present).await;
    };
    present
        .expr_as(Expr::val(false), Alias::new("is_unchecked"))
        .inner_join(compliance_record::Entity, joined)
        .and_where(Expr::col((RECORDS, "checked_at")).is_not_null())
        .and_where(Expr::col((RECORDS, "from_at")).lte(Instant(at)));
    let mut past = grouped(&scope, filter);
    for control in with_overall() {
        let name = column(control);
        past.expr_as(Expr::col((INTERVALS, name)), Alias::new(name));
    }
    past.expr_as(Expr::val(false), Alias::new("is_unchecked"))
        .inner_join(compliance_interval::Entity, of_interval(&scope))
        .and_where(Expr::col((INTERVALS, "from_at")).lte(Instant(at)))
        .and_where(Expr::col((INTERVALS, "until_at")).gt(Instant(at)));
    let mut all = read(db, present).await?;
    all.extend(read(db, past).await?);
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

fn with_overall() -> impl Iterator<Item = Option<Control>> {
    std::iter::once(None).chain(Control::ALL.map(Some))
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

/// Where assets lie and how many, with the columns of the statuses still to come: groups are named by number.
fn grouped(scope: &impl InScope, filter: &CountFilter) -> SelectStatement {
    let mut select = of_assets(scope, filter);
    for name in ["kind", "aws_account_id", "unit_id"] {
        select.expr_as(Expr::col((ASSETS, name)), Alias::new(name));
    }
    select
}

async fn read(db: &impl Connection, mut select: SelectStatement) -> Result<Vec<GroupCount>, Error> {
    // Three of the place, five statuses, and whether they were looked at.
    select
        .expr_as(Expr::cust("count(*)"), Alias::new("assets"))
        .add_group_by((1..=9).map(|number: i32| Expr::cust(number.to_string())));
    let rows = db.db().query_all(&select).await?;
    rows.iter().map(group).collect()
}

fn group(row: &QueryResult) -> Result<GroupCount, Error> {
    let account: Uuid = row.try_get("", "aws_account_id")?;
    let unit: Uuid = row.try_get("", "unit_id")?;
    let kind: String = row.try_get("", "kind")?;
    let assets: i64 = row.try_get("", "assets")?;
    let is_unchecked: bool = row.try_get("", "is_unchecked")?;
    let at = At::new(RECORDS, account);
    let status = |control: Option<Control>| -> Result<Option<Status>, Error> {
        let name: Option<String> = row.try_get("", column(control))?;
        let known = |name: String| at.known("status", Status::from_name(&name));
        name.filter(|_| !is_unchecked).map(known).transpose()
    };
    let mut controls = BTreeMap::new();
    for control in Control::ALL {
        if let Some(status) = status(Some(control))? {
            controls.insert(control, status);
        }
    }
    Ok(GroupCount {
        kind: at.known("kind", AssetKind::from_name(&kind))?,
        aws_account_id: AwsAccountKey::from_uuid(account),
        unit_id: OrganizationalUnitId::from_uuid(unit),
        status: status(None)?,
        controls,
        assets: u64::try_from(assets).unwrap_or(0),
    })
}
