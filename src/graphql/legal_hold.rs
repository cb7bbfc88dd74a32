//! Legal holds: recovery points that do not end, whatever else is decided.
//!
//! Not for the vault lock (`vault_lock.rs`). Invariant: one person places a hold, two release it.

use app::legal_holds::{NewCriteria, NewHold};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::LegalHoldId;

use crate::approval::{ApprovalRequestPayload, payload};
use crate::connection::{Connection, Noun, Total, page_cost, page_request};
use crate::context::{loaders, viewer};
use crate::error::{UserError, outcome, read};
use crate::filter::DateTimeFilter;
use crate::node::{parse, parse_each};
use crate::organizational_unit::OrganizationalUnit;
use crate::recovery_point::{self, RecoveryPoint};
use crate::scalars::DateTime;
use crate::user::{Actor, IntoId as _};

/// A ban on the end of recovery points.
#[derive(Clone)]
pub(crate) struct LegalHold(pub(crate) domain::legal_hold::LegalHold);

impl Noun for LegalHold {
    const CONNECTION: &'static str = "LegalHoldConnection";
    const EDGE: &'static str = "LegalHoldEdge";
}

impl LegalHold {
    /// The hold with this id; null when it is malformed, missing or foreign.
    pub(crate) async fn find(ctx: &Context<'_>, id: &ID) -> async_graphql::Result<Option<Self>> {
        let caller = viewer(ctx)?;
        match parse::<LegalHoldId>(id) {
            Some(id) => Ok(read(app::legal_holds::lookup(caller, id).await)?.map(Self)),
            None => Ok(None),
        }
    }
}

/// A ban on the end of recovery points; those that it names are kept until it is released.
#[Object]
impl LegalHold {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Why it was placed.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// The unit of whose assets it keeps recovery points.
    async fn organizational_unit(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<OrganizationalUnit>> {
        let found = loaders(ctx)?.load(self.0.unit_id).await?;
        Ok(found.map(OrganizationalUnit))
    }

    /// Whether it keeps recovery points that are made later as well.
    async fn includes_new(&self) -> bool {
        let criteria = self.0.criteria.as_ref();
        criteria.is_some_and(|criteria| criteria.includes_new)
    }

    /// Who placed it; null when the person is no longer there.
    async fn created_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Actor>> {
        Actor::load(ctx, self.0.created_by).await
    }

    /// When it was placed.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was released; null while it keeps anything.
    async fn released_at(&self) -> Option<DateTime> {
        self.0.released_at.map(DateTime)
    }

    /// The recovery points that it keeps, or kept until it was released, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn recovery_points(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size of a page from the start, 1 to 100; 25 when absent.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Size of a page from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Option<Connection<RecoveryPoint>>> {
        let request = page_request(first, after, last, before)?;
        let filter = domain::recovery_point::RecoveryPointFilter {
            legal_hold: Some(self.0.id),
            ..Default::default()
        };
        recovery_point::page(
            ctx,
            filter,
            domain::recovery_point::RecoveryPointOrder::default(),
            request,
        )
        .await
    }
}

/// Which holds a list shows; all given members must hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct LegalHoldFilter {
    /// Those that keep something (true), or those that were released (false).
    open: Option<bool>,
}

impl From<LegalHoldFilter> for domain::legal_hold::LegalHoldFilter {
    fn from(filter: LegalHoldFilter) -> Self {
        Self {
            is_open: filter.open,
        }
    }
}

/// Root fields of legal holds.
#[derive(Default)]
pub(crate) struct LegalHoldQuery;

#[Object]
impl LegalHoldQuery {
    /// Legal holds, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "Relay's four arguments are given"
    )]
    async fn legal_holds(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size of a page from the start, 1 to 100; 25 when absent.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Size of a page from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which legal holds.")] filter: Option<LegalHoldFilter>,
    ) -> async_graphql::Result<Option<Connection<LegalHold>>> {
        let caller = viewer(ctx)?;
        let request = page_request(first, after, last, before)?;
        let filter = filter.unwrap_or_default().into();
        let page = read(app::legal_holds::list(caller, &filter, &request).await)?;
        let total = Total::LegalHolds(filter);
        Ok(Some(Connection::new(page, total, LegalHold)))
    }
}

/// Which recovery points a hold is for, besides those that are listed.
#[derive(InputObject)]
pub(crate) struct LegalHoldCriteriaInput {
    /// Of these assets, up to 100; all of the unit when absent.
    asset_ids: Option<Vec<ID>>,
    /// Taken at such a time.
    taken_at: Option<DateTimeFilter>,
    /// Those that are made later as well, while the hold is open.
    #[graphql(default)]
    includes_new: bool,
}

impl From<LegalHoldCriteriaInput> for NewCriteria {
    fn from(input: LegalHoldCriteriaInput) -> Self {
        Self {
            asset_ids: parse_each(&input.asset_ids.unwrap_or_default()),
            taken_from: input.taken_at.and_then(|at| at.from()),
            taken_until: input.taken_at.and_then(|at| at.until()),
            includes_new: input.includes_new,
        }
    }
}

/// A new legal hold.
#[derive(InputObject)]
pub(crate) struct CreateLegalHoldInput {
    /// Its name.
    name: String,
    /// Why.
    reason: String,
    /// The unit of whose assets it keeps recovery points; the topmost one where you may place holds when absent.
    organizational_unit_id: Option<ID>,
    /// These recovery points, up to 100.
    recovery_point_ids: Option<Vec<ID>>,
    /// And those that meet this.
    criteria: Option<LegalHoldCriteriaInput>,
}

/// Result of `createLegalHold`.
#[derive(SimpleObject)]
pub(crate) struct CreateLegalHoldPayload {
    /// The new hold; null when it was not placed.
    legal_hold: Option<LegalHold>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which legal hold shall be released.
#[derive(InputObject)]
pub(crate) struct ReleaseLegalHoldInput {
    /// The hold.
    id: ID,
    /// Why.
    reason: String,
}

/// Mutations of legal holds.
#[derive(Default)]
pub(crate) struct LegalHoldMutation;

#[Object]
impl LegalHoldMutation {
    /// Places a legal hold. What it keeps does not end; recovery points in their undo window come out of it.
    async fn create_legal_hold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new hold.")] input: CreateLegalHoldInput,
    ) -> async_graphql::Result<Option<CreateLegalHoldPayload>> {
        let new = NewHold {
            name: input.name,
            reason: input.reason,
            unit: input.organizational_unit_id.as_ref().map(parse),
            point_ids: parse_each(&input.recovery_point_ids.unwrap_or_default()),
            criteria: input.criteria.map(Into::into),
        };
        let (hold, user_errors) = outcome(app::legal_holds::create(viewer(ctx)?, new).await)?;
        Ok(Some(CreateLegalHoldPayload {
            legal_hold: hold.map(LegalHold),
            user_errors,
        }))
    }

    /// Asks for the release of a legal hold; it is released when another person approves.
    async fn release_legal_hold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which hold, and why.")] input: ReleaseLegalHoldInput,
    ) -> async_graphql::Result<Option<ApprovalRequestPayload>> {
        let (caller, id) = (viewer(ctx)?, parse(&input.id));
        payload(app::legal_holds::request_release(caller, id, &input.reason).await)
    }
}
