//! A row of `recovery_points`.

use sea_orm::entity::prelude::*;

use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_points")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub asset_id: Uuid,
    pub policy_id: Option<Uuid>,
    pub task_id: Option<Uuid>,
    pub placement: String,
    pub region: Option<String>,
    pub storage_tier: String,
    pub status: String,
    pub proof: String,
    pub proven_at: Option<Instant>,
    pub taken_at: Instant,
    pub expires_at: Option<Instant>,
    pub size_bytes: i64,
    pub added_bytes: i64,
    pub is_full: bool,
    pub repository_id: Option<Uuid>,
    pub snapshot_id: Option<String>,
    pub base_snapshot_id: Option<String>,
    pub content_digest: Option<String>,
    pub source_digest: Option<String>,
    pub foreseen_end: Option<Instant>,
    pub cleared_at: Option<Instant>,
    pub locked_until: Option<Instant>,
    pub ending_since: Option<Instant>,
    pub status_before: Option<String>,
    pub removal_began_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
