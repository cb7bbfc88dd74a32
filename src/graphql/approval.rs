//! Changes that wait for a second person.
//!
//! Not for asking for them (the mutations of the nouns). Invariant: a decision names the hash of the plan that its maker has read.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::ApprovalRequestId;
use domain::approval::{ApprovalFilter, ApprovalPlan};

use crate::connection::{Connection, Noun, Total, page_cost, page_request};
use crate::context::{loaders, viewer};
use crate::error::{UserError, outcome, read};
use crate::legal_hold::LegalHold;
use crate::node::parse;
use crate::recovery_point::RecoveryPoint;
use crate::scalars::DateTime;
use crate::user::{IntoId as _, User};

/// What waits for a second person.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::approval::ApprovalAction")]
pub(crate) enum ApprovalAction {
    /// Recovery points end before their time.
    DeleteRecoveryPoints,
    /// Recovery points are kept shorter.
    ShortenRecoveryPointRetention,
    /// A legal hold ends.
    ReleaseLegalHold,
    /// A governance lock asks for less, or goes.
    LoosenVaultLock,
    /// Recovery points end that nobody foresaw.
    ReleaseExpiryBrake,
}

/// Where an approval request stands.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::approval::ApprovalStatus")]
pub(crate) enum ApprovalStatus {
    /// It waits for a second person.
    Pending,
    /// A second person agreed, and it was carried out.
    Approved,
    /// A second person refused.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// Whoever asked for it took it back.
    Cancelled,
}

/// A change that waits for a second person.
pub(crate) struct ApprovalRequest(pub(crate) domain::approval::ApprovalRequest);

impl Noun for ApprovalRequest {
    const CONNECTION: &'static str = "ApprovalRequestConnection";
    const EDGE: &'static str = "ApprovalRequestEdge";
}

impl ApprovalRequest {
    /// The request with this id; null when it is malformed, missing or foreign.
    pub(crate) async fn find(ctx: &Context<'_>, id: &ID) -> async_graphql::Result<Option<Self>> {
        let caller = viewer(ctx)?;
        match parse::<ApprovalRequestId>(id) {
            Some(id) => Ok(read(app::approvals::lookup(caller, id).await)?.map(Self)),
            None => Ok(None),
        }
    }
}

/// A change that waits for a second person, or did.
#[Object]
impl ApprovalRequest {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// What is changed.
    async fn action(&self) -> ApprovalAction {
        self.0.plan.action().into()
    }

    /// Where it stands; `APPROVED` means that it was carried out.
    async fn status(&self, ctx: &Context<'_>) -> async_graphql::Result<ApprovalStatus> {
        Ok(app::approvals::status(viewer(ctx)?, &self.0).into())
    }

    /// What is done on approval, in a sentence.
    async fn summary(&self) -> String {
        self.0.plan.summary()
    }

    /// Exactly what is done on approval, as canonical JSON.
    async fn plan(&self) -> String {
        self.0.plan.text()
    }

    /// The recovery points that the plan names one by one, as they are now and as far as you see them; empty for other plans.
    #[graphql(complexity = "10 + 25 * child_complexity")]
    async fn recovery_points(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Vec<RecoveryPoint>> {
        let loaders = loaders(ctx)?;
        let named = self.0.plan.points().iter();
        let loaded = named.map(|point| loaders.load(point.id));
        let found = futures_util::future::try_join_all(loaded).await?;
        Ok(found
            .into_iter()
            .flatten()
            .map(RecoveryPoint::from)
            .collect())
    }

    /// When those recovery points shall end; null for other plans, and when they end at once.
    async fn until(&self) -> Option<DateTime> {
        match &self.0.plan {
            ApprovalPlan::ShortenRecoveryPointRetention { until, .. } => Some(DateTime(*until)),
            ApprovalPlan::DeleteRecoveryPoints { .. }
            | ApprovalPlan::ReleaseLegalHold { .. }
            | ApprovalPlan::LoosenVaultLock { .. }
            | ApprovalPlan::ReleaseExpiryBrake { .. } => None,
        }
    }

    /// The legal hold that would be released; null for other plans, or when you do not see it.
    async fn legal_hold(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<LegalHold>> {
        match &self.0.plan {
            ApprovalPlan::ReleaseLegalHold { legal_hold_id, .. } => {
                let found = app::legal_holds::lookup(viewer(ctx)?, *legal_hold_id).await;
                Ok(read(found)?.map(LegalHold))
            }
            ApprovalPlan::DeleteRecoveryPoints { .. }
            | ApprovalPlan::ShortenRecoveryPointRetention { .. }
            | ApprovalPlan::LoosenVaultLock { .. }
            | ApprovalPlan::ReleaseExpiryBrake { .. } => Ok(None),
        }
    }

    /// SHA-256 of the plan, hexadecimal; an approval names it.
    async fn plan_hash(&self) -> &str {
        &self.0.plan_hash
    }

    /// Why it was asked for.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Who asked for it; null when the person is no longer there.
    async fn requested_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<User>> {
        Ok(loaders(ctx)?
            .load(self.0.requested_by)
            .await?
            .map(User::from))
    }

    /// When it was asked for.
    async fn requested_at(&self) -> DateTime {
        self.0.requested_at.into()
    }

    /// Until when it can be decided.
    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }

    /// Who decided or took it back; null while it waits, or when the person is no longer there.
    async fn decided_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<User>> {
        match self.0.decided_by {
            Some(user) => Ok(loaders(ctx)?.load(user).await?.map(User::from)),
            None => Ok(None),
        }
    }

    /// When it was decided, and carried out if it was approved; null while it waits.
    async fn decided_at(&self) -> Option<DateTime> {
        self.0.decided_at.map(DateTime)
    }

    /// What whoever decided had to say.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// What the viewer may do with it now.
    async fn viewer_can(&self, ctx: &Context<'_>) -> async_graphql::Result<ApprovalAbilities> {
        let caller = viewer(ctx)?;
        Ok(ApprovalAbilities {
            decide: app::approvals::may_decide(caller, &self.0),
            cancel: app::approvals::may_cancel(caller, &self.0),
        })
    }
}

/// What the viewer may do with a request now.
#[derive(SimpleObject)]
pub(crate) struct ApprovalAbilities {
    /// Approve or deny it.
    decide: bool,
    /// Take it back.
    cancel: bool,
}

/// Which requests a list shows; all given members must hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ApprovalRequestFilter {
    /// In one of these states.
    status: Option<Vec<ApprovalStatus>>,
    /// For one of these changes.
    action: Option<Vec<ApprovalAction>>,
}

