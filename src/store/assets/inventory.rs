//! What an inventory run saw, written down.
//!
//! Not for reading AWS (`aws`). Invariant: only rows that differ are written and told; an asset is marked as gone only by a
//! run that was begun after the asset was seen last, and its row stays.

use std::collections::{BTreeMap, BTreeSet};

use domain::asset::{AssetKind, SeenAsset};
use domain::aws_account::AwsAccount;
use domain::event::{ChangeKind, Topic};
use domain::{AssetId, IdSource};
use jiff::{SignedDuration, Timestamp};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use super::TABLE;
use crate::Error;
use crate::convert::At;
use crate::dialect::{BINDS_MAX, IN_LIST_MAX, name_key};
use crate::entity::asset::{ActiveModel, Column, Entity, Model};
use crate::time::Instant;
use crate::tx::Tx;
use crate::tx::sealed::Raw;

/// How far `seen_at` of an unchanged asset may lag behind: else each run would write every row of the fleet.
pub const SEEN_AT_ACCURACY_HOURS: i64 = 1;
/// Columns of a row.
const COLUMNS: usize = 17;

/// What one inventory run is about.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The linked account.
    pub account: &'a AwsAccount,
    /// The region.
    pub region: &'a str,
    /// The kind of the assets.
    pub kind: AssetKind,
}

/// What a call of [`upsert_seen`] changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upserted {
    /// Assets that are new.
    pub created: Vec<AssetId>,
    /// Assets that look different now, or came back.
    pub updated: Vec<AssetId>,
    /// How many were as before.
    pub unchanged: usize,
}

/// Writes what was seen at the place: new and changed assets, and tells so. Call it page by page.
pub async fn upsert_seen(
    tx: &mut Tx,
    place: &Place<'_>,
    seen: &[SeenAsset],
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<Upserted, Error> {
    let mut upserted = Upserted::default();
    for chunk in seen.chunks(BINDS_MAX / COLUMNS) {
        // The same asset twice in one chunk: the later one is the newer.
        let seen: BTreeMap<&str, &SeenAsset> = chunk
            .iter()
            .map(|seen| (seen.native_id.as_str(), seen))
            .collect();
        let known = known(tx, place, seen.keys().copied()).await?;
        let mut rows = Vec::new();
        let mut stale = Vec::new();
        for (native_id, seen) in seen {
            let known = known.get(native_id);
            let id = known.map_or_else(|| ids.uuid(), |known| known.id);
            let row = row(place, id, seen, now)?;
            match known {
                None => upserted.created.push(AssetId::from_uuid(id)),
                Some(known) if differs(known, &row) => {
                    upserted.updated.push(AssetId::from_uuid(id));
                }
                Some(known) => {
                    upserted.unchanged += 1;
                    if is_stale(known, now) {
                        stale.push(id);
                    }
                    continue;
                }
            }
            rows.push(ActiveModel::from(row));
        }
        write(tx, rows).await?;
        touch(tx, &stale, now).await?;
    }
    let organization = place.account.organization_id;
    for id in &upserted.created {
        tx.told(organization, Topic::Asset, ChangeKind::Created, id);
    }
    for id in &upserted.updated {
        tx.told(organization, Topic::Asset, ChangeKind::Updated, id);
    }
    Ok(upserted)
}

/// Marks the assets of the place as gone that the run begun at `started_at` read to the end without seeing (`seen` holds
/// the native ids of all it saw), and tells so. An asset that another run found meanwhile stays.
pub async fn mark_unseen_deleted(
    tx: &mut Tx,
    place: &Place<'_>,
    seen: &BTreeSet<String>,
    started_at: Timestamp,
    now: Timestamp,
) -> Result<Vec<AssetId>, Error> {
    let rows: Vec<(Uuid, String)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::NativeId])
        .filter(at(place))
        .filter(Column::DeletedAt.is_null())
        .filter(Column::SeenAt.lte(Instant(started_at)))
        .into_tuple()
        .all(tx.db())
        .await?;
    let unseen = rows
        .into_iter()
        .filter(|(_, native_id)| !seen.contains(native_id));
    let gone: Vec<Uuid> = unseen.map(|(id, _)| id).collect();
    for chunk in gone.chunks(IN_LIST_MAX) {
        Entity::update_many()
            .set(ActiveModel {
                deleted_at: Set(Some(Instant(now))),
                ..Default::default()
            })
            .filter(Column::Id.is_in(chunk.iter().copied()))
            .exec(tx.db())
            .await?;
    }
    let gone: Vec<AssetId> = gone.into_iter().map(AssetId::from_uuid).collect();
    for id in &gone {
        tx.told(
            place.account.organization_id,
            Topic::Asset,
            ChangeKind::Deleted,
            id,
        );
    }
    Ok(gone)
}

