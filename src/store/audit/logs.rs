//! What is known of an audit log as a whole: its end, its checkpoint, how long events are kept.
//!
//! Not for the events (`audit.rs`). Invariant: the start of a log is cut off only up to an anchor that an exported checkpoint
//! names, so what is left can still be verified.

use domain::OrganizationId;
use domain::audit::{AuditLog, Hash, StoredCheckpoint};
use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use crate::Error;
use crate::convert::{At, affected};
use crate::entity::{audit_event, audit_log};
use crate::time::{Instant, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "audit_logs";

/// The log of the organization; none before its first event.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Option<AuditLog>, Error> {
    let row = audit_log::Entity::find_by_id(organization.uuid())
        .one(db.db())
        .await?;
    row.map(to_log).transpose()
}

/// All logs; for the duty that makes checkpoints.
pub async fn system_list(db: &impl Connection) -> Result<Vec<AuditLog>, Error> {
    let rows = audit_log::Entity::find()
        .order_by_asc(audit_log::Column::OrganizationId)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_log).collect()
}

/// Remembers a checkpoint that was made and not exported yet, with the anchor that it names.
pub async fn set_checkpoint(
    tx: &mut Tx,
    organization: OrganizationId,
    checkpoint: &StoredCheckpoint,
    anchor: (u64, Hash),
) -> Result<(), Error> {
    let at = At::new(TABLE, organization.uuid());
    let change = audit_log::ActiveModel {
        checkpoint_size: Set(Some(at.bigint("checkpoint_size", checkpoint.size)?)),
        checkpoint_at: Set(Some(Instant(checkpoint.made_at))),
        checkpoint_text: Set(Some(checkpoint.text.clone())),
        exported_at: Set(None),
        anchor_size: Set(at.bigint("anchor_size", anchor.0)?),
        anchor: Set(anchor.1.0.to_vec()),
        ..Default::default()
    };
    update(tx, organization, change).await
}

/// Remembers that this checkpoint reached every place; `false` when there is a newer one.
pub async fn set_exported(
    tx: &mut Tx,
    organization: OrganizationId,
    size: u64,
    at: Timestamp,
) -> Result<bool, Error> {
    let size = At::new(TABLE, organization.uuid()).bigint("checkpoint_size", size)?;
    let outcome = audit_log::Entity::update_many()
        .set(audit_log::ActiveModel {
            exported_at: Set(Some(Instant(at))),
            ..Default::default()
        })
        .filter(audit_log::Column::OrganizationId.eq(organization.uuid()))
        .filter(audit_log::Column::CheckpointSize.eq(size))
        .exec(tx.db())
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Number and hash of the last event before `until`, if it is later than `after`: up to there a log can be cut.
pub async fn cut_before(
    db: &impl Connection,
    organization: OrganizationId,
    until: Timestamp,
    after: u64,
) -> Result<Option<(u64, Hash)>, Error> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    // Times are not sorted as numbers are to the last microsecond, so the first event that stays decides.
    let stays = audit_event::Entity::find()
        .filter(audit_event::Column::OrganizationId.eq(organization.uuid()))
        .filter(audit_event::Column::OccurredAt.gte(Instant(until)))
        .order_by_asc(audit_event::Column::Sequence)
        .one(db.db())
        .await?;
    let mut last = audit_event::Entity::find()
        .filter(audit_event::Column::OrganizationId.eq(organization.uuid()))
        .filter(audit_event::Column::Sequence.gt(after));
    if let Some(stays) = stays {
        last = last.filter(audit_event::Column::Sequence.lt(stays.sequence));
    }
    let last = last
        .order_by_desc(audit_event::Column::Sequence)
        .one(db.db())
        .await?;
    let Some(last) = last else { return Ok(None) };
    let at = At::new("audit_events", last.id);
    let hash = last.hash.and_then(|bytes| Hash::from_slice(&bytes));
    Ok(Some((
        at.size("sequence", last.sequence)?,
        at.known("hash", hash)?,
    )))
}

/// Removes up to `limit` of the events up to the number `anchor`; how many there were.
pub async fn cut(
    tx: &mut Tx,
    organization: OrganizationId,
    anchor: u64,
    limit: u64,
) -> Result<u64, Error> {
    let anchor = i64::try_from(anchor).unwrap_or(i64::MAX);
    let old: Vec<uuid::Uuid> = audit_event::Entity::find()
        .select_only()
        .column(audit_event::Column::Id)
        .filter(audit_event::Column::OrganizationId.eq(organization.uuid()))
        .filter(audit_event::Column::Sequence.lte(anchor))
        .order_by_asc(audit_event::Column::Sequence)
        .limit(limit)
        .into_tuple()
        .all(tx.db())
        .await?;
    let outcome = audit_event::Entity::delete_many()
        .filter(audit_event::Column::Id.is_in(old))
        .exec(tx.db())
        .await?;
    Ok(outcome.rows_affected)
}

/// How many events the log still holds.
pub async fn held(db: &impl Connection, organization: OrganizationId) -> Result<u64, Error> {
    Ok(audit_event::Entity::find()
        .filter(audit_event::Column::OrganizationId.eq(organization.uuid()))
        .count(db.db())
        .await?)
}

async fn update(
    tx: &mut Tx,
    organization: OrganizationId,
    change: audit_log::ActiveModel,
) -> Result<(), Error> {
    let outcome = audit_log::Entity::update_many()
        .set(change)
        .filter(audit_log::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, outcome.rows_affected)
}

fn to_log(row: audit_log::Model) -> Result<AuditLog, Error> {
    let at = At::new(TABLE, row.organization_id);
    let hash = |column, bytes: &[u8]| at.known(column, Hash::from_slice(bytes));
    let checkpoint = match (row.checkpoint_size, row.checkpoint_at, row.checkpoint_text) {
        (Some(size), Some(made_at), Some(text)) => Some(StoredCheckpoint {
            size: at.size("checkpoint_size", size)?,
            made_at: made_at.0,
            text,
            exported_at: timestamp(row.exported_at),
        }),
        (None, _, _) | (_, None, _) | (_, _, None) => None,
    };
    Ok(AuditLog {
        organization_id: OrganizationId::from_uuid(row.organization_id),
        size: at.size("size", row.size)?,
        head: hash("head", &row.head)?,
        anchor_size: at.size("anchor_size", row.anchor_size)?,
        anchor: hash("anchor", &row.anchor)?,
        checkpoint,
    })
}
