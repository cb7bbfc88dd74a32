//! The audit log: who did what.
//!
//! Not for what happens inside tasks (`task.rs`). Invariant: only those who may read the log see it.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::audit::{AuditFilter, Recorded};
use jiff::SignedDuration;

use crate::connection::{Connection, Noun, Total, page_cost, page_request};
use crate::context::viewer;
use crate::enums::{AuditInterface, AuditLogStatus, AuditOutcome};
use crate::error::read;
use crate::filter::DateTimeFilter;
use crate::node::{Node, parse_all};
use crate::scalars::{BigInt, DateTime};
use crate::user::{Actor, IntoId as _};

/// A checkpoint that did not follow for so long is overdue: three times the pause between two.
const OVERDUE: SignedDuration = SignedDuration::from_mins(15);

/// A record of who did what.
pub(crate) struct AuditEvent(pub(crate) Recorded);

impl Noun for AuditEvent {
    const CONNECTION: &'static str = "AuditEventConnection";
    const EDGE: &'static str = "AuditEventEdge";
}

/// A record of who did what.
#[Object]
impl AuditEvent {
    /// Globally unique identifier.
    async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime {
        self.0.occurred_at.into()
    }

    /// Who did it; null when the person is no longer there.
    async fn actor(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Actor>> {
        Actor::load(ctx, self.0.actor).await
    }

    /// What was done: the name of the mutation in snake case.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// To what it was done, when that can still be read.
    async fn target(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Node>> {
        match &self.0.target {
            Some(target) => crate::node::find(ctx, &ID::from(target.as_str())).await,
            None => Ok(None),
        }
    }

    /// Identifier of what it was done to, also when that can no longer be read.
    async fn target_id(&self) -> Option<ID> {
        let target = self.0.target.as_deref().filter(|target| !target.is_empty());
        target.map(ID::from)
    }

    /// How it ended.
    async fn outcome(&self) -> AuditOutcome {
        self.0.outcome.into()
    }

    /// What was asked for, as JSON without secrets.
    async fn summary(&self) -> String {
        self.0.summary.to_string()
    }

    /// Address that the request came from.
    async fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// Which door the request came through.
    async fn interface(&self) -> AuditInterface {
        self.0.interface.into()
    }

    /// Number of the record in the log of the organization: 1, 2, 3 and so on, without gaps.
    async fn sequence(&self) -> BigInt {
        BigInt(self.0.sequence)
    }

    /// Hash of the record (SHA-256, hexadecimal), which covers all of it and the hash before it.
    async fn hash(&self) -> String {
        self.0.hash.to_string()
    }

    /// Hash of the record before this one; zeros for the first.
    async fn previous_hash(&self) -> String {
        self.0.previous_hash.to_string()
    }

    /// The record as a line of `holdfast audit export`: what the hash covers, and the hashes. All lines of a log, the oldest first,
    /// are what `holdfast audit verify` takes. Needs the right to export the log.
    async fn line(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(Some(read(app::audit::line(viewer(ctx)?, &self.0))?))
    }

    /// Identifier of the request, as in the logs of the server.
    async fn request_id(&self) -> &str {
        &self.0.request_id
    }
}

/// Which records of the audit log; all that is given must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct AuditEventFilter {
    /// Done by one of these people.
    actor: Option<Vec<ID>>,
    /// One of these actions: names of mutations in snake case.
    action: Option<Vec<String>>,
    /// Done to one of these.
    target: Option<Vec<ID>>,
    /// Ended in one of these ways.
    outcome: Option<Vec<AuditOutcome>>,
    /// Came through one of these doors.
    interface: Option<Vec<AuditInterface>>,
    /// Came from one of these addresses.
    address: Option<Vec<String>>,
    /// Happened at such a time.
    occurred_at: Option<DateTimeFilter>,
}

impl From<AuditEventFilter> for AuditFilter {
    fn from(filter: AuditEventFilter) -> Self {
        let AuditEventFilter {
            actor,
            action,
            target,
            outcome,
            interface,
            address,
            occurred_at,
        } = filter;
        Self {
            actors: parse_all(actor),
            actions: action,
            targets: target.map(|all| all.into_iter().map(|id| id.0).collect()),
            outcomes: outcome.map(|all| all.into_iter().map(Into::into).collect()),
            interfaces: interface.map(|all| all.into_iter().map(Into::into).collect()),
            addresses: address,
            from: occurred_at.and_then(|at| at.from()),
            until: occurred_at.and_then(|at| at.until()),
        }
    }
}

/// A signed statement of how long the log was at a moment, and which one.
#[derive(SimpleObject)]
#[graphql(name = "AuditCheckpointHead")]
pub(crate) struct AuditCheckpoint {
    /// Number of the newest record that it covers.
    size: BigInt,
    /// When it was made.
    made_at: DateTime,
    /// When it reached the folder and the vault; null while one of them is missing.
    exported_at: Option<DateTime>,
    /// Its text, with the signature: what `holdfast audit verify` takes.
    text: String,
}

/// The audit log as a whole.
pub(crate) struct AuditLog(domain::audit::AuditLog);

/// The audit log as a whole: a hash chain with signed checkpoints.
#[Object(name = "AuditLogSummary")]
impl AuditLog {
    /// Number of the newest record: how many there ever were.
    async fn size(&self) -> BigInt {
        BigInt(self.0.size)
    }

