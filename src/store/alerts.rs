//! Alerts: raised and cleared in the transaction that makes them true or ends them.
//!
//! Not for telling people outside of the service. Invariant: one alert at most is open per key of an organization, whoever
//! raises it how often at the same time.

use domain::alert::{
    Acknowledgement, Alert, AlertFilter, AlertKind, AlertSeverity, AlertSubject, NewAlert,
};
use domain::event::{ChangeKind, Topic};
use domain::limits::TOTAL_COUNT_MAX;
use domain::page::{Direction, Page, PageRequest};
use domain::{
    AlertId, AssetId, AwsAccountKey, OrganizationId, PolicyId, RecoveryPointId, TaskId, UserId,
};
use jiff::Timestamp;
use sea_orm::sea_query::{OnConflict, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set};

use crate::Error;
use crate::convert::{At, affected};
use crate::dialect::lock_rows;
use crate::entity::alert::{ActiveModel, Column, Entity, Model};
use crate::page::{Order, count_up_to, fetch, try_map};
use crate::scope::{InScope, by_asset_or_account};
use crate::time::{Instant, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "alerts";

/// Raises an alert; answers the one that is open under its key. One that is open already is renewed: its cause, severity,
/// evidence and subject are those of the last time, and subscribers are told when they can see a difference.
pub async fn raise(tx: &mut Tx, new: &NewAlert) -> Result<AlertId, Error> {
    if let Some(open) = find_open(tx, new.organization_id, &new.key).await? {
        return renew(tx, open, new).await;
    }
    let now = Instant(tx.now());
    let row = ActiveModel {
        organization_id: Set(new.organization_id.uuid()),
        id: Set(new.id.uuid()),
        key: Set(new.key.clone()),
        kind: Set(new.kind.name().to_owned()),
        occurrences: Set(1),
        raised_at: Set(now),
        acknowledged_at: Set(None),
        acknowledged_by: Set(None),
        note: Set(None),
        cleared_at: Set(None),
        ..found(new, now)
    };
    let open_only = OnConflict::columns([Column::OrganizationId, Column::Key])
        .target_and_where(Column::ClearedAt.is_null())
        .do_nothing()
        .to_owned();
    let added = Entity::insert(row)
        .on_conflict(open_only)
        .exec_without_returning(tx.db())
        .await?;
    if added == 1 {
        tx.told(
            new.organization_id,
            Topic::Alert,
            ChangeKind::Created,
            new.id,
        );
        return Ok(new.id);
    }
    // Another transaction raised it while this one waited for its commit.
    let open = find_open(tx, new.organization_id, &new.key)
        .await?
        .ok_or(Error::Affected {
            expected: 1,
            actual: added,
        })?;
    renew(tx, open, new).await
}

/// Ends the alert that is open under the key; answers whether there was one.
pub async fn clear(tx: &mut Tx, organization: OrganizationId, key: &str) -> Result<bool, Error> {
    let Some(open) = find_open(tx, organization, key).await? else {
        return Ok(false);
    };
    let changed = ActiveModel {
        cleared_at: Set(Some(Instant(tx.now()))),
        ..Default::default()
    };
    write(tx, organization, AlertId::from_uuid(open.id), changed).await?;
    Ok(true)
}

/// As [`clear`], when somebody has said that they know of it: for what is mended by itself and must be seen all the same.
pub async fn clear_acknowledged(
    tx: &mut Tx,
    organization: OrganizationId,
    key: &str,
) -> Result<bool, Error> {
    let open = find_open(tx, organization, key).await?;
    if open.is_some_and(|open| open.acknowledged_at.is_some()) {
        return clear(tx, organization, key).await;
    }
    Ok(false)
}

/// Keeps that somebody knows of the alert; a later word replaces an earlier one.
pub async fn acknowledge(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AlertId,
    acknowledgement: &Acknowledgement,
) -> Result<(), Error> {
    let changed = ActiveModel {
        acknowledged_at: Set(Some(Instant(acknowledgement.at))),
        acknowledged_by: Set(acknowledgement.by.map(UserId::uuid)),
        note: Set(acknowledgement.note.clone()),
        ..Default::default()
    };
    write(tx, organization, id, changed).await
}

/// The alert, inside the scope.
pub async fn lookup(
    db: &impl Connection,
    scope: impl InScope,
    id: AlertId,
) -> Result<Option<Alert>, Error> {
    let row = Entity::find_by_id(id.uuid())
        .filter(by_asset_or_account(&scope, TABLE))
        .one(db.db())
        .await?;
    row.map(to_alert).transpose()
}

/// Those of the alerts that are inside the scope, in no particular order.
pub async fn lookup_many(
    db: &impl Connection,
    scope: impl InScope,
    ids: &[AlertId],
) -> Result<Vec<Alert>, Error> {
    let rows = Entity::find()
        .filter(by_asset_or_account(&scope, TABLE))
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(db.db())
        .await?;
    rows.into_iter().map(to_alert).collect()
}

/// A page of alerts, by the time when they were raised first.
pub async fn list(
    db: &impl Connection,
    scope: impl InScope,
    filter: &AlertFilter,
    direction: Direction,
    page: &PageRequest,
) -> Result<Page<Alert>, Error> {
    let order = Order::by("alerts.raised_at", TABLE, "raised_at", direction);
    let place = |row: &Model| (row.raised_at.0.into(), row.id);
    let rows = fetch(db, filtered(&scope, filter), &order, page, place).await?;
    try_map(rows, to_alert)
}

/// How many alerts match, counted up to [`TOTAL_COUNT_MAX`].
pub async fn count(
    db: &impl Connection,
    scope: impl InScope,
    filter: &AlertFilter,
) -> Result<u64, Error> {
    count_up_to(db, filtered(&scope, filter), TOTAL_COUNT_MAX).await
}

/// The open alerts of this kind, over all organizations; for duties.
pub async fn system_open(db: &impl Connection, kind: AlertKind) -> Result<Vec<Alert>, Error> {
    let rows = Entity::find()
        .filter(Column::Kind.eq(kind.name()))
        .filter(Column::ClearedAt.is_null())
        .all(db.db())
        .await?;
    rows.into_iter().map(to_alert).collect()
}

/// Removes up to `limit` alerts that were cleared before `until`; how many there were.
pub async fn system_purge(tx: &mut Tx, until: Timestamp, limit: u64) -> Result<u64, Error> {
    let old = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::ClearedAt.lt(Instant(until)))
        .limit(limit)
        .into_query();
    let outcome = Entity::delete_many()
        .filter(Column::Id.in_subquery(old))
        .exec(tx.db())
        .await?;
    Ok(outcome.rows_affected)
}

