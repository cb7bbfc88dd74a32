//! Changes that wait for a second person.
//!
//! Not for carrying them out (`app`). Invariant: a request is decided once; that time has passed is written nowhere, so every
//! finder of states takes the time.

use domain::approval::{
    ApprovalAction, ApprovalFilter, ApprovalPlan, ApprovalRequest, ApprovalStatus,
};
use domain::event::{ChangeKind, Topic};
use domain::limits::TOTAL_COUNT_MAX;
use domain::page::{Direction, Page, PageRequest};
use domain::{ApprovalRequestId, OrganizationId, UserId};
use jiff::Timestamp;
use sea_orm::sea_query::{ExprTrait as _, SelectStatement};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set};

use crate::Error;
use crate::convert::{At, affected};
use crate::dialect::lock_rows;
use crate::entity::approval_request::{ActiveModel, Column, Entity, Model};
use crate::page::{Order, count_up_to, fetch, try_map};
use crate::time::{Instant, optional, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "approval_requests";

/// Whose requests a caller sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// All of the organization.
    All,
    /// Those that this person made.
    Of(UserId),
    /// None.
    Nothing,
}

/// Adds a request.
pub async fn add(tx: &mut Tx, request: &ApprovalRequest) -> Result<(), Error> {
    let at = At::new(TABLE, request.id.uuid());
    let row = ActiveModel {
        id: Set(request.id.uuid()),
        organization_id: Set(request.organization_id.uuid()),
        action: Set(request.plan.action().name().to_owned()),
        plan: Set(at.write("plan", &request.plan)?),
        plan_hash: Set(request.plan_hash.clone()),
        reason: Set(request.reason.clone()),
        requested_by: Set(request.requested_by.uuid()),
        requested_at: Set(Instant(request.requested_at)),
        expires_at: Set(Instant(request.expires_at)),
        status: Set(request.status.name().to_owned()),
        decided_by: Set(request.decided_by.map(UserId::uuid)),
        decided_at: Set(optional(request.decided_at)),
        note: Set(request.note.clone()),
    };
    Entity::insert(row).exec_without_returning(tx.db()).await?;
    tell(tx, request, ChangeKind::Created);
    Ok(())
}

/// The request, if this caller sees it.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    seen: Seen,
    id: ApprovalRequestId,
) -> Result<Option<ApprovalRequest>, Error> {
    let row = Entity::find_by_id(id.uuid())
        .filter(by(organization, seen))
        .one(db.db())
        .await?;
    row.map(to_request).transpose()
}

/// As [`lookup`], locked until the transaction ends.
pub async fn lock(
    tx: &Tx,
    organization: OrganizationId,
    seen: Seen,
    id: ApprovalRequestId,
) -> Result<Option<ApprovalRequest>, Error> {
    let mut select = Entity::find_by_id(id.uuid()).filter(by(organization, seen));
    lock_rows(QuerySelect::query(&mut select));
    let row = select.one(tx.db()).await?;
    row.map(to_request).transpose()
}

/// A page of requests, newest first.
pub async fn list(
    db: &impl Connection,
    whose: (OrganizationId, Seen),
    filter: &ApprovalFilter,
    now: Timestamp,
    page: &PageRequest,
) -> Result<Page<ApprovalRequest>, Error> {
    let order = Order::by(
        "approval_requests.requested_at",
        TABLE,
        "requested_at",
        Direction::Descending,
    );
    let rows = fetch(
        db,
        filtered(whose, filter, now),
        &order,
        page,
        |row: &Model| (row.requested_at.0.into(), row.id),
    )
    .await?;
    try_map(rows, to_request)
}

/// Every request of these actions that was approved: what two people have agreed to.
pub async fn approved(
    db: &impl Connection,
    organization: OrganizationId,
    actions: &[ApprovalAction],
) -> Result<Vec<ApprovalRequest>, Error> {
    let rows = Entity::find()
        .filter(by(organization, Seen::All))
        .filter(Column::Status.eq(ApprovalStatus::Approved.name()))
        .filter(Column::Action.is_in(actions.iter().map(|one| one.name())))
        .all(db.db())
        .await?;
    rows.into_iter().map(to_request).collect()
}

