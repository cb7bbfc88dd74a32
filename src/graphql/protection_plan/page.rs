//! Pages of lists that were made as a whole.
//!
//! Not for lists of the database (`store`). Invariant: a cursor is the id of an element, so that it holds when the list is made anew.

use domain::page::{Page, PageEnd, PageRequest};

/// The page of a list in memory whose elements have ids; a cursor is the id of an element.
pub(super) fn page_of<T, I>(
    mut all: Vec<T>,
    request: &PageRequest,
    id: impl Fn(&T) -> I,
) -> Result<Page<T>, app::Error>
where
    I: std::str::FromStr + std::fmt::Display + PartialEq,
{
    let size = usize::try_from(request.size).unwrap_or(usize::MAX);
    let place = |cursor: &Option<String>, field: &str| -> Result<Option<usize>, app::Error> {
        let Some(text) = cursor else { return Ok(None) };
        let wanted: Option<I> = text.parse().ok();
        let place = all.iter().position(|one| Some(id(one)) == wanted);
        let unknown = || domain::Problem::invalid(field, "This is no cursor of this list.");
        Ok(Some(place.ok_or_else(unknown)?))
    };
    let (from, to) = match &request.from {
        PageEnd::Start { after } => {
            let from = place(after, "after")?.map_or(0, |place| place.saturating_add(1));
            (from, from.saturating_add(size).min(all.len()))
        }
        PageEnd::End { before } => {
            let to = place(before, "before")?.unwrap_or(all.len());
            (to.saturating_sub(size), to)
        }
    };
    let total = all.len();
    let items = all.drain(from.min(to)..to);
    Ok(Page {
        items: items.map(|one| (id(&one).to_string(), one)).collect(),
        has_previous: from > 0,
        has_next: to < total,
    })
}

#[cfg(test)]
mod tests {
    use domain::RecoveryPointId;

    use super::*;

    fn page(ids: &[u128], request: &PageRequest) -> Result<(Vec<u128>, bool, bool), app::Error> {
        let all: Vec<u128> = ids.to_vec();
        let id = |number: &u128| RecoveryPointId::from_uuid(uuid::Uuid::from_u128(*number));
        let page = page_of(all, request, id)?;
        let (previous, next) = (page.has_previous, page.has_next);
        Ok((page.into_nodes(), previous, next))
    }

    fn cursor(number: u128) -> String {
        RecoveryPointId::from_uuid(uuid::Uuid::from_u128(number)).to_string()
    }

    #[test]
    fn pages_of_a_list_in_memory_are_taken_from_both_ends() {
        let all = [1, 2, 3, 4, 5];
        let from_start = |size, after: Option<u128>| PageRequest {
            size,
            from: PageEnd::Start {
                after: after.map(cursor),
            },
        };
        let from_end = |size, before: Option<u128>| PageRequest {
            size,
            from: PageEnd::End {
                before: before.map(cursor),
            },
        };
        let table = [
            (from_start(2, None), (vec![1, 2], false, true)),
            (from_start(2, Some(2)), (vec![3, 4], true, true)),
            (from_start(9, Some(4)), (vec![5], true, false)),
            (from_start(9, Some(5)), (vec![], true, false)),
            (from_end(2, None), (vec![4, 5], true, false)),
            (from_end(9, Some(3)), (vec![1, 2], false, true)),
        ];
        for (request, expected) in table {
            assert_eq!(page(&all, &request).unwrap(), expected, "{request:?}");
        }
        assert!(page(&all, &from_start(2, Some(9))).is_err());
        let malformed = PageRequest {
            size: 1,
            from: PageEnd::Start {
                after: Some("x".to_owned()),
            },
        };
        assert!(page(&all, &malformed).is_err());
    }
}
