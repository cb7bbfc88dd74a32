//! Gives audit events their place in the chain of their organization.
//!
//! Not for what a hash covers (`domain::audit::chain`). Invariant: it happens at the commit, under the lock that orders the
//! commits of an organization (decision 0003), so numbers have no gaps and the chain never forks.

use domain::OrganizationId;
use domain::audit::{AuditEvent, Hash, Recorded, canonical};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use super::{TABLE, to_plain_event};
use crate::Error;
use crate::convert::At;
use crate::dialect::BINDS_MAX;
use crate::entity::{audit_event, audit_log};
use crate::time::Instant;

/// Columns of a row of the log.
const COLUMNS: usize = 14;
/// Old events that are chained at a time.
const BATCH: u64 = 1_000;

/// Number and hash of the newest event.
#[derive(Debug, Clone, Copy)]
struct Head {
    size: u64,
    hash: Hash,
}

/// Writes the events at the ends of their logs. The commits of their organizations are locked already.
pub(crate) async fn append(
    db: &impl ConnectionTrait,
    events: Vec<AuditEvent>,
) -> Result<(), Error> {
    let mut rows = Vec::new();
    let mut organizations: Vec<OrganizationId> =
        events.iter().map(|event| event.organization_id).collect();
    organizations.sort_unstable();
    organizations.dedup();
    for organization in organizations {
        let mut head = head(db, organization).await?;
        for event in &events {
            if event.organization_id == organization {
                let next = extend(&mut head, event.clone());
                rows.push(row(&next)?);
            }
        }
        set_head(db, organization, head).await?;
    }
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(BINDS_MAX / COLUMNS));
        audit_event::Entity::insert_many(std::mem::replace(&mut rows, rest))
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

fn extend(head: &mut Head, event: AuditEvent) -> Recorded {
    let next = domain::audit::chain::extend(event, head.size, head.hash);
    *head = Head {
        size: next.sequence,
        hash: next.hash,
    };
    next
}

async fn head(db: &impl ConnectionTrait, organization: OrganizationId) -> Result<Head, Error> {
    let found = audit_log::Entity::find_by_id(organization.uuid())
        .one(db)
        .await?;
    let Some(log) = found else {
        return Ok(Head {
            size: 0,
            hash: Hash::START,
        });
    };
    let at = At::new("audit_logs", log.organization_id);
    Ok(Head {
        size: at.size("size", log.size)?,
        hash: at.known("head", Hash::from_slice(&log.head))?,
    })
}

async fn set_head(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    head: Head,
) -> Result<(), Error> {
    let at = At::new("audit_logs", organization.uuid());
    let row = audit_log::ActiveModel {
        organization_id: Set(organization.uuid()),
        size: Set(at.bigint("size", head.size)?),
        head: Set(head.hash.0.to_vec()),
        anchor_size: Set(0),
        anchor: Set(Hash::START.0.to_vec()),
        checkpoint_size: Set(None),
        checkpoint_at: Set(None),
        checkpoint_text: Set(None),
        exported_at: Set(None),
    };
    let on_conflict = OnConflict::column(audit_log::Column::OrganizationId)
        .update_columns([audit_log::Column::Size, audit_log::Column::Head])
        .to_owned();
    audit_log::Entity::insert(row)
        .on_conflict(on_conflict)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

fn row(recorded: &Recorded) -> Result<audit_event::ActiveModel, Error> {
    let event = &recorded.event;
    let at = At::new(TABLE, event.id.uuid());
    Ok(audit_event::ActiveModel {
        id: Set(event.id.uuid()),
        organization_id: Set(event.organization_id.uuid()),
        occurred_at: Set(Instant(event.occurred_at)),
        actor: Set(at.write("actor", &event.actor)?),
        interface: Set(event.interface.name().to_owned()),
        action: Set(event.action.clone()),
        target: Set(event.target.clone()),
        outcome: Set(event.outcome.name().to_owned()),
        summary: Set(event.summary.clone()),
        address: Set(event.address.clone()),
        request_id: Set(event.request_id.clone()),
        sequence: Set(at.bigint("sequence", recorded.sequence)?),
        previous_hash: Set(Some(recorded.previous_hash.0.to_vec())),
        hash: Set(Some(recorded.hash.0.to_vec())),
    })
}

/// Chains the events that were recorded before there were chains. An organization that has a log is left alone, so an event
/// that someone else put into the table later never becomes part of a chain.
pub(crate) async fn adopt(db: &impl ConnectionTrait) -> Result<(), Error> {
    let organizations: Vec<uuid::Uuid> = audit_event::Entity::find()
        .select_only()
        .column(audit_event::Column::OrganizationId)
        .distinct()
        .filter(audit_event::Column::Hash.is_null())
        .into_tuple()
        .all(db)
        .await?;
    for organization in organizations {
        let known = audit_log::Entity::find_by_id(organization).one(db).await?;
        if known.is_none() {
            adopt_one(db, OrganizationId::from_uuid(organization)).await?;
        }
    }
    Ok(())
}

async fn adopt_one(db: &impl ConnectionTrait, organization: OrganizationId) -> Result<(), Error> {
    let mut head = Head {
        size: 0,
        hash: Hash::START,
    };
    loop {
        let after = i64::try_from(head.size).unwrap_or(i64::MAX);
        let batch = audit_event::Entity::find()
            .filter(audit_event::Column::OrganizationId.eq(organization.uuid()))
            .filter(audit_event::Column::Sequence.gt(after))
            .order_by_asc(audit_event::Column::Sequence)
            .limit(BATCH)
            .all(db)
            .await?;
        if batch.is_empty() {
            return set_head(db, organization, head).await;
        }
        for old in batch {
            let mut event = to_plain_event(old)?;
            event.summary = canonical::plain(event.summary);
            let next = extend(&mut head, event);
            // The primary key is set, so this changes the row.
            audit_event::Entity::update(row(&next)?).exec(db).await?;
        }
    }
}
