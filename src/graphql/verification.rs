//! Verifications: attempts to prove that a recovery point comes back, with their evidence.
//!
//! Not for starting one (`restore.rs`). Invariant: the evidence is shown as the text whose SHA-256 is shown.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use domain::page::{Direction, PageRequest};

use crate::connection::{Connection, Noun, Total, page_cost, page_request};
use crate::context::{loaders, viewer};
use crate::enums::{OrderDirection, RecoveryPointProof, VerificationVerdict};
use crate::error::read;
use crate::filter::DateTimeFilter;
use crate::node::parse_all;
use crate::recovery_point::RecoveryPoint;
use crate::scalars::{BigInt, DateTime};
use crate::task::Task;
use crate::user::IntoId as _;

/// One attempt to prove a recovery point.
pub(crate) struct Verification(pub(crate) domain::verification::Verification);

impl From<domain::verification::Verification> for Verification {
    fn from(verification: domain::verification::Verification) -> Self {
        Self(verification)
    }
}

impl Noun for Verification {
    const CONNECTION: &'static str = "VerificationConnection";
    const EDGE: &'static str = "VerificationEdge";
}

/// One attempt to prove that a recovery point comes back.
#[Object]
impl Verification {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// The recovery point.
    async fn recovery_point(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<RecoveryPoint>> {
        let id = self.0.recovery_point_id;
        Ok(loaders(ctx)?.load(id).await?.map(RecoveryPoint::from))
    }

    /// The task that did it; null when it is no longer kept.
    async fn task(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Task>> {
        Ok(loaders(ctx)?.load(self.0.task_id).await?.map(Task::from))
    }

    /// The level that was asked for.
    async fn wanted(&self) -> RecoveryPointProof {
        self.0.wanted.into()
    }

    /// The level that was shown in this attempt.
    async fn proof(&self) -> RecoveryPointProof {
        self.0.reached.into()
    }

    /// How it ended.
    async fn verdict(&self) -> VerificationVerdict {
        self.0.verdict.into()
    }

    /// Bytes of the recovery point that were read back.
    async fn bytes_checked(&self) -> BigInt {
        BigInt(self.0.bytes_checked)
    }

    /// What was run, in which version, what it said, and which digests were compared, as JSON; null while it is under way.
    async fn evidence(&self) -> Option<&str> {
        let evidence = self.0.evidence.as_ref();
        evidence.map(|evidence| evidence.text.as_str())
    }

    /// SHA-256 of the bytes of `evidence`, hexadecimal.
    async fn evidence_sha256(&self) -> Option<&str> {
        let evidence = self.0.evidence.as_ref();
        evidence.map(|evidence| evidence.sha256.as_str())
    }

    /// When it began.
    async fn started_at(&self) -> DateTime {
        self.0.started_at.into()
    }

    /// When it ended; null while it is under way.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime)
    }
}

/// Which verifications a list shows; all given members must hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct VerificationFilter {
    /// One of these identifiers.
    id: Option<Vec<ID>>,
    /// Of one of these recovery points.
    recovery_point: Option<Vec<ID>>,
    /// Of recovery points of one of these assets.
    asset: Option<Vec<ID>>,
    /// Ended in one of these ways.
    verdict: Option<Vec<VerificationVerdict>>,
    /// Begun at such a time.
    started_at: Option<DateTimeFilter>,
}

impl From<VerificationFilter> for domain::verification::VerificationFilter {
    fn from(filter: VerificationFilter) -> Self {
        let VerificationFilter {
            id,
            recovery_point,
            asset,
            verdict,
            started_at,
        } = filter;
        Self {
            ids: parse_all(id),
            recovery_point_ids: parse_all(recovery_point),
            asset_ids: parse_all(asset),
            verdicts: verdict.map(|all| all.into_iter().map(Into::into).collect()),
            started_from: started_at.and_then(|at| at.from()),
            started_until: started_at.and_then(|at| at.until()),
        }
    }
}

/// Order of a list of verifications.
#[derive(Debug, Clone, Copy, InputObject)]
pub(crate) struct VerificationOrder {
    /// What is compared; the identifier breaks ties.
    field: VerificationOrderField,
    /// Which end comes first.
    #[graphql(default_with = "OrderDirection::Desc")]
    direction: OrderDirection,
}

/// What a list of verifications can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum VerificationOrderField {
    /// When the attempt began.
    StartedAt,
}

impl From<VerificationOrder> for Direction {
    fn from(VerificationOrder { field, direction }: VerificationOrder) -> Self {
        match field {
            VerificationOrderField::StartedAt => direction.into(),
        }
    }
}

/// A page of attempts that match.
pub(crate) async fn page(
    ctx: &Context<'_>,
    filter: domain::verification::VerificationFilter,
    direction: Direction,
    request: PageRequest,
) -> async_graphql::Result<Option<Connection<Verification>>> {
    let page = app::verifications::list(viewer(ctx)?, &filter, direction, &request).await;
    let total = Total::Verifications(filter);
    Ok(Some(Connection::new(
        read(page)?,
        total,
        Verification::from,
    )))
}

/// Root fields of verifications.
#[derive(Default)]
pub(crate) struct VerificationQuery;

#[Object]
impl VerificationQuery {
    /// Attempts to prove recovery points, newest first when no order is given.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "Relay's four arguments are given"
    )]
    async fn verifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size of a page from the start, 1 to 100; 25 when absent.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Size of a page from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which verifications.")] filter: Option<VerificationFilter>,
        #[graphql(desc = "In which order; cursors of one order mean nothing in another.")]
        order_by: Option<VerificationOrder>,
    ) -> async_graphql::Result<Option<Connection<Verification>>> {
        viewer(ctx)?;
        let request = page_request(first, after, last, before)?;
        let filter = filter.unwrap_or_default().into();
        let direction = order_by.map_or(Direction::Descending, Direction::from);
        page(ctx, filter, direction, request).await
    }

    /// One verification; null when there is none that you may see.
    async fn verification(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identifier of the verification.")] id: ID,
    ) -> async_graphql::Result<Option<Verification>> {
        Verification::find(ctx, &id).await
    }
}
