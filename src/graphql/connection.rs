//! Relay connections: pages of nodes with cursors and a capped count.
//!
//! Not for finding the rows (`store`). Invariant: a page size out of range is an error, never a silent cut, and the count is
//! computed only when it is asked for.

use std::borrow::Cow;

use async_graphql::connection::PageInfo;
use async_graphql::{Context, Object, OutputType, TypeName};
use domain::alert::AlertFilter;
use domain::approval::ApprovalFilter;
use domain::asset::AssetFilter;
use domain::audit::AuditFilter;
use domain::aws_account::AwsAccountFilter;
use domain::legal_hold::LegalHoldFilter;
use domain::page::{Page, PageRequest};
use domain::policy::PolicyFilter;
use domain::protection_rule::ProtectionRuleFilter;
use domain::recovery_point::RecoveryPointFilter;
use domain::task::TaskFilter;
use domain::verification::VerificationFilter;

use crate::context::viewer;
use crate::error::read;

/// Fields of a page that cost as much as one unit of the cost limit.
const FIELDS_PER_COST: usize = 10;

/// Cost of a page before execution: nodes times what is asked of each, in tens of fields.
pub(crate) fn page_cost(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    let wanted = first.or(last).and_then(|size| usize::try_from(size).ok());
    let default = usize::try_from(domain::limits::PAGE_SIZE_DEFAULT).unwrap_or(1);
    let size = wanted.unwrap_or(default).max(1);
    size.saturating_mul(child).div_ceil(FIELDS_PER_COST)
}

/// The page that Relay's four arguments ask for.
pub(crate) fn page_request(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> async_graphql::Result<PageRequest> {
    let request = PageRequest::from_relay(first, after, last, before);
    read(request.map_err(app::Error::from))
}

/// A type that has connections.
pub(crate) trait Noun: OutputType {
    /// Name of its connection type.
    const CONNECTION: &'static str;
    /// Name of its edge type.
    const EDGE: &'static str;
}

/// What `totalCount` counts.
#[derive(Debug, Clone)]
pub(crate) enum Total {
    /// Alerts that match.
    Alerts(AlertFilter),
    /// Assets that match.
    Assets(AssetFilter),
    /// AWS accounts that match.
    AwsAccounts(AwsAccountFilter),
    /// Policies that match.
    Policies(PolicyFilter),
    /// Protection rules that match.
    ProtectionRules(ProtectionRuleFilter),
    /// Recovery points that match.
    RecoveryPoints(RecoveryPointFilter),
    /// Tasks that match.
    Tasks(TaskFilter),
    /// Attempts to prove points that match.
    Verifications(VerificationFilter),
    /// People who match.
    Users(app::users::MemberFilter),
    /// The caller's API tokens.
    ApiTokens,
    /// Audit events that match.
    AuditEvents(AuditFilter),
    /// Nodes of a list that was made as a whole.
    Counted(u64),
    /// Legal holds that match.
    LegalHolds(LegalHoldFilter),
    /// Approval requests that match.
    ApprovalRequests(ApprovalFilter),
}

impl Total {
    /// The number of nodes of a list that was made as a whole, up to the cap of all counts.
    pub(crate) fn of(count: usize) -> Self {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        Self::Counted(count.min(domain::limits::TOTAL_COUNT_MAX))
    }

    async fn count(&self, caller: &app::Ctx) -> Result<u64, app::Error> {
        match self {
            Self::Alerts(filter) => app::alerts::count(caller, filter).await,
            Self::Assets(filter) => app::assets::count(caller, filter).await,
            Self::AwsAccounts(filter) => app::aws_accounts::count(caller, filter).await,
            Self::Policies(filter) => app::policies::count(caller, filter).await,
            Self::ProtectionRules(filter) => app::protection_rules::count(caller, filter).await,
            Self::RecoveryPoints(filter) => app::recovery_points::count(caller, filter).await,
            Self::Tasks(filter) => app::tasks::count(caller, filter).await,
            Self::Verifications(filter) => app::verifications::count(caller, filter).await,
            Self::Users(filter) => app::users::count(caller, filter).await,
            Self::ApiTokens => app::api_tokens::count(caller).await,
            Self::AuditEvents(filter) => app::audit::count(caller, filter).await,
            Self::Counted(count) => Ok(*count),
            Self::LegalHolds(filter) => app::legal_holds::count(caller, filter).await,
            Self::ApprovalRequests(filter) => app::approvals::count(caller, filter).await,
        }
    }
}

/// A node and its place in the list.
pub(crate) struct Edge<T> {
    cursor: String,
    node: T,
}

impl<T: Noun> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        T::EDGE.into()
    }
}

/// A node of a page together with its place in the list.
#[Object(name_type)]
impl<T: Noun> Edge<T> {
    /// Place of the node: pass it as `after` or `before` to go on from here.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The node itself.
    async fn node(&self) -> &T {
        &self.node
    }
}

/// One page of a list.
pub(crate) struct Connection<T> {
    edges: Vec<Edge<T>>,
    has_previous: bool,
    has_next: bool,
    total: Total,
}

impl<T> Connection<T> {
    /// A page whose rows `node` turns into nodes.
    pub(crate) fn new<R>(page: Page<R>, total: Total, node: impl Fn(R) -> T) -> Self {
        let edge = |(cursor, row)| Edge {
            cursor,
            node: node(row),
        };
        Self {
            edges: page.items.into_iter().map(edge).collect(),
            has_previous: page.has_previous,
            has_next: page.has_next,
            total,
        }
    }
}

impl<T: Noun> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        T::CONNECTION.into()
    }
}

/// One page of a list, in the order that was asked for.
#[Object(name_type)]
impl<T: Noun> Connection<T> {
    /// The nodes of this page, each with its cursor.
    async fn edges(&self) -> &[Edge<T>] {
        &self.edges
    }

    /// The nodes of this page, for callers who need no cursor of each.
    async fn nodes(&self) -> Vec<&T> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_previous_page: self.has_previous,
            has_next_page: self.has_next,
            start_cursor: self.edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: self.edges.last().map(|edge| edge.cursor.clone()),
        }
    }

    /// Number of nodes that match, counted up to 10,000: a value of 10,000 means that many or more.
    async fn total_count(&self, ctx: &Context<'_>) -> async_graphql::Result<u64> {
        read(self.total.count(viewer(ctx)?).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_of_a_page_grows_with_its_size_and_its_fields() {
        assert_eq!(page_cost(Some(100), None, 12), 120);
        assert_eq!(page_cost(None, Some(10), 1), 1);
        assert_eq!(page_cost(None, None, 4), 10);
        assert_eq!(page_cost(Some(-5), None, 10), 25);
        assert_eq!(
            page_cost(Some(i32::MAX), None, usize::MAX),
            usize::MAX.div_ceil(10)
        );
    }

    #[test]
    fn paging_arguments_of_both_ends_are_an_error_with_a_code() {
        let error = page_request(Some(5), None, Some(5), None).unwrap_err();
        let shown = format!("{error:?}");
        assert!(shown.contains("BAD_USER_INPUT"), "{shown}");
        assert!(page_request(Some(101), None, None, None).is_err());
        assert!(page_request(Some(100), None, None, None).is_ok());
    }
}
