//! How many schedules each operation has.
//!
//! Not for when they are due (`domain::calendar`). Invariant: the database counts; a million schedules are as many rows here as
//! there are operations.

use domain::{PolicyId, PolicyOperationId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::Error;
use crate::entity::schedule;
use crate::scope::{InScope, by_asset};
use crate::tx::Connection;

/// Schedules of one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationCount {
    /// The policy.
    pub policy_id: PolicyId,
    /// The operation.
    pub operation_id: PolicyOperationId,
    /// How many.
    pub schedules: u64,
}

/// How many schedules that have a next window each operation has for assets inside the scope.
pub async fn count_by_operation(
    db: &impl Connection,
    scope: impl InScope,
) -> Result<Vec<OperationCount>, Error> {
    let rows: Vec<(Uuid, Uuid, i64)> = schedule::Entity::find()
        .select_only()
        .column(schedule::Column::PolicyId)
        .column(schedule::Column::OperationId)
        .expr(Expr::cust("count(*)"))
        .filter(by_asset(&scope, "schedules"))
        .filter(schedule::Column::NextNominalAt.is_not_null())
        .group_by(schedule::Column::PolicyId)
        .group_by(schedule::Column::OperationId)
        .into_tuple()
        .all(db.db())
        .await?;
    let turn = |(policy, operation, count): (Uuid, Uuid, i64)| OperationCount {
        policy_id: PolicyId::from_uuid(policy),
        operation_id: PolicyOperationId::from_uuid(operation),
        schedules: u64::try_from(count).unwrap_or(0),
    };
    Ok(rows.into_iter().map(turn).collect())
}
