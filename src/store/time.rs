//! Times as the database keeps them.
//!
//! Not for calendar maths. Invariant: whole microseconds in UTC, so that what comes back equals what was written on both
//! databases (PostgreSQL keeps no more). The only place that names chrono, which `SeaORM` speaks.

use chrono::{DateTime, Utc};
use jiff::Timestamp;
use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, Value, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, DbErr, QueryResult, TryFromU64, TryGetError, TryGetable};

/// An instant in a row; cut to microseconds when it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub Timestamp);

impl From<Timestamp> for Instant {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl From<Instant> for Timestamp {
    fn from(at: Instant) -> Self {
        at.0
    }
}

fn to_chrono(at: Timestamp) -> DateTime<Utc> {
    // Chrono's calendar is wider than jiff's, so the fallback is never taken.
    DateTime::from_timestamp_micros(at.as_microsecond()).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn from_chrono(at: DateTime<Utc>) -> Option<Timestamp> {
    from_microseconds(at.timestamp_micros())
}

/// The instant so many microseconds after 1970; jiff's own constructor refuses the last second of its calendar, which
/// stands for "never ends" in rows.
pub(crate) fn from_microseconds(microseconds: i64) -> Option<Timestamp> {
    let nanoseconds =
        <i32 as TryFrom<i64>>::try_from(microseconds.rem_euclid(1_000_000) * 1_000).ok()?;
    Timestamp::new(microseconds.div_euclid(1_000_000), nanoseconds).ok()
}

impl From<Instant> for Value {
    fn from(at: Instant) -> Self {
        to_chrono(at.0).into()
    }
}

impl TryGetable for Instant {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let at = DateTime::<Utc>::try_get_by(row, index)?;
        from_chrono(at)
            .map(Self)
            .ok_or_else(|| DbErr::Type(format!("{at} is out of range")).into())
    }
}

impl ValueType for Instant {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        let at = <DateTime<Utc> as ValueType>::try_from(value)?;
        from_chrono(at).map(Self).ok_or(ValueTypeErr)
    }

    fn type_name() -> String {
        "Instant".to_owned()
    }

    fn array_type() -> ArrayType {
        <DateTime<Utc> as ValueType>::array_type()
    }

    fn column_type() -> ColumnType {
        <DateTime<Utc> as ValueType>::column_type()
    }
}

/// Needed of parts of a primary key; no database makes an instant of a counter.
impl TryFromU64 for Instant {
    fn try_from_u64(_counter: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("Instant"))
    }
}

impl Nullable for Instant {
    fn null() -> Value {
        <DateTime<Utc> as Nullable>::null()
    }
}

/// A time that may be missing, as a row keeps it.
#[must_use]
pub fn optional(at: Option<Timestamp>) -> Option<Instant> {
    at.map(Instant)
}

/// A time of a row that may be missing.
#[must_use]
pub fn timestamp(at: Option<Instant>) -> Option<Timestamp> {
    at.map(|at| at.0)
}
