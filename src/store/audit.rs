//! The audit log.
//!
//! Not for what tasks did. Invariant: events are only ever added, in the transaction of what they record.

use domain::audit::{AuditEvent, Outcome};
use domain::event::{ChangeKind, Topic};
use domain::limits::TOTAL_COUNT_MAX;
use domain::page::{Direction, Page, PageRequest};
use domain::{AuditEventId, OrganizationId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait, Set};

use crate::Error;
use crate::convert::At;
use crate::entity::audit_event;
use crate::page::{Order, count_up_to, fetch, try_map};
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "audit_events";

/// Records an event.
pub async fn record(tx: &mut Tx, event: &AuditEvent) -> Result<(), Error> {
    let at = At::new(TABLE, event.id.uuid());
    let row = audit_event::ActiveModel {
        id: Set(event.id.uuid()),
        organization_id: Set(event.organization_id.uuid()),
        occurred_at: Set(Instant(event.occurred_at)),
        actor: Set(at.write("actor", &event.actor)?),
        action: Set(event.action.clone()),
        target: Set(event.target.clone()),
        outcome: Set(event.outcome.name().to_owned()),
        summary: Set(event.summary.clone()),
        address: Set(event.address.clone()),
        request_id: Set(event.request_id.clone()),
    };
    audit_event::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    tx.told(
        event.organization_id,
        Topic::Audit,
        ChangeKind::Created,
        event.id,
    );
    Ok(())
}

/// The event, in this organization.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    id: AuditEventId,
) -> Result<Option<AuditEvent>, Error> {
    let row = audit_event::Entity::find_by_id(id.uuid())
        .filter(audit_event::Column::OrganizationId.eq(organization.uuid()))
        .one(db.db())
        .await?;
    row.map(to_event).transpose()
}

/// How many events there are, counted up to [`TOTAL_COUNT_MAX`].
pub async fn count(db: &impl Connection, organization: OrganizationId) -> Result<u64, Error> {
    let select = audit_event::Entity::find()
        .filter(audit_event::Column::OrganizationId.eq(organization.uuid()))
        .into_query();
    count_up_to(db, select, TOTAL_COUNT_MAX).await
}

/// A page of events, newest first.
pub async fn list(
    db: &impl Connection,
    organization: OrganizationId,
    page: &PageRequest,
) -> Result<Page<AuditEvent>, Error> {
    let select = audit_event::Entity::find()
        .filter(audit_event::Column::OrganizationId.eq(organization.uuid()))
        .into_query();
    let order = Order::by(
        "audit.occurred_at",
        TABLE,
        "occurred_at",
        Direction::Descending,
    );
    let rows = fetch(db, select, &order, page, |row: &audit_event::Model| {
        (row.occurred_at.0.into(), row.id)
    })
    .await?;
    try_map(rows, to_event)
}

fn to_event(row: audit_event::Model) -> Result<AuditEvent, Error> {
    let at = At::new(TABLE, row.id);
    Ok(AuditEvent {
        id: AuditEventId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        occurred_at: row.occurred_at.0,
        actor: at.read("actor", row.actor)?,
        action: row.action,
        target: row.target,
        outcome: at.known("outcome", Outcome::from_name(&row.outcome))?,
        summary: row.summary,
        address: row.address,
        request_id: row.request_id,
    })
}