/// The open alert of the key, locked until the transaction ends.
async fn find_open(
    tx: &Tx,
    organization: OrganizationId,
    key: &str,
) -> Result<Option<Model>, Error> {
    let mut select = Entity::find()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::Key.eq(key))
        .filter(Column::ClearedAt.is_null());
    lock_rows(QuerySelect::query(&mut select));
    Ok(select.one(tx.db()).await?)
}

async fn renew(tx: &mut Tx, open: Model, new: &NewAlert) -> Result<AlertId, Error> {
    let id = AlertId::from_uuid(open.id);
    let changed = ActiveModel {
        occurrences: Set(open.occurrences.saturating_add(1)),
        ..found(new, Instant(tx.now()))
    };
    let before = to_alert(open)?;
    let is_news = before.cause != new.cause
        || before.severity != new.severity
        || before.evidence != new.evidence
        || before.subject != new.subject;
    if is_news {
        write(tx, new.organization_id, id, changed).await?;
    } else {
        update(tx, new.organization_id, id, changed).await?;
    }
    Ok(id)
}

/// What every raising writes.
fn found(new: &NewAlert, now: Instant) -> ActiveModel {
    let AlertSubject {
        asset_id,
        aws_account_id,
        policy_id,
        recovery_point_id,
        task_id,
    } = new.subject;
    ActiveModel {
        severity: Set(new.severity.name().to_owned()),
        cause: Set(new.cause.clone()),
        evidence: Set(new.evidence.clone()),
        asset_id: Set(asset_id.map(AssetId::uuid)),
        aws_account_id: Set(aws_account_id.map(AwsAccountKey::uuid)),
        policy_id: Set(policy_id.map(PolicyId::uuid)),
        recovery_point_id: Set(recovery_point_id.map(RecoveryPointId::uuid)),
        task_id: Set(task_id.map(TaskId::uuid)),
        renewed_at: Set(now),
        ..Default::default()
    }
}

