//! Comparisons that filters of several nouns share.
//!
//! Not for filters of one noun (its own file). Invariant: all operators of one comparison must hold.

use async_graphql::InputObject;
use jiff::{SignedDuration, Timestamp};

use crate::scalars::DateTime;

/// Comparison of a time; all given operators must hold.
#[derive(Debug, Clone, Copy, Default, InputObject)]
pub(crate) struct DateTimeFilter {
    /// Later than this.
    gt: Option<DateTime>,
    /// At this time or later.
    gte: Option<DateTime>,
    /// Earlier than this.
    lt: Option<DateTime>,
    /// At this time or earlier.
    lte: Option<DateTime>,
}

impl DateTimeFilter {
    /// First instant that matches, if there is such a bound.
    pub(crate) fn from(&self) -> Option<Timestamp> {
        let after = self.gt.map(|at| just_after(at.0));
        let at = self.gte.map(|at| at.0);
        after.into_iter().chain(at).max()
    }

    /// First instant that no longer matches, if there is such a bound.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        let before = self.lt.map(|at| at.0);
        let at = self.lte.map(|at| just_after(at.0));
        before.into_iter().chain(at).min()
    }
}

/// The next instant that the database can tell apart.
fn just_after(at: Timestamp) -> Timestamp {
    at.saturating_add(SignedDuration::from_micros(1))
        .unwrap_or(Timestamp::MAX)
}

/// A tag that an asset must have.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct TagFilter {
    /// Key of the tag.
    key: String,
    /// Value of the tag; any when absent.
    value: Option<String>,
}

impl From<TagFilter> for (String, Option<String>) {
    fn from(TagFilter { key, value }: TagFilter) -> Self {
        (key, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_operators_become_one_half_open_range() {
        let at = |second| DateTime(Timestamp::from_second(second).unwrap());
        let filter = DateTimeFilter {
            gt: Some(at(10)),
            gte: Some(at(10)),
            lt: Some(at(20)),
            lte: Some(at(19)),
        };
        assert_eq!(filter.from(), Some(just_after(at(10).0)));
        assert_eq!(filter.until(), Some(just_after(at(19).0)));
        assert_eq!(DateTimeFilter::default().from(), None);
        assert_eq!(DateTimeFilter::default().until(), None);
    }
}
