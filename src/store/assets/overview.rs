//! The page of assets with the policy and the last recovery point of each: one query.
//!
//! Not for more of either (`policies.rs`, `recovery_points.rs`). Invariant: a row shows what the three finders would show.

use domain::asset::{Asset, AssetFilter, AssetOrder};
use domain::page::{Direction, Page, PageRequest};
use domain::recovery_point::{Placement, Proof};
use domain::{PolicyId, RecoveryPointId};
use jiff::Timestamp;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType, SelectStatement};
use sea_orm::{EntityTrait, FromQueryResult};
use uuid::Uuid;

use super::{filtered, ordered, place, to_asset};
use crate::Error;
use crate::convert::At;
use crate::entity::{asset, policy, recovery_point};
use crate::page::{fetch, try_map};
use crate::recovery_points::newest_of_asset;
use crate::scope::InScope;
use crate::time::Instant;
use crate::tx::Connection;

/// What an asset's row shows of its policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySummary {
    /// Its id.
    pub id: PolicyId,
    /// Its name.
    pub name: String,
    /// Whether its schedules fire.
    pub is_active: bool,
}

/// What an asset's row shows of its newest available recovery point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastPoint {
    /// Its id.
    pub id: RecoveryPointId,
    /// Where it is kept.
    pub placement: Placement,
    /// How far it is proven.
    pub proof: Proof,
    /// The instant that it shows.
    pub taken_at: Timestamp,
    /// When its retention ends.
    pub expires_at: Option<Timestamp>,
    /// Size of what it restores to, in bytes.
    pub size_bytes: u64,
}

/// An asset with what the dashboard shows beside it.
pub type AssetRow = (Asset, Option<PolicySummary>, Option<LastPoint>);

#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    asset: asset::Model,
    policy_name: Option<String>,
    policy_is_active: Option<bool>,
    point_id: Option<Uuid>,
    point_placement: Option<String>,
    point_proof: Option<String>,
    point_taken_at: Option<Instant>,
    point_expires_at: Option<Instant>,
    point_size_bytes: Option<i64>,
}

/// A page of assets with the policy and the newest available recovery point of each.
pub async fn list_with_policy_and_last_point(
    db: &impl Connection,
    scope: impl InScope,
    filter: &AssetFilter,
    order: AssetOrder,
    direction: Direction,
    page: &PageRequest,
) -> Result<Page<AssetRow>, Error> {
    let select = filtered(asset::Entity::find(), db.backend(), &scope, filter);
    let select = with_policy_and_last_point(select);
    let rows = fetch(db, select, &ordered(order, direction), page, |row: &Row| {
        place(order, &row.asset)
    })
    .await?;
    try_map(rows, to_row)
}

/// Joins what the overview shows to a query of assets.
pub(crate) fn with_policy_and_last_point(mut select: SelectStatement) -> SelectStatement {
    select
        .expr_as(
            Expr::col((policy::Entity, policy::Column::Name)),
            Alias::new("policy_name"),
        )
        .expr_as(
            Expr::col((policy::Entity, policy::Column::IsActive)),
            Alias::new("policy_is_active"),
        )
        .join(
            JoinType::LeftJoin,
            policy::Entity,
            Expr::col((policy::Entity, policy::Column::Id))
                .equals((asset::Entity, asset::Column::PolicyId)),
        );
    for column in [
        recovery_point::Column::Id,
        recovery_point::Column::Placement,
        recovery_point::Column::Proof,
        recovery_point::Column::TakenAt,
        recovery_point::Column::ExpiresAt,
        recovery_point::Column::SizeBytes,
    ] {
        let alias = format!("point_{}", sea_orm::IdenStatic::as_str(&column));
        select.expr_as(Expr::col((Alias::new("point"), column)), Alias::new(alias));
    }
    select.join_as(
        JoinType::LeftJoin,
        recovery_point::Entity,
        Alias::new("point"),
        Expr::col((Alias::new("point"), recovery_point::Column::Id)).eq(newest_of_asset()),
    );
    select
}

fn to_row(row: Row) -> Result<AssetRow, Error> {
    let policy = match (row.asset.policy_id, row.policy_name, row.policy_is_active) {
        (Some(id), Some(name), Some(is_active)) => Some(PolicySummary {
            id: PolicyId::from_uuid(id),
            name,
            is_active,
        }),
        _ => None,
    };
    let point = match row.point_id {
        None => None,
        Some(id) => {
            let at = At::new("recovery_points", id);
            let placement = row
                .point_placement
                .as_deref()
                .and_then(Placement::from_name);
            let proof = row.point_proof.as_deref().and_then(Proof::from_name);
            let size = at.known("size_bytes", row.point_size_bytes)?;
            Some(LastPoint {
                id: RecoveryPointId::from_uuid(id),
                placement: at.known("placement", placement)?,
                proof: at.known("proof", proof)?,
                taken_at: at.known("taken_at", row.point_taken_at)?.0,
                expires_at: row.point_expires_at.map(|at| at.0),
                size_bytes: at.size("size_bytes", size)?,
            })
        }
    };
    Ok((to_asset(row.asset)?, policy, point))
}