async fn write(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AlertId,
    changed: ActiveModel,
) -> Result<(), Error> {
    update(tx, organization, id, changed).await?;
    tx.told(organization, Topic::Alert, ChangeKind::Updated, id);
    Ok(())
}

async fn update(
    tx: &Tx,
    organization: OrganizationId,
    id: AlertId,
    changed: ActiveModel,
) -> Result<(), Error> {
    let done = Entity::update_many()
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .set(changed)
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)
}

fn filtered(scope: &impl InScope, filter: &AlertFilter) -> SelectStatement {
    let AlertFilter {
        ids,
        kinds,
        severities,
        asset_ids,
        is_open,
        is_acknowledged,
        raised_from,
        raised_until,
    } = filter;
    let mut select = Entity::find().filter(by_asset_or_account(scope, TABLE));
    if let Some(ids) = ids {
        select = select.filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
    }
    if let Some(kinds) = kinds {
        select = select.filter(Column::Kind.is_in(kinds.iter().map(|one| one.name())));
    }
    if let Some(severities) = severities {
        select = select.filter(Column::Severity.is_in(severities.iter().map(|one| one.name())));
    }
    if let Some(assets) = asset_ids {
        select = select.filter(Column::AssetId.is_in(assets.iter().map(|id| id.uuid())));
    }
    if let Some(is_open) = is_open {
        select = select.filter(if *is_open {
            Column::ClearedAt.is_null()
        } else {
            Column::ClearedAt.is_not_null()
        });
    }
    if let Some(is_acknowledged) = is_acknowledged {
        select = select.filter(if *is_acknowledged {
            Column::AcknowledgedAt.is_not_null()
        } else {
            Column::AcknowledgedAt.is_null()
        });
    }
    if let Some(from) = raised_from {
        select = select.filter(Column::RaisedAt.gte(Instant(*from)));
    }
    if let Some(until) = raised_until {
        select = select.filter(Column::RaisedAt.lt(Instant(*until)));
    }
    select.into_query()
}

fn to_alert(row: Model) -> Result<Alert, Error> {
    let at = At::new(TABLE, row.id);
    let occurrences = u32::try_from(row.occurrences).ok();
    let (by, note) = (row.acknowledged_by.map(UserId::from_uuid), row.note);
    let acknowledged = timestamp(row.acknowledged_at);
    Ok(Alert {
        id: AlertId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        key: row.key,
        kind: at.known("kind", AlertKind::from_name(&row.kind))?,
        severity: at.known("severity", AlertSeverity::from_name(&row.severity))?,
        cause: row.cause,
        evidence: row.evidence,
        subject: AlertSubject {
            asset_id: row.asset_id.map(AssetId::from_uuid),
            aws_account_id: row.aws_account_id.map(AwsAccountKey::from_uuid),
            policy_id: row.policy_id.map(PolicyId::from_uuid),
            recovery_point_id: row.recovery_point_id.map(RecoveryPointId::from_uuid),
            task_id: row.task_id.map(TaskId::from_uuid),
        },
        occurrences: at.known("occurrences", occurrences)?,
        raised_at: row.raised_at.0,
        renewed_at: row.renewed_at.0,
        acknowledgement: acknowledged.map(|at| Acknowledgement { at, by, note }),
        cleared_at: timestamp(row.cleared_at),
    })
}