/// How many requests match, counted up to [`TOTAL_COUNT_MAX`].
pub async fn count(
    db: &impl Connection,
    whose: (OrganizationId, Seen),
    filter: &ApprovalFilter,
    now: Timestamp,
) -> Result<u64, Error> {
    count_up_to(db, filtered(whose, filter, now), TOTAL_COUNT_MAX).await
}

/// Writes the decision about a request that waits, else [`Error::Affected`].
pub async fn decide(tx: &mut Tx, request: &ApprovalRequest) -> Result<(), Error> {
    let done = Entity::update_many()
        .set(ActiveModel {
            status: Set(request.status.name().to_owned()),
            decided_by: Set(request.decided_by.map(UserId::uuid)),
            decided_at: Set(optional(request.decided_at)),
            note: Set(request.note.clone()),
            ..Default::default()
        })
        .filter(Column::Id.eq(request.id.uuid()))
        .filter(Column::OrganizationId.eq(request.organization_id.uuid()))
        .filter(Column::Status.eq(ApprovalStatus::Pending.name()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tell(tx, request, ChangeKind::Updated);
    Ok(())
}

fn tell(tx: &mut Tx, request: &ApprovalRequest, change: ChangeKind) {
    tx.told(request.organization_id, Topic::Approval, change, request.id);
}

fn by(organization: OrganizationId, seen: Seen) -> Condition {
    let own = Condition::all().add(Column::OrganizationId.eq(organization.uuid()));
    match seen {
        Seen::All => own,
        Seen::Of(user) => own.add(Column::RequestedBy.eq(user.uuid())),
        Seen::Nothing => own.add(Column::Id.is_null()),
    }
}

fn filtered(
    (organization, seen): (OrganizationId, Seen),
    filter: &ApprovalFilter,
    now: Timestamp,
) -> SelectStatement {
    let mut select = Entity::find().filter(by(organization, seen));
    if let Some(actions) = &filter.actions {
        select = select.filter(Column::Action.is_in(actions.iter().map(|one| one.name())));
    }
    if let Some(user) = filter.not_of {
        select = select.filter(Column::RequestedBy.ne(user.uuid()));
    }
    if let Some(statuses) = &filter.statuses {
        let pending = || Column::Status.eq(ApprovalStatus::Pending.name());
        let mut any = Condition::any();
        for status in statuses {
            any = any.add(match status {
                ApprovalStatus::Pending => pending().and(Column::ExpiresAt.gt(Instant(now))),
                ApprovalStatus::Expired => pending().and(Column::ExpiresAt.lte(Instant(now))),
                ApprovalStatus::Approved | ApprovalStatus::Denied | ApprovalStatus::Cancelled => {
                    Column::Status.eq(status.name())
                }
            });
        }
        // None of no states.
        select = if statuses.is_empty() {
            select.filter(Column::Id.is_null())
        } else {
            select.filter(any)
        };
    }
    select.into_query()
}

fn to_request(row: Model) -> Result<ApprovalRequest, Error> {
    let at = At::new(TABLE, row.id);
    let plan: ApprovalPlan = at.read("plan", row.plan)?;
    Ok(ApprovalRequest {
        id: ApprovalRequestId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        plan,
        plan_hash: row.plan_hash,
        reason: row.reason,
        requested_by: UserId::from_uuid(row.requested_by),
        requested_at: row.requested_at.0,
        expires_at: row.expires_at.0,
        status: at.known("status", ApprovalStatus::from_name(&row.status))?,
        decided_by: row.decided_by.map(UserId::from_uuid),
        decided_at: timestamp(row.decided_at),
        note: row.note,
    })
}
