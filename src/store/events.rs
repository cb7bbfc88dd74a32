//! The outbox: events in the order of their commits.
//!
//! Not for how subscribers get them (`tasks::live`). Invariant: what was read up to a sequence number stays read: no commit of
//! the organization comes later with a smaller number.

use std::collections::BTreeMap;

use domain::OrganizationId;
use domain::event::{ChangeKind, Event, Topic};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::Error;
use crate::entity::event;
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// The organization's events after `after`, oldest first, at most `limit`.
pub async fn since(
    db: &impl Connection,
    organization: OrganizationId,
    after: i64,
    limit: u64,
) -> Result<Vec<Event>, Error> {
    let rows = event::Entity::find()
        .filter(event::Column::OrganizationId.eq(organization.uuid()))
        .filter(event::Column::Sequence.gt(after))
        .order_by_asc(event::Column::Sequence)
        .limit(limit)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_event).collect()
}

/// The sequence numbers of the organization's oldest and newest event.
pub async fn bounds(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Option<(i64, i64)>, Error> {
    let bounds: Option<(Option<i64>, Option<i64>)> = event::Entity::find()
        .select_only()
        .expr(Expr::col(event::Column::Sequence).min())
        .expr(Expr::col(event::Column::Sequence).max())
        .filter(event::Column::OrganizationId.eq(organization.uuid()))
        .into_tuple()
        .one(db.db())
        .await?;
    Ok(bounds.and_then(|(oldest, newest)| oldest.zip(newest)))
}

/// The newest sequence number of each of these organizations that has events.
pub async fn system_heads(
    db: &impl Connection,
    organizations: &[OrganizationId],
) -> Result<BTreeMap<OrganizationId, i64>, Error> {
    let mut heads = BTreeMap::new();
    for organization in organizations {
        // One step into the index each; a GROUP BY would walk all of it.
        if let Some((_, newest)) = bounds(db, *organization).await? {
            heads.insert(*organization, newest);
        }
    }
    Ok(heads)
}

/// Whether the organization has the event of that number.
pub async fn exists(
    db: &impl Connection,
    organization: OrganizationId,
    sequence: i64,
) -> Result<bool, Error> {
    let found: Option<i64> = event::Entity::find()
        .select_only()
        .column(event::Column::Sequence)
        .filter(event::Column::OrganizationId.eq(organization.uuid()))
        .filter(event::Column::Sequence.eq(sequence))
        .into_tuple()
        .one(db.db())
        .await?;
    Ok(found.is_some())
}

/// Removes up to `limit` events told before `until`, oldest first; how many there were. The newest of an organization stays
/// until there is a newer one, so that its cursor stays known.
pub async fn system_purge(tx: &mut Tx, until: Timestamp, limit: u64) -> Result<u64, Error> {
    let newest = event::Entity::find()
        .select_only()
        .expr(Expr::col(event::Column::Sequence).max())
        .group_by(event::Column::OrganizationId)
        .into_query();
    let old = event::Entity::find()
        .select_only()
        .column(event::Column::Sequence)
        .filter(event::Column::CreatedAt.lt(Instant(until)))
        .filter(event::Column::Sequence.not_in_subquery(newest))
        .order_by_asc(event::Column::Sequence)
        .limit(limit)
        .into_query();
    let outcome = event::Entity::delete_many()
        .filter(event::Column::Sequence.in_subquery(old))
        .exec(tx.db())
        .await?;
    Ok(outcome.rows_affected)
}

fn to_event(row: event::Model) -> Result<Event, Error> {
    let bad = |column| Error::inconsistent("events", row.sequence, column);
    Ok(Event {
        sequence: row.sequence,
        organization_id: OrganizationId::from_uuid(row.organization_id),
        topic: Topic::from_name(&row.topic).ok_or_else(|| bad("topic"))?,
        change: ChangeKind::from_name(&row.change).ok_or_else(|| bad("change"))?,
        created_at: row.created_at.0,
        subject: row.subject,
    })
}
