//! A row of `alerts`.

use sea_orm::entity::prelude::*;

use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "alerts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub key: String,
    pub kind: String,
    pub severity: String,
    pub cause: String,
    pub evidence: Json,
    pub asset_id: Option<Uuid>,
    pub aws_account_id: Option<Uuid>,
    pub policy_id: Option<Uuid>,
    pub recovery_point_id: Option<Uuid>,
    pub task_id: Option<Uuid>,
    pub occurrences: i32,
    pub raised_at: Instant,
    pub renewed_at: Instant,
    pub acknowledged_at: Option<Instant>,
    pub acknowledged_by: Option<Uuid>,
    pub note: Option<String>,
    pub cleared_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
