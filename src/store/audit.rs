//! The audit log.
//!
//! Not for what tasks did. Invariant: events are only ever added, in the transaction of what they record, and get their place in
//! the chain when it commits ([`chain`]).

pub mod chain;
pub mod logs;
pub mod webhooks;

use domain::audit::{AuditEvent, AuditFilter, Hash, Interface, Outcome, Recorded, canonical};
use domain::event::{ChangeKind, Topic};
use domain::limits::TOTAL_COUNT_MAX;
use domain::page::{Direction, Page, PageRequest};
use domain::{AuditEventId, OrganizationId};
use sea_orm::sea_query::{Cond, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::Error;
use crate::convert::At;
use crate::dialect::is_storable;
use crate::entity::audit_event;
use crate::page::{Order, count_up_to, fetch, try_map};
use crate::time::Instant;
use crate::tx::{Connection, Tx};

const TABLE: &str = "audit_events";

/// Records an event; it is written, numbered and chained when `tx` commits.
#[expect(
    clippy::unused_async,
    reason = "callers write it where they write their rows, and need not know that it waits for the commit"
)]
pub async fn record(tx: &mut Tx, event: &AuditEvent) -> Result<(), Error> {
    let mut event = event.clone();
    event.summary = canonical::plain(event.summary);
    tx.told(
        event.organization_id,
        Topic::Audit,
        ChangeKind::Created,
        event.id,
    );
    tx.audited(event);
    Ok(())
}

/// The event, in this organization.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    id: AuditEventId,
) -> Result<Option<Recorded>, Error> {
    let row = audit_event::Entity::find_by_id(id.uuid())
        .filter(audit_event::Column::OrganizationId.eq(organization.uuid()))
        .one(db.db())
        .await?;
    row.map(to_event).transpose()
}

/// How many events match, counted up to [`TOTAL_COUNT_MAX`].
pub async fn count(
    db: &impl Connection,
    organization: OrganizationId,
    filter: &AuditFilter,
) -> Result<u64, Error> {
    let select = select(db, organization, filter);
    count_up_to(db, select, TOTAL_COUNT_MAX).await
}

/// A page of the events that match, newest first.
pub async fn list(
    db: &impl Connection,
    organization: OrganizationId,
    filter: &AuditFilter,
    page: &PageRequest,
) -> Result<Page<Recorded>, Error> {
    let order = Order::by(
        "audit.occurred_at",
        TABLE,
        "occurred_at",
        Direction::Descending,
    );
    let select = select(db, organization, filter);
    let rows = fetch(db, select, &order, page, |row: &audit_event::Model| {
        (row.occurred_at.0.into(), row.id)
    })
    .await?;
    try_map(rows, to_event)
}

/// Up to `limit` events after number `after` in the order of the chain; those that match, when there is a filter.
pub async fn since(
    db: &impl Connection,
    organization: OrganizationId,
    filter: &AuditFilter,
    after: u64,
    limit: u64,
) -> Result<Vec<Recorded>, Error> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let rows = audit_event::Entity::find()
        .filter(matching(db, organization, filter))
        .filter(audit_event::Column::Sequence.gt(after))
        .order_by_asc(audit_event::Column::Sequence)
        .limit(limit)
        .all(crate::tx::sealed::Raw::db(db))
        .await?;
    rows.into_iter().map(to_event).collect()
}

fn select(
    db: &impl Connection,
    organization: OrganizationId,
    filter: &AuditFilter,
) -> SelectStatement {
    audit_event::Entity::find()
        .filter(matching(db, organization, filter))
        .into_query()
}

fn matching(db: &impl Connection, organization: OrganizationId, filter: &AuditFilter) -> Cond {
    use audit_event::Column;
    let texts = |texts: &[String]| -> Vec<String> {
        texts
            .iter()
            .filter(|text| is_storable(text))
            .cloned()
            .collect()
    };
    let mut all = Cond::all().add(Column::OrganizationId.eq(organization.uuid()));
    if let Some(actors) = &filter.actors {
        let mut any = Cond::any();
        for actor in actors {
            let id = actor.to_string();
            any = any.add(db.backend().has_pair(TABLE, "actor", "id", Some(&id)));
        }
        all = all.add(if any.is_empty() { nothing() } else { any });
    }
    if let Some(actions) = &filter.actions {
        all = all.add(Column::Action.is_in(texts(actions)));
    }
    if let Some(targets) = &filter.targets {
        all = all.add(Column::Target.is_in(texts(targets)));
    }
    if let Some(outcomes) = &filter.outcomes {
        all = all.add(Column::Outcome.is_in(outcomes.iter().map(|one| one.name())));
    }
    if let Some(interfaces) = &filter.interfaces {
        all = all.add(Column::Interface.is_in(interfaces.iter().map(|one| one.name())));
    }
    if let Some(addresses) = &filter.addresses {
        all = all.add(Column::Address.is_in(texts(addresses)));
    }
    if let Some(from) = filter.from {
        all = all.add(Column::OccurredAt.gte(Instant(from)));
    }
    if let Some(until) = filter.until {
        all = all.add(Column::OccurredAt.lt(Instant(until)));
    }
    all
}

fn nothing() -> Cond {
    Cond::all().add(sea_orm::sea_query::Expr::val(false))
}

fn to_event(row: audit_event::Model) -> Result<Recorded, Error> {
    let at = At::new(TABLE, row.id);
    let hash = |column, bytes: Option<Vec<u8>>| {
        let read = bytes.and_then(|bytes| Hash::from_slice(&bytes));
        at.known(column, read)
    };
    Ok(Recorded {
        sequence: at.size("sequence", row.sequence)?,
        previous_hash: hash("previous_hash", row.previous_hash.clone())?,
        hash: hash("hash", row.hash.clone())?,
        event: to_plain_event(row)?,
    })
}

/// The event without its place in the chain.
fn to_plain_event(row: audit_event::Model) -> Result<AuditEvent, Error> {
    let at = At::new(TABLE, row.id);
    Ok(AuditEvent {
        id: AuditEventId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        occurred_at: row.occurred_at.0,
        actor: at.read("actor", row.actor)?,
        interface: at.known("interface", Interface::from_name(&row.interface))?,
        action: row.action,
        target: row.target,
        outcome: at.known("outcome", Outcome::from_name(&row.outcome))?,
        summary: row.summary,
        address: row.address,
        request_id: row.request_id,
    })
}
