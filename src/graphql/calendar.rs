//! The calendar: what runs when.
//!
//! Not for what has run (`task.rs`). Invariant: every hour of the range is there, also one without a run.

use app::calendar::Calendar;
use async_graphql::{Context, Object, SimpleObject};

use crate::context::viewer;
use crate::enums::{AssetKind, Placement};
use crate::error::read;
use crate::scalars::DateTime;

/// An hour of the calendar.
#[derive(Debug, SimpleObject)]
pub(crate) struct CalendarHour {
    /// When the hour begins.
    starts_at: DateTime,
    /// What falls due in it, by kind of asset and place of the copy; empty when nothing does.
    runs: Vec<CalendarRuns>,
}

/// Runs that fall due in one hour.
#[derive(Debug, SimpleObject)]
pub(crate) struct CalendarRuns {
    /// Kind of the assets.
    asset_kind: AssetKind,
    /// Where the copies go.
    placement: Placement,
    /// How many runs, by their nominal times.
    count: u64,
}

/// Root fields of the calendar.
#[derive(Default)]
pub(crate) struct CalendarQuery;

#[Object]
impl CalendarQuery {
    /// What falls due between two times for the assets that you see, hour by hour, as policies and assignments are now. Hours
    /// begin at `from`, so that a client may cut days of its own time zone.
    #[graphql(complexity = "20 + child_complexity")]
    async fn calendar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Start of the first hour.")] from: DateTime,
        #[graphql(desc = "End, at most 14 days after the start.")] until: DateTime,
    ) -> async_graphql::Result<Option<Vec<CalendarHour>>> {
        let calendar = read(app::calendar::of_range(viewer(ctx)?, from.0, until.0).await)?;
        Ok(Some(hours(calendar)))
    }
}

fn hours(calendar: Calendar) -> Vec<CalendarHour> {
    let mut load = calendar.load.into_iter().peekable();
    let mut hours = Vec::with_capacity(calendar.hours.len());
    for starts_at in calendar.hours {
        let mut runs = Vec::new();
        while let Some(one) = load.next_if(|one| one.starts_at == starts_at) {
            runs.push(CalendarRuns {
                asset_kind: one.asset_kind.into(),
                placement: one.placement.into(),
                count: one.runs,
            });
        }
        hours.push(CalendarHour {
            starts_at: starts_at.into(),
            runs,
        });
    }
    hours
}