fn at(place: &Place<'_>) -> sea_orm::Condition {
    sea_orm::Condition::all()
        .add(Column::OrganizationId.eq(place.account.organization_id.uuid()))
        .add(Column::AwsAccountId.eq(place.account.id.uuid()))
        .add(Column::Region.eq(place.region))
        .add(Column::Kind.eq(place.kind.name()))
}

async fn known<'a>(
    tx: &Tx,
    place: &Place<'_>,
    native_ids: impl Iterator<Item = &'a str>,
) -> Result<BTreeMap<String, Model>, Error> {
    let rows = Entity::find()
        .filter(at(place))
        .filter(Column::NativeId.is_in(native_ids))
        .all(tx.db())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.native_id.clone(), row))
        .collect())
}

fn row(place: &Place<'_>, id: Uuid, seen: &SeenAsset, now: Timestamp) -> Result<Model, Error> {
    let at = At::new(TABLE, id);
    let kind = Some(place.kind).filter(|kind| *kind == seen.details.kind());
    Ok(Model {
        id,
        organization_id: place.account.organization_id.uuid(),
        unit_id: place.account.unit_id.uuid(),
        aws_account_id: place.account.id.uuid(),
        region: place.region.to_owned(),
        kind: at.known("kind", kind)?.name().to_owned(),
        native_id: seen.native_id.clone(),
        arn: seen.arn.clone(),
        name: seen.name().to_owned(),
        name_key: name_key(seen.name()),
        tags: at.write("tags", &seen.tags)?,
        details: at.write("details", &seen.details)?,
        policy_id: None,
        rule_id: None,
        discovered_at: Instant(now),
        seen_at: Instant(now),
        deleted_at: None,
    })
}

/// Whether what was seen says anything new.
fn differs(known: &Model, row: &Model) -> bool {
    known.deleted_at.is_some()
        || known.unit_id != row.unit_id
        || known.arn != row.arn
        || known.name != row.name
        || known.tags != row.tags
        || known.details != row.details
}

fn is_stale(known: &Model, now: Timestamp) -> bool {
    now.duration_since(known.seen_at.0) >= SignedDuration::from_hours(SEEN_AT_ACCURACY_HOURS)
}

/// One statement for new and changed rows; a row that another run added meanwhile is brought up to date instead.
async fn write(tx: &Tx, rows: Vec<ActiveModel>) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let key = [
        Column::AwsAccountId,
        Column::Region,
        Column::Kind,
        Column::NativeId,
    ];
    let update = OnConflict::columns(key)
        .update_columns([
            Column::UnitId,
            Column::Arn,
            Column::Name,
            Column::NameKey,
            Column::Tags,
            Column::Details,
            Column::SeenAt,
            Column::DeletedAt,
        ])
        .to_owned();
    Entity::insert_many(rows.into_iter().map(all_set))
        .on_conflict(update)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// A model turned into an active model counts as unchanged; an insert wants every value.
fn all_set(row: ActiveModel) -> ActiveModel {
    sea_orm::ActiveModelTrait::reset_all(row)
}

async fn touch(tx: &Tx, ids: &[Uuid], now: Timestamp) -> Result<(), Error> {
    for chunk in ids.chunks(IN_LIST_MAX) {
        Entity::update_many()
            .set(ActiveModel {
                seen_at: Set(Instant(now)),
                ..Default::default()
            })
            .filter(Column::Id.is_in(chunk.iter().copied()))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}
