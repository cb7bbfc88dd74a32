//! Figures over the whole fleet: how much of it is protected, and what the vault holds of it.
//!
//! Not for lists. Invariant: every figure is counted inside the scope, by one pass over the rows, grouped by the database.

use std::collections::BTreeMap;

use domain::asset::{AssetFilter, AssetKind};
use domain::recovery_point::{Placement, Proof, RecoveryPointStatus};
use domain::{AssetId, AwsAccountKey, OrganizationalUnitId, PolicyId};
use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, EntityTrait, QueryFilter, QueryResult, QuerySelect,
};
use uuid::Uuid;

use crate::Error;
use crate::convert::At;
use crate::dialect::Backend;
use crate::entity::{asset, recovery_point};
use crate::scope::{InScope, by_asset, by_unit};
use crate::time::Instant;
use crate::tx::Connection;

/// How many assets of one kind lie in one linked account, and how many of them have a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProtectionCount {
    /// Kind of the assets.
    pub kind: AssetKind,
    /// The account.
    pub aws_account_id: AwsAccountKey,
    /// The unit of the assets.
    pub unit_id: OrganizationalUnitId,
    /// Assets that are not gone from AWS.
    pub assets: u64,
    /// Those of them that a policy protects.
    pub protected: u64,
}

/// What points of one day are worth; of the day on which they were taken, or on which their retention ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointsOfDay {
    /// The day in UTC, such as `2026-11-30`.
    pub day: String,
    /// Bytes that they restore to.
    pub size_bytes: u64,
    /// Bytes that the vault took for them.
    pub added_bytes: u64,
}

/// How many points of one asset a day has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayOfAsset {
    /// The day in UTC, such as `2026-11-30`.
    pub day: String,
    /// Points of that day that can be restored.
    pub available: u64,
    /// Those of them that have been read back.
    pub proven: u64,
}

/// The assets that are there, counted by kind, account and unit.
pub async fn protection(
    db: &impl Connection,
    scope: impl InScope,
) -> Result<Vec<ProtectionCount>, Error> {
    let rows: Vec<(String, Uuid, Uuid, i64, i64)> = asset::Entity::find()
        .select_only()
        .column(asset::Column::Kind)
        .column(asset::Column::AwsAccountId)
        .column(asset::Column::UnitId)
        .expr(Expr::cust("count(*)"))
        .expr(Expr::cust("count(policy_id)"))
        .filter(by_unit(&scope, "assets"))
        .filter(asset::Column::DeletedAt.is_null())
        .group_by(asset::Column::Kind)
        .group_by(asset::Column::AwsAccountId)
        .group_by(asset::Column::UnitId)
        .into_tuple()
        .all(db.db())
        .await?;
    let count = |(kind, account, unit, assets, protected): (String, Uuid, Uuid, i64, i64)| {
        let at = At::new("assets", account);
        Ok(ProtectionCount {
            kind: at.known("kind", AssetKind::from_name(&kind))?,
            aws_account_id: AwsAccountKey::from_uuid(account),
            unit_id: OrganizationalUnitId::from_uuid(unit),
            assets: at.size("kind", assets)?,
            protected: at.size("policy_id", protected)?,
        })
    };
    rows.into_iter().map(count).collect()
}

/// How many assets match, by the policy that protects them; unlike the total of a page, however many there are.
pub async fn by_policy(
    db: &impl Connection,
    scope: impl InScope,
    filter: &AssetFilter,
) -> Result<BTreeMap<Option<PolicyId>, u64>, Error> {
    let counted = asset::Entity::find()
        .select_only()
        .column_as(asset::Column::PolicyId, "policy_id")
        .column_as(Expr::cust("count(*)"), "assets")
        .group_by(asset::Column::PolicyId);
    let select = crate::assets::filtered(counted, db.backend(), &scope, filter);
    let at = At::new("assets", Uuid::nil());
    let rows = db.db().query_all(&select).await?;
    let count = |row: &QueryResult| {
        let policy: Option<Uuid> = row.try_get("", "policy_id")?;
        let assets = at.size("policy_id", row.try_get("", "assets")?)?;
        Ok((policy.map(PolicyId::from_uuid), assets))
    };
    rows.iter().map(count).collect()
}

/// The points that can be restored, wherever they lie, by what was proven of them.
pub async fn by_proof(
    db: &impl Connection,
    scope: impl InScope,
) -> Result<BTreeMap<Proof, u64>, Error> {
    let rows: Vec<(String, i64)> = recovery_point::Entity::find()
        .select_only()
        .column(recovery_point::Column::Proof)
        .expr(Expr::cust("count(*)"))
        .filter(by_asset(&scope, "recovery_points"))
        .filter(recovery_point::Column::Status.eq(RecoveryPointStatus::Available.name()))
        .group_by(recovery_point::Column::Proof)
        .into_tuple()
        .all(db.db())
        .await?;
    let at = At::new("recovery_points", Uuid::nil());
    let count = |(proof, points): (String, i64)| {
        let proof = at.known("proof", Proof::from_name(&proof))?;
        Ok((proof, at.size("proof", points)?))
    };
    rows.into_iter().map(count).collect()
}

