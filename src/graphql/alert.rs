//! Alerts: what a person should look at.
//!
//! Not for raising them (the work that finds them) nor for ways out of the service. Invariant: an alert is shown as it is now;
//! acknowledging one changes nothing of whether it is true.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::page::Direction;

use crate::asset::Asset;
use crate::connection::{Connection, Noun, Total, page_cost, page_request};
use crate::context::{loaders, viewer};
use crate::enums::{AlertKind, AlertSeverity, OrderDirection};
use crate::error::{UserError, outcome, read};
use crate::filter::DateTimeFilter;
use crate::node::{Node, parse, parse_all};
use crate::scalars::DateTime;
use crate::user::{IntoId as _, User};

/// Something that a person should look at.
pub(crate) struct Alert(pub(crate) domain::alert::Alert);

impl From<domain::alert::Alert> for Alert {
    fn from(alert: domain::alert::Alert) -> Self {
        Self(alert)
    }
}

impl Noun for Alert {
    const CONNECTION: &'static str = "AlertConnection";
    const EDGE: &'static str = "AlertEdge";
}

/// Something that a person should look at, from the moment that it is true until it no longer is.
#[Object]
impl Alert {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// What it is about.
    async fn kind(&self) -> AlertKind {
        self.0.kind.into()
    }

    /// How bad it is.
    async fn severity(&self) -> AlertSeverity {
        self.0.severity.into()
    }

    /// One line that says what has happened, the same for all of a kind.
    async fn title(&self) -> &str {
        self.0.kind.title()
    }

    /// What has happened here, and what to do about it.
    async fn cause(&self) -> &str {
        &self.0.cause
    }

    /// Facts for programs, as JSON; null when there are none.
    async fn evidence(&self) -> Option<String> {
        (!self.0.evidence.is_null()).then(|| self.0.evidence.to_string())
    }

    /// The asset that it is about; null when it is about none.
    async fn asset(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Asset>> {
        match self.0.subject.asset_id {
            Some(id) => Ok(loaders(ctx)?.load(id).await?.map(Asset::from)),
            None => Ok(None),
        }
    }

    /// The thing that it is about most closely: a recovery point, task, policy, asset or account; null when it is about the
    /// organization, or when the thing is gone.
    async fn subject(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Node>> {
        let subject = self.0.subject;
        let id = subject
            .recovery_point_id
            .map(|id| id.to_string())
            .or_else(|| subject.task_id.map(|id| id.to_string()))
            .or_else(|| subject.policy_id.map(|id| id.to_string()))
            .or_else(|| subject.asset_id.map(|id| id.to_string()))
            .or_else(|| subject.aws_account_id.map(|id| id.to_string()));
        match id {
            Some(id) => crate::node::find(ctx, &ID(id)).await,
            None => Ok(None),
        }
    }

    /// How often it was found while it was open.
    async fn occurrences(&self) -> u32 {
        self.0.occurrences
    }

    /// When it was found first.
    async fn raised_at(&self) -> DateTime {
        self.0.raised_at.into()
    }

    /// When it was found last.
    async fn renewed_at(&self) -> DateTime {
        self.0.renewed_at.into()
    }

    /// When somebody said that they know of it; null when nobody did.
    async fn acknowledged_at(&self) -> Option<DateTime> {
        let acknowledgement = self.0.acknowledgement.as_ref();
        acknowledgement.map(|one| one.at.into())
    }

    /// Who said that they know of it; null when nobody did, when a program did, or when the person is gone.
    async fn acknowledged_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<User>> {
        match self.0.acknowledgement.as_ref().and_then(|one| one.by) {
            Some(id) => Ok(loaders(ctx)?.load(id).await?.map(User::from)),
            None => Ok(None),
        }
    }

    /// What was noted when it was acknowledged.
    async fn note(&self) -> Option<&str> {
        self.0.acknowledgement.as_ref()?.note.as_deref()
    }

    /// When it ceased to be true; null while it is open.
    async fn cleared_at(&self) -> Option<DateTime> {
        self.0.cleared_at.map(DateTime)
    }
}

/// Which alerts a list shows; all given members must hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct AlertFilter {
    /// One of these identifiers.
    id: Option<Vec<ID>>,
    /// One of these kinds.
    kind: Option<Vec<AlertKind>>,
    /// One of these severities.
    severity: Option<Vec<AlertSeverity>>,
    /// About one of these assets.
    asset: Option<Vec<ID>>,
    /// True: still open. False: cleared.
    is_open: Option<bool>,
    /// True: somebody knows of it. False: nobody does.
    is_acknowledged: Option<bool>,
    /// Raised first at such a time.
    raised_at: Option<DateTimeFilter>,
}

impl From<AlertFilter> for domain::alert::AlertFilter {
    fn from(filter: AlertFilter) -> Self {
        let AlertFilter {
            id,
            kind,
            severity,
            asset,
            is_open,
            is_acknowledged,
            raised_at,
        } = filter;
        Self {
            ids: parse_all(id),
            kinds: kind.map(|all| all.into_iter().map(Into::into).collect()),
            severities: severity.map(|all| all.into_iter().map(Into::into).collect()),
            asset_ids: parse_all(asset),
            is_open,
            is_acknowledged,
            raised_from: raised_at.and_then(|at| at.from()),
            raised_until: raised_at.and_then(|at| at.until()),
        }
    }
}

/// Order of a list of alerts.
#[derive(Debug, Clone, Copy, InputObject)]
pub(crate) struct AlertOrder {
    /// What is compared; the identifier breaks ties.
    field: AlertOrderField,
    /// Which end comes first.
    #[graphql(default_with = "OrderDirection::Desc")]
    direction: OrderDirection,
}

/// What a list of alerts can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum AlertOrderField {
    /// When the alert was raised first.
    RaisedAt,
}

