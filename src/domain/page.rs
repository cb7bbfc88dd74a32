//! Keyset pages of a list.
//!
//! Not for Relay's wire shapes (`graphql`). Invariant: a page is asked for from one end only.

use crate::error::Problem;
use crate::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};

/// Which page of a list is wanted; cursors are opaque to everyone but `store`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// How many nodes, 1 to [`PAGE_SIZE_MAX`].
    pub size: u32,
    /// From which end.
    pub from: PageEnd,
}

/// The end of the list from which a page is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageEnd {
    /// The first nodes after this cursor (or of the list).
    Start {
        /// Nodes after this one.
        after: Option<String>,
    },
    /// The last nodes before this cursor (or of the list).
    End {
        /// Nodes before this one.
        before: Option<String>,
    },
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            size: PAGE_SIZE_DEFAULT,
            from: PageEnd::Start { after: None },
        }
    }
}

impl PageRequest {
    /// From Relay's four arguments; both directions at once and sizes out of range are refused, never cut.
    pub fn from_relay(
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Self, Problem> {
        if last.is_none() && before.is_none() {
            let size = first.map_or(Ok(PAGE_SIZE_DEFAULT), |first| size_of("first", first))?;
            return Ok(Self {
                size,
                from: PageEnd::Start { after },
            });
        }
        if first.is_some() || after.is_some() {
            return Err(Problem::invalid(
                "first",
                "Use `first` and `after`, or `last` and `before`, not both.",
            ));
        }
        let size = last.map_or(Ok(PAGE_SIZE_DEFAULT), |last| size_of("last", last))?;
        Ok(Self {
            size,
            from: PageEnd::End { before },
        })
    }
}

fn size_of(field: &str, wanted: i32) -> Result<u32, Problem> {
    u32::try_from(wanted)
        .ok()
        .filter(|size| (1..=PAGE_SIZE_MAX).contains(size))
        .ok_or_else(|| {
            Problem::invalid(
                field,
                format!("A page has 1 to {PAGE_SIZE_MAX} nodes, {wanted} were asked for."),
            )
        })
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// Nodes with the cursor of each, in the order of the list.
    pub items: Vec<(String, T)>,
    /// Whether nodes lie before the first.
    pub has_previous: bool,
    /// Whether nodes lie after the last.
    pub has_next: bool,
}

impl<T> Page<T> {
    /// The nodes without their cursors.
    #[must_use]
    pub fn into_nodes(self) -> Vec<T> {
        self.items.into_iter().map(|(_, node)| node).collect()
    }
}

/// Direction of an order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    #[default]
    Ascending,
    /// Largest first.
    Descending,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_out_of_range_are_refused_and_not_cut() {
        for wanted in [-1, 0, 101, i32::MAX] {
            assert!(
                PageRequest::from_relay(Some(wanted), None, None, None).is_err(),
                "{wanted}"
            );
        }
    }

    #[test]
    fn both_directions_at_once_are_refused() {
        assert!(PageRequest::from_relay(Some(1), None, Some(1), None).is_err());
    }
}
