//! A row of `verifications`.

use sea_orm::entity::prelude::*;

use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "verifications")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub asset_id: Uuid,
    pub recovery_point_id: Uuid,
    pub task_id: Uuid,
    pub wanted: String,
    pub reached: String,
    pub verdict: String,
    pub bytes_checked: i64,
    pub evidence: Option<String>,
    pub evidence_sha256: Option<String>,
    pub started_at: Instant,
    pub finished_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