    /// Names of all actions that this version records, sorted: what `AuditEventFilter.action` takes. Records of earlier versions may
    /// have others.
    async fn actions(&self) -> Vec<&'static str> {
        app::actions::recorded()
    }

    /// Hash of the newest record (SHA-256, hexadecimal).
    async fn head_hash(&self) -> String {
        self.0.head.to_string()
    }

    /// Number of the oldest record that is still kept.
    async fn first_sequence(&self) -> BigInt {
        BigInt(self.0.anchor_size.saturating_add(1))
    }

    /// The newest checkpoint; null before the first.
    async fn last_checkpoint(&self) -> Option<AuditCheckpoint> {
        let last = self.0.checkpoint.as_ref()?;
        Some(AuditCheckpoint {
            size: BigInt(last.size),
            made_at: last.made_at.into(),
            exported_at: last.exported_at.map(DateTime),
            text: last.text.clone(),
        })
    }

    /// The public key that the signatures of checkpoints are of, in the form of C2SP signed notes: what `holdfast audit verify --key` takes
    /// in a file. It never changes; keep it outside of this installation, and believe no other one later.
    async fn public_key(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        read(app::audit::public_key(viewer(ctx)?))
    }

    /// Whether a checkpoint outside of the database covers all of it.
    async fn status(&self, ctx: &Context<'_>) -> async_graphql::Result<AuditLogStatus> {
        let now = viewer(ctx)?.now();
        let Some(last) = &self.0.checkpoint else {
            return Ok(AuditLogStatus::Pending);
        };
        Ok(if last.exported_at.is_some() && last.size == self.0.size {
            AuditLogStatus::Covered
        } else if now.duration_since(last.made_at) < OVERDUE {
            AuditLogStatus::Pending
        } else {
            AuditLogStatus::Overdue
        })
    }
}

/// Root fields of the audit log.
#[derive(Default)]
pub(crate) struct AuditQuery;

#[Object]
impl AuditQuery {
    /// The audit log as a whole; null before its first record. Takes the right `AUDIT_READ`.
    async fn audit_log(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<AuditLog>> {
        Ok(read(app::audit::log(viewer(ctx)?).await)?.map(AuditLog))
    }

    /// The audit log, newest first. Takes the right `AUDIT_READ`.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "Relay's four arguments are given"
    )]
    async fn audit_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size of a page from the start, 1 to 100; 25 when absent.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Size of a page from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which records.")] filter: Option<AuditEventFilter>,
    ) -> async_graphql::Result<Option<Connection<AuditEvent>>> {
        let caller = viewer(ctx)?;
        let page = page_request(first, after, last, before)?;
        let filter = AuditFilter::from(filter.unwrap_or_default());
        let page = read(app::audit::list(caller, &filter, &page).await)?;
        Ok(Some(Connection::new(
            page,
            Total::AuditEvents(filter),
            AuditEvent,
        )))
    }
}