impl From<AlertOrder> for Direction {
    fn from(AlertOrder { field, direction }: AlertOrder) -> Self {
        match field {
            AlertOrderField::RaisedAt => direction.into(),
        }
    }
}

/// Root fields of alerts.
#[derive(Default)]
pub(crate) struct AlertQuery;

#[Object]
impl AlertQuery {
    /// Alerts, newest first when no order is given.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "Relay's four arguments are given"
    )]
    async fn alerts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size of a page from the start, 1 to 100; 25 when absent.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Size of a page from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which alerts.")] filter: Option<AlertFilter>,
        #[graphql(desc = "In which order; cursors of one order mean nothing in another.")]
        order_by: Option<AlertOrder>,
    ) -> async_graphql::Result<Option<Connection<Alert>>> {
        let caller = viewer(ctx)?;
        let request = page_request(first, after, last, before)?;
        let filter = filter.unwrap_or_default().into();
        let direction = order_by.map_or(Direction::Descending, Direction::from);
        let page = read(app::alerts::list(caller, &filter, direction, &request).await)?;
        Ok(Some(Connection::new(
            page,
            Total::Alerts(filter),
            Alert::from,
        )))
    }

    /// One alert; null when there is none that you may see.
    async fn alert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identifier of the alert.")] id: ID,
    ) -> async_graphql::Result<Option<Alert>> {
        Alert::find(ctx, &id).await
    }
}

/// Which alert somebody knows of.
#[derive(InputObject)]
pub(crate) struct AcknowledgeAlertInput {
    /// The alert.
    id: ID,
    /// What others should know, less than 1,024 characters; replaces an earlier note.
    #[graphql(default)]
    note: String,
}

/// Result of `acknowledgeAlert`.
#[derive(SimpleObject)]
pub(crate) struct AcknowledgeAlertPayload {
    /// The alert as it is now.
    alert: Option<Alert>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of alerts.
#[derive(Default)]
pub(crate) struct AlertMutation;

#[Object]
impl AlertMutation {
    /// Says that you know of an alert, with a note for others. It stays open until it is no longer true.
    async fn acknowledge_alert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which alert you know of.")] input: AcknowledgeAlertInput,
    ) -> async_graphql::Result<Option<AcknowledgeAlertPayload>> {
        let AcknowledgeAlertInput { id, note } = input;
        let done = app::alerts::acknowledge(viewer(ctx)?, parse(&id), &note).await;
        let (alert, user_errors) = outcome(done)?;
        Ok(Some(AcknowledgeAlertPayload {
            alert: alert.map(Alert::from),
            user_errors,
        }))
    }
}
