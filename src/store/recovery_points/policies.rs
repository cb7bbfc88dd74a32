//! Recovery points by the policies that asked for them.
//!
//! Not for deciding when they end. Invariant: the read is a range of the index (organization, policy, time, id), from its newest end.

use std::collections::BTreeMap;

use domain::PolicyId;
use domain::asset::AssetKind;
use domain::recovery_point::{RecoveryPoint, RecoveryPointStatus};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Column, Entity, TABLE, to_point};
use crate::Error;
use crate::convert::At;
use crate::dialect::IN_LIST_MAX;
use crate::entity::asset;
use crate::scope::{InScope, by_asset};
use crate::tx::Connection;

/// The available and damaged points with an end that these policies asked for, of assets inside the scope, newest first and at most
/// `limit`; each with the kind of its asset.
pub async fn living_of_policies(
    db: &impl Connection,
    scope: impl InScope,
    policies: &[PolicyId],
    limit: u64,
) -> Result<Vec<(RecoveryPoint, AssetKind)>, Error> {
    let living = [RecoveryPointStatus::Available, RecoveryPointStatus::Damaged];
    let mut rows = Vec::new();
    for policy in policies {
        let found = Entity::find()
            .filter(by_asset(&scope, TABLE))
            .filter(Column::PolicyId.eq(policy.uuid()))
            .filter(Column::Status.is_in(living.map(RecoveryPointStatus::name)))
            .filter(Column::ExpiresAt.is_not_null())
            .order_by_desc(Column::TakenAt)
            .order_by_desc(Column::Id)
            .limit(limit)
            .all(db.db())
            .await?;
        rows.extend(found);
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.taken_at.0, row.id)));
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let mut assets: Vec<Uuid> = rows.iter().map(|row| row.asset_id).collect();
    assets.sort_unstable();
    assets.dedup();
    let kinds = kinds(db, &assets).await?;
    let mut points = Vec::new();
    for row in rows {
        if let Some(kind) = kinds.get(&row.asset_id) {
            points.push((to_point(row)?, *kind));
        }
    }
    Ok(points)
}

async fn kinds(db: &impl Connection, assets: &[Uuid]) -> Result<BTreeMap<Uuid, AssetKind>, Error> {
    let mut kinds = BTreeMap::new();
    for chunk in assets.chunks(IN_LIST_MAX) {
        let rows: Vec<(Uuid, String)> = asset::Entity::find()
            .select_only()
            .columns([asset::Column::Id, asset::Column::Kind])
            .filter(asset::Column::Id.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(db.db())
            .await?;
        for (id, kind) in rows {
            let known = At::new("assets", id).known("kind", AssetKind::from_name(&kind))?;
            kinds.insert(id, known);
        }
    }
    Ok(kinds)
}
