//! The maths of the grid: which instants are nominal times of an interval.
//!
//! Not for what is done with them. Invariant: a nominal time is named by its period and local date, so each local date of
//! the grid has exactly one instant; a date that the zone skipped (Apia, 30 December 2011) takes that of the date after.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::{Interval, StartTime};

const SECONDS_OF_MINUTE: i64 = 60;
const SECONDS_OF_HOUR: i64 = 3_600;
/// Instants of a local date lie at most this many days from the same date in another zone, or after a shift.
const DAYS_OF_DOUBT: i64 = 2;
/// Periods looked at around a day: enough for the days of doubt of the finest calendar interval.
const PERIODS_OF_DOUBT: i64 = 2 * DAYS_OF_DOUBT + 2;
/// Monday 1970-01-05, counted in days since 1970-01-01: the first whole ISO week of the epoch.
const FIRST_MONDAY: i64 = 4;

/// An interval as maths sees it.
enum Grid {
    Elapsed { period: i64, offset: i64 },
    Calendar(Calendar),
    Empty,
}

struct Calendar {
    unit: Unit,
    count: i64,
    time: Time,
    zone: TimeZone,
}

enum Unit {
    Day,
    /// Days after Monday, in order.
    Week(Vec<i64>),
    /// Day of the month.
    Month(i8),
    Year,
}

impl Interval {
    /// The first nominal time after `after`; none for `OnDemand` and past the end of the calendar.
    #[must_use]
    pub fn next_after(&self, start: &StartTime, after: Timestamp) -> Option<Timestamp> {
        match self.grid(start) {
            Grid::Elapsed { period, offset } => {
                let passed = whole_seconds(after).saturating_sub(offset);
                let index = passed.div_euclid(period).checked_add(1)?;
                Timestamp::from_second(index.checked_mul(period)?.checked_add(offset)?).ok()
            }
            Grid::Calendar(calendar) => calendar.next_after(after),
            Grid::Empty => None,
        }
    }

    /// The last nominal time that is not after `at`; none for `OnDemand` and before the start of the calendar.
    #[must_use]
    pub fn last_at_or_before(&self, start: &StartTime, at: Timestamp) -> Option<Timestamp> {
        match self.grid(start) {
            Grid::Elapsed { period, offset } => {
                let passed = whole_seconds(at).saturating_sub(offset);
                let index = passed.div_euclid(period);
                Timestamp::from_second(index.checked_mul(period)?.checked_add(offset)?).ok()
            }
            Grid::Calendar(calendar) => calendar.last_at_or_before(at),
            Grid::Empty => None,
        }
    }

    fn grid(&self, start: &StartTime) -> Grid {
        let elapsed = |value: u32, unit: i64| Grid::Elapsed {
            period: i64::from(value.max(1)) * unit,
            offset: i64::from(start.hour) * SECONDS_OF_HOUR
                + i64::from(start.minute) * SECONDS_OF_MINUTE,
        };
        let calendar = |value: u32, unit: Unit| {
            let hour = i8::try_from(start.hour).unwrap_or(0);
            let minute = i8::try_from(start.minute).unwrap_or(0);
            Grid::Calendar(Calendar {
                unit,
                count: i64::from(value.max(1)),
                time: Time::new(hour, minute, 0, 0).unwrap_or(Time::midnight()),
                zone: start.time_zone(),
            })
        };
        match self {
            Self::Minutes { value } => elapsed(*value, SECONDS_OF_MINUTE),
            Self::Hours { value } => elapsed(*value, SECONDS_OF_HOUR),
            Self::Days { value } => calendar(*value, Unit::Day),
            Self::Weeks { value, weekdays } => calendar(*value, Unit::Week(days_of_week(weekdays))),
            Self::Months { value, day } => {
                calendar(*value, Unit::Month(i8::try_from(*day).unwrap_or(31)))
            }
            Self::Years { value } => calendar(*value, Unit::Year),
            Self::OnDemand => Grid::Empty,
        }
    }
}

