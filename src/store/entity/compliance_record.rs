//! A row of `compliance_records`.

use sea_orm::entity::prelude::*;

use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "compliance_records")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub asset_id: Uuid,
    pub organization_id: Uuid,
    pub due_at: Option<Instant>,
    pub checked_at: Option<Instant>,
    pub protected_at: Option<Instant>,
    pub overdue_at: Option<Instant>,
    pub status: String,
    pub protected: Option<String>,
    pub policy_minimums: Option<String>,
    pub recovery_points: Option<String>,
    pub proven: Option<String>,
    pub since_at: Instant,
    pub from_at: Instant,
    pub standings: Json,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
