//! Where checkpoints of audit logs are posted, how these addresses answer, and the checkpoints that wait for them.
//!
//! Not for posting (`app::audit::webhooks`). Invariant: an organization has a row exactly while it has an address, and a checkpoint that
//! was made meanwhile waits until it has arrived at that address.

use domain::OrganizationId;
use domain::audit::StoredCheckpoint;
use domain::audit::webhook::{Failing, Webhook};
use domain::limits::AUDIT_WEBHOOK_WAITING_MAX;
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use super::logs;
use crate::Error;
use crate::convert::{At, affected};
use crate::entity::audit_webhook::{ActiveModel, Column, Entity, Model};
use crate::entity::audit_webhook_checkpoint as waiting;
use crate::time::{Instant, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "audit_webhooks";
const WAITING: &str = "audit_webhook_checkpoints";

/// Another address, or none: what is known of the one before is forgotten, and the newest checkpoint waits for the new one. Whoever
/// calls this holds the organization ([`crate::organizations::lock`]), as whoever makes a checkpoint does.
pub async fn settle(
    tx: &mut Tx,
    organization: OrganizationId,
    url: Option<&str>,
) -> Result<(), Error> {
    waiting::Entity::delete_many()
        .filter(waiting::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    Entity::delete_by_id(organization.uuid())
        .exec(tx.db())
        .await?;
    let Some(url) = url else { return Ok(()) };
    let row = ActiveModel {
        organization_id: Set(organization.uuid()),
        url: Set(url.to_owned()),
        arrived_size: Set(None),
        arrived_made_at: Set(None),
        failing_since: Set(None),
        failures: Set(0),
        again_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx.db()).await?;
    let log = logs::lookup(tx, organization).await?;
    match log.and_then(|log| log.checkpoint) {
        Some(newest) => wait(tx, organization, &newest).await,
        None => Ok(()),
    }
}

/// Lets a checkpoint wait, if the organization has an address. The organization is held, see [`settle`].
pub async fn wait(
    tx: &mut Tx,
    organization: OrganizationId,
    checkpoint: &StoredCheckpoint,
) -> Result<(), Error> {
    if lookup(tx, organization).await?.is_none() {
        return Ok(());
    }
    let at = At::new(WAITING, organization.uuid());
    let row = waiting::ActiveModel {
        organization_id: Set(organization.uuid()),
        size: Set(at.bigint("size", checkpoint.size)?),
        made_at: Set(Instant(checkpoint.made_at)),
        text: Set(checkpoint.text.clone()),
    };
    let key = [
        waiting::Column::OrganizationId,
        waiting::Column::Size,
        waiting::Column::MadeAt,
    ];
    waiting::Entity::insert(row)
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(tx.db())
        .await?;
    let own = waiting::Column::OrganizationId.eq(organization.uuid());
    let count = waiting::Entity::find().filter(own).count(tx.db()).await?;
    if count > AUDIT_WEBHOOK_WAITING_MAX
        && let Some(oldest) = waiting(tx, organization, 1).await?.first()
    {
        remove(tx, organization, oldest).await?;
    }
    Ok(())
}

/// The address of the organization.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Option<Webhook>, Error> {
    let row = Entity::find_by_id(organization.uuid()).one(db.db()).await?;
    row.map(to_webhook).transpose()
}

/// All addresses for which a checkpoint waits and whose pause is over.
pub async fn system_due(db: &impl Connection, now: Timestamp) -> Result<Vec<Webhook>, Error> {
    let waits = Query::select()
        .expr(Expr::val(1))
        .from(waiting::Entity)
        .and_where(
            Expr::col((waiting::Entity, waiting::Column::OrganizationId))
                .equals((Entity, Column::OrganizationId)),
        )
        .to_owned();
    let rows = Entity::find()
        .filter(Expr::exists(waits))
        .filter(
            Column::AgainAt
                .is_null()
                .or(Column::AgainAt.lte(Instant(now))),
        )
        .order_by_asc(Column::OrganizationId)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_webhook).collect()
}

/// Up to `limit` of the checkpoints that wait, oldest first.
pub async fn waiting(
    db: &impl Connection,
    organization: OrganizationId,
    limit: u64,
) -> Result<Vec<StoredCheckpoint>, Error> {
    let rows = waiting::Entity::find()
        .filter(waiting::Column::OrganizationId.eq(organization.uuid()))
        .order_by_asc(waiting::Column::Size)
        .order_by_asc(waiting::Column::MadeAt)
        .limit(limit)
        .all(db.db())
        .await?;
    let to_checkpoint = |row: waiting::Model| {
        let at = At::new(WAITING, row.organization_id);
        Ok(StoredCheckpoint {
            size: at.size("size", row.size)?,
            made_at: row.made_at.0,
            text: row.text,
            exported_at: None,
        })
    };
    rows.into_iter().map(to_checkpoint).collect()
}

/// Writes how the address answered; `false` when the organization has another one by now, or none.
pub async fn set(tx: &mut Tx, webhook: &Webhook) -> Result<bool, Error> {
    let at = At::new(TABLE, webhook.organization_id.uuid());
    let arrived = webhook.arrived;
    let size = arrived.map(|(size, _)| at.bigint("arrived_size", size));
    let failures = webhook.failing.map_or(0, |failing| failing.failures);
    let change = ActiveModel {
        arrived_size: Set(size.transpose()?),
        arrived_made_at: Set(arrived.map(|(_, made_at)| Instant(made_at))),
        failing_since: Set(webhook.failing.map(|failing| Instant(failing.since))),
        failures: Set(i32::try_from(failures).unwrap_or(i32::MAX)),
        again_at: Set(webhook.failing.map(|failing| Instant(failing.again_at))),
        ..Default::default()
    };
    let outcome = Entity::update_many()
        .set(change)
        .filter(Column::OrganizationId.eq(webhook.organization_id.uuid()))
        .filter(Column::Url.eq(webhook.url.as_str()))
        .exec(tx.db())
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Ends the waiting of a checkpoint.
pub async fn remove(
    tx: &mut Tx,
    organization: OrganizationId,
    checkpoint: &StoredCheckpoint,
) -> Result<(), Error> {
    let at = At::new(WAITING, organization.uuid());
    let key = (
        organization.uuid(),
        at.bigint("size", checkpoint.size)?,
        Instant(checkpoint.made_at),
    );
    let outcome = waiting::Entity::delete_by_id(key).exec(tx.db()).await?;
    affected(1, outcome.rows_affected)
}

fn to_webhook(row: Model) -> Result<Webhook, Error> {
    let at = At::new(TABLE, row.organization_id);
    let arrived = match (row.arrived_size, row.arrived_made_at) {
        (Some(size), Some(made_at)) => Some((at.size("arrived_size", size)?, made_at.0)),
        (None, _) | (_, None) => None,
    };
    let failing = match (row.failing_since, timestamp(row.again_at)) {
        (Some(since), Some(again_at)) => Some(Failing {
            since: since.0,
            failures: at.known("failures", u32::try_from(row.failures).ok())?,
            again_at,
        }),
        (None, _) | (_, None) => None,
    };
    Ok(Webhook {
        organization_id: OrganizationId::from_uuid(row.organization_id),
        url: row.url,
        arrived,
        failing,
    })
}
