//! Keyset pages: one range of an index, from either end, with cursors that survive additions and deletions.
//!
//! Not for Relay's shapes. Invariant: the order is (sort value, id), so no two rows tie and no row is shown twice or passed
//! over while the list stands still. A cursor names the order it belongs to; of any other text comes [`Error::Cursor`].
//!
//! `SeaORM`'s own cursor spells the comparison as `a > x OR (a = x AND b > y)`, which makes SQLite walk the list from its
//! start; row values (`(a, b) > (x, y)`) start at the place itself on both databases.

use data_encoding::BASE64URL_NOPAD;
use domain::page::{Direction, Page, PageEnd, PageRequest};
use jiff::Timestamp;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order as SqlOrder, Query, SelectStatement};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Error;
use crate::dialect::is_storable;
use crate::time::{Instant, from_microseconds};
use crate::tx::Connection;

/// Longest cursor text that is looked at; the longest we make is far below.
const CURSOR_LENGTH_MAX: usize = 4_096;

/// The sort value of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Key {
    /// A text.
    #[serde(rename = "t")]
    Text(String),
    /// An instant, in microseconds since 1970.
    #[serde(rename = "m")]
    Micros(i64),
}

impl From<Timestamp> for Key {
    fn from(at: Timestamp) -> Self {
        Self::Micros(at.as_microsecond())
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    #[serde(rename = "o")]
    order: String,
    #[serde(rename = "k")]
    key: Key,
    #[serde(rename = "i")]
    id: Uuid,
}

/// The order of a list.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// Name of list and order, such as `assets.name`; append-only, because clients keep cursors.
    pub(crate) name: &'static str,
    /// The sort column.
    pub(crate) key: Expr,
    /// The id column.
    pub(crate) id: Expr,
    /// Whether the sort column holds instants.
    is_time: bool,
    /// Which end comes first.
    pub(crate) direction: Direction,
}

impl Order {
    /// Order of `table` by (`column`, `id`). By the rule of the house columns whose names end in `_at` hold instants, and
    /// the others that lists are ordered by hold texts.
    pub(crate) fn by(name: &'static str, table: &str, column: &str, direction: Direction) -> Self {
        Self {
            name,
            key: Expr::col((Alias::new(table), Alias::new(column))),
            id: Expr::col((Alias::new(table), Alias::new("id"))),
            is_time: column.ends_with("_at"),
            direction,
        }
    }

    /// The same order, for a list whose ids lie in another column.
    pub(crate) fn with_id(mut self, table: &str, column: &str) -> Self {
        self.id = Expr::col((Alias::new(table), Alias::new(column)));
        self
    }

    fn tag(&self) -> String {
        let suffix = match self.direction {
            Direction::Ascending => "+",
            Direction::Descending => "-",
        };
        format!("{}{suffix}", self.name)
    }

    fn encode(&self, key: Key, id: Uuid) -> String {
        let cursor = Cursor {
            order: self.tag(),
            key,
            id,
        };
        // Strings, numbers and ids always serialize.
        serde_json::to_vec(&cursor)
            .map(|json| BASE64URL_NOPAD.encode(&json))
            .unwrap_or_default()
    }

    fn decode(&self, text: &str) -> Result<(Key, Uuid), Error> {
        if text.len() > CURSOR_LENGTH_MAX {
            return Err(Error::Cursor);
        }
        let json = BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_garbage| Error::Cursor)?;
        let cursor: Cursor = serde_json::from_slice(&json).map_err(|_garbage| Error::Cursor)?;
        let is_sound = match &cursor.key {
            Key::Text(text) => !self.is_time && is_storable(text),
            Key::Micros(at) => self.is_time && from_microseconds(*at).is_some(),
        };
        if cursor.order != self.tag() || !is_sound {
            return Err(Error::Cursor);
        }
        Ok((cursor.key, cursor.id))
    }

    /// Condition: the row lies after (or before) the place, in the order of the list.
    fn beyond(&self, place: &(Key, Uuid), side: Side) -> Expr {
        let row = Expr::tuple([self.key.clone(), self.id.clone()]);
        let key = match &place.0 {
            Key::Text(text) => Expr::val(text.clone()),
            Key::Micros(at) => {
                // Decoding has seen to it that this is an instant.
                Expr::val(Instant(from_microseconds(*at).unwrap_or(Timestamp::MAX)))
            }
        };
        let place = Expr::tuple([key, Expr::val(place.1)]);
        if self.ascends(side) {
            row.gt(place)
        } else {
            row.lt(place)
        }
    }

    /// Whether walking towards `side` means walking up the index.
    fn ascends(&self, side: Side) -> bool {
        (self.direction == Direction::Ascending) == (side == Side::After)
    }
}