/// Points of the vault by the day on which they were taken: those that it holds, and those that it held.
pub async fn points_taken(
    db: &impl Connection,
    scope: impl InScope,
) -> Result<Vec<PointsOfDay>, Error> {
    let held = [
        RecoveryPointStatus::Available,
        RecoveryPointStatus::Damaged,
        RecoveryPointStatus::Expired,
    ];
    by_day(db, scope, "taken_at", &held).await
}

/// Points of the vault by the day on which their retention ended.
pub async fn points_ended(
    db: &impl Connection,
    scope: impl InScope,
) -> Result<Vec<PointsOfDay>, Error> {
    by_day(db, scope, "expires_at", &[RecoveryPointStatus::Expired]).await
}

/// Points of the asset that can be restored, from this instant on, by the day that they show.
pub async fn days_of_asset(
    db: &impl Connection,
    scope: impl InScope,
    asset: AssetId,
    from: Timestamp,
) -> Result<Vec<DayOfAsset>, Error> {
    let proven = format!(
        "sum(CASE WHEN proof = '{}' THEN 0 ELSE 1 END)",
        Proof::None.name()
    );
    let (day, text) = day_of(db.backend(), "taken_at");
    let rows: Vec<(String, i64, i64)> = recovery_point::Entity::find()
        .select_only()
        .expr(Expr::cust(text))
        .expr(Expr::cust("count(*)"))
        .expr(Expr::cust(proven))
        .filter(by_asset(&scope, "recovery_points"))
        .filter(recovery_point::Column::AssetId.eq(asset.uuid()))
        .filter(recovery_point::Column::Status.eq(RecoveryPointStatus::Available.name()))
        .filter(recovery_point::Column::TakenAt.gte(Instant(from)))
        .group_by(Expr::cust(day))
        .into_tuple()
        .all(db.db())
        .await?;
    let at = At::new("recovery_points", asset.uuid());
    let mut days = Vec::new();
    for (day, available, proven) in rows {
        days.push(DayOfAsset {
            day,
            available: at.size("id", available)?,
            proven: at.size("proof", proven)?,
        });
    }
    days.sort_by(|a, b| a.day.cmp(&b.day));
    Ok(days)
}

/// The day in UTC of an instant, as SQL: as it is grouped by, and as the text of a group. PostgreSQL makes a text once for each
/// group instead of once for each row.
fn day_of(backend: Backend, column: &str) -> (String, String) {
    match backend {
        Backend::Sqlite => {
            let day = format!("substr({column}, 1, 10)");
            (day.clone(), day)
        }
        Backend::Postgres => {
            let day = format!("CAST({column} AT TIME ZONE 'UTC' AS date)");
            let text = format!("to_char({day}, 'YYYY-MM-DD')");
            (day, text)
        }
    }
}

async fn by_day(
    db: &impl Connection,
    scope: impl InScope,
    column: &'static str,
    statuses: &[RecoveryPointStatus],
) -> Result<Vec<PointsOfDay>, Error> {
    let (day, text) = day_of(db.backend(), column);
    let (sizes, added) = match db.backend() {
        Backend::Sqlite => ("sum(size_bytes)", "sum(added_bytes)"),
        Backend::Postgres => (
            "CAST(sum(size_bytes) AS bigint)",
            "CAST(sum(added_bytes) AS bigint)",
        ),
    };
    let names = statuses.iter().map(|status| status.name());
    let rows: Vec<(Option<String>, i64, i64)> = recovery_point::Entity::find()
        .select_only()
        .expr(Expr::cust(text))
        .expr(Expr::cust(sizes))
        .expr(Expr::cust(added))
        .filter(by_asset(&scope, "recovery_points"))
        .filter(recovery_point::Column::Placement.eq(Placement::Vault.name()))
        .filter(recovery_point::Column::Status.is_in(names))
        .group_by(Expr::cust(day))
        .into_tuple()
        .all(db.db())
        .await?;
    let at = At::new("recovery_points", Uuid::nil());
    rows.into_iter()
        // A point that ended without a retention was ended by hand; it has no such day.
        .filter_map(|(day, size, added)| day.map(|day| (day, size, added)))
        .map(|(day, size, added)| {
            Ok(PointsOfDay {
                day,
                size_bytes: at.size("size_bytes", size)?,
                added_bytes: at.size("added_bytes", added)?,
            })
        })
        .collect()
}