impl Calendar {
    fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let first = self.period_of(self.day_of(after, -DAYS_OF_DOUBT)?);
        let periods = first..=first.saturating_add(PERIODS_OF_DOUBT);
        let dates = periods.flat_map(|period| self.dates_of(period));
        dates
            .filter_map(|date| self.instant(date))
            .find(|instant| *instant > after)
    }

    fn last_at_or_before(&self, at: Timestamp) -> Option<Timestamp> {
        let last = self.period_of(self.day_of(at, DAYS_OF_DOUBT)?);
        let periods = last.saturating_sub(PERIODS_OF_DOUBT)..=last;
        let dates = periods.flat_map(|period| self.dates_of(period)).rev();
        dates
            .filter_map(|date| self.instant(date))
            .find(|instant| *instant <= at)
    }

    /// The local date of an instant, moved by some days; at the ends of the calendar it stays where it is.
    fn day_of(&self, at: Timestamp, moved: i64) -> Option<Date> {
        let date = at.to_zoned(self.zone.clone()).date();
        Some(date.saturating_add(Span::new().try_days(moved).ok()?))
    }

    /// jiff's `compatible`: in a gap the shifted later instant, in a fold the first.
    fn instant(&self, date: Date) -> Option<Timestamp> {
        let zoned = date.to_datetime(self.time).to_zoned(self.zone.clone());
        zoned.ok().map(|zoned| zoned.timestamp())
    }

    fn period_of(&self, date: Date) -> i64 {
        let unit = match &self.unit {
            Unit::Day => day_number(date),
            Unit::Week(_) => (day_number(date) - FIRST_MONDAY).div_euclid(7),
            Unit::Month(_) => i64::from(date.year()) * 12 + i64::from(date.month()) - 1,
            Unit::Year => i64::from(date.year()),
        };
        unit.div_euclid(self.count)
    }

    /// The dates of one period, in order; a month has one, a week one for each of its weekdays.
    fn dates_of(&self, period: i64) -> Vec<Date> {
        let Some(unit) = period.checked_mul(self.count) else {
            return Vec::new();
        };
        match &self.unit {
            Unit::Day => date_of_day(unit).into_iter().collect(),
            Unit::Week(days) => days
                .iter()
                .filter_map(|day| date_of_day(unit.checked_mul(7)? + FIRST_MONDAY + day))
                .collect(),
            Unit::Month(day) => {
                let first = first_of_month(unit.div_euclid(12), unit.rem_euclid(12) + 1);
                let clamp = |first: Date| {
                    let day = (*day).clamp(1, first.days_in_month());
                    first.with().day(day).build().ok()
                };
                first.and_then(clamp).into_iter().collect()
            }
            Unit::Year => first_of_month(unit, 1).into_iter().collect(),
        }
    }
}

fn days_of_week(weekdays: &[u8]) -> Vec<i64> {
    // ISO weeks end with Sunday, the schema's numbers begin with it.
    let mut days: Vec<i64> = weekdays
        .iter()
        .map(|day| (i64::from(*day) + 6) % 7)
        .collect();
    if days.is_empty() {
        days.push(0);
    }
    days.sort_unstable();
    days.dedup();
    days
}

fn whole_seconds(at: Timestamp) -> i64 {
    // `as_second` cuts towards zero, which is upwards before 1970.
    if at.subsec_nanosecond() < 0 {
        at.as_second() - 1
    } else {
        at.as_second()
    }
}

fn epoch() -> Date {
    Date::constant(1970, 1, 1)
}

fn day_number(date: Date) -> i64 {
    let span = date.since(epoch());
    span.map_or(0, |span| i64::from(span.get_days()))
}

fn date_of_day(number: i64) -> Option<Date> {
    let days = Span::new().try_days(number).ok()?;
    epoch().checked_add(days).ok()
}

fn first_of_month(year: i64, month: i64) -> Option<Date> {
    let year = i16::try_from(year).ok()?;
    let month = i8::try_from(month).ok()?;
    Date::new(year, month, 1).ok()
}