/// Which way from a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Towards the end of the list.
    After,
    /// Towards its start.
    Before,
}

impl Side {
    const fn opposite(self) -> Self {
        match self {
            Self::After => Self::Before,
            Self::Before => Self::After,
        }
    }
}

/// One page of what `select` (filtered, not ordered) finds. `place` tells sort value and id of a row.
pub(crate) async fn fetch<M: FromQueryResult>(
    db: &impl Connection,
    select: SelectStatement,
    order: &Order,
    request: &PageRequest,
    place: impl Fn(&M) -> (Key, Uuid),
) -> Result<Page<M>, Error> {
    let (side, cursor) = match &request.from {
        PageEnd::Start { after } => (Side::After, after),
        PageEnd::End { before } => (Side::Before, before),
    };
    let start = cursor
        .as_deref()
        .map(|text| order.decode(text))
        .transpose()?;
    let mut ranged = range(select.clone(), order, side, start.as_ref());
    ranged.limit(u64::from(request.size) + 1);
    let statement = db.db().get_database_backend().build(&ranged);
    let mut rows = M::find_by_statement(statement).all(db.db()).await?;
    let most = usize::try_from(request.size).unwrap_or(usize::MAX);
    let has_more = rows.len() > most;
    rows.truncate(most);

    // Whether anything lies behind the page's start: asked only when it did not begin at the end of the list.
    let has_behind = match (&start, rows.first()) {
        (None, _) => false,
        (Some(_), Some(first)) => {
            exists(db, select, order.beyond(&place(first), side.opposite())).await?
        }
        (Some(start), None) => exists(db, select, order.beyond(start, side).not()).await?,
    };
    if side == Side::Before {
        rows.reverse();
    }
    let (has_previous, has_next) = match side {
        Side::After => (has_behind, has_more),
        Side::Before => (has_more, has_behind),
    };
    let items = rows
        .into_iter()
        .map(|row| {
            let (key, id) = place(&row);
            (order.encode(key, id), row)
        })
        .collect();
    Ok(Page {
        items,
        has_previous,
        has_next,
    })
}

/// What `select` finds from the place on towards `side`.
pub(crate) fn range(
    mut select: SelectStatement,
    order: &Order,
    side: Side,
    start: Option<&(Key, Uuid)>,
) -> SelectStatement {
    if let Some(start) = start {
        select.and_where(order.beyond(start, side));
    }
    let direction = if order.ascends(side) {
        SqlOrder::Asc
    } else {
        SqlOrder::Desc
    };
    select
        .order_by_expr(order.key.clone(), direction.clone())
        .order_by_expr(order.id.clone(), direction);
    select
}

async fn exists(
    db: &impl Connection,
    mut select: SelectStatement,
    condition: Expr,
) -> Result<bool, Error> {
    select
        .clear_selects()
        .expr_as(Expr::val(1), Alias::new("one"))
        .and_where(condition)
        .limit(1);
    Ok(db.db().query_one(&select).await?.is_some())
}

/// How many rows `select` finds, counting no further than `most`.
pub(crate) async fn count_up_to(
    db: &impl Connection,
    mut select: SelectStatement,
    most: u64,
) -> Result<u64, Error> {
    select
        .clear_selects()
        .expr_as(Expr::val(1), Alias::new("one"))
        .limit(most);
    let count = Query::select()
        .expr_as(Expr::cust("count(*)"), Alias::new("rows"))
        .from_subquery(select, Alias::new("found"))
        .take();
    let Some(row) = db.db().query_one(&count).await? else {
        return Ok(0);
    };
    let rows: i64 = row.try_get("", "rows")?;
    Ok(u64::try_from(rows).unwrap_or(0))
}

/// Turns the nodes of a page.
pub(crate) fn try_map<A, B>(
    page: Page<A>,
    turn: impl Fn(A) -> Result<B, Error>,
) -> Result<Page<B>, Error> {
    let items: Result<Vec<_>, Error> = page
        .items
        .into_iter()
        .map(|(cursor, node)| Ok((cursor, turn(node)?)))
        .collect();
    Ok(Page {
        items: items?,
        has_previous: page.has_previous,
        has_next: page.has_next,
    })
}

#[cfg(test)]
mod tests;