impl From<ApprovalRequestFilter> for ApprovalFilter {
    fn from(ApprovalRequestFilter { status, action }: ApprovalRequestFilter) -> Self {
        Self {
            statuses: status.map(|all| all.into_iter().map(Into::into).collect()),
            actions: action.map(|all| all.into_iter().map(Into::into).collect()),
            not_of: None,
        }
    }
}

/// Root fields of approvals.
#[derive(Default)]
pub(crate) struct ApprovalQuery;

#[Object]
impl ApprovalQuery {
    /// Changes that wait for a second person, or did, newest first: all of them for whoever may decide, else one's own.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "Relay's four arguments are given"
    )]
    async fn approval_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size of a page from the start, 1 to 100; 25 when absent.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Size of a page from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which requests.")] filter: Option<ApprovalRequestFilter>,
    ) -> async_graphql::Result<Option<Connection<ApprovalRequest>>> {
        let caller = viewer(ctx)?;
        let request = page_request(first, after, last, before)?;
        let filter: ApprovalFilter = filter.unwrap_or_default().into();
        let page = read(app::approvals::list(caller, &filter, &request).await)?;
        let total = Total::ApprovalRequests(filter);
        Ok(Some(Connection::new(page, total, ApprovalRequest)))
    }
}

/// Which request is approved.
#[derive(InputObject)]
pub(crate) struct ApproveApprovalRequestInput {
    /// The request.
    id: ID,
    /// Hash of the plan that you have read.
    plan_hash: String,
    /// What you have to say.
    note: Option<String>,
}

/// Which request is denied.
#[derive(InputObject)]
pub(crate) struct DenyApprovalRequestInput {
    /// The request.
    id: ID,
    /// What you have to say.
    note: Option<String>,
}

/// Which request is taken back.
#[derive(InputObject)]
pub(crate) struct CancelApprovalRequestInput {
    /// The request; one of your own.
    id: ID,
}

/// Result of a decision.
#[derive(SimpleObject)]
pub(crate) struct ApprovalRequestPayload {
    /// The request as it is now; null when nothing was decided.
    pub(crate) approval_request: Option<ApprovalRequest>,
    /// What to mend; empty when it was done.
    pub(crate) user_errors: Vec<UserError>,
}

/// The payload of what was asked for or decided.
pub(crate) fn payload(
    done: Result<domain::approval::ApprovalRequest, app::Error>,
) -> async_graphql::Result<Option<ApprovalRequestPayload>> {
    let (request, user_errors) = outcome(done)?;
    Ok(Some(ApprovalRequestPayload {
        approval_request: request.map(ApprovalRequest),
        user_errors,
    }))
}

/// Mutations of approvals.
#[derive(Default)]
pub(crate) struct ApprovalMutation;

#[Object]
impl ApprovalMutation {
    /// Agrees to what another person asked for, and carries it out; refused when the world has moved since it was asked for.
    async fn approve_approval_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and the plan that you have read.")]
        input: ApproveApprovalRequestInput,
    ) -> async_graphql::Result<Option<ApprovalRequestPayload>> {
        let ApproveApprovalRequestInput {
            id,
            plan_hash,
            note,
        } = input;
        payload(app::approvals::approve(viewer(ctx)?, parse(&id), &plan_hash, note).await)
    }

    /// Refuses what another person asked for.
    async fn deny_approval_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request.")] input: DenyApprovalRequestInput,
    ) -> async_graphql::Result<Option<ApprovalRequestPayload>> {
        payload(app::approvals::deny(viewer(ctx)?, parse(&input.id), input.note).await)
    }

    /// Takes back what you asked for yourself.
    async fn cancel_approval_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request.")] input: CancelApprovalRequestInput,
    ) -> async_graphql::Result<Option<ApprovalRequestPayload>> {
        payload(app::approvals::cancel(viewer(ctx)?, parse(&input.id)).await)
    }
}
